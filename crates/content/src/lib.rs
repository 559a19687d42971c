//! What a text may become: Markdown as a small tree, links that are safe to follow, names that cannot
//! rearrange the interface. Pure: no browser, no clock, no HTML; `ui` makes DOM nodes of the values here.
//!
//! Where to start:
//!
//! * [`markdown::parse`] turns the `content` of a message into a [`markdown::Document`] of limited depth and size,
//! * [`link::SafeLink`] is the only kind of link there is, and [`link::UrlParser`] the one thing asked of outside,
//! * [`bidi`] finds the direction of a text and cleans names of people and files,
//! * [`text`] makes previews, initials and answers small questions about a text.
//!
//! The crate is part of the widget's wasm, so its bytes count: it uses the standard library only. All of it adds 20 kB
//! (brotli) to a bare module, `pulldown-cmark` 0.13 without features adds 56 kB, and the depth and size of what that
//! reads are only bounded by the input.

mod chars;
mod cluster;
mod file_name;
mod label;
mod work;

pub mod bidi;
pub mod link;
pub mod markdown;
pub mod text;

#[cfg(test)]
mod eg;
