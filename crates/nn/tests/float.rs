//! The float executor beside onnxruntime, operator by operator, and beside itself.

use std::collections::HashMap;

use nn::execute::ExecuteError;
use nn::generate::{Generator, Limits};
use nn::{Conv, ConvShape, Layer, LayerId, Network, Op, Pad, Pool, PoolKind, Tensor, Weights, float};

/// One case of `fixtures/operators.txt`.
struct Case {
    name: &'static str,
    op: Vec<&'static str>,
    tensors: HashMap<&'static str, Tensor<f32>>,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for line in include_str!("fixtures/operators.txt").lines().filter(|line| !line.starts_with('#')) {
        let (key, rest) = line.split_once(' ').unwrap();
        match key {
            "case" => cases.push(Case { name: rest, op: vec![], tensors: HashMap::new() }),
            "op" => cases.last_mut().unwrap().op = rest.split(' ').collect(),
            _ => {
                let (dims, values) = rest.split_once(" : ").unwrap();
                let dims: Vec<usize> = dims.split(',').map(|d| d.parse().unwrap()).collect();
                let values = values.split(' ').map(|v| v.parse().unwrap()).collect();
                cases.last_mut().unwrap().tensors.insert(key, Tensor::from_vec(&dims, values));
            }
        }
    }
    cases
}

impl Case {
    fn text(&self, key: &str) -> &str {
        self.op.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('=')).unwrap()
    }

    fn number<T: std::str::FromStr<Err: std::fmt::Debug>>(&self, key: &str) -> T {
        self.text(key).parse().unwrap()
    }

    fn sizes<const N: usize>(&self, key: &str) -> [usize; N] {
        let sizes: Vec<usize> = self.text(key).split(',').map(|n| n.parse().unwrap()).collect();
        sizes.try_into().unwrap()
    }

    fn pad(&self) -> Pad {
        let [top, bottom, left, right] = self.sizes("pad");
        Pad { top, bottom, left, right }
    }

    fn op(&self) -> Op {
        let kind = || match self.text("kind") {
            "max" => PoolKind::Max,
            "average" => PoolKind::Average,
            _ => PoolKind::AverageWithPad,
        };
        match self.op[0] {
            "conv" => Op::Conv(Conv {
                m: self.number("m"),
                kernel: self.sizes("kernel"),
                stride: self.sizes("stride"),
                pad: self.pad(),
                dilation: self.sizes("dilation"),
                groups: self.number("groups"),
            }),
            "fc" => Op::FullyConnected { outputs: self.number("outputs") },
            "pool" => Op::Pool(Pool {
                kind: kind(),
                kernel: Some(self.sizes("kernel")),
                stride: self.sizes("stride"),
                pad: self.pad(),
                ceil: self.text("ceil") == "1",
            }),
            "global" => Op::Pool(Pool { kind: kind(), kernel: None, stride: [1, 1], pad: Pad::default(), ceil: false }),
            "relu" => Op::Relu,
            "relu6" => Op::Relu6,
            "lrn" => Op::Lrn {
                size: self.number("size"),
                alpha: self.number("alpha"),
                beta: self.number("beta"),
                k: self.number("k"),
            },
            "scale" => Op::Scale,
            "add" => Op::Add,
            "concat" => Op::Concat,
            "softmax" => Op::Softmax,
            "pad" => Op::Pad { channels: self.sizes("channels"), sides: self.pad() },
            "flatten" => Op::Flatten,
            other => panic!("{other}"),
        }
    }

    /// Input, ReLU of the input, and the operator over the input; over (input, ReLU, input) if it reads several.
    fn network(&self) -> Network {
        let op = self.op();
        let inputs = if matches!(op, Op::Add | Op::Concat) { &[0, 1, 0][..] } else { &[0] };
        let weights = self
            .tensors
            .get("weight")
            .map(|kernel| Weights { kernel: kernel.clone(), bias: self.tensors["bias"].data().to_vec() });
        let dims = self.tensors["input"].dims()[1..].to_vec();
        Network::new(
            self.name,
            vec![
                layer("data", Op::Input { dims }, &[], None),
                layer("relu", Op::Relu, &[0], None),
                layer("operator", op, inputs, weights),
            ],
        )
        .unwrap()
    }
}

fn layer(name: &str, op: Op, inputs: &[u32], weights: Option<Weights>) -> Layer {
    Layer { name: name.into(), op, inputs: inputs.iter().map(|&i| LayerId(i)).collect(), weights }
}

#[test]
fn operators_are_onnxruntimes() {
    let cases = cases();
    assert!(cases.len() >= 30, "{} cases", cases.len());
    for case in cases {
        let found = float::output(&case.network(), &case.tensors["input"]).unwrap();
        let expected = &case.tensors["output"];
        assert_eq!(found.dims(), expected.dims(), "{}", case.name);
        for (index, (found, expected)) in found.data().iter().zip(expected.data()).enumerate() {
            let error = (found - expected).abs() / expected.abs().max(1.0);
            assert!(error < 1e-5, "{}: element {index} is {found}, onnxruntime's is {expected}", case.name);
        }
    }
}

/// The convolution as its definition has it, in double precision.
fn naive(shape: &ConvShape, input: &Tensor<f32>, weights: &Weights) -> Vec<f64> {
    let mut output = Vec::new();
    let [_, _, p, q] = shape.output_dims();
    for n in 0..shape.n {
        for m in 0..shape.m {
            for (y, x) in (0..p).flat_map(|y| (0..q).map(move |x| (y, x))) {
                let mut sum = f64::from(weights.bias[m]);
                for c in 0..shape.group_c() {
                    for (r, s) in (0..shape.r).flat_map(|r| (0..shape.s).map(move |s| (r, s))) {
                        let row = (y * shape.stride[0] + r * shape.dilation[0]).wrapping_sub(shape.pad.top);
                        let column = (x * shape.stride[1] + s * shape.dilation[1]).wrapping_sub(shape.pad.left);
                        if row < shape.h && column < shape.w {
                            let channel = n * shape.c + m / shape.group_m() * shape.group_c() + c;
                            let value = input.data()[(channel * shape.h + row) * shape.w + column];
                            let weight = weights.kernel.data()[((m * shape.group_c() + c) * shape.r + r) * shape.s + s];
                            sum += f64::from(value) * f64::from(weight);
                        }
                    }
                }
                output.push(sum);
            }
        }
    }
    output
}

fn conv_network(shape: &ConvShape, weights: Weights) -> Network {
    let conv = Conv {
        m: shape.m,
        kernel: [shape.r, shape.s],
        stride: shape.stride,
        pad: shape.pad,
        dilation: shape.dilation,
        groups: shape.groups,
    };
    Network::new(
        "conv",
        vec![
            layer("data", Op::Input { dims: vec![shape.c, shape.h, shape.w] }, &[], None),
            layer("conv", Op::Conv(conv), &[0], Some(weights)),
        ],
    )
    .unwrap()
}

#[test]
fn convolution_is_its_definition() {
    let limits = Limits { macs: 20_000, ..Limits::default() };
    for seed in 0..300 {
        let mut g = Generator::new(seed);
        let shape = g.conv_shape(&limits);
        let weights = Weights { kernel: g.reals(&shape.weight_dims(), 1.0), bias: g.reals(&[shape.m], 1.0).into_vec() };
        let input = g.reals(&shape.input_dims(), 1.0);
        let expected = naive(&shape, &input, &weights);
        let found = float::output(&conv_network(&shape, weights), &input).unwrap();
        assert_eq!(found.dims(), shape.output_dims());
        for (found, expected) in found.data().iter().zip(expected) {
            assert!((f64::from(*found) - expected).abs() < 1e-4, "seed {seed}, {shape:?}: {found} for {expected}");
        }
    }
}

/// The same bits for an image alone and in a batch, and on one thread and several.
#[test]
fn results_do_not_depend_on_batch_or_threads() {
    let limits = Limits { macs: 200_000, output_size: 40, ..Limits::default() };
    for seed in 0..40 {
        let mut g = Generator::new(seed);
        let shape = ConvShape { n: 3, ..g.conv_shape(&limits) };
        let weights = Weights { kernel: g.reals(&shape.weight_dims(), 1.0), bias: vec![] };
        let network = conv_network(&shape, weights);
        let images = g.reals(&shape.input_dims(), 1.0);
        let batch = float::output(&network, &images).unwrap();
        let one = [1, shape.c, shape.h, shape.w];
        for (n, image) in images.data().chunks(one.iter().product()).enumerate() {
            let alone = float::output(&network, &Tensor::from_vec(&one, image.to_vec())).unwrap();
            let len = alone.data().len();
            assert_eq!(alone.data(), &batch.data()[n * len..][..len], "seed {seed}, image {n}, {shape:?}");
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(pool.install(|| float::output(&network, &images).unwrap()), batch, "seed {seed}, {shape:?}");
    }
}

#[test]
fn outputs_of_inner_layers_are_kept_as_asked() {
    let case = cases().into_iter().find(|case| case.name == "add").unwrap();
    let (network, input) = (case.network(), &case.tensors["input"]);
    let kept = float::outputs(&network, input, &[LayerId(2), LayerId(0), LayerId(1)]).unwrap();
    assert_eq!(kept[1], *input);
    assert_eq!(kept[2], input.map(|x| x.max(0.0)));
    assert_eq!(kept[0], float::output(&network, input).unwrap());
}

#[test]
fn what_does_not_execute_is_refused() {
    let case = cases().into_iter().find(|case| case.name == "conv").unwrap();
    let network = case.network();
    let refusal = |dims: &[usize]| float::output(&network, &Tensor::zeros(dims)).unwrap_err().to_string();
    assert_eq!(refusal(&[2, 3, 5, 5]), "found an input of dimensions [2, 3, 5, 5], expected a batch of [3, 5, 6]");
    assert_eq!(refusal(&[0, 3, 5, 6]), "found an input of dimensions [0, 3, 5, 6], expected a batch of [3, 5, 6]");
    assert_eq!(refusal(&[]), "found an input of dimensions [], expected a batch of [3, 5, 6]");
    let shapes_only = Network::new(
        "shapes",
        vec![
            layer("data", Op::Input { dims: vec![4] }, &[], None),
            layer("fc", Op::FullyConnected { outputs: 2 }, &[0], None),
        ],
    );
    let error = float::output(&shapes_only.unwrap(), &Tensor::zeros(&[1, 4])).unwrap_err();
    assert_eq!(error, ExecuteError::NoWeights { layer: "fc".into() });
    let (pad, dims) = (Op::Pad { channels: [0, 0], sides: Pad::all(1 << 12) }, vec![1, 1, 1]);
    let network =
        Network::new("grows", vec![layer("data", Op::Input { dims }, &[], None), layer("pad", pad, &[0], None)]);
    let error = float::output(&network.unwrap(), &Tensor::zeros(&[64, 1, 1, 1])).unwrap_err();
    assert_eq!(error.to_string(), "layer \"pad\": a batch of 64 images is too large");
}
