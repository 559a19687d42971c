//! What is on the disk when something goes wrong.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use confab_server::Options;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{PATIENCE, Site};
use crate::{Folder, PNG, fetch, file, form, sent, started, storage, stored, upload};

const KILLS: u64 = 3;
const WRITERS: u64 = 4;

/// Waits until the folder holds what is wanted.
async fn until(folder: &Path, wanted: impl Fn(&[String]) -> bool) {
    let waiting = async {
        while !wanted(&stored(folder)) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .unwrap_or_else(|_| panic!("{:?}", stored(folder)));
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let folder = Folder::new("broken");
    let (server, site, visitor) = started(folder.options()).await;
    let files = folder.0.join("chat.sqlite3-files");
    let body = form(&[file("a.bin", "image/png", &vec![7; 300_000])]);
    let mut stream = TcpStream::connect(&site.authority).await.unwrap();
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=mark\r\ncontent-length: {}\r\n\r\n",
        visitor.messages(),
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body[..body.len() - 20]).await.unwrap();
    until(&files, |names| names.len() == 1).await;
    drop(stream);
    until(&files, <[String]>::is_empty).await;
    // A form that ends before its last boundary is no form.
    let mut cut = TcpStream::connect(&site.authority).await.unwrap();
    let whole = head.replace(&body.len().to_string(), &(body.len() - 20).to_string());
    cut.write_all(whole.replace("host", "connection: close\r\nhost").as_bytes())
        .await
        .unwrap();
    cut.write_all(&body[..body.len() - 20]).await.unwrap();
    let mut answer = String::new();
    cut.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(stored(&files), Vec::<String>::new());
    assert_eq!(site.get(&visitor.messages()).await.json(), json!([]));
    server.stop().await;
}

#[tokio::test]
async fn files_survive_a_restart_and_go_with_their_conversation() {
    let folder = Folder::new("restart");
    let (server, site, visitor) = started(folder.options()).await;
    let attachment = sent(&site, &visitor, file("a.png", "image/png", PNG)).await;
    storage(&site, &attachment["thumb_url"]).await;
    server.stop().await;
    let files = folder.0.join("chat.sqlite3-files");
    let left = "0123456789abcdefghijklmnopqr";
    std::fs::write(files.join(left), "left by a crash").unwrap();
    std::fs::write(files.join("mine.txt"), "a person's own").unwrap();
    let server = confab_server::start(folder.options()).await.unwrap();
    let site = Site::new(&server.addresses().json());
    let names = stored(&files);
    assert!(
        !names.contains(&left.to_owned()) && names.contains(&"mine.txt".to_owned()),
        "{names:?}"
    );
    let list = site.get(&visitor.messages()).await.json();
    let address = &list[0]["attachments"][0]["data_url"];
    let place = storage(&site, address).await;
    assert_eq!(fetch(&site, "GET", &place, &[]).await.body, PNG);
    let path = format!("/conversations/{}", visitor.conversation);
    assert_eq!(
        site.agent("DELETE", &path, &site.admin_token, &Value::Null)
            .await
            .status,
        200
    );
    assert_eq!(
        fetch(&site, "GET", address.as_str().unwrap(), &[]).await.status,
        404
    );
    assert_eq!(fetch(&site, "GET", &place, &[]).await.status, 404);
    assert_eq!(stored(&files), ["mine.txt"]);
    server.stop().await;
}

#[tokio::test]
async fn a_file_that_cannot_be_written_makes_no_message() {
    let folder = Folder::new("full");
    let options = Options {
        files: Some(folder.0.join("elsewhere")),
        ..folder.options()
    };
    let (server, site, visitor) = started(options).await;
    std::fs::remove_dir_all(folder.0.join("elsewhere")).unwrap();
    let parts = [file("a.png", "image/png", PNG)];
    let answer = upload(&site, &visitor.messages(), None, &parts).await.unwrap();
    assert_eq!(
        (answer.status, answer.header("x-confab-cause")),
        (500, Some("the file cannot be written"))
    );
    assert_eq!(
        answer.json(),
        json!({"status": 500, "error": "Internal Server Error"})
    );
    assert_eq!(site.get(&visitor.messages()).await.json(), json!([]));
    server.stop().await;
}

#[tokio::test]
async fn a_folder_of_another_database_keeps_the_server_from_starting() {
    let folder = Folder::new("foreign");
    let (server, _, _) = started(folder.options()).await;
    server.stop().await;
    let other = Options {
        database: ":memory:".to_owned(),
        files: Some(folder.0.join("chat.sqlite3-files")),
        ..Options::default()
    };
    let error = confab_server::start(other).await.unwrap_err().to_string();
    assert!(
        error.contains("another database") && error.contains("--files"),
        "{error}"
    );
}

/// The program, killed when dropped.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn run(database: &str) -> (Program, Site) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_confab-server"))
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--json",
            "--database",
            database,
        ])
        .args(["--messages-per-minute", "1000000"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let site = Site::new(&serde_json::from_str(&line).unwrap());
    (Program(child), site)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_whole_after_a_kill_and_nothing_else_is_left() {
    let folder = Folder::new("kill");
    let acknowledged = Arc::new(Mutex::new(BTreeMap::<i64, Vec<u8>>::new()));
    let mut visitor = None;
    for round in 0..KILLS {
        let (program, site) = run(&folder.database());
        let visitor = match &visitor {
            Some(known) => known,
            None => visitor.insert(site.visitor().await),
        };
        let mut writers = Vec::new();
        for writer in 0..WRITERS {
            let (site, visitor, done) = (site.clone(), visitor.clone(), Arc::clone(&acknowledged));
            writers.push(tokio::spawn(async move {
                for n in 0_u64.. {
                    let bytes = format!("{round} {writer} {n} ").repeat(3000).into_bytes();
                    let parts = [file("a.txt", "text/plain", &bytes)];
                    let Some(answer) = upload(&site, &visitor.messages(), None, &parts).await else {
                        return;
                    };
                    let id = answer.json()["id"].as_i64().unwrap();
                    done.lock().unwrap().insert(id, bytes);
                }
            }));
        }
        let wanted = usize::try_from(12 * (round + 1)).unwrap();
        while acknowledged.lock().unwrap().len() < wanted {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        drop(program);
        for writer in writers {
            writer.await.unwrap();
        }
    }
    let (_program, site) = run(&folder.database());
    let visitor = visitor.unwrap();
    let path = format!(
        "/conversations/{}/messages?after=0&before=1000000",
        visitor.conversation
    );
    let list = site
        .agent("GET", &path, &site.agent_token, &Value::Null)
        .await
        .json();
    let mut found = BTreeMap::new();
    for message in list["payload"].as_array().unwrap() {
        let place = storage(&site, &message["attachments"][0]["data_url"]).await;
        let answer = fetch(&site, "GET", &place, &[]).await;
        found.insert(message["id"].as_i64().unwrap(), answer.body);
    }
    for (id, bytes) in acknowledged.lock().unwrap().iter() {
        assert!(found.get(id) == Some(bytes), "the file of message {id}");
    }
    assert_eq!(stored(&folder.0.join("chat.sqlite3-files")).len(), found.len());
}
