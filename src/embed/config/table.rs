//! The table of all options: how each is spelled, what it may hold, what it means and what to do about a wrong value.
//!
//! Parsing reads name and kind. The words are not part of the widget: `cargo xtask options` makes of them what people and
//! programs read (README, `confab.d.ts`, `confab.schema.json`, `confab-help.js`).

/// What a value has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A text, or a number as its digits.
    Id,
    /// The address of an installation.
    Base,
    /// The address of a cable.
    Cable,
    /// The identifier of an API inbox.
    Inbox,
    /// An HMAC-SHA256 in hexadecimal; never shown.
    Hash,
    /// An e-mail address.
    Email,
    /// A telephone number as the API takes it.
    Phone,
    /// The address of a picture that the server shows.
    Avatar,
    /// The address of a picture that the page shows.
    Picture,
    /// A colour of CSS.
    Colour,
    /// A language tag.
    Locale,
    /// One of these words, in any case.
    Words(&'static [&'static str]),
    /// A whole number between two bounds, or a text of one, with or without `px`.
    Number(i64, i64),
    /// An object, or a text that holds one.
    Object,
    /// An object of texts, or a text that holds one.
    Texts,
    /// A list of texts, or a text that holds one.
    List,
}

/// Which part of the set-up an option belongs to.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Where the chat talks to: the chat needs it.
    Required,
    /// Anything else.
    Chat,
    /// What the site says of its signed-in visitor; `setUser` takes it, too.
    Visitor,
    /// The launcher's: tag or settings only.
    Launcher,
}

/// The words about an option.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Which part of the set-up it belongs to.
    pub part: Part,
    /// What it does, for the README and `confab.d.ts`.
    pub meaning: &'static str,
    /// What it may hold, where the kind does not say it all.
    pub allowed: &'static str,
    /// What counts where it is not given.
    pub default: &'static str,
    /// What to do about a wrong value, where the kind does not say it all.
    pub remedy: &'static str,
}

macro_rules! options {
    ($($(#[$on:meta])? $option:ident $name:literal $kind:expr, $part:ident, $meaning:literal, $allowed:literal, $default:literal, $remedy:literal;)*) => {
        /// An option of the site owner.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Opt { $($(#[$on])? #[doc = $meaning] $option,)* }

        /// Name and kind of every option, in the order of [`Opt`].
        const TABLE: &[(Opt, &str, Kind)] = &[$($(#[$on])? (Opt::$option, $name, $kind),)*];

        /// The words about every option, in the order of [`Opt`].
        #[cfg(not(target_arch = "wasm32"))]
        const ABOUT: &[About] = &[$(About {
            part: Part::$part, meaning: $meaning, allowed: $allowed, default: $default, remedy: $remedy,
        },)*];
    };
}

options! {
    BaseUrl "baseUrl" Kind::Base, Required,
        "where the API is",
        "`https://` (or `http://`) with or without path and trailing slash; no query, no user name; `http://` not from an https page, except to the own machine",
        "required",
        "write it like https://app.chatwoot.com, with the path prefix if the installation has one";
    CableUrl "cableUrl" Kind::Cable, Chat,
        "where the WebSocket is",
        "`wss://` or `ws://` with its whole path",
        "`baseUrl` + `/cable`",
        "write it as wss://host/cable, or leave it out: it is derived from baseUrl";
    InboxIdentifier "inboxIdentifier" Kind::Inbox, Required,
        "which API inbox",
        "letters, digits, `-`, `_`",
        "required",
        "copy the identifier of your API inbox: Settings, Inboxes, the inbox, Configuration";
    Identifier "identifier" Kind::Id, Chat,
        "the site's own id of its user",
        "text or number",
        "none: an anonymous visitor",
        "give the identifier that the hash was computed of, or leave both out";
    IdentifierHash "identifierHash" Kind::Hash, Visitor,
        "proof of the identifier, computed on your server (see below)",
        "64 hexadecimal digits",
        "none",
        "compute HMAC-SHA256 of the identifier with the inbox's HMAC token as key, in hexadecimal, on your server";
    Name "name" Kind::Text, Visitor,
        "the visitor's name", "", "none", "";
    Email "email" Kind::Email, Visitor,
        "the visitor's e-mail address", "`name@host`", "none", "write it like name@example.com";
    PhoneNumber "phoneNumber" Kind::Phone, Visitor,
        "the visitor's telephone number", "`+`, country code, digits", "none",
        "write it with country code and digits alone, like +4930123456";
    AvatarUrl "avatarUrl" Kind::Avatar, Visitor,
        "the visitor's picture", "`https://` or `http://`", "none", "give an address that begins with https://";
    CustomAttributes "customAttributes" Kind::Object, Visitor,
        "what else the team should see of the visitor", "", "none", "write it like {\"plan\": \"gold\"}";
    ConversationAttributes "conversationAttributes" Kind::Object, Chat,
        "what the team should see of a conversation that begins here; the API takes it at no other time",
        "object (since Chatwoot 3.2)", "none", "write it like {\"orderId\": 17}";
    Title "title" Kind::Text, Chat,
        "the header, until an agent has answered", "", "the inbox's name", "";
    Subtitle "subtitle" Kind::Text, Chat,
        "the line below", "", "whether the team is there", "";
    Logo "logo" Kind::Picture, Chat,
        "the picture in the header, until an agent has answered",
        "`https://`, `http://`, relative to `index.html`, or `data:image/`",
        "initials",
        "give an address that begins with https://, or one relative to index.html";
    Welcome "welcome" Kind::Text, Chat,
        "heading of the empty chat", "", "a greeting", "";
    Starters "starters" Kind::List, Chat,
        "messages offered in the empty chat, sent by one click", "", "none",
        "write it like [\"Where is my order?\", \"I want to return something\"]";
    Text "text" Kind::Text, Chat,
        "stands in the empty composer", "", "none", "";
    Conversation "conversation" Kind::Id, Chat,
        "which conversation of the visitor is shown; for links to the page", "its number", "the one written to last", "";
    Color "color" Kind::Colour, Chat,
        "the one colour, from which a readable palette is derived", "any opaque CSS colour", "`#2f5d50`",
        "write it as #rrggbb, for instance #2f5d50";
    Theme "theme" Kind::Words(&["auto", "light", "dark"]), Chat,
        "surface of the panel", "", "`auto`: as the system", "";
    Locale "locale" Kind::Locale, Chat,
        "language",
        "tag such as `pt-BR`; texts are there in `en`, `ar`, `de`, `es`, `fr`, others get English words",
        "the browser's", "write it like en, pt-BR or zh-Hans";
    Texts "texts" Kind::Texts, Chat,
        "own words, by the keys of `locales/*.json`", "", "none", "write it like {\"send\": \"Send\"}";
    ServerTimeBound "serverTimeBound" Kind::Number(1_000, 600_000), Chat,
        "how long after an attempt without an answer the server may still store the message", "milliseconds", "`25000`", "";
    PopOut "popOut" Kind::Words(&["on", "off"]), Chat,
        "whether the panel offers to go on in a window of its own", "", "`on`", "";
    Mode "mode" Kind::Words(&["frame", "shadow"]), Launcher,
        "whether the panel is a frame or a part of the page",
        "see \"Inside the page\"", "`frame`", "";
    Position "position" Kind::Words(&["right", "left", "top-right", "top-left"]), Launcher,
        "the launcher's corner; mirrored where the page reads from right to left", "", "`right`, at the bottom", "";
    OffsetX "offsetX" Kind::Number(0, 10_000), Launcher,
        "its distance from that side", "pixels", "`20`", "";
    OffsetY "offsetY" Kind::Number(0, 10_000), Launcher,
        "its distance from bottom or top", "pixels", "`20`", "";
    ZIndex "zIndex" Kind::Number(-2_147_483_648, 2_147_483_647), Launcher,
        "its place among what overlaps it", "a place in the stack",
        "none: the browser's top layer, above all that the page shows", "";
    LauncherTitle "launcherTitle" Kind::Text, Launcher,
        "its name for assistive technology, and what a `pill` says", "", "`Chat`", "";
    #[cfg(not(target_arch = "wasm32"))]
    LauncherShape "launcherShape" Kind::Words(&["round", "square", "pill"]), Launcher,
        "its shape; a `pill` holds its name", "", "`round`", "";
    #[cfg(not(target_arch = "wasm32"))]
    LauncherIcon "launcherIcon" Kind::Picture, Launcher,
        "a picture on it",
        "`https://`, `http://`, relative to the page, or `data:image/`", "a speech bubble",
        "give its address, relative ones to the page, and allow it in the img-src of the page";
    #[cfg(not(target_arch = "wasm32"))]
    Launcher "launcher" Kind::Text, Launcher,
        "elements of the page that open and close the panel in its place",
        "a CSS selector", "none: it is painted", "write it like #help or [data-chat]";
}

/// The launcher's options that confab.js uses itself, judged here for the owner's sake; the others confab-launcher.js judges.
pub const OF_LAUNCHER: [Opt; 6] = [
    Opt::Mode,
    Opt::Position,
    Opt::OffsetX,
    Opt::OffsetY,
    Opt::ZIndex,
    Opt::LauncherTitle,
];

impl Opt {
    /// Its name in camelCase.
    pub fn name(self) -> &'static str {
        TABLE.get(self as usize).map_or("", |(_, name, _)| name)
    }

    /// What it has to hold.
    pub fn kind(self) -> Kind {
        TABLE.get(self as usize).map_or(Kind::Text, |(_, _, kind)| *kind)
    }

    /// All of them, as the README lists them.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(option, _, _)| *option)
    }

    /// The words about it.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn about(self) -> Option<&'static About> {
        ABOUT.get(self as usize)
    }
}
