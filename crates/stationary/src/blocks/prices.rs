//! Where each price comes from.

use crate::document::{Cell, Column, Table};
use model::{Action, Arch};

/// A row for everything that the arch pays for.
pub fn prices(key: &'static str, arch: &Arch) -> Table {
    let columns = vec![
        Column::plain("level", "level"),
        Column::plain("action", "action"),
        Column { digits: 4, ..Column::number("price", "price", arch.provenance().unit.symbol()) },
        Column::plain("source", "source"),
    ];
    let rows = arch.actions().map(|action| {
        let level = match action {
            Action::Read(id) | Action::Write(id) | Action::Deliver(id) => arch.stage(id).name(),
            Action::Compute => &arch.compute().name,
        };
        let source = arch.source(action).unwrap_or("as described, without a source");
        vec![level.into(), action.name().into(), Cell::number(arch.price(action)), source.into()]
    });
    Table::new(key, format!("Prices of {}, a word or a MAC each", arch.name()), columns).with(rows)
}
