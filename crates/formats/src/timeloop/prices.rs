//! Prices: an energy reference table, energies among the attributes, or a technology.
//!
//! A table names components by their way from the top (`system.chip.GLB`), with ranges of copies; what is matched is
//! the last name. Its `read`, `write` and `update` are of a whole access, of which a word is its share.

use super::attributes::Storage;
use super::hierarchy::{Component, Role};
use super::source::Source;
use crate::error::quoted;
use crate::spec::cursor::Cursor;
use model::arch::Capacity;
use model::tech::{HOROWITZ_45NM, Size};

/// An action's energy in a table.
struct Entry {
    component: String,
    action: String,
    energy: f64,
}

/// An energy reference table.
#[derive(Default)]
pub(super) struct Table {
    entries: Vec<Entry>,
    /// Its file, for people.
    name: String,
}

/// A price and where it comes from.
#[derive(Clone, Debug)]
pub(super) struct Priced {
    pub price: f64,
    pub from: String,
}

/// Names of the action of a compute unit, the first that a table has.
const COMPUTES: [&str; 6] = ["compute", "mac_random", "mac", "multiply", "mult", "add"];

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
            let leaf = name.rsplit_once('.').filter(|_| !name.ends_with(']')).map_or(name, |(_, leaf)| leaf);
            let leaf = leaf_of(leaf);
            for action in source.report.list(&actions).unwrap_or_default() {
                read.action(source, &action, leaf);
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
        self.entries.push(Entry { component: component.to_string(), action: name.to_string(), energy });
    }

    /// The energy of an action.
    pub fn find(&self, component: &str, action: &str) -> Option<f64> {
        let entry = self.entries.iter().find(|entry| entry.component == component && entry.action == action);
        entry.map(|entry| entry.energy)
    }
}

/// The energy under the cursor, in pJ.
fn energy_at(source: &mut Source, cursor: &Cursor) -> Option<f64> {
    let expected = "an energy in pJ of at least 0";
    let energy = source.number(cursor, expected)?;
    if energy < 0.0 {
        source.report.wrong(cursor, expected);
    }
    (energy >= 0.0).then_some(energy)
}

/// The last name of a component's way, without its range.
fn leaf_of(name: &str) -> &str {
    let name = name.split('[').next().unwrap_or(name);
    name.rsplit('.').next().unwrap_or(name)
}

/// What a storage's words cost to read and to write.
pub(super) fn storage(
    source: &mut Source,
    component: &Component,
    storage: &Storage,
    table: Option<&Table>,
) -> Option<[Priced; 2]> {
    let block = storage.block as f64;
    let share = if storage.block > 1 { format!(", of an access of {} words", storage.block) } else { String::new() };
    if let Some(table) = table {
        let price = |source: &mut Source, action: &str| {
            let energy = table.find(&component.name, action);
            if energy.is_none() {
                missing(source, component, action, table);
            }
            Some(Priced { price: energy? / block, from: format!("{}: {action}{share}", table.name) })
        };
        let prices = [price(source, "read")?, price(source, "write")?];
        let update = table.find(&component.name, "update").unwrap_or(prices[1].price * block);
        if update != prices[1].price * block {
            let found = format!("{}: an update costs {update} pJ, a write {}", component.name, prices[1].price * block);
            source.report.wrong_at(
                component.cursor.node.span,
                &component.cursor.path,
                found,
                "the same price for both",
            );
            return None;
        }
        return Some(prices);
    }
    let mut given = |names: &[&str]| match component.attribute(names) {
        Some(value) => {
            let price = energy_at(source, &value)?;
            let from = format!("the attribute {}{share}", value.path);
            Some(Some(Priced { price: price / block, from }))
        }
        None => Some(None),
    };
    let any = ["vector_access_energy", "energy_per_access"];
    let (read, write) = (given(&["read_energy", any[0], any[1]])?, given(&["write_energy", any[0], any[1]])?);
    let class = if component.class.contains("dram") { "DRAM" } else { "SRAM" };
    let bytes = match storage.capacity {
        Capacity::Pool(words) => Some(words.saturating_mul(storage.word_bits).div_ceil(8)),
        _ => None,
    };
    let size = Size { bits: storage.word_bits, bytes };
    match (read, write) {
        (Some(read), Some(write)) => Some([read, write]),
        (read, write) => {
            let quoted = quote(source, component, class, size)?;
            Some([read.unwrap_or_else(|| quoted.clone()), write.unwrap_or(quoted)])
        }
    }
}

/// What a multiply-accumulate costs.
pub(super) fn compute(source: &mut Source, component: &Component, table: Option<&Table>) -> Option<Priced> {
    debug_assert_eq!(component.role, Role::Compute);
    if let Some(table) = table {
        let found = COMPUTES.iter().find_map(|action| Some((action, table.find(&component.name, action)?)));
        let Some((action, price)) = found else {
            missing(source, component, COMPUTES[0], table);
            return None;
        };
        return Some(Priced { price, from: format!("{}: {action}", table.name) });
    }
    if let Some(value) = component.attribute(&["energy_per_op", "compute_energy"]) {
        let price = energy_at(source, &value)?;
        return Some(Priced { price, from: format!("the attribute {}", value.path) });
    }
    let class = if component.class.contains("fp") { "float MAC" } else { "int MAC" };
    let bits = component.word_bits(source)?;
    quote(source, component, class, Size { bits, bytes: None })
}

fn quote(source: &mut Source, component: &Component, class: &str, size: Size) -> Option<Priced> {
    let cursor = &component.cursor;
    match HOROWITZ_45NM.energy(class, size) {
        Ok(quote) => {
            let text = format!("no energy reference table: priced as {}", quote.source);
            source.note(cursor.node.span, &cursor.path, text);
            Some(Priced { price: quote.price, from: quote.source })
        }
        Err(error) => {
            let found = format!("no price of {} ({error})", quoted(&component.name));
            source.report.wrong_at(
                cursor.node.span,
                &cursor.path,
                found,
                "an energy reference table (ERT) that has it",
            );
            None
        }
    }
}

fn missing(source: &mut Source, component: &Component, action: &str, table: &Table) {
    let found = format!("no price of {} {action} in {}", quoted(&component.name), table.name);
    source.report.wrong_at(component.cursor.node.span, &component.cursor.path, found, "one in the table");
}
