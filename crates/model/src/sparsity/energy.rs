//! Energy of a sparse prediction: what was done at the arch's prices, what was gated at a share of them, and the bits
//! of descriptions.

use super::content::Number;
use super::prediction::{Fate, SparsePrediction};
use super::saving::Sparsity;
use crate::arch::{Arch, Stage};
use crate::energy::{Bill, Energy, Words, of_memory, paid};
use nn::{ByOperand, Operand};

/// Energy by stage and operand, in the unit of the arch's prices.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseEnergy {
    /// Of words and multiply-accumulates.
    pub words: Energy,
    /// Of descriptions, by stage of the arch and operand.
    pub metadata: Vec<ByOperand<f64>>,
}

impl SparseEnergy {
    /// Prices a prediction of the same arch and sparsity. Bits on a network cost in proportion to a word's.
    pub fn of<N: Number>(arch: &Arch, sparsity: &Sparsity, prediction: &SparsePrediction<N>) -> SparseEnergy {
        let done = |fate: Fate<N>| fate.done.value() + sparsity.gated_share * fate.gated.value();
        let word = f64::from(sparsity.word_bits);
        let mut words = prediction.levels.iter().map(|level| ByOperand(level.words.0.map(|of| of.map(done))));
        let mut bits = prediction.levels.iter().map(|level| ByOperand(level.metadata.0.map(|of| of.map(N::value))));
        let bill = |levels: &mut dyn Iterator<Item = Words>, macs| Bill {
            arch,
            levels: arch.stages().iter().map(|stage| of_memory(stage, levels)).collect(),
            macs,
        };
        let (words, bits) = (bill(&mut words, done(prediction.macs)), bill(&mut bits, 0.0));
        let mut networks = prediction.networks.iter().map(|of| ByOperand(of.words.0.map(|of| of.delivered.value())));
        let mut described = prediction.networks.iter().map(|of| &of.metadata);
        let metadata = arch.ids().zip(arch.stages()).map(|(id, stage)| match stage {
            Stage::Memory(memory) => {
                let given = sparsity.storage.get(&id).and_then(|storage| storage.metadata_price);
                let prices = given.unwrap_or([memory.read_price / word, memory.write_price / word]);
                ByOperand(Operand::ALL.map(|operand| {
                    let bits = paid(arch.switches().charges, operand, &bits.levels[usize::from(id.0)][operand]);
                    bits[0] * prices[0] + bits[1] * prices[1]
                }))
            }
            Stage::Fanout(_) => {
                let of = described.next().expect("a prediction of the same arch");
                bits.fanout(id, ByOperand(of.0.map(|of| of.delivered.value() / word)))
            }
        });
        let metadata = metadata.collect();
        let words = words.energy(|| networks.next().expect("a prediction of the same arch"));
        SparseEnergy { words, metadata }
    }

    /// All of it.
    pub fn total(&self) -> f64 {
        self.words.total() + self.metadata.iter().map(|by| by.0.iter().sum::<f64>()).sum::<f64>()
    }
}
