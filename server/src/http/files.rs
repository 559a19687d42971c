//! The built widget: files of the dist folder, precompressed where they lie so, and the `confab.json` of the demo.

use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::json;

use super::{App, answer};
use crate::params::percent_decode;

const FOREVER: &str = "public, max-age=31536000, immutable";
/// Shortest run of hexadecimal digits in a name that counts as the hash of its content.
const HASH_DIGITS: usize = 8;

/// A file of the widget.
pub async fn widget(app: &App, parts: &Parts, path: &str) -> Response {
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return answer::plain(
            StatusCode::METHOD_NOT_ALLOWED,
            "text/plain",
            "Only GET and HEAD\n",
        );
    }
    if path == "/confab.json" {
        let document = json!({
            "baseUrl": app.addresses.base,
            "inboxIdentifier": app.addresses.seeds.inbox_identifier,
        });
        return cached(
            parts,
            "application/json",
            None,
            document.to_string().into_bytes(),
            false,
        );
    }
    let Some(file) = app.addresses.dist.as_deref().and_then(|dist| locate(dist, path)) else {
        return missing();
    };
    let hashed = file
        .file_name()
        .is_some_and(|name| has_hash(&name.to_string_lossy()));
    for (coding, suffix) in [("br", "br"), ("gzip", "gz")] {
        let mut packed = file.clone().into_os_string();
        packed.push(format!(".{suffix}"));
        if accepts(&parts.headers, coding)
            && let Ok(bytes) = tokio::fs::read(PathBuf::from(packed)).await
        {
            return cached(parts, content_type(&file), Some(coding), bytes, hashed);
        }
    }
    match tokio::fs::read(&file).await {
        Ok(bytes) => cached(parts, content_type(&file), None, bytes, hashed),
        Err(_) => missing(),
    }
}

fn missing() -> Response {
    answer::plain(
        StatusCode::NOT_FOUND,
        "text/plain",
        "No such file of the widget\n",
    )
}

/// The file a path names. Nothing hidden, nothing above the folder.
fn locate(dist: &Path, path: &str) -> Option<PathBuf> {
    let decoded = String::from_utf8(percent_decode(path.as_bytes(), false)?).ok()?;
    let mut file = dist.to_path_buf();
    for segment in decoded.split('/').filter(|segment| !segment.is_empty()) {
        if segment.starts_with('.') || segment.contains(['\\', '\0', ':']) {
            return None;
        }
        file.push(segment);
    }
    if decoded.ends_with('/') {
        file.push("index.html");
    }
    Some(file)
}

/// `confab-1a2b3c4d5e6f7a8b_bg.wasm` has the hash of its content in its name and never changes.
fn has_hash(name: &str) -> bool {
    let parts = name.split(['-', '_', '.']).skip(1);
    parts
        .into_iter()
        .any(|part| part.len() >= HASH_DIGITS && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    let Some(accepted) = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    accepted.split(',').any(|entry| {
        let mut words = entry.split(';').map(str::trim);
        words.next() == Some(coding)
            && words.all(|word| !matches!(word, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

fn content_type(file: &Path) -> &'static str {
    match file
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default()
    {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Static bytes: for ever when the name says what is in them, else to be asked for again each time.
pub fn cached(
    parts: &Parts,
    content_type: &'static str,
    coding: Option<&'static str>,
    bytes: Vec<u8>,
    forever: bool,
) -> Response {
    let tag = answer::tag(&bytes);
    let known = answer::matches_tag(&parts.headers, &tag);
    let mut response = if known {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        answer::plain(StatusCode::OK, content_type, bytes)
    };
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    let cache = if forever { FOREVER } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    // Pages of any origin embed the widget; its files hold nothing secret.
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if let Some(coding) = coding
        && !known
    {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

/// The content type of an embedded file.
pub fn type_of(name: &str) -> &'static str {
    content_type(Path::new(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_hash_are_kept_for_ever() {
        assert!(has_hash("confab-1a2b3c4d5e6f7a8b_bg.wasm") && has_hash("confab-1a2b3c4d5e6f7a8b.js"));
        assert!(!has_hash("confab.js") && !has_hash("index.html") && !has_hash("deadbeef.js"));
    }

    #[test]
    fn nothing_outside_of_the_folder_is_served() {
        let dist = Path::new("/d");
        assert_eq!(locate(dist, "/").unwrap(), Path::new("/d/index.html"));
        assert_eq!(
            locate(dist, "/v/1/confab.js").unwrap(),
            Path::new("/d/v/1/confab.js")
        );
        for path in [
            "/../etc/passwd",
            "/%2e%2e/x",
            "/.git/config",
            "/a%00",
            "/a\\..\\b",
            "/%zz",
        ] {
            assert_eq!(locate(dist, path), None, "{path}");
        }
    }

    #[test]
    fn codings_are_accepted_unless_their_quality_is_zero() {
        let with = |text: &'static str| {
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(text))])
        };
        assert!(accepts(&with("gzip, deflate, br"), "br") && accepts(&with("br;q=0.5"), "br"));
        assert!(!accepts(&with("gzip"), "br") && !accepts(&with("br;q=0"), "br"));
    }
}
