//! A network written as ONNX reads back as the same network: the same outputs, exactly with 32-bit weights.

mod onnx_file;

use std::path::Path;

use formats::ReadOptions;
use formats::onnx::{self, write::Floats};
use nn::{Conv, Layer, LayerId, Network, Op, Pad, Pool, PoolKind, Preprocess, Tensor, Weights, float};
use onnx_file::{Field, message, text};

/// Values in -1..1 that f16 holds exactly.
fn values(count: usize, seed: usize) -> Vec<f32> {
    (0..count).map(|index| ((index * 37 + seed * 101) % 129) as f32 / 64.0 - 1.0).collect()
}

fn layer(name: &str, op: Op, inputs: &[u32], weights: Option<(&[usize], bool)>) -> Layer {
    let weights = weights.map(|(dims, bias)| Weights {
        kernel: Tensor::from_vec(dims, values(dims.iter().product(), dims[0])),
        bias: if bias { values(dims[0], 1) } else { Vec::new() },
    });
    Layer { name: name.into(), op, inputs: inputs.iter().map(|&id| LayerId(id)).collect(), weights }
}

/// Every operator once, on odd sizes.
fn every_operator() -> Network {
    let pad = Pad { top: 1, bottom: 2, left: 0, right: 1 };
    let sides = Pad { top: 0, bottom: 1, left: 2, right: 0 };
    let conv = Conv { m: 6, kernel: [3, 2], stride: [2, 1], pad, dilation: [1, 2], groups: 2 };
    let pool = Pool { kind: PoolKind::Max, kernel: Some([2, 3]), stride: [2, 2], pad: Pad::default(), ceil: true };
    let average =
        Pool { kind: PoolKind::AverageWithPad, kernel: Some([3, 3]), stride: [1, 1], pad: Pad::all(1), ceil: false };
    let global = Pool { kind: PoolKind::Average, kernel: None, stride: [1, 1], pad: Pad::default(), ceil: false };
    Network::new(
        "every operator",
        vec![
            layer("in", Op::Input { dims: vec![4, 9, 11] }, &[], None),
            layer("pad", Op::Pad { channels: [0, 0], sides }, &[0], None),
            layer("scale", Op::Scale, &[1], Some((&[4], true))),
            layer("conv", Op::Conv(conv), &[2], Some((&[6, 2, 3, 2], false))),
            layer("relu", Op::Relu, &[3], None),
            layer("lrn", Op::Lrn { size: 3, alpha: 0.5, beta: 0.75, k: 2.0 }, &[4], None),
            layer("relu6", Op::Relu6, &[3], None),
            layer("sum", Op::Add, &[4, 5, 6], None),
            layer("concat", Op::Concat, &[7, 6], None),
            layer("max", Op::Pool(pool), &[8], None),
            layer("average", Op::Pool(average), &[9], None),
            layer("wide", Op::Pad { channels: [1, 2], sides: Pad::default() }, &[10], None),
            layer("drop", Op::Dropout, &[11], None),
            layer("global", Op::Pool(global), &[12], None),
            layer("flat", Op::Flatten, &[13], None),
            layer("shape", Op::Reshape { dims: vec![3, 5] }, &[14], None),
            layer("fc", Op::FullyConnected { outputs: 5 }, &[15], Some((&[5, 15], true))),
            layer("prob", Op::Softmax, &[16], None),
        ],
    )
    .unwrap()
}

#[test]
fn every_operator_reads_back() {
    let network = every_operator();
    let input = Tensor::from_vec(&[1, 4, 9, 11], values(4 * 9 * 11, 3));
    let expected = float::output(&network, &input).unwrap();
    for floats in [Floats::F32, Floats::F16] {
        let bytes = onnx::write::to_bytes(&network, floats).unwrap();
        let read = onnx::read_bytes(&bytes, Path::new("written.onnx"), &ReadOptions::default()).unwrap();
        assert_eq!(read.name(), network.name());
        assert_eq!((read.macs(1), read.weights()), (network.macs(1), network.weights()));
        assert_eq!(float::output(&read, &input).unwrap(), expected, "{floats:?}");
        let again = onnx::write::to_bytes(&read, floats).unwrap();
        assert_eq!(onnx::read_bytes(&again, Path::new("again.onnx"), &ReadOptions::default()).unwrap(), read);
    }
}

#[test]
fn networks_of_shapes_are_not_written() {
    let mut layers = every_operator().layers().to_vec();
    layers[3].weights = None;
    let network = Network::new("shapes", layers).unwrap();
    let error = onnx::write::to_bytes(&network, Floats::F32).unwrap_err();
    assert_eq!(error.to_string(), "layer \"conv\" has no weights");
}

#[test]
fn metadata_declares_preprocessing() {
    let declaration = "{\"resize\": 256, \"scale\": [0.5, 0.5, 0.25]}";
    let pair = message(&[(1, text("stationary.preprocess")), (2, text(declaration))]);
    let Field::Bytes(metadata) = message(&[(14, pair)]) else { unreachable!("a message is bytes") };
    let bytes = [onnx::write::to_bytes(&every_operator(), Floats::F32).unwrap(), metadata].concat();
    let network = onnx::read_bytes(&bytes, Path::new("written.onnx"), &ReadOptions::default()).unwrap();
    let expected = Preprocess { resize: 256, bgr: false, mean: [0.0; 3], scale: [0.5, 0.5, 0.25] };
    assert_eq!(network.preprocess(), Some(&expected));
    let awkward = Preprocess { resize: 28, bgr: true, mean: [72.93, 0.1, -1e-20], scale: [0.011109356; 3] };
    let bytes = onnx::write::to_bytes(&network.with_preprocess(awkward.clone()), Floats::F16).unwrap();
    let network = onnx::read_bytes(&bytes, Path::new("written.onnx"), &ReadOptions::default()).unwrap();
    assert_eq!(network.preprocess(), Some(&awkward));
}
