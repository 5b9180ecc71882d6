//! Technologies: what components cost and take in a process, as cited constants.
//!
//! A [`Technology`] is a table of component classes, from which the prices of an [`crate::Arch`] are quoted with their
//! source. The 65 nm chip is priced by another kind of table ([`EYERISS_65NM`]): by the activity of its components,
//! clock included, as its published breakdowns are. Modules in the order of publication.

mod eyeriss;
mod horowitz45;
mod isca16;
mod technology;

pub use eyeriss::{EYERISS_65NM, OPERATING_POINTS};
pub use horowitz45::HOROWITZ_45NM;
pub use isca16::ISCA16;
pub use technology::{Areas, Asked, Class, Law, Quote, QuoteError, Size, Technology, Variable};

/// Every technology that an arch can be priced in.
pub const TECHNOLOGIES: [&Technology; 2] = [&HOROWITZ_45NM, &ISCA16];

/// The technology called `name`, whatever its case.
pub fn technology(name: &str) -> Option<&'static Technology> {
    TECHNOLOGIES.into_iter().find(|technology| technology.name.eq_ignore_ascii_case(name))
}
