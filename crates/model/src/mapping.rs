//! Mappings: when and where a problem's loops run on an arch, and which memory keeps what meanwhile.
//!
//! A mapping is one list, outermost first, of three kinds of nodes: a memory begins to keep an operand's tile; a
//! loop over a dimension in time; a loop over a dimension in space, across a fan-out. A loop is given by the tile
//! that one of its iterations covers; the last tile of a loop may be smaller (imperfect factors).
//!
//! ```text
//! DRAM keeps ifmap filter psum
//!   for M in 64 by 8
//!     GLB keeps ifmap
//!       par[PE.X] K in 64 by 8
//! ```

use crate::arch::{Arch, StageId};
use nn::Operand;
use nn::problem::{Dim, Problem, Tile};
use std::fmt::Write;

/// An axis of a fan-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Axis {
    /// Columns.
    X,
    /// Rows.
    Y,
}

/// A node of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Node {
    /// From here on inwards, a memory keeps the operand's tile.
    Keep {
        /// The memory.
        memory: StageId,
        /// What it keeps.
        operand: Operand,
    },
    /// A loop in time.
    Temporal {
        /// The dimension.
        dim: Dim,
        /// Points that an iteration covers; the last may cover fewer.
        tile: u64,
    },
    /// A loop in space.
    Spatial {
        /// The fan-out.
        fanout: StageId,
        /// Along which of its axes.
        axis: Axis,
        /// The dimension.
        dim: Dim,
        /// Points that a copy covers; the last may cover fewer.
        tile: u64,
    },
}

/// A mapping. Whether it obeys the rules is [`crate::check()`]'s to say.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mapping {
    /// The nodes, outermost first.
    pub nodes: Vec<Node>,
}

impl Mapping {
    /// The tile that remains below each position: entry i is what nodes i.. cover; the last is below all nodes.
    pub fn tiles(&self, problem: &Problem) -> Vec<Tile> {
        let mut tile = problem.size();
        let mut tiles = vec![tile];
        for node in &self.nodes {
            if let Node::Temporal { dim, tile: points } | Node::Spatial { dim, tile: points, .. } = *node {
                tile[dim] = points;
            }
            tiles.push(tile);
        }
        tiles
    }

    /// Where each memory that keeps `operand` begins to, outermost first.
    pub fn chain(&self, operand: Operand) -> impl Iterator<Item = (usize, StageId)> + '_ {
        self.nodes.iter().enumerate().filter_map(move |(position, node)| match *node {
            Node::Keep { memory, operand: kept } if kept == operand => Some((position, memory)),
            _ => None,
        })
    }

    /// The loop nest, for people.
    pub fn display(&self, problem: &Problem, arch: &Arch) -> String {
        let mut text = String::new();
        let mut depth = 0;
        let mut tile = problem.size();
        for (i, node) in self.nodes.iter().enumerate() {
            let indent = "  ".repeat(depth);
            match *node {
                Node::Keep { memory, operand } => {
                    let continues = i > 0 && matches!(self.nodes[i - 1], Node::Keep { memory: m, .. } if m == memory);
                    if continues {
                        text.pop();
                        let _ = writeln!(text, " {}", operand.name());
                    } else {
                        let _ = writeln!(text, "{indent}{} keeps {}", arch.stage(memory).name(), operand.name());
                    }
                }
                Node::Temporal { dim, tile: points } => {
                    let _ = writeln!(text, "{indent}for {} in {} by {points}", problem.name(dim), tile[dim]);
                    tile[dim] = points;
                    depth += 1;
                }
                Node::Spatial { fanout, axis, dim, tile: points } => {
                    let name = arch.stage(fanout).name();
                    let _ = writeln!(
                        text,
                        "{indent}par[{name}.{axis:?}] {} in {} by {points}",
                        problem.name(dim),
                        tile[dim]
                    );
                    tile[dim] = points;
                    depth += 1;
                }
            }
        }
        let _ = writeln!(text, "{}{}", "  ".repeat(depth), arch.compute().name);
        text
    }
}
