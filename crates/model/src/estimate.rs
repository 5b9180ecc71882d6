//! The energy-estimation method: what a layer costs, by its mapping, its zeros and the bits of its words.
//!
//! Yang, Chen, Emer, Sze, "A Method to Estimate the Energy Consumption of Deep Neural Networks", Asilomar 2017. The
//! rules, over the counts that [`crate::predict()`] has of the mapping on data without zeros:
//!
//! 1. A multiply-accumulate is left out if either of its operands is zero, and with it the accesses that serve it: what
//!    the innermost memory of each operand gives to and takes from the compute unit, over whatever network. Zeros of the
//!    two are independent, so that what remains is the product of the shares of words that are not zero.
//! 2. The outermost memory holds operands in a [`Coding`]: its traffic is bits of code. Psums on their way through it
//!    are no zeros and are not coded; finished output words are. Everywhere else whole words move.
//! 3. A word costs in proportion to its bits, a multiply-accumulate in proportion to the bits of either input.
//!
//! This is coarser than [`crate::sparsity`], which follows tiles, distributions and formats of every memory; it is what
//! the published estimates were made with. Where both describe the same design they agree, which the tests hold.

use crate::arch::{Arch, Stage, StageId};
use crate::counts::{Access, Counts};
use crate::energy::{Bill, Energy, of_memory, paid, words as whole};
use crate::mapping::{Mapping, Node};
use crate::sparsity::{Density, Distribution, Format, RunLength};
use crate::switches::Charges;
use nn::{ByOperand, Operand, Problem};

/// How the outermost memory holds words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Coding {
    /// Every word whole.
    Plain,
    /// A bit for every word, and the words that are not zero: the method's significance map.
    #[default]
    Map,
    /// The chip's run-length code, for words of any width.
    RunLength,
}

/// The words of an operand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Words {
    /// The share that is not zero, 0 to 1.
    pub share: f64,
    /// Bits of each.
    pub bits: u32,
}

impl Coding {
    /// Bits that a word takes on average, of an operand of `count` words.
    pub fn bits(self, words: Words, count: u64) -> f64 {
        let format = match self {
            Coding::Plain => Format::Dense,
            Coding::Map => Format::Bitmask,
            // Pairs of a 5-bit run and a word, three to a block with one bit more: 64 bits with words of 16.
            Coding::RunLength => {
                Format::RunLength(RunLength { run: 5, word: words.bits, pairs: 3, block: 3 * (5 + words.bits) + 1 })
            }
        };
        let density = Density { share: words.share, distribution: Distribution::Bernoulli };
        format.bits_a_word(&density, count, words.bits)
    }
}

/// What a layer costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Energy by stage and operand, in the unit of the arch's prices.
    pub energy: Energy,
    /// Multiply-accumulates that are not left out.
    pub macs: f64,
}

/// Estimates a layer from the counts of its mapping; the arch's prices are for words of `word_bits`.
pub fn estimate(
    problem: &Problem,
    arch: &Arch,
    word_bits: u32,
    (mapping, counts): (&Mapping, &Counts),
    words: &ByOperand<Words>,
    coding: Coding,
) -> Estimate {
    let served = words[Operand::Input].share * words[Operand::Weight].share;
    let width = |operand: Operand| f64::from(words[operand].bits) / f64::from(word_bits);
    let innermost = ByOperand(Operand::ALL.map(|operand| innermost(mapping, operand)));
    let mut levels = counts.levels.iter().map(|level| whole(&level.access));
    let mut networks = counts.networks.iter();
    let levels = arch.stages().iter().map(|stage| of_memory(stage, &mut levels)).collect();
    let bill = Bill { arch, levels, macs: counts.macs.done as f64 };
    let price = |(id, stage): (StageId, &Stage)| match stage {
        Stage::Memory(memory) => ByOperand(Operand::ALL.map(|operand| {
            let (access, charges) = (&bill.levels[usize::from(id.0)][operand], arch.switches().charges);
            let [read, written] = if innermost[operand] == Some(id) {
                serving(access, operand, served, charges)
            } else if id.0 == 0 {
                let whole = problem.words(operand, &problem.size());
                coded(access, operand, whole, coding.bits(words[operand], whole) / f64::from(words[operand].bits))
            } else {
                paid(charges, operand, access)
            };
            (read * memory.read_price + written * memory.write_price) * width(operand)
        })),
        Stage::Fanout(_) => {
            let network = networks.next().expect("counts of the same arch");
            let energy = bill.fanout(id, ByOperand(network.words.0.map(|of| of.delivered as f64)));
            let share = |operand| if innermost[operand] < Some(id) { served } else { 1.0 };
            ByOperand(Operand::ALL.map(|operand| energy[operand] * share(operand) * width(operand)))
        }
    };
    let stages = arch.ids().zip(arch.stages()).map(price).collect();
    let macs = counts.macs.done as f64 * served;
    let compute = macs * width(Operand::Input) * width(Operand::Weight) * arch.compute().price;
    Estimate { energy: Energy { stages, compute }, macs }
}

/// The memory that serves the compute unit with an operand.
fn innermost(mapping: &Mapping, operand: Operand) -> Option<StageId> {
    let mut keeps = mapping.nodes.iter().filter_map(|node| match *node {
        Node::Keep { memory, operand: kept } if kept == operand => Some(memory),
        _ => None,
    });
    keeps.next_back()
}

/// Words read and written where a memory serves the compute unit: of what it exchanges with that, a share only. Where
/// the first and the last touch of psums pass it by, all that is paid for is such.
fn serving(access: &Access<f64>, operand: Operand, served: f64, charges: Charges) -> [f64; 2] {
    let share = if charges == Charges::Reuse { served } else { 1.0 };
    let of = Access {
        fills: access.fills * share,
        reads: access.reads * served,
        updates: access.updates * served,
        drains: access.drains * share,
    };
    paid(charges, operand, &of)
}

/// Words read and written where a memory holds code, each of which takes `code` of a word: the ofmap's `whole` words once,
/// psums not.
fn coded(access: &Access<f64>, operand: Operand, whole: u64, code: f64) -> [f64; 2] {
    if operand != Operand::Output {
        return [access.reads * code, 0.0];
    }
    let finished = access.updates.min(whole as f64);
    [access.reads, finished * code + access.updates - finished]
}
