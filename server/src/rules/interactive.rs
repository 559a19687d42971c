//! What choices, cards, forms and articles must look like to be accepted.

use serde_json::{Map, Value};

const ACTION_KEYS: &[&str] = &["text", "type", "payload", "uri"];

/// The keys an item of an interactive kind may have; None: the kind has no items.
fn item_keys(content_type: &str) -> Option<&'static [&'static str]> {
    match content_type {
        "input_select" => Some(&["title", "value"]),
        "cards" => Some(&["title", "description", "media_url", "actions"]),
        "form" => Some(&[
            "type",
            "placeholder",
            "label",
            "name",
            "options",
            "default",
            "required",
            "pattern",
            "title",
            "pattern_error",
        ]),
        "article" => Some(&["title", "description", "link"]),
        _ => None,
    }
}

/// The model's complaints about a message, in its own words.
pub fn complaints(content_type: &str, attributes: &Map<String, Value>) -> Vec<String> {
    let Some(allowed) = item_keys(content_type) else {
        return Vec::new();
    };
    let items = attributes
        .get("items")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut complaints = Vec::new();
    if items.is_empty() {
        complaints.push("Content attributes At least one item is required.".to_owned());
    }
    let strange = foreign_keys(items.iter(), allowed);
    if !strange.is_empty() {
        complaints.push(format!(
            "Content attributes contains invalid keys for items : [{strange}]"
        ));
    }
    if content_type == "cards" {
        let actions = |item: &Value| {
            item.get("actions")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default()
        };
        if items.iter().any(|item| actions(item).is_empty()) {
            complaints.push("Content attributes contains items missing actions".to_owned());
        }
        let all: Vec<Value> = items.iter().flat_map(actions).collect();
        let strange = foreign_keys(all.iter(), ACTION_KEYS);
        if !strange.is_empty() {
            complaints.push(format!(
                "Content attributes contains invalid keys for actions:  [{strange}]"
            ));
        }
    }
    complaints
}

/// As Ruby shows a list of symbols.
fn foreign_keys<'a>(items: impl Iterator<Item = &'a Value>, allowed: &[&str]) -> String {
    let keys = items.filter_map(Value::as_object).flat_map(Map::keys);
    let strange: Vec<String> = keys
        .filter(|key| !allowed.contains(&key.as_str()))
        .map(|key| format!(":{key}"))
        .collect();
    strange.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(content_type: &str, items: &Value) -> Vec<String> {
        complaints(
            content_type,
            &Map::from_iter([("items".to_owned(), items.clone())]),
        )
    }

    #[test]
    fn items_are_needed_and_have_known_keys() {
        assert!(of("text", &json!([])).is_empty());
        assert!(of("input_select", &json!([{"title": "Red", "value": "r"}])).is_empty());
        assert_eq!(
            of("form", &json!([])),
            ["Content attributes At least one item is required."]
        );
        assert_eq!(
            of("input_select", &json!([{"name": "x"}])),
            ["Content attributes contains invalid keys for items : [:name]"]
        );
    }

    #[test]
    fn cards_have_actions_with_known_keys() {
        assert_eq!(
            of("cards", &json!([{"title": "Only"}])),
            ["Content attributes contains items missing actions"]
        );
        assert_eq!(
            of(
                "cards",
                &json!([{"title": "Odd", "actions": [{"type": "link", "href": "x"}]}])
            ),
            ["Content attributes contains invalid keys for actions:  [:href]"]
        );
    }
}
