//! What is known of a pruned network of which only two totals are: the densities of its layers between which no others
//! cost less.
//!
//! A publication prints the weights and the multiply-accumulates that are left, not how many in which layer. Energy is a
//! straight line in each layer's density, so the least of it is a linear programme over the densities, each of 0 to 1,
//! with two equalities. At a corner of what they leave at most two densities are neither 0 nor 1: all corners are tried.

/// Layers at most: the corners are tried one by one.
pub const LAYERS: usize = 16;

/// A layer at density 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// Its part of both totals.
    pub totals: [f64; 2],
    /// What its weights cost; density 0 costs 0.
    pub cost: f64,
}

/// The densities with these `totals` that cost least; none where no densities have them, where the two are the same total
/// up to a factor, or of more than [`LAYERS`] layers. Of costs with the sign turned: those that cost most.
pub fn least(parts: &[Part], totals: [f64; 2]) -> Option<Vec<f64>> {
    if parts.len() > LAYERS {
        return None;
    }
    let mut best: Option<(f64, Vec<f64>)> = None;
    for second in 0..parts.len() {
        for first in 0..second {
            let others: Vec<usize> = (0..parts.len()).filter(|&layer| layer != first && layer != second).collect();
            for kept in 0..1_u32 << others.len() {
                let mut densities = vec![0.0; parts.len()];
                others.iter().enumerate().for_each(|(bit, &layer)| densities[layer] = f64::from(kept >> bit & 1));
                let left = [0, 1].map(|total| totals[total] - sum(parts, &densities, |part| part.totals[total]));
                let Some(pair) = solved(parts[first].totals, parts[second].totals, left) else { continue };
                [densities[first], densities[second]] = pair;
                let cost = sum(parts, &densities, |part| part.cost);
                if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    best = Some((cost, densities));
                }
            }
        }
    }
    best.map(|(_, densities)| densities)
}

/// All layers of a quantity that is in proportion to the density.
pub fn sum(parts: &[Part], densities: &[f64], of: impl Fn(&Part) -> f64) -> f64 {
    parts.iter().zip(densities).map(|(part, density)| density * of(part)).sum()
}

/// The densities of two layers that have what is `left` of the totals, where there are such.
fn solved(first: [f64; 2], second: [f64; 2], left: [f64; 2]) -> Option<[f64; 2]> {
    /// How far out of range a density may come by rounding.
    const ROUNDING: f64 = 1e-9;
    let cross = |one: [f64; 2], other: [f64; 2]| one[0] * other[1] - one[1] * other[0];
    let pair = [cross(left, second), cross(first, left)].map(|density| density / cross(first, second));
    let within = pair.iter().all(|density| (-ROUNDING..=1.0 + ROUNDING).contains(density));
    within.then(|| pair.map(|density| density.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTS: [Part; 4] = [
        Part { totals: [1.0, 8.0], cost: 9.0 },
        Part { totals: [2.0, 5.0], cost: 4.0 },
        Part { totals: [4.0, 4.0], cost: 7.0 },
        Part { totals: [9.0, 1.0], cost: 6.0 },
    ];

    fn cost(densities: &[f64]) -> f64 {
        sum(&PARTS, densities, |part| part.cost)
    }

    /// Beside every choice of a fine grid for two layers, the other two following from the totals.
    #[test]
    fn nothing_on_a_grid_costs_less() {
        let turned = PARTS.map(|part| Part { cost: -part.cost, ..part });
        let (least, most) = (least(&PARTS, [6.0, 7.0]).unwrap(), super::least(&turned, [6.0, 7.0]).unwrap());
        for densities in [&least, &most] {
            assert!([6.0, 7.0].iter().enumerate().all(|(total, published)| {
                (sum(&PARTS, densities, |part| part.totals[total]) - published).abs() < 1e-9
            }));
            assert!(
                densities.iter().filter(|density| **density > 0.0 && **density < 1.0).count() <= 2,
                "{densities:?}"
            );
        }
        let steps = 200;
        let mut found = [f64::INFINITY, f64::NEG_INFINITY];
        for (first, second) in (0..=steps).flat_map(|first| (0..=steps).map(move |second| (first, second))) {
            let [first, second] = [first, second].map(|step| f64::from(step) / f64::from(steps));
            let left = [6.0 - first - 2.0 * second, 7.0 - 8.0 * first - 5.0 * second];
            let Some([third, fourth]) = solved(PARTS[2].totals, PARTS[3].totals, left) else { continue };
            let cost = cost(&[first, second, third, fourth]);
            found = [found[0].min(cost), found[1].max(cost)];
        }
        let close = |ours: f64, grid: f64| (0.0..0.05).contains(&(grid - ours));
        assert!(close(cost(&least), found[0]) && close(-cost(&most), -found[1]), "{least:?} {most:?} {found:?}");
    }

    #[test]
    fn what_has_no_answer_has_none() {
        assert_eq!(least(&PARTS, [16.0, 18.0]).map(|densities| cost(&densities)), Some(26.0));
        assert_eq!(least(&PARTS, [17.0, 18.0]), None, "more than there is");
        assert_eq!(least(&PARTS, [0.0, 5.0]), None, "no layer has the one without the other");
        assert_eq!(least(&PARTS[..1], [1.0, 8.0]), None, "one layer, two totals");
        assert_eq!(least(&[PARTS[0]; 3], [1.0, 8.0]), None, "the same total twice");
        assert_eq!(least(&[PARTS[0]; LAYERS + 1], [1.0, 8.0]), None, "too many");
    }
}
