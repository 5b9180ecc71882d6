//! A pruned network as a document: what each layer lost and saved, the rounds, and the curve of accuracy against energy.

use super::{Outcome, Surroundings};
use crate::digest::Inputs;
use crate::document::{Block, Cell, Column, Document, Table, significant};
use crate::figure::{Axis, Bar, Figure, Group, Plot, Scatter, Series, Stacked};
use crate::prune::checkpoint::Beginning;
use ::prune::Point;
use nn::{ByOperand, Network, Operand};

/// The document of runs on one network, the first of which is the one to look at.
pub fn document(
    network: &Network,
    surroundings: &Surroundings,
    data: &str,
    begun_with: &[Beginning],
    outcomes: &[Outcome],
) -> Document {
    let arch = surroundings.method.arch.name();
    let mut blocks = Vec::new();
    for outcome in outcomes {
        blocks.push(Block::Heading(format!("By {}", outcome.method.name)));
        blocks.push(Block::Text(summary(network, surroundings, outcome)));
        blocks.push(Block::Table(layers(network, surroundings, outcome)));
        blocks.push(Block::Table(rounds(network, surroundings, outcome)));
    }
    if let Some((first, others)) = outcomes.split_first()
        && !others.is_empty()
    {
        blocks.push(Block::Heading("Methods".into()));
        blocks.push(Block::Table(methods(network, surroundings, first, outcomes)));
    }
    blocks.push(Block::Figure(curve(network, surroundings, outcomes)));
    blocks.extend(outcomes.first().map(|outcome| Block::Figure(by_layer(network, surroundings, outcome))));
    Document {
        title: format!("{} pruned on {arch}", network.name()),
        lead: vec![
            format!("Data: {data}."),
            "Energy is that of an image by the estimation method, a zero of ifmap or weight leaving out the \
             multiply-accumulate and what serves it; accuracy is that of the held-out images in floating point."
                .into(),
        ],
        inputs: Inputs::of_parts(begun_with.iter().map(|begun| format!("{begun:?}"))).finish(),
        blocks,
    }
}

/// The original and the best point of a run.
fn ends(outcome: &Outcome) -> (&Point, &Point) {
    let points = &outcome.state.points;
    let first = points.first().expect("a run judges the original");
    (first, outcome.state.best().unwrap_or(first))
}

/// Multiply-accumulates of an image with neither operand zero, and surviving weights, by layer.
fn counts(network: &Network, surroundings: &Surroundings, shares: &[ByOperand<f64>]) -> Vec<[f64; 2]> {
    let layers = surroundings.layers.iter().zip(shares);
    let count = layers.filter_map(|(&id, shares)| {
        let shape = network.conv_shape(id, 1)?;
        let served = shares[Operand::Input] * shares[Operand::Weight];
        Some([served * shape.macs() as f64, shares[Operand::Weight] * shape.weights() as f64])
    });
    count.collect()
}

fn totals(network: &Network, surroundings: &Surroundings, point: &Point) -> [f64; 2] {
    let counts = counts(network, surroundings, &point.shares);
    counts.iter().fold([0.0; 2], |[macs, weights], [m, w]| [macs + m, weights + w])
}

fn summary(network: &Network, surroundings: &Surroundings, outcome: &Outcome) -> String {
    let (before, after) = ends(outcome);
    let [[macs, weights], [macs_left, weights_left]] =
        [before, after].map(|point| totals(network, surroundings, point));
    let percent = |now: f64, then: f64| format!("{:.1} %", 100.0 * now / then.max(f64::MIN_POSITIVE));
    let unit = surroundings.method.arch.provenance().unit.symbol();
    format!(
        "{}: {} {unit} an image become {}, {} of it; weights {} ({}), multiply-accumulates {} ({}), accuracy {:.2} % after \
         {:.2} %.",
        outcome.method.about,
        significant(before.total(), 3),
        significant(after.total(), 3),
        percent(after.total(), before.total()),
        significant(weights_left, 3),
        percent(weights_left, weights),
        significant(macs_left, 3),
        percent(macs_left, macs),
        100.0 * after.accuracy,
        100.0 * before.accuracy,
    )
}

/// The row of each layer.
fn layers(network: &Network, surroundings: &Surroundings, outcome: &Outcome) -> Table {
    let unit = surroundings.method.arch.provenance().unit.symbol();
    let columns = vec![
        Column::plain("method", "method"),
        Column::plain("layer", "layer"),
        Column::number("weights", "weights", ""),
        Column::plain("density", "density"),
        Column::number("macs", "MACs", ""),
        Column::number("macs_after", "after", ""),
        Column::plain("ifmap_density", "ifmap"),
        Column::number("energy", "energy", unit),
        Column::number("energy_after", "after", unit),
        Column::plain("energy_left", "left"),
    ];
    let (before, after) = ends(outcome);
    let [then, now] = [before, after].map(|point| counts(network, surroundings, &point.shares));
    let row = |place: usize| {
        let layer = network.layer(surroundings.layers[place]);
        vec![
            Cell::from(outcome.method.name),
            Cell::from(layer.name.as_str()),
            Cell::Number(then[place][1]),
            Cell::Share(after.shares[place][Operand::Weight]),
            Cell::Number(then[place][0]),
            Cell::Number(now[place][0]),
            Cell::Share(after.shares[place][Operand::Input]),
            Cell::Number(before.energy[place]),
            Cell::Number(after.energy[place]),
            Cell::Share(after.energy[place] / before.energy[place].max(f64::MIN_POSITIVE)),
        ]
    };
    let title = format!("Layers before and after, by {}", outcome.method.name);
    Table::new("layers", title, columns).with((0..surroundings.layers.len()).map(row))
}

/// The row of each network that was judged.
fn rounds(network: &Network, surroundings: &Surroundings, outcome: &Outcome) -> Table {
    let unit = surroundings.method.arch.provenance().unit.symbol();
    let columns = vec![
        Column::plain("method", "method"),
        Column::plain("round", "round"),
        Column { digits: 4, ..Column::number("accuracy", "accuracy", "%") },
        Column::number("energy", "energy", unit),
        Column::plain("energy_left", "left"),
        Column::number("weights", "weights", ""),
        Column::number("macs", "MACs", ""),
        Column::plain("kept", "kept"),
    ];
    let points = &outcome.state.points;
    let row = |(round, point): (usize, &Point)| {
        let [macs, weights] = totals(network, surroundings, point);
        vec![
            Cell::from(outcome.method.name),
            Cell::Count(round as u64),
            Cell::Number(100.0 * point.accuracy),
            Cell::Number(point.total()),
            Cell::Share(point.total() / points[0].total().max(f64::MIN_POSITIVE)),
            Cell::Number(weights),
            Cell::Number(macs),
            Cell::from(if point.accepted { "yes" } else { "no" }),
        ]
    };
    Table::new("rounds", format!("Rounds, by {}", outcome.method.name), columns)
        .with(points.iter().enumerate().map(row))
}

/// The row of each method.
fn methods(network: &Network, surroundings: &Surroundings, first: &Outcome, outcomes: &[Outcome]) -> Table {
    let unit = surroundings.method.arch.provenance().unit.symbol();
    let columns = vec![
        Column::plain("method", "method"),
        Column { digits: 4, ..Column::number("accuracy", "accuracy", "%") },
        Column::number("energy", "energy", unit),
        Column::plain("energy_left", "left"),
        Column::number("times", "of the first", "x"),
        Column::number("weights", "weights", ""),
        Column::number("macs", "MACs", ""),
    ];
    let best = ends(first).1.total();
    let row = |outcome: &Outcome| {
        let (before, after) = ends(outcome);
        let [macs, weights] = totals(network, surroundings, after);
        vec![
            Cell::from(outcome.method.name),
            Cell::Number(100.0 * after.accuracy),
            Cell::Number(after.total()),
            Cell::Share(after.total() / before.total().max(f64::MIN_POSITIVE)),
            Cell::Number(after.total() / best.max(f64::MIN_POSITIVE)),
            Cell::Number(weights),
            Cell::Number(macs),
        ]
    };
    Table::new("methods", "The methods at the accuracy that must be left", columns).with(outcomes.iter().map(row))
}

/// Accuracy against energy.
fn curve(network: &Network, surroundings: &Surroundings, outcomes: &[Outcome]) -> Figure {
    let unit = surroundings.method.arch.provenance().unit.symbol();
    let series = outcomes.iter().map(|outcome| {
        let mut points: Vec<&Point> = outcome.state.points.iter().collect();
        points.sort_by(|a, b| b.total().total_cmp(&a.total()));
        let point = |point: &&Point| crate::figure::Point { x: point.total(), y: 100.0 * point.accuracy, label: None };
        Series { name: outcome.method.name.into(), points: points.iter().map(point).collect(), line: true }
    });
    Figure {
        key: "accuracy_energy".into(),
        title: format!("{}: accuracy against energy", network.name()),
        caption: "Each point is the network after a round; the rightmost is the original.".into(),
        plot: Plot::Scatter(Scatter {
            x: Axis::linear("energy of an image", unit),
            y: Axis::linear("accuracy", "%"),
            series: series.collect(),
        }),
    }
}

/// The energy of each layer before and after.
fn by_layer(network: &Network, surroundings: &Surroundings, outcome: &Outcome) -> Figure {
    let unit = surroundings.method.arch.provenance().unit.symbol();
    let (before, after) = ends(outcome);
    let group = |(place, &id): (usize, &nn::LayerId)| Group {
        name: network.layer(id).name.clone(),
        bars: [("before", before), ("after", after)]
            .map(|(name, point)| Bar { name: name.into(), values: vec![point.energy[place]], mark: None })
            .into(),
    };
    Figure {
        key: "energy_by_layer".into(),
        title: format!("{}: energy by layer", network.name()),
        caption: format!("The energy of an image before and after pruning by {}.", outcome.method.name),
        plot: Plot::Stacked(Stacked {
            unit: format!("energy, {unit}"),
            parts: vec!["energy".into()],
            groups: surroundings.layers.iter().enumerate().map(group).collect(),
        }),
    }
}

/// The densities of a network's layers as CSV: layer, weights, surviving, density.
pub fn densities(network: &Network, surroundings: &Surroundings) -> String {
    let row = |&id: &nn::LayerId| {
        let weights = network.layer(id).weights.as_ref().map_or(&[][..], |weights| weights.kernel.data());
        let alive = weights.iter().filter(|&&weight| weight != 0.0).count();
        vec![
            Cell::from(network.layer(id).name.as_str()),
            Cell::Count(weights.len() as u64),
            Cell::Count(alive as u64),
            Cell::Number(alive as f64 / weights.len().max(1) as f64),
        ]
    };
    let columns = vec![
        Column::plain("layer", "layer"),
        Column::plain("weights", "weights"),
        Column::plain("surviving", "surviving"),
        Column::number("density", "density", ""),
    ];
    let table = Table::new("densities", "", columns).with(surroundings.layers.iter().map(row));
    let blocks = vec![Block::Table(table)];
    Document { title: String::new(), lead: Vec::new(), inputs: String::new(), blocks }.csv()
}
