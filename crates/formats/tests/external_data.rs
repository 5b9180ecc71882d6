//! Weights in other files: read only when asked for, and only from within the model's folder.

mod onnx_file;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use formats::{ReadOptions, onnx};
use onnx_file::{Field, message, model, node, text};

/// A 1x1 convolution of one channel by `[2, 1, 1, 1]` weights at `location`.
fn convolution(location: &str, rest: &[(&str, &str)]) -> Vec<u8> {
    let pair = |(key, value): (&str, &str)| (13, message(&[(1, text(key)), (2, text(value))]));
    let mut tensor: Vec<_> = [2, 1, 1, 1].map(|dim| (1, Field::Int(dim))).to_vec();
    tensor.extend([(2, Field::Int(1)), (8, text("w")), (14, Field::Int(1)), pair(("location", location))]);
    tensor.extend(rest.iter().map(|&rest| pair(rest)));
    model(13, &[1, 1, 2, 2], &[node("Conv", "y", "x w", &[])], &[message(&tensor)])
}

/// A folder `model` with weights, beside a file that must not be read.
fn folder(name: &str) -> PathBuf {
    let outer = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&outer);
    let inner = outer.join("model");
    std::fs::create_dir_all(inner.join("sub")).unwrap();
    let bytes: Vec<u8> = [9.0f32, 1.5, -2.5].iter().flat_map(|value| value.to_le_bytes()).collect();
    for path in [inner.join("w.bin"), inner.join("sub/w.bin"), outer.join("secret.bin")] {
        std::fs::write(path, &bytes).unwrap();
    }
    inner
}

#[test]
fn weights_are_read_from_the_folder() {
    let folder = folder("external_read");
    let allowed = ReadOptions { external_data: true, ..ReadOptions::default() };
    for location in ["w.bin", "sub/w.bin"] {
        let path = folder.join("net.onnx");
        std::fs::write(&path, convolution(location, &[("offset", "4"), ("length", "8")])).unwrap();
        let network = onnx::read(&path, &allowed).unwrap();
        assert_eq!(network.layers()[1].weights.as_ref().unwrap().kernel.data(), [1.5, -2.5]);
    }
}

#[test]
fn refusals() {
    let folder = folder("external_refused");
    #[cfg(unix)]
    std::os::unix::fs::symlink("../secret.bin", folder.join("link.bin")).unwrap();
    let mut messages = String::new();
    let mut refuse = |case: &str, location: &str, rest: &[(&str, &str)], allowed: bool| {
        let options = ReadOptions { external_data: allowed, ..ReadOptions::default() };
        let path = folder.join("net.onnx");
        let error = onnx::read_bytes(&convolution(location, rest), &path, &options).unwrap_err().to_string();
        let error = error.replace(folder.parent().unwrap().to_str().unwrap(), "FOLDER");
        writeln!(messages, "{case}\n  {error}").unwrap();
    };
    refuse("not allowed", "w.bin", &[], false);
    refuse("the folder above", "../secret.bin", &[], true);
    refuse("the folder above, by a detour", "sub/../../secret.bin", &[], true);
    refuse("an absolute path", "/secret.bin", &[], true);
    refuse("no path", "", &[], true);
    #[cfg(unix)]
    refuse("a link out of the folder", "link.bin", &[], true);
    refuse("no such file", "none.bin", &[], true);
    refuse("a folder", "sub", &[], true);
    refuse("beyond the end", "w.bin", &[("offset", "8")], true);
    refuse("an offset that overflows", "w.bin", &[("offset", "18446744073709551615")], true);
    refuse("another length", "w.bin", &[("length", "12")], true);
    refuse("no number", "w.bin", &[("offset", "-4")], true);
    insta::assert_snapshot!(messages);
}
