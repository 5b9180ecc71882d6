//! Energy reference tables as Accelergy writes them (Wu, Emer, Sze, "Accelergy", ICCAD 2019): what each action of each
//! component costs, in pJ.
//!
//! A table names components by their way from the top (`system.chip.GLB[0..3]`); what is matched is the last name.
//! [`read`] prices an architecture by one. Whatever in a table has no meaning there is named by a [`Note`].

use std::path::Path;

use crate::error::quoted;
use crate::limits::Limits;
use crate::spec::cursor::Cursor;
use crate::spec::node::Span;
use crate::spec::{self, Errors};
use crate::timeloop::Note;
use crate::timeloop::source::{self, Source};
use model::Arch;
use model::arch::{Compute, Stage};
use model::provenance::{Action, Provenance, Unit};

/// Names of the action of a compute unit, the first that a table has.
pub(crate) const COMPUTES: [&str; 6] = ["compute", "mac_random", "mac", "multiply", "mult", "add"];
/// Names of the action of a network, the first that a table has.
const TRANSFERS: [&str; 3] = ["transfer", "transfer_random", "delivery"];

/// An action's energy in a table.
struct Entry {
    component: String,
    action: String,
    energy: f64,
    span: Span,
    path: String,
}

/// An energy reference table.
#[derive(Default)]
pub(crate) struct Table {
    entries: Vec<Entry>,
    /// Its file, for people.
    pub name: String,
}

/// An architecture with the prices of a table.
#[derive(Clone, Debug)]
pub struct Priced {
    /// The architecture.
    pub arch: Arch,
    /// What in the table has no meaning for it, in the table's order.
    pub notes: Vec<Note>,
}

impl Table {
    /// Reads the table under the cursor, from a file of that name.
    pub fn read(source: &mut Source, table: &Cursor, name: &str) -> Table {
        source.version(table);
        let mut read = Table { entries: Vec::new(), name: name.to_string() };
        source.fields(table, &["version", "tables"], &[]);
        let Some(tables) = source.need(table, "tables") else { return read };
        for component in source.report.list(&tables).unwrap_or_default() {
            source.fields(&component, &["name", "actions"], &[]);
            let (name, actions) = (source.need(&component, "name"), source.need(&component, "actions"));
            let (Some(name), Some(actions)) = (name, actions) else { continue };
            let Some(name) = source.report.text(&name, "a component") else { continue };
            for action in source.report.list(&actions).unwrap_or_default() {
                read.action(source, &action, leaf_of(name));
            }
        }
        read
    }

    fn action(&mut self, source: &mut Source, action: &Cursor, component: &str) {
        source.fields(action, &["name", "energy", "arguments"], &[]);
        let (name, energy) = (source.need(action, "name"), source.need(action, "energy"));
        let (Some(name), Some(cursor)) = (name, energy) else { return };
        let energy = energy_at(source, &cursor);
        let (Some(name), Some(energy)) = (source.report.text(&name, "an action"), energy) else { return };
        if name == "leak" && energy > 0.0 {
            source.note(action.node.span, &action.path, "leakage is not counted: the energy is that of actions alone");
        }
        let (component, action_name) = (component.to_string(), name.to_string());
        let (span, path) = (action.node.span, action.path.clone());
        self.entries.push(Entry { component, action: action_name, energy, span, path });
    }

    /// The energy of an action.
    pub fn find(&self, component: &str, action: &str) -> Option<f64> {
        let entry = self.entries.iter().find(|entry| entry.component == component && entry.action == action);
        entry.map(|entry| entry.energy)
    }

    /// The first of some actions that a component has, and its energy.
    pub fn first<'a>(&self, component: &str, actions: &[&'a str]) -> Option<(&'a str, f64)> {
        actions.iter().find_map(|action| Some((*action, self.find(component, action)?)))
    }
}

/// The energy under the cursor, in pJ.
pub(crate) fn energy_at(source: &mut Source, cursor: &Cursor) -> Option<f64> {
    let expected = "an energy in pJ of at least 0";
    let energy = source.number(cursor, expected)?;
    if energy < 0.0 {
        source.report.wrong(cursor, expected);
    }
    (energy >= 0.0).then_some(energy)
}

/// The last name of a component's way, without its range.
fn leaf_of(name: &str) -> &str {
    let way = name.strip_suffix(']').and_then(|name| name.rsplit_once('[')).map_or(name, |(way, _)| way);
    way.rsplit('.').next().unwrap_or(way)
}

/// Prices an architecture by the table in a file. Networks that it does not have keep their prices; all else must be in
/// it.
pub fn read(path: impl AsRef<Path>, arch: &Arch) -> Result<Priced, Errors> {
    let text = spec::read(path.as_ref(), &Limits::default())?;
    parse(path, &text, arch)
}

/// Prices an architecture by the table in a text; messages name the path.
pub fn parse(path: impl AsRef<Path>, text: &str, arch: &Arch) -> Result<Priced, Errors> {
    let path = path.as_ref();
    let tree = spec::parse(path, text, &Limits::default())?;
    let mut source = Source::new(path);
    let root = Cursor::root(&tree);
    source.fields(&root, &["ERT"], &[("ART", "areas are not part of an evaluation")]);
    let priced = source.need(&root, "ERT").and_then(|cursor| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let table = Table::read(&mut source, &cursor, &name);
        price(&mut source, &cursor, &table, arch)
    });
    let source::Source { report, mut notes, .. } = source;
    notes.sort_by_key(|(span, _)| *span);
    let notes = notes.into_iter().map(|(_, note)| note).collect();
    report.finish(priced).map(|arch| Priced { arch, notes })
}

fn price(source: &mut Source, cursor: &Cursor, table: &Table, arch: &Arch) -> Option<Arch> {
    let mut sources = arch.provenance().sources.clone();
    let mut used: Vec<(&str, &str)> = Vec::new();
    let mut missing: Vec<String> = Vec::new();
    let mut stages = arch.stages().to_vec();
    let mut of = |component: &str, actions: &[&'static str]| {
        let found = table.first(component, actions);
        if found.is_none() {
            missing.push(format!("no price of {} {}", quoted(component), actions[0]));
        }
        found
    };
    for (id, stage) in arch.ids().zip(&mut stages) {
        let name = arch.stage(id).name();
        match stage {
            Stage::Memory(memory) => {
                let actions = [
                    (Action::Read(id), "read", &mut memory.read_price),
                    (Action::Write(id), "write", &mut memory.write_price),
                ];
                for (action, verb, price) in actions {
                    let Some((_, energy)) = of(name, &[verb]) else { continue };
                    *price = energy;
                    sources.insert(action, format!("{}: {verb}", table.name));
                    used.push((name, verb));
                }
            }
            Stage::Fanout(fanout) => match table.first(name, &TRANSFERS) {
                Some((verb, energy)) => {
                    fanout.delivery_price = energy;
                    sources.insert(Action::Deliver(id), format!("{}: {verb}", table.name));
                    used.push((name, verb));
                }
                None => {
                    let text = format!("has no price of {}: its deliveries keep theirs", quoted(name));
                    source.note(cursor.node.span, &cursor.path, text);
                }
            },
        }
    }
    let mut compute: Compute = arch.compute().clone();
    if let Some((verb, energy)) = of(&arch.compute().name, &COMPUTES) {
        compute.price = energy;
        sources.insert(Action::Compute, format!("{}: {verb}", table.name));
        used.push((&arch.compute().name, verb));
    }
    for found in &missing {
        source.report.wrong_at(cursor.node.span, &cursor.path, found.as_str(), "one in the table");
    }
    for entry in &table.entries {
        let is_used = used.contains(&(entry.component.as_str(), entry.action.as_str()));
        if !is_used && entry.action != "leak" {
            let text = format!("{} {} is no action of the architecture", quoted(&entry.component), entry.action);
            source.note(entry.span, &entry.path, text);
        }
    }
    if !missing.is_empty() {
        return None;
    }
    let broken = |source: &mut Source, rule: String| source.report.broken(cursor, rule);
    let priced = Arch::new(arch.name(), stages, compute)
        .map_err(|errors| errors.iter().for_each(|error| broken(source, error.to_string())))
        .ok()?;
    let priced = priced.with_switches(arch.switches()).map_err(|error| broken(source, error.to_string())).ok()?;
    Some(priced.with_provenance(Provenance { unit: Unit::Picojoule, sources }))
}

#[cfg(test)]
mod tests {
    use super::leaf_of;

    #[test]
    fn components_by_their_last_name() {
        for way in ["GLB", "GLB[1..1]", "system.chip.GLB", "system.chip[0..3].GLB", "system.PE[0..13].GLB[0..2]"] {
            assert_eq!(leaf_of(way), "GLB");
        }
    }
}
