//! Convolution as matrix product: the loop order, packing and threads that the fast convolutions share.
//!
//! Input words are gathered into panels (im2col; Chellapilla, Puri and Simard, 2006): for each tap (c, r, s) of a
//! group's filters, the words that [`LANES`] neighbouring output pixels read there, zero in the padding. A kernel
//! then takes a panel and the filters of a few output channels; its inner loop runs over lanes, without branches.
//! Pixels of all images stand in one row, so that small maps fill the lanes. Maps of a few pixels (fully connected
//! layers) would leave lanes empty: there a kernel takes the taps of one pixel as a column and runs over taps.
//!
//! Each output word is computed by one call of the kernel from the same operands in the same order, whatever the
//! batch and the number of threads.

use std::ops::{Add, Range};

use rayon::prelude::*;

use crate::ConvShape;

/// Output pixels of a panel.
pub(crate) const LANES: usize = 16;
/// Most output channels that a kernel computes at once.
pub(crate) const ROWS: usize = 4;

/// Maps with fewer pixels an image are computed pixel by pixel.
const FEW_PIXELS: usize = 8;
/// Filters with more taps are computed pixel by pixel, since their panels would take too much memory.
const MANY_TAPS: usize = 1 << 18;
/// Words of the panels that are packed before kernels run over them; about a second-level cache.
const TILE_WORDS: usize = 1 << 18;

/// What the taps of a pixel and of a filter make.
pub(crate) trait Kernel: Sync {
    /// An input word.
    type Word: Copy + Default + Send + Sync;
    /// An output word.
    type Out: Copy + Default + Send + Sync;
    /// What is counted on the way.
    type Tally: Default + Add<Output = Self::Tally> + Send;

    /// `rows` output channels from `m` on, at the pixels of `panel` (`[taps][LANES]`).
    fn block(&self, m: usize, rows: usize, panel: &[Self::Word]) -> (Block<Self::Out>, Self::Tally);

    /// Output channel `m` at the pixel of `column` (`[taps]`).
    fn dot(&self, m: usize, column: &[Self::Word]) -> (Self::Out, Self::Tally);
}

/// Output words by channel and lane.
pub(crate) type Block<T> = [[T; LANES]; ROWS];

/// Computes the convolution of `shape` (checked) over `input` (`[N, C, H, W]`); gives `[N, M, P, Q]`.
pub(crate) fn convolve<K: Kernel>(kernel: &K, shape: &ConvShape, input: &[K::Word]) -> (Vec<K::Out>, K::Tally) {
    let lowered = Lowered::new(shape);
    let (groups, tallies): (Vec<Vec<K::Out>>, Vec<K::Tally>) =
        (0..shape.groups).into_par_iter().map(|group| lowered.convolve_group(kernel, input, group)).unzip();
    let tally = tallies.into_iter().fold(K::Tally::default(), K::Tally::add);
    let pixels = lowered.image_pixels();
    let mut output = vec![K::Out::default(); shape.n * shape.m * pixels];
    output.par_chunks_mut(pixels).enumerate().for_each(|(plane, words)| {
        let (n, m) = (plane / shape.m, plane % shape.m);
        let row = m % shape.group_m() * lowered.pixels() + n * pixels;
        words.copy_from_slice(&groups[m / shape.group_m()][row..][..pixels]);
    });
    (output, tally)
}

/// A convolution seen as the product of filters `[M/G][taps]` and pixels `[taps][N * P * Q]`, for each group.
struct Lowered {
    shape: ConvShape,
    p: usize,
    q: usize,
    /// For each filter column s, the output columns that read inside the input there.
    inside: Vec<Range<usize>>,
}

impl Lowered {
    fn new(shape: &ConvShape) -> Self {
        let mut shape = *shape;
        let pointwise = shape.r == 1 && shape.s == 1 && shape.stride == [1, 1] && shape.pad == Default::default();
        if pointwise {
            (shape.h, shape.w) = (1, shape.h * shape.w);
        }
        let (p, q) = (shape.p(), shape.q());
        let first_at = |column: usize| column.div_ceil(shape.stride[1]).min(q);
        let inside = (0..shape.s).map(|s| {
            let offset = s * shape.dilation[1];
            first_at(shape.pad.left.saturating_sub(offset))..first_at((shape.w + shape.pad.left).saturating_sub(offset))
        });
        Lowered { shape, p, q, inside: inside.collect() }
    }

    fn image_pixels(&self) -> usize {
        self.p * self.q
    }

    fn pixels(&self) -> usize {
        self.shape.n * self.image_pixels()
    }

    fn taps(&self) -> usize {
        self.shape.group_c() * self.shape.r * self.shape.s
    }

    /// The output of one group as `[M/G][N * P * Q]`.
    fn convolve_group<K: Kernel>(&self, kernel: &K, input: &[K::Word], group: usize) -> (Vec<K::Out>, K::Tally) {
        let mut output = vec![K::Out::default(); self.shape.group_m() * self.pixels()];
        let mut tally = K::Tally::default();
        let by_pixel = self.image_pixels() < FEW_PIXELS || self.taps() > MANY_TAPS;
        let lanes = if by_pixel { 1 } else { LANES };
        let tile = (TILE_WORDS / (self.taps() * lanes)).max(1) * lanes;
        let mut panels = vec![K::Word::default(); tile.min(self.pixels().next_multiple_of(lanes)) * self.taps()];
        let m = group * self.shape.group_m();
        for start in (0..self.pixels()).step_by(tile) {
            let pixels = start..(start + tile).min(self.pixels());
            panels.par_chunks_mut(self.taps() * lanes).zip(pixels.clone().into_par_iter().step_by(lanes)).for_each(
                |(panel, first)| self.pack(input, group, first..(first + lanes).min(pixels.end), lanes, panel),
            );
            tally = tally
                + if by_pixel {
                    self.dots(kernel, m, &panels, pixels, &mut output)
                } else {
                    self.blocks(kernel, m, &panels, pixels, &mut output)
                };
        }
        (output, tally)
    }

    /// Computes all channels at `pixels` from their panels.
    fn blocks<K: Kernel>(
        &self,
        kernel: &K,
        first_m: usize,
        panels: &[K::Word],
        pixels: Range<usize>,
        output: &mut [K::Out],
    ) -> K::Tally {
        let rows = output.par_chunks_mut(ROWS * self.pixels()).enumerate();
        let tallies = rows.map(|(index, output)| {
            let rows = output.len() / self.pixels();
            let mut tally = K::Tally::default();
            for (start, panel) in pixels.clone().step_by(LANES).zip(panels.chunks(self.taps() * LANES)) {
                let (block, counted) = kernel.block(first_m + index * ROWS, rows, panel);
                let valid = LANES.min(pixels.end - start);
                for (row, words) in output.chunks_mut(self.pixels()).zip(&block) {
                    row[start..start + valid].copy_from_slice(&words[..valid]);
                }
                tally = tally + counted;
            }
            tally
        });
        tallies.reduce(K::Tally::default, K::Tally::add)
    }

    /// Computes all channels at `pixels` from their columns.
    fn dots<K: Kernel>(
        &self,
        kernel: &K,
        first_m: usize,
        columns: &[K::Word],
        pixels: Range<usize>,
        output: &mut [K::Out],
    ) -> K::Tally {
        let tallies = output.par_chunks_mut(self.pixels()).enumerate().map(|(m, row)| {
            let mut tally = K::Tally::default();
            for (word, column) in row[pixels.clone()].iter_mut().zip(columns.chunks(self.taps())) {
                let counted;
                (*word, counted) = kernel.dot(first_m + m, column);
                tally = tally + counted;
            }
            tally
        });
        tallies.reduce(K::Tally::default, K::Tally::add)
    }

    /// Fills `panel` (`[taps][lanes]`) with what `pixels` read; lanes without a pixel get zeros.
    fn pack<T: Copy + Default>(&self, input: &[T], group: usize, pixels: Range<usize>, lanes: usize, panel: &mut [T]) {
        panel.fill(T::default());
        let mut pixel = pixels.start;
        while pixel < pixels.end {
            let (n, y, x) = (pixel / self.image_pixels(), pixel % self.image_pixels() / self.q, pixel % self.q);
            let run = (self.q - x).min(pixels.end - pixel);
            self.pack_run(input, group, [n, y, x], run, lanes, &mut panel[pixel - pixels.start..]);
            pixel += run;
        }
    }

    /// Fills the lanes of a run of pixels in one output row, from (n, y, x) on; `panel` begins at their first lane.
    fn pack_run<T: Copy>(
        &self,
        input: &[T],
        group: usize,
        [n, y, x]: [usize; 3],
        run: usize,
        lanes: usize,
        panel: &mut [T],
    ) {
        let ConvShape { h, w, r: filter_rows, stride, pad, dilation, .. } = self.shape;
        for c in 0..self.shape.group_c() {
            let channel = n * self.shape.c + group * self.shape.group_c() + c;
            for r in 0..filter_rows {
                let row = (y * stride[0] + r * dilation[0]).wrapping_sub(pad.top);
                if row >= h {
                    continue;
                }
                let row = &input[(channel * h + row) * w..][..w];
                for (s, inside) in self.inside.iter().enumerate() {
                    let (from, to) = (inside.start.max(x), inside.end.min(x + run));
                    if from >= to {
                        continue;
                    }
                    let tap = (c * filter_rows + r) * self.inside.len() + s;
                    let words = &mut panel[tap * lanes + from - x..][..to - from];
                    let source = &row[from * stride[1] + s * dilation[1] - pad.left..];
                    if stride[1] == 1 {
                        words.copy_from_slice(&source[..words.len()]);
                    } else {
                        for (word, &value) in words.iter_mut().zip(source.iter().step_by(stride[1])) {
                            *word = value;
                        }
                    }
                }
            }
        }
    }
}
