//! What arrived, as text: other tabs read it again by themselves, so that nothing has to be spelled a second time.

use confab_protocol::{CableEvent, ConversationId, EchoId, Frame, Message, Reply, Request, SourceId, digits};
use confab_session::Event;

/// A frame or an answer as it came over the wire. It may hold what the store of these tabs holds anyway, so it goes
/// over their own channel and nowhere else.
#[derive(Clone, PartialEq, Eq)]
pub struct Raw {
    /// How to read it.
    pub kind: RawKind,
    /// The conversation that was asked about; 0 where it does not matter.
    pub conversation: i64,
    /// The text.
    pub text: String,
    /// It is the newest page of messages.
    pub is_head: bool,
}

/// Which messages of an answer are whose: lines of a message's id, a space and its echo id. Answers leave out what
/// the tab that leads has found out since.
pub fn echoes(reply: &Reply) -> String {
    let messages = match reply {
        Reply::Messages(messages) => messages.as_slice(),
        Reply::Message(message) => std::slice::from_ref(message),
        _ => &[],
    };
    let mut lines = String::new();
    for message in messages {
        if let Some(echo) = &message.echo_id {
            lines.push_str(&digits(message.id.0));
            lines.push(' ');
            lines.push_str(echo.as_str());
            lines.push('\n');
        }
    }
    lines
}

fn mark(messages: &mut [Message], echoes: &str) {
    let known = || {
        echoes
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter_map(|(id, echo)| Some((id.parse::<i64>().ok()?, echo)))
    };
    for message in messages {
        if let Some((_, echo)) = known().find(|(id, _)| *id == message.id.0) {
            message.echo_id = Some(EchoId::new(echo));
        }
    }
}

/// How to read a [`Raw`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawKind {
    /// A frame of the cable.
    Frame,
    /// A page of messages.
    Messages,
    /// One message.
    Message,
    /// One conversation.
    Conversation,
    /// The list of conversations.
    Conversations,
}

const NAMES: [(RawKind, &str); 5] = [
    (RawKind::Frame, "frame"),
    (RawKind::Messages, "messages"),
    (RawKind::Message, "message"),
    (RawKind::Conversation, "conversation"),
    (RawKind::Conversations, "conversations"),
];

impl RawKind {
    /// What it is called between tabs.
    pub fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, name)| name)
    }

    /// The kind of this name, unless a newer tab speaks of something else.
    pub fn named(name: &str) -> Option<Self> {
        NAMES
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(kind, _)| *kind)
    }
}

impl Raw {
    /// A frame.
    pub fn of_frame(text: String) -> Self {
        Self {
            kind: RawKind::Frame,
            conversation: 0,
            text,
            is_head: false,
        }
    }

    /// The answer to a request; `None` for those that other tabs have no use for.
    pub fn of_reply(request: &Request, text: String) -> Option<Self> {
        let (kind, conversation) = match request {
            Request::ListMessages { conversation, .. } => (RawKind::Messages, conversation.0),
            Request::SendMessage { conversation, .. } => (RawKind::Message, conversation.0),
            Request::ShowConversation { conversation, .. } => (RawKind::Conversation, conversation.0),
            Request::CreateConversation { .. } => (RawKind::Conversation, 0),
            Request::ListConversations { .. } => (RawKind::Conversations, 0),
            _ => return None,
        };
        Some(Self {
            kind,
            conversation,
            text,
            is_head: matches!(request, Request::ListMessages { before: None, .. }),
        })
    }

    /// The text as it is kept for the next start, with the [`echoes`] that are known.
    pub fn kept(&self, echoes: &str) -> String {
        [echoes, "\0", &self.text].concat()
    }

    /// The messages of a page that was [`kept`](Self::kept), and of the frames behind it, each after a NUL, that are of the
    /// same conversation; none when the page does not read.
    pub fn recalled(kept: &str) -> Vec<Message> {
        let mut texts = kept.split('\0');
        let read = texts.next().zip(texts.next()).and_then(|(echoes, text)| {
            let raw = Self {
                kind: RawKind::Messages,
                ..Self::of_frame(text.to_owned())
            };
            raw.overheard(echoes)
        });
        let Some(Event::Overheard(Reply::Messages(mut messages))) = read else {
            return Vec::new();
        };
        // What was changed above the page lies apart from it, and is read again where somebody scrolls to.
        let first = messages.first().map(|first| (first.conversation_id, first.id));
        for text in texts {
            if let Ok(Frame::Event { event, .. }) = Frame::read(text)
                && let CableEvent::MessageCreated(message) | CableEvent::MessageUpdated(message) = event
                && first.is_some_and(|(of, id)| of == message.conversation_id && id <= message.id)
            {
                messages.push(message);
            }
        }
        messages
    }

    /// Reads what another tab rebroadcast, with the [`echoes`] that it knows of; `None` when it does not read.
    pub fn overheard(&self, echoes: &str) -> Option<Event> {
        // The key is no part of the answer.
        let (source_id, conversation) = (SourceId::new(""), ConversationId(self.conversation));
        let request = match self.kind {
            RawKind::Frame => return Frame::read(&self.text).ok().map(Event::FrameOverheard),
            RawKind::Messages => Request::ListMessages {
                source_id,
                conversation,
                before: None,
            },
            RawKind::Message => Request::SendMessage {
                source_id,
                conversation,
                content: String::new(),
                echo_id: EchoId::new(""),
            },
            RawKind::Conversation => Request::ShowConversation {
                source_id,
                conversation,
            },
            RawKind::Conversations => Request::ListConversations { source_id },
        };
        let mut reply = request.read(200, "application/json", &self.text).ok()?;
        match &mut reply {
            Reply::Messages(messages) => mark(messages, echoes),
            Reply::Message(message) => mark(std::slice::from_mut(message), echoes),
            _ => {}
        }
        Some(Event::Overheard(reply))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = r#"{"id": 7, "content": "Hello", "message_type": 0, "content_type": "text",
        "content_attributes": {}, "created_at": 1767348000, "conversation_id": 3}"#;

    fn raw(kind: RawKind, text: &str) -> Raw {
        Raw {
            kind,
            conversation: 3,
            text: text.into(),
            is_head: false,
        }
    }

    fn found(raw: &Raw, echoes: &str) -> Reply {
        match raw.overheard(echoes) {
            Some(Event::Overheard(reply)) => reply,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn another_tab_hears_whose_a_message_is() {
        let page = raw(RawKind::Messages, &format!("[{MESSAGE}]"));
        let one = raw(RawKind::Message, MESSAGE);
        for raw in [page, one] {
            let plain = found(&raw, "");
            assert_eq!(echoes(&plain), "");
            let marked = found(&raw, "8 other\n7 mine\nrubbish\n");
            assert_eq!(echoes(&marked), "7 mine\n");
            assert_eq!(
                found(&raw, &echoes(&marked)),
                marked,
                "what is told is what is heard"
            );
        }
    }

    #[test]
    fn a_page_is_kept_with_whose_its_messages_are() {
        let page = raw(RawKind::Messages, &format!("[{MESSAGE}]"));
        let recalled = Raw::recalled(&page.kept("7 mine\n"));
        assert_eq!(Reply::Messages(recalled), found(&page, "7 mine\n"));
        for broken in ["", "[]", "7 mine\n\0[{", "\0{}"] {
            assert_eq!(Raw::recalled(broken), [], "{broken:?}");
        }
    }

    #[test]
    fn what_came_by_event_is_recalled_with_the_page() {
        let frame = |event: &str, message: &str| {
            format!(r#"{{"identifier": "", "message": {{"event": "{event}", "data": {message}}}}}"#)
        };
        let (next, elsewhere) = (MESSAGE.replace(": 7", ": 8"), MESSAGE.replace(": 3", ": 4"));
        let edited = next.replace("Hello", "Hello again");
        let page = raw(RawKind::Messages, &format!("[{MESSAGE}]")).kept("");
        let frames = [
            frame("message.created", &next),
            frame("message.created", &elsewhere.replace(": 7", ": 9")),
            frame("conversation.typing_on", "{}"),
            "rubbish".to_owned(),
            frame("message.updated", &edited),
            frame("message.updated", &MESSAGE.replace(": 7", ": 6")),
        ];
        let recalled = Raw::recalled(&[page, frames.join("\0")].join("\0"));
        let texts: Vec<_> = recalled
            .iter()
            .map(|message| (message.id.0, message.content.as_deref().unwrap_or_default()))
            .collect();
        assert_eq!(texts, [(7, "Hello"), (8, "Hello"), (8, "Hello again")]);
    }

    #[test]
    fn an_answer_to_a_send_is_one_message_and_no_page() {
        assert!(matches!(
            found(&raw(RawKind::Message, MESSAGE), ""),
            Reply::Message(_)
        ));
        assert!(raw(RawKind::Message, "[]").overheard("").is_none());
    }
}
