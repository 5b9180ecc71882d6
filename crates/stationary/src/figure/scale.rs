//! From values to pixels: the range of an axis, its ticks, and how they are written.

use super::Axis;

/// Values of an axis and where they lie.
pub(super) struct Scale {
    log: bool,
    /// The least and the greatest value.
    range: [f64; 2],
    /// Where these lie.
    pixels: [f64; 2],
}

/// A tick: its value, and what is written there.
pub(super) struct Tick {
    pub value: f64,
    pub label: String,
}

impl Scale {
    /// A scale over `values`, from zero or with a margin, ending at ticks.
    pub fn new(axis: &Axis, values: impl Iterator<Item = f64>, pixels: [f64; 2]) -> Scale {
        let usable = values.filter(|value| value.is_finite() && (!axis.log || *value > 0.0));
        let (least, most) = usable.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        let range = match (least <= most, axis.log) {
            (false, true) => [1.0, 10.0],
            (false, false) => [0.0, 1.0],
            (true, true) => log_range(least, most),
            (true, false) => linear_range(least, most),
        };
        Scale { log: axis.log, range, pixels }
    }

    /// Where a value lies; none that the axis cannot show.
    pub fn at(&self, value: f64) -> Option<f64> {
        let place = |value: f64| if self.log { value.log10() } else { value };
        let [low, high] = self.range.map(place);
        let share = (place(value) - low) / (high - low);
        let [from, to] = self.pixels;
        share.is_finite().then_some(from + share * (to - from))
    }

    /// The least and the greatest value.
    pub fn range(&self) -> [f64; 2] {
        self.range
    }

    /// Ticks, not too many.
    pub fn ticks(&self) -> Vec<Tick> {
        let [low, high] = self.range;
        let values: Vec<f64> = if self.log {
            let decades = (high / low).log10().round();
            // Whole decades where there are several, and between them where there are few.
            let step = (decades / 8.0).ceil().max(1.0) as i32;
            let within: &[f64] = if decades <= 2.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
            let first = low.log10().floor() as i32;
            let last = high.log10().ceil() as i32;
            let decade = |exponent: i32| within.iter().map(move |mantissa| mantissa * 10f64.powi(exponent));
            (first..=last).step_by(step as usize).flat_map(decade).collect()
        } else {
            let step = nice((high - low) / 6.0);
            let (first, last) = ((low / step).round() as i64, (high / step).round() as i64);
            (first..=last).map(|index| index as f64 * step).collect()
        };
        let inside = |value: &f64| *value >= low * (1.0 - 1e-9) - 1e-300 && *value <= high * (1.0 + 1e-9);
        let values: Vec<f64> = if self.log { values.into_iter().filter(inside).collect() } else { values };
        values.into_iter().map(|value| Tick { value, label: short(value) }).collect()
    }
}

/// 1, 2 or 5 times a power of ten, at least `value`.
fn nice(value: f64) -> f64 {
    let power = 10f64.powf(value.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .map(|mantissa| mantissa * power)
        .into_iter()
        .find(|nice| *nice >= value * (1.0 - 1e-9))
        .unwrap_or(value)
}

/// From zero where the values reach down near it, to a tick above the last value.
fn linear_range(least: f64, most: f64) -> [f64; 2] {
    let near = least >= 0.0 && least <= 0.6 * most;
    let (low, high) = match (near, least == most) {
        (true, _) => (0.0, if most > 0.0 { most } else { 1.0 }),
        (false, true) => (least - 0.5 * least.abs(), most + 0.5 * most.abs()),
        (false, false) => (least, most),
    };
    let step = nice((high - low) / 6.0);
    // A value at a tick needs no tick beyond it.
    [(low / step + 1e-9).floor() * step, (high / step - 1e-9).ceil() * step]
}

/// To 1, 2 or 5 times powers of ten around the values.
fn log_range(least: f64, most: f64) -> [f64; 2] {
    let around = |value: f64, up: bool| {
        let power = 10f64.powf(value.log10().floor());
        let steps = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0].map(|mantissa| mantissa * power);
        if up {
            steps.into_iter().find(|step| *step > value * 1.05).unwrap_or(value)
        } else {
            steps.into_iter().rev().find(|step| *step < value * 0.95).unwrap_or(value)
        }
    };
    [around(least, false), around(most, true)]
}

/// A value in few characters: 0.05, 20, 3k, 1.5M, 2G, 1e15.
pub(super) fn short(value: f64) -> String {
    let size = value.abs();
    let (unit, letter) = match size {
        s if s >= 9.999e14 || (s > 0.0 && s < 1e-4) => return format!("{value:.0e}"),
        s if s >= 9.999e11 => (1e12, "T"),
        s if s >= 9.999e8 => (1e9, "G"),
        s if s >= 9.999e5 => (1e6, "M"),
        s if s >= 9_999.0 => (1e3, "k"),
        _ => (1.0, ""),
    };
    let scaled = value / unit;
    // Without the noise of the last binary digits.
    let digits = format!("{scaled:.6}");
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    format!("{}{letter}", if digits == "-0" { "0" } else { digits })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(log: bool, values: &[f64]) -> Vec<String> {
        let axis = if log { Axis::log("", "") } else { Axis::linear("", "") };
        let scale = Scale::new(&axis, values.iter().copied(), [0.0, 100.0]);
        scale.ticks().into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_are_round_and_hold_the_values_between_them() {
        assert_eq!(ticks(false, &[3.0, 47.0]), ["0", "10", "20", "30", "40", "50"]);
        assert_eq!(ticks(false, &[90.0, 97.0]), ["90", "92", "94", "96", "98"]);
        assert_eq!(ticks(false, &[2.4e9, 1e8]), ["0", "500M", "1G", "1.5G", "2G", "2.5G"]);
        assert_eq!(ticks(true, &[0.3, 40.0]), ["0.2", "0.5", "1", "2", "5", "10", "20", "50"]);
        assert_eq!(ticks(true, &[3.0, 4e6]), ["10", "100", "1000", "10k", "100k", "1M"]);
        assert_eq!(ticks(false, &[]), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(ticks(false, &[0.0]), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
    }

    #[test]
    fn every_value_lies_inside() {
        for values in [[1e-9, 1e12], [5.0, 5.0], [-3.0, 8.0], [1e-300, 1e300]] {
            for log in [false, true] {
                let axis = if log { Axis::log("", "") } else { Axis::linear("", "") };
                let scale = Scale::new(&axis, values.into_iter(), [10.0, 200.0]);
                let shown = values.iter().filter(|value| !log || **value > 0.0);
                let inside = |at: Option<f64>| at.is_some_and(|at| (10.0..=200.0).contains(&at));
                assert!(shown.clone().all(|value| inside(scale.at(*value))), "{values:?} {log}");
                assert!(scale.ticks().len() <= 24, "{values:?} {log}");
            }
        }
    }
}
