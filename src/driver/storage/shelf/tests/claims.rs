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
