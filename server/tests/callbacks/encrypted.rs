//! A callback address with `https`: the program trusts whom the machine trusts, and nobody else.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rcgen::CertifiedKey;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;

use crate::Inbox;
use crate::support::{PATIENCE, Site};

/// The program with these certificates as the machine's, killed when dropped.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Program {
    fn trusting(certificates: &Path) -> (Self, Site) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_confab-server"))
            .args(["serve", "--listen", "127.0.0.1:0", "--database", ":memory:"])
            .args(["--json", "--allow-private-callbacks"])
            .env("SSL_CERT_FILE", certificates)
            .env_remove("SSL_CERT_DIR")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let site = Site::new(&serde_json::from_str(&line).unwrap());
        (Self(child), site)
    }
}

/// An encrypted receiver that answers 200; the port and what it is told.
async fn receiver(certified: &CertifiedKey<rcgen::KeyPair>) -> (u16, mpsc::UnboundedReceiver<Value>) {
    let key = certified.signing_key.serialize_der().try_into().unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // Who does not trust us hangs up.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut raw = Vec::new();
            let document = loop {
                assert!(stream.read_buf(&mut raw).await.unwrap() > 0);
                let body = raw
                    .windows(4)
                    .position(|window| window == b"\r\n\r\n")
                    .map(|at| at + 4);
                if let Some(document) = body.and_then(|at| serde_json::from_slice(&raw[at..]).ok()) {
                    break document;
                }
            };
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                .await
                .unwrap();
            stream.shutdown().await.unwrap();
            sender.send(document).unwrap();
        }
    });
    (port, told)
}

#[tokio::test]
async fn an_encrypted_receiver_is_told_if_the_machine_trusts_it() {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (known, foreign) = (folder.join("known.pem"), folder.join("foreign.pem"));
    fs::write(&known, certified.cert.pem()).unwrap();
    fs::write(&foreign, other.cert.pem()).unwrap();
    let (port, mut told) = receiver(&certified).await;

    let (_program, site) = Program::trusting(&known);
    let inbox = Inbox::make(&site, &format!("https://localhost:{port}/")).await;
    let (visitor, _cable) = inbox.visitor().await;
    let document = timeout(PATIENCE, told.recv()).await.expect("a callback in time");
    let document = document.unwrap();
    assert_eq!(
        (&document["event"], &document["id"]),
        (&json!("conversation_created"), &json!(visitor.conversation))
    );

    let (_program, site) = Program::trusting(&foreign);
    let inbox = Inbox::make(&site, &format!("https://localhost:{port}/")).await;
    let (visitor, mut cable) = inbox.visitor().await;
    inbox.say(&visitor, "hello").await;
    let (data, _) = cable.event("message.updated").await;
    let error = data["content_attributes"]["external_error"].as_str().unwrap();
    assert!(error.starts_with("SSL_connect"), "{error}");
    assert!(told.try_recv().is_err());
}
