//! What the bot says. No time, no network: a cue and where the conversation stands go in, steps come out.

use serde_json::Value;

use super::hearing::Cue;
use super::samples::{self, Sample};

/// Where a conversation stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scene {
    /// The installation's address.
    pub base: String,
    /// The bot has spoken before.
    pub greeted: bool,
    /// A survey was sent before; the server sends only one.
    pub surveyed: bool,
    /// The inbox sends a survey when a conversation is resolved.
    pub surveys: bool,
}

/// One thing the bot does, after typing for a moment.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A message, as the application API takes it.
    Say(Value),
    /// A message with a file.
    Attach(Sample),
    /// Ends the conversation.
    Resolve,
}

/// What a visitor can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Topic {
    Everything,
    Pages,
    Cards,
    Articles,
    Formatted,
    Fields,
    Form,
    Email,
    Files,
    Picture,
    Recording,
    Document,
    Call,
    Survey,
    Person,
}

/// What the menu offers, in its order: the value is what comes back.
const MENU: &[(Topic, &str, &str)] = &[
    (Topic::Everything, "everything", "Everything, one by one"),
    (Topic::Pages, "pages", "Cards and articles"),
    (Topic::Formatted, "formatted", "Formatted text"),
    (Topic::Fields, "fields", "Something to fill in"),
    (Topic::Files, "files", "A picture, a recording, a file"),
    (Topic::Survey, "survey", "The survey at the end"),
    (Topic::Person, "person", "A person instead of a bot"),
];

/// Words that ask for a topic.
const WORDS: &[(Topic, &[&str])] = &[
    (Topic::Everything, &["tour", "everything", "all"]),
    (Topic::Pages, &["pages"]),
    (Topic::Cards, &["card", "cards", "bicycle", "bicycles"]),
    (Topic::Articles, &["article", "articles", "link", "links"]),
    (
        Topic::Formatted,
        &["formatted", "format", "markdown", "bold", "text"],
    ),
    (Topic::Fields, &["fields", "fill"]),
    (Topic::Form, &["form", "forms"]),
    (Topic::Email, &["email", "mail"]),
    (Topic::Files, &["files", "attachments"]),
    (Topic::Picture, &["picture", "pictures", "image", "photo"]),
    (
        Topic::Recording,
        &["recording", "audio", "sound", "voice", "bell"],
    ),
    (Topic::Document, &["file", "document", "download"]),
    (Topic::Call, &["call", "video", "meeting"]),
    (Topic::Survey, &["survey", "rate", "rating", "resolve", "bye"]),
    (Topic::Person, &["person", "human", "agent", "somebody"]),
];

const HELLO: &str = "Hello! I am **Robin**, a script that shows what this chat can do. Nobody types this, and when a person answers in the \
                     agent console I am silent.";
const HANDOVER: &str = "Whoever sits at the **agent console** sees this conversation and can answer. From their first word on I am silent.";
const LOST: &str = "I am a script and know only a few words. Choose one of these, or write a word of it:";

/// The bot's part of a scene.
pub fn steps(cue: &Cue, scene: &Scene) -> Vec<Step> {
    match cue {
        Cue::Wrote { text, files } => wrote(text, *files, scene),
        Cue::Answered { kind, values } => answered(kind, values, scene),
    }
}

fn wrote(text: &str, files: usize, scene: &Scene) -> Vec<Step> {
    let mut steps = Vec::new();
    if !scene.greeted {
        steps.push(say(HELLO));
    }
    if let Some(topic) = asked_for(text) {
        steps.extend(show(topic, scene));
    } else if files > 0 {
        let words = if files == 1 {
            "Your file has arrived, thank you."
        } else {
            "Your files have arrived, thank you."
        };
        steps.extend([say(words), menu("What next?")]);
    } else if is_address(text) {
        steps.extend([say("Thank you, I keep that in mind."), menu("What next?")]);
    } else if scene.greeted {
        steps.push(menu(LOST));
    } else {
        steps.push(menu(
            "What would you like to see? Choose one, or write a word of it:",
        ));
    }
    steps
}

fn answered(kind: &str, values: &Value, scene: &Scene) -> Vec<Step> {
    match kind {
        "input_select" => {
            let chosen = values.pointer("/0/value").or_else(|| values.get("value"));
            let chosen = chosen.and_then(Value::as_str).unwrap_or_default();
            let found = MENU.iter().find(|(_, value, _)| *value == chosen);
            found.map(|(topic, ..)| show(*topic, scene)).unwrap_or_default()
        }
        "form" => vec![
            say("Thank you! What you filled in stands in the form now, for you and in the agent console."),
            menu("What next?"),
        ],
        // The rating comes first and the comment, if any, later: only that ends it.
        "input_csat" => {
            let comment = values
                .pointer("/csat_survey_response/feedback_message")
                .and_then(Value::as_str);
            match comment {
                Some(comment) if !comment.trim().is_empty() => {
                    vec![say("Thank you for your words. Write again whenever you like.")]
                }
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

/// The topic whose words come first.
fn asked_for(text: &str) -> Option<Topic> {
    let text = text.to_lowercase().replace("e-mail", "email");
    if is_address(&text) {
        return None;
    }
    if let Some((topic, ..)) = MENU
        .iter()
        .find(|(.., title)| title.to_lowercase() == text.trim())
    {
        return Some(*topic);
    }
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    words.find_map(|word| {
        let found = WORDS.iter().find(|(_, words)| words.contains(&word));
        found.map(|(topic, _)| *topic)
    })
}

fn is_address(text: &str) -> bool {
    let text = text.trim();
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !text.contains(char::is_whitespace)
    })
}

fn show(topic: Topic, scene: &Scene) -> Vec<Step> {
    let mut steps = match topic {
        Topic::Everything => return everything(scene),
        Topic::Survey => return survey(scene),
        Topic::Person => return vec![say(HANDOVER)],
        // What comes back is answered with the menu.
        Topic::Form => return vec![Step::Say(samples::form())],
        Topic::Email => return email(),
        Topic::Fields => {
            let mut steps = vec![Step::Say(samples::form())];
            steps.extend(email());
            return steps;
        }
        Topic::Pages => pages(scene),
        Topic::Cards => vec![Step::Say(samples::cards(&scene.base))],
        Topic::Articles => vec![Step::Say(samples::articles())],
        Topic::Formatted => vec![Step::Say(samples::formatted())],
        Topic::Files => files(),
        Topic::Picture => vec![Step::Attach(samples::PICTURE)],
        Topic::Recording => vec![Step::Attach(samples::RECORDING)],
        Topic::Document => vec![Step::Attach(samples::DOCUMENT)],
        Topic::Call => vec![Step::Say(samples::call())],
    };
    steps.push(menu("What next?"));
    steps
}

fn pages(scene: &Scene) -> Vec<Step> {
    vec![
        Step::Say(samples::cards(&scene.base)),
        Step::Say(samples::articles()),
    ]
}

fn files() -> Vec<Step> {
    [samples::PICTURE, samples::RECORDING, samples::DOCUMENT]
        .map(Step::Attach)
        .into()
}

fn email() -> Vec<Step> {
    vec![
        Step::Say(samples::email()),
        say("Just write the address as a message."),
    ]
}

fn everything(scene: &Scene) -> Vec<Step> {
    let mut steps = vec![
        say("Here they come, one after the other:"),
        Step::Say(samples::formatted()),
    ];
    steps.extend(pages(scene));
    steps.extend(files());
    steps.extend([
        Step::Say(samples::call()),
        Step::Say(samples::form()),
        menu("That was nearly all. The survey comes at the end:"),
    ]);
    steps
}

/// The server sends the survey itself, once, when the conversation is resolved.
fn survey(scene: &Scene) -> Vec<Step> {
    if scene.surveys && !scene.surveyed {
        return vec![
            say(
                "I end this conversation now, and the survey follows by itself. Write again and it is open as before.",
            ),
            Step::Resolve,
        ];
    }
    vec![Step::Say(samples::stars())]
}

fn say(text: &str) -> Step {
    Step::Say(samples::text(text))
}

fn menu(question: &str) -> Step {
    let entries = MENU.iter().map(|(_, value, title)| (*value, *title));
    Step::Say(samples::choice(question, entries))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kinds(steps: &[Step]) -> Vec<String> {
        let kind = |message: &Value| {
            message
                .get("content_type")
                .and_then(Value::as_str)
                .unwrap_or("text")
                .to_owned()
        };
        steps
            .iter()
            .map(|step| match step {
                Step::Say(message) => kind(message),
                Step::Attach(sample) => sample.content_type.to_owned(),
                Step::Resolve => "resolve".to_owned(),
            })
            .collect()
    }

    fn written(text: &str, scene: &Scene) -> Vec<String> {
        let cue = Cue::Wrote {
            text: text.to_owned(),
            files: 0,
        };
        kinds(&steps(&cue, scene))
    }

    #[test]
    fn it_greets_once_and_offers_everything() {
        let new = Scene::default();
        let known = Scene {
            greeted: true,
            ..Scene::default()
        };
        assert_eq!(written("hi", &new), ["text", "input_select"]);
        assert_eq!(written("hi", &known), ["input_select"]);
        assert_eq!(written("Show me a FORM, please", &new), ["text", "form"]);
        assert_eq!(written("/tour", &known).len(), 10);
        assert_eq!(written("kim@example.org", &known), ["text", "input_select"]);
        assert_eq!(
            written("my e-mail?", &known).first().map(String::as_str),
            Some("input_email")
        );
    }

    #[test]
    fn every_entry_of_the_menu_and_every_word_leads_somewhere() {
        for word in WORDS.iter().flat_map(|(_, words)| *words) {
            assert!(asked_for(word).is_some(), "{word}");
        }
        for (topic, _, title) in MENU {
            assert_eq!(asked_for(title), Some(*topic), "{title}");
        }
        for (_, value, _) in MENU {
            let cue = Cue::Answered {
                kind: "input_select".to_owned(),
                values: json!([{"title": "x", "value": value}]),
            };
            assert!(!steps(&cue, &Scene::default()).is_empty(), "{value}");
        }
    }

    #[test]
    fn the_survey_comes_from_the_server_where_it_will() {
        let scene = |surveys, surveyed| Scene {
            greeted: true,
            surveys,
            surveyed,
            ..Scene::default()
        };
        assert_eq!(written("survey", &scene(true, false)), ["text", "resolve"]);
        assert_eq!(written("survey", &scene(true, true)), ["input_csat"]);
        assert_eq!(written("survey", &scene(false, false)), ["input_csat"]);
    }
}
