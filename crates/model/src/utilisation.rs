//! Utilisation: which share of the multiply-accumulates that the compute units could have done in the time they did,
//! and what became of the rest.

use crate::arch::Arch;
use crate::mapping::{Mapping, Node};
use crate::predict::Prediction;
use nn::problem::Problem;

/// The parts whose product is the utilisation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Utilisation {
    /// Compute units that the loops in space reach.
    pub used: u64,
    /// Compute units that there are.
    pub there: u64,
    /// Of the units that are reached, the share that has work, in the mean over the steps: less than 1 where last tiles
    /// are smaller.
    pub filled: f64,
    /// The share of the time in which they compute; in the rest they wait for a port.
    pub busy: f64,
}

/// Columns and rows of compute units that the loops in space of a legal mapping reach, over all fan-outs.
pub fn reached(problem: &Problem, mapping: &Mapping) -> [u64; 2] {
    let mut reached = [1; 2];
    for (node, above) in mapping.nodes.iter().zip(mapping.tiles(problem)) {
        if let Node::Spatial { axis, dim, tile, .. } = *node {
            reached[axis as usize] *= above[dim].div_ceil(tile);
        }
    }
    reached
}

impl Utilisation {
    /// That of a legal mapping.
    pub fn of(problem: &Problem, arch: &Arch, mapping: &Mapping, prediction: &Prediction) -> Utilisation {
        let used: u64 = reached(problem, mapping).into_iter().product();
        let there = arch.fanouts().map(|(_, fanout)| fanout.size[0] * fanout.size[1]).product();
        let steps = prediction.steps as f64;
        let filled = problem.macs() as f64 / (steps * used as f64);
        Utilisation { used, there, filled, busy: steps / prediction.latency().0 }
    }

    /// All of it.
    pub fn total(&self) -> f64 {
        self.used as f64 / self.there as f64 * self.filled * self.busy
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::StageId;
    use crate::archs::open_eyeriss;
    use crate::mapping::Axis;
    use crate::predict::predict;
    use nn::Operand;
    use nn::problem::Dim;

    /// 10 filters in threes over four columns: 4 of 168 units, of whose 12 shares of work 10 are there.
    #[test]
    fn its_parts_are_named() {
        let problem = Problem::matmul(10, 1, 1).expect("a product");
        let arch = open_eyeriss();
        let mut nodes: Vec<Node> = Operand::ALL.map(|operand| Node::Keep { memory: StageId(0), operand }).to_vec();
        nodes.push(Node::Spatial { fanout: StageId(2), axis: Axis::X, dim: Dim(0), tile: 3 });
        for (operand, memory) in Operand::ALL.into_iter().zip([3, 4, 5]) {
            nodes.push(Node::Keep { memory: StageId(memory), operand });
        }
        nodes.push(Node::Temporal { dim: Dim(0), tile: 1 });
        let mapping = Mapping { nodes };
        let prediction = predict(&problem, &arch, &mapping);
        let utilisation = Utilisation::of(&problem, &arch, &mapping, &prediction);
        // DRAM moves 1 + 10 + 10 words, four a cycle, while three steps would do.
        assert_eq!(reached(&problem, &mapping), [4, 1]);
        let expected = Utilisation { used: 4, there: 168, filled: 10.0 / 12.0, busy: 3.0 / 5.25 };
        assert_eq!(utilisation, expected);
        assert!((utilisation.total() - 10.0 / (168.0 * 5.25)).abs() < 1e-12);
    }
}
