//! Tries input after input, each a change of one that was worth keeping.

use std::collections::BTreeSet;

use crate::change::{Chance, change};
use crate::target::Target;

/// Inputs that are kept at most.
const KEPT: usize = 20_000;
/// Pieces that are left out of a failing input, smaller and smaller.
const PIECES: usize = 4;

/// An input for which what must hold does not.
#[derive(Clone, Debug)]
pub struct Failed {
    /// The input, as short as it could be made.
    pub input: Vec<u8>,
    /// What is wrong.
    pub why: String,
}

/// One target and what was found out about it.
#[derive(Debug)]
pub struct Fuzzer {
    target: Target,
    chance: Chance,
    inputs: Vec<Vec<u8>>,
    marks: BTreeSet<u64>,
    /// Inputs tried.
    pub tried: u64,
}

impl Fuzzer {
    /// Begins with the target's seeds.
    pub fn new(target: Target, seed: u64) -> Self {
        Self {
            target,
            chance: Chance::new(seed),
            inputs: target.seeds(),
            marks: BTreeSet::new(),
            tried: 0,
        }
    }

    /// How many different things inputs led to.
    pub fn different(&self) -> usize {
        self.marks.len()
    }

    /// Tries what it begins with.
    ///
    /// # Errors
    ///
    /// The first that fails.
    pub fn begin(&mut self) -> Result<(), Failed> {
        for input in self.inputs.clone() {
            self.attempt(&input)?;
        }
        Ok(())
    }

    /// Makes up an input and tries it.
    ///
    /// # Errors
    ///
    /// It fails.
    pub fn step(&mut self) -> Result<(), Failed> {
        let one = self.chance.below(self.inputs.len());
        let other = self.chance.below(self.inputs.len());
        let mut input = self.inputs.get(one).cloned().unwrap_or_default();
        let other = self.inputs.get(other).cloned().unwrap_or_default();
        change(&mut input, &other, &mut self.chance, self.target.longest());
        if self.attempt(&input)? && self.inputs.len() < KEPT {
            self.inputs.push(input);
        }
        Ok(())
    }

    /// Whether it led to something new.
    fn attempt(&mut self, input: &[u8]) -> Result<bool, Failed> {
        self.tried = self.tried.saturating_add(1);
        let mark = self.target.play(input).map_err(|why| self.shorten(input, why))?;
        Ok(self.marks.insert(mark))
    }

    /// The same failure from fewer bytes.
    fn shorten(&self, input: &[u8], why: String) -> Failed {
        let mut failed = Failed {
            input: input.to_vec(),
            why,
        };
        let mut size = input.len() / 2;
        for _ in 0..PIECES.saturating_mul(4) {
            let mut at = 0;
            while at < failed.input.len() {
                let mut fewer = failed.input.clone();
                let end = at.saturating_add(size.max(1)).min(fewer.len());
                fewer.drain(at..end);
                match self.target.play(&fewer) {
                    Err(why) => failed = Failed { input: fewer, why },
                    Ok(_) => at = end,
                }
            }
            size /= 2;
            if size == 0 {
                break;
            }
        }
        failed
    }
}
