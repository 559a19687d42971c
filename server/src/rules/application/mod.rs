//! The application API: what agents and programs do with an `api_access_token`.

mod account;
mod actions;
mod bots;
mod contacts;
mod conversations;
mod messages;

use super::route::Application;
use super::{Context, Reply};
use crate::error::ApiError;
use crate::params::Params;
use crate::store::{Actor, Bot, Conversation, Inbox, User};

/// An agent or administrator, and in which account.
#[derive(Debug)]
struct Agent {
    user: User,
    account: i64,
}

/// Who acts, and in which account: the few actions that bots may perform take this.
#[derive(Debug)]
struct Caller {
    actor: Actor,
    account: i64,
}

/// Whoever belongs to an account.
trait InAccount {
    fn account(&self) -> i64;
}

impl InAccount for Agent {
    fn account(&self) -> i64 {
        self.account
    }
}

impl InAccount for Caller {
    fn account(&self) -> i64 {
        self.account
    }
}

/// Performs an action of an agent or bot.
pub fn perform(
    context: &mut Context<'_>,
    action: Application,
    token: Option<&str>,
    params: &Params,
) -> Result<Reply, ApiError> {
    let caller = authenticate(context, action, token, params)?;
    context.performer = Some(caller.actor.clone());
    match action {
        Application::CreateConversation => conversations::create(context, &caller, params),
        Application::ShowConversation => conversations::show(context, &caller, params),
        Application::UpdateConversation => conversations::update(context, &caller, params),
        Application::ToggleStatus => actions::toggle_status(context, &caller, params),
        Application::ToggleTyping => actions::toggle_typing(context, &caller, params),
        Application::TogglePriority => actions::toggle_priority(context, &caller, params),
        Application::CustomAttributes => actions::custom_attributes(context, &caller, params),
        Application::Assign => actions::assign(context, &caller, params),
        Application::ListLabels => actions::labels(context, &caller, params),
        Application::SetLabels => actions::set_labels(context, &caller, params),
        Application::CreateMessage => messages::create(context, &caller, params),
        _ => perform_for_agent(context, action, &caller.agent()?, params),
    }
}

fn perform_for_agent(
    context: &mut Context<'_>,
    action: Application,
    agent: &Agent,
    params: &Params,
) -> Result<Reply, ApiError> {
    match action {
        Application::Profile => account::profile(context, agent),
        Application::Availability => account::availability(context, agent, params),
        Application::ListAgents => account::agents(context, agent),
        Application::ListInboxes => account::inboxes(context, agent),
        Application::CreateInbox => account::create_inbox(context, agent, params),
        Application::ShowInbox => account::show_inbox(context, agent, params),
        Application::UpdateInbox => account::update_inbox(context, agent, params),
        Application::DeleteInbox => account::delete_inbox(context, agent, params),
        Application::ResetInboxSecret => account::reset_secret(context, agent, params),
        Application::ShowInboxBot => bots::of_inbox(context, agent, params),
        Application::SetInboxBot => bots::set(context, agent, params),
        Application::ListBots => bots::list(context, agent),
        Application::CreateBot => bots::create(context, agent, params),
        Application::ShowBot => bots::show(context, agent, params),
        Application::UpdateBot => bots::update(context, agent, params),
        Application::DeleteBot => bots::delete(context, agent, params),
        Application::ResetBotToken => bots::reset_token(context, agent, params),
        Application::ResetBotSecret => bots::reset_secret(context, agent, params),
        Application::ListInboxMembers => account::members(context, agent, params),
        Application::AddInboxMembers => account::add_members(context, agent, params),
        Application::ListContacts => contacts::list(context, agent, params),
        Application::SearchContacts => contacts::search(context, agent, params),
        Application::CreateContact => contacts::create(context, agent, params),
        Application::ShowContact => contacts::show(context, agent, params),
        Application::UpdateContact => contacts::update(context, agent, params),
        Application::DeleteContact => contacts::delete(context, agent, params),
        Application::ContactConversations => contacts::conversations(context, agent, params),
        Application::ContactableInboxes => contacts::contactable_inboxes(context, agent, params),
        Application::CreateSession => contacts::create_session(context, agent, params),
        Application::ListConversations => conversations::list(context, agent, params),
        Application::CountConversations => conversations::counts(context, agent, params),
        Application::DeleteConversation => conversations::delete(context, agent, params),
        Application::UpdateLastSeen => actions::update_last_seen(context, agent, params),
        Application::Unread => actions::unread(context, agent, params),
        Application::Mute => actions::mute(context, agent, params),
        Application::Unmute => actions::unmute(context, agent, params),
        Application::ListMessages => messages::list(context, agent, params),
        Application::UpdateMessage => messages::update(context, agent, params),
        Application::DeleteMessage => messages::delete(context, agent, params),
        _ => Err(ApiError::Internal("an action of bots too")),
    }
}

fn authenticate(
    context: &Context<'_>,
    action: Application,
    token: Option<&str>,
    params: &Params,
) -> Result<Caller, ApiError> {
    let token = token.filter(|token| !token.is_empty()).ok_or(ApiError::NoToken)?;
    let actor = match User::by_access_token(context.db, token)? {
        Some(user) => Actor::User(user),
        None => Actor::Bot(Bot::by_access_token(context.db, token)?.ok_or(ApiError::InvalidToken)?),
    };
    let (own, foreign) = match &actor {
        Actor::User(user) => (user.account_id, ApiError::ForeignAccount),
        Actor::Bot(_) if !action.is_for_bots() => return Err(ApiError::NotForBots),
        Actor::Bot(bot) => (bot.account_id, ApiError::ForeignBot),
    };
    let Some(wanted) = params.get("account_id") else {
        return Ok(Caller { actor, account: own });
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
    if own != account {
        return Err(foreign);
    }
    Ok(Caller { actor, account })
}

impl Caller {
    fn agent(self) -> Result<Agent, ApiError> {
        match self.actor {
            Actor::User(user) => Ok(Agent {
                user,
                account: self.account,
            }),
            Actor::Bot(_) => Err(ApiError::NotForBots),
        }
    }
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

fn inbox(
    context: &Context<'_>,
    who: &impl InAccount,
    params: &Params,
    name: &str,
) -> Result<Inbox, ApiError> {
    let id = params.integer(name).ok_or(ApiError::Missing)?;
    Inbox::by_id(context.db, who.account(), id)?.ok_or(ApiError::Missing)
}

fn conversation(
    context: &Context<'_>,
    who: &impl InAccount,
    params: &Params,
    name: &str,
) -> Result<Conversation, ApiError> {
    let number = params.integer(name).ok_or(ApiError::Missing)?;
    Conversation::by_display_id(context.db, who.account(), number)?.ok_or(ApiError::Missing)
}
