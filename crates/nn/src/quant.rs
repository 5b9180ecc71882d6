//! Quantisation: from a trained network and calibration images to 16-bit formats, weights and biases.
//!
//! The chip's authors set the position at which each layer's products are cut "from off-line dynamic-range analysis"
//! (Chen et al., JSSC 2017, section V-C). Here the analysis runs the network in floating point and in 16 bits side by
//! side, layer by layer, over the calibration images:
//! - the **output format** of a convolution is the finest that holds [`HEADROOM`] times the largest sum seen before
//!   the activation, since a sum that leaves it wraps; layers of the host get the same headroom;
//! - its **weight format** is the finest that holds the largest weight, coarser where the cut would lie beyond
//!   [`MAX_SHIFT`] bits; where the cut would be negative, the output format is coarser instead;
//! - its **biases** correct the cut. Dropping bits rounds towards minus infinity and lowers each sum by about half a
//!   unit for every product that is not zero, thousands of units in a large layer. The mean difference between the
//!   16-bit sums and the floating-point ones, measured by output channel, is added to the bias off-line (bias
//!   correction; Nagel, van Baalen, Blankevoort and Welling, "Data-Free Quantization Through Weight Equalization and
//!   Bias Correction", ICCV 2019, section 4.2), which takes the errors of the layers before it along.
//!
//! A ReLU or ReLU6 that alone reads a convolution is its clamp, as the chip applies it on the way to DRAM.

use crate::execute::{self, ExecuteError};
use crate::fixed::MAX_SHIFT;
use crate::host::{self, Words};
use crate::network::{Op, Weights};
use crate::{Clamp, Conv16, ConvShape, Format, LayerId, Network, Tensor, conv16, float};

/// How much further than the largest value seen on calibration images a format reaches.
///
/// Measured with 8 calibration images on 400 images of the ILSVRC 2012 validation set, with SqueezeNet 1.1 (2.6 million
/// sums an image; 289 right in floating point) and EfficientNet-Lite0 (6.7 million; 323 right). "Agrees" is the share
/// of images whose first class is that of the float network.
///
/// | headroom | SqueezeNet: right | agrees | sums that wrap | Lite0: right | agrees | sums that wrap |
/// |---|---|---|---|---|---|---|
/// | 1.0 | 290 | 98.0 % | 1,750 | 324 | 98.8 % | 510 |
/// | 1.5 | 289 | 97.8 % | 2 | 323 | 99.8 % | 65 |
/// | 2.0 | 289 | 97.3 % | 0 | 323 | 99.8 % | 0 |
/// | 4.0 | 289 | 95.3 % | 0 | 322 | 97.8 % | 0 |
///
/// A sum that wraps becomes a large value of the other sign, while a bit less precision changes little: hence 2. With
/// 2 calibration images instead of 8, Lite0 loses nothing either (33 sums of 1.3 billion wrap).
pub const HEADROOM: f32 = 2.0;

/// Why a network was not quantised.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CalibrateError {
    /// There were no calibration images.
    #[error("found no calibration images, expected at least 1")]
    NoImages,
    /// The network does not execute over the images.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
    /// A layer's output is infinite or not a number in floating point.
    #[error("layer {layer:?}: found {value} among its outputs, expected finite values")]
    NotFinite {
        /// The layer.
        layer: String,
        /// The value.
        value: f32,
    },
}

/// A network in the chip's arithmetic: shapes, a format for each layer, and 16-bit parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantised {
    network: Network,
    formats: Vec<Format>,
    convs: Vec<Option<FixedConv>>,
}

/// The 16-bit parameters of a convolution or fully connected layer.
#[derive(Clone, Debug, PartialEq)]
pub struct FixedConv {
    /// `[M, C/G, R, S]`.
    pub weights: Tensor<i16>,
    /// Format of the weights.
    pub weight_format: Format,
    /// One word an output channel, in the layer's output format.
    pub bias: Vec<i16>,
    /// Where products are cut: fraction bits of input and weights less those of the output.
    pub shift: u32,
    /// The activation that is the only reader.
    pub clamp: Clamp,
}

impl FixedConv {
    /// The convolution over `input`.
    pub fn job<'a>(&'a self, shape: ConvShape, input: &'a Tensor<i16>) -> Conv16<'a> {
        let FixedConv { weights, bias, shift, clamp, .. } = self;
        Conv16 { shape, input, weights, bias, shift: *shift, clamp: *clamp }
    }
}

impl Quantised {
    /// Chooses formats and parameters from batches of calibration images, `[N, C, H, W]` each.
    ///
    /// Feature maps of all images are held at once, those that a later layer still reads.
    pub fn calibrate(network: &Network, images: &[Tensor<f32>]) -> Result<Self, CalibrateError> {
        Self::calibrate_with_headroom(network, images, HEADROOM)
    }

    /// As [`Quantised::calibrate`], with other headroom than [`HEADROOM`].
    pub fn calibrate_with_headroom(
        network: &Network,
        images: &[Tensor<f32>],
        headroom: f32,
    ) -> Result<Self, CalibrateError> {
        if images.is_empty() {
            return Err(CalibrateError::NoImages);
        }
        for batch in images {
            execute::check(network, batch.dims())?;
        }
        let activations = fused_activations(network);
        let mut quantised = Quantised {
            network: network.without_conv_weights(),
            formats: Vec::with_capacity(network.layers().len()),
            convs: Vec::with_capacity(network.layers().len()),
        };
        execute::walk(
            network,
            |id, inputs: &[&Calibration]| {
                let (calibration, conv) = match &network.layer(id).weights {
                    Some(weights) if network.conv_shape(id, 1).is_some() => {
                        let float = float_outputs(network, id, inputs, images)?;
                        calibrate_conv(network, id, weights, inputs[0], float, activations[id.0 as usize], headroom)
                    }
                    _ => (calibrate_host(network, id, inputs, images, headroom)?, None),
                };
                quantised.formats.push(calibration.fixed[0].format);
                quantised.convs.push(conv);
                Ok::<_, CalibrateError>(calibration)
            },
            |_, _| (),
        )?;
        Ok(quantised)
    }

    /// The network's shapes; its only weights are those of scale layers.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The format of a layer's output.
    pub fn format(&self, id: LayerId) -> Format {
        self.formats[id.0 as usize]
    }

    /// The parameters of a convolution or fully connected layer; `None` for other layers.
    pub fn conv(&self, id: LayerId) -> Option<&FixedConv> {
        self.convs[id.0 as usize].as_ref()
    }
}

/// The output of a layer for each batch of calibration images.
struct Calibration {
    float: Vec<Tensor<f32>>,
    fixed: Vec<Words>,
}

fn float_outputs(
    network: &Network,
    id: LayerId,
    inputs: &[&Calibration],
    images: &[Tensor<f32>],
) -> Result<Vec<Tensor<f32>>, CalibrateError> {
    let batches = images.iter().enumerate().map(|(batch, images)| {
        let inputs: Vec<&Tensor<f32>> = inputs.iter().map(|input| &input.float[batch]).collect();
        let output = float::layer(network, id, images.dims()[0], &inputs, images);
        match output.data().iter().find(|value| !value.is_finite()) {
            Some(&value) => Err(CalibrateError::NotFinite { layer: network.layer(id).name.clone(), value }),
            None => Ok(output),
        }
    });
    batches.collect()
}

/// The largest absolute value of all batches.
fn largest(batches: &[Tensor<f32>]) -> f32 {
    batches.iter().flat_map(|batch| batch.data()).fold(0.0, |largest, value| largest.max(value.abs()))
}

fn calibrate_host(
    network: &Network,
    id: LayerId,
    inputs: &[&Calibration],
    images: &[Tensor<f32>],
    headroom: f32,
) -> Result<Calibration, CalibrateError> {
    let float = float_outputs(network, id, inputs, images)?;
    let formats: Vec<Format> = inputs.iter().map(|input| input.fixed[0].format).collect();
    let format = host::format(&network.layer(id).op, &formats, largest(&float) * headroom);
    let fixed = images.iter().enumerate().map(|(batch, images)| {
        let inputs: Vec<&Words> = inputs.iter().map(|input| &input.fixed[batch]).collect();
        host::layer(network, id, &inputs, format, images)
    });
    Ok(Calibration { fixed: fixed.collect(), float })
}

fn calibrate_conv(
    network: &Network,
    id: LayerId,
    weights: &Weights,
    input: &Calibration,
    float: Vec<Tensor<f32>>,
    activation: Option<Activation>,
    headroom: f32,
) -> (Calibration, Option<FixedConv>) {
    let largest_bias = weights.bias.iter().fold(0.0f32, |largest, bias| largest.max(bias.abs()));
    let wanted = Format::for_range(largest(&float).max(largest_bias) * headroom);
    let input_format = input.fixed[0].format;
    let (weight_format, format, shift) = cut_formats(input_format, weights, wanted);
    let shape_of = |batch: &Words| network.conv_shape(id, batch.words.dims()[0]).expect("the batch was checked");
    let m = shape_of(&input.fixed[0]).m;
    let mut bias: Vec<i16> = weights.bias.iter().map(|&bias| format.quantise(bias)).collect();
    bias.resize(m, 0);
    let kernel = weight_format.quantise_all(&weights.kernel).reshaped(&shape_of(&input.fixed[0]).weight_dims());
    let mut conv = FixedConv { weights: kernel, weight_format, bias, shift, clamp: Clamp::NONE };

    let sums = input.fixed.iter().map(|batch| {
        let shape = shape_of(batch);
        let input = batch.words.clone().reshaped(&shape.input_dims());
        conv16::fast(&conv.job(shape, &input)).output
    });
    let mut sums: Vec<Tensor<i16>> = sums.collect();
    let corrections = mean_errors(&float, &sums, m, format);
    for (bias, correction) in conv.bias.iter_mut().zip(&corrections) {
        *bias = bias.wrapping_add(*correction);
    }
    conv.clamp = activation.map_or(Clamp::NONE, |activation| activation.clamp(format));
    for words in &mut sums {
        let pixels = words.data().len() / words.dims()[0] / m;
        for (plane, words) in words.data_mut().chunks_mut(pixels).enumerate() {
            let correction = corrections[plane % m];
            words.iter_mut().for_each(|word| *word = conv.clamp.apply(word.wrapping_add(correction)));
        }
    }
    let fixed =
        sums.into_iter().zip(&float).map(|(words, float)| Words { words: words.reshaped(float.dims()), format });
    (Calibration { fixed: fixed.collect(), float }, Some(conv))
}

/// Formats of weights and output, and the cut between them, that come closest to the finest weights and `wanted`.
fn cut_formats(input: Format, weights: &Weights, wanted: Format) -> (Format, Format, u32) {
    let largest = weights.kernel.data().iter().fold(0.0f32, |largest, weight| largest.max(weight.abs()));
    let mut weight = Format::for_range(largest);
    let excess = input.frac + weight.frac - wanted.frac - MAX_SHIFT as i32;
    weight.frac -= excess.max(0);
    let output = Format { frac: wanted.frac.min(input.frac + weight.frac) };
    (weight, output, (input.frac + weight.frac - output.frac) as u32)
}

/// By output channel, how many units the floating-point sums lie above the 16-bit ones in the mean. Differences are
/// taken modulo 2^16, so that a sum that wrapped does not disturb the mean.
fn mean_errors(float: &[Tensor<f32>], fixed: &[Tensor<i16>], m: usize, format: Format) -> Vec<i16> {
    let mut sums = vec![0i64; m];
    let mut count = 0i64;
    for (float, fixed) in float.iter().zip(fixed) {
        let pixels = fixed.data().len() / fixed.dims()[0] / m;
        count += (fixed.dims()[0] * pixels) as i64;
        let target = format.quantise_all(float);
        for (plane, (target, fixed)) in target.data().chunks(pixels).zip(fixed.data().chunks(pixels)).enumerate() {
            let errors = target.iter().zip(fixed).map(|(target, fixed)| i64::from(target.wrapping_sub(*fixed)));
            sums[plane % m] += errors.sum::<i64>();
        }
    }
    sums.iter().map(|&sum| (sum as f64 / count as f64).round_ties_even() as i16).collect()
}

/// An activation that the output path applies.
#[derive(Clone, Copy, Debug)]
enum Activation {
    Relu,
    Relu6,
}

impl Activation {
    fn clamp(self, format: Format) -> Clamp {
        match self {
            Activation::Relu => Clamp::RELU,
            Activation::Relu6 => Clamp { lo: 0, hi: format.quantise(6.0) },
        }
    }
}

/// For each layer, the activation that alone reads it.
fn fused_activations(network: &Network) -> Vec<Option<Activation>> {
    let mut readers = vec![0; network.layers().len()];
    let mut activations = vec![None; network.layers().len()];
    for layer in network.layers() {
        for input in &layer.inputs {
            readers[input.0 as usize] += 1;
            activations[input.0 as usize] = match layer.op {
                Op::Relu => Some(Activation::Relu),
                Op::Relu6 => Some(Activation::Relu6),
                _ => None,
            };
        }
    }
    activations.iter().zip(readers).map(|(&activation, readers)| activation.filter(|_| readers == 1)).collect()
}
