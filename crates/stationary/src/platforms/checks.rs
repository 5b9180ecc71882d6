//! Every figure of the comparison that can be derived: what the printed values give, and what the machine gives.
//!
//! Two kinds of checks: the arithmetic of printed values beside other printed values (whether we read them right), and the
//! machine beside either. Tolerances of the machine are those of the tables that it is validated on: 10 % of AlexNet's
//! power and latency, 15 % of VGG-16's power.

use super::published::{
    CICC17_PLOT, DESIGNS, DETECTORS, Design, EYERISS_FPS, EYERISS_MW, Ours, Quantity, TABLE, TALK, TK1_ACTIVE_MW,
    TK1_FPS, TK1_IDLE_MW,
};
use super::{
    Operation, Study, buffer_bytes, dram_mib_per_second, nj_per_pixel, published_dram_mib_per_second,
    published_nj_per_pixel, scratchpad_bytes,
};
use crate::silicon::Table;
use crate::validation::{Check, Excuse, Tolerance};

/// What the machine may be off on AlexNet.
const ALEXNET: Tolerance = Tolerance::Within(0.10);
/// What it may be off on VGG-16, to which no price was fitted.
const VGG16: Tolerance = Tolerance::Within(0.15);

/// The checks, in the order of the document.
pub fn all(study: &Study) -> Vec<Check> {
    let mut checks = storage(study);
    checks.extend(bandwidth(study));
    checks.extend(frames(study));
    checks.extend(pixels(study));
    checks
}

fn check(what: &str, unit: &'static str, published: f64, ours: f64, tolerance: Tolerance, source: &str) -> Check {
    Check { what: what.into(), unit, published, ours, tolerance, source: source.into(), explained: None }
}

/// The chip's value in the talk's table.
fn printed(quantity: Quantity) -> f64 {
    TABLE.iter().find(|row| row.quantity == quantity).map_or(f64::NAN, |row| row.eyeriss)
}

fn storage(study: &Study) -> Vec<Check> {
    let chip = &study.alexnet.chip;
    let [filters, all] = scratchpad_bytes(chip).map(|bytes| bytes / 1e3);
    let (buffer, registers) = (printed(Quantity::Buffer), printed(Quantity::Registers));
    let rounding = Tolerance::Off(0.05);
    vec![
        check("global buffer", "KiB", buffer, buffer_bytes(chip) / 1024.0, Tolerance::Off(0.0), TALK),
        check("filter scratchpads", "kB", registers, filters, rounding, TALK),
        Check {
            explained: Some(Excuse {
                bound: all - registers,
                reason: format!(
                    "168 x 448 B are {filters:.1} kB, the printed value: the filters' alone. With the ifmaps' 24 B and the \
                     psums' 48 B the PEs have 168 x 520 B, {all:.1} kB."
                ),
            }),
            ..check("all scratchpads", "kB", registers, all, rounding, TALK)
        },
    ]
}

fn bandwidth(study: &Study) -> Vec<Check> {
    let printed = printed(Quantity::Bandwidth);
    let rounding = Tolerance::Off(0.5);
    let arithmetic = published_dram_mib_per_second(&study.alexnet);
    let decimal = arithmetic * 1.048_576;
    let what = "DRAM bandwidth, from Table V";
    vec![
        check(what, "MiB/s", printed, arithmetic, rounding, TALK),
        Check {
            explained: Some(Excuse {
                bound: decimal - printed,
                reason: format!(
                    "15.4 MB for 4 frames at 34.7 frames/s are {decimal:.1} x 10^6 B/s, which is {arithmetic:.1} MiB/s: the \
                     printed \"MB/s\" are MiB/s."
                ),
            }),
            ..check("the same, decimal", "MB/s", printed, decimal, rounding, TALK)
        },
        check("DRAM bandwidth, machine", "MiB/s", printed, dram_mib_per_second(&study.alexnet), ALEXNET, TALK),
    ]
}

fn frames(study: &Study) -> Vec<Check> {
    let machine = Operation::of_machine(&study.alexnet);
    let mj = |operation: &Operation| operation.mj_per_frame().unwrap_or(f64::NAN);
    let chip = Operation::of_eyeriss();
    let gpu = (TK1_ACTIVE_MW - TK1_IDLE_MW) / TK1_FPS;
    let across = "talk: 6.5 W / 68 over 278 mW / 34.7";
    vec![
        check("AlexNet, frame rate", "frames/s", EYERISS_FPS, machine.frames_per_second, ALEXNET, TALK),
        check("AlexNet, power", "mW", EYERISS_MW, machine.mw.unwrap_or(f64::NAN), ALEXNET, TALK),
        check("AlexNet, energy of a frame", "mJ", mj(&chip), mj(&machine), ALEXNET, "talk: 278 mW / 34.7"),
        check("GPU beyond idle over the chip", "x", gpu / mj(&chip), gpu / mj(&machine), ALEXNET, across),
    ]
}

fn pixels(study: &Study) -> Vec<Check> {
    let mut checks = Vec::new();
    for design in &DESIGNS {
        let (table, tolerance) = match design.ours {
            Some(Ours::AlexNet) => (&study.alexnet, ALEXNET),
            Some(Ours::Vgg16) => (&study.vgg16, VGG16),
            None => continue,
        };
        checks.extend(read_off(design, table));
        let source = format!("{}: power x latency", table.published.source);
        let what = format!("{}, energy a pixel", table.published.title);
        checks.push(check(&what, "nJ/px", published_nj_per_pixel(table), nj_per_pixel(table), tolerance, &source));
    }
    checks.extend(DETECTORS.iter().map(|detector| {
        let arithmetic = 1e6 * detector.mw / (detector.pixels * detector.frames_per_second);
        let what = format!("{}, from power and rate", detector.name);
        check(&what, "nJ/px", detector.nj_per_pixel, arithmetic, Tolerance::Off(detector.rounding), detector.source)
    }));
    checks
}

/// Whether the table's power and latency give what the plot shows.
fn read_off(design: &Design, table: &Table) -> Option<Check> {
    let [from, to] = design.nj_per_pixel;
    let what = format!("{}, from power and latency", table.published.title);
    let tolerance = Tolerance::Off((to - from) / 2.0);
    design
        .is_read_off()
        .then(|| check(&what, "nJ/px", design.nj(), published_nj_per_pixel(table), tolerance, CICC17_PLOT))
}
