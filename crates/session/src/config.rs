//! What the site owner decided, as far as the session cares.

use confab_content::link::ParsedUrl;
use confab_protocol::{ConversationId, Identity, Json, Profile};

/// The session's part of the configuration. Addresses are the driver's.
#[derive(Clone, Debug)]
pub struct Config {
    /// The site's own user, if it named one.
    pub identity: Option<Identity>,
    /// What the site knows about the visitor; sent when the contact is created and when it changed.
    pub profile: Profile,
    /// The conversation of the contact that is to be shown, where the page's address names one.
    pub conversation: Option<ConversationId>,
    /// What the team should see of a conversation; sent when one is created, for the API takes it at no other time.
    pub conversation_attributes: Vec<(String, Json)>,
    /// Milliseconds after the end of an attempt within which the server may still store it (B).
    pub server_time_bound: u64,
    /// Seed of jitter and echo ids; drawn by the driver from a good source.
    pub seed: u64,
    /// Minutes by which the visitor's clock is ahead of UTC, for the borders between days.
    pub utc_offset_minutes: i32,
    /// Takes addresses in messages apart: the browser's `URL` in the widget, the `url` crate natively. Has to answer
    /// the same for the same text. The default accepts no link.
    pub url_parser: fn(&str) -> Option<ParsedUrl>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            identity: None,
            profile: Profile::default(),
            conversation: None,
            conversation_attributes: Vec::new(),
            server_time_bound: 25_000,
            seed: 0,
            utc_offset_minutes: 0,
            url_parser: |_| None,
        }
    }
}

/// What the site owner has to mend; worded by `embed` with option, value and remedy, shown to the visitor calmly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupProblem {
    /// The server answers, but knows no inbox of this identifier.
    UnknownInbox,
    /// The contact is refused with a 500 while an identifier hash is configured, or the inbox demands one.
    IdentityRefused,
    /// What answers is not this API: HTML or text where JSON belongs.
    NotTheApi {
        /// The status it answered with.
        status: u16,
    },
    /// Nothing answers at the base URL: wrong host, no network, or no CORS.
    Unreachable,
    /// The server refuses the profile (for instance a malformed e-mail), in its own words.
    ProfileRefused {
        /// The server's text.
        text: String,
    },
}
