//! The global input network (JSSC 2017, section V-B and Figs 10 and 11): a Y-bus along the rows and an X-bus along
//! each row, one such network a data type. Each word travels with a (row, column) tag; the multicast controllers at
//! the X-buses and at the PEs pass it on only when the tag equals their configured ID. A word is sent when every PE
//! that takes it has room.

use crate::chip::Chip;
use crate::place::Placement;
use crate::plan::Plan;
use nn::Operand;

/// The row ID of a row that takes nothing, and the column ID of PEs that take no filters or psums (4 bits).
pub const UNUSED: u8 = 15;
/// The column ID of a PE that takes no ifmaps (5 bits).
pub const UNUSED_IFMAP: u8 = 31;

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
}

impl Gin {
    /// The IDs with which `operand`'s network serves a placement.
    pub fn configure(plan: &Plan, placement: &Placement, operand: Operand) -> Gin {
        let chip = &plan.chip;
        let unused = if operand == Operand::Input { UNUSED_IFMAP } else { UNUSED };
        let mut gin = Gin { rows: vec![UNUSED; chip.rows], columns: vec![unused; chip.pes()] };
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

/// The tag of the words that PE `pe` of a placement takes.
///
/// Ifmaps: the diagonal of the set, split between row tag (its remainder by the stride) and column tag, and the set.
/// Filters: the physical row where the filter row first occurs, and the block within it. Psums: the bottom PE itself.
pub fn tag(plan: &Plan, placement: &Placement, operand: Operand, pe: usize) -> Tag {
    let place = &placement.pes[pe];
    let stride = plan.shape.stride[0];
    match operand {
        Operand::Input => {
            let spacing = if plan.mapping.r <= 3 { 4 } else { stride };
            let row = place.set * spacing + place.filter_row % stride;
            Tag { row: row as u8, column: (place.ofmap_row + place.filter_row / stride) as u8 }
        }
        Operand::Weight => {
            let width = plan.mapping.e.min(plan.chip.columns);
            // Later segments of a set take the same filters as its first, which starts `ofmap_row / columns` blocks up.
            let segment = place.ofmap_row / plan.chip.columns;
            let across = plan.chip.columns / width;
            let block_rows = plan.mapping.r * plan.shape.r;
            let row = place.row - segment / across * block_rows;
            Tag { row: row as u8, column: (place.column / width) as u8 }
        }
        Operand::Output => Tag { row: place.row as u8, column: place.column as u8 },
    }
}
