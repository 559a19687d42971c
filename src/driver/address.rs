//! Where the API and its cable are. Parsed once, by hand: a URL parser would cost more bytes than all of this.

use confab_content::text::has;
use confab_protocol::digits;
use std::fmt;

/// Address of an installation: `http` or `https`, host, perhaps a port and a path prefix; no slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

/// Address of the cable: `ws` or `wss`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CableUrl(String);

/// What is wrong with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressFault {
    /// Nothing is there.
    Missing,
    /// It does not begin with a scheme that fits.
    Scheme,
    /// The host or the port is missing or cannot be one.
    Host,
    /// It carries a user name or a password.
    Credentials,
    /// It has a `?` or a `#`.
    QueryOrFragment,
    /// It holds a character that no address has, such as a space.
    Character,
}

impl BaseUrl {
    /// Reads an address as a site owner writes it: a slash at the end is dropped, a path prefix is kept, scheme and
    /// host are brought to lower case and a default port is left out, so that two spellings name one storage.
    pub fn parse(text: &str) -> Result<Self, AddressFault> {
        normalise(text, [("http", 80), ("https", 443)]).map(Self)
    }

    /// The address of an API path that begins with a slash.
    pub fn join(&self, path: &str) -> String {
        [&self.0, path].concat()
    }

    /// The cable of this installation, under the same path prefix.
    pub fn cable(&self, path: &str) -> CableUrl {
        // "http" becomes "ws", "https" becomes "wss".
        CableUrl(["ws", self.0.strip_prefix("http").unwrap_or_default(), path].concat())
    }

    /// Whether a secure page may talk to it: it is encrypted or lies on this very machine.
    pub fn is_trustworthy(&self) -> bool {
        let Some(rest) = self.0.strip_prefix("http://") else {
            return true;
        };
        let host = host_of(rest);
        host == "localhost" || host.ends_with(".localhost") || host == "[::1]" || host.starts_with("127.")
    }

    /// The address as text, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl CableUrl {
    /// Reads an address of a cable: `wss://…` or `ws://…`, taken with its whole path.
    pub fn parse(text: &str) -> Result<Self, AddressFault> {
        normalise(text, [("ws", 80), ("wss", 443)]).map(Self)
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn normalise(text: &str, schemes: [(&str, u16); 2]) -> Result<String, AddressFault> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AddressFault::Missing);
    }
    if text
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || has("\"<>\\^`{|}", c))
    {
        return Err(AddressFault::Character);
    }
    let (scheme, rest) = text.split_once(':').ok_or(AddressFault::Scheme)?;
    let rest = rest.strip_prefix("//").ok_or(AddressFault::Scheme)?;
    let scheme = scheme.to_ascii_lowercase();
    let (scheme, default_port) = schemes
        .into_iter()
        .find(|(name, _)| *name == scheme)
        .ok_or(AddressFault::Scheme)?;
    if rest.contains(['?', '#']) {
        return Err(AddressFault::QueryOrFragment);
    }
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if has(authority, '@') {
        return Err(AddressFault::Credentials);
    }
    let host = host_of(authority);
    check_host(host)?;
    let port = match authority.strip_prefix(host) {
        Some("") => None,
        Some(port) => Some(
            port.strip_prefix(':')
                .and_then(|port| port.parse().ok())
                .ok_or(AddressFault::Host)?,
        ),
        None => return Err(AddressFault::Host),
    };
    let port = port
        .filter(|port| *port != default_port)
        .map_or_else(String::new, |port: u16| [":", &digits(port.into())].concat());
    let host = host.to_ascii_lowercase();
    Ok([scheme, "://", &host, &port, path.trim_end_matches('/')].concat())
}

/// The host at the beginning of what follows the scheme.
fn host_of(rest: &str) -> &str {
    let end = if rest.starts_with('[') {
        rest.find(']').map(|at| at + 1)
    } else {
        rest.find([':', '/'])
    };
    rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest)
}

/// Perhaps a letter of another script: the browser knows, and the tables of all letters cost kilobytes.
fn is_foreign(c: char) -> bool {
    !c.is_ascii() && !c.is_whitespace() && !c.is_control()
}

fn check_host(host: &str) -> Result<(), AddressFault> {
    let plausible = if let Some(six) = host.strip_prefix('[') {
        six.strip_suffix(']').is_some_and(|six| {
            has(six, ':') && six.chars().all(|c| c.is_ascii_hexdigit() || c == ':' || c == '.')
        })
    } else {
        let labels = host.strip_suffix('.').unwrap_or(host);
        labels.split('.').all(|label| !label.is_empty())
            && host
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.' || c == '_' || is_foreign(c))
    };
    if plausible {
        Ok(())
    } else {
        Err(AddressFault::Host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> Result<String, AddressFault> {
        BaseUrl::parse(text).map(|base| base.0)
    }

    #[test]
    fn a_base_is_normalised_and_keeps_its_prefix() {
        assert_eq!(
            base("https://app.chatwoot.com"),
            Ok("https://app.chatwoot.com".into())
        );
        assert_eq!(
            base(" HTTPS://App.Chatwoot.com:443/ "),
            Ok("https://app.chatwoot.com".into())
        );
        assert_eq!(
            base("http://127.0.0.1:3000/desk/Team//"),
            Ok("http://127.0.0.1:3000/desk/Team".into())
        );
        assert_eq!(base("http://[::1]:3000"), Ok("http://[::1]:3000".into()));
        assert_eq!(
            base("https://bücher.example"),
            Ok("https://bücher.example".into())
        );
    }

    #[test]
    fn a_wrong_base_says_what_is_wrong() {
        for (text, fault) in [
            ("", AddressFault::Missing),
            ("   ", AddressFault::Missing),
            ("app.chatwoot.com", AddressFault::Scheme),
            ("wss://app.chatwoot.com", AddressFault::Scheme),
            ("javascript://x", AddressFault::Scheme),
            ("https://", AddressFault::Host),
            ("https:///path", AddressFault::Host),
            ("https://:3000", AddressFault::Host),
            ("https://host:port", AddressFault::Host),
            ("https://host:70000", AddressFault::Host),
            ("https://[::1", AddressFault::Host),
            ("https://a..b", AddressFault::Host),
            ("https://user:pass@host", AddressFault::Credentials),
            ("https://host/?a=1", AddressFault::QueryOrFragment),
            ("https://host/#/app", AddressFault::QueryOrFragment),
            ("https://ho st", AddressFault::Character),
            ("https://host\\path", AddressFault::Character),
        ] {
            assert_eq!(base(text), Err(fault), "{text:?}");
        }
    }

    #[test]
    fn the_cable_lies_under_the_prefix_unless_it_is_given() {
        let cable = |text| BaseUrl::parse(text).map(|base| base.cable("/cable").0);
        assert_eq!(cable("https://host/desk/"), Ok("wss://host/desk/cable".into()));
        assert_eq!(
            cable("http://http.example:81"),
            Ok("ws://http.example:81/cable".into())
        );
        assert_eq!(
            CableUrl::parse("wss://live.host/cable").map(|url| url.0),
            Ok("wss://live.host/cable".into())
        );
        assert_eq!(
            CableUrl::parse("https://live.host/cable"),
            Err(AddressFault::Scheme)
        );
    }

    #[test]
    fn paths_are_joined_without_a_second_slash() {
        assert_eq!(
            BaseUrl::parse("https://host/desk/").map(|base| base.join("/public")),
            Ok("https://host/desk/public".into())
        );
    }

    #[test]
    fn a_secure_page_may_talk_to_loopback_without_encryption() {
        for (text, expected) in [
            ("https://host", true),
            ("http://host", false),
            ("http://localhost:3000", true),
            ("http://shop.localhost", true),
            ("http://127.0.0.1:1/x", true),
            ("http://localhost.example", false),
        ] {
            assert_eq!(
                BaseUrl::parse(text).map(|base| base.is_trustworthy()),
                Ok(expected),
                "{text}"
            );
        }
    }
}
