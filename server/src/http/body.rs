//! Bodies: forms with files are taken apart while they arrive, the files going straight to the disk; everything else is
//! short enough to be held in memory.

use std::io;
use std::sync::Arc;

use axum::body::{Body as HttpBody, to_bytes};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::Response;

use super::steps::{NoStep, Steps};
use super::{App, LARGEST_BODY, answer, header_text};
use crate::connection::BodyError;
use crate::error::ApiError;
use crate::media;
use crate::params::{self, Body, Param, Params, Upload};
use crate::rules;
use crate::store::{Files, Stored};

/// No more than this is taken of a form with files.
const LARGEST_FORM: usize = 512 * 1024 * 1024;
/// No more than this of all texts in it.
const LONGEST_TEXTS: usize = 8 * 1024 * 1024;
/// As many parts, and files among them, as Rack takes.
const MOST_PARTS: usize = 4096;
const MOST_FILES: usize = 128;

/// Query and body as parameters; None when they cannot be read. An error: the answer to a body that cannot be taken.
pub async fn read(app: &App, parts: &Parts, path: &str, body: HttpBody) -> Result<Option<Params>, Response> {
    let content_type = header_text(&parts.headers, &header::CONTENT_TYPE);
    let query = parts.uri.query().unwrap_or_default();
    let kind = content_type.as_deref().unwrap_or_default();
    if is_form(kind) {
        let files = rules::takes_files(parts.method.as_str(), path).then_some(&app.files);
        return match form(kind, body, files).await {
            Ok(params) => Ok(params::with_query(params, query).ok()),
            Err(Trouble::Unreadable) => Ok(None),
            Err(Trouble::TooLarge) => Err(too_large()),
            Err(Trouble::TooSlow) => Err(too_slow()),
            Err(Trouble::Disk(error)) => Err(full(&error)),
        };
    }
    let bytes = to_bytes(body, LARGEST_BODY).await.map_err(|error| {
        if BodyError::is_too_slow(&error) {
            too_slow()
        } else {
            too_large()
        }
    })?;
    let body = Body { content_type, bytes };
    Ok(params::read(query, &body).ok())
}

fn is_form(kind: &str) -> bool {
    let media = kind.split(';').next().unwrap_or_default().trim();
    media.eq_ignore_ascii_case("multipart/form-data")
}

fn too_slow() -> Response {
    answer::plain(StatusCode::REQUEST_TIMEOUT, "text/plain", "Request Timeout\n")
}

fn too_large() -> Response {
    answer::plain(StatusCode::PAYLOAD_TOO_LARGE, "text/plain", "Payload Too Large\n")
}

/// The sender learns that it failed, whoever runs the server why.
fn full(error: &io::Error) -> Response {
    eprintln!("confab-server: a file was not stored: {error}");
    let cause = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "no room on the disk for the file",
        _ => "the file cannot be written",
    };
    answer::failure(&ApiError::Internal(cause), false)
}

#[derive(Debug)]
enum Trouble {
    Unreadable,
    TooLarge,
    TooSlow,
    Disk(io::Error),
}

impl From<multer::Error> for Trouble {
    fn from(error: multer::Error) -> Self {
        if BodyError::is_too_slow(&error) {
            return Self::TooSlow;
        }
        if NoStep::is_behind(&error) {
            return Self::TooLarge;
        }
        match error {
            multer::Error::StreamSizeExceeded { .. } | multer::Error::FieldSizeExceeded { .. } => {
                Self::TooLarge
            }
            _ => Self::Unreadable,
        }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

/// Takes a form apart. Without a folder the content of files is read over. When this ends early, no file stays.
async fn form(kind: &str, body: HttpBody, files: Option<&Files>) -> Result<Params, Trouble> {
    let boundary = multer::parse_boundary(kind)?;
    let limits = multer::SizeLimit::new().whole_stream(LARGEST_FORM as u64);
    let constraints = multer::Constraints::new().size_limit(limits);
    let (steps, stream) = Steps::of(body.into_data_stream());
    let mut form = multer::Multipart::with_constraints(stream, boundary, constraints);
    let mut params = Params::default();
    let mut room = LONGEST_TEXTS;
    let (mut parts, mut stored) = (0, 0);
    while let Some(field) = form.next_field().await? {
        steps.step();
        parts += 1;
        if parts > MOST_PARTS || stored > MOST_FILES {
            return Err(Trouble::Unreadable);
        }
        let name = field.name().unwrap_or_default().to_owned();
        let param = match field.file_name().map(media::clean_name) {
            // A part with an empty file name is dropped silently.
            Some(file) if file.is_empty() => None,
            Some(file) => {
                stored += 1;
                Some(Param::File(upload(field, file, files, &steps).await?))
            }
            None => text(field, &mut room, &steps).await?,
        };
        if let Some(param) = param {
            // A name that contradicts an earlier one is dropped like any other unreadable part.
            let _ = params.insert(&name, param);
        }
    }
    if let Some(files) = files.filter(|_| stored > 0) {
        files.sync().await?;
    }
    Ok(params)
}

async fn upload(
    mut field: multer::Field<'_>,
    name: String,
    files: Option<&Files>,
    steps: &Steps,
) -> Result<Upload, Trouble> {
    let content_type = header_text(field.headers(), &header::CONTENT_TYPE);
    let file = if let Some(files) = files {
        let stored = store(&mut field, name, content_type.as_deref(), files, steps).await?;
        Some(Arc::new(stored))
    } else {
        while field.chunk().await?.is_some() {
            steps.step();
        }
        None
    };
    Ok(Upload { content_type, file })
}

async fn store(
    field: &mut multer::Field<'_>,
    name: String,
    declared: Option<&str>,
    files: &Files,
    steps: &Steps,
) -> Result<Stored, Trouble> {
    let mut writing = files.begin().await?;
    while let Some(chunk) = field.chunk().await? {
        steps.step();
        writing.write(&chunk).await?;
    }
    Ok(writing.finish(name, declared).await?)
}

/// Text that is no UTF-8 is dropped.
async fn text(
    mut field: multer::Field<'_>,
    room: &mut usize,
    steps: &Steps,
) -> Result<Option<Param>, Trouble> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await? {
        steps.step();
        *room = room.checked_sub(chunk.len()).ok_or(Trouble::TooLarge)?;
        bytes.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8(bytes).ok().map(Param::Text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "multipart/form-data; boundary=b";

    async fn read_over(text: &str) -> Result<Params, Trouble> {
        form(KIND, HttpBody::from(text.to_owned()), None).await
    }

    #[tokio::test]
    async fn a_form_gives_texts_and_files_and_drops_files_without_a_name() {
        let text = "--b\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\nhi\r\n\
            --b\r\nContent-Disposition: form-data; name=\"attachments[]\"; filename=\"a.png\"\r\nContent-Type: image/png; q=1\r\n\r\nxyz\r\n\
            --b\r\nContent-Disposition: form-data; name=\"attachments[]\"; filename=\"\"\r\n\r\nq\r\n--b--\r\n";
        let params = read_over(text).await.unwrap();
        assert_eq!(params.text("content").as_deref(), Some("hi"));
        let Some(Param::List(files)) = params.get("attachments") else {
            panic!("no list")
        };
        let [Param::File(file)] = files.as_slice() else {
            panic!("not one file")
        };
        assert_eq!(file.content_type.as_deref(), Some("image/png; q=1"));
    }

    #[tokio::test]
    async fn what_is_cut_off_or_too_much_is_refused() {
        let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
        assert!(matches!(read_over(part).await, Err(Trouble::Unreadable)));
        let long = format!("{part}{}\r\n--b--\r\n", "x".repeat(LONGEST_TEXTS + 1));
        assert!(matches!(read_over(&long).await, Err(Trouble::TooLarge)));
        let many = format!("{}--b--\r\n", format!("{part}\r\n").repeat(MOST_PARTS + 1));
        assert!(matches!(read_over(&many).await, Err(Trouble::Unreadable)));
        assert!(is_form("Multipart/Form-Data; boundary=b") && !is_form("multipart/mixed"));
    }
}
