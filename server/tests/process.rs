//! The real program: its one line of JSON, its end, and what survives when it is killed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use support::{Site, Visitor};

const KILLS: usize = 5;
const WRITERS: usize = 8;

/// The program, killed when dropped.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn run(database: &Path, more: &[&str]) -> Program {
    let child = Command::new(env!("CARGO_BIN_EXE_confab-server"))
        .args(["serve", "--listen", "127.0.0.1:0", "--json", "--database"])
        .arg(database)
        .args(more)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    Program(child)
}

fn first_line(program: &mut Program) -> Value {
    let mut line = String::new();
    BufReader::new(program.0.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

fn terminate(program: &mut Program) -> (ExitStatus, String) {
    let sent = Command::new("kill")
        .args(["-TERM", &program.0.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    let status = program.0.wait().unwrap();
    let mut rest = String::new();
    program
        .0
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut rest)
        .unwrap();
    program
        .0
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut rest)
        .unwrap();
    (status, rest)
}

/// A place for a database, gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("confab-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn it_prints_one_line_keeps_its_ids_and_ends_quietly_when_asked() {
    let folder = Folder::new("ids");
    let database = folder.0.join("chat.sqlite3");
    let mut program = run(&database, &[]);
    let line = first_line(&mut program);
    let keys: Vec<&String> = line.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "base",
            "account",
            "admin_token",
            "agent_token",
            "inbox_identifier",
            "demo",
            "agent"
        ]
    );
    let (status, rest) = terminate(&mut program);
    assert!(status.success() && rest.is_empty(), "{status}: {rest}");
    let mut again = run(&database, &[]);
    let second = first_line(&mut again);
    for key in ["account", "admin_token", "agent_token", "inbox_identifier"] {
        assert_eq!(line[key], second[key], "{key}");
    }
}

#[test]
fn a_failed_start_says_why_on_stderr_and_by_its_exit_code() {
    let mut program = run(Path::new("/nonexistent/chat.sqlite3"), &[]);
    let status = program.0.wait().unwrap();
    let mut said = String::new();
    program
        .0
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert!(
        !status.success() && said.contains("--database") && said.lines().count() == 1,
        "{status}: {said}"
    );
}

#[test]
fn a_second_program_on_the_same_database_is_refused() {
    let folder = Folder::new("twice");
    let database = folder.0.join("chat.sqlite3");
    let mut first = run(&database, &[]);
    first_line(&mut first);
    let mut second = run(&database, &[]);
    let status = second.0.wait().unwrap();
    let mut said = String::new();
    second.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(
        !status.success() && said.contains("another program is using it"),
        "{status}: {said}"
    );
}

/// Writes until the server is gone; every text that was acknowledged is noted.
async fn write(site: Site, visitor: Visitor, writer: usize, round: usize, seen: Arc<Seen>) {
    for number in 0.. {
        let text = format!("{round}-{writer}-{number}");
        let body = json!({"content": text});
        match site.call("POST", &visitor.messages(), &[], &body).await {
            Some(answer) if answer.status == 200 => {
                seen.acknowledged.lock().unwrap().insert(text);
                seen.count.fetch_add(1, Ordering::Relaxed);
            }
            Some(other) => panic!("{}: {}", other.status, other.text()),
            None => {
                assert!(
                    seen.killed.load(Ordering::SeqCst),
                    "the connection broke before the kill"
                );
                return;
            }
        }
    }
}

#[derive(Default)]
struct Seen {
    acknowledged: Mutex<BTreeSet<String>>,
    count: AtomicUsize,
    killed: AtomicBool,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_message_is_lost_or_doubled_when_the_program_is_killed() {
    let folder = Folder::new("kill");
    let database = folder.0.join("chat.sqlite3");
    let mut visitors: Vec<Visitor> = Vec::new();
    let mut acknowledged = BTreeSet::new();
    for round in 0..KILLS {
        let mut program = run(&database, &["--messages-per-minute", "1000000"]);
        let site = Site::new(&first_line(&mut program));
        while visitors.len() < WRITERS {
            visitors.push(site.visitor().await);
        }
        let seen = Arc::new(Seen::default());
        let writers: Vec<_> = visitors
            .iter()
            .enumerate()
            .map(|(n, visitor)| {
                tokio::spawn(write(site.clone(), visitor.clone(), n, round, Arc::clone(&seen)))
            })
            .collect();
        while seen.count.load(Ordering::Relaxed) < 40 + round {
            tokio::task::yield_now().await;
        }
        seen.killed.store(true, Ordering::SeqCst);
        program.0.kill().unwrap();
        program.0.wait().unwrap();
        for writer in writers {
            writer.await.unwrap();
        }
        acknowledged.append(&mut seen.acknowledged.lock().unwrap());
    }
    let mut program = run(&database, &["--messages-per-minute", "1000000"]);
    let site = Site::new(&first_line(&mut program));
    let mut stored = Vec::new();
    for visitor in &visitors {
        let conversation = site.get(&visitor.path).await.json();
        let messages = conversation["messages"].as_array().unwrap().clone();
        stored.extend(
            messages
                .iter()
                .map(|message| message["content"].as_str().unwrap().to_owned()),
        );
    }
    let distinct: BTreeSet<String> = stored.iter().cloned().collect();
    assert_eq!(distinct.len(), stored.len(), "a message is there twice");
    let lost: Vec<&String> = acknowledged.difference(&distinct).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
}
