//! `/faults`: GET shows what is set, POST sets, DELETE clears. For whoever knows the secret; a page elsewhere cannot ask,
//! because the header needs a preflight, which is not answered.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Faults;
use super::kind::{Fault, Kind};
use super::spec;
use crate::error::ApiError;
use crate::http::answer as page;
use crate::store::Store;

const SECRET: HeaderName = HeaderName::from_static("x-confab-faults");
const LARGEST: usize = 64 * 1024;

/// Answers a request to the route; `rest` is what follows it in the path.
pub async fn answer(store: &Store, faults: &Arc<Faults>, request: Request, rest: &str) -> Response {
    let Some(known) = knows(faults, request.headers()) else {
        return page::failure(&ApiError::NoRoute, false);
    };
    if !known {
        return refusal(
            StatusCode::FORBIDDEN,
            "x-confab-faults is not the secret given to --faults",
        );
    }
    let id = match rest.trim_matches('/') {
        "" => None,
        text => match text.parse() {
            Ok(id) => Some(id),
            Err(_) => return refusal(StatusCode::NOT_FOUND, "a fault is named by its number: /faults/1"),
        },
    };
    match (request.method().clone(), id) {
        (Method::GET | Method::HEAD, None) => document(StatusCode::OK, &json!({"faults": faults.shown()})),
        (Method::POST, None) => set(store, faults, request).await,
        (Method::DELETE, id) => {
            let cleared = faults.clear(id);
            store.wake().await;
            match (cleared, id) {
                (0, Some(_)) => refusal(StatusCode::NOT_FOUND, "no fault of that number is set"),
                _ => document(StatusCode::OK, &json!({"cleared": cleared})),
            }
        }
        _ => refusal(
            StatusCode::METHOD_NOT_ALLOWED,
            "GET shows, POST sets, DELETE clears all or, with a number behind, one",
        ),
    }
}

/// Whether the secret fits. None: there is none.
fn knows(faults: &Faults, headers: &HeaderMap) -> Option<bool> {
    let given: [u8; 32] = Sha256::digest(headers.get(SECRET)?).into();
    let pairs = given.iter().zip(faults.secret);
    Some(pairs.fold(0, |differs, (one, other)| differs | (one ^ other)) == 0)
}

async fn set(store: &Store, faults: &Arc<Faults>, request: Request) -> Response {
    let unreadable = |why: &str| refusal(StatusCode::BAD_REQUEST, why);
    let Ok(bytes) = to_bytes(request.into_body(), LARGEST).await else {
        return unreadable("the body cannot be read, or is larger than 64 KiB");
    };
    let asked: Value = match serde_json::from_slice(&bytes) {
        Ok(asked) => asked,
        Err(error) => return unreadable(&format!("the body is not JSON: {error}")),
    };
    let all = match asked {
        Value::Array(all) => all,
        one => vec![one],
    };
    match read(store, &all).await.and_then(|read| faults.set(read, store)) {
        Ok(shown) => document(StatusCode::CREATED, &json!({"faults": shown})),
        Err(why) => refusal(StatusCode::UNPROCESSABLE_ENTITY, &why),
    }
}

/// The faults that are asked for. Sockets know streams and not contacts, so those are looked up here.
async fn read(store: &Store, asked: &[Value]) -> Result<Vec<Fault>, String> {
    let mut faults: Vec<Fault> = asked.iter().map(spec::read).collect::<Result<_, _>>()?;
    for fault in &mut faults {
        if let (Some(contact), Kind::CutSockets { .. }) = (&fault.contact, &fault.kind) {
            fault.streams = store.streams(contact.clone()).await;
            if fault.streams.is_empty() {
                return Err(format!(
                    "\"contact\" is \"{contact}\"; no session has that source_id"
                ));
            }
        }
    }
    Ok(faults)
}

fn document(status: StatusCode, document: &Value) -> Response {
    page::plain(status, "application/json", document.to_string())
}

fn refusal(status: StatusCode, why: &str) -> Response {
    document(status, &json!({"error": why}))
}
