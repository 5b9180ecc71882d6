//! A 45 nm process at 0.9 V, from the table that energy arguments of computer architecture start from.

use super::technology::{Areas, Class, Law, Technology, Variable};
use crate::provenance::Unit;

/// Energies in pJ. The table has integer arithmetic of 8 and 32 bits, floating point of 16 and 32, caches of 8 KiB,
/// 32 KiB and 1 MiB read 64 bits at a time, and DRAM at 1.3 to 2.6 nJ for 64 bits, of which the lower is taken.
/// Between its points, and as far beyond them as each law says, prices follow the power law through the two nearest;
/// a word narrower than 64 bits costs its share of an access. Register files are not in the table: small memories
/// extend the caches' law.
pub const HOROWITZ_45NM: Technology = Technology {
    name: "horowitz-45nm",
    summary: "arithmetic, caches and DRAM of a 45 nm process at 0.9 V",
    source: "Horowitz, ISSCC 2014, Fig. 1.1.9",
    unit: Unit::Picojoule,
    classes: &[
        Class { name: "DRAM", what: "off-chip memory", energy: &[bits(&[(64, 1300.0)], 1, 64)], area: &[] },
        Class { name: "SRAM", what: "on-chip memory, by capacity", energy: &[CACHE], area: &[] },
        Class { name: "int add", what: "integer addition", energy: &[INT_ADD], area: &[INT_ADD_AREA] },
        Class {
            name: "int multiply",
            what: "integer multiplication",
            energy: &[INT_MULTIPLY],
            area: &[INT_MULTIPLY_AREA],
        },
        Class {
            name: "int MAC",
            what: "multiplication and addition of the same width",
            energy: &[INT_MULTIPLY, INT_ADD],
            area: &[INT_MULTIPLY_AREA, INT_ADD_AREA],
        },
        Class { name: "float add", what: "floating-point addition", energy: &[FLOAT_ADD], area: &[FLOAT_ADD_AREA] },
        Class {
            name: "float multiply",
            what: "floating-point multiplication",
            energy: &[FLOAT_MULTIPLY],
            area: &[FLOAT_MULTIPLY_AREA],
        },
        Class {
            name: "float MAC",
            what: "floating-point multiplication and addition of the same width",
            energy: &[FLOAT_MULTIPLY, FLOAT_ADD],
            area: &[FLOAT_MULTIPLY_AREA, FLOAT_ADD_AREA],
        },
    ],
    area: Areas {
        unit: "um2",
        source: "synthesised for a 45 nm process: Dally, NIPS tutorial, 2015, beside Horowitz' energies",
        storage: None,
    },
};

const CACHE: Law = Law {
    over: Variable::Bytes,
    points: &[(8 << 10, 10.0), (32 << 10, 20.0), (1 << 20, 100.0)],
    least: 16,
    most: 64 << 20,
    per_bits: Some(64),
};
const INT_ADD: Law = bits(&[(8, 0.03), (32, 0.1)], 2, 64);
const INT_MULTIPLY: Law = bits(&[(8, 0.2), (32, 3.1)], 2, 64);
const FLOAT_ADD: Law = bits(&[(16, 0.4), (32, 0.9)], 8, 64);
const FLOAT_MULTIPLY: Law = bits(&[(16, 1.1), (32, 3.7)], 8, 64);

const INT_ADD_AREA: Law = bits(&[(8, 36.0), (16, 67.0), (32, 137.0)], 2, 64);
const INT_MULTIPLY_AREA: Law = bits(&[(8, 282.0), (32, 3495.0)], 2, 64);
const FLOAT_ADD_AREA: Law = bits(&[(16, 1360.0), (32, 4184.0)], 8, 64);
const FLOAT_MULTIPLY_AREA: Law = bits(&[(16, 1640.0), (32, 7700.0)], 8, 64);

const fn bits(points: &'static [(u64, f64)], least: u64, most: u64) -> Law {
    Law { over: Variable::Bits, points, least, most, per_bits: None }
}
