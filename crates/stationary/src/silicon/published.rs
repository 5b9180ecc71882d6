//! The published tables as data: JSSC 52(1), 2017, Tables V and VI.

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
    /// The network.
    pub network: &'static str,
    /// Where it is printed.
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
}

/// Table V: AlexNet's CONV layers, N = 4.
pub fn alexnet() -> Published {
    let (rows, total) = parse(include_str!("../../data/eyeriss-alexnet-n4.csv"));
    Published { network: "alexnet", source: "JSSC 2017, Table V", batch: 4, buffer_mb: 1e6, rows, total }
}

/// Table VI: VGG-16's CONV layers, N = 3.
pub fn vgg16() -> Published {
    let (rows, total) = parse(include_str!("../../data/eyeriss-vgg16-n3.csv"));
    Published { network: "vgg16", source: "JSSC 2017, Table VI", batch: 3, buffer_mb: 1_048_576.0, rows, total }
}

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
