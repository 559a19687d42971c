//! Callbacks over real HTTP: what the receiver in the test is told, and what becomes of messages when it fails.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on fails"
)]

mod bots;
mod encrypted;
mod events;
mod failures;
mod load;
mod receiver;
#[path = "../support/mod.rs"]
mod support;

use confab_server::{Options, Server, start};
use serde_json::{Value, json};
use support::{Cable, Site, Visitor};

/// A server in this process, and where it is.
async fn server(options: Options) -> (Server, Site) {
    let server = start(options).await.unwrap();
    let site = Site::new(&server.addresses().json());
    (server, site)
}

/// As the tests need it: the receivers are on this machine.
fn private() -> Options {
    Options {
        allow_private_callbacks: true,
        ..Options::default()
    }
}

/// An inbox of its own.
struct Inbox {
    /// The site with this inbox as the one visitors reach.
    site: Site,
    id: i64,
    secret: String,
}

impl Inbox {
    async fn make(site: &Site, webhook_url: &str) -> Self {
        let body = json!({"name": "Shop", "channel": {"type": "api", "webhook_url": webhook_url}});
        let made = site
            .agent("POST", "/inboxes", &site.admin_token, &body)
            .await
            .json();
        Self {
            site: Site {
                inbox: made["inbox_identifier"].as_str().unwrap().to_owned(),
                ..site.clone()
            },
            id: made["id"].as_i64().unwrap(),
            // Absent before 4.13.
            secret: made["secret"].as_str().unwrap_or_default().to_owned(),
        }
    }

    async fn change(&self, settings: &Value) {
        let path = format!("/inboxes/{}", self.id);
        let answer = self
            .site
            .agent("PATCH", &path, &self.site.admin_token, settings)
            .await;
        assert_eq!(answer.status, 200);
    }

    /// A visitor who listens.
    async fn visitor(&self) -> (Visitor, Cable) {
        let visitor = self.site.visitor().await;
        let cable = Cable::of_visitor(&self.site, &visitor).await;
        (visitor, cable)
    }

    /// A message of the visitor; its id.
    async fn say(&self, visitor: &Visitor, text: &str) -> i64 {
        let sent = self
            .site
            .post(&visitor.messages(), &json!({"content": text}))
            .await;
        assert_eq!(sent.status, 200);
        sent.json()["id"].as_i64().unwrap()
    }

    /// A call of an agent on the visitor's conversation.
    async fn agent(&self, visitor: &Visitor, method: &str, path: &str, body: &Value) -> Value {
        let path = format!("/conversations/{}{path}", visitor.conversation);
        let answer = self.site.agent(method, &path, &self.site.agent_token, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        if answer.body.is_empty() {
            Value::Null
        } else {
            answer.json()
        }
    }
}
