//! Views as literals, for the stories and the browser tests.
#![allow(dead_code, reason = "every user of this module needs a part of it")]
#![allow(missing_docs, reason = "the names say it")]

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use confab::ui::{Look, Mode, Mounted, Props, mount};
use confab_content::link::ParsedUrl;
use confab_protocol::{Attachment, AttachmentKind, ContentAttributes, ContentType, MessageId, UnixSeconds};
use confab_session::view::{Author, Delivery, MessageRow, Person, Place, RowContent};
use confab_session::{Intent, OutgoingKey, Row, RowKey, UnixMillis, View};
use leptos::prelude::{ArcRwSignal, Update};
use web_sys::HtmlElement;

/// A mounted widget, what it wished for, and the signal that it shows.
pub struct Stage {
    pub root: HtmlElement,
    pub view: ArcRwSignal<View>,
    pub wishes: Rc<RefCell<Vec<Intent>>>,
    pub mounted: Option<Mounted>,
}

impl Stage {
    pub fn set(root: HtmlElement, look: Look, view: View) -> Self {
        let view = ArcRwSignal::new(view);
        let wishes = Rc::new(RefCell::new(Vec::new()));
        let heard = Rc::clone(&wishes);
        let dispatch: Rc<dyn Fn(Intent)> = Rc::new(move |intent| heard.borrow_mut().push(intent));
        let mounted = mount(
            &root,
            Props {
                view: view.read_only(),
                dispatch,
                look,
                again: false,
            },
        );
        Self {
            root,
            view,
            wishes,
            mounted: Some(mounted),
        }
    }

    pub fn change(&self, change: impl FnOnce(&mut View)) {
        self.view.update(change);
    }
}

pub fn look(mode: Mode) -> Look {
    Look {
        mode,
        title: Some("Marigold".to_owned()),
        locale: "en".to_owned(),
        ..Look::default()
    }
}

/// An open chat that is connected.
pub fn view(rows: Vec<Arc<Row>>) -> View {
    View {
        ready: true,
        open: true,
        rows,
        link: confab_session::LinkState::Live,
        ..View::default()
    }
}

pub fn person(name: &str) -> Person {
    Person {
        name: name.into(),
        avatar: None,
    }
}

pub fn rowan() -> Author {
    Author::Agent(person("Rowan"))
}

/// A message with a place in its group; `minutes` after ten o'clock of the day that `day` begins.
pub fn message(author: Author, text: &str, at: UnixMillis, place: Place) -> MessageRow {
    let text = Some(text).filter(|text| !text.is_empty());
    MessageRow {
        message: Some(MessageId(1)),
        author,
        at,
        text: text.map(|text| Arc::new(confab_content::markdown::parse(text, &parse))),
        attachments: Arc::from([]),
        content_type: ContentType::Text,
        attributes: Arc::new(ContentAttributes::default()),
        quote: None,
        deleted: false,
        place,
        delivery: None,
        show_delivery: false,
    }
}

pub fn delivered(mut message: MessageRow, delivery: Delivery) -> MessageRow {
    message.delivery = Some(delivery);
    message.show_delivery = true;
    message
}

pub fn seen() -> Delivery {
    Delivery::Seen { at: UnixSeconds(0) }
}

pub fn key(name: &str) -> OutgoingKey {
    OutgoingKey(name.to_owned())
}

pub fn row(key: u64, message: MessageRow) -> Arc<Row> {
    Arc::new(Row {
        key: RowKey(key),
        content: RowContent::Message(message),
    })
}

pub fn day(key: u64, at: UnixMillis) -> Arc<Row> {
    Arc::new(Row {
        key: RowKey(key),
        content: RowContent::Day { at },
    })
}

/// Rows of one agent, each alone, with these keys.
pub fn rows(keys: std::ops::Range<u64>) -> Vec<Arc<Row>> {
    keys.map(|key| {
        row(
            key,
            message(rowan(), &format!("Line {key}"), at(0, 10, 0), Place::Single),
        )
    })
    .collect()
}

/// An instant by the clock on the wall, so many days ago.
pub fn at(days_ago: u32, hour: u32, minute: u32) -> UnixMillis {
    let date = js_sys::Date::new_0();
    date.set_hours(hour);
    date.set_minutes(minute);
    date.set_date(date.get_date().wrapping_sub(days_ago));
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of this century")]
    UnixMillis(date.get_time() as i64)
}

pub fn file(kind: AttachmentKind, address: &str) -> Attachment {
    Attachment {
        id: None,
        kind,
        data_url: Some(address.to_owned()),
        thumb_url: None,
        file_size: None,
        width: None,
        height: None,
        content_type: None,
        extension: None,
        fallback_title: None,
        transcribed_text: None,
        coordinates: None,
    }
}

fn parse(text: &str) -> Option<ParsedUrl> {
    let url = web_sys::Url::new(text).ok()?;
    Some(ParsedUrl {
        scheme: url.protocol(),
        host: url.hostname(),
        href: url.href(),
    })
}
