//! The FIFO at every port: registered on both sides.
//!
//! Within a cycle everybody sees the FIFO as it was when the cycle began: a word pushed now can be popped in the next
//! cycle, and a slot freed now can be filled in the next. So the order in which blocks are stepped does not matter.
//! Instead of a clock edge, the FIFO remembers the cycles of its last push and pop: what did not move costs nothing.

use crate::chip::MAX_FIFO;

/// A FIFO of at most [`MAX_FIFO`] entries.
#[derive(Clone, Debug)]
pub struct Fifo<T> {
    len: usize,
    depth: usize,
    head: usize,
    /// The cycles of the last push and pop.
    pushed: u64,
    popped: u64,
    slots: [T; MAX_FIFO],
}

/// No cycle that is ever reached.
const NEVER: u64 = u64::MAX;

impl<T: Copy + Default> Fifo<T> {
    /// An empty FIFO of `depth` entries.
    pub fn new(depth: usize) -> Fifo<T> {
        assert!((1..=MAX_FIFO).contains(&depth), "a FIFO of {depth} entries");
        Fifo { len: 0, depth, head: 0, pushed: NEVER, popped: NEVER, slots: [T::default(); MAX_FIFO] }
    }

    /// Whether an entry can be pushed in cycle `now`.
    #[inline]
    pub fn has_room(&self, now: u64) -> bool {
        self.has_room_beside(0, now)
    }

    /// Whether there is room for one more entry beside this cycle's and `promised` others on their way.
    #[inline]
    pub fn has_room_beside(&self, promised: usize, now: u64) -> bool {
        self.len + usize::from(self.popped == now) + promised < self.depth
    }

    /// Whether an entry can be popped in cycle `now`.
    #[inline]
    pub fn has_entry(&self, now: u64) -> bool {
        self.len > usize::from(self.pushed == now)
    }

    /// Puts an entry in; at most once a cycle, and only when there is room.
    #[inline]
    pub fn push(&mut self, entry: T, now: u64) {
        debug_assert!(self.pushed != now && self.has_room(now));
        let slot = self.head + self.len;
        self.slots[if slot < self.depth { slot } else { slot - self.depth }] = entry;
        self.len += 1;
        self.pushed = now;
    }

    /// Takes the oldest entry out; at most once a cycle, and only when there is one.
    #[inline]
    pub fn pop(&mut self, now: u64) -> T {
        debug_assert!(self.popped != now && self.has_entry(now));
        let entry = self.slots[self.head];
        self.head = if self.head + 1 < self.depth { self.head + 1 } else { 0 };
        self.len -= 1;
        self.popped = now;
        entry
    }

    /// Whether nothing is inside or on its way in.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_takes_a_cycle_and_so_does_a_slot() {
        let mut fifo = Fifo::new(1);
        fifo.push(7, 0);
        assert!(!fifo.has_entry(0), "pushed in this cycle, seen in the next");
        assert!(fifo.has_entry(1) && !fifo.has_room(1));
        assert_eq!(fifo.pop(1), 7);
        assert!(!fifo.has_room(1), "freed in this cycle, filled in the next");
        assert!(fifo.has_room(2) && fifo.is_empty());
    }

    #[test]
    fn entries_leave_in_order_while_others_come() {
        let mut fifo = Fifo::new(3);
        fifo.push(0, 0);
        fifo.push(1, 1);
        for now in 2..20 {
            assert!(fifo.has_room(now) && fifo.has_entry(now) && !fifo.has_room_beside(1, now));
            fifo.push(now, now);
            assert_eq!(fifo.pop(now), now - 2);
        }
    }
}
