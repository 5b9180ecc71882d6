//! Reading a network from whatever files describe it: which reader, which weights, which preprocessing.

pub mod preprocess;

use std::path::Path;

use nn::Network;

use crate::error::{Error, Place, quoted};
use crate::limits::Limits;
use crate::{caffe, deep_compression, onnx, safetensors};

/// What a caller may choose about reading a network.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// Bounds on what the files may ask for.
    pub limits: Limits,
    /// Whether an ONNX file may keep weights in other files of its folder.
    pub external_data: bool,
    /// The output to end the network in; `None` takes the only one (ONNX) or the last (Caffe).
    pub output: Option<String>,
    /// `[C, H, W]` of the input where the file does not say (Caffe training files).
    pub input: Option<[usize; 3]>,
}

/// Reads the network in `net`, with weights from `weights`.
///
/// - `.onnx`: holds its weights.
/// - `.prototxt`: Caffe; weights from a `.caffemodel`, a Deep Compression `.net`, or `.safetensors` with tensors
///   `LAYER.weight` and `LAYER.bias`. Without weights it is a network of shapes.
///
/// A file `NAME.preprocess.json` beside `net` declares how images become its input (see [`preprocess`]) and goes
/// before what the network file itself declares.
pub fn read(net: &Path, weights: Option<&Path>, options: &ReadOptions) -> Result<Network, Error> {
    let network = match (extension(net).as_str(), weights) {
        ("onnx", None) => onnx::read(net, options)?,
        ("onnx", Some(weights)) => {
            let place = Place::file(weights);
            return Err(Error::unusable(place, "a weights file beside an ONNX file", "none: ONNX files hold theirs"));
        }
        ("prototxt", weights) => with_weights(net, weights, options)?,
        (other, _) => {
            let expected = "a network: .onnx or .prototxt";
            let error = Error::unusable(Place::file(net), format!("the extension {}", quoted(other)), expected);
            return Err(error.near(other, ["onnx", "prototxt"]));
        }
    };
    match preprocess::sidecar(net, &options.limits)? {
        Some(preprocess) => Ok(network.with_preprocess(preprocess)),
        None => Ok(network),
    }
}

fn with_weights(net: &Path, weights: Option<&Path>, options: &ReadOptions) -> Result<Network, Error> {
    let Some(weights) = weights else {
        return caffe::read(net, None, options);
    };
    match extension(weights).as_str() {
        "caffemodel" => caffe::read(net, Some(weights), options),
        "net" => deep_compression::apply(caffe::read(net, None, options)?, weights, &options.limits),
        "safetensors" => {
            let tensors = safetensors::read(weights, &options.limits)?;
            safetensors::apply(caffe::read(net, None, options)?, &tensors, weights)
        }
        other => {
            let known = ["caffemodel", "net", "safetensors"];
            let found = format!("the extension {}", quoted(other));
            let expected = "weights: .caffemodel, .net (Deep Compression) or .safetensors";
            let error = Error::unusable(Place::file(weights), found, expected);
            Err(error.near(other, known))
        }
    }
}

fn extension(path: &Path) -> String {
    path.extension().map_or(String::new(), |extension| extension.to_string_lossy().to_lowercase())
}

/// `network` with other `layers`.
pub(crate) fn rebuild(network: &Network, layers: Vec<nn::Layer>, place: &Place) -> Result<Network, Error> {
    let rebuilt = Network::new(network.name(), layers);
    let rebuilt = rebuilt.map_err(|source| Error::Network { place: place.clone(), source: Box::new(source) })?;
    Ok(match network.preprocess() {
        Some(preprocess) => rebuilt.with_preprocess(preprocess.clone()),
        None => rebuilt,
    })
}
