//! Every public route as a typed request: how it is spelled, and how its answer reads.

mod http;
mod reply;

pub use http::{Body, HttpRequest, Method, Part, PartContent};
pub use reply::{BodyKind, ErrorText, Refusal, Reply};

use crate::id::{ConversationId, EchoId, ExternalId, InboxIdentifier, MessageId};
use crate::model::{Submitted, SubmittedValue};
use crate::secret::{IdentifierHash, SourceId};
use crate::{Json, digits};
use http::{JsonObject, push_segment};

/// A call of the public API. What each may be answered with is said by [`Reply`].
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Reads the inbox (since 2.11.0). Answered by [`Reply::Inbox`].
    ShowInbox,
    /// Asks for a conversation that cannot be. A JSON 404 tells of an unknown inbox, an HTML 404 of a server older than
    /// 3.7.0, which does not know the route.
    ProbeInbox,
    /// Creates a contact, or finds the one with this `source_id`. Answered by [`Reply::Contact`].
    CreateContact {
        /// Chosen by the client, so that asking again does no harm.
        source_id: SourceId,
        /// Who the contact is at the site.
        identity: Option<Identity>,
        /// Ignored when the session exists already.
        profile: Profile,
    },
    /// Reads the session. Answered by [`Reply::Contact`].
    ShowContact {
        /// Whose.
        source_id: SourceId,
    },
    /// Changes the contact, and verifies it where an identity with a hash is given. Answered by
    /// [`Reply::UpdatedContact`].
    UpdateContact {
        /// Whose.
        source_id: SourceId,
        /// For the check of the hash alone: the identifier of a contact cannot be changed.
        identity: Option<Identity>,
        /// What is not given stays.
        profile: Profile,
    },
    /// Lists every conversation with every message. Answered by [`Reply::Conversations`].
    ListConversations {
        /// Whose.
        source_id: SourceId,
    },
    /// Creates a conversation, or finds the last one where the inbox allows one alone. Answered by
    /// [`Reply::Conversation`].
    CreateConversation {
        /// Whose.
        source_id: SourceId,
        /// What the team should see of it (since 3.2.0; older servers ignore it).
        custom_attributes: Vec<(String, Json)>,
    },
    /// Reads a conversation with every message (since 3.7.0). Answered by [`Reply::Conversation`].
    ShowConversation {
        /// Whose.
        source_id: SourceId,
        /// Which.
        conversation: ConversationId,
    },
    /// Resolves a conversation; it cannot reopen one (since 3.7.0). Answered by [`Reply::Conversation`].
    ResolveConversation {
        /// Whose.
        source_id: SourceId,
        /// Which.
        conversation: ConversationId,
    },
    /// Tells agents that the contact types, or no longer (since 3.0.0). Answered by [`Reply::Done`].
    SetTyping {
        /// Who.
        source_id: SourceId,
        /// Where.
        conversation: ConversationId,
        /// Begins or ends.
        on: bool,
    },
    /// Marks all that is there as seen (since 3.0.0). Answered by [`Reply::Done`].
    UpdateLastSeen {
        /// Whose.
        source_id: SourceId,
        /// Which.
        conversation: ConversationId,
    },
    /// Lists up to 20 messages, oldest first: the newest, or those before one. Answered by [`Reply::Messages`].
    ListMessages {
        /// Whose.
        source_id: SourceId,
        /// Of which.
        conversation: ConversationId,
        /// Only older ones than this.
        before: Option<MessageId>,
    },
    /// Sends a message. Sending twice makes two. Answered by [`Reply::Message`].
    SendMessage {
        /// Who.
        source_id: SourceId,
        /// Where.
        conversation: ConversationId,
        /// Markdown, at most 150 000 characters. Nobody checks whether it is blank.
        content: String,
        /// Comes back in the cable's event, not in the answer.
        echo_id: EchoId,
    },
    /// Answers a choice, a form or a survey in a message. Answered by [`Reply::Message`].
    SubmitValues {
        /// Who.
        source_id: SourceId,
        /// Where.
        conversation: ConversationId,
        /// What is answered.
        message: MessageId,
        /// The answer.
        values: Submitted,
    },
    /// Reads the survey of a conversation by its uuid. Answered by [`Reply::Survey`].
    ShowSurvey {
        /// The conversation's uuid.
        uuid: String,
    },
    /// Answers the survey of a conversation by its uuid. Answered by [`Reply::Survey`], mostly without the answer yet.
    AnswerSurvey {
        /// The conversation's uuid.
        uuid: String,
        /// 1 (bad) to 5 (good).
        rating: i64,
        /// What the contact adds in words.
        feedback: Option<String>,
    },
}

/// Who a contact is at the site, and the proof of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The site's own id of its user.
    pub identifier: ExternalId,
    /// The HMAC of it.
    pub identifier_hash: Option<IdentifierHash>,
}

/// What is known of a contact. None and empty are not sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// The name to show agents.
    pub name: Option<String>,
    /// An address that belongs to another contact merges the two.
    pub email: Option<String>,
    /// In E.164 form. Merges like the address.
    pub phone_number: Option<String>,
    /// Fetched by the server if the contact has no picture yet.
    pub avatar_url: Option<String>,
    /// Merged into those that are there; keys cannot be deleted. Of equal keys the last counts.
    pub custom_attributes: Vec<(String, Json)>,
}

impl Request {
    /// The request as HTTP has it.
    pub fn to_http(&self, inbox: &InboxIdentifier) -> HttpRequest {
        HttpRequest {
            method: self.method(),
            path: self.path(inbox),
            body: self.body(),
        }
    }

    /// Reads the answer to this request. Any status but 2xx is a refusal.
    pub fn read(&self, status: u16, content_type: &str, body: &str) -> Result<Reply, Refusal> {
        reply::read(self, status, content_type, body)
    }

    fn method(&self) -> Method {
        match self {
            Self::ShowInbox
            | Self::ProbeInbox
            | Self::ShowContact { .. }
            | Self::ListConversations { .. }
            | Self::ShowConversation { .. }
            | Self::ListMessages { .. }
            | Self::ShowSurvey { .. } => Method::Get,
            Self::CreateContact { .. }
            | Self::CreateConversation { .. }
            | Self::ResolveConversation { .. }
            | Self::SetTyping { .. }
            | Self::UpdateLastSeen { .. }
            | Self::SendMessage { .. } => Method::Post,
            Self::UpdateContact { .. } | Self::SubmitValues { .. } | Self::AnswerSurvey { .. } => {
                Method::Patch
            }
        }
    }

    fn path(&self, inbox: &InboxIdentifier) -> String {
        if let Self::ShowSurvey { uuid } | Self::AnswerSurvey { uuid, .. } = self {
            let mut path = "/public/api/v1/csat_survey".to_owned();
            push_segment(&mut path, uuid);
            return path;
        }
        let mut path = "/public/api/v1/inboxes".to_owned();
        push_segment(&mut path, inbox.as_str());
        if let Some(source_id) = self.source_id() {
            path.push_str("/contacts");
            push_segment(&mut path, source_id.expose());
        }
        if let Some(conversation) = self.conversation() {
            path.push_str("/conversations/");
            path.push_str(&digits(conversation.0));
        }
        path.push_str(match self {
            Self::ProbeInbox => "/contacts/x/conversations/1",
            Self::CreateContact { .. } => "/contacts",
            Self::ListConversations { .. } | Self::CreateConversation { .. } => "/conversations",
            Self::ResolveConversation { .. } => "/toggle_status",
            Self::SetTyping { .. } => "/toggle_typing",
            Self::UpdateLastSeen { .. } => "/update_last_seen",
            Self::SendMessage { .. } | Self::ListMessages { before: None, .. } => "/messages",
            Self::ListMessages { before: Some(_), .. } => "/messages?before=",
            Self::SubmitValues { .. } => "/messages/",
            _ => "",
        });
        if let Self::ListMessages {
            before: Some(message),
            ..
        }
        | Self::SubmitValues { message, .. } = self
        {
            path.push_str(&digits(message.0));
        }
        path
    }

    /// Whose path it is; a contact that is to be created has none yet.
    fn source_id(&self) -> Option<&SourceId> {
        match self {
            Self::ShowContact { source_id }
            | Self::UpdateContact { source_id, .. }
            | Self::ListConversations { source_id }
            | Self::CreateConversation { source_id, .. }
            | Self::ShowConversation { source_id, .. }
            | Self::ResolveConversation { source_id, .. }
            | Self::SetTyping { source_id, .. }
            | Self::UpdateLastSeen { source_id, .. }
            | Self::ListMessages { source_id, .. }
            | Self::SendMessage { source_id, .. }
            | Self::SubmitValues { source_id, .. } => Some(source_id),
            Self::ShowInbox
            | Self::ProbeInbox
            | Self::CreateContact { .. }
            | Self::ShowSurvey { .. }
            | Self::AnswerSurvey { .. } => None,
        }
    }

    /// The conversation that the path leads through.
    fn conversation(&self) -> Option<ConversationId> {
        match self {
            Self::ShowConversation { conversation, .. }
            | Self::ResolveConversation { conversation, .. }
            | Self::SetTyping { conversation, .. }
            | Self::UpdateLastSeen { conversation, .. }
            | Self::ListMessages { conversation, .. }
            | Self::SendMessage { conversation, .. }
            | Self::SubmitValues { conversation, .. } => Some(*conversation),
            _ => None,
        }
    }

    fn body(&self) -> Body {
        let mut body = JsonObject::default();
        match self {
            Self::CreateContact {
                source_id,
                identity,
                profile,
            } => {
                body.text("source_id", source_id.expose());
                body.identity(identity.as_ref());
                body.profile(profile);
            }
            Self::UpdateContact {
                identity, profile, ..
            } => {
                body.identity(identity.as_ref());
                body.profile(profile);
            }
            Self::SetTyping { on, .. } => body.text("typing_status", if *on { "on" } else { "off" }),
            Self::SendMessage { content, echo_id, .. } => {
                body.text("content", content);
                body.text("echo_id", echo_id.as_str());
            }
            Self::SubmitValues { values, .. } => body.json("submitted_values", &submitted_text(values)),
            Self::AnswerSurvey { rating, feedback, .. } => {
                let answer = Submitted::Csat {
                    rating: Some(*rating),
                    feedback: feedback.clone(),
                };
                let mut message = JsonObject::default();
                message.json("submitted_values", &submitted_text(&answer));
                body.json("message", &message.finish());
            }
            Self::CreateConversation {
                custom_attributes, ..
            } if !custom_attributes.is_empty() => {
                body.json(
                    "custom_attributes",
                    &Json::Object(custom_attributes.clone()).text(),
                );
            }
            // A POST without parameters still says that it has none.
            Self::CreateConversation { .. }
            | Self::ResolveConversation { .. }
            | Self::UpdateLastSeen { .. } => {}
            Self::ShowInbox
            | Self::ProbeInbox
            | Self::ShowContact { .. }
            | Self::ListConversations { .. }
            | Self::ShowConversation { .. }
            | Self::ListMessages { .. }
            | Self::ShowSurvey { .. } => return Body::None,
        }
        Body::Json(body.finish())
    }
}

impl JsonObject {
    fn identity(&mut self, identity: Option<&Identity>) {
        if let Some(Identity {
            identifier,
            identifier_hash,
        }) = identity
        {
            self.text("identifier", identifier.as_str());
            self.given(
                "identifier_hash",
                identifier_hash.as_ref().map(IdentifierHash::expose),
            );
        }
    }

    fn profile(&mut self, profile: &Profile) {
        self.given("name", profile.name.as_deref());
        self.given("email", profile.email.as_deref());
        self.given("phone_number", profile.phone_number.as_deref());
        self.given("avatar_url", profile.avatar_url.as_deref());
        if !profile.custom_attributes.is_empty() {
            let mut attributes = Self::default();
            for (key, value) in &profile.custom_attributes {
                attributes.json(key, &value.text());
            }
            self.json("custom_attributes", &attributes.finish());
        }
    }
}

fn submitted_text(values: &Submitted) -> String {
    match values {
        Submitted::Values(values) => {
            let mut text = String::new();
            for value in values {
                text.push(if text.is_empty() { '[' } else { ',' });
                text.push_str(&value_text(value));
            }
            text.push_str(if text.is_empty() { "[]" } else { "]" });
            text
        }
        Submitted::Csat { rating, feedback } => {
            let mut answer = JsonObject::default();
            if let Some(rating) = rating {
                answer.json("rating", &digits(*rating));
            }
            answer.given("feedback_message", feedback.as_deref());
            let mut response = JsonObject::default();
            response.json("csat_survey_response", &answer.finish());
            response.finish()
        }
    }
}

fn value_text(value: &SubmittedValue) -> String {
    let mut object = JsonObject::default();
    object.given("name", value.name.as_deref());
    object.given("title", value.title.as_deref());
    object.given("value", value.value.as_deref());
    object.finish()
}
