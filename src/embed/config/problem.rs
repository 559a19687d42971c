//! What a site owner reads when something of the set-up is wrong: which option, which value, what to do.

use std::fmt;

use confab_session::SetupProblem;

use super::Options;

/// A wrong option, or one that the server's answers prove wrong. The only error that a site owner reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// For programs: `config` for what can be judged here, else what the server's answers say.
    pub code: &'static str,
    /// The option in camelCase, as in `confabSettings` and `confab.json`.
    pub option: String,
    /// The value as it was given; empty when nothing was, and never a secret.
    pub value: String,
    /// What is wrong with it.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl ConfigError {
    /// A value that can be judged without asking the server.
    pub fn new(option: &str, value: &str, message: &str, remedy: &str) -> Self {
        // Some values are pages long; the beginning tells them apart.
        let value = value.chars().take(200).collect();
        Self {
            code: "config",
            option: option.into(),
            value,
            message: message.into(),
            remedy: remedy.into(),
        }
    }

    /// What the session found out by asking.
    pub fn of_setup(problem: &SetupProblem, options: &Options) -> Self {
        let (base, inbox) = (options.given_base.as_str(), options.inbox.as_str());
        let hash = if options.has_hash() { "(not shown)" } else { "" };
        let (code, option, value, message, remedy) = match problem {
            SetupProblem::UnknownInbox => (
                "unknown_inbox",
                "inboxIdentifier",
                inbox,
                format!("is not known at {}", options.base),
                "copy the identifier of your API inbox: Settings, Inboxes, the inbox, Configuration; it belongs to one \
                 installation, so check baseUrl too",
            ),
            SetupProblem::IdentityRefused => (
                "identity_refused",
                "identifierHash",
                hash,
                "does not prove the identifier to the server".into(),
                "compute on your own server HMAC-SHA256 of the identifier with the inbox's HMAC token as key, in \
                 hexadecimal; where the inbox demands identity validation, give both identifier and identifierHash",
            ),
            SetupProblem::NotTheApi { status } => (
                "not_the_api",
                "baseUrl",
                base,
                format!("answers with something that is not the API (status {status})"),
                "give the address of the installation itself, with its path prefix if it has one and without /app or \
                 /public; a proxy in between has to pass /public/api and /cable on",
            ),
            SetupProblem::Unreachable => (
                "unreachable",
                "baseUrl",
                base,
                "does not answer".into(),
                "check that the address is right and the server runs; that it allows requests of other origins to \
                 /public/api (Chatwoot does since 2.7); and that no content security policy forbids connecting to it",
            ),
            SetupProblem::ProfileRefused { text } => (
                "profile_refused",
                refused_option(text),
                "",
                format!("is refused by the server: {text}"),
                "correct what the site says about its visitor (name, email, phoneNumber, avatarUrl, customAttributes)",
            ),
        };
        Self {
            code,
            message,
            ..Self::new(option, value, "", remedy)
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = if self.value.is_empty() {
            "nothing"
        } else {
            &self.value
        };
        write!(
            f,
            "confab: {}: {} (given: {value}). Remedy: {}.",
            self.option, self.message, self.remedy
        )
    }
}

/// The option that the server's words are about, as far as they tell.
fn refused_option(text: &str) -> &'static str {
    let text = text.to_ascii_lowercase();
    let told = [
        ("phone", "phoneNumber"),
        ("email", "email"),
        ("identifier", "identifier"),
        ("avatar", "avatarUrl"),
    ];
    told.into_iter()
        .find(|(word, _)| text.split(' ').any(|part| part.starts_with(word)))
        .map_or("name", |(_, option)| option)
}
