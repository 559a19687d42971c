//! What a message carries besides its text: choices, forms, cards, answers, marks (`content_attributes`).

use crate::id::MessageId;
use crate::lenient::{Drafts, Shape, Slot, Taker, own_draft};

/// The attributes of a message, of any content type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContentAttributes {
    /// An agent deleted the message; its content must not be shown.
    pub deleted: bool,
    /// The message that this one answers (since 3.2.0).
    pub in_reply_to: Option<MessageId>,
    /// Choices, fields, cards or articles.
    pub items: Vec<Item>,
    /// What was answered; there as soon as anything was, also an empty answer.
    pub submitted: Option<Submitted>,
    /// How a survey asks: `emoji` or `star` (since 4.2.0; None counts as emoji).
    pub display_type: Option<String>,
    /// The words on a form's button.
    pub button_label: Option<String>,
    /// The operator's callback failed. What it says are server internals, so it is not kept.
    pub external_error: bool,
    /// The message is of a kind that Chatwoot itself cannot show.
    pub is_unsupported: bool,
    /// The address that was answered to a question for it.
    pub submitted_email: Option<String>,
}

own_draft!(ContentAttributes, Item, Action, Choice, SubmittedValue);

impl Taker for ContentAttributes {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        match key {
            "deleted" => value.put_truth(&mut self.deleted),
            "in_reply_to" => self.in_reply_to = value.int().map(MessageId),
            "items" => self.items = value.list::<Item>(),
            "submitted_values" => self.submitted = submitted(value),
            "display_type" => value.put_filled(&mut self.display_type),
            "button_label" => value.put_filled(&mut self.button_label),
            "external_error" => self.external_error = value.present(),
            "is_unsupported" => value.put_truth(&mut self.is_unsupported),
            "submitted_email" => value.put_filled(&mut self.submitted_email),
            _ => {}
        }
    }
}

/// One entry of a choice, a form, a carousel of cards or a list of articles: all that any of them may have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// Words to show (choice, card, article); in a form the hint about the pattern.
    pub title: Option<String>,
    /// What is answered when it is chosen.
    pub value: Option<String>,
    /// More words (card, article).
    pub description: Option<String>,
    /// The address of a picture (card).
    pub media_url: Option<String>,
    /// The address of an article.
    pub link: Option<String>,
    /// The name of a field in the answer (form).
    pub name: Option<String>,
    /// The label of a field (form).
    pub label: Option<String>,
    /// Words in an empty field (form).
    pub placeholder: Option<String>,
    /// The kind of a field (`type` on the wire): `text`, `email`, `text_area`, `select`.
    pub kind: Option<String>,
    /// What a field holds at first (form).
    pub default: Option<String>,
    /// A field is marked as necessary (form).
    pub required: bool,
    /// What can be chosen in a field (form, `select`).
    pub options: Vec<Choice>,
    /// A regular expression for a field (form).
    pub pattern: Option<String>,
    /// What to say when the expression does not match (form).
    pub pattern_error: Option<String>,
    /// The buttons of a card.
    pub actions: Vec<Action>,
}

impl Taker for Item {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        match key {
            "title" => value.put_text(&mut self.title),
            "value" => value.put_text(&mut self.value),
            "description" => value.put_text(&mut self.description),
            "media_url" => value.put_filled(&mut self.media_url),
            "link" => value.put_filled(&mut self.link),
            "name" => value.put_text(&mut self.name),
            "label" => value.put_text(&mut self.label),
            "placeholder" => value.put_text(&mut self.placeholder),
            "type" => value.put_text(&mut self.kind),
            "default" => value.put_text(&mut self.default),
            "required" => value.put_truth(&mut self.required),
            "options" => self.options = value.list::<Choice>(),
            "pattern" => value.put_filled(&mut self.pattern),
            "pattern_error" => value.put_text(&mut self.pattern_error),
            "actions" => self.actions = value.list::<Action>(),
            _ => {}
        }
    }
}

/// One of the choices of a form's field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Words to show.
    pub label: Option<String>,
    /// What is answered.
    pub value: Option<String>,
}

impl Taker for Choice {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        match key {
            "label" => value.put_text(&mut self.label),
            "value" => value.put_text(&mut self.value),
            _ => {}
        }
    }
}

/// A button of a card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Action {
    /// `link` or `postback` (`type` on the wire).
    pub kind: Option<String>,
    /// The words on it.
    pub text: Option<String>,
    /// Where a link leads.
    pub uri: Option<String>,
    /// What a postback tells the host page; the server knows no call for it.
    pub payload: Option<String>,
}

impl Taker for Action {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        match key {
            "type" => value.put_text(&mut self.kind),
            "text" => value.put_text(&mut self.text),
            "uri" => value.put_filled(&mut self.uri),
            "payload" => value.put_text(&mut self.payload),
            _ => {}
        }
    }
}

/// An answer to a choice, a form or a survey (`submitted_values` on the wire).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// The values chosen or filled in.
    Values(Vec<SubmittedValue>),
    /// The answer to a survey.
    Csat {
        /// 1 (bad) to 5 (good); the server checks no range.
        rating: Option<i64>,
        /// What the contact adds in words.
        feedback: Option<String>,
    },
}

/// One value of an answer. A choice has title and value, a form's field name and value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubmittedValue {
    /// The name of the field.
    pub name: Option<String>,
    /// The words of the choice.
    pub title: Option<String>,
    /// The value.
    pub value: Option<String>,
}

impl Taker for SubmittedValue {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        match key {
            "name" => value.put_text(&mut self.name),
            "title" => value.put_text(&mut self.title),
            "value" => value.put_text(&mut self.value),
            _ => {}
        }
    }
}

fn submitted(value: &mut dyn Slot) -> Option<Submitted> {
    let mut draft = SubmittedDraft::default();
    match value.read(&mut draft) {
        Shape::List => Some(Submitted::Values(draft.list.finish())),
        Shape::Object => Some(draft.object()),
        Shape::Scalar => None,
    }
}

/// An answer while it is read: a list of values, one value, or a survey's.
#[derive(Default)]
struct SubmittedDraft {
    list: Drafts<SubmittedValue>,
    single: SubmittedValue,
    survey: Option<SurveyAnswer>,
}

impl SubmittedDraft {
    fn object(self) -> Submitted {
        match self.survey {
            Some(answer) => Submitted::Csat {
                rating: answer.rating,
                feedback: answer.feedback,
            },
            None if self.single == SubmittedValue::default() => Submitted::Values(Vec::new()),
            None => Submitted::Values(vec![self.single]),
        }
    }
}

impl Taker for SubmittedDraft {
    fn item(&mut self, value: &mut dyn Slot) {
        self.list.item(value);
    }

    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        match key {
            "csat_survey_response" => self.survey = value.object::<SurveyAnswer>(),
            _ => self.single.field(key, value),
        }
    }
}

/// A survey's answer, also as the raw record of the survey route.
#[derive(Default)]
pub(crate) struct SurveyAnswer {
    pub rating: Option<i64>,
    pub feedback: Option<String>,
}

own_draft!(SurveyAnswer);

impl Taker for SurveyAnswer {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        match key {
            "rating" => value.put_int(&mut self.rating),
            "feedback_message" => value.put_text(&mut self.feedback),
            _ => {}
        }
    }
}
