//! Which members the documents of a version have: one table, so that the shapes themselves are written once.

use md5::{Digest, Md5};
use serde_json::Value;

use crate::quirks::Version;

/// The documents whose members came over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// The raw contact.
    ContactRow,
    /// A contact as sender.
    Contact,
    /// A contact for agents.
    ApplicationContact,
    /// An agent as a record of the account.
    AccountUser,
    /// A message on the cable.
    MessageEvent,
    /// The conversation inside of it.
    MessageConversation,
    /// A file of a message.
    Attachment,
    /// A message for agents.
    ApplicationMessage,
    /// A conversation for its contact.
    PublicConversation,
    /// A conversation on the cable.
    ConversationEvent,
    /// Its `meta`.
    ConversationMeta,
    /// A conversation for agents.
    ApplicationConversation,
    /// Its `meta`.
    ApplicationMeta,
    /// An inbox for agents.
    ApplicationInbox,
    /// The raw inbox.
    RawInbox,
    /// The survey's page.
    Survey,
    /// The survey's answer.
    SurveyAnswer,
}

use Document as D;

/// Members that came after 2.7.0, with the version that brought them. Where that is not known, the first of the recorded
/// versions that has them stands here.
const CAME: &[(D, &[&str], Version)] = &[
    (D::ConversationMeta, &["team"], Version::new(2, 8, 0)),
    (D::ConversationEvent, &["labels"], Version::new(2, 11, 0)),
    (
        D::ConversationEvent,
        &["first_reply_created_at"],
        Version::new(2, 12, 0),
    ),
    (D::ConversationEvent, &["created_at"], Version::new(2, 14, 0)),
    (D::ConversationEvent, &["priority"], Version::new(2, 17, 0)),
    (D::PublicConversation, &["uuid"], Version::new(2, 18, 0)),
    (
        D::MessageEvent,
        &["processed_message_content"],
        Version::new(2, 18, 0),
    ),
    (D::MessageEvent, &["sentiment"], Version::new(3, 0, 0)),
    (
        D::MessageConversation,
        &["unread_count", "last_activity_at", "contact_inbox"],
        Version::new(3, 0, 0),
    ),
    (D::ConversationEvent, &["waiting_since"], Version::new(3, 0, 0)),
    (D::ApplicationMessage, &["status"], Version::new(3, 0, 0)),
    (D::ApplicationContact, &["created_at"], Version::new(3, 0, 0)),
    (
        D::ApplicationConversation,
        &[
            "uuid",
            "created_at",
            "first_reply_created_at",
            "last_activity_at",
            "last_non_activity_message",
            "priority",
            "waiting_since",
        ],
        Version::new(3, 0, 0),
    ),
    (
        D::ApplicationInbox,
        &[
            "lock_to_single_conversation",
            "sender_name_type",
            "business_name",
            "provider",
        ],
        Version::new(3, 0, 0),
    ),
    (
        D::RawInbox,
        &[
            "lock_to_single_conversation",
            "portal_id",
            "sender_name_type",
            "business_name",
        ],
        Version::new(3, 0, 0),
    ),
    (
        D::ContactRow,
        &[
            "contact_type",
            "middle_name",
            "last_name",
            "location",
            "country_code",
        ],
        Version::new(3, 6, 0),
    ),
    (D::ContactRow, &["blocked"], Version::new(3, 7, 0)),
    (D::Attachment, &["width", "height"], Version::new(3, 7, 0)),
    (
        D::ConversationEvent,
        &["last_activity_at"],
        Version::new(3, 12, 0),
    ),
    (D::Contact, &["blocked"], Version::new(4, 0, 2)),
    (D::ApplicationContact, &["blocked"], Version::new(4, 0, 2)),
    (D::ConversationEvent, &["updated_at"], Version::new(4, 0, 2)),
    (
        D::ApplicationConversation,
        &["updated_at", "sla_policy_id"],
        Version::new(4, 0, 2),
    ),
    (D::Survey, &["display_type", "content"], Version::new(4, 2, 0)),
    (D::ApplicationInbox, &["csat_config"], Version::new(4, 2, 0)),
    (D::RawInbox, &["csat_config"], Version::new(4, 2, 0)),
    (D::Attachment, &["transcribed_text"], Version::new(4, 3, 0)),
    (D::ContactRow, &["company_id"], Version::new(4, 7, 0)),
    (D::ConversationMeta, &["assignee_type"], Version::new(4, 8, 0)),
    (D::ApplicationMeta, &["assignee_type"], Version::new(4, 8, 0)),
    (
        D::SurveyAnswer,
        &[
            "csat_review_notes",
            "review_notes_updated_at",
            "review_notes_updated_by_id",
        ],
        Version::new(4, 10, 0),
    ),
    (D::ApplicationInbox, &["secret"], Version::new(4, 13, 0)),
    (D::Attachment, &["content_type"], Version::new(4, 13, 0)),
    (D::ApplicationInbox, &["allowed_domains"], Version::new(4, 15, 0)),
    (D::AccountUser, &["provider"], Version::new(4, 15, 0)),
];

/// Members that came and went again: since when, until before which version; always null.
const PASSED: &[(D, &str, Version, Version)] = &[(
    D::AccountUser,
    "custom_role_id",
    Version::new(4, 1, 0),
    Version::new(4, 15, 0),
)];

/// How the documents of one version look.
#[derive(Clone, Debug)]
pub struct Shape {
    absent: Vec<(D, &'static str)>,
    passing: Vec<(D, &'static str)>,
    /// Who has an e-mail has a picture at Gravatar: before 2.8.0.
    gravatars: bool,
}

impl Shape {
    /// The shape of this version.
    pub fn of(version: Version) -> Self {
        let later = CAME.iter().filter(|(_, _, since)| version < *since);
        Self {
            absent: later
                .flat_map(|(document, names, _)| names.iter().map(|name| (*document, *name)))
                .collect(),
            passing: PASSED
                .iter()
                .filter(|(_, _, since, until)| (*since..*until).contains(&version))
                .map(|(document, name, _, _)| (*document, *name))
                .collect(),
            gravatars: version < Version::new(2, 8, 0),
        }
    }

    /// The address of a person's picture, empty for none.
    pub fn picture(&self, email: Option<&str>) -> String {
        let Some(email) = email.filter(|_| self.gravatars) else {
            return String::new();
        };
        let bits = Md5::digest(email.to_lowercase())
            .iter()
            .fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        format!("https://www.gravatar.com/avatar/{bits:032x}?d=404")
    }

    /// The document without what this version does not have yet, and with what it still has.
    pub fn fit(&self, document: D, value: Value) -> Value {
        let mut value = value;
        if let Value::Object(map) = &mut value {
            for (_, name) in self.absent.iter().filter(|(kind, _)| *kind == document) {
                map.shift_remove(*name);
            }
            for (_, name) in self.passing.iter().filter(|(kind, _)| *kind == document) {
                map.insert((*name).to_owned(), Value::Null);
            }
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_member_is_there_from_its_version_on() {
        let row = json!({"id": 1, "blocked": false, "company_id": null});
        let fit = |major, minor| Shape::of(Version::new(major, minor, 0)).fit(D::ContactRow, row.clone());
        assert_eq!(fit(3, 6), json!({"id": 1}));
        assert_eq!(fit(3, 7), json!({"id": 1, "blocked": false}));
        assert_eq!(fit(4, 7), row);
        let sender = Shape::of(Version::new(3, 7, 0)).fit(D::Contact, json!({"blocked": true}));
        assert_eq!(sender, json!({}), "each document has its own members");
    }

    #[test]
    fn the_newest_version_lacks_nothing() {
        assert!(Shape::of(Version::NEWEST).absent.is_empty());
    }
}
