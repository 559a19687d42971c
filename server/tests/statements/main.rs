//! The rules of the wire that no recorded story shows, each played over real HTTP and WebSocket and named by its number.
//! README.md beside this file says for every numbered rule which story or test covers it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod agents;
mod cable;
mod contacts;
mod desk;
mod errors;
mod messages;
mod scope;
mod surveys;
mod templates;
mod writing;

use confab_server::{Options, Server, start};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use support::{Answer, Cable, Site};

/// A server in this process and where it is.
async fn server(options: Options) -> (Server, Site) {
    let server = start(options).await.unwrap();
    let site = Site::new(&server.addresses().json());
    (server, site)
}

/// An inbox of its own.
struct Inbox {
    /// The site with this inbox as the one visitors reach.
    site: Site,
    id: i64,
    hmac_token: String,
}

impl Inbox {
    /// Made with the `channel` fields, then changed by `settings`; both agents are members.
    async fn make(site: &Site, channel: &Value, settings: &Value) -> Self {
        let mut wanted = json!({"type": "api"});
        for (key, value) in channel.as_object().unwrap() {
            wanted[key] = value.clone();
        }
        let body = json!({"name": "Shop", "channel": wanted});
        let made = admin(site, "POST", "/inboxes", &body).await.json();
        let id = made["id"].as_i64().unwrap();
        let changed = admin(site, "PATCH", &format!("/inboxes/{id}"), settings).await;
        assert_eq!(changed.status, 200, "{}", changed.text());
        let users = admin(site, "GET", "/agents", &json!({})).await.json();
        let ids: Vec<&Value> = users.as_array().unwrap().iter().map(|user| &user["id"]).collect();
        let members = json!({"inbox_id": id, "user_ids": ids});
        assert_eq!(admin(site, "POST", "/inbox_members", &members).await.status, 200);
        let identifier = made["inbox_identifier"].as_str().unwrap().to_owned();
        Self {
            site: Site {
                inbox: identifier,
                ..site.clone()
            },
            id,
            hmac_token: made["hmac_token"].as_str().unwrap().to_owned(),
        }
    }

    fn hash(&self, identifier: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.hmac_token.as_bytes()).unwrap();
        mac.update(identifier.as_bytes());
        let bytes = mac.finalize().into_bytes();
        let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits
            .filter_map(|digit| char::from_digit(u32::from(digit), 16))
            .collect()
    }
}

async fn admin(site: &Site, method: &str, path: &str, body: &Value) -> Answer {
    site.agent(method, path, &site.admin_token, body).await
}

/// The agent's call about a conversation.
async fn about(site: &Site, conversation: i64, path: &str, body: &Value) -> Answer {
    let path = format!("/conversations/{conversation}{path}");
    let answer = site.agent("POST", &path, &site.agent_token, body).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer
}

/// The agent's socket, subscribed to everything.
async fn agent_cable(site: &Site) -> Cable {
    let token = [("api_access_token", site.agent_token.as_str())];
    let profile = site
        .call("GET", "/api/v1/profile", &token, &Value::Null)
        .await
        .unwrap()
        .json();
    let mut cable = Cable::open(site).await;
    let identifier = json!({
        "channel": "RoomChannel", "pubsub_token": profile["pubsub_token"],
        "account_id": site.account, "user_id": profile["id"],
    });
    cable.subscribe(&identifier).await;
    cable
}
