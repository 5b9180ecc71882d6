//! What an architecture does about zeros: formats, gating, skipping.

use super::format::Format;
use crate::arch::{Arch, StageId};
use nn::{ByOperand, Operand};
use std::collections::BTreeMap;

/// How an event is spared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The cycle is spent, with the data path idle.
    Gate,
    /// No cycle is spent.
    Skip,
}

/// Traffic of a target that is spared where a leader is zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saving {
    /// How.
    pub kind: Kind,
    /// What is not moved.
    pub target: Operand,
    /// The leaders: ifmap, filter or both, and not the target.
    pub leaders: Vec<Operand>,
}

/// What a memory does about zeros.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Storage {
    /// How it stores each operand.
    pub format: ByOperand<Format>,
    /// What it saves on the way to the next inner memory or the compute unit.
    pub savings: Vec<Saving>,
    /// What a bit of description read and written costs; in proportion to a word's bits where not given.
    pub metadata_price: Option<[f64; 2]>,
}

/// What an architecture does about zeros.
#[derive(Clone, Debug, PartialEq)]
pub struct Sparsity {
    /// By memory.
    pub storage: BTreeMap<StageId, Storage>,
    /// Whether the compute unit gates or skips multiply-accumulates, and on which operands.
    pub compute: Vec<(Kind, Vec<Operand>)>,
    /// Bits of a word.
    pub word_bits: u32,
    /// The share of its price that a gated action still costs, 0 to 1.
    pub gated_share: f64,
}

impl Default for Sparsity {
    /// Nothing, on words of 16 bits; a gated action costs nothing.
    fn default() -> Sparsity {
        Sparsity { storage: BTreeMap::new(), compute: Vec::new(), word_bits: 16, gated_share: 0.0 }
    }
}

/// Why there is no sparse prediction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SparsityError {
    /// What is described about zeros makes no sense.
    #[error("{place}: {what}")]
    Rule {
        /// The memory, or the compute unit.
        place: String,
        /// What is wrong.
        what: &'static str,
    },
    /// A density is no share.
    #[error("the density of the {0} is not between 0 and 1")]
    Density(&'static str),
    /// A mask has the shape of another problem's operand.
    #[error("the mask of the {0} has not the shape of the problem's {0}")]
    Mask(&'static str),
    /// Savings where only what is new of overlapping tiles moves.
    #[error(
        "{memory}: what zeros save of the {operand} is not modelled where tiles overlap and are filled with new words only"
    )]
    Refill {
        /// The memory that moves them.
        memory: String,
        /// The operand's name.
        operand: &'static str,
    },
    /// Too much to go through.
    #[error("{0} are too many to go through one by one")]
    TooLarge(&'static str),
}

impl Sparsity {
    /// Checks that it makes sense on an arch.
    pub fn check(&self, arch: &Arch) -> Result<(), SparsityError> {
        for (&id, storage) in &self.storage {
            let rule = |what| SparsityError::Rule { place: name(arch, id), what };
            if arch.memory(id).is_none() {
                return Err(rule("only memories store and save"));
            }
            for saving in &storage.savings {
                if saving.leaders.is_empty() || saving.leaders.contains(&saving.target) {
                    return Err(rule("a saving needs leaders other than its target"));
                }
                if saving.leaders.contains(&Operand::Output) {
                    return Err(rule("psums lead no saving: they are known too late"));
                }
            }
            let codes = storage.format.0.iter().filter_map(|format| match format {
                Format::RunLength(code) => Some(code),
                _ => None,
            });
            let wide = |format: &Format| match *format {
                Format::Rows { index, offset } | Format::Columns { index, offset } => index.max(offset) > 64,
                Format::Coordinates { index } => index > 512,
                _ => false,
            };
            if storage.format.0.iter().any(wide) {
                return Err(rule("an index or a start has up to 64 bits, coordinates together up to 512"));
            }
            for code in codes {
                let pair = u64::from(code.run) + u64::from(code.word);
                if code.run > 16 || code.pairs == 0 || pair * u64::from(code.pairs) > u64::from(code.block) {
                    return Err(rule("a run-length code has runs of up to 16 bits, and blocks that hold their pairs"));
                }
                if code.block > 4096 || code.word != self.word_bits {
                    return Err(rule("a run-length code has the bits of a word, and blocks of up to 4096 bits"));
                }
            }
        }
        let compute = |what| Err(SparsityError::Rule { place: arch.compute().name.clone(), what });
        if self.compute.iter().any(|(_, leaders)| leaders.is_empty() || leaders.contains(&Operand::Output)) {
            return compute("multiply-accumulates are saved on ifmaps and filters");
        }
        if !(0.0..=1.0).contains(&self.gated_share) || self.word_bits == 0 || self.word_bits > 4096 {
            return compute("a gated action costs a share of its price, and a word has 1 to 4096 bits");
        }
        Ok(())
    }

    /// How a memory stores an operand.
    pub(super) fn format(&self, memory: StageId, operand: Operand) -> Format {
        self.storage.get(&memory).map(|storage| storage.format[operand]).unwrap_or_default()
    }

    /// The leaders of what a memory saves of a target: those that skip, those that gate.
    pub(super) fn leaders(&self, memory: StageId, target: Operand) -> Leaders {
        let savings = self.storage.get(&memory).map(|storage| &storage.savings[..]).unwrap_or_default();
        let of_target = savings.iter().filter(|saving| saving.target == target);
        Leaders::of(of_target.map(|saving| (saving.kind, &saving.leaders[..])))
    }
}

/// Operands whose zeros skip, and whose zeros gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Leaders {
    pub skip: ByOperand<bool>,
    pub gate: ByOperand<bool>,
}

impl Leaders {
    pub(super) fn of<'a>(savings: impl Iterator<Item = (Kind, &'a [Operand])>) -> Leaders {
        let mut leaders = Leaders::default();
        for (kind, operands) in savings {
            for &operand in operands {
                match kind {
                    Kind::Skip => leaders.skip[operand] = true,
                    Kind::Gate => leaders.gate[operand] = true,
                }
            }
        }
        leaders
    }

    pub(super) fn with(self, other: Leaders) -> Leaders {
        let or = |a: ByOperand<bool>, b: ByOperand<bool>| ByOperand([0, 1, 2].map(|i| a.0[i] || b.0[i]));
        Leaders { skip: or(self.skip, other.skip), gate: or(self.gate, other.gate) }
    }

    /// Those whose zeros keep an event from being done.
    pub(super) fn any(self) -> ByOperand<bool> {
        self.with(Leaders { skip: self.gate, ..self }).skip
    }
}

fn name(arch: &Arch, id: StageId) -> String {
    arch.stages().get(usize::from(id.0)).map_or_else(|| format!("stage {}", id.0), |stage| stage.name().to_string())
}
