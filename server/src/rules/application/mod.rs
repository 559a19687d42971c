//! The application API: what agents and programs do with an `api_access_token`.

mod account;
mod actions;
mod contacts;
mod conversations;
mod messages;

use super::route::Application;
use super::{Context, Reply};
use crate::error::ApiError;
use crate::params::Params;
use crate::store::{Conversation, Inbox, User};

/// Who acts, and in which account.
#[derive(Debug)]
struct Agent {
    user: User,
    account: i64,
}

/// Performs an action of an agent.
pub fn perform(
    context: &mut Context<'_>,
    action: Application,
    token: Option<&str>,
    params: &Params,
) -> Result<Reply, ApiError> {
    let agent = authenticate(context, token, params)?;
    context.performer = Some(agent.user.clone());
    match action {
        Application::Profile => account::profile(context, &agent),
        Application::Availability => account::availability(context, &agent, params),
        Application::ListAgents => account::agents(context, &agent),
        Application::ListInboxes => account::inboxes(context, &agent),
        Application::CreateInbox => account::create_inbox(context, &agent, params),
        Application::ShowInbox => account::show_inbox(context, &agent, params),
        Application::UpdateInbox => account::update_inbox(context, &agent, params),
        Application::DeleteInbox => account::delete_inbox(context, &agent, params),
        Application::ListInboxMembers => account::members(context, &agent, params),
        Application::AddInboxMembers => account::add_members(context, &agent, params),
        Application::ListContacts => contacts::list(context, &agent, params),
        Application::SearchContacts => contacts::search(context, &agent, params),
        Application::CreateContact => contacts::create(context, &agent, params),
        Application::ShowContact => contacts::show(context, &agent, params),
        Application::UpdateContact => contacts::update(context, &agent, params),
        Application::DeleteContact => contacts::delete(context, &agent, params),
        Application::ContactConversations => contacts::conversations(context, &agent, params),
        Application::ContactableInboxes => contacts::contactable_inboxes(context, &agent, params),
        Application::CreateSession => contacts::create_session(context, &agent, params),
        Application::ListConversations => conversations::list(context, &agent, params),
        Application::CountConversations => conversations::counts(context, &agent, params),
        Application::CreateConversation => conversations::create(context, &agent, params),
        Application::ShowConversation => conversations::show(context, &agent, params),
        Application::DeleteConversation => conversations::delete(context, &agent, params),
        Application::ToggleStatus => actions::toggle_status(context, &agent, params),
        Application::ToggleTyping => actions::toggle_typing(context, &agent, params),
        Application::TogglePriority => actions::toggle_priority(context, &agent, params),
        Application::UpdateLastSeen => actions::update_last_seen(context, &agent, params),
        Application::Unread => actions::unread(context, &agent, params),
        Application::CustomAttributes => actions::custom_attributes(context, &agent, params),
        Application::Mute => actions::mute(context, &agent, params),
        Application::Unmute => actions::unmute(context, &agent, params),
        Application::Assign => actions::assign(context, &agent, params),
        Application::ListLabels => actions::labels(context, &agent, params),
        Application::SetLabels => actions::set_labels(context, &agent, params),
        Application::ListMessages => messages::list(context, &agent, params),
        Application::CreateMessage => messages::create(context, &agent, params),
        Application::UpdateMessage => messages::update(context, &agent, params),
        Application::DeleteMessage => messages::delete(context, &agent, params),
    }
}

fn authenticate(context: &Context<'_>, token: Option<&str>, params: &Params) -> Result<Agent, ApiError> {
    let token = token.filter(|token| !token.is_empty()).ok_or(ApiError::NoToken)?;
    let user = User::by_access_token(context.db, token)?.ok_or(ApiError::InvalidToken)?;
    let Some(wanted) = params.get("account_id") else {
        let account = user.account_id;
        return Ok(Agent { user, account });
    };
    let account = wanted.integer().ok_or(ApiError::Missing)?;
    let sql = "SELECT count(*) FROM accounts WHERE id = ?";
    let known: i64 = context
        .db
        .prepare_cached(sql)?
        .query_row([account], |row| row.get(0))?;
    if known == 0 {
        return Err(ApiError::Missing);
    }
    if user.account_id != account {
        return Err(ApiError::ForeignAccount);
    }
    Ok(Agent { user, account })
}

impl Agent {
    fn administrator(&self) -> Result<(), ApiError> {
        if self.user.is_administrator() {
            Ok(())
        } else {
            Err(ApiError::NotAllowed)
        }
    }
}

fn inbox(context: &Context<'_>, agent: &Agent, params: &Params, name: &str) -> Result<Inbox, ApiError> {
    let id = params.integer(name).ok_or(ApiError::Missing)?;
    Inbox::by_id(context.db, agent.account, id)?.ok_or(ApiError::Missing)
}

fn conversation(
    context: &Context<'_>,
    agent: &Agent,
    params: &Params,
    name: &str,
) -> Result<Conversation, ApiError> {
    let number = params.integer(name).ok_or(ApiError::Missing)?;
    Conversation::by_display_id(context.db, agent.account, number)?.ok_or(ApiError::Missing)
}
