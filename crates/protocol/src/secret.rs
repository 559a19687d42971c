//! Texts that open something for whoever holds them. They never appear in `Debug` output and have no `Display`.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! secrets {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text itself: for requests and storage, never for logs, URLs of ours or foreign pages.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}

secrets! {
    /// The contact's key in one inbox: whoever has it reads and writes as this contact.
    SourceId;
    /// The key of the contact's stream of events, one per session, never rotated.
    PubsubToken;
    /// The HMAC that proves an [`ExternalId`](crate::ExternalId) to the server.
    IdentifierHash;
}
