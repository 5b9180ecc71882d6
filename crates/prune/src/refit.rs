//! The survivors of a filter fitted anew, in closed form.
//!
//! Of all coefficients a on the support, those of least |y - X a|^2 + r |a - a0|^2, where a0 are the coefficients
//! before and r a small share of the mean of X'X's diagonal. The second term decides where windows are too few to
//! decide, and lets the error never rise: a0 itself has error plus nothing.

use crate::Moments;
use faer::prelude::Solve;
use faer::{Mat, Side};

/// The best coefficients of a filter where `support` may be other than zero (the bias last); `before` where the fit
/// would be no better in 32-bit floats, which is what the network keeps.
pub fn refit(moments: &Moments, filter: usize, support: &[usize], before: &[f64], ridge: f64) -> Vec<f64> {
    let size = support.len();
    let mean = support.iter().map(|&tap| moments.inputs[(tap, tap)]).sum::<f64>() / size.max(1) as f64;
    let ridge = ridge * mean;
    let system = Mat::from_fn(size, size, |row, column| {
        moments.inputs[(support[row], support[column])] + if row == column { ridge } else { 0.0 }
    });
    let right = Mat::from_fn(size, 1, |row, _| moments.cross[(support[row], filter)] + ridge * before[support[row]]);
    let Ok(factors) = system.llt(Side::Lower) else { return before.to_vec() };
    let solution = factors.solve(&right);
    let mut after = vec![0.0; before.len()];
    for (row, &tap) in support.iter().enumerate() {
        after[tap] = f64::from(solution[(row, 0)] as f32);
    }
    let better =
        after.iter().all(|value| value.is_finite()) && moments.error(filter, &after) <= moments.error(filter, before);
    if better { after } else { before.to_vec() }
}
