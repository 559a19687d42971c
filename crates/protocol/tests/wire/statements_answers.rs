//! The conformance statements about answers to choices, forms and surveys. Names begin with the number.

use crate::eg::{self, body, read};
use confab_protocol::{
    ConversationId, MessageId, Method, Reply, Request, SourceId, Submitted, SubmittedValue,
};
use serde_json::{Value as Json, json};

#[test]
fn s73_a_choice_is_answered_by_its_title_and_value() {
    let chosen = SubmittedValue {
        name: None,
        title: Some("Yes".to_owned()),
        value: Some("yes".to_owned()),
    };
    let values = Submitted::Values(vec![chosen]);
    let request = submit(values.clone());
    let http = eg::http(&request);
    let path = "/public/api/v1/inboxes/Ab12/contacts/s-1/conversations/7/messages/901";
    assert_eq!((http.method, http.path.as_str()), (Method::Patch, path));
    let sent = body(&request);
    assert_eq!(
        sent,
        json!({"submitted_values": [{"title": "Yes", "value": "yes"}]})
    );
    assert_eq!(answered(&sent["submitted_values"]), Some(values));
}

#[test]
fn s74_a_survey_is_answered_by_rating_and_words() {
    let request = submit(eg::csat());
    let sent = body(&request);
    assert_eq!(
        sent,
        json!({"submitted_values": {"csat_survey_response": {"rating": 4, "feedback_message": "ok"}}})
    );
    assert_eq!(answered(&sent["submitted_values"]), Some(eg::csat()));
}

#[test]
fn s77_a_message_with_any_answer_counts_as_answered() {
    assert_eq!(answered(&Json::Null), None);
    // 2.7 takes a survey's answer, drops it and keeps an empty one.
    for empty in [json!([]), json!({})] {
        assert_eq!(answered(&empty), Some(Submitted::Values(Vec::new())));
    }
}

#[test]
fn s79_the_survey_page_sends_its_answer_inside_a_message() {
    let request = Request::AnswerSurvey {
        uuid: "0d7e".to_owned(),
        rating: 5,
        feedback: None,
    };
    assert_eq!(eg::http(&request).path, "/public/api/v1/csat_survey/0d7e");
    assert_eq!(
        body(&request),
        json!({"message": {"submitted_values": {"csat_survey_response": {"rating": 5}}}})
    );
}

fn submit(values: Submitted) -> Request {
    Request::SubmitValues {
        source_id: SourceId::new("s-1"),
        conversation: ConversationId(7),
        message: MessageId(901),
        values,
    }
}

/// The answer that a message with these `submitted_values` holds.
fn answered(values: &Json) -> Option<Submitted> {
    let mut json = eg::message();
    json["content_attributes"] = json!({"submitted_values": values});
    let Reply::Message(message) = read(&submit(eg::csat()), &json) else {
        panic!("no message")
    };
    message.content_attributes.submitted
}
