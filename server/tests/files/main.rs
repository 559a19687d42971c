//! Attachments over real HTTP: what is accepted, how it is served, and that what was acknowledged is there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod keeping;
mod messages;
mod serving;

use std::path::{Path, PathBuf};

use confab_server::{Options, Server};
use serde_json::Value;
use support::{Answer, Site, Visitor, send};

/// A PNG of two by two pixels, 79 bytes.
const PNG: &[u8] = b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x02\x00\x00\x00\x02\x08\x02\x00\x00\x00\xfd\xd4\x9as\x00\x00\x00\x16IDATx\x9cc\xfc\xcf\xc0\xc0\xc0\xc0\xc0\xc4\xc0\xc0\xc0\xc0\xc0\x00\x00\x0d\x1d\x01\x03j\xc2\x9b\xe9\x00\x00\x00\x00IEND\xaeB`\x82";

/// A part of a form.
struct Part<'a> {
    name: &'a str,
    file: Option<&'a str>,
    kind: Option<&'a str>,
    bytes: &'a [u8],
}

/// A file where files belong.
fn file<'a>(name: &'a str, kind: &'a str, bytes: &'a [u8]) -> Part<'a> {
    Part {
        name: "attachments[]",
        file: Some(name),
        kind: Some(kind),
        bytes,
    }
}

/// A text.
fn text<'a>(name: &'a str, value: &'a str) -> Part<'a> {
    Part {
        name,
        file: None,
        kind: None,
        bytes: value.as_bytes(),
    }
}

fn form(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for part in parts {
        body.extend(b"--mark\r\nContent-Disposition: form-data; name=\"");
        body.extend(part.name.as_bytes());
        body.extend(b"\"");
        if let Some(file) = part.file {
            body.extend(format!("; filename=\"{file}\"").as_bytes());
        }
        body.extend(b"\r\n");
        if let Some(kind) = part.kind {
            body.extend(format!("Content-Type: {kind}\r\n").as_bytes());
        }
        body.extend(b"\r\n");
        body.extend(part.bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--mark--\r\n");
    body
}

/// Posts a form; None when the connection broke.
async fn upload(site: &Site, path: &str, token: Option<&str>, parts: &[Part<'_>]) -> Option<Answer> {
    let mut headers = vec![("content-type", "multipart/form-data; boundary=mark")];
    headers.extend(token.map(|token| ("api_access_token", token)));
    let target = format!("{}{path}", site.prefix);
    send(&site.authority, "POST", &target, &headers, &form(parts)).await
}

/// A server in this process with a visitor.
async fn started(options: Options) -> (Server, Site, Visitor) {
    let server = confab_server::start(options).await.unwrap();
    let site = Site::new(&server.addresses().json());
    let visitor = site.visitor().await;
    (server, site, visitor)
}

/// A visitor's message with one file; its attachment.
async fn sent(site: &Site, visitor: &Visitor, part: Part<'_>) -> Value {
    let answer = upload(site, &visitor.messages(), None, &[part]).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["attachments"][0].clone()
}

/// What an absolute address of this site answers.
async fn fetch(site: &Site, method: &str, address: &str, headers: &[(&str, &str)]) -> Answer {
    let target = address
        .strip_prefix(&format!("http://{}", site.authority))
        .unwrap_or_else(|| panic!("an address of this site: {address}"));
    send(&site.authority, method, target, headers, b"").await.unwrap()
}

/// The storage address that a permanent one leads to.
async fn storage(site: &Site, address: &Value) -> String {
    let answer = fetch(site, "GET", address.as_str().unwrap(), &[]).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    answer.header("location").unwrap().to_owned()
}

/// A place for a database, gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("confab-files-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn database(&self) -> String {
        self.0.join("chat.sqlite3").to_str().unwrap().to_owned()
    }

    fn options(&self) -> Options {
        Options {
            database: self.database(),
            ..Options::default()
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The names of stored files in a folder, thumbnails included.
fn stored(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "confab-files")
        .collect();
    names.sort();
    names
}
