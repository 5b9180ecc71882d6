//! The energy-estimation method: what a layer costs, by its mapping, its zeros and the bits of its words.
//!
//! Yang, Chen, Emer, Sze, "A Method to Estimate the Energy Consumption of Deep Neural Networks", Asilomar 2017. The
//! rules, over the counts that [`crate::predict()`] has of the mapping on data without zeros:
//!
//! 1. A multiply-accumulate is left out if either of its operands is zero, and with it the accesses that serve it: what
//!    the innermost memory of each operand gives to and takes from the compute unit, over whatever network. Zeros of the two are independent,
//!    so that what remains is the product of the shares of words that are not zero.
//! 2. The outermost memory holds operands in a [`Coding`]: its traffic is bits of code. Psums on their way through it
//!    are no zeros and are not coded; finished output words are. Everywhere else whole words move.
//! 3. A word costs in proportion to its bits, a multiply-accumulate in proportion to the bits of either input.
//!
//! This is coarser than [`crate::sparsity`], which follows tiles, distributions and formats of every memory; it is what
//! the published estimates were made with. Where both describe the same design they agree, which the tests hold.

use crate::arch::{Arch, Stage, StageId};
use crate::counts::{Access, Counts};
use crate::energy::Energy;
use crate::mapping::{Mapping, Node};
use crate::sparsity::{Density, Distribution, Format, RunLength};
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
    let width = |bits: f64| bits / f64::from(word_bits);
    let innermost = ByOperand(Operand::ALL.map(|operand| innermost(mapping, operand)));
    let (mut levels, mut networks) = (counts.levels.iter(), counts.networks.iter());
    let stages = arch.ids().zip(arch.stages()).map(|(id, stage)| match stage {
        Stage::Memory(memory) => {
            let level = levels.next().expect("counts of the same arch");
            ByOperand(Operand::ALL.map(|operand| {
                let (access, words) = (&level.access[operand], words[operand]);
                let [read, written] = if innermost[operand] == Some(id) {
                    serving(access, words, served)
                } else if id.0 == 0 {
                    coded(access, words, coding, operand, problem)
                } else {
                    [access.all_reads(), access.all_writes()].map(|count| count as f64 * f64::from(words.bits))
                };
                width(read) * memory.read_price + width(written) * memory.write_price
            }))
        }
        Stage::Fanout(fanout) => {
            let network = networks.next().expect("counts of the same arch");
            ByOperand(Operand::ALL.map(|operand| {
                let share = if innermost[operand] < Some(id) { served } else { 1.0 };
                let bits = network.words[operand].delivered as f64 * share * f64::from(words[operand].bits);
                width(bits) * fanout.delivery_price
            }))
        }
    });
    let stages = stages.collect();
    let macs = counts.macs.done as f64 * served;
    let inputs = [Operand::Input, Operand::Weight].map(|operand| width(f64::from(words[operand].bits)));
    Estimate { energy: Energy { stages, compute: macs * inputs[0] * inputs[1] * arch.compute().price }, macs }
}

/// The memory that serves the compute unit with an operand.
fn innermost(mapping: &Mapping, operand: Operand) -> Option<StageId> {
    let mut keeps = mapping.nodes.iter().filter_map(|node| match *node {
        Node::Keep { memory, operand: kept } if kept == operand => Some(memory),
        _ => None,
    });
    keeps.next_back()
}

/// Bits read and written where a memory serves the compute unit: of what it exchanges with that, a share only.
fn serving(access: &Access, words: Words, served: f64) -> [f64; 2] {
    let bits = f64::from(words.bits);
    let of = |inward: u64, outward: u64| (inward as f64 * served + outward as f64) * bits;
    [of(access.reads, access.drains), of(access.updates, access.fills)]
}

/// Bits read and written where a memory holds code.
fn coded(access: &Access, words: Words, coding: Coding, operand: Operand, problem: &Problem) -> [f64; 2] {
    let (count, plain) = (problem.words(operand, &problem.size()), f64::from(words.bits));
    let code = coding.bits(words, count);
    if operand != Operand::Output {
        return [access.reads as f64 * code, 0.0];
    }
    let finished = count.min(access.updates);
    [access.reads as f64 * plain, finished as f64 * code + (access.updates - finished) as f64 * plain]
}
