//! The commands besides `serve`, by the real program: what they print, what they leave, and how they refuse.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod transfer;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use confab_server::{Options, Server, start};
use serde_json::{Value, json};
use support::Site;

/// A place for databases, gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("confab-commands-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a command said and how it ended.
#[derive(Debug)]
struct Said {
    code: i32,
    out: Vec<u8>,
    err: String,
}

impl Said {
    fn text(&self) -> String {
        String::from_utf8(self.out.clone()).unwrap()
    }

    fn lines(&self) -> Vec<Value> {
        let text = self.text();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

fn run(arguments: &[&str], input: &[u8]) -> Said {
    let mut child = Command::new(env!("CARGO_BIN_EXE_confab-server"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let bytes = input.to_vec();
    // A program that refuses early does not read on.
    let writing = std::thread::spawn(move || {
        let _ = stdin.write_all(&bytes);
    });
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: output.stdout,
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn done(arguments: &[&str]) -> Said {
    let said = run(arguments, b"");
    assert_eq!(said.code, 0, "{arguments:?}: {}", said.err);
    said
}

async fn serve(database: &str) -> (Server, Site) {
    let options = Options {
        database: database.to_owned(),
        ..Options::default()
    };
    let server = start(options).await.unwrap();
    let site = Site::new(&server.addresses().json());
    (server, site)
}

#[tokio::test]
async fn an_inbox_is_made_as_the_options_say_and_serves() {
    let folder = Folder::new("inbox");
    let database = folder.path("chat.sqlite3");
    let made = done(&[
        "inbox",
        "create",
        "Sales",
        "--hmac-mandatory",
        "--greeting",
        "Hello {{contact.name}}",
        "--hours",
        "mon-fri 09:00-17:30, sat all-day",
        "--timezone",
        "Europe/Berlin",
        "--out-of-office",
        "Back soon",
        "--csat",
        "star",
        "--callback-url",
        "https://example.com/hook",
        "--lock-to-single-conversation",
        "--json",
        "--database",
        &database,
    ]);
    assert_eq!(made.err, format!("{database} is new.\n"));
    let shown = &made.lines()[0];
    assert!(shown.get("hmac_token").is_none() && shown.get("secret").is_none());
    let identifier = shown["inbox_identifier"].as_str().unwrap();

    let (server, site) = serve(&database).await;
    let path = format!("/inboxes/{}", shown["id"]);
    let inbox = site
        .agent("GET", &path, &site.admin_token, &Value::Null)
        .await
        .json();
    assert_eq!(
        (
            &inbox["name"],
            &inbox["inbox_identifier"],
            &inbox["hmac_mandatory"]
        ),
        (&json!("Sales"), &json!(identifier), &json!(true))
    );
    assert_eq!(
        (
            &inbox["greeting_enabled"],
            &inbox["greeting_message"],
            &inbox["webhook_url"]
        ),
        (
            &json!(true),
            &json!("Hello {{contact.name}}"),
            &json!("https://example.com/hook")
        )
    );
    assert_eq!(
        (
            &inbox["working_hours_enabled"],
            &inbox["timezone"],
            &inbox["out_of_office_message"]
        ),
        (&json!(true), &json!("Europe/Berlin"), &json!("Back soon"))
    );
    assert_eq!(
        (
            &inbox["csat_survey_enabled"],
            &inbox["csat_config"]["display_type"],
            &inbox["lock_to_single_conversation"]
        ),
        (&json!(true), &json!("star"), &json!(true))
    );
    let hours = &inbox["working_hours"];
    assert_eq!(
        (&hours[1]["close_minutes"], &hours[6]["open_all_day"]),
        (&json!(30), &json!(true))
    );
    assert_eq!(hours[0]["closed_all_day"], true);
    // The agent is a member of it.
    assert_eq!(
        site.agent("GET", &path, &site.agent_token, &Value::Null)
            .await
            .status,
        200
    );
    server.stop().await;
}

#[tokio::test]
async fn inboxes_are_listed_with_secrets_only_on_request() {
    let folder = Folder::new("list");
    let database = folder.path("chat.sqlite3");
    done(&["inbox", "create", "Second", "--csat", "--database", &database]);
    let plain = done(&["inbox", "list", "--database", &database]).text();
    assert_eq!(plain.lines().count(), 2);
    assert!(plain.contains("  Website chat\n") && plain.contains("  Second\n"));
    let listed = done(&["inbox", "list", "--json", "--database", &database]).lines();
    assert_eq!(listed[1]["name"], "Second");
    assert!(listed.iter().all(|inbox| inbox.get("hmac_token").is_none()));
    let secret = done(&["inbox", "list", "--json", "--secrets", "--database", &database]).lines();
    let token = secret[1]["hmac_token"].as_str().unwrap();
    let (server, site) = serve(&database).await;
    let path = format!("/inboxes/{}", secret[1]["id"]);
    let seen = site
        .agent("GET", &path, &site.admin_token, &Value::Null)
        .await
        .json();
    assert_eq!(
        (&seen["hmac_token"], &seen["secret"]),
        (&json!(token), &secret[1]["secret"])
    );
    server.stop().await;
    let shown = done(&["inbox", "list", "--secrets", "--database", &database]).text();
    assert!(shown.contains(token));
}

#[tokio::test]
async fn a_printed_hash_proves_the_identifier_byte_for_byte() {
    let folder = Folder::new("hmac");
    let database = folder.path("chat.sqlite3");
    let made = done(&[
        "inbox",
        "create",
        "Strict",
        "--hmac-mandatory",
        "--json",
        "--database",
        &database,
    ])
    .lines();
    let inbox = made[0]["inbox_identifier"].as_str().unwrap().to_owned();
    let several = run(&["hmac", "zoë", "--database", &database], b"");
    assert_eq!(several.code, 4);
    assert!(
        several.err.contains("--inbox") && several.err.contains(&inbox),
        "{}",
        several.err
    );
    let unknown = run(&["hmac", "zoë", "--inbox", "nope", "--database", &database], b"");
    assert!(unknown.code == 4 && unknown.err.contains("no inbox has the identifier nope"));

    let named = |rest: &[&str], input: &[u8]| {
        let mut arguments = vec!["hmac", "--inbox", &inbox, "--database", &database];
        arguments.extend_from_slice(rest);
        run(&arguments, input)
    };
    let hash = named(&["zoë"], b"").text().trim_end().to_owned();
    assert_eq!(hash.len(), 64);
    assert_eq!(named(&[], "zoë".as_bytes()).text().trim_end(), hash);
    let broken = named(&[], "zoë\n".as_bytes());
    assert!(broken.text().trim_end() != hash && broken.err.contains("line break"));
    assert_eq!(named(&[], b"").code, 2);
    let json = named(&["zoë", "--json"], b"").lines();
    assert_eq!(
        json[0],
        json!({"inbox_identifier": inbox, "identifier_hash": hash})
    );

    let (server, site) = serve(&database).await;
    let contacts = format!("/public/api/v1/inboxes/{inbox}/contacts");
    let contact = site
        .post(&contacts, &json!({"identifier": "zoë", "identifier_hash": hash}))
        .await;
    assert_eq!(contact.status, 200, "{}", contact.text());
    let forged = json!({"identifier": "zoe", "identifier_hash": hash});
    let path = format!("{contacts}/{}", contact.json()["source_id"].as_str().unwrap());
    assert_eq!(site.call("PATCH", &path, &[], &forged).await.unwrap().status, 500);
    let right = json!({"identifier": "zoë", "identifier_hash": hash});
    assert_eq!(site.call("PATCH", &path, &[], &right).await.unwrap().status, 200);
    server.stop().await;
}

#[tokio::test]
async fn a_database_in_use_is_left_alone() {
    let folder = Folder::new("busy");
    let database = folder.path("chat.sqlite3");
    let (server, _) = serve(&database).await;
    for command in [
        &["inbox", "create", "x"][..],
        &["inbox", "list"],
        &["hmac", "x"],
        &["export", "--yes"],
    ] {
        let said = run(&[command, &["--database", &database]].concat(), b"");
        assert_eq!(said.code, 3, "{command:?}: {}", said.err);
        assert!(said.err.contains("stop the server") && said.out.is_empty());
    }
    server.stop().await;
    assert_eq!(
        done(&["inbox", "list", "--json", "--database", &database])
            .lines()
            .len(),
        1
    );
}

#[test]
fn mistakes_are_told_by_words_and_exit_codes_and_make_nothing() {
    let folder = Folder::new("mistakes");
    let database = folder.path("chat.sqlite3");
    for (arguments, code, hint) in [
        (&["inbox", "list"][..], 4, "no such file"),
        (&["hmac", "x"], 4, "no such file"),
        (&["export"], 4, "no such file"),
        (&["inbox", "create", " "], 2, "blank"),
        (
            &["inbox", "create", "x", "--hours", "9 to 5"],
            2,
            "write hours as",
        ),
        (
            &[
                "inbox",
                "create",
                "x",
                "--hours",
                "mon 09:00-10:00",
                "--timezone",
                "Mars",
            ],
            2,
            "Europe/Berlin",
        ),
        (&["inbox", "create", "x", "--out-of-office", "y"], 2, "--hours"),
        (&["inbox", "create", "x", "--csat", "thumbs"], 2, "emoji"),
        (
            &["inbox", "create", "x", "--callback-url", "example.com"],
            2,
            "https://",
        ),
        (&["import", "/nonexistent/export"], 7, "/nonexistent/export"),
    ] {
        let said = run(&[arguments, &["--database", &database]].concat(), b"");
        assert_eq!(said.code, code, "{arguments:?}: {}", said.err);
        assert!(
            said.err.contains(hint) && said.out.is_empty(),
            "{arguments:?}: {}",
            said.err
        );
        assert!(!Path::new(&database).exists(), "{arguments:?}");
    }
    let memory = run(&["export", "--database", ":memory:"], b"");
    assert!(memory.code == 2 && memory.err.contains("--database"));
}

#[test]
fn what_cannot_be_printed_is_told_and_who_reads_no_further_is_let_go() {
    let folder = Folder::new("output");
    let database = folder.path("chat.sqlite3");
    done(&["inbox", "create", "Sales", "--database", &database]);
    let print = |out: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_confab-server"));
        command
            .args(["inbox", "list", "--database", &database])
            .stdout(out);
        command.output().unwrap()
    };
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let unread = print(Stdio::from(writer));
    assert_eq!((unread.status.code(), unread.stderr.len()), (Some(0), 0));
    #[cfg(target_os = "linux")]
    {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let refused = print(Stdio::from(full));
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(7), "{said}");
        assert!(said.starts_with("confab-server: stdout: "), "{said}");
    }
}

#[test]
fn a_database_that_cannot_be_used_has_the_exit_code_that_serve_has() {
    let folder = Folder::new("unusable");
    let database = folder.path("other.sqlite3");
    std::fs::write(
        &database,
        "this is no database, and long enough to be looked at. ".repeat(100),
    )
    .unwrap();
    let said = run(&["inbox", "list", "--database", &database], b"");
    assert_eq!(said.code, 8, "{}", said.err);
}
