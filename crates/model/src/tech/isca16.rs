//! The normalised technology of the ISCA 2016 dataflow study.

use super::technology::{Class, Law, Technology, Variable};
use crate::provenance::Unit;

/// Energies in units of one 16-bit multiply-accumulate in a commercial 65 nm process. They are the same for every
/// dataflow and every capacity, as in the study; other widths cost in proportion to the bits.
pub const ISCA16: Technology = Technology {
    name: "isca16",
    summary: "the dataflow study's energies, in those of a 16-bit MAC, 65 nm",
    source: "Chen, Emer, Sze, ISCA 2016, Table IV; in proportion to the bits: Yang et al., Asilomar 2017",
    unit: Unit::Mac,
    classes: &[
        Class { name: "DRAM", what: "off-chip memory with its FIFOs", energy: &[word(&[(16, 200.0)])] },
        Class { name: "GLB", what: "global buffer above 100 kB with its FIFOs", energy: &[word(&[(16, 6.0)])] },
        Class { name: "array", what: "a word from PE to PE, 1 to 2 mm with FIFOs", energy: &[word(&[(16, 2.0)])] },
        Class { name: "RF", what: "register file of 0.5 kB", energy: &[word(&[(16, 1.0)])] },
        Class { name: "MAC", what: "multiply-accumulate", energy: &[word(&[(16, 1.0)])] },
    ],
};

const fn word(points: &'static [(u64, f64)]) -> Law {
    Law { over: Variable::Bits, points, least: 1, most: 64, per_bits: None }
}
