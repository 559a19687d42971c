//! `options`: what is made from the table of options, written again.

use crate::Result;
use crate::run::{cargo, succeed};

/// The command: the test that compares, told to write.
pub fn command() -> Result<bool> {
    let mut test = cargo(&["test", "--quiet", "--package", "confab", "--test", "options"]);
    succeed(test.env("CONFAB_BLESS", "1"))?;
    Ok(true)
}
