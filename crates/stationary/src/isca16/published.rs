//! The bars that the study prints, as data: `published.csv` tells their source.

use super::point::{Layers, Point};
use model::reuse::Dataflow;

/// A bar, or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// The figure: "12a".
    pub figure: &'static str,
    /// Where.
    pub point: Point,
    /// Which dataflow.
    pub dataflow: Dataflow,
    /// Which part of the bar.
    pub component: &'static str,
    /// What it is in.
    pub unit: &'static str,
    /// Its value.
    pub value: f64,
}

const FILE: &str = include_str!("published.csv");

/// All of them, in the order of the figures.
pub fn bars() -> Vec<Published> {
    let lines = FILE.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines.map(|line| bar(line).unwrap_or_else(|| panic!("a bar of the study: {line}"))).collect()
}

fn bar(line: &'static str) -> Option<Published> {
    let mut fields = line.split(',');
    let mut next = || fields.next();
    let (figure, layers) = (next()?, next()?);
    let layers = [Layers::Conv, Layers::Fc].into_iter().find(|known| known.name() == layers)?;
    let point = Point { layers, pes: next()?.parse().ok()?, batch: next()?.parse().ok()? };
    let dataflow = next()?;
    let dataflow = Dataflow::ALL.into_iter().find(|known| known.name() == dataflow)?;
    Some(Published { figure, point, dataflow, component: next()?, unit: next()?, value: next()?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_bar() {
        let bars = bars();
        assert_eq!(bars.len(), 658);
        let parts = |bar: &&Published| bar.figure == "12a" && bar.dataflow == Dataflow::Rs && bar.point.batch == 1;
        let energy: f64 = bars.iter().filter(parts).map(|bar| bar.value).sum();
        assert!((energy - 6.41972).abs() < 1e-4, "{energy}");
        // Units and components are few: what is misspelled would stand alone.
        for bar in &bars {
            let alike = bars.iter().filter(|other| (other.component, other.unit) == (bar.component, bar.unit));
            assert!(alike.count() > 10, "{bar:?}");
        }
    }
}
