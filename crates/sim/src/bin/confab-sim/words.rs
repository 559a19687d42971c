//! The words of the command line.

use confab_sim::{Bug, Day, Only, Schedule};

/// What can be said.
pub const HELP: &str = "\
[--schedules N] [--seed S]  plays N schedules from seed S on (1,000 from 1 on)
--rules  against the reference server's own rules instead of the model of Chatwoot (also with --trace)
--trace [--only PART] [--twins | --late]  tells one, or the part of it that shrinking left
--bugs  plays with each deliberate defect until it is caught; --bug NAME  with one of them
--herd [CLIENTS]  lets so many come back to a server at once
--keep FILE  adds what broke a promise, shrunk, to a file";

/// What was said.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent words, not a state in disguise"
)]
pub struct Words {
    /// How many schedules.
    pub schedules: u64,
    /// The first seed.
    pub seed: u64,
    /// Whether one is told.
    pub trace: bool,
    /// Which part of it.
    pub only: Option<Only>,
    /// On which day.
    pub day: Day,
    /// Whether defects are hunted.
    pub bugs: bool,
    /// The only one that is.
    pub bug: Option<Bug>,
    /// Whether the server's own rules are played against.
    pub rules: bool,
    /// Of how many clients a herd comes back instead; 0 for as many as usual.
    pub herd: Option<usize>,
    /// Where failures are kept.
    pub keep: Option<String>,
    /// Whether only these words are asked for.
    pub help: bool,
}

impl Words {
    /// Reads the command line.
    pub fn read(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut words = words.peekable();
        let mut said = Self {
            seed: 1,
            ..Self::default()
        };
        let mut schedules = None;
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} wants a value"));
            let number = |text: String| text.parse().map_err(|_| format!("no number: {text}"));
            match word.as_str() {
                "--schedules" => schedules = Some(number(value()?)?),
                "--seed" => said.seed = number(value()?)?,
                "--only" => said.only = Some(value()?.parse()?),
                "--keep" => said.keep = Some(value()?),
                "--bug" => {
                    let name = value()?;
                    said.bug = Some(Bug::named(&name).ok_or_else(|| format!("there is no defect {name}"))?);
                    said.bugs = true;
                }
                "--herd" => {
                    let clients = words.next_if(|word| !word.starts_with('-'));
                    let number = |text: String| text.parse().map_err(|_| format!("no number: {text}"));
                    said.herd = Some(clients.map_or(Ok(0), number)?);
                }
                "--trace" => said.trace = true,
                "--bugs" => said.bugs = true,
                "--rules" => said.rules = true,
                "--twins" => said.day = Day::Twins,
                "--late" => said.day = Day::Late,
                "--help" | "-h" => said.help = true,
                _ => return Err(format!("{word} means nothing here")),
            }
        }
        said.check(schedules)?;
        said.schedules = schedules.unwrap_or(if said.bugs { 1_000_000 } else { 1_000 });
        Ok(said)
    }

    /// No word is passed over in silence: those that do not go together are refused.
    fn check(&self, schedules: Option<u64>) -> Result<(), String> {
        let tells = self.trace || self.only.is_some();
        let is_apart = self.day != Day::Ordinary;
        let clashes = [
            (
                schedules == Some(0),
                "no schedule proves nothing: --schedules wants 1 or more",
            ),
            (
                tells && schedules.is_some(),
                "--trace tells one schedule: leave --schedules out",
            ),
            (
                tells && self.bugs && self.bug.is_none(),
                "--trace tells one defect: say --bug NAME",
            ),
            (
                is_apart && !tells,
                "--twins and --late go with --trace: they are played beside all others",
            ),
            (
                self.bugs && self.rules && !tells,
                "defects are hunted against the model: leave --rules out",
            ),
            (
                self.herd.is_some() && (tells || self.bugs || self.rules || schedules.is_some()),
                "--herd goes with --seed alone",
            ),
        ];
        match clashes.iter().find(|(clashes, _)| *clashes) {
            Some((_, remedy)) => Err((*remedy).to_owned()),
            None => Ok(()),
        }
    }

    /// The schedule of a seed.
    pub fn schedule(&self, seed: u64) -> Schedule {
        let schedule = if self.rules {
            Schedule::new(seed).by_the_rules()
        } else {
            Schedule::new(seed)
        };
        // A defect is planted in what is told, too.
        match self.bug {
            Some(bug) => schedule.with(bug),
            None => schedule,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &str) -> Result<Words, String> {
        Words::read(words.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn no_word_is_passed_over_in_silence() {
        for words in [
            "--schedules 0",
            "--schedules many",
            "--bugs --rules",
            "--trace --bugs",
            "--trace --schedules 5",
            "--twins",
            "--herd --rules",
            "--nonsense",
        ] {
            assert!(read(words).is_err(), "{words}");
        }
        for words in [
            "",
            "--schedules 5 --seed 3 --rules --keep file",
            "--bugs --schedules 5 --keep file",
            "--trace --rules --seed 3 --late",
            "--trace --bug NoFence",
            "--herd 100 --seed 2",
        ] {
            assert!(read(words).is_ok(), "{words}: {:?}", read(words).err());
        }
        assert!(read("--help").unwrap().help);
    }
}
