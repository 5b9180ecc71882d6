//! No local reuse: C0 groups of M0 PEs; the PEs of a group take the same ifmap word and filter words of their own, and
//! psums pass from group to group. PEs keep nothing.
//!
//! Inferred from the bars, as the paper prints no formula:
//! - every multiply-accumulate reads its filter word from the buffer, which costs no transport over the array;
//! - an ifmap word is read from the buffer for each of the ceil(M / M0) folds and delivered to M0 PEs;
//! - a psum passes C0 PEs and returns to the buffer for each of the other channels and filter positions;
//! - the buffer holds the psums of M1 filters for `images` images, or a strip of `rows` rows of one, with the ifmap
//!   words of C0 channels that they need and the filter words of C0 channels of the M1 filters;
//! - hence ifmaps come from DRAM once for every M1 filters, and filters once for every strip or set of images, which
//!   divide the batch.
//!
//! Totals of Figs. 12 and 14 agree within 0.1 %, those of the FC layers in every bar to four digits.

use super::Design;
use super::layer::{Layer, divisors, even_parts};
use super::search::{Offer, Search};
use super::split::{Split, Via};

/// Offers every number of channels C0 with as many filters M0 as the array then takes, every set of images and strip,
/// with as many filters M1 as then fit.
pub(super) fn search(layer: &Layer, design: &Design, search: &mut Search) {
    let (m, c) = (layer.group_m(), layer.group_c());
    let images = divisors(layer.n).into_iter().map(|images| (images, layer.e));
    let strips = even_parts(layer.e, layer.e - 1).map(|rows| (1, rows));
    let held: Vec<(usize, usize)> = images.chain(strips).collect();
    let accumulations = layer.accumulations() as f64;
    let uses = layer.macs() / layer.ifmap_words();
    for c0 in 1..=c.min(design.pes) {
        let m0 = (design.pes / c0).min(m);
        let folds = m.div_ceil(m0) as f64;
        let passes = (c.div_ceil(c0) * layer.r * layer.r) as f64;
        for &(images, rows) in &held {
            let windows = images * c0 * layer.window(rows) * layer.h;
            let of_a_filter = images * rows * layer.e + c0 * layer.r * layer.r;
            let m1 = (design.glb_words.saturating_sub(windows) / of_a_filter).min(m);
            if m1 == 0 {
                continue;
            }
            // The folds of M0 filters are what is cut into loads.
            let loads = m.div_ceil(m1);
            if loads as f64 > folds {
                continue;
            }
            let ifmap = (loads * layer.rows_in_strips(rows)) as f64 / layer.h as f64;
            let filter = (layer.e.div_ceil(rows) * (layer.n / images)) as f64;
            let offer = Offer {
                ifmap: (
                    Split { a: ifmap, b: uses * folds / (m as f64 * ifmap), c: m as f64 / folds, d: 1.0 },
                    Via { glb: true, array: true, rf: false },
                ),
                filter: (
                    Split { a: filter, b: (layer.n * layer.e * layer.e) as f64 / filter, c: 1.0, d: 1.0 },
                    Via { glb: true, array: false, rf: false },
                ),
                psum: Split { a: 1.0, b: passes, c: accumulations / passes, d: 1.0 },
                active: (m0 * c0) as f64,
            };
            search.offer(&offer, &[("C0", c0), ("M0", m0), ("M1", m1), ("images", images), ("rows", rows)]);
        }
    }
}
