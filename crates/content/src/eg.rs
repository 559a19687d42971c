//! Builders for tests.

use crate::link::{ParsedUrl, UrlParser};

/// The WHATWG rules natively, as the browser's `URL` has them in the widget.
pub(crate) struct Whatwg;

impl UrlParser for Whatwg {
    fn parse(&self, text: &str) -> Option<ParsedUrl> {
        let url = url::Url::parse(text).ok()?;
        Some(ParsedUrl {
            scheme: url.scheme().to_owned(),
            host: url.host_str().unwrap_or_default().to_owned(),
            href: url.as_str().to_owned(),
        })
    }
}
