//! Every word the widget says, by key. English is embedded; another language is a table of the same keys, loaded
//! when it is needed, and the site owner may override any of them.

macro_rules! keys {
    ($($(#[$doc:meta])* $key:ident $name:literal = $text:literal;)*) => {
        /// A thing that is said.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Key { $($(#[$doc])* $key,)* }

        /// The mark of each name of the files of `locales/`, in the order of [`Key`]. The names would be a third of the table.
        const NAMES: &[u32] = &[$(mark($name),)*];

        /// The English texts, in the order of [`Key`], each with a line break behind it.
        const ENGLISH: &str = concat!($($text, "\n",)*);

        /// Name and English text, in the order of [`Key`].
        #[cfg(test)]
        const TABLE: &[(&str, &str)] = &[$(($name, $text),)*];
    };
}

keys! {
    /// Name of the panel where the inbox has none.
    Chat "chat" = "Chat";
    /// Closes the panel.
    Close "close" = "Close chat";
    /// Opens the chat in a window of its own; done by `boot.js`.
    PopOut "pop_out" = "Open in a window of its own";
    /// Under the name, when someone of the team is there.
    Online "online" = "Online";
    /// Under the name, when nobody is there.
    Away "away" = "We reply as soon as we can";
    /// The bar while the connection is made.
    Connecting "connecting" = "Connecting. What you write is kept.";
    /// The bar while the browser says there is no network.
    Offline "offline" = "You are offline. What you write is kept.";
    /// Heading of the empty chat.
    Hello "hello" = "Hello.";
    /// Second line of that heading.
    HowCanWeHelp "how_can_we_help" = "How can we help?";
    /// Below the heading.
    AskAnything "ask_anything" = "Ask anything. Your messages stay here, also when you come back tomorrow.";
    /// The same, where storage is denied.
    AskAnythingNow "ask_anything_now" = "Ask anything. Keep this page open while we chat.";
    /// Name of the group of starter replies.
    Starters "starters" = "Suggested messages";
    /// In the empty composer.
    Placeholder "placeholder" = "Write a message";
    /// Name of the send button.
    Send "send" = "Send";
    /// Name of the list of messages.
    Messages "messages" = "Messages";
    /// The button above the first message.
    ShowEarlier "show_earlier" = "Show earlier messages";
    /// While they are fetched.
    Loading "loading" = "Loading";
    /// When that failed; behind it stands [`Key::Retry`].
    LoadFailed "load_failed" = "Could not be loaded.";
    /// The button where messages are missing.
    ShowMissing "show_missing" = "Show missing messages";
    /// Above the first unread message.
    New "new" = "New";
    /// The pill that leads to the end.
    NewMessages "new_messages" = "one:{n} new message|other:{n} new messages";
    /// The same without new messages.
    ToNewest "to_newest" = "Go to the newest message";
    /// For screen readers before an own message.
    YouSaid "you_said" = "You said, {time}";
    /// For screen readers before another's message.
    TheySaid "they_said" = "{name} said, {time}";
    /// Name of an author who has none.
    Team "team" = "Team";
    /// Beside the name of a program.
    Bot "bot" = "Bot";
    /// Own message: on its way.
    Sending "sending" = "Sending";
    /// Own message: waits for a network.
    WaitingForNetwork "waiting_for_network" = "Waiting for network";
    /// Own message: waits for one before it, or because the server asked for a pause.
    Waiting "waiting" = "Waiting";
    /// Own message: whether the server has it is being found out.
    Checking "checking" = "Checking";
    /// Own message: the server has it.
    Sent "sent" = "Sent";
    /// Own message: an agent saw it.
    Seen "seen" = "Seen";
    /// Own message: it was not sent.
    NotSent "not_sent" = "Not sent.";
    /// Why: the server, or what stands before it, refused it.
    Refused "refused" = "The server did not accept it.";
    /// Why: trying went on for too long.
    GaveUp "gave_up" = "It took too long.";
    /// Own message: nobody knows whether it was sent.
    MaybeSent "maybe_sent" = "This may not have been sent.";
    /// Own message: stored by the server, not passed on.
    NotDelivered "not_delivered" = "Not delivered to the team";
    /// Try again.
    Retry "retry" = "Retry";
    /// Give up.
    Delete "delete" = "Delete";
    /// Instead of a deleted message.
    Deleted "deleted" = "This message was deleted";
    /// Instead of a message of which nothing can be shown.
    Unsupported "unsupported" = "This message cannot be shown here";
    /// Someone types.
    Typing "typing" = "{name} is typing";
    /// A picture without a name.
    Image "image" = "Image";
    /// A sound.
    Audio "audio" = "Voice message";
    /// A film.
    Video "video" = "Video";
    /// A file without a name.
    File "file" = "File";
    /// A place.
    Location "location" = "Location";
    /// Someone's card.
    Contact "contact" = "Contact";
    /// Something linked.
    Attachment "attachment" = "Attachment";
    /// Sizes of files.
    Bytes "bytes" = "{n} B";
    /// Sizes of files.
    Kilobytes "kilobytes" = "{n} kB";
    /// Sizes of files.
    Megabytes "megabytes" = "{n} MB";
    /// A survey without words of its own.
    RateConversation "rate_conversation" = "How was this conversation?";
    /// What the visitor answered to a survey, a choice or a form.
    YourAnswer "your_answer" = "Your answer: {text}";
    /// The chat is not set up right, or nothing answers.
    Unavailable "unavailable" = "The chat is not available at the moment. What you write is kept.";
    /// The page's address names a conversation that is none of the visitor's.
    UnknownConversation "unknown_conversation" = "That conversation is not known here. You can write all the same.";
    /// Try to reach it again.
    TryAgain "try_again" = "Try again";
    /// The server asks to slow down.
    SlowDown "slow_down" = "one:Many messages at once. Sending goes on in {n} second.|other:Many messages at once. Sending goes on in {n} seconds.";
    /// What stands in the composer, or was refused, is more than the server takes.
    TooLong "too_long" = "This is too long to be sent.";
    /// Nothing outlives the page.
    MemoryOnly "memory_only" = "Your browser stores nothing for this page: keep it open while we chat.";
    /// The conversation was ended.
    Resolved "resolved" = "This conversation has ended. Write to go on.";
}

/// The words of one language, with the owner's own on top.
#[derive(Clone, Debug, Default)]
pub struct Strings {
    overrides: Vec<(String, String)>,
}

impl Strings {
    /// English with these texts over it. Of equal keys the first counts; blank texts count as absent, and unknown keys
    /// lie unused.
    #[must_use]
    pub fn new(texts: Vec<(String, String)>) -> Self {
        Self { overrides: texts }
    }

    /// The text of a key.
    #[must_use]
    pub fn text(&self, key: Key) -> &str {
        let name = NAMES.get(key as usize).copied().unwrap_or_default();
        self.overrides
            .iter()
            .find(|(key, text)| mark(key) == name && !text.trim().is_empty())
            .map(|(_, text)| text.as_str())
            .or_else(|| ENGLISH.split('\n').nth(key as usize))
            .unwrap_or_default()
    }

    /// The text of a key with one `{name}` replaced.
    #[must_use]
    pub fn with(&self, key: Key, name: &str, value: &str) -> String {
        fill(self.text(key), name, value)
    }

    /// The form of a counted text for a plural category of CLDR (`one`, `few`, …), falling back to `other`.
    #[must_use]
    pub fn counted(&self, key: Key, category: &str, number: &str) -> String {
        fill(plural(self.text(key), category), "n", number)
    }
}

/// A number that stands for a name (FNV-1a); no two of ours share one.
const fn mark(name: &str) -> u32 {
    let mut mark = 0x811c_9dc5_u32;
    let mut rest = name.as_bytes();
    while let [first, tail @ ..] = rest {
        mark = (mark ^ *first as u32).wrapping_mul(0x0100_0193);
        rest = tail;
    }
    mark
}

/// Puts a value in the place of `{name}`.
#[must_use]
pub fn fill(template: &str, name: &str, value: &str) -> String {
    // Brace by brace: the library's search for a text costs two kilobytes.
    let found = template.match_indices('{').find_map(|(at, _)| {
        let (before, place) = template.split_at_checked(at)?;
        let after = place.strip_prefix('{')?.strip_prefix(name)?.strip_prefix('}')?;
        Some([before, value, after].concat())
    });
    found.unwrap_or_else(|| template.to_owned())
}

/// Picks from `one:…|other:…`; a text without forms is its own.
fn plural<'a>(text: &'a str, category: &str) -> &'a str {
    let form = |wanted: &str| {
        text.split('|')
            .find_map(|form| form.split_once(':').filter(|(name, _)| *name == wanted))
            .map(|(_, text)| text)
    };
    form(category).or_else(|| form("other")).unwrap_or(text)
}

/// Languages that have a file in `locales/`; English is embedded.
pub const LANGUAGES: [&str; 4] = ["ar", "de", "es", "fr"];

/// Which file of `locales/` a BCP 47 tag needs; `None` where English serves.
#[must_use]
pub fn file_for(locale: &str) -> Option<&'static str> {
    let language = language_of(locale);
    LANGUAGES
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(language))
}

/// Whether a language is written from right to left.
#[must_use]
pub fn is_right_to_left(locale: &str) -> bool {
    let mut subtags = locale.split(['-', '_']);
    let language = subtags.next().unwrap_or_default().to_ascii_lowercase();
    match subtags.next().filter(|script| script.len() == 4) {
        Some(script) => {
            ["arab", "hebr", "thaa", "syrc", "nkoo", "adlm"].contains(&script.to_ascii_lowercase().as_str())
        }
        None => {
            ["ar", "he", "iw", "fa", "ur", "ps", "sd", "ug", "yi", "dv", "ckb"].contains(&language.as_str())
        }
    }
}

/// The part of a tag that `Intl` surely takes: language, script, region. It throws at anything malformed.
#[must_use]
pub fn intl_tag(locale: &str) -> Option<String> {
    let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
    let mut subtags = locale.split(['-', '_']).peekable();
    let language = subtags
        .next()
        .filter(|part| letters(part) && matches!(part.len(), 2 | 3 | 5..=8))?;
    let mut tag = language.to_owned();
    let script = subtags.next_if(|part| part.len() == 4 && letters(part));
    let is_number = |part: &str| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    let region = subtags.next_if(|part| (part.len() == 2 && letters(part)) || is_number(part));
    for part in [script, region].into_iter().flatten() {
        tag.push('-');
        tag.push_str(part);
    }
    Some(tag)
}

fn language_of(locale: &str) -> &str {
    locale.split(['-', '_']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn names_have_marks_of_their_own_and_texts_their_places() {
        let marks: BTreeSet<u32> = NAMES.iter().copied().collect();
        assert_eq!(marks.len(), TABLE.len());
        let texts: Vec<&str> = TABLE.iter().map(|(_, text)| *text).collect();
        assert_eq!(ENGLISH.lines().collect::<Vec<_>>(), texts);
        assert_eq!(Strings::default().text(Key::Resolved), *texts.last().unwrap());
    }

    #[test]
    fn a_missing_or_blank_text_falls_back_to_english() {
        let texts = [
            ("send", "Senden"),
            ("close", "  "),
            ("nonsense", "x"),
            ("send", "Absenden"),
        ];
        let texts = texts.map(|(key, text)| (key.to_owned(), text.to_owned()));
        let strings = Strings::new(texts.into());
        assert_eq!(strings.text(Key::Send), "Senden");
        assert_eq!(strings.text(Key::Close), "Close chat");
        assert_eq!(
            strings.text(Key::Resolved),
            "This conversation has ended. Write to go on."
        );
    }

    #[test]
    fn counted_texts_pick_their_form_and_fall_back_to_other() {
        let strings = Strings::default();
        assert_eq!(strings.counted(Key::NewMessages, "one", "1"), "1 new message");
        assert_eq!(strings.counted(Key::NewMessages, "few", "3"), "3 new messages");
        let plain = Strings::new(vec![("new_messages".to_owned(), "Neu: {n}".to_owned())]);
        assert_eq!(plain.counted(Key::NewMessages, "one", "1"), "Neu: 1");
    }

    #[test]
    fn a_value_is_filled_in_once_and_never_read_as_a_template() {
        assert_eq!(
            fill("{name} said, {time}", "name", "{time}"),
            "{time} said, {time}"
        );
        assert_eq!(fill("no place", "name", "x"), "no place");
    }

    #[test]
    fn the_direction_follows_script_before_language() {
        for right in ["ar", "ar-EG", "he_IL", "fa", "az-Arab"] {
            assert!(is_right_to_left(right), "{right}");
        }
        for left in ["en", "de-AT", "ar-Latn", "", "arn"] {
            assert!(!is_right_to_left(left), "{left}");
        }
    }

    #[test]
    fn a_tag_is_cut_to_what_intl_takes() {
        assert_eq!(intl_tag("pt_BR").as_deref(), Some("pt-BR"));
        assert_eq!(intl_tag("zh-Hant-TW-x-private").as_deref(), Some("zh-Hant-TW"));
        assert_eq!(intl_tag("es-419").as_deref(), Some("es-419"));
        assert_eq!(intl_tag("de-1996-1996").as_deref(), Some("de"));
        for wrong in ["", "e", "abcd", "en1", "تجربة", "*"] {
            assert_eq!(intl_tag(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_locale_asks_for_its_languages_file_only() {
        assert_eq!(file_for("de-AT"), Some("de"));
        assert_eq!(file_for("AR_eg"), Some("ar"));
        assert_eq!(file_for("en-GB"), None);
        assert_eq!(file_for("nl"), None);
    }

    #[test]
    fn every_language_has_exactly_the_keys_and_places_of_english() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("locales");
        let mut english: BTreeMap<&str, &str> = TABLE.iter().copied().collect();
        // What is said while the chat is in a window of its own is not in the wasm.
        let script = include_str!("../embed/popout-frame.js");
        let words = script.lines().filter_map(|line| line.trim().split_once(": '"));
        english.extend(words.filter(|(key, _)| key.starts_with("window_")));
        assert!(
            english.contains_key("window_away"),
            "popout-frame.js has its words"
        );
        for language in LANGUAGES {
            let text = std::fs::read_to_string(folder.join(format!("{language}.json"))).unwrap();
            let table: BTreeMap<String, String> = serde_json::from_str(&text).unwrap();
            let keys: BTreeSet<&str> = table.keys().map(String::as_str).collect();
            assert_eq!(
                keys,
                english.keys().copied().collect::<BTreeSet<_>>(),
                "{language}"
            );
            for (key, text) in &table {
                assert_eq!(places(text), places(english[key.as_str()]), "{language} {key}");
            }
        }
        let files = std::fs::read_dir(folder).unwrap().count();
        assert_eq!(files, LANGUAGES.len(), "a file that LANGUAGES does not name");
    }

    /// The `{names}` in a text, each once.
    fn places(text: &str) -> BTreeSet<&str> {
        text.split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}'))
            .map(|(name, _)| name)
            .collect()
    }
}
