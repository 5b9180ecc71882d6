//! How many units each layer keeps: what a round takes from all of them is taken where it costs the least error.
//!
//! Each layer has choices: numbers of surviving units, with the loss of its answers and what it costs. Of all
//! combinations that cost no more than a target, those of least sum of losses lie on a curve: each layer takes the
//! choice of least loss + price x cost, all at one price. The price is the lowest that reaches the target.

/// The choices of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Choices {
    /// Surviving units, in descending order; the first is what the layer has.
    pub units: Vec<usize>,
    /// The loss of each.
    pub losses: Vec<f64>,
    /// The cost of each.
    pub costs: Vec<f64>,
}

/// Which choice each layer takes to bring the sum of costs to `target` or below; the last of each where nothing does.
pub fn allocate(layers: &[Choices], target: f64) -> Vec<usize> {
    let at = |price: f64| -> Vec<usize> { layers.iter().map(|choices| choices.best(price)).collect() };
    let cost = |taken: &[usize]| -> f64 { layers.iter().zip(taken).map(|(choices, &at)| choices.costs[at]).sum() };
    let reaches = |price: f64| cost(&at(price)) <= target;
    let (mut low, mut high) = (0.0, 1.0 / layers.iter().map(|choices| choices.costs[0]).sum::<f64>().max(1e-300));
    for _ in 0..MOST_DOUBLINGS {
        if reaches(high) {
            break;
        }
        (low, high) = (high, 2.0 * high);
    }
    if !reaches(high) {
        return layers.iter().map(|choices| choices.units.len() - 1).collect();
    }
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if reaches(middle) { high = middle } else { low = middle }
    }
    at(high)
}

/// A price of 2^60 times a loss of everything for all costs takes the least cost everywhere.
const MOST_DOUBLINGS: usize = 60;
/// As many as tell prices apart that differ in 12 digits.
const HALVINGS: usize = 40;

impl Choices {
    /// The choice of least loss + `price` x cost; of equal ones, the first.
    fn best(&self, price: f64) -> usize {
        let weighed = |at: usize| self.losses[at] + price * self.costs[at];
        (0..self.units.len()).fold(0, |best, at| if weighed(at) < weighed(best) { at } else { best })
    }
}
