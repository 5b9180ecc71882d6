//! The ISCA 2016 dataflow study's own analysis: how each of six dataflows splits the reuse of a layer's data over DRAM,
//! global buffer, array and register files, and the split of least energy.
//!
//! Chen, Emer, Sze, "Eyeriss: a spatial architecture for energy-efficient dataflow for convolutional neural networks",
//! ISCA 2016, section VI: "for each dataflow and layer" the reuse (a, b, c, d) of each operand is chosen to minimise
//! Eqs. 3 and 4 ([`Split`]) under the sizes of buffer, register file and array. The paper prints neither the choices
//! nor which splits a dataflow allows. The families here were inferred from the bars of its Figs. 11 to 14; the module
//! of each dataflow says which rules that took and how closely they give the bars back. One rule is common to all: the
//! bars count a psum's way over the array once, as Eq. 4 does, but the choices follow only if it is weighed twice, as
//! at every other level. Without that, those of row stationary and of weight stationary at 1024 PEs do not come out.
//!
//! [`best`] is exhaustive within a family. What bounds it: every loop runs over sizes that fit the array or a register
//! file, over divisors of the batch, or over the distinct parts that a size can be cut into (about twice its root).

mod layer;
mod nlr;
mod os;
mod rs;
mod search;
mod split;
mod ws;

pub use layer::{Layer, Outside};
pub use search::{Reconstruction, Share};
pub use split::{Costs, Levels, Split, Via};

use search::Search;

/// A dataflow of the study, in the order of its Fig. 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dataflow {
    /// Row stationary.
    Rs,
    /// Weight stationary.
    Ws,
    /// Output stationary: single ofmap channel, multiple ofmap pixels (SOC-MOP).
    OsA,
    /// Output stationary: multiple ofmap channels, multiple ofmap pixels (MOC-MOP).
    OsB,
    /// Output stationary: multiple ofmap channels, single ofmap pixel (MOC-SOP).
    OsC,
    /// No local reuse.
    Nlr,
}

impl Dataflow {
    /// All six, in the order of the study.
    pub const ALL: [Dataflow; 6] =
        [Dataflow::Rs, Dataflow::Ws, Dataflow::OsA, Dataflow::OsB, Dataflow::OsC, Dataflow::Nlr];

    /// What the study calls it.
    pub fn name(self) -> &'static str {
        match self {
            Dataflow::Rs => "RS",
            Dataflow::Ws => "WS",
            Dataflow::OsA => "OSA",
            Dataflow::OsB => "OSB",
            Dataflow::OsC => "OSC",
            Dataflow::Nlr => "NLR",
        }
    }
}

/// A design point: how many PEs there are and what they and the global buffer hold, in words of 16 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Design {
    /// What the PEs keep.
    pub dataflow: Dataflow,
    /// Processing elements.
    pub pes: usize,
    /// Words of the global buffer.
    pub glb_words: usize,
    /// Words of a register file. Only row stationary chooses what to hold there: the others hold what they are named
    /// for.
    pub rf_words: usize,
}

impl Design {
    /// The study's design of `pes` PEs: storage of equal area, Fig. 7b at 256 PEs, the buffer in proportion.
    pub fn isca16(dataflow: Dataflow, pes: usize) -> Design {
        let (glb_tenths_of_kib, rf_bytes) = match dataflow {
            Dataflow::Rs => (1280, 512),
            Dataflow::Ws => (3342, 2),
            Dataflow::OsA => (2439, 98),
            Dataflow::OsB => (3038, 10),
            Dataflow::OsC => (3342, 2),
            Dataflow::Nlr => (3383, 0),
        };
        let glb_words = (pes as u128 * glb_tenths_of_kib * 512 / 2560).min(usize::MAX as u128) as usize;
        Design { dataflow, pes, glb_words, rf_words: rf_bytes / 2 }
    }
}

/// The split of least energy that the design's dataflow allows for the layer, the more active PEs the better among
/// equals. None where none fits, as weight stationary on 256 PEs with 64 images.
pub fn best(layer: &Layer, design: &Design, costs: &Costs) -> Option<Reconstruction> {
    let mut search = Search::new(layer, costs);
    match design.dataflow {
        Dataflow::Rs => rs::search(layer, design, &mut search),
        Dataflow::Ws => ws::search(layer, design, &mut search),
        Dataflow::OsA => os::search_a(layer, design, &mut search),
        Dataflow::OsB => os::search_b(layer, design, &mut search),
        Dataflow::OsC => os::search_c(layer, design, &mut search),
        Dataflow::Nlr => nlr::search(layer, design, &mut search),
    }
    search.best
}
