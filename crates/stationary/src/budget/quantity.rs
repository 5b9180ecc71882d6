//! Quantities of a budget as one types them: a number above zero and its unit, `300mW`, `200 KiB`, `10nJ/px`.
//!
//! A kB is 1000 bytes and a KiB 1024, as in descriptions of architectures; "KB" stands for either in the literature, and is
//! refused.

use std::fmt;

/// What is measured, and in what units one says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Storage, in bytes.
    Memory,
    /// Power, in mW.
    Power,
    /// Frames a second.
    FrameRate,
    /// Energy of a pixel, in nJ.
    EnergyPerPixel,
    /// Energy of a battery, in mWh.
    Battery,
    /// How long a battery lasts, in hours.
    Lifetime,
    /// A clock, in Hz.
    Clock,
}

/// Milliwatt-hours of a joule.
const MWH_PER_J: f64 = 1.0 / 3.6;

impl Measure {
    /// The units, each with how much it is of the measure's own; one that may be left out is empty.
    fn units(self) -> &'static [(&'static str, f64)] {
        match self {
            Measure::Memory => &[
                ("B", 1.0),
                ("kB", 1e3),
                ("MB", 1e6),
                ("GB", 1e9),
                ("KiB", 1024.0),
                ("MiB", 1024.0 * 1024.0),
                ("GiB", 1024.0 * 1024.0 * 1024.0),
            ],
            Measure::Power => &[("uW", 1e-3), ("mW", 1.0), ("W", 1e3)],
            Measure::FrameRate => &[("", 1.0), ("fps", 1.0)],
            Measure::EnergyPerPixel => &[("pJ/px", 1e-3), ("nJ/px", 1.0), ("uJ/px", 1e3)],
            Measure::Battery => &[("mWh", 1.0), ("Wh", 1e3), ("J", MWH_PER_J), ("kJ", 1e3 * MWH_PER_J)],
            Measure::Lifetime => &[("h", 1.0), ("min", 1.0 / 60.0), ("days", 24.0)],
            Measure::Clock => &[("kHz", 1e3), ("MHz", 1e6), ("GHz", 1e9)],
        }
    }

    /// One that can be typed.
    fn example(self) -> &'static str {
        match self {
            Measure::Memory => "200KiB",
            Measure::Power => "300mW",
            Measure::FrameRate => "30",
            Measure::EnergyPerPixel => "10nJ/px",
            Measure::Battery => "10Wh",
            Measure::Lifetime => "8h",
            Measure::Clock => "200MHz",
        }
    }

    /// Reads a quantity, in the measure's own unit.
    pub fn parse(self, text: &str) -> Result<f64, QuantityError> {
        let end = number_end(text);
        let (number, rest) = text.split_at(end);
        let unit = rest.trim();
        let at = |part: &str, column: usize| QuantityError {
            column,
            found: part.into(),
            expected: format!("a number above 0, as in {}", self.example()),
        };
        let value: f64 = match number.parse() {
            Ok(value) if value > 0.0 => value,
            // What begins with no number is shown whole.
            _ if number.is_empty() => return Err(at(text, 1)),
            _ => return Err(at(number, 1)),
        };
        let Some((_, factor)) = self.units().iter().find(|(name, _)| *name == unit) else {
            let column = text[..end].chars().count() + rest.chars().take_while(|c| c.is_whitespace()).count() + 1;
            return Err(QuantityError { column, found: unit.into(), expected: self.expected_unit(unit) });
        };
        let value = value * factor;
        if value > 0.0 && value.is_finite() { Ok(value) } else { Err(at(number, 1)) }
    }

    fn expected_unit(self, found: &str) -> String {
        let names: Vec<&str> = self.units().iter().map(|(name, _)| *name).filter(|name| !name.is_empty()).collect();
        let mut expected = match &names[..] {
            [one] => format!("nothing or {one}"),
            [all @ .., last] => format!("{} or {last}", all.join(", ")),
            [] => "nothing".into(),
        };
        if self == Measure::Memory && found.eq_ignore_ascii_case("kb") {
            return expected + " (a kB is 1000 bytes, a KiB 1024)";
        }
        let likeness = |name: &&&str| strsim::jaro_winkler(&found.to_lowercase(), &name.to_lowercase());
        let nearest = names.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        if let Some(nearest) = nearest.filter(|nearest| likeness(nearest) > 0.75) {
            expected += &format!("; the nearest is {nearest:?}");
        }
        expected
    }
}

/// Where the number at the beginning of a text ends.
fn number_end(text: &str) -> usize {
    let digits =
        |from: usize| text[from..].find(|c: char| !c.is_ascii_digit() && c != '.').map_or(text.len(), |n| from + n);
    let mantissa = digits(0);
    let exponent = text[mantissa..].strip_prefix(['e', 'E']).map(|rest| rest.strip_prefix(['+', '-']).unwrap_or(rest));
    match exponent {
        Some(rest) if mantissa > 0 && rest.starts_with(|c: char| c.is_ascii_digit()) => digits(text.len() - rest.len()),
        _ => mantissa,
    }
}

/// What is no quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuantityError {
    /// Where, in characters from 1.
    pub column: usize,
    /// What is there.
    pub found: String,
    /// What could be.
    pub expected: String,
}

impl std::error::Error for QuantityError {}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let QuantityError { column, found, expected } = self;
        match found.as_str() {
            "" => write!(f, "column {column}: found nothing, expected {expected}"),
            found => write!(f, "column {column}: found {found:?}, expected {expected}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_numbers_with_units() {
        use Measure::*;
        let cases = [
            (Memory, "200KiB", 204_800.0),
            (Memory, "200 kB", 200_000.0),
            (Memory, "181.5KiB", 185_856.0),
            (Power, "0.3W", 300.0),
            (Power, "1e3 uW", 1.0),
            (FrameRate, "30", 30.0),
            (FrameRate, "29.97fps", 29.97),
            (EnergyPerPixel, "6.76uJ/px", 6760.0),
            (Battery, "10Wh", 10_000.0),
            (Battery, "36kJ", 10_000.0),
            (Lifetime, "90min", 1.5),
            (Lifetime, "2days", 48.0),
            (Clock, "200MHz", 2e8),
        ];
        for (measure, text, value) in cases {
            let parsed = measure.parse(text).expect(text);
            assert!((parsed / value - 1.0).abs() < 1e-12, "{text}: {parsed}");
        }
    }

    #[test]
    fn what_is_no_quantity_is_told_where() {
        use Measure::*;
        let cases = [
            (Memory, "200KB"),
            (Memory, "200"),
            (Memory, "200 Kib"),
            (Power, ""),
            (Power, "mW"),
            (Power, "0mW"),
            (Power, "-3mW"),
            (Power, "300 mV"),
            (Power, "1.2.3mW"),
            (Power, "1e999W"),
            (Power, "1e308W"),
            (FrameRate, "30 Hz"),
            (FrameRate, "inf"),
            (EnergyPerPixel, "10nJ"),
            (Battery, "2000mAh"),
            (Lifetime, "8"),
            (Clock, "200M\u{e9}"),
        ];
        let told = cases.map(|(measure, text)| format!("{text:10} {}\n", measure.parse(text).expect_err(text)));
        insta::assert_snapshot!(told.concat());
    }
}
