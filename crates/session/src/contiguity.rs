//! Which stretches of the history are proved complete. A page of the list proves the stretch it spans; stretches that
//! touch become one; what lies between two of them may be missing. An event proves nothing: events get lost.

use confab_protocol::MessageId;

/// Below every id: a stretch that begins here reaches the beginning of the conversation.
const START: MessageId = MessageId(0);

/// Proved stretches, ascending and apart from each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contiguity(Vec<(MessageId, MessageId)>);

impl Contiguity {
    /// Notes that nothing is missing from `low` to `high`.
    pub(crate) fn prove(&mut self, low: MessageId, high: MessageId) {
        let (mut low, mut high) = (low, high);
        let mut rest = Vec::with_capacity(self.0.len().wrapping_add(1));
        for &(from, to) in &self.0 {
            let touches = from.0 <= high.0.wrapping_add(1) && low.0 <= to.0.wrapping_add(1);
            if touches {
                low = low.min(from);
                high = high.max(to);
            } else {
                rest.push((from, to));
            }
        }
        // The others are in order already.
        let place = rest.partition_point(|other| *other < (low, high));
        rest.insert(place, (low, high));
        self.0 = rest;
    }

    /// Notes that nothing at all lies below `high`, nor between it and the beginning.
    pub(crate) fn prove_from_start(&mut self, high: MessageId) {
        self.prove(START, high);
    }

    /// Newest id proved complete: the cursor.
    pub(crate) fn cursor(&self) -> Option<MessageId> {
        self.0.last().map(|(_, high)| *high)
    }

    /// Oldest id from which on something is proved; `None` while nothing is, or when the beginning is reached.
    pub(crate) fn oldest(&self) -> Option<MessageId> {
        self.0.first().map(|(low, _)| *low).filter(|low| *low != START)
    }

    /// Whether the beginning of the conversation is known.
    pub(crate) fn reaches_start(&self) -> bool {
        self.0.first().is_some_and(|(low, _)| *low == START)
    }

    /// Lowest id from which on everything up to `id` is proved.
    pub(crate) fn complete_from(&self, id: MessageId) -> Option<MessageId> {
        self.0
            .iter()
            .find(|(low, high)| (*low..=*high).contains(&id))
            .map(|(low, _)| *low)
    }

    /// The ids above which a stretch begins that is not joined to the one below: a gap lies before each.
    pub(crate) fn gaps(&self) -> impl Iterator<Item = MessageId> {
        self.0.iter().skip(1).map(|(low, _)| *low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proved(stretches: &[(i64, i64)]) -> Contiguity {
        let mut contiguity = Contiguity::default();
        for (low, high) in stretches {
            contiguity.prove(MessageId(*low), MessageId(*high));
        }
        contiguity
    }

    #[test]
    fn stretches_that_touch_become_one_in_any_order() {
        for stretches in [
            [(1, 5), (6, 9), (9, 12)],
            [(9, 12), (1, 5), (6, 9)],
            [(6, 9), (9, 12), (1, 5)],
        ] {
            assert_eq!(proved(&stretches), proved(&[(1, 12)]));
        }
    }

    #[test]
    fn a_stretch_apart_leaves_a_gap_until_it_is_joined() {
        let mut contiguity = proved(&[(1, 5), (8, 9)]);
        assert_eq!(contiguity.gaps().collect::<Vec<_>>(), [MessageId(8)]);
        assert_eq!(contiguity.complete_from(MessageId(9)), Some(MessageId(8)));
        contiguity.prove(MessageId(5), MessageId(8));
        assert_eq!(contiguity.gaps().count(), 0);
        assert_eq!(contiguity.complete_from(MessageId(9)), Some(MessageId(1)));
    }

    #[test]
    fn reaching_the_start_joins_everything_below() {
        let mut contiguity = proved(&[(10, 20), (40, 50)]);
        assert_eq!(contiguity.oldest(), Some(MessageId(10)));
        contiguity.prove_from_start(MessageId(40));
        assert!(contiguity.reaches_start());
        assert_eq!(contiguity.oldest(), None);
        assert_eq!(contiguity.cursor(), Some(MessageId(50)));
        assert_eq!(contiguity.gaps().count(), 0);
    }
}
