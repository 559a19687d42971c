//! Every decoder of the protocol takes any text, and reads it the same way twice; what one likes a session can hear.

use std::mem::discriminant;

use confab_content::markdown;
use confab_protocol::{
    Conversation, ConversationEvent, ConversationId, EchoId, Frame, Inbox, Json, Message, MessageId, Profile,
    Reply, Request, SourceId, Survey, TypingEvent, from_json,
};
use confab_session::Event;

use crate::frames::Listener;
use crate::target::{mark, size};

/// A request of every kind that is answered otherwise.
fn requests() -> [Request; 8] {
    let source_id = || SourceId::new("a");
    let conversation = ConversationId(7);
    [
        Request::ShowInbox,
        Request::ProbeInbox,
        Request::UpdateContact {
            source_id: source_id(),
            identity: None,
            profile: Profile::default(),
        },
        Request::ShowContact {
            source_id: source_id(),
        },
        Request::ListConversations {
            source_id: source_id(),
        },
        Request::ShowConversation {
            source_id: source_id(),
            conversation,
        },
        Request::ListMessages {
            source_id: source_id(),
            conversation,
            before: Some(MessageId(9)),
        },
        Request::SendMessage {
            source_id: source_id(),
            conversation,
            content: "a".to_owned(),
            echo_id: EchoId::new("a"),
        },
    ]
}

pub fn play(input: &[u8]) -> Result<u64, String> {
    let text = String::from_utf8_lossy(input);
    let mut marks = Vec::new();
    let mut listener = Listener::new();
    for request in requests() {
        for (status, content_type) in [(200, "application/json"), (200, ""), (422, "")] {
            let read = request.read(status, content_type, &text);
            if read != request.read(status, content_type, &text) {
                return Err(format!("an answer to {request:?} is read in two ways"));
            }
            marks.push(match &read {
                Ok(reply) => mark_of(reply),
                Err(_) => 0,
            });
            if let Ok(reply @ (Reply::Messages(_) | Reply::Message(_))) = read {
                listener.hears(Event::Overheard(reply))?;
            }
        }
    }
    marks.extend([
        u64::from(Frame::read(&text).is_ok()),
        u64::from(from_json::<Inbox>("Inbox", &text).is_ok()),
        u64::from(from_json::<Message>("Message", &text).is_ok()),
        u64::from(from_json::<Vec<Conversation>>("Conversations", &text).is_ok()),
        u64::from(from_json::<ConversationEvent>("ConversationEvent", &text).is_ok()),
        u64::from(from_json::<TypingEvent>("TypingEvent", &text).is_ok()),
        u64::from(from_json::<Survey>("Survey", &text).is_ok()),
    ]);
    if let Ok(json) = text.parse::<Json>() {
        let again = json.to_string().parse::<Json>();
        if again.ok().as_ref() != Some(&json) {
            return Err("JSON that is written does not read the same".to_owned());
        }
    }
    let document = markdown::parse(&text, &|_: &str| None);
    marks.push(size(format!("{document:?}").len() / 64));
    Ok(mark(marks))
}

fn mark_of(reply: &Reply) -> u64 {
    let kind = format!("{:?}", discriminant(reply));
    let of = |message: &Message| {
        mark([
            size(message.attachments.len()),
            u64::from(message.echo_id.is_some()),
        ])
    };
    let what = match reply {
        Reply::Messages(all) => mark(all.iter().map(of)),
        Reply::Message(message) => of(message),
        Reply::Conversations(all) => size(all.len()),
        _ => 1,
    };
    mark(kind.bytes().map(u64::from).chain([what]))
}
