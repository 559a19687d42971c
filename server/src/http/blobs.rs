//! Files as browsers fetch them: a permanent address redirects to one that is valid for minutes, which sends the bytes.

use std::io;
use std::ops::RangeInclusive;

use axum::body::Body;
use axum::http::header::{self, HeaderValue};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::disposition::disposition;
use super::{App, answer, header_text, host_and_port, wants_json};
use crate::error::ApiError;
use crate::links::Serving;
use crate::media;
use crate::params;
use crate::time::http_date;

/// How long a browser may remember a redirect.
const REDIRECT_CACHE: &str = "max-age=300, private";
const FILE_CACHE: &str = "max-age=0, private, must-revalidate";
const CHUNK: usize = 64 * 1024;

/// Answers what is below the root of files.
pub async fn serve(app: &App, parts: &Parts, path: &str) -> Response {
    let mut words = path.splitn(4, '/').skip(1);
    let (area, second, rest) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    match (area, second) {
        ("disk", signed) if reads && !rest.is_empty() => send(app, parts, signed).await,
        ("blobs", "redirect") if reads => match rest.split_once('/') {
            Some((signed, name)) if !name.is_empty() => file(app, parts, signed).await,
            _ => no_route(parts),
        },
        ("representations", "redirect") if reads => {
            let mut words = rest.splitn(3, '/');
            match (words.next(), words.next(), words.next()) {
                (Some(signed), Some(variation), Some(name)) if !name.is_empty() => {
                    thumbnail(app, parts, signed, variation).await
                }
                _ => no_route(parts),
            }
        }
        _ => no_route(parts),
    }
}

fn no_route(parts: &Parts) -> Response {
    answer::failure(&ApiError::NoRoute, wants_json(&parts.headers))
}

/// What an address gets that was made up, or is too old.
fn not_signed() -> Response {
    answer::acted(StatusCode::NOT_FOUND, "text/html", "no-cache", Body::empty())
}

/// To the file itself; `?disposition=attachment` makes a download of what would be shown.
async fn file(app: &App, parts: &Parts, signed: &str) -> Response {
    let Some(id) = app.links.blob(signed) else {
        return not_signed();
    };
    let Some(blob) = app.store.blob(id).await else {
        return no_route(parts);
    };
    let query = parts.uri.query().unwrap_or_default();
    let wanted = params::with_query(params::Params::default(), query)
        .ok()
        .and_then(|query| query.text("disposition"));
    let inline = media::may_be_inline(&blob.content_type, app.quirks.files.audio_inline)
        && wanted.as_deref() != Some("attachment");
    let name = blob.filename.clone();
    let key = blob.key.clone();
    redirect(app, parts, &blob.content_type, key, &name, inline)
}

/// To a small picture of an image, which is made when it is asked for the first time.
async fn thumbnail(app: &App, parts: &Parts, signed: &str, variation: &str) -> Response {
    let (Some(id), Some(_)) = (app.links.blob(signed), app.links.variation(variation)) else {
        return not_signed();
    };
    let Some(blob) = app.store.blob(id).await else {
        return no_route(parts);
    };
    let (content_type, extension) = media::thumbnail_format(&blob.content_type);
    let made = app.files.thumbnail(blob.key.clone(), blob.content_type.clone());
    let Ok(key) = made.await else {
        return answer::broken_page();
    };
    let name = thumbnail_name(&blob.filename, content_type, extension);
    redirect(app, parts, content_type, key, &name, true)
}

/// The name of the image with the extension of what its picture is.
fn thumbnail_name(name: &str, content_type: &str, extension: &str) -> String {
    let old = media::extension(name).unwrap_or_default();
    let stem = name.strip_suffix(old).unwrap_or(name);
    let stem = stem.strip_suffix('.').filter(|_| !old.is_empty()).unwrap_or(stem);
    if media::by_extension(name) == Some(content_type) {
        format!("{stem}.{}", old.to_lowercase())
    } else {
        format!("{stem}.{extension}")
    }
}

fn redirect(app: &App, parts: &Parts, content_type: &str, key: String, name: &str, inline: bool) -> Response {
    let serving = Serving {
        key,
        content_type: media::served_type(content_type).to_owned(),
        disposition: disposition(if inline { "inline" } else { "attachment" }, name),
    };
    let path = app.links.storage_path(&serving, name, app.clock.now());
    let location = format!("{}{}{path}", origin(app, parts), app.addresses.prefix);
    let Ok(value) = HeaderValue::from_str(&location) else {
        return no_route(parts);
    };
    let body = if app.quirks.files.redirects_empty {
        Body::empty()
    } else {
        let page = format!("<html><body>You are being <a href=\"{location}\">redirected</a>.</body></html>");
        Body::from(page)
    };
    let mut response = answer::acted(
        StatusCode::FOUND,
        "text/html; charset=utf-8",
        REDIRECT_CACHE,
        body,
    );
    response.headers_mut().insert(header::LOCATION, value);
    response
}

/// The origin the request came to, which need not be the one the server knows itself by.
fn origin(app: &App, parts: &Parts) -> String {
    let authority = host_and_port(&parts.uri, &parts.headers);
    let plausible = !authority.is_empty()
        && authority
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte));
    if !plausible {
        let base = &app.addresses.base;
        return base
            .strip_suffix(&app.addresses.prefix)
            .unwrap_or(base)
            .to_owned();
    }
    let secure = parts
        .headers
        .get("x-forwarded-proto")
        .is_some_and(|value| value == "https");
    format!("http{}://{authority}", if secure { "s" } else { "" })
}

/// The bytes, all or a range of them.
async fn send(app: &App, parts: &Parts, signed: &str) -> Response {
    let Some(serving) = app.links.serving(signed, app.clock.now()) else {
        return not_signed();
    };
    match opened(app, &parts.headers, serving).await {
        Ok(response) => response,
        Err(error) if error.kind() == io::ErrorKind::NotFound => not_signed(),
        Err(_) => answer::broken_page(),
    }
}

async fn opened(app: &App, request: &HeaderMap, serving: Serving) -> io::Result<Response> {
    let mut file = File::open(app.files.path(&serving.key)).await?;
    let about = file.metadata().await?;
    let modified = http_date(about.modified()?)?;
    let known = header_text(request, &header::IF_MODIFIED_SINCE);
    if known.as_deref() == Some(modified.as_str()) {
        let mut response = answer::acted(StatusCode::NOT_MODIFIED, "text/html", FILE_CACHE, Body::empty());
        response.headers_mut().remove(header::CONTENT_TYPE);
        return Ok(response);
    }
    let size = about.len();
    let (status, length, range) = match range(header_text(request, &header::RANGE).as_deref(), size) {
        Range::Whole => (StatusCode::OK, size, None),
        Range::Part(part) => {
            file.seek(io::SeekFrom::Start(*part.start())).await?;
            let length = part.end() - part.start() + 1;
            let text = format!("bytes {}-{}/{size}", part.start(), part.end());
            (StatusCode::PARTIAL_CONTENT, length, Some(text))
        }
        Range::Outside => {
            let mut response = answer::acted(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "text/plain",
                "no-cache",
                "Byte range unsatisfiable\n",
            );
            set(&mut response, header::CONTENT_RANGE, &format!("bytes */{size}"));
            return Ok(response);
        }
    };
    let mut response = answer::acted(
        status,
        "application/octet-stream",
        FILE_CACHE,
        bytes_of(file, length),
    );
    set(&mut response, header::CONTENT_TYPE, &serving.content_type);
    set(&mut response, header::CONTENT_DISPOSITION, &serving.disposition);
    set(&mut response, header::CONTENT_LENGTH, &length.to_string());
    set(&mut response, header::LAST_MODIFIED, &modified);
    if let Some(range) = range {
        set(&mut response, header::CONTENT_RANGE, &range);
    }
    Ok(response)
}

fn set(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn bytes_of(file: File, length: u64) -> Body {
    let read = |(mut file, left): (File, u64)| async move {
        if left == 0 {
            return Ok(None);
        }
        let size = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
        let mut chunk = vec![0; size];
        let got = file.read(&mut chunk).await?;
        if got == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        chunk.truncate(got);
        Ok(Some((Bytes::from(chunk), (file, left - got as u64))))
    };
    Body::from_stream(stream::try_unfold((file, length), read))
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Range {
    Whole,
    Part(RangeInclusive<u64>),
    Outside,
}

/// Which bytes are asked for. Several ranges at once are answered with the whole, as is what cannot be read.
fn range(header: Option<&str>, size: u64) -> Range {
    let Some(spec) = header.and_then(|text| text.strip_prefix("bytes=")) else {
        return Range::Whole;
    };
    let Some((first, last)) = spec.trim().split_once('-') else {
        return Range::Whole;
    };
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // More than fits is more than there is.
        digits.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let (start, end) = match (number(first), number(last)) {
        (Some(start), Some(end)) if start > end => return Range::Whole,
        (Some(start), Some(end)) => (start, end.min(size.saturating_sub(1))),
        (Some(start), None) if last.is_empty() => (start, size.saturating_sub(1)),
        (None, Some(0)) if first.is_empty() => return Range::Outside,
        (None, Some(suffix)) if first.is_empty() => (size.saturating_sub(suffix), size.saturating_sub(1)),
        _ => return Range::Whole,
    };
    if start < size {
        Range::Part(start..=end)
    } else {
        Range::Outside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_have_the_extension_of_what_they_are() {
        for (name, wanted) in [
            ("a.jpeg", "a.jpeg"),
            ("a.JPG", "a.jpg"),
            ("a.txt", "a.jpg"),
            ("a", "a.jpg"),
            ("a.", "a..jpg"),
        ] {
            assert_eq!(thumbnail_name(name, "image/jpeg", "jpg"), wanted);
        }
    }

    #[test]
    fn ranges() {
        for (text, wanted) in [
            ("bytes=0-3", Range::Part(0..=3)),
            ("bytes=4-", Range::Part(4..=9)),
            ("bytes=-3", Range::Part(7..=9)),
            ("bytes=-30", Range::Part(0..=9)),
            ("bytes=8-99999999999999999999999", Range::Part(8..=9)),
            ("bytes=10-", Range::Outside),
            ("bytes=10-12", Range::Outside),
            ("bytes=-0", Range::Outside),
            ("bytes=5-3", Range::Whole),
            ("bytes=0-1,3-4", Range::Whole),
            ("bytes=a-b", Range::Whole),
            ("bytes=", Range::Whole),
            ("bytes=-", Range::Whole),
            ("lines=0-3", Range::Whole),
        ] {
            assert_eq!(range(Some(text), 10), wanted, "{text}");
        }
        assert_eq!(range(Some("bytes=0-"), 0), Range::Outside);
        assert_eq!(range(None, 0), Range::Whole);
    }
}
