//! The browser's `URL` for the addresses in messages: it is there anyway and reads what the browser will follow.

use confab_content::link::ParsedUrl;
use web_sys::Url;

/// Takes an absolute address apart; `None` when the browser refuses it.
pub fn parse(text: &str) -> Option<ParsedUrl> {
    let url = Url::new(text).ok()?;
    Some(ParsedUrl {
        scheme: url.protocol(),
        host: url.hostname(),
        href: url.href(),
    })
}
