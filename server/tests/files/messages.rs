//! Which forms become messages with files, and what these look like.

use confab_server::Options;
use serde_json::{Value, json};

use crate::support::Cable;
use crate::{Folder, PNG, Part, file, sent, started, stored, text, upload};

#[tokio::test]
async fn s068_an_image_is_in_the_answer_the_event_and_the_list() {
    let (server, site, visitor) = started(Options::default()).await;
    let mut cable = Cable::of_visitor(&site, &visitor).await;
    let parts = [
        text("content", "look"),
        text("echo_id", "e1"),
        file("a b.PNG", "image/png", PNG),
    ];
    let answer = upload(&site, &visitor.messages(), None, &parts)
        .await
        .unwrap()
        .json();
    assert_eq!(answer["content"], "look");
    let attachment = answer["attachments"][0].as_object().unwrap();
    let keys: Vec<&String> = attachment.keys().collect();
    assert_eq!(
        keys,
        [
            "id",
            "message_id",
            "file_type",
            "account_id",
            "extension",
            "content_type",
            "data_url",
            "thumb_url",
            "file_size",
            "width",
            "height"
        ]
    );
    assert_eq!(
        (
            &attachment["extension"],
            &attachment["content_type"],
            &attachment["file_size"]
        ),
        (&json!("PNG"), &json!("image/png"), &json!(79))
    );
    assert!(attachment["data_url"].as_str().unwrap().ends_with("/a%20b.PNG"));
    assert_eq!(
        (&attachment["width"], &attachment["height"]),
        (&Value::Null, &Value::Null)
    );
    let (event, _) = cable.event("message.created").await;
    assert_eq!(event["attachments"], answer["attachments"]);
    assert_eq!(event["echo_id"], "e1");
    let list = site.get(&visitor.messages()).await.json();
    let measured = &list[0]["attachments"][0];
    assert_eq!((&measured["width"], &measured["height"]), (&json!(2), &json!(2)));
    server.stop().await;
}

#[tokio::test]
async fn s069_the_kind_is_what_the_part_is_called() {
    let (server, site, visitor) = started(Options::default()).await;
    for (kind, wanted, audio) in [
        ("image/svg+xml", "file", false),
        ("image/heic", "file", false),
        ("video/quicktime", "video", false),
        ("audio/x-anything", "audio", true),
    ] {
        let attachment = sent(&site, &visitor, file("a", kind, b"x")).await;
        assert_eq!(attachment["file_type"], wanted);
        assert_eq!(attachment["extension"], Value::Null);
        let words = attachment.get("transcribed_text").cloned();
        assert_eq!(words, audio.then(|| json!("")));
        let inline = attachment["data_url"]
            .as_str()
            .unwrap()
            .ends_with("?disposition=inline");
        assert_eq!(inline, audio);
        assert_eq!(attachment["thumb_url"], "");
    }
    let nameless = Part {
        kind: None,
        ..file("a.png", "", PNG)
    };
    let attachment = sent(&site, &visitor, nameless).await;
    assert_eq!(
        (
            &attachment["file_type"],
            &attachment["content_type"],
            &attachment["thumb_url"]
        ),
        (&json!("file"), &json!("image/png"), &json!(""))
    );
    server.stop().await;
}

#[tokio::test]
async fn s070_other_shapes_are_errors_and_leave_nothing() {
    let folder = Folder::new("shapes");
    let (server, site, visitor) = started(folder.options()).await;
    let plain = |name| Part {
        name,
        ..file("a.png", "image/png", PNG)
    };
    for parts in [
        vec![plain("attachments")],
        vec![plain("attachments[a]")],
        vec![plain("attachments[][a]")],
        vec![text("attachments[]", "not a file")],
        vec![text("attachments[]", "")],
        vec![text("attachments", "x")],
        vec![plain("attachments[]"), text("attachments[]", "x")],
    ] {
        let names: Vec<_> = parts.iter().map(|part| part.name).collect();
        let answer = upload(&site, &visitor.messages(), None, &parts).await.unwrap();
        assert_eq!(answer.status, 500, "{names:?}");
        assert_eq!(
            answer.json(),
            json!({"status": 500, "error": "Internal Server Error"})
        );
    }
    for value in [
        json!(["abc"]),
        json!([1]),
        json!([[]]),
        json!({"a": 1}),
        json!("x"),
        json!(1),
        json!(true),
    ] {
        let body = json!({"content": "x", "attachments": value});
        assert_eq!(site.post(&visitor.messages(), &body).await.status, 500, "{value}");
    }
    let none = site.get(&visitor.messages()).await.json();
    assert_eq!(none, json!([]), "a refused message is not stored");
    for value in [
        json!([]),
        json!(null),
        json!([null]),
        json!({}),
        json!(""),
        json!(false),
    ] {
        let body = json!({"content": "x", "attachments": value});
        let answer = site.post(&visitor.messages(), &body).await;
        assert_eq!(answer.status, 200, "{value}");
        assert!(answer.json().get("attachments").is_none());
    }
    let unnamed = upload(&site, &visitor.messages(), None, &[file("", "image/png", PNG)]).await;
    assert!(unnamed.unwrap().json().get("attachments").is_none());
    server.stop().await;
    let left = stored(&folder.0.join("chat.sqlite3-files"));
    assert_eq!(left, Vec::<String>::new());
}

#[tokio::test]
async fn more_than_fifteen_files_are_stored_in_their_order() {
    let (server, site, visitor) = started(Options::default()).await;
    let names: Vec<String> = (0..20).map(|n| format!("{n}.txt")).collect();
    let parts: Vec<_> = names.iter().map(|name| file(name, "text/plain", b"x")).collect();
    let answer = upload(&site, &visitor.messages(), None, &parts)
        .await
        .unwrap()
        .json();
    let found: Vec<&str> = answer["attachments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["data_url"].as_str().unwrap().rsplit('/').next().unwrap())
        .collect();
    assert_eq!(found, names);
    server.stop().await;
}

#[tokio::test]
async fn hostile_names_are_tamed() {
    let (server, site, visitor) = started(Options::default()).await;
    let long = format!("{}.png", "é".repeat(300));
    for (name, wanted, extension) in [
        ("../../etc/passwd.png", "passwd.png", json!("png")),
        ("..\\\\..\\\\boot.ini", "boot.ini", json!("ini")),
        ("a%2F..%2Fb.png", "b.png", json!("png")),
        ("photo\u{202e}gpj.exe", "photo-gpj.exe", json!("exe")),
        ("a;b|c:d.png", "a-b-c-d.png", json!("png")),
        (".hidden", ".hidden", json!(null)),
        ("x.tar.gz", "x.tar.gz", json!("gz")),
        ("<img src=x>.png", "%3Cimg%20src=x%3E.png", json!("png")),
        (&long, &format!("{}.png", "%C3%A9".repeat(300)), json!("png")),
    ] {
        let attachment = sent(&site, &visitor, file(name, "image/png", PNG)).await;
        let address = attachment["data_url"].as_str().unwrap();
        assert_eq!(address.rsplit('/').next().unwrap(), wanted);
        assert_eq!(attachment["extension"], extension);
        let place = crate::storage(&site, &attachment["data_url"]).await;
        let answer = crate::fetch(&site, "GET", &place, &[]).await;
        let disposition = answer.header("content-disposition").unwrap();
        assert_eq!((answer.status, disposition.is_ascii()), (200, true), "{name}");
        assert_eq!(answer.body, PNG);
    }
    server.stop().await;
}

#[tokio::test]
async fn an_agent_sends_files_and_names_known_ones() {
    let folder = Folder::new("agent");
    let (server, site, visitor) = started(folder.options()).await;
    let path = format!("/conversations/{}/messages", visitor.conversation);
    let whole = format!("/api/v1/accounts/{}{path}", site.account);
    let parts = [text("content", "yours"), file("reply.png", "image/png", PNG)];
    let answer = upload(&site, &whole, Some(&site.agent_token), &parts)
        .await
        .unwrap();
    assert_eq!(answer.status, 200);
    let first = answer.json()["attachments"][0].clone();
    let signed = first["data_url"]
        .as_str()
        .unwrap()
        .rsplit('/')
        .nth(1)
        .unwrap()
        .to_owned();
    let again = json!({"attachments": [signed]});
    let again = site.agent("POST", &path, &site.agent_token, &again).await.json();
    let second = &again["attachments"][0];
    assert_eq!(second["data_url"], first["data_url"], "the same file");
    assert_eq!(
        (&second["file_type"], &second["width"]),
        (&json!("image"), &json!(2))
    );
    let forged = json!({"attachments": ["forged"]});
    assert_eq!(
        site.agent("POST", &path, &site.agent_token, &forged).await.status,
        422
    );
    let folder = folder.0.join("chat.sqlite3-files");
    // The file goes with the last message that shows it.
    for (message, left) in [(&again["id"], 1), (&first["message_id"], 0)] {
        let one = format!("{path}/{message}");
        let deleted = site
            .agent("DELETE", &one, &site.agent_token, &json!({}))
            .await
            .json();
        assert!(deleted.get("attachments").is_none(), "{deleted}");
        let list = site.get(&visitor.messages()).await.json();
        let showing = list
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one.get("attachments").is_some());
        assert_eq!((showing.count(), stored(&folder).len()), (left, left));
    }
    assert_eq!(
        crate::fetch(&site, "GET", first["data_url"].as_str().unwrap(), &[])
            .await
            .status,
        404
    );
    server.stop().await;
}

#[tokio::test]
async fn a_conversation_that_an_agent_begins_may_begin_with_a_file() {
    let (server, site, visitor) = started(Options::default()).await;
    let parts = [
        text("source_id", &visitor.source),
        text("message[content]", "hello"),
        Part {
            name: "message[attachments][]",
            ..file("a.png", "image/png", PNG)
        },
    ];
    let path = format!("/api/v1/accounts/{}/conversations", site.account);
    let begun = upload(&site, &path, Some(&site.agent_token), &parts)
        .await
        .unwrap();
    let number = begun.json()["id"].as_i64().unwrap();
    let path = format!(
        "{}/contacts/{}/conversations/{number}/messages",
        site.client(),
        visitor.source
    );
    let list = site.get(&path).await.json();
    assert_eq!(
        (&list[0]["content"], &list[0]["attachments"][0]["file_type"]),
        (&json!("hello"), &json!("image"))
    );
    server.stop().await;
}
