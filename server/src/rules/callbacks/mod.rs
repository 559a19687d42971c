//! Callbacks: who is told what happens, what with, and what becomes of a message whose callback fails.
//!
//! The inbox's own address is told by background jobs: what it gets shows the state that the request left behind. The
//! inbox's bot, and the bot a conversation is assigned to, are told on the spot.

mod documents;

use serde_json::{Value, json};

pub use documents::contact;

use super::{Context, Job, messages, threads};
use crate::error::ApiError;
use crate::store::{Bot, Conversation, Inbox, Message, Status};
use crate::wire;

const BOT_FAILED: &str = "Conversation was marked open by system due to an error with the agent bot.";

/// Something that callback addresses are told.
#[derive(Clone, Debug)]
pub struct Notice {
    event: &'static str,
    conversation: i64,
    subject: Subject,
}

#[derive(Clone, Debug)]
enum Subject {
    Message(i64),
    Conversation,
    /// The second member is `changed_attributes`.
    Changed(Value),
    Typing {
        user: Value,
        is_private: Value,
    },
}

/// Whose address it is; their failures mean different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receiver {
    /// The callback URL of an API inbox.
    Inbox,
    /// The address of a bot.
    Bot,
}

/// A request to a callback address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Whose address it is.
    pub receiver: Receiver,
    /// The address as the administrator wrote it.
    pub url: String,
    /// The id and the key it is signed with; None: it goes without the three headers.
    pub signing: Option<Signing>,
    /// The JSON body.
    pub body: String,
    /// The message it is about, which its failure marks.
    pub about: Option<About>,
}

/// What the headers of a callback are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signing {
    /// `X-Chatwoot-Delivery`.
    pub id: String,
    /// The key of the signature.
    pub secret: String,
}

/// A message by its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// The conversation's row.
    pub conversation: i64,
    /// The message's row.
    pub message: i64,
}

/// A callback that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// Whose address it was.
    pub receiver: Receiver,
    /// The message it was about.
    pub about: About,
    /// Why, in the words of the real server.
    pub error: String,
}

/// Tells of a message that is new or changed; lines about what happened are told to nobody.
pub fn message(
    context: &mut Context<'_>,
    event: &'static str,
    message: &Message,
    conversation: &mut Conversation,
) -> Result<(), ApiError> {
    if message.message_type == Message::ACTIVITY {
        return Ok(());
    }
    let notice = Notice {
        event,
        conversation: conversation.id,
        subject: Subject::Message(message.id),
    };
    tell(context, conversation, notice, Audience::BOTH)
}

/// Tells of a new conversation.
pub fn created(context: &mut Context<'_>, conversation: &mut Conversation) -> Result<(), ApiError> {
    let notice = Notice {
        event: "conversation_created",
        conversation: conversation.id,
        subject: Subject::Conversation,
    };
    tell(context, conversation, notice, Audience::INBOX)
}

/// Tells of a new status: bots by a name of its own, and everybody.
pub fn status_changed(context: &mut Context<'_>, conversation: &mut Conversation) -> Result<(), ApiError> {
    let opened_or_resolved = match conversation.status {
        Status::Open => Some("conversation_opened"),
        Status::Resolved => Some("conversation_resolved"),
        Status::Pending | Status::Snoozed => None,
    };
    if let Some(event) = opened_or_resolved {
        let notice = Notice {
            event,
            conversation: conversation.id,
            subject: Subject::Conversation,
        };
        tell(context, conversation, notice, Audience::BOTS)?;
    }
    let notice = Notice {
        event: "conversation_status_changed",
        conversation: conversation.id,
        // The real server asks for the changes after they were forgotten.
        subject: Subject::Changed(Value::Null),
    };
    tell(context, conversation, notice, conversation_events(context))
}

/// Tells of a changed conversation; `changed` is a list of `{field: {previous_value, current_value}}`.
pub fn updated(
    context: &mut Context<'_>,
    conversation: &mut Conversation,
    changed: Value,
) -> Result<(), ApiError> {
    let notice = Notice {
        event: "conversation_updated",
        conversation: conversation.id,
        subject: Subject::Changed(changed),
    };
    tell(context, conversation, notice, conversation_events(context))
}

fn conversation_events(context: &Context<'_>) -> Audience {
    if context.quirks.callbacks.bots_get_conversation_events {
        Audience::BOTH
    } else {
        Audience::INBOX
    }
}

/// Tells that somebody types; `user` in the form callbacks have.
pub fn typing(
    context: &mut Context<'_>,
    on: bool,
    conversation: &Conversation,
    user: Value,
    is_private: Value,
) -> Result<(), ApiError> {
    if !context.quirks.callbacks.typing {
        return Ok(());
    }
    let event = if on {
        "conversation_typing_on"
    } else {
        "conversation_typing_off"
    };
    let notice = Notice {
        event,
        conversation: conversation.id,
        subject: Subject::Typing { user, is_private },
    };
    tell(context, &mut conversation.clone(), notice, Audience::INBOX)
}

#[derive(Clone, Copy, Debug)]
struct Audience {
    inbox: bool,
    bots: bool,
}

impl Audience {
    const INBOX: Self = Self {
        inbox: true,
        bots: false,
    };
    const BOTS: Self = Self {
        inbox: false,
        bots: true,
    };
    const BOTH: Self = Self {
        inbox: true,
        bots: true,
    };
}

fn tell(
    context: &mut Context<'_>,
    conversation: &mut Conversation,
    notice: Notice,
    audience: Audience,
) -> Result<(), ApiError> {
    let sql = "SELECT coalesce(webhook_url, '') <> '', agent_bot_id FROM inboxes WHERE id = ?";
    let (has_address, inbox_bot): (bool, Option<i64>) = context
        .db
        .prepare_cached(sql)?
        .query_row([conversation.inbox_id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if audience.bots {
        let mut bots: Vec<i64> = conversation
            .assignee_agent_bot_id
            .into_iter()
            .chain(inbox_bot)
            .collect();
        bots.dedup();
        for id in bots {
            // The document shows the labels, and so the next write will cache them.
            conversation.labels_seen = true;
            tell_bot(context, id, &notice)?;
        }
    }
    if audience.inbox && has_address {
        context.notices.push(notice);
    }
    Ok(())
}

fn tell_bot(context: &mut Context<'_>, bot: i64, notice: &Notice) -> Result<(), ApiError> {
    let Some(bot) = Bot::by_id(context.db, bot)? else {
        return Ok(());
    };
    let Some(url) = bot.outgoing_url.filter(|url| !url.trim().is_empty()) else {
        return Ok(());
    };
    send(context, notice, Receiver::Bot, url, bot.secret)
}

/// Makes callbacks of what the rule noted for the inbox's address.
pub fn settle(context: &mut Context<'_>) -> Result<(), ApiError> {
    for notice in std::mem::take(&mut context.notices) {
        let Some(conversation) = Conversation::by_id(context.db, notice.conversation)? else {
            continue;
        };
        let inbox = Inbox::by_id(context.db, conversation.account_id, conversation.inbox_id)?;
        if let Some((url, secret)) = inbox.and_then(|inbox| Some((inbox.webhook_url?, inbox.secret))) {
            send(context, &notice, Receiver::Inbox, url, secret)?;
        }
    }
    Ok(())
}

fn send(
    context: &mut Context<'_>,
    notice: &Notice,
    receiver: Receiver,
    url: String,
    secret: String,
) -> Result<(), ApiError> {
    // A job knows no account: nobody's availability, and no performer.
    let performer = context.performer.take();
    let payload = documents::payload(context, notice);
    context.performer = performer;
    let Some(payload) = payload? else {
        return Ok(());
    };
    let signing = context.quirks.callbacks.signed.then(|| Signing {
        id: context.random.uuid(),
        secret,
    });
    let about = match notice.subject {
        Subject::Message(message) => Some(About {
            conversation: notice.conversation,
            message,
        }),
        _ => None,
    };
    context.deliver(Delivery {
        receiver,
        url,
        signing,
        body: wire::text(&payload),
        about,
    });
    Ok(())
}

/// A callback failed: the message becomes `failed` and everybody is told; a bot that fails loses the conversation to people.
pub fn fail(context: &mut Context<'_>, undelivered: &Undelivered) -> Result<(), ApiError> {
    let about = undelivered.about;
    let Some(mut conversation) = Conversation::by_id(context.db, about.conversation)? else {
        return Ok(());
    };
    let Some(mut message) = Message::by_id(context.db, about.conversation, about.message)? else {
        return Ok(());
    };
    match undelivered.receiver {
        Receiver::Inbox if context.quirks.callbacks.failure_marks => {
            messages::change(context, &mut message, &conversation, |message| {
                "failed".clone_into(&mut message.status);
                let error = json!(undelivered.error);
                message
                    .content_attributes
                    .insert("external_error".to_owned(), error);
            })
        }
        Receiver::Bot if conversation.status == Status::Pending => {
            threads::save(context, &mut conversation, |conversation| {
                conversation.status = Status::Open;
            })?;
            context.later(Job::Activity {
                conversation: conversation.id,
                text: BOT_FAILED.to_owned(),
            });
            Ok(())
        }
        Receiver::Inbox | Receiver::Bot => Ok(()),
    }
}
