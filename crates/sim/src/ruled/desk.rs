//! What agents and other clients do, over the same APIs as in life.

use confab_protocol::{
    Conversation, ConversationId, EchoId, MessageId, Profile, Reply, Request, SourceId, Submitted,
    SubmittedValue,
};
use serde_json::{Value, json};

use super::{Answer, Ruled, Thread, Written};
use crate::server::Broadcast;

/// Of so many messages of an agent one asks for a choice.
const ASKS: usize = 4;

impl Ruled {
    fn ask_as_agent(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let target = format!("/api/v1/accounts/{}{path}", self.account);
        let body = body.map(Value::to_string);
        self.ask(method, &target, body.as_deref(), Some(&self.agent))
    }

    /// What contacts hear of something an agent did.
    fn told(&mut self, answer: Answer) -> Vec<Broadcast> {
        if answer.status >= 400 {
            self.unread
                .push(format!("{} to an agent: {}", answer.status, answer.body));
        }
        self.broadcasts(answer.told)
    }

    fn within(&self, thread: usize, path: &str) -> String {
        let id = self.threads.get(thread).map_or(0, |known| known.id.0);
        format!("/conversations/{id}{path}")
    }

    /// The inbox greets.
    pub(super) fn greet(&mut self) {
        let Some(inbox) = self.inbox_number() else { return };
        let body = json!({"greeting_enabled": true, "greeting_message": "welcome"});
        let answer = self.ask_as_agent("PATCH", &format!("/inboxes/{inbox}"), Some(&body));
        self.told(answer);
    }

    fn inbox_number(&self) -> Option<i64> {
        let listed = self.ask_as_agent("GET", "/inboxes", None);
        Self::at(&listed.body, "/payload/0/id")?.as_i64()
    }

    pub(crate) fn agent_writes(&mut self, thread: usize, text: &str, now: u64) -> Vec<Broadcast> {
        self.now.set(now);
        let asks = self.written.len() % ASKS == ASKS - 1;
        let body = if asks {
            let items = json!([{"title": "Yes", "value": "yes"}, {"title": "No", "value": "no"}]);
            json!({"content": text, "content_type": "input_select", "content_attributes": {"items": items}})
        } else {
            json!({"content": text})
        };
        let answer = self.ask_as_agent("POST", &self.within(thread, "/messages"), Some(&body));
        let id = Self::at(&answer.body, "/id").and_then(|id| id.as_i64());
        self.written.extend(id.map(|id| Written {
            thread,
            id: MessageId(id),
            asks,
            deleted: false,
        }));
        self.told(answer)
    }

    /// Another client of the same contact writes.
    pub(crate) fn other_client_writes(&mut self, thread: usize, text: &str, now: u64) -> Vec<Broadcast> {
        let Some(known) = self.threads.get(thread).cloned() else {
            return Vec::new();
        };
        let request = Request::SendMessage {
            source_id: known.source_id,
            conversation: known.id,
            content: text.to_owned(),
            echo_id: EchoId::new(format!("other-{now}")),
        };
        self.perform(&request, now).1
    }

    /// An agent deletes a message, or another client makes the choice that one asks for.
    pub(crate) fn agent_changes(&mut self, nth: usize, deletes: bool, now: u64) -> Vec<Broadcast> {
        self.now.set(now);
        let there = |written: &Written| self.is_there(written.thread) && !written.deleted;
        let place = self.written.iter().enumerate().rev();
        let place = place.filter(|(_, written)| there(written) && (deletes || written.asks));
        let Some(place) = place.map(|(place, _)| place).nth(nth / ASKS) else {
            return Vec::new();
        };
        let Some(written) = self.written.get_mut(place) else {
            return Vec::new();
        };
        let (thread, message) = (written.thread, written.id);
        if deletes {
            written.deleted = true;
            let path = self.within(thread, &format!("/messages/{message}"));
            let answer = self.ask_as_agent("DELETE", &path, None);
            return self.told(answer);
        }
        written.asks = false;
        let Some(known) = self.threads.get(thread).cloned() else {
            return Vec::new();
        };
        let request = Request::SubmitValues {
            source_id: known.source_id,
            conversation: known.id,
            message,
            values: Submitted::Values(vec![SubmittedValue {
                title: Some("Yes".to_owned()),
                value: Some("yes".to_owned()),
                ..SubmittedValue::default()
            }]),
        };
        self.perform(&request, now).1
    }

    pub(crate) fn agent_types(&mut self, thread: usize, on: bool, now: u64) -> Vec<Broadcast> {
        self.now.set(now);
        let body = json!({"typing_status": if on { "on" } else { "off" }});
        let answer = self.ask_as_agent("POST", &self.within(thread, "/toggle_typing_status"), Some(&body));
        self.told(answer)
    }

    pub(crate) fn agent_resolves(&mut self, thread: usize, now: u64) -> Vec<Broadcast> {
        self.now.set(now);
        let body = json!({"status": "resolved"});
        let answer = self.ask_as_agent("POST", &self.within(thread, "/toggle_status"), Some(&body));
        self.told(answer)
    }

    /// An agent deletes a conversation, or a contact with all of its conversations; which ones.
    pub(crate) fn delete(&mut self, thread: usize, with_contact: bool, now: u64) -> Vec<ConversationId> {
        self.now.set(now);
        let shown = self.ask_as_agent("GET", &self.within(thread, ""), None);
        let contact = Self::id(&shown.body, "/meta/sender/id").unwrap_or_default();
        let path = if with_contact {
            format!("/contacts/{}", contact.0)
        } else {
            self.within(thread, "")
        };
        let answer = self.ask_as_agent("DELETE", &path, None);
        // A contact that is online cannot be deleted; who is gone hears nothing.
        if answer.status != 422 {
            self.told(answer);
        }
        self.note_gone()
    }

    /// The inbox is deleted with everything; which conversations.
    pub(crate) fn delete_inbox(&mut self, now: u64) -> Vec<ConversationId> {
        self.now.set(now);
        let Some(inbox) = self.inbox_number() else {
            return Vec::new();
        };
        let answer = self.ask_as_agent("DELETE", &format!("/inboxes/{inbox}"), None);
        self.told(answer);
        self.gone = true;
        self.note_gone()
    }

    /// The conversations that are there no more.
    fn note_gone(&mut self) -> Vec<ConversationId> {
        let mut gone = Vec::new();
        for thread in 0..self.threads.len() {
            let is_there = self.ask_as_agent("GET", &self.within(thread, ""), None).status == 200;
            let known = self
                .threads
                .get_mut(thread)
                .filter(|known| !known.gone && !is_there);
            if let Some(known) = known {
                known.gone = true;
                gone.push(known.id);
            }
        }
        gone
    }

    /// The place of a conversation.
    pub(crate) fn thread(&self, id: ConversationId) -> Option<usize> {
        self.threads.iter().position(|thread| thread.id == id)
    }

    /// The conversations of a contact that are there.
    pub(crate) fn conversations_of(&self, source_id: &SourceId) -> Vec<Conversation> {
        let is_theirs = |thread: &&Thread| !thread.gone && thread.source_id == *source_id;
        if self.threads.iter().filter(is_theirs).count() < 2 {
            // One alone tells nothing, and asking takes its time.
            return Vec::new();
        }
        let source_id = source_id.clone();
        match self.ask_as_contact(&Request::ListConversations { source_id }).0 {
            Ok(Reply::Conversations(all)) => all,
            _ => Vec::new(),
        }
    }

    /// The contact of a conversation names an address that another contact has: the two become one.
    pub(crate) fn merge(&mut self, thread: usize, now: u64) -> Vec<Broadcast> {
        self.now.set(now);
        let Some(known) = self.threads.get(thread).cloned() else {
            return Vec::new();
        };
        self.emails = self.emails.saturating_add(1);
        let email = format!("visitor-{}@shop.example", self.emails);
        let body = json!({"name": "Somebody", "email": email});
        let answer = self.ask_as_agent("POST", "/contacts", Some(&body));
        let mut broadcasts = self.told(answer);
        let request = Request::UpdateContact {
            source_id: known.source_id,
            identity: None,
            profile: Profile {
                email: Some(email),
                ..Profile::default()
            },
        };
        broadcasts.extend(self.perform(&request, now).1);
        broadcasts
    }
}
