//! What the bot does, each thing as the request of an agent's client.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::hearing::{Cue, by_another};
use super::samples::Sample;
use super::script::{self, Scene, Step};
use crate::params::{Param, Params, Upload};
use crate::rules::{Reply, Request};
use crate::store::{Files, Message, Store, User};

/// How long the bot seems to type before each message.
const TYPES: Duration = Duration::from_millis(700);

/// The bot at its work.
#[derive(Debug)]
pub struct Desk {
    store: Store,
    files: Files,
    user: User,
    base: String,
}

impl Desk {
    /// `base` is the installation's address.
    pub fn new(store: Store, files: Files, user: User, base: String) -> Self {
        Self {
            store,
            files,
            user,
            base,
        }
    }

    /// Who the bot is.
    pub fn user(&self) -> &User {
        &self.user
    }

    /// Reads, types and says what the script wants, unless the conversation is another's.
    pub async fn answer(&self, conversation: i64, cue: &Cue) {
        let Some(scene) = self.look(conversation).await else {
            return;
        };
        let steps = script::steps(cue, &scene);
        if steps.is_empty() {
            return;
        }
        self.act(conversation, "update_last_seen", json!({})).await;
        for step in steps {
            self.typing(conversation, "on").await;
            tokio::time::sleep(TYPES).await;
            match step {
                Step::Say(message) => self.say(conversation, message).await,
                Step::Attach(sample) => {
                    // A disk that takes no file keeps the bot from showing one, no more.
                    let _ = self.attach(conversation, sample).await;
                }
                Step::Resolve => {
                    self.act(conversation, "toggle_status", json!({"status": "resolved"}))
                        .await;
                }
            }
            self.typing(conversation, "off").await;
        }
    }

    /// Where the conversation stands. None: it is somebody else's, or gone.
    async fn look(&self, conversation: i64) -> Option<Scene> {
        let path = format!("conversations/{conversation}");
        let thread = self.call("GET", &path, json!({})).await?;
        let assignee = thread.pointer("/meta/assignee/id").and_then(Value::as_i64);
        if assignee.is_some_and(|id| id != self.user.id) {
            return None;
        }
        let inbox = thread.get("inbox_id").and_then(Value::as_i64)?;
        let inbox = self.call("GET", &format!("inboxes/{inbox}"), json!({})).await?;
        // Both ends given: up to a thousand instead of twenty.
        let all = json!({"after": 0, "before": i64::MAX});
        let page = self.call("GET", &format!("{path}/messages"), all).await?;
        let messages = page.get("payload")?.as_array()?;
        let said = |message: &&Value| message.get("message_type") == Some(&json!(Message::OUTGOING));
        if messages
            .iter()
            .filter(said)
            .any(|message| by_another(message, &self.user))
        {
            return None;
        }
        let survey = json!("input_csat");
        Some(Scene {
            base: self.base.clone(),
            greeted: messages.iter().any(|message| said(&message)),
            surveyed: messages
                .iter()
                .any(|message| message.get("content_type") == Some(&survey)),
            surveys: inbox.get("csat_survey_enabled") == Some(&Value::Bool(true)),
        })
    }

    async fn say(&self, conversation: i64, message: Value) {
        self.act(conversation, "messages", message).await;
    }

    async fn attach(&self, conversation: i64, sample: Sample) -> io::Result<()> {
        let mut writing = self.files.begin().await?;
        writing.write(sample.bytes).await?;
        let stored = writing
            .finish(sample.name.to_owned(), Some(sample.content_type))
            .await?;
        self.files.sync().await?;
        let upload = Upload {
            content_type: Some(sample.content_type.to_owned()),
            file: Some(Arc::new(stored)),
        };
        let mut params = Params::default();
        params.set("content", Param::Text(sample.content.to_owned()));
        params.set("attachments", Param::List(vec![Param::File(upload)]));
        self.request("POST", &format!("conversations/{conversation}/messages"), params)
            .await;
        Ok(())
    }

    async fn typing(&self, conversation: i64, status: &str) {
        self.act(
            conversation,
            "toggle_typing_status",
            json!({"typing_status": status, "is_private": false}),
        )
        .await;
    }

    /// A request that changes something. One that is refused has nobody to be told: the conversation may be gone.
    async fn act(&self, conversation: i64, action: &str, params: Value) {
        let path = format!("conversations/{conversation}/{action}");
        let _ = self.call("POST", &path, params).await;
    }

    async fn call(&self, method: &str, path: &str, params: Value) -> Option<Value> {
        match Param::from(params) {
            Param::Tree(params) => self.request(method, path, params).await,
            _ => None,
        }
    }

    async fn request(&self, method: &str, path: &str, params: Params) -> Option<Value> {
        let request = Request {
            method: method.to_owned(),
            path: format!("/api/v1/accounts/{}/{path}", self.user.account_id),
            params: Some(params),
            token: Some(self.user.access_token.clone()),
        };
        match self.store.request(request).await.ok()? {
            Reply::Json(document) => Some(document),
            Reply::Empty => Some(Value::Null),
            Reply::Stumbled(_) => None,
        }
    }
}
