//! Layers: what one node of a network computes, and its trained parameters.
//!
//! A layer never knows of buffers or formats. Sizes that follow from the inputs are not repeated in the operator;
//! [`super::infer`] derives them.

use crate::{Pad, Tensor};

/// Index of a layer in its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LayerId(pub u32);

/// What a layer computes; sizes that follow from its inputs are not repeated here.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// The network's input.
    Input {
        /// `[C, H, W]`.
        dims: Vec<usize>,
    },
    /// Convolution; the weights are the layer's.
    Conv(Conv),
    /// Inner product over the flattened input with `outputs` rows.
    FullyConnected {
        /// Output channels.
        outputs: usize,
    },
    /// Max or average pooling.
    Pool(Pool),
    /// max(x, 0).
    Relu,
    /// min(max(x, 0), 6).
    Relu6,
    /// Local response normalisation across channels (AlexNet section 3.3): x / (k + alpha/size * sum x^2)^beta.
    Lrn {
        /// Channels in the window.
        size: usize,
        /// Scale of the sum of squares.
        alpha: f32,
        /// Exponent.
        beta: f32,
        /// Bias of the denominator.
        k: f32,
    },
    /// Per-channel y = scale * x + shift: Caffe's Scale, or a batch norm with its statistics folded in. The
    /// layer's weights hold scale (`[C]`) and shift (bias).
    Scale,
    /// Elementwise sum of all inputs.
    Add,
    /// Concatenation of channels.
    Concat,
    /// Softmax over channels.
    Softmax,
    /// To a vector.
    Flatten,
    /// To other dimensions of the same product (without the batch).
    Reshape {
        /// New dimensions.
        dims: Vec<usize>,
    },
    /// Nothing at inference.
    Dropout,
    /// Zero padding.
    Pad {
        /// Channels of zeros before and after.
        channels: [usize; 2],
        /// Rows and columns of zeros.
        sides: Pad,
    },
}

impl Op {
    /// The operator's name, as reports print it.
    pub fn name(&self) -> &'static str {
        match self {
            Op::Input { .. } => "input",
            Op::Conv(_) => "conv",
            Op::FullyConnected { .. } => "fully connected",
            Op::Pool(_) => "pool",
            Op::Relu => "relu",
            Op::Relu6 => "relu6",
            Op::Lrn { .. } => "lrn",
            Op::Scale => "scale",
            Op::Add => "add",
            Op::Concat => "concat",
            Op::Softmax => "softmax",
            Op::Flatten => "flatten",
            Op::Reshape { .. } => "reshape",
            Op::Dropout => "dropout",
            Op::Pad { .. } => "pad",
        }
    }
}

/// The parameters of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Output channels (M).
    pub m: usize,
    /// Filter rows and columns (R, S).
    pub kernel: [usize; 2],
    /// Vertical and horizontal stride.
    pub stride: [usize; 2],
    /// Zero padding.
    pub pad: Pad,
    /// Vertical and horizontal dilation.
    pub dilation: [usize; 2],
    /// Groups (G).
    pub groups: usize,
}

/// Which value a pooling window gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolKind {
    /// The largest.
    Max,
    /// The mean over the window without padding.
    Average,
    /// The mean over the window with padding counted as zeros, clipped to the padded input (Caffe; ONNX
    /// count_include_pad).
    AverageWithPad,
}

/// The parameters of pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Max or average.
    pub kind: PoolKind,
    /// Window; `None` pools the whole map (global pooling).
    pub kernel: Option<[usize; 2]>,
    /// Vertical and horizontal stride.
    pub stride: [usize; 2],
    /// Padding.
    pub pad: Pad,
    /// Round the output size up (Caffe; ONNX ceil_mode), dropping a last window that would start in the padding.
    pub ceil: bool,
}

/// Trained parameters of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Conv `[M, C/G, R, S]`, fully connected `[M, C]`, scale `[C]`.
    pub kernel: Tensor<f32>,
    /// One value an output channel; empty when the layer has none.
    pub bias: Vec<f32>,
}

/// One node of the graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Unique within the network.
    pub name: String,
    /// What it computes.
    pub op: Op,
    /// The layers it reads.
    pub inputs: Vec<LayerId>,
    /// Trained parameters; `None` for operators that have none, and in networks that are shapes only.
    pub weights: Option<Weights>,
}

/// How an image becomes the network's input: resized so that the shorter side fits, centre-cropped, channels in
/// the given order, then (value - mean) * scale for each channel of values 0..=255.
#[derive(Clone, Debug, PartialEq)]
pub struct Preprocess {
    /// The shorter side after resizing, in pixels, before the centre crop to the network's input size.
    pub resize: usize,
    /// Blue first instead of red first (Caffe models).
    pub bgr: bool,
    /// Subtracted, by channel in the network's order.
    pub mean: [f32; 3],
    /// Multiplied, by channel in the network's order.
    pub scale: [f32; 3],
}

impl Preprocess {
    /// The values of one image's `pixels`: planes of `channels` channels, red first. Channels beyond the third take
    /// means and scales from the first on.
    pub fn values(&self, pixels: &[u8], channels: usize) -> Vec<f32> {
        let plane = pixels.len() / channels;
        let channel = |channel: usize| {
            let source = if self.bgr { channels - 1 - channel } else { channel };
            let (mean, scale) = (self.mean[channel % 3], self.scale[channel % 3]);
            pixels[source * plane..][..plane].iter().map(move |&pixel| (f32::from(pixel) - mean) * scale)
        };
        (0..channels).flat_map(channel).collect()
    }
}
