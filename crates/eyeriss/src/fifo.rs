//! The FIFO at every port: registered on both sides.
//!
//! Within a cycle everybody sees the FIFO as it was when the cycle began: a word pushed now can be popped in the next
//! cycle, and a slot freed now can be filled in the next. So the order in which blocks are stepped does not matter.

use crate::chip::MAX_FIFO;

/// A FIFO of at most [`MAX_FIFO`] entries.
#[derive(Clone, Debug)]
pub struct Fifo<T> {
    slots: [T; MAX_FIFO],
    head: usize,
    len: usize,
    depth: usize,
    pushed: bool,
    popped: bool,
}

impl<T: Copy + Default> Fifo<T> {
    /// An empty FIFO of `depth` entries.
    pub fn new(depth: usize) -> Fifo<T> {
        assert!((1..=MAX_FIFO).contains(&depth), "a FIFO of {depth} entries");
        Fifo { slots: [T::default(); MAX_FIFO], head: 0, len: 0, depth, pushed: false, popped: false }
    }

    /// Whether an entry can be pushed this cycle.
    #[inline]
    pub fn has_room(&self) -> bool {
        self.len < self.depth
    }

    /// Whether there is room for one more entry beside this cycle's and `promised` others on their way.
    #[inline]
    pub fn has_room_beside(&self, promised: usize) -> bool {
        self.len + usize::from(self.pushed) + promised < self.depth
    }

    /// Whether an entry can be popped this cycle.
    #[inline]
    pub fn has_entry(&self) -> bool {
        self.len > 0
    }

    /// Puts an entry in; at most once a cycle, and only when there is room.
    #[inline]
    pub fn push(&mut self, entry: T) {
        debug_assert!(!self.pushed && self.has_room());
        self.slots[(self.head + self.len) % MAX_FIFO] = entry;
        self.pushed = true;
    }

    /// Takes the oldest entry out; at most once a cycle, and only when there is one.
    #[inline]
    pub fn pop(&mut self) -> T {
        debug_assert!(!self.popped && self.has_entry());
        self.popped = true;
        self.slots[self.head]
    }

    /// The clock edge.
    #[inline]
    pub fn clock(&mut self) {
        if self.popped {
            self.head = (self.head + 1) % MAX_FIFO;
        }
        self.len = self.len + usize::from(self.pushed) - usize::from(self.popped);
        self.pushed = false;
        self.popped = false;
    }

    /// Whether nothing is inside or on its way in.
    pub fn is_empty(&self) -> bool {
        self.len == 0 && !self.pushed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_takes_a_cycle_and_so_does_a_slot() {
        let mut fifo = Fifo::new(1);
        fifo.push(7);
        assert!(!fifo.has_entry(), "pushed in this cycle, seen in the next");
        fifo.clock();
        assert!(fifo.has_entry() && !fifo.has_room());
        assert_eq!(fifo.pop(), 7);
        assert!(!fifo.has_room(), "freed in this cycle, filled in the next");
        fifo.clock();
        assert!(fifo.has_room() && fifo.is_empty());
    }
}
