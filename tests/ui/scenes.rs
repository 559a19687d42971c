//! The scenes of the stories, a look and a view each.
#![allow(missing_docs, reason = "the names say it")]

use std::sync::Arc;

use confab::ui::{Look, Mode, Rgb, Theme};
use confab_protocol::model::{Item, Submitted, SubmittedValue};
use confab_protocol::{AttachmentKind, ContentAttributes, ContentType, ConversationStatus};
use confab_session::view::{Author, Composition, Delivery, MessageRow, Notice, Older, Place, RowContent};
use confab_session::{LinkState, Millis, OutgoingKey, Row, RowKey, SetupProblem, View};

use super::eg::{at, day, delivered, file, key, look, message, person, row, rowan, rows, seen, view};

pub fn home() -> (Look, View) {
    let starters = ["Where is my order?", "Return an item", "Talk to a person"]
        .map(str::to_owned)
        .to_vec();
    let welcome = Some("Hello Kim.\nHow can we help?".to_owned());
    (
        Look {
            starters,
            welcome,
            ..look(Mode::Frame)
        },
        View {
            agents_online: Some(2),
            ..view(Vec::new())
        },
    )
}

pub fn talk() -> (Look, View) {
    let mut picture = file(AttachmentKind::Image, "https://picture.invalid/door.jpg");
    picture.data_url = Some(format!("{}/door.svg", origin()));
    (picture.width, picture.height) = (Some(1200), Some(800));
    let mut answer = message(
        rowan(),
        "Thanks, Kim. I see it was left with a **neighbour**. Is this their door?",
        at(0, 10, 3),
        Place::Single,
    );
    answer.quote = Some("Order 17".to_owned());
    answer.attachments = Arc::from([picture]);
    let mut choice = message(rowan(), "Was that it?", at(0, 10, 5), Place::Single);
    choice.content_type = ContentType::InputSelect;
    choice.attributes = Arc::new(ContentAttributes {
        items: ["Yes, found it", "No, still missing"].map(item).to_vec(),
        submitted: Some(chosen("Yes, found it")),
        ..ContentAttributes::default()
    });
    let failed = given_up(key("f"), true);
    let rows = vec![
        day(1, at(0, 10, 0)),
        row(
            2,
            message(
                Author::Contact,
                "Hi! My parcel shows as delivered, but nothing is here.",
                at(0, 10, 2),
                Place::First,
            ),
        ),
        row(
            3,
            delivered(
                message(Author::Contact, "Order 17", at(0, 10, 2), Place::Last),
                seen(),
            ),
        ),
        row(4, answer),
        row(5, choice),
        row(
            6,
            delivered(
                message(
                    Author::Contact,
                    "Found it, thank you!",
                    at(0, 10, 6),
                    Place::Single,
                ),
                failed,
            ),
        ),
    ];
    let composition = Some(Composition {
        text: "One more thing, could you".to_owned(),
        revision: 1,
    });
    let view = View {
        typing: Some(person("Rowan")),
        agent: Some(person("Rowan")),
        agents_online: Some(1),
        first_unread: Some(RowKey(5)),
        composition,
        ..view(rows)
    };
    (
        Look {
            title: Some("Marigold support".to_owned()),
            ..look(Mode::Frame)
        },
        view,
    )
}

pub fn dark() -> (Look, View) {
    let mut label = message(
        rowan(),
        "Here is the label for your return:",
        at(1, 17, 40),
        Place::Single,
    );
    let mut pdf = file(AttachmentKind::File, "https://files.example/return-label-17.pdf");
    pdf.file_size = Some(124_000);
    label.attachments = Arc::from([pdf]);
    let mut survey = message(
        Author::System,
        "How was this conversation?",
        at(1, 17, 45),
        Place::Single,
    );
    survey.content_type = ContentType::InputCsat;
    survey.attributes = Arc::new(ContentAttributes {
        submitted: Some(Submitted::Csat {
            rating: Some(4),
            feedback: None,
        }),
        ..ContentAttributes::default()
    });
    let waiting = Delivery::Queued {
        key: key("w"),
        waiting_for_network: true,
        is_held: false,
    };
    let rows = vec![
        day(1, at(1, 17, 0)),
        row(2, label),
        row(
            3,
            delivered(
                message(Author::Contact, "Perfect, got it.", at(1, 17, 41), Place::Single),
                Delivery::Sent,
            ),
        ),
        row(4, survey),
        row(
            5,
            delivered(
                message(
                    Author::Contact,
                    "Oh, and one more question",
                    at(0, 9, 2),
                    Place::Single,
                ),
                waiting,
            ),
        ),
    ];
    let look = Look {
        theme: Theme::Dark,
        title: Some("Marigold".to_owned()),
        subtitle: Some("Back at 9:00 your time".to_owned()),
        ..look(Mode::Frame)
    };
    (
        look,
        View {
            agent: Some(person("Rowan")),
            link: LinkState::Offline,
            ..view(rows)
        },
    )
}

pub fn right_to_left() -> (Look, View) {
    let rana = || Author::Agent(person("رنا"));
    let rows = vec![
        day(1, at(0, 10, 0)),
        row(
            2,
            delivered(
                message(
                    Author::Contact,
                    "مرحبا، أين طلبي رقم 17؟",
                    at(0, 10, 2),
                    Place::Single,
                ),
                seen(),
            ),
        ),
        row(
            3,
            message(
                rana(),
                "أهلا كريم، غادر المستودع هذا الصباح.",
                at(0, 10, 3),
                Place::First,
            ),
        ),
        row(
            4,
            message(rana(), "رقم التتبع TRK-2211", at(0, 10, 3), Place::Last),
        ),
    ];
    let texts: Vec<(String, String)> = [
        ("online", "متصل الآن"),
        ("placeholder", "اكتب رسالة"),
        ("seen", "تمت المشاهدة"),
    ]
    .map(|(key, text)| (key.to_owned(), text.to_owned()))
    .into();
    let look = Look {
        locale: "ar".to_owned(),
        color: Some(Rgb(0x7a, 0x3f, 0xd0)),
        subtitle: Some("متصلة الآن".to_owned()),
        texts,
        ..look(Mode::Frame)
    };
    (
        look,
        View {
            agent: Some(person("رنا")),
            agents_online: Some(1),
            ..view(rows)
        },
    )
}

pub fn kinds() -> (Look, View) {
    let markdown = "## Before you send it back\n\n1. Print the **label**\n2. Pack it, *tightly*\n   - no string\n\n\
        > as on the box\n\nRun `track 17` or see [the guide](https://example.com/guide).\n\n```\ntrack 17 --all\n```";
    let mut audio = message(rowan(), "", at(0, 11, 2), Place::Single);
    let mut sound = file(AttachmentKind::Audio, "https://files.invalid/a.ogg");
    sound.transcribed_text = Some("I called them, they are in.".to_owned());
    let mut spot = file(AttachmentKind::Location, "https://files.invalid/l");
    spot.coordinates = Some(("52.52".to_owned(), "13.405".to_owned()));
    spot.fallback_title = Some("Depot".to_owned());
    audio.attachments = Arc::from([sound, spot]);
    let mut articles = message(rowan(), "These may help:", at(0, 11, 3), Place::Single);
    articles.content_type = ContentType::Article;
    let article = |title: &str, description: &str| Item {
        title: Some(title.to_owned()),
        description: Some(description.to_owned()),
        link: Some("https://example.com/a".to_owned()),
        ..Item::default()
    };
    articles.attributes = Arc::new(ContentAttributes {
        items: vec![
            article("Returns", "Within 30 days, free of charge"),
            article("www.bank.example", "A label that names another host"),
        ],
        ..ContentAttributes::default()
    });
    let mut gone = message(
        Author::Bot(person("Marigold Bot")),
        "secret",
        at(0, 11, 4),
        Place::First,
    );
    gone.deleted = true;
    let rows = vec![
        day(1, at(3, 11, 0)),
        row(2, message(rowan(), markdown, at(0, 11, 1), Place::Single)),
        row(3, audio),
        row(4, articles),
        row(5, gone),
        row(
            6,
            message(
                Author::Bot(person("Marigold Bot")),
                "🎉",
                at(0, 11, 4),
                Place::Last,
            ),
        ),
    ];
    (
        look(Mode::Frame),
        View {
            older: Older::Available,
            ..view(rows)
        },
    )
}

pub fn trouble() -> (Look, View) {
    let notice = Some(Notice::SlowDown {
        until: Millis(u64::from(u32::MAX)),
    });
    let mut rows = rows(1..9);
    rows.insert(
        4,
        Arc::new(Row {
            key: RowKey(90),
            content: RowContent::Gap { loading: false },
        }),
    );
    (
        Look {
            theme: Theme::Dark,
            color: Some(Rgb(0xff, 0xd5, 0x4f)),
            ..look(Mode::Frame)
        },
        View {
            older: Older::Failed,
            notice,
            link: LinkState::Connecting,
            ..view(rows)
        },
    )
}

pub fn away() -> (Look, View) {
    let notice = Some(Notice::Unavailable(SetupProblem::Unreachable));
    (
        look(Mode::Page),
        View {
            notice,
            agents_online: Some(0),
            memory_only: true,
            ..view(Vec::new())
        },
    )
}

pub fn states() -> (Look, View) {
    let own = |text: &str, delivery| {
        delivered(
            message(Author::Contact, text, at(0, 12, 0), Place::Single),
            delivery,
        )
    };
    let long =
        "A very long word: Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";
    let messages: Vec<MessageRow> = vec![
        own("Saving", Delivery::Saving(key("a"))),
        own("Unconfirmed", Delivery::Unconfirmed(key("b"))),
        own(
            "Refused",
            Delivery::Failed {
                status: None,
                key: key("c"),
                reason: Some("Content is too long".to_owned()),
                certain: true,
            },
        ),
        own("Who knows", given_up(key("d"), false)),
        own("Callback down", Delivery::NotDelivered),
        own(long, Delivery::Sent),
    ];
    let rows = (1..)
        .zip(messages)
        .map(|(key, message)| row(key, message))
        .collect();
    let look = Look {
        color: Some(Rgb(0xff, 0xd5, 0x4f)),
        ..look(Mode::Frame)
    };
    (
        look,
        View {
            status: Some(ConversationStatus::Resolved),
            ..view(rows)
        },
    )
}

fn item(title: &str) -> Item {
    Item {
        title: Some(title.to_owned()),
        value: Some(title.to_owned()),
        ..Item::default()
    }
}

fn chosen(title: &str) -> Submitted {
    let value = SubmittedValue {
        value: Some(title.to_owned()),
        ..SubmittedValue::default()
    };
    Submitted::Values(vec![value])
}

fn origin() -> String {
    web_sys::window()
        .and_then(|window| window.location().origin().ok())
        .unwrap_or_default()
}

fn given_up(key: OutgoingKey, certain: bool) -> Delivery {
    Delivery::Failed {
        key,
        status: None,
        reason: None,
        certain,
    }
}
