//! Which addresses may be followed. A [`SafeLink`] cannot be made in any other way than by [`SafeLink::check`], so a
//! link that reaches the page has passed here.

use crate::text::has;
use std::borrow::Cow;

use crate::chars::{is_bidi_control, is_invisible};
use crate::label::{self, Claim};

/// Longest address that is looked at, in bytes; a longer one stays text.
pub const MAX_URL_BYTES: usize = 2_048;

/// Takes an address apart by the rules of the WHATWG. In the widget this is the browser's `URL`, in native tests the
/// `url` crate: two readings of one address is how filters are passed by.
pub trait UrlParser {
    /// The parts of an absolute address, or nothing when the parser refuses it.
    fn parse(&self, text: &str) -> Option<ParsedUrl>;
}

impl<F: Fn(&str) -> Option<ParsedUrl>> UrlParser for F {
    fn parse(&self, text: &str) -> Option<ParsedUrl> {
        self(text)
    }
}

/// What a [`UrlParser`] finds in an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedUrl {
    /// The scheme; a colon at its end, as the browser's `protocol` has it, does not matter.
    pub scheme: String,
    /// The host in its ASCII form (punycode), empty where the scheme has none.
    pub host: String,
    /// The whole address, normalised.
    pub href: String,
}

/// The schemes a link may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// A page, unencrypted.
    Http,
    /// A page.
    Https,
    /// An e-mail address.
    Mailto,
    /// A telephone number.
    Tel,
}

/// An address that was parsed, has an allowed scheme and holds nothing that hides or reorders text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeLink {
    href: String,
    host: String,
    scheme: Scheme,
    suspicious: bool,
}

impl SafeLink {
    /// Checks an address as somebody wrote it. Only http, https, mailto and tel pass; a host or an e-mail address
    /// without a scheme gets one. Refused are other schemes, relative addresses, control characters, characters that
    /// change direction or are invisible, and anything over [`MAX_URL_BYTES`].
    ///
    /// ```
    /// # use confab_content::link::{ParsedUrl, SafeLink};
    /// # let parser = |text: &str| {
    /// #     let url = url::Url::parse(text).ok()?;
    /// #     let host = url.host_str().unwrap_or_default().to_owned();
    /// #     Some(ParsedUrl { scheme: url.scheme().to_owned(), host, href: url.to_string() })
    /// # };
    /// let link = SafeLink::check("www.example.com/Prices", &parser).unwrap();
    /// assert_eq!(link.href(), "https://www.example.com/Prices");
    /// assert_eq!(link.host(), "www.example.com");
    /// assert!(SafeLink::check("JavaScript:alert(1)", &parser).is_none());
    /// assert!(SafeLink::check("//example.com", &parser).is_none());
    /// ```
    pub fn check(target: &str, parser: &dyn UrlParser) -> Option<Self> {
        let target = target.trim_matches(' ');
        if target.is_empty() || target.len() > MAX_URL_BYTES || target.chars().any(is_refused) {
            return None;
        }
        let parsed = parser.parse(&with_scheme(target))?;
        let scheme = Scheme::named(parsed.scheme.trim_end_matches(':'))?;
        let rest = strip_scheme(&parsed.href, scheme)?;
        if parsed.href.chars().any(is_refused) {
            return None;
        }
        let host = match scheme {
            Scheme::Http | Scheme::Https => parsed.host.to_ascii_lowercase(),
            Scheme::Mailto => mail_domain(rest)?.to_ascii_lowercase(),
            Scheme::Tel => rest.bytes().any(|b| b.is_ascii_digit()).then(String::new)?,
        };
        if scheme.is_web() && host.is_empty() {
            return None;
        }
        let suspicious = scheme.is_web() && has_user(rest);
        Some(Self {
            href: parsed.href,
            host,
            scheme,
            suspicious,
        })
    }

    /// As [`check`](Self::check), for a link shown under a label of its own (the buttons of cards, articles): a label
    /// that names another host makes the link [`suspicious`](Self::suspicious).
    pub fn check_labelled(target: &str, label: &str, parser: &dyn UrlParser) -> Option<Self> {
        Some(Self::check(target, parser)?.shown_as(label, parser))
    }

    /// The address to follow.
    pub fn href(&self) -> &str {
        &self.href
    }

    /// The host one gets to, in ASCII; for mailto the domain of the mailbox, for tel empty.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Whether what is shown suggests another destination: the label names another host, address or number, the host
    /// mixes scripts that look alike, or a user name stands before the host. Show [`host`](Self::host) beside it.
    pub fn suspicious(&self) -> bool {
        self.suspicious
    }

    /// Compares the link with the text it is shown as.
    pub(crate) fn shown_as(mut self, shown: &str, parser: &dyn UrlParser) -> Self {
        self.suspicious = self.suspicious || self.contradicts(shown, parser);
        self
    }

    fn contradicts(&self, shown: &str, parser: &dyn UrlParser) -> bool {
        let mut parsed_one = false;
        label::claims(shown).any(|claim| match claim {
            Claim::Number(digits) => self.scheme == Scheme::Tel && !same_number(&digits, &self.href),
            Claim::Mailbox(mailbox) => match self.scheme {
                Scheme::Mailto => !self.is_mailbox(&mailbox),
                _ => true,
            },
            Claim::Host(host) if host.is_ascii() => !same_site(&host, &self.host),
            Claim::Host(host) => {
                // Only a parser can tell what a host in another script becomes; one is enough for an honest label.
                let again = std::mem::replace(&mut parsed_one, true);
                again
                    || label::is_confusable(&host)
                    || parser
                        .parse(&["https://", &host, "/"].concat())
                        .is_none_or(|url| !same_site(&url.host, &self.host))
            }
        })
    }

    fn is_mailbox(&self, mailbox: &str) -> bool {
        let path = self.href.split_once(':').map_or("", |(_, rest)| rest);
        path.split('?')
            .next()
            .is_some_and(|own| own.eq_ignore_ascii_case(mailbox))
    }
}

impl Scheme {
    /// http or https.
    pub fn is_web(self) -> bool {
        matches!(self, Self::Http | Self::Https)
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Http, Self::Https, Self::Mailto, Self::Tel]
            .into_iter()
            .find(|scheme| name.eq_ignore_ascii_case(scheme.name()))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Mailto => "mailto",
            Self::Tel => "tel",
        }
    }
}

fn is_refused(c: char) -> bool {
    c.is_control()
        || is_bidi_control(c)
        || is_invisible(c)
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{fffd}')
}

/// What people leave out: `example.com/a` is https, `me@example.com` is mailto.
fn with_scheme(target: &str) -> Cow<'_, str> {
    if target
        .bytes()
        .take_while(|b| !matches!(b, b'/' | b'?' | b'#'))
        .any(|b| b == b':')
    {
        Cow::Borrowed(target)
    } else if label::is_mailbox(target) {
        Cow::Owned(["mailto:", target].concat())
    } else if label::host_of(target).is_some() {
        Cow::Owned(["https://", target].concat())
    } else {
        Cow::Borrowed(target)
    }
}

/// The part after `scheme:`, when the address really begins with the scheme the parser named.
fn strip_scheme(href: &str, scheme: Scheme) -> Option<&str> {
    let (name, rest) = href.split_once(':')?;
    name.eq_ignore_ascii_case(scheme.name()).then_some(rest)
}

fn mail_domain(path: &str) -> Option<&str> {
    let (mailbox, domain) = path.split('?').next()?.rsplit_once('@')?;
    (!mailbox.is_empty() && !domain.is_empty()).then_some(domain)
}

fn has_user(rest: &str) -> bool {
    rest.trim_start_matches('/')
        .split(['/', '?', '#'])
        .next()
        .is_some_and(|authority| has(authority, '@'))
}

/// The same host, or the shown one leads to one of its own subdomains. `www.` does not matter.
fn same_site(shown: &str, real: &str) -> bool {
    let shown = shown.to_ascii_lowercase();
    let shown = shown.strip_prefix("www.").unwrap_or(&shown);
    let real = real.strip_prefix("www.").unwrap_or(real);
    real == shown || real.strip_suffix(shown).is_some_and(|front| front.ends_with('.'))
}

/// A number may be shown without its country code.
fn same_number(shown: &str, href: &str) -> bool {
    let real: String = href.chars().filter(char::is_ascii_digit).collect();
    let shown = shown.trim_start_matches('0');
    real.ends_with(shown) || shown.ends_with(real.trim_start_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eg::Whatwg;

    fn shown(target: &str, label: &str) -> bool {
        SafeLink::check_labelled(target, label, &Whatwg)
            .unwrap()
            .suspicious()
    }

    #[test]
    fn other_schemes_are_refused_however_written() {
        for target in [
            "javascript:alert(1)",
            "JAVASCRIPT:alert(1)",
            " javascript:alert(1)",
            "java\tscript:alert(1)",
            "java\nscript:alert(1)",
            "\u{1}javascript:alert(1)",
            "javascript\u{0}:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "vbscript:msgbox(1)",
            "blob:https://example.com/1",
            "file:///etc/passwd",
            "ftp://example.com",
            "view-source:https://example.com",
            "intent://scan/#Intent;end",
            "mention://user/1/Ada",
            "//example.com/a",
            "/a/b",
            "#top",
            "?q=1",
            "..",
            "",
            "https://",
            "http:",
            "mailto:",
            "mailto:nobody",
            "tel:",
            "tel:abc",
            "https://example.com/\u{202e}fdp.exe",
            "https://exa\u{200b}mple.com",
            "https://example.com/a\u{7f}",
            "https://a b.example",
        ] {
            assert_eq!(SafeLink::check(target, &Whatwg), None, "{target:?}");
        }
    }

    #[test]
    fn the_four_schemes_pass() {
        for (target, href, host, scheme) in [
            (
                "https://Example.COM",
                "https://example.com/",
                "example.com",
                Scheme::Https,
            ),
            (
                "HTTP://example.com/a b",
                "http://example.com/a%20b",
                "example.com",
                Scheme::Http,
            ),
            (
                "https:\\\\example.com\\a",
                "https://example.com/a",
                "example.com",
                Scheme::Https,
            ),
            (
                "example.com/a?b=c:d",
                "https://example.com/a?b=c:d",
                "example.com",
                Scheme::Https,
            ),
            (
                "me@example.com",
                "mailto:me@example.com",
                "example.com",
                Scheme::Mailto,
            ),
            (
                "mailto:me@example.com?subject=Hi",
                "mailto:me@example.com?subject=Hi",
                "example.com",
                Scheme::Mailto,
            ),
            ("tel:+49-30-123456", "tel:+49-30-123456", "", Scheme::Tel),
            (
                "https://bücher.example/",
                "https://xn--bcher-kva.example/",
                "xn--bcher-kva.example",
                Scheme::Https,
            ),
        ] {
            let link = SafeLink::check(target, &Whatwg).unwrap();
            assert_eq!(
                (link.href(), link.host(), link.scheme(), link.suspicious()),
                (href, host, scheme, false)
            );
        }
    }

    #[test]
    fn a_parser_that_contradicts_itself_is_not_believed() {
        let liar = |_: &str| {
            Some(ParsedUrl {
                scheme: "https:".into(),
                host: "a.example".into(),
                href: "javascript:alert(1)".into(),
            })
        };
        assert_eq!(SafeLink::check("https://a.example", &liar), None);
    }

    #[test]
    fn a_label_that_names_another_place_is_suspicious() {
        assert!(shown("https://evil.example/", "https://bank.example/login"));
        assert!(shown("https://evil.example/bank.example", "bank.example"));
        assert!(shown(
            "https://bank.example.evil.example/",
            "Log in at bank.example now"
        ));
        assert!(shown("https://notbank.example/", "bank.example"));
        assert!(shown("https://bank.example@evil.example/", "Log in"));
        assert!(shown("https://evil.example/", "b\u{2060}ank.example"));
        assert!(shown("mailto:thief@evil.example", "help@bank.example"));
        assert!(shown("https://evil.example/", "help@bank.example"));
        assert!(shown("tel:+49900123456", "+49 30 654321"));
        assert!(shown("https://xn--pple-43d.example/", "аpple.example"));
        assert!(shown("https://xn--80ak6aa92e.com/", "аррӏе.com"));
        assert!(shown("https://evil.example/", "münchen.example"));
    }

    #[test]
    fn an_honest_label_is_not() {
        assert!(!shown("https://www.bank.example/login", "bank.example"));
        assert!(!shown("https://shop.bank.example/login", "https://bank.example"));
        assert!(!shown("https://bank.example/", "WWW.Bank.example/offers?x=1"));
        assert!(!shown("https://cdn.example/x", "invoice.pdf"));
        assert!(!shown("https://cdn.example/x", "Read more, e.g. version 1.2 ..."));
        assert!(!shown("mailto:Help@bank.example?subject=x", "help@bank.example"));
        assert!(!shown("tel:+4930654321", "030 654321"));
        assert!(!shown("https://xn--mnchen-3ya.example/", "münchen.example"));
        assert!(!shown("https://xn--e1afmkfd.xn--p1ai/", "пример.рф"));
    }
}
