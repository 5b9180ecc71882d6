//! The fast 16-bit convolution equals the naive one in words and counts, on generated problems and at the extremes.

use nn::conv16::{fast, naive};
use nn::generate::{Generator, Limits};
use nn::{Clamp, Conv16, ConvShape, Pad, Tensor};

#[track_caller]
fn check(seeds: std::ops::Range<u64>, limits: &Limits) {
    for seed in seeds {
        let problem = Generator::new(seed).conv16(limits);
        let (found, expected) = (fast(&problem.job()), naive(&problem.job()));
        assert!(found == expected, "seed {seed}: {:?}, shift {}", problem.shape, problem.shift);
    }
}

#[test]
fn fast_is_naive_on_generated_problems() {
    check(0..2000, &Limits { macs: 50_000, ..Limits::default() });
}

#[test]
fn fast_is_naive_where_everything_saturates() {
    check(5000..5200, &Limits { bits: Some(16), zeros: Some(0.0), macs: 50_000, ..Limits::default() });
}

/// Words that leave bits free, so that cuts move up to bit 16 and sums of 16 bits fill.
#[test]
fn fast_is_naive_in_sums_of_16_bits() {
    for (bits, zeros) in [(5, 0.0), (9, 0.5), (12, 0.0), (13, 0.0), (14, 0.0), (15, 0.0)] {
        let limits = Limits { bits: Some(bits), zeros: Some(zeros), filter: 5, channels: 40, ..Limits::default() };
        check(7000..7060, &limits);
    }
}

#[test]
fn fast_is_naive_on_larger_layers() {
    let limits = Limits { outputs: 70, channels: 70, filter: 3, stride: 2, output_size: 30, ..Limits::default() };
    check(9000..9030, &Limits { macs: 3_000_000, ..limits });
}

/// Many taps: the exact sum exceeds 32 bits, at every extreme of input and weight.
#[test]
fn fast_is_naive_beyond_32_bits() {
    let few = ConvShape {
        n: 2,
        groups: 1,
        m: 3,
        c: 70_000,
        h: 1,
        w: 1,
        r: 1,
        s: 1,
        stride: [1, 1],
        pad: Pad::default(),
        dilation: [1, 1],
    };
    let many = ConvShape { w: 20, n: 1, c: 70_000, ..few };
    for shape in [few, many] {
        for (input, weight, shift) in [(-32768, -32768, 15), (-32768, -32768, 16), (-32768, 32767, 15), (1, -1, 31)] {
            let input = Tensor::from_vec(&shape.input_dims(), vec![input; shape.input_dims().iter().product()]);
            let weights = Tensor::from_vec(&shape.weight_dims(), vec![weight; shape.weights() as usize]);
            let bias = &[0, 32767, -32768][..];
            let job = Conv16 { shape, input: &input, weights: &weights, bias, shift, clamp: Clamp::NONE };
            assert_eq!(fast(&job), naive(&job), "{input:?} x {weight} >> {shift}");
        }
    }
}
