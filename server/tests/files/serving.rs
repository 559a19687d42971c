//! How files come back: addresses, types, ranges, small pictures.

use confab_server::Options;
use serde_json::{Value, json};

use crate::{Folder, PNG, fetch, file, sent, started, storage};

const SVG: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>";

#[tokio::test]
async fn only_what_is_safe_is_shown_in_the_page() {
    let (server, site, visitor) = started(Options::default()).await;
    for (name, kind, bytes, served, inline) in [
        ("a.png", "image/png", PNG, "image/png", true),
        ("a.pdf", "application/pdf", b"%PDF-1.4\n", "application/pdf", true),
        ("a.svg", "image/svg+xml", SVG, "application/octet-stream", false),
        ("a.png", "image/png", SVG, "application/octet-stream", false),
        ("a.html", "text/html", b"<p>", "application/octet-stream", false),
        (
            "a.png",
            "image/png",
            b"<!DOCTYPE html><script>1</script>",
            "application/octet-stream",
            false,
        ),
        (
            "a.xhtml",
            "application/xhtml+xml",
            b"x",
            "application/octet-stream",
            false,
        ),
        (
            "a.xml",
            "text/xml",
            b"<?xml version='1.0'?><a/>",
            "application/octet-stream",
            false,
        ),
        ("a.js", "text/javascript", b"1", "text/javascript", false),
        ("a.txt", "text/plain", b"x", "text/plain", false),
        ("a.mp4", "video/mp4", b"x", "video/mp4", false),
        ("a", "x y/z", b"x", "application/octet-stream", false),
    ] as [(&str, &str, &[u8], &str, bool); 12]
    {
        let attachment = sent(&site, &visitor, file(name, kind, bytes)).await;
        // Asking for it does not make it so.
        let address = format!("{}?disposition=inline", attachment["data_url"].as_str().unwrap());
        let place = storage(&site, &json!(address)).await;
        let answer = fetch(&site, "GET", &place, &[]).await;
        assert_eq!(answer.header("content-type"), Some(served), "{name} {kind}");
        let disposition = answer.header("content-disposition").unwrap();
        assert_eq!(disposition.starts_with("inline;"), inline, "{disposition}");
        assert_eq!(disposition.starts_with("attachment;"), !inline, "{disposition}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("access-control-allow-origin"), None);
        assert_eq!(answer.body, bytes);
    }
    server.stop().await;
}

#[tokio::test]
async fn what_would_be_shown_can_be_asked_for_as_a_download() {
    let (server, site, visitor) = started(Options::default()).await;
    let attachment = sent(&site, &visitor, file("a.png", "image/png", PNG)).await;
    let address = format!(
        "{}?disposition=attachment",
        attachment["data_url"].as_str().unwrap()
    );
    let place = storage(&site, &json!(address)).await;
    let answer = fetch(&site, "GET", &place, &[]).await;
    assert!(
        answer
            .header("content-disposition")
            .unwrap()
            .starts_with("attachment;")
    );
    server.stop().await;
}

#[tokio::test]
async fn ranges_and_heads() {
    let (server, site, visitor) = started(Options::default()).await;
    let bytes: Vec<u8> = (0..200_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let attachment = sent(&site, &visitor, file("a.mp3", "audio/mpeg", &bytes)).await;
    let place = storage(&site, &attachment["data_url"]).await;
    for (range, status, content_range, from, to) in [
        ("bytes=0-3", 206, Some("bytes 0-3/200000"), 0, 4),
        (
            "bytes=199990-",
            206,
            Some("bytes 199990-199999/200000"),
            199_990,
            200_000,
        ),
        (
            "bytes=-5",
            206,
            Some("bytes 199995-199999/200000"),
            199_995,
            200_000,
        ),
        (
            "bytes=100-150000",
            206,
            Some("bytes 100-150000/200000"),
            100,
            150_001,
        ),
        ("bytes=0-1,5-6", 200, None, 0, 200_000),
        ("bytes=x", 200, None, 0, 200_000),
    ] {
        let answer = fetch(&site, "GET", &place, &[("range", range)]).await;
        assert_eq!(
            (answer.status, answer.header("content-range")),
            (status, content_range),
            "{range}"
        );
        assert!(answer.body == bytes[from..to], "{range}");
    }
    let outside = fetch(&site, "GET", &place, &[("range", "bytes=200000-")]).await;
    assert_eq!(
        (outside.status, outside.header("content-range")),
        (416, Some("bytes */200000"))
    );
    let head = fetch(&site, "HEAD", &place, &[]).await;
    assert_eq!(
        (head.status, head.header("content-length"), head.body.len()),
        (200, Some("200000"), 0)
    );
    let modified = head.header("last-modified").unwrap();
    let again = fetch(&site, "GET", &place, &[("if-modified-since", modified)]).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let redirect = fetch(&site, "HEAD", attachment["data_url"].as_str().unwrap(), &[]).await;
    assert_eq!(redirect.status, 302);
    server.stop().await;
}

#[tokio::test]
async fn addresses_cannot_be_made_up_and_do_not_outlive_their_time() {
    let folder = Folder::new("expiry");
    let at = |now| Options {
        now: Some(now),
        ..folder.options()
    };
    let (server, site, visitor) = started(at(1_800_000_000)).await;
    let attachment = sent(&site, &visitor, file("a.png", "image/png", PNG)).await;
    let address = attachment["data_url"].as_str().unwrap().to_owned();
    let place = storage(&site, &attachment["data_url"]).await;
    let path = place
        .strip_prefix(&format!("http://{}", site.authority))
        .unwrap()
        .to_owned();
    let signed = address.rsplit('/').nth(1).unwrap();
    for forged in [
        "/rails/active_storage/blobs/redirect/forged/a.png".to_owned(),
        format!("/rails/active_storage/disk/{signed}/a.png"),
        format!("/rails/active_storage/representations/redirect/{signed}/{signed}/a.png"),
        path.replacen("disk/W", "disk/X", 1),
        "/rails/active_storage/disk/../../../etc/passwd".to_owned(),
    ] {
        let answer = site.get(&forged).await;
        assert_eq!((answer.status, answer.body.len()), (404, 0), "{forged}");
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
    }
    let posted = site
        .post("/rails/active_storage/blobs/redirect/forged/a.png", &json!({}))
        .await;
    assert_eq!(posted.status, 404);
    server.stop().await;
    for (later, status) in [(290, 200), (301, 404)] {
        let server = confab_server::start(at(1_800_000_000 + later)).await.unwrap();
        let site = crate::support::Site::new(&server.addresses().json());
        assert_eq!(site.get(&path).await.status, status, "after {later} s");
        let permanent = address
            .split_once("/rails")
            .map(|(_, rest)| format!("/rails{rest}"))
            .unwrap();
        assert_eq!(site.get(&permanent).await.status, 302);
        server.stop().await;
    }
}

#[tokio::test]
async fn thumbnails_are_small_pictures_and_broken_images_have_none() {
    let (server, site, visitor) = started(Options::default()).await;
    let attachment = sent(&site, &visitor, file("a.png", "image/png", PNG)).await;
    for _ in 0..2 {
        let place = storage(&site, &attachment["thumb_url"]).await;
        let answer = fetch(&site, "GET", &place, &[]).await;
        assert_eq!(answer.header("content-type"), Some("image/png"));
        assert!(
            answer
                .header("content-disposition")
                .unwrap()
                .starts_with("inline;")
        );
        // Width and height of a PNG are in its first chunk.
        assert_eq!(answer.body[16..24], [0, 0, 0, 250, 0, 0, 0, 250]);
    }
    // A bitmap of 58 bytes that would be 10 GB.
    let mut bomb = vec![0; 58];
    bomb[..2].copy_from_slice(b"BM");
    for (at, value) in [
        (2, 58),
        (10, 54),
        (14, 40),
        (18, 60_000),
        (22, 60_000),
        (26, 0x0018_0001_u32),
    ] {
        bomb[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
    for (name, kind, bytes) in [
        ("a.png", "image/png", b"no image".as_slice()),
        ("a.bmp", "image/bmp", &bomb),
    ] {
        let attachment = sent(&site, &visitor, file(name, kind, bytes)).await;
        let address = attachment["thumb_url"].as_str().unwrap();
        assert_eq!(fetch(&site, "GET", address, &[]).await.status, 500, "{name}");
    }
    let list = site.get(&visitor.messages()).await.json();
    assert_eq!(list[1]["attachments"][0]["width"], Value::Null);
    server.stop().await;
}

#[tokio::test]
async fn addresses_follow_the_prefix_and_redirects_the_host() {
    let options = Options {
        prefix: "/chat".to_owned(),
        ..Options::default()
    };
    let (server, site, visitor) = started(options).await;
    let attachment = sent(&site, &visitor, file("a.png", "image/png", PNG)).await;
    let address = attachment["data_url"].as_str().unwrap();
    assert!(address.starts_with(&format!("http://{}/chat/rails/active_storage/", site.authority)));
    let place = storage(&site, &attachment["data_url"]).await;
    assert_eq!(fetch(&site, "GET", &place, &[]).await.body, PNG);
    for (headers, origin) in [
        (
            vec![("host", "help.example:8080")],
            "http://help.example:8080/chat/".to_owned(),
        ),
        (
            vec![("host", "help.example"), ("x-forwarded-proto", "https")],
            "https://help.example/chat/".to_owned(),
        ),
        (
            vec![("host", "a\"b<c")],
            format!("http://{}/chat/", site.authority),
        ),
    ] {
        let answer = fetch(&site, "GET", address, &headers).await;
        if answer.status == 302 {
            assert!(
                answer.header("location").unwrap().starts_with(&origin),
                "{headers:?}"
            );
        } else {
            assert_eq!(answer.status, 400, "{headers:?}");
        }
    }
    server.stop().await;
}
