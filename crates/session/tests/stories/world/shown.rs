//! What is seen of the world: on the screens of its tabs, and of the requests that left.

use super::*;

impl World {
    pub fn view(&self, tab: usize) -> &View {
        self.tabs[tab].session.view()
    }

    /// The message rows shown.
    pub fn messages(&self, tab: usize) -> Vec<&MessageRow> {
        let rows = self.view(tab).rows.iter().map(AsRef::as_ref);
        rows.filter_map(|row: &Row| match &row.content {
            RowContent::Message(message) => Some(message),
            RowContent::Day { .. } | RowContent::Gap { .. } => None,
        })
        .collect()
    }

    /// The texts shown, a deleted message as `(deleted)`.
    pub fn texts(&self, tab: usize) -> Vec<String> {
        let text = |row: &MessageRow| match &row.text {
            Some(document) => confab_content::text::plain(document),
            None if row.deleted => "(deleted)".to_owned(),
            None => String::new(),
        };
        self.messages(tab).into_iter().map(text).collect()
    }

    pub fn deliveries(&self, tab: usize) -> Vec<Delivery> {
        self.messages(tab)
            .into_iter()
            .filter_map(|row| row.delivery.clone())
            .collect()
    }

    pub fn gaps(&self, tab: usize) -> usize {
        self.view(tab)
            .rows
            .iter()
            .filter(|row| matches!(row.content, RowContent::Gap { .. }))
            .count()
    }

    /// The key of the only message that a person has to decide about.
    pub fn failed(&self, tab: usize) -> OutgoingKey {
        let key = self
            .deliveries(tab)
            .into_iter()
            .find_map(|delivery| match delivery {
                Delivery::Failed { key, .. } => Some(key),
                _ => None,
            });
        key.expect("nothing failed")
    }

    /// How many requests of a kind left.
    pub fn count(&self, is: impl Fn(&Request) -> bool) -> usize {
        self.log.iter().filter(|request| is(request)).count()
    }

    pub fn sends(&self) -> usize {
        self.count(|request| matches!(request, Request::SendMessage { .. }))
    }
}
