//! What the site owner decided about the looks.

use super::colour::Rgb;

/// Everything that is the owner's and not the conversation's.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// Whether the widget is a panel that closes or a page.
    pub mode: Mode,
    /// Instead of the inbox's name.
    pub title: Option<String>,
    /// Instead of the line below it.
    pub subtitle: Option<String>,
    /// The one colour; the palette is derived from it.
    pub color: Option<Rgb>,
    /// Light, dark, or as the system has it.
    pub theme: Theme,
    /// BCP 47 tag of the visitor's language.
    pub locale: String,
    /// Address of a picture for the header.
    pub logo: Option<String>,
    /// Texts by key: the owner's own, then the language's file. Of equal keys the first counts.
    pub texts: Vec<(String, String)>,
    /// Heading of the empty chat.
    pub welcome: Option<String>,
    /// Messages offered in the empty chat; one click sends one.
    pub starters: Vec<String>,
    /// Whether the panel offers no window of its own.
    pub stays: bool,
}

/// Where the widget stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// In a panel that a button or Escape closes.
    Frame,
    /// A part of somebody else's page, always there; open while it is in sight. It never takes the focus by itself.
    Inline,
    /// The hosted page: always open.
    #[default]
    Page,
}

/// Which of the two surfaces is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As `prefers-color-scheme` says.
    #[default]
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// The value of `data-theme` that the style sheet reads.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}
