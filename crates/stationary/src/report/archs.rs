//! The library of architectures and dataflows, and what an architecture consists of.

use super::figures::grouped;
use super::{VERSION, plain, print, table};
use crate::library::{ARCHS, DATAFLOWS, arch};
use crate::{Error, archs};
use formats::spec::ArchFile;
use model::arch::{Bandwidth, Capacity, Fanout, Keep, Stage};
use model::{Action, Arch};
use nn::Operand;
use serde::Serialize;

/// The library, and the operating points of what runs as a machine.
pub fn list() -> Result<String, Error> {
    let mut rows = Vec::new();
    for entry in ARCHS {
        let file = arch(entry.name)?;
        rows.push(vec![
            entry.name.into(),
            grouped(units(&file.arch)),
            stages(&file.arch),
            file.summary.unwrap_or_default(),
        ]);
    }
    let mut text = table::draw(&["architecture", "units", "memories", "what"], 4, rows);
    let names: Vec<&str> = DATAFLOWS.iter().map(|dataflow| dataflow.name).collect();
    text += &format!("\nDataflows: {}.\n", names.join(", "));
    for machine in archs::TABLE {
        text += &format!(
            "\nA machine runs {}; operating points, with the prices {}:\n\n",
            machine.name, machine.prices.name
        );
        let mhz = |hz: u64| super::figures::three(hz as f64 / 1e6);
        let rows = machine.points.iter().map(|point| vec![point.name.into(), mhz(point.core_hz), mhz(point.link_hz)]);
        text += &table::draw(&["point", "core MHz", "link MHz"], 1, rows);
    }
    Ok(text)
}

fn units(arch: &Arch) -> u64 {
    arch.fanouts().map(|(_, fanout)| fanout.size[0] * fanout.size[1]).product()
}

fn stages(arch: &Arch) -> String {
    arch.memories().count().to_string()
}

/// What an architecture consists of.
pub fn text(file: &ArchFile) -> String {
    let arch = &file.arch;
    let unit = arch.provenance().unit.symbol();
    let rows = arch.stages().iter().map(|stage| match stage {
        Stage::Memory(memory) => vec![
            plain(&memory.name),
            capacity(&memory.capacity, memory.double_buffered),
            keeps(|operand| memory.keep[operand]),
            bandwidth(memory.bandwidth),
            format!("read {}, write {}", memory.read_price, memory.write_price),
        ],
        Stage::Fanout(fanout) => {
            let shares = [
                (fanout.sharing.multicast, "multicast"),
                (fanout.sharing.reduction, "reduction"),
                (fanout.sharing.diagonal, "diagonal"),
            ];
            let shares: Vec<&str> = shares.iter().filter(|(has, _)| *has).map(|(_, name)| *name).collect();
            vec![
                plain(&fanout.name),
                format!("{} x {}", fanout.size[0], fanout.size[1]),
                shares.join(", "),
                String::new(),
                delivery(fanout),
            ]
        }
    });
    let compute = arch.compute();
    let latched: Vec<&str> =
        Operand::ALL.iter().filter(|&&operand| compute.latches(operand)).map(|operand| operand.name()).collect();
    let latched = if latched.is_empty() { String::new() } else { format!("holds on to {}", latched.join(", ")) };
    let last = vec![plain(&compute.name), String::new(), latched, String::new(), format!("MAC {}", compute.price)];
    let mut text = plain(arch.name());
    for line in [&file.summary, &file.source].into_iter().flatten() {
        text += &format!("\n{}", plain(line));
    }
    let heads = ["stage", "size", "keeps, shares", "words a cycle", &format!("prices ({unit})")];
    format!("{text}\n\n{}", table::draw(&heads, 5, rows.chain([last])))
}

fn delivery(fanout: &Fanout) -> String {
    let free: Vec<&str> = Operand::ALL.into_iter().filter(|&o| fanout.free[o]).map(Operand::name).collect();
    let but = if free.is_empty() { String::new() } else { format!(", {} 0", free.join(", ")) };
    format!("delivery {}{but}", fanout.delivery_price)
}

/// Where each price comes from.
pub fn sources(arch: &Arch) -> String {
    let mut text = format!("prices, in {}:\n", arch.provenance().unit.symbol());
    for action in arch.actions() {
        let stage = match action {
            Action::Read(id) | Action::Write(id) | Action::Deliver(id) => arch.stage(id).name(),
            Action::Compute => &arch.compute().name,
        };
        let source = arch.source(action).unwrap_or("as described, without a source");
        let price = arch.price(action).unwrap_or_default();
        text += &format!("  {} {}: {price} ({})\n", plain(stage), action.name(), plain(source));
    }
    text
}

fn capacity(capacity: &Capacity, double_buffered: bool) -> String {
    let halves = if double_buffered { ", double buffered" } else { "" };
    match capacity {
        Capacity::Unbounded => "unbounded".into(),
        Capacity::Pool(words) => format!("{} words{halves}", grouped(*words)),
        Capacity::Partitioned(words) => format!("{} words{halves}", words.0.map(grouped).join(" + ")),
    }
}

fn keeps(keep: impl Fn(Operand) -> Keep) -> String {
    let kept = Operand::ALL.iter().filter_map(|&operand| match keep(operand) {
        Keep::Must => Some(operand.name().to_string()),
        Keep::May => Some(format!("({})", operand.name())),
        Keep::Never => None,
    });
    kept.collect::<Vec<_>>().join(", ")
}

fn bandwidth(bandwidth: Bandwidth) -> String {
    match bandwidth {
        Bandwidth::Unbounded => String::new(),
        Bandwidth::Shared(words) => words.to_string(),
        Bandwidth::Separate { read, write } => format!("read {read}, write {write}"),
    }
}

#[derive(Serialize)]
struct Document<'a> {
    stationary: &'static str,
    name: &'a str,
    summary: Option<&'a str>,
    source: Option<&'a str>,
    energy_unit: &'static str,
    units: u64,
    description: &'a str,
}

/// An architecture as a document; its description is the YAML that reads back to it.
pub fn document(file: &ArchFile) -> Result<String, serde_json::Error> {
    print(&Document {
        stationary: VERSION,
        name: file.arch.name(),
        summary: file.summary.as_deref(),
        source: file.source.as_deref(),
        energy_unit: file.arch.provenance().unit.symbol(),
        units: units(&file.arch),
        description: &formats::spec::write_arch(&file.arch),
    })
}
