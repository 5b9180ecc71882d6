//! The choice of a mapping for a layer whose mapping is not published: all that make sense, the cheapest by estimate.
//!
//! The estimate prices every pass at the largest of its computing and its networks' words, plus loading its filters
//! and filling and draining the array; feature maps cross the link uncompressed. It ranks, it does not foretell: the
//! machine's own cycles are what is reported.

use crate::chip::{Chip, WORDS_PER_ENTRY};
use crate::dram;
use crate::mapping::{RsMapping, strip_rows};
use crate::plan::{PassShape, Plan};
use crate::run::{RunError, fetched_filter_words};
use nn::ConvShape;

/// What the cheapest mapping has least of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Objective {
    /// Core cycles.
    Latency,
    /// Energy by the normalised costs of the ISCA 2016 study (Table IV): DRAM 200, buffer 6, array 2 a word.
    Energy,
}

/// A word read from or written to DRAM, in MACs.
const DRAM: u64 = 200;
/// A word read from or written to the global buffer.
const GLB: u64 = 6;
/// A word sent over the array's networks.
const ARRAY: u64 = 2;

/// The cheapest mapping of a native layer; of equally cheap ones, the least by its parameters.
pub fn best(chip: &Chip, shape: &ConvShape, objective: Objective) -> Result<RsMapping, RunError> {
    let order = |estimate: Estimate| match objective {
        Objective::Latency => (estimate.cycles, estimate.energy),
        Objective::Energy => (estimate.energy, estimate.cycles),
    };
    let mut best: Option<((u64, u64), RsMapping)> = None;
    let moves = Estimate::of_moves(chip, shape);
    propose(chip, shape, |mapping| {
        if best.is_some_and(|(cost, _)| order(moves.with_least(shape, &mapping)).0 > cost.0) {
            return;
        }
        if let Some(mapping) = complete(chip, shape, mapping) {
            let cost = order(Estimate::of(&Plan { chip: *chip, shape: *shape, mapping }));
            if best.is_none_or(|best| (cost, mapping) < best) {
                best = Some((cost, mapping));
            }
        }
    });
    best.map(|(_, mapping)| mapping).ok_or_else(|| {
        let least = RsMapping { m: 1, n: 1, e: 1, p: 1, q: 1, r: 1, t: 1 };
        RunError::Mapping(least.check(chip, shape).err().unwrap_or_default())
    })
}

/// Every mapping worth a look, in a fixed order: strips and channel blocks of even size, filters in whole 64-bit
/// entries, and as many ofmap channels in the buffer as fit.
pub fn candidates(chip: &Chip, shape: &ConvShape) -> Vec<RsMapping> {
    let mut found = Vec::new();
    propose(chip, shape, |mapping| found.extend(complete(chip, shape, mapping)));
    found
}

/// Calls `f` with mappings that may break rules yet, and hold only one pass's ofmap channels in the buffer.
fn propose(chip: &Chip, shape: &ConvShape, mut f: impl FnMut(RsMapping)) {
    let (channels, filters) = (shape.group_c(), shape.group_m());
    for n in even(shape.n, chip.feature_banks * chip.bank_words) {
        for e in even(shape.p(), chip.pes()) {
            for q in even(channels, chip.ifmap_spad / shape.s) {
                for r in even(channels.div_ceil(q), chip.rows / shape.r) {
                    let most = (chip.filter_spad / (q * shape.s)).min(chip.psum_spad).min(filters);
                    let entries =
                        (1..=most).filter(|&p| p < WORDS_PER_ENTRY || p.is_multiple_of(WORDS_PER_ENTRY) || p == most);
                    for p in entries {
                        let one = RsMapping { m: p, n, e, p, q, r, t: 1 };
                        for t in even(filters.div_ceil(p), one.room(chip, shape) / one.segments(chip)) {
                            f(RsMapping { m: (p * t).min(filters), t, ..one });
                        }
                    }
                }
            }
        }
    }
}

/// The mapping with as many ofmap channels in the buffer as fit, if it obeys the rules.
fn complete(chip: &Chip, shape: &ConvShape, mapping: RsMapping) -> Option<RsMapping> {
    mapping.check(chip, shape).ok()?;
    Some(RsMapping { m: most_filters(chip, shape, &mapping), ..mapping })
}

/// Sizes up to `limit` that cut `total` into pieces of even size, the largest first.
fn even(total: usize, limit: usize) -> impl Iterator<Item = usize> {
    (1..=limit.min(total)).rev().filter(move |&size| total.div_ceil(total.div_ceil(size)) == size)
}

/// The most ofmap channels, in whole passes, whose psums fit the buffer beside the ifmap strip.
fn most_filters(chip: &Chip, shape: &ConvShape, mapping: &RsMapping) -> usize {
    let (ifmap, _) = mapping.banks(chip, shape);
    let words = (chip.feature_banks - ifmap) * chip.bank_words;
    let fit = words / (mapping.n * mapping.e * shape.q());
    let pass = mapping.p * mapping.t;
    if fit >= shape.group_m() { shape.group_m() } else { (fit / pass * pass).max(mapping.m) }
}

/// What a mapping is expected to cost.
struct Estimate {
    cycles: u64,
    energy: u64,
}

impl Estimate {
    /// Every ofmap and ifmap word moved once.
    fn of_moves(chip: &Chip, shape: &ConvShape) -> Estimate {
        let ofmap = shape.n * shape.m * shape.p() * shape.q();
        let ifmap = shape.n * shape.c * strip_rows(shape, shape.p()) * shape.w;
        let crossing = |words| dram::crossing(chip, dram::beats(words));
        Estimate { cycles: crossing(ofmap) + crossing(ifmap), energy: (ofmap + ifmap) as u64 * (DRAM + GLB) }
    }

    /// With [`Estimate::of_moves`], no more than [`Estimate::of`] gives, whatever m is: the PEs of a full pass always
    /// busy, every filter word fetched once for each block of images and strip of rows.
    fn with_least(&self, shape: &ConvShape, mapping: &RsMapping) -> Estimate {
        let fetches = (shape.n.div_ceil(mapping.n) * shape.p().div_ceil(mapping.e)) as u64;
        Estimate {
            cycles: self.cycles + shape.macs() / mapping.active_pes(shape) as u64,
            energy: self.energy + fetches * shape.weights() * (DRAM + 2 * GLB),
        }
    }

    fn of(plan: &Plan) -> Estimate {
        let (shape, mapping) = (&plan.shape, &plan.mapping);
        let mut estimate = Estimate { cycles: 0, energy: 0 };
        for (images, image_blocks) in pieces(shape.n, mapping.n) {
            for (rows, strips) in pieces(shape.p(), mapping.e) {
                for (filters, filter_blocks) in pieces(shape.group_m(), mapping.m) {
                    let blocks = shape.groups as u64 * image_blocks * strips * filter_blocks;
                    estimate.block(plan, images, rows, filters, blocks);
                }
            }
        }
        estimate
    }

    fn block(&mut self, plan: &Plan, images: usize, rows: usize, filters: usize, times: u64) {
        let (shape, mapping) = (&plan.shape, &plan.mapping);
        let ofmap = images * filters * rows * shape.q();
        self.dram(plan, ofmap, times);
        let mut first = true;
        for (channels, loads) in pieces(shape.group_c(), mapping.q * mapping.r) {
            let ifmap = images * channels * strip_rows(shape, rows) * shape.w;
            self.dram(plan, ifmap, times * loads);
            for (filters, passes) in pieces(filters, mapping.p * mapping.t) {
                let fresh = u64::from(first);
                for (accumulate, count) in [(false, fresh), (true, loads - fresh)] {
                    let pass = PassShape { images, rows, channels, filters, accumulate };
                    self.pass(plan, &pass, times * passes * count);
                }
            }
            first = false;
        }
    }

    fn dram(&mut self, plan: &Plan, words: usize, times: u64) {
        self.cycles += times * dram::crossing(&plan.chip, dram::beats(words));
        self.energy += times * words as u64 * (DRAM + GLB);
    }

    fn pass(&mut self, plan: &Plan, pass: &PassShape, times: u64) {
        let shape = &plan.shape;
        let windows = (pass.images * shape.q()) as u64;
        let (_, ts) = plan.sets(pass);
        let taps = plan.filters_of(pass, 0) * plan.channels_of(pass, 0) * shape.s;
        let entries: usize = (0..ts).map(|t| plan.filters_of(pass, t).div_ceil(WORDS_PER_ENTRY)).sum();
        let rows = strip_rows(shape, pass.rows);
        let ifmap = pass.images * shape.w * pass.channels * rows;
        let first_window = (rows * pass.channels * shape.s).saturating_sub(taps);
        let load = plan.filter_entries(pass);
        let busy = (windows * taps as u64).max(windows * (pass.rows * entries) as u64).max(ifmap as u64)
            + (first_window + pass.rows * entries) as u64;
        let fetched = fetched_filter_words(plan, pass);
        let fetch = dram::crossing(&plan.chip, dram::beats(fetched));
        self.cycles += times * (load + busy + fetch.saturating_sub(busy));

        let psums = pass.images * shape.q() * pass.rows * pass.filters;
        let moved = psums * if pass.accumulate { 2 } else { 1 };
        let delivered = ifmap / rows * shape.r * pass.rows * ts;
        let [fetched, glb, array] = [fetched, ifmap + moved, delivered + moved].map(|words| words as u64);
        self.energy += times * (fetched * (DRAM + 2 * GLB) + glb * GLB + array * ARRAY);
    }
}

/// A range cut into pieces of `size`: (piece, how many), the smaller last piece apart.
fn pieces(total: usize, size: usize) -> impl Iterator<Item = (usize, u64)> {
    let rest = total % size;
    [(size, (total / size) as u64), (rest, u64::from(rest > 0))].into_iter().filter(|&(_, count)| count > 0)
}
