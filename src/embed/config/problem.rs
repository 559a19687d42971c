//! What a site owner hears when something of the set-up is wrong: which option, which value, and which of the faults that
//! `confab-help.js` has words and remedies for.

use confab_protocol::digits;
use confab_session::SetupProblem;

use super::Options;
use super::table::Opt;
use crate::driver::address::AddressFault;

/// A wrong option, or one that the server's answers prove wrong. The only error that a site owner reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// For programs: `config` for what can be judged here, else what the server's answers say.
    pub code: &'static str,
    /// The option in camelCase, as in `confabSettings` and `confab.json`.
    pub option: &'static str,
    /// The value as it was given; empty when nothing was, and never a secret.
    pub value: String,
    /// What is wrong with it.
    pub fault: Fault,
    /// What the server or the parser said of it.
    pub detail: String,
}

/// What is wrong with a value, where there are several ways to be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not what the option's kind wants.
    Kind,
    /// It is no text.
    NoText,
    /// It has to be given.
    Missing,
    /// It does not begin with a scheme that fits.
    Scheme,
    /// It has no host, or one that cannot be.
    Host,
    /// It carries a user name.
    Credentials,
    /// It has a `?` or a `#`.
    Query,
    /// It holds a character that no address has.
    Character,
    /// It is not encrypted, but the page is.
    Insecure,
    /// A file that is not JSON, an inbox that is not in it.
    File,
}

impl Fault {
    /// What `confab-help.js` calls them, in their order: the widget tells their numbers.
    #[cfg(not(target_arch = "wasm32"))]
    pub const NAMES: [(Self, &str); 10] = [
        (Self::Kind, "kind"),
        (Self::NoText, "text"),
        (Self::Missing, "missing"),
        (Self::Scheme, "scheme"),
        (Self::Host, "host"),
        (Self::Credentials, "credentials"),
        (Self::Query, "query"),
        (Self::Character, "character"),
        (Self::Insecure, "insecure"),
        (Self::File, "file"),
    ];
}

impl From<AddressFault> for Fault {
    fn from(fault: AddressFault) -> Self {
        match fault {
            AddressFault::Missing => Self::Missing,
            AddressFault::Scheme => Self::Scheme,
            AddressFault::Host => Self::Host,
            AddressFault::Credentials => Self::Credentials,
            AddressFault::QueryOrFragment => Self::Query,
            AddressFault::Character => Self::Character,
        }
    }
}

impl ConfigError {
    /// A value that can be judged without asking the server.
    pub fn new(option: &'static str, value: &str, fault: Fault) -> Self {
        Self {
            code: "config",
            option,
            // Some values are pages long; the beginning tells them apart.
            value: value.chars().take(200).collect(),
            fault,
            detail: String::new(),
        }
    }

    /// What a page says of a conversation that is there already.
    pub fn too_late() -> Self {
        Self {
            code: "too_late",
            ..Self::new(Opt::ConversationAttributes.name(), "", Fault::Kind)
        }
    }

    /// A file of the widget's host that did not come: the status that came instead, 0 for none.
    pub fn of_file(name: &'static str, status: u16) -> Self {
        Self {
            code: "file_missing",
            detail: digits(status.into()),
            ..Self::new(name, "", Fault::File)
        }
    }

    /// What the session found out by asking.
    pub fn of_setup(problem: &SetupProblem, options: &Options) -> Self {
        let (base, inbox) = (options.given_base.as_str(), options.inbox.as_str());
        let (code, option, value, detail) = match problem {
            SetupProblem::UnknownInbox => (
                "unknown_inbox",
                Opt::InboxIdentifier,
                inbox,
                options.base.as_str().to_owned(),
            ),
            SetupProblem::IdentityRefused => {
                let hash = if options.has_hash() { "(not shown)" } else { "" };
                ("identity_refused", Opt::IdentifierHash, hash, String::new())
            }
            SetupProblem::NotTheApi { status } => {
                ("not_the_api", Opt::BaseUrl, base, digits((*status).into()))
            }
            SetupProblem::Unreachable => ("unreachable", Opt::BaseUrl, base, String::new()),
            SetupProblem::ProfileRefused { text } => {
                ("profile_refused", refused_option(text), "", text.clone())
            }
        };
        Self {
            code,
            detail,
            ..Self::new(option.name(), value, Fault::Kind)
        }
    }
}

/// The option that the server's words are about, as far as they tell.
fn refused_option(text: &str) -> Opt {
    let text = text.to_ascii_lowercase();
    let told = [
        ("phone", Opt::PhoneNumber),
        ("email", Opt::Email),
        ("identifier", Opt::Identifier),
        ("avatar", Opt::AvatarUrl),
    ];
    told.into_iter()
        .find(|(word, _)| text.split(' ').any(|part| part.starts_with(word)))
        .map_or(Opt::Name, |(_, option)| option)
}
