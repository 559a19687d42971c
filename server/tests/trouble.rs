//! Disks, files and ports that are not as they should be: what is said at the start, and what is kept while it lasts.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use support::Site;

const PROGRAM: &str = env!("CARGO_BIN_EXE_confab-server");
/// More than a new database needs, less than the messages of the test.
const ROOM: u64 = 1_500_000;

/// The program, killed when dropped.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn spawn(command: &mut Command) -> Program {
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    Program(command.spawn().unwrap())
}

fn serve(program: &str, database: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--json",
            "--messages-per-minute",
            "1000000",
            "--database",
        ])
        .arg(database);
    command
}

fn site(program: &mut Program) -> Site {
    let mut line = String::new();
    BufReader::new(program.0.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let line: Value = serde_json::from_str(&line).unwrap_or_else(|error| {
        let mut said = String::new();
        program
            .0
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        panic!("{error}: {said}")
    });
    Site::new(&line)
}

/// The exit code and the one line of a program that does not start.
fn failed(command: &mut Command) -> (i32, String) {
    let mut program = spawn(command);
    let status = program.0.wait().unwrap();
    let mut said = String::new();
    program
        .0
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    (status.code().unwrap(), said)
}

/// A place for a database, gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("confab-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn database(&self) -> PathBuf {
        self.0.join("chat.sqlite3")
    }

    /// A database that was in use and is closed.
    fn used(&self) -> PathBuf {
        let mut program = spawn(&mut serve(PROGRAM, &self.database()));
        site(&mut program);
        let id = program.0.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        assert!(program.0.wait().unwrap().success());
        self.database()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_busy_port_is_told_and_leaves_no_database_behind() {
    let folder = Folder::new("port");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, said) = failed(
        Command::new(PROGRAM)
            .args(["serve", "--listen", &address, "--database"])
            .arg(folder.database()),
    );
    assert!(
        code == 11 && said.contains(&address) && said.contains("--listen"),
        "{code}: {said}"
    );
    assert!(!folder.database().exists());
}

#[test]
fn a_damaged_a_foreign_and_a_missing_database_are_told_apart() {
    let folder = Folder::new("damaged");
    let database = folder.used();
    let mut bytes = std::fs::read(&database).unwrap();
    let (_, beyond) = bytes.split_at_mut(4096);
    beyond.fill(0xa5);
    std::fs::write(&database, &bytes).unwrap();
    let (code, said) = failed(&mut serve(PROGRAM, &database));
    assert!(
        code == 8 && said.contains("damaged") && said.contains("copy"),
        "{code}: {said}"
    );
    std::fs::write(&database, "this is a letter to my aunt".repeat(100)).unwrap();
    let (code, said) = failed(&mut serve(PROGRAM, &database));
    assert!(code == 8 && said.contains("another program"), "{code}: {said}");
    let (code, said) = failed(&mut serve(PROGRAM, &folder.0.join("none/chat.sqlite3")));
    assert!(code == 4 && said.contains("--database"), "{code}: {said}");
}

#[test]
fn a_database_that_cannot_be_written_is_told() {
    let folder = Folder::new("readonly");
    let database = folder.used();
    for (path, mode) in [(&database, 0o444), (&folder.0, 0o555)] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    // The superuser may write everything, so the program runs as nobody there, from where nobody may read it.
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let open = Folder::new("program");
    let program = open.0.join("confab-server");
    std::fs::copy(PROGRAM, &program).unwrap();
    let mut command = if root {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]);
        command.arg(&program);
        let serve = serve(PROGRAM, &database);
        command.args(serve.get_args());
        command
    } else {
        serve(PROGRAM, &database)
    };
    let (code, said) = failed(&mut command);
    std::fs::set_permissions(&folder.0, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert!(code == 9 && said.contains("right to write"), "{code}: {said}");
}

#[test]
fn as_many_files_as_the_system_gives_may_be_open() {
    for (limits, told) in [("--nofile=64:8192", false), ("--nofile=64:512", true)] {
        let folder = Folder::new("files");
        let server = serve(PROGRAM, &folder.database());
        let mut command = Command::new("prlimit");
        command.args([limits, PROGRAM]).args(server.get_args());
        let mut program = spawn(&mut command);
        site(&mut program);
        let status = std::fs::read_to_string(format!("/proc/{}/limits", program.0.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("Max open files"))
            .unwrap();
        let mut numbers = line.split_whitespace().filter(|word| word.parse::<u64>().is_ok());
        assert_eq!(numbers.next(), numbers.next(), "{line}");
        program.0.kill().unwrap();
        let mut said = String::new();
        program
            .0
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        assert_eq!(said.contains("open files"), told, "{said}");
    }
}

#[test]
fn no_room_at_the_start_is_told() {
    let folder = Folder::new("noroom");
    let server = serve(PROGRAM, &folder.database());
    let mut command = Command::new("prlimit");
    command
        .args(["--fsize=8192:unlimited", PROGRAM])
        .args(server.get_args());
    let (code, said) = failed(&mut command);
    assert!(code == 10 && said.contains("disk"), "{code}: {said}");
}

#[tokio::test]
async fn without_room_it_answers_500_keeps_nothing_by_halves_and_goes_on_when_there_is_room() {
    let folder = Folder::new("full");
    let server = serve(PROGRAM, &folder.database());
    let mut command = Command::new("prlimit");
    command
        .arg(format!("--fsize={ROOM}:unlimited"))
        .arg(PROGRAM)
        .args(server.get_args());
    let mut program = spawn(&mut command);
    let site = site(&mut program);
    let visitor = site.visitor().await;
    let content = |number: usize| format!("{number} {}", "x".repeat(20_000));
    let (mut kept, mut refused) = (Vec::new(), 0);
    for number in 0.. {
        assert!(number < 500, "it never runs out of room");
        let answer = site
            .post(&visitor.messages(), &json!({"content": content(number)}))
            .await;
        match answer.status {
            200 => kept.push(content(number)),
            500 => refused += 1,
            other => panic!("{other}: {}", answer.text()),
        }
        if refused == 5 {
            break;
        }
    }
    assert!(kept.len() > 5);
    assert_eq!(texts(&site, &visitor.path).await, kept, "while there is no room");
    let id = program.0.id().to_string();
    let more = Command::new("prlimit")
        .args(["--fsize=unlimited:unlimited", "--pid", &id])
        .status();
    assert!(more.unwrap().success());
    let answer = site.post(&visitor.messages(), &json!({"content": "again"})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    kept.push("again".to_owned());
    assert_eq!(
        texts(&site, &visitor.path).await,
        kept,
        "when there is room again"
    );
    program.0.kill().unwrap();
    program.0.wait().unwrap();
    let mut said = String::new();
    program
        .0
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert!(
        said.contains("the database failed") && said.contains("room"),
        "{said}"
    );
    let mut again = spawn(&mut serve(PROGRAM, &folder.database()));
    let site = self::site(&mut again);
    assert_eq!(texts(&site, &visitor.path).await, kept, "after a kill");
}

async fn texts(site: &Site, conversation: &str) -> Vec<String> {
    let conversation = site.get(conversation).await.json();
    conversation["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["content"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_database_that_breaks_while_it_is_used_fails_requests_and_not_the_server() {
    let folder = Folder::new("breaks");
    let database = folder.used();
    let mut program = spawn(&mut serve(PROGRAM, &database));
    let site = site(&mut program);
    let visitor = site.visitor().await;
    let length = std::fs::metadata(&database).unwrap().len();
    for name in ["chat.sqlite3", "chat.sqlite3-wal"] {
        let path = folder.0.join(name);
        let length = std::fs::metadata(&path).unwrap().len().max(length);
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        std::io::Write::write_all(&mut &file, &vec![0xa5; usize::try_from(length).unwrap()]).unwrap();
    }
    // What was read before may still be known; what has to be read now is not.
    let mut statuses = Vec::new();
    for path in [visitor.path.as_str(), "/public/api/v1/inboxes/none", "/agent"] {
        statuses.push(site.get(path).await.status);
    }
    for number in 0..20 {
        let answer = site
            .post(&visitor.messages(), &json!({"content": number.to_string()}))
            .await;
        statuses.push(answer.status);
    }
    assert!(
        statuses.iter().all(|status| matches!(status, 200 | 404 | 500)),
        "{statuses:?}"
    );
    assert!(program.0.try_wait().unwrap().is_none(), "the server ended");
}
