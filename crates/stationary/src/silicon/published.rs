//! The published tables as data: JSSC 52(1), 2017, Tables V and VI, and what the papers say beside them.

use super::Column;

/// A row of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The layer's name as printed.
    pub layer: String,
    /// Power in mW.
    pub power_mw: f64,
    /// Total latency in ms.
    pub total_ms: f64,
    /// Processing latency in ms.
    pub processing_ms: f64,
    /// Active PEs.
    pub active_pes: f64,
    /// Zeros in the ifmaps, as a share.
    pub zeros: f64,
    /// Global buffer traffic in MB.
    pub buffer_mb: f64,
    /// DRAM traffic in MB.
    pub dram_mb: f64,
}

impl Row {
    /// The value of a column.
    pub fn value(&self, column: Column) -> f64 {
        match column {
            Column::Processing => self.processing_ms,
            Column::Total => self.total_ms,
            Column::ActivePes => self.active_pes,
            Column::Buffer => self.buffer_mb,
            Column::Dram => self.dram_mb,
            Column::Power => self.power_mw,
        }
    }
}

/// A published table.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// The network's name in the zoo.
    pub network: &'static str,
    /// The network's name as one writes it.
    pub title: &'static str,
    /// Where the table is printed.
    pub source: &'static str,
    /// Images in the batch.
    pub batch: usize,
    /// Bytes that its "MB" of buffer traffic stand for.
    ///
    /// AlexNet's are 10^6: only that fits every row. VGG-16's fit 2^20 bytes (the words of the psums alone, each
    /// read and written once a channel pass, exceed the printed decimal MB by 2.6 %), though its DRAM column is
    /// decimal (the paper's accesses per pixel follow from it).
    pub buffer_mb: f64,
    /// The layers.
    pub rows: Vec<Row>,
    /// The totals' row.
    pub total: Row,
    /// Frames a second.
    pub frames_per_second: f64,
    /// DRAM accesses, of 16-bit words, a MAC.
    pub accesses_per_mac: f64,
    /// DRAM accesses an input pixel.
    pub accesses_per_pixel: f64,
    /// By how much compression reduces the DRAM traffic of each layer; empty where it is not published.
    pub dram_reduction: &'static [f64],
}

/// Table V: AlexNet's CONV layers, N = 4. The reductions are section VI's.
pub fn alexnet() -> Published {
    let (rows, total) = parse(include_str!("../../data/eyeriss-alexnet-n4.csv"));
    Published {
        network: "alexnet",
        title: "AlexNet",
        source: "JSSC 2017, Table V",
        batch: 4,
        buffer_mb: 1e6,
        rows,
        total,
        frames_per_second: 34.7,
        accesses_per_mac: 0.0029,
        accesses_per_pixel: 37.4,
        dram_reduction: &[1.2, 1.4, 1.7, 1.8, 1.9],
    }
}

/// Table VI: VGG-16's CONV layers, N = 3.
pub fn vgg16() -> Published {
    let (rows, total) = parse(include_str!("../../data/eyeriss-vgg16-n3.csv"));
    Published {
        network: "vgg16",
        title: "VGG-16",
        source: "JSSC 2017, Table VI",
        batch: 3,
        buffer_mb: 1_048_576.0,
        rows,
        total,
        frames_per_second: 0.7,
        accesses_per_mac: 0.0035,
        accesses_per_pixel: 1066.6,
        dram_reduction: &[],
    }
}

/// A published operating point: AlexNet's frames a second and mW.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PublishedPoint {
    /// Its name among [`model::tech::OPERATING_POINTS`].
    pub name: &'static str,
    /// Frames a second, and whether the number is printed; else it is read off the plot.
    pub frames_per_second: (f64, bool),
    /// Power in mW, and whether the number is printed.
    pub power_mw: (f64, bool),
}

/// ISSCC 2016, 14.5, the figure of frames a second and power against supply (AlexNet's CONV layers).
pub const POINTS: [PublishedPoint; 4] = [
    PublishedPoint { name: "0.82V", frames_per_second: (17.5, false), power_mw: (95.0, false) },
    PublishedPoint { name: "0.92V", frames_per_second: (26.0, false), power_mw: (173.0, false) },
    PublishedPoint { name: "1.0V", frames_per_second: (34.7, true), power_mw: (278.0, true) },
    PublishedPoint { name: "1.17V", frames_per_second: (44.8, true), power_mw: (450.0, false) },
];

/// The rows and the totals of a table that is part of the program.
fn parse(csv: &str) -> (Vec<Row>, Row) {
    let row = |line: &str| {
        let mut fields = line.split(',');
        let layer = fields.next().unwrap_or_default().to_string();
        let values: Vec<f64> = fields.map(|f| f.parse().expect("a number of a published table")).collect();
        let [power_mw, total_ms, processing_ms, _macs, active_pes, zeros, buffer_mb, dram_mb] = values[..] else {
            panic!("a published row has nine fields: {line}");
        };
        Row { layer, power_mw, total_ms, processing_ms, active_pes, zeros: zeros / 100.0, buffer_mb, dram_mb }
    };
    let mut rows: Vec<Row> = csv.lines().skip(1).map(row).collect();
    let total = rows.pop().expect("a published table ends with its totals");
    (rows, total)
}
