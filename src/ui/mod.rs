//! The face of the widget: shows one [`View`](confab_session::View), dispatches
//! [`Intent`](confab_session::Intent)s, decides nothing.
//!
//! Where to start:
//! 1. [`look`]: what the site owner decided; [`strings`] and [`colour`]: every word, every colour.
//! 2. [`mount`](mount()): puts the regions around the composer that the page already has, and takes them away again.
//! 3. [`header`], [`banner`], [`home`], [`timeline`], [`composer`]: a region each. A region is built once; a memo of
//!    its part of the view, run by a render effect, patches it when that part changed.
//! 4. [`row`]: a line of the timeline, from Markdown to nodes.
//! 5. [`dom`] makes elements, [`words`] asks `Intl`.
//!
//! Elements are made through [`dom`] and not through typed view trees: a tree is one more type for the compiler to
//! expand for every element, and static parts of `view!` go through an HTML parser, which Trusted Types forbid.

pub mod colour;
pub mod look;
pub mod strings;

#[cfg(target_arch = "wasm32")]
mod announcer;
#[cfg(target_arch = "wasm32")]
mod banner;
#[cfg(target_arch = "wasm32")]
mod composer;
#[cfg(target_arch = "wasm32")]
mod dom;
#[cfg(target_arch = "wasm32")]
mod face;
#[cfg(target_arch = "wasm32")]
mod header;
#[cfg(target_arch = "wasm32")]
mod home;
#[cfg(target_arch = "wasm32")]
mod mount;
#[cfg(target_arch = "wasm32")]
mod row;
#[cfg(target_arch = "wasm32")]
mod timeline;
#[cfg(target_arch = "wasm32")]
mod words;

pub use colour::Rgb;
pub use look::{Look, Mode, Theme};
pub use strings::Strings;

#[cfg(target_arch = "wasm32")]
pub use mount::{Mounted, Props, mount};
