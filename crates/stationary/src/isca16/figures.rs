//! The study's figures, ours as bars and the published totals as marks across them.

use super::Pair;
use super::bars::Parts;
use super::by_layer::ByLayer;
use super::checks::printed;
use super::point::{Layers, POINTS};
use super::published::Published;
use super::storage::Stored;
use crate::compare::LEVELS;
use crate::figure::{Axis, Bar, Figure, Group, Plot, Point, Scatter, Series, Stacked};

/// Which of ours a figure shows.
#[derive(Clone, Copy, PartialEq)]
enum Ours {
    Reconstruction,
    Optimum,
}

impl Ours {
    fn parts(self, pair: &Pair) -> Option<Parts> {
        match self {
            Ours::Reconstruction => pair.reconstructed(),
            Ours::Optimum => pair.best(),
        }
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Ours::Reconstruction => ("reconstruction", "the study's analysis as reconstructed"),
            Ours::Optimum => ("optimum", "the best mapping of each layer, proven"),
        }
    }
}

/// Figs. 11 to 14.
pub fn figures(pairs: &[Pair], published: &[Published]) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (figure, pes, layers) in
        [("12a", 256, Layers::Conv), ("12b", 512, Layers::Conv), ("12c", 1024, Layers::Conv), ("14b", 1024, Layers::Fc)]
    {
        for ours in [Ours::Reconstruction, Ours::Optimum] {
            let of: Vec<&Pair> =
                pairs.iter().filter(|pair| (pair.point.pes, pair.point.layers) == (pes, layers)).collect();
            figures.push(by_level(figure, ours, &of, published));
        }
    }
    for (figure, pes, layers) in [("12d", 1024, Layers::Conv), ("14c", 1024, Layers::Fc)] {
        let of: Vec<&Pair> = pairs.iter().filter(|p| (p.point.pes, p.point.layers) == (pes, layers)).collect();
        figures.push(by_operand(figure, &of, published));
    }
    for layers in [Layers::Conv, Layers::Fc] {
        let of: Vec<&Pair> = pairs.iter().filter(|pair| pair.point.layers == layers).collect();
        figures.push(dram(&of, published));
    }
    figures.push(edp(pairs, published));
    figures
}

/// Bars of the dataflows, in a group for each point of these pairs.
fn groups(pairs: &[&Pair], bar: impl Fn(&Pair) -> Option<(Vec<f64>, Option<f64>)>) -> Vec<Group> {
    let points = POINTS.iter().filter(|point| pairs.iter().any(|pair| pair.point == **point));
    let several = points.clone().any(|point| points.clone().any(|other| other.pes != point.pes));
    let group = |point: &super::Point| {
        let of = pairs.iter().filter(|pair| pair.point == *point);
        let bars = of.filter_map(|pair| {
            let (values, mark) = bar(pair)?;
            Some(Bar { name: pair.dataflow.name().into(), values, mark })
        });
        let name =
            if several { format!("{} PEs, N = {}", point.pes, point.batch) } else { format!("N = {}", point.batch) };
        Group { name, bars: bars.collect() }
    };
    points.map(group).collect()
}

fn stacked(unit: &str, parts: &[&str], groups: Vec<Group>) -> Plot {
    let parts = parts.iter().map(ToString::to_string).collect();
    Plot::Stacked(Stacked { unit: unit.into(), parts, groups })
}

fn by_level(figure: &str, ours: Ours, pairs: &[&Pair], published: &[Published]) -> Figure {
    let (key, words) = ours.words();
    let of = |pair: &Pair| {
        let mark = printed(pair.point, pair.dataflow, published);
        Some((ours.parts(pair)?.levels.to_vec(), mark))
    };
    let point = pairs.first().map(|pair| pair.point);
    let at = point.map_or(String::new(), |point| format!("{} on {} PEs", point.layers.name(), point.pes));
    Figure {
        key: format!("fig{figure}-{key}"),
        title: format!("{at}: energy of a MAC by level, {key}"),
        caption: format!("Bars: {words}. Marks: Fig. {figure} of Chen, Emer, Sze, ISCA 2016."),
        plot: stacked("energy of a MAC", &LEVELS, groups(pairs, of)),
    }
}

fn by_operand(figure: &str, pairs: &[&Pair], published: &[Published]) -> Figure {
    let of = |pair: &Pair| {
        let mark = printed(pair.point, pair.dataflow, published);
        Some((pair.reconstructed()?.operands.to_vec(), mark))
    };
    let at = pairs.first().map_or("", |pair| pair.point.layers.name());
    Figure {
        key: format!("fig{figure}-reconstruction"),
        title: format!("{at} on 1024 PEs: energy of a MAC by operand, reconstruction"),
        caption: format!(
            "Bars: the study's analysis as reconstructed, a third of the arithmetic with each operand. Marks: Fig. {figure} \
             of Chen, Emer, Sze, ISCA 2016."
        ),
        plot: stacked("energy of a MAC", &["ifmaps", "weights", "psums"], groups(pairs, of)),
    }
}

fn dram(pairs: &[&Pair], published: &[Published]) -> Figure {
    let of = |pair: &Pair| {
        let parts = pair.reconstructed()?;
        let all = published.iter().filter(|bar| {
            let here = (bar.point, bar.dataflow) == (pair.point, pair.dataflow);
            here && bar.unit == "dram_accesses_per_mac"
        });
        Some((vec![1e3 * parts.reads, 1e3 * parts.writes], Some(1e3 * all.map(|bar| bar.value).sum::<f64>())))
    };
    let layers = pairs.first().map_or(Layers::Conv, |pair| pair.point.layers);
    let (figure, printed) = match layers {
        Layers::Conv => ("fig11", "Fig. 11"),
        Layers::Fc => ("fig14a", "Fig. 14a"),
    };
    Figure {
        key: format!("{figure}-reconstruction"),
        title: format!("{}: DRAM accesses of 1000 MACs, reconstruction", layers.name()),
        caption: format!(
            "Bars: the study's analysis as reconstructed. Marks: {printed} of Chen, Emer, Sze, ISCA 2016."
        ),
        plot: stacked("DRAM words of 1000 MACs", &["reads", "writes"], groups(pairs, of)),
    }
}

fn edp(pairs: &[Pair], published: &[Published]) -> Figure {
    let conv: Vec<&Pair> = pairs.iter().filter(|pair| pair.point.layers == Layers::Conv).collect();
    let of = |pair: &Pair| {
        let [ours, _] = pair.component("EDP", pairs);
        let printed = published
            .iter()
            .find(|bar| bar.component == "EDP" && (bar.point, bar.dataflow) == (pair.point, pair.dataflow));
        Some((vec![ours?], printed.map(|bar| bar.value)))
    };
    Figure {
        key: "fig13-reconstruction".into(),
        title: "CONV: energy times delay, reconstruction".into(),
        caption:
            "Relative to RS on 256 PEs with one image; the delay is one over the share of PEs that work. Bars: the \
                  study's analysis as reconstructed. Marks: Fig. 13 of Chen, Emer, Sze, ISCA 2016."
                .into(),
        plot: stacked("energy x delay", &["energy x delay"], groups(&conv, of)),
    }
}

/// Fig. 10: row stationary layer by layer.
pub fn by_layer(layers: &[ByLayer]) -> Figure {
    let group = |layer: &ByLayer| Group {
        name: layer.name.into(),
        bars: vec![Bar { name: String::new(), values: layer.ours.to_vec(), mark: Some(layer.printed.iter().sum()) }],
    };
    Figure {
        key: "fig10-reconstruction".into(),
        title: "RS on 256 PEs, N = 16: energy by layer, reconstruction".into(),
        caption: "Bars: the study's analysis as reconstructed. Marks: Fig. 10 of Chen, Emer, Sze, ISCA 2016.".into(),
        plot: stacked("energy, 10^10 MACs", &LEVELS, layers.iter().map(group).collect()),
    }
}

/// Fig. 15: PEs against storage.
pub fn storage(designs: &[Stored]) -> Figure {
    let series = |name: &str, parts: fn(&Stored) -> Option<Parts>| {
        let point = |design: &Stored| {
            let parts = parts(design)?;
            let label = format!("{} PEs", design.printed.pes);
            Some(Point { x: parts.active(design.printed.pes), y: parts.energy(), label: Some(label) })
        };
        Series { name: name.into(), points: designs.iter().filter_map(point).collect(), line: true }
    };
    let series = vec![
        series("reconstruction", |design| design.reconstruction),
        series("best mappings", |design| design.optimum),
    ];
    Figure {
        key: "fig15".into(),
        title: "RS, CONV: PEs against storage at constant area".into(),
        caption: "The designs that Fig. 15 of Chen, Emer, Sze, ISCA 2016, labels: what energy of a MAC goes with how many PEs \
                  that work."
            .into(),
        plot: Plot::Scatter(Scatter {
            x: Axis::linear("PEs that work", ""),
            y: Axis::linear("energy of a MAC", "MAC"),
            series,
        }),
    }
}
