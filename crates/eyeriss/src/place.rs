//! Where the logical PEs of a pass sit in the array (JSSC 2017, section III-C, Figs 6 and 11).
//!
//! A *set* is the R x e logical PEs of one 2-D convolution. The r sets that add up are stacked, so that psums climb
//! through all of them; together they are a *block* of r R rows. A set wider than the array is folded into segments,
//! each a block of its own. Blocks lie left to right, then top to bottom, and end at the array's lowest row, as in
//! Fig. 11: the rows that no block takes are the topmost.
//!
//! Two liberties, since the papers are silent. A last channel block may need fewer sets; its psums then enter at the
//! lowest set in use, though the chip selects a PE's psum input by the scan chain, once a layer. And groups run one
//! after the other, as the published mappings have it, so that a depthwise layer leaves most of the array idle.

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
        let block_rows = mapping.r * shape.r;
        let blocks_down = (mapping.t * mapping.segments(chip)).div_ceil(across);
        let top = chip.rows - blocks_down * block_rows;
        let mut pes = Vec::with_capacity(ts * pass.rows * sets * shape.r);
        for t in 0..ts {
            for ofmap_row in 0..pass.rows {
                let block = t * mapping.segments(chip) + ofmap_row / chip.columns;
                let (down, right) = (block / across, block % across);
                for position in (0..sets * shape.r).rev() {
                    pes.push(Place {
                        row: top + down * block_rows + position,
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::Range;

    /// The published layers with JSSC 2017 Table V's active PEs, and Fig. 11's sets as (t, r, rows, columns, ofmap
    /// rows), rows from the top of the array.
    #[test]
    fn alexnet_sits_in_the_array_as_published() {
        type Set = (usize, usize, Range<usize>, Range<usize>, Range<usize>);
        let stacked: &[Set] = &[
            (0, 0, 0..3, 0..13, 0..13),
            (0, 1, 3..6, 0..13, 0..13),
            (1, 0, 6..9, 0..13, 0..13),
            (1, 1, 9..12, 0..13, 0..13),
        ];
        let cases: [(&str, usize, &[Set]); 5] = [
            ("conv1", 154, &[(0, 0, 1..12, 0..7, 0..7), (1, 0, 1..12, 7..14, 0..7)]),
            ("conv2", 135, &[(0, 0, 2..7, 0..14, 0..14), (0, 0, 7..12, 0..13, 14..27)]),
            (
                "conv3",
                156,
                &[
                    (0, 0, 0..3, 0..13, 0..13),
                    (1, 0, 3..6, 0..13, 0..13),
                    (2, 0, 6..9, 0..13, 0..13),
                    (3, 0, 9..12, 0..13, 0..13),
                ],
            ),
            ("conv4", 156, stacked),
            ("conv5", 156, stacked),
        ];
        for (layer, active, sets) in cases {
            let plan = Plan::published("alexnet", layer);
            let mut places = Placement::new(&plan, &plan.first_pass()).pes;
            assert_eq!(places.len(), active, "{layer}");
            assert_eq!(plan.mapping.active_pes(&plan.shape), active, "{layer}");
            let expected = sets.iter().flat_map(|(t, set, rows, columns, ofmap_rows)| {
                rows.clone().enumerate().flat_map(move |(filter_row, row)| {
                    columns.clone().zip(ofmap_rows.clone()).map(move |(column, ofmap_row)| Place {
                        row,
                        column,
                        t: *t,
                        set: *set,
                        filter_row,
                        ofmap_row,
                    })
                })
            });
            places.sort_by_key(|place| (place.row, place.column));
            let mut expected: Vec<Place> = expected.collect();
            expected.sort_by_key(|place| (place.row, place.column));
            assert_eq!(places, expected, "{layer}");
        }
    }
}
