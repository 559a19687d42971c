//! The place before and after every request of the installation.

use std::future::Future;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::Response;

use super::pages::stumbled;
use super::{Asked, Faults, Strike, control, pattern};
use crate::http::{App, LARGEST_BODY, answer};

/// The path, below the prefix, where faults are set.
const CONTROL: &str = "/faults";
const LATE: &str = "a fault: the time of the request ran out";
const HUNG: &str = "a fault: the job queue took nothing";

/// Marks a response that must not be sent: the connection is to be closed instead.
#[derive(Clone, Copy, Debug)]
pub struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a fault: the answer is dropped")
    }
}

impl std::error::Error for Dropped {}

/// Lets a request through to its rule, or not. `path` is below the prefix. A request that is held goes on when its client
/// is gone: on the real server nobody tells the rule either.
pub async fn around<F, R>(
    app: Arc<App>,
    faults: Arc<Faults>,
    request: Request,
    path: String,
    rule: R,
) -> Response
where
    F: Future<Output = Response> + Send,
    R: FnOnce(Arc<App>, Request) -> F + Send + 'static,
{
    if let Some(rest) = path
        .strip_prefix(CONTROL)
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
    {
        return control::answer(&app.store, &faults, request, rest).await;
    }
    let contact = pattern::contact_of(&path);
    let (method, headers) = (request.method().clone(), request.headers().clone());
    let asked = Asked {
        method: method.as_str(),
        path: &path,
        contact: contact.as_deref(),
        preflight: method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD),
    };
    let Some(strike) = faults.strike(asked) else {
        return rule(app, request).await;
    };
    let Some(request) = whole(request).await else {
        return answer::plain(StatusCode::PAYLOAD_TOO_LARGE, "text/plain", "Payload Too Large\n");
    };
    let doomed = strike.instead;
    let held = Held {
        faults,
        strike,
        path,
        headers,
    };
    match doomed {
        Some(ending) => {
            held.faults.pause(held.strike.before + held.strike.after).await;
            ending.response(&held.path, &held.headers).unwrap_or_else(dropped)
        }
        None => held.perform(app, request, rule).await,
    }
}

/// A request with a strike on it.
struct Held {
    faults: Arc<Faults>,
    strike: Strike,
    path: String,
    headers: HeaderMap,
}

impl Held {
    async fn perform<F, R>(self, app: Arc<App>, request: Request, rule: R) -> Response
    where
        F: Future<Output = Response> + Send,
        R: FnOnce(Arc<App>, Request) -> F + Send + 'static,
    {
        let Self {
            faults,
            strike,
            path,
            headers,
        } = self;
        let (freeze, waiting) = (strike.freeze.clone(), Arc::clone(&faults));
        let mut ruled = tokio::spawn(async move {
            waiting.pause(strike.before).await;
            if let Some(freeze) = freeze {
                waiting.end_of(freeze.over).await;
                waiting.pause(freeze.turn).await;
            }
            rule(app, request).await
        });
        let answered = match &strike.freeze {
            None => (&mut ruled).await.ok(),
            Some(freeze) => {
                let limit = strike.before + freeze.limit;
                let Ok(answered) = tokio::time::timeout(limit, &mut ruled).await else {
                    if !freeze.stored {
                        ruled.abort();
                    }
                    return stumbled(LATE, &path, &headers);
                };
                answered.ok()
            }
        };
        let answered = answered.unwrap_or_else(|| stumbled("the rule's task is gone", &path, &headers));
        if let Some(hang) = strike.hang.filter(|_| answered.status().is_success()) {
            faults.pause(strike.after + hang).await;
            return stumbled(HUNG, &path, &headers);
        }
        faults.pause(strike.after).await;
        match strike.then {
            Some(ending) => ending.response(&path, &headers).unwrap_or_else(dropped),
            None => answered,
        }
    }
}

/// The request with its body in memory: it may outlive its connection.
async fn whole(request: Request) -> Option<Request> {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, LARGEST_BODY).await.ok()?;
    Some(Request::from_parts(parts, Body::from(bytes)))
}

fn dropped() -> Response {
    let mut response = Response::default();
    response.extensions_mut().insert(Dropped);
    response
}

/// What the connection is to do with a response: one that is dropped is an error, for which a connection is closed.
pub fn let_through(response: Response) -> Result<Response, Dropped> {
    match response.extensions().get::<Dropped>() {
        Some(dropped) => Err(*dropped),
        None => Ok(response),
    }
}
