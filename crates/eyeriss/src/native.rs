//! From any convolution to one that the chip runs natively, by changing the layout of ifmap and filters only.
//!
//! The chip takes filters of 1-12 rows, rows that fit the ifmap scratchpad, vertical strides 1, 2 and 4, horizontal
//! strides 1-12, no padding and no dilation of its own (JSSC 2017, Table I). Every other layer becomes such a layer
//! whose sums have the same non-zero products, so its words are the same:
//!
//! | what | becomes |
//! |---|---|
//! | padding | zeros in the ifmap, as the chip's host sends it |
//! | dilation D | a filter of D(R-1)+1 rows with zeros between the taps |
//! | filter rows or columns beyond the limit | chunks of the filter, each a channel over a shifted ifmap |
//! | stride beyond the filter | the rows and columns that no window reads are left out |
//! | other vertical strides U | U row phases, each a channel, at stride 1 |
//!
//! Fully connected layers arrive as convolutions whose filter is the whole map. More than 1024 channels or filters
//! run natively with the configuration scanned in once for each 1024 of them.

use crate::chip::Chip;
use nn::{Clamp, Conv16, ConvShape, Pad, Tensor};

/// The largest filter, in rows or columns, that is taken apart; larger ones are refused.
pub const MAX_FILTER: usize = 32;
/// The most products of one sum: the machine's exact sums must fit 32 bits.
pub const MAX_TAPS: usize = 1 << 15;

/// A layer that the chip cannot run, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NativeError {
    /// The sizes are not those of a convolution.
    #[error(transparent)]
    Shape(#[from] nn::conv::ShapeError),
    /// A tensor does not have the shape's size.
    #[error("the {what} is {found:?}, the layer needs {expected:?}")]
    Tensor {
        /// Which tensor.
        what: &'static str,
        /// Its dimensions.
        found: Vec<usize>,
        /// What the shape asks for.
        expected: Vec<usize>,
    },
    /// A filter beyond the range that is decomposed.
    #[error(
        "a filter of {rows} x {columns} (dilated) is beyond the chip's native range and what is decomposed to it, {MAX_FILTER} x {MAX_FILTER}"
    )]
    Filter {
        /// Dilated rows.
        rows: usize,
        /// Dilated columns.
        columns: usize,
    },
    /// Too many products in a sum.
    #[error("each output sums {0} products, beyond the {MAX_TAPS} that the machine carries exactly")]
    Taps(usize),
    /// The cut position is beyond a product's bits.
    #[error("products are cut at bit {0}, at most {max} is possible", max = nn::fixed::MAX_SHIFT)]
    Shift(u32),
}

/// A layer that the chip runs natively: no padding, no dilation, every ifmap word read by some window.
#[derive(Clone, Debug, PartialEq)]
pub struct NativeLayer {
    /// The sizes.
    pub shape: ConvShape,
    /// `[N, C, H, W]`.
    pub ifmap: Tensor<i16>,
    /// `[M, C/G, R, S]`.
    pub filters: Tensor<i16>,
    /// One word a filter.
    pub bias: Vec<i16>,
    /// Where products are cut.
    pub shift: u32,
    /// The output path's clamp.
    pub clamp: Clamp,
}

/// The native shape that `shape` becomes, without touching data.
pub fn native_shape(chip: &Chip, shape: &ConvShape) -> Result<ConvShape, NativeError> {
    let (native, _) = plan(chip, shape)?;
    Ok(native)
}

/// Lays a layer out natively.
pub fn lower(chip: &Chip, job: &Conv16) -> Result<NativeLayer, NativeError> {
    let shape = &job.shape;
    let (native, [rows, columns]) = plan(chip, shape)?;
    for (what, found, expected) in [
        ("ifmap", job.input.dims(), shape.input_dims().to_vec()),
        ("filter", job.weights.dims(), shape.weight_dims().to_vec()),
        ("bias", &[job.bias.len()][..], vec![shape.m]),
    ] {
        if found != expected {
            return Err(NativeError::Tensor { what, found: found.to_vec(), expected });
        }
    }
    if job.shift > nn::fixed::MAX_SHIFT {
        return Err(NativeError::Shift(job.shift));
    }
    let ifmap = gather_ifmap(shape, &native, &rows, &columns, job.input);
    let filters = gather_filters(shape, &native, &rows, &columns, job.weights);
    Ok(NativeLayer { shape: native, ifmap, filters, bias: job.bias.to_vec(), shift: job.shift, clamp: job.clamp })
}

/// How one axis (rows, or columns) is laid out: `parts` channels for each channel, a filter of `taps`, stride
/// `stride`, and where each native tap and position comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Axis {
    parts: usize,
    taps: usize,
    stride: usize,
    outputs: usize,
    original: Original,
}

/// The axis as the layer has it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Original {
    size: usize,
    pad: usize,
    taps: usize,
    stride: usize,
    dilation: usize,
    /// Taps of a chunk when the dilated filter is cut into chunks.
    chunk: usize,
    /// Row phases that became channels (1: none).
    phases: usize,
}

impl Axis {
    fn new(original: Original, outputs: usize, limit: usize, strides: &[usize]) -> Axis {
        let dilated = (original.taps - 1) * original.dilation + 1;
        let chunks = dilated.div_ceil(limit);
        let chunk = dilated.div_ceil(chunks);
        // A stride beyond the chunk skips positions that no window reads.
        let stride = original.stride.min(chunk);
        let phases = if strides.contains(&stride) { 1 } else { stride };
        let original = Original { chunk, phases, ..original };
        let (taps, stride) = if phases == 1 { (chunk, stride) } else { (chunk.div_ceil(phases), 1) };
        Axis { parts: chunks * phases, taps, stride, outputs, original }
    }

    /// Native extent of the ifmap.
    fn extent(&self) -> usize {
        (self.outputs - 1) * self.stride + self.taps
    }

    /// The dilated tap of the original filter that native tap `tap` of part `part` stands for, if it is one.
    fn dilated_tap(&self, part: usize, tap: usize) -> Option<usize> {
        let o = &self.original;
        let (chunk, phase) = (part / o.phases, part % o.phases);
        let within = tap * o.phases + phase;
        let dilated = chunk * o.chunk + within;
        (within < o.chunk && dilated <= (o.taps - 1) * o.dilation).then_some(dilated)
    }

    /// The original filter tap behind a native one.
    fn tap(&self, part: usize, tap: usize) -> Option<usize> {
        let dilated = self.dilated_tap(part, tap)?;
        dilated.is_multiple_of(self.original.dilation).then_some(dilated / self.original.dilation)
    }

    /// The input position behind a native ifmap position; `None` in the padding and where no real tap reads.
    fn position(&self, part: usize, position: usize) -> Option<usize> {
        let o = &self.original;
        let (chunk, phase) = (part / o.phases, part % o.phases);
        // Position before phases were split off, on the axis where windows start every `step`.
        let step = self.stride * o.phases;
        let flat = position * o.phases + phase;
        // Windows that skip positions: window `flat / step`, offset within it; the last window keeps its whole chunk.
        let padded = if o.stride > step {
            let window = (flat / step).min(self.outputs - 1);
            window * o.stride + (flat - window * step)
        } else {
            flat
        } + chunk * o.chunk;
        padded.checked_sub(o.pad).filter(|&p| p < o.size)
    }
}

/// The native shape and the layout of rows and columns.
fn plan(chip: &Chip, shape: &ConvShape) -> Result<(ConvShape, [Axis; 2]), NativeError> {
    shape.check()?;
    let (rows, columns) = (shape.filter_rows(), shape.filter_columns());
    if rows > MAX_FILTER || columns > MAX_FILTER {
        return Err(NativeError::Filter { rows, columns });
    }
    let axis = |i: usize, size, pad, taps, outputs, limit, strides: &[usize]| {
        let (stride, dilation) = (shape.stride[i], shape.dilation[i]);
        Axis::new(Original { size, pad, taps, stride, dilation, chunk: 0, phases: 1 }, outputs, limit, strides)
    };
    let any: Vec<usize> = (1..=12).collect();
    let rows = axis(0, shape.h, shape.pad.top, shape.r, shape.p(), chip.rows.min(12), &[1, 2, 4]);
    let columns = axis(1, shape.w, shape.pad.left, shape.s, shape.q(), chip.ifmap_spad.min(12), &any);
    let parts = rows.parts * columns.parts;
    let native = ConvShape {
        c: shape.c * parts,
        h: rows.extent(),
        w: columns.extent(),
        r: rows.taps,
        s: columns.taps,
        stride: [rows.stride, columns.stride],
        pad: Pad::default(),
        dilation: [1, 1],
        ..*shape
    };
    native.check()?;
    let taps = native.group_c() * native.r * native.s;
    if taps > MAX_TAPS {
        return Err(NativeError::Taps(taps));
    }
    Ok((native, [rows, columns]))
}

fn gather_ifmap(
    shape: &ConvShape,
    native: &ConvShape,
    rows: &Axis,
    columns: &Axis,
    input: &Tensor<i16>,
) -> Tensor<i16> {
    let mut words = Vec::with_capacity(native.n * native.c * native.h * native.w);
    for plane in input.data().chunks_exact(shape.h * shape.w) {
        for row_part in 0..rows.parts {
            for column_part in 0..columns.parts {
                for h in 0..native.h {
                    let row = rows.position(row_part, h).map(|y| &plane[y * shape.w..(y + 1) * shape.w]);
                    words.extend((0..native.w).map(|w| match (row, columns.position(column_part, w)) {
                        (Some(row), Some(x)) => row[x],
                        _ => 0,
                    }));
                }
            }
        }
    }
    Tensor::from_vec(&native.input_dims(), words)
}

fn gather_filters(
    shape: &ConvShape,
    native: &ConvShape,
    rows: &Axis,
    columns: &Axis,
    weights: &Tensor<i16>,
) -> Tensor<i16> {
    let mut words = Vec::with_capacity(native.m * native.group_c() * native.r * native.s);
    for plane in weights.data().chunks_exact(shape.r * shape.s) {
        for row_part in 0..rows.parts {
            for column_part in 0..columns.parts {
                for r in 0..native.r {
                    let row = rows.tap(row_part, r).map(|i| &plane[i * shape.s..(i + 1) * shape.s]);
                    words.extend((0..native.s).map(|s| match (row, columns.tap(column_part, s)) {
                        (Some(row), Some(k)) => row[k],
                        _ => 0,
                    }));
                }
            }
        }
    }
    Tensor::from_vec(&native.weight_dims(), words)
}
