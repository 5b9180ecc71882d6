//! Where the logical PEs of a pass sit in the array (JSSC 2017, section III-C, Figs 6 and 11).
//!
//! A *set* is the R x e logical PEs of one 2-D convolution. The r sets that add up are stacked, so that psums climb
//! through all of them; together they are a *block* of r R rows. A set wider than the array is folded into segments,
//! each a block of its own. Blocks fill the array left to right, then top to bottom.

use crate::plan::{PassShape, Plan};

/// One working PE: what it works on and where it sits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Physical row of the array, 0 at the top.
    pub row: usize,
    /// Physical column.
    pub column: usize,
    /// Which of the t sets with different filters.
    pub t: usize,
    /// Which of the r sets with different channels, 0 on top.
    pub set: usize,
    /// Filter row.
    pub filter_row: usize,
    /// Ofmap row within the strip.
    pub ofmap_row: usize,
}

/// The working PEs of a pass, chain by chain: all PEs of one ofmap row of one t, from the bottom, where psums enter,
/// to the top, where they leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// All working PEs.
    pub pes: Vec<Place>,
    /// PEs in each chain.
    pub chain: usize,
}

impl Placement {
    /// Places a pass.
    pub fn new(plan: &Plan, pass: &PassShape) -> Placement {
        let (shape, mapping, chip) = (&plan.shape, &plan.mapping, &plan.chip);
        let (sets, ts) = plan.sets(pass);
        let width = mapping.e.min(chip.columns);
        let across = chip.columns / width;
        let mut pes = Vec::with_capacity(ts * pass.rows * sets * shape.r);
        for t in 0..ts {
            for ofmap_row in 0..pass.rows {
                let block = t * mapping.segments(chip) + ofmap_row / chip.columns;
                let (down, right) = (block / across, block % across);
                for position in (0..sets * shape.r).rev() {
                    pes.push(Place {
                        row: down * mapping.r * shape.r + position,
                        column: right * width + ofmap_row % chip.columns,
                        t,
                        set: position / shape.r,
                        filter_row: position % shape.r,
                        ofmap_row,
                    });
                }
            }
        }
        Placement { pes, chain: sets * shape.r }
    }

    /// The chains, in the order in which the psum networks serve them.
    pub fn chains(&self) -> impl Iterator<Item = &[Place]> {
        self.pes.chunks_exact(self.chain)
    }
}
