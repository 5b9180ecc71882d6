//! A round's plan: which layers are pruned, in which order, and how much of each survives.

use crate::allocate::{Choices, allocate};
use crate::method::{Allocation, Measure};
use crate::removal::{losses, magnitudes, survivors};
use crate::run::density;
use crate::samples::moments;
use crate::{Layout, Pattern, PruneError, Settings, World};
use nn::{ByOperand, LayerId, Network, Weights};

/// A layer that a round prunes, to so many units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The layer.
    pub layer: LayerId,
    /// Units of the pattern that survive.
    pub units: usize,
}

/// The layers that can be pruned: those on the array with weights.
pub fn prunable(network: &Network) -> Vec<LayerId> {
    let trained = |&id: &LayerId| network.layer(id).weights.is_some() && network.conv_shape(id, 1).is_some();
    network.ids().filter(trained).collect()
}

/// A layer as it stands: its matrices, weights, and the magnitude of each unit.
struct Standing<'n> {
    id: LayerId,
    layout: Layout,
    weights: &'n Weights,
    magnitudes: Vec<f64>,
    /// Units with any weight that is not zero.
    units: usize,
}

/// Plans to take `share` of what is left to take. Empty when nothing is.
pub fn plan<W: World>(
    task: &W,
    settings: &Settings,
    original: &Network,
    network: &Network,
    share: f64,
) -> Result<Vec<Target>, PruneError<W::Error>> {
    let standing: Vec<Standing> = prunable(network).into_iter().filter_map(|id| stand(network, settings, id)).collect();
    let (mut targets, costs): (Vec<Target>, Vec<f64>) = match settings.method.allocation {
        Allocation::Threshold => {
            let targets = threshold(&standing, share);
            let costs = vec![0.0; targets.len()];
            (targets, costs)
        }
        Allocation::Cheapest(measure) => {
            let choices = choices(task, settings, original, network, &standing, measure)?;
            let [now, least] = [<[f64]>::first, <[f64]>::last]
                .map(|of| choices.iter().filter_map(|choices| of(&choices.costs)).sum::<f64>());
            let taken = allocate(&choices, now - share * (now - least));
            let target = |(standing, (choices, at)): (&Standing, (&Choices, usize))| Target {
                layer: standing.id,
                units: choices.units[at],
            };
            let targets = standing.iter().zip(choices.iter().zip(taken)).map(target).collect();
            (targets, choices.iter().map(|choices| choices.costs[0]).collect())
        }
    };
    let mut order: Vec<usize> = (0..targets.len()).collect();
    order.sort_by(|&a, &b| costs[b].total_cmp(&costs[a]).then(a.cmp(&b)));
    targets = order.iter().map(|&at| targets[at]).collect();
    targets.retain(|target| standing.iter().any(|own| own.id == target.layer && target.units < own.units));
    Ok(targets)
}

fn stand<'n>(network: &'n Network, settings: &Settings, id: LayerId) -> Option<Standing<'n>> {
    let (layout, weights) = (Layout::of(network, id)?, network.layer(id).weights.as_ref()?);
    let pattern = settings.pattern;
    let mut alive = vec![false; layout.units(pattern)];
    for filter in 0..layout.filters {
        for tap in 0..layout.taps {
            alive[layout.unit(pattern, filter, tap)] |= weights.kernel.data()[filter * layout.taps + tap] != 0.0;
        }
    }
    let units = alive.iter().filter(|alive| **alive).count();
    Some(Standing { id, layout, weights, magnitudes: magnitudes(&layout, pattern, weights), units })
}

/// All layers' units under one threshold, which takes `share` of those that are left.
fn threshold(standing: &[Standing], share: f64) -> Vec<Target> {
    let all: Vec<f64> = standing.iter().flat_map(|layer| layer.magnitudes.iter().copied()).collect();
    let alive: usize = standing.iter().map(|layer| layer.units).sum();
    let survive = survivors(&all, (alive as f64 * (1.0 - share)).round() as usize);
    let mut from = 0;
    let target = |layer: &Standing| {
        let own = &survive[from..from + layer.magnitudes.len()];
        from += own.len();
        // A layer without survivors would compute nothing.
        Target { layer: layer.id, units: own.iter().filter(|survives| **survives).count().max(1) }
    };
    standing.iter().map(target).collect()
}

/// What each layer may keep, at which loss and cost.
fn choices<W: World>(
    task: &W,
    settings: &Settings,
    original: &Network,
    network: &Network,
    standing: &[Standing],
    measure: Measure,
) -> Result<Vec<Choices>, PruneError<W::Error>> {
    let layers: Vec<LayerId> = standing.iter().map(|layer| layer.id).collect();
    let maps = task.maps(network).map_err(PruneError::World)?;
    let moments = moments(task, &settings.sampling, original, network, &layers)?;
    let of_layer = |(layer, (moments, maps)): (&Standing, (Vec<_>, &[f64; 2]))| {
        let Standing { id, layout, weights, magnitudes, units: alive } = layer;
        let units = ladder(settings.pattern, *alive, magnitudes.len());
        let losses = losses(layout, settings.pattern, weights, &moments, magnitudes, &units);
        let dense = density(network, *id);
        let cost = |&units: &usize| {
            let share = dense * units as f64 / (*alive).max(1) as f64;
            match measure {
                Measure::Energy => task.energy(*id, ByOperand([maps[0], share, maps[1]])),
                Measure::Weights => share * layout.shape.weights() as f64,
                Measure::Macs => share * layout.shape.macs() as f64,
            }
        };
        Choices { costs: units.iter().map(cost).collect(), units, losses }
    };
    Ok(standing.iter().zip(moments.into_iter().zip(&maps)).map(of_layer).collect())
}

/// Numbers of units that a layer may keep, in descending order from those it has: each 0.9 of the one before, to 1 in
/// 200; in blocks, what they keep.
fn ladder(pattern: Pattern, alive: usize, all: usize) -> Vec<usize> {
    if let Pattern::Block { keep, of } = pattern {
        let kept = (all * keep).div_ceil(of);
        return if kept < alive { vec![alive, kept] } else { vec![alive] };
    }
    let least = all.div_ceil(200);
    let mut units = vec![alive];
    let mut next = alive;
    while next > least {
        next = (next * 9 / 10).max(least);
        units.push(next);
    }
    units
}
