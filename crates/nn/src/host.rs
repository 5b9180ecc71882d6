//! The layers that the chip leaves to its host, on words "in the same formats".
//!
//! Pooling, activations and moves keep the format of their input; additions and concatenations bring their inputs to
//! one format; what has no meaning in words (normalisation, scale, softmax) is computed on values and quantised
//! again. The host saturates where the chip would wrap.

use crate::execute::batch_dims;
use crate::fixed::nearest;
use crate::network::Op;
use crate::{Clamp, Format, LayerId, Network, Tensor, arrange, float, pool};

/// A feature map in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Words {
    /// `[N, ...]`.
    pub words: Tensor<i16>,
    /// What they stand for.
    pub format: Format,
}

impl Words {
    /// What the words stand for.
    pub fn values(&self) -> Tensor<f32> {
        self.format.values(&self.words)
    }

    /// The nearest words in another format.
    fn rescaled(&self, format: Format) -> Tensor<i16> {
        if format == self.format {
            return self.words.clone();
        }
        let factor = format.scale() / self.format.scale();
        self.words.par_map(|word| nearest(f64::from(word) * factor))
    }
}

/// The output format of a host layer over inputs of `formats`, whose outputs may reach `range`.
pub(crate) fn format(op: &Op, formats: &[Format], range: f32) -> Format {
    match op {
        Op::Relu | Op::Relu6 | Op::Pool(_) | Op::Dropout | Op::Flatten | Op::Reshape { .. } | Op::Pad { .. } => {
            formats[0]
        }
        Op::Concat => formats.iter().copied().min().unwrap_or(formats[0]),
        Op::Softmax => Format::for_range(1.0),
        _ => Format::for_range(range),
    }
}

/// The output of a host layer in `format`; `images` are the network's input.
pub(crate) fn layer(network: &Network, id: LayerId, inputs: &[&Words], format: Format, images: &Tensor<f32>) -> Words {
    let layer = network.layer(id);
    let dims = batch_dims(network, id, images.dims()[0]);
    let words = match &layer.op {
        Op::Input { .. } => format.quantise_all(images),
        Op::Pool(parameters) => pool::pool(parameters, &inputs[0].words, &dims),
        Op::Relu => inputs[0].words.par_map(|word| Clamp::RELU.apply(word)),
        Op::Relu6 => {
            let clamp = Clamp { lo: 0, hi: format.quantise(6.0) };
            inputs[0].words.par_map(|word| clamp.apply(word))
        }
        Op::Dropout | Op::Flatten | Op::Reshape { .. } => inputs[0].words.clone().reshaped(&dims),
        Op::Pad { channels, sides } => arrange::pad(channels[0], sides, &inputs[0].words, &dims),
        Op::Concat => {
            let rescaled: Vec<Tensor<i16>> = inputs.iter().map(|input| input.rescaled(format)).collect();
            arrange::concat(&rescaled.iter().collect::<Vec<_>>(), &dims)
        }
        Op::Add => add(inputs, format),
        Op::Lrn { .. } | Op::Scale | Op::Softmax | Op::Conv(_) | Op::FullyConnected { .. } => {
            let values = inputs[0].values();
            format.quantise_all(&float::layer(network, id, images.dims()[0], &[&values], images))
        }
    };
    Words { words, format }
}

/// The sum, rounded once. Exact but for the last rounding: 16-bit words at formats at most 47 bits apart.
fn add(inputs: &[&Words], format: Format) -> Tensor<i16> {
    let mut sums = vec![0.0f64; inputs[0].words.data().len()];
    for input in inputs {
        let factor = format.scale() / input.format.scale();
        for (sum, &word) in sums.iter_mut().zip(input.words.data()) {
            *sum += f64::from(word) * factor;
        }
    }
    Tensor::from_vec(inputs[0].words.dims(), sums.into_iter().map(nearest).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(frac: i32, words: &[i16]) -> Words {
        Words { words: Tensor::from_vec(&[1, words.len()], words.to_vec()), format: Format { frac } }
    }

    #[test]
    fn words_are_rescaled_to_the_nearest_and_saturate() {
        let rescaled = |from, to, word| words(from, &[word]).rescaled(Format { frac: to }).data()[0];
        assert_eq!([rescaled(4, 2, 6), rescaled(4, 2, 10), rescaled(4, 2, -6)], [2, 2, -2]);
        assert_eq!([rescaled(2, 4, 7), rescaled(2, 4, 30_000), rescaled(0, 31, -1)], [28, i16::MAX, i16::MIN]);
        assert_eq!(rescaled(9, 9, 12_345), 12_345);
    }

    /// 0.75 + 0.625 + 4 in units of a quarter is 21.5, rounded once; by parts it would be 3 + 2 + 16.
    #[test]
    fn sums_are_rounded_once_and_saturate() {
        let inputs = [words(2, &[3, 32767]), words(3, &[5, 32767]), words(-1, &[2, 32767])];
        let inputs: Vec<&Words> = inputs.iter().collect();
        assert_eq!(add(&inputs, Format { frac: 2 }).data(), [22, i16::MAX]);
    }

    #[test]
    fn concatenation_takes_the_coarsest_format() {
        let formats = [Format { frac: 9 }, Format { frac: -2 }, Format { frac: 12 }];
        assert_eq!(format(&Op::Concat, &formats, 1.0), Format { frac: -2 });
        assert_eq!(format(&Op::Add, &formats, 1.0), Format { frac: 14 });
        assert_eq!(format(&Op::Relu, &formats, 1.0), formats[0]);
    }
}
