//! What is played: a seed, the kind of day, a defect if there is to be one, and how much of it all.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::bug::Bug;
use crate::only::{Only, Turns};
use crate::report::{Kind, Report};
use crate::world::World;

/// What kind of day it is. Only the ordinary one is inside the promise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Day {
    /// Everything that the promise holds for.
    #[default]
    Ordinary,
    /// Another device of the same contact writes the same texts: nobody can tell whose a message is.
    Twins,
    /// Requests reach the server more than five seconds after they were sent: they may be stored after the bound.
    Late,
}

/// One schedule.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    /// What everything is drawn from.
    pub seed: u64,
    /// What kind of day it is.
    pub day: Day,
    /// The deliberate defect.
    pub bug: Option<Bug>,
    /// How much of it is played.
    pub only: Option<Only>,
    /// Against the reference server's own rules instead of the model.
    pub rules: bool,
    /// Choices that come before those of the seed.
    pub(crate) bytes: Option<Vec<u8>>,
    pub(crate) traced: bool,
}

impl Schedule {
    /// The ordinary schedule of a seed.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            ..Self::default()
        }
    }

    /// An ordinary schedule whose choices are these bytes, and then always the same.
    pub fn steered(bytes: &[u8]) -> Self {
        Self {
            bytes: Some(bytes.to_vec()),
            ..Self::default()
        }
    }

    /// On this kind of day.
    #[must_use]
    pub fn on(mut self, day: Day) -> Self {
        self.day = day;
        self
    }

    /// Against the reference server's own rules, on its own database.
    #[must_use]
    pub fn by_the_rules(mut self) -> Self {
        self.rules = true;
        self
    }

    /// With a deliberate defect.
    #[must_use]
    pub fn with(mut self, bug: Bug) -> Self {
        self.bug = Some(bug);
        self
    }

    /// No more of it than this.
    #[must_use]
    pub fn only(mut self, only: Only) -> Self {
        self.only = Some(only);
        self
    }

    /// With every step in words.
    #[must_use]
    pub fn traced(mut self) -> Self {
        self.traced = true;
        self
    }

    /// What to type to have it told again.
    pub fn command(&self) -> String {
        let rules = if self.rules { " --rules" } else { "" };
        let only = self.only.as_ref().map(|only| format!(" --only {only}"));
        let only = only.unwrap_or_default();
        format!("cargo xtask sim --trace{rules} --seed {}{only}", self.seed)
    }

    /// Plays it.
    pub fn play(&self) -> Report {
        // Of a part each happening begins where it does in the whole.
        let places = self.only.as_ref().map(|_| self.places());
        self.play_from(places.as_ref())
    }

    /// Where chance stands at each happening of the whole schedule.
    pub(crate) fn places(&self) -> Turns {
        let whole = Self {
            only: None,
            traced: false,
            ..self.clone()
        };
        let mut world = World::new(&whole, Some(Turns::noting(self.seed)));
        whole.play_in(&mut world);
        world.take_turns().unwrap_or_default()
    }

    /// Plays it, each happening from its place.
    pub(crate) fn play_from(&self, places: Option<&Turns>) -> Report {
        let mut world = World::new(self, places.map(Turns::again));
        self.play_in(&mut world);
        world.meet_sessions();
        Report {
            schedule: self.clone(),
            submitted: world.oracle.count_submitted(),
            violations: world.oracle.violations,
            faults: world.counts,
            met: world.met,
            acts: world.acts,
            steps: world.steps,
            trace: world.trace.unwrap_or_default(),
        }
    }

    fn play_in(&self, world: &mut World) {
        let inside = match self.bug {
            Some(Bug::Core(core)) => Some(core),
            _ => None,
        };
        confab_session::bugs::plant(inside);
        if catch_unwind(AssertUnwindSafe(|| world.play(self.seed))).is_err() {
            world.violated(Kind::Panic, "the session gave up".to_owned());
        }
    }
}
