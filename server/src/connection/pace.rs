//! A body has to keep moving, whoever reads it and for whatever.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

/// The window of time that is looked at.
const WINDOW: Duration = Duration::from_secs(10);
/// Bytes that have to come in every window: 500 a second.
const LEAST: usize = 5000;
/// A reader that did not ask for so long is itself the reason that nothing came.
const NOT_ASKED: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Why a body ended before its end.
#[derive(Debug)]
pub enum BodyError {
    /// It came at less than 500 bytes a second.
    TooSlow,
    /// The connection broke, or what came is no body.
    Broken(hyper::Error),
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooSlow => write!(f, "the body came too slowly"),
            Self::Broken(error) => write!(f, "{error}"),
        }
    }
}

impl Error for BodyError {}

impl BodyError {
    /// Whether that is what is behind an error of whoever read the body.
    pub fn is_too_slow(error: &(dyn Error + 'static)) -> bool {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if matches!(error.downcast_ref(), Some(Self::TooSlow)) {
                return true;
            }
            cause = error.source();
        }
        false
    }
}

/// A request's body that fails when it comes too slowly.
#[derive(Debug)]
pub struct Paced {
    body: Incoming,
    pace: Option<Pace>,
}

/// What came in the window, and when to look next.
#[derive(Debug)]
struct Pace {
    since: Instant,
    asked: Instant,
    came: VecDeque<(Instant, usize)>,
    sum: usize,
    look: Pin<Box<Sleep>>,
}

impl Paced {
    /// Watches a body from its first reading on.
    pub fn new(body: Incoming) -> Self {
        Self { body, pace: None }
    }
}

impl Pace {
    fn new(now: Instant) -> Self {
        Self {
            since: now,
            asked: now,
            came: VecDeque::new(),
            sum: 0,
            look: Box::pin(sleep_until(now + LOOK_EVERY)),
        }
    }

    fn asked(&mut self, now: Instant) {
        if now - self.asked > NOT_ASKED {
            *self = Self::new(now);
        }
        self.asked = now;
    }

    fn came(&mut self, now: Instant, bytes: usize) {
        self.came.push_back((now, bytes));
        self.sum += bytes;
        self.forget(now);
    }

    fn forget(&mut self, now: Instant) {
        while let Some((at, bytes)) = self.came.front()
            && now - *at > WINDOW
        {
            self.sum -= bytes;
            self.came.pop_front();
        }
    }

    fn is_too_slow(&mut self, now: Instant) -> bool {
        self.forget(now);
        now - self.since >= WINDOW && self.sum < LEAST
    }
}

impl Body for Paced {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let now = Instant::now();
        let this = &mut *self;
        if let Some(pace) = &mut this.pace {
            pace.asked(now);
        }
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            let bytes = match &frame {
                Some(Ok(frame)) => frame.data_ref().map_or(0, Bytes::len),
                _ => 0,
            };
            // Most bodies are there at once and need no watching.
            if let Some(pace) = &mut this.pace {
                pace.came(now, bytes);
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(BodyError::Broken)));
        }
        let pace = this.pace.get_or_insert_with(|| Pace::new(now));
        while pace.look.as_mut().poll(context).is_ready() {
            if pace.is_too_slow(now) {
                return Poll::Ready(Some(Err(BodyError::TooSlow)));
            }
            pace.look.as_mut().reset(now + LOOK_EVERY);
        }
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(pace: &mut Pace, begun: Instant, seconds: u64, each: usize) -> bool {
        (1..=seconds).any(|second| {
            let now = begun + Duration::from_secs(second);
            pace.asked(now);
            pace.came(now, each);
            pace.is_too_slow(now)
        })
    }

    #[tokio::test(start_paused = true)]
    async fn two_kilobytes_a_second_are_enough_and_four_hundred_are_not() {
        let begun = Instant::now();
        assert!(!run(&mut Pace::new(begun), begun, 60, 2000));
        assert!(!run(&mut Pace::new(begun), begun, 9, 400));
        assert!(run(&mut Pace::new(begun), begun, 11, 400));
    }

    #[tokio::test(start_paused = true)]
    async fn a_good_beginning_does_not_last() {
        let begun = Instant::now();
        let mut pace = Pace::new(begun);
        pace.came(begun, 1_000_000);
        assert!(!run(&mut pace, begun, 10, 1));
        assert!(run(&mut pace, begun + Duration::from_secs(10), 2, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_did_not_ask_is_to_blame_itself() {
        let begun = Instant::now();
        let mut pace = Pace::new(begun);
        let later = begun + Duration::from_secs(30);
        pace.asked(later);
        assert!(!pace.is_too_slow(later));
    }
}
