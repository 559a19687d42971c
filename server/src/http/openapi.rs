//! The description of both APIs at `/openapi.json`, put together from the files in `server/openapi`.
//!
//! The files hold what is particular: operations, bodies, answers. What every operation has in common (the parameters its
//! path names, the usual failures, PUT beside PATCH, forms beside JSON, the token) is added here.

use serde_json::{Map, Value, json};

const START: &str = include_str!("../../openapi/start.json");
const SCHEMAS: &str = include_str!("../../openapi/schemas.json");
const PATHS: [&str; 5] = [
    include_str!("../../openapi/public.json"),
    include_str!("../../openapi/inboxes.json"),
    include_str!("../../openapi/contacts.json"),
    include_str!("../../openapi/bots.json"),
    include_str!("../../openapi/conversations.json"),
];
/// The bodies of an operation in JSON may come in this form too.
const FORM: &str = "application/x-www-form-urlencoded";

/// The whole document of the server at `base`. None: one of the files is no JSON object, which a test rules out.
pub fn document(base: &str) -> Option<Value> {
    let mut document = object(START)?;
    document.insert("servers".to_owned(), json!([{"url": base}]));
    let components = document.get_mut("components")?.as_object_mut()?;
    components.insert("schemas".to_owned(), Value::Object(object(SCHEMAS)?));
    let mut paths = Map::new();
    for file in PATHS {
        for (path, operations) in object(file)? {
            paths.insert(path.clone(), operations_of(&path, operations)?);
        }
    }
    document.insert("paths".to_owned(), Value::Object(paths));
    Some(Value::Object(document))
}

fn object(text: &str) -> Option<Map<String, Value>> {
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) => Some(map),
        _ => None,
    }
}

/// The operations of one path, each whole, behind the parameters that they share.
fn operations_of(path: &str, operations: Value) -> Option<Value> {
    let mut all = Map::from_iter([("parameters".to_owned(), named_by(path))]);
    let Value::Object(operations) = operations else {
        return None;
    };
    for (method, mut operation) in operations {
        complete(path, operation.as_object_mut()?);
        if method == "patch" {
            let mut twin = operation.clone();
            let name = operation.get("operationId")?.as_str()?;
            twin.as_object_mut()?
                .insert("operationId".to_owned(), json!(format!("{name}ByPut")));
            all.insert("put".to_owned(), twin);
        }
        all.insert(method, operation);
    }
    Some(Value::Object(all))
}

/// References to the parameters between braces.
fn named_by(path: &str) -> Value {
    let names = path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    names
        .map(|name| json!({"$ref": format!("#/components/parameters/{name}")}))
        .collect()
}

fn complete(path: &str, operation: &mut Map<String, Value>) {
    let public = path.starts_with("/public/");
    let tag = if public { "Visitors" } else { "Agents" };
    operation.insert("tags".to_owned(), json!([tag]));
    let mut failures = vec![
        ("400", "BadRequest"),
        ("404", if public { "NotFound" } else { "Missing" }),
        ("406", "NotAcceptable"),
        ("500", "Stumbled"),
    ];
    if !public {
        operation.insert("security".to_owned(), json!([{"token": []}]));
        failures.push(("401", "Unauthorised"));
    }
    if let Some(Value::Object(responses)) = operation.get_mut("responses") {
        for (status, name) in failures {
            let reference = json!({"$ref": format!("#/components/responses/{name}")});
            responses.entry(status).or_insert(reference);
        }
    }
    let content = operation
        .get_mut("requestBody")
        .and_then(|body| body.get_mut("content"));
    if let Some(Value::Object(content)) = content
        && let Some(json) = content.get("application/json").cloned()
    {
        content.entry(FORM).or_insert(json);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rules;

    fn whole() -> Value {
        document("http://127.0.0.1:1").unwrap()
    }

    fn operations(document: &Value) -> Vec<(String, String, Value)> {
        let mut all = Vec::new();
        for (path, operations) in document["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                if method != "parameters" {
                    all.push((method.to_uppercase(), path.clone(), operation.clone()));
                }
            }
        }
        all
    }

    /// Names of parameters differ between here and the routes; where they stand does not.
    fn shape(path: &str, mark: char) -> String {
        let word = |segment: &str| {
            if segment.starts_with(mark) {
                "*".to_owned()
            } else {
                segment.to_owned()
            }
        };
        path.split('/').map(word).collect::<Vec<_>>().join("/")
    }

    #[test]
    fn every_route_is_described_and_no_other() {
        let document = whole();
        let described: BTreeSet<(String, String)> = operations(&document)
            .into_iter()
            .filter(|(method, ..)| method != "PUT")
            .map(|(method, path, _)| (method, shape(&path, '{')))
            .collect();
        let served: BTreeSet<(String, String)> = rules::routes()
            .map(|(method, path)| (method.to_owned(), shape(path, ':')))
            .collect();
        let missing: Vec<_> = served.difference(&described).collect();
        let invented: Vec<_> = described.difference(&served).collect();
        assert!(missing.is_empty(), "add to a file in server/openapi: {missing:?}");
        assert!(
            invented.is_empty(),
            "take out of the file in server/openapi: {invented:?}"
        );
    }

    #[test]
    fn references_lead_somewhere_and_names_are_used_once() {
        let document = whole();
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
        let mut names = BTreeSet::new();
        for (method, path, operation) in operations(&document) {
            let name = operation["operationId"].as_str().unwrap().to_owned();
            assert!(names.insert(name.clone()), "{name} twice");
            assert!(operation["summary"].is_string(), "{method} {path}");
            let secured = operation.get("security").is_some();
            assert_eq!(secured, !path.starts_with("/public/"), "{method} {path}");
        }
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            assert!(
                text.contains(&format!("#/components/schemas/{name}\"")),
                "{name} is used nowhere"
            );
            assert!(schema.is_object());
        }
    }
}
