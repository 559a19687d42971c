//! What differs between the versions of Chatwoot. Rules ask these structs, never for a version; which members a document
//! has is in the table of `wire::Shape`.

mod version;

pub use version::Version;

use crate::wire::Shape;

/// Makes a struct of differences, each a line: what the newest version does, and since when. Older versions do not.
macro_rules! quirks {
    ($(#[doc = $about:literal])* $name:ident {
        $($(#[doc = $meaning:literal])* $field:ident since $major:literal, $minor:literal, $patch:literal;)*
    }) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug)]
        #[allow(clippy::struct_excessive_bools, reason = "independent differences, not states")]
        pub struct $name {
            $($(#[doc = $meaning])* #[doc = concat!(" Since ", $major, ".", $minor, ".", $patch, ".")] pub $field: bool,)*
        }

        impl $name {
            fn of(version: Version) -> Self {
                Self { $($field: version >= Version::new($major, $minor, $patch),)* }
            }
        }
    };
}

/// The behaviour of one version.
#[derive(Clone, Debug)]
pub struct Quirks {
    /// Which version it is; to be told, not to be asked.
    pub version: Version,
    /// Contacts and their sessions.
    pub contacts: Contacts,
    /// Conversations and who reaches them.
    pub conversations: Conversations,
    /// Messages and what answers them.
    pub messages: Messages,
    /// What is announced on the cable.
    pub events: Events,
    /// Attachments.
    pub files: Files,
    /// The survey after a conversation.
    pub surveys: Surveys,
    /// Callback addresses and bots.
    pub callbacks: Callbacks,
    /// What agents may ask for.
    pub application: Application,
    /// Rails itself.
    pub framework: Framework,
    /// Which members documents have.
    pub shape: Shape,
    /// How long a contact counts as online after its last sign of life, in seconds: 90 since 4.11.2, 20 before.
    pub contact_presence_seconds: i64,
    /// Messages a minute and conversation: 200 since 3.9.0, without limit before.
    pub messages_per_minute: Option<i64>,
}

impl Quirks {
    /// What this version does.
    pub fn of(version: Version) -> Self {
        let since = |major, minor, patch| version >= Version::new(major, minor, patch);
        Self {
            version,
            contacts: Contacts::of(version),
            conversations: Conversations::of(version),
            messages: Messages::of(version),
            events: Events::of(version),
            files: Files::of(version),
            surveys: Surveys::of(version),
            callbacks: Callbacks::of(version),
            application: Application::of(version),
            framework: Framework::of(version),
            shape: Shape::of(version),
            contact_presence_seconds: if since(4, 11, 2) { 90 } else { 20 },
            messages_per_minute: since(3, 9, 0).then_some(200),
        }
    }
}

quirks! {
    /// Contacts and their sessions.
    Contacts {
        /// An empty `source_id` is a 500 instead of a 422.
        blank_source_is_an_error since 2, 10, 0;
        /// `identifier` is stored and looked up by POST contacts.
        identifiers since 2, 11, 0;
        /// All texts are limited to 255 characters, not only the name.
        all_texts_limited since 2, 17, 0;
        /// PATCH contacts finds the owner of an e-mail whatever its case.
        emails_found_in_any_case since 3, 7, 0;
        /// Contacts can be blocked. Before, an agent mutes a single conversation.
        blocking since 3, 7, 0;
        /// A long name is cut in POST contacts instead of refused.
        long_names_cut since 4, 15, 0;
        /// A number or boolean as name is a 500 in POST contacts.
        name_must_be_text since 4, 15, 0;
        /// An array as `source_id` counts as its first element, not as its JSON text. Later than 4.1.0.
        source_may_be_a_list since 4, 15, 0;
    }
}

quirks! {
    /// Conversations and who reaches them.
    Conversations {
        /// The inbox route of the public API has an action.
        inbox_shown since 2, 11, 0;
        /// Embedded messages are those that the contact may see; private notes and activity are left out.
        only_public_embedded since 2, 18, 0;
        /// Routes for the contact's typing and reading.
        typing_and_seen since 3, 0, 0;
        /// The contact may give `custom_attributes` to a new conversation.
        contact_sets_attributes since 3, 2, 0;
        /// "Lock to single conversation" holds for the contact.
        locked_for_contacts since 3, 2, 0;
        /// Routes for the contact to show and resolve one conversation.
        shown_and_resolved since 3, 7, 0;
        /// Resolving clears `waiting_since`.
        resolving_clears_waiting since 4, 4, 0;
        /// The conversation list of a verified session is no 500.
        verified_list_works since 4, 7, 0;
        /// An unverified session reaches only the messages of its own conversations.
        messages_limited_to_session since 4, 14, 0;
    }
}

quirks! {
    /// Messages and what answers them.
    Messages {
        /// The content type `integrations`.
        integrations since 2, 13, 0;
        /// Variables in what agents write are replaced.
        variables_in_replies since 2, 13, 0;
        /// An inbox with a bot greets and asks all the same. Later than 2.7.0, by what is told of it.
        templates_besides_bots since 2, 13, 0;
        /// A line tells agents that a message of the contact opened what was resolved.
        reopening_told since 2, 16, 0;
        /// Variables in what the inbox writes by itself are replaced.
        variables_in_templates since 2, 17, 0;
        /// A cursor beyond 64 bits is a 500, not the newest page. Later than 2.7.0.
        large_cursor_is_an_error since 3, 0, 0;
        /// A message with files that changes its conversation is saved a second time, without a change. Later than 2.7.0.
        files_saved_again since 3, 0, 0;
        /// A reply knows the external id of what it answers.
        external_reply_ids since 3, 2, 0;
        /// The content type `sticker`.
        stickers since 3, 4, 0;
        /// Nobody is told to be away within five minutes after an agent wrote.
        replies_keep_office_open since 4, 1, 0;
        /// An agent's note does not count as writing there.
        notes_do_not since 4, 3, 0;
        /// The content type `voice_call`.
        voice_calls since 4, 6, 0;
        /// Agents may give any `content_attributes`, not only `items` and `in_reply_to`.
        any_content_attributes since 4, 9, 0;
    }
}

quirks! {
    /// What is announced on the cable.
    Events {
        /// `conversation.updated` exists.
        conversation_updated since 2, 11, 0;
        /// `message.updated` tells the previous values.
        previous_changes since 3, 0, 0;
        /// What the contact has seen becomes `read`.
        seen_marks_read since 3, 3, 0;
        /// A message that is saved without a change is not announced.
        silent_without_change since 3, 5, 0;
        /// Status and updates of conversations are read again before sending, and lose the performer.
        read_again since 4, 0, 2;
        /// New labels are announced once, not twice.
        labels_once since 4, 6, 0;
    }
}

quirks! {
    /// Attachments.
    Files {
        /// Redirects to files are empty instead of a short page: Rails 7.1.
        redirects_empty since 4, 3, 0;
        /// Only what its sender called an image has a `thumb_url`, not whatever turned out to be one.
        thumbnails_of_images_only since 4, 5, 0;
        /// New attachments have an `extension`; it is null before.
        extensions since 4, 13, 0;
        /// Addresses of audio ask for it to be played in the page, and it is; a download before.
        audio_inline since 4, 14, 0;
    }
}

quirks! {
    /// The survey after a conversation.
    Surveys {
        /// The public API stores the answer; before, only its empty shell.
        answered_publicly since 2, 15, 0;
        /// What REST shows in place of the question, the cable shows too.
        link_on_the_cable since 2, 17, 0;
        /// The settings of an inbox hold a button's text and a language, too.
        with_button since 4, 10, 0;
        /// Emoji or stars, own words, rules.
        configured since 4, 2, 0;
        /// Where agents may no longer answer, a line tells of the survey that was not sent.
        only_within_window since 4, 3, 0;
        /// Resolving sends the survey; before, the next message of a resolved conversation does, mostly the line about it.
        sent_by_resolving since 4, 3, 0;
        /// The question is no longer replaced by a sentence with a link, in REST and on the cable.
        plain_question since 4, 3, 0;
    }
}

quirks! {
    /// Callback addresses and bots.
    Callbacks {
        /// Contacts are told of whole, without `type`; before, five members with it.
        contact_whole since 2, 14, 0;
        /// A failed callback marks its message as failed.
        failure_marks since 3, 3, 0;
        /// Events name the bot that caused them.
        bots_perform since 3, 5, 0;
        /// Typing is told.
        typing since 4, 2, 0;
        /// A bot's reply clears `waiting_since`.
        bot_replies_count since 4, 10, 0;
        /// Handing over by a bot sets `waiting_since`.
        handing_over_waits since 4, 11, 2;
        /// Callbacks carry an id, a time and a signature.
        signed since 4, 13, 0;
        /// Bots are told of changed conversations.
        bots_get_conversation_events since 4, 13, 0;
        /// Texts lose the editor's hard breaks.
        content_normalised since 4, 13, 0;
        /// Addresses in private networks are refused.
        private_refused since 4, 14, 0;
        /// A slow answer is told of in the words of another HTTP library.
        timeout_names_socket since 4, 14, 0;
        /// Conversations name their account.
        conversation_has_account since 4, 14, 2;
    }
}

quirks! {
    /// What agents may ask for.
    Application {
        /// The route for the priority of a conversation.
        priorities since 2, 17, 0;
        /// Agents may make sessions that count as verified.
        sessions_verified since 2, 18, 0;
        /// The route that makes a conversation unread again. Later than 2.7.0.
        unread_again since 3, 0, 0;
        /// Messages can be asked for by `after`. Later than 2.7.0.
        messages_after since 3, 0, 0;
        /// A conversation holds its last message alone; before, all that the agent has not seen. Later than 2.7.0.
        last_message_alone since 3, 0, 0;
        /// `hmac_token` is for administrators alone. Later than 2.7.0.
        hmac_token_kept_back since 3, 0, 0;
        /// Deleting an inbox is answered with a sentence, not with nothing. Later than 2.7.0.
        inbox_deletion_told since 3, 0, 0;
        /// "Lock to single conversation" holds for agents. Later than 2.7.0.
        locked_for_agents since 3, 0, 0;
        /// Sessions of a contact name their inbox briefly, and lists of contacts do not count conversations.
        brief_contacts since 4, 0, 2;
        /// Agents may set the status of a message.
        message_status since 4, 2, 0;
        /// A conversation may be assigned to a bot.
        assigned_to_bots since 4, 8, 0;
        /// Administrators may delete a conversation.
        conversations_deleted since 4, 3, 0;
        /// An inbox may have any name, `<` and `@` included. Later than 4.1.0.
        any_inbox_name since 4, 15, 0;
        /// A search for contacts says whether there are more. Later than 4.1.0.
        search_has_more since 4, 15, 0;
    }
}

quirks! {
    /// Rails itself.
    Framework {
        /// The cable's answer to a plain GET names its character set: Rails 7.1.
        cable_page_has_charset since 4, 3, 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_begins_with_its_version() {
        let flood = |major, minor| Quirks::of(Version::new(major, minor, 0)).messages_per_minute;
        assert_eq!((flood(3, 8), flood(3, 9)), (None, Some(200)));
        let clears = |version| Quirks::of(version).conversations.resolving_clears_waiting;
        assert!(!clears(Version::new(4, 3, 0)) && clears(Version::new(4, 4, 0)) && clears(Version::NEWEST));
        assert!(!Quirks::of(Version::new(2, 10, 9)).contacts.identifiers);
    }
}
