//! The table of layers of a run: what each did, in 120 columns.

use super::figures::{percent, three};
use super::{fit, table};
use crate::run::{Job, Place, Run, Tally};
use model::Cause;

/// Causes of cycles as the table groups them. All of them are in the JSON document.
const CAUSES: [(&str, &[Cause]); 4] = [
    ("comp", &[Cause::Compute]),
    ("net", &[Cause::PsumNetwork, Cause::IfmapNetwork]),
    ("pass", &[Cause::FilterLoad, Cause::Ramp]),
    ("DRAM", &[Cause::IfmapLoad, Cause::FilterWait, Cause::OfmapDump, Cause::Configuration]),
];

/// Components of the energy as the table groups them; those that no group names are the last group's.
const COMPONENTS: [(&str, &[&str]); 7] = [
    ("clk", &["clock"]),
    ("pad", &["pads"]),
    ("GLB", &["GLB"]),
    ("NoC", &["NoC", "FIFOs"]),
    ("spad", &["spads"]),
    ("mac", &["mult+add"]),
    ("ctl", &["top control", "PE control"]),
];

const NAME: usize = 20;

/// Draws the table of layers, host layers among them.
pub(super) fn table(job: &Job, run: &Run) -> String {
    let mut heads = vec!["#", "layer", "MMAC", "kcycles"];
    heads.extend(CAUSES.map(|(head, _)| head));
    heads.extend(["PEs", "0s%", "GLB", "DRAM", "coded", "uJ"]);
    heads.extend(COMPONENTS.map(|(head, _)| head));
    heads.push("mW");
    let mut number = 0;
    let rows = run.layers.iter().filter_map(|row| {
        let name = fit(&row.name, NAME);
        match &row.place {
            Place::Machine(layer) => {
                number += 1;
                Some([vec![number.to_string(), name], cells(job, &layer.tally)].concat())
            }
            Place::NotAsked => {
                number += 1;
                None
            }
            Place::OutputPath => None,
            Place::Host => Some(vec![String::new(), name, "host".into()]),
        }
    });
    let mut rows: Vec<_> = rows.collect();
    rows.push([vec![String::new(), "total".into()], cells(job, &run.total)].concat());
    let table = table::draw(&heads, 2, rows);
    let captions =
        [(CAUSES[0].0, "cycles by cause, %"), ("GLB", "megabytes"), (COMPONENTS[0].0, "energy by component, %")];
    table::captioned(&table, &captions)
}

fn cells(job: &Job, tally: &Tally) -> Vec<String> {
    let mega = |amount: u64| three(amount as f64 / 1e6);
    let cycles = tally.cycles.total() as f64;
    let energy = tally.energy(job);
    let mut cells = vec![mega(tally.all_macs()), three(cycles / 1e3)];
    for (_, causes) in CAUSES {
        let part: u64 = causes.iter().map(|&cause| tally.cycles.of(cause)).sum();
        cells.push(percent(part as f64, cycles));
    }
    cells.extend([
        format!("{:.0}", tally.active_pes()),
        format!("{:.0}", 100.0 * tally.zero_share()),
        mega(tally.glb_bytes()),
        mega(tally.dram_bytes_raw()),
        mega(tally.dram_bytes()),
        three(energy.pj / 1e6),
    ]);
    let group = |name: &str| {
        let named = COMPONENTS.iter().position(|(_, components)| components.contains(&name));
        named.unwrap_or(COMPONENTS.len() - 1)
    };
    for index in 0..COMPONENTS.len() {
        let part: f64 = energy.by_component.iter().filter(|(name, _)| group(name) == index).map(|(_, pj)| pj).sum();
        cells.push(percent(part, energy.pj));
    }
    cells.push(format!("{:.0}", energy.mw));
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::tech::EYERISS_65NM;

    #[test]
    fn every_component_and_cause_has_its_column() {
        for component in EYERISS_65NM.components {
            let columns = COMPONENTS.iter().filter(|(_, names)| names.contains(&component.name)).count();
            assert_eq!(columns, 1, "{}", component.name);
        }
        for cause in Cause::ALL {
            assert_eq!(CAUSES.iter().filter(|(_, causes)| causes.contains(&cause)).count(), 1, "{cause:?}");
        }
    }
}
