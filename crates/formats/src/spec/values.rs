//! Values under a cursor: expressions evaluated, checked for unit and range.

use super::cursor::{Cursor, Report};
use super::expr::{self, Expr, ExprError};
use super::quantity::{Dimension, Scope, Value};
use crate::Error;
use crate::error::quoted;
use model::provenance::Unit;

/// The most words of a memory.
const MAX_WORDS: u64 = 1 << 48;

impl Report {
    /// The expression under the cursor.
    pub(crate) fn expression(&mut self, cursor: &Cursor, expected: &str) -> Option<Expr> {
        let text = self.text(cursor, expected)?;
        expr::parse(text).map_err(|error| self.expression_error(cursor, error)).ok()
    }

    /// What is wrong with the expression under the cursor.
    pub(crate) fn expression_error(&mut self, cursor: &Cursor, error: ExprError) {
        let ExprError { at, found, expected, nearest, known } = error;
        if !known {
            self.push(cursor.node.at(at), &cursor.path, |place| Error::Malformed { place, found, expected, nearest });
        }
    }

    /// The value under the cursor, in a unit.
    pub(crate) fn value(&mut self, cursor: &Cursor, scope: &Scope, unit: Dimension, expected: &str) -> Option<Value> {
        let expr = self.expression(cursor, expected)?;
        let value = expr.value(scope).map_err(|error| self.expression_error(cursor, error)).ok()?;
        if value.dimension != unit {
            self.unfit(cursor, value, expected);
            return None;
        }
        Some(value)
    }

    /// A whole number without unit from `least` to `most`.
    pub(crate) fn count(&mut self, cursor: &Cursor, scope: &Scope, least: u64, most: u64) -> Option<u64> {
        self.whole(cursor, scope, Dimension::NONE, least, most, "a whole number")
    }

    /// Words that a memory may hold.
    pub(crate) fn words(&mut self, cursor: &Cursor, scope: &Scope) -> Option<u64> {
        self.whole(cursor, scope, Dimension::WORDS, 1, MAX_WORDS, "words or bytes, a whole number of words")
    }

    fn whole(
        &mut self,
        cursor: &Cursor,
        scope: &Scope,
        unit: Dimension,
        least: u64,
        most: u64,
        what: &str,
    ) -> Option<u64> {
        let expected = format!("{what} from {least} to {most}");
        let value = self.value(cursor, scope, unit, &expected)?;
        let whole = value.whole().filter(|whole| (least..=most).contains(whole));
        if whole.is_none() {
            self.unfit(cursor, value, &expected);
        }
        whole
    }

    /// Bits, from 1 to `most`.
    pub(crate) fn bits(&mut self, cursor: &Cursor, most: u64) -> Option<u64> {
        // The unit is counted in words of a bit.
        let scope = Scope { word_bits: Some(1.0), ..Scope::default() };
        self.whole(cursor, &scope, Dimension::WORDS, 1, most, "bits, as in `16 bit`,")
    }

    /// Words a cycle.
    pub(crate) fn bandwidth(&mut self, cursor: &Cursor, scope: &Scope) -> Option<f64> {
        let expected = "words a cycle above 0, as in `16 words/cycle`";
        let value = self.value(cursor, scope, Dimension::WORDS_A_CYCLE, expected)?;
        if value.number <= 0.0 {
            self.unfit(cursor, value, expected);
            return None;
        }
        Some(value.number)
    }

    /// An energy and what it is in.
    pub(crate) fn energy(&mut self, cursor: &Cursor, scope: &Scope) -> Option<(f64, Unit)> {
        let expected = "an energy of at least 0 with its unit, as in `6 pJ` or `6 MAC`";
        let expr = self.expression(cursor, expected)?;
        let value = expr.value(scope).map_err(|error| self.expression_error(cursor, error)).ok()?;
        let unit = match value.dimension {
            Dimension::PICOJOULES => Some(Unit::Picojoule),
            Dimension::MACS => Some(Unit::Mac),
            _ => None,
        };
        let energy = unit.filter(|_| value.number >= 0.0).map(|unit| (value.number, unit));
        if energy.is_none() {
            self.unfit(cursor, value, expected);
        }
        energy
    }

    /// The expression under the cursor has a value that is not what was expected.
    pub(crate) fn unfit(&mut self, cursor: &Cursor, value: Value, expected: &str) {
        let text = cursor.node.text().unwrap_or_default();
        let is_value = text.parse::<f64>().is_ok() || text == value.to_string();
        let found = if is_value { value.to_string() } else { format!("{}, which is {value}", quoted(text)) };
        self.wrong_at(cursor.node.span, &cursor.path, found, expected);
    }
}
