//! Refusals as failures of a request.

use confab_protocol::ErrorText;
use confab_protocol::request::BodyKind;
use confab_session::Failure;

pub fn refused(status: u16) -> Failure {
    Failure::Refused {
        status,
        kind: BodyKind::Json,
        text: ErrorText::default(),
    }
}

pub fn refused_html(status: u16) -> Failure {
    Failure::Refused {
        status,
        kind: BodyKind::Html,
        text: ErrorText::default(),
    }
}

pub fn refused_with(status: u16, words: &str) -> Failure {
    let text = ErrorText {
        message: Some(words.to_owned()),
        ..ErrorText::default()
    };
    Failure::Refused {
        status,
        kind: BodyKind::Json,
        text,
    }
}
