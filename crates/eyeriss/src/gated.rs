//! What zeros gate, without stepping a PE: for the fast engine.
//!
//! A zero gates what [`crate::pe`] says. Where a multiply-accumulate stands in its window decides what of it is spared, and
//! whether it is gated depends on two words that vary independently: with each tap of each channel, an ifmap word meets the
//! group's filters. So all follows from how many windows have a nonzero ifmap word at a tap, and how many filters a nonzero
//! weight.

use crate::chip::Gating;
use crate::native::NativeLayer;
use crate::plan::Plan;
use crate::run::level;
use model::Counts;
use nn::{ConvShape, Operand};
use rayon::prelude::*;
use std::ops::Range;

/// Sets the multiply-accumulates done and gated, and the scratchpads' accesses that serve them, in counts that have those
/// of a layer without zeros.
pub(crate) fn apply(counts: &mut Counts, layer: &NativeLayer, plan: &Plan) {
    let macs = layer.shape.macs();
    let done = match plan.chip.gating {
        Gating::Ifmap => macs - of_ifmap(layer),
        Gating::Either => {
            let served = of_either(layer, plan);
            let spad = &mut counts.levels[level::SPAD].access;
            spad[Operand::Input].reads = served.ifmap_reads;
            spad[Operand::Output].reads = served.psum_reads;
            spad[Operand::Output].updates = served.psum_writes;
            served.done
        }
    };
    counts.macs.done = done;
    counts.macs.gated = macs - done;
    counts.levels[level::SPAD].access[Operand::Weight].reads = done;
}

/// MACs with a zero ifmap word: for each zero, the windows that cover it, once for each filter.
fn of_ifmap(layer: &NativeLayer) -> u64 {
    let shape = &layer.shape;
    let vertical = covering(shape.h, shape.r, shape.stride[0], shape.p());
    let horizontal = covering(shape.w, shape.s, shape.stride[1], shape.q());
    let rows = layer.ifmap.data().chunks_exact(shape.w);
    let windows: u64 = rows
        .enumerate()
        .map(|(row, words)| {
            let zeros = words.iter().zip(&horizontal).filter(|(word, _)| **word == 0);
            vertical[row % shape.h] * zeros.map(|(_, windows)| windows).sum::<u64>()
        })
        .sum();
    windows * shape.group_m() as u64
}

/// For each position of an axis, how many windows cover it.
fn covering(size: usize, filter: usize, stride: usize, windows: usize) -> Vec<u64> {
    let mut covering = vec![0; size];
    for window in 0..windows {
        for position in &mut covering[window * stride..window * stride + filter] {
            *position += 1;
        }
    }
    covering
}

/// What is not spared where either operand gates.
#[derive(Clone, Copy, Default)]
struct Served {
    done: u64,
    ifmap_reads: u64,
    psum_reads: u64,
    psum_writes: u64,
}

fn of_either(layer: &NativeLayer, plan: &Plan) -> Served {
    let shape = &layer.shape;
    let sets = filter_sets(plan);
    let channels = (0..shape.groups * shape.group_c()).into_par_iter();
    let served = channels.map(|channel| of_channel(layer, plan, &sets, channel / shape.group_c(), channel));
    served.reduce(Served::default, |a, b| Served {
        done: a.done + b.done,
        ifmap_reads: a.ifmap_reads + b.ifmap_reads,
        psum_reads: a.psum_reads + b.psum_reads,
        psum_writes: a.psum_writes + b.psum_writes,
    })
}

/// The filters of each PE set, within a group.
fn filter_sets(plan: &Plan) -> Vec<Range<usize>> {
    let first = plan.blocks().take_while(|b| b.group == 0 && b.images.start == 0 && b.rows.start == 0);
    let passes = first.flat_map(|block| plan.filter_blocks(&block));
    passes.flat_map(|pass| crate::plan::split(pass, plan.mapping.p)).collect()
}

fn of_channel(layer: &NativeLayer, plan: &Plan, sets: &[Range<usize>], group: usize, channel: usize) -> Served {
    let shape = &layer.shape;
    let within = channel % shape.group_c();
    let set = within % plan.mapping.q;
    let (begins, ends) = (set == 0, set + 1 == plan.mapping.q || within + 1 == shape.group_c());
    let all = (shape.n * shape.p() * shape.q() * shape.group_m()) as u64;
    let mut served = Served::default();
    for r in 0..shape.r {
        for s in 0..shape.s {
            let nonzero = |filter: &usize| {
                let plane = (group * shape.group_m() + filter) * shape.group_c() + within;
                layer.filters.data()[(plane * shape.r + r) * shape.s + s] != 0
            };
            let filters = (0..shape.group_m()).filter(nonzero).count() as u64;
            let occupied = sets.iter().filter(|set| (*set).clone().any(|filter| nonzero(&filter))).count() as u64;
            let (windows, kept) = windows(layer, channel, [r, s]);
            let done = windows * filters;
            let (first, last) = (begins && s == 0, ends && s + 1 == shape.s);
            served.done += done;
            served.ifmap_reads += kept * occupied;
            // A first tap reads no psum and always writes one, a last tap the other way round.
            let psums = |never: bool, always: bool| match (never, always) {
                (true, _) => 0,
                (_, true) => all,
                _ => done,
            };
            served.psum_reads += psums(first, last);
            served.psum_writes += psums(last, first);
        }
    }
    served
}

/// Windows that have a nonzero word of a channel at a tap, and those of them whose row had it before.
fn windows(layer: &NativeLayer, channel: usize, [r, s]: [usize; 2]) -> (u64, u64) {
    let ConvShape { n, c, h, w, stride, .. } = layer.shape;
    let (mut all, mut kept) = (0, 0);
    let new = s + stride[1] >= layer.shape.s;
    for image in 0..n {
        for p in 0..layer.shape.p() {
            let row = &layer.ifmap.data()[((image * c + channel) * h + p * stride[0] + r) * w..][..w];
            let words = row[s..].iter().step_by(stride[1]).take(layer.shape.q());
            let nonzero = words.filter(|word| **word != 0).count() as u64;
            all += nonzero;
            kept += if new { 0 } else { nonzero - u64::from(row[s] != 0) };
        }
    }
    (all, kept)
}
