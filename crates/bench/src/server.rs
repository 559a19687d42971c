//! The server under test as a process: starting it, asking the system what it costs.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::Result;
use crate::http::Http;

/// How often the system's clock of used time ticks in a second; fixed on Linux.
const TICKS: f64 = 100.0;
/// Pages of memory have this many bytes on the machines that this runs on.
const KIB: f64 = 1024.0;

/// Where a server is.
#[derive(Clone, Debug)]
pub struct Site {
    /// Host and port.
    pub authority: String,
    inbox: String,
}

/// A visitor with a conversation.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Path of the conversation.
    pub path: String,
    /// The token of its events.
    pub token: String,
}

/// A server that is killed when this value goes.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where it is.
    pub site: Site,
}

impl Server {
    /// Starts `command` and waits for the line that says where it is.
    pub async fn start(command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("cannot start the server: {error}"))?;
        let output = child.stdout.take().ok_or("the server's output is not ours")?;
        let line = BufReader::new(output)
            .lines()
            .next_line()
            .await
            .map_err(|error| format!("the server's output: {error}"))?
            .ok_or("the server ended at once")?;
        let line: Value =
            serde_json::from_str(&line).map_err(|error| format!("the server's first line: {error}"))?;
        let text = |name: &str| {
            line.get(name)
                .and_then(Value::as_str)
                .ok_or_else(|| format!("the server's first line has no {name}"))
        };
        let site = Site {
            authority: text("base")?.trim_start_matches("http://").to_owned(),
            inbox: text("inbox_identifier")?.to_owned(),
        };
        Ok(Self { child, site })
    }

    /// Kills it without warning and waits until it is gone.
    pub async fn kill(&mut self) -> Result<()> {
        self.child.kill().await.map_err(|error| format!("kill: {error}"))
    }

    /// Ends a server that runs as the child of a tracer, which then ends by itself with all noted down.
    pub async fn end_traced(&mut self) -> Result<()> {
        let tracer = self.child.id().ok_or("the tracer has ended")?;
        let children = format!("/proc/{tracer}/task/{tracer}/children");
        let server = std::fs::read_to_string(&children).map_err(|error| format!("{children}: {error}"))?;
        let server = server
            .split_whitespace()
            .next()
            .ok_or("the tracer has no child")?;
        let killed = Command::new("kill").args(["-KILL", server]).status().await;
        killed.map_err(|error| format!("kill: {error}"))?;
        self.child
            .wait()
            .await
            .map(drop)
            .map_err(|error| format!("the tracer: {error}"))
    }

    /// Memory it has now, in KiB.
    pub fn memory(&self) -> Result<f64> {
        self.status("VmRSS:")
    }

    /// The most memory it had at any time, in KiB.
    pub fn most_memory(&self) -> Result<f64> {
        self.status("VmHWM:")
    }

    /// Processor time it has used.
    pub fn used(&self) -> Result<Duration> {
        let stat = self.proc("stat")?;
        // The name, which may hold anything, ends with the last bracket.
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok());
        let (user, system) = ticks(11).zip(ticks(12)).ok_or("the times of a process")?;
        Ok(Duration::from_secs_f64((user + system) / TICKS))
    }

    fn status(&self, name: &str) -> Result<f64> {
        let status = self.proc("status")?;
        status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
            .ok_or_else(|| format!("the system does not tell {name}"))
    }

    fn proc(&self, file: &str) -> Result<String> {
        let id = self.child.id().ok_or("the server has ended")?;
        let path = format!("/proc/{id}/{file}");
        std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))
    }
}

/// The command line of a server with this database, without limits that a load would meet.
pub fn serve(binary: &Path, database: &Path) -> Command {
    let mut command = Command::new(binary);
    command
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--json",
            "--messages-per-minute",
            "1000000000",
        ])
        .arg("--database")
        .arg(database);
    command
}

impl Site {
    /// A new visitor with a conversation.
    pub async fn visitor(&self) -> Result<Visitor> {
        let mut http = Http::connect(&self.authority).await?;
        let contacts = format!("/public/api/v1/inboxes/{}/contacts", self.inbox);
        let contact = http
            .call("POST", &contacts, None, r#"{"name":"Kim"}"#)
            .await?
            .json()?;
        let text = |name: &str| {
            contact
                .get(name)
                .and_then(Value::as_str)
                .ok_or_else(|| format!("a contact without {name}"))
        };
        let conversations = format!("{contacts}/{}/conversations", text("source_id")?);
        let conversation = http.call("POST", &conversations, None, "{}").await?.json()?;
        let number = conversation.get("id").ok_or("a conversation without id")?;
        Ok(Visitor {
            path: format!("{conversations}/{number}"),
            token: text("pubsub_token")?.to_owned(),
        })
    }
}

impl Visitor {
    /// Sends a message; an error tells what came instead of a success.
    pub async fn send(&self, http: &mut Http, text: &str) -> Result<()> {
        let body = json!({"content": text}).to_string();
        let answer = http
            .call("POST", &format!("{}/messages", self.path), None, &body)
            .await?;
        answer.json().map(drop)
    }
}

/// A folder for databases, on the disk that the program lies on; gone when dropped.
#[derive(Debug)]
pub struct Folder(pub PathBuf);

impl Folder {
    /// Makes it beside the server's program.
    pub fn new(binary: &Path, name: &str) -> Result<Self> {
        let beside = binary.parent().ok_or("the server's program lies nowhere")?;
        let folder = beside.join(format!("bench-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be taken away is in the build's own folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// KiB as MiB.
pub fn mib(kib: f64) -> f64 {
    kib / KIB
}
