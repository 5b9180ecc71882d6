//! The table of studies that set published figures beside ours: one line each, in the order of the page.

use super::Validated;
use crate::{Error, estimate, isca16, platforms, prune, silicon};

/// A study.
#[derive(Clone, Copy, Debug)]
pub struct Study {
    /// What it is called on a command line.
    pub name: &'static str,
    /// Its heading on the page.
    pub title: &'static str,
    /// Does it.
    pub run: Run,
}

/// What a study does; it tells of each step that is done, from any thread.
pub type Run = fn(&(dyn Fn(&str) + Sync)) -> Result<Validated, Error>;

/// All of them.
pub const STUDIES: &[Study] = &[
    Study { name: "eyeriss", title: "The 65 nm chip", run: |done| Ok(silicon::validated(done)) },
    Study { name: "isca16", title: "The dataflow study", run: isca16::validated },
    Study { name: "estimate", title: "The energy-estimation method", run: estimate::validated },
    Study { name: "pruning", title: "Energy-aware pruning", run: prune::validated },
    Study { name: "platforms", title: "The chip beside other platforms", run: |done| Ok(platforms::validated(done)) },
];
