//! Which `*`, `_` and `~` open and close what: the delimiter algorithm of `CommonMark` on flat lists, linear because
//! an opener that matched nothing is not asked again by a closer of the same kind.

use crate::chars::{is_cjk, is_extender, is_joiner, is_punctuation};
use crate::work;

/// Longer runs are text: more marks than [`super::MAX_INLINE_DEPTH`] could not be shown anyway.
const MAX_RUN: usize = 16;

/// A run of equal marks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// Which piece of the text it is.
    pub piece: usize,
    /// `*`, `_` or `~`.
    pub mark: u8,
    /// Marks not used yet; in the end they are text.
    pub left: usize,
    /// What it closes, from its first mark on.
    pub ends: Marks,
    /// What it opens, from its last mark backwards.
    pub starts: Marks,
    length: usize,
    opens: bool,
    closes: bool,
}

/// A short list of single and double marks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    doubles: u16,
    count: u8,
}

impl Run {
    /// The run of `length` marks between two characters, if it can open or close anything.
    pub(super) fn between(
        mark: u8,
        length: usize,
        before: Option<char>,
        after: Option<char>,
    ) -> Option<Self> {
        let (opens, closes) = sides(mark, length, before, after);
        let usable = (opens || closes) && length <= MAX_RUN && (mark != b'~' || length == 2);
        let none = Marks::default();
        usable.then_some(Self {
            piece: 0,
            mark,
            left: length,
            ends: none,
            starts: none,
            length,
            opens,
            closes,
        })
    }

    /// Whether anything was made of it.
    pub(super) fn is_used(&self) -> bool {
        self.left < self.length
    }

    fn matches(&self, closer: &Self) -> bool {
        // CommonMark's "multiple of 3" rule: keeps `*a**b*` from pairing across.
        let both_ways = self.closes || closer.opens;
        let thirds = (self.length + closer.length).is_multiple_of(3) && !self.length.is_multiple_of(3);
        self.mark == closer.mark && !(both_ways && thirds)
    }

    /// The kind of closer, of those that find the same openers.
    fn class(&self) -> usize {
        match self.mark {
            b'~' => 0,
            mark => 1 + self.length % 3 + 3 * usize::from(self.opens) + 6 * usize::from(mark == b'_'),
        }
    }
}

impl Marks {
    /// The lists' entries in order: whether each is double.
    pub(super) fn iter(self) -> impl DoubleEndedIterator<Item = bool> {
        (0..self.count).map(move |at| self.doubles & (1 << at) != 0)
    }

    fn push(&mut self, double: bool) {
        self.doubles |= u16::from(double) << self.count;
        self.count += 1;
    }
}

/// Pairs the runs of one text, or of the label of one link.
pub(super) fn pair(runs: &mut [Run]) {
    let mut openers: Vec<usize> = Vec::new();
    // Below these heights of `openers` there is nothing for a class of closers.
    let mut floors = [0_usize; 13];
    for at in 0..runs.len() {
        work::step(1);
        let Some(mut closer) = runs.get(at).copied() else {
            break;
        };
        while closer.closes && closer.left > 0 {
            let floor = floors.get(closer.class()).copied().unwrap_or_default();
            let Some(found) = opener_for(&closer, &openers, floor, runs) else {
                if let Some(floor) = floors.get_mut(closer.class()) {
                    *floor = openers.len();
                }
                break;
            };
            openers.truncate(found + 1);
            let Some(opener) = openers.last().and_then(|&index| runs.get_mut(index)) else {
                break;
            };
            let double = opener.left >= 2 && closer.left >= 2;
            let used = 1 + usize::from(double);
            opener.left -= used;
            opener.starts.push(double);
            closer.left -= used;
            closer.ends.push(double);
            if opener.left == 0 {
                openers.pop();
            }
            for floor in &mut floors {
                *floor = (*floor).min(openers.len());
            }
        }
        if closer.opens && closer.left > 0 {
            openers.push(at);
        }
        if let Some(run) = runs.get_mut(at) {
            *run = closer;
        }
    }
}

/// The height in `openers` of the nearest one that `closer` closes.
fn opener_for(closer: &Run, openers: &[usize], floor: usize, runs: &[Run]) -> Option<usize> {
    let candidates = openers.iter().enumerate().skip(floor).rev();
    for (height, &index) in candidates {
        work::step(1);
        if runs.get(index).is_some_and(|opener| opener.matches(closer)) {
            return Some(height);
        }
    }
    None
}

/// Whether a run may open and may close.
fn sides(mark: u8, length: usize, before: Option<char>, after: Option<char>) -> (bool, bool) {
    let space = |c: Option<char>| c.is_none_or(char::is_whitespace);
    let punctuation = |c: Option<char>| c.is_some_and(is_punctuation);
    // Chinese, Japanese and Korean have no space between a mark and the next word.
    let free = |c: Option<char>| {
        space(c) || punctuation(c) || c.is_some_and(|c| is_cjk(c) || is_joiner(c) || is_extender(c))
    };
    let left = !space(after) && (!punctuation(after) || free(before));
    let right = !space(before) && (!punctuation(before) || free(after));
    if mark == b'_' {
        return (
            left && (!right || punctuation(before)),
            right && (!left || punctuation(after)),
        );
    }
    if mark == b'*' && is_product(length, before, after) {
        return (false, false);
    }
    (left, right)
}

/// `2*3*4`, `a*b`, `2**8`: between letters or digits of ASCII people multiply. Two marks still work within a word.
fn is_product(length: usize, before: Option<char>, after: Option<char>) -> bool {
    let (Some(before), Some(after)) = (before, after) else {
        return false;
    };
    let word = before.is_ascii_alphanumeric() && after.is_ascii_alphanumeric();
    word && (length == 1 || (before.is_ascii_digit() && after.is_ascii_digit()))
}
