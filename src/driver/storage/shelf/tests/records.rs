//! Records that a slow writer would overwrite, and their way through the store.

use super::*;

#[test]
fn a_slow_write_of_an_identity_takes_nothing_away() {
    let tab = eg::tab("a");
    let known = eg::identity("mine");
    let mut shelf = Shelf {
        identity: Some(IdentityRecord {
            conversation: Some(ConversationId(1)),
            pubsub_token: Some(PubsubToken::new("theirs")),
            seen: Some(MessageId(9)),
            ..known.clone()
        }),
        ..Shelf::default()
    };
    let mut store = |known: &IdentityRecord, record: IdentityRecord| {
        let with = Circumstances {
            known: Some(known),
            ..eg::at(tab, 0)
        };
        shelf.apply(&Operation::StoreIdentity(record), &with);
        shelf.identity.clone().unwrap()
    };
    let slow = IdentityRecord {
        creation: 7,
        verified: true,
        ..known.clone()
    };
    let stored = store(&known, slow);
    assert_eq!(
        (stored.conversation, stored.creation, stored.verified),
        (Some(ConversationId(1)), 0, true)
    );
    assert_eq!(
        (stored.pubsub_token.clone(), stored.seen),
        (Some(PubsubToken::new("theirs")), Some(MessageId(9)))
    );
    let left = IdentityRecord {
        conversation: None,
        ..stored.clone()
    };
    assert_eq!(
        store(&stored, left).conversation,
        None,
        "whoever knew it may leave it"
    );
}

#[test]
fn whoever_finds_the_old_conversation_gone_does_not_take_away_a_new_one() {
    let told = |conversation: Option<i64>| IdentityRecord {
        conversation: conversation.map(ConversationId),
        ..eg::identity("a")
    };
    let kept = |stored| merged(Some(&told(Some(1))), &told(stored), &told(None)).conversation;
    assert_eq!(kept(Some(1)), None);
    assert_eq!(kept(Some(2)), Some(ConversationId(2)));
}

#[test]
fn a_slow_write_of_a_conversation_does_not_take_the_place_of_a_later_one() {
    let told = |conversation: Option<i64>| IdentityRecord {
        conversation: conversation.map(ConversationId),
        ..eg::identity("a")
    };
    let kept = |stored, new| merged(Some(&told(None)), &told(stored), &told(new)).conversation;
    assert_eq!(kept(Some(2), Some(1)), Some(ConversationId(2)));
    assert_eq!(kept(Some(2), Some(3)), Some(ConversationId(3)));
    assert_eq!(kept(None, Some(1)), Some(ConversationId(1)));
}

#[test]
fn of_two_tabs_that_note_a_creation_the_first_has_it_and_the_next_one_counts_further() {
    let begin = |before: &IdentityRecord, drawn| IdentityRecord {
        creation: before.next_creation(drawn),
        ..before.clone()
    };
    let none = eg::identity("a");
    let (one, other) = (begin(&none, 7), begin(&none, 1 << 60 | 9));
    assert_ne!(one.creation, other.creation);
    let noted = |known, stored, new| {
        let kept = merged(Some(known), stored, new);
        assert!(kept.creating_conversation, "an earlier version has to see it");
        kept.creation
    };
    assert_eq!(noted(&none, &one, &other), one.creation);
    // Known to the store's side of the tab, but not to the session when it counted.
    assert_eq!(noted(&one, &one, &other), one.creation);
    let again = begin(&one, 9);
    assert_eq!(noted(&one, &one, &again), again.creation);
    assert!(again.creation < 1 << 53);
    let slow = IdentityRecord {
        verified: true,
        ..none.clone()
    };
    let kept = merged(Some(&none), &again, &slow);
    assert_eq!(kept.creation, again.creation);
}

#[test]
fn records_are_read_back_as_they_were_written() {
    let row = StoredRow {
        owner: "owner".into(),
        claim: Some(Claim {
            tab: "a".into(),
            until: 20,
            made: 10,
        }),
        row: OutgoingRecord {
            attempt: Some(attempt()),
            failed: Some("no".into()),
            sequence: 1_767_348_000_000,
            ..eg::row("1")
        },
    };
    let bare = StoredRow {
        claim: None,
        row: eg::row("2"),
        ..row.clone()
    };
    let json = |value: &serde_json::Value| value.to_string().parse::<Json>().unwrap();
    for row in [row, bare] {
        let written = serde_json::to_value(&row).unwrap();
        assert_eq!(StoredRow::read(&json(&written)), Some(row));
        let mut other = written.clone();
        other["row"]["version"] = 2.into();
        assert_eq!(StoredRow::read(&json(&other)), None, "another version");
    }
    let identity = IdentityRecord {
        pubsub_token: Some(PubsubToken::new("token")),
        conversation: Some(ConversationId(1)),
        profile: 77,
        creation: 78,
        seen: Some(MessageId(3)),
        ..eg::identity("mine")
    };
    let mut written = serde_json::to_value(&identity).unwrap();
    assert_eq!(stored::read_identity(&json(&written)), Some(identity));
    written["creation"] = serde_json::Value::Null;
    written["creating_conversation"] = true.into();
    let earlier = stored::read_identity(&json(&written)).unwrap();
    assert!(earlier.creation > 0, "an earlier version began one");
    written["conversation"] = "1".into();
    assert_eq!(
        stored::read_identity(&json(&written)),
        None,
        "nothing is guessed at"
    );
}
