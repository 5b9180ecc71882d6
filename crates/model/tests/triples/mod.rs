//! The generator of triples of problem, arch and mapping, which turn every switch of the counting rules.

#![allow(dead_code, reason = "each file of tests uses a part")]

use model::arch::{Arch, Bandwidth, Capacity, Compute, Fanout, Keep, Memory, Sharing, Stage, StageId};
use model::{Axis, Charges, Drains, Mapping, Node, Refill, Switches};
use nn::generate::Generator;
use nn::problem::{Dim, Problem, Rank, Term};
use nn::{ByOperand, ConvShape, Operand, Pad};

/// A small product or convolution.
pub fn some_problem(g: &mut Generator) -> Problem {
    let size = |g: &mut Generator, most: i64| g.within(1, most) as usize;
    if g.chance(0.3) {
        let [m, n, k] = [7, 6, 7].map(|most| size(g, most) as u64);
        return Problem::matmul(m, n, k).expect("a small product");
    }
    if g.chance(0.2) {
        return some_einsum(g);
    }
    let groups = if g.chance(0.2) { 2 } else { 1 };
    let (r, s) = (size(g, 3), size(g, 3));
    let stride = [size(g, 3), size(g, 3)];
    let dilation = if g.chance(0.3) { [size(g, 2), size(g, 2)] } else { [1, 1] };
    let (p, q) = (size(g, 6), size(g, 4));
    let span = |out: usize, stride: usize, taps: usize, dilation: usize| (out - 1) * stride + (taps - 1) * dilation + 1;
    let shape = ConvShape {
        n: if g.chance(0.2) { 2 } else { 1 },
        groups,
        m: groups * size(g, 4),
        c: groups * size(g, 3),
        h: span(p, stride[0], r, dilation[0]),
        w: span(q, stride[1], s, dilation[1]),
        r,
        s,
        stride,
        pad: Pad::default(),
        dilation,
    };
    Problem::conv(&shape).expect("a small convolution")
}

/// Any three operands over up to four dimensions.
fn some_einsum(g: &mut Generator) -> Problem {
    let dims: Vec<(String, u64)> = ["A", "B", "C", "D"]
        .iter()
        .take(g.within(2, 4) as usize)
        .map(|d| (d.to_string(), g.within(1, 4) as u64))
        .collect();
    let operand = |g: &mut Generator, windows: bool| {
        let mut ranks: Vec<Rank> = Vec::new();
        for dim in (0..dims.len() as u8).map(Dim) {
            let step = g.within(1, 2) as u64;
            match g.within(0, 3) {
                0 => {}
                1 if windows && !ranks.is_empty() => {
                    let last = ranks.last_mut().expect("a rank");
                    last.0.push(Term { step, dim });
                }
                _ => ranks.push(Rank(vec![Term { step: if windows { step } else { 1 }, dim }])),
            }
        }
        ranks
    };
    let ranks = ByOperand([operand(g, true), operand(g, true), operand(g, false)]);
    Problem::new(dims, ranks).expect("a small einsum")
}

/// An arch of up to five stages.
pub fn some_arch(g: &mut Generator) -> Arch {
    let memory = |g: &mut Generator, name: &str, outermost: bool| {
        let keep = |g: &mut Generator| match g.within(0, 3) {
            0 => Keep::Must,
            1 => Keep::Never,
            _ => Keep::May,
        };
        Stage::Memory(Memory {
            name: name.to_string(),
            capacity: Capacity::Unbounded,
            double_buffered: false,
            keep: ByOperand(if outermost { [Keep::Must; 3] } else { [keep(g), keep(g), keep(g)] }),
            bandwidth: if g.chance(0.5) {
                Bandwidth::Shared(1.0)
            } else {
                Bandwidth::Separate { read: 1.0, write: 1.0 }
            },
            read_price: 1.0,
            write_price: 1.0,
        })
    };
    let fanout = |g: &mut Generator, name: &str| {
        let multicast = g.chance(0.7);
        let sharing = Sharing { multicast, reduction: g.chance(0.6), diagonal: multicast && g.chance(0.5) };
        let size = [g.within(1, 4) as u64, g.within(1, 3) as u64];
        let delivery_price = g.within(0, 2) as f64 / 4.0;
        let free = ByOperand(Operand::ALL.map(|_| g.chance(0.1)));
        Stage::Fanout(Fanout { name: name.to_string(), size, sharing, delivery_price, free })
    };
    let mut stages = vec![memory(g, "DRAM", true)];
    for i in 0..g.within(0, 4) {
        let stage = if g.chance(0.45) { fanout(g, &format!("F{i}")) } else { memory(g, &format!("L{i}"), false) };
        stages.push(stage);
    }
    let operand_latch = ByOperand([g.chance(0.3), g.chance(0.3), g.chance(0.3)]);
    let compute = Compute { name: "MAC".to_string(), price: 1.0, operand_latch };
    let arch = Arch::new("generated", stages, compute).expect("a generated arch is well-formed");
    let diagonal = arch.fanouts().any(|(_, fanout)| fanout.sharing.diagonal);
    let refill = if !diagonal && g.chance(0.35) { Refill::New } else { Refill::Whole };
    let drains = if g.chance(0.3) { Drains::Free } else { Drains::Counted };
    let by_the_rules = refill == Refill::Whole && drains == Drains::Counted && arch.fanouts().count() <= 1;
    let charges = if by_the_rules && g.chance(0.5) { Charges::Reuse } else { Charges::All };
    arch.with_switches(Switches { refill, drains, charges, ..Switches::default() }).expect("switches that go together")
}

/// A legal mapping: keeps in the arch's order and loops over random dimensions with random tiles, dealt into the slots
/// between them.
pub fn some_mapping(g: &mut Generator, problem: &Problem, arch: &Arch) -> Mapping {
    let mut nodes: Vec<Node> = Operand::ALL.map(|operand| Node::Keep { memory: StageId(0), operand }).to_vec();
    let mut left = problem.size();
    let dims: Vec<Dim> = problem.dims().collect();
    let perfect = g.chance(0.5);
    let temporal = |g: &mut Generator, nodes: &mut Vec<Node>, left: &mut nn::problem::Tile| {
        for _ in 0..g.within(0, 2) {
            let dim = dims[g.within(0, dims.len() as i64 - 1) as usize];
            let tile = some_tile(g, left[dim], u64::MAX, perfect);
            nodes.push(Node::Temporal { dim, tile });
            left[dim] = tile;
        }
    };
    let mut ids: Vec<StageId> = arch.ids().skip(1).collect();
    // Memories side by side may begin to keep in any order of the operands.
    while let Some(id) = (!ids.is_empty()).then(|| ids.remove(0)) {
        temporal(g, &mut nodes, &mut left);
        if let Some(fanout) = arch.fanout(id) {
            for axis in [Axis::X, Axis::Y] {
                let mut room = fanout.size[axis as usize];
                for _ in 0..g.within(0, 2) {
                    let dim = dims[g.within(0, dims.len() as i64 - 1) as usize];
                    let tile = some_tile(g, left[dim], room, perfect);
                    room /= left[dim].div_ceil(tile);
                    nodes.push(Node::Spatial { fanout: id, axis, dim, tile });
                    left[dim] = tile;
                }
            }
        } else if let Some(memory) = arch.memory(id) {
            let mut operands = Operand::ALL.to_vec();
            while !operands.is_empty() {
                let operand = operands.remove(g.within(0, operands.len() as i64 - 1) as usize);
                let keep = match memory.keep[operand] {
                    Keep::Must => true,
                    Keep::Never => false,
                    Keep::May => g.chance(0.6),
                };
                if keep {
                    nodes.push(Node::Keep { memory: id, operand });
                    temporal(g, &mut nodes, &mut left);
                }
            }
        }
    }
    for dim in problem.dims() {
        nodes.push(Node::Temporal { dim, tile: 1 });
    }
    Mapping { nodes }
}

/// A tile of a loop over `whole` points with at most `most` iterations.
fn some_tile(g: &mut Generator, whole: u64, most: u64, perfect: bool) -> u64 {
    let fits = |&tile: &u64| whole.div_ceil(tile) <= most && (!perfect || whole.is_multiple_of(tile));
    let tiles: Vec<u64> = (1..=whole).filter(fits).collect();
    tiles[g.within(0, tiles.len() as i64 - 1) as usize]
}
