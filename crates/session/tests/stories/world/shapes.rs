//! Records as the server gives them out.

use confab_protocol::{
    Conversation, ConversationEvent, ConversationId, ConversationStatus, Inbox, InboxId, Sender, SenderKind,
    UnixSeconds,
};

use super::server::ConversationState;

pub fn agent() -> Sender {
    Sender {
        id: Some(2),
        kind: SenderKind::Agent,
        name: Some("Ada".to_owned()),
        avatar_url: None,
    }
}

pub fn event(id: ConversationId, status: &ConversationStatus) -> ConversationEvent {
    ConversationEvent {
        id,
        inbox_id: Some(InboxId(3)),
        status: status.clone(),
        agent_last_seen_at: UnixSeconds(0),
        contact_last_seen_at: UnixSeconds(0),
        assignee: None,
    }
}

pub fn shape(id: ConversationId, state: &ConversationState) -> Conversation {
    Conversation {
        id,
        uuid: None,
        inbox_id: Some(InboxId(3)),
        status: state.status.clone(),
        contact_last_seen_at: UnixSeconds(0),
        agent_last_seen_at: UnixSeconds(state.agent_seen),
        messages: state.messages.clone(),
    }
}

pub fn inbox() -> Inbox {
    Inbox {
        name: Some("Web API".to_owned()),
        identity_validation_enabled: false,
        timezone: None,
        working_hours_enabled: false,
        working_hours: Vec::new(),
        csat_survey_enabled: false,
        greeting_enabled: false,
    }
}
