//! The published energies of pruned networks and ours, by the method and on the assumptions of
//! [`crate::estimate::validation`]; zeros of feature maps as before pruning.
//!
//! Deep Compression's densities were published by layer, those of energy-aware pruning were not: what the model gives is
//! the range over all densities that keep the two published totals ([`::prune::totals`]), and, of one density for the
//! convolutions and one for the fully connected layers, which the totals determine, a figure between its ends.

use super::published::{
    ALEXNET_COMPRESSED, ALEXNET_DENSITIES, ALEXNET_ENERGY_AWARE, ALEXNET_RATIOS, NETWORKS, Pruned,
    SQUEEZENET_COMPRESSED, SQUEEZENET_ON_PHOTOGRAPHS, SQUEEZENET_WEIGHTS, original,
};
use crate::Error;
use crate::estimate::published::Total;
use crate::estimate::{Estimated, Estimates, Method, validation};
use crate::validation::{Check, Excuse, Tolerance};
use ::prune::totals::{Part, least, sum};
use formats::estimation::entries;
use model::Arch;
use nn::{ByOperand, Operand};

/// How far an energy may be off, as a part of it.
const ENERGY: f64 = 0.15;
/// How far a number of weights or multiply-accumulates may be off: they are counted, and printed to two or three digits.
const COUNT: Tolerance = Tolerance::Within(0.02);
/// How far SqueezeNet's energies may be off, and their ratio: the zeros of its feature maps were not published.
const SQUEEZENET: [f64; 2] = [0.4, 0.2];

/// The networks and what pruning makes of them.
#[derive(Clone, Debug)]
pub struct Study {
    /// The platform.
    pub arch: Arch,
    /// AlexNet.
    pub alexnet: Network,
    /// AlexNet's layers at these densities.
    pub open: Open,
    /// SqueezeNet 1.0.
    pub squeezenet: Network,
}

/// A network before and after Deep Compression.
#[derive(Clone, Debug)]
pub struct Network {
    /// What was published of it before.
    pub total: Total,
    /// Its layers before, on their best mappings.
    pub estimates: Estimates,
    /// Before.
    pub original: Sum,
    /// By Deep Compression.
    pub compressed: Sum,
    /// The energies of both if no word of a feature map were zero.
    pub full: [f64; 2],
}

/// AlexNet by energy-aware pruning, as far as its totals say.
#[derive(Clone, Debug)]
pub struct Open {
    /// The densities that cost least.
    pub least: Sum,
    /// The densities that cost most.
    pub most: Sum,
    /// One density for convolutions, one for fully connected layers.
    pub uniform: Sum,
}

/// What is left of a network at these densities, of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Sum {
    /// The share of weights that are not zero, by layer.
    pub densities: Vec<f64>,
    /// Weights that are not zero.
    pub weights: f64,
    /// Multiply-accumulates that no zero leaves out.
    pub macs: f64,
    /// Energy.
    pub energy: f64,
}

/// Estimates the networks; tells `done` of each layer whose mapping is sought.
pub fn study(done: &(dyn Fn(&str) + Sync)) -> Result<Study, Error> {
    let totals: Vec<Total> = NETWORKS.iter().filter_map(|name| original(name).copied()).collect();
    let found = validation::study_of(&totals, done)?;
    let method = validation::method(&found.arch);
    let of = |name: &str| {
        let found = found.networks.iter().find(|(total, _)| total.network == name);
        found.cloned().ok_or_else(|| Error::unknown("network", name, NETWORKS))
    };
    let [alexnet, squeezenet] = NETWORKS;
    let (total, estimates) = of(alexnet)?;
    let open = open(&method, &estimates).ok_or(Error::Prune("no densities have AlexNet's published totals".into()))?;
    let alexnet = network(&method, total, estimates, ALEXNET_DENSITIES.to_vec());
    let (total, estimates) = of(squeezenet)?;
    let layers = estimates.layers.iter().map(weights);
    let densities = SQUEEZENET_WEIGHTS.iter().zip(layers).map(|(&left, all)| f64::from(left) / all).collect();
    let squeezenet = network(&method, total, estimates, densities);
    Ok(Study { alexnet, open, squeezenet, arch: found.arch })
}

fn network(method: &Method, total: Total, estimates: Estimates, densities: Vec<f64>) -> Network {
    let original = at(method, &estimates, vec![1.0; estimates.layers.len()]);
    let compressed = at(method, &estimates, densities);
    let full = [&original, &compressed].map(|sum| {
        let of = |(layer, &density): (usize, &f64)| {
            let share = |operand| if operand == Operand::Weight { density } else { 1.0 };
            estimates.energy(method, layer, ByOperand(Operand::ALL.map(share)))
        };
        sum.densities.iter().enumerate().filter_map(of).sum()
    });
    Network { total, estimates, original, compressed, full }
}

/// What is left at some densities.
pub fn at(method: &Method, estimates: &Estimates, densities: Vec<f64>) -> Sum {
    let of = |what: fn(&Estimated) -> f64| -> f64 {
        estimates.layers.iter().zip(&densities).map(|(layer, density)| density * what(layer)).sum()
    };
    let priced = densities.iter().enumerate().filter_map(|(layer, &density)| energy(method, estimates, layer, density));
    Sum { weights: of(weights), macs: of(macs), energy: priced.sum(), densities }
}

/// What an image costs in a layer whose weights have this density.
fn energy(method: &Method, estimates: &Estimates, layer: usize, density: f64) -> Option<f64> {
    let of = |operand| if operand == Operand::Weight { density } else { estimates.layers[layer].layer.share(operand) };
    estimates.energy(method, layer, ByOperand(Operand::ALL.map(of)))
}

/// The weights of a layer.
pub fn weights(estimated: &Estimated) -> f64 {
    entries(&estimated.layer.fields.shape, Operand::Weight) as f64
}

/// The multiply-accumulates of an image that the zeros of its feature maps leave.
fn macs(estimated: &Estimated) -> f64 {
    estimated.macs().unwrap_or(0.0)
}

/// What energy-aware pruning's totals leave open; none where no densities have them.
fn open(method: &Method, estimates: &Estimates) -> Option<Open> {
    let totals = [ALEXNET_ENERGY_AWARE.weights?, ALEXNET_ENERGY_AWARE.macs?];
    let part = |(layer, estimated): (usize, &Estimated)| {
        let [empty, full] = [0.0, 1.0].map(|density| energy(method, estimates, layer, density));
        Some(Part { totals: [weights(estimated), macs(estimated)], cost: full? - empty? })
    };
    let parts = estimates.layers.iter().enumerate().map(part).collect::<Option<Vec<Part>>>()?;
    let turned: Vec<Part> = parts.iter().map(|part| Part { cost: -part.cost, ..*part }).collect();
    let kinds = || estimates.layers.iter().map(|estimated| usize::from(estimated.layer.fully_connected));
    let all = [0, 1].map(|kind| {
        let these: Vec<f64> = kinds().map(|of| f64::from(u8::from(of == kind))).collect();
        let of = |what: &dyn Fn(&Part) -> f64| sum(&parts, &these, what);
        Part { totals: [of(&|part| part.totals[0]), of(&|part| part.totals[1])], cost: of(&|part| part.cost) }
    });
    let by_kind = least(&all, totals)?;
    let sum = |densities| at(method, estimates, densities);
    Some(Open {
        least: sum(least(&parts, totals)?),
        most: sum(least(&turned, totals)?),
        uniform: sum(kinds().map(|kind| by_kind[kind]).collect()),
    })
}

impl Study {
    /// The figures that have a tolerance.
    pub fn checks(&self) -> Vec<Check> {
        let mut checks = vec![energy_of("alexnet: original", &self.alexnet)];
        checks.extend(totals("alexnet, Deep Compression", &ALEXNET_COMPRESSED, &self.alexnet.compressed));
        checks.extend(self.energy_aware());
        let ratio = |(what, published, sum): (&str, f64, &Sum)| Check {
            what: format!("alexnet, {what}: times less energy"),
            unit: "",
            published,
            ours: self.alexnet.original.energy / sum.energy,
            tolerance: Tolerance::Within(ENERGY),
            source: "CVPR17, poster".into(),
            explained: None,
        };
        let [compressed, energy_aware] = ALEXNET_RATIOS;
        let rows = [
            ("Deep Compression", compressed, &self.alexnet.compressed),
            ("energy-aware, at its least", energy_aware, &self.open.least),
        ];
        checks.extend(rows.map(ratio));
        checks.extend(self.squeezenet());
        checks
    }

    /// The end of the range that lies next to the published energy, and the figure that its totals determine.
    fn energy_aware(&self) -> [Check; 2] {
        let published = ALEXNET_ENERGY_AWARE.energy;
        let Open { least, most, uniform } = &self.open;
        let check = |what: &str, ours: f64, explained| Check {
            what: format!("alexnet, energy-aware: energy, {what}"),
            unit: "MAC",
            published,
            ours,
            tolerance: Tolerance::Within(ENERGY),
            source: ALEXNET_ENERGY_AWARE.source.into(),
            explained,
        };
        let giga = |energy: f64| energy / 1e9;
        let open = (uniform.energy - least.energy) / published;
        let excuse = Excuse {
            bound: ENERGY + open,
            reason: format!(
                "only the totals of the network were published: {:.2} million weights and {:.2} x 10^8 \
                 multiply-accumulates. One density for the convolutions ({:.3}) and one for the fully connected layers \
                 ({:.3}) keep both and cost {:.3} x 10^9. Over all densities by layer that keep both, the energy is {:.3} to \
                 {:.3} x 10^9 (a linear programme, its corners tried one by one): the split is worth {:.1} % of the published \
                 energy from here to the least, which is {:.1} % above it and which no network that works has: it leaves \
                 nothing of some layers.",
                least.weights / 1e6,
                least.macs / 1e8,
                uniform.densities.first().copied().unwrap_or(f64::NAN),
                uniform.densities.last().copied().unwrap_or(f64::NAN),
                giga(uniform.energy),
                giga(least.energy),
                giga(most.energy),
                100.0 * open,
                100.0 * (least.energy / published - 1.0),
            ),
        };
        [
            check("least that its totals allow", least.energy, None),
            check("one density for each kind of layer", uniform.energy, Some(excuse)),
        ]
    }

    /// SqueezeNet's energies, whose zeros are assumed, and their ratio.
    fn squeezenet(&self) -> [Check; 3] {
        let Network { total, original, compressed, full, .. } = &self.squeezenet;
        let published = SQUEEZENET_COMPRESSED.energy;
        let [all, ratio] = SQUEEZENET;
        let giga = |energy: f64| energy / 1e9;
        let zeros = |ours: f64, full: f64| Excuse {
            bound: all,
            reason: format!(
                "nothing is published of the zeros in SqueezeNet's feature maps. With GoogLeNet's share of them it costs \
                 {:.2} x 10^9, with none {:.2} x 10^9. The pruned weights leave {:.2} x 10^9 with the zeros that they have on \
                 20 photographs, which is {:.0} % below the published energy: zeros are a part of the reason. The mappings of \
                 the published energies, the other part, are not printed.",
                giga(ours),
                giga(full),
                giga(SQUEEZENET_ON_PHOTOGRAPHS),
                100.0 * (1.0 - SQUEEZENET_ON_PHOTOGRAPHS / published)
            ),
        };
        let apart = Excuse {
            bound: ratio,
            reason: format!(
                "both have GoogLeNet's share of zeros here, but a pruned network need not have the zeros of the original. \
                 The pruned one with those that it has on photographs, beside the original as assumed, is {:.0} %, and with \
                 no zeros {:.0} %; published are {:.0} %.",
                100.0 * SQUEEZENET_ON_PHOTOGRAPHS / original.energy,
                100.0 * full[1] / original.energy,
                100.0 * published / total.energy
            ),
        };
        let energy = energy_of("squeezenet1.0: original", &self.squeezenet);
        [
            Check { explained: Some(zeros(original.energy, full[0])), ..energy.clone() },
            Check {
                what: "squeezenet1.0, Deep Compression: energy".into(),
                published,
                ours: compressed.energy,
                source: SQUEEZENET_COMPRESSED.source.into(),
                explained: Some(zeros(compressed.energy, full[1])),
                ..energy.clone()
            },
            Check {
                what: "squeezenet1.0, Deep Compression: part of the original energy".into(),
                unit: "",
                published: published / total.energy,
                ours: compressed.energy / original.energy,
                source: "CVPR17, poster: the two energies".into(),
                explained: Some(apart),
                ..energy
            },
        ]
    }
}

/// The energy of a network before pruning.
fn energy_of(what: &str, network: &Network) -> Check {
    Check {
        what: format!("{what}: energy"),
        unit: "MAC",
        published: network.total.energy,
        ours: network.original.energy,
        tolerance: Tolerance::Within(ENERGY),
        source: network.total.source.into(),
        explained: None,
    }
}

/// The totals of a pruned network whose densities were published.
fn totals(what: &str, published: &Pruned, ours: &Sum) -> Vec<Check> {
    let check = |(name, unit, published_value, ours, tolerance): (&str, _, Option<f64>, _, _)| {
        Some(Check {
            what: format!("{what}: {name}"),
            unit,
            published: published_value?,
            ours,
            tolerance,
            source: published.source.into(),
            explained: None,
        })
    };
    let rows = [
        ("weights", "", published.weights, ours.weights, COUNT),
        ("multiply-accumulates", "", published.macs, ours.macs, COUNT),
        ("energy", "MAC", Some(published.energy), ours.energy, Tolerance::Within(ENERGY)),
    ];
    rows.into_iter().filter_map(check).collect()
}
