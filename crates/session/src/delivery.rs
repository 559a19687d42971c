//! The life of an outgoing message. One table of changes; what is not drawn is refused.
//!
//! ```text
//!             Stored           ClaimAsked           Left
//!  ─► Saving ────────► Queued ────────────► Claiming ────► Sending ─── Unclear ──► Unconfirmed
//!       ▲               ▲  ▲ ▲                │   │         │ │ │                   │       │
//!       │               │  │ └── ClaimLost ───┘   │         │ │ └ PutOff ─► Queued   │       │
//!       │               │  │                      │         │ │                     │       │
//!       │               │  └───── ProvedAbsent ───┼─────────┼─┼─────────────────────┘       │
//!       │  Retried      │         GivenToPerson   ▼         │ └ RefusedForGood              │
//!       └────────────── Failed ◄─ (from Queued, Unconfirmed)│                  GivenToPerson│
//!                         ▲ ▲                               │                               │
//!                         │ └───────────────────────────────┘                               │
//!                         └─────────────────────────────────────────────────────────────────┘
//!
//!  Known (echo, reply or look) leads from every stage to Gone; Discarded from Failed to Gone; NotStored from Saving
//!  to Gone, the text going back to the person. TakenOver leads from Sending to Unconfirmed when the lead changes
//!  hands. ClaimKept leads from Claiming back to Queued: the claim is held while the conversation is made. A follower
//!  moves no row but its own into the store: it shows the others as they lie there.
//! ```

/// Where an outgoing message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// On its way into the store.
    Saving,
    /// Stored; waits for its turn.
    Queued,
    /// The store is asked for the right to send it.
    Claiming,
    /// Its request is under way.
    Sending,
    /// Its request ended without saying whether it was applied.
    Unconfirmed,
    /// A person decides.
    Failed,
    /// Out of the outbox: known to the server, given up, or given back.
    Gone,
}

/// What happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The store holds it.
    Stored,
    /// It could not be stored.
    NotStored,
    /// It is its turn.
    ClaimAsked,
    /// Another tab has it, or the claim came too late.
    ClaimLost,
    /// The claim is granted, but the conversation has to be made first.
    ClaimKept,
    /// Its request left.
    Left,
    /// Certainly not applied, and worth another try later.
    PutOff,
    /// Certainly not applied, and never will be.
    RefusedForGood,
    /// Nobody knows whether it was applied.
    Unclear,
    /// The tab that sent it is gone or lost the lead.
    TakenOver,
    /// Two looks did not find it.
    ProvedAbsent,
    /// Trying goes on no longer by itself.
    GivenToPerson,
    /// A person wants another try.
    Retried,
    /// A person gave it up.
    Discarded,
    /// The server has it.
    Known,
}

/// The table above. `None`: not drawn.
pub(crate) const fn transition(from: Stage, step: Step) -> Option<Stage> {
    match (from, step) {
        (Stage::Gone, _) => None,
        (_, Step::Known) | (Stage::Saving, Step::NotStored) | (Stage::Failed, Step::Discarded) => {
            Some(Stage::Gone)
        }
        (Stage::Saving, Step::Stored)
        | (Stage::Claiming, Step::ClaimLost | Step::ClaimKept)
        | (Stage::Sending, Step::PutOff)
        | (Stage::Unconfirmed, Step::ProvedAbsent) => Some(Stage::Queued),
        (Stage::Queued, Step::ClaimAsked) => Some(Stage::Claiming),
        (Stage::Claiming, Step::Left) => Some(Stage::Sending),
        (Stage::Sending, Step::Unclear | Step::TakenOver) => Some(Stage::Unconfirmed),
        (Stage::Sending, Step::RefusedForGood)
        | (Stage::Queued | Stage::Unconfirmed, Step::GivenToPerson) => Some(Stage::Failed),
        (Stage::Failed, Step::Retried) => Some(Stage::Saving),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAGES: [Stage; 7] = [
        Stage::Saving,
        Stage::Queued,
        Stage::Claiming,
        Stage::Sending,
        Stage::Unconfirmed,
        Stage::Failed,
        Stage::Gone,
    ];

    #[test]
    fn only_a_granted_claim_leads_to_sending_in_the_leading_tab() {
        let into: Vec<Stage> = STAGES
            .into_iter()
            .filter(|from| transition(*from, Step::Left).is_some())
            .collect();
        assert_eq!(into, [Stage::Claiming]);
    }

    #[test]
    fn an_unconfirmed_message_is_sent_again_only_after_it_was_proved_absent() {
        for step in [
            Step::ClaimAsked,
            Step::Left,
            Step::Retried,
            Step::PutOff,
            Step::Stored,
        ] {
            assert_eq!(transition(Stage::Unconfirmed, step), None, "{step:?}");
        }
        assert_eq!(
            transition(Stage::Unconfirmed, Step::ProvedAbsent),
            Some(Stage::Queued)
        );
    }

    #[test]
    fn the_server_having_it_ends_every_stage_and_nothing_comes_back() {
        for from in STAGES.into_iter().filter(|from| *from != Stage::Gone) {
            assert_eq!(transition(from, Step::Known), Some(Stage::Gone));
        }
        assert_eq!(transition(Stage::Gone, Step::Known), None);
        assert_eq!(transition(Stage::Gone, Step::Retried), None);
    }

    #[test]
    fn a_person_can_give_up_only_what_failed() {
        for from in STAGES {
            assert_eq!(
                transition(from, Step::Discarded).is_some(),
                from == Stage::Failed,
                "{from:?}"
            );
        }
    }
}
