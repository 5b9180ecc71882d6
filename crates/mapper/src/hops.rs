//! The hops of words from memory to memory in a template, and what a cut of a dimension, or the least of several cuts,
//! means for each.

use crate::template::{Event, Template};
use model::arch::StageId;
use nn::Operand;
use smallvec::SmallVec;

/// Words of an operand on their way from the memory that keeps them to the next one, or to the compute unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The operand.
    pub operand: Operand,
    /// The parent memory.
    pub parent: StageId,
    /// Events above the parent's keep, itself included.
    pub from: usize,
    /// The child memory; none for the compute unit.
    pub child: Option<StageId>,
    /// Events above the child's keep.
    pub to: usize,
}

/// The hops of a template: for each keep in order, then to the compute unit.
pub fn hops(template: &Template) -> Vec<Hop> {
    let mut hops: Vec<Hop> = Vec::new();
    let mut last: [(StageId, usize); 3] = [(StageId(0), 0); 3];
    for (to, event) in template.events.iter().enumerate() {
        if let Event::Keep { memory, operand } = *event {
            let (parent, from) = last[operand as usize];
            last[operand as usize] = (memory, to + 1);
            hops.push(Hop { operand, parent, from, child: Some(memory), to });
        }
    }
    for operand in Operand::ALL {
        let (parent, from) = last[operand as usize];
        hops.push(Hop { operand, parent, from, child: None, to: template.events.len() });
    }
    hops
}

/// What a cut means for a hop, or the least (and most) that several cuts mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AtHop {
    /// Pieces at the child.
    pub pieces: f64,
    /// The most pieces at the child.
    pub most_pieces: f64,
    /// Pieces whose words are read apart, although copies share diagonals.
    pub apart: f64,
    /// The most of them.
    pub most_apart: f64,
    /// Pieces as the parent sees them behind networks that share the operand's words.
    pub shared: f64,
    /// Copies above the child.
    pub copies: f64,
    /// Copies above the parent.
    pub parent_copies: f64,
    /// Pieces at the child over copies of the child.
    pub down: f64,
    /// Pieces at the parent over copies of the parent.
    pub up: f64,
    /// Points of a full piece.
    pub tile: u64,
}

impl AtHop {
    /// One piece of one point.
    pub const ONE: AtHop = AtHop {
        pieces: 1.0,
        most_pieces: 1.0,
        apart: 1.0,
        most_apart: 1.0,
        shared: 1.0,
        copies: 1.0,
        parent_copies: 1.0,
        down: 1.0,
        up: 1.0,
        tile: 1,
    };
}

/// What a cut means, or the least that several cuts mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// By hop.
    pub hops: SmallVec<[AtHop; 8]>,
    /// Steps that the copies take together.
    pub steps: f64,
    /// Copies by axis of each fan-out, in the order of the arch's fan-outs.
    pub copies: SmallVec<[[u64; 2]; 2]>,
    /// One more than the slot of the innermost loop in time; 0 if there is none.
    pub innermost: usize,
    /// For each operand that the compute unit holds on to and that does not change with the dimension: the pieces that
    /// its innermost memory reads, by where the last loop in time is that changes the operand (one more than its slot);
    /// words stay over the loops of that slot and of those further in.
    pub held: SmallVec<[f64; 8]>,
}

impl Outlook {
    /// The least over several cuts; none over none.
    pub fn least<'a>(mut of: impl Iterator<Item = &'a Outlook>) -> Option<Outlook> {
        let mut least = of.next()?.clone();
        for other in of {
            least.steps = least.steps.min(other.steps);
            for (a, b) in least.copies.iter_mut().zip(&other.copies) {
                *a = [a[0].min(b[0]), a[1].min(b[1])];
            }
            least.innermost = least.innermost.min(other.innermost);
            least.held.iter_mut().zip(&other.held).for_each(|(a, b)| *a = a.min(*b));
            for (a, b) in least.hops.iter_mut().zip(&other.hops) {
                a.pieces = a.pieces.min(b.pieces);
                a.most_pieces = a.most_pieces.max(b.most_pieces);
                a.apart = a.apart.min(b.apart);
                a.most_apart = a.most_apart.max(b.most_apart);
                a.shared = a.shared.min(b.shared);
                a.copies = a.copies.min(b.copies);
                a.parent_copies = a.parent_copies.min(b.parent_copies);
                a.down = a.down.min(b.down);
                a.up = a.up.min(b.up);
                a.tile = a.tile.min(b.tile);
            }
        }
        Some(least)
    }
}
