//! The outbox alone: what it keeps, orders and takes in.

use super::*;
use crate::eg;

const NOW: Millis = Millis(1_000);

fn stored(id: i64, text: &str) -> Stored {
    let mut history = crate::history::History::default();
    history.take_answer(eg::from_contact(id, text), 1);
    history.get(MessageId(id)).cloned().unwrap()
}

fn found(key: &str, sequence: u64) -> Outgoing {
    Outgoing::found(eg::row(key, sequence, "hi"), RowKey(sequence), Role::Leader, NOW)
}

#[test]
fn what_is_being_saved_stands_behind_what_has_a_place() {
    let mut outbox = Outbox::default();
    for (key, sequence) in [("new", 0), ("b", 2), ("a", 1), ("newer", 0)] {
        outbox.put(found(key, sequence));
    }
    let keys: Vec<&str> = outbox
        .rows()
        .iter()
        .map(|row| row.record.key.0.as_str())
        .collect();
    assert_eq!(keys, ["a", "b", "new", "newer"]);
}

#[test]
fn a_failed_message_does_not_hold_back_the_next_and_an_unconfirmed_one_does() {
    let mut outbox = Outbox::default();
    let mut failed = found("a", 1);
    failed.stage = Stage::Failed;
    outbox.put(failed);
    let mut unconfirmed = found("b", 2);
    unconfirmed.stage = Stage::Unconfirmed;
    outbox.put(unconfirmed);
    outbox.put(found("c", 3));
    assert_eq!(outbox.turn().map(|row| row.record.key.0.as_str()), Some("b"));
}

#[test]
fn an_attempt_on_record_is_unconfirmed_for_the_leader_and_under_way_for_a_follower() {
    let record = eg::attempted("a", 1, "hi", None);
    let stage = |role| Outgoing::found(record.clone(), RowKey(1), role, NOW).stage;
    assert_eq!(stage(Role::Leader), Stage::Unconfirmed);
    assert_eq!(stage(Role::Follower), Stage::Sending);
}

#[test]
fn an_attempt_of_another_tab_may_leave_as_long_as_that_one_waits_for_its_claim() {
    let mut outbox = Outbox::default();
    let claimed = |patience| {
        let mut record = eg::attempted("a", 1, "hi", None);
        record.attempt = Some(Attempt {
            patience,
            ..Attempt::default()
        });
        vec![record]
    };
    let ends = |outbox: &Outbox| outbox.get(&eg::key("a")).map(|row| row.since);
    outbox.take_in(claimed(0), Role::Leader, NOW, || RowKey(9));
    assert_eq!(ends(&outbox), Some(NOW.after(GRANT + REQUEST_TIMEOUT)));
    // Its claim came too late, and it asked again.
    for later in [Millis(9_000), Millis(20_000)] {
        outbox.take_in(claimed(4_000), Role::Leader, later, || RowKey(9));
        assert_eq!(ends(&outbox), Some(Millis(28_000)));
    }
    outbox.take_over(Millis(30_000));
    assert_eq!(ends(&outbox), Some(Millis(28_000)), "unconfirmed already");
}

#[test]
fn an_attempt_of_a_tab_that_leads_no_more_has_ended_when_it_may_leave_no_more() {
    let mut outbox = Outbox::default();
    let claimed = vec![eg::attempted("a", 1, "hi", None)];
    outbox.take_in(claimed, Role::Follower, Millis(500), || RowKey(9));
    outbox.take_over(NOW);
    assert_eq!(
        outbox.get(&eg::key("a")).map(|row| row.since),
        Some(NOW.after(GRANT))
    );
}

#[test]
fn a_step_that_is_not_drawn_changes_nothing() {
    let mut outbox = Outbox::default();
    outbox.put(found("a", 1));
    assert!(!outbox.step(&eg::key("a"), Step::Left, NOW));
    assert_eq!(
        outbox.get(&eg::key("a")).map(|row| row.stage),
        Some(Stage::Queued)
    );
}

#[test]
fn a_row_that_is_read_again_is_not_parsed_again() {
    let mut outbox = Outbox::default();
    outbox.put(Outgoing::found(
        eg::row("a", 1, "hi"),
        RowKey(1),
        Role::Follower,
        NOW,
    ));
    let parse = |text: &str| Some(Arc::new(confab_content::markdown::parse(text, &|_: &str| None)));
    let shown = |outbox: &Outbox| outbox.get(&eg::key("a")).and_then(|row| row.document(parse));
    let first = shown(&outbox).unwrap();
    let rows = vec![eg::attempted("a", 1, "hi", None)];
    outbox.take_in(rows, Role::Follower, NOW, || RowKey(9));
    assert!(Arc::ptr_eq(&first, &shown(&outbox).unwrap()));
}

#[test]
fn only_a_message_above_the_newest_known_with_the_same_text_is_held_back() {
    let row = Outgoing::found(eg::attempted("a", 1, "hi", Some(5)), RowKey(1), Role::Leader, NOW);
    assert!(row.may_be(&stored(6, "hi")));
    assert!(!row.may_be(&stored(5, "hi")));
    assert!(!row.may_be(&stored(6, "ho")));
}

#[test]
fn what_came_since_an_attempt_is_held_back_though_that_is_off_the_record() {
    let mut outbox = Outbox::default();
    let row = eg::attempted("a", 1, "hi", Some(5));
    outbox.put(Outgoing::found(row, RowKey(1), Role::Follower, NOW));
    outbox.met_above(MessageId(9));
    outbox.take_in(vec![eg::row("a", 1, "hi")], Role::Follower, NOW, || RowKey(9));
    let row = outbox.get(&eg::key("a")).unwrap();
    assert!(row.record.attempt.is_none());
    assert!(row.may_be(&stored(6, "hi")));
    assert!(!row.may_be(&stored(5, "hi")));
}

#[test]
fn a_waiting_row_holds_back_what_came_after_it_was_met() {
    let mut outbox = Outbox::default();
    outbox.put(found("a", 1));
    let holds = |outbox: &Outbox, id| outbox.rows().iter().any(|row| row.may_be(&stored(id, "hi")));
    assert!(!holds(&outbox, 6), "what the server had is not known yet");
    outbox.met_above(MessageId(5));
    outbox.met_above(MessageId(7));
    assert!(holds(&outbox, 6));
    assert!(!holds(&outbox, 5));
}

#[test]
fn what_was_missing_and_is_claimed_is_so_only_when_the_store_says_it_again() {
    let mut outbox = Outbox::default();
    outbox.put(found("a", 1));
    let missing = |outbox: &Outbox| outbox.get(&eg::key("a")).map(|row| row.missing);
    outbox.take_in(vec![], Role::Leader, NOW, || RowKey(9));
    assert_eq!(missing(&outbox), Some(true));
    assert!(outbox.step(&eg::key("a"), Step::ClaimAsked, NOW));
    assert_eq!(missing(&outbox), Some(false));
    outbox.take_in(vec![], Role::Leader, NOW, || RowKey(9));
    assert_eq!(missing(&outbox), Some(true));
}

#[test]
fn the_leader_keeps_what_it_works_on_when_the_store_says_otherwise() {
    let mut outbox = Outbox::default();
    let mut sending = found("a", 1);
    sending.stage = Stage::Sending;
    outbox.put(sending);
    outbox.take_in(vec![eg::row("b", 2, "ho")], Role::Leader, NOW, || RowKey(9));
    assert_eq!(
        outbox.get(&eg::key("a")).map(|row| (row.stage, row.missing)),
        Some((Stage::Sending, true))
    );
    assert_eq!(
        outbox.get(&eg::key("b")).map(|row| row.stage),
        Some(Stage::Queued)
    );
}

#[test]
fn a_failure_that_the_store_never_learned_is_no_word_on_a_row_that_is_gone() {
    for (unsure, stage) in [(true, Some(Stage::Queued)), (false, None)] {
        let mut outbox = Outbox::default();
        let mut failed = found("a", 1);
        failed.stage = Stage::Failed;
        failed.settled = unsure.then_some((0, Attempt::default()));
        outbox.put(failed);
        outbox.take_in(vec![], Role::Follower, NOW, || RowKey(9));
        assert_eq!(outbox.get(&eg::key("a")).map(|row| row.stage), stage);
    }
}
