//! Figures of the field as data: what is drawn, not how. [`Figure::svg`] draws them.
//!
//! They are drawn here and not by a plotting library: the one that came into question (kuva 0.6) stacks bars or groups
//! them, not both, marks no published value on a bar, and knows no array of PEs; it would add a minute to every build.

mod array;
mod canvas;
mod frame;
mod labels;
mod legend;
mod paint;
mod roofline;
mod scale;
mod scatter;
mod stacked;

/// A figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Its name in the names of files, without an ending: lower case, digits, `_` and `-`.
    pub key: String,
    /// What it shows, in a line.
    pub title: String,
    /// What is shown, and where it comes from.
    pub caption: String,
    /// The drawing.
    pub plot: Plot,
}

impl Figure {
    /// The figure as an SVG file: legible in black and white, with what a pointer over a part tells. Equal figures give
    /// equal bytes.
    pub fn svg(&self) -> String {
        match &self.plot {
            Plot::Stacked(stacked) => stacked::draw(self, stacked),
            Plot::Scatter(scatter) => scatter::draw(self, scatter),
            Plot::Roofline(roofline) => roofline::draw(self, roofline),
            Plot::Array(array) => array::draw(self, array),
        }
    }
}

/// Kinds of drawings.
#[derive(Clone, Debug, PartialEq)]
pub enum Plot {
    /// Bars of stacked parts, in groups.
    Stacked(Stacked),
    /// Points, alone or joined by lines.
    Scatter(Scatter),
    /// Layers under the roofs of compute and of memories.
    Roofline(Roofline),
    /// The PEs of an array, working or idle.
    Array(Array),
}

/// Bars of stacked parts, in groups: energy by level, say, a group a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Stacked {
    /// What the values are, with their unit: "energy, pJ".
    pub unit: String,
    /// What is stacked, from the bottom up.
    pub parts: Vec<String>,
    /// The groups, from left to right.
    pub groups: Vec<Group>,
}

/// Bars that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What is written below them.
    pub name: String,
    /// The bars, from left to right.
    pub bars: Vec<Bar>,
}

/// A bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What is written below it; nothing where the group says it all.
    pub name: String,
    /// A value for each part, none below zero.
    pub values: Vec<f64>,
    /// The published total: drawn as a tick across the bar.
    pub mark: Option<f64>,
}

/// Points, alone or joined by lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Scatter {
    /// To the right.
    pub x: Axis,
    /// Upwards.
    pub y: Axis,
    /// Points that belong together.
    pub series: Vec<Series>,
}

/// An axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What is measured.
    pub name: String,
    /// Its unit; empty where there is none.
    pub unit: String,
    /// Whether equal ratios are equally far apart. Values that are not above zero are left out of such an axis.
    pub log: bool,
}

impl Axis {
    /// An axis on which equal differences are equally far apart.
    pub fn linear(name: &str, unit: &str) -> Axis {
        Axis { name: name.into(), unit: unit.into(), log: false }
    }

    /// An axis on which equal ratios are equally far apart.
    pub fn log(name: &str, unit: &str) -> Axis {
        Axis { name: name.into(), unit: unit.into(), log: true }
    }
}

/// Points that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What they are.
    pub name: String,
    /// Where they are.
    pub points: Vec<Point>,
    /// Whether a line joins them in their order.
    pub line: bool,
}

/// A point.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Along the first axis.
    pub x: f64,
    /// Along the second.
    pub y: f64,
    /// What is written beside it.
    pub label: Option<String>,
}

/// Layers under the roofs of compute and of memories: each layer is a point for each memory, at the work that it does
/// for each word that the memory moves, and at the throughput that is foretold.
#[derive(Clone, Debug, PartialEq)]
pub struct Roofline {
    /// What memories move: "word" or "byte".
    pub unit: String,
    /// The most MACs that the compute units do in a cycle.
    pub peak: f64,
    /// The memories whose bandwidth is bounded, outermost first.
    pub roofs: Vec<Roof>,
    /// The layers.
    pub points: Vec<RoofPoint>,
}

/// Layers that are named at their points; more have their numbers there, from 1 on in their order.
pub const NAMED: usize = 12;

/// A layer under the roofs.
#[derive(Clone, Debug, PartialEq)]
pub struct RoofPoint {
    /// Its name.
    pub name: String,
    /// MACs in a cycle.
    pub throughput: f64,
    /// MACs for each word that each of the memories moves; none where it moves none.
    pub intensities: Vec<Option<f64>>,
}

/// A memory's roof: its bandwidth times the intensity.
#[derive(Clone, Debug, PartialEq)]
pub struct Roof {
    /// The memory.
    pub name: String,
    /// What it moves in a cycle.
    pub bandwidth: f64,
}

/// The PEs of an array, working or idle, for each of several layers.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Rows and columns of the array.
    pub size: [usize; 2],
    /// The layers.
    pub layers: Vec<Occupancy>,
}

/// How many PEs a layer works on.
#[derive(Clone, Debug, PartialEq)]
pub struct Occupancy {
    /// The layer.
    pub name: String,
    /// Rows and columns of PEs that work, from the array's corner.
    pub used: [usize; 2],
    /// The part of all PEs' time that does work.
    pub utilisation: f64,
}
