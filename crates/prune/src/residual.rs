//! What a filter's answers lack, and in which norm that counts when weights are to return.

use crate::Moments;

/// The norm of the ofmap's error, over sampled windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Norm {
    /// The sum of absolute errors, over the first [`crate::moments::KEPT`] windows.
    One,
    /// The sum of squared errors, over all.
    #[default]
    Two,
}

/// What a filter's answers lack with some coefficients.
#[derive(Clone, Debug)]
pub enum Residual<'m> {
    /// For absolute errors: y - X a, by window.
    Windows(&'m Moments, Vec<f64>),
    /// For squared errors: X'(y - X a), by tap.
    Correlation(&'m Moments, Vec<f64>),
}

impl<'m> Residual<'m> {
    /// Of a filter with these coefficients.
    pub fn new(norm: Norm, moments: &'m Moments, filter: usize, coefficients: &[f64]) -> Residual<'m> {
        match norm {
            Norm::Two => Residual::Correlation(moments, moments.correlation(filter, coefficients)),
            Norm::One => {
                let answers = moments.kept_answers.col(filter).iter().copied().collect();
                let mut residual = Residual::Windows(moments, answers);
                for (tap, &value) in coefficients.iter().enumerate().filter(|(_, value)| **value != 0.0) {
                    residual.take(tap, value);
                }
                residual
            }
        }
    }

    /// What the norm changes by when the coefficients of all `taps` grow by their `values`.
    pub fn change(&self, taps: &[usize], values: &[f64]) -> f64 {
        match self {
            Residual::Correlation(moments, correlation) => {
                let of_tap = |&tap: &usize| {
                    let row: f64 = taps.iter().map(|&other| values[other] * moments.inputs[(other, tap)]).sum();
                    values[tap] * (row - 2.0 * correlation[tap])
                };
                taps.iter().map(of_tap).sum()
            }
            Residual::Windows(moments, lacking) => {
                let mut left = lacking.clone();
                taps.iter().for_each(|&tap| subtract(&mut left, moments, tap, values[tap]));
                left.iter().map(|value| value.abs()).sum::<f64>() - lacking.iter().map(|value| value.abs()).sum::<f64>()
            }
        }
    }

    /// Takes a coefficient that grew by `value` into account.
    pub fn take(&mut self, tap: usize, value: f64) {
        match self {
            Residual::Correlation(moments, correlation) => moments.take(correlation, tap, value),
            Residual::Windows(moments, lacking) => subtract(lacking, moments, tap, value),
        }
    }
}

fn subtract(lacking: &mut [f64], moments: &Moments, tap: usize, value: f64) {
    for (lacking, &seen) in lacking.iter_mut().zip(moments.kept.col(tap).iter()) {
        *lacking -= value * seen;
    }
}
