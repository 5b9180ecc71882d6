//! Copies one by one: where zeros lie decides which copy has most to do.

use super::SparsityError;
use crate::arch::StageId;
use crate::groups::Follow;
use crate::loops::{Loop, Loops};
use nn::problem::Dim;

/// Loops in space of which one copy only is looked at: position and index.
pub(super) type Picked = [(usize, u64)];

/// What becomes of a loop that is picked.
pub(super) fn pick(picked: &Picked, l: &Loop) -> Option<Follow> {
    picked.iter().find(|(at, _)| *at == l.index).map(|&(_, index)| Follow::Only(index))
}

/// The most copies that are gone through one by one.
const MAX_COPIES: u64 = 1 << 16;

/// Goes through copies.
pub(super) struct Copies {
    picked: Vec<(usize, u64)>,
    sizes: Vec<u64>,
    started: bool,
}

impl Copies {
    /// The copies of the loops in space over the fan-outs that `fanouts` picks: all of those along dimensions that
    /// matter, the first of the others. `end` is the position below all nodes.
    pub fn new(
        loops: &Loops,
        end: usize,
        fanouts: impl Fn(StageId) -> bool,
        matters: impl Fn(Dim) -> bool,
    ) -> Result<Copies, SparsityError> {
        let mut copies = Copies { picked: Vec::new(), sizes: Vec::new(), started: false };
        let mut all = 1u64;
        for l in loops.problem.dims().flat_map(|dim| loops.above(dim, end)) {
            if l.fanout.is_some_and(&fanouts) {
                let size = if matters(l.dim) { l.above.div_ceil(l.tile) } else { 1 };
                all = all.saturating_mul(size);
                copies.picked.push((l.index, 0));
                copies.sizes.push(size);
            }
        }
        if all > MAX_COPIES { Err(SparsityError::TooLarge("the copies")) } else { Ok(copies) }
    }

    /// The next copy.
    pub fn next(&mut self) -> Option<&Picked> {
        if !self.started {
            self.started = true;
            return Some(&self.picked);
        }
        for ((_, index), &size) in self.picked.iter_mut().zip(&self.sizes) {
            *index += 1;
            if *index < size {
                return Some(&self.picked);
            }
            *index = 0;
        }
        None
    }
}
