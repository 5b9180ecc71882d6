//! The energy-estimation method: what a layer costs, by its mapping, its zeros and the bits of its words.
//!
//! Yang, Chen, Emer, Sze, "A Method to Estimate the Energy Consumption of Deep Neural Networks", Asilomar 2017. The
//! rules, over the counts that [`crate::predict()`] has of the mapping on data without zeros:
//!
//! 1. A multiply-accumulate is left out if either of its operands is zero, and with it the accesses that serve it: what
//!    the innermost memory of each operand gives to and takes from the compute unit, over whatever network. Zeros of the
//!    two are independent, so that what remains is the product of the shares of words that are not zero. On an arch whose
//!    PE is a pipeline, it is what [`Serving::Pipeline`] says.
//! 2. The outermost memory holds operands in a [`Coding`]: its traffic is bits of code, a code for each tile that moves.
//!    Psums on their way through it are no zeros and are not coded; finished output words are. Everywhere else whole words
//!    move.
//! 3. A word costs in proportion to its bits, a multiply-accumulate in proportion to the bits of either input.
//!
//! This is coarser than [`crate::sparsity`], which follows tiles, distributions and formats of every memory; it is what
//! the published estimates were made with. Where both describe the same design they agree, which the tests hold.

use crate::arch::{Arch, Stage, StageId};
use crate::counts::{Access, Counts};
use crate::energy::{Bill, Energy, of_memory, paid, words as whole};
use crate::mapping::{Mapping, Node};
use crate::sparsity::{Density, Distribution, Format, RunLength};
use crate::switches::{Charges, Serving};
use nn::{ByOperand, ConvShape, Operand, Problem};

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
    /// The share of the words in memory that is not zero, 0 to 1.
    pub share: f64,
    /// The same share among the words that multiply-accumulates meet: another where zeros that pad a map are in memory,
    /// since fewer windows cover them than other words.
    pub met: f64,
    /// Bits of each.
    pub bits: u32,
    /// How the outermost memory holds them.
    pub coding: Coding,
}

impl Words {
    /// Words of which those in memory and those that are met have zeros alike.
    pub fn alike(share: f64, bits: u32, coding: Coding) -> Words {
        Words { share, met: share, bits, coding }
    }

    /// The words of a map in memory together with the zeros that pad it, on which convolutions of `shape` are done.
    pub fn padded(self, shape: &ConvShape) -> Words {
        let rows = axis(shape.h, shape.pad.top, [shape.p(), shape.stride[0], shape.r, shape.dilation[0]]);
        let columns = axis(shape.w, shape.pad.left, [shape.q(), shape.stride[1], shape.s, shape.dilation[1]]);
        Words { share: self.share * rows.0 * columns.0, met: self.met * rows.1 * columns.1, ..self }
    }
}

/// Along an axis, the shares that are no padding: of the positions that windows cover, and of their taps.
fn axis(size: usize, pad: usize, [windows, stride, taps, dilation]: [usize; 4]) -> (f64, f64) {
    let span = (taps - 1) * dilation + 1;
    let share = |positions: &dyn Fn(usize) -> Vec<usize>| {
        let all: Vec<usize> = (0..windows).flat_map(positions).collect();
        all.iter().filter(|at| (pad..pad + size).contains(*at)).count() as f64 / all.len() as f64
    };
    // The last window covers all of its positions, those before it up to the next one's.
    let covered = |window: usize| if window + 1 == windows { span } else { span.min(stride) };
    let stored = share(&|window| (0..covered(window)).map(|at| window * stride + at).collect());
    let met = share(&|window| (0..taps).map(|tap| window * stride + tap * dilation).collect());
    (stored, met)
}

impl Coding {
    /// Bits that a word takes on average, of a code of `count` words.
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
    /// Words that the outermost memory gives and takes, with code as long as it is.
    pub outermost: ByOperand<f64>,
}

/// Estimates a layer from the counts of its mapping; the arch's prices are for words of `word_bits`.
pub fn estimate(
    problem: &Problem,
    arch: &Arch,
    word_bits: u32,
    (mapping, counts): (&Mapping, &Counts),
    words: &ByOperand<Words>,
) -> Estimate {
    let served = Served::of(words);
    let width = |operand: Operand| f64::from(words[operand].bits) / f64::from(word_bits);
    let innermost = ByOperand(Operand::ALL.map(|operand| innermost(mapping, operand)));
    let mut levels = counts.levels.iter().map(|level| whole(&level.access));
    let mut networks = counts.networks.iter();
    let levels = arch.stages().iter().map(|stage| of_memory(stage, &mut levels)).collect();
    let bill = Bill { arch, levels, macs: counts.macs.done as f64 };
    let pipeline = arch.switches().serving == Serving::Pipeline;
    let of_outermost = |operand: Operand| coded(&bill.levels[0][operand], operand, problem, mapping, &words[operand]);
    let price = |(id, stage): (StageId, &Stage)| match stage {
        Stage::Memory(memory) => ByOperand(Operand::ALL.map(|operand| {
            let (access, charges) = (&bill.levels[usize::from(id.0)][operand], arch.switches().charges);
            let [read, written] = if innermost[operand] == Some(id) {
                if pipeline {
                    served.pipeline(access, operand, bill.macs)
                } else {
                    served.counted(access, operand, charges)
                }
            } else if id.0 == 0 {
                of_outermost(operand)
            } else {
                paid(charges, operand, access)
            };
            (read * memory.read_price + written * memory.write_price) * width(operand)
        })),
        Stage::Fanout(_) => {
            let network = networks.next().expect("counts of the same arch");
            let mut delivered = ByOperand(network.words.0.map(|of| of.delivered as f64));
            if pipeline {
                delivered[Operand::Output] = entered_and_left(&bill, id, Operand::Output);
            }
            let energy = bill.fanout(id, delivered);
            let share = |operand| if innermost[operand] < Some(id) { served.share } else { 1.0 };
            ByOperand(Operand::ALL.map(|operand| energy[operand] * share(operand) * width(operand)))
        }
    };
    let stages = arch.ids().zip(arch.stages()).map(price).collect();
    let macs = counts.macs.done as f64 * served.share;
    let compute = macs * width(Operand::Input) * width(Operand::Weight) * arch.compute().price;
    let outermost = ByOperand(Operand::ALL.map(|operand| of_outermost(operand).iter().sum::<f64>() * width(operand)));
    Estimate { energy: Energy { stages, compute }, macs, outermost }
}

/// The memory that serves the compute unit with an operand.
fn innermost(mapping: &Mapping, operand: Operand) -> Option<StageId> {
    let mut keeps = mapping.nodes.iter().filter_map(|node| match *node {
        Node::Keep { memory, operand: kept } if kept == operand => Some(memory),
        _ => None,
    });
    keeps.next_back()
}

/// The shares that are not zero of what multiply-accumulates meet.
struct Served {
    ifmap: f64,
    filter: f64,
    /// Of multiply-accumulates.
    share: f64,
}

impl Served {
    fn of(words: &ByOperand<Words>) -> Served {
        let [ifmap, filter] = [Operand::Input, Operand::Weight].map(|operand| words[operand].met);
        Served { ifmap, filter, share: ifmap * filter }
    }

    /// Words read and written where a memory serves the compute unit: of what it exchanges with that, a share only. Where
    /// the first and the last touch of psums pass it by, all that is paid for is such.
    fn counted(&self, access: &Access<f64>, operand: Operand, charges: Charges) -> [f64; 2] {
        let share = if charges == Charges::Reuse { self.share } else { 1.0 };
        let of = Access {
            fills: access.fills * share,
            reads: access.reads * self.share,
            updates: access.updates * self.share,
            drains: access.drains * share,
        };
        paid(charges, operand, &of)
    }

    /// The same in a pipeline, of `macs` multiply-accumulates in all.
    fn pipeline(&self, access: &Access<f64>, operand: Operand, macs: f64) -> [f64; 2] {
        match operand {
            Operand::Input => {
                // Each word is held for as many multiply-accumulates as there are for each read.
                let held = if access.reads > 0.0 { macs / access.reads } else { 1.0 };
                let any = self.ifmap * (1.0 - (1.0 - self.filter).powf(held));
                [(access.reads - access.fills).max(0.0) * any, access.fills]
            }
            Operand::Weight => [access.reads * self.share, access.fills],
            Operand::Output => {
                let [read, written] = [access.reads - access.fills, access.updates - access.drains];
                // One of each sum is read to leave, one is written to begin with, if it has more than one product.
                let part = |all: f64| {
                    let always = access.drains.min(all);
                    always + (all - always) * self.share
                };
                [part(read), part(written)]
            }
        }
    }
}

/// Psums over a fan-out where those of other passes enter it once, and each copy passes its own on.
fn entered_and_left(bill: &Bill, id: StageId, operand: Operand) -> f64 {
    let of = |id: StageId| &bill.levels[usize::from(id.0)][operand];
    let holders = || bill.arch.ids().filter(|&id| of(id).updates > 0.0);
    let leave = holders().find(|&inner| inner > id).map_or(bill.macs, |inner| of(inner).drains);
    let enter = holders().rfind(|&outer| outer < id).map_or(0.0, |outer| of(outer).reads);
    leave + enter
}

/// Words read and written where a memory holds code: the ofmap's words once, psums not.
fn coded(access: &Access<f64>, operand: Operand, problem: &Problem, mapping: &Mapping, words: &Words) -> [f64; 2] {
    let inner = mapping.chain(operand).nth(1).map_or(mapping.nodes.len(), |(position, _)| position);
    let tile = mapping.tiles(problem).get(inner).map_or(0, |tile| problem.words(operand, tile));
    let code = words.coding.bits(*words, tile) / f64::from(words.bits);
    if operand != Operand::Output {
        return [access.reads * code, 0.0];
    }
    let finished = access.updates.min(problem.words(operand, &problem.size()) as f64);
    [access.reads, finished * code + access.updates - finished]
}
