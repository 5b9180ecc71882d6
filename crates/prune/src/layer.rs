//! One layer: the smallest weights go, some return, the survivors are fitted anew.

use crate::removal::{magnitudes, survivors};
use crate::restore::{restore, restore_units};
use crate::{Layout, Moments, Norm, Pattern, Residual, refit::refit};
use nn::Weights;
use rayon::prelude::*;

/// How survivors are chosen by the error of the ofmap and fitted to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// The share of survivors that magnitude does not decide on: they go too, and as many return by the error.
    pub restored: f64,
    /// The norm of that error.
    pub norm: Norm,
    /// The second term of the fit (see [`crate::refit`]), in shares of the inputs' mean moment.
    pub ridge: f64,
}

/// The error of a layer's ofmap on the sampled windows: a share of how much its answers vary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Errors {
    /// Before anything was removed.
    pub before: f64,
    /// With as many removed by magnitude alone.
    pub removed: f64,
    /// When some had returned in the place of others.
    pub restored: f64,
    /// When the survivors were fitted anew.
    pub refitted: f64,
}

/// The coefficients of each filter: its taps, then its bias.
type Filters = Vec<Vec<f64>>;

/// A layer's weights of which `units` units of the pattern survive: the largest.
pub fn by_magnitude(layout: &Layout, weights: &Weights, pattern: Pattern, units: usize) -> Weights {
    let survive = survivors(&magnitudes(layout, pattern, weights), units);
    assembled(layout, weights, &kept(layout, weights, pattern, &survive))
}

/// The same where the error of the ofmap has a say, and the survivors are fitted to it.
pub fn by_error(
    layout: &Layout,
    weights: &Weights,
    pattern: Pattern,
    units: usize,
    moments: &[Moments],
    fit: &Fit,
) -> (Weights, Errors) {
    let magnitudes = magnitudes(layout, pattern, weights);
    let returning = (units as f64 * fit.restored) as usize;
    let [removed, sure] =
        [units, units - returning].map(|units| kept(layout, weights, pattern, &survivors(&magnitudes, units)));
    let original: Filters = (0..layout.filters).map(|filter| layout.coefficients(weights, filter)).collect();
    let own = |filter: usize| (&moments[filter / layout.shape.group_m()], filter % layout.shape.group_m());

    let mut restored = sure;
    match pattern {
        Pattern::Weights | Pattern::Block { .. } => {
            restored.par_iter_mut().enumerate().for_each(|(filter, coefficients)| {
                let count = nonzero(&removed[filter]) - nonzero(coefficients);
                let (moments, own) = own(filter);
                let residual = Residual::new(fit.norm, moments, own, coefficients);
                restore(layout, pattern, residual, coefficients, &original[filter], count);
            });
        }
        Pattern::Filters | Pattern::Channels => {
            restore_units(layout, pattern, fit.norm, moments, &mut restored, &original, returning);
        }
    }
    let fitted = restored.par_iter().enumerate().map(|(filter, before)| {
        let (moments, own) = own(filter);
        refit(moments, own, &support(before), before, fit.ridge)
    });
    let fitted: Filters = fitted.collect();

    let variance: f64 = (0..layout.filters).map(|filter| own(filter).0.variance(own(filter).1)).sum();
    let share = |filters: &Filters| {
        let error = |(filter, coefficients): (usize, &Vec<f64>)| own(filter).0.error(own(filter).1, coefficients);
        let errors: Vec<f64> = filters.par_iter().enumerate().map(error).collect();
        errors.iter().sum::<f64>() / variance.max(f64::MIN_POSITIVE)
    };
    let errors = Errors {
        before: share(&original),
        removed: share(&removed),
        restored: share(&restored),
        refitted: share(&fitted),
    };
    (assembled(layout, weights, &fitted), errors)
}

/// The coefficients where the units of the pattern that `survive` do, zeros elsewhere.
fn kept(layout: &Layout, weights: &Weights, pattern: Pattern, survive: &[bool]) -> Filters {
    let kept = |filter: usize| {
        let mut coefficients = layout.coefficients(weights, filter);
        let gone = (0..layout.taps).filter(|&tap| !survive[layout.unit(pattern, filter, tap)]);
        gone.for_each(|tap| coefficients[tap] = 0.0);
        if pattern == Pattern::Filters && !survive[filter] {
            coefficients[layout.taps] = 0.0;
        }
        coefficients
    };
    (0..layout.filters).map(kept).collect()
}

/// What a fit may set: the taps that are there, and the bias if any is.
fn support(coefficients: &[f64]) -> Vec<usize> {
    let bias = coefficients.len() - 1;
    let mut support: Vec<usize> = (0..bias).filter(|&tap| coefficients[tap] != 0.0).collect();
    if !support.is_empty() || coefficients[bias] != 0.0 {
        support.push(bias);
    }
    support
}

fn nonzero(coefficients: &[f64]) -> usize {
    coefficients[..coefficients.len() - 1].iter().filter(|&&value| value != 0.0).count()
}

/// The weights of these coefficients; a layer without biases gets some if its filters have them now.
fn assembled(layout: &Layout, weights: &Weights, filters: &Filters) -> Weights {
    let mut kernel = weights.kernel.clone();
    for (to, from) in kernel.data_mut().chunks_mut(layout.taps).zip(filters) {
        to.iter_mut().zip(from).for_each(|(to, &from)| *to = from as f32);
    }
    let bias: Vec<f32> = filters.iter().map(|filter| filter[layout.taps] as f32).collect();
    let none = weights.bias.is_empty() && bias.iter().all(|&bias| bias == 0.0);
    Weights { kernel, bias: if none { Vec::new() } else { bias } }
}
