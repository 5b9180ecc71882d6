//! What a mapping does and costs, as people read it: the loop nest, the words that move, the energy of each level and
//! operand, the latency with its cause.

use super::figures::{grouped, percent, three};
use super::{VERSION, plain, table};
use crate::Evaluation;
use eyeriss::RsMapping;
use model::Unit;
use model::arch::Stage;
use nn::{Operand, Problem};
use std::fmt::Write;

/// The problem and the arch.
pub(super) fn head(problem: &Problem, arch: &str) -> String {
    let sizes: Vec<String> =
        problem.dims().map(|dim| format!("{} {}", plain(problem.name(dim)), problem.size()[dim])).collect();
    format!(
        "stationary {VERSION}: a problem of {} MACs on {}\n{}\n{}\n",
        grouped(problem.macs()),
        plain(arch),
        plain(&problem.to_string()),
        sizes.join(", ")
    )
}

/// The mapping and all that follows from it.
pub(super) fn body(evaluation: &Evaluation) -> String {
    let Evaluation { problem, arch, mapping, .. } = evaluation;
    let nest = mapping.display(problem, arch);
    format!("{nest}\n{}\n{}\n{}", words(evaluation), energy(evaluation), figures(evaluation))
}

/// Words by level and operand, then by network and operand; what does not move is left out.
fn words(evaluation: &Evaluation) -> String {
    let counts = &evaluation.prediction.counts;
    let mut rows = Vec::new();
    for level in &counts.levels {
        for operand in Operand::ALL {
            let access = &level.access[operand];
            let words = [access.fills, access.reads, access.updates, access.drains];
            if words != [0; 4] {
                rows.push([vec![plain(&level.name), operand.name().into()], words.map(moved).to_vec()].concat());
            }
        }
    }
    let mut text = table::draw(&["level", "operand", "fills", "reads", "updates", "drains"], 2, rows);
    let mut rows = Vec::new();
    for network in &counts.networks {
        for operand in Operand::ALL {
            let words = &network.words[operand];
            if words.delivered > 0 {
                let (sent, delivered) = (moved(words.sent), moved(words.delivered));
                rows.push(vec![plain(&network.name), operand.name().into(), sent, delivered]);
            }
        }
    }
    if !rows.is_empty() {
        text += &format!("\n{}", table::draw(&["network", "operand", "sent", "delivered"], 2, rows));
    }
    text
}

fn moved(words: u64) -> String {
    if words == 0 { "·".into() } else { grouped(words) }
}

/// Energy by level and operand.
fn energy(evaluation: &Evaluation) -> String {
    let Evaluation { arch, energy, .. } = evaluation;
    let total = energy.total();
    let mut sums = [0.0; 3];
    let mut rows = Vec::new();
    let mut row = |name: &str, by: Option<[f64; 3]>, all: f64| {
        let cells = by.map_or([const { String::new() }; 3], |by| by.map(three));
        rows.push([vec![plain(name)], cells.to_vec(), vec![three(all), percent(all, total)]].concat());
    };
    for (stage, by) in arch.stages().iter().zip(&energy.stages) {
        let all: f64 = by.0.iter().sum();
        if all > 0.0 || matches!(stage, Stage::Memory(_)) {
            row(stage.name(), Some(by.0), all);
        }
        sums.iter_mut().zip(by.0).for_each(|(sum, part)| *sum += part);
    }
    row(&arch.compute().name, None, energy.compute);
    row("total", Some(sums), total);
    let unit = unit(arch.provenance().unit);
    let table = table::draw(&["energy", "ifmap", "filter", "psum", "all", "%"], 1, rows);
    format!("{table}\nenergy       {} {unit}, {} a MAC\n", three(total), three(per_mac(evaluation)))
}

/// What energies are in, in words.
pub(super) fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Picojoule => "pJ",
        Unit::Mac => "times that of a MAC",
    }
}

fn per_mac(evaluation: &Evaluation) -> f64 {
    evaluation.energy.total() / evaluation.problem.macs() as f64
}

/// Latency with its cause, and utilisation.
fn figures(evaluation: &Evaluation) -> String {
    let Evaluation { arch, prediction, utilisation, .. } = evaluation;
    let (latency, bound) = prediction.latency();
    let cause = match bound {
        Some(memory) => format!("the ports of {} bound it", plain(arch.stage(memory).name())),
        None => format!("{} bounds it", plain(&arch.compute().name)),
    };
    let mut text = format!("latency      {} cycles; {cause}\n", three(latency));
    let mut parts = vec![format!("{} {}", plain(&arch.compute().name), grouped(prediction.steps))];
    parts.extend(
        prediction.ports.iter().map(|&(id, cycles)| format!("{} {}", plain(arch.stage(id).name()), three(cycles))),
    );
    let _ = writeln!(text, "             {}", parts.join(", "));
    let share = |part: f64| format!("{:.1} %", 100.0 * part);
    let _ = writeln!(
        text,
        "utilisation  {}: {} of {} units reached ({})\n             \
         {} of their steps have work, {} of the time they compute",
        share(utilisation.total()),
        grouped(utilisation.used),
        grouped(utilisation.there),
        share(utilisation.used as f64 / utilisation.there as f64),
        share(utilisation.filled),
        share(utilisation.busy),
    );
    match evaluation.on_chip() {
        Some(Ok(RsMapping { m, n, e, p, q, r, t })) => {
            let _ = writeln!(text, "on the chip  m {m}, n {n}, e {e}, p {p}, q {q}, r {r}, t {t}");
        }
        Some(Err(reason)) => {
            let _ = writeln!(text, "on the chip  not natively: {reason}");
        }
        None => {}
    }
    let _ = writeln!(text, "inputs       sha256 {}", evaluation.digest());
    text
}
