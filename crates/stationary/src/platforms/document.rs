//! The comparison as a document.

use super::host::Measurement;
use super::published::{Convention, DESIGNS, Design, Ours, Quantity, Row, TABLE, TALK, VIDEO_CODING_NJ};
use super::{
    Operation, Study, buffer_bytes, dram_mib_per_second, host, nj_per_pixel, published_nj_per_pixel, scratchpad_bytes,
};
use crate::digest::Inputs;
use crate::document::{Block, Cell, Column, Document, Table};
use crate::figure::{Axis, Figure, Plot, Point, Scatter, Series};
use crate::silicon::{self, PRICES};
use crate::validation::{self, Check};

/// What the powers are of.
const CONVENTIONS: &str = "No two of these platforms have a power of one convention: of the GPU's chip by itself nothing is \
    published, of a board with Eyeriss nothing is. The talk's factor of 12 is the GPU's board active minus idle over the \
    chip alone.";

/// What the energies a pixel are.
const READ_OFF: &str = "Ranges were read off a plot, HOG's too. \"By power\" is the arithmetic of the printed power, \
    latency and pixels. Ours is the machine's energy, fitted on AlexNet's table and not on VGG-16's, beside the published \
    accuracy: no accuracy here was measured by us. Detectors without a published average precision are not in the figure.";

/// The comparison; with `host`, what was measured on this machine as well.
pub fn document(study: &Study, host: Option<&Measurement>) -> Document {
    let mut blocks = vec![
        Block::Heading("The chip beside a GPU".into()),
        Block::Table(specification(study)),
        Block::Text(
            "The chip computes in 16-bit fixed point, the GPU in 32-bit floating point. Units are as printed: the buffer's KB \
             are KiB, the scratchpads' are thousands of bytes of the filter scratchpads alone, the chip's MB/s are MiB/s; \
             the GPU's bandwidth is modelled (Tan et al., SC 2011)."
                .into(),
        ),
        Block::Table(frames(study, host)),
        Block::Text(format!(
            "{CONVENTIONS} {}",
            match host {
                Some(host) if host.package_mw.is_none() =>
                    "The power of this machine's CPU is not known: the operating system offers no counter that can be read.",
                Some(_) =>
                    "The power of this machine's CPU is its package's, whatever else ran on it meanwhile included.",
                None => "With --measure, the CPU of this machine stands beside them.",
            }
        )),
    ];
    if let Some(host) = host {
        blocks.push(Block::Heading("Measured on this machine, in this run".into()));
        blocks.push(Block::Table(measured(host)));
        blocks.push(Block::Text(format!(
            "{}, {}; batches of {}, the median of {} after one that is not counted; random weights in the float \
             implementation, which keeps one order of sums. With pooling and normalisation between the layers: {:.1} ms a \
             frame.",
            host.processor.as_deref().unwrap_or("A processor that does not tell its name"),
            crate::report::count(host.threads, "thread"),
            host::BATCH,
            host::RUNS,
            1e3 * host.whole_seconds / host::BATCH as f64
        )));
    }
    blocks.extend([
        Block::Heading("Energy a pixel against accuracy".into()),
        Block::Table(pixels(study)),
        Block::Figure(figure(study)),
        Block::Text(DESIGNS.iter().map(|design| format!("{}: {}. ", design.name, design.kind)).collect()),
        Block::Text(READ_OFF.into()),
    ]);
    Document {
        title: "platforms: Eyeriss, a GPU and this machine; energy a pixel".into(),
        lead: vec![format!(
            "Eyeriss as published and as the machine has it (AlexNet's CONV layers at N = {}, VGG-16's at N = {}, ifmaps \
             with the published share of zeros, prices {}), beside what was published of others.",
            study.alexnet.published.batch, study.vgg16.published.batch, PRICES.name
        )],
        inputs: inputs(study),
        blocks,
    }
}

/// The derived figures beside ours.
pub fn validation(study: &Study, checks: &[Check]) -> Document {
    let lead = "What follows from printed values, beside other printed values and beside the machine.".into();
    let mut blocks = validation::blocks("platform_checks", "Derived figures", checks);
    blocks.extend([
        Block::Table(frames(study, None)),
        Block::Text(CONVENTIONS.into()),
        Block::Table(pixels(study)),
        Block::Figure(figure(study)),
        Block::Text(READ_OFF.into()),
    ]);
    Document {
        title: "platforms: derived figures, published and ours".into(),
        lead: vec![lead],
        inputs: inputs(study),
        blocks,
    }
}

fn inputs(study: &Study) -> String {
    let tables = [&study.alexnet, &study.vgg16].map(|table| (&table.published, table.chip));
    Inputs::of_text(&format!("{tables:?} {PRICES:?} {TABLE:?} {DESIGNS:?}")).finish()
}

fn specification(study: &Study) -> Table {
    const COLUMNS: [Column; 5] = [
        Column::plain("quantity", "quantity"),
        Column::plain("unit", "unit"),
        Column { digits: 4, ..Column::plain("eyeriss", "Eyeriss, published") },
        Column { digits: 4, ..Column::plain("ours", "ours") },
        Column { digits: 4, ..Column::plain("tk1", "NVIDIA TK1, published") },
    ];
    let chip = &study.alexnet.chip;
    let ours = |quantity: Quantity| match quantity {
        Quantity::Process => None,
        Quantity::Clock => Some(chip.core_hz as f64 / 1e6),
        Quantity::Multipliers => Some(chip.pes() as f64),
        Quantity::Buffer => Some(buffer_bytes(chip) / 1024.0),
        Quantity::Registers => Some(scratchpad_bytes(chip)[0] / 1e3),
        Quantity::FrameRate => Some(study.alexnet.frames_per_second()),
        Quantity::Bandwidth => Some(dram_mib_per_second(&study.alexnet)),
    };
    let row = |row: &Row| {
        vec![
            row.quantity.name().into(),
            row.unit.into(),
            Cell::Number(row.eyeriss),
            Cell::number(ours(row.quantity)),
            Cell::Number(row.gpu),
        ]
    };
    Table::new("specification", format!("Eyeriss and the TK1 on a Jetson board ({TALK})"), COLUMNS.to_vec())
        .with(TABLE.iter().map(row))
}

/// Frames and their energy, under each convention.
fn frames(study: &Study, host: Option<&Measurement>) -> Table {
    const COLUMNS: [Column; 7] = [
        Column::plain("platform", "platform"),
        Column::plain("origin", "origin"),
        Column::plain("convention", "power of"),
        Column::number("power", "power", "mW"),
        Column::number("rate", "rate", "frames/s"),
        Column::number("energy", "energy", "mJ/frame"),
        Column::number("ratio", "over the chip", "x"),
    ];
    let chip = Operation::of_eyeriss();
    let row = |platform: &str, origin: &str, operation: &Operation| {
        let mj = operation.mj_per_frame();
        vec![
            platform.into(),
            origin.into(),
            operation.convention.name().into(),
            Cell::number(operation.mw),
            Cell::Number(operation.frames_per_second),
            Cell::number(mj),
            Cell::number(mj.zip(chip.mj_per_frame()).map(|(mj, chip)| mj / chip)),
        ]
    };
    let mut rows =
        vec![row("Eyeriss", "published", &chip), row("Eyeriss", "ours", &Operation::of_machine(&study.alexnet))];
    rows.extend(Operation::of_gpu().iter().map(|operation| row("NVIDIA TK1", "published", operation)));
    rows.extend(host.map(|host| {
        let frames_per_second = host.frames_per_second();
        let operation = Operation { convention: Convention::Package, mw: host.package_mw, frames_per_second };
        row("CPU of this machine", "measured", &operation)
    }));
    Table::new("frame_energy", "What a frame of AlexNet's CONV layers takes", COLUMNS.to_vec()).with(rows)
}

fn measured(host: &Measurement) -> Table {
    const COLUMNS: [Column; 3] =
        [Column::plain("layer", "layer"), Column::number("time", "time", "ms/frame"), Column::plain("part", "of all")];
    let row = |name: &str, seconds: f64| {
        vec![name.into(), Cell::Number(1e3 * seconds / host::BATCH as f64), Cell::Share(seconds / host.seconds)]
    };
    let layers = host.layers.iter().map(|(name, seconds)| row(name, *seconds));
    Table::new("host", "AlexNet's CONV layers on the CPU", COLUMNS.to_vec())
        .with(layers.chain([row("all", host.seconds)]))
}

/// The published table whose layers a design is.
fn table<'s>(design: &Design, study: &'s Study) -> Option<&'s silicon::Table> {
    match design.ours? {
        Ours::AlexNet => Some(&study.alexnet),
        Ours::Vgg16 => Some(&study.vgg16),
    }
}

fn pixels(study: &Study) -> Table {
    const COLUMNS: [Column; 9] = [
        Column::plain("design", "design"),
        Column::number("process", "process", "nm"),
        Column::number("from", "published, from", "nJ/px"),
        Column::number("to", "to", "nJ/px"),
        Column::number("from_power", "by power", "nJ/px"),
        Column::number("ours", "ours", "nJ/px"),
        Column::number("precision_from", "VOC AP, from", "%"),
        Column::number("precision_to", "to", "%"),
        Column::plain("source", "source"),
    ];
    let row = |design: &Design| {
        let table = table(design, study);
        let precision = |end: usize| Cell::number(design.precision.map(|precision| precision[end]));
        vec![
            design.name.into(),
            Cell::number(design.process_nm),
            Cell::Number(design.nj_per_pixel[0]),
            Cell::Number(design.nj_per_pixel[1]),
            Cell::number(table.map(published_nj_per_pixel)),
            Cell::number(table.map(nj_per_pixel)),
            precision(0),
            precision(1),
            design.source.into(),
        ]
    };
    Table::new("pixel_energy", "Published energies a pixel, and ours", COLUMNS.to_vec()).with(DESIGNS.iter().map(row))
}

fn figure(study: &Study) -> Figure {
    let placed = || DESIGNS.iter().filter_map(|design| Some((design, design.average_precision()?)));
    let published = placed().map(|(design, y)| {
        let label = design.name.trim_end_matches(" features");
        Point { x: design.nj(), y, label: Some(label.into()) }
    });
    let of = |energy: fn(&silicon::Table) -> f64| {
        let point = |(design, y)| Some(Point { x: energy(table(design, study)?), y, label: None });
        placed().filter_map(point).collect::<Vec<Point>>()
    };
    let series = |name: &str, points: Vec<Point>, line: bool| Series { name: name.into(), points, line };
    let bound = |y: f64| Point { x: VIDEO_CODING_NJ, y, label: None };
    Figure {
        key: "energy_against_accuracy".into(),
        title: "Energy a pixel against average precision on VOC 2007".into(),
        caption: "Hand-crafted features take what video coding takes; the features of networks hundreds to thousands of \
                  times that. Published points read off Sze et al., CICC 2017, Fig. 12 (the middle of what can be read); \
                  \"by power\": the chip's printed power and latency, JSSC 2017, Tables V and VI; ours: the machine, \
                  drawn at the published precision."
            .into(),
        plot: Plot::Scatter(Scatter {
            x: Axis::log("energy", "nJ/px"),
            y: Axis::linear("average precision", "%"),
            series: vec![
                series("published, read off", published.collect(), false),
                series("published, by power", of(published_nj_per_pixel), false),
                series("ours", of(nj_per_pixel), false),
                series("video coding, about 1 nJ/px", vec![bound(0.0), bound(80.0)], true),
            ],
        }),
    }
}
