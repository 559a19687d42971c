//! A form's bytes, a little at a time: whoever takes the form apart gets more only after a step forward.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::Stream;

/// Bytes that may come without a step forward: of the heads of a part, or of what stands before the first.
const LONGEST_STEP: usize = 256 * 1024;

/// To be told when the reader of the bytes got on: when a part has begun, or some of its content was handed out.
#[derive(Clone, Debug, Default)]
pub struct Steps(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Bytes given since the last step.
    since: AtomicUsize,
    /// Whether something may be in the reader's hands that it did not look at yet.
    unseen: AtomicBool,
}

/// The bytes. After every chunk and every step it says once that there is nothing at the moment, so that what is there is
/// looked at first: the reader of forms would otherwise gather all that the network has, in memory.
#[derive(Debug)]
pub struct Stepping<S> {
    stream: S,
    steps: Steps,
}

/// Too much came without a step forward. Looking for its end again and again would take ever longer.
#[derive(Debug)]
pub struct NoStep;

impl fmt::Display for NoStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the head of a part is too long")
    }
}

impl Error for NoStep {}

impl NoStep {
    /// Whether that is what is behind an error of the reader.
    pub fn is_behind(error: &(dyn Error + 'static)) -> bool {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if error.is::<Self>() {
                return true;
            }
            cause = error.source();
        }
        false
    }
}

impl Steps {
    /// The stream in steps, and what has to be told of them.
    pub fn of<S>(stream: S) -> (Self, Stepping<S>) {
        let steps = Self::default();
        let stepping = Stepping {
            stream,
            steps: steps.clone(),
        };
        (steps, stepping)
    }

    /// It went on.
    pub fn step(&self) {
        self.0.since.store(0, Ordering::Relaxed);
        self.0.unseen.store(true, Ordering::Relaxed);
    }
}

impl<S, E> Stream for Stepping<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    type Item = Result<Bytes, Box<dyn Error + Send + Sync>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.steps.0.unseen.swap(false, Ordering::Relaxed) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let since = self.steps.0.since.load(Ordering::Relaxed);
        if since > LONGEST_STEP {
            return Poll::Ready(Some(Err(NoStep.into())));
        }
        let chunk = ready!(Pin::new(&mut self.stream).poll_next(context));
        if let Some(Ok(bytes)) = &chunk {
            self.steps.0.since.store(since + bytes.len(), Ordering::Relaxed);
            self.steps.0.unseen.store(true, Ordering::Relaxed);
        }
        Poll::Ready(chunk.map(|chunk| chunk.map_err(Into::into)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    fn form(parts: Vec<Bytes>) -> (Steps, multer::Multipart<'static>) {
        let given = stream::iter(parts.into_iter().map(Ok::<_, std::io::Error>));
        let (steps, stream) = Steps::of(given);
        (steps, multer::Multipart::new(stream, "b"))
    }

    #[tokio::test]
    async fn a_head_without_an_end_is_given_up_and_a_long_file_is_not() {
        let begin = || Bytes::from_static(b"--b\r\nContent-Disposition: form-data; name=\"a\"");
        let piece = Bytes::from(vec![b'x'; 64 * 1024]);
        let endless = std::iter::once(begin()).chain(std::iter::repeat_n(piece.clone(), 100));
        let (_, mut reader) = form(endless.collect());
        let refused = reader.next_field().await.unwrap_err();
        assert!(NoStep::is_behind(&refused), "{refused:?}");

        let head_ends = Bytes::from_static(b"\r\n\r\n");
        let end = Bytes::from_static(b"\r\n--b--\r\n");
        let file = [begin(), head_ends]
            .into_iter()
            .chain(std::iter::repeat_n(piece.clone(), 100));
        let (steps, mut reader) = form(file.chain([end]).collect());
        let mut field = reader.next_field().await.unwrap().unwrap();
        steps.step();
        let mut length = 0;
        while let Some(chunk) = field.chunk().await.unwrap() {
            steps.step();
            length += chunk.len();
        }
        assert_eq!(length, 100 * piece.len());
    }

    /// Otherwise short parts before a long one would let all of it into memory.
    #[test]
    fn nothing_more_is_given_while_something_is_not_looked_at() {
        let (steps, mut stepping) = Steps::of(stream::iter(
            [1_u8, 2].map(|n| Ok::<_, std::io::Error>(Bytes::from(vec![n]))),
        ));
        let mut context = Context::from_waker(std::task::Waker::noop());
        let mut next = || {
            Pin::new(&mut stepping)
                .poll_next(&mut context)
                .map(|chunk| chunk.map(Result::unwrap))
        };
        assert_eq!(next(), Poll::Ready(Some(Bytes::from_static(&[1]))));
        assert_eq!(next(), Poll::Pending);
        steps.step();
        assert_eq!(next(), Poll::Pending);
        assert_eq!(next(), Poll::Ready(Some(Bytes::from_static(&[2]))));
        assert_eq!(next(), Poll::Pending);
        assert_eq!(next(), Poll::Ready(None));
    }
}
