//! A run as people read it: what each image was taken for, the table of layers, the totals.

use super::figures::{grouped, three};
use super::layers::table;
use super::{VERSION, count, fit, plain};
use crate::assets::class_name;
use crate::run::{CALIBRATION_IMAGES, Job, Place, Prediction, Run};
use eyeriss::Objective;
use model::Cause;
use std::fmt::Write;
use std::path::Path;

/// Images whose classes are listed; of more, only the agreement is told.
const LISTED: usize = 20;

/// Writes the report.
pub fn text(job: &Job, run: &Run) -> String {
    let mut out = head(job);
    predictions(&mut out, job, run);
    let _ = writeln!(out, "\n{}", table(job, run));
    notes(&mut out, run);
    totals(&mut out, job, run);
    out
}

fn head(job: &Job) -> String {
    let mhz = |hz: u64| three(hz as f64 / 1e6);
    let goal = match job.objective {
        Objective::Latency => "latency",
        Objective::Energy => "energy",
    };
    let given = match job.given.len() {
        0 => String::new(),
        given => format!(", {given} given"),
    };
    format!(
        "stationary {VERSION}: {} on {}, batch {}, mappings of least {goal}{given}\n\
         {} V, core {} MHz, link {} MHz; prices {}\n\n",
        plain(job.network.name()),
        job.arch.name,
        job.batch,
        job.point.volts,
        mhz(job.point.core_hz),
        mhz(job.point.link_hz),
        job.arch.prices.name,
    )
}

fn predictions(out: &mut String, job: &Job, run: &Run) {
    let outputs = job.network.shape(job.network.output()).iter().product();
    for Prediction { image, top, float } in run.predictions.iter().take(LISTED) {
        let classes = top.iter().map(|(class, score)| format!("{} {score:.3}", class_name(*class, outputs)));
        let _ = writeln!(out, "{}: {}", file_name(image), classes.collect::<Vec<_>>().join(", "));
        let _ = writeln!(out, "    float network: {} {:.3}", class_name(float.0, outputs), float.1);
    }
    if let Some(more) = run.predictions.len().checked_sub(LISTED).filter(|&more| more > 0) {
        let _ = writeln!(out, "and {} more (--json lists them all)", count(more, "image"));
    }
}

/// The last part of a path, since folders only repeat.
fn file_name(image: &str) -> String {
    let name = Path::new(image).file_name();
    fit(&name.map_or(image.into(), |name| name.to_string_lossy()), 40)
}

fn notes(out: &mut String, run: &Run) {
    let rows = |wanted: fn(&Place) -> bool| run.layers.iter().filter(|row| wanted(&row.place)).count();
    let clamps = rows(|place| matches!(place, Place::OutputPath));
    let _ = writeln!(
        out,
        "comp: multiplying; net: psum and ifmap networks; pass: filter load and ramp; DRAM: ifmap load, filter wait, ofmap\n\
         dump and configuration. PEs: those that work. 0s%: zeros in the ifmap. DRAM and coded: megabytes before and after\n\
         run-length coding. NoC: with FIFOs; mac: multiplier and adder; ctl: control. A dot is less than a half. Energy is\n\
         the chip's; DRAM devices are not included."
    );
    if clamps > 0 {
        let _ = writeln!(out, "Applied by the chip's output path: {}.", count(clamps, "activation"));
    }
    let not_asked = rows(|place| matches!(place, Place::NotAsked));
    if not_asked > 0 {
        let _ = writeln!(
            out,
            "{not_asked} layers were not asked for: the host computed their words, the totals leave them out."
        );
    }
}

fn totals(out: &mut String, job: &Job, run: &Run) {
    let (total, cost, images) = (&run.total, run.cost(job), run.predictions.len());
    let energy = total.energy(job);
    let mut line = |label: &str, text: String| {
        let _ = writeln!(out, "{}", format!("{label:<11} {text}").trim_end());
    };
    line("", String::new());
    line("latency", format!("{} ms a {}", three(cost.latency_ms), if job.batch == 1 { "frame" } else { "batch" }));
    let cycles = total.cycles.total() as f64;
    line("", shares(Cause::ALL.map(|cause| (cause.name(), total.cycles.of(cause) as f64)), cycles));
    line("throughput", format!("{} frames a second", three(cost.frames_per_second)));
    line("power", format!("{} mW", three(energy.mw)));
    line("energy", format!("{} mJ a frame, {} nJ a pixel", three(cost.mj_per_frame), three(cost.nj_per_pixel)));
    line("", shares(energy.by_component, energy.pj));
    let mega = |bytes: u64| three(bytes as f64 / 1e6 / images as f64);
    let (raw, coded) = (total.dram_bytes_raw(), total.dram_bytes());
    let glb = mega(total.glb_bytes());
    let times = raw as f64 / coded as f64;
    line("traffic", format!("GLB {glb} MB a frame; DRAM {} MB, uncompressed {} ({times:.2}x)", mega(coded), mega(raw)));
    let (saturated, wrapped) = (grouped(total.saturated), grouped(total.wrapped));
    line("arithmetic", format!("{saturated} products saturated, {wrapped} sums wrapped"));
    line("agreement", format!("top-1 equals the float network's on {} of {}", run.agreeing(), count(images, "image")));
    line("formats", format!("16-bit, chosen on {}", count(job.calibration.len().min(CALIBRATION_IMAGES), "image")));
    line("inputs", format!("sha256 {}", run.digest));
}

/// The parts of a whole in percent, those that are not zero.
fn shares(parts: impl IntoIterator<Item = (&'static str, f64)>, whole: f64) -> String {
    let parts = parts.into_iter().filter(|(_, part)| *part > 0.0);
    let shares: Vec<String> = parts.map(|(name, part)| format!("{name} {:.1} %", 100.0 * part / whole)).collect();
    let half = shares.len().div_ceil(2);
    if shares.len() > 5 {
        format!("{},\n{:11} {}", shares[..half].join(", "), "", shares[half..].join(", "))
    } else {
        shares.join(", ")
    }
}
