//! Each fuzz function over a second's worth of damaged files, the same ones every time.

use nn::{Conv, Layer, LayerId, Network, Op, Pad, Tensor, Weights};

use super::*;
use crate::proto::encode::Encoder;

/// Marsaglia's xorshift64: the same damage on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }

    /// `seed` with one to four kinds of damage.
    fn damaged(&mut self, seed: &[u8]) -> Vec<u8> {
        let mut bytes = seed.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            let end = (at + 1 + self.below(8)).min(bytes.len());
            match self.below(7) {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(at..end)),
                2 => bytes.splice(at..at, seed[..seed.len().min(1 + self.below(40))].to_vec()).for_each(drop),
                3 => bytes.extend_from_within(at..end),
                4 => bytes[at..end].fill([0, 0x7f, 0x80, 0xff, b'{', b'"', b'9'][self.below(7)]),
                5 => bytes[at..end].rotate_left(1),
                _ => bytes[at] ^= 1 << self.below(8),
            }
            if bytes.is_empty() {
                break;
            }
        }
        bytes
    }
}

fn smoke(fuzz: fn(&[u8]), seed: &[u8], rounds: usize) {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    fuzz(seed);
    fuzz(&[]);
    for _ in 0..rounds {
        fuzz(&random.damaged(seed));
    }
}

fn small_network() -> Network {
    let conv = Conv { m: 2, kernel: [3, 3], stride: [2, 2], pad: Pad::all(1), dilation: [1, 1], groups: 1 };
    let weights = |dims: &[usize]| {
        let kernel = Tensor::from_vec(dims, vec![0.5; dims.iter().product()]);
        Some(Weights { kernel, bias: vec![0.25; dims[0]] })
    };
    let layer = |name: &str, op, inputs: &[u32], weights| {
        let inputs = inputs.iter().map(|&id| LayerId(id)).collect();
        Layer { name: name.into(), op, inputs, weights }
    };
    Network::new(
        "small",
        vec![
            layer("in", Op::Input { dims: vec![1, 5, 5] }, &[], None),
            layer("conv", Op::Conv(conv), &[0], weights(&[2, 1, 3, 3])),
            layer("relu", Op::Relu6, &[1], None),
            layer("sum", Op::Add, &[1, 2], None),
            layer("shape", Op::Reshape { dims: vec![18] }, &[3], None),
            layer("fc", Op::FullyConnected { outputs: 2 }, &[4], weights(&[2, 18])),
            layer("prob", Op::Softmax, &[5], None),
        ],
    )
    .unwrap()
}

#[test]
fn onnx_survives() {
    let seed = onnx::write::to_bytes(&small_network(), onnx::write::Floats::F16).unwrap();
    assert!(onnx::read_bytes(&seed, Path::new("seed.onnx"), &options()).is_ok());
    smoke(fuzz_onnx, &seed, 4000);
}

#[test]
fn prototxt_survives() {
    assert!(caffe::read_bytes(PROTOTXT.as_bytes(), Path::new("seed"), None, &options()).is_ok());
    smoke(fuzz_prototxt, PROTOTXT.as_bytes(), 4000);
}

#[test]
fn caffemodel_survives() {
    let blob = |dims: &[i64]| {
        let values: Vec<u8> = (0..dims.iter().product()).flat_map(|_: i64| 0.5f32.to_le_bytes()).collect();
        Encoder::default().message(7, Encoder::default().ints(1, dims.iter().copied())).bytes(5, &values)
    };
    let layer = |name: &str, blobs: &[&[i64]]| {
        blobs.iter().fold(Encoder::default().text(1, name), |layer, dims| layer.message(7, blob(dims)))
    };
    let layers = [
        layer("conv", &[&[4, 2, 3, 3], &[4]]),
        layer("norm", &[&[4], &[4], &[1]]),
        layer("scale", &[&[4], &[4]]),
        layer("ip", &[&[3, 64], &[3]]),
    ];
    let seed = layers.into_iter().fold(Encoder::default(), |net, layer| net.message(100, layer)).finish();
    let weights = Some((&seed[..], Path::new("seed.caffemodel")));
    assert!(caffe::read_bytes(PROTOTXT.as_bytes(), Path::new("seed"), weights, &options()).is_ok());
    smoke(fuzz_caffemodel, &seed, 4000);
}

#[test]
fn deep_compression_survives() {
    let mut seed = vec![9, 0, 0, 0];
    seed.extend((0..256).flat_map(|code| (code as f32 / 256.0).to_le_bytes()));
    seed.extend((0..5).flat_map(|bias| (bias as f32).to_le_bytes()));
    seed.extend([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    seed.extend([0x21, 0xf3, 0x54, 0x76, 0x08]);
    smoke(fuzz_deep_compression, &seed, 4000);
}

#[test]
fn safetensors_survives() {
    let header = br#"{"a.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"F16","shape":[2],"data_offsets":[24,28]}}"#;
    let seed = [&(header.len() as u64).to_le_bytes()[..], header, &[0; 28]].concat();
    assert!(safetensors::read_bytes(&seed, Path::new("seed"), &options().limits).is_ok());
    smoke(fuzz_safetensors, &seed, 4000);
}

#[test]
fn images_survive() {
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 12, 9);
    encoder.set_color(png::ColorType::Rgba);
    encoder.write_header().unwrap().write_image_data(&[7, 9, 200, 255].repeat(12 * 9)).unwrap();
    smoke(fuzz_image, &png, 1000);
    smoke(fuzz_image, include_bytes!("../../tests/fixtures/photo.jpg"), 1000);
}

#[test]
fn preprocessing_survives() {
    smoke(fuzz_preprocess, br#"{"resize": 256, "bgr": true, "mean": [104, 117, 123], "scale": [1, 1, 1]}"#, 4000);
}

#[test]
fn descriptions_survive() {
    let mapping = "mapping:\n- keep: {DRAM: all}\n- for: {M: 4}\n- keep: {GLB: [ifmap, psum]}\n- keep: {GLB: psum}\n\
        - par: {PE.X: {M: 4}, PE.Y: {N: by 3}}\n- keep: {spad: filter}\n- for: {K: 6, M: 4, N: by 1}\n";
    let constraints = "constraints: mine\ndimensions: [M, N, K, P]\nrules:\n- stationary: filter\n\
        - across: {all: [M, P], PE.Y: []}\n- bypass: {inside: all}\n- {tile: {M: 1, N: whole}, at: {GLB: psum}}\n\
        - {loops: [N, P], below: {innermost: filter}}\n- copies: {PE.X: {M: 4}}\n";
    let problem = "variables: {U: 2}\nword: 16 bit\nconv: {N: 2, M: 4, C: 2 * U, H: 9, Q: 4, R: 3, S: 3, stride: [U, 1], pad: 1}\n";
    let einsum = "{\"einsum\": {\"dims\": {\"P\": 4, \"R\": 3}, \"ifmap\": [\"2*P + R\"], \"filter\": [\"R\"], \"psum\": [\"P\"]}}";
    let path = Path::new("seed.yaml");
    let read = (spec::parse_problem(path, PROBLEM).unwrap(), spec::parse_arch(path, ARCH).unwrap());
    assert!(spec::parse_mapping(path, mapping, &read.0, &read.1).is_ok());
    assert!(spec::parse_constraints(path, constraints, &read.0, &read.1).is_ok());
    assert!([problem, einsum].iter().all(|text| spec::parse_problem(path, text).is_ok()));
    smoke(fuzz_arch, ARCH.as_bytes(), 4000);
    smoke(fuzz_problem, problem.as_bytes(), 3000);
    smoke(fuzz_problem, einsum.as_bytes(), 3000);
    smoke(fuzz_mapping, mapping.as_bytes(), 4000);
    let layers =
        "layers:\n- layer: conv2\n  summary: s\n  mapping:\n  - keep: {DRAM: all}\n  - for: {M: 64, N: 10, K: 6}\n";
    smoke(fuzz_mapping, layers.as_bytes(), 4000);
    smoke(fuzz_constraints, constraints.as_bytes(), 4000);
}

#[test]
fn designs_survive() {
    let old = include_str!("../../tests/fixtures/timeloop/v03.yaml");
    let new =
        include_str!("../../tests/fixtures/timeloop/v04.yaml").replace("step: 2}", "step: 2, densities: {Image: 0.5}}");
    let new = new + include_str!("../../tests/fixtures/timeloop/sparse.yaml");
    assert!([old, &new].iter().all(|text| timeloop::parse(&[(Path::new("seed.yaml"), text)]).is_ok()));
    smoke(fuzz_timeloop, old.as_bytes(), 3000);
    smoke(fuzz_timeloop, new.as_bytes(), 3000);
}
