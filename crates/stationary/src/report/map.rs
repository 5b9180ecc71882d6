//! What a search for mappings found, as people read it: of one problem, or of a network's layers.

use super::figures::{percent, three};
use super::{VERSION, count, evaluation, fit, plain, search, table};
use crate::Evaluation;
use crate::map::{MappedLayer, MappedNetwork, Solution, Total};
use mapper::Certificate;
use model::{Arch, Unit};
use std::fmt::Write;

const NAME: usize = 24;

/// Writes the report of one problem.
pub fn solution(solution: &Solution, arch: &Arch) -> String {
    let mut text = evaluation::head(&solution.problem, arch.name());
    match &solution.best[..] {
        [] => text += &format!("\n{}", forbidden(solution)),
        [one] => text += &format!("\n{}", evaluation::body(one)),
        front => {
            text += &format!("\n{}\n", points(front));
            for (index, point) in front.iter().enumerate() {
                text += &format!("point {} of {}\n\n{}\n", index + 1, front.len(), evaluation::body(point));
            }
        }
    }
    text + &search::text(solution)
}

/// The rules that forbid every mapping, or that the given one breaks.
fn forbidden(solution: &Solution) -> String {
    let head = match &solution.search {
        None => "the mapping breaks rules:",
        Some(search) if search.certificate == Certificate::Proven => "no mapping fits:",
        Some(_) => return "no mapping was found in the time given; whether one fits is not known\n".into(),
    };
    let lines = solution.forbidden.iter().map(|rule| format!("  {}\n", plain(rule)));
    format!("{head}\n{}", lines.collect::<String>())
}

/// The points of a Pareto front.
fn points(front: &[Evaluation]) -> String {
    let rows = front.iter().enumerate().map(|(index, point)| {
        let cost = point.cost();
        vec![(index + 1).to_string(), three(cost.energy), three(cost.latency), plain(point.bottleneck())]
    });
    table::draw(&["point", "energy", "cycles", "bound by"], 1, rows)
}

/// Writes the report of a network.
pub fn network(mapped: &MappedNetwork, arch: &Arch) -> String {
    let mut text = format!(
        "stationary {VERSION}: {} on {}, batch {}, mappings {}\n\n",
        plain(&mapped.network),
        plain(arch.name()),
        mapped.batch,
        match mapped.solutions.first().and_then(|solution| solution.search.as_ref()) {
            Some(search) => format!("of least {}", search.question.goal.name()),
            None => "as given".into(),
        }
    );
    let heads = ["#", "layer", "MMAC", "energy", "a MAC", "outer%", "kcycles", "units%", "bound by", "certificate"];
    let mut rows: Vec<Vec<String>> =
        mapped.layers.iter().enumerate().flat_map(|(index, layer)| rows(mapped, index, layer)).collect();
    if let Some(total) = mapped.total() {
        let Total { macs, energy, outermost, latency, used } = total;
        let head = vec![String::new(), "total".into(), three(macs as f64 / 1e6)];
        rows.push([head, figures(energy, macs, outermost, latency, used / latency).to_vec()].concat());
    }
    text += &table::draw(&heads, 2, rows);
    let _ = writeln!(
        text,
        "\nenergy: in millions, {}. outer%: the share of it that {} takes. units%: utilisation.\n\
         {}, {}: those of equal shape have one.",
        match arch.provenance().unit {
            Unit::Picojoule => "pJ",
            Unit::Mac => "of that of a MAC",
        },
        plain(arch.stages()[0].name()),
        count(mapped.layers.len(), "layer"),
        count(mapped.solutions.len(), "solution"),
    );
    for layer in mapped.layers.iter().filter(|layer| mapped.solution(layer).best.is_empty()) {
        text += &format!("\n{} ({}): {}", plain(&layer.name), layer.sizes, forbidden(mapped.solution(layer)));
    }
    text
}

fn rows(mapped: &MappedNetwork, index: usize, layer: &MappedLayer) -> Vec<Vec<String>> {
    let solution = mapped.solution(layer);
    let macs = solution.problem.macs();
    let head = vec![(index + 1).to_string(), fit(&layer.name, NAME), three(macs as f64 / 1e6)];
    if solution.best.is_empty() {
        return vec![[head, vec![String::new(); 6], vec![search::short(solution)]].concat()];
    }
    let row = |(point, best): (usize, &Evaluation)| {
        let head = match point {
            0 => head.clone(),
            _ => vec![String::new(), format!("  point {}", point + 1), String::new()],
        };
        let outermost = best.energy.stages[0].0.iter().sum();
        let figures = figures(best.energy.total(), macs, outermost, best.latency(), best.utilisation.total());
        let why = vec![plain(best.bottleneck()), search::short(solution)];
        [head, figures.to_vec(), why].concat()
    };
    solution.best.iter().enumerate().map(row).collect()
}

/// Energy, energy of a multiply-accumulate, the outermost memory's share, cycles, utilisation.
fn figures(energy: f64, macs: u64, outermost: f64, latency: f64, utilisation: f64) -> [String; 5] {
    [
        three(energy / 1e6),
        three(energy / macs as f64),
        percent(outermost, energy),
        three(latency / 1e3),
        percent(utilisation, 1.0),
    ]
}
