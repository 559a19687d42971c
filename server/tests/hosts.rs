//! Three hosts on one port: the demo shop, the widget's files, the installation with console and demo ids.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::path::PathBuf;

use confab_server::{Options, StartError, start};
use serde_json::json;
use support::{Answer, Site, send};

/// A folder like the one `cargo xtask dist` makes, gone when dropped.
struct Dist(PathBuf);

impl Dist {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("confab-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for (file, content) in [
            ("index.html", "<!DOCTYPE html><title>chat</title>"),
            ("confab.js", "/* loader */"),
            ("confab-1a2b3c4d5e6f7a8b_bg.wasm", "\0asm plain"),
            ("confab-1a2b3c4d5e6f7a8b_bg.wasm.br", "packed"),
            ("confab.json", "{\"baseUrl\":\"https://elsewhere.example\"}"),
        ] {
            std::fs::write(folder.join(file), content).unwrap();
        }
        Self(folder)
    }
}

impl Drop for Dist {
    fn drop(&mut self) {
        // What is left in a temporary folder hurts nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn on(site: &Site, host: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let port = site.authority.rsplit(':').next().unwrap();
    let host = format!("{host}:{port}");
    let mut all = vec![("host", host.as_str())];
    all.extend_from_slice(headers);
    send(&site.authority, "GET", path, &all, b"").await.unwrap()
}

#[tokio::test]
async fn the_widgets_host_serves_its_files() {
    let dist = Dist::new("files");
    let server = start(Options {
        dist: Some(dist.0.clone()),
        ..Options::default()
    })
    .await
    .unwrap();
    let site = Site::new(&server.addresses().json());
    let page = on(&site, "chat.localhost", "/", &[]).await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    let again = on(
        &site,
        "chat.localhost",
        "/",
        &[("if-none-match", page.header("etag").unwrap())],
    )
    .await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let wasm = "/confab-1a2b3c4d5e6f7a8b_bg.wasm";
    let plain = on(&site, "chat.localhost", wasm, &[]).await;
    assert_eq!(
        (plain.header("content-type"), plain.text().as_str()),
        (Some("application/wasm"), "\0asm plain")
    );
    assert_eq!(
        plain.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
    let packed = on(&site, "chat.localhost", wasm, &[("accept-encoding", "gzip, br")]).await;
    assert_eq!(
        (packed.header("content-encoding"), packed.text().as_str()),
        (Some("br"), "packed")
    );
    assert_eq!(packed.header("content-type"), Some("application/wasm"));
    let config = on(&site, "chat.localhost", "/confab.json", &[]).await.json();
    assert_eq!(
        config,
        json!({"baseUrl": format!("http://{}", site.authority), "inboxIdentifier": site.inbox})
    );
    assert_eq!(
        on(&site, "127.0.0.1", "/widget/confab.js", &[]).await.text(),
        "/* loader */"
    );
    assert_eq!(on(&site, "chat.localhost", "/../secret", &[]).await.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn the_shop_the_console_and_the_ids() {
    let server = start(Options::default()).await.unwrap();
    let line = server.addresses().json();
    let site = Site::new(&line);
    let port = site.authority.rsplit(':').next().unwrap();
    assert_eq!(line["demo"], format!("http://shop.localhost:{port}/"));
    assert_eq!(line["agent"], format!("http://127.0.0.1:{port}/agent"));
    for (host, path) in [
        ("shop.localhost", "/"),
        ("shop.localhost", "/tour"),
        ("127.0.0.1", "/agent"),
        ("127.0.0.1", "/"),
    ] {
        let page = on(&site, host, path, &[]).await;
        assert_eq!(
            (page.status, page.header("content-type")),
            (200, Some("text/html; charset=utf-8")),
            "{host}{path}"
        );
    }
    let console = on(&site, "127.0.0.1", "/agent", &[]).await;
    let policy = console.header("content-security-policy").unwrap_or_default();
    assert!(
        policy.contains("frame-ancestors 'none'") && policy.contains("script-src 'self'"),
        "{policy}"
    );
    let tour = format!("http://shop.localhost:{port}/tour");
    for (path, to) in [("/agent/", "../agent"), ("/tour", tour.as_str())] {
        let moved = on(&site, "127.0.0.1", path, &[]).await;
        assert_eq!(
            (moved.status, moved.header("location")),
            (302, Some(to)),
            "{path}"
        );
    }
    let script = on(&site, "127.0.0.1", "/agent/main.js", &[]).await;
    assert_eq!(
        (script.status, script.header("content-type")),
        (200, Some("text/javascript; charset=utf-8"))
    );
    for host in ["shop.localhost", "127.0.0.1", "localhost"] {
        assert_eq!(on(&site, host, "/demo.json", &[]).await.json(), line, "{host}");
    }
    // Another name for this address is what a foreign page would need to read the tokens.
    assert_eq!(on(&site, "rebound.example", "/demo.json", &[]).await.status, 404);
    assert_eq!(on(&site, "chat.localhost", "/demo.json", &[]).await.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn where_others_can_listen_in_no_ids_are_given_out() {
    let server = start(Options {
        listen: "0.0.0.0:0".to_owned(),
        ..Options::default()
    })
    .await
    .unwrap();
    let site = Site::new(&server.addresses().json());
    assert_eq!(on(&site, "127.0.0.1", "/demo.json", &[]).await.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn a_start_that_fails_says_what_to_do() {
    let server = start(Options::default()).await.unwrap();
    let taken = Site::new(&server.addresses().json()).authority;
    let says = |options: Options| async move { start(options).await.map(|_| ()).unwrap_err() };
    let busy = says(Options {
        listen: taken,
        ..Options::default()
    })
    .await;
    assert!(
        matches!(busy, StartError::Listen(..)) && busy.to_string().contains("--listen"),
        "{busy}"
    );
    let nowhere = says(Options {
        database: "/nonexistent/x.sqlite3".to_owned(),
        ..Options::default()
    })
    .await;
    assert!(
        matches!(nowhere, StartError::Unusable(..)) && nowhere.to_string().contains("--database"),
        "{nowhere}"
    );
    let folder = says(Options {
        dist: Some("/nonexistent".into()),
        ..Options::default()
    })
    .await;
    assert!(folder.to_string().contains("xtask dist"), "{folder}");
    let address = says(Options {
        listen: "here".to_owned(),
        ..Options::default()
    })
    .await;
    assert!(address.to_string().contains("127.0.0.1:3000"), "{address}");
    let foreign = std::env::temp_dir().join(format!("confab-foreign-{}.txt", std::process::id()));
    std::fs::write(
        &foreign,
        "a letter, and a long one, so that it is no empty database",
    )
    .unwrap();
    let other = says(Options {
        database: foreign.display().to_string(),
        ..Options::default()
    })
    .await;
    assert_eq!(
        std::fs::read_to_string(&foreign).unwrap().len(),
        57,
        "the file is left alone"
    );
    std::fs::remove_file(&foreign).unwrap();
    assert!(matches!(other, StartError::Unusable(..)), "{other}");
    server.stop().await;
}
