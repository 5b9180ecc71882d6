//! A run that can go on: its state in a file, after each piece of work, whole or not at all.
//!
//! The file is in the safetensors format: the weights of the network as it is and as it was last accepted, and under
//! `stationary.prune` the rest as JSON, with what the run was begun with. Floats survive exactly, so that a run that goes
//! on ends in the bytes of one that was never interrupted.

use crate::Error;
use ::prune::{Point, Stage, State, Target};
use formats::{Limits, safetensors};
use nn::{ByOperand, Layer, LayerId, Network, Tensor, Weights};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What the JSON is kept under.
const KEY: &str = "stationary.prune";

/// What a run is begun with, each as text: a run goes on only with the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beginning {
    /// A hash of the network.
    pub network: String,
    /// The data set.
    pub data: String,
    /// The architecture and how energy is estimated.
    pub energy: String,
    /// The method and all that steers it.
    pub settings: String,
}

/// The state but for weights, as it is written.
#[derive(Serialize, Deserialize)]
struct Written {
    begun_with: Beginning,
    step: f64,
    stage: WrittenStage,
    points: Vec<WrittenPoint>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrittenStage {
    Start,
    Plan,
    /// Places of layers in the network, and units that survive.
    Layers(Vec<(u32, usize)>),
    Tune,
    Judge,
    Done,
}

#[derive(Serialize, Deserialize)]
struct WrittenPoint {
    accuracy: f64,
    energy: Vec<f64>,
    shares: Vec<[f64; 3]>,
    accepted: bool,
}

/// The bytes of a state.
pub fn to_bytes(begun_with: &Beginning, state: &State) -> Result<Vec<u8>, Error> {
    let stage = match &state.stage {
        Stage::Start => WrittenStage::Start,
        Stage::Plan => WrittenStage::Plan,
        Stage::Layers(targets) => {
            WrittenStage::Layers(targets.iter().map(|target| (target.layer.0, target.units)).collect())
        }
        Stage::Tune => WrittenStage::Tune,
        Stage::Judge => WrittenStage::Judge,
        Stage::Done => WrittenStage::Done,
    };
    let point = |point: &Point| WrittenPoint {
        accuracy: point.accuracy,
        energy: point.energy.clone(),
        shares: point.shares.iter().map(|shares| shares.0).collect(),
        accepted: point.accepted,
    };
    let points = state.points.iter().map(point).collect();
    let written = Written { begun_with: begun_with.clone(), step: state.step, stage, points };
    let mut tensors = safetensors::Tensors::new();
    for (part, network) in [("now", &state.network), ("accepted", &state.accepted)] {
        for layer in network.layers() {
            let Some(weights) = &layer.weights else { continue };
            tensors.insert(format!("{part}/{}.weight", layer.name), weights.kernel.clone());
            if !weights.bias.is_empty() {
                let bias = Tensor::from_vec(&[weights.bias.len()], weights.bias.clone());
                tensors.insert(format!("{part}/{}.bias", layer.name), bias);
            }
        }
    }
    let note = serde_json::to_string(&written).map_err(|error| Error::Unwritable(error.to_string()))?;
    safetensors::to_bytes(&tensors, KEY, note).map_err(|error| Error::Unwritable(error.to_string()))
}

/// The state of a file, of a run on `original` that was begun with the same.
pub fn read(path: &Path, begun_with: &Beginning, original: &Network) -> Result<State, Error> {
    let (tensors, note) = safetensors::read_noted(path, KEY, &Limits::default())?;
    let written: Written = serde_json::from_str(&note).map_err(|error| refused(path, error.to_string()))?;
    let (was, is) = (&written.begun_with, begun_with);
    let differing = [
        ("network", &was.network, &is.network),
        ("data set", &was.data, &is.data),
        ("energy", &was.energy, &is.energy),
        ("settings", &was.settings, &is.settings),
    ];
    if let Some((what, was, is)) = differing.into_iter().find(|(_, was, is)| was != is) {
        let file = path.display().to_string();
        return Err(Error::OtherRun { file, what, was: was.clone(), is: is.clone() });
    }
    let layers = original.layers().len();
    let stage = match written.stage {
        WrittenStage::Start => Stage::Start,
        WrittenStage::Plan => Stage::Plan,
        WrittenStage::Layers(targets) => {
            let known = |(layer, _): &(u32, usize)| {
                (*layer as usize) < layers && original.conv_shape(LayerId(*layer), 1).is_some()
            };
            if targets.is_empty() || !targets.iter().all(known) {
                return Err(refused(path, "layers to prune that the network does not have".into()));
            }
            let target = |(layer, units)| Target { layer: LayerId(layer), units };
            Stage::Layers(targets.into_iter().map(target).collect())
        }
        WrittenStage::Tune => Stage::Tune,
        WrittenStage::Judge => Stage::Judge,
        WrittenStage::Done => Stage::Done,
    };
    let array = ::prune::prunable(original).len();
    let point = |point: WrittenPoint| Point {
        accuracy: point.accuracy,
        energy: point.energy,
        shares: point.shares.into_iter().map(ByOperand).collect(),
        accepted: point.accepted,
    };
    let points: Vec<Point> = written.points.into_iter().map(point).collect();
    let whole = |point: &Point| point.energy.len() == array && point.shares.len() == array;
    if !points.iter().all(whole) || (points.is_empty() && stage != Stage::Start) {
        return Err(refused(path, "points that are not of this network".into()));
    }
    let part = |part: &str| weights(path, original, &tensors, part);
    Ok(State { network: part("now")?, accepted: part("accepted")?, step: written.step, stage, points })
}

/// `original` with the weights of one part of the file.
fn weights(path: &Path, original: &Network, tensors: &safetensors::Tensors, part: &str) -> Result<Network, Error> {
    let mut layers: Vec<Layer> = original.layers().to_vec();
    for layer in layers.iter_mut().filter(|layer| layer.weights.is_some()) {
        let name = format!("{part}/{}.weight", layer.name);
        let Some(kernel) = tensors.get(&name) else { return Err(refused(path, format!("no tensor {name:?}"))) };
        let bias = tensors.get(&format!("{part}/{}.bias", layer.name));
        let bias = bias.map_or(Vec::new(), |bias| bias.data().to_vec());
        layer.weights = Some(Weights { kernel: kernel.clone(), bias });
    }
    ::prune::rebuilt(original, layers).map_err(|error| refused(path, error.to_string()))
}

fn refused(path: &Path, found: String) -> Error {
    Error::Checkpoint { file: path.display().to_string(), found }
}
