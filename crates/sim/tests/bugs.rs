//! Whether the oracle sees: deliberate defects, each of which it has to catch within so many schedules.

use confab_sim::{Bug, Core, Kind, run_with};

/// Plays schedules with a defect until one shows what the defect must lead to.
fn caught(bug: Bug, kinds: &[Kind], within: u64) {
    let first = (0..within).find(|seed| {
        let report = run_with(bug, *seed);
        kinds.iter().any(|kind| report.shows(*kind))
    });
    assert!(
        first.is_some(),
        "{bug:?} was not caught within {within} schedules"
    );
    println!("{bug:?}: caught by seed {}", first.unwrap_or_default());
}

#[test]
fn a_fence_that_does_not_wait_doubles() {
    caught(Bug::BoundTooShort, &[Kind::Doubled], 4_000);
}

#[test]
fn an_error_taken_for_proof_doubles() {
    caught(Bug::ErrorMeansNotStored, &[Kind::Doubled], 1_000);
}

#[test]
fn what_counts_as_stored_before_it_is_gets_lost() {
    caught(Bug::SavedTooEarly, &[Kind::Lost], 4_000);
}

#[test]
fn what_leaves_the_store_when_it_is_sent_gets_lost() {
    caught(Bug::RemovedWhenSent, &[Kind::Lost], 1_000);
}

#[test]
fn an_attempt_that_is_not_on_record_doubles() {
    caught(Bug::AttemptForgotten, &[Kind::Doubled], 4_000);
}

#[test]
fn two_tabs_that_may_claim_one_row_double() {
    caught(Bug::ClaimsNeverRefused, &[Kind::Doubled], 4_000);
}

#[test]
fn what_lies_below_the_first_page_is_missing() {
    caught(Bug::OnePageOnly, &[Kind::Missing], 4_000);
}

#[test]
fn tabs_that_are_not_told_show_less() {
    caught(Bug::NotRebroadcast, &[Kind::Missing], 1_000);
}

#[test]
fn fetching_too_often_breaks_the_budget() {
    caught(Bug::FetchedTooOften, &[Kind::Storm], 1_000);
}

/// Those inside the session that show within a few hundred schedules; `cargo xtask sim --bugs` hunts the rare ones.
#[test]
fn frequent_defects_of_the_session_are_seen() {
    for core in [
        Core::NoFence,
        Core::ShortLook,
        Core::LateClaim,
        Core::SyncBeforeConfirm,
        Core::CreatedAgain,
        Core::NoConnectionLimit,
        Core::FenceOutlives,
    ] {
        let bug = Bug::Core(core);
        caught(bug, bug.leads_to(), 4_000);
    }
}
