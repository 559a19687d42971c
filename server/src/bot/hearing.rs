//! What the bot makes of the events it hears.

use serde_json::Value;

use crate::store::{Message, User};

/// Something that was said in a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// The number of the conversation.
    pub conversation: i64,
    /// What the bot has to answer. None: somebody else has answered.
    pub cue: Option<Cue>,
}

/// What a visitor did.
#[derive(Clone, Debug, PartialEq)]
pub enum Cue {
    /// A message, with how many files.
    Wrote { text: String, files: usize },
    /// Chose, filled in or rated: the kind of the message, and the values.
    Answered { kind: String, values: Value },
}

impl Heard {
    /// Reads a frame's event; most of them mean nothing.
    pub fn read(frame: &str, me: &User) -> Option<Self> {
        let frame: Value = serde_json::from_str(frame).ok()?;
        let data = frame.get("data")?;
        let conversation = data.get("conversation_id")?.as_i64()?;
        let kind = data.get("message_type")?.as_i64()?;
        let cue = match frame.get("event")?.as_str()? {
            "message.created" if kind == Message::INCOMING => Some(wrote(data)),
            "message.created" if kind == Message::OUTGOING && by_another(data, me) => None,
            "message.updated" => Some(answered(data)?),
            _ => return None,
        };
        Some(Self { conversation, cue })
    }
}

/// Whether somebody else than the bot speaks to the visitor in this message.
pub fn by_another(message: &Value, me: &User) -> bool {
    let private = message.get("private").and_then(Value::as_bool) == Some(true);
    let id = message.pointer("/sender/id").and_then(Value::as_i64);
    let kind = message.pointer("/sender/type").and_then(Value::as_str);
    !private && (id, kind) != (Some(me.id), Some("user"))
}

fn wrote(data: &Value) -> Cue {
    Cue::Wrote {
        text: data
            .get("content")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        files: data
            .get("attachments")
            .and_then(Value::as_array)
            .map_or(0, Vec::len),
    }
}

/// Only a change of what was submitted counts: being read is an update too. Before 3.0 events do not say what changed,
/// and being read changes nothing there.
fn answered(data: &Value) -> Option<Cue> {
    let values = data.pointer("/content_attributes/submitted_values")?;
    let changes = data.get("previous_changes");
    if let Some(changes) = changes
        && changes.pointer("/content_attributes/0")?.get("submitted_values") == Some(values)
    {
        return None;
    }
    Some(Cue::Answered {
        kind: data.get("content_type")?.as_str()?.to_owned(),
        values: values.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn me() -> User {
        User {
            id: 3,
            account_id: 1,
            name: String::new(),
            display_name: String::new(),
            email: String::new(),
            role: String::new(),
            availability: String::new(),
            pubsub_token: String::new(),
            access_token: String::new(),
        }
    }

    fn heard(event: &str, data: &Value) -> Option<Heard> {
        Heard::read(&json!({"event": event, "data": data}).to_string(), &me())
    }

    #[test]
    fn visitors_are_answered_and_others_silence() {
        let incoming = json!({"conversation_id": 7, "message_type": 0, "content": "Hi", "attachments": [{}]});
        let cue = heard("message.created", &incoming).unwrap().cue;
        assert_eq!(
            cue,
            Some(Cue::Wrote {
                text: "Hi".to_owned(),
                files: 1
            })
        );
        let from = |id: i64, private: bool| json!({"conversation_id": 7, "message_type": 1, "private": private, "sender": {"id": id, "type": "user"}});
        let silenced = Heard {
            conversation: 7,
            cue: None,
        };
        assert_eq!(heard("message.created", &from(2, false)), Some(silenced));
        assert_eq!(heard("message.created", &from(2, true)), None);
        assert_eq!(heard("message.created", &from(3, false)), None);
    }

    #[test]
    fn before_3_0_an_event_without_changes_is_an_answer() {
        let data = json!({"conversation_id": 7, "message_type": 1, "content_type": "form", "content_attributes": {"submitted_values": []}});
        assert!(heard("message.updated", &data).is_some_and(|heard| heard.cue.is_some()));
    }

    #[test]
    fn an_answer_counts_once_and_reading_does_not() {
        let update = |before: &Value| {
            json!({
                "conversation_id": 7, "message_type": 1, "content_type": "form",
                "content_attributes": {"submitted_values": [{"name": "a", "value": "b"}]},
                "previous_changes": before,
            })
        };
        let cue = heard(
            "message.updated",
            &update(&json!({"content_attributes": [{}, {}]})),
        )
        .unwrap()
        .cue;
        assert!(matches!(cue, Some(Cue::Answered { kind, .. }) if kind == "form"));
        assert_eq!(
            heard("message.updated", &update(&json!({"status": ["sent", "read"]}))),
            None
        );
        let same = json!({"content_attributes": [{"submitted_values": [{"name": "a", "value": "b"}]}, {}]});
        assert_eq!(heard("message.updated", &update(&same)), None);
    }
}
