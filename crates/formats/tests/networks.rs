//! Real networks import, and their outputs equal onnxruntime's (`fixtures/reference.py` says how those were made).
//! The networks are not part of the project: without `../shared` each test says that it was skipped.

mod sample_files;

use std::path::Path;

use formats::{Limits, ReadOptions, image, network, safetensors};
use nn::{Network, Preprocess, Tensor, float};

/// Largest difference between an output and its reference, relative to the largest magnitude of the reference.
const TOLERANCE: f32 = 1e-4;

fn expect_output(network: &Network, input: &Tensor<f32>, reference: &str) -> Vec<f32> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(reference);
    let bytes = std::fs::read(path).unwrap();
    let expected: Vec<f32> = bytes.as_chunks().0.iter().map(|&chunk| f32::from_le_bytes(chunk)).collect();
    let output = float::output(network, input).unwrap().into_vec();
    assert_eq!(output.len(), expected.len());
    let scale = expected.iter().fold(0f32, |max, value| max.max(value.abs()));
    let worst = output.iter().zip(&expected).map(|(a, b)| (a - b).abs() / scale).fold(0f32, f32::max);
    println!("{reference}: largest difference {worst:.1e} of the largest output {scale}");
    assert!(worst < TOLERANCE, "{reference}: largest difference {worst}");
    output
}

/// The photograph of a cat without resizing, as Caffe models want it.
fn cat(path: &Path, network: &Network) -> Tensor<f32> {
    let preprocess = Preprocess { resize: 300, bgr: true, mean: [104.0, 117.0, 123.0], scale: [1.0; 3] };
    image::read(path, network.input_dims(), &preprocess, &Limits::default()).unwrap()
}

#[test]
fn squeezenet_1_1_from_onnx() {
    let Some([net, photo]) =
        sample_files::find(["data/models/squeezenet1.1_fp16/SqueezeNet_fp16.onnx", "data/images/cc0/chelsea.png"])
    else {
        return;
    };
    let options = ReadOptions { output: Some("pool10_1".into()), ..ReadOptions::default() };
    let network = network::read(&net, None, &options).unwrap();
    assert_eq!(
        (network.input_dims(), network.weights(), network.macs(1)),
        (&[3, 224, 224][..], 1_231_552, 349_151_936)
    );
    let output = expect_output(&network, &cat(&photo, &network), "squeezenet1_1.f32");
    let best = (0..output.len()).max_by(|&a, &b| output[a].total_cmp(&output[b]));
    assert_eq!(best, Some(285), "Egyptian cat");
}

#[test]
fn squeezenet_1_0_from_caffe_and_deep_compression() {
    const FOLDER: &str = "data/models/squeezenet1.0_deepcompression";
    let Some([net, weights, photo]) = sample_files::find([
        &format!("{FOLDER}/SqueezeNet_deploy.prototxt"),
        &format!("{FOLDER}/compressed_SqueezeNet.net"),
        "data/images/cc0/chelsea.png",
    ]) else {
        return;
    };
    let network = network::read(&net, Some(&weights), &ReadOptions::default()).unwrap();
    let stored = network.layers().iter().filter_map(|layer| layer.weights.as_ref());
    let nonzero: usize =
        stored.map(|weights| weights.kernel.data().iter().filter(|&&weight| weight != 0.0).count()).sum();
    assert_eq!((network.weights(), nonzero), (1_244_448, 415_921), "33.4 % of the weights are left");
    expect_output(&network, &cat(&photo, &network), "squeezenet1_0.f32");
}

#[test]
fn lenet_from_caffe_v1() {
    const FOLDER: &str = "data/models/lenet_mnist";
    let Some([net, weights]) =
        sample_files::find([&format!("{FOLDER}/lenet.prototxt"), &format!("{FOLDER}/lenet_iter_10000.caffemodel")])
    else {
        return;
    };
    let network = network::read(&net, Some(&weights), &ReadOptions::default()).unwrap();
    assert_eq!((network.input_dims(), network.weights()), (&[1, 28, 28][..], 430_500));
    let pixels = (0..28 * 28).map(|index| (index * 37 % 256) as f32 / 256.0).collect();
    expect_output(&network, &Tensor::from_vec(&[1, 1, 28, 28], pixels), "lenet.f32");
}

#[test]
fn alexnet_convolutions_from_safetensors() {
    let Some([file]) = sample_files::find(["data/models/alexnet_conv/alexnet_conv_oihw_f32.safetensors"]) else {
        return;
    };
    let tensors = safetensors::read(&file, &Limits::default()).unwrap();
    let dims: Vec<_> = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor.dims())).collect();
    assert_eq!(
        dims[..4],
        [
            ("conv1.bias", &[64][..]),
            ("conv1.weight", &[64, 3, 11, 11]),
            ("conv2.bias", &[192]),
            ("conv2.weight", &[192, 64, 5, 5]),
        ]
    );
}

#[test]
fn a_detector_has_two_outputs_and_must_be_told_which() {
    let Some([net]) = sample_files::find(["data/models/ultraface/version-RFB-320.onnx"]) else {
        return;
    };
    let error = network::read(&net, None, &ReadOptions::default()).unwrap_err().to_string();
    assert!(error.ends_with("found outputs \"scores\", \"boxes\", expected one output, or the name of one"), "{error}");
}
