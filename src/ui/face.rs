//! The round picture of a person or a team.

use confab_content::text::has;
use confab_content::text::initials;

use super::dom::{El, el};

/// Letters of the name, and over them the picture as soon as it is there. Decorative: the name stands beside it.
pub fn avatar(name: &str, picture: Option<&str>) -> El {
    let letters = initials(name).unwrap_or_default();
    let face = el("span")
        .class("avatar")
        .attr("aria-hidden", "true")
        .text(&letters);
    match picture.filter(|address| is_picture(address)) {
        Some(address) => face.child(&image(address, "").attr("loading", "lazy")),
        None => face,
    }
}

/// A picture that tells its server nothing about the page.
pub fn image(address: &str, text: &str) -> El {
    el("img")
        .attr("alt", text)
        .attr("referrerpolicy", "no-referrer")
        .attr("decoding", "async")
        .attr("src", address)
}

/// Whether an address can be a face: one of the web, one beside this page, or a drawing given in place. None of them runs
/// anything in an `img`.
fn is_picture(address: &str) -> bool {
    is_web(address) || address.starts_with("data:image/") || !has(address, ':')
}

/// Whether an address that the server gave is fetched over the web, and not a script or data.
pub fn is_web(address: &str) -> bool {
    ["https://", "http://", "blob:"]
        .iter()
        .any(|scheme| address.starts_with(scheme))
}
