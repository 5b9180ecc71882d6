//! The array as a JSON document.

use super::Picture;
use crate::report::{VERSION, print};
use nn::{ByOperand, Operand};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Document<'a> {
    stationary: &'static str,
    title: &'a str,
    facts: BTreeMap<&'static str, &'a str>,
    rows: Vec<Row>,
    working: Vec<Pe>,
}

/// A row of the array: its IDs in the three networks.
#[derive(Serialize)]
struct Row {
    ids: Ids,
}

#[derive(Serialize)]
struct Pe {
    row: usize,
    column: usize,
    t: usize,
    r: usize,
    filter_row: usize,
    ofmap_row: usize,
    ids: Ids,
}

/// By network; null takes nothing.
type Ids = BTreeMap<&'static str, Option<u8>>;

/// Writes the document.
pub(super) fn document(picture: &Picture) -> Result<String, serde_json::Error> {
    let rows = picture.cells.len() / picture.columns;
    let working = picture.cells.iter().enumerate().filter_map(|(pe, cell)| {
        let cell = cell.as_ref()?;
        Some(Pe {
            row: pe / picture.columns,
            column: pe % picture.columns,
            t: cell.t,
            r: cell.set,
            filter_row: cell.filter_row,
            ofmap_row: cell.ofmap_row,
            ids: ids(&cell.ids),
        })
    });
    let row = |row: usize| {
        let of = |operand: Operand| picture.rows[operand][row];
        Row { ids: ids(&ByOperand(Operand::ALL.map(of))) }
    };
    print(&Document {
        stationary: VERSION,
        title: &picture.title,
        facts: picture.facts.iter().map(|(label, fact)| (*label, fact.as_str())).collect(),
        rows: (0..rows).map(row).collect(),
        working: working.collect(),
    })
}

fn ids(ids: &ByOperand<Option<u8>>) -> Ids {
    Operand::ALL.map(|operand| (operand.name(), ids[operand])).into()
}
