//! Row stationary: a PE convolves rows; a set of R x rows PEs makes a strip of ofmap rows.
//!
//! q channels and p filters are interleaved in a PE with the rows of `n` images after each other; u images, r x q
//! channels and t x p filters are placed side by side (the first phase of folding); what is left comes in passes (the
//! second). Inferred from the bars, as the paper prints no formula:
//! - a register file holds q ifmap rows of R words, p x q filter rows and p psums;
//! - an ifmap row reaches the PEs once for each fold of p filters, and a filter row stays for a row of each of the n
//!   images;
//! - a psum is accumulated in its PE over R x q words, over the R x r PEs of its column, and in the buffer over passes
//!   with other channels;
//! - the buffer holds the ifmap words of a pass and the psums of as many folds of filters as fit, or the ifmaps of all
//!   channels and the psums of one fold: then they come from DRAM once. Without either, ifmaps come again;
//! - filters bypass the buffer and come from DRAM once for every strip and every n x u images.
//!
//! Totals of Figs. 12 and 14 agree within 2 %. The study's bars have more in the register files and less in the array
//! than what these rules choose.

use super::Design;
use super::layer::{Layer, divisors, even_parts};
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

/// Offers every fold that the array and the register files take.
pub(super) fn search(layer: &Layer, design: &Design, search: &mut Search) {
    for rows in even_parts(layer.e, design.pes / layer.r) {
        let sets = design.pes / (layer.r * rows);
        for q in even_parts(layer.group_c(), design.rf_words / layer.r) {
            let left = design.rf_words - q * layer.r;
            for p in even_parts(layer.group_m(), left / (q * layer.r + 1)) {
                for n in divisors(layer.n) {
                    for u in divisors(layer.n / n).into_iter().take_while(|&u| u <= sets) {
                        for r in even_parts(layer.group_c().div_ceil(q), sets / u) {
                            for t in even_parts(layer.group_m().div_ceil(p), sets / (u * r)) {
                                passes(layer, design, Fold { rows, q, p, n, u, r, t }, search);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Offers both ways to use the buffer.
fn passes(layer: &Layer, design: &Design, fold: Fold, search: &mut Search) {
    let Fold { rows, q, p, n, u, r, t } = fold;
    let (m, c) = (layer.group_m(), layer.group_c());
    let folds = m.div_ceil(p * t);
    let channel_passes = c.div_ceil(q).div_ceil(r);
    let ifmap_of = |channels: usize| n * u * channels * layer.window(rows) * layer.h;
    let psums_of_a_fold = if channel_passes > 1 { n * u * rows * layer.e * p * t } else { 0 };
    let fits = |words: usize| design.glb_words.checked_sub(words);

    if fits(ifmap_of(c) + psums_of_a_fold).is_some() {
        offer(layer, fold, 1, folds, channel_passes, search);
    }
    if let Some(left) = fits(ifmap_of((q * r).min(c))) {
        let at_once = if channel_passes > 1 { left / psums_of_a_fold } else { folds };
        if at_once > 0 {
            offer(layer, fold, folds.div_ceil(at_once), folds, channel_passes, search);
        }
    }
}

/// Offers a fold whose ifmaps come from DRAM `loads` times and from the buffer `folds` times.
fn offer(layer: &Layer, fold: Fold, loads: usize, folds: usize, channel_passes: usize, search: &mut Search) {
    let Fold { rows, q, p, n, u, r, t } = fold;
    let fetched = layer.rows_in_strips(rows) as f64 / layer.h as f64;
    let ifmap = loads as f64 * fetched;
    let from_buffer = folds as f64 / loads as f64;
    let to_pes = (layer.group_m().div_ceil(p) * layer.e * layer.r) as f64 / layer.h as f64;
    let uses = layer.macs() / layer.ifmap_words();

    let filter = (layer.e.div_ceil(rows) * (layer.n / (n * u))) as f64;
    let filter_uses = (layer.n * layer.e * layer.e) as f64;
    let of_a_row = (layer.e * n) as f64;

    let in_pe = layer.accumulations() as f64 / (layer.group_c().div_ceil(q) * layer.r) as f64;
    let in_array = layer.accumulations() as f64 / (in_pe * channel_passes as f64);
    let offer = Offer {
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
    };
    let parameters = [("rows", rows), ("q", q), ("p", p), ("n", n), ("u", u), ("r", r), ("t", t)];
    search.offer(&offer, &parameters);
}
