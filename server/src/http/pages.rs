//! Pages that are part of the server: the demo website, the agent console, a page with links.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use serde_json::json;

use super::{App, answer, files, openapi};
use crate::rules::Reply;

mod embedded {
    //! `CONSOLE` and `SITE`: pairs of path and content, made by the build script.
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

/// What the console's page may do. The page repeats all but the last directive, which counts in a header only.
const CONSOLE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' http: https: data: blob:; \
     media-src 'self' http: https: blob:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors 'none'";
const CONSOLE_HEADERS: [(HeaderName, &str); 3] = [
    (header::CONTENT_SECURITY_POLICY, CONSOLE_POLICY),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
];

const DEMO_HOSTS: [&str; 3] = ["127.0.0.1", "localhost", "shop.localhost"];

/// A page of the demo website.
pub fn shop(app: &App, parts: &Parts, host: &str, path: &str) -> Response {
    if path == "/demo.json" {
        return demo(app, parts, host);
    }
    let name = match path.trim_start_matches('/') {
        "" => "index.html",
        "tour" => "tour.html",
        other => other,
    };
    embedded_file(embedded::SITE, parts, name).unwrap_or_else(|| answer::no_page(&app.quirks.framework))
}

/// A page of the installation's own; None: the path belongs to the APIs.
pub fn installation(app: &App, parts: &Parts, host: &str, path: &str) -> Option<Response> {
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return None;
    }
    match path {
        "/" => Some(index(app, parts)),
        "/openapi.json" => description(app),
        "/api" => Some(release(app, parts)),
        "/demo.json" => Some(demo(app, parts, host)),
        "/tour" => Some(moved(&app.addresses.tour)),
        // Its files are named relative to the folder above, so there must be no slash behind it.
        "/agent" => console(parts),
        "/agent/" => Some(moved("../agent")),
        _ => embedded_file(embedded::CONSOLE, parts, path.strip_prefix("/agent/")?),
    }
}

/// The release that is played and the time, as an installation tells them.
fn release(app: &App, parts: &Parts) -> Response {
    let now = app.clock.now().iso();
    let document = json!({
        "version": app.quirks.version.release(),
        "timestamp": now.get(..19).unwrap_or(&now).replace('T', " "),
        "queue_services": "ok",
        "data_services": "ok",
    });
    answer::success(&Reply::Json(document), &parts.method, &parts.headers)
}

fn console(parts: &Parts) -> Option<Response> {
    let mut response = embedded_file(embedded::CONSOLE, parts, "index.html")?;
    for (name, value) in CONSOLE_HEADERS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    Some(response)
}

/// The description of both APIs; any page may read it.
fn description(app: &App) -> Option<Response> {
    let document = openapi::document(&app.addresses.base)?;
    let mut response = answer::plain(
        StatusCode::OK,
        "application/json; charset=utf-8",
        document.to_string(),
    );
    let anyone = HeaderValue::from_static("*");
    response
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, anyone);
    Some(response)
}

/// Sends on to an address; a query is not taken along.
fn moved(address: &str) -> Response {
    let mut response = answer::plain(StatusCode::FOUND, "text/plain", Body::empty());
    if let Ok(address) = HeaderValue::from_str(address) {
        response.headers_mut().insert(header::LOCATION, address);
    }
    response
}

/// Ids and tokens, for a person at this very machine only.
fn demo(app: &App, parts: &Parts, host: &str) -> Response {
    if !app.addresses.loopback || !DEMO_HOSTS.contains(&host) {
        return answer::plain(
            StatusCode::NOT_FOUND,
            "text/plain",
            "Only on the machine itself\n",
        );
    }
    let mut response = answer::plain(
        StatusCode::OK,
        "application/json",
        app.addresses.json().to_string(),
    );
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if parts.method == Method::GET || parts.method == Method::HEAD {
        response
    } else {
        answer::plain(
            StatusCode::METHOD_NOT_ALLOWED,
            "text/plain",
            "Only GET and HEAD\n",
        )
    }
}

fn embedded_file(table: &[(&str, &[u8])], parts: &Parts, name: &str) -> Option<Response> {
    let (name, bytes) = table.iter().find(|(path, _)| *path == name)?;
    Some(files::cached(
        parts,
        files::type_of(name),
        None,
        bytes.to_vec(),
        false,
    ))
}

fn index(app: &App, parts: &Parts) -> Response {
    let addresses = &app.addresses;
    let link = |address: &str, text: &str| format!("<li><a href=\"{}\">{text}</a></li>", escaped(address));
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Confab</title></head>\n<body>\n<h1>Confab</h1>\n<p>The reference server is running.</p>\n<ul>\n{}\n{}\n{}\n{}\n</ul>\n</body>\n</html>\n",
        link(&addresses.tour, "A tour, step by step"),
        link(&addresses.demo, "A website with the chat"),
        link(&addresses.agent, "The agent console"),
        link(&addresses.chat, "The chat as a page of its own"),
    );
    files::cached(parts, "text/html; charset=utf-8", None, page.into_bytes(), false)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
