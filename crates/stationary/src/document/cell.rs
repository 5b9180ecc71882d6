//! A cell of a table, and how people see it.

use super::Column;
use crate::report::{grouped, plain};
use serde::{Serialize, Serializer};

/// What a table holds in one place.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// Something counted.
    Count(u64),
    /// Something measured.
    Number(f64),
    /// A part of 1, shown in percent.
    Share(f64),
    /// Nothing is known.
    Nothing,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.into())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell::Text(text)
    }
}

impl Cell {
    /// A number that may be lacking.
    pub fn number(value: Option<f64>) -> Cell {
        value.map_or(Cell::Nothing, Cell::Number)
    }

    /// As people see it in a column.
    pub fn show(&self, column: &Column) -> String {
        match self {
            Cell::Text(text) => plain(text),
            Cell::Count(count) => grouped(*count),
            Cell::Number(value) => significant(*value, column.digits),
            Cell::Share(share) if share.is_finite() => percent(*share),
            Cell::Share(_) | Cell::Nothing => "-".into(),
        }
    }

    /// As a program reads it in CSV: all digits, shares as parts of 1, nothing as nothing.
    pub(super) fn field(&self) -> String {
        match self {
            Cell::Text(text) => text.clone(),
            Cell::Count(count) => count.to_string(),
            Cell::Number(value) | Cell::Share(value) if value.is_finite() => value.to_string(),
            Cell::Number(_) | Cell::Share(_) | Cell::Nothing => String::new(),
        }
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Cell::Text(text) => serializer.serialize_str(text),
            Cell::Count(count) => serializer.serialize_u64(*count),
            // What is no number becomes null.
            Cell::Number(value) | Cell::Share(value) => serializer.serialize_f64(*value),
            Cell::Nothing => serializer.serialize_none(),
        }
    }
}

fn percent(share: f64) -> String {
    let text = format!("{:.1} %", 100.0 * share);
    // What rounds to nothing has no sign.
    if text == "-0.0 %" { "0.0 %".into() } else { text }
}

/// Numbers of at least this size, or below the inverse of a thousand, are shown with a power of ten.
const LARGE: f64 = 1e7;

/// `digits` significant digits of a number, all of those before the point of one that is not large. A number that has no
/// more digits than that is shown as it is: published ones as they are printed.
pub fn significant(value: f64, digits: u32) -> String {
    let digits = digits.clamp(1, 15) as usize;
    if !value.is_finite() {
        return "-".into();
    }
    if value == 0.0 {
        return "0".into();
    }
    let shortest = format!("{value:e}");
    let exact = shortest.split('e').next().unwrap_or("").chars().filter(char::is_ascii_digit).count();
    let digits = digits.min(exact);
    // Rounding first, since it may add a digit: 9.996 has three digits as 10.0.
    let scientific = format!("{value:.*e}", digits - 1);
    let exponent: i32 = scientific.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    if value.abs() >= LARGE || exponent < -3 {
        return scientific;
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    if decimals == 0 {
        let sign = if value < 0.0 { "-" } else { "" };
        return format!("{sign}{}", grouped(value.abs().round() as u64));
    }
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_mean_something() {
        let shown = [0.0, 0.0314, 0.9996, 9.996, 12.34, 1234.4, -1234.4, 3.97e9, 4.2e-5, f64::NAN];
        let expected = ["0", "0.0314", "1.00", "10.0", "12.3", "1,234", "-1,234", "3.97e9", "4.2e-5", "-"];
        assert_eq!(shown.map(|value| significant(value, 3)), expected);
        assert_eq!([1.0, 16.5, 0.05].map(|value| significant(value, 4)), ["1", "16.5", "0.05"]);
        assert_eq!([2e5, 3e8, 12345.678].map(|value| significant(value, 7)), ["200,000", "3e8", "12345.68"]);
    }

    #[test]
    fn cells_are_short_for_people_and_exact_for_programs() {
        let column = Column::number("energy", "energy", "pJ");
        let cells = [Cell::from("a\tb"), Cell::Count(1234567), Cell::Number(1.0 / 3.0), Cell::Share(0.125)];
        assert_eq!(cells.clone().map(|cell| cell.show(&column)), ["a\u{fffd}b", "1,234,567", "0.333", "12.5 %"]);
        assert_eq!(cells.map(|cell| cell.field()), ["a\tb", "1234567", "0.3333333333333333", "0.125"]);
        assert_eq!([Cell::Nothing, Cell::Number(f64::NAN)].map(|cell| cell.field()), ["", ""]);
        assert_eq!(Cell::Share(-1e-9).show(&column), "0.0 %");
    }
}
