//! Second moments of what a group of filters sees and should answer: all that errors in the square norm depend on.
//!
//! With X the inputs (a row a window, a column a tap and one of ones for the bias), y a filter's answers and a its
//! coefficients, the error is |y - X a|^2 = y'y - 2 a'X'y + a'X'X a.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};

/// X'X, X'Y and the diagonal of Y'Y over sampled windows.
#[derive(Clone, Debug)]
pub struct Moments {
    /// Windows.
    pub windows: usize,
    /// X'X, of taps and the bias; whole.
    pub inputs: Mat<f64>,
    /// X'Y: a column a filter.
    pub cross: Mat<f64>,
    /// y'y of each filter.
    pub answers: Vec<f64>,
    /// X of the first [`KEPT`] windows.
    pub kept: Mat<f64>,
    /// Y of these.
    pub kept_answers: Mat<f64>,
}

/// Windows that are kept as they are, for errors that are not squared.
pub const KEPT: usize = 512;

impl Moments {
    /// Of no window.
    pub fn new(taps: usize, filters: usize) -> Moments {
        let (inputs, cross) = (Mat::zeros(taps + 1, taps + 1), Mat::zeros(taps + 1, filters));
        let (kept, kept_answers) = (Mat::zeros(0, taps + 1), Mat::zeros(0, filters));
        Moments { windows: 0, inputs, cross, answers: vec![0.0; filters], kept, kept_answers }
    }

    /// Adds windows: what is seen, and what should be answered. [`Moments::complete`] comes after the last.
    pub fn add(&mut self, rows: &Mat<f64>, answers: &Mat<f64>) {
        self.windows += rows.nrows();
        for (kept, new) in [(&mut self.kept, rows), (&mut self.kept_answers, answers)] {
            let before = kept.nrows();
            let after = (before + new.nrows()).min(KEPT);
            kept.resize_with(after, new.ncols(), |row, column| new[(row - before, column)]);
        }
        add_lower(self.inputs.as_mut(), rows.as_ref(), 0);
        matmul(&mut self.cross, Accum::Add, rows.transpose(), answers, 1.0, Par::Seq);
        for (sum, column) in self.answers.iter_mut().zip(answers.col_iter()) {
            *sum += column.iter().map(|value| value * value).sum::<f64>();
        }
    }

    /// The moments of all windows that were added: X'X is symmetric, and only half of it was summed.
    pub fn complete(mut self) -> Moments {
        for column in 0..self.inputs.ncols() {
            for row in 0..column {
                self.inputs[(row, column)] = self.inputs[(column, row)];
            }
        }
        self
    }

    /// Taps, without the bias.
    pub fn taps(&self) -> usize {
        self.inputs.nrows() - 1
    }

    /// The error of a filter with these coefficients, the bias last.
    pub fn error(&self, filter: usize, coefficients: &[f64]) -> f64 {
        let correlation = self.correlation(filter, coefficients);
        let sum: f64 =
            (0..coefficients.len()).map(|tap| coefficients[tap] * (self.cross[(tap, filter)] + correlation[tap])).sum();
        (self.answers[filter] - sum).max(0.0)
    }

    /// X'(y - X a): how each tap goes with what is left of the answers.
    pub fn correlation(&self, filter: usize, coefficients: &[f64]) -> Vec<f64> {
        let mut correlation: Vec<f64> = self.cross.col(filter).iter().copied().collect();
        for (tap, &value) in coefficients.iter().enumerate().filter(|(_, value)| **value != 0.0) {
            self.take(&mut correlation, tap, value);
        }
        correlation
    }

    /// What becomes of a correlation when the coefficient of `tap` grows by `value`.
    pub fn take(&self, correlation: &mut [f64], tap: usize, value: f64) {
        for (sum, &moment) in correlation.iter_mut().zip(self.inputs.col(tap).iter()) {
            *sum -= value * moment;
        }
    }

    /// What the error changes by when the coefficient of `tap` grows by `value`, with this correlation before.
    pub fn change(&self, correlation: &[f64], tap: usize, value: f64) -> f64 {
        value * (value * self.inputs[(tap, tap)] - 2.0 * correlation[tap])
    }

    /// How much the answers of a filter vary: their squared distance from their mean.
    pub fn variance(&self, filter: usize) -> f64 {
        let sum = self.cross[(self.taps(), filter)];
        (self.answers[filter] - sum * sum / self.windows.max(1) as f64).max(0.0)
    }
}

/// Columns of X'X that a thread takes at once; the blocks do not depend on the number of threads.
const BLOCK: usize = 128;

/// Adds X'X to its columns from `first` on: what lies below the diagonal, and a little above.
fn add_lower(columns: MatMut<f64>, rows: MatRef<f64>, first: usize) {
    let count = columns.ncols();
    if count > BLOCK {
        let half = count.div_ceil(2).next_multiple_of(BLOCK).min(count);
        let (left, right) = columns.split_at_col_mut(half);
        rayon::join(|| add_lower(left, rows, first), || add_lower(right, rows, first + half));
        return;
    }
    let below = rows.subcols(first, rows.ncols() - first);
    let sums = columns.subrows_mut(first, rows.ncols() - first);
    matmul(sums, Accum::Add, below.transpose(), rows.subcols(first, count), 1.0, Par::Seq);
}
