//! Action Cable: the commands a client sends and the frames it receives.

use crate::decode::{DecodeError, explain};
use crate::event::{CableEvent, ConversationEventDraft, PresenceDraft, TypingDraft};
use crate::json::write_quoted;
use crate::lenient::{Draft, Missing, Shape, Slot, Taker, read_text};
use crate::model::MessageDraft;
use crate::secret::PubsubToken;
use std::fmt;

/// The subprotocols to offer when connecting, in this order.
pub const SUBPROTOCOLS: [&str; 2] = ["actioncable-v1-json", "actioncable-unsupported"];

/// Where the cable is, below the base URL.
pub const CABLE_PATH: &str = "/cable";

/// The name of a subscription. The server compares it byte for byte, so it is made once and kept. It holds the
/// `pubsub_token` and is as secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Identifier(String);

impl Identifier {
    /// The contact's own room.
    pub fn room(token: &PubsubToken) -> Self {
        let mut text = r#"{"channel":"RoomChannel","pubsub_token":"#.to_owned();
        write_quoted(token.expose(), &mut text);
        text.push('}');
        Self(text)
    }

    /// The text itself, to compare with what frames carry.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identifier(…)")
    }
}

/// What a client says on the cable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command<'a> {
    /// Joins the room. A wrong token is answered by silence.
    Subscribe(&'a Identifier),
    /// Signs the contact as present; at least every 20 s. Answered by a presence event.
    UpdatePresence(&'a Identifier),
    /// Leaves the room. Not answered.
    Unsubscribe(&'a Identifier),
}

impl Command<'_> {
    /// The text frame to send. Its identifier and data are JSON inside a JSON text; objects would be ignored.
    pub fn to_text(&self) -> String {
        let (command, identifier, data) = match self {
            Self::Subscribe(identifier) => ("subscribe", identifier, ""),
            Self::UpdatePresence(identifier) => (
                "message",
                identifier,
                r#","data":"{\"action\":\"update_presence\"}""#,
            ),
            Self::Unsubscribe(identifier) => ("unsubscribe", identifier, ""),
        };
        let mut text = [r#"{"command":""#, command, r#"","identifier":"#].concat();
        write_quoted(identifier.expose(), &mut text);
        text.push_str(data);
        text.push('}');
        text
    }
}

/// What a client hears on the cable.
#[derive(Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one frame at a time: a box would cost more than the room"
)]
pub enum Frame {
    /// The connection is open.
    Welcome,
    /// The sign of life, every 3 s.
    Ping,
    /// The subscription stands.
    Confirmed {
        /// The text that was subscribed with.
        identifier: String,
    },
    /// The subscription was refused; Chatwoot itself never says so.
    Rejected {
        /// The text that was subscribed with.
        identifier: String,
    },
    /// The server is about to close.
    Disconnect {
        /// Why: `server_restart`, `remote`, `unauthorized`, `invalid_request`.
        reason: Option<String>,
        /// Whether to come back; true where nothing is said.
        reconnect: bool,
    },
    /// Something happened.
    Event {
        /// The subscription it belongs to.
        identifier: String,
        /// What.
        event: CableEvent,
    },
    /// A frame of a type not known here.
    Unknown,
}

impl Frame {
    /// Reads a text frame. What it does not know is [`Frame::Unknown`] or [`CableEvent::Unknown`]; an error means that it
    /// is not JSON, or an event known here without what it cannot be without.
    pub fn read(text: &str) -> Result<Self, DecodeError> {
        let mut envelope = Envelope::default();
        let shape = read_text(text, &mut envelope).map_err(|fault| explain("Frame", fault))?;
        if shape != Shape::Object {
            return Ok(Self::Unknown);
        }
        let identifier = envelope.identifier.unwrap_or_default();
        if let Some(name) = envelope.message.event {
            return Ok(Self::Event {
                identifier,
                event: read_event(name, text)?,
            });
        }
        Ok(match envelope.kind.as_deref() {
            Some("welcome") => Self::Welcome,
            Some("ping") => Self::Ping,
            Some("confirm_subscription") => Self::Confirmed { identifier },
            Some("reject_subscription") => Self::Rejected { identifier },
            Some("disconnect") => Self::Disconnect {
                reason: envelope.reason,
                reconnect: envelope.reconnect.unwrap_or(true),
            },
            _ => Self::Unknown,
        })
    }
}

impl fmt::Debug for Frame {
    /// Without identifiers: they hold the `pubsub_token`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Welcome => f.write_str("Welcome"),
            Self::Ping => f.write_str("Ping"),
            Self::Confirmed { .. } => f.write_str("Confirmed"),
            Self::Rejected { .. } => f.write_str("Rejected"),
            Self::Disconnect { reason, reconnect } => f
                .debug_struct("Disconnect")
                .field("reason", reason)
                .field("reconnect", reconnect)
                .finish(),
            Self::Event { event, .. } => f.debug_tuple("Event").field(event).finish(),
            Self::Unknown => f.write_str("Unknown"),
        }
    }
}

/// A frame without the data of its event: the name comes first, whatever the order of the keys.
#[derive(Default)]
struct Envelope {
    kind: Option<String>,
    identifier: Option<String>,
    reason: Option<String>,
    reconnect: Option<bool>,
    message: EventName,
}

impl Taker for Envelope {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        match key {
            "type" => value.put_text(&mut self.kind),
            "identifier" => value.put_text(&mut self.identifier),
            "reason" => value.put_text(&mut self.reason),
            "reconnect" => self.reconnect = value.decided(),
            "message" => {
                value.read(&mut self.message);
            }
            _ => {}
        }
    }
}

#[derive(Default)]
struct EventName {
    event: Option<String>,
}

impl Taker for EventName {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        if key == "event" {
            self.event = value.text();
        }
    }
}

fn read_event(name: String, text: &str) -> Result<CableEvent, DecodeError> {
    Ok(match name.as_str() {
        "message.created" => CableEvent::MessageCreated(data::<MessageDraft>("message.created", text)?),
        "message.updated" => CableEvent::MessageUpdated(data::<MessageDraft>("message.updated", text)?),
        "conversation.created" => {
            CableEvent::ConversationCreated(data::<ConversationEventDraft>("conversation.created", text)?)
        }
        "conversation.updated" => {
            CableEvent::ConversationUpdated(data::<ConversationEventDraft>("conversation.updated", text)?)
        }
        "conversation.status_changed" => CableEvent::StatusChanged(data::<ConversationEventDraft>(
            "conversation.status_changed",
            text,
        )?),
        "conversation.typing_on" => {
            CableEvent::TypingOn(data::<TypingDraft>("conversation.typing_on", text)?)
        }
        "conversation.typing_off" => {
            CableEvent::TypingOff(data::<TypingDraft>("conversation.typing_off", text)?)
        }
        "presence.update" => CableEvent::Presence(data::<PresenceDraft>("presence.update", text)?.users),
        _ => CableEvent::Unknown { name },
    })
}

/// The data of an event whose name is known.
fn data<T: Draft>(what: &'static str, text: &str) -> Result<T::Whole, DecodeError> {
    let mut draft = T::default();
    read_data(what, text, &mut draft)?;
    draft.finish().map_err(|missing| missing_data(what, missing))
}

#[inline(never)]
fn read_data(what: &'static str, text: &str, into: &mut dyn Taker) -> Result<(), DecodeError> {
    let mut message = Below {
        key: "data",
        inner: into,
    };
    let mut frame = Below {
        key: "message",
        inner: &mut message,
    };
    let shape = read_text(text, &mut frame);
    shape.map(drop).map_err(|fault| explain(what, fault))
}

#[inline(never)]
fn missing_data(what: &'static str, Missing(field): Missing) -> DecodeError {
    let mut error = DecodeError::missing(what, Missing(field));
    error.path.insert_str(0, "message.data.");
    error
}

/// Leads a taker to the value below a key.
struct Below<'a> {
    key: &'static str,
    inner: &'a mut dyn Taker,
}

impl Taker for Below<'_> {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        if key == self.key {
            value.read(self.inner);
        }
    }
}
