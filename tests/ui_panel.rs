//! The panel in a real browser: what only a browser can tell.
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

use std::sync::Arc;

use confab::ui::{Look, Mode, Rgb};
use confab_protocol::AttachmentKind;
use confab_session::view::{Author, Composition, Delivery, Notice, Older, Place, RowContent};
use confab_session::{Intent, LinkState, Millis, Row, RowKey, SetupProblem};
use eg::{Stage, at, day, delivered, file, key, look, message, row, rowan, rows, view};
use hands::{Html, all, attribute, composer, find, panel, press, settled, shell, text_of, type_in};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn nothing_is_left_behind() {
    let place = panel();
    let look = Look {
        color: Rgb::parse("#7a3fd0"),
        ..look(Mode::Frame)
    };
    let mut stage = Stage::set(place.clone(), look, view(rows(1..4)));
    settled().await;
    assert_eq!(all(&place, "article").len(), 3);
    let field = find(&place, "textarea");
    stage.mounted.take();
    settled().await;
    assert_eq!(place.child_element_count(), 0);
    assert_eq!(place.style().length(), 0, "the colours go with the rest");
    let _ = place.remove_attribute("style");
    assert_eq!(place.get_attribute_names().length(), 2, "class and id, as before");
    stage.change(|view| view.rows = rows(1..9));
    type_in(&field, "a");
    press(&place, "Escape", |_| {});
    settled().await;
    assert_eq!(place.child_element_count(), 0);
    assert!(stage.wishes.borrow().is_empty());
}

#[wasm_bindgen_test]
async fn the_composer_of_the_page_is_adopted_with_text_caret_and_focus() {
    let place = shell();
    let before = composer(&place);
    before.set_value("typed before any wasm");
    before.focus().unwrap();
    before.set_selection_range(2, 5).unwrap();
    let mut stage = Stage::set(place.clone(), look(Mode::Page), view(Vec::new()));
    settled().await;
    let after = composer(&place);
    assert!(after.is_same_node(Some(&before)));
    assert!(
        after
            .owner_document()
            .unwrap()
            .active_element()
            .unwrap()
            .is_same_node(Some(&before))
    );
    assert_eq!(after.value(), "typed before any wasm");
    assert_eq!(
        (after.selection_start(), after.selection_end()),
        (Ok(Some(2)), Ok(Some(5)))
    );
    let told = matches!(&stage.wishes.borrow()[..], [Intent::CompositionChanged { text }] if text == "typed before any wasm");
    assert!(told);
    assert_eq!(attribute(&place, ".send", "aria-disabled"), "false");
    assert!(all(&place, "[data-shell]").is_empty());
    stage.mounted.take();
    assert_eq!(composer(&place).value(), "typed before any wasm");
    assert_eq!(place.child_element_count(), 1);
}

#[wasm_bindgen_test]
async fn text_is_never_markup_and_links_are_never_scripts() {
    let html = Html::forbidden();
    let evil = "<img src=x onerror=alert(1)> [x](javascript:alert(1)) **bold** https://example.com";
    let mut hostile = message(
        Author::Agent(eg::person("<b>Rowan</b>")),
        evil,
        at(0, 9, 0),
        Place::Single,
    );
    hostile.quote = Some("<i>quote</i>".to_owned());
    hostile.attachments = Arc::from([
        file(AttachmentKind::File, "javascript:alert(1)"),
        file(AttachmentKind::Image, "data:text/html,x"),
    ]);
    let place = panel();
    let stage = Stage::set(place.clone(), look(Mode::Page), view(vec![row(1, hostile)]));
    settled().await;
    stage.change(|view| {
        view.rows = vec![
            day(5, at(1, 9, 0)),
            row(2, message(rowan(), evil, at(0, 9, 0), Place::Single)),
        ];
    });
    settled().await;
    stage.change(|view| view.rows[1] = row(1, message(rowan(), evil, at(0, 9, 0), Place::Single)));
    settled().await;
    assert!(all(&place, "article img, article i, [onerror]").is_empty());
    assert!(text_of(&place, "article .text").starts_with("<img src=x onerror=alert(1)>"));
    assert_eq!(text_of(&place, "article strong"), "bold");
    let links = all(&place, "article a");
    assert_eq!(links.len(), 1);
    assert_eq!(links[0].get_attribute("href").unwrap(), "https://example.com/");
    assert_eq!(html.uses(), 0, "something was handed to an HTML parser");
}

#[wasm_bindgen_test]
async fn enter_sends_unless_an_input_method_wants_it() {
    let place = panel();
    let stage = Stage::set(place.clone(), look(Mode::Page), view(Vec::new()));
    settled().await;
    let field = composer(&place);
    type_in(&field, "こんにちは");
    let sent = || {
        stage
            .wishes
            .borrow()
            .iter()
            .filter(|wish| matches!(wish, Intent::Submit { .. }))
            .count()
    };
    press(&field, "Enter", |key| key.set_is_composing(true));
    press(&field, "Enter", |key| key.set_key_code(229));
    press(&field, "Enter", |key| key.set_shift_key(true));
    assert_eq!((sent(), field.value().as_str()), (0, "こんにちは"));
    assert!(
        press(&field, "Enter", |_| {}),
        "the line feed is kept out of the box"
    );
    assert_eq!((sent(), field.value().as_str()), (1, ""));
    type_in(&field, " \n\u{200b}");
    press(&field, "Enter", |_| {});
    find(&place, ".send")
        .unchecked_ref::<web_sys::HtmlElement>()
        .click();
    assert_eq!(sent(), 1, "blank text is no message");
    let long = "x".repeat(150_001);
    type_in(&field, &long);
    press(&field, "Enter", |_| {});
    assert_eq!(
        (sent(), field.value()),
        (1, long),
        "nothing is cut and nothing is lost"
    );
    assert_eq!(attribute(&place, ".send", "aria-disabled"), "true");
    assert!(
        !field.has_attribute("maxlength"),
        "a browser would cut what is pasted"
    );
    type_in(&field, &"é".repeat(150_000));
    press(&field, "Enter", |_| {});
    assert_eq!(sent(), 2);
    assert_eq!(attribute(&place, ".send", "aria-disabled"), "true");
}

#[wasm_bindgen_test]
async fn text_handed_back_joins_what_is_being_typed() {
    let place = panel();
    let stage = Stage::set(place.clone(), look(Mode::Page), view(Vec::new()));
    let hand_back = |text: &str, revision| {
        let text = text.to_owned();
        stage.change(move |view| view.composition = Some(Composition { text, revision }));
    };
    let field = composer(&place);
    hand_back("kept", 1);
    settled().await;
    assert_eq!(field.value(), "kept");
    type_in(&field, "");
    hand_back("kept", 2);
    settled().await;
    assert_eq!(field.value(), "kept", "the same text again");
    type_in(&field, "more");
    hand_back("unsaved", 3);
    settled().await;
    assert_eq!(field.value(), "unsaved\nmore");
    hand_back("", 4);
    settled().await;
    assert_eq!(field.value(), "", "whoever typed it has logged out");
}

#[wasm_bindgen_test]
async fn buttons_say_what_is_wished() {
    let place = panel();
    let failed = Delivery::Failed {
        status: None,
        key: key("f"),
        reason: Some("Too long".to_owned()),
        certain: true,
    };
    let gap = Arc::new(Row {
        key: RowKey(2),
        content: RowContent::Gap { loading: false },
    });
    let own = row(
        3,
        delivered(message(Author::Contact, "Hi", at(0, 9, 0), Place::Single), failed),
    );
    let stage = Stage::set(place.clone(), look(Mode::Frame), view(vec![gap, own]));
    settled().await;
    assert!(text_of(&place, ".meta").contains("Too long"));
    for act in ["gap", "retry", "discard", "close"] {
        let button = find(&place, &format!("[data-do={act}]"));
        let button = button.unchecked_ref::<web_sys::HtmlElement>();
        button.focus().unwrap();
        button.click();
        let focused = place.owner_document().unwrap().active_element().unwrap();
        let is_button = act == "close";
        assert_eq!(
            focused.has_attribute("data-do"),
            is_button,
            "{act} goes away and takes no focus with it"
        );
    }
    assert_eq!(
        text_of(&place, ".sr[role=status]"),
        "Loading",
        "that a gap is being closed is heard"
    );
    press(&place, "Escape", |key| key.set_is_composing(true));
    press(&place, "Escape", |_| {});
    let wishes = stage.wishes.borrow();
    let as_meant = matches!(&wishes[..], [
        Intent::FillGap(RowKey(2)), Intent::Retry(one), Intent::Discard(other), Intent::Close, Intent::Close,
    ] if *one == key("f") && *other == key("f"));
    assert!(as_meant, "{wishes:?}");
}

#[wasm_bindgen_test]
async fn the_page_cannot_be_closed() {
    let place = panel();
    let stage = Stage::set(place.clone(), look(Mode::Page), view(Vec::new()));
    settled().await;
    press(&place, "Escape", |_| {});
    assert!(all(&place, "[data-do=close]").is_empty() && stage.wishes.borrow().is_empty());
}

#[wasm_bindgen_test]
async fn an_empty_chat_offers_messages_to_begin_with() {
    let place = panel();
    let look = Look {
        starters: vec!["Where is <b>my</b> order?".to_owned()],
        ..look(Mode::Page)
    };
    let stage = Stage::set(place.clone(), look, view(Vec::new()));
    settled().await;
    let home = find(&place, ".home");
    assert!(!home.has_attribute("hidden"));
    find(&home, "button")
        .unchecked_ref::<web_sys::HtmlElement>()
        .click();
    assert!(
        matches!(&stage.wishes.borrow()[..], [Intent::Submit { text }] if text == "Where is <b>my</b> order?")
    );
    stage.change(|view| view.rows = rows(1..2));
    settled().await;
    assert!(home.has_attribute("hidden"));
    stage.change(|view| {
        view.rows.clear();
        view.older = Older::Loading;
    });
    settled().await;
    assert!(
        home.has_attribute("hidden"),
        "a history that is still to come is no empty chat"
    );
}

#[wasm_bindgen_test]
async fn trouble_is_told_calmly_and_goes_by_itself() {
    let place = panel();
    let stage = Stage::set(place.clone(), look(Mode::Page), view(rows(1..2)));
    let show = |link, notice| stage.change(move |view| (view.link, view.notice) = (link, notice));
    let hidden = |selector| find(&place, selector).has_attribute("hidden");
    settled().await;
    assert!(hidden(".bar") && hidden(".notice"));
    show(LinkState::Connecting, None);
    settled().await;
    assert!(hidden(".bar"), "a moment of connecting is nobody's trouble");
    let now = web_sys::window().unwrap().performance().unwrap().now();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a page's age"
    )]
    let until = Millis(now as u64 + 90_500);
    show(LinkState::Offline, Some(Notice::SlowDown { until }));
    settled().await;
    assert_eq!(
        text_of(&place, ".bar"),
        "You are offline. What you write is kept."
    );
    assert!(
        text_of(&place, ".notice").contains("in 91 seconds")
            || text_of(&place, ".notice").contains("in 90 seconds")
    );
    show(
        LinkState::Live,
        Some(Notice::Unavailable(SetupProblem::UnknownInbox)),
    );
    settled().await;
    assert!(hidden(".bar"));
    find(&place, ".notice button")
        .unchecked_ref::<web_sys::HtmlElement>()
        .click();
    assert!(matches!(&stage.wishes.borrow()[..], [Intent::ReconnectNow]));
    show(LinkState::Live, None);
    settled().await;
    assert!(hidden(".notice"));
}
