//! Events and effects in few words, for whoever reads a schedule.

use confab_protocol::{Frame, Message, Reply, Request};
use confab_session::{CableCommand, Effect, Event, OutgoingRecord};

use crate::cable;

fn record(row: &OutgoingRecord) -> String {
    let attempt = match &row.attempt {
        Some(attempt) => format!(" attempted above {}", attempt.newest_known.unwrap_or_default()),
        None => String::new(),
    };
    let failed = if row.failed.is_some() { " failed" } else { "" };
    format!(
        "{} \"{}\" place {} round {}{attempt}{failed}",
        short(&row.key.0),
        row.text,
        row.sequence,
        row.rounds
    )
}

fn records(rows: &[OutgoingRecord]) -> String {
    let rows: Vec<String> = rows.iter().map(record).collect();
    format!("[{}]", rows.join("; "))
}

fn short(key: &str) -> &str {
    key.get(..6).unwrap_or(key)
}

fn list(messages: &[Message]) -> String {
    let one = |message: &Message| {
        format!(
            "{} \"{}\"",
            message.id,
            message.content.as_deref().unwrap_or_default()
        )
    };
    let messages: Vec<String> = messages.iter().map(one).collect();
    format!("[{}]", messages.join(", "))
}

fn reply(reply: &Reply) -> String {
    match reply {
        Reply::Messages(messages) => format!("page {}", list(messages)),
        Reply::Message(message) => format!("message {}", message.id),
        Reply::Conversations(all) => {
            let all: Vec<String> = all
                .iter()
                .map(|one| format!("{} {}", one.id, list(&one.messages)))
                .collect();
            format!("conversations [{}]", all.join("; "))
        }
        Reply::Conversation(one) => format!("conversation {}", one.id),
        Reply::Contact(_) => "contact".to_owned(),
        Reply::Inbox(_) => "inbox".to_owned(),
        Reply::UpdatedContact(_) | Reply::Survey(_) | Reply::Done => "done".to_owned(),
    }
}

fn frame(frame: &Frame) -> String {
    match frame {
        Frame::Welcome => "welcome".to_owned(),
        Frame::Ping => "ping".to_owned(),
        Frame::Confirmed { .. } => "confirmed".to_owned(),
        Frame::Rejected { .. } => "rejected".to_owned(),
        Frame::Disconnect { .. } => "disconnect".to_owned(),
        Frame::Event { event, .. } => cable::name(event),
        Frame::Unknown => "unknown".to_owned(),
    }
}

/// An event in few words.
pub(crate) fn event(event: &Event) -> String {
    match event {
        Event::Restored { snapshot, .. } => {
            format!(
                "restored {}, identity {}",
                records(&snapshot.outbox),
                snapshot.identity.is_some()
            )
        }
        Event::OutboxChanged(rows) => format!("outbox {}", records(rows)),
        Event::IdentityChanged(identity) => format!(
            "identity changed {:?}",
            identity.as_ref().map(|one| one.conversation)
        ),
        Event::IdentityStored(identity) => {
            format!("identity stored, conversation {:?}", identity.conversation)
        }
        Event::OutgoingSaved { row, .. } => format!("saved {}", record(row)),
        Event::OutgoingClaimed(key) => format!("claimed {}", short(&key.0)),
        Event::ClaimRefused(key) => format!("claim refused {}", short(&key.0)),
        Event::SaveFailed(key) => format!("save failed {}", short(&key.0)),
        Event::Replied {
            request,
            result: Ok(answer),
        } => format!("reply {}: {}", request.0, reply(answer)),
        Event::Replied {
            request,
            result: Err(failure),
        } => format!("reply {}: {failure:?}", request.0),
        Event::CableOpened(generation) => format!("cable {} opened", generation.0),
        Event::CableClosed(generation) => format!("cable {} closed", generation.0),
        Event::FrameArrived(generation, arrived) => format!("cable {}: {}", generation.0, frame(arrived)),
        Event::Overheard(answer) => format!("overheard {}", reply(answer)),
        Event::FrameOverheard(overheard) => format!("overheard {}", frame(overheard)),
        Event::Wished(intent) => format!("wish {intent:?}"),
        Event::RoleChanged(_)
        | Event::Asked(_)
        | Event::VisibilityChanged { .. }
        | Event::Resumed
        | Event::WentOnline
        | Event::WentOffline
        | Event::StorageLost
        | Event::Tick => format!("{event:?}"),
    }
}

fn request(request: &Request) -> String {
    match request {
        Request::SendMessage { content, echo_id, .. } => {
            format!("send {} \"{content}\"", short(echo_id.as_str()))
        }
        Request::ListMessages { before, .. } => format!("list messages before {before:?}"),
        Request::ListConversations { .. } => "list conversations".to_owned(),
        Request::CreateConversation { .. } => "create conversation".to_owned(),
        Request::CreateContact { .. } => "create contact".to_owned(),
        Request::ShowContact { .. } => "show contact".to_owned(),
        other => format!("{other:?}")
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}

/// An effect in few words.
pub(crate) fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Send {
            id, request: asked, ..
        } => format!("request {}: {}", id.0, request(asked)),
        Effect::SaveOutgoing(row) => format!("save {}", record(row)),
        Effect::ClaimOutgoing { row, .. } => format!("claim {}", record(row)),
        Effect::UpdateOutgoing(row) => format!("update {}", record(row)),
        Effect::RemoveOutgoing(key) => format!("remove {}", short(&key.0)),
        Effect::StoreIdentity(identity) => {
            format!(
                "store identity, conversation {:?}, creating {}",
                identity.conversation, identity.creation
            )
        }
        Effect::Rebroadcast(answer) => format!("rebroadcast {}", reply(answer)),
        Effect::RebroadcastFrame(heard) => format!("rebroadcast {}", frame(heard)),
        Effect::Command(_, CableCommand::Subscribe(_)) => "subscribe".to_owned(),
        Effect::Command(_, CableCommand::UpdatePresence(_)) => "presence".to_owned(),
        other => format!("{other:?}"),
    }
}
