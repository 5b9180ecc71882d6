//! The chip's published tables beside the machine: AlexNet at N = 4 and VGG-16 at N = 3 (JSSC 2017, Tables V and VI;
//! 1 V, core 200 MHz, link 60 MHz).
//!
//! Each layer runs on the machine with ifmaps that have the published share of zeros, padding included, as the chip
//! sees them; values and their places are random, since the publications give only shares. A bias sets the share of
//! zeros that leaves ReLU. The energy prices are fitted on the AlexNet table and Fig. 16 ([`fit`]); VGG-16 is
//! prediction. With trained weights and photographs at hand, [`trained`] runs the same layers on them.

pub mod bars;
pub mod discrepancies;
mod document;
pub mod fit;
pub mod layers;
pub mod points;
pub mod published;
pub mod study;
pub mod trained;

pub use document::{document, validated};

use crate::run::Tally;
use eyeriss::{Chip, DramCoding, Engine, Machine};
use layers::{SiliconLayer, Workload};
use model::Prices;
use model::tech::EYERISS_65NM;
use nn::Operand;
use published::{Published, Row};
use rayon::prelude::*;

/// What the tables are priced with.
pub const PRICES: &Prices = &EYERISS_65NM;

/// A published table and the machine's runs.
#[derive(Clone, Debug)]
pub struct Table {
    /// What the paper prints.
    pub published: Published,
    /// The chip, with the table's clocks.
    pub chip: Chip,
    /// Batches that the tallies are sums over; the table's rows are of one batch.
    pub batches: u64,
    /// Layer by layer.
    pub layers: Vec<Validated>,
}

/// A layer of a published table with the machine's run beside it.
#[derive(Clone, Debug)]
pub struct Validated {
    /// The layer and how it was mapped.
    pub layer: SiliconLayer,
    /// What the paper prints.
    pub published: Row,
    /// What the machine did.
    pub tally: Tally,
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
        0.5 * 0.1f64.powi(self.decimals() as i32)
    }

    /// Digits after the point that the paper prints.
    pub fn decimals(self) -> usize {
        match self {
            Column::ActivePes | Column::Power => 0,
            _ => 1,
        }
    }

    /// The column's name in documents.
    pub fn key(self) -> &'static str {
        match self {
            Column::Processing => "processing_ms",
            Column::Total => "total_ms",
            Column::ActivePes => "active_pes",
            Column::Buffer => "glb_mb",
            Column::Dram => "dram_mb",
            Column::Power => "power_mw",
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

/// Runs a published table's layers on a chip; `done` is called after each layer, from any thread.
pub fn run(published: &Published, chip: Chip, done: &(dyn Fn(&str) + Sync)) -> Table {
    let machine = Machine::new(chip, Engine::Fast).expect("the published chip can be built");
    let layers = layers::of(published).into_par_iter().zip(&published.rows).enumerate().map(|(i, (layer, row))| {
        let workload = Workload::new(&layer, row.zeros, i as u64);
        let coding = if i == 0 { DramCoding::FIRST_LAYER } else { DramCoding::LATER_LAYER };
        let run = machine.run(&workload.job(&layer), layer.mapping, coding).expect("a published layer runs");
        let mut tally = Tally::default();
        tally.add(&run);
        done(&row.layer);
        Validated { layer, published: row.clone(), tally }
    });
    Table { published: published.clone(), chip, batches: 1, layers: layers.collect() }
}

impl Table {
    /// The layer that the paper calls `name`.
    pub fn layer(&self, name: &str) -> Option<&Validated> {
        self.layers.iter().find(|layer| layer.published.layer == name)
    }

    /// What the machine gives for a column of one layer.
    pub fn ours(&self, layer: &Validated, column: Column) -> f64 {
        self.value(&layer.tally, column)
    }

    /// How far ours lies above the published value of a column of one layer, in percent.
    pub fn error(&self, layer: &Validated, column: Column) -> f64 {
        error(self.ours(layer, column), layer.published.value(column))
    }

    /// What the machine gives for a column of the totals' row: sums; active PEs in the mean over processing latency;
    /// power as energy over latency.
    pub fn total(&self, column: Column) -> f64 {
        match column {
            Column::ActivePes => {
                let processing = |layer: &Validated| self.ours(layer, Column::Processing);
                let weighted = |layer: &Validated| processing(layer) * self.ours(layer, column);
                self.layers.iter().map(weighted).sum::<f64>() / self.layers.iter().map(processing).sum::<f64>()
            }
            _ => self.value(&self.sum(), column),
        }
    }

    /// What all layers did.
    pub fn sum(&self) -> Tally {
        let mut sum = Tally::default();
        self.layers.iter().for_each(|layer| sum += &layer.tally);
        sum
    }

    /// Frames a second.
    pub fn frames_per_second(&self) -> f64 {
        self.published.batch as f64 / self.total(Column::Total) * 1e3
    }

    /// DRAM accesses, of 16-bit words, a MAC.
    pub fn accesses_per_mac(&self) -> f64 {
        let sum = self.sum();
        sum.dram_bytes() as f64 / 2.0 / sum.all_macs() as f64
    }

    /// DRAM accesses an input pixel.
    pub fn accesses_per_pixel(&self) -> f64 {
        let pixels: usize = self.layers.first().map_or(0, |image| image.layer.shape.h * image.layer.shape.w);
        let images = self.published.batch as u64 * self.batches;
        self.sum().dram_bytes() as f64 / 2.0 / (images * pixels as u64) as f64
    }

    fn value(&self, tally: &Tally, column: Column) -> f64 {
        let batches = self.batches as f64;
        let ms = |cycles: u64| cycles as f64 / self.chip.core_hz as f64 * 1e3 / batches;
        let cycles = &tally.cycles;
        match column {
            Column::Processing => ms(cycles.processing()),
            Column::Total => ms(cycles.total()),
            Column::ActivePes => tally.active_pes(),
            Column::Buffer => buffer_words(tally) as f64 * 2.0 / self.published.buffer_mb / batches,
            Column::Dram => tally.dram_bytes() as f64 / 1e6 / batches,
            Column::Power => energy_pj(tally, PRICES.volts) * 1e-6 / batches / ms(cycles.total()),
        }
    }
}

/// Buffer traffic as the paper's table counts it: psums in and out, on their way to DRAM included, and ifmaps out;
/// neither the filters' banks nor the ifmaps' way in. Found by comparing conventions with Table V.
pub fn buffer_words(tally: &Tally) -> u64 {
    let psums = &tally.glb[Operand::Output];
    psums.all_reads() + psums.all_writes() + tally.glb[Operand::Input].reads
}

/// Energy of the chip at a supply.
pub fn energy_pj(tally: &Tally, volts: f64) -> f64 {
    PRICES.energy(&tally.activity, volts).iter().map(|(_, pj)| pj).sum()
}

/// By how much compression reduces the DRAM traffic: uncompressed over compressed.
pub fn dram_reduction(tally: &Tally) -> f64 {
    tally.dram_bytes_raw() as f64 / tally.dram_bytes() as f64
}

/// How far ours lies above a published value, in percent.
pub fn error(ours: f64, published: f64) -> f64 {
    100.0 * (ours / published - 1.0)
}
