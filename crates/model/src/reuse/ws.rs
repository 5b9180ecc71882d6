//! Weight stationary: the filter words of C0 channels of M0 filters, one a PE, stay until the batch has passed.
//!
//! Inferred from the bars, as the paper prints no formula:
//! - an ifmap word comes from DRAM for every load of M0 filters and is broadcast over the array, past the buffer;
//! - filters go from DRAM to their PE once, and from its register to every multiply-accumulate;
//! - a psum passes R x C0 PEs of one column of the filters and is then kept in the buffer, which holds those of all
//!   pixels and images of the M0 filters at 16 bits: N x E^2 x M0 words;
//! - channels that do not divide by C0 leave PEs without work in the last load;
//! - groups are laid out one after the other.
//!
//! Every bar of Figs. 12 and 14 agrees to four digits.

use super::Design;
use super::layer::Layer;
use super::search::{Offer, Search};
use super::split::{Split, Via};

/// Offers every number of channels C0, with as many filters M0 as then fit.
pub(super) fn search(layer: &Layer, design: &Design, search: &mut Search) {
    let (m, c) = (layer.group_m(), layer.group_c());
    let psums = layer.n * layer.e * layer.e;
    let filter = layer.r * layer.r;
    for c0 in 1..=c.min(design.pes / filter) {
        let m0 = (design.pes / (c0 * filter)).min(m).min(design.glb_words / psums);
        if m0 == 0 {
            break;
        }
        let passes = (c.div_ceil(c0) * layer.r) as f64;
        let accumulations = layer.accumulations() as f64;
        let loads = m.div_ceil(m0) as f64;
        let uses = layer.macs() / layer.ifmap_words();
        let offer = Offer {
            ifmap: (Split { a: loads, b: 1.0, c: uses / loads, d: 1.0 }, Via { glb: false, array: true, rf: false }),
            filter: (Split { a: 1.0, b: 1.0, c: 1.0, d: psums as f64 }, Via { glb: false, array: false, rf: true }),
            psum: Split { a: 1.0, b: passes, c: accumulations / passes, d: 1.0 },
            active: (m0 * c0 * filter) as f64,
        };
        search.offer(&offer, &[("C0", c0), ("M0", m0)]);
    }
}
