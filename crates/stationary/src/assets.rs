//! What is embedded: two trained networks, two photographs, the names of the ImageNet classes, and the labelled images of
//! Fashion-MNIST's test set. Sources and licences:
//! `crates/stationary/assets/README.md`.

use crate::Error;
use nn::Network;
use std::path::Path;

/// The name under which the embedded network is asked for; the zoo has its shapes under the same.
pub const NETWORK: &str = "efficientnet-lite0";

const NETWORK_BYTES: &[u8] = include_bytes!("../assets/efficientnet-lite0.onnx");

/// The name of the network that this project trained on Fashion-MNIST.
pub const FASHION: &str = "fashion";

const FASHION_BYTES: &[u8] = include_bytes!("../assets/fashion.onnx");

/// The photographs: name and bytes.
pub const PHOTOGRAPHS: [(&str, &[u8]); 2] =
    [("chelsea.png", include_bytes!("../assets/chelsea.png")), ("coffee.png", include_bytes!("../assets/coffee.png"))];

/// Fashion-MNIST's test images and their classes (H. Xiao, K. Rasul, R. Vollgraf, arXiv 1708.07747), as IDX files.
pub const FASHION_MNIST: [(&str, &[u8]); 2] = [
    ("t10k-images-idx3-ubyte.gz", include_bytes!("../assets/fashion-mnist/t10k-images-idx3-ubyte.gz")),
    ("t10k-labels-idx1-ubyte.gz", include_bytes!("../assets/fashion-mnist/t10k-labels-idx1-ubyte.gz")),
];

/// Reads the embedded network.
pub fn network() -> Result<Network, Error> {
    read(NETWORK_BYTES, "efficientnet-lite0.onnx")
}

/// Reads the network trained on Fashion-MNIST.
pub fn fashion() -> Result<Network, Error> {
    read(FASHION_BYTES, "fashion.onnx")
}

fn read(bytes: &[u8], file: &str) -> Result<Network, Error> {
    Ok(formats::onnx::read_bytes(bytes, Path::new(file), &formats::ReadOptions::default())?)
}

/// The name of a class of a network with `outputs` outputs: ImageNet's where there are 1,000, else its index.
pub fn class_name(class: usize, outputs: usize) -> String {
    let names = include_str!("../assets/imagenet-classes.txt");
    let line = if outputs == 1000 { names.lines().nth(class) } else { None };
    let name = line.and_then(|line| line.split_once(' ')).and_then(|(_, names)| names.split(',').next());
    name.map_or_else(|| format!("class {class}"), str::to_string)
}
