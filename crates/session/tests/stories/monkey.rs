//! Stories drawn by lot: whatever happens in whatever order, nothing is lost, doubled or out of order.

use std::collections::BTreeMap;

use confab_protocol::Request;
use confab_session::{Delivery, Event, Intent, Older, Role};

use crate::world::server::{Fault, refused};
use crate::world::{World, config};

/// Draws, the same for the same seed.
struct Lot(u64);

impl Lot {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// What a story has done so far.
struct Story {
    world: World,
    lot: Lot,
    /// The tab a person uses.
    tab: usize,
    submitted: Vec<String>,
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut world = World::default();
        world.add_tab(config(seed), Role::Leader);
        Self {
            world,
            lot: Lot(seed),
            tab: 0,
            submitted: Vec::new(),
        }
    }

    fn submit(&mut self) {
        // Some texts are equal, most are not.
        let text = match self.lot.below(4) {
            0 => "ok".to_owned(),
            _ => format!("message {}", self.submitted.len()),
        };
        self.world.submit(self.tab, &text);
        self.submitted.push(text);
    }

    fn fault(&mut self) -> Fault {
        match self.lot.below(6) {
            0 => Fault::NeverArrives,
            1 => Fault::HangsUnapplied,
            2 => Fault::ReplyLost,
            3 => Fault::AppliedYet(refused(500)),
            4 => Fault::Refused(refused(503)),
            _ => Fault::AppliedLate {
                after: self.lot.below(20_000),
                status: 500,
            },
        }
    }

    fn something_goes_wrong(&mut self) {
        let kinds = [
            "SendMessage",
            "SendMessage",
            "SendMessage",
            "ListMessages",
            "CreateConversation",
            "CreateContact",
            "ShowContact",
            "ListConversations",
        ];
        let drawn = self.lot.below(kinds.len() as u64);
        let kind = kinds[usize::try_from(drawn).expect("small")];
        let fault = self.fault();
        self.world.server.fail(kind, fault);
    }

    /// The leading tab dies and another goes on: a new one, or one that was there.
    fn change_tabs(&mut self) {
        if self.lot.below(2) == 0 {
            self.tab = self.world.reload(self.tab);
            return;
        }
        let seed = self.lot.below(1_000_000);
        let next = self.world.add_tab(config(seed), Role::Follower);
        let pause = self.lot.below(3_000);
        self.world.run(pause);
        if self.lot.below(2) == 0 {
            self.world.submit(next, "from a follower");
            self.submitted.push("from a follower".to_owned());
        }
        let pause = self.lot.below(200);
        self.world.run(pause);
        self.world.kill(self.tab);
        self.world.lead(next);
        self.tab = next;
    }

    fn step(&mut self) {
        match self.lot.below(16) {
            0..=4 => self.submit(),
            5..=7 => self.something_goes_wrong(),
            8 if self.world.server.conversations() > 0 => {
                self.world.agent_says("answer");
            }
            9 => self.world.tabs[self.tab].half_open = true,
            10 => self.world.stop_server(),
            11 | 12 => self.world.start_server(),
            13 => self.world.server.events_stall = self.lot.below(2) == 0,
            14 => self.change_tabs(),
            _ => {
                let intent = if self.lot.below(2) == 0 {
                    Intent::Open
                } else {
                    Intent::Close
                };
                self.world.wish(self.tab, intent);
            }
        }
        let pause = match self.lot.below(3) {
            0 => 0,
            1 => self.lot.below(300),
            _ => self.lot.below(20_000),
        };
        self.world.run(pause);
    }

    fn heal(&mut self) {
        self.world.server.heal();
        self.world.event_delay = 10;
        self.world.push(self.tab, 0, Event::WentOnline);
        self.world.wish(self.tab, Intent::Open);
        self.world.run(400_000);
        while self.world.view(self.tab).older == Older::Available {
            self.world.wish(self.tab, Intent::LoadOlder);
            self.world.run(1_000);
        }
        self.world.wish(self.tab, Intent::ShowNewest);
    }

    fn counts(texts: &[String]) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for text in texts {
            *counts.entry(text.as_str()).or_default() += 1;
        }
        counts
    }

    fn check(&self) {
        let failed = self.world.deliveries(self.tab);
        let failed: Vec<_> = failed
            .iter()
            .filter(|one| !matches!(one, Delivery::Sent | Delivery::Seen { .. }))
            .collect();
        assert!(
            failed.iter().all(|one| matches!(one, Delivery::Failed { .. })),
            "not at rest: {failed:?}"
        );
        let arrived = self.world.server.contact_texts();
        if failed.is_empty() {
            assert_eq!(Self::counts(&arrived), Self::counts(&self.submitted));
        } else {
            for (text, count) in Self::counts(&arrived) {
                let wanted = self.submitted.iter().filter(|one| *one == text).count();
                assert!(count <= wanted, "{text} arrived {count} times");
            }
            assert_eq!(self.world.store.rows().len(), failed.len());
        }
        let numbered: Vec<&String> = arrived
            .iter()
            .filter(|text| text.starts_with("message"))
            .collect();
        let order: Vec<usize> = numbered
            .iter()
            .filter_map(|text| self.submitted.iter().position(|one| one == *text))
            .collect();
        assert!(order.is_sorted(), "out of order: {numbered:?}");
        let shown = self.world.texts(self.tab);
        let shown = &shown[..shown.len() - failed.len()];
        assert_eq!(
            shown,
            self.world.server.texts(),
            "the view is not what the server has"
        );
        assert!(self.world.server.conversations() <= 1 && self.world.server.contacts() <= 1);
    }
}

/// `CONFAB_STORIES=FIRST:COUNT` tells other stories, `CONFAB_STORIES=SEED` one of them with all that happens in it.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the stories to tell, not the session, come from outside"
)]
fn whatever_happens_nothing_is_lost_doubled_or_out_of_order() {
    let asked = std::env::var("CONFAB_STORIES").ok();
    let mut asked = asked
        .iter()
        .flat_map(|text| text.split(':'))
        .filter_map(|number| number.parse().ok());
    let (first, count) = match (asked.next(), asked.next()) {
        (Some(first), count) => (first, count.unwrap_or(1)),
        (None, _) => (0, 300),
    };
    for seed in first..first + count {
        let mut story = Story::new(seed);
        story.world.is_traced = count == 1;
        println!("seed {seed}");
        let steps = 5 + story.lot.below(40);
        for _ in 0..steps {
            story.step();
        }
        story.heal();
        story.check();
    }
}

#[test]
fn no_minute_of_an_outage_holds_more_than_thirty_calls() {
    for seed in 0..20 {
        let mut story = Story::new(seed);
        story.world.wish(0, Intent::Open);
        story.submit();
        story.world.run(5_000);
        if seed % 2 == 0 {
            story.world.stop_server();
        } else {
            story.world.tabs[0].blocked = true;
            story.world.stop_server();
            story.world.start_server();
        }
        for _ in 0..10 {
            let before = story.world.log.len();
            story.world.run(60_000);
            let calls = &story.world.log[before..];
            assert!(calls.len() <= 31, "seed {seed}: {} calls", calls.len());
            assert!(
                !calls
                    .iter()
                    .any(|call| matches!(call, Request::CreateContact { .. }))
            );
        }
    }
}
