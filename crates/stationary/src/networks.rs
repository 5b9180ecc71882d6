//! Networks by what one types: a file, a name of the zoo, or the name of an embedded one; and layers of them.

use crate::run::array_layers;
use crate::{Error, assets};
use formats::{ReadOptions, safetensors};
use nn::{LayerId, Network, zoo};
use std::path::Path;

/// Endings of files that hold a network.
const ENDINGS: [&str; 2] = ["onnx", "prototxt"];

/// The network in a file, [`assets::FASHION`] with its weights, or the one of the zoo with that name: shapes, or with the
/// weights of a `.safetensors` file whose tensors are called as its layers.
pub fn open(name: &str, weights: Option<&Path>, options: &ReadOptions) -> Result<Network, Error> {
    let path = Path::new(name);
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let is_file =
        path.is_file() || path.components().count() > 1 || ending.is_some_and(|e| ENDINGS.contains(&e.as_str()));
    if is_file {
        return Ok(formats::network::read(path, weights, options)?);
    }
    let network = by_name(name)?;
    if speaks_of_a_file(options) {
        return Err(Error::OptionsForZoo { network: network.name().into() });
    }
    match weights {
        None => Ok(network),
        Some(file) if file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("safetensors")) => {
            Ok(safetensors::apply(network, &safetensors::read(file, &options.limits)?, file)?)
        }
        Some(file) => Err(Error::WeightsForZoo { network: network.name().into(), file: file.display().to_string() }),
    }
}

fn by_name(name: &str) -> Result<Network, Error> {
    if name.eq_ignore_ascii_case(assets::FASHION) {
        return assets::fashion();
    }
    let likeness = |other: &str| strsim::jaro_winkler(&name.to_lowercase(), other);
    zoo::by_name(name).map_err(|unknown| {
        let nearest = [unknown.nearest, assets::FASHION].into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        zoo::UnknownNetwork { nearest: nearest.unwrap_or_default(), ..unknown }.into()
    })
}

/// As [`open`], with trained weights: those of an embedded network under its name, if no others are given.
pub fn open_trained(name: &str, weights: Option<&Path>, options: &ReadOptions) -> Result<Network, Error> {
    let network = open(name, weights, options)?;
    if weights.is_none() && name.eq_ignore_ascii_case(assets::NETWORK) && !Path::new(name).is_file() {
        return assets::network();
    }
    match network.lacks_weights() {
        None => Ok(network),
        Some(id) => {
            let layer = network.layer(id).name.clone();
            Err(Error::NoWeights { network: network.name().into(), layer, file: Path::new(name).is_file() })
        }
    }
}

fn speaks_of_a_file(options: &ReadOptions) -> bool {
    options.external_data || options.output.is_some() || options.input.is_some()
}

/// The array layers that a list names, in the network's order: names, numbers (from 1, over array layers), and
/// ranges `A..B` of either, with both ends.
pub fn select(network: &Network, list: &str) -> Result<Vec<LayerId>, Error> {
    let array = array_layers(network);
    let mut selected = Vec::new();
    for item in list.split(',').map(str::trim) {
        let whole = position(network, &array, item);
        match (&whole, item.split_once("..")) {
            (Err(_), Some((from, to))) => {
                let range = || Error::Range { range: item.into() };
                if from.trim().is_empty() || to.trim().is_empty() {
                    return Err(range());
                }
                let (from, to) = (position(network, &array, from.trim())?, position(network, &array, to.trim())?);
                if from > to {
                    return Err(range());
                }
                selected.extend(&array[from..=to]);
            }
            _ => selected.push(array[whole?]),
        }
    }
    selected.sort();
    selected.dedup();
    Ok(selected)
}

/// The array layer that one item names.
pub fn layer(network: &Network, item: &str) -> Result<LayerId, Error> {
    let array = array_layers(network);
    Ok(array[position(network, &array, item)?])
}

fn position(network: &Network, array: &[LayerId], item: &str) -> Result<usize, Error> {
    if array.is_empty() {
        return Err(Error::NoArrayLayers { network: network.name().into() });
    }
    let names = || array.iter().map(|&id| network.layer(id).name.as_str());
    if let Some(position) = names().position(|name| name == item) {
        return Ok(position);
    }
    if let Some(id) = network.find(item) {
        return Err(Error::HostLayer { layer: item.into(), op: network.layer(id).op.name() });
    }
    match item.parse::<usize>() {
        Ok(number) if (1..=array.len()).contains(&number) => Ok(number - 1),
        Ok(_) => Err(Error::LayerNumber { found: item.into(), last: array.len() }),
        Err(_) => Err(Error::unknown("layer", item, names())),
    }
}
