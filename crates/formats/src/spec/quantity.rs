//! Quantities: numbers with units, and the names that an expression may use.
//!
//! Data is counted in words, time in cycles, energy in picojoules or in multiply-accumulates. Bits and bytes become
//! words by the description's `word: 16 bit`, seconds become cycles by its `clock: 200 MHz`. Numbers are binary
//! floating point; where a whole number is wanted, one that is whole to a part in 10^12 is taken.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::expr::{ExprError, Function, Operator};
use crate::error::{nearest, quoted};

/// What a unit measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    Words,
    Bits,
    Cycles,
    Seconds,
    Hertz,
    Picojoules,
    Macs,
}

/// Every unit: its name, what it measures, how much of that.
const UNITS: &[(&str, Measure, f64)] = &[
    ("word", Measure::Words, 1.0),
    ("words", Measure::Words, 1.0),
    ("bit", Measure::Bits, 1.0),
    ("bits", Measure::Bits, 1.0),
    ("B", Measure::Bits, 8.0),
    ("byte", Measure::Bits, 8.0),
    ("bytes", Measure::Bits, 8.0),
    ("kB", Measure::Bits, 8e3),
    ("MB", Measure::Bits, 8e6),
    ("GB", Measure::Bits, 8e9),
    ("KiB", Measure::Bits, 8.0 * 1024.0),
    ("MiB", Measure::Bits, 8.0 * 1024.0 * 1024.0),
    ("GiB", Measure::Bits, 8.0 * 1024.0 * 1024.0 * 1024.0),
    ("cycle", Measure::Cycles, 1.0),
    ("cycles", Measure::Cycles, 1.0),
    ("s", Measure::Seconds, 1.0),
    ("Hz", Measure::Hertz, 1.0),
    ("kHz", Measure::Hertz, 1e3),
    ("MHz", Measure::Hertz, 1e6),
    ("GHz", Measure::Hertz, 1e9),
    ("fJ", Measure::Picojoules, 1e-3),
    ("pJ", Measure::Picojoules, 1.0),
    ("nJ", Measure::Picojoules, 1e3),
    ("uJ", Measure::Picojoules, 1e6),
    ("MAC", Measure::Macs, 1.0),
];

/// Exponents of words, cycles, picojoules and multiply-accumulates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dimension(pub [i32; 4]);

impl Dimension {
    pub const NONE: Dimension = Dimension([0; 4]);
    pub const WORDS: Dimension = Dimension([1, 0, 0, 0]);
    pub const WORDS_A_CYCLE: Dimension = Dimension([1, -1, 0, 0]);
    pub const PER_CYCLE: Dimension = Dimension([0, -1, 0, 0]);
    pub const PICOJOULES: Dimension = Dimension([0, 0, 1, 0]);
    pub const MACS: Dimension = Dimension([0, 0, 0, 1]);
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let part = |positive: bool| {
            let names = if positive { ["words", "cycles", "pJ", "MAC"] } else { ["word", "cycle", "pJ", "MAC"] };
            let parts = names.into_iter().zip(self.0).filter(move |(_, e)| *e != 0 && (*e > 0) == positive);
            parts.map(|(name, e)| if e.abs() == 1 { name.to_string() } else { format!("{name}^{}", e.abs()) })
        };
        let (above, below): (Vec<String>, Vec<String>) = (part(true).collect(), part(false).collect());
        let above =
            if above.is_empty() { if below.is_empty() { "no unit" } else { "1" }.into() } else { above.join("*") };
        write!(f, "{above}{}", below.iter().map(|b| format!("/{b}")).collect::<String>())
    }
}

/// A number with its unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Value {
    pub number: f64,
    pub dimension: Dimension,
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let number = super::write::number(self.number);
        match self.dimension {
            Dimension::NONE => write!(f, "{number}"),
            dimension => write!(f, "{number} {dimension}"),
        }
    }
}

impl Value {
    /// A number without unit.
    pub fn number(number: f64) -> Self {
        Value { number, dimension: Dimension::NONE }
    }

    /// The number as a whole one, if it is one that is exact.
    pub fn whole(self) -> Option<u64> {
        let rounded = self.number.round();
        let near = (self.number - rounded).abs() <= rounded.abs() * 1e-12;
        (near && (0.0..=(1u64 << 53) as f64).contains(&rounded)).then_some(rounded as u64)
    }

    pub(super) fn negative(self) -> Self {
        Value { number: -self.number, ..self }
    }

    pub(super) fn combine(operator: Operator, a: Value, b: Value, at: usize) -> Result<Value, ExprError> {
        let same = |verb: &str| {
            let found = format!("{} {verb} {}", a.dimension, b.dimension);
            if a.dimension == b.dimension { Ok(a.dimension) } else { Err(ExprError::new(at, found, "the same unit")) }
        };
        let exponents = |sign: i32| {
            let sum = |i: usize| a.dimension.0[i].saturating_add(sign.saturating_mul(b.dimension.0[i]));
            Dimension([0, 1, 2, 3].map(sum))
        };
        let (number, dimension) = match operator {
            Operator::Add => (a.number + b.number, same("plus")?),
            Operator::Subtract => (a.number - b.number, same("minus")?),
            Operator::Multiply => (a.number * b.number, exponents(1)),
            Operator::Divide if b.number == 0.0 => {
                return Err(ExprError::new(at, "a division by 0", "another divisor"));
            }
            Operator::Divide => (a.number / b.number, exponents(-1)),
        };
        finite(number, dimension, at)
    }

    pub(super) fn call(function: Function, values: &[Value], at: usize) -> Result<Value, ExprError> {
        let dimension = values.first().map_or(Dimension::NONE, |value| value.dimension);
        if let Some(other) = values.iter().find(|value| value.dimension != dimension) {
            return Err(ExprError::new(at, format!("{dimension} beside {}", other.dimension), "the same unit"));
        }
        let numbers = values.iter().map(|value| value.number);
        let number = match function {
            Function::Floor => numbers.map(f64::floor).sum(),
            Function::Ceil => numbers.map(f64::ceil).sum(),
            Function::Min => numbers.fold(f64::INFINITY, f64::min),
            Function::Max => numbers.fold(f64::NEG_INFINITY, f64::max),
        };
        finite(number, dimension, at)
    }
}

fn finite(number: f64, dimension: Dimension, at: usize) -> Result<Value, ExprError> {
    if number.is_finite() {
        Ok(Value { number, dimension })
    } else {
        Err(ExprError::new(at, "an overflow", "a result that is not too large to calculate with"))
    }
}

/// The names that an expression may use: units and variables.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    /// Bits of a word, where that is said.
    pub word_bits: Option<f64>,
    /// Cycles a second, where that is said.
    pub clock: Option<f64>,
    /// Variables.
    pub variables: BTreeMap<String, Value>,
    /// Variables that are wrong, which was reported.
    pub wrong: BTreeSet<String>,
}

impl Scope {
    /// Whether a name is that of a unit.
    pub fn is_unit(name: &str) -> bool {
        UNITS.iter().any(|(unit, ..)| *unit == name)
    }

    pub(super) fn lookup(&self, name: &str, at: usize) -> Result<Value, ExprError> {
        if let Some(value) = self.variables.get(name) {
            return Ok(*value);
        }
        if self.wrong.contains(name) {
            return Err(ExprError::known(at));
        }
        let Some(&(_, measure, factor)) = UNITS.iter().find(|(unit, ..)| *unit == name) else {
            let found = format!("the name {}", quoted(name));
            if name == "KB" {
                return Err(ExprError::new(at, found, "KiB (1024 bytes) or kB (1000 bytes)"));
            }
            let known = self.variables.keys().map(String::as_str).chain(UNITS.iter().map(|(unit, ..)| *unit));
            let mut error = ExprError::new(at, found, "a unit or a variable");
            error.nearest = nearest(name, known);
            return Err(error);
        };
        let (number, exponents) = match measure {
            Measure::Words => (factor, [1, 0, 0, 0]),
            Measure::Bits => (factor / self.needs(self.word_bits, name, "words", "word: 16 bit", at)?, [1, 0, 0, 0]),
            Measure::Cycles => (factor, [0, 1, 0, 0]),
            Measure::Seconds => (factor * self.needs(self.clock, name, "cycles", "clock: 200 MHz", at)?, [0, 1, 0, 0]),
            Measure::Hertz => (factor / self.needs(self.clock, name, "cycles", "clock: 200 MHz", at)?, [0, -1, 0, 0]),
            Measure::Picojoules => (factor, [0, 0, 1, 0]),
            Measure::Macs => (factor, [0, 0, 0, 1]),
        };
        Ok(Value { number, dimension: Dimension(exponents) })
    }

    fn needs(&self, known: Option<f64>, unit: &str, of: &str, line: &str, at: usize) -> Result<f64, ExprError> {
        let found = format!("the unit {unit}, of which nothing says how many {of} it is");
        known.ok_or_else(|| ExprError::new(at, found, format!("a line such as `{line}` in the description")))
    }
}
