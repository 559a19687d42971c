//! The survey after a conversation: when it is sent, and what becomes of the answer.

use rusqlite::{OptionalExtension, params};
use serde_json::{Map, Value, json};

use super::messages::{self, Draft};
use super::{Context, Job, activities, window};
use crate::error::ApiError;
use crate::params::{Param, Params};
use crate::store::{Conversation, Inbox, Message, Status};
use crate::time::Instant;
use crate::wire::Document;

const QUESTION: &str = "Please rate the conversation";
const NOT_SENT: &str = "CSAT survey not sent due to outgoing message restrictions";
const DAYS: i64 = 14;

/// Sends the survey: once per conversation, when it is resolved, where the inbox wants it and its label rule allows.
pub fn send(context: &mut Context<'_>, conversation: i64) -> Result<(), ApiError> {
    let Some(mut conversation) = Conversation::by_id(context.db, conversation)? else {
        return Ok(());
    };
    let inbox = Inbox::by_id(context.db, conversation.account_id, conversation.inbox_id)?;
    let Some(inbox) = inbox.filter(|inbox| inbox.is_on("csat_survey_enabled")) else {
        return Ok(());
    };
    let configured = context.quirks.surveys.configured;
    let config = inbox
        .settings
        .get("csat_config")
        .and_then(Value::as_object)
        .filter(|_| configured)
        .cloned()
        .unwrap_or_default();
    let wanted = conversation.status == Status::Resolved && allows(&config, &conversation.labels);
    if !wanted || find(context, &conversation)?.is_some() {
        return Ok(());
    }
    if context.quirks.surveys.only_within_window && !window::is_open(context, &conversation)? {
        activities::note(context, &conversation, NOT_SENT.to_owned());
        return Ok(());
    }
    let text = config
        .get("message")
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty());
    let shape = config
        .get("display_type")
        .and_then(Value::as_str)
        .unwrap_or("emoji");
    let mut draft = Draft::text(Message::TEMPLATE, Some(text.unwrap_or(QUESTION).to_owned()), None);
    "input_csat".clone_into(&mut draft.content_type);
    if configured {
        draft
            .content_attributes
            .insert("display_type".to_owned(), json!(shape));
    }
    messages::create(context, &mut conversation, draft)?;
    Ok(())
}

/// The sentence that older versions show in place of a survey's question.
pub fn link(context: &Context<'_>, conversation: &Conversation) -> String {
    format!("Please rate this conversation, {}", page(context, conversation))
}

/// The address of the survey's own page.
pub fn page(context: &Context<'_>, conversation: &Conversation) -> String {
    format!("{}/survey/responses/{}", context.base, conversation.uuid)
}

/// `survey_rules`: only with one of the labels, or only without all of them.
fn allows(config: &Map<String, Value>, labels: &[String]) -> bool {
    let Some(rules) = config.get("survey_rules") else {
        return true;
    };
    let values: Vec<&str> = rules
        .get("values")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let has_one = labels.iter().any(|label| values.contains(&label.as_str()));
    match rules.get("operator").and_then(Value::as_str) {
        _ if values.is_empty() => true,
        Some("does_not_contain") => !has_one,
        None | Some("contains") => has_one,
        // An operator that nobody knows rules nothing out.
        Some(_) => true,
    }
}

/// The first survey of a conversation.
pub fn find(context: &Context<'_>, conversation: &Conversation) -> Result<Option<Message>, ApiError> {
    let sql = "SELECT * FROM messages WHERE conversation_id = ? AND content_type = 'input_csat' ORDER BY id LIMIT 1";
    Ok(context
        .db
        .prepare_cached(sql)?
        .query_row([conversation.id], Message::read)
        .optional()?)
}

/// Writes an answer into a message, whatever it is; an answered survey is counted by a job. Without `with_rating` the answer
/// to a survey loses its content.
pub fn answer(
    context: &mut Context<'_>,
    message: &mut Message,
    conversation: &Conversation,
    params: &Params,
    with_rating: bool,
) -> Result<(), ApiError> {
    let is_survey = message.content_type == "input_csat";
    if is_survey && is_too_old(context, message) {
        return Err(ApiError::Refused(format!(
            "You cannot update the CSAT survey after {DAYS} days"
        )));
    }
    let Some(values) = submitted(params, with_rating) else {
        return Ok(());
    };
    messages::change(context, message, conversation, |message| {
        message
            .content_attributes
            .insert("submitted_values".to_owned(), values);
    })?;
    if is_survey {
        context.later(Job::Rate {
            message: message.id,
            conversation: conversation.id,
        });
    }
    Ok(())
}

/// Calendar days, not hours.
fn is_too_old(context: &Context<'_>, message: &Message) -> bool {
    let day = |seconds: i64| seconds.div_euclid(86_400);
    day(context.now.seconds()) - day(message.created_at.seconds()) > DAYS
}

/// An array of objects or one object, with only the permitted keys; anything else counts as nothing sent.
fn submitted(params: &Params, with_rating: bool) -> Option<Value> {
    match params.get("submitted_values")? {
        Param::List(list) => {
            let kept = list.iter().filter_map(|item| match item {
                Param::Tree(tree) => Some(permitted(tree, with_rating)),
                _ => None,
            });
            Some(Value::Array(kept.collect()))
        }
        Param::Tree(tree) => Some(permitted(tree, with_rating)),
        _ => None,
    }
}

fn permitted(tree: &Params, with_rating: bool) -> Value {
    let mut kept = scalars(tree, &["name", "title", "value"]);
    if with_rating && let Some(response) = tree.tree("csat_survey_response") {
        kept.insert(
            "csat_survey_response".to_owned(),
            json!(scalars(response, &["rating", "feedback_message"])),
        );
    }
    Value::Object(kept)
}

fn scalars(tree: &Params, names: &[&str]) -> Map<String, Value> {
    let scalar = |param: &Param| !matches!(param, Param::List(_) | Param::Tree(_) | Param::File(_));
    let kept = tree
        .iter()
        .filter(|(name, param)| names.contains(name) && scalar(param));
    kept.map(|(name, param)| (name.to_owned(), param.json()))
        .collect()
}

/// Counts an answer; one outside of 1 to 5 or without a rating is ignored.
pub fn rate(context: &Context<'_>, message: i64, conversation: i64) -> Result<(), ApiError> {
    let Some(conversation) = Conversation::by_id(context.db, conversation)? else {
        return Ok(());
    };
    let Some(message) = Message::by_id(context.db, conversation.id, message)? else {
        return Ok(());
    };
    let path = "/csat_survey_response";
    let answer = message
        .content_attributes
        .get("submitted_values")
        .and_then(|values| values.pointer(path));
    let Some(answer) = answer.cloned().map(Param::from) else {
        return Ok(());
    };
    let Param::Tree(answer) = answer else {
        return Ok(());
    };
    let Some(rating) = answer.integer("rating").filter(|rating| (1..=5).contains(rating)) else {
        return Ok(());
    };
    let sql = "INSERT INTO csat_responses (account_id, conversation_id, message_id, rating, feedback_message, contact_id,
               assigned_agent_id, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8) ON CONFLICT (message_id)
               DO UPDATE SET rating = ?4, feedback_message = ?5, updated_at = ?8";
    context.db.prepare_cached(sql)?.execute(params![
        conversation.account_id,
        conversation.id,
        message.id,
        rating,
        answer.text("feedback_message"),
        conversation.contact_id,
        conversation.assignee_id,
        context.now.0
    ])?;
    Ok(())
}

/// The raw record of an answer, null before there is one.
pub fn response(context: &Context<'_>, message: &Message) -> Result<Value, ApiError> {
    let sql = "SELECT * FROM csat_responses WHERE message_id = ?";
    let found = context.db.prepare_cached(sql)?.query_row([message.id], |row| {
        Ok(json!({
            "id": row.get::<_, i64>("id")?,
            "account_id": row.get::<_, i64>("account_id")?,
            "conversation_id": row.get::<_, i64>("conversation_id")?,
            "message_id": row.get::<_, i64>("message_id")?,
            "rating": row.get::<_, i64>("rating")?,
            "feedback_message": row.get::<_, Option<String>>("feedback_message")?,
            "contact_id": row.get::<_, i64>("contact_id")?,
            "assigned_agent_id": row.get::<_, Option<i64>>("assigned_agent_id")?,
            "created_at": Instant(row.get("created_at")?).iso(),
            "updated_at": Instant(row.get("updated_at")?).iso(),
            "csat_review_notes": null,
            "review_notes_updated_at": null,
            "review_notes_updated_by_id": null,
        }))
    });
    let answer = found.optional()?.unwrap_or_default();
    Ok(context.quirks.shape.fit(Document::SurveyAnswer, answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_rules() {
        let config = |operator: &str| match json!({"survey_rules": {"operator": operator, "values": ["vip"]}})
        {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        let vip = ["vip".to_owned()];
        assert!(
            allows(&Map::new(), &[])
                && allows(&config("contains"), &vip)
                && allows(&config("does_not_contain"), &[])
        );
        assert!(!allows(&config("contains"), &[]) && !allows(&config("does_not_contain"), &vip));
    }
}
