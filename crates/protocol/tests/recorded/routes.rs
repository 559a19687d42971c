//! The request that fits a recorded route. Recorded paths have `{name}` where an id stood.

use confab_protocol::{ConversationId, EchoId, MessageId, Profile, Request, SourceId, Submitted};

/// True for the paths of the public API.
pub fn is_public(path: &str) -> bool {
    below_inbox(path).is_some() || path.starts_with("/public/api/v1/")
}

/// The request that has this route; the probe, which takes any refusal, where no request of ours has it.
pub fn request(method: &str, path: &str) -> Request {
    let conversation = ConversationId(1);
    if path.starts_with("/public/api/v1/csat_survey/") {
        let uuid = "u".to_owned();
        return match method {
            "PATCH" | "PUT" => Request::AnswerSurvey {
                uuid,
                rating: 1,
                feedback: None,
            },
            _ => Request::ShowSurvey { uuid },
        };
    }
    let below = below_inbox(path)
        .unwrap_or("/none")
        .split('?')
        .next()
        .unwrap_or_default();
    let segments: Vec<&str> = below.split('/').skip(1).collect();
    let source_id = SourceId::new("s");
    match (method, segments.as_slice()) {
        ("GET", [] | [""]) => Request::ShowInbox,
        ("POST", ["contacts"]) => Request::CreateContact {
            source_id,
            identity: None,
            profile: Profile::default(),
        },
        ("GET", ["contacts", _]) => Request::ShowContact { source_id },
        ("PATCH" | "PUT", ["contacts", _]) => Request::UpdateContact {
            source_id,
            identity: None,
            profile: Profile::default(),
        },
        ("GET", ["contacts", _, "conversations"]) => Request::ListConversations { source_id },
        ("POST", ["contacts", _, "conversations"]) => Request::CreateConversation {
            source_id,
            custom_attributes: Vec::new(),
        },
        ("GET", ["contacts", _, "conversations", _]) => Request::ShowConversation {
            source_id,
            conversation,
        },
        ("POST", ["contacts", _, "conversations", _, "toggle_status"]) => Request::ResolveConversation {
            source_id,
            conversation,
        },
        ("POST", ["contacts", _, "conversations", _, "toggle_typing"]) => Request::SetTyping {
            source_id,
            conversation,
            on: true,
        },
        ("POST", ["contacts", _, "conversations", _, "update_last_seen"]) => Request::UpdateLastSeen {
            source_id,
            conversation,
        },
        ("GET", ["contacts", _, "conversations", _, "messages"]) => messages(),
        ("POST", ["contacts", _, "conversations", _, "messages"]) => Request::SendMessage {
            source_id,
            conversation,
            content: "hi".to_owned(),
            echo_id: EchoId::new("e"),
        },
        ("PATCH" | "PUT", ["contacts", _, "conversations", _, "messages", _]) => {
            let values = Submitted::Values(Vec::new());
            Request::SubmitValues {
                source_id,
                conversation,
                message: MessageId(1),
                values,
            }
        }
        _ => Request::ProbeInbox,
    }
}

/// The request for a page of messages.
pub fn messages() -> Request {
    Request::ListMessages {
        source_id: SourceId::new("s"),
        conversation: ConversationId(1),
        before: None,
    }
}

fn below_inbox(path: &str) -> Option<&str> {
    if let Some(rest) = path.strip_prefix('{') {
        let (name, below) = rest.split_once('}')?;
        return name.ends_with("client").then_some(below);
    }
    let rest = path.strip_prefix("/public/api/v1/inboxes/")?;
    Some(rest.find('/').map_or("", |at| rest.get(at..).unwrap_or_default()))
}
