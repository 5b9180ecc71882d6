//! Output stationary: a PE keeps the psum of one ofmap pixel until it is complete.
//!
//! The three kinds differ in which pixels are under way together: of one channel ([`search_a`]), of a row and several
//! channels ([`search_b`]), or one pixel of each of several channels ([`search_c`]); all may take several images.
//! Inferred from the bars, as the paper prints no formula:
//! - filter and ifmap words are read from the buffer and delivered over the array for every multiply-accumulate, and
//!   the psum is updated in its register;
//! - the buffer holds the filters of M1 channels and the ifmap words, of all channels, that the pixels under way need:
//!   their whole windows. Filters come from DRAM once and stay while all pixels pass; ifmaps come once for every M1
//!   filters and every tile, with what the windows of two tiles share;
//! - ifmap words are read from the buffer for every M0 of the M1 filters that are under way together, and filters for
//!   every tile and every set of images.
//!
//! OS-A: tiles are any number of rows and columns, and there are E / rows times E / columns of them, not rounded up:
//! totals agree within 0.3 %, DRAM bars within 0.3 %. OS-B: tiles lie in one row (1-D convolutional reuse), whole:
//! every DRAM bar of Fig. 12 agrees to four digits, totals within 0.3 %. OS-C: all windows are fetched for every pixel:
//! every DRAM bar of Fig. 12 agrees to four digits, totals within 0.2 %.

use super::Design;
use super::layer::{Layer, even_parts, product};
use super::search::{Offer, Search};
use super::split::{Split, Via};

/// Pixels under way together.
struct Tile {
    rows: usize,
    columns: usize,
    images: usize,
    /// How many of them make an image.
    tiles: f64,
    /// Ifmap words of an image and channel that all of them fetch.
    fetched: f64,
}

impl Tile {
    fn pixels(&self) -> usize {
        self.rows * self.columns * self.images
    }

    fn window(&self, layer: &Layer) -> usize {
        self.images * layer.group_c() * layer.window(self.rows) * layer.window(self.columns)
    }

    /// With all filters fetched in so many loads, each in so many folds of M0 that are under way together.
    fn offer(&self, layer: &Layer, loads: usize, folds: f64, m0: usize) -> Offer {
        let uses = layer.macs() / layer.ifmap_words();
        let filter_uses = product([layer.n, layer.e, layer.e]);
        let ifmap = loads as f64 * self.fetched / product([layer.h, layer.h]);
        let from_buffer = self.tiles * layer.n.div_ceil(self.images) as f64;
        let via = Via { glb: true, array: true, rf: false };
        Offer {
            ifmap: (Split { a: ifmap, b: folds, c: uses / (ifmap * folds), d: 1.0 }, via),
            filter: (Split { a: 1.0, b: from_buffer, c: filter_uses / from_buffer, d: 1.0 }, via),
            psum: Split { a: 1.0, b: 1.0, c: 1.0, d: layer.accumulations() as f64 },
            active: (self.pixels() * m0) as f64,
        }
    }
}

/// SOC-MOP: one filter, a tile of rows and columns.
pub(super) fn search_a(layer: &Layer, design: &Design, search: &mut Search) {
    let m = layer.group_m();
    let batches: Vec<usize> = even_parts(layer.n, layer.n).collect();
    for rows in 1..=layer.e.min(design.pes) {
        for columns in 1..=layer.e.min(design.pes / rows) {
            for &images in batches.iter().take_while(|&images| images * rows * columns <= design.pes) {
                let fetched_along = |e: usize| layer.e as f64 / e as f64 * layer.window(e) as f64;
                let tiles = product([layer.e, layer.e]) / product([rows, columns]);
                let fetched = fetched_along(rows) * fetched_along(columns);
                let tile = Tile { rows, columns, images, tiles, fetched };
                let m1 = (design.glb_words.saturating_sub(tile.window(layer)) / layer.accumulations()).min(m);
                if m1 > 0 {
                    let loads = m.div_ceil(m1);
                    // All M1 filters pass one by one.
                    let offer = tile.offer(layer, loads, m as f64 / loads as f64, 1);
                    search.offer(&offer, &[("rows", rows), ("columns", columns), ("images", images), ("M1", m1)]);
                }
            }
        }
    }
}

/// MOC-MOP: M0 filters, a tile of columns of one row.
pub(super) fn search_b(layer: &Layer, design: &Design, search: &mut Search) {
    for columns in even_parts(layer.e, design.pes) {
        let tiles = product([layer.e, layer.e.div_ceil(columns)]);
        let fetched = product([layer.e, layer.r, layer.rows_in_strips(columns)]);
        for images in even_parts(layer.n, layer.n).take_while(|images| images * columns <= design.pes) {
            channels(layer, design, &Tile { rows: 1, columns, images, tiles, fetched }, search);
        }
    }
}

/// MOC-SOP: M0 filters, one pixel.
pub(super) fn search_c(layer: &Layer, design: &Design, search: &mut Search) {
    let (tiles, fetched) = (product([layer.e, layer.e]), product([layer.e, layer.r, layer.e, layer.r]));
    for images in even_parts(layer.n, layer.n).take_while(|&images| images <= design.pes) {
        channels(layer, design, &Tile { rows: 1, columns: 1, images, tiles, fetched }, search);
    }
}

/// Offers a tile with every number of loads of filters up to that whose filters are all under way at once; each load in
/// as few folds as the array allows.
fn channels(layer: &Layer, design: &Design, tile: &Tile, search: &mut Search) {
    let m = layer.group_m();
    let held = design.glb_words.saturating_sub(tile.window(layer)) / layer.accumulations();
    let most = design.pes / tile.pixels();
    let sizes: Vec<usize> = even_parts(m, held).collect();
    for m1 in sizes.into_iter().rev() {
        let (loads, folds) = (m.div_ceil(m1), m1.div_ceil(most));
        // The last fold may be smaller.
        let m0 = most.min(held).min(m);
        let parameters =
            [("rows", tile.rows), ("columns", tile.columns), ("images", tile.images), ("M1", m1), ("M0", m0)];
        search.offer(&tile.offer(layer, loads, folds as f64, m0), &parameters);
        if folds == 1 {
            break;
        }
    }
}
