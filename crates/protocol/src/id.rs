//! What things are called on the wire: one newtype per kind of id, so that none passes for another.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! numeric_ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

numeric_ids! {
    /// The database id of a contact. It changes when two contacts are merged.
    ContactId;
    /// A conversation's display id: a number per account, the only one a client sees.
    ConversationId;
    /// The database id of a message; the cursor of `before`.
    MessageId;
    /// The database id of an attachment.
    AttachmentId;
    /// The database id of an inbox; not its public [`InboxIdentifier`].
    InboxId;
    /// The database id of an agent.
    AgentId;
    /// The database id of an account.
    AccountId;
    /// A point in time in whole Unix seconds; fractions on the wire are dropped. 0 means "never" in the seen times.
    UnixSeconds;
}

macro_rules! text_ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text as it stands on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

text_ids! {
    /// The public token of an inbox, 24 base58 characters, part of every path.
    InboxIdentifier;
    /// The client's own name for a message it sends; comes back in the cable's `message.created` alone.
    EchoId;
    /// The site's own id of its user, called `identifier` on the wire.
    ExternalId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_their_bare_value_in_json() {
        assert_eq!(serde_json::to_string(&MessageId(7)).unwrap(), "7");
        assert_eq!(serde_json::from_str::<MessageId>("7").unwrap(), MessageId(7));
        assert_eq!(serde_json::to_string(&EchoId::new("e-1")).unwrap(), "\"e-1\"");
    }

    #[test]
    fn ids_display_as_their_value() {
        assert_eq!(ConversationId(12).to_string(), "12");
        assert_eq!(InboxIdentifier::new("abc").to_string(), "abc");
    }
}
