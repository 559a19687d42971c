//! Export and import: the same bytes there and back, and nothing at all when a line is wrong.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::support::{Site, Visitor, send};
use super::{Folder, Said, done, run, serve};

/// A database in which something has happened.
async fn lively(folder: &Folder) -> String {
    let database = folder.path("first.sqlite3");
    let (server, site) = serve(&database).await;
    for text in ["one", "two — „drei“ \u{1f6b2}\n\tfour"] {
        let visitor = site.visitor().await;
        let said = site.post(&visitor.messages(), &json!({"content": text})).await;
        assert_eq!(said.status, 200);
        let path = format!("/conversations/{}", visitor.conversation);
        let reply = json!({"content": "**hello**", "private": text == "one"});
        site.agent("POST", &format!("{path}/messages"), &site.agent_token, &reply)
            .await;
        let resolved = json!({"status": "resolved"});
        site.agent(
            "POST",
            &format!("{path}/toggle_status"),
            &site.agent_token,
            &resolved,
        )
        .await;
    }
    // A table whose highest number is gone.
    let inbox = json!({"name": "Brief", "channel": {"type": "api"}});
    let made = site
        .agent("POST", "/inboxes", &site.admin_token, &inbox)
        .await
        .json();
    let path = format!("/inboxes/{}", made["id"]);
    site.agent("DELETE", &path, &site.admin_token, &Value::Null).await;
    server.stop().await;
    database
}

fn export(database: &str) -> Vec<u8> {
    done(&["export", "--yes", "--database", database]).out
}

fn import(export: &[u8], database: &str) -> Said {
    run(&["import", "-", "--json", "--database", database], export)
}

#[tokio::test]
async fn what_is_exported_imported_and_exported_again_is_the_same() {
    let folder = Folder::new("round");
    let first = lively(&folder).await;
    let exported = export(&first);
    let lines: Vec<Value> = exported
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    assert_eq!(lines[0]["confab_export"], 1);
    let rows = lines.len() - 2;
    assert_eq!(lines[rows + 1]["end"]["rows"], rows);

    let second = folder.path("second.sqlite3");
    let imported = import(&exported, &second);
    assert_eq!(imported.code, 0, "{}", imported.err);
    assert_eq!(
        imported.lines()[0],
        json!({"database": second, "rows": rows, "files": 0})
    );
    assert!(export(&second) == exported, "the second export differs");

    // The copy goes on where the first one was: same tokens, and no number is used twice.
    let (server, site) = serve(&second).await;
    let inbox = json!({"name": "Next", "channel": {"type": "api"}});
    let made = site
        .agent("POST", "/inboxes", &site.admin_token, &inbox)
        .await
        .json();
    assert_eq!(made["id"], 3);
    let talk = site
        .agent(
            "GET",
            "/conversations/1002/messages",
            &site.agent_token,
            &Value::Null,
        )
        .await;
    assert!(talk.text().contains("„drei“"), "{}", talk.text());
    server.stop().await;
}

/// Uploads a file as a message.
async fn upload(site: &Site, visitor: &Visitor, name: &str, content: &[u8]) -> Value {
    let head = format!(
        "--mark\r\ncontent-disposition: form-data; name=\"attachments[]\"; filename=\"{name}\"\r\n\
         content-type: application/octet-stream\r\n\r\n"
    );
    let body = [head.as_bytes(), content, b"\r\n--mark--\r\n"].concat();
    let form = [("content-type", "multipart/form-data; boundary=mark")];
    let sent = send(&site.authority, "POST", &visitor.messages(), &form, &body)
        .await
        .unwrap();
    assert_eq!(sent.status, 200, "{}", sent.text());
    sent.json()["attachments"][0].clone()
}

async fn download(site: &Site, attachment: &Value) -> Vec<u8> {
    let target = |address: &str| {
        address
            .splitn(4, '/')
            .nth(3)
            .map(|path| format!("/{path}"))
            .unwrap()
    };
    let link = attachment["data_url"].as_str().unwrap();
    let redirect = site.get(&target(link)).await;
    site.get(&target(redirect.header("location").unwrap())).await.body
}

#[tokio::test]
async fn uploaded_files_go_along_and_their_links_stay_good() {
    let folder = Folder::new("files");
    let first = folder.path("first.sqlite3");
    let (server, site) = serve(&first).await;
    let visitor = site.visitor().await;
    let large: Vec<u8> = (0..1_700_000_u32)
        .flat_map(|number| number.to_le_bytes().into_iter().take(1))
        .collect();
    upload(&site, &visitor, "large.bin", &large).await;
    upload(&site, &visitor, "empty.bin", b"").await;
    server.stop().await;

    let exported = export(&first);
    let second = folder.path("second.sqlite3");
    let imported = import(&exported, &second);
    assert_eq!(
        (imported.code, &imported.lines()[0]["files"]),
        (0, &json!(2)),
        "{}",
        imported.err
    );
    assert!(export(&second) == exported, "the second export differs");
    let (server, site) = serve(&second).await;
    let listed = site.get(&visitor.messages()).await.json();
    assert!(download(&site, &listed[0]["attachments"][0]).await == large);
    assert!(download(&site, &listed[1]["attachments"][0]).await.is_empty());
    server.stop().await;

    // Without its last piece the file is not whole, and a part in between is missed at once.
    let lines: Vec<&[u8]> = exported.split_inclusive(|byte| *byte == b'\n').collect();
    let pieces: Vec<usize> = (0..lines.len())
        .filter(|at| lines[*at].starts_with(b"{\"file\""))
        .collect();
    assert_eq!(pieces.len(), 4, "three of the large one and one of the empty one");
    let without = |at: usize| [&lines[..at], &lines[at + 1..]].concat().concat();
    let third = folder.path("third.sqlite3");
    let cut = import(&without(pieces[2]), &third);
    assert!(cut.err.contains("the end tells of"), "{}", cut.err);
    let gap = import(&without(pieces[1]), &third);
    assert!(gap.err.contains("do not follow each other"), "{}", gap.err);
    let none = import(&without(pieces[3]), &third);
    assert_eq!(none.code, 5, "{}", none.err);
    assert!(!Path::new(&third).exists() && !Path::new(&format!("{third}-files")).exists());

    // A file that is gone from the disk does not keep the rest from being saved.
    let lost = fs::read_dir(format!("{second}-files")).unwrap().flatten();
    for file in lost.filter(|file| file.metadata().unwrap().len() == 1_700_000) {
        fs::remove_file(file.path()).unwrap();
    }
    let said = done(&["export", "--yes", "--database", &second]);
    assert!(
        said.err.contains("the file is gone") && said.text().contains("\"missing\":true"),
        "{}",
        said.err
    );
    assert_eq!(import(&said.out, &third).code, 0);
    assert!(export(&third) == said.out);
}

#[test]
fn an_export_of_an_older_version_is_brought_up_to_date() {
    let folder = Folder::new("older");
    let database = folder.path("old.sqlite3");
    let old = concat!(
        "{\"confab_export\":1,\"schema\":1}\n",
        "{\"table\":\"accounts\",\"row\":{\"id\":7,\"name\":\"Old\",\"last_display_id\":1000}}\n",
        "{\"end\":{\"rows\":1,\"files\":0,\"bytes\":0}}\n",
    );
    assert_eq!(import(old.as_bytes(), &database).code, 0);
    let now = String::from_utf8(export(&database)).unwrap();
    assert!(now.contains("\"Old\"") && !now.contains("\"schema\":1}"), "{now}");
    let later = "{\"confab_export\":1,\"schema\":1}\n{\"table\":\"csat_responses\",\"row\":{}}\n";
    let refused = import(later.as_bytes(), &folder.path("other.sqlite3"));
    assert!(
        refused
            .err
            .contains("line 2: there is no table \"csat_responses\""),
        "{}",
        refused.err
    );
}

#[tokio::test]
async fn an_export_into_a_file_is_private_and_never_over_another() {
    let folder = Folder::new("output");
    let database = lively(&folder).await;
    let output = folder.path("export.jsonl");
    let warned = done(&["export", "--output", &output, "--database", &database]);
    assert!(warned.err.contains("access token") && warned.out.is_empty());
    assert_eq!(fs::read(&output).unwrap(), export(&database));
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&output).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let again = run(
        &["export", "--yes", "--output", &output, "--database", &database],
        b"",
    );
    assert!(again.code == 6 && again.err.contains("--output"), "{}", again.err);
    let onto = run(&["import", &output, "--database", &database], b"");
    assert!(
        onto.code == 6 && onto.err.contains("is there already"),
        "{}",
        onto.err
    );
    let copy = folder.path("copy.sqlite3");
    let said = done(&["import", &output, "--database", &copy]);
    assert!(said.text().contains("rows and 0 files are in"));
}

#[tokio::test]
async fn a_wrong_line_is_named_and_nothing_is_left_of_the_import() {
    let folder = Folder::new("wrong");
    let exported = String::from_utf8(export(&lively(&folder).await)).unwrap();
    let lines: Vec<&str> = exported.lines().collect();
    let last = lines.len();
    let at = |table: &str| {
        let start = format!("{{\"table\":\"{table}\"");
        lines.iter().position(|line| line.starts_with(&start)).unwrap() + 1
    };
    let changed = |line: usize, text: &str| {
        let mut all = lines.clone();
        all[line - 1] = text;
        all.join("\n") + "\n"
    };
    let replaced = |line: usize, from: &str, to: &str| {
        assert!(lines[line - 1].contains(from), "{}", lines[line - 1]);
        changed(line, &lines[line - 1].replace(from, to))
    };
    let contact = at("contacts");
    let without_account = {
        let mut all = lines.clone();
        all.remove(at("accounts") - 1);
        all.join("\n") + "\n"
    };
    let next_schema = format!("{{\"confab_export\":1,\"schema\":{}}}", 1000);
    for (input, line, hint) in [
        (String::new(), 1, "not an export"),
        ("{\"a\":1}\n".to_owned(), 1, "not an export"),
        (changed(1, &next_schema), 1, "newer version"),
        (changed(contact, "{\"table\":"), contact, "not JSON"),
        (changed(contact, "[]"), contact, "not a JSON object"),
        (changed(contact, "{\"tables\":1}"), contact, "neither a row"),
        (
            replaced(contact, "\"contacts\"", "\"people\""),
            contact,
            "there is no table \"people\"",
        ),
        (
            replaced(contact, "\"blocked\"", "\"banned\""),
            contact,
            "has no column \"banned\"",
        ),
        (
            replaced(contact, "\"email\":null,", ""),
            contact,
            "\"email\" of \"contacts\" is missing",
        ),
        (
            replaced(contact, "\"blocked\":0", "\"blocked\":\"no\""),
            contact,
            "is no INTEGER",
        ),
        (
            replaced(contact, "\"blocked\":0", "\"blocked\":null"),
            contact,
            "NOT NULL",
        ),
        (
            replaced(contact + 1, "\"id\":2", "\"id\":1"),
            contact + 1,
            "UNIQUE",
        ),
        (
            without_account,
            at("users") - 1,
            "refers to a row that is not there",
        ),
        (lines[..last - 1].join("\n") + "\n", last, "cut off"),
        (
            changed(last, "{\"end\":{\"rows\":1,\"files\":0,\"bytes\":0}}"),
            last,
            "the end tells of",
        ),
        (exported.clone() + "{}\n", last + 1, "has ended"),
        (
            changed(
                last,
                "{\"file\":\"../../etc/passwd\",\"offset\":0,\"base64\":\"\"}",
            ),
            last,
            "is no name of a file",
        ),
    ] {
        let database = folder.path("new.sqlite3");
        let said = import(input.as_bytes(), &database);
        assert_eq!(said.code, 5, "{hint}: {}", said.err);
        let place = format!("line {line}: ");
        assert!(
            said.err.contains(&place) && said.err.contains(hint),
            "{hint}: {}",
            said.err
        );
        assert!(said.err.contains("nothing was imported") && said.out.is_empty());
        for ending in ["", "-wal", "-shm", "-files"] {
            assert!(
                !Path::new(&format!("{database}{ending}")).exists(),
                "{hint}: {ending}"
            );
        }
    }
}
