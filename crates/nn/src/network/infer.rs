//! Shape inference: the output dimensions of one layer from those of its inputs, or the reason why there are none.
//!
//! Dimensions exclude the batch. Pooling follows Caffe (Jia et al., 2014) and ONNX: floor rounds the number of
//! windows down; ceil rounds up and drops a last window that would start in the padding.

use super::{Conv, Op, Pool};
use crate::{ConvShape, Pad, conv::ShapeError};

/// Most ranks of a feature map without its batch.
pub const MAX_RANK: usize = 6;
/// Most elements of one feature map of one image (1 GiB as f32).
pub const MAX_ELEMENTS: usize = 1 << 28;
/// Largest size, stride or padding of one dimension.
const MAX_SIZE: usize = 1 << 24;

/// Why a shape does not infer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InferError {
    /// The operator reads another number of inputs.
    #[error("found {found} inputs, expected {expected}")]
    Arity {
        /// Inputs that the layer names.
        found: usize,
        /// Inputs that the operator reads.
        expected: &'static str,
    },
    /// The sizes describe no convolution.
    #[error(transparent)]
    Conv(#[from] ShapeError),
    /// An input has other dimensions than the operator can use.
    #[error("found an input of dimensions {found:?}, expected {expected}")]
    Dims {
        /// Dimensions of the input.
        found: Vec<usize>,
        /// What the operator can use.
        expected: String,
    },
    /// A parameter of the operator is outside its range.
    #[error("found {what} {found}, expected {expected}")]
    Parameter {
        /// Name of the parameter.
        what: &'static str,
        /// Its value.
        found: String,
        /// Its range.
        expected: &'static str,
    },
    /// A feature map has more than [`MAX_ELEMENTS`] elements, or more than [`MAX_RANK`] dimensions.
    #[error("found an output of dimensions {0:?}, expected at most 2^28 elements in at most 6 dimensions")]
    TooLarge(Vec<usize>),
}

/// The output dimensions of `op` over `inputs`.
pub fn infer(op: &Op, inputs: &[&[usize]]) -> Result<Vec<usize>, InferError> {
    check_arity(op, inputs.len())?;
    let dims = match op {
        Op::Input { dims } => dims.clone(),
        Op::Conv(conv) => {
            let shape = conv_over(conv, inputs[0], 1)?;
            vec![shape.m, shape.p(), shape.q()]
        }
        Op::FullyConnected { outputs } => {
            fully_connected_over(*outputs, inputs[0], 1)?;
            vec![*outputs]
        }
        Op::Pool(pool) => pooled(pool, inputs[0])?,
        Op::Lrn { size, alpha, beta, k } => {
            check_lrn(*size, *alpha, *beta, *k)?;
            inputs[0].to_vec()
        }
        Op::Relu | Op::Relu6 | Op::Scale | Op::Softmax | Op::Dropout => inputs[0].to_vec(),
        Op::Add => {
            for other in &inputs[1..] {
                expect(other, *other == inputs[0], || format!("{:?} as the first input has", inputs[0]))?;
            }
            inputs[0].to_vec()
        }
        Op::Concat => concatenated(inputs)?,
        Op::Flatten => vec![product(inputs[0])?],
        Op::Reshape { dims } => {
            let fits = product(dims)? == product(inputs[0])?;
            expect(inputs[0], fits, || format!("as many elements as {dims:?}"))?;
            dims.clone()
        }
        Op::Pad { channels: [before, after], sides } => {
            let [c, h, w] = feature_map(inputs[0])?;
            check_pad(&[*before, *after])?;
            check_pad(&sizes(sides))?;
            vec![before + c + after, h + sides.top + sides.bottom, w + sides.left + sides.right]
        }
    };
    product(&dims)?;
    Ok(dims)
}

/// The elements of a feature map, at least 1 and at most [`MAX_ELEMENTS`].
fn product(dims: &[usize]) -> Result<usize, InferError> {
    let elements = dims.iter().try_fold(1usize, |n, &d| n.checked_mul(d)).filter(|&n| n <= MAX_ELEMENTS);
    match elements {
        Some(0) => Err(InferError::Dims { found: dims.to_vec(), expected: "sizes of at least 1".into() }),
        Some(n) if (1..=MAX_RANK).contains(&dims.len()) => Ok(n),
        _ => Err(InferError::TooLarge(dims.to_vec())),
    }
}

fn check_arity(op: &Op, found: usize) -> Result<(), InferError> {
    let (holds, expected) = match op {
        Op::Input { .. } => (found == 0, "none"),
        Op::Add => (found >= 2, "at least 2"),
        Op::Concat => (found >= 1, "at least 1"),
        _ => (found == 1, "1"),
    };
    if holds { Ok(()) } else { Err(InferError::Arity { found, expected }) }
}

fn expect(dims: &[usize], holds: bool, expected: impl FnOnce() -> String) -> Result<(), InferError> {
    if holds { Ok(()) } else { Err(InferError::Dims { found: dims.to_vec(), expected: expected() }) }
}

fn parameter(what: &'static str, found: impl ToString, holds: bool, expected: &'static str) -> Result<(), InferError> {
    if holds { Ok(()) } else { Err(InferError::Parameter { what, found: found.to_string(), expected }) }
}

/// `dims` as `[C, H, W]`.
fn feature_map(dims: &[usize]) -> Result<[usize; 3], InferError> {
    dims.try_into().map_err(|_| InferError::Dims { found: dims.to_vec(), expected: "[C, H, W]".into() })
}

fn check_pad(sizes: &[usize]) -> Result<(), InferError> {
    sizes.iter().try_for_each(|&size| parameter("padding", size, size <= MAX_SIZE, "at most 2^24"))
}

fn sizes(pad: &Pad) -> [usize; 4] {
    [pad.top, pad.bottom, pad.left, pad.right]
}

/// A convolution of `n` images of `dims`; checked.
pub(super) fn conv_over(conv: &Conv, dims: &[usize], n: usize) -> Result<ConvShape, InferError> {
    let [c, h, w] = feature_map(dims)?;
    let [r, s] = conv.kernel;
    let Conv { m, stride, pad, dilation, groups, .. } = *conv;
    let shape = ConvShape { n, groups, m, c, h, w, r, s, stride, pad, dilation };
    shape.check()?;
    Ok(shape)
}

/// An inner product over `n` images of `dims` as a convolution: the filter covers the whole feature map.
pub(super) fn fully_connected_over(outputs: usize, dims: &[usize], n: usize) -> Result<ConvShape, InferError> {
    let [c, h, w] = match *dims {
        [c, h, w] => [c, h, w],
        _ => [product(dims)?, 1, 1],
    };
    let conv = Conv { m: outputs, kernel: [h, w], stride: [1, 1], pad: Pad::default(), dilation: [1, 1], groups: 1 };
    conv_over(&conv, &[c, h, w], n)
}

fn pooled(pool: &Pool, dims: &[usize]) -> Result<Vec<usize>, InferError> {
    let [c, h, w] = feature_map(dims)?;
    let Some(kernel) = pool.kernel else {
        parameter("padding", format!("{:?}", pool.pad), pool.pad == Pad::default(), "none of global pooling")?;
        return Ok(vec![c, 1, 1]);
    };
    check_pad(&sizes(&pool.pad))?;
    let Pad { top, bottom, left, right } = pool.pad;
    let rows = windows(h, [top, bottom], kernel[0], pool.stride[0], pool.ceil)?;
    let columns = windows(w, [left, right], kernel[1], pool.stride[1], pool.ceil)?;
    Ok(vec![c, rows, columns])
}

/// How many windows fit along one dimension. Padding is smaller than the window, so that each holds an input.
fn windows(size: usize, pad: [usize; 2], window: usize, stride: usize, ceil: bool) -> Result<usize, InferError> {
    parameter("stride", stride, (1..=MAX_SIZE).contains(&stride), "1 to 2^24")?;
    let padded = size + pad[0] + pad[1];
    parameter("window", window, (1..=padded).contains(&window), "1 to the padded input")?;
    parameter("padding", pad[0].max(pad[1]), pad[0].max(pad[1]) < window, "less than the window")?;
    if !ceil {
        return Ok((padded - window) / stride + 1);
    }
    let rounded_up = (padded - window).div_ceil(stride) + 1;
    let last_in_padding = (rounded_up - 1) * stride >= size + pad[0];
    Ok(rounded_up - usize::from(last_in_padding))
}

fn check_lrn(size: usize, alpha: f32, beta: f32, k: f32) -> Result<(), InferError> {
    parameter("size", size, (1..=MAX_SIZE).contains(&size), "1 to 2^24")?;
    parameter("alpha", alpha, alpha.is_finite() && alpha >= 0.0, "a finite value of at least 0")?;
    parameter("beta", beta, beta.is_finite(), "a finite value")?;
    parameter("k", k, k.is_finite() && k > 0.0, "a finite value above 0")
}

/// Channels are the first dimension; the others must agree.
fn concatenated(inputs: &[&[usize]]) -> Result<Vec<usize>, InferError> {
    let mut dims = inputs[0].to_vec();
    for other in &inputs[1..] {
        let same = other.len() == dims.len() && other[1..] == dims[1..];
        expect(other, same, || format!("[C, ...] followed by {:?} as the first input has", &dims[1..]))?;
        dims[0] = dims[0].saturating_add(other[0]);
    }
    Ok(dims)
}
