//! The chip's dataflow as constraints for a mapper: the mappings on [`crate::nest::arch`] that are row-stationary as the
//! chip runs it (Chen et al., JSSC 52(1), 2017, section III), in places where [`crate::recognise`] finds them.
//!
//! They leave open what the seven parameters leave open, but for three: the images of a pass (n) are as many as the buffer
//! holds strips of; the filters whose psums it holds (m) are those that the chip's own search gives it, where it does not
//! hold those of all; strips wider than the array are left out. What constraints on loops cannot say is left to the rules of [`crate::RsMapping`]: whole banks, blocks
//! of PEs side by side, tags.

use crate::chip::Chip;
use crate::mapping::RsMapping;
use crate::nest::{FILTER_SPAD, GLB, IFMAP_SPAD, PES, PSUM_SPAD};
use crate::search::{self, Objective};
use model::constraints::{Constraint, Constraints, Place, Side, Which};
use model::{Axis, arch::StageId};
use nn::problem::{Dim, Problem, Relevance};
use nn::{ConvShape, Operand};

/// The constraints for the convolution of the native `shape`.
pub fn constraints(chip: &Chip, shape: &ConvShape, problem: &Problem) -> Constraints {
    use Operand::{Input, Output, Weight};
    use Side::{Above, Below};
    let [n, g, m, c, p, q, r, s] = Dim::CONV.map(|(dim, _)| dim);
    let size = problem.size();
    let place = |memory: StageId, operand| Place { memory: Which::Memory(memory), operand };
    let [ifmaps, filters, psums] = [Input, Weight, Output].map(|operand| place(GLB, operand));
    let [ifmap, filter, psum] = [(IFMAP_SPAD, Input), (FILTER_SPAD, Weight), (PSUM_SPAD, Output)]
        .map(|(memory, operand)| place(memory, operand));
    let across = [(Axis::X, vec![m, p]), (Axis::Y, vec![m, c, r])];
    let across = across.map(|(axis, dims)| Constraint::Across { fanout: PES, axis, dims });
    let loops = |dims: &[Dim], side, of| Constraint::Loops { dims: dims.to_vec(), side, of };
    let tile = |at, dim, points| Constraint::Tile { at, dim, points };
    let images = images(chip, shape);
    let block = block(chip, shape);
    let overlap = problem.relevance(Input, q) == Relevance::Partial;
    let rules = [
        // Groups, strips and images of other passes.
        loops(&[g, p], Above, ifmaps),
        loops(&[g, p], Above, filters),
        loops(&[g, p], Above, psums),
        tile(filters, n, images),
        tile(filter, n, images),
        // Psums stay until all channels are in.
        loops(&[c], Below, psums),
        // A PE has one row of filters and of psums, and slides along whole rows.
        tile(filters, r, size[r]),
        tile(filter, r, 1),
        tile(filter, p, 1),
        tile(filter, q, size[q]),
        tile(filter, s, size[s]),
        loops(&[r], Below, filter),
        tile(psum, q, 1),
        loops(&[q], if overlap { Below } else { Above }, ifmap),
        loops(&[s], Below, ifmap),
        loops(&[s], Below, psum),
        // It holds on to an ifmap word while it goes through its filters.
        Constraint::Order { dims: vec![s, c, m], below: psum },
    ];
    let blocks = block.into_iter().flat_map(|block| [tile(psums, m, block), tile(ifmaps, m, block)]);
    let rules = across.into_iter().chain(rules).chain(blocks).collect();
    Constraints { name: "RS as the chip runs it".to_string(), rules }
}

/// The images of a pass: the most that divide the batch and of which the buffer holds strips.
fn images(chip: &Chip, shape: &ConvShape) -> u64 {
    let least = |n: usize| RsMapping { m: 1, n, e: 1, p: 1, q: 1, r: 1, t: 1 };
    let fits = |n: &usize| shape.n.is_multiple_of(*n) && least(*n).check(chip, shape).is_ok();
    (1..=shape.n).rev().find(fits).unwrap_or(1) as u64
}

/// The filters of a block, where the buffer does not hold the psums of all beside ifmaps, whatever the strip: the most
/// that divide a group's and are no more than those of the chip's cheapest mapping.
fn block(chip: &Chip, shape: &ConvShape) -> Option<u64> {
    let all = shape.group_m();
    let e = shape.p().min(chip.columns);
    let (n, [p, q, r, t]) = (images(chip, shape) as usize, [1; 4]);
    if (RsMapping { m: all, n, e, p, q, r, t }).check(chip, shape).is_ok() {
        return None;
    }
    let most = search::best(chip, shape, Objective::Energy).map_or(all, |best| best.m);
    (1..=most).rev().find(|m| all.is_multiple_of(*m)).map(|m| m as u64)
}
