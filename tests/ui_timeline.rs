//! The timeline in a real browser: nodes that live as long as their rows, and the reader's place.
#![cfg(target_arch = "wasm32")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that finds nothing has failed"
)]

#[path = "ui/eg.rs"]
mod eg;
#[path = "ui/hands.rs"]
mod hands;

use std::rc::Rc;
use std::sync::Arc;

use confab::ui::{Look, Mode, Props, mount};
use confab_protocol::AttachmentKind;
use confab_session::view::{Author, Delivery, Older, Place};
use confab_session::{Intent, UnixMillis, View};
use eg::{Stage, at, day, delivered, file, key, look, message, row, rowan, rows, seen, view};
use hands::{Changes, all, attribute, find, panel, settled, text_of, turn, until};
use leptos::prelude::{ArcRwSignal, Update, WithUntracked};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn a_row_keeps_its_node_from_outgoing_to_seen() {
    let place = panel();
    let own = |delivery| {
        vec![row(
            7,
            delivered(
                message(Author::Contact, "Hi", at(0, 9, 0), Place::Single),
                delivery,
            ),
        )]
    };
    let stage = Stage::set(
        place.clone(),
        look(Mode::Page),
        view(own(Delivery::Saving(key("k")))),
    );
    settled().await;
    let (node, bubble) = (find(&place, "article"), find(&place, ".bubble"));
    for (delivery, words) in [
        (
            Delivery::Queued {
                key: key("k"),
                waiting_for_network: true,
                is_held: false,
            },
            "Waiting for network",
        ),
        (Delivery::Sending(key("k")), "Sending"),
        (Delivery::Unconfirmed(key("k")), "Checking"),
        (
            Delivery::Failed {
                status: None,
                key: key("k"),
                reason: None,
                certain: true,
            },
            "Not sent.",
        ),
        (Delivery::Sent, "Sent"),
        (seen(), "Seen"),
    ] {
        stage.change(|view| view.rows = own(delivery));
        settled().await;
        assert!(text_of(&place, ".meta").contains(words), "{words}");
        assert!(find(&place, "article").is_same_node(Some(&node)));
        assert!(find(&place, ".bubble").is_same_node(Some(&bubble)));
    }
}

#[wasm_bindgen_test]
async fn a_player_goes_on_when_the_place_in_the_group_changes() {
    let place = panel();
    let sound = |place| {
        let mut sound = message(rowan(), "", at(0, 9, 0), place);
        sound.attachments = Arc::from([file(AttachmentKind::Audio, "https://files.invalid/a.ogg")]);
        row(1, sound)
    };
    let stage = Stage::set(place.clone(), look(Mode::Page), view(vec![sound(Place::Single)]));
    settled().await;
    let player = find(&place, "audio");
    let more = row(2, message(rowan(), "Listen", at(0, 9, 1), Place::Last));
    stage.change(|view| view.rows = vec![sound(Place::First), more]);
    settled().await;
    assert!(find(&place, "audio").is_same_node(Some(&player)));
    assert_eq!(
        all(&place, ".avatar").len(),
        2,
        "the header's, and the group's at its last line"
    );
}

#[wasm_bindgen_test]
async fn changing_one_row_of_a_hundred_touches_one() {
    let place = panel();
    let stage = Stage::set(place.clone(), look(Mode::Page), view(rows(1..101)));
    settled().await;
    let changes = Changes::of(&find(&place, ".lane"));
    stage.change(|view| view.rows[50] = row(51, message(rowan(), "Changed", at(0, 9, 0), Place::Single)));
    settled().await;
    let rows = changes.rows();
    assert!(!rows.is_empty() && rows.iter().all(|key| key == "51"), "{rows:?}");
    stage.change(|view| {
        view.rows
            .push(row(200, message(rowan(), "New", at(0, 9, 0), Place::Single)));
    });
    settled().await;
    assert_eq!(changes.rows(), ["200"], "a new row moves no other");
}

#[wasm_bindgen_test]
async fn a_burst_is_laid_out_once() {
    let place = panel();
    let stage = Stage::set(place.clone(), look(Mode::Page), view(rows(1..2)));
    settled().await;
    let changes = Changes::of(&find(&place, ".lane"));
    for end in 3..103 {
        stage.change(|view| view.rows = rows(1..end));
        turn().await;
    }
    assert_eq!(changes.batches(), 0, "nothing between two pictures");
    settled().await;
    assert_eq!((changes.batches(), all(&place, "article").len()), (1, 101));
}

#[wasm_bindgen_test]
async fn older_messages_do_not_move_what_is_read() {
    let place = panel();
    let stage = Stage::set(place.clone(), look(Mode::Page), view(rows(100..140)));
    stage.change(|view| view.older = Older::Available);
    settled().await;
    let scroll = find(&place, ".scroll");
    assert!(scroll.scroll_top() > 400, "it starts at the end");
    scroll.set_scroll_top(100);
    until("older messages are asked for", || {
        stage
            .wishes
            .borrow()
            .iter()
            .any(|wish| matches!(wish, Intent::LoadOlder))
            .then_some(())
    })
    .await;
    let read = all(&place, "article")
        .into_iter()
        .find(|row| row.text_content().unwrap().contains("Line 103"))
        .unwrap();
    let top = read.get_bounding_client_rect().top();
    stage.change(|view| view.older = Older::Loading);
    settled().await;
    stage.change(|view| {
        view.rows = rows(60..140);
        view.older = Older::None;
    });
    settled().await;
    assert_eq!(all(&place, "article").len(), 80);
    assert!((read.get_bounding_client_rect().top() - top).abs() <= 1.0);
}

#[wasm_bindgen_test]
async fn what_is_wished_while_the_view_is_shown_may_change_it_at_once() {
    let place = panel();
    let shown = ArcRwSignal::new(View {
        unread: 1,
        ..view(rows(1..4))
    });
    let changed = shown.clone();
    let props = Props {
        view: shown.read_only(),
        dispatch: Rc::new(move |intent| {
            if matches!(intent, Intent::SeenToEnd) {
                changed.update(|view| view.unread = 0);
            }
        }),
        look: look(Mode::Page),
        again: false,
    };
    let _mounted = mount(&place, props);
    let read = || (shown.with_untracked(|view| view.unread) == 0).then_some(());
    until("nothing to be unread", read).await;
    assert_eq!(all(&place, "article").len(), 3);
}

#[wasm_bindgen_test]
async fn the_end_is_followed_only_by_who_is_there() {
    let place = panel();
    let stage = Stage::set(place.clone(), look(Mode::Page), view(rows(1..40)));
    settled().await;
    let scroll = find(&place, ".scroll");
    let distance = || scroll.scroll_height() - scroll.scroll_top() - scroll.client_height();
    let seen = || {
        stage
            .wishes
            .borrow()
            .iter()
            .filter(|wish| matches!(wish, Intent::SeenToEnd))
            .count()
    };
    stage.change(|view| {
        view.rows = rows(1..41);
        view.unread = 1;
    });
    until("the end, seen", || (distance() <= 1 && seen() == 1).then_some(())).await;
    scroll.set_scroll_top(0);
    until("the pill", || {
        (!find(&place, ".jump").has_attribute("hidden")).then_some(())
    })
    .await;
    stage.change(|view| {
        view.rows = rows(1..43);
        view.unread = 3;
    });
    settled().await;
    assert_eq!(
        (scroll.scroll_top(), seen()),
        (0, 1),
        "who reads above stays there, and has seen nothing"
    );
    assert_eq!(text_of(&place, ".jump"), "2 new messages");
    find(&place, ".jump")
        .unchecked_ref::<web_sys::HtmlElement>()
        .click();
    until("the end, seen again", || {
        (distance() <= 1 && seen() == 2 && find(&place, ".jump").has_attribute("hidden")).then_some(())
    })
    .await;
    scroll.set_scroll_top(0);
    until("the pill", || {
        (!find(&place, ".jump").has_attribute("hidden")).then_some(())
    })
    .await;
    stage.change(|view| {
        view.unread = 0;
        view.rows.push(row(
            90,
            message(Author::Contact, "Mine", at(0, 9, 0), Place::Single),
        ));
    });
    settled().await;
    assert!(distance() <= 1, "what one writes is shown");
}

#[wasm_bindgen_test]
async fn only_news_of_others_is_read_out() {
    let place = panel();
    let stage = Stage::set(place.clone(), look(Mode::Page), view(rows(10..14)));
    settled().await;
    let said = || text_of(&place, "[role=status].sr");
    stage.change(|view| view.rows = rows(1..14));
    stage.change(|view| {
        view.rows.push(row(
            20,
            message(Author::Contact, "Mine", at(0, 9, 0), Place::Single),
        ));
    });
    settled().await;
    assert_eq!(said(), "", "neither history nor oneself");
    stage.change(|view| {
        view.rows.push(row(
            21,
            message(rowan(), "Hello *you*", at(0, 9, 0), Place::Single),
        ));
    });
    settled().await;
    assert_eq!(said(), "Rowan: Hello you");
    assert_eq!(attribute(&place, "[role=log]", "aria-live"), "off");
}

#[wasm_bindgen_test]
async fn days_and_times_are_worded_in_the_visitors_language() {
    let place = panel();
    let look = Look {
        locale: "de-AT".to_owned(),
        ..look(Mode::Page)
    };
    let midday = |days| day(u64::from(days) + 1, at(days, 12, 0));
    let mut rows = vec![midday(0), midday(1), midday(3)];
    rows.push(row(9, message(rowan(), "Hi", at(0, 17, 5), Place::Single)));
    let _stage = Stage::set(place.clone(), look, view(rows));
    settled().await;
    let days: Vec<String> = all(&place, ".day")
        .iter()
        .filter_map(|day| day.text_content())
        .collect();
    assert_eq!((days[0].as_str(), days[1].as_str()), ("heute", "gestern"));
    assert!(
        days[2].ends_with("tag") || days[2] == "Mittwoch",
        "a weekday: {}",
        days[2]
    );
    assert_eq!(text_of(&place, "time"), "17:05");
    assert_eq!(
        attribute(&place, "time", "datetime").len(),
        "2026-01-01T17:05:00.000Z".len()
    );
}

#[wasm_bindgen_test]
async fn no_instant_and_no_language_tag_breaks_the_page() {
    for locale in ["", "x-!!", "de-1996-1996", "-", "zh-Hant-TW-u-nu-hanidec"] {
        let place = panel();
        let look = Look {
            locale: locale.to_owned(),
            ..look(Mode::Page)
        };
        let instants = [i64::MIN, -1, 0, i64::MAX].map(UnixMillis);
        let rows = (1..).zip(instants);
        let rows = rows.flat_map(|(key, at)| {
            [
                day(key, at),
                row(key + 9, message(rowan(), "Hi", at, Place::Single)),
            ]
        });
        let _stage = Stage::set(place.clone(), look, view(rows.collect()));
        settled().await;
        assert_eq!(all(&place, "article").len(), 4, "{locale}");
    }
}
