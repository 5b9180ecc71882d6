//! What stages pay, and where that comes from.
//!
//! `read: 6 pJ`, or `read: {energy: 6 pJ, source: Table IV}`; a `source:` of the stage is that of all its prices that
//! have none. A price that is not given is that of the stage's `class:` in the arch's `technology:`.

use std::collections::BTreeMap;

use super::{Cursor, Fields, Report};
use crate::spec::quantity::Scope;
use model::provenance::{Action, Unit};
use model::tech::{self, Size, TECHNOLOGIES, Technology};

/// The prices of an arch so far.
pub(crate) struct Prices {
    /// The arch's technology.
    pub technology: Option<&'static Technology>,
    /// The unit of all of them.
    pub unit: Option<Unit>,
    /// Where they come from.
    pub sources: BTreeMap<Action, String>,
}

impl Prices {
    /// None yet; the arch may name a technology.
    pub fn of(fields: &Fields, report: &mut Report) -> Self {
        let names = TECHNOLOGIES.map(|technology| (technology.name, technology.name));
        let technology = fields.get("technology").and_then(|c| report.choice(&c, &names)).and_then(tech::technology);
        Prices { technology, unit: None, sources: BTreeMap::new() }
    }

    /// What an action costs by its `key`; `bytes` is the capacity of a memory.
    pub fn price(
        &mut self,
        fields: &Fields,
        key: &str,
        action: Action,
        bytes: Option<u64>,
        scope: &Scope,
        report: &mut Report,
    ) -> Option<f64> {
        let Some(cursor) = fields.get(key) else { return self.quote(fields, key, action, bytes, scope, report) };
        let (energy, own) = if cursor.node.map().is_some() {
            let parts = report.fields(&cursor, &["energy", "source"])?;
            let source = parts.get("source").and_then(|c| report.text(&c, "where the price comes from"));
            (parts.need("energy", report)?, source)
        } else {
            (cursor, None)
        };
        let (price, unit) = report.energy(&energy, scope)?;
        let source = own.or_else(|| fields.get("source").and_then(|c| c.node.text()));
        if let Some(source) = source {
            self.sources.insert(action, source.to_string());
        }
        self.in_unit(unit, &energy, report).then_some(price)
    }

    fn quote(
        &mut self,
        fields: &Fields,
        key: &str,
        action: Action,
        bytes: Option<u64>,
        scope: &Scope,
        report: &mut Report,
    ) -> Option<f64> {
        let (Some(technology), Some(class)) = (self.technology, fields.get("class")) else {
            let stage = fields.cursor();
            let found = format!("no price {key:?}");
            report.wrong_at(
                stage.node.span,
                &stage.path,
                found,
                "an energy, or a `class:` of the arch's `technology:`",
            );
            return None;
        };
        let Some(bits) = scope.word_bits else {
            report.wrong(&class, "a price, as the arch does not say how large a word is (`word: 16 bit`)");
            return None;
        };
        let name = report.text(&class, "a class of components")?;
        match technology.energy(name, Size { bits: bits as u64, bytes }) {
            Ok(quote) => {
                self.sources.insert(action, quote.source);
                self.in_unit(technology.unit, &class, report).then_some(quote.price)
            }
            Err(error) => {
                report.broken(&class, error.to_string());
                None
            }
        }
    }

    /// Whether a price is in the unit of those before it.
    pub fn in_unit(&mut self, unit: Unit, cursor: &Cursor, report: &mut Report) -> bool {
        let first = *self.unit.get_or_insert(unit);
        if first != unit {
            let found = format!("a price in {}", unit.symbol());
            let expected = format!("{}, as the prices before it", first.symbol());
            report.wrong_at(cursor.node.span, &cursor.path, found, expected);
        }
        first == unit
    }
}
