//! Documents from rows: looks up what the shapes of `wire` need.

use std::borrow::Cow;

use serde_json::Value;

use super::presence::{self, MemberKind};
use super::{Context, surveys, window};
use crate::error::ApiError;
use crate::store::{Actor, Attachment, Bot, Contact, Conversation, Inbox, Message, Sender, Session, User};
use crate::wire::{self, ConversationParts, MessageParts};

type Shown = Result<Value, ApiError>;

const UNREAD_CAP: i64 = 10;

/// Incoming messages no agent has seen, at most 10.
pub fn unread(context: &Context<'_>, conversation: &Conversation) -> rusqlite::Result<i64> {
    let sql = "SELECT count(*) FROM (SELECT 1 FROM messages WHERE conversation_id = ? AND message_type = 0
               AND created_at > ? LIMIT ?)";
    let seen = conversation.agent_last_seen_at.map_or(-1, |at| at.0);
    context
        .db
        .prepare_cached(sql)?
        .query_row([conversation.id, seen, UNREAD_CAP], |row| row.get(0))
}

/// The last message of a conversation, those hidden from contacts included or not.
pub fn last_message(
    context: &Context<'_>,
    conversation: i64,
    which: Last,
) -> rusqlite::Result<Option<Message>> {
    let sql = match which {
        Last::Any => {
            "SELECT * FROM messages WHERE conversation_id = ? ORDER BY created_at DESC, id DESC LIMIT 1"
        }
        Last::NoActivity => {
            "SELECT * FROM messages WHERE conversation_id = ? AND message_type <> 2 ORDER BY created_at DESC, id DESC LIMIT 1"
        }
        Last::Public => {
            "SELECT * FROM messages WHERE conversation_id = ? AND message_type <> 2 AND private = 0
             ORDER BY created_at DESC, id DESC LIMIT 1"
        }
    };
    let mut statement = context.db.prepare_cached(sql)?;
    let mut rows = statement.query([conversation])?;
    rows.next()?.map(Message::read).transpose()
}

/// Which last message.
#[derive(Clone, Copy, Debug)]
pub enum Last {
    Any,
    NoActivity,
    Public,
}

/// The session a conversation belongs to.
pub fn session_of(context: &Context<'_>, conversation: &Conversation) -> Result<Session, ApiError> {
    Session::by_id(context.db, conversation.contact_inbox_id)?
        .ok_or(ApiError::Internal("a conversation without session"))
}

/// The contact a conversation belongs to.
pub fn contact_of(context: &Context<'_>, conversation: &Conversation) -> Result<Contact, ApiError> {
    Contact::by_id(context.db, conversation.contact_id)?
        .ok_or(ApiError::Internal("a conversation without contact"))
}

/// Whether what the contact says in this conversation is kept quiet: the contact is blocked, in older versions only this
/// conversation muted.
pub fn is_muted(
    context: &Context<'_>,
    conversation: &Conversation,
    contact: &Contact,
) -> Result<bool, ApiError> {
    if context.quirks.contacts.blocking {
        return Ok(contact.blocked);
    }
    let sql = "SELECT count(*) FROM temp.muted WHERE conversation_id = ? AND until > ?";
    let keys = [conversation.id, context.now.0];
    let count: i64 = context
        .db
        .prepare_cached(sql)?
        .query_row(keys, |row| row.get(0))?;
    Ok(count > 0)
}

/// An agent as others see it. Its availability is known only where an agent's request says which account it is about.
pub fn user(context: &Context<'_>, user: &User) -> Shown {
    let known = match context.performer {
        Some(_) => Some(presence::availability(context, user)?),
        None => None,
    };
    Ok(wire::user_push(&context.quirks.shape, user, known.as_deref()))
}

/// An agent or bot as others see it.
pub fn actor(context: &Context<'_>, actor: &Actor) -> Shown {
    match actor {
        Actor::User(found) => user(context, found),
        Actor::Bot(bot) => Ok(wire::bot_push(bot)),
    }
}

/// Who caused an event, where that is told.
pub fn performer(context: &Context<'_>) -> Result<Option<Value>, ApiError> {
    match &context.performer {
        Some(Actor::Bot(_)) if !context.quirks.callbacks.bots_perform => Ok(None),
        Some(performer) => actor(context, performer).map(Some),
        None => Ok(None),
    }
}

/// Whom a conversation is assigned to.
fn assignee(context: &Context<'_>, conversation: &Conversation) -> Result<Option<Actor>, ApiError> {
    if let Some(id) = conversation.assignee_agent_bot_id
        && let Some(bot) = Bot::by_id(context.db, id)?
    {
        return Ok(Some(Actor::Bot(bot)));
    }
    Ok(match conversation.assignee_id {
        Some(id) => User::by_id(context.db, id)?.map(Actor::User),
        None => None,
    })
}

fn assignee_type(assignee: &Actor) -> &'static str {
    match assignee {
        Actor::User(_) => "User",
        Actor::Bot(_) => "AgentBot",
    }
}

/// The author of a message; none for templates, activity and agents who are gone.
pub fn sender(context: &Context<'_>, message: &Message) -> Result<Option<Value>, ApiError> {
    match message.sender {
        Some(Sender::Contact(id)) => Ok(Contact::by_id(context.db, id)?
            .map(|contact| wire::contact_push(&context.quirks.shape, &contact))),
        Some(Sender::User(id)) => match User::by_id(context.db, id)? {
            Some(found) => user(context, &found).map(Some),
            None => Ok(None),
        },
        Some(Sender::Bot(id)) => Ok(Bot::by_id(context.db, id)?.map(|bot| wire::bot_push(&bot))),
        None => Ok(None),
    }
}

/// The files of a message in the shape that REST, events and callbacks share.
pub fn attachments(context: &Context<'_>, message: &Message) -> rusqlite::Result<Vec<Value>> {
    let found = Attachment::of(context.db, message.id)?;
    Ok(found
        .iter()
        .map(|attachment| wire::attachment(attachment, context.links, context.quirks))
        .collect())
}

fn parts<'a>(
    context: &Context<'_>,
    message: &'a Message,
    conversation: &Conversation,
) -> Result<MessageParts<'a>, ApiError> {
    Ok(MessageParts {
        message,
        display_id: conversation.display_id,
        sender: sender(context, message)?,
        attachments: attachments(context, message)?,
    })
}

/// The message with the link in place of a survey's question, where the version shows that.
fn linked<'a>(context: &Context<'_>, message: &'a Message, conversation: &Conversation) -> Cow<'a, Message> {
    if context.quirks.surveys.plain_question || message.content_type != "input_csat" {
        return Cow::Borrowed(message);
    }
    let link = surveys::link(context, conversation);
    Cow::Owned(Message {
        content: Some(link.clone()),
        processed_content: Some(link),
        ..message.clone()
    })
}

/// A message as contacts read it.
pub fn public_message(context: &Context<'_>, message: &Message, conversation: &Conversation) -> Shown {
    let message = linked(context, message, conversation);
    Ok(wire::public_message(parts(context, &message, conversation)?))
}

/// A message as agents read it.
pub fn application_message(
    context: &Context<'_>,
    message: &Message,
    conversation: &Conversation,
    echo_id: Option<Value>,
) -> Shown {
    let message = linked(context, message, conversation);
    Ok(wire::application_message(
        &context.quirks.shape,
        parts(context, &message, conversation)?,
        echo_id,
    ))
}

/// A message as the cable carries it.
pub fn message_event(context: &Context<'_>, message: &Message, conversation: &Conversation) -> Shown {
    let source_id = session_of(context, conversation)?.source_id;
    let unread = unread(context, conversation)?;
    let message = if context.quirks.surveys.link_on_the_cable {
        linked(context, message, conversation)
    } else {
        Cow::Borrowed(message)
    };
    Ok(wire::message_event(
        &context.quirks.shape,
        parts(context, &message, conversation)?,
        conversation,
        unread,
        &source_id,
    ))
}

/// Every message of a conversation that its contact gets to see in lists, oldest first.
pub fn public_messages(context: &Context<'_>, conversation: &Conversation) -> Result<Vec<Value>, ApiError> {
    let sql = if context.quirks.conversations.only_public_embedded {
        "SELECT * FROM messages WHERE conversation_id = ? AND message_type <> 2 AND private = 0 ORDER BY created_at, id"
    } else {
        "SELECT * FROM messages WHERE conversation_id = ? ORDER BY created_at, id"
    };
    let mut statement = context.db.prepare_cached(sql)?;
    let messages: Vec<Message> = statement
        .query_map([conversation.id], Message::read)?
        .collect::<rusqlite::Result<_>>()?;
    messages
        .iter()
        .map(|message| public_message(context, message, conversation))
        .collect()
}

/// A conversation as its contact reads it, with all messages.
pub fn public_conversation(context: &Context<'_>, conversation: &Conversation) -> Shown {
    let contact = contact_of(context, conversation)?;
    let messages = public_messages(context, conversation)?;
    Ok(wire::public_conversation(
        &context.quirks.shape,
        conversation,
        &messages,
        &wire::contact_row(&context.quirks.shape, &contact),
    ))
}

/// A conversation as the cable carries it, without `account_id`.
pub fn conversation_event(context: &Context<'_>, conversation: &Conversation) -> Shown {
    let session = session_of(context, conversation)?;
    let contact = contact_of(context, conversation)?;
    let last = last_message(context, conversation.id, Last::Public)?;
    let messages = last
        .map(|last| message_event(context, &last, conversation))
        .transpose()?;
    let assignee = assignee(context, conversation)?;
    let parts = ConversationParts {
        conversation,
        messages: messages.into_iter().collect(),
        contact: wire::contact_push(&context.quirks.shape, &contact),
        assignee_type: assignee.as_ref().map(assignee_type),
        assignee: assignee.map(|found| actor(context, &found)).transpose()?,
        unread: unread(context, conversation)?,
        can_reply: window::is_open(context, conversation)?,
        hmac_verified: session.hmac_verified,
    };
    Ok(wire::conversation_event(
        &context.quirks.shape,
        &parts,
        &wire::raw_session(&session),
    ))
}

/// The messages that stand for a conversation: the last one; in older versions all that came since the agent last saw it,
/// if the contact wrote one of them.
fn newest(context: &Context<'_>, conversation: &Conversation) -> Result<Vec<Value>, ApiError> {
    if context.quirks.application.last_message_alone || unread(context, conversation)? == 0 {
        let last = last_message(context, conversation.id, Last::Any)?;
        return last
            .iter()
            .map(|message| message_event(context, message, conversation))
            .collect();
    }
    let seen = conversation.agent_last_seen_at.map_or(-1, |at| at.0);
    let sql = "SELECT * FROM messages WHERE conversation_id = ? AND created_at > ? ORDER BY created_at, id";
    let mut statement = context.db.prepare_cached(sql)?;
    let rows = statement.query_map([conversation.id, seen], Message::read)?;
    let messages: Vec<Message> = rows.collect::<rusqlite::Result<_>>()?;
    messages
        .iter()
        .map(|message| message_event(context, message, conversation))
        .collect()
}

/// A contact as agents read it.
pub fn application_contact(context: &Context<'_>, contact: &Contact) -> Shown {
    let online = presence::is_online(context, MemberKind::Contact, contact.account_id, contact.id)?;
    Ok(wire::application_contact(&context.quirks.shape, contact, online))
}

/// An inbox as agents read it, with its secrets for administrators.
pub fn application_inbox(context: &Context<'_>, inbox: &Inbox) -> Value {
    let open = !context.quirks.application.hmac_token_kept_back;
    let administrator = context
        .performer
        .as_ref()
        .and_then(Actor::user)
        .is_some_and(User::is_administrator);
    wire::application_inbox(&context.quirks.shape, inbox, administrator || open)
}

/// A conversation as agents read it.
pub fn application_conversation(context: &Context<'_>, conversation: &Conversation) -> Shown {
    let contact = contact_of(context, conversation)?;
    let last = last_message(context, conversation.id, Last::NoActivity)?;
    let last = last
        .map(|message| message_event(context, &message, conversation))
        .transpose()?;
    let assignee = assignee(context, conversation)?;
    let assignee_type = assignee.as_ref().map(assignee_type);
    let assignee = match assignee {
        Some(Actor::User(found)) => Some(wire::account_user(
            &context.quirks.shape,
            &found,
            &presence::availability(context, &found)?,
        )),
        Some(Actor::Bot(bot)) => Some(wire::bot_slim(&bot)),
        None => None,
    };
    let parts = ConversationParts {
        conversation,
        messages: newest(context, conversation)?,
        contact: application_contact(context, &contact)?,
        assignee,
        assignee_type,
        unread: unread(context, conversation)?,
        can_reply: window::is_open(context, conversation)?,
        hmac_verified: session_of(context, conversation)?.hmac_verified,
    };
    Ok(wire::application_conversation(
        &context.quirks.shape,
        parts,
        last.as_ref(),
        is_muted(context, conversation, &contact)?,
    ))
}
