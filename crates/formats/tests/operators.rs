//! Each way of using an ONNX operator gives what onnxruntime computed (`fixtures/operators.py` made the files).

use std::path::{Path, PathBuf};

use formats::{ReadOptions, onnx};
use nn::{Tensor, float};

const TOLERANCE: f32 = 1e-5;

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/operators");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut models: Vec<_> = paths.filter(|path| path.extension().is_some_and(|ext| ext == "onnx")).collect();
    models.sort();
    models
}

#[test]
fn operators_compute_what_onnxruntime_does() {
    let files = files();
    assert_eq!(files.len(), 39);
    for path in files {
        let network = onnx::read(&path, &ReadOptions::default()).unwrap_or_else(|error| panic!("{error}"));
        let dims = [&[1], network.input_dims()].concat();
        let ramp = (0..dims.iter().product()).map(|index: usize| (index * 37 % 101) as f32 / 50.0 - 1.0).collect();
        let output = float::output(&network, &Tensor::from_vec(&dims, ramp)).unwrap();
        let bytes = std::fs::read(path.with_extension("f32")).unwrap();
        let expected: Vec<f32> = bytes.as_chunks().0.iter().map(|&chunk| f32::from_le_bytes(chunk)).collect();
        assert_eq!(output.data().len(), expected.len(), "{}", path.display());
        for (index, (a, b)) in output.data().iter().zip(&expected).enumerate() {
            assert!((a - b).abs() <= TOLERANCE * b.abs().max(1.0), "{}: element {index}: {a}, not {b}", path.display());
        }
    }
}

/// The operators of a file's layers, without the input.
fn operators(name: &str) -> Vec<&'static str> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/operators").join(name);
    let network = onnx::read(&path, &ReadOptions::default()).unwrap();
    network.layers()[1..].iter().map(|layer| layer.op.name()).collect()
}

#[test]
fn batch_norm_folds_only_where_nothing_else_reads_the_convolution() {
    assert_eq!(operators("batch_norm_folded.onnx").len(), 2);
    assert_eq!(operators("batch_norm_of_a_shared_conv.onnx").len(), 3);
    assert_eq!(operators("affine_chain.onnx").len(), 1);
}
