//! The normalised technology of the ISCA 2016 dataflow study.

use super::technology::{Areas, Class, Law, Technology, Variable};
use crate::provenance::Unit;

/// Energies in units of one 16-bit multiply-accumulate in a commercial 65 nm process. They are the same for every
/// dataflow and every capacity, as in the study; other widths cost in proportion to the bits.
pub const ISCA16: Technology = Technology {
    name: "isca16",
    summary: "the dataflow study's energies, in those of a 16-bit MAC, 65 nm",
    source: "Chen, Emer, Sze, ISCA 2016, Table IV; in proportion to the bits: Yang et al., Asilomar 2017",
    unit: Unit::Mac,
    classes: &[
        Class { name: "DRAM", what: "off-chip memory with its FIFOs", energy: &[word(&[(16, 200.0)])], area: &[] },
        Class {
            name: "GLB",
            what: "global buffer above 100 kB with its FIFOs",
            energy: &[word(&[(16, 6.0)])],
            area: &[],
        },
        Class {
            name: "array",
            what: "a word from PE to PE, 1 to 2 mm with FIFOs",
            energy: &[word(&[(16, 2.0)])],
            area: &[],
        },
        Class { name: "RF", what: "register file of 0.5 kB", energy: &[word(&[(16, 1.0)])], area: &[] },
        Class { name: "MAC", what: "multiply-accumulate", energy: &[word(&[(16, 1.0)])], area: &[] },
    ],
    area: Areas {
        unit: "bytes of a large SRAM",
        source: "Chen, Emer, Sze, ISCA 2016, Fig. 7a, read off: area a byte from 2-byte registers to SRAM of 4 kB; \
                 beyond, as the equal areas of Fig. 7b imply",
        storage: Some(Law { over: Variable::Bytes, points: STORAGE, least: 2, most: 1 << 30, per_bits: None }),
    },
};

/// Bytes of a memory, and the area a byte of Fig. 7a times them: flip-flops up to 16 bytes, SRAM from 32 on.
const STORAGE: &[(u64, f64)] = &[
    (2, 2.0 * 8.15),
    (4, 4.0 * 13.57),
    (8, 8.0 * 13.94),
    (16, 16.0 * 13.38),
    (32, 32.0 * 7.56),
    (64, 64.0 * 4.66),
    (128, 128.0 * 3.145),
    (256, 256.0 * 2.16),
    (512, 512.0 * 1.64),
    (1024, 1024.0 * 1.27),
    (2048, 2048.0 * 1.09),
    (4096, 4096.0),
    (1 << 20, (1 << 20) as f64),
];

const fn word(points: &'static [(u64, f64)]) -> Law {
    Law { over: Variable::Bits, points, least: 1, most: 64, per_bits: None }
}
