//! What the site owner has to mend, and the inbox's own page of facts, from which some of it shows.

use confab_protocol::request::BodyKind;
use confab_protocol::{Inbox, Request};

use crate::capabilities::{Ability, Feature};
use crate::config::SetupProblem;
use crate::deadlines::Timer;
use crate::event::Failure;
use crate::requests::Purpose;
use crate::session::Session;

/// Pause after which a problem is looked at again by itself; a person's act does it at once.
const LOOK_AGAIN: u64 = 300_000;
/// The first such pause where something between here and the server may be the cause (a captive portal, a network);
/// doubled with each.
const LOOK_AGAIN_SOON: u64 = 30_000;
/// Failures in a row after which it is not asked again for a while.
const GIVE_UP_AFTER: u32 = 3;
/// First pause before the inbox is asked for again.
const RETRY_FIRST: u64 = 2_000;
const RETRY_LAST: u64 = 30_000;

/// What is known about the set-up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Setup {
    /// What keeps the chat from working; nothing more is asked of the server while it stands.
    problem: Option<SetupProblem>,
    /// Problems told already: each is said once.
    told: Vec<SetupProblem>,
    pub(crate) inbox: Option<Inbox>,
    /// The API has answered as the API does.
    answered: bool,
    failures: u32,
    /// Times a problem that may pass by itself was met in a row, since a person last acted.
    looks: u32,
}

impl Setup {
    /// What keeps the chat from working.
    pub(crate) const fn problem(&self) -> Option<&SetupProblem> {
        self.problem.as_ref()
    }
}

impl Session {
    /// Asks for the inbox once the panel was opened: opening may read, and creates nothing.
    pub(crate) fn pursue_setup(&mut self) {
        let wanted = self.page.was_open && self.setup.inbox.is_none() && self.capabilities.may(Feature::Info);
        if !wanted
            || self.setup.problem.is_some()
            || !self.page.online
            || self.is_held_back(Timer::SetupDue)
            || self.requests.is_under_way(&Purpose::Inbox)
            || self.requests.is_under_way(&Purpose::Probe)
        {
            return;
        }
        if self.setup.failures == 0 {
            self.request(Purpose::Inbox, Request::ShowInbox);
        } else {
            self.request_by_itself(Purpose::Inbox, Request::ShowInbox, Timer::SetupDue);
        }
    }

    pub(crate) fn inbox_came(&mut self, inbox: Inbox) {
        self.capabilities.set(Feature::Info, Ability::Yes);
        self.setup.inbox = Some(inbox);
        self.setup.failures = 0;
    }

    pub(crate) fn inbox_failed(&mut self, failure: &Failure) {
        // What creating the contact met meanwhile says when to look again.
        if self.setup.problem.is_some() {
            return;
        }
        self.setup.failures = self.setup.failures.wrapping_add(1);
        let in_doubt = !self.is_address_proved();
        match failure {
            Failure::Undecodable if in_doubt => self.hold_up(SetupProblem::NotTheApi { status: 200 }),
            Failure::Refused {
                status,
                kind: BodyKind::Html,
                ..
            } if in_doubt && *status < 500 => {
                self.hold_up(SetupProblem::NotTheApi { status: *status });
            }
            Failure::Unreachable if in_doubt && self.setup.failures >= GIVE_UP_AFTER => {
                self.hold_up(SetupProblem::Unreachable);
            }
            // The chat works without a name for the inbox.
            _ if self.setup.failures >= GIVE_UP_AFTER => {
                self.set_timer(Timer::SetupDue, LOOK_AGAIN);
            }
            _ => {
                let pause = self.backoff(RETRY_FIRST, self.setup.failures, RETRY_LAST);
                self.set_timer(Timer::SetupDue, pause);
            }
        }
    }

    /// Tells an unknown inbox from an old server: only a new one answers this route with JSON.
    pub(crate) fn probe_failed(&mut self, failure: &Failure) {
        match failure {
            _ if failure.is_missing() => self.hold_up(SetupProblem::UnknownInbox),
            // An old server without this route; or no such API at all, which creating the contact will tell.
            _ if failure.is_not_found() => self.capabilities.set(Feature::Info, Ability::No),
            _ => self.inbox_failed(failure),
        }
    }

    /// Gives what failed another chance, now.
    pub(crate) fn lift_setup(&mut self) {
        self.setup.failures = 0;
        self.setup.looks = 0;
        self.timers.clear(Timer::SetupDue);
        self.look_again();
    }

    /// Gives what failed another try by itself: failures still count.
    pub(crate) fn look_again(&mut self) {
        self.setup.problem = None;
    }

    /// Stops asking the server until something changes, and tells the site owner why, once.
    pub(crate) fn hold_up(&mut self, problem: SetupProblem) {
        self.tell_owner(&problem);
        let pause = match problem {
            SetupProblem::NotTheApi { .. } | SetupProblem::Unreachable => {
                let looks = self.setup.looks;
                self.setup.looks = looks.wrapping_add(1);
                self.backoff(LOOK_AGAIN_SOON, looks, LOOK_AGAIN)
            }
            SetupProblem::UnknownInbox
            | SetupProblem::IdentityRefused
            | SetupProblem::ProfileRefused { .. } => LOOK_AGAIN,
        };
        self.setup.problem = Some(problem);
        self.set_timer(Timer::SetupDue, pause);
    }

    /// Tells the site owner of a problem, once.
    pub(crate) fn tell_owner(&mut self, problem: &SetupProblem) {
        if !self.setup.told.contains(problem) {
            self.setup.told.push(problem.clone());
            self.report(problem.clone());
        }
    }

    /// Notes that something answered as this API does: from now on silence is the network's.
    pub(crate) fn api_answered(&mut self) {
        self.setup.answered = true;
        self.setup.looks = 0;
    }

    /// Whether the address was ever right: in this page, or when the contact was created.
    pub(crate) fn is_address_proved(&self) -> bool {
        let created = self
            .contact
            .record
            .as_ref()
            .is_some_and(|record| record.pubsub_token.is_some());
        self.setup.answered || created
    }
}
