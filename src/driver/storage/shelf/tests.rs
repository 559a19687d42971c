use confab_protocol::{ConversationId, Json, MessageId, PubsubToken};
use confab_session::record::{Attempt, RECORD_VERSION};
use confab_session::{OutgoingKey, UnixMillis};

use super::*;
use crate::driver::storage::stored;

mod claims;
mod records;

mod eg {
    use confab_session::TabId;

    use super::*;

    pub fn row(key: &str) -> OutgoingRecord {
        OutgoingRecord {
            version: RECORD_VERSION,
            key: OutgoingKey(key.into()),
            sequence: 0,
            text: format!("text of {key}"),
            submitted_at: UnixMillis(5),
            rounds: 0,
            attempt: None,
            failed: None,
            wait_until: None,
        }
    }

    pub fn identity(source_id: &str) -> IdentityRecord {
        IdentityRecord::new(SourceId::new(source_id), None)
    }

    /// Tab `tab` at `now`, with a source that draws "drawn".
    pub fn at(tab: &'static TabId, now: i64) -> Circumstances<'static> {
        let draw = &|| Some(SourceId::new("drawn"));
        Circumstances {
            tab,
            now,
            owner: "owner",
            identifier: None,
            copy: None,
            draw,
            durable: true,
            lock_since: None,
            known: None,
        }
    }

    pub fn tab(name: &str) -> &'static TabId {
        Box::leak(Box::new(TabId(name.into())))
    }
}

fn source_of(done: &Done) -> String {
    match done.events.as_slice() {
        [Event::OutgoingSaved { identity, .. } | Event::IdentityStored(identity)] => {
            identity.source_id.expose().into()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_first_message_makes_the_identity_and_the_second_finds_it() {
    let (mut shelf, tab) = (Shelf::default(), eg::tab("a"));
    let done = shelf.apply(&Operation::Save(eg::row("1")), &eg::at(tab, 100));
    assert_eq!(source_of(&done), "drawn");
    assert_eq!((done.writes.len(), done.changed), (2, Some(Changed::Identity)));
    let other = Circumstances {
        draw: &|| Some(SourceId::new("again")),
        ..eg::at(tab, 100)
    };
    let done = shelf.apply(&Operation::Save(eg::row("2")), &other);
    assert_eq!(source_of(&done), "drawn");
    assert_eq!((done.writes.len(), done.changed), (1, Some(Changed::Outbox)));
    assert_eq!(
        source_of(&shelf.apply(&Operation::EnsureIdentity, &other)),
        "drawn"
    );
}

#[test]
fn the_copy_stands_in_for_an_empty_store() {
    let mut shelf = Shelf::default();
    let with = || Circumstances {
        copy: Some(SourceId::new("copied")),
        ..eg::at(eg::tab("a"), 100)
    };
    let done = shelf.apply(&Operation::Restore, &with());
    let [
        Event::Restored {
            snapshot,
            durable: true,
        },
    ] = done.events.as_slice()
    else {
        panic!("{done:?}")
    };
    assert_eq!(snapshot.identity.as_ref().unwrap().source_id.expose(), "copied");
    assert!(done.writes.is_empty());
    assert_eq!(
        source_of(&shelf.apply(&Operation::EnsureIdentity, &with())),
        "copied"
    );
}

#[test]
fn without_randomness_nothing_is_saved() {
    let with = Circumstances {
        draw: &|| None,
        ..eg::at(eg::tab("a"), 100)
    };
    let done = Shelf::default().apply(&Operation::Save(eg::row("1")), &with);
    assert!(matches!(done.events.as_slice(), [Event::SaveFailed(_)]) && done.writes.is_empty());
}

#[test]
fn rows_keep_the_order_of_submission_also_when_clocks_jump_and_one_is_saved_again() {
    let (mut shelf, tab) = (Shelf::default(), eg::tab("a"));
    for (key, now) in [("1", 500), ("2", 100), ("3", 100), ("1", 50)] {
        shelf.apply(&Operation::Save(eg::row(key)), &eg::at(tab, now));
    }
    let keys: Vec<_> = shelf.outbox().into_iter().map(|row| row.key.0).collect();
    assert_eq!(keys, ["2", "3", "1"]);
}

#[test]
fn only_a_row_that_is_there_and_free_is_updated() {
    let (mut shelf, one, two) = (Shelf::default(), eg::tab("one"), eg::tab("two"));
    let failed = OutgoingRecord {
        failed: Some("no".into()),
        ..eg::row("1")
    };
    assert!(
        shelf
            .apply(&Operation::Update(failed.clone()), &eg::at(one, 0))
            .writes
            .is_empty()
    );
    shelf.apply(&Operation::Save(eg::row("1")), &eg::at(one, 0));
    shelf.apply(
        &Operation::Claim {
            row: eg::row("1"),
            for_ms: 10,
        },
        &eg::at(one, 0),
    );
    assert!(
        shelf
            .apply(&Operation::Update(failed.clone()), &eg::at(two, 4))
            .writes
            .is_empty()
    );
    assert_eq!(
        shelf.apply(&Operation::Update(failed), &eg::at(one, 5)).changed,
        Some(Changed::Outbox)
    );
    assert_eq!(
        (shelf.rows[0].claim.as_ref(), shelf.rows[0].row.failed.as_deref(),),
        (None, Some("no"))
    );
    shelf.apply(&Operation::Remove(OutgoingKey("1".into())), &eg::at(one, 5));
    assert!(shelf.rows.is_empty());
}

#[test]
fn an_identity_is_written_over_its_own_and_no_other() {
    let (tab, mine) = (eg::tab("a"), eg::identity("mine"));
    let store = |shelf: &mut Shelf, copy: Option<&str>| {
        shelf.apply(
            &Operation::StoreIdentity(mine.clone()),
            &Circumstances {
                copy: copy.map(SourceId::new),
                ..eg::at(tab, 0)
            },
        )
    };
    let mut own = Shelf {
        identity: Some(eg::identity("mine")),
        ..Shelf::default()
    };
    assert_eq!(
        (source_of(&store(&mut own, None)), own.identity.is_some()),
        ("mine".into(), true)
    );
    let mut other = Shelf {
        identity: Some(eg::identity("other")),
        ..Shelf::default()
    };
    let done = store(&mut other, Some("mine"));
    assert_eq!((source_of(&done), done.writes.len()), ("other".into(), 0));
    let mut emptied = Shelf::default();
    assert_eq!(
        (source_of(&store(&mut emptied, Some("mine"))), emptied.identity),
        ("mine".into(), Some(mine.clone()))
    );
    let mut wiped = Shelf::default();
    let done = store(&mut wiped, None);
    assert!(matches!(done.events.as_slice(), [Event::IdentityChanged(None)]) && wiped.identity.is_none());
}

#[test]
fn a_renewed_identity_keeps_what_was_written() {
    let tab = eg::tab("a");
    let mut shelf = Shelf {
        identity: Some(eg::identity("old")),
        composition: Some("half".into()),
        ..Shelf::default()
    };
    shelf.apply(&Operation::Save(eg::row("1")), &eg::at(tab, 0));
    let renew = Operation::RenewIdentity(SourceId::new("old"));
    // The copy is the old one's and must not come back.
    let with = || Circumstances {
        copy: Some(SourceId::new("old")),
        ..eg::at(tab, 0)
    };
    assert_eq!(source_of(&shelf.apply(&renew, &with())), "drawn");
    assert_eq!(
        (shelf.rows.len(), shelf.composition.as_deref()),
        (1, Some("half"))
    );
    assert_eq!(
        source_of(&shelf.apply(&renew, &with())),
        "drawn",
        "another tab was first"
    );
}

fn compose(before: &str, text: &str) -> Operation {
    Operation::Compose {
        before: before.into(),
        text: text.into(),
    }
}

#[test]
fn a_tab_takes_away_no_text_but_its_own_and_what_another_left_comes_with_the_next_page() {
    let tab = eg::tab("a");
    let mut shelf = Shelf::default();
    let mut done = |before, text| {
        shelf.apply(&compose(before, text), &eg::at(tab, 0));
        shelf.snapshot(&eg::at(tab, 0)).composition
    };
    done("", "mine");
    done("", "the other one's");
    assert_eq!(done("mine", "mine, longer").as_deref(), Some("mine, longer"));
    assert_eq!(done("mine, longer", "").as_deref(), Some("the other one's"));
    assert_eq!(done("mine", "").as_deref(), Some("the other one's"));
    assert_eq!(done("the other one's", ""), None);
    assert_eq!(shelf.composition, None, "nothing is stored");
}

#[test]
fn wiping_leaves_nothing() {
    let tab = eg::tab("a");
    let mut shelf = Shelf::default();
    shelf.apply(&Operation::Save(eg::row("1")), &eg::at(tab, 0));
    shelf.apply(&compose("", "half"), &eg::at(tab, 0));
    let done = shelf.apply(&Operation::Wipe, &eg::at(tab, 0));
    assert_eq!((shelf, done.changed), (Shelf::default(), Some(Changed::Identity)));
}

fn claim(row: OutgoingRecord) -> Operation {
    Operation::Claim { row, for_ms: 1_000 }
}

fn is_granted(done: &Done) -> bool {
    matches!(done.events.as_slice(), [Event::OutgoingClaimed(_)])
}

fn attempt() -> Attempt {
    Attempt {
        newest_known: Some(MessageId(4)),
        patience: 4_000,
    }
}

#[test]
fn an_update_gives_the_row_free_unless_an_attempt_is_under_way() {
    let (mut shelf, tab) = (Shelf::default(), eg::tab("a"));
    shelf.apply(&Operation::Save(eg::row("1")), &eg::at(tab, 5));
    let tried = OutgoingRecord {
        attempt: Some(attempt()),
        ..eg::row("1")
    };
    shelf.apply(&claim(tried.clone()), &eg::at(tab, 6));
    shelf.apply(&Operation::Update(tried), &eg::at(tab, 7));
    assert!(shelf.rows[0].claim.is_some());
    shelf.apply(&Operation::Update(eg::row("1")), &eg::at(tab, 7));
    assert!(shelf.rows[0].claim.is_none());
}

#[test]
fn a_slow_update_takes_no_attempt_away_that_it_did_not_know_of() {
    let (mut shelf, one, two) = (Shelf::default(), eg::tab("one"), eg::tab("two"));
    let tried = |rounds| OutgoingRecord {
        rounds,
        attempt: Some(attempt()),
        ..eg::row("1")
    };
    shelf.apply(&Operation::Save(eg::row("1")), &eg::at(one, 5));
    shelf.apply(&claim(tried(1)), &eg::at(one, 6));
    // Asked for when the attempt of the round before was settled.
    let settled = |rounds| {
        Operation::Update(OutgoingRecord {
            attempt: None,
            ..tried(rounds)
        })
    };
    let late = eg::at(two, 100_000);
    assert!(shelf.apply(&settled(1), &late).writes.is_empty());
    let given_up = OutgoingRecord {
        failed: Some(String::new()),
        ..tried(1)
    };
    assert!(
        !shelf
            .clone()
            .apply(&Operation::Update(given_up), &late)
            .writes
            .is_empty()
    );
    assert!(!shelf.clone().apply(&settled(2), &late).writes.is_empty());
    assert!(!shelf.apply(&settled(1), &eg::at(one, 7)).writes.is_empty());
}

#[test]
fn whoever_is_to_lead_hears_what_is_stored_before() {
    let tab = eg::tab("a");
    let done = Shelf::default().apply(&Operation::Lead, &eg::at(tab, 0));
    assert!(matches!(
        done.events.as_slice(),
        [Event::OutboxChanged(_), Event::RoleChanged(Role::Leader)]
    ));
    let mut shelf = Shelf::default();
    shelf.apply(&Operation::Save(eg::row("1")), &eg::at(tab, 0));
    let done = shelf.apply(&Operation::Lead, &eg::at(tab, 0));
    assert!(matches!(
        done.events.as_slice(),
        [Event::IdentityChanged(Some(_)), Event::OutboxChanged(rows), Event::RoleChanged(Role::Leader)] if rows.len() == 1
    ));
}

#[test]
fn whoever_writes_a_row_or_is_refused_one_hears_what_is_stored() {
    let (mut shelf, one, two) = (Shelf::default(), eg::tab("one"), eg::tab("two"));
    shelf.apply(&Operation::Save(eg::row("1")), &eg::at(one, 5));
    let failed = |sequence| {
        Operation::Update(OutgoingRecord {
            sequence,
            failed: Some("no".into()),
            ..eg::row("1")
        })
    };
    let is_failed = |done: &Done| match done.events.as_slice() {
        [Event::OutboxChanged(rows)] => rows[0].failed.is_some(),
        other => panic!("{other:?}"),
    };
    shelf.apply(&claim(eg::row("1")), &eg::at(one, 6));
    assert!(!is_failed(&shelf.apply(&failed(0), &eg::at(two, 7))), "claimed");
    assert!(is_failed(&shelf.apply(&failed(0), &eg::at(one, 7))));
    let done = shelf.apply(&claim(eg::row("1")), &eg::at(two, 8));
    assert!(matches!(
        done.events.as_slice(),
        [
            Event::IdentityChanged(Some(_)),
            Event::OutboxChanged(_),
            Event::ClaimRefused(_)
        ]
    ));
    // Submitted anew: what was found out about it before counts no more.
    let before = shelf.rows[0].row.sequence;
    shelf.apply(&Operation::Save(eg::row("1")), &eg::at(two, 9));
    assert!(!is_failed(&shelf.apply(&failed(before), &eg::at(one, 10))));
}
