//! From messages to rows: the window, days, groups, gaps, deliveries.
//!
//! The window holds at most 300 rows and is built anew with each change, from rows that are kept as long as they show
//! the same: what that costs depends on the window, not on the history.

use std::sync::Arc;

use confab_content::markdown::{self, Document};
use confab_protocol::{
    ContentAttributes, ContentType, Message, MessageId, MessageStatus, MessageType, Sender, SenderKind,
    UnixSeconds,
};

use crate::config::Config;
use crate::history::{History, Stored};
use crate::outbox::{Outbox, Outgoing};
use crate::time::UnixMillis;
use crate::view::{Author, Delivery, MessageRow, Person, Place as InGroup, Row, RowContent, RowKey};
use crate::window::{ROWS, Window, day_of, is_shown_at};

/// Neighbouring messages of one author within so many milliseconds form a group.
const GROUP: i64 = 300_000;
/// Keys of days and gaps come from what they stand for, beyond those that are counted.
const DAY_KEYS: u64 = 1 << 63;
const GAP_KEYS: u64 = 1 << 62;
/// Characters of a quotation.
const QUOTE: usize = 120;

/// The message above which a gap's row stands.
pub(crate) fn gap_of(row: RowKey) -> Option<MessageId> {
    (row.0 & (DAY_KEYS | GAP_KEYS) == GAP_KEYS)
        .then(|| MessageId(i64::try_from(row.0 & !GAP_KEYS).unwrap_or_default()))
}

/// What all rows depend on.
pub(crate) struct Setting<'a> {
    pub(crate) config: &'a Config,
    pub(crate) agent_seen: UnixSeconds,
    /// Whether outgoing messages wait for a network.
    pub(crate) offline: bool,
    /// Whether something holds up all of them.
    pub(crate) held: bool,
    /// The one whose turn it is.
    pub(crate) turn: Option<RowKey>,
    /// The gap that is being closed.
    pub(crate) closing: Option<MessageId>,
}

/// Who wrote a line, for grouping.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writer<'a> {
    Contact,
    Team(Option<&'a Sender>),
}

/// A message about to be shown.
enum Line<'a> {
    Stored(&'a Stored),
    Outgoing(&'a Outgoing),
}

impl<'a> Line<'a> {
    fn at(&self) -> UnixMillis {
        match self {
            Self::Stored(stored) => UnixMillis(stored.message.created_at.0.wrapping_mul(1_000)),
            Self::Outgoing(outgoing) => outgoing.record.submitted_at,
        }
    }

    fn writer(&self) -> Writer<'a> {
        match self {
            Self::Stored(stored) if !stored.is_contacts() => Writer::Team(stored.message.sender.as_ref()),
            _ => Writer::Contact,
        }
    }
}

/// The rows of the window, and whether anything lies above it in the history.
pub(crate) fn rows(
    window: &Window,
    history: &mut History,
    outbox: &Outbox,
    setting: &Setting<'_>,
) -> (Vec<Arc<Row>>, bool) {
    let places = window.places(history, outbox);
    let above = places.first().is_some_and(|first| {
        let above = history.split(*first).0;
        above.iter().any(|place| is_shown_at(*place, history, outbox))
    });
    let mut built: Vec<(MessageId, Arc<Row>)> = Vec::new();
    let mut rows = {
        let mut lines: Vec<Line<'_>> = Vec::with_capacity(places.len());
        for place in &places {
            lines.extend(history.get(place.1).map(Line::Stored));
        }
        if !window.is_back() {
            lines.extend(outbox.rows().iter().map(Line::Outgoing));
        }
        build(&lines, history, setting, &mut built)
    };
    for (id, row) in built {
        if let Some(stored) = history.get_mut(id) {
            stored.row = Some(row);
        }
    }
    let excess = rows.len().saturating_sub(ROWS);
    rows.drain(..excess);
    (rows, above)
}

fn build(
    lines: &[Line<'_>],
    history: &History,
    setting: &Setting<'_>,
    built: &mut Vec<(MessageId, Arc<Row>)>,
) -> Vec<Arc<Row>> {
    let gaps: Vec<MessageId> = history.contiguity.gaps().collect();
    let starts_gap = |line: &Line<'_>| match line {
        Line::Stored(stored) => Some(stored.message.id).filter(|id| gaps.contains(id)),
        Line::Outgoing(_) => None,
    };
    let day = |line: &Line<'_>| day_of(line.at(), setting.config.utc_offset_minutes);
    let joined = |one: Option<&Line<'_>>, next: Option<&Line<'_>>| {
        one.zip(next).is_some_and(|(one, next)| {
            let near = next.at().0.saturating_sub(one.at().0) <= GROUP;
            near && one.writer() == next.writer() && day(one) == day(next) && starts_gap(next).is_none()
        })
    };
    let last_own = lines.iter().rposition(|line| line.writer() == Writer::Contact);
    let mut rows = Vec::with_capacity(lines.len().saturating_add(8));
    let mut shown_day = None;
    for (index, line) in lines.iter().enumerate() {
        if let Some(id) = starts_gap(line) {
            let key = RowKey(GAP_KEYS | u64::try_from(id.0).unwrap_or_default());
            let loading = setting.closing == Some(id);
            rows.push(Arc::new(Row {
                key,
                content: RowContent::Gap { loading },
            }));
        }
        // A day never comes back: the visitor's clock, by which what waits is dated, may be off.
        if shown_day.is_none_or(|shown| day(line) > shown) {
            shown_day = Some(day(line));
            let key = RowKey(DAY_KEYS | u64::try_from(day(line)).unwrap_or_default());
            rows.push(Arc::new(Row {
                key,
                content: RowContent::Day { at: line.at() },
            }));
        }
        let before = index.checked_sub(1).and_then(|before| lines.get(before));
        let after = lines.get(index.wrapping_add(1));
        let place = match (joined(before, Some(line)), joined(Some(line), after)) {
            (false, false) => InGroup::Single,
            (false, true) => InGroup::First,
            (true, true) => InGroup::Middle,
            (true, false) => InGroup::Last,
        };
        let is_last_own = last_own == Some(index);
        match line {
            Line::Stored(stored) => {
                rows.push(stored_row(stored, place, is_last_own, history, setting, built));
            }
            Line::Outgoing(outgoing) => rows.push(outgoing_row(outgoing, place, is_last_own, setting)),
        }
    }
    rows
}

fn stored_row(
    stored: &Stored,
    place: InGroup,
    is_last_own: bool,
    history: &History,
    setting: &Setting<'_>,
    built: &mut Vec<(MessageId, Arc<Row>)>,
) -> Arc<Row> {
    let message = &stored.message;
    let delivery = stored
        .is_contacts()
        .then(|| delivery_of(message, setting.agent_seen));
    let show_delivery = is_last_own || delivery == Some(Delivery::NotDelivered);
    let kept = stored.row.as_ref().and_then(|row| match &row.content {
        RowContent::Message(shown) => Some((row, shown)),
        RowContent::Day { .. } | RowContent::Gap { .. } => None,
    });
    let quote = quote_of(message, history);
    let mut content = match kept {
        Some((row, shown)) => {
            let same =
                shown.place == place && shown.delivery == delivery && shown.show_delivery == show_delivery;
            if same && shown.quote == quote {
                return Arc::clone(row);
            }
            shown.clone()
        }
        None => message_row(message, setting.config),
    };
    content.quote = quote;
    content.place = place;
    content.delivery = delivery;
    content.show_delivery = show_delivery;
    let row = Arc::new(Row {
        key: stored.key,
        content: RowContent::Message(content),
    });
    built.push((message.id, Arc::clone(&row)));
    row
}

fn message_row(message: &Message, config: &Config) -> MessageRow {
    let deleted = message.content_attributes.deleted;
    let text = message.content.as_deref().filter(|_| !deleted);
    MessageRow {
        message: Some(message.id),
        author: author_of(message),
        at: UnixMillis(message.created_at.0.wrapping_mul(1_000)),
        text: text.and_then(|text| document(text, config)),
        attachments: if deleted {
            Arc::from([])
        } else {
            Arc::from(message.attachments.as_slice())
        },
        content_type: message.content_type.clone(),
        attributes: Arc::new(message.content_attributes.clone()),
        quote: None,
        deleted,
        place: InGroup::Single,
        delivery: None,
        show_delivery: false,
    }
}

fn outgoing_row(outgoing: &Outgoing, place: InGroup, is_last_own: bool, setting: &Setting<'_>) -> Arc<Row> {
    let is_held = setting.held || setting.turn != Some(outgoing.row);
    let delivery = outgoing.delivery(setting.offline, is_held);
    let content = MessageRow {
        message: None,
        author: Author::Contact,
        at: outgoing.record.submitted_at,
        text: outgoing.document(|text| document(text, setting.config)),
        attachments: Arc::from([]),
        content_type: ContentType::Text,
        attributes: Arc::new(ContentAttributes::default()),
        quote: None,
        deleted: false,
        place,
        show_delivery: is_last_own || !matches!(delivery, Delivery::Saving(_) | Delivery::Sending(_)),
        delivery: Some(delivery),
    };
    Arc::new(Row {
        key: outgoing.row,
        content: RowContent::Message(content),
    })
}

fn document(text: &str, config: &Config) -> Option<Arc<Document>> {
    let document = markdown::parse(text, &config.url_parser);
    (!document.blocks.is_empty()).then(|| Arc::new(document))
}

fn quote_of(message: &Message, history: &History) -> Option<String> {
    let quoted = &history.get(message.content_attributes.in_reply_to?)?.message;
    let text = quoted
        .content
        .as_deref()
        .filter(|_| !quoted.content_attributes.deleted && !quoted.is_hidden())?;
    Some(confab_content::text::preview(text, QUOTE))
}

fn delivery_of(message: &Message, agent_seen: UnixSeconds) -> Delivery {
    if message.status == Some(MessageStatus::Failed) || message.content_attributes.external_error {
        Delivery::NotDelivered
    } else if agent_seen.0 > 0 && message.created_at <= agent_seen {
        Delivery::Seen { at: agent_seen }
    } else {
        Delivery::Sent
    }
}

fn author_of(message: &Message) -> Author {
    if message.message_type == MessageType::Incoming {
        return Author::Contact;
    }
    match &message.sender {
        Some(sender) => match sender.kind {
            SenderKind::Contact => Author::Contact,
            SenderKind::Agent => Author::Agent(person(sender)),
            SenderKind::Bot => Author::Bot(person(sender)),
            SenderKind::Unknown => Author::System,
        },
        None => Author::System,
    }
}

/// A sender as shown.
pub(crate) fn person(sender: &Sender) -> Person {
    Person {
        name: confab_content::bidi::clean_name(sender.name.as_deref().unwrap_or_default()).into(),
        avatar: sender.avatar_url.as_deref().map(Arc::from),
    }
}
