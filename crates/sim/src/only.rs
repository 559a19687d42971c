//! A part of a schedule: what is left of one that was shrunk, in words that play it again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use crate::fault::Fault;
use crate::rng::Rng;
use crate::world::What;

/// Which part of a schedule is played. Nothing given: all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Only {
    /// After how many milliseconds everything is well at the latest.
    pub until: Option<u64>,
    /// The acts that are done, by their number; the others come to nothing.
    pub acts: Option<BTreeSet<u32>>,
    /// The faults that strike, by kind and number; the others do not.
    pub strikes: Option<BTreeSet<(Fault, u32)>>,
}

impl Only {
    pub(crate) fn has_act(&self, number: u32) -> bool {
        self.acts.as_ref().is_none_or(|acts| acts.contains(&number))
    }

    pub(crate) fn has_strike(&self, fault: Fault, number: u32) -> bool {
        let strikes = self.strikes.as_ref();
        strikes.is_none_or(|strikes| strikes.contains(&(fault, number)))
    }
}

impl fmt::Display for Only {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |words: Vec<String>| words.join(",");
        let until = self.until.map(|until| format!("until={until}"));
        let acts = self.acts.as_ref();
        let acts = acts.map(|acts| format!("acts={}", list(acts.iter().map(u32::to_string).collect())));
        let strike = |(fault, number): &(Fault, u32)| format!("{fault:?}:{number}");
        let strikes = self.strikes.as_ref();
        let strikes =
            strikes.map(|strikes| format!("strikes={}", list(strikes.iter().map(strike).collect())));
        let parts: Vec<String> = [until, acts, strikes].into_iter().flatten().collect();
        f.write_str(&parts.join("/"))
    }
}

impl FromStr for Only {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut only = Self::default();
        for part in text.split('/').filter(|part| !part.is_empty()) {
            let (name, list) = part
                .split_once('=')
                .ok_or_else(|| format!("no list in `{part}`"))?;
            let words = list.split(',').filter(|word| !word.is_empty());
            let number = |word: &str| word.parse().map_err(|_| format!("no number: `{word}`"));
            match name {
                "until" => only.until = Some(list.parse().map_err(|_| format!("no time: `{list}`"))?),
                "acts" => only.acts = Some(words.map(number).collect::<Result<_, _>>()?),
                "strikes" => only.strikes = Some(words.map(strike).collect::<Result<_, _>>()?),
                _ => return Err(format!("`{name}` is neither until nor acts nor strikes")),
            }
        }
        Ok(only)
    }
}

fn strike(word: &str) -> Result<(Fault, u32), String> {
    let (name, number) = word
        .split_once(':')
        .ok_or_else(|| format!("no number in `{word}`"))?;
    let known = Fault::ALL.iter().find(|fault| format!("{fault:?}") == name);
    let fault = *known.ok_or_else(|| format!("there is no fault `{name}`"))?;
    let number = number
        .parse()
        .map_err(|_| format!("no number after `{name}`: `{number}`"))?;
    Ok((fault, number))
}

impl What {
    /// What kind of happening it is, and about what.
    pub(crate) fn name(&self) -> (u8, u64, u64) {
        let number = |number: &usize| u64::try_from(*number).unwrap_or_default();
        match self {
            Self::Heard(tab, life, _) => (0, number(tab), u64::from(*life)),
            Self::Ring(tab, life, _) => (1, number(tab), u64::from(*life)),
            Self::Stored(tab, life) => (2, number(tab), u64::from(*life)),
            Self::Told(tab, life, _) => (3, number(tab), u64::from(*life)),
            Self::Arrived(call) => (4, number(call), 0),
            Self::Worked(call, _) => (5, number(call), 0),
            Self::Answered(call, _) => (6, number(call), 0),
            Self::Opened(connection, _) => (7, number(connection), 0),
            Self::Subscribed(connection, _) => (8, number(connection), 0),
            Self::Streaming(connection, _) => (9, number(connection), 0),
            Self::Framed(connection, _) => (10, number(connection), 0),
            Self::Ping(connection) => (11, number(connection), 0),
            Self::Broadcast(_) => (12, 0, 0),
            Self::Act => (13, 0, 0),
            Self::GoesOn(_) => (14, 0, 0),
            Self::Steals(tab, life, _) => (15, number(tab), u64::from(*life)),
            Self::Granted(tab, life, _) => (16, number(tab), u64::from(*life)),
            Self::Robbed(tab, life, _) => (17, number(tab), u64::from(*life)),
        }
    }
}

/// What happens, and the how manieth of its kind: the name of a happening in every part of a schedule.
type Name = (u8, u64, u64, u32);

/// Where chance stood at each happening of a whole schedule. Every happening of a part of it begins at the same place, so
/// that what is left out changes nothing else.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turns {
    seed: u64,
    counts: BTreeMap<(u8, u64, u64), u32>,
    places: BTreeMap<Name, u64>,
    replays: bool,
}

impl Turns {
    /// Notes where chance stands.
    pub(crate) fn noting(seed: u64) -> Self {
        Self {
            seed,
            ..Self::default()
        }
    }

    /// The same places again.
    pub(crate) fn again(&self) -> Self {
        Self {
            seed: self.seed,
            places: self.places.clone(),
            replays: true,
            ..Self::default()
        }
    }

    /// Something happens: where chance goes on.
    pub(crate) fn next(&mut self, what: &What, rng: &Rng) -> Rng {
        let (kind, one, other) = what.name();
        let count = self.counts.entry((kind, one, other)).or_default();
        let name = (kind, one, other, *count);
        *count = count.saturating_add(1);
        if !self.replays {
            self.places.insert(name, rng.state());
            return rng.clone();
        }
        let unmet = || {
            let words = [u64::from(name.0), name.1, name.2, u64::from(name.3)];
            words.iter().fold(self.seed, |seed, word| {
                Rng::new(seed ^ word.wrapping_mul(0x9E37_79B9)).next()
            })
        };
        Rng::new(self.places.get(&name).copied().unwrap_or_else(unmet))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_the_same() {
        for text in [
            "",
            "until=2500",
            "acts=",
            "until=1/acts=0,7/strikes=AnswerLost:3,SlowCommit:0",
        ] {
            let only: Only = text.parse().unwrap();
            assert_eq!(only.to_string(), text);
        }
        for text in [
            "until",
            "until=x",
            "acts=a",
            "strikes=Rain:1",
            "strikes=Frozen",
            "x=1",
        ] {
            assert!(text.parse::<Only>().is_err(), "{text}");
        }
    }
}
