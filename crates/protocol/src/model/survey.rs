//! A conversation's survey as its own route shows it.

use super::attributes::SurveyAnswer;
use crate::id::MessageId;
use crate::lenient::{Slot, Taker, own_draft};

/// The survey of a conversation. Any part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// The message that asks.
    pub message: Option<MessageId>,
    /// True when the server has an answer; it has one some time after it took it.
    pub answered: bool,
    /// The rating of that answer, 1 (bad) to 5 (good).
    pub rating: Option<i64>,
    /// The words of that answer.
    pub feedback: Option<String>,
    /// How it asks: `emoji` or `star` (since 4.2.0; None counts as emoji).
    pub display_type: Option<String>,
    /// What it asks (since 4.2.0).
    pub content: Option<String>,
    /// The name of the inbox.
    pub inbox_name: Option<String>,
    /// The picture of the inbox.
    pub inbox_avatar_url: Option<String>,
    /// The language of the account.
    pub locale: Option<String>,
}

own_draft!(Survey);

impl Taker for Survey {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        match key {
            "id" => self.message = value.int().map(MessageId),
            "csat_survey_response" => self.answer(value.object::<SurveyAnswer>()),
            "display_type" => value.put_filled(&mut self.display_type),
            "content" => value.put_filled(&mut self.content),
            "inbox_name" => value.put_filled(&mut self.inbox_name),
            "inbox_avatar_url" => value.put_filled(&mut self.inbox_avatar_url),
            "locale" => value.put_filled(&mut self.locale),
            _ => {}
        }
    }
}

impl Survey {
    fn answer(&mut self, answer: Option<SurveyAnswer>) {
        self.answered = answer.is_some();
        let SurveyAnswer { rating, feedback } = answer.unwrap_or_default();
        self.rating = rating;
        self.feedback = feedback;
    }
}
