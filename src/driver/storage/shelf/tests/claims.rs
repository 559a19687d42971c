//! Who may claim and write a row, when several tabs would.

use super::*;

#[test]
fn only_the_first_row_that_no_person_has_to_decide_about_may_be_claimed() {
    let (mut shelf, a, b) = (Shelf::default(), eg::tab("a"), eg::tab("b"));
    shelf.apply(&Operation::Save(eg::row("1")), &eg::at(a, 100));
    shelf.apply(&Operation::Save(eg::row("2")), &eg::at(b, 200));
    let rows = shelf.outbox();
    let claim = |row: &OutgoingRecord| Operation::Claim {
        row: row.clone(),
        for_ms: 30_000,
    };
    let refused = |done: &Done| matches!(done.events.last(), Some(Event::ClaimRefused(_)));
    assert!(refused(&shelf.apply(&claim(&rows[1]), &eg::at(b, 300))));
    let failed = OutgoingRecord {
        failed: Some(String::new()),
        ..rows[0].clone()
    };
    shelf.apply(&Operation::Update(failed), &eg::at(a, 400));
    assert!(!refused(&shelf.apply(&claim(&rows[1]), &eg::at(b, 500))));
}

#[test]
fn a_row_under_a_claim_is_written_by_others_once_nothing_more_may_begin_under_it() {
    let (mut shelf, a, b) = (Shelf::default(), eg::tab("a"), eg::tab("b"));
    shelf.apply(&Operation::Save(eg::row("1")), &eg::at(a, 100));
    let row = shelf.outbox()[0].clone();
    let claim = Operation::Claim {
        row: row.clone(),
        for_ms: 30_000,
    };
    shelf.apply(&claim, &eg::at(a, 1_000));
    let update = Operation::Update(OutgoingRecord { rounds: 1, ..row });
    let done = shelf.apply(&update, &eg::at(b, 15_900));
    assert!(matches!(done.events.as_slice(), [Event::OutboxChanged(rows)] if rows[0].rounds == 0));
    for now in [16_000, 900] {
        let mut shelf = shelf.clone();
        shelf.apply(&update, &eg::at(b, now));
        assert_eq!(shelf.outbox()[0].rounds, 1, "at {now}");
    }
}

#[test]
fn a_claim_excludes_other_tabs_until_it_is_over() {
    let (mut shelf, one, two) = (Shelf::default(), eg::tab("one"), eg::tab("two"));
    let claim = |for_ms| Operation::Claim {
        row: eg::row("1"),
        for_ms,
    };
    let is_granted = |done: Done| match done.events.as_slice() {
        [Event::OutgoingClaimed(_)] => true,
        [.., Event::OutboxChanged(_), Event::ClaimRefused(_)] => false,
        other => panic!("{other:?}"),
    };
    assert!(
        !is_granted(shelf.apply(&claim(10), &eg::at(one, 0))),
        "there is no row"
    );
    shelf.apply(&Operation::Save(eg::row("1")), &eg::at(one, 1_000));
    assert!(is_granted(shelf.apply(&claim(10), &eg::at(one, 1_000))));
    assert!(!is_granted(shelf.apply(&claim(10), &eg::at(two, 1_009))));
    assert!(
        is_granted(shelf.apply(&claim(10), &eg::at(one, 1_009))),
        "a tab may claim again"
    );
    assert!(
        is_granted(shelf.apply(&claim(10), &eg::at(two, 1_019))),
        "it is over"
    );
    assert!(
        is_granted(shelf.apply(&claim(10), &eg::at(one, 500))),
        "the clock was set back"
    );
    assert_eq!(shelf.rows[0].row.sequence, 1_000, "its place stays");
}

#[test]
fn a_lock_outweighs_claims_that_are_older() {
    let (mut shelf, dead, new) = (Shelf::default(), eg::tab("dead"), eg::tab("new"));
    let locked = |since| Circumstances {
        lock_since: Some(since),
        ..eg::at(new, 20)
    };
    shelf.apply(&Operation::Save(eg::row("1")), &eg::at(dead, 5));
    let done = shelf.apply(&claim(eg::row("1")), &eg::at(dead, 10));
    assert_eq!(done.changed, Some(Changed::Outbox), "others learn of an attempt");
    let update = Operation::Update(eg::row("1"));
    assert!(
        !is_granted(&shelf.apply(&claim(eg::row("1")), &locked(10))),
        "it is not older"
    );
    assert!(shelf.apply(&update, &locked(10)).writes.is_empty());
    assert!(!shelf.clone().apply(&update, &locked(11)).writes.is_empty());
    assert!(is_granted(&shelf.apply(&claim(eg::row("1")), &locked(11))));
}

#[test]
fn a_claim_is_refused_when_the_row_became_another() {
    let tab = eg::tab("a");
    let tried = OutgoingRecord {
        attempt: Some(attempt()),
        ..eg::row("1")
    };
    let failed = OutgoingRecord {
        failed: Some("no".into()),
        ..eg::row("1")
    };
    for (stored, may) in [(eg::row("1"), true), (tried.clone(), false), (failed, false)] {
        let mut shelf = Shelf::default();
        shelf.apply(&Operation::Save(stored), &eg::at(tab, 7));
        let known = OutgoingRecord {
            sequence: 7,
            ..tried.clone()
        };
        let moved = OutgoingRecord {
            sequence: 6,
            ..tried.clone()
        };
        assert!(!is_granted(&shelf.apply(&claim(moved), &eg::at(tab, 8))));
        assert_eq!(is_granted(&shelf.apply(&claim(known), &eg::at(tab, 8))), may);
    }
    let mut shelf = Shelf::default();
    shelf.apply(&Operation::Save(tried.clone()), &eg::at(tab, 7));
    let next = OutgoingRecord { rounds: 1, ..tried };
    assert!(
        is_granted(&shelf.apply(&claim(next), &eg::at(tab, 8))),
        "a later round"
    );
}
