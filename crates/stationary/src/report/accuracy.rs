//! Accuracy as people read it, and as a JSON document.

use super::figures::grouped;
use super::{VERSION, plain, table};
use crate::accuracy::{Accuracy, Scores, Study};
use serde::Serialize;
use std::fmt::Write;

/// Writes the report.
pub fn text(study: &Study, accuracy: &Accuracy) -> String {
    let calibration = study.calibration.min(accuracy.outcomes.len());
    let mut out = format!(
        "stationary {VERSION}: {} in float and in 16 bits; formats chosen on {calibration} of the images\n\n",
        plain(study.network.name()),
    );
    let head = ["", "images", "float top-1 %", "top-5 %", "16-bit top-1 %", "top-5 %", "points lost", "agreement %"];
    let row = |(name, scores): (&str, Scores)| {
        let percent = |hits| format!("{:.2}", scores.percent(hits));
        let [[float1, float5], [fixed1, fixed5]] = [scores.float, scores.fixed].map(|hits| hits.map(percent));
        let (lost, agreeing) = (format!("{:.2}", scores.lost()), percent(scores.agreeing));
        vec![name.into(), grouped(scores.images as u64), float1, float5, fixed1, fixed5, lost, agreeing]
    };
    let rows = ["all", "formats not chosen on"].into_iter().zip(accuracy.scores());
    out += &table::draw(&head, 1, rows.filter(|(_, scores)| scores.images > 0).map(row));
    let (saturated, wrapped) = (grouped(accuracy.saturated), grouped(accuracy.wrapped));
    let _ = writeln!(out, "\n{saturated} products saturated, {wrapped} sums wrapped");
    let sample = &accuracy.machine;
    if sample.images > 0 {
        let (equal, words) = (grouped(sample.words - sample.different), grouped(sample.words));
        let _ = writeln!(out, "stepped machine: {equal} of {words} words as above; images: {}", sample.images);
    }
    out
}

#[derive(Serialize)]
struct Document<'a> {
    stationary: &'static str,
    network: &'a str,
    calibration_images: usize,
    all: Row,
    not_calibrated_on: Row,
    saturated_products: u64,
    wrapped_sums: u64,
    machine_images: usize,
    machine_words: u64,
    machine_words_different: u64,
}

/// Images right in each arithmetic.
#[derive(Serialize)]
struct Row {
    images: usize,
    float_top1: usize,
    float_top5: usize,
    fixed_top1: usize,
    fixed_top5: usize,
    agreeing: usize,
}

impl From<Scores> for Row {
    fn from(scores: Scores) -> Self {
        let Scores { images, float: [float_top1, float_top5], fixed: [fixed_top1, fixed_top5], agreeing } = scores;
        Row { images, float_top1, float_top5, fixed_top1, fixed_top5, agreeing }
    }
}

/// Writes the document.
pub fn document(study: &Study, accuracy: &Accuracy) -> Result<String, serde_json::Error> {
    let [all, rest] = accuracy.scores().map(Row::from);
    let document = Document {
        stationary: VERSION,
        network: study.network.name(),
        calibration_images: study.calibration.min(accuracy.outcomes.len()),
        all,
        not_calibrated_on: rest,
        saturated_products: accuracy.saturated,
        wrapped_sums: accuracy.wrapped,
        machine_images: accuracy.machine.images,
        machine_words: accuracy.machine.words,
        machine_words_different: accuracy.machine.different,
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}
