//! Links. Whatever is followed from a message went through [`SafeLink`].

use confab_content::link::{ParsedUrl, SafeLink, UrlParser};
use web_sys::Url;

use crate::ui::dom::{El, el};

/// The browser's own reading of addresses.
struct Browser;

impl UrlParser for Browser {
    fn parse(&self, text: &str) -> Option<ParsedUrl> {
        let url = Url::new(text).ok()?;
        Some(ParsedUrl {
            scheme: url.protocol(),
            host: url.hostname(),
            href: url.href(),
        })
    }
}

/// A link that opens elsewhere and tells nobody where from. Empty: the caller says what is shown.
pub fn anchor(target: &SafeLink) -> El {
    let link = el("a").attr("href", target.href());
    if target.scheme().is_web() {
        link.attr("target", "_blank")
            .attr("rel", "noopener noreferrer nofollow ugc")
    } else {
        link
    }
}

/// Checks an address that stands under a label of its own.
pub fn labelled(address: Option<&str>, label: &str) -> Option<SafeLink> {
    SafeLink::check_labelled(address?, label, &Browser)
}
