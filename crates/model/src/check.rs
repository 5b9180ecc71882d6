//! What makes a mapping legal.
//!
//! 1. Nodes name memories, fan-outs and dimensions that exist.
//! 2. A loop's tile is at least 1 and no larger than what it cuts; below all nodes every dimension is cut to 1.
//! 3. An operand's memories begin to keep it in the arch's order, each once. The outermost memory keeps all operands
//!    above all loops. A memory keeps what it must and nothing that it may not.
//! 4. A memory inside a fan-out begins to keep below all of the fan-out's loops, a memory outside it above them. The
//!    loops of an outer fan-out lie above those of an inner one.
//! 5. The copies along an axis are no more than the fan-out has.
//! 6. The tiles that a memory keeps fit it together, or each its own partition; half of it when it is double
//!    buffered. An input whose tile is cut next, in time, along a dimension that shares a rank (rows of windows) slides:
//!    the memory holds one window. Where tiles are filled with new words only, none slides.
//!
//! [`check`] returns every rule that is broken, with the amount.

use crate::arch::{Arch, Capacity, Keep, StageId};
use crate::loops::Loops;
use crate::mapping::{Axis, Mapping, Node};
use crate::switches::Refill;
use nn::problem::{Dim, Problem, Tile};
use nn::{ByOperand, Operand};

/// A broken rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// Rule 1: a node names a stage that is not there or of another kind.
    #[error("node {node}: stage {stage} is no {expected} of the arch")]
    Stage {
        /// Position of the node.
        node: usize,
        /// The stage's index.
        stage: u8,
        /// What it should be.
        expected: &'static str,
    },
    /// Rule 1: a loop names a dimension that is not there.
    #[error("node {node}: the problem has no dimension {dim}")]
    Dim {
        /// Position of the node.
        node: usize,
        /// The dimension's index.
        dim: u8,
    },
    /// Rule 2: a loop's tile is 0 or larger than what it cuts.
    #[error("node {node}: a loop over {dim} cuts {whole} into tiles of {tile}")]
    Tile {
        /// Position of the node.
        node: usize,
        /// The dimension's name.
        dim: String,
        /// What there is to cut.
        whole: u64,
        /// The tile.
        tile: u64,
    },
    /// Rule 2: a dimension is not cut down to 1.
    #[error("{dim}: the loops leave {left} of {size} uncut")]
    Uncut {
        /// The dimension's name.
        dim: String,
        /// What is left.
        left: u64,
        /// Its size.
        size: u64,
    },
    /// Rule 3: keeps out of order, twice, or the outermost not at the top.
    #[error("{memory}: begins to keep the {operand} {problem}")]
    Order {
        /// The memory.
        memory: String,
        /// The operand's name.
        operand: &'static str,
        /// What is wrong with where.
        problem: &'static str,
    },
    /// Rule 3: a memory does not keep what it must, or keeps what it may not.
    #[error("{memory}: {} keep the {operand}", if *.must { "must" } else { "may not" })]
    Keep {
        /// The memory.
        memory: String,
        /// The operand's name.
        operand: &'static str,
        /// Whether it must.
        must: bool,
    },
    /// Rule 4: a node on the wrong side of a fan-out's loops.
    #[error("node {node}: {stage} lies {} the loops of {fanout}", if *.inside { "inside the fan-out but above" } else { "outside the fan-out but below" })]
    Side {
        /// Position of the node.
        node: usize,
        /// The stage.
        stage: String,
        /// The fan-out.
        fanout: String,
        /// Whether the stage is inside the fan-out.
        inside: bool,
    },
    /// Rule 5: more copies than there are.
    #[error("{fanout}.{axis:?}: the loops need {needed} copies, has {size}")]
    Fanout {
        /// The fan-out.
        fanout: String,
        /// The axis.
        axis: Axis,
        /// Copies needed.
        needed: u64,
        /// Copies there are.
        size: u64,
    },
    /// Rule 6: tiles do not fit.
    #[error("{memory}: tiles need {needed} words, has {capacity} ({terms})")]
    Capacity {
        /// The memory.
        memory: String,
        /// Words needed.
        needed: u64,
        /// Words there are.
        capacity: u64,
        /// The tiles, by operand.
        terms: String,
    },
}

/// Every rule that `mapping` breaks; none when it is legal.
pub fn check(problem: &Problem, arch: &Arch, mapping: &Mapping) -> Vec<Violation> {
    let names = check_names(problem, arch, mapping);
    if !names.is_empty() {
        return names;
    }
    let mut broken = check_loops(problem, mapping);
    check_keeps(arch, mapping, &mut broken);
    check_sides(arch, mapping, &mut broken);
    check_fanouts(problem, arch, mapping, &mut broken);
    if broken.is_empty() {
        check_capacity(problem, arch, mapping, &mut broken);
    }
    broken
}

fn check_names(problem: &Problem, arch: &Arch, mapping: &Mapping) -> Vec<Violation> {
    let mut broken = Vec::new();
    for (node, n) in mapping.nodes.iter().enumerate() {
        let (stage, is_there, expected) = match *n {
            Node::Keep { memory, .. } => (memory, arch.memory(memory).is_some(), "memory"),
            Node::Spatial { fanout, .. } => (fanout, arch.fanout(fanout).is_some(), "fan-out"),
            Node::Temporal { .. } => (StageId(0), true, ""),
        };
        if !is_there {
            broken.push(Violation::Stage { node, stage: stage.0, expected });
        }
        if let Node::Temporal { dim, .. } | Node::Spatial { dim, .. } = *n
            && usize::from(dim.0) >= problem.dims().len()
        {
            broken.push(Violation::Dim { node, dim: dim.0 });
        }
    }
    broken
}

fn check_loops(problem: &Problem, mapping: &Mapping) -> Vec<Violation> {
    let mut broken = Vec::new();
    let mut left = problem.size();
    for (node, n) in mapping.nodes.iter().enumerate() {
        if let Node::Temporal { dim, tile } | Node::Spatial { dim, tile, .. } = *n {
            if tile == 0 || tile > left[dim] {
                broken.push(Violation::Tile { node, dim: problem.name(dim).to_string(), whole: left[dim], tile });
                continue;
            }
            left[dim] = tile;
        }
    }
    for dim in problem.dims() {
        if left[dim] > 1 {
            let (dim, left, size) = (problem.name(dim).to_string(), left[dim], problem.size()[dim]);
            broken.push(Violation::Uncut { dim, left, size });
        }
    }
    broken
}

fn check_keeps(arch: &Arch, mapping: &Mapping, broken: &mut Vec<Violation>) {
    let first_loop = mapping.nodes.iter().position(|n| !matches!(n, Node::Keep { .. })).unwrap_or(mapping.nodes.len());
    for operand in Operand::ALL {
        let chain: Vec<(usize, StageId)> = mapping.chain(operand).collect();
        let mut order = |memory: StageId, problem| {
            let memory = arch.stage(memory).name().to_string();
            broken.push(Violation::Order { memory, operand: operand.name(), problem });
        };
        for pair in chain.windows(2) {
            if pair[1].1 == pair[0].1 {
                order(pair[1].1, "twice");
            } else if pair[1].1 < pair[0].1 {
                order(pair[1].1, "below a memory that is further in");
            }
        }
        if let Some(&(position, memory)) = chain.first()
            && memory == StageId(0)
            && position >= first_loop
        {
            order(memory, "below a loop");
        }
        for (id, memory) in arch.memories() {
            let kept = chain.iter().any(|&(_, m)| m == id);
            let must = memory.keep[operand] == Keep::Must;
            if (must && !kept) || (memory.keep[operand] == Keep::Never && kept) {
                broken.push(Violation::Keep { memory: memory.name.clone(), operand: operand.name(), must });
            }
        }
    }
}

fn check_sides(arch: &Arch, mapping: &Mapping, broken: &mut Vec<Violation>) {
    for (id, fanout) in arch.fanouts() {
        let is_loop = |n: &Node| matches!(n, Node::Spatial { fanout, .. } if *fanout == id);
        let Some(first) = mapping.nodes.iter().position(is_loop) else { continue };
        let last = mapping.nodes.iter().rposition(is_loop).unwrap_or(first);
        for (node, n) in mapping.nodes.iter().enumerate() {
            let stage = match *n {
                Node::Keep { memory, .. } => memory,
                Node::Spatial { fanout, .. } if fanout != id => fanout,
                _ => continue,
            };
            let inside = stage > id;
            if (inside && node < last) || (!inside && node > first) {
                let (stage, fanout) = (arch.stage(stage).name().to_string(), fanout.name.clone());
                broken.push(Violation::Side { node, stage, fanout, inside });
            }
        }
    }
}

fn check_fanouts(problem: &Problem, arch: &Arch, mapping: &Mapping, broken: &mut Vec<Violation>) {
    let tiles = mapping.tiles(problem);
    for (id, fanout) in arch.fanouts() {
        for axis in [Axis::X, Axis::Y] {
            let copies = mapping.nodes.iter().zip(&tiles).filter_map(|(node, above)| match *node {
                Node::Spatial { fanout, axis: a, dim, tile } if fanout == id && a == axis && tile > 0 => {
                    Some(above[dim].div_ceil(tile))
                }
                _ => None,
            });
            let (needed, size) = (copies.fold(1, u64::saturating_mul), fanout.size[axis as usize]);
            if needed > size {
                broken.push(Violation::Fanout { fanout: fanout.name.clone(), axis, needed, size });
            }
        }
    }
}

fn check_capacity(problem: &Problem, arch: &Arch, mapping: &Mapping, broken: &mut Vec<Violation>) {
    let loops = Loops::new(problem, mapping);
    for (id, memory) in arch.memories() {
        if memory.capacity == Capacity::Unbounded {
            continue;
        }
        let mut words = ByOperand([0; 3]);
        for operand in Operand::ALL {
            if let Some((position, _)) = mapping.chain(operand).find(|&(_, m)| m == id) {
                words[operand] = problem.words(operand, &held_by(arch, &loops, operand, position));
            }
        }
        let usable = |words: u64| if memory.double_buffered { words / 2 } else { words };
        let mut full = |needed: u64, capacity: u64, operands: &[Operand]| {
            if needed > usable(capacity) {
                let terms: Vec<String> = operands
                    .iter()
                    .filter(|&&o| words[o] > 0)
                    .map(|&operand| format!("{} {}", operand.name(), words[operand]))
                    .collect();
                let (memory, terms) = (memory.name.clone(), terms.join(" + "));
                broken.push(Violation::Capacity { memory, needed, capacity: usable(capacity), terms });
            }
        };
        match memory.capacity {
            Capacity::Unbounded => {}
            Capacity::Pool(capacity) => full(words.0.iter().sum(), capacity, &Operand::ALL),
            Capacity::Partitioned(capacity) => {
                Operand::ALL.into_iter().for_each(|operand| full(words[operand], capacity[operand], &[operand]));
            }
        }
    }
}

/// The tile that a memory holds at a time when it begins to keep `operand` at `position`: what is below it, or one
/// window of that if it slides.
pub fn held(problem: &Problem, arch: &Arch, mapping: &Mapping, operand: Operand, position: usize) -> Tile {
    held_by(arch, &Loops::new(problem, mapping), operand, position)
}

fn held_by(arch: &Arch, loops: &Loops, operand: Operand, position: usize) -> Tile {
    let mut tile = loops.tile(position);
    if arch.switches().refill == Refill::Whole
        && let Some((dim, points)) = loops.slides(operand, position)
    {
        tile[dim] = points;
    }
    tile
}

/// The dimension along which a tile kept from `position` slides, and the points of one window: that of the next loop
/// that iterates, if it is a loop in time over a dimension that shares a rank of the operand.
pub fn slides(
    problem: &Problem,
    arch: &Arch,
    mapping: &Mapping,
    operand: Operand,
    position: usize,
) -> Option<(Dim, u64)> {
    Loops::new(problem, mapping).slides(operand, position).filter(|_| arch.switches().refill == Refill::Whole)
}
