//! Prices: an energy reference table, energies among the attributes, or a technology.
//!
//! A table's `read`, `write` and `update` are of a whole access, of which a word is its share.

use super::attributes::Storage;
use super::hierarchy::{Component, Role};
use super::source::Source;
use crate::accelergy::{COMPUTES, Table, energy_at};
use crate::error::quoted;
use model::arch::Capacity;
use model::tech::{HOROWITZ_45NM, Size};

/// A price and where it comes from.
#[derive(Clone, Debug)]
pub(super) struct Priced {
    pub price: f64,
    pub from: String,
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
        let Some((action, price)) = table.first(&component.name, &COMPUTES) else {
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
