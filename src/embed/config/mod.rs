//! Options into a configuration: one parser for all their spellings, which answers a wrong value with option, value
//! and fault. Pure: it is given what it has to judge.
//!
//! Where to start: [`table`] for what options there are, [`Options::read`] for the whole, [`Sources`] for where options come
//! from, `read` for one value.

mod problem;
mod read;
mod sources;
pub mod table;

pub use problem::{ConfigError, Fault};
pub use sources::{Source, Sources, read_file};

use confab_protocol::cable::CABLE_PATH;
use confab_protocol::{ConversationId, ExternalId, IdentifierHash, Identity, InboxIdentifier, Profile};

use crate::driver::address::{BaseUrl, CableUrl};
use crate::ui::{Look, Mode, Rgb, Theme};
use read::Reader;
use table::Opt;

/// What the page around says, for those options that depend on it.
pub struct Surroundings<'a> {
    /// Panel or page.
    pub mode: Mode,
    /// The visitor's language, where the owner names none.
    pub language: &'a str,
    /// Whether the page came over an encrypted connection: then the browser forbids others.
    pub is_secure: bool,
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
        let inbox = read_inbox(&mut reader);
        let look = read_look(&mut reader, around);
        let mut session = confab_session::Config {
            identity: read_identity(&mut reader),
            profile: read_profile(&mut reader),
            conversation_attributes: reader.object(Opt::ConversationAttributes),
            ..confab_session::Config::default()
        };
        // What is no number is no conversation of anybody, and the visitor reads that.
        session.conversation = reader
            .text(Opt::Conversation)
            .map(|number| ConversationId(number.parse().unwrap_or(0)));
        if let Some(bound) = reader.number(Opt::ServerTimeBound) {
            session.server_time_bound = bound.unsigned_abs();
        }
        for option in table::OF_LAUNCHER {
            reader.judge(option);
        }
        let text = reader.text(Opt::Text);
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

    /// Reads what may change while the chat runs into a look, and what is wrong with that.
    pub fn read_changes(source: Source, look: &mut Look) -> Vec<ConfigError> {
        let mut reader = Reader {
            order: &[source],
            errors: Vec::new(),
        };
        if let Some(locale) = reader.text(Opt::Locale) {
            look.locale = locale;
        }
        if let Some(theme) = read_theme(&mut reader) {
            look.theme = theme;
        }
        reader.errors
    }

    /// What everything stored is kept under, on a site of this origin.
    pub fn storage_name(&self, origin: &str) -> String {
        [self.base.as_str(), ":", self.inbox.as_str(), ":", origin].concat()
    }

    pub(super) fn has_hash(&self) -> bool {
        self.session
            .identity
            .as_ref()
            .is_some_and(|identity| identity.identifier_hash.is_some())
    }
}

fn read_addresses(reader: &mut Reader, around: &Surroundings) -> Option<(String, BaseUrl, CableUrl)> {
    let given = reader.text(Opt::BaseUrl);
    let base = match BaseUrl::parse(given.as_deref().unwrap_or_default()) {
        Ok(base) if around.is_secure && !base.is_trustworthy() => Err(Fault::Insecure),
        other => other.map_err(Fault::from),
    };
    if let Err(fault) = base {
        reader.wrong(Opt::BaseUrl, fault);
    }
    let cable = reader.text(Opt::CableUrl).map(|text| CableUrl::parse(&text));
    if let Some(Err(fault)) = cable {
        reader.wrong(Opt::CableUrl, fault.into());
    }
    let base = base.ok()?;
    let cable = cable
        .and_then(Result::ok)
        .unwrap_or_else(|| base.cable(CABLE_PATH));
    Some((given?, base, cable))
}

fn read_inbox(reader: &mut Reader) -> Option<InboxIdentifier> {
    if !reader.has(Opt::InboxIdentifier) {
        reader.wrong(Opt::InboxIdentifier, Fault::Missing);
    }
    reader.text(Opt::InboxIdentifier).map(InboxIdentifier::new)
}

fn read_identity(reader: &mut Reader) -> Option<Identity> {
    let Some(identifier) = reader.text(Opt::Identifier) else {
        if reader.has(Opt::IdentifierHash) {
            reader.wrong(Opt::Identifier, Fault::Missing);
        }
        return None;
    };
    let hash = reader.text(Opt::IdentifierHash);
    Some(Identity {
        identifier: ExternalId::new(identifier),
        identifier_hash: hash.map(|hash| IdentifierHash::new(hash.to_ascii_lowercase())),
    })
}

fn read_profile(reader: &mut Reader) -> Profile {
    Profile {
        name: reader.text(Opt::Name),
        email: reader.text(Opt::Email),
        phone_number: reader.text(Opt::PhoneNumber),
        avatar_url: reader.text(Opt::AvatarUrl),
        custom_attributes: reader.object(Opt::CustomAttributes),
    }
}

fn read_look(reader: &mut Reader, around: &Surroundings) -> Look {
    let color = reader.text(Opt::Color).and_then(|text| {
        let color = Rgb::parse(&text).or_else(|| (around.colour)(&text));
        if color.is_none() {
            reader.wrong(Opt::Color, Fault::Kind);
        }
        color
    });
    Look {
        mode: around.mode,
        title: reader.text(Opt::Title),
        subtitle: reader.text(Opt::Subtitle),
        color,
        theme: read_theme(reader).unwrap_or_default(),
        locale: reader.text(Opt::Locale).unwrap_or_else(|| around.language.into()),
        logo: reader.text(Opt::Logo),
        texts: reader.texts(Opt::Texts),
        welcome: reader.text(Opt::Welcome),
        starters: reader.list(Opt::Starters),
        stays: reader.word(Opt::PopOut) == Some(1),
    }
}

fn read_theme(reader: &mut Reader) -> Option<Theme> {
    let themes = [Theme::Auto, Theme::Light, Theme::Dark];
    themes.get(reader.word(Opt::Theme)?).copied()
}

#[cfg(test)]
mod tests;
