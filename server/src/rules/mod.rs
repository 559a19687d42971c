//! What the server does, apart from how it is reached: a request, a transaction, the time and randomness go in; a reply,
//! events to send after the commit and jobs come out. No HTTP, no socket, no clock in here.

mod activities;
mod application;
mod attachments;
mod bots;
mod callbacks;
mod changes;
mod context;
mod hours;
mod identity;
mod inboxes;
mod interactive;
mod labels;
mod liquid;
mod merge;
mod messages;
mod people;
mod presence;
mod public;
mod route;
mod show;
mod snoozed;
mod surveys;
mod templates;
mod threads;
mod typing;
mod window;

use rusqlite::Connection;
use serde_json::Value;

#[cfg(test)]
pub use callbacks::About;
pub use callbacks::{Delivery, Receiver, Undelivered, fail, settle};
pub use context::{Context, Effects, Installation};
pub use identity::identifier_hash;
pub use inboxes::{join_all, new_inbox, write as write_inbox};
pub use presence::{Member, member, presence};
#[cfg(test)]
pub use route::all as routes;
pub use snoozed::open_due;

use crate::error::ApiError;
use crate::params::Params;
use crate::store::Conversation;
use crate::time::Instant;

/// A request of either API, free of transport.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// GET, POST, …
    pub method: String,
    /// The raw path below the prefix, percent escapes and all.
    pub path: String,
    /// Query and body merged; None when they cannot be read.
    pub params: Option<Params>,
    /// The `api_access_token` header.
    pub token: Option<String>,
}

/// A success. Failures are [`ApiError`].
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// 200 with a document.
    Json(Value),
    /// 200 with an empty body typed as JSON.
    Empty,
    /// 500 although everything was stored: the answer could not be written. The text is for tests and debugging.
    Stumbled(&'static str),
}

/// An event for everyone subscribed to one of the streams.
#[derive(Clone, Debug, PartialEq)]
pub struct Broadcast {
    /// Pubsub tokens, or `account_{id}` for all agents of an account.
    pub streams: Vec<String>,
    /// The event's name on the wire.
    pub event: &'static str,
    /// Its data.
    pub data: Value,
}

/// Work that the real server leaves to a background job: done after the request's own effects, failing on its own.
#[derive(Clone, Debug, PartialEq)]
pub enum Job {
    /// Messages to the contact up to then become `read`.
    MarkRead { conversation: i64, until: Instant },
    /// A line for agents about what happened.
    Activity { conversation: i64, text: String },
    /// The survey, if it is due.
    Survey { conversation: i64 },
    /// What an image measures.
    Measure { blob: i64, width: u32, height: u32 },
    /// The record of a survey's answer.
    Rate { message: i64, conversation: i64 },
}

/// Answers a request.
pub fn handle(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let found = route::find(&request.method, &request.path)?;
    if !route::is_there(found.action, context.quirks) {
        return Err(ApiError::NoRoute);
    }
    let mut params = request.params.clone().ok_or(ApiError::BadRequest)?;
    params.merge(found.params);
    if params.has_nul() {
        return Err(ApiError::Internal("Postgres stores no NUL"));
    }
    let outcome = match found.action {
        route::Action::Public(action) => public::perform(context, action, &params),
        route::Action::Application(action) => {
            application::perform(context, action, request.token.as_deref(), &params)
        }
    };
    match outcome {
        outcome if !found.unacceptable => outcome,
        Ok(_) => Err(ApiError::Xml(406, "Not Acceptable")),
        Err(ApiError::NotFound) => Err(ApiError::Xml(404, "Not Found")),
        Err(error) => Err(error),
    }
}

/// Whether an action takes files; what comes with others is read over.
pub fn takes_files(method: &str, path: &str) -> bool {
    use route::{Action, Application, Public};
    route::find(method, path).is_ok_and(|found| {
        matches!(
            found.action,
            Action::Public(Public::CreateMessage)
                | Action::Application(Application::CreateMessage | Application::CreateConversation)
        )
    })
}

/// Does a job.
pub fn run(context: &mut Context<'_>, job: &Job) -> Result<(), ApiError> {
    match job {
        Job::MarkRead { conversation, until } => messages::mark_read(context, *conversation, *until),
        Job::Survey { conversation } => surveys::send(context, *conversation),
        Job::Measure { blob, width, height } => attachments::measure(context, *blob, *width, *height),
        Job::Rate {
            message,
            conversation,
        } => surveys::rate(context, *message, *conversation),
        Job::Activity { conversation, text } => match Conversation::by_id(context.db, *conversation)? {
            Some(conversation) => messages::activity(context, &conversation, text),
            None => Ok(()),
        },
    }
}

/// The names of all accounts' agents and administrators who may see an inbox: members and every administrator.
fn agent_tokens(db: &Connection, account: i64, inbox: i64) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT pubsub_token FROM users WHERE account_id = ?1 AND
               (role = 'administrator' OR id IN (SELECT user_id FROM inbox_members WHERE inbox_id = ?2)) ORDER BY id";
    db.prepare_cached(sql)?
        .query_map([account, inbox], |row| row.get(0))?
        .collect()
}
