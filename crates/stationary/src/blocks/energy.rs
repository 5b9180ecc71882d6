//! Where the energy goes: by level and by operand, a bar a layer.

use crate::document::{Cell, Column, Table};
use crate::figure::{Bar, Figure, Group, Plot, Stacked};
use model::{Arch, Energy, Unit};
use nn::Operand;

/// What energies are shown in: a unit in which the largest of them has few digits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EnergyUnit {
    /// How many of the arch's units it is.
    pub size: f64,
    /// Its symbol.
    pub symbol: &'static str,
}

impl EnergyUnit {
    /// One in which energies up to `most` are shown well.
    pub fn fit(unit: Unit, most: f64) -> EnergyUnit {
        let units: &[(f64, &str)] = match unit {
            Unit::Picojoule => &[(1e12, "J"), (1e9, "mJ"), (1e6, "µJ"), (1e3, "nJ")],
            Unit::Mac => &[(1e9, "10^9 MACs"), (1e6, "10^6 MACs")],
        };
        let found = units.iter().find(|(size, _)| most >= *size);
        let (size, symbol) = found.copied().unwrap_or((1.0, unit.symbol()));
        EnergyUnit { size, symbol }
    }
}

/// Energy of each layer by level: memories, networks between them, compute. Levels that cost nothing are left out.
pub fn by_level(key: &str, title: &str, arch: &Arch, layers: &[(&str, &Energy)]) -> Figure {
    let level = |index: usize, energy: &Energy| match energy.stages.get(index) {
        Some(by) => by.0.iter().sum(),
        None => energy.compute,
    };
    let names = arch.stages().iter().map(|stage| stage.name()).chain([arch.compute().name.as_str()]);
    let spent = |index: usize| layers.iter().any(|(_, energy)| level(index, energy) > 0.0);
    let (shown, parts): (Vec<usize>, Vec<String>) =
        names.enumerate().filter(|(index, _)| spent(*index)).map(|(index, name)| (index, name.to_string())).unzip();
    stacked(key, title, "by level", arch, layers, parts, |energy| {
        shown.iter().map(|&index| level(index, energy)).collect()
    })
}

/// Energy of each layer by operand, and of computing.
pub fn by_operand(key: &str, title: &str, arch: &Arch, layers: &[(&str, &Energy)]) -> Figure {
    let parts = Operand::ALL.iter().map(|operand| operand.name().to_string()).chain(["compute".into()]).collect();
    stacked(key, title, "by operand", arch, layers, parts, |energy| {
        let of = |operand: Operand| energy.stages.iter().map(|by| by[operand]).sum();
        Operand::ALL.into_iter().map(of).chain([energy.compute]).collect()
    })
}

fn stacked(
    key: &str,
    title: &str,
    how: &str,
    arch: &Arch,
    layers: &[(&str, &Energy)],
    parts: Vec<String>,
    values: impl Fn(&Energy) -> Vec<f64>,
) -> Figure {
    let most = layers.iter().map(|(_, energy)| energy.total()).fold(0.0, f64::max);
    let unit = EnergyUnit::fit(arch.provenance().unit, most);
    let groups = layers.iter().map(|(name, energy)| {
        let values = values(energy).into_iter().map(|value| value / unit.size).collect();
        Group { name: (*name).into(), bars: vec![Bar { name: String::new(), values, mark: None }] }
    });
    let plot = Plot::Stacked(Stacked { unit: format!("energy ({})", unit.symbol), parts, groups: groups.collect() });
    let caption =
        format!("The energy of each layer {how} on {}: counts times the prices of the architecture.", arch.name());
    Figure { key: key.into(), title: title.into(), caption, plot }
}

/// The same as a table for programs, a row for each layer, level and operand, in the arch's unit.
pub fn by_level_and_operand(key: &'static str, arch: &Arch, layers: &[(&str, &Energy)]) -> Table {
    let unit = arch.provenance().unit.symbol();
    let columns = vec![
        Column::plain("layer", "layer"),
        Column::plain("level", "level"),
        Column::plain("operand", "operand"),
        Column::number("energy", "energy", unit),
    ];
    let mut rows = Vec::new();
    for (name, energy) in layers {
        let mut row = |level: &str, operand: Cell, energy: f64| {
            rows.push(vec![Cell::from(*name), level.into(), operand, Cell::Number(energy)]);
        };
        for (stage, by) in arch.stages().iter().zip(&energy.stages) {
            for operand in Operand::ALL.into_iter().filter(|&operand| by[operand] > 0.0) {
                row(stage.name(), operand.name().into(), by[operand]);
            }
        }
        row(&arch.compute().name, Cell::Nothing, energy.compute);
    }
    Table::new(key, "Energy by layer, level and operand", columns).with(rows).off_screen()
}
