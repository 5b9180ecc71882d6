//! Energy of a sparse prediction: what was done at the arch's prices, what was gated at a share of them, and the bits
//! of descriptions.

use super::content::Number;
use super::prediction::{Fate, SparsePrediction};
use super::saving::Sparsity;
use crate::arch::{Arch, Stage};
use crate::energy::Energy;
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
        let paid = |fate: Fate<N>| fate.done.value() + sparsity.gated_share * fate.gated.value();
        let word = f64::from(sparsity.word_bits);
        let mut levels = prediction.levels.iter();
        let mut networks = prediction.networks.iter();
        let mut words = Vec::new();
        let mut metadata = Vec::new();
        for (id, stage) in arch.ids().zip(arch.stages()) {
            let mut energy = ByOperand([0.0; 3]);
            let mut bits = ByOperand([0.0; 3]);
            match stage {
                Stage::Memory(memory) => {
                    let level = levels.next().expect("a prediction of the same arch");
                    let given = sparsity.storage.get(&id).and_then(|storage| storage.metadata_price);
                    let [read, write] = given.unwrap_or([memory.read_price / word, memory.write_price / word]);
                    for operand in Operand::ALL {
                        let (access, described) = (&level.words[operand], &level.metadata[operand]);
                        energy[operand] = (paid(access.reads) + paid(access.drains)) * memory.read_price
                            + (paid(access.fills) + paid(access.updates)) * memory.write_price;
                        bits[operand] = described.reads.plus(described.drains).value() * read
                            + described.fills.plus(described.updates).value() * write;
                    }
                }
                Stage::Fanout(fanout) => {
                    let network = networks.next().expect("a prediction of the same arch");
                    for operand in Operand::ALL {
                        energy[operand] = network.words[operand].delivered.value() * fanout.delivery_price;
                        bits[operand] = network.metadata[operand].delivered.value() / word * fanout.delivery_price;
                    }
                }
            }
            words.push(energy);
            metadata.push(bits);
        }
        let compute = paid(prediction.macs) * arch.compute().price;
        SparseEnergy { words: Energy { stages: words, compute }, metadata }
    }

    /// All of it.
    pub fn total(&self) -> f64 {
        self.words.total() + self.metadata.iter().map(|by| by.0.iter().sum::<f64>()).sum::<f64>()
    }
}
