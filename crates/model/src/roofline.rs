//! The roofline of an arch (Williams et al., CACM 52(4), 2009), with a roof for each memory: how many multiply-accumulates
//! a cycle the compute units do at most, and each memory feeds; and where a prediction lies below.
//!
//! A memory's roof is its bandwidth times the intensity: the multiply-accumulates done for each word that passes its
//! port. Where reads and writes have ports of their own, the words are those of the port that takes longer, scaled to
//! the wider one; where a memory has several instances, all are taken to move as much as the busiest. No prediction then
//! lies above a roof, and one whose latency a port bounds lies on that memory's.

use crate::arch::{Arch, Bandwidth, StageId};
use crate::predict::Prediction;

/// The roofs of an arch.
#[derive(Clone, Debug, PartialEq)]
pub struct Ceilings {
    /// Multiply-accumulates a cycle that the compute units do at most.
    pub compute: f64,
    /// Words a cycle that pass the ports of all instances of a memory, for those with a bandwidth, outermost first.
    pub memories: Vec<(StageId, f64)>,
}

/// Where a prediction lies below the roofs.
#[derive(Clone, Debug, PartialEq)]
pub struct Intensity {
    /// Multiply-accumulates a cycle.
    pub throughput: f64,
    /// Multiply-accumulates for each word of each of [`Ceilings::memories`]; none of a memory that moves nothing.
    pub memories: Vec<Option<f64>>,
}

impl Ceilings {
    /// Those of an arch.
    pub fn of(arch: &Arch) -> Ceilings {
        let compute = arch.fanouts().map(|(_, fanout)| (fanout.size[0] * fanout.size[1]) as f64).product();
        let memories = arch.memories().filter_map(|(id, memory)| {
            let words = match memory.bandwidth {
                Bandwidth::Unbounded => return None,
                Bandwidth::Shared(words) => words,
                Bandwidth::Separate { read, write } => read.max(write),
            };
            Some((id, words * arch.instances(id) as f64))
        });
        Ceilings { compute, memories: memories.collect() }
    }

    /// Where a prediction for the same arch lies below them.
    pub fn below(&self, prediction: &Prediction) -> Intensity {
        let macs = prediction.counts.macs.done as f64;
        let memory = |&(id, words): &(StageId, f64)| {
            let (_, cycles) = prediction.ports.iter().find(|(port, _)| *port == id)?;
            (*cycles > 0.0).then(|| macs / (cycles * words))
        };
        Intensity { throughput: macs / prediction.latency().0, memories: self.memories.iter().map(memory).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archs::open_eyeriss;
    use crate::mapping::{Mapping, Node};
    use crate::predict::predict;
    use nn::Operand;
    use nn::problem::{Dim, Problem};

    /// 10 products, one after the other, in ten steps: DRAM moves 1 + 10 + 10 words.
    #[test]
    fn no_prediction_lies_above_a_roof() {
        let arch = open_eyeriss();
        let ceilings = Ceilings::of(&arch);
        assert_eq!(ceilings.compute, 168.0);
        assert_eq!(ceilings.memories.first(), Some(&(StageId(0), 4.0)));
        let problem = Problem::matmul(10, 1, 1).expect("a product");
        let mut nodes: Vec<Node> = Operand::ALL.map(|operand| Node::Keep { memory: StageId(0), operand }).to_vec();
        for (operand, memory) in Operand::ALL.into_iter().zip([3, 4, 5]) {
            nodes.push(Node::Keep { memory: StageId(memory), operand });
        }
        nodes.push(Node::Temporal { dim: Dim(0), tile: 1 });
        let prediction = predict(&problem, &arch, &Mapping { nodes });
        let below = ceilings.below(&prediction);
        assert_eq!(below.throughput, 1.0);
        assert_eq!(below.memories[0], Some(10.0 / 21.0));
        for ((_, words), intensity) in ceilings.memories.iter().zip(&below.memories) {
            assert!(intensity.is_none_or(|intensity| below.throughput <= words * intensity + 1e-12));
        }
    }
}
