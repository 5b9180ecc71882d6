//! The loop: round after round takes a share of the cost, fine-tunes and is judged by the accuracy that is left.
//!
//! Yang, Chen, Sze, "Designing Energy-Efficient Convolutional Neural Networks using Energy-Aware Pruning", CVPR 2017.
//! What the publication leaves open is decided here: a round takes `step` of what can still be taken of the cost; a round
//! that loses more accuracy than allowed is taken back and the step halved, until it is below the least.
//!
//! [`State`] is all that changes, and [`State::advance`] does the least piece of work: whoever keeps the state between
//! two of them can go on at any time, to the same bytes.

use crate::layer::{Errors, Fit, by_error, by_magnitude};
use crate::plan::{Target, plan, prunable};
use crate::samples::{Sampling, moments};
use crate::{Layout, Masks, Method, Pattern, PruneError, World};
use nn::{ByOperand, Layer, LayerId, Network, NetworkError, Weights};

/// How a network is pruned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// The method.
    pub method: Method,
    /// What is removed together.
    pub pattern: Pattern,
    /// Which windows decide.
    pub sampling: Sampling,
    /// How survivors are fitted, where the method does.
    pub fit: Fit,
    /// The accuracy that must be left.
    pub accuracy: Floor,
    /// The share of the cost that a round takes, at first.
    pub step: f64,
    /// Rounds of smaller steps are not tried.
    pub least_step: f64,
    /// The most rounds.
    pub rounds: usize,
}

/// The accuracy that must be left, as a share of the held-out images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Floor {
    /// So much less than the network has.
    Loss(f64),
    /// So much.
    AtLeast(f64),
}

/// Where a run stands.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The network as it is now.
    pub network: Network,
    /// The last network that kept the accuracy.
    pub accepted: Network,
    /// The share that the round takes.
    pub step: f64,
    /// What comes next.
    pub stage: Stage,
    /// Networks that were judged: the original, then one a round.
    pub points: Vec<Point>,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The original network is judged.
    Start,
    /// A round is planned.
    Plan,
    /// The first of these layers is pruned, and the others after it.
    Layers(Vec<Target>),
    /// The network is fine-tuned.
    Tune,
    /// The network is judged.
    Judge,
    /// Nothing.
    Done,
}

/// A network that was judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The share of held-out images that it classifies rightly.
    pub accuracy: f64,
    /// What each layer on the array costs.
    pub energy: Vec<f64>,
    /// For each layer on the array the shares of its words that are not zero.
    pub shares: Vec<ByOperand<f64>>,
    /// Whether it kept the accuracy.
    pub accepted: bool,
}

impl Point {
    /// What an image costs.
    pub fn total(&self) -> f64 {
        self.energy.iter().sum()
    }
}

/// What was done.
#[derive(Clone, Debug, PartialEq)]
pub enum Done {
    /// A round was planned, of so many layers.
    Planned(usize),
    /// A layer was pruned; with the errors of its ofmap, where the method looks at them.
    Layer(LayerId, Option<Errors>),
    /// The network was fine-tuned.
    Tuned,
    /// The network was judged.
    Judged(Point),
    /// There was nothing to do.
    Nothing,
}

impl State {
    /// Before anything is done.
    pub fn new(original: &Network) -> State {
        let (network, accepted) = (original.clone(), original.clone());
        State { network, accepted, step: 0.0, stage: Stage::Start, points: Vec::new() }
    }

    /// The best point: the last that kept the accuracy.
    pub fn best(&self) -> Option<&Point> {
        self.points.iter().rfind(|point| point.accepted)
    }

    /// Does the next piece of work on what was `original`.
    pub fn advance<W: World>(
        &mut self,
        task: &W,
        settings: &Settings,
        original: &Network,
    ) -> Result<Done, PruneError<W::Error>> {
        match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Start => self.start(task, settings),
            Stage::Plan => {
                let targets = plan(task, settings, original, &self.network, self.step)?;
                let planned = targets.len();
                self.stage = if planned == 0 { Stage::Done } else { Stage::Layers(targets) };
                Ok(Done::Planned(planned))
            }
            Stage::Layers(mut targets) => {
                let target = targets.remove(0);
                let (weights, errors) = pruned(task, settings, original, &self.network, target)?;
                self.network = with(&self.network, target.layer, weights)?;
                self.stage = if targets.is_empty() { Stage::Tune } else { Stage::Layers(targets) };
                Ok(Done::Layer(target.layer, errors))
            }
            Stage::Tune => {
                let round = self.points.len();
                self.network = task.tune(&self.network, &Masks::of(&self.network), round).map_err(PruneError::World)?;
                self.stage = Stage::Judge;
                Ok(Done::Tuned)
            }
            Stage::Judge => self.judge(task, settings),
            Stage::Done => Ok(Done::Nothing),
        }
    }

    fn start<W: World>(&mut self, task: &W, settings: &Settings) -> Result<Done, PruneError<W::Error>> {
        check(&self.network)?;
        let point = Point { accepted: true, ..judged(task, &self.network)? };
        if let Floor::AtLeast(floor) = settings.accuracy
            && point.accuracy < floor
        {
            return Err(PruneError::Accuracy { found: 100.0 * point.accuracy, expected: 100.0 * floor });
        }
        self.points.push(point.clone());
        (self.step, self.stage) = (settings.step, Stage::Plan);
        Ok(Done::Judged(point))
    }

    fn judge<W: World>(&mut self, task: &W, settings: &Settings) -> Result<Done, PruneError<W::Error>> {
        let mut point = judged(task, &self.network)?;
        let floor = match settings.accuracy {
            Floor::Loss(loss) => self.points[0].accuracy - loss,
            Floor::AtLeast(floor) => floor,
        };
        // Half an image is no loss: sums of shares round.
        point.accepted = point.accuracy >= floor - 1e-9;
        if point.accepted {
            self.accepted = self.network.clone();
        } else {
            self.network = self.accepted.clone();
            self.step /= 2.0;
        }
        self.points.push(point.clone());
        let over = self.step < settings.least_step || self.points.len() > settings.rounds;
        self.stage = if over { Stage::Done } else { Stage::Plan };
        Ok(Done::Judged(point))
    }
}

/// The most weights of a filter: their moments take half a gigabyte.
const MOST_TAPS: usize = 8192;

/// Whether there is something to prune, and nothing too large.
fn check<E>(network: &Network) -> Result<(), PruneError<E>> {
    let layers = prunable(network);
    let taps = |&id: &LayerId| Some((id, Layout::of(network, id)?.taps));
    match layers.iter().filter_map(taps).find(|(_, taps)| *taps > MOST_TAPS) {
        Some((id, taps)) => Err(PruneError::TooLarge { layer: network.layer(id).name.clone(), taps, most: MOST_TAPS }),
        None if layers.is_empty() => Err(PruneError::NoLayers),
        None => Ok(()),
    }
}

/// The accuracy and the energy of a network.
fn judged<W: World>(task: &W, network: &Network) -> Result<Point, PruneError<W::Error>> {
    let accuracy = task.accuracy(network).map_err(PruneError::World)?;
    let maps = task.maps(network).map_err(PruneError::World)?;
    let layers = prunable(network);
    let shares: Vec<ByOperand<f64>> =
        layers.iter().zip(&maps).map(|(&id, maps)| ByOperand([maps[0], density(network, id), maps[1]])).collect();
    let energy = layers.iter().zip(&shares).map(|(&id, &shares)| task.energy(id, shares)).collect();
    Ok(Point { accuracy, energy, shares, accepted: false })
}

/// The share of a layer's weights that is not zero.
pub fn density(network: &Network, id: LayerId) -> f64 {
    let weights = network.layer(id).weights.as_ref().map_or(&[][..], |weights| weights.kernel.data());
    weights.iter().filter(|&&weight| weight != 0.0).count() as f64 / weights.len().max(1) as f64
}

/// The weights of a layer pruned to its target.
fn pruned<W: World>(
    task: &W,
    settings: &Settings,
    original: &Network,
    network: &Network,
    target: Target,
) -> Result<(Weights, Option<Errors>), PruneError<W::Error>> {
    let Target { layer, units } = target;
    let (Some(layout), Some(weights)) = (Layout::of(network, layer), &network.layer(layer).weights) else {
        return Err(PruneError::NoLayers);
    };
    if !settings.method.refit {
        return Ok((by_magnitude(&layout, weights, settings.pattern, units), None));
    }
    let moments = moments(task, &settings.sampling, original, network, &[layer])?;
    let (weights, errors) = by_error(&layout, weights, settings.pattern, units, &moments[0], &settings.fit);
    Ok((weights, Some(errors)))
}

/// `network` with other weights in one layer.
fn with(network: &Network, id: LayerId, weights: Weights) -> Result<Network, NetworkError> {
    let mut layers: Vec<Layer> = network.layers().to_vec();
    layers[id.0 as usize].weights = Some(weights);
    rebuilt(network, layers)
}

/// `network` with other layers, checked.
pub fn rebuilt(network: &Network, layers: Vec<Layer>) -> Result<Network, NetworkError> {
    let changed = Network::new(network.name(), layers)?;
    Ok(match network.preprocess() {
        Some(preprocess) => changed.with_preprocess(preprocess.clone()),
        None => changed,
    })
}
