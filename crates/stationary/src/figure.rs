//! Figures of the field as data: what is drawn, not how.

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
    /// A total to compare with, such as the published one: drawn as a tick across the bar.
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

/// Layers under the roofs of compute and of memories, both axes logarithmic: each layer is a point at its operational
/// intensity towards each memory that bounds it, at the throughput that is foretold.
#[derive(Clone, Debug, PartialEq)]
pub struct Roofline {
    /// The unit of the intensities: "MAC/word".
    pub intensity: String,
    /// The unit of throughputs: "MAC/cycle".
    pub throughput: String,
    /// The most that the compute units do.
    pub peak: f64,
    /// Memories with what they move in a unit of time, outermost first.
    pub roofs: Vec<Roof>,
    /// The layers.
    pub points: Vec<Point>,
}

/// A memory's roof: its bandwidth times the intensity.
#[derive(Clone, Debug, PartialEq)]
pub struct Roof {
    /// The memory.
    pub name: String,
    /// Words in a cycle.
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
