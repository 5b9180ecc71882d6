//! Row stationary: a PE convolves rows; a set of R x `rows` PEs makes a strip of ofmap rows.
//!
//! q channels and p filters are interleaved in a PE with the rows of n images after each other; u images, r x q
//! channels and t x p filters are placed side by side (the first phase of folding); what is left comes in passes (the
//! second). Inferred from the bars, as the paper prints no formula:
//! - a register file holds q ifmap rows of R words, p x q filter rows and p psums;
//! - an ifmap row reaches the PEs once for each fold of p filters, and a filter row stays for a row of each of the n
//!   images;
//! - a psum is accumulated in its PE over R x q words, over the R x r PEs of its column, and in the buffer over passes
//!   with other channels;
//! - the buffer holds the ifmap words of a pass, and the psums of the filters that pass while they are there: of all of
//!   them, or ifmaps come from DRAM again;
//! - filters bypass the buffer and come from DRAM once for every strip and every n x u images.
//!
//! Totals of Figs. 12 and 14 agree within 0.15 %, bars of the register files within 0.3 %; those of several images
//! differ by up to 2 % in DRAM, made good elsewhere.

use super::Design;
use super::layer::{Layer, divisors, even_parts, parts};
use super::search::{Offer, Search};
use super::split::{Split, Via};

/// What a PE holds and how many rows, images and sets there are.
#[derive(Clone, Copy)]
struct Fold {
    rows: usize,
    q: usize,
    p: usize,
    n: usize,
    u: usize,
    r: usize,
    t: usize,
}

/// Offers every fold that the array and the register files take, but those that no placing of its sets can make good.
pub(super) fn search(layer: &Layer, design: &Design, search: &mut Search) {
    let divided = |images| divisors(images).into_iter().map(move |u| (images / u, u));
    let batches: Vec<(usize, usize)> = even_parts(layer.n, layer.n).flat_map(divided).collect();
    for rows in even_parts(layer.e, design.pes / layer.r) {
        let sets = design.pes / (layer.r * rows);
        for q in even_parts(layer.group_c(), design.rf_words / layer.r) {
            let left = design.rf_words - q * layer.r;
            for p in even_parts(layer.group_m(), left / (q * layer.r + 1)) {
                for &(n, u) in batches.iter().filter(|&&(_, u)| u <= sets) {
                    sets_beside(layer, design, Fold { rows, q, p, n, u, r: 1, t: 1 }, sets / u, search);
                }
            }
        }
    }
}

/// Offers every way to place `sets` sets side by side.
fn sets_beside(layer: &Layer, design: &Design, fold: Fold, sets: usize, search: &mut Search) {
    let (m, c) = (layer.group_m(), layer.group_c());
    let Fold { rows, q, p, n, u, .. } = fold;
    // At best, ifmaps are fetched once and no psum leaves the array.
    if !search.admits(&offer(layer, fold, 1, 1, 1)) {
        return;
    }
    for r in parts(c.div_ceil(q), sets) {
        let channel_passes = c.div_ceil(q).div_ceil(r);
        let ifmaps = n * u * (q * r).min(c) * layer.window(rows) * layer.h;
        // Filters whose psums the buffer holds at once.
        let filters = design.glb_words.saturating_sub(ifmaps) / (n * u * rows * layer.e);
        for t in parts(m.div_ceil(p), sets / r) {
            let folds = m.div_ceil(p * t);
            let at_once = if filters < m { filters / (p * t) } else { folds };
            if at_once > 0 {
                let fold = Fold { r, t, ..fold };
                let parameters = [("rows", rows), ("q", q), ("p", p), ("n", n), ("u", u), ("r", r), ("t", t)];
                search.offer(&offer(layer, fold, folds.div_ceil(at_once), folds, channel_passes), &parameters);
            }
        }
    }
}

/// A fold whose ifmaps come from DRAM `loads` times and from the buffer `folds` times, and whose psums are accumulated
/// in `channel_passes` passes.
fn offer(layer: &Layer, fold: Fold, loads: usize, folds: usize, channel_passes: usize) -> Offer {
    let Fold { rows, q, p, n, u, r, t } = fold;
    let fetched = layer.rows_in_strips(rows) as f64 / layer.h as f64;
    let ifmap = loads as f64 * fetched;
    let from_buffer = folds as f64 / loads as f64;
    let to_pes = (layer.group_m().div_ceil(p) * layer.e * layer.r) as f64 / layer.h as f64;
    let uses = layer.macs() / layer.ifmap_words();

    let filter = (layer.e.div_ceil(rows) * layer.n.div_ceil(n * u)) as f64;
    let filter_uses = (layer.n * layer.e * layer.e) as f64;
    let of_a_row = (layer.e * n) as f64;

    let in_pe = layer.accumulations() as f64 / (layer.group_c().div_ceil(q) * layer.r) as f64;
    let in_array = layer.accumulations() as f64 / (in_pe * channel_passes as f64);
    Offer {
        ifmap: (
            Split { a: ifmap, b: from_buffer, c: to_pes / (folds as f64 * fetched), d: uses / to_pes },
            Via { glb: folds > loads, array: true, rf: true },
        ),
        filter: (
            Split { a: filter, b: 1.0, c: filter_uses / (filter * of_a_row), d: of_a_row },
            Via { glb: false, array: true, rf: true },
        ),
        psum: Split { a: 1.0, b: channel_passes as f64, c: in_array, d: in_pe },
        active: (layer.r * rows * u * r * t) as f64,
    }
}
