//! The chip's published tables beside the machine: AlexNet at N = 4 and VGG-16 at N = 3 (JSSC 2017, Tables V and VI;
//! 1 V, core 200 MHz, link 60 MHz).
//!
//! Each layer runs on the machine with ifmaps that have the published share of zeros, padding included, as the chip
//! sees them; values and their places are random, since the publications give only shares. A bias sets the share of
//! zeros that leaves ReLU. The energy prices are fitted on the AlexNet table and Fig. 16 ([`fit`]); VGG-16 is
//! prediction.

pub mod fit;
pub mod layers;
pub mod published;

use eyeriss::{DramCoding, Engine, LayerRun, Machine};
use layers::{SiliconLayer, Workload};
use model::Prices;
use nn::Operand;
use published::Row;

/// A layer of a published table with the machine's run beside it.
pub struct Validated {
    /// The layer and how it was mapped.
    pub layer: SiliconLayer,
    /// What the paper prints.
    pub published: Row,
    /// What the machine did.
    pub run: LayerRun,
}

/// A network's published table and the machine's runs.
pub struct Table {
    /// The network's name.
    pub network: &'static str,
    /// Bytes that the table's "MB" of buffer traffic stand for.
    pub buffer_mb: f64,
    /// Layer by layer.
    pub layers: Vec<Validated>,
}

/// A column that both the paper and the machine have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Processing latency in ms.
    Processing,
    /// Total latency in ms.
    Total,
    /// Active PEs.
    ActivePes,
    /// Global buffer traffic in MB.
    Buffer,
    /// DRAM traffic in MB.
    Dram,
    /// Power in mW.
    Power,
}

impl Column {
    /// All columns, in the order of the tables.
    pub const ALL: [Column; 6] =
        [Column::Processing, Column::Total, Column::ActivePes, Column::Buffer, Column::Dram, Column::Power];

    /// Half a unit of the last digit that the paper prints.
    pub fn rounding(self) -> f64 {
        match self {
            Column::ActivePes | Column::Power => 0.5,
            _ => 0.05,
        }
    }

    /// The column's heading.
    pub fn name(self) -> &'static str {
        match self {
            Column::Processing => "processing ms",
            Column::Total => "total ms",
            Column::ActivePes => "active PEs",
            Column::Buffer => "GLB MB",
            Column::Dram => "DRAM MB",
            Column::Power => "power mW",
        }
    }
}

/// Runs a published table's layers on the machine.
pub fn run(table: &published::Published) -> Table {
    let machine = Machine::new(eyeriss::Chip::default(), Engine::Fast).expect("the default chip can be built");
    let layers = layers::of(table)
        .into_iter()
        .zip(&table.rows)
        .enumerate()
        .map(|(i, (layer, row))| {
            let workload = Workload::new(&layer, row, i as u64);
            let coding = if i == 0 { DramCoding::FIRST_LAYER } else { DramCoding::LATER_LAYER };
            let run = machine.run(&workload.job(&layer), layer.mapping, coding).expect("a published layer runs");
            Validated { layer, published: row.clone(), run }
        })
        .collect();
    Table { network: table.network, buffer_mb: table.buffer_mb, layers }
}

impl Validated {
    /// What the paper prints in a column.
    pub fn published(&self, column: Column) -> f64 {
        self.published.value(column)
    }

    /// What the machine gives for a column.
    pub fn ours(&self, column: Column, buffer_mb: f64, prices: &Prices) -> f64 {
        let chip = eyeriss::Chip::default();
        let ms = |cycles: u64| cycles as f64 / chip.core_hz as f64 * 1e3;
        let counts = &self.run.counts;
        match column {
            Column::Processing => ms(counts.cycles.processing()),
            Column::Total => ms(counts.cycles.total()),
            Column::ActivePes => self.run.active_pes as f64,
            Column::Buffer => buffer_words(&self.run) as f64 * 2.0 / buffer_mb,
            Column::Dram => self.run.dram_bytes() as f64 / 1e6,
            Column::Power => {
                let picojoules: f64 = prices.energy(&self.run.activity(), prices.volts).iter().map(|(_, e)| e).sum();
                picojoules * 1e-9 / ms(counts.cycles.total()) * 1e3
            }
        }
    }
}

/// Buffer traffic as the paper's table counts it: psums in and out, ifmaps out; neither the filters' banks nor the
/// ifmaps' way in. Found by comparing conventions with Table V.
pub fn buffer_words(run: &LayerRun) -> u64 {
    let glb = run.counts.level("GLB");
    let psums = &glb[Operand::Output];
    psums.all_reads() + psums.all_writes() + glb[Operand::Input].reads
}
