//! From HTTP to rules and back: which host and path lead where, bodies, headers.

pub mod answer;
mod blobs;
mod body;
mod disposition;
mod files;
mod openapi;
mod pages;
mod steps;

use std::sync::Arc;

use axum::body::Body as HttpBody;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, Uri, header};
use axum::response::Response;
use tokio::sync::watch;

use crate::cable::{self, Hub};
use crate::config::Addresses;
use crate::error::ApiError;
use crate::faults::{self, Faults};
use crate::links::{self, Links};
use crate::params::Params;
use crate::quirks::Quirks;
use crate::rules;
use crate::store::{Files, Store};
use crate::time::Clock;
use crate::websocket::{self, Limit};

/// No more than this is held in memory of any body.
pub const LARGEST_BODY: usize = 64 * 1024 * 1024;
/// What test suites of the WebSocket protocol send at most.
const ECHOED: Limit = Limit(32 * 1024 * 1024);
const TOKEN: HeaderName = HeaderName::from_static("api_access_token");
const TOKEN_WITH_DASHES: HeaderName = HeaderName::from_static("api-access-token");

/// Everything a request may need.
#[derive(Debug)]
pub struct App {
    /// The way to the database.
    pub store: Store,
    /// The folder of files.
    pub files: Files,
    /// Addresses of files.
    pub links: Links,
    /// The server's time.
    pub clock: Clock,
    /// The cable's subscriptions.
    pub hub: Arc<Hub>,
    /// Where this server is, and the ids and tokens it was seeded with.
    pub addresses: Addresses,
    /// The version that is played.
    pub quirks: Quirks,
    /// Faults for tests; None: there are none and can be none.
    pub faults: Option<Arc<Faults>>,
    /// Turns true when the server ends.
    pub ending: watch::Receiver<bool>,
    /// Whether `/echo` is there.
    pub echo: bool,
}

/// What a host name is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Site {
    /// `shop.localhost`: the demo website.
    Shop,
    /// `chat.localhost`: the widget's files.
    Chat,
    /// Anything else: the installation.
    Installation,
}

/// Answers every request there is.
pub async fn answer(State(app): State<Arc<App>>, request: Request) -> Response {
    let Some(faults) = app.faults.clone() else {
        return answer_by_rule(app, request).await;
    };
    let path = below(request.uri().path(), &app.addresses.prefix).map(str::to_owned);
    match path.filter(|_| site(&host(request.uri(), request.headers())) == Site::Installation) {
        Some(path) => faults::http::around(app, faults, request, path, answer_by_rule).await,
        None => answer_by_rule(app, request).await,
    }
}

async fn answer_by_rule(app: Arc<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let host = host(&parts.uri, &parts.headers);
    let path = parts.uri.path().to_owned();
    let below = below(&path, &app.addresses.prefix).map(str::to_owned);
    match site(&host) {
        Site::Shop => pages::shop(&app, &parts, &host, below.as_deref().unwrap_or(&path)),
        Site::Chat => files::widget(&app, &parts, below.as_deref().unwrap_or(&path)).await,
        Site::Installation => match below {
            Some(path) => installation(&app, parts, body, &host, &path).await,
            None => answer::failure(&ApiError::NoRoute, wants_json(&parts.headers)),
        },
    }
}

/// Host and port as the request names them.
fn host_and_port(uri: &Uri, headers: &HeaderMap) -> String {
    let named = uri
        .authority()
        .map(axum::http::uri::Authority::as_str)
        .or_else(|| headers.get(header::HOST).and_then(|value| value.to_str().ok()));
    named.unwrap_or_default().to_ascii_lowercase()
}

fn host(uri: &Uri, headers: &HeaderMap) -> String {
    let named = host_and_port(uri, headers);
    // An IPv6 address has colons of its own, inside brackets.
    match named.rfind(':') {
        Some(at) if !named.ends_with(']') => named.get(..at).unwrap_or_default().to_owned(),
        _ => named,
    }
}

fn site(host: &str) -> Site {
    match host {
        "shop.localhost" => Site::Shop,
        "chat.localhost" => Site::Chat,
        _ => Site::Installation,
    }
}

/// The path below the prefix, starting with a slash; None outside of it.
fn below<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    match path.strip_prefix(prefix)? {
        "" => Some("/"),
        rest if rest.starts_with('/') => Some(rest),
        _ => None,
    }
}

async fn installation(app: &Arc<App>, mut parts: Parts, body: HttpBody, host: &str, path: &str) -> Response {
    if path == "/cable" {
        let (hub, store, ending) = (Arc::clone(&app.hub), app.store.clone(), app.ending.clone());
        return cable::accept(&mut parts, hub, store, app.faults.clone(), ending)
            .unwrap_or_else(|| answer::no_page(&app.quirks.framework));
    }
    if app.echo && path == "/echo" {
        return websocket::accept(&mut parts, &[], ECHOED, websocket::echo)
            .unwrap_or_else(|| answer::no_page(&app.quirks.framework));
    }
    if let Some(file) = path.strip_prefix("/widget").filter(|rest| rest.starts_with('/')) {
        return files::widget(app, &parts, file).await;
    }
    if let Some(page) = pages::installation(app, &parts, host, path) {
        return page;
    }
    if let Some(file) = path
        .strip_prefix(links::ROOT)
        .filter(|rest| rest.starts_with('/'))
    {
        return blobs::serve(app, &parts, file).await;
    }
    api(app, &parts, body, path).await
}

async fn api(app: &App, parts: &Parts, body: HttpBody, path: &str) -> Response {
    let public = path.starts_with("/public/api/");
    if parts.method == Method::OPTIONS && parts.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
        return answer::preflight(&parts.headers, public);
    }
    let response = match body::read(app, parts, path, body).await {
        Ok(params) => perform(app, parts, path, params).await,
        Err(refusal) => refusal,
    };
    if public {
        answer::with_cors(response, &parts.headers)
    } else {
        response
    }
}

async fn perform(app: &App, parts: &Parts, path: &str, params: Option<Params>) -> Response {
    let token =
        header_text(&parts.headers, &TOKEN).or_else(|| header_text(&parts.headers, &TOKEN_WITH_DASHES));
    let request = rules::Request {
        method: parts.method.to_string(),
        path: path.to_owned(),
        params,
        token,
    };
    match app.store.request(request).await {
        Ok(reply) => answer::success(&reply, &parts.method, &parts.headers),
        Err(error) => answer::failure(&error, wants_json(&parts.headers)),
    }
}

fn header_text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}

/// Whether the error pages outside of routed actions come as JSON: when that is the first thing asked for, and not by a browser.
fn wants_json(headers: &HeaderMap) -> bool {
    let accept = header_text(headers, &header::ACCEPT).unwrap_or_default();
    let first = accept.split([',', ';']).next().unwrap_or_default().trim();
    first == "application/json" && !accept.contains("*/*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_a_whole_path_segment() {
        assert_eq!(below("/chat/agent", "/chat"), Some("/agent"));
        assert_eq!(below("/chat", "/chat"), Some("/"));
        assert_eq!(below("/chatter", "/chat"), None);
        assert_eq!(below("/agent", ""), Some("/agent"));
    }

    #[test]
    fn json_error_pages_are_for_those_who_ask_for_json() {
        let wants = |text: &'static str| {
            wants_json(&HeaderMap::from_iter([(
                header::ACCEPT,
                header::HeaderValue::from_static(text),
            )]))
        };
        assert!(wants("application/json") && wants("application/json, text/html"));
        assert!(!wants("*/*") && !wants("text/html") && !wants("application/json, */*"));
    }
}
