//! The scripted agent of `--bot`: it greets, answers and shows every kind of message, so that a lone visitor sees
//! everything.
//!
//! It is a user like any other. It hears what the cable would bring it, and acts by the requests an agent's client
//! would send, through the store's handle instead of HTTP. As soon as somebody else answers, or is assigned, it is
//! silent in that conversation.

mod desk;
mod hearing;
mod plant;
mod samples;
mod script;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval};

pub use desk::Desk;
pub use plant::plant;

use crate::cable::Hub;
use crate::store::Store;
use hearing::Heard;

/// Agents count as online for 20 s after a sign of life.
const SIGN_OF_LIFE_EVERY: Duration = Duration::from_secs(10);

/// Answers visitors until the server ends.
pub async fn run(desk: Desk, store: Store, hub: Arc<Hub>, mut ending: watch::Receiver<bool>) {
    let user = desk.user();
    let identifier = json!({
        "channel": "RoomChannel",
        "pubsub_token": user.pubsub_token,
        "account_id": user.account_id,
        "user_id": user.id,
    });
    let Some(member) = store.subscribe(identifier.to_string()).await else {
        return;
    };
    let streams = member.streams();
    let mut scenes = Scenes {
        desk: Arc::new(desk),
        tasks: JoinSet::new(),
        playing: HashMap::new(),
    };
    let mut heard = hub.overhear(&streams);
    let mut signs = interval(SIGN_OF_LIFE_EVERY);
    signs.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            Some(message) = heard.recv() => scenes.hear(&message),
            _ = signs.tick() => store.presence(member.clone()).await,
            Some(_) = scenes.tasks.join_next() => {}
            _ = ending.changed() => break,
        }
    }
}

/// What is being answered: at most one scene per conversation. Dropping them ends them.
struct Scenes {
    desk: Arc<Desk>,
    tasks: JoinSet<()>,
    playing: HashMap<i64, AbortHandle>,
}

impl Scenes {
    fn hear(&mut self, frame: &str) {
        let Some(heard) = Heard::read(frame, self.desk.user()) else {
            return;
        };
        // The last word of a visitor counts, and the bot does not interrupt a person.
        if let Some(scene) = self.playing.remove(&heard.conversation) {
            scene.abort();
        }
        self.playing.retain(|_, scene| !scene.is_finished());
        if let Some(cue) = heard.cue {
            let desk = Arc::clone(&self.desk);
            let scene = self
                .tasks
                .spawn(async move { desk.answer(heard.conversation, &cue).await });
            self.playing.insert(heard.conversation, scene);
        }
    }
}
