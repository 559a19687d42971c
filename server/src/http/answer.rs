//! Replies and failures as Rails and its middleware write them.

use axum::body::Body;
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::error::ApiError;
use crate::quirks::Framework;
use crate::rules::Reply;
use crate::wire;

const JSON: &str = "application/json; charset=utf-8";
/// The middleware that writes error pages spells it in capitals.
const JSON_PAGE: &str = "application/json; charset=UTF-8";
const HTML_PAGE: &str = "text/html; charset=UTF-8";
const REVALIDATE: &str = "max-age=0, private, must-revalidate";
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
const NOT_FOUND_PAGE: &str = include_str!("404.html");
const SECURITY: [(&str, &str); 5] = [
    ("x-frame-options", "SAMEORIGIN"),
    ("x-xss-protection", "0"),
    ("x-content-type-options", "nosniff"),
    ("x-permitted-cross-domain-policies", "none"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
];

/// A response with a body and a content type.
pub fn plain(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    set(&mut response, header::CONTENT_TYPE, content_type);
    response
}

fn set(response: &mut Response, name: HeaderName, value: &'static str) {
    response
        .headers_mut()
        .insert(name, HeaderValue::from_static(value));
}

/// An answer of an action that ran: with the security headers.
pub fn acted(
    status: StatusCode,
    content_type: &'static str,
    cache: &'static str,
    body: impl Into<Body>,
) -> Response {
    let mut response = plain(status, content_type, body);
    set(&mut response, header::CACHE_CONTROL, cache);
    for (name, value) in SECURITY {
        set(&mut response, HeaderName::from_static(name), value);
    }
    response
}

/// A success; a document has a weak tag, and a GET that knows it gets a 304 without content type.
pub fn success(reply: &Reply, method: &Method, headers: &HeaderMap) -> Response {
    let document = match reply {
        Reply::Empty => return acted(StatusCode::OK, "application/json", "no-cache", Body::empty()),
        Reply::Json(document) => wire::text(document),
        Reply::Stumbled(cause) => return failure(&ApiError::Internal(cause), false),
    };
    let tag = tag(document.as_bytes());
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let known = reads && matches_tag(headers, &tag);
    let mut response = if known {
        let mut response = acted(StatusCode::NOT_MODIFIED, JSON, REVALIDATE, Body::empty());
        response.headers_mut().remove(header::CONTENT_TYPE);
        response
    } else {
        acted(StatusCode::OK, JSON, REVALIDATE, document)
    };
    if let Ok(value) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

/// A weak entity tag of some bytes.
pub fn tag(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let bits = digest
        .iter()
        .take(16)
        .fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    format!("W/\"{bits:032x}\"")
}

/// Whether the request already has what the tag names.
pub fn matches_tag(headers: &HeaderMap, tag: &str) -> bool {
    let Some(known) = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let opaque = |text: &str| text.trim().trim_start_matches("W/").to_owned();
    known
        .split(',')
        .any(|one| one.trim() == "*" || opaque(one) == opaque(tag))
}

/// A failure; `json_page` decides the form where the real server looks at the Accept header.
pub fn failure(error: &ApiError, json_page: bool) -> Response {
    let action = |status, document: &Value| acted(status, JSON, "no-cache", wire::text(document));
    match error {
        ApiError::BadRequest if json_page => page(StatusCode::BAD_REQUEST, "Bad Request"),
        ApiError::BadRequest => plain(StatusCode::BAD_REQUEST, HTML_PAGE, Body::empty()),
        ApiError::NoToken => {
            let text = "You need to sign in or sign up before continuing.";
            action(StatusCode::UNAUTHORIZED, &json!({"errors": [text]}))
        }
        ApiError::InvalidToken => action(
            StatusCode::UNAUTHORIZED,
            &json!({"error": "Invalid Access Token"}),
        ),
        ApiError::ForeignAccount => action(
            StatusCode::UNAUTHORIZED,
            &json!({"error": "You are not authorized to access this account"}),
        ),
        ApiError::NotForBots => action(
            StatusCode::UNAUTHORIZED,
            &json!({"error": "Access to this endpoint is not authorized for bots"}),
        ),
        ApiError::ForeignBot => action(
            StatusCode::UNAUTHORIZED,
            &json!({"error": "Bot is not authorized to access this account"}),
        ),
        ApiError::NotAllowed => action(
            StatusCode::UNAUTHORIZED,
            &json!({"error": "You are not authorized to do this action"}),
        ),
        ApiError::NotFound => page(StatusCode::NOT_FOUND, "Not Found"),
        ApiError::NoRoute if json_page => page(StatusCode::NOT_FOUND, "Not Found"),
        ApiError::NoRoute => plain(StatusCode::NOT_FOUND, HTML_PAGE, NOT_FOUND_PAGE),
        ApiError::Missing => action(
            StatusCode::NOT_FOUND,
            &json!({"error": "Resource could not be found"}),
        ),
        ApiError::Xml(status, name) => {
            let body = format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<hash>\n  <status type=\"integer\">{status}</status>\n  \
                 <error>{name}</error>\n</hash>\n"
            );
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::NOT_ACCEPTABLE);
            plain(status, "application/xml; charset=UTF-8", body)
        }
        ApiError::Invalid(errors) => {
            let messages: Vec<&str> = errors.iter().map(|(_, message)| message.as_str()).collect();
            let mut fields: Vec<&str> = errors.iter().map(|(field, _)| *field).collect();
            fields.dedup();
            let document = json!({"message": messages.join(", "), "attributes": fields});
            action(StatusCode::UNPROCESSABLE_ENTITY, &document)
        }
        ApiError::Refused(text) => action(StatusCode::UNPROCESSABLE_ENTITY, &json!({"error": text})),
        ApiError::Internal(cause) => stumbled(cause),
        ApiError::Database(cause) => stumbled(&cause.to_string()),
    }
}

/// A 500. The real one says nothing of its cause; ours does so in a header, for whoever debugs a client against it.
fn stumbled(cause: &str) -> Response {
    let mut response = page(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
    if let Ok(cause) = HeaderValue::from_str(cause) {
        response.headers_mut().insert("x-confab-cause", cause);
    }
    response
}

/// A 5xx that no rule gave.
pub fn broken(status: StatusCode) -> Response {
    page(
        status,
        status.canonical_reason().unwrap_or("Internal Server Error"),
    )
}

/// A 500 where a browser expects an image.
pub fn broken_page() -> Response {
    plain(
        StatusCode::INTERNAL_SERVER_ERROR,
        HTML_PAGE,
        "<!DOCTYPE html>\n<title>Internal Server Error</title>\n<p>The file cannot be shown.</p>\n",
    )
}

/// The error document of the middleware.
fn page(status: StatusCode, error: &str) -> Response {
    plain(
        status,
        JSON_PAGE,
        wire::text(&json!({"status": status.as_u16(), "error": error})),
    )
}

/// What a plain GET on the cable gets.
pub fn no_page(framework: &Framework) -> Response {
    let content_type = if framework.cable_page_has_charset {
        "text/plain; charset=utf-8"
    } else {
        "text/plain"
    };
    let mut response = plain(StatusCode::NOT_FOUND, content_type, "Page not found");
    set(&mut response, header::CACHE_CONTROL, "no-cache");
    response
}

/// The answer to a preflight; outside of the public API it allows nothing.
pub fn preflight(request: &HeaderMap, public: bool) -> Response {
    let mut response = Response::new(Body::empty());
    if public && request.contains_key(header::ORIGIN) {
        allow(&mut response);
        if let Some(wanted) = request.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
            response
                .headers_mut()
                .insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
        }
    }
    response
}

/// Adds what every answer of the public API carries, more of it when the request comes from a page.
pub fn with_cors(response: Response, request: &HeaderMap) -> Response {
    let mut response = response;
    set(&mut response, header::VARY, "Origin");
    if request.contains_key(header::ORIGIN) {
        allow(&mut response);
    }
    response
}

fn allow(response: &mut Response) {
    set(response, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    set(response, header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    set(response, header::ACCESS_CONTROL_EXPOSE_HEADERS, "");
    set(response, header::ACCESS_CONTROL_MAX_AGE, "7200");
}
