//! Forward values are those of [`nn::float`], gradients those of finite differences over it; a step keeps its promises.

use std::convert::Infallible;

use burn::tensor::{Device, TensorData};
use nn::generate::{Generator, Limits};
use nn::{Conv, Layer, LayerId, Network, Op, Pad, Pool, PoolKind, Tensor, Weights, float, zoo};

use super::forward::{Leaf, forward};
use super::gradient::{Problem, gradients, values};
use super::{Schedule, Step, TrainError, tune};
use crate::{Mask, Masks};

fn layer(name: &str, op: Op, inputs: &[u32]) -> Layer {
    Layer { name: name.into(), op, inputs: inputs.iter().map(|&id| LayerId(id)).collect(), weights: None }
}

/// A chain of `ops` over an input of `dims`, with weights.
fn chain(dims: &[usize], ops: Vec<Op>, generator: &mut Generator) -> Network {
    let mut layers = vec![layer("input", Op::Input { dims: dims.to_vec() }, &[])];
    for (index, op) in ops.into_iter().enumerate() {
        layers.push(layer(&format!("{} {index}", op.name()), op, &[index as u32]));
    }
    weighted(layers, generator)
}

/// `layers` with weights that keep values about as large as they were.
fn weighted(mut layers: Vec<Layer>, generator: &mut Generator) -> Network {
    let shapes = Network::new("shapes", layers.clone()).unwrap();
    for (id, layer) in shapes.ids().zip(&mut layers) {
        let Some(dims) = shapes.weight_dims(id) else { continue };
        let taps: usize = dims[1..].iter().product();
        let kernel = generator.reals(&dims, (6.0 / taps as f32).sqrt());
        let bias = if generator.chance(0.8) { generator.reals(&dims[..1], 0.5).into_vec() } else { vec![] };
        layer.weights = Some(Weights { kernel, bias });
    }
    Network::new("weighted", layers).unwrap()
}

fn leaves(network: &Network) -> Vec<Leaf> {
    let parameters = network.layers().iter().filter_map(|layer| layer.weights.as_ref());
    let parameters = parameters.flat_map(|weights| [weights.kernel.data(), &weights.bias]);
    let leaf = |values: &[f32]| Leaf::from_data(TensorData::new(values.to_vec(), [values.len()]), &Device::flex());
    parameters.filter(|values| !values.is_empty()).map(leaf).collect()
}

/// The largest difference of any layer of `network` from [`float`], relative to the largest value of the layer.
fn difference(network: &Network, images: &Tensor<f32>) -> f32 {
    let mut expected = Vec::new();
    float::execute(network, images, |_, output| expected.push(output.clone())).unwrap();
    let mut worst = 0.0f32;
    let (n, values_of) = (images.dims()[0], images.data().to_vec());
    forward(network, network.output(), &leaves(network), values_of, n, |id, found| {
        let (expected, found) = (&expected[id.0 as usize], values(found.clone()));
        assert_eq!(found.len(), expected.data().len(), "{}", network.layer(id).name);
        let largest = expected.data().iter().fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
        for (found, expected) in found.iter().zip(expected.data()) {
            worst = worst.max((found - expected).abs() / largest);
        }
    });
    worst
}

fn pool(kind: PoolKind, kernel: [usize; 2], stride: [usize; 2], pad: [usize; 4], ceil: bool) -> Op {
    let [top, bottom, left, right] = pad;
    Op::Pool(Pool { kind, kernel: Some(kernel), stride, pad: Pad { top, bottom, left, right }, ceil })
}

const KINDS: [PoolKind; 3] = [PoolKind::Max, PoolKind::Average, PoolKind::AverageWithPad];

/// Every operator, as chains over an input of 4 x 7 x 9; convolutions and poolings apart.
fn operators() -> Vec<Op> {
    vec![
        Op::Relu,
        Op::Relu6,
        Op::Lrn { size: 3, alpha: 0.7, beta: 0.75, k: 1.5 },
        Op::Lrn { size: 4, alpha: 0.7, beta: 1.5, k: 1.0 },
        Op::Lrn { size: 50, alpha: 0.7, beta: 0.5, k: 1.0 },
        Op::Scale,
        Op::Softmax,
        Op::Flatten,
        Op::Reshape { dims: vec![6, 42] },
        Op::Reshape { dims: vec![2, 3, 7, 6] },
        Op::Dropout,
        Op::Pad { channels: [0, 0], sides: Pad { top: 0, bottom: 2, left: 3, right: 1 } },
        Op::Pad { channels: [2, 3], sides: Pad { top: 1, bottom: 0, left: 0, right: 0 } },
        Op::FullyConnected { outputs: 5 },
    ]
}

/// Poolings with each rounding rule, over inputs that the stride does and does not divide.
fn poolings() -> Vec<Op> {
    let mut poolings = Vec::new();
    for kind in KINDS {
        poolings.push(Op::Pool(Pool { kind, kernel: None, stride: [1, 1], pad: Pad::default(), ceil: false }));
        for ceil in [false, true] {
            poolings.push(pool(kind, [2, 2], [2, 2], [0; 4], ceil));
            poolings.push(pool(kind, [3, 2], [2, 3], [1, 2, 0, 1], ceil));
            poolings.push(pool(kind, [3, 3], [3, 2], [0, 1, 2, 0], ceil));
            poolings.push(pool(kind, [1, 2], [3, 4], [0, 0, 1, 1], ceil));
        }
    }
    poolings
}

/// A convolution of the generator as a network.
fn convolution(generator: &mut Generator) -> Network {
    let limits = Limits { filter: 5, stride: 4, pad: 3, output_size: 7, macs: 20_000, ..Limits::default() };
    let shape = generator.conv_shape(&limits);
    let (kernel, stride, pad) = ([shape.r, shape.s], shape.stride, shape.pad);
    let conv = Conv { m: shape.m, kernel, stride, pad, dilation: shape.dilation, groups: shape.groups };
    chain(&[shape.c, shape.h, shape.w], vec![Op::Conv(conv)], generator)
}

#[test]
fn operators_are_those_of_the_float_executor() {
    let mut generator = Generator::new(1);
    let mut networks: Vec<Network> = (0..200).map(|_| convolution(&mut generator)).collect();
    for op in operators().into_iter().chain(poolings()) {
        networks.push(chain(&[4, 7, 9], vec![op], &mut generator));
    }
    for network in networks {
        let images = generator.reals(&[&[3], network.input_dims()].concat(), 8.0);
        let difference = difference(&network, &images);
        assert!(difference < 2e-6, "{network:?}: {difference:e}");
    }
}

/// The network of the zoo over the smallest square input that it can take.
fn shrunk(network: &Network, generator: &mut Generator) -> Network {
    let resized = |size: usize| {
        let mut layers = network.layers().to_vec();
        layers[0].op = Op::Input { dims: vec![network.input_dims()[0], size, size] };
        Network::new(network.name(), layers).ok()
    };
    let smallest = (28..=224).step_by(4).find_map(resized).unwrap();
    weighted(smallest.layers().to_vec(), generator)
}

#[test]
fn networks_of_the_zoo_are_those_of_the_float_executor() {
    let mut generator = Generator::new(2);
    for entry in zoo::TABLE {
        let network = shrunk(&(entry.build)(), &mut generator);
        let images = generator.reals(&[&[1], network.input_dims()].concat(), 2.0);
        let difference = difference(&network, &images);
        println!("{} at {:?}: {difference:.1e}", entry.name, network.input_dims());
        assert!(difference < 2e-5, "{}: {difference:e}", entry.name);
    }
}

fn problem(network: &Network) -> Problem<'_> {
    Problem { network, logits: network.output(), classes: network.shape(network.output())[0] }
}

/// The mean cross-entropy by the float executor.
fn loss(network: &Network, images: &Tensor<f32>, labels: &[usize]) -> f64 {
    let logits = float::output(network, images).unwrap();
    let rows = logits.data().chunks(logits.data().len() / labels.len()).zip(labels);
    let losses = rows.map(|(row, &label)| {
        let row: Vec<f64> = row.iter().map(|&logit| f64::from(logit)).collect();
        let most = row.iter().copied().fold(f64::MIN, f64::max);
        most + row.iter().map(|logit| (logit - most).exp()).sum::<f64>().ln() - row[label]
    });
    losses.sum::<f64>() / labels.len() as f64
}

/// Asserts that the gradient by some parameters of each layer is the quotient of small differences.
fn check_gradients(network: &Network, n: usize, generator: &mut Generator) {
    let images = generator.reals(&[&[n], network.input_dims()].concat(), 1.5);
    let problem = problem(network);
    let labels: Vec<usize> = (0..n).map(|_| generator.size(problem.classes) - 1).collect();
    let (found_loss, found) = gradients(&problem, &leaves(network), &images, &labels);
    let expected_loss = loss(network, &images, &labels);
    assert!((found_loss - expected_loss).abs() < 1e-5 * expected_loss.max(1.0), "{found_loss} {expected_loss}");
    let mut found = found.into_iter();
    for (index, layer) in network.layers().iter().enumerate() {
        let Some(weights) = &layer.weights else { continue };
        for bias in [false, true].into_iter().take(1 + usize::from(!weights.bias.is_empty())) {
            let found = found.next().unwrap();
            let largest = found.iter().fold(0.0f32, |most, value| most.max(value.abs()));
            let tolerance = 1e-3 + 5e-3 * f64::from(largest);
            let mut smooth = 0;
            for _ in 0..12 {
                let place = generator.size(found.len()) - 1;
                let moved = |by: f32| {
                    let mut layers = network.layers().to_vec();
                    let weights = layers[index].weights.as_mut().unwrap();
                    let values = if bias { &mut weights.bias[..] } else { weights.kernel.data_mut() };
                    values[place] += by;
                    loss(&Network::new("moved", layers).unwrap(), &images, &labels)
                };
                let quotient = |by: f32| (moved(by) - moved(-by)) / (2.0 * f64::from(by));
                let [expected, closer] = [1.0 / 512.0, 1.0 / 4096.0].map(quotient);
                // Where another value becomes a window's largest within the step, the loss has a corner, and the quotient
                // is no gradient.
                if smooth == 6 || (expected - closer).abs() > tolerance {
                    continue;
                }
                smooth += 1;
                let error = (f64::from(found[place]) - expected).abs();
                let name = &layer.name;
                assert!(
                    error < tolerance,
                    "{name} of {:?}: gradient {} by differences {expected}",
                    network.layers().iter().map(|layer| &layer.op).collect::<Vec<_>>(),
                    found[place]
                );
            }
            assert_eq!(smooth, 6, "places without a corner, of {}", layer.name);
        }
    }
}

/// Each operator between a convolution and a fully connected layer, so that its gradient reaches the former.
#[test]
fn gradients_are_those_of_finite_differences() {
    let mut generator = Generator::new(3);
    let pointwise = Conv { m: 4, kernel: [1, 1], stride: [1, 1], pad: Pad::default(), dilation: [1, 1], groups: 1 };
    for op in operators().into_iter().chain(poolings()) {
        let ops = vec![Op::Conv(pointwise), op, Op::FullyConnected { outputs: 3 }];
        check_gradients(&chain(&[2, 7, 9], ops, &mut generator), 3, &mut generator);
    }
    for _ in 0..60 {
        let conv = convolution(&mut generator);
        let first = Conv { m: conv.input_dims()[0], ..pointwise };
        let second = conv.layers()[1].op.clone();
        let ops = vec![Op::Conv(first), second, Op::FullyConnected { outputs: 3 }];
        check_gradients(&chain(conv.input_dims(), ops, &mut generator), 3, &mut generator);
    }
}

/// Joins, over one shard and several: a value that is read thrice, a sum, a concatenation, branches with convolutions.
#[test]
fn gradients_of_joins_are_those_of_finite_differences() {
    let mut generator = Generator::new(4);
    let conv =
        |m, pad| Op::Conv(Conv { m, kernel: [3, 3], stride: [1, 1], pad: Pad::all(pad), dilation: [1, 1], groups: 1 });
    let layers = vec![
        layer("input", Op::Input { dims: vec![2, 6, 6] }, &[]),
        layer("stem", conv(3, 1), &[0]),
        layer("left", conv(3, 1), &[1]),
        layer("right", conv(2, 1), &[1]),
        layer("sum", Op::Add, &[1, 2, 1]),
        layer("both", Op::Concat, &[4, 3, 1]),
        layer("out", Op::FullyConnected { outputs: 4 }, &[5]),
    ];
    for n in [1, 16, 17, 50] {
        check_gradients(&weighted(layers.clone(), &mut generator), n, &mut generator);
    }
}

/// Points of a plane in two classes that no line parts, as images of 2 x 1 x 1.
struct Points {
    values: Vec<[f32; 2]>,
}

impl Points {
    fn new(count: usize) -> Self {
        let mut generator = Generator::new(5);
        Points { values: (0..count).map(|_| [generator.real(1.0), generator.real(1.0)]).collect() }
    }

    fn batch(&self, chosen: &[usize]) -> Result<(Tensor<f32>, Vec<usize>), Infallible> {
        let points = chosen.iter().map(|&index| self.values[index]);
        let labels = points.clone().map(|[x, y]| usize::from(x * y > 0.0)).collect();
        Ok((Tensor::from_vec(&[chosen.len(), 2, 1, 1], points.flatten().collect()), labels))
    }

    /// Two layers that can part them.
    fn network(&self, last: &[Op]) -> Network {
        let ops = [Op::FullyConnected { outputs: 24 }, Op::Relu, Op::FullyConnected { outputs: 2 }];
        chain(&[2, 1, 1], ops.iter().chain(last).cloned().collect(), &mut Generator::new(6))
    }

    fn tuned(&self, network: &Network, masks: &Masks, schedule: &Schedule) -> (Network, Vec<Step>) {
        let mut steps = Vec::new();
        let batch = |chosen: &[usize]| self.batch(chosen);
        let tuned = tune(network, masks, self.values.len(), batch, schedule, |step| steps.push(step));
        (tuned.unwrap(), steps)
    }
}

const SCHEDULE: Schedule = Schedule { epochs: 30, batch: 40, rate: 0.2, momentum: 0.9, decay: 1e-4, seed: 7 };

#[test]
fn tuning_learns_what_is_not_linear_and_leaves_what_is_pruned() {
    let points = Points::new(300);
    for last in [&[][..], &[Op::Softmax]] {
        let network = points.network(last);
        let mut layers = network.layers().to_vec();
        let kernel = layers[1].weights.as_mut().unwrap().kernel.data_mut();
        kernel.iter_mut().step_by(5).for_each(|weight| *weight = 0.0);
        let network = Network::new("pruned", layers).unwrap();
        let masks = Masks::of(&network);
        let (tuned, steps) = points.tuned(&network, &masks, &SCHEDULE);
        assert_eq!(steps.len(), 30 * 8);
        let mean = |steps: &[Step]| steps.iter().map(|step| step.loss).sum::<f64>() / steps.len() as f64;
        assert!(mean(&steps[232..]) < 0.25 * mean(&steps[..8]), "{} {}", mean(&steps[..8]), mean(&steps[232..]));
        assert_eq!(Masks::of(&tuned), masks);
        let zeros = tuned.layers()[1].weights.as_ref().unwrap().kernel.data().iter().step_by(5);
        assert!(zeros.map(|weight| weight.to_bits()).all(|bits| bits == 0));
    }
}

/// Pruned parameters that are not zero yet become so, and stay without a step too.
#[test]
fn what_does_not_survive_is_zero() {
    let points = Points::new(10);
    let network = points.network(&[]);
    let mut layers = network.layers().to_vec();
    layers[1].weights.as_mut().unwrap().kernel.data_mut().fill(0.0);
    let masks = Masks::of(&Network::new("zeros", layers).unwrap());
    for epochs in [0, 2] {
        let (tuned, _) = points.tuned(&network, &masks, &Schedule { epochs, ..SCHEDULE });
        let weights = tuned.layers()[1].weights.as_ref().unwrap();
        assert!(weights.kernel.data().iter().all(|weight| weight.to_bits() == 0));
        let Mask { biases, .. } = masks.layer(LayerId(1)).unwrap();
        assert!(weights.bias.iter().zip(biases).all(|(&bias, &survives)| survives || bias == 0.0));
    }
}

/// In one thread, in three, and again: the same bits; with another seed not.
#[test]
fn a_seed_is_a_network_on_any_number_of_threads() {
    let points = Points::new(300);
    let network = points.network(&[]);
    let schedule = Schedule { epochs: 3, batch: 100, ..SCHEDULE };
    let on = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| points.tuned(&network, &Masks::full(&network), &Schedule { seed, ..schedule }).0)
    };
    let once = on(1, 7);
    assert_eq!(once, on(3, 7));
    assert_eq!(once, on(2, 7));
    assert_ne!(once, on(1, 8));
}

#[test]
fn what_cannot_be_tuned_is_refused() {
    let points = Points::new(100);
    let network = points.network(&[]);
    let refusal = |network: &Network, schedule: Schedule, label: usize| {
        let batch = |chosen: &[usize]| {
            let (images, mut labels) = points.batch(chosen)?;
            labels[0] = labels[0].max(label);
            Ok(if label == 9 { (images, vec![]) } else { (images, labels) })
        };
        let tuned: Result<_, TrainError<Infallible>> =
            tune(network, &Masks::full(network), 100, batch, &schedule, |_| ());
        tuned.unwrap_err().to_string()
    };
    let diverging = Schedule { rate: 1e30, ..SCHEDULE };
    assert!(refusal(&network, diverging, 0).starts_with("training diverged in epoch 1, batch "));
    assert_eq!(refusal(&network, SCHEDULE, 5), "found the label 5, expected one below 2");
    assert_eq!(refusal(&network, SCHEDULE, 9), "found 0 labels, expected one for each of 40 images");
    for (schedule, expected) in [
        (Schedule { batch: 0, ..SCHEDULE }, "found batch 0, expected at least 1"),
        (Schedule { rate: f64::NAN, ..SCHEDULE }, "found rate NaN, expected a finite number above 0"),
        (Schedule { momentum: 1.0, ..SCHEDULE }, "found momentum 1, expected 0 to below 1"),
        (Schedule { decay: -1.0, ..SCHEDULE }, "found decay -1, expected a finite number of at least 0"),
    ] {
        assert_eq!(refusal(&network, schedule, 0), expected);
    }
    let map = chain(&[2, 1, 1], vec![Op::Reshape { dims: vec![1, 2] }], &mut Generator::new(1));
    assert_eq!(refusal(&map, SCHEDULE, 0), "layer \"reshape 0\" gives [1, 2], expected one value a class");
    let larger = chain(&[2, 1, 2], vec![Op::Flatten], &mut Generator::new(1));
    let found = "found an input of dimensions [40, 2, 1, 1], expected a batch of [2, 1, 2]";
    assert_eq!(refusal(&larger, SCHEDULE, 0), found);
    let shapes = zoo::by_name("lenet-5").unwrap();
    assert!(refusal(&shapes, SCHEDULE, 0).ends_with("has no weights"));
}
