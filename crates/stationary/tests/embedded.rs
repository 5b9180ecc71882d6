//! The embedded network on the machine: its answers, and its words against the convolution's definition.

use eyeriss::{Choice, DramCoding, Engine, Machine, Objective};
use formats::ReadOptions;
use nn::execute::ExecuteError;
use nn::{Conv16, ConvShape, LayerId, Network, Pad, Quantised, Tensor, conv16, fixed_exec, float};
use rayon::prelude::*;
use stationary::dataset::{Dataset, Split};
use stationary::images::{Images, Overrides};
use stationary::run::{Job, Run, array_layers};
use stationary::{accuracy, archs, assets, networks};
use std::path::PathBuf;

fn embedded() -> (Network, Images) {
    let network = assets::network().unwrap();
    let preprocess = Overrides::default().over(&network).unwrap();
    let images = Images::new(&[], &network, &preprocess);
    (network, images)
}

fn run(network: &Network, images: &Images, layers: &[LayerId], batch: usize) -> Run {
    let arch = archs::by_name("eyeriss").unwrap();
    let job = Job {
        network,
        images,
        calibration: images,
        batch,
        layers,
        arch,
        machine: Machine::new((arch.chip)(), Engine::Fast).unwrap(),
        objective: Objective::Latency,
        given: &[],
        point: *arch.point("1.0V").unwrap(),
    };
    stationary::run(&job, &mut |_| ()).unwrap()
}

#[test]
fn the_cat_is_a_cat_and_the_coffee_is_coffee() {
    let (network, images) = embedded();
    let run = run(&network, &images, &array_layers(&network), 2);
    let names: Vec<String> = run.predictions.iter().map(|p| assets::class_name(p.top[0].0, 1000)).collect();
    // The two cat classes are nearly even in the float network too.
    assert!(["Egyptian cat", "tiger cat", "tabby"].contains(&names[0].as_str()), "{names:?}");
    assert_eq!(names[1], "espresso");
    assert_eq!((run.total.saturated, run.total.wrapped), (0, 0));
    assert_eq!(run.total.all_macs(), 2 * network.macs(1));
}

/// The photographs as onnxruntime saw them.
fn reference_images(network: &Network) -> Images {
    let path = |name| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/reference").join(name);
    let files = [path("chelsea-224.png"), path("coffee-224.png")];
    let preprocess = Overrides { resize: Some(224), ..Overrides::default() }.over(network).unwrap();
    Images::new(&files, network, &preprocess)
}

fn largest_difference(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len());
    ours.iter().zip(theirs).map(|(ours, theirs)| (ours - theirs).abs()).fold(0.0, f32::max)
}

/// The same pixels give the logits that onnxruntime gives.
#[test]
fn the_float_network_is_onnxruntimes() {
    let (network, _) = embedded();
    let softmax = network.layer(network.output()).inputs[0];
    let input = reference_images(&network).batch(0..2).unwrap();
    let outputs = float::outputs(&network, &input, &[softmax]).unwrap();
    let chelsea = include_bytes!("../assets/reference/chelsea-logits.f32");
    let coffee = include_bytes!("../assets/reference/coffee-logits.f32");
    let bytes = [&chelsea[..], coffee].concat();
    let theirs: Vec<f32> = bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
    let difference = largest_difference(outputs[0].data(), &theirs);
    println!("largest difference from onnxruntime's logits: {difference:e}");
    assert!(difference < 1e-4, "{difference}");
}

/// The photographs become the same pixels, but for rounding, as by the script that made the reference.
#[test]
fn the_preprocessing_is_the_reference_scripts() {
    let (network, images) = embedded();
    let ours = images.batch(0..2).unwrap();
    let theirs = reference_images(&network).batch(0..2).unwrap();
    let steps = 128.0 * largest_difference(ours.data(), theirs.data());
    println!("largest difference of a value from 0 to 255: {steps}");
    assert!(steps <= 1.0, "{steps}");
}

/// One layer of the quantised network with its input words on an image.
struct Layer {
    name: String,
    shape: ConvShape,
    input: Tensor<i16>,
    id: LayerId,
}

fn layers_on_the_cat() -> (Quantised, Vec<Layer>) {
    let (network, images) = embedded();
    let cat = images.batch(0..1).unwrap();
    let quantised = Quantised::calibrate(&network, std::slice::from_ref(&cat)).unwrap();
    let mut layers = Vec::new();
    let collect = |id: LayerId, job: &Conv16| {
        let name = network.layer(id).name.clone();
        layers.push(Layer { name, shape: job.shape, input: job.input.clone(), id });
        Ok::<_, ExecuteError>(conv16::fast(job).output)
    };
    fixed_exec::execute(&quantised, &cat, collect, |_, _| ()).unwrap();
    assert_eq!(layers.len(), 50);
    (quantised, layers)
}

fn check(engine: Engine, job: &Conv16, name: &str) {
    let machine = Machine::new(eyeriss::Chip::default(), engine).unwrap();
    let mapping = machine.mapping(&job.shape, Choice::Best(Objective::Latency)).unwrap();
    let run = machine.run(job, mapping, DramCoding::LATER_LAYER).unwrap();
    let definition = conv16::naive(job);
    assert!(run.output == definition.output, "{name}: other words than by definition");
    assert_eq!((run.saturated, run.wrapped), (definition.saturated, definition.wrapped), "{name}");
}

/// Every convolution and fully connected layer, whole, on the fast engine.
#[test]
fn fast_engine_is_the_naive_convolution_on_every_layer() {
    let (quantised, layers) = layers_on_the_cat();
    layers.par_iter().for_each(|layer| {
        let conv = quantised.conv(layer.id).unwrap();
        check(Engine::Fast, &conv.job(layer.shape, &layer.input), &layer.name);
    });
}

/// Every convolution and fully connected layer, clock by clock, on a corner of its ifmap that gives a few ofmap rows
/// and columns.
#[test]
fn stepper_is_the_naive_convolution_on_every_layer() {
    let (quantised, layers) = layers_on_the_cat();
    layers.par_iter().for_each(|layer| {
        let (shape, input) = corner(&layer.shape, &layer.input, 2);
        let conv = quantised.conv(layer.id).unwrap();
        check(Engine::Stepper, &conv.job(shape, &input), &layer.name);
    });
}

/// The layer over the top left corner of its ifmap, with at most `outputs` ofmap rows and columns.
fn corner(shape: &ConvShape, input: &Tensor<i16>, outputs: usize) -> (ConvShape, Tensor<i16>) {
    let side = |outputs: usize, stride: usize, filter: usize, pad: usize| (outputs - 1) * stride + filter - pad;
    let rows = side(shape.p().min(outputs), shape.stride[0], shape.r, shape.pad.top).min(shape.h);
    let columns = side(shape.q().min(outputs), shape.stride[1], shape.s, shape.pad.left).min(shape.w);
    let pad = Pad { bottom: 0, right: 0, ..shape.pad };
    let cut = ConvShape { h: rows, w: columns, pad, ..*shape };
    let planes = input.data().chunks_exact(shape.h * shape.w);
    let words: Vec<i16> = planes
        .flat_map(|plane| plane.chunks_exact(shape.w).take(rows).flat_map(|row| &row[..columns]))
        .copied()
        .collect();
    (cut, Tensor::from_vec(&cut.input_dims(), words))
}

/// The network that this project trained, on the 10,000 test images of Fashion-MNIST.
#[test]
fn fashion_is_right_of_at_least_92_percent() {
    let network = networks::open("Fashion", None, &ReadOptions::default()).unwrap();
    assert_eq!((network.name(), network.weights(), network.macs(1)), ("fashion", 421_408, 4_241_152));
    let preprocess = Overrides::default().over(&network).unwrap();
    let data = Dataset::open(None, &network, &preprocess, &Split::default()).unwrap();
    let hits = [&data.tune, &data.held].map(|part| {
        let places: Vec<usize> = (0..part.len()).collect();
        let hits = places.par_chunks(250).map(|chosen| accuracy::hits(&network, &part.batch(chosen).unwrap()).unwrap());
        hits.sum::<usize>()
    });
    let right = hits[0] + hits[1];
    println!("{right} of 10,000");
    assert_eq!(data.tune.len() + data.held.len(), 10_000);
    assert!(right >= 9_200, "{right}");
}
