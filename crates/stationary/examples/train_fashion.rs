//! Trains the network `fashion` from nothing on the 60,000 training images of Fashion-MNIST (H. Xiao, K. Rasul, R.
//! Vollgraf, arXiv 1708.07747), writes it as an ONNX file with weights of 16 bits, and prints how many of the 10,000
//! test images it gets right as written.
//!
//! The first argument is the folder of Debian's package `dataset-fashion-mnist` with the IDX files, the second the file
//! to write. `crates/stationary/assets/README.md` has the command.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use formats::ReadOptions;
use formats::onnx;
use formats::onnx::write::{Floats, to_bytes};
use nn::generate::Generator;
use nn::{Conv, Layer, LayerId, Network, Op, Pad, Pool, PoolKind, Preprocess, Weights};
use prune::Masks;
use prune::train::{Schedule, tune};
use stationary::accuracy;
use stationary::dataset::{Dataset, Split};
use stationary::labelled::Labelled;

const SCHEDULE: Schedule = Schedule { epochs: 14, batch: 64, rate: 0.03, momentum: 0.9, decay: 5e-4, seed: 1 };
/// Of the first weights.
const WEIGHTS_SEED: u64 = 2;
/// Of flips and shifts.
const IMAGES_SEED: u64 = 3;
/// By how many pixels images move at most, down or up and right or left.
const SHIFT: i64 = 1;

/// Mean and standard deviation of the training images' pixels, on a scale from 0 to 1.
const MEAN: f32 = 0.2860;
const DEVIATION: f32 = 0.3530;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, file] = arguments.as_slice() else {
        return Err("found other arguments, expected FOLDER FILE".into());
    };
    let preprocess =
        Preprocess { resize: 28, bgr: false, mean: [255.0 * MEAN; 3], scale: [1.0 / (255.0 * DEVIATION); 3] };
    let network = untrained()?.with_preprocess(preprocess.clone());
    let data = Dataset::open(Some(folder), &network, &preprocess, &Split::default())?;
    println!("{}", data.describe);

    let start = Instant::now();
    let black = -MEAN / DEVIATION;
    let mut generator = Generator::new(IMAGES_SEED);
    let batch = |chosen: &[usize]| {
        let mut batch = data.tune.batch(chosen)?;
        let [_, _, rows, columns] = batch.images.nchw();
        batch
            .images
            .data_mut()
            .chunks_mut(rows * columns)
            .for_each(|image| vary(image, columns, black, &mut generator));
        Ok::<_, stationary::Error>((batch.images, batch.classes))
    };
    let mut sum = 0.0;
    let trained = tune(&network, &Masks::full(&network), data.tune.len(), batch, &SCHEDULE, |step| {
        sum += step.loss;
        if step.batch + 1 == step.batches {
            let loss = std::mem::take(&mut sum) / step.batches as f64;
            println!("epoch {:2}: loss {loss:.4}, {:4.0} s", step.epoch + 1, start.elapsed().as_secs_f64());
        }
    })?;

    let bytes = to_bytes(&trained, Floats::F16)?;
    std::fs::write(file, &bytes)?;
    let written = onnx::read_bytes(&bytes, Path::new(file), &ReadOptions::default())?;
    println!("{} of {} test images right", right(&written, &data.held)?, data.held.len());
    Ok(())
}

/// The network with weights drawn as He et al. have it (ICCV 2015): uniform, of variance 2 / inputs; biases of zero.
fn untrained() -> Result<Network, nn::NetworkError> {
    let conv = |m| Op::Conv(Conv { m, kernel: [3, 3], stride: [1, 1], pad: Pad::all(1), dilation: [1, 1], groups: 1 });
    let halve = || {
        let (kernel, stride, pad) = (Some([2, 2]), [2, 2], Pad::default());
        Op::Pool(Pool { kind: PoolKind::Max, kernel, stride, pad, ceil: false })
    };
    let ops = [
        ("image", Op::Input { dims: vec![1, 28, 28] }),
        ("conv1", conv(32)),
        ("relu1", Op::Relu),
        ("pool1", halve()),
        ("conv2", conv(64)),
        ("relu2", Op::Relu),
        ("pool2", halve()),
        ("fc1", Op::FullyConnected { outputs: 128 }),
        ("relu3", Op::Relu),
        ("fc2", Op::FullyConnected { outputs: 10 }),
    ];
    let layer = |(index, (name, op)): (usize, (&str, Op))| {
        let inputs = index.checked_sub(1).map(|before| LayerId(before as u32)).into_iter().collect();
        Layer { name: name.into(), op, inputs, weights: None }
    };
    let mut layers: Vec<Layer> = ops.into_iter().enumerate().map(layer).collect();
    let shapes = Network::new("fashion", layers.clone())?;
    let mut generator = Generator::new(WEIGHTS_SEED);
    for (id, layer) in shapes.ids().zip(&mut layers) {
        layer.weights = shapes.weight_dims(id).map(|dims| {
            let inputs: usize = dims[1..].iter().product();
            Weights { kernel: generator.reals(&dims, (6.0 / inputs as f32).sqrt()), bias: vec![0.0; dims[0]] }
        });
    }
    Network::new("fashion", layers)
}

/// One image of two mirrored, and moved.
fn vary(image: &mut [f32], columns: usize, black: f32, generator: &mut Generator) {
    if generator.chance(0.5) {
        image.chunks_mut(columns).for_each(|row| row.reverse());
    }
    let (down, right) = (generator.within(-SHIFT, SHIFT), generator.within(-SHIFT, SHIFT));
    let original = image.to_vec();
    let rows = (image.len() / columns) as i64;
    for (place, value) in image.iter_mut().enumerate() {
        let (y, x) = ((place / columns) as i64 - down, (place % columns) as i64 - right);
        let inside = (0..rows).contains(&y) && (0..columns as i64).contains(&x);
        *value = if inside { original[y as usize * columns + x as usize] } else { black };
    }
}

/// How many images `network` gets right.
fn right(network: &Network, images: &Labelled) -> Result<usize, stationary::Error> {
    let places: Vec<usize> = (0..images.len()).collect();
    places.chunks(100).map(|chosen| accuracy::hits(network, &images.batch(chosen)?)).sum()
}
