//! Removed weights that return: one after the other the one whose return lowers the error of the ofmap most.

use crate::{Layout, Moments, Norm, Pattern, Residual};

/// Of one filter: lets up to `count` of the removed taps return to their `original` coefficients; `coefficients` has
/// the survivors', zeros elsewhere. Ends early when no return lowers the error.
pub fn restore(
    layout: &Layout,
    pattern: Pattern,
    mut residual: Residual,
    coefficients: &mut [f64],
    original: &[f64],
    count: usize,
) {
    for _ in 0..count {
        let removed = (0..layout.taps).filter(|&tap| coefficients[tap] == 0.0 && original[tap] != 0.0);
        let changes = removed
            .filter(|&tap| has_room(layout, pattern, coefficients, tap))
            .map(|tap| (residual.change(&[tap], original), tap));
        let best = changes.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let Some((_, tap)) = best.filter(|(change, _)| *change < 0.0) else { return };
        coefficients[tap] = original[tap];
        residual.take(tap, original[tap]);
    }
}

/// Whether the block of a tap has room for it.
fn has_room(layout: &Layout, pattern: Pattern, coefficients: &[f64], tap: usize) -> bool {
    let Pattern::Block { keep, of } = pattern else { return true };
    let plane = layout.shape.r * layout.shape.s;
    let first = layout.channel(tap) / of * of;
    let channels = first..(first + of).min(layout.shape.group_c());
    channels.filter(|channel| coefficients[channel * plane + tap % plane] != 0.0).count() < keep
}

/// Of a layer, whose filters are in `coefficients`: the same for up to `count` units of the pattern, each of which counts
/// with the errors of all filters that it has taps in.
pub fn restore_units(
    layout: &Layout,
    pattern: Pattern,
    norm: Norm,
    moments: &[Moments],
    coefficients: &mut [Vec<f64>],
    original: &[Vec<f64>],
    count: usize,
) {
    let residual = |(filter, now): (usize, &Vec<f64>)| {
        Residual::new(norm, &moments[filter / layout.shape.group_m()], filter % layout.shape.group_m(), now)
    };
    let mut residuals: Vec<Residual> = coefficients.iter().enumerate().map(residual).collect();
    // By unit, the taps that it lost in each filter; the bias goes and comes with a whole filter.
    let mut removed: Vec<Vec<(usize, Vec<usize>)>> = vec![Vec::new(); layout.units(pattern)];
    for (filter, (now, then)) in coefficients.iter().zip(original).enumerate() {
        for tap in (0..now.len()).filter(|&tap| now[tap] == 0.0 && then[tap] != 0.0) {
            let unit = if tap == layout.taps { filter } else { layout.unit(pattern, filter, tap) };
            match removed[unit].last_mut() {
                Some((last, taps)) if *last == filter => taps.push(tap),
                _ => removed[unit].push((filter, vec![tap])),
            }
        }
    }
    for _ in 0..count {
        let change = |unit: usize| -> f64 {
            removed[unit].iter().map(|(filter, taps)| residuals[*filter].change(taps, &original[*filter])).sum()
        };
        let changes = (0..removed.len()).map(|unit| (change(unit), unit));
        let best = changes.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let Some((_, unit)) = best.filter(|(change, _)| *change < 0.0) else { return };
        for (filter, taps) in std::mem::take(&mut removed[unit]) {
            for tap in taps {
                coefficients[filter][tap] = original[filter][tap];
                residuals[filter].take(tap, original[filter][tap]);
            }
        }
    }
}
