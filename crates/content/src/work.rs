//! Counts the steps of the parsers in tests, so that linear time is asserted without a clock.

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Notes that `count` characters were looked at. Nothing outside tests.
#[inline]
pub(crate) fn step(count: usize) {
    #[cfg(test)]
    STEPS.with(|steps| steps.set(steps.get() + count));
    #[cfg(not(test))]
    let _ = count;
}

/// The steps taken by `run`.
#[cfg(test)]
pub(crate) fn measure<T>(run: impl FnOnce() -> T) -> (T, usize) {
    let before = STEPS.with(std::cell::Cell::get);
    let value = run();
    (value, STEPS.with(std::cell::Cell::get) - before)
}
