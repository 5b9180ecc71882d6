//! What the machine takes: its own cycles and counts, over words drawn at random, or in a run of trained weights on images.
//!
//! Neither cycles nor energies depend on the words but for their zeros (a zero ifmap word gates its multiplications, and
//! zeros are what run-length coding saves), so that a profile needs no trained weights: ifmaps have a given share of
//! zeros, all but the first layer's, an image. With weights and images the zeros are the network's own.

use super::profile::{LayerCost, Profile, memories, pixels};
use crate::archs::Arch;
use crate::digest::Inputs;
use crate::report::count;
use crate::run::{Job, Place, Run, Tally};
use crate::shapes::sizes;
use crate::silicon::layers::{SiliconLayer, Workload};
use crate::{Error, library};
use eyeriss::{Chip, Choice, DramCoding, Engine, Machine, Objective, RsMapping, RunError};
use model::{Activity, Cause, Driver, OperatingPoint};
use nn::execute::ExecuteError;
use nn::{ConvShape, LayerId, Network};
use rayon::prelude::*;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// How the machine works.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Which machine.
    pub arch: &'static Arch,
    /// Supply and clocks.
    pub point: OperatingPoint,
    /// Images at once.
    pub batch: usize,
    /// What the mappings have least of.
    pub objective: Objective,
    /// The share of zeros in every ifmap but the first.
    pub zeros: f64,
    /// Whether the clock runs on while nothing is computed.
    pub idle_clock: bool,
}

/// Runs `layers` of a network; `done` is called before each with its name and how many are done.
pub fn profile(
    network: &Network,
    layers: &[LayerId],
    setting: &Setting,
    done: &mut dyn FnMut(&str, usize),
) -> Result<Profile, Error> {
    if layers.is_empty() {
        return Err(Error::NoArrayLayers { network: network.name().into() });
    }
    let Setting { arch, point, batch, idle_clock, .. } = *setting;
    let chip = Chip { core_hz: point.core_hz, link_hz: point.link_hz, ..(arch.chip)() };
    let machine = Machine::new(chip, Engine::Fast)?;
    let mut shapes: Vec<(LayerId, ConvShape)> = Vec::with_capacity(layers.len());
    for &id in layers {
        let too_large = || ExecuteError::BatchTooLarge { layer: network.layer(id).name.clone(), images: batch };
        shapes.push((id, network.conv_shape(id, batch).ok_or_else(too_large)?));
    }
    let refused = |id: LayerId, shape: &ConvShape, reason: RunError| {
        let (layer, shape) = (network.layer(id).name.clone(), sizes(shape));
        Error::Layer { layer, shape, arch: arch.name.into(), reason: Box::new(reason) }
    };
    let mappings = mappings(&machine, &shapes, setting.objective, &refused)?;
    let first = network.ids().find(|&id| network.conv_shape(id, 1).is_some());
    // Equal layers take the same, but for the first, whose ifmap is an image.
    let mut tallies: HashMap<(ConvShape, bool), Tally> = HashMap::new();
    let mut costs = Vec::with_capacity(shapes.len());
    for (index, &(id, shape)) in shapes.iter().enumerate() {
        let name = &network.layer(id).name;
        let image = first == Some(id);
        let tally = match tallies.entry((shape, image)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                done(name, index);
                let mapping = mappings[&shape];
                let layer = SiliconLayer { name: name.clone(), shape, mapping, ofmap_zeros: setting.zeros };
                let run = run(&machine, &layer, image, setting.zeros).map_err(|reason| refused(id, &shape, reason))?;
                place.insert(run)
            }
        };
        costs.push(LayerCost { macs: shape.macs(), ..cost(name, tally, arch, &point) });
    }
    let words = format!(
        "random words; ifmaps have {:.1} % of zeros, the first layer's none, and ofmaps as many after ReLU",
        100.0 * setting.zeros
    );
    let base = Base { network, arch, point, batch, idle_clock };
    base.profile(costs, inputs(network, layers, &machine, setting), &words)
}

/// The profile of a run, in the mean over its images.
pub fn of_run(job: &Job, run: &Run, idle_clock: bool) -> Result<Profile, Error> {
    let images = run.predictions.len();
    let batches = images as f64 / job.batch as f64;
    let layers = run.layers.iter().filter_map(|row| match &row.place {
        Place::Machine(layer) => Some((&row.name, layer)),
        _ => None,
    });
    let costs = layers.map(|(name, layer)| {
        let whole = cost(name, &layer.tally, job.arch, &job.point);
        LayerCost {
            macs: (layer.tally.all_macs() as f64 / batches).round() as u64,
            cycles: whole.cycles / batches,
            energy: whole.energy.iter().map(|energy| energy / batches).collect(),
            ..whole
        }
    });
    let words = format!("trained weights and {}", count(images, "image"));
    let Job { network, arch, point, batch, .. } = *job;
    let inputs = Inputs::of_text(&format!("{} {idle_clock}", run.digest)).finish();
    Base { network, arch, point, batch, idle_clock }.profile(costs.collect(), inputs, &words)
}

/// What every profile of the machine has in common.
struct Base<'a> {
    network: &'a Network,
    arch: &'static Arch,
    point: OperatingPoint,
    batch: usize,
    idle_clock: bool,
}

impl Base<'_> {
    /// The profile of layers that ran over `words`.
    fn profile(&self, layers: Vec<LayerCost>, inputs: String, words: &str) -> Result<Profile, Error> {
        let Base { network, arch, point, batch, idle_clock } = *self;
        Ok(Profile {
            design: arch.name.into(),
            network: network.name().into(),
            batch,
            pixels: pixels(network),
            clock_hz: Some(point.core_hz as f64),
            parts: arch.prices.components.iter().map(|component| component.name.to_string()).collect(),
            joules: true,
            idle_mw: if idle_clock { self.idle_mw() } else { 0.0 },
            layers,
            memories: memories(&library::arch(arch.name)?),
            inputs,
            notes: self.notes(words),
        })
    }

    /// What the cycles alone cost, in mW: the clock, and what else goes with it, while every PE is gated.
    fn idle_mw(&self) -> f64 {
        let mut second = Activity::default();
        second[Driver::Cycles] = self.point.core_hz;
        let pj: f64 = self.arch.prices.energy(&second, self.point.volts).iter().map(|(_, pj)| pj).sum();
        1e-9 * pj
    }

    fn notes(&self, words: &str) -> Vec<String> {
        let Base { arch, point, idle_clock, .. } = self;
        let mhz = |hz: u64| hz as f64 / 1e6;
        let at_work = format!(
            "On the machine ({}): {} V, core {} MHz, link {} MHz; cycles and counts are its own, over {words}. Energy is \
             the chip's; DRAM devices are not included.",
            arch.name,
            point.volts,
            mhz(point.core_hz),
            mhz(point.link_hz),
        );
        let between = if *idle_clock {
            format!(
                "Between frames the clock runs on, at {:.1} mW with the top control; `--idle-clock stopped` has it \
                 stopped. What the chip leaks is not published, and not in the prices.",
                self.idle_mw()
            )
        } else {
            "Between frames the clock is stopped, and nothing is drawn: what the chip leaks is not published.".into()
        };
        vec![at_work, between]
    }
}

/// A mapping for each shape.
fn mappings(
    machine: &Machine,
    shapes: &[(LayerId, ConvShape)],
    objective: Objective,
    refused: &(impl Fn(LayerId, &ConvShape, RunError) -> Error + Sync),
) -> Result<HashMap<ConvShape, RsMapping>, Error> {
    let mut distinct: Vec<(LayerId, ConvShape)> = Vec::new();
    for &(id, shape) in shapes {
        if distinct.iter().all(|(_, seen)| *seen != shape) {
            distinct.push((id, shape));
        }
    }
    let found = distinct.par_iter().map(|&(id, shape)| {
        let mapping = machine.mapping(&shape, Choice::Best(objective));
        mapping.map(|mapping| (shape, mapping)).map_err(|reason| refused(id, &shape, reason))
    });
    // Collected in order, so that the first layer that is refused is the one named.
    found.collect::<Vec<_>>().into_iter().collect()
}

/// Runs a layer over words drawn at random.
fn run(machine: &Machine, layer: &SiliconLayer, image: bool, zeros: f64) -> Result<Tally, RunError> {
    let (zeros, coding) = (if image { 0.0 } else { zeros }, DramCoding::of(machine.chip(), image));
    let workload = Workload::new(layer, zeros, 0);
    let mut tally = Tally::default();
    tally.add(&machine.run(&workload.job(layer), layer.mapping, coding)?);
    Ok(tally)
}

/// The architecture by its name and prices: a pointer to a function has no value of its own.
fn inputs(network: &Network, layers: &[LayerId], machine: &Machine, setting: &Setting) -> String {
    let Setting { arch, point, batch, objective, zeros, idle_clock } = setting;
    let settings = (arch.name, arch.prices, machine, point, batch, objective, zeros, idle_clock, layers);
    Inputs::of_study(&format!("{settings:?}"), network).finish()
}

/// What a layer took, over all that its tally sums up.
fn cost(name: &str, tally: &Tally, arch: &Arch, point: &OperatingPoint) -> LayerCost {
    let most = Cause::ALL.into_iter().rev().max_by_key(|&cause| tally.cycles.of(cause));
    LayerCost {
        name: name.into(),
        macs: tally.all_macs(),
        cycles: tally.cycles.total() as f64,
        cause: most.map_or("", Cause::name).into(),
        energy: arch.prices.energy(&tally.activity, point.volts).into_iter().map(|(_, pj)| pj).collect(),
    }
}
