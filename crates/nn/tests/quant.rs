//! Quantised networks beside the float executor, and the convolution engine that can be plugged in.

use nn::conv16::{fast, naive};
use nn::execute::ExecuteError;
use nn::generate::Generator;
use nn::quant::{CalibrateError, HEADROOM};
use nn::{
    Clamp, Conv, Conv16, Layer, LayerId, Network, Op, Pad, Pool, PoolKind, Quantised, Tensor, Weights, Words,
    fixed_exec, float, zoo,
};

/// Writes random networks down.
struct Builder {
    layers: Vec<Layer>,
    random: Generator,
}

impl Builder {
    fn new(seed: u64, dims: &[usize]) -> Self {
        let mut builder = Builder { layers: vec![], random: Generator::new(seed) };
        builder.add("data", Op::Input { dims: dims.to_vec() }, &[]);
        builder
    }

    fn add(&mut self, name: &str, op: Op, inputs: &[u32]) -> u32 {
        let inputs = inputs.iter().map(|&i| LayerId(i)).collect();
        self.layers.push(Layer { name: name.into(), op, inputs, weights: None });
        self.layers.len() as u32 - 1
    }

    /// A layer with weights of about unit gain.
    fn weighted(&mut self, name: &str, op: Op, input: u32, dims: &[usize]) -> u32 {
        let taps: usize = dims[1..].iter().product();
        let kernel = self.random.reals(dims, (6.0 / taps as f32).sqrt());
        let bias = self.random.reals(&dims[..1], 0.3).into_vec();
        let id = self.add(name, op, &[input]);
        self.layers[id as usize].weights = Some(Weights { kernel, bias });
        id
    }

    fn conv(&mut self, name: &str, input: u32, c: usize, m: usize, kernel: usize, groups: usize) -> u32 {
        let pad = Pad::all(kernel / 2);
        let conv = Conv { m, kernel: [kernel; 2], stride: [1, 1], pad, dilation: [1, 1], groups };
        self.weighted(name, Op::Conv(conv), input, &[m, c / groups, kernel, kernel])
    }

    fn pool(&mut self, name: &str, input: u32, kind: PoolKind, kernel: Option<[usize; 2]>) -> u32 {
        self.add(name, Op::Pool(Pool { kind, kernel, stride: [2, 2], pad: Pad::default(), ceil: true }), &[input])
    }

    fn finish(self) -> Network {
        Network::new("random", self.layers).unwrap()
    }
}

/// Every operator, in the order in which networks use them.
fn every_operator(seed: u64) -> Network {
    let mut b = Builder::new(seed, &[3, 12, 12]);
    let conv1 = b.conv("conv1", 0, 3, 16, 5, 1);
    let relu1 = b.add("relu1", Op::Relu, &[conv1]);
    let norm1 = b.add("norm1", Op::Lrn { size: 5, alpha: 0.1, beta: 0.75, k: 1.0 }, &[relu1]);
    let pool1 = b.pool("pool1", norm1, PoolKind::Max, Some([3, 3]));
    let depthwise = b.conv("depthwise", pool1, 16, 16, 3, 16);
    let relu6 = b.add("relu6", Op::Relu6, &[depthwise]);
    let pointwise = b.conv("pointwise", relu6, 16, 16, 1, 1);
    let add = b.add("add", Op::Add, &[pointwise, pool1]);
    let narrow = b.conv("narrow", add, 16, 8, 3, 2);
    let concat = b.add("concat", Op::Concat, &[narrow, add]);
    let scale = b.weighted("scale", Op::Scale, concat, &[24]);
    let relu2 = b.add("relu2", Op::Relu, &[scale]);
    let sides = Pad { top: 1, bottom: 0, left: 0, right: 1 };
    let pad = b.add("pad", Op::Pad { channels: [0, 0], sides }, &[relu2]);
    let pool2 = b.pool("pool2", pad, PoolKind::Average, Some([2, 2]));
    let fc1 = b.weighted("fc1", Op::FullyConnected { outputs: 32 }, pool2, &[32, 24 * 16]);
    let relu3 = b.add("relu3", Op::Relu, &[fc1]);
    let dropout = b.add("dropout", Op::Dropout, &[relu3]);
    let fc2 = b.weighted("fc2", Op::FullyConnected { outputs: 10 }, dropout, &[10, 32]);
    b.add("prob", Op::Softmax, &[fc2]);
    b.finish()
}

fn images(seed: u64, n: usize) -> Tensor<f32> {
    Generator::new(seed).reals(&[n, 3, 12, 12], 2.0)
}

/// Root mean square of the difference over that of the reference.
fn relative_error(found: &Tensor<f32>, reference: &Tensor<f32>) -> f64 {
    let square = |x: f32| f64::from(x) * f64::from(x);
    let error: f64 = found.data().iter().zip(reference.data()).map(|(a, b)| square(a - b)).sum();
    (error / reference.data().iter().map(|&x| square(x)).sum::<f64>()).sqrt()
}

#[test]
fn sixteen_bits_follow_the_float_network_layer_by_layer() {
    for seed in 0..20 {
        let network = every_operator(seed);
        let quantised = Quantised::calibrate(&network, &[images(seed, 8), images(seed + 100, 4)]).unwrap();
        let unseen = images(seed + 1000, 3);
        let mut expected = vec![];
        let probabilities = float::execute(&network, &unseen, |_, output| expected.push(output.clone())).unwrap();
        let mut layers = vec![];
        let found = fixed_exec::execute(&quantised, &unseen, fixed_exec::fast, |id, words| {
            layers.push((id, words.values()));
            assert_eq!(words.format, quantised.format(id));
        })
        .unwrap();
        let error = relative_error(&found, &probabilities);
        assert!(error < 0.01, "seed {seed}: probabilities off by {error}");
        for (id, values) in layers {
            let mut reference = expected[id.0 as usize].clone();
            if quantised.conv(id).is_some_and(|conv| conv.clamp.lo == 0) {
                let limit = if network.layer(id).name == "depthwise" { 6.0 } else { f32::INFINITY };
                reference = reference.map(|x| x.clamp(0.0, limit));
            }
            let error = relative_error(&values, &reference);
            assert!(error < 0.01, "seed {seed}, layer {:?}: relative error {error}", network.layer(id).name);
        }
    }
}

/// Networks of the zoo with random weights: all their operators, at their sizes.
#[test]
fn the_zoo_executes_in_both_arithmetics() {
    for name in ["lenet5", "squeezenet1.1", "mobilenet-v2"] {
        let shapes = zoo::by_name(name).unwrap();
        let mut g = Generator::new(1);
        let mut layers = shapes.layers().to_vec();
        for (id, layer) in shapes.ids().zip(&mut layers) {
            layer.weights = shapes.weight_dims(id).map(|dims| {
                let taps: usize = dims[1..].iter().product();
                Weights {
                    kernel: g.reals(&dims, (6.0f32 / taps as f32).sqrt()),
                    bias: g.reals(&dims[..1], 0.1).into_vec(),
                }
            });
        }
        let network = Network::new(name, layers).unwrap();
        let mut image = || g.reals(&[&[1], network.input_dims()].concat(), 1.0);
        let (calibration, unseen) = (image(), image());
        let scores = LayerId(network.output().0 - 1);
        let expected = float::outputs(&network, &unseen, &[scores]).unwrap().remove(0);
        let quantised = Quantised::calibrate(&network, &[calibration]).unwrap();
        let mut found = None;
        let see = |id, words: &Words| found = (id == scores).then(|| words.values()).or(found.take());
        fixed_exec::execute(&quantised, &unseen, fixed_exec::fast, see).unwrap();
        let error = relative_error(&found.unwrap(), &expected);
        assert!(error < 0.05, "{name}: scores are off by {error}");
    }
}

#[test]
fn activations_are_fused_where_they_alone_read() {
    let network = every_operator(1);
    let quantised = Quantised::calibrate(&network, &[images(1, 4)]).unwrap();
    let clamp = |name| quantised.conv(network.find(name).unwrap()).unwrap().clamp;
    assert_eq!([clamp("conv1"), clamp("fc1")], [Clamp::RELU; 2]);
    assert_eq!([clamp("pointwise"), clamp("narrow"), clamp("fc2")], [Clamp::NONE; 3]);
    let six = quantised.format(network.find("depthwise").unwrap()).quantise(6.0);
    assert_eq!(clamp("depthwise"), Clamp { lo: 0, hi: six });
}

#[test]
fn the_engine_is_pluggable_and_sees_every_convolution() {
    let network = every_operator(2);
    let quantised = Quantised::calibrate(&network, &[images(2, 4)]).unwrap();
    let input = images(3, 2);
    let mut seen = vec![];
    let slow = |id: LayerId, job: &Conv16| {
        seen.push((network.layer(id).name.as_str(), job.shape));
        let Conv16 { shape, shift, .. } = *job;
        assert_eq!((job.input.dims(), job.weights.dims()), (&shape.input_dims()[..], &shape.weight_dims()[..]));
        let input = quantised.format(network.layer(id).inputs[0]).frac;
        let conv = quantised.conv(id).unwrap();
        assert_eq!(shift as i32, input + conv.weight_format.frac - quantised.format(id).frac);
        Ok::<_, ExecuteError>(naive(job).output)
    };
    let by_naive = fixed_exec::execute(&quantised, &input, slow, |_, _| ()).unwrap();
    assert_eq!(by_naive, fixed_exec::execute(&quantised, &input, fixed_exec::fast, |_, _| ()).unwrap());
    assert_eq!(
        seen.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        ["conv1", "depthwise", "pointwise", "narrow", "fc1", "fc2"]
    );
    let (_, fc1) = seen[4];
    assert_eq!((fc1.c, fc1.r, fc1.s, fc1.output_dims()), (24, 4, 4, [2, 32, 1, 1]));
}

#[test]
fn an_engines_error_stops_the_network() {
    #[derive(Debug, PartialEq)]
    struct Broken(LayerId);
    impl From<ExecuteError> for Broken {
        fn from(error: ExecuteError) -> Self {
            panic!("{error}")
        }
    }
    let quantised = Quantised::calibrate(&every_operator(3), &[images(3, 1)]).unwrap();
    let result = fixed_exec::execute(&quantised, &images(4, 1), |id, _| Err(Broken(id)), |_, _| ());
    assert_eq!(result, Err(Broken(LayerId(1))));
}

/// With the stated headroom no sum wraps and no product saturates on images that calibration has not seen.
#[test]
fn sums_stay_in_range() {
    let (mut saturated, mut wrapped) = (0, 0);
    for seed in 0..10 {
        let quantised = Quantised::calibrate(&every_operator(seed), &[images(seed, 16)]).unwrap();
        let count = |_, job: &Conv16| {
            let result = fast(job);
            saturated += result.saturated;
            wrapped += result.wrapped;
            Ok::<_, ExecuteError>(result.output)
        };
        fixed_exec::execute(&quantised, &images(seed + 500, 16), count, |_, _| ()).unwrap();
    }
    assert_eq!((saturated, wrapped), (0, 0), "headroom {HEADROOM}");
}

/// Without the correction, 4,000 products of a positive sum would each lose half a unit.
#[test]
fn biases_correct_the_cut() {
    let mut b = Builder::new(5, &[500, 3, 3]);
    let conv = Conv { m: 4, kernel: [3, 3], stride: [1, 1], pad: Pad::default(), dilation: [1, 1], groups: 1 };
    b.weighted("conv", Op::Conv(conv), 0, &[4, 500, 3, 3]);
    let network = b.finish();
    let images = |seed| Generator::new(seed).reals(&[32, 500, 3, 3], 1.0);
    let quantised = Quantised::calibrate(&network, &[images(1)]).unwrap();
    let unseen = images(2);
    let format = quantised.format(LayerId(1));
    let expected = format.quantise_all(&float::output(&network, &unseen).unwrap());
    let found = fixed_exec::execute(&quantised, &unseen, fixed_exec::fast, |_, _| ()).unwrap();
    let found = format.quantise_all(&found);
    let error: i64 = found.data().iter().zip(expected.data()).map(|(a, b)| i64::from(a - b)).sum();
    let mean = error as f64 / found.data().len() as f64;
    assert!(mean.abs() < 10.0, "sums are {mean} units off in the mean");
    let float_bias = network.layer(LayerId(1)).weights.as_ref().unwrap().bias.iter().map(|&b| format.quantise(b));
    for (fixed, float) in quantised.conv(LayerId(1)).unwrap().bias.iter().zip(float_bias) {
        let correction = i32::from(*fixed) - i32::from(float);
        assert!((2200..2300).contains(&correction), "corrected by {correction} units for 4,500 products");
    }
}

#[test]
fn what_cannot_be_calibrated_is_refused() {
    let network = every_operator(0);
    assert_eq!(Quantised::calibrate(&network, &[]), Err(CalibrateError::NoImages));
    let error = Quantised::calibrate(&network, &[Tensor::zeros(&[1, 3, 12, 11])]).unwrap_err();
    assert_eq!(error.to_string(), "found an input of dimensions [1, 3, 12, 11], expected a batch of [3, 12, 12]");
    let mut images = images(0, 2);
    images.data_mut()[100] = f32::NAN;
    let error = Quantised::calibrate(&network, &[images]).unwrap_err();
    assert_eq!(error.to_string(), "layer \"data\": found NaN among its outputs, expected finite values");
}
