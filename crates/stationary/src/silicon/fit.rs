//! The fit of the 65 nm prices: once, on AlexNet alone, re-runnable (`cargo run --release --example fit_prices`).
//!
//! Known are the power of the five AlexNet layers (JSSC 2017, Table V) and the shares of nine components in the
//! power of CONV1 and CONV5 (Fig. 16). Each component has one or two prices, each for something that the machine
//! counts; a component's power is the sum of price times count over the machine's latency. The prices minimise the
//! sum of squares of (ours - published) / published layer power over the 18 component powers and the 5 layer powers,
//! none below zero. VGG-16's table is not used.

use super::{Table, Validated};
use model::{Driver, tech};

/// JSSC 2017, Fig. 16: shares of power in percent, in the order of [`COMPONENTS`].
pub const FIG16: [(&str, [f64; 9]); 2] = [
    ("conv1", [32.9, 2.4, 1.1, 0.1, 0.9, 8.9, 42.5, 1.3, 9.9]),
    ("conv5", [45.0, 1.8, 2.9, 0.1, 2.2, 3.0, 33.1, 2.3, 9.4]),
];

/// The components and what each one's energy is taken to be proportional to.
///
/// Two drivers where Fig. 16 shows that one does not explain both layers: the scratchpads and the PE control spend
/// energy on every cycle of a PE that is not clock-gated, beside what each MAC costs.
pub const COMPONENTS: [(&str, &[Driver]); 9] = [
    ("clock", &[Driver::Cycles]),
    ("pads", &[Driver::LinkBeats]),
    ("GLB", &[Driver::BufferWords]),
    ("top control", &[Driver::Cycles]),
    ("NoC", &[Driver::NetworkWords]),
    ("mult+add", &[Driver::Macs]),
    ("spads", &[Driver::PeCycles, Driver::FilterReads]),
    ("FIFOs", &[Driver::FifoWords]),
    ("PE control", &[Driver::PeCycles, Driver::Macs]),
];

/// One line of the system: coefficients of all prices, and what they should add up to, both over the layer's power.
struct Equation {
    coefficients: Vec<f64>,
    target: f64,
}

/// Fits the prices on the AlexNet table's runs; gives them in the order of [`COMPONENTS`], pJ each.
pub fn fit(alexnet: &Table) -> Vec<(&'static str, Vec<(Driver, f64)>)> {
    let equations: Vec<Equation> = alexnet.layers.iter().flat_map(equations).collect();
    let prices = non_negative_least_squares(&equations);
    let mut prices = prices.into_iter();
    COMPONENTS
        .into_iter()
        .map(|(name, drivers)| (name, drivers.iter().copied().zip(prices.by_ref()).collect()))
        .collect()
}

/// The prices in use, flattened as [`fit`] gives them.
pub fn in_use() -> Vec<(&'static str, Vec<(Driver, f64)>)> {
    tech::EYERISS_65NM.components.iter().map(|c| (c.name, c.terms.to_vec())).collect()
}

/// A layer's power, and its components' where Fig. 16 has them.
fn equations(layer: &Validated) -> Vec<Equation> {
    let activity = &layer.tally.activity;
    let seconds = activity[Driver::Cycles] as f64 / eyeriss::Chip::default().core_hz as f64;
    let power = layer.published.power_mw;
    // pJ a second is 1e-9 mW.
    let milliwatts = |driver: Driver| activity[driver] as f64 / seconds * 1e-9 / power;
    let columns: Vec<(usize, f64)> = COMPONENTS
        .iter()
        .enumerate()
        .flat_map(|(i, (_, drivers))| drivers.iter().map(move |&driver| (i, milliwatts(driver))))
        .collect();
    let row = |component: Option<usize>, target: f64| Equation {
        coefficients: columns
            .iter()
            .map(|&(i, c)| if component.is_none_or(|only| only == i) { c } else { 0.0 })
            .collect(),
        target,
    };
    let shares = FIG16.iter().filter(|(name, _)| *name == layer.layer.name);
    let shares = shares.flat_map(|(_, shares)| shares.iter().enumerate());
    shares.map(|(i, share)| row(Some(i), share / 100.0)).chain([row(None, 1.0)]).collect()
}

/// Least squares with no unknown below zero, by cyclic coordinate descent: each unknown in turn takes its best value.
/// The problem is convex, so the descent ends at its minimum.
fn non_negative_least_squares(equations: &[Equation]) -> Vec<f64> {
    let unknowns = equations[0].coefficients.len();
    let mut x = vec![0.0; unknowns];
    let mut residuals: Vec<f64> = equations.iter().map(|e| e.target).collect();
    for _ in 0..200_000 {
        for (i, x) in x.iter_mut().enumerate() {
            let norm: f64 = equations.iter().map(|e| e.coefficients[i].powi(2)).sum();
            let along: f64 = equations.iter().zip(&residuals).map(|(e, r)| e.coefficients[i] * r).sum();
            let step = (along / norm).max(-*x);
            *x += step;
            for (equation, residual) in equations.iter().zip(&mut residuals) {
                *residual -= equation.coefficients[i] * step;
            }
        }
    }
    x
}
