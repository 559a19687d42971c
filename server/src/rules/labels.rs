//! Labels: how a list of them is read, and in which order they are kept.

use crate::params::{Param, Params};

/// The labels that are sent: only a list of scalars counts. Commas part one label from the next, as in the text that the
/// real server makes of the list.
pub fn read(params: &Params) -> Vec<String> {
    let Some(Param::List(list)) = params.get("labels") else {
        return Vec::new();
    };
    let sent = || list.iter().filter(|one| !matches!(one, Param::Null));
    if sent().any(|one| one.text().is_none()) {
        return Vec::new();
    }
    let mut labels: Vec<String> = Vec::new();
    for text in sent().map(words) {
        for label in text.split(',').map(str::trim) {
            if !label.is_empty() && !labels.iter().any(|known| known == label) {
                labels.push(label.to_owned());
            }
        }
    }
    labels
}

/// Ruby writes `true` where a column takes `t`.
fn words(param: &Param) -> String {
    match param {
        Param::Bool(value) => value.to_string(),
        other => other.text().unwrap_or_default(),
    }
}

/// The order of the rows: those that stay, then those that are new.
pub fn in_order(before: &[String], wanted: &[String]) -> Vec<String> {
    let stay = before.iter().filter(|label| wanted.contains(label));
    let new = wanted.iter().filter(|label| !before.contains(label));
    stay.chain(new).cloned().collect()
}

/// Whether both lists name the same, in whatever order.
pub fn same(one: &[String], other: &[String]) -> bool {
    one.len() == other.len() && one.iter().all(|label| other.contains(label))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, Value, json};

    #[test]
    fn labels_are_parted_trimmed_and_named_once() {
        let of = |labels: Value| read(&Params::from(Map::from_iter([("labels".to_owned(), labels)])));
        assert_eq!(
            of(json!(["a, b", " c ", "", "a", 7, true, null])),
            ["a", "b", "c", "7", "true"]
        );
        for nothing in [json!("vip"), json!(null), json!({"0": "vip"}), json!([["vip"]])] {
            assert!(of(nothing.clone()).is_empty(), "{nothing}");
        }
    }

    #[test]
    fn rows_that_stay_come_first() {
        let list = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
        assert_eq!(in_order(&list("abc"), &list("dca")), list("acd"));
        assert!(
            same(&list("ab"), &list("ba"))
                && !same(&list("ab"), &list("bc"))
                && !same(&list("ab"), &list("b"))
        );
    }
}
