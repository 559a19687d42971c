//! The variables in what agents and inboxes write: the part of Liquid that such texts use. Names of people are
//! capitalised, unknown variables vanish; a text that is no template stays as it is.

use serde_json::{Value, json};

use super::{Context, show, threads};
use crate::error::ApiError;
use crate::store::{Bot, Contact, Conversation, Inbox, Sender, User};

/// What is between two pieces of plain text.
enum Piece<'a> {
    Plain(&'a str),
    Variable(&'a str),
}

/// Replaces the variables. `sender` is the agent or bot who writes.
pub fn render(
    context: &Context<'_>,
    conversation: &Conversation,
    sender: Option<Sender>,
    text: &str,
) -> Result<String, ApiError> {
    let Some(pieces) = pieces(text) else {
        return Ok(text.to_owned());
    };
    if pieces.iter().all(|piece| matches!(piece, Piece::Plain(_))) {
        return Ok(text.to_owned());
    }
    let drops = drops(context, conversation, sender)?;
    let mut out = String::with_capacity(text.len());
    for piece in pieces {
        match piece {
            Piece::Plain(text) => out.push_str(text),
            Piece::Variable(expression) => out.push_str(&shown(&evaluate(&drops, expression))),
        }
    }
    Ok(out)
}

/// None: no template, or one with tags. What stands in code stays.
fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['`', '{']) {
        let (before, marked) = rest.split_at(at);
        if let Some(code) = marked.strip_prefix('`') {
            let end = code.find('`').map_or(1, |end| end + 2);
            let (code, after) = marked.split_at(end);
            pieces.extend([Piece::Plain(before), Piece::Plain(code)]);
            rest = after;
        } else if let Some(opened) = marked.strip_prefix("{{") {
            let (inside, after) = opened.split_once("}}")?;
            let trimmed = inside.strip_prefix('-');
            let before = if trimmed.is_some() {
                before.trim_end()
            } else {
                before
            };
            let inside = trimmed.unwrap_or(inside);
            let (inside, after) = match inside.strip_suffix('-') {
                Some(inside) => (inside, after.trim_start()),
                None => (inside, after),
            };
            pieces.extend([Piece::Plain(before), Piece::Variable(inside)]);
            rest = after;
        } else if marked.starts_with("{%") {
            return None;
        } else {
            let (plain, after) = rest.split_at(at + 1);
            pieces.push(Piece::Plain(plain));
            rest = after;
        }
    }
    pieces.push(Piece::Plain(rest));
    Some(pieces)
}

fn drops(
    context: &Context<'_>,
    conversation: &Conversation,
    sender: Option<Sender>,
) -> Result<Value, ApiError> {
    let contact = show::contact_of(context, conversation)?;
    let inbox = Inbox::by_id(context.db, conversation.account_id, conversation.inbox_id)?;
    let sql = "SELECT name FROM accounts WHERE id = ?";
    let account: String = context
        .db
        .prepare_cached(sql)?
        .query_row([conversation.account_id], |row| row.get(0))?;
    let agent = match sender {
        Some(Sender::User(id)) => User::by_id(context.db, id)?.map(|user| {
            let mut agent = person(user.id, &user.name);
            crate::wire::put(&mut agent, "available_name", json!(user.display_name));
            agent
        }),
        Some(Sender::Bot(id)) => {
            Bot::by_id(context.db, id)?.map(|bot| person(bot.id, bot.name.as_deref().unwrap_or_default()))
        }
        _ => None,
    };
    let name = contact.name.as_deref().unwrap_or_default();
    Ok(json!({
        "contact": contact_drop(&contact),
        "agent": agent,
        "conversation": {
            "id": conversation.id,
            "display_id": conversation.display_id,
            "contact_name": threads::capitalised(name),
            "custom_attribute": conversation.custom_attributes,
        },
        "inbox": inbox.map(|inbox| json!({"id": inbox.id, "name": inbox.name})),
        "account": {"id": conversation.account_id, "name": account},
    }))
}

fn contact_drop(contact: &Contact) -> Value {
    let mut drop = person(contact.id, contact.name.as_deref().unwrap_or_default());
    crate::wire::put(&mut drop, "email", json!(contact.email));
    crate::wire::put(&mut drop, "phone_number", json!(contact.phone_number));
    crate::wire::put(&mut drop, "custom_attribute", json!(contact.custom_attributes));
    drop
}

fn person(id: i64, name: &str) -> Value {
    let words: Vec<String> = name.split_whitespace().map(threads::capitalised).collect();
    let last = words.last().filter(|_| words.len() > 1);
    json!({"id": id, "name": words.join(" "), "first_name": words.first(), "last_name": last})
}

/// `value | filter: argument | …`
fn evaluate(drops: &Value, expression: &str) -> Value {
    let mut parts = expression.split('|');
    let mut value = operand(drops, parts.next().unwrap_or_default());
    for filter in parts {
        let (name, arguments) = filter.split_once(':').unwrap_or((filter, ""));
        let arguments: Vec<Value> = arguments.split(',').map(|text| operand(drops, text)).collect();
        value = filtered(name.trim(), value, &arguments);
    }
    value
}

/// A quoted text, a number, or a path of names.
fn operand(drops: &Value, text: &str) -> Value {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(inside) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return json!(inside);
        }
    }
    if let Ok(number) = text.parse::<i64>() {
        return json!(number);
    }
    let mut names = text.split('.').map(str::trim);
    names
        .try_fold(drops, |value, name| value.get(name))
        .cloned()
        .unwrap_or_default()
}

/// A filter that is not known changes nothing.
fn filtered(name: &str, value: Value, arguments: &[Value]) -> Value {
    let text = shown(&value);
    let argument = |at: usize| arguments.get(at).map(shown).unwrap_or_default();
    match name {
        "default" => match value {
            Value::Null | Value::Bool(false) => arguments.first().cloned().unwrap_or_default(),
            Value::String(text) if text.is_empty() => arguments.first().cloned().unwrap_or_default(),
            other => other,
        },
        "upcase" => json!(text.to_uppercase()),
        "downcase" => json!(text.to_lowercase()),
        "capitalize" => json!(threads::capitalised(&text)),
        "strip" => json!(text.trim()),
        "size" => json!(text.chars().count()),
        "append" => json!(text + &argument(0)),
        "prepend" => json!(argument(0) + &text),
        "replace" => json!(text.replace(&argument(0), &argument(1))),
        "remove" => json!(text.replace(&argument(0), "")),
        _ => value,
    }
}

/// As it stands in a text.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(shown).collect(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(text: &str) -> Option<String> {
        let drops =
            json!({"contact": {"name": "Kim Lee", "email": null, "custom_attribute": {"plan": "pro"}}});
        let pieces = pieces(text)?;
        let piece = |piece: &Piece<'_>| match piece {
            Piece::Plain(text) => (*text).to_owned(),
            Piece::Variable(expression) => shown(&evaluate(&drops, expression)),
        };
        Some(pieces.iter().map(piece).collect())
    }

    #[test]
    fn variables_filters_and_text_around_them() {
        for (text, expected) in [
            ("Hi {{contact.name}}!", "Hi Kim Lee!"),
            ("{{ contact.name | upcase | append: '?' }}", "KIM LEE?"),
            ("{{contact.email | default: \"no mail\"}}", "no mail"),
            (
                "[{{ contact.custom_attribute.plan }}] {{nobody.name}}.",
                "[pro] .",
            ),
            ("a {{- 'b' -}} c", "abc"),
            ("{ {{ contact.name }} }", "{ Kim Lee }"),
            (
                "`{{contact.name}}` {{contact.name}}",
                "`{{contact.name}}` Kim Lee",
            ),
            ("a ` b {{ 7 }}", "a ` b 7"),
        ] {
            assert_eq!(rendered(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_template_stays_as_it_is() {
        for text in ["{{contact.name}} and {{contact", "{% fly %} {{contact.name}}"] {
            assert_eq!(rendered(text), None, "{text}");
        }
    }
}
