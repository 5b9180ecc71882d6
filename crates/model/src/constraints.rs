//! Constraints: what restricts the mappings of an arch, be it a dataflow or what somebody fixed by hand.
//!
//! A dataflow is a family of mappings (Chen et al., ISCA 2016, section IV): which loops run across the PEs, and which
//! operand stays in place while the loops that it does not change with run. Both are said here about *places*: where
//! a memory begins to keep an operand. A rule about a memory that does not keep the operand in a mapping says nothing
//! of that mapping.

use crate::arch::{Arch, StageId};
use crate::mapping::{Axis, Mapping, Node};
use nn::Operand;
use nn::problem::{Dim, Problem};

/// Which of the memories that keep an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Which {
    /// The innermost.
    Innermost,
    /// This one.
    Memory(StageId),
}

/// Where a memory begins to keep an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The memory.
    pub memory: Which,
    /// The operand.
    pub operand: Operand,
}

/// A side of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Outside: the tile changes with the loop.
    Above,
    /// Inside: the tile stays while the loop runs.
    Below,
}

/// A rule that a mapping keeps to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Constraint {
    /// A memory keeps an operand, or does not.
    Keep {
        /// The memory.
        memory: StageId,
        /// The operand.
        operand: Operand,
        /// Whether it keeps it.
        keeps: bool,
    },
    /// Loops in time over these dimensions lie on one side of a place.
    Loops {
        /// The dimensions.
        dims: Vec<Dim>,
        /// The side.
        side: Side,
        /// The place.
        of: Place,
    },
    /// Loops in time over these dimensions, between a place and the next memory that keeps the operand, lie in this
    /// order, outermost first.
    Order {
        /// The dimensions.
        dims: Vec<Dim>,
        /// The place.
        below: Place,
    },
    /// The tile kept at a place covers so many points of a dimension.
    Tile {
        /// The place.
        at: Place,
        /// The dimension.
        dim: Dim,
        /// Its points.
        points: u64,
    },
    /// Only these dimensions are cut across an axis of a fan-out.
    Across {
        /// The fan-out.
        fanout: StageId,
        /// The axis.
        axis: Axis,
        /// The dimensions.
        dims: Vec<Dim>,
    },
    /// A dimension is cut into so many copies across an axis of a fan-out.
    Copies {
        /// The fan-out.
        fanout: StageId,
        /// The axis.
        axis: Axis,
        /// The dimension.
        dim: Dim,
        /// The copies.
        copies: u64,
    },
}

/// Rules with a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Constraints {
    /// Their name.
    pub name: String,
    /// The rules.
    pub rules: Vec<Constraint>,
}

impl Place {
    /// The node of a mapping at which the place is, if the memory keeps the operand there.
    pub fn position(&self, mapping: &Mapping) -> Option<usize> {
        let mut chain = mapping.chain(self.operand);
        let found = match self.memory {
            Which::Innermost => chain.last(),
            Which::Memory(memory) => chain.find(|&(_, m)| m == memory),
        };
        found.map(|(position, _)| position)
    }

    fn describe(&self, arch: &Arch) -> String {
        let memory = match self.memory {
            Which::Innermost => "the innermost memory",
            Which::Memory(memory) => arch.stage(memory).name(),
        };
        format!("where {memory} begins to keep the {}", self.operand.name())
    }
}

impl Constraint {
    /// Whether a mapping that is legal keeps to the rule.
    pub fn holds(&self, problem: &Problem, mapping: &Mapping) -> bool {
        let tiles = mapping.tiles(problem);
        // Loops that iterate: position, dimension, fan-out and axis of those in space, copies.
        let loops = || {
            mapping.nodes.iter().enumerate().filter_map(|(i, node)| {
                let (dim, tile, across) = match *node {
                    Node::Keep { .. } => return None,
                    Node::Temporal { dim, tile } => (dim, tile, None),
                    Node::Spatial { fanout, axis, dim, tile } => (dim, tile, Some((fanout, axis))),
                };
                (tile < tiles[i][dim]).then(|| (i, dim, across, tiles[i][dim].div_ceil(tile)))
            })
        };
        match self {
            Constraint::Keep { memory, operand, keeps } => {
                mapping.chain(*operand).any(|(_, kept)| kept == *memory) == *keeps
            }
            Constraint::Loops { dims, side, of } => of.position(mapping).is_none_or(|at| {
                let on_side = |i: usize| (i < at) == (*side == Side::Above);
                loops().all(|(i, dim, across, _)| across.is_some() || !dims.contains(&dim) || on_side(i))
            }),
            Constraint::Order { dims, below } => below.position(mapping).is_none_or(|at| {
                let next = mapping.chain(below.operand).map(|(position, _)| position).find(|&position| position > at);
                let end = next.unwrap_or(mapping.nodes.len());
                let inside = loops().filter(|&(i, _, across, _)| i > at && i < end && across.is_none());
                inside.filter_map(|(_, dim, _, _)| dims.iter().position(|&d| d == dim)).is_sorted()
            }),
            Constraint::Tile { at, dim, points } => {
                at.position(mapping).is_none_or(|position| tiles[position][*dim] == *points)
            }
            Constraint::Across { fanout, axis, dims } => {
                loops().all(|(_, dim, across, _)| across != Some((*fanout, *axis)) || dims.contains(&dim))
            }
            Constraint::Copies { fanout, axis, dim, copies } => {
                let here = loops().filter(|&(_, d, across, _)| d == *dim && across == Some((*fanout, *axis)));
                here.map(|(_, _, _, n)| n).fold(1, u64::saturating_mul) == *copies
            }
        }
    }

    /// The rule in words.
    pub fn describe(&self, problem: &Problem, arch: &Arch) -> String {
        let names = |dims: &[Dim]| dims.iter().map(|&dim| problem.name(dim)).collect::<Vec<_>>().join(", ");
        let axis = |fanout: StageId, axis: Axis| format!("{}.{axis:?}", arch.stage(fanout).name());
        match self {
            Constraint::Keep { memory, operand, keeps } => {
                let not = if *keeps { "" } else { " not" };
                format!("{} does{not} keep the {}", arch.stage(*memory).name(), operand.name())
            }
            Constraint::Loops { dims, side, of } => {
                let side = if *side == Side::Above { "above" } else { "below" };
                format!("loops in time over {} lie {side} {}", names(dims), of.describe(arch))
            }
            Constraint::Order { dims, below } => {
                format!("loops in time below {} come in the order {}", below.describe(arch), names(dims))
            }
            Constraint::Tile { at, dim, points } => {
                format!("the tile {} covers {points} of {}", at.describe(arch), problem.name(*dim))
            }
            Constraint::Across { fanout, axis: a, dims } if dims.is_empty() => {
                format!("nothing is cut across {}", axis(*fanout, *a))
            }
            Constraint::Across { fanout, axis: a, dims } => {
                format!("only {} is cut across {}", names(dims), axis(*fanout, *a))
            }
            Constraint::Copies { fanout, axis: a, dim, copies } => {
                format!("{} is cut into {copies} across {}", problem.name(*dim), axis(*fanout, *a))
            }
        }
    }
}

impl Constraints {
    /// The rules that a legal mapping breaks.
    pub fn broken<'a>(&'a self, problem: &Problem, mapping: &Mapping) -> Vec<&'a Constraint> {
        self.rules.iter().filter(|rule| !rule.holds(problem, mapping)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archs::open_eyeriss;

    /// DRAM keeps all; M in two below; the filter is kept; K inside.
    #[test]
    fn each_rule_holds_and_breaks() {
        let problem = Problem::matmul(4, 4, 4).expect("a product");
        let arch = open_eyeriss();
        let [m, n, k] = [0, 1, 2].map(Dim);
        let (glb, pe) = (arch.find("GLB").expect("GLB"), arch.find("PE").expect("PE"));
        let keep = |memory, operand| Node::Keep { memory, operand };
        let mut nodes: Vec<Node> = Operand::ALL.map(|operand| keep(StageId(0), operand)).to_vec();
        nodes.extend([
            Node::Temporal { dim: m, tile: 2 },
            keep(glb, Operand::Weight),
            Node::Temporal { dim: k, tile: 1 },
            Node::Temporal { dim: n, tile: 1 },
            Node::Spatial { fanout: pe, axis: Axis::X, dim: m, tile: 1 },
        ]);
        let mapping = Mapping { nodes };
        let place = Place { memory: Which::Memory(glb), operand: Operand::Weight };
        let innermost = Place { memory: Which::Innermost, ..place };
        let absent = Place { operand: Operand::Input, ..place };
        let loops = |dims: &[Dim], side, of| Constraint::Loops { dims: dims.to_vec(), side, of };
        let order = |dims: &[Dim]| Constraint::Order { dims: dims.to_vec(), below: place };
        let across = |axis, dims: &[Dim]| Constraint::Across { fanout: pe, axis, dims: dims.to_vec() };
        let copies = |copies| Constraint::Copies { fanout: pe, axis: Axis::X, dim: m, copies };
        let kept = |keeps| Constraint::Keep { memory: glb, operand: Operand::Weight, keeps };
        let hold = [
            kept(true),
            loops(&[n, k], Side::Below, place),
            loops(&[m], Side::Above, innermost),
            loops(&[n, k], Side::Above, absent),
            order(&[k, n]),
            order(&[m, n]),
            Constraint::Tile { at: place, dim: m, points: 2 },
            across(Axis::X, &[m]),
            across(Axis::Y, &[]),
            copies(2),
        ];
        let broken = [
            kept(false),
            loops(&[m, n], Side::Below, place),
            loops(&[k], Side::Above, innermost),
            order(&[n, k]),
            Constraint::Tile { at: innermost, dim: m, points: 4 },
            across(Axis::X, &[n, k]),
            copies(4),
        ];
        for rule in &hold {
            assert!(rule.holds(&problem, &mapping), "{}", rule.describe(&problem, &arch));
        }
        for rule in &broken {
            assert!(!rule.holds(&problem, &mapping), "{}", rule.describe(&problem, &arch));
        }
        let constraints = Constraints { name: "test".to_string(), rules: [hold.to_vec(), broken.to_vec()].concat() };
        assert_eq!(constraints.broken(&problem, &mapping), broken.iter().collect::<Vec<_>>());
    }
}
