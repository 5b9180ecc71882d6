//! The architectures that can be named: one line each.

use crate::Error;
use eyeriss::Chip;
use model::tech::{EYERISS_65NM, OPERATING_POINTS};
use model::{OperatingPoint, Prices};

/// A named architecture.
#[derive(Clone, Copy, Debug)]
pub struct Arch {
    /// What it is called on a command line.
    pub name: &'static str,
    /// What it is.
    pub summary: &'static str,
    /// Where its numbers come from.
    pub source: &'static str,
    /// Its sizes and clocks.
    pub chip: fn() -> Chip,
    /// What its actions cost.
    pub prices: &'static Prices,
    /// Supplies with their clocks, by rising voltage.
    pub points: &'static [OperatingPoint],
}

impl Arch {
    /// The operating point called `name`, whatever its case.
    pub fn point(&self, name: &str) -> Result<&'static OperatingPoint, Error> {
        let found = self.points.iter().find(|point| point.name.eq_ignore_ascii_case(name));
        found.ok_or_else(|| Error::unknown("operating point", name, self.points.iter().map(|point| point.name)))
    }
}

/// Every architecture: the published one, then what is made of it.
pub const TABLE: &[Arch] = &[
    Arch {
        name: "eyeriss",
        summary: "row-stationary accelerator, 65 nm CMOS",
        source: "Chen, Krishna, Emer, Sze, ISSCC 2016 and JSSC 52(1), 2017",
        chip: Chip::default,
        prices: &EYERISS_65NM,
        points: &OPERATING_POINTS,
    },
    Arch {
        name: "eyeriss-sparse",
        summary: "the same where zeros of filters gate too, and leave DRAM coded: for pruned networks",
        source: "sizes, clocks and prices of JSSC 52(1), 2017; zeros of either operand: Yang et al., Asilomar 2017",
        chip: Chip::sparse,
        prices: &EYERISS_65NM,
        points: &OPERATING_POINTS,
    },
];

/// The architecture called `name`, whatever its case.
pub fn by_name(name: &str) -> Result<&'static Arch, Error> {
    let found = TABLE.iter().find(|arch| arch.name.eq_ignore_ascii_case(name));
    found.ok_or_else(|| Error::unknown("architecture", name, TABLE.iter().map(|arch| arch.name)))
}
