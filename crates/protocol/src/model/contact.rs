//! The visitor as the contact routes show it.

use crate::id::ContactId;
use crate::lenient::{Draft, Missing, Slot, Taker, deserialize_by_draft};
use crate::secret::{PubsubToken, SourceId};

/// The answer of creating and showing a contact: the session with its two secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactSession {
    /// The key of this contact in this inbox.
    pub source_id: SourceId,
    /// The key of its stream of events.
    pub pubsub_token: PubsubToken,
    /// The contact's database id; another one after a merge.
    pub id: Option<ContactId>,
    /// As stored; the server makes one up when none was given. May be blank.
    pub name: Option<String>,
    /// As stored.
    pub email: Option<String>,
    /// As stored.
    pub phone_number: Option<String>,
}

/// The answer of updating a contact: a raw database row, of which only the id is of use. It has neither `source_id` nor
/// `pubsub_token`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContactRow {
    /// The contact's database id; another than before when the update merged two contacts.
    pub id: ContactId,
}

deserialize_by_draft!(ContactSession: SessionDraft, ContactRow: RowDraft);

#[derive(Default)]
pub(crate) struct SessionDraft {
    source_id: Option<String>,
    pubsub_token: Option<String>,
    id: Option<i64>,
    name: Option<String>,
    email: Option<String>,
    phone_number: Option<String>,
}

impl Taker for SessionDraft {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        match key {
            "source_id" => value.put_filled(&mut self.source_id),
            "pubsub_token" => value.put_filled(&mut self.pubsub_token),
            "id" => value.put_int(&mut self.id),
            "name" => value.put_text(&mut self.name),
            "email" => value.put_text(&mut self.email),
            "phone_number" => value.put_text(&mut self.phone_number),
            _ => {}
        }
    }
}

impl Draft for SessionDraft {
    type Whole = ContactSession;

    fn finish(self) -> Result<ContactSession, Missing> {
        Ok(ContactSession {
            source_id: SourceId::new(self.source_id.ok_or(Missing("source_id"))?),
            pubsub_token: PubsubToken::new(self.pubsub_token.ok_or(Missing("pubsub_token"))?),
            id: self.id.map(ContactId),
            name: self.name,
            email: self.email,
            phone_number: self.phone_number,
        })
    }
}

#[derive(Default)]
pub(crate) struct RowDraft {
    id: Option<i64>,
}

impl Taker for RowDraft {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        if key == "id" {
            self.id = value.int();
        }
    }
}

impl Draft for RowDraft {
    type Whole = ContactRow;

    fn finish(self) -> Result<ContactRow, Missing> {
        Ok(ContactRow {
            id: ContactId(self.id.ok_or(Missing("id"))?),
        })
    }
}
