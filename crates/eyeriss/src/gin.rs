//! The global input network (JSSC 2017, section V-B and Figs 10 and 11): a Y-bus along the rows and an X-bus along
//! each row, one such network a data type. Each word travels with a (row, column) tag; the multicast controllers at
//! the X-buses and at the PEs pass it on only when the tag equals their configured ID. A word is sent when every PE
//! that takes it has room.

use crate::chip::Chip;
use crate::place::Placement;
use crate::plan::Plan;
use nn::Operand;

/// Where a word goes: every PE whose IDs equal it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag {
    /// Matched by the X-buses.
    pub row: u8,
    /// Matched by the PEs of a row.
    pub column: u8,
}

/// The IDs of one network, as the scan chain sets them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gin {
    /// One ID a row.
    pub rows: Vec<u8>,
    /// One ID a PE, row by row.
    pub columns: Vec<u8>,
    /// The row ID of a row and the column ID of a PE that take nothing; no word has them.
    pub unused: Tag,
}

impl Gin {
    /// The IDs with which `operand`'s network serves a placement.
    pub fn configure(plan: &Plan, placement: &Placement, operand: Operand) -> Gin {
        let chip = &plan.chip;
        let column_bits = if operand == Operand::Input { 5 } else { 4 };
        let unused = Tag { row: all_ones(4, chip.rows), column: all_ones(column_bits, chip.columns) };
        let mut gin = Gin { rows: vec![unused.row; chip.rows], columns: vec![unused.column; chip.pes()], unused };
        for (pe, place) in placement.pes.iter().enumerate() {
            if operand == Operand::Output && !pe.is_multiple_of(placement.chain) {
                continue;
            }
            let tag = tag(plan, placement, operand, pe);
            gin.rows[place.row] = tag.row;
            gin.columns[place.row * chip.columns + place.column] = tag.column;
        }
        gin
    }

    /// The PEs, numbered row by row, that take a word.
    pub fn takers(&self, chip: &Chip, tag: Tag) -> Vec<usize> {
        let rows = (0..chip.rows).filter(|&row| self.rows[row] == tag.row);
        rows.flat_map(|row| row * chip.columns..(row + 1) * chip.columns)
            .filter(|&pe| self.columns[pe] == tag.column)
            .collect()
    }
}

/// An ID of all ones in `bits`, which is 15 and 31 in Fig. 11; in as many more as an array of `size` rows or columns
/// needs so that none of its tags is all ones.
fn all_ones(bits: u32, size: usize) -> u8 {
    let needed = usize::BITS - size.leading_zeros();
    u8::MAX >> (u8::BITS - bits.max(needed))
}

/// The tag of the words that PE `pe` of a placement takes.
///
/// Ifmaps: the diagonal of the set, split between row tag (its remainder by the stride) and column tag, and the set.
/// Filters: the physical row where the filter row first occurs, and the block within it. Psums: the bottom PE itself.
pub fn tag(plan: &Plan, placement: &Placement, operand: Operand, pe: usize) -> Tag {
    let place = &placement.pes[pe];
    let stride = plan.shape.stride[0];
    match operand {
        Operand::Input => {
            // Fig. 11 numbers the rows of the second set from 4; 16 IDs leave room for that up to the third.
            let spacing = if plan.mapping.r <= 3 { 4 } else { stride };
            let row = place.set * spacing + place.filter_row % stride;
            Tag { row: row as u8, column: (place.ofmap_row + place.filter_row / stride) as u8 }
        }
        Operand::Weight => {
            let width = plan.mapping.e.min(plan.chip.columns);
            // A folded set fills the array's width; its segments lie below the first and take the same filters.
            let segment = place.ofmap_row / plan.chip.columns;
            let row = place.row - segment * plan.mapping.r * plan.shape.r;
            Tag { row: row as u8, column: (place.column / width) as u8 }
        }
        Operand::Output => Tag { row: place.row as u8, column: place.column as u8 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ifmap network's IDs of a published layer: of the rows, and of the PEs row by row.
    fn ifmap_ids(layer: &str) -> (Vec<u8>, Vec<Vec<u8>>) {
        let plan = Plan::published("alexnet", layer);
        let gin = Gin::configure(&plan, &Placement::new(&plan, &plan.first_pass()), Operand::Input);
        (gin.rows, gin.columns.chunks(plan.chip.columns).map(<[u8]>::to_vec).collect())
    }

    /// Column IDs that count up from `first` in each of `sets` of `width` PEs; the rest of the row is unused.
    fn counting(first: u8, width: u8, sets: usize) -> Vec<u8> {
        let mut ids = (first..first + width).collect::<Vec<_>>().repeat(sets);
        ids.resize(14, 31);
        ids
    }

    // JSSC 2017, Fig. 11.
    #[test]
    fn ifmap_ids_are_the_published_ones() {
        let unused = vec![31; 14];

        let (rows, columns) = ifmap_ids("conv1");
        assert_eq!(rows, [15, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2]);
        let filter_rows = (0..11).map(|row| counting(row / 4, 7, 2));
        assert_eq!(columns, [unused.clone()].into_iter().chain(filter_rows).collect::<Vec<_>>());

        let (rows, columns) = ifmap_ids("conv2");
        assert_eq!(rows, [15, 15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        let segments = (0..5).map(|row| counting(row, 14, 1)).chain((0..5).map(|row| counting(14 + row, 13, 1)));
        assert_eq!(columns, [unused.clone(), unused].into_iter().chain(segments).collect::<Vec<_>>());

        for (layer, expected) in [
            ("conv3", [0; 12]),
            ("conv4", [0, 0, 0, 4, 4, 4, 0, 0, 0, 4, 4, 4]),
            ("conv5", [0, 0, 0, 4, 4, 4, 0, 0, 0, 4, 4, 4]),
        ] {
            let (rows, columns) = ifmap_ids(layer);
            assert_eq!(rows, expected, "{layer}");
            assert_eq!(columns, (0..12).map(|row| counting(row % 3, 13, 1)).collect::<Vec<_>>(), "{layer}");
        }
    }

    /// A filter word reaches its row of every PE that works with it, and no other.
    #[test]
    fn filters_reach_the_segments_of_their_set() {
        let plan = Plan::published("alexnet", "conv2");
        let placement = Placement::new(&plan, &plan.first_pass());
        let gin = Gin::configure(&plan, &placement, Operand::Weight);
        for (pe, place) in placement.pes.iter().enumerate() {
            let takers = gin.takers(&plan.chip, tag(&plan, &placement, Operand::Weight, pe));
            let row = |row: usize, width: usize| row * 14..row * 14 + width;
            let (first, second) = (row(2 + place.filter_row, 14), row(7 + place.filter_row, 13));
            assert_eq!(takers, first.chain(second).collect::<Vec<_>>());
        }
    }
}
