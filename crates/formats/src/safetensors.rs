//! Safetensors files (huggingface/safetensors, "Format"): named tensors of f32 or f16, as f32.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use ::safetensors::{Dtype, SafeTensors, tensor::TensorView};
use nn::{Layer, Network, Tensor, Weights};

use crate::error::{Error, Place, quoted};
use crate::graph::{Affine, fold};
use crate::half::{bf16_to_f32, f16_to_f32};
use crate::limits::{Limits, check};

/// Tensors by name.
pub type Tensors = BTreeMap<String, Tensor<f32>>;

/// Reads all tensors of a file.
pub fn read(path: &Path, limits: &Limits) -> Result<Tensors, Error> {
    read_bytes(&limits.read(path)?, path, limits)
}

/// Reads all tensors of a file that is in memory; `path` names it in errors.
pub fn read_bytes(bytes: &[u8], path: &Path, limits: &Limits) -> Result<Tensors, Error> {
    let place = Place::file(path);
    let file = SafeTensors::deserialize(bytes)
        .map_err(|error| Error::malformed(place.clone(), error.to_string(), "a safetensors header and its data"))?;
    let mut tensors = Tensors::new();
    let mut elements = 0u64;
    for (name, view) in file.iter() {
        let place = place.item(format!("tensor {}", quoted(name)));
        let data = view.data();
        let chunks = |bytes: &[u8], widen: fn(u16) -> f32| -> Vec<f32> {
            bytes.as_chunks().0.iter().map(|&chunk| widen(u16::from_le_bytes(chunk))).collect()
        };
        let width = if view.dtype() == Dtype::F32 { 4 } else { 2 };
        elements = elements.saturating_add(data.len() as u64 / width);
        check(&place, "elements", elements, limits.elements)?;
        let values: Vec<f32> = match view.dtype() {
            Dtype::F32 => data.as_chunks().0.iter().map(|&chunk| f32::from_le_bytes(chunk)).collect(),
            Dtype::F16 => chunks(data, f16_to_f32),
            Dtype::BF16 => chunks(data, bf16_to_f32),
            other => return Err(Error::unusable(place, format!("data type {other:?}"), "F32, F16 or BF16")),
        };
        if let Some(index) = values.iter().position(|value| value.is_nan()) {
            return Err(Error::unusable(place, format!("NaN at element {index}"), "numbers"));
        }
        let count = view.shape().iter().try_fold(1usize, |n, &dim| n.checked_mul(dim));
        if count != Some(values.len()) {
            let found = format!("{} elements for dimensions {:?}", values.len(), view.shape());
            return Err(Error::malformed(place, found, "as many as the dimensions need"));
        }
        tensors.insert(name.to_string(), Tensor::from_vec(view.shape(), values));
    }
    Ok(tensors)
}

/// Reads all tensors of a file, and the text that it keeps under `key` beside them.
pub fn read_noted(path: &Path, key: &str, limits: &Limits) -> Result<(Tensors, String), Error> {
    let (bytes, place) = (limits.read(path)?, Place::file(path));
    let tensors = read_bytes(&bytes, path, limits)?;
    let (_, header) = SafeTensors::read_metadata(&bytes)
        .map_err(|error| Error::malformed(place.clone(), error.to_string(), "a safetensors header and its data"))?;
    let note = header.metadata().as_ref().and_then(|notes| notes.get(key));
    let note = note.ok_or_else(|| Error::unusable(place, "no such metadata", format!("metadata {}", quoted(key))))?;
    Ok((tensors, note.clone()))
}

/// The bytes of a file with these tensors, and a text under a key. Equal ones give equal bytes.
pub fn to_bytes(tensors: &Tensors, key: &str, note: String) -> Result<Vec<u8>, ::safetensors::SafeTensorError> {
    let bytes: Vec<Vec<u8>> =
        tensors.values().map(|tensor| tensor.data().iter().flat_map(|value| value.to_le_bytes()).collect()).collect();
    let views = tensors.iter().zip(&bytes).map(|((name, tensor), bytes)| {
        Ok((name.as_str(), TensorView::new(Dtype::F32, tensor.dims().to_vec(), bytes)?))
    });
    let views: Vec<(&str, TensorView)> = views.collect::<Result<_, ::safetensors::SafeTensorError>>()?;
    ::safetensors::serialize(views, Some(HashMap::from([(key.to_string(), note)])))
}

/// What PyTorch adds to a variance before it takes the root, unless told otherwise.
const EPSILON: f32 = 1e-5;

/// `network` with the weights `LAYER.weight` and `LAYER.bias` of every layer that needs some, as PyTorch names them; names
/// may all begin with `module.`, as those of a network trained on several devices do.
///
/// The batch norm after a convolution is folded into it where the network has no layer for it: of `...convN` it is
/// `...bnN` with the tensors `weight`, `bias`, `running_mean` and `running_var`.
pub fn apply(network: Network, tensors: &Tensors, path: &Path) -> Result<Network, Error> {
    let place = Place::file(path);
    let prefix = if tensors.keys().all(|name| name.starts_with("module.")) { "module." } else { "" };
    let find = |layer: &str, what: &str| {
        let name = format!("{prefix}{layer}.{what}");
        tensors.get(&name).ok_or_else(|| {
            let error =
                Error::unusable(place.clone(), format!("no tensor {}", quoted(&name)), "weights of every layer");
            error.near(&name, tensors.keys().map(String::as_str))
        })
    };
    let mut layers: Vec<Layer> = network.layers().to_vec();
    for (id, layer) in network.ids().zip(&mut layers) {
        let Some(dims) = network.weight_dims(id) else { continue };
        let kernel = find(&layer.name, "weight")?.clone();
        let bias = find(&layer.name, "bias").map_or(Vec::new(), |bias| bias.data().to_vec());
        // Of other sizes they are refused below.
        let sized = kernel.dims() == dims && [0, dims[0]].contains(&bias.len());
        let mut weights = Weights { kernel, bias };
        let norm = batch_norm(&layer.name).filter(|norm| sized && network.find(norm).is_none());
        if let Some(norm) = norm.filter(|norm| find(norm, "running_mean").is_ok()) {
            let values = |what| Ok(find(&norm, what)?.data());
            let [scale, shift] = [values("weight")?, values("bias")?];
            let [mean, var] = [values("running_mean")?, values("running_var")?];
            let refuse = |found: String, expected: String| {
                Error::unusable(place.item(format!("batch norm {}", quoted(&norm))), found, expected)
            };
            if let Some(values) = [scale, shift, mean, var].iter().find(|values| values.len() != dims[0]) {
                let expected = format!("{} as the filters of layer {}", dims[0], quoted(&layer.name));
                return Err(refuse(format!("{} values", values.len()), expected));
            }
            let affine = Affine::normalise(scale, shift, mean, var, EPSILON);
            let affine = affine.ok_or_else(|| refuse("a variance below 0".into(), "variances".into()))?;
            fold(&mut weights, &affine);
        }
        layer.weights = Some(weights);
    }
    crate::network::rebuild(&network, layers, &place)
}

/// What the batch norm after the convolution `layer` is called.
fn batch_norm(layer: &str) -> Option<String> {
    let (path, own) = layer.rsplit_once('.').map_or(("", layer), |(path, own)| (path, own));
    let number = own.strip_prefix("conv")?;
    Some(if path.is_empty() { format!("bn{number}") } else { format!("{path}.bn{number}") })
}
