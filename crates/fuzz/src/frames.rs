//! Frames of the cable, one on a line: each is read or refused, and a session that hears them shows what can be shown.

use std::collections::BTreeSet;

use confab_protocol::{ConversationId, Frame, PubsubToken, SourceId};
use confab_session::{
    Config, Event, IdentityRecord, Intent, Millis, Now, Role, Session, Snapshot, TabId, UnixMillis,
};

use crate::target::{mark, size};

/// The conversation that the listener is in.
pub const CONVERSATION: i64 = 7;
/// Rows shown at most.
const ROWS: usize = 300;

/// A session in a tab that hears what the leading one tells.
pub struct Listener {
    session: Session,
    now: u64,
}

impl Listener {
    pub fn new() -> Self {
        let mut identity = IdentityRecord::new(SourceId::new("a"), None);
        identity.pubsub_token = Some(PubsubToken::new("b"));
        identity.conversation = Some(ConversationId(CONVERSATION));
        let snapshot = Snapshot {
            identity: Some(identity),
            ..Snapshot::default()
        };
        let session = Session::new(Config::default(), Role::Follower, TabId("a".to_owned()));
        let mut listener = Self { session, now: 1_000 };
        for event in [
            Event::Restored {
                snapshot,
                durable: true,
            },
            Event::Wished(Intent::Open),
        ] {
            listener.handle(event);
        }
        listener
    }

    fn handle(&mut self, event: Event) {
        self.now = self.now.saturating_add(100);
        let wall = i64::try_from(self.now).unwrap_or_default();
        let now = Now {
            mono: Millis(self.now),
            wall: UnixMillis(1_767_225_600_000_i64.saturating_add(wall)),
        };
        // A follower asks for nothing that has to be answered.
        let _ = self.session.handle(event, now);
    }

    /// Lets it hear something.
    pub fn hears(&mut self, event: Event) -> Result<(), String> {
        self.handle(event);
        let rows = &self.session.view().rows;
        let keys: BTreeSet<_> = rows.iter().map(|row| row.key).collect();
        if keys.len() != rows.len() {
            return Err("two rows have one key".to_owned());
        }
        if rows.len() > ROWS {
            return Err(format!("{} rows are shown", rows.len()));
        }
        let told = self.session.diagnostics();
        match (told.refused_transitions, told.follower_effects) {
            (0, 0) => Ok(()),
            counters => Err(format!("counters that are always 0 are {counters:?}")),
        }
    }

    fn mark(&self) -> u64 {
        let (view, told) = (self.session.view(), self.session.diagnostics());
        mark([
            size(view.rows.len()),
            size(usize::try_from(told.unknown_frames).unwrap_or_default()),
            size(usize::try_from(told.foreign_events).unwrap_or_default()),
        ])
    }
}

pub fn play(input: &[u8]) -> Result<u64, String> {
    let text = String::from_utf8_lossy(input);
    let mut listener = Listener::new();
    let mut marks = BTreeSet::new();
    for line in text.lines() {
        match Frame::read(line) {
            Ok(frame) => {
                marks.insert(mark(name(&frame).bytes().map(u64::from)));
                listener.hears(Event::FrameOverheard(frame))?;
            }
            Err(_) => {
                marks.insert(0);
            }
        }
    }
    Ok(mark(marks.into_iter().chain([listener.mark()])))
}

/// What kind of frame it is.
fn name(frame: &Frame) -> String {
    let words = format!("{frame:?}");
    words.chars().take_while(|c| c.is_alphanumeric()).collect()
}
