//! The chip as an architecture of `model`, and a row-stationary mapping as the loop nest it is.
//!
//! ```text
//! DRAM keeps ifmap filter psum
//!   for G, N by n, P by e, M by m
//!     GLB keeps psum
//!     for C by q r
//!       GLB keeps ifmap
//!       for M by p t
//!         GLB keeps filter
//!         par C by q, R by 1, M by p, P by 1
//!           spads keep filter; for N; ifmap sliding along Q; psum
//!           for S, C, M
//! ```

use crate::chip::{Chip, Gating};
use crate::plan::Plan;
use model::arch::{Arch, ArchError, Bandwidth, Capacity, Compute, Fanout, Keep, Memory, Sharing, Stage, StageId};
use model::tech::ISCA16;
use model::{Axis, Mapping, Node, Provenance, Serving, Switches, Unit};
use nn::problem::{Dim, Tile};
use nn::{ByOperand, Operand};

pub(crate) const DRAM: StageId = StageId(0);
pub(crate) const GLB: StageId = StageId(1);
pub(crate) const PES: StageId = StageId(2);
pub(crate) const IFMAP_SPAD: StageId = StageId(3);
pub(crate) const FILTER_SPAD: StageId = StageId(4);
pub(crate) const PSUM_SPAD: StageId = StageId(5);

/// The chip as an architecture, with the normalised energies of the ISCA 2016 study (Table IV: DRAM 200, buffer 6,
/// array 2, register file 1, MAC 1). The buffer's banks are one pool; its compression is not part of the description, and
/// its zero gating only in that a PE whose zeros of either operand gate serves as a pipeline.
pub fn arch(chip: &Chip) -> Result<Arch, Vec<ArchError>> {
    use Keep::{Must, Never};
    let memory = |name: &str, capacity, keep, price| {
        let bandwidth = Bandwidth::Unbounded;
        let (name, keep) = (name.to_string(), ByOperand(keep));
        let (read_price, write_price, double_buffered) = (price, price, false);
        Stage::Memory(Memory { name, capacity, double_buffered, keep, bandwidth, read_price, write_price })
    };
    let buffer = (chip.feature_banks + chip.filter_banks) * chip.bank_words;
    let pool = |words: usize| Capacity::Pool(words as u64);
    let sharing = Sharing { multicast: true, reduction: true, diagonal: true };
    let size = [chip.columns as u64, chip.rows as u64];
    let stages = vec![
        memory("DRAM", Capacity::Unbounded, [Must; 3], 200.0),
        memory("GLB", pool(buffer), [Must; 3], 6.0),
        Stage::Fanout(Fanout {
            name: "PE".to_string(),
            size,
            sharing,
            delivery_price: 2.0,
            free: ByOperand::default(),
        }),
        memory("ifmap spad", pool(chip.ifmap_spad), [Must, Never, Never], 1.0),
        memory("filter spad", pool(chip.filter_spad), [Never, Must, Never], 1.0),
        memory("psum spad", pool(chip.psum_spad), [Never, Never, Must], 1.0),
    ];
    // The PE holds an ifmap word while it goes through its filters.
    let operand_latch = ByOperand([true, false, false]);
    let (name, serving) = match chip.gating {
        Gating::Ifmap => ("eyeriss", Serving::Counted),
        Gating::Either => ("eyeriss-sparse", Serving::Pipeline),
    };
    let arch = Arch::new(name, stages, Compute { name: "MAC".to_string(), price: 1.0, operand_latch })?;
    let arch = arch.with_switches(Switches { serving, ..Switches::default() }).map_err(|error| vec![error])?;
    let prices = Provenance::uniform(&arch, Unit::Mac, ISCA16.source);
    Ok(arch.with_provenance(prices))
}

/// A plan's loop nest over the dimensions of [`nn::problem::Problem::conv`] for its native shape.
pub fn nest(plan: &Plan) -> Mapping {
    let [n, g, m, c, p, q, r, s] = Dim::CONV.map(|(dim, _)| dim);
    let (shape, mapping) = (&plan.shape, &plan.mapping);
    let mut left = Tile::POINT;
    let sizes = [shape.n, shape.groups, shape.group_m(), shape.group_c(), shape.p(), shape.q(), shape.r, shape.s];
    Dim::CONV.iter().zip(sizes).for_each(|((dim, _), size)| left[*dim] = size as u64);
    let mut nest = Nest { nodes: Operand::ALL.map(|operand| Node::Keep { memory: DRAM, operand }).to_vec(), left };

    nest.time(g, 1);
    nest.time(n, mapping.n);
    nest.time(p, mapping.e);
    nest.time(m, mapping.m);
    nest.keep(GLB, Operand::Output);
    nest.time(c, mapping.q * mapping.r);
    nest.keep(GLB, Operand::Input);
    nest.time(m, mapping.p * mapping.t);
    nest.keep(GLB, Operand::Weight);
    // Sets that add up are stacked; sets with other filters, and segments of a strip, lie beside or below them.
    nest.space(Axis::Y, c, mapping.q);
    nest.space(Axis::Y, r, 1);
    let width = mapping.e.min(plan.chip.columns);
    let across = plan.chip.columns / width;
    nest.space(Axis::Y, m, mapping.p * across.min(mapping.t));
    nest.space(Axis::X, m, mapping.p);
    nest.space(Axis::Y, p, plan.chip.columns);
    nest.space(Axis::X, p, 1);
    nest.keep(FILTER_SPAD, Operand::Weight);
    nest.time(n, 1);
    // Windows slide along a row; without overlap each has its own words.
    if shape.s > 1 {
        nest.keep(IFMAP_SPAD, Operand::Input);
    }
    nest.time(q, 1);
    if shape.s == 1 {
        nest.keep(IFMAP_SPAD, Operand::Input);
    }
    nest.keep(PSUM_SPAD, Operand::Output);
    nest.time(s, 1);
    nest.time(c, 1);
    nest.time(m, 1);
    Mapping { nodes: nest.nodes }
}

struct Nest {
    nodes: Vec<Node>,
    left: Tile,
}

impl Nest {
    fn keep(&mut self, memory: StageId, operand: Operand) {
        self.nodes.push(Node::Keep { memory, operand });
    }

    /// A loop in time, unless it would not iterate.
    fn time(&mut self, dim: Dim, tile: usize) {
        if let Some(tile) = self.cut(dim, tile) {
            self.nodes.push(Node::Temporal { dim, tile });
        }
    }

    /// A loop in space, unless it would not iterate.
    fn space(&mut self, axis: Axis, dim: Dim, tile: usize) {
        if let Some(tile) = self.cut(dim, tile) {
            self.nodes.push(Node::Spatial { fanout: PES, axis, dim, tile });
        }
    }

    fn cut(&mut self, dim: Dim, tile: usize) -> Option<u64> {
        let tile = (tile as u64).min(self.left[dim]);
        let iterates = tile < self.left[dim];
        self.left[dim] = tile;
        iterates.then_some(tile)
    }
}
