//! What goes first: units in ascending magnitude, and the error of the ofmap as they go.

use crate::{Layout, Moments, Pattern};
use nn::Weights;
use rayon::prelude::*;

/// The magnitude of each unit: the mean over its weights; in a block, the rank of each weight.
pub fn magnitudes(layout: &Layout, pattern: Pattern, weights: &Weights) -> Vec<f64> {
    let kernel = weights.kernel.data();
    if let Pattern::Block { of, .. } = pattern {
        return ranks(layout, of, kernel);
    }
    let (mut sums, mut counts) = (vec![0.0; layout.units(pattern)], vec![0u32; layout.units(pattern)]);
    for filter in 0..layout.filters {
        for tap in 0..layout.taps {
            let unit = layout.unit(pattern, filter, tap);
            sums[unit] += f64::from(kernel[filter * layout.taps + tap].abs());
            counts[unit] += 1;
        }
    }
    sums.iter().zip(counts).map(|(sum, count)| sum / f64::from(count.max(1))).collect()
}

/// How many weights of its block each weight exceeds; of equal ones, those behind it.
fn ranks(layout: &Layout, of: usize, kernel: &[f32]) -> Vec<f64> {
    let plane = layout.shape.r * layout.shape.s;
    let rank = |place: usize| {
        let (filter, tap) = (place / layout.taps, place % layout.taps);
        let first = layout.channel(tap) / of * of;
        let others = (first..(first + of).min(layout.shape.group_c())).map(|channel| channel * plane + tap % plane);
        let own = kernel[place].abs();
        let below = others.filter(|&other| {
            let magnitude = kernel[filter * layout.taps + other].abs();
            magnitude < own || (magnitude == own && other > tap)
        });
        // Blocks that the channels do not fill have room for all they have.
        let missing = (first + of).saturating_sub(layout.shape.group_c());
        (below.count() + missing) as f64
    };
    (0..kernel.len()).map(rank).collect()
}

/// The units that survive where `units` of them do: the largest; of equal ones, the first.
pub fn survivors(magnitudes: &[f64], units: usize) -> Vec<bool> {
    let mut order: Vec<usize> = (0..magnitudes.len()).collect();
    order.sort_by(|&a, &b| magnitudes[b].total_cmp(&magnitudes[a]).then(a.cmp(&b)));
    let mut survive = vec![false; magnitudes.len()];
    order.iter().take(units).for_each(|&unit| survive[unit] = true);
    survive
}

/// The share of a layer's answers that is lost when the smallest units go and nothing else changes, for each number of
/// surviving units, which descend: the squared error over how much the answers vary.
pub fn losses(
    layout: &Layout,
    pattern: Pattern,
    weights: &Weights,
    moments: &[Moments],
    magnitudes: &[f64],
    units: &[usize],
) -> Vec<f64> {
    let mut order: Vec<usize> = (0..magnitudes.len()).collect();
    order.sort_by(|&a, &b| magnitudes[b].total_cmp(&magnitudes[a]).then(a.cmp(&b)));
    let mut place = vec![0; order.len()];
    order.iter().enumerate().for_each(|(at, &unit)| place[unit] = at);
    let of_filter = |filter: usize| {
        let (group, own) = (filter / layout.shape.group_m(), filter % layout.shape.group_m());
        let moments = &moments[group];
        let mut coefficients = layout.coefficients(weights, filter);
        let mut correlation = moments.correlation(own, &coefficients);
        let mut error = moments.error(own, &coefficients);
        // Taps in the order in which they go: from the last place.
        let mut taps: Vec<(usize, usize)> =
            (0..layout.taps).map(|tap| (place[layout.unit(pattern, filter, tap)], tap)).collect();
        taps.sort_unstable();
        let mut errors = Vec::with_capacity(units.len());
        for &units in units {
            while let Some(&(_, tap)) = taps.last().filter(|(place, _)| *place >= units) {
                taps.pop();
                let gone = std::mem::take(&mut coefficients[tap]);
                if gone != 0.0 {
                    error += moments.change(&correlation, tap, -gone);
                    moments.take(&mut correlation, tap, -gone);
                }
            }
            if pattern == Pattern::Filters && taps.is_empty() {
                let gone = std::mem::take(&mut coefficients[layout.taps]);
                error += moments.change(&correlation, layout.taps, -gone);
                moments.take(&mut correlation, layout.taps, -gone);
            }
            errors.push(error.max(0.0));
        }
        (errors, moments.variance(own))
    };
    let by_filter: Vec<(Vec<f64>, f64)> = (0..layout.filters).into_par_iter().map(of_filter).collect();
    let variance: f64 = by_filter.iter().map(|(_, variance)| variance).sum();
    let loss =
        |at: usize| by_filter.iter().map(|(errors, _)| errors[at]).sum::<f64>() / variance.max(f64::MIN_POSITIVE);
    (0..units.len()).map(loss).collect()
}
