//! `fuzz`: made-up inputs, optimised, for longer than `test` makes them up.

use crate::Result;
use crate::run::optimised;

/// The command; the words are the fuzzer's own. What failed, and with which input, it says itself.
pub fn command(words: &[&str]) -> Result<bool> {
    optimised("confab-fuzz", "the fuzz targets", words)
}
