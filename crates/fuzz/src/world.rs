//! The simulated world with these bytes as its choices: no promise is broken, whatever happens.

use confab_sim::Schedule;

use crate::target::{mark, size};

pub fn play(input: &[u8]) -> Result<u64, String> {
    let report = Schedule::steered(input).play();
    if let Some(worst) = report.worst() {
        let (at, kind) = (worst.at, worst.kind);
        return Err(format!("at {at} ms: {kind:?}: {}", worst.story));
    }
    let met = report.met.iter().map(|met| *met as u64);
    let submitted = usize::try_from(report.submitted).unwrap_or_default();
    Ok(mark(met.chain([size(submitted)])))
}

/// Choices of different weight: faults and acts come of small and of large numbers.
pub fn seeds() -> Vec<Vec<u8>> {
    let even = (0..=255_u8).step_by(32).map(|byte| vec![byte; 400]);
    let stepped = [3_usize, 7, 11, 29].map(|step| (0..=255_u8).cycle().step_by(step).take(800).collect());
    even.chain(stepped).collect()
}
