//! The closed-form fit and the return of weights, against their definitions over the windows themselves.

use faer::Mat;
use faer::linalg::solvers::SolveLstsq;
use nn::ConvShape;
use nn::generate::Generator;
use prune::refit::refit;
use prune::restore::restore;
use prune::{Layout, Moments, Norm, Pattern, Residual};

/// Windows of a filter: what it sees (the bias's ones last), what it should answer.
struct Windows {
    rows: Mat<f64>,
    answers: Mat<f64>,
    moments: Moments,
}

fn real(g: &mut Generator) -> f64 {
    f64::from(g.real(1.0))
}

impl Windows {
    fn new(rows: Mat<f64>, answers: Mat<f64>) -> Windows {
        let mut moments = Moments::new(rows.ncols() - 1, answers.ncols());
        // In two parts, as batches come.
        let half = rows.nrows() / 2;
        for (from, count) in [(0, half), (half, rows.nrows() - half)] {
            let part = |of: &Mat<f64>| of.subrows(from, count).to_owned();
            moments.add(&part(&rows), &part(&answers));
        }
        Windows { rows, answers, moments: moments.complete() }
    }

    fn random(g: &mut Generator, windows: usize, taps: usize, filters: usize) -> Windows {
        let rows = Mat::from_fn(windows, taps + 1, |_, tap| if tap == taps { 1.0 } else { real(g) });
        Windows::new(rows, Mat::from_fn(windows, filters, |_, _| 2.0 * real(g)))
    }

    /// The sum over windows of what `f` makes of the error.
    fn error(&self, filter: usize, coefficients: &[f64], f: impl Fn(f64) -> f64) -> f64 {
        let lacking = |window: usize| {
            let sum: f64 = coefficients.iter().enumerate().map(|(tap, a)| self.rows[(window, tap)] * a).sum();
            f(self.answers[(window, filter)] - sum)
        };
        (0..self.rows.nrows()).map(lacking).sum()
    }
}

/// A layer of so many taps: each a channel of a 1x1 convolution.
fn layout(taps: usize) -> Layout {
    let shape = ConvShape {
        n: 1,
        groups: 1,
        m: 1,
        c: taps,
        h: 4,
        w: 4,
        r: 1,
        s: 1,
        stride: [1, 1],
        pad: nn::Pad::default(),
        dilation: [1, 1],
    };
    Layout { shape, filters: 1, taps }
}

#[test]
fn errors_by_moments_are_errors_over_windows() {
    let mut g = Generator::new(1);
    for _ in 0..50 {
        let (windows, taps) = (g.size(30), g.size(8));
        let data = Windows::random(&mut g, windows, taps, 2);
        let coefficients: Vec<f64> = (0..=taps).map(|_| real(&mut g)).collect();
        for filter in 0..2 {
            let (found, meant) =
                (data.moments.error(filter, &coefficients), data.error(filter, &coefficients, |e| e * e));
            assert!((found - meant).abs() <= 1e-9 * (1.0 + meant), "{found} {meant}");
        }
    }
}

#[test]
fn a_fit_never_raises_the_error() {
    let mut g = Generator::new(2);
    let mut lowered = 0;
    for _ in 0..500 {
        // Fewer windows than taps too: then the system alone decides nothing.
        let (windows, taps) = (g.size(20), g.size(12));
        let data = Windows::random(&mut g, windows, taps, 1);
        let before: Vec<f64> = (0..=taps).map(|_| if g.chance(0.5) { f64::from(g.real(1.0)) } else { 0.0 }).collect();
        let support: Vec<usize> = (0..=taps).filter(|&tap| before[tap] != 0.0).collect();
        let ridge = [0.0, 1e-6, 1e-2][g.size(3) - 1];
        let after = refit(&data.moments, 0, &support, &before, ridge);
        let [then, now] = [&before, &after].map(|a| data.error(0, a, |e| e * e));
        assert!(now <= then * (1.0 + 1e-9) + 1e-9, "{then} became {now}");
        assert!((0..=taps).all(|tap| support.contains(&tap) || after[tap] == 0.0));
        lowered += usize::from(now < then);
    }
    assert!(lowered > 400, "{lowered}");
}

/// The same minimum from the windows themselves, by a QR decomposition, with the second term as further windows.
#[test]
fn a_fit_is_the_dense_least_squares_solution() {
    let mut g = Generator::new(3);
    for _ in 0..100 {
        let taps = g.size(10);
        let windows = taps + 2 + g.size(20);
        let data = Windows::random(&mut g, windows, taps, 1);
        let support: Vec<usize> = (0..=taps).filter(|&tap| tap == taps || g.chance(0.7)).collect();
        let before: Vec<f64> = (0..=taps).map(|tap| if support.contains(&tap) { real(&mut g) } else { 0.0 }).collect();
        let ridge = 1e-3;
        let after = refit(&data.moments, 0, &support, &before, ridge);

        let size = support.len();
        let squares = |tap: usize| (0..windows).map(|window| data.rows[(window, tap)].powi(2)).sum::<f64>();
        let mean = support.iter().map(|&tap| squares(tap)).sum::<f64>() / size as f64;
        let root = (ridge * mean).sqrt();
        let tall = Mat::from_fn(windows + size, size, |row, column| match row.checked_sub(windows) {
            None => data.rows[(row, support[column])],
            Some(tap) => f64::from(u8::from(tap == column)) * root,
        });
        let right = Mat::from_fn(windows + size, 1, |row, _| match row.checked_sub(windows) {
            None => data.answers[(row, 0)],
            Some(tap) => root * before[support[tap]],
        });
        let solution = tall.qr().solve_lstsq(&right);
        for (row, &tap) in support.iter().enumerate() {
            let (found, meant) = (after[tap], solution[(row, 0)]);
            assert!((found - meant).abs() <= 1e-5 * (1.0 + meant.abs()), "{found} {meant}");
        }
    }
}

/// All choices of `count` of the removed taps.
fn choices(removed: &[usize], count: usize) -> Vec<Vec<usize>> {
    let Some((&first, others)) = removed.split_first() else {
        return if count == 0 { vec![vec![]] } else { vec![] };
    };
    let mut all = choices(others, count);
    if count > 0 {
        all.extend(choices(others, count - 1).into_iter().map(|rest| [vec![first], rest].concat()));
    }
    all
}

/// The least error over all choices of at most `count` returns.
fn best(data: &Windows, now: &[f64], original: &[f64], count: usize, f: impl Fn(f64) -> f64 + Copy) -> f64 {
    let removed: Vec<usize> = (0..now.len()).filter(|&tap| now[tap] != original[tap]).collect();
    let all = (0..=count).flat_map(|count| choices(&removed, count));
    let error = |returned: Vec<usize>| {
        let mut tried = now.to_vec();
        returned.iter().for_each(|&tap| tried[tap] = original[tap]);
        data.error(0, &tried, f)
    };
    all.map(error).fold(f64::INFINITY, f64::min)
}

/// A removal of half the taps, and what the greedy return of `count` makes of it: its error and the least there is.
fn greedy(g: &mut Generator, data: &Windows, count: usize, norm: Norm) -> (f64, f64) {
    let taps = data.rows.ncols() - 1;
    let original: Vec<f64> = (0..=taps).map(|_| real(g)).collect();
    let now: Vec<f64> = (0..=taps).map(|tap| if tap < taps && g.chance(0.6) { 0.0 } else { original[tap] }).collect();
    let mut restored = now.clone();
    let residual = Residual::new(norm, &data.moments, 0, &now);
    restore(&layout(taps), Pattern::Weights, residual, &mut restored, &original, count);
    let f = |error: f64| if norm == Norm::One { error.abs() } else { error * error };
    (data.error(0, &restored, f), best(data, &now, &original, count, f))
}

#[test]
fn one_return_is_the_best_there_is() {
    let mut g = Generator::new(4);
    for norm in [Norm::One, Norm::Two] {
        for _ in 0..200 {
            let (windows, taps) = (g.size(20), g.size(7));
            let data = Windows::random(&mut g, windows, taps, 1);
            let (found, least) = greedy(&mut g, &data, 1, norm);
            assert!((found - least).abs() <= 1e-9 * (1.0 + least), "{norm:?}: {found}, least {least}");
        }
    }
}

/// Taps that see nothing in common return in the best order that there is, however many.
#[test]
fn returns_of_orthogonal_taps_are_the_best_there_are() {
    let mut g = Generator::new(5);
    for norm in [Norm::One, Norm::Two] {
        for _ in 0..100 {
            let taps = 2 + g.size(5);
            // Each window is seen by one tap; the bias is zero.
            let rows = Mat::from_fn(3 * taps, taps + 1, |row, tap| if row / 3 == tap { real(&mut g) } else { 0.0 });
            let data = Windows::new(rows, Mat::from_fn(3 * taps, 1, |_, _| 2.0 * real(&mut g)));
            let (found, least) = greedy(&mut g, &data, 3, norm);
            assert!((found - least).abs() <= 1e-9 * (1.0 + least), "{norm:?}: {found}, least {least}");
        }
    }
}

/// In general the greedy choice can miss the best; on tiny layers it seldom does.
#[test]
fn returns_are_seldom_worse_than_the_best_there_are() {
    let mut g = Generator::new(6);
    for norm in [Norm::One, Norm::Two] {
        let mut equal = 0;
        for _ in 0..200 {
            let data = Windows::random(&mut g, 40, 7, 1);
            let (found, least) = greedy(&mut g, &data, 3, norm);
            assert!(found >= least - 1e-9);
            equal += usize::from(found - least <= 1e-9 * (1.0 + least));
        }
        println!("{norm:?}: {equal} of 200 choices of three are the best");
        assert!(equal >= 180, "{norm:?}: {equal}");
    }
}
