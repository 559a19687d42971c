//! Options into a configuration: one parser for all their spellings, which answers a wrong value with option, value
//! and remedy. Pure: it is given what it has to judge.
//!
//! Where to start: [`Options::read`] for the whole, [`Sources`] for where options come from, `read` for one value.

mod problem;
mod read;
mod sources;

pub use problem::ConfigError;
pub use sources::{Source, Sources, read_file, read_query};

use confab_protocol::cable::CABLE_PATH;
use confab_protocol::{ExternalId, IdentifierHash, Identity, InboxIdentifier, Profile};

use crate::driver::address::{AddressFault, BaseUrl, CableUrl};
use crate::ui::{Look, Mode, Rgb, Theme};
use read::Reader;

/// What the page around says, for those options that depend on it.
pub struct Surroundings<'a> {
    /// Panel or page.
    pub mode: Mode,
    /// The visitor's language, where the owner names none.
    pub language: &'a str,
    /// Whether the page came over an encrypted connection: then the browser forbids others.
    pub is_secure: bool,
    /// Whether the script tag configures, and not `confab.json`.
    pub by_tag: bool,
    /// Reads a colour in any of the forms that CSS knows.
    pub colour: &'a dyn Fn(&str) -> Option<Rgb>,
}

/// Everything that a site owner decided, checked.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the API is.
    pub base: BaseUrl,
    /// The same as it was given, for what is said about it.
    pub given_base: String,
    /// Where the cable is.
    pub cable: CableUrl,
    /// Which inbox.
    pub inbox: InboxIdentifier,
    /// For the session.
    pub session: confab_session::Config,
    /// For the components.
    pub look: Look,
    /// What to put into the empty composer.
    pub text: Option<String>,
}

/// The look alone, for the calm message of a widget that cannot work.
#[derive(Clone, Debug)]
pub struct Broken {
    /// For the components.
    pub look: Look,
    /// What the owner has to know: at least one.
    pub errors: Vec<ConfigError>,
}

impl Options {
    /// Reads all options. Wrong ones that the chat can do without are left out and told beside it.
    #[cfg_attr(
        not(target_arch = "wasm32"),
        expect(
            clippy::result_large_err,
            reason = "made once for a page; on wasm it is half as large"
        )
    )]
    pub fn read(sources: &Sources, around: &Surroundings) -> Result<(Self, Vec<ConfigError>), Broken> {
        let (order, errors) = sources.in_order();
        let has_no_inbox = !errors.is_empty();
        let mut reader = Reader {
            order: &order,
            errors,
        };
        let addresses = read_addresses(&mut reader, around);
        let inbox = read_inbox(&mut reader, around);
        let look = read_look(&mut reader, around);
        let mut session = confab_session::Config {
            identity: read_identity(&mut reader),
            profile: read_profile(&mut reader),
            ..confab_session::Config::default()
        };
        if let Some(bound) = reader.number("serverTimeBound", 1_000, 600_000, "milliseconds") {
            session.server_time_bound = bound.unsigned_abs();
        }
        judge_launcher(&mut reader);
        let text = reader.text("text");
        let Reader { errors, .. } = reader;
        match (addresses, inbox) {
            (Some((given_base, base, cable)), Some(inbox)) if !has_no_inbox => Ok((
                Self {
                    base,
                    given_base,
                    cable,
                    inbox,
                    session,
                    look,
                    text,
                },
                errors,
            )),
            _ => Err(Broken { look, errors }),
        }
    }

    /// Reads what a site says of its user after the start, and what is wrong with that.
    pub fn read_user(source: Source) -> (Option<Identity>, Profile, Vec<ConfigError>) {
        let mut reader = Reader {
            order: &[source],
            errors: Vec::new(),
        };
        let (identity, profile) = (read_identity(&mut reader), read_profile(&mut reader));
        (identity, profile, reader.errors)
    }

    /// What everything stored is kept under, on a site of this origin.
    pub fn storage_name(&self, origin: &str) -> String {
        format!("{}:{}:{origin}", self.base, self.inbox)
    }

    pub(super) fn has_hash(&self) -> bool {
        self.session
            .identity
            .as_ref()
            .is_some_and(|identity| identity.identifier_hash.is_some())
    }
}

fn read_addresses(reader: &mut Reader, around: &Surroundings) -> Option<(String, BaseUrl, CableUrl)> {
    let given = reader.text("baseUrl");
    let base = match BaseUrl::parse(given.as_deref().unwrap_or_default()) {
        Ok(base) if around.is_secure && !base.is_trustworthy() => {
            reader.wrong(
                "baseUrl",
                "is not encrypted, but this page is, and browsers forbid mixing",
                "use https://, or a proxy that speaks it",
            );
            None
        }
        Ok(base) => Some(base),
        Err(fault) => {
            reader.wrong(
                "baseUrl",
                base_fault(fault),
                &base_remedy(fault, given.as_deref().unwrap_or_default(), around),
            );
            None
        }
    };
    let cable = match reader.text("cableUrl").as_deref().map(CableUrl::parse) {
        None => base.as_ref().map(|base| base.cable(CABLE_PATH)),
        Some(Ok(cable)) => Some(cable),
        Some(Err(fault)) => {
            let message = if fault == AddressFault::Scheme {
                "does not begin with wss:// or ws://"
            } else {
                base_fault(fault)
            };
            reader.wrong(
                "cableUrl",
                message,
                "write it as wss://host/cable, or leave it out: it is derived from baseUrl",
            );
            base.as_ref().map(|base| base.cable(CABLE_PATH))
        }
    };
    Some((given?, base?, cable?))
}

fn base_fault(fault: AddressFault) -> &'static str {
    match fault {
        AddressFault::Missing => "is missing",
        AddressFault::Scheme => "does not begin with https:// or http://",
        AddressFault::Host => "has no host, or one that cannot be",
        AddressFault::Credentials => "carries a user name",
        AddressFault::QueryOrFragment => "has a ? or a #",
        AddressFault::Character => "holds a character that no address has",
    }
}

fn base_remedy(fault: AddressFault, given: &str, around: &Surroundings) -> String {
    match fault {
        AddressFault::Missing if around.by_tag => "add data-base-url to the script tag or baseUrl to confabSettings: the address of your installation, for instance https://app.chatwoot.com".into(),
        AddressFault::Missing => "put a confab.json beside index.html with \"baseUrl\": the address of your installation, for instance https://app.chatwoot.com".into(),
        AddressFault::Scheme if given.split_once(':').is_none_or(|(_, rest)| !rest.starts_with("//")) => format!("write the whole address: https://{}", given.trim()),
        AddressFault::QueryOrFragment => "keep only what stands before the ? or the #".into(),
        AddressFault::Credentials => "leave out what stands before the @".into(),
        _ => "write it like https://app.chatwoot.com, with the path prefix if the installation has one".into(),
    }
}

fn read_inbox(reader: &mut Reader, around: &Surroundings) -> Option<InboxIdentifier> {
    let remedy = "copy the identifier of your API inbox: Settings, Inboxes, the inbox, Configuration";
    let Some(inbox) = reader.text("inboxIdentifier") else {
        let place = if around.by_tag {
            "add data-inbox-identifier to the script tag or inboxIdentifier to confabSettings"
        } else {
            "put \"inboxIdentifier\" into the confab.json beside index.html"
        };
        reader.wrong("inboxIdentifier", "is missing", &format!("{place}: {remedy}"));
        return None;
    };
    if inbox.len() > 255
        || !inbox
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    {
        reader.wrong(
            "inboxIdentifier",
            "holds characters that no inbox identifier has",
            remedy,
        );
        return None;
    }
    Some(InboxIdentifier::new(inbox))
}

fn read_identity(reader: &mut Reader) -> Option<Identity> {
    let hash = reader.text("identifierHash");
    let Some(identifier) = reader.text("identifier") else {
        if hash.is_some() {
            reader.wrong(
                "identifier",
                "is missing, but identifierHash is there",
                "give the identifier that the hash was computed of, or leave both out",
            );
        }
        return None;
    };
    let is_hash = |hash: &String| hash.len() == 64 && hash.chars().all(|c| c.is_ascii_hexdigit());
    if hash.as_ref().is_some_and(|hash| !is_hash(hash)) {
        // Nearly right is nearly a secret: the value is not repeated.
        reader.wrong_secret(
            "identifierHash",
            "is not 64 hexadecimal digits",
            "compute HMAC-SHA256 of the identifier with the inbox's HMAC token as key, in hexadecimal",
        );
    }
    let identifier_hash = hash.map(|hash| IdentifierHash::new(hash.to_ascii_lowercase()));
    Some(Identity {
        identifier: ExternalId::new(identifier),
        identifier_hash,
    })
}

fn read_profile(reader: &mut Reader) -> Profile {
    let is_email = |text: &str| {
        text.split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
            && !text.contains(char::is_whitespace)
    };
    let is_phone = |text: &str| {
        text.strip_prefix('+').is_some_and(|digits| {
            (2..=15).contains(&digits.len())
                && !digits.starts_with('0')
                && digits.chars().all(|c| c.is_ascii_digit())
        })
    };
    let is_address = |text: &str| BaseUrl::parse(text.split(['?', '#']).next().unwrap_or_default()).is_ok();
    Profile {
        name: reader.text("name"),
        email: reader.text_that(
            "email",
            is_email,
            "is no e-mail address",
            "write it like name@example.com",
        ),
        phone_number: reader.text_that(
            "phoneNumber",
            is_phone,
            "is no telephone number in the form that the API takes",
            "write it with country code and digits alone, like +4930123456",
        ),
        avatar_url: reader.text_that(
            "avatarUrl",
            is_address,
            "is no address of a picture",
            "give an address that begins with https://",
        ),
        custom_attributes: reader.object("customAttributes"),
    }
}

fn read_look(reader: &mut Reader, around: &Surroundings) -> Look {
    let themes = [
        ("auto", Theme::Auto),
        ("light", Theme::Light),
        ("dark", Theme::Dark),
    ];
    let is_picture = |text: &str| {
        let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
        !scheme.chars().all(|c| c.is_ascii_alphanumeric())
            || ["", "http", "https"].contains(&scheme)
            || text.starts_with("data:image/")
    };
    let is_locale = |text: &str| crate::ui::strings::intl_tag(text).is_some();
    let color = reader.text("color").and_then(|text| {
        let color = Rgb::parse(&text).or_else(|| (around.colour)(&text));
        if color.is_none() {
            reader.wrong(
                "color",
                "is no colour that can be read",
                "write it as #rrggbb, for instance #2f5d50",
            );
        }
        color
    });
    let locale = reader.text_that(
        "locale",
        is_locale,
        "is no language tag",
        "write it like en, pt-BR or zh-Hans",
    );
    Look {
        mode: around.mode,
        title: reader.text("title"),
        subtitle: reader.text("subtitle"),
        color,
        theme: reader.one_of("theme", &themes).unwrap_or_default(),
        locale: locale.unwrap_or_else(|| around.language.into()),
        logo: reader.text_that(
            "logo",
            is_picture,
            "is no address of a picture",
            "give an address that begins with https://, or one relative to index.html",
        ),
        texts: reader.texts("texts"),
        welcome: reader.text("welcome"),
        starters: reader.list("starters"),
    }
}

/// The launcher has been painted by now; what was wrong with its options is told here, by the one parser.
fn judge_launcher(reader: &mut Reader) {
    reader.one_of("position", &[("right", ()), ("left", ())]);
    for option in ["offsetX", "offsetY"] {
        reader.number(option, 0, 10_000, "CSS pixels");
    }
    reader.number("zIndex", -2_147_483_648, 2_147_483_647, "a place in the stack");
    reader.text("launcherTitle");
}

#[cfg(test)]
mod tests;
