//! The client API: what a visitor's widget may do without any token.

mod contacts;
mod conversations;
mod messages;
mod survey;

use super::route::Public;
use super::{Context, Reply};
use crate::error::ApiError;
use crate::params::Params;
use crate::store::{Contact, Conversation, Inbox, Session};
use crate::wire;

/// Numbers beyond the column's range are known without looking not to exist.
const LARGEST_DISPLAY_ID: i64 = 2_147_483_647;

/// Performs a public action.
pub fn perform(context: &mut Context<'_>, action: Public, params: &Params) -> Result<Reply, ApiError> {
    if action == Public::Nothing || action == Public::ShowInbox && !context.quirks.conversations.inbox_shown {
        return Err(ApiError::NotFound);
    }
    // The survey's page is no part of an inbox: the reserved parameters mean nothing there.
    let scope = match action {
        Public::ShowSurvey | Public::UpdateSurvey => Scope::default(),
        _ => Scope::find(context, params)?,
    };
    match action {
        Public::Nothing => Err(ApiError::NotFound),
        Public::ShowInbox => {
            let inbox = inbox(context, params, "id")?;
            Ok(Reply::Json(wire::public_inbox(&inbox)))
        }
        Public::ShowSurvey => survey::show(context, params),
        Public::UpdateSurvey => survey::update(context, params),
        Public::CreateContact => contacts::create(context, &scope, params),
        Public::ShowContact => contacts::show(context, &scope, params),
        Public::UpdateContact => contacts::update(context, &scope, params),
        Public::ListConversations => conversations::list(context, &scope),
        Public::CreateConversation => conversations::create(context, &scope, params),
        Public::ShowConversation => conversations::show(context, &scope, params),
        Public::ToggleStatus => conversations::toggle_status(context, &scope, params),
        Public::ToggleTyping => conversations::toggle_typing(context, &scope, params),
        Public::UpdateLastSeen => conversations::update_last_seen(context, &scope, params),
        Public::ListMessages => messages::list(context, &scope, params),
        Public::CreateMessage => messages::create(context, &scope, params),
        Public::UpdateMessage => messages::update(context, &scope, params),
    }
}

/// What the parameters `inbox_id`, `contact_id` and `conversation_id` name, from wherever they come: this is why
/// a body may not hold them.
#[derive(Debug, Default)]
struct Scope {
    inbox: Option<Inbox>,
    session: Option<Session>,
    conversation: Option<Conversation>,
}

impl Scope {
    fn find(context: &Context<'_>, params: &Params) -> Result<Self, ApiError> {
        let mut scope = Self::default();
        if params.present("inbox_id").is_some() {
            scope.inbox = Some(inbox(context, params, "inbox_id")?);
        }
        if params.present("contact_id").is_some() {
            scope.session = Some(session(context, scope.inbox()?, params, "contact_id")?);
        }
        if params.present("conversation_id").is_some() {
            let everywhere = !context.quirks.conversations.messages_limited_to_session;
            let number = params.integer("conversation_id");
            scope.conversation = Some(conversation(context, scope.session()?, number, everywhere)?);
        }
        Ok(scope)
    }

    fn inbox(&self) -> Result<&Inbox, ApiError> {
        self.inbox.as_ref().ok_or(ApiError::Internal("no inbox"))
    }

    fn session(&self) -> Result<&Session, ApiError> {
        self.session.as_ref().ok_or(ApiError::Internal("no session"))
    }

    fn conversation(&self) -> Result<&Conversation, ApiError> {
        self.conversation
            .as_ref()
            .ok_or(ApiError::Internal("no conversation"))
    }

    fn contact(&self, context: &Context<'_>) -> Result<Contact, ApiError> {
        contact_of(context, self.session()?)
    }
}

fn contact_of(context: &Context<'_>, session: &Session) -> Result<Contact, ApiError> {
    Contact::by_id(context.db, session.contact_id)?.ok_or(ApiError::Internal("a session without contact"))
}

fn inbox(context: &Context<'_>, params: &Params, name: &str) -> Result<Inbox, ApiError> {
    let identifier = params.text(name).unwrap_or_default();
    Inbox::by_identifier(context.db, &identifier)?.ok_or(ApiError::NotFound)
}

fn session(context: &Context<'_>, inbox: &Inbox, params: &Params, name: &str) -> Result<Session, ApiError> {
    let source_id = params.text(name).unwrap_or_default();
    Session::by_source(context.db, inbox.id, &source_id)?.ok_or(ApiError::NotFound)
}

/// A conversation within the session's reach: its own, or, once verified or `everywhere`, all of its contact.
fn conversation(
    context: &Context<'_>,
    session: &Session,
    number: Option<i64>,
    everywhere: bool,
) -> Result<Conversation, ApiError> {
    let number = number
        .filter(|number| (1..=LARGEST_DISPLAY_ID).contains(number))
        .ok_or(ApiError::NotFound)?;
    let account = contact_of(context, session)?.account_id;
    let found = Conversation::by_display_id(context.db, account, number)?;
    let within = |conversation: &Conversation| {
        if session.hmac_verified || everywhere {
            conversation.contact_id == session.contact_id
        } else {
            conversation.contact_inbox_id == session.id
        }
    };
    found.filter(within).ok_or(ApiError::NotFound)
}
