//! The best of the splits that a dataflow offers.

use super::layer::Layer;
use super::split::{Costs, Levels, Split, Via};
use nn::{ByOperand, Operand};

/// What one operand has of a layer's energy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// Distinct words of the batch.
    pub words: f64,
    /// How the uses of one of them are split, in the mean over them.
    pub split: Split,
    /// Energy of all of them, by level.
    pub energy: Levels,
}

/// A layer on a design, as the study's analysis has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reconstruction {
    /// What was chosen, by the dataflow's own names; each dataflow's module explains its.
    pub parameters: Vec<(&'static str, usize)>,
    /// Each operand's share.
    pub operands: ByOperand<Share>,
    /// PEs that are laid out for work. The study's delay of a layer is its multiply-accumulates over these.
    pub active: f64,
    /// Energy of the multiply-accumulates.
    pub compute: f64,
}

impl Reconstruction {
    /// Energy by level, all operands.
    pub fn by_level(&self) -> Levels {
        self.operands.0.iter().fold(Levels::default(), |sum, share| sum.plus(&share.energy))
    }

    /// All of it.
    pub fn total(&self) -> f64 {
        self.compute + self.by_level().total()
    }
}

/// What a dataflow offers for a layer: the splits of ifmap, filter and psum, and the levels that the first two pass.
pub(super) struct Offer {
    pub ifmap: (Split, Via),
    pub filter: (Split, Via),
    pub psum: Split,
    pub active: f64,
}

/// The best offer so far.
///
/// The study's bars follow Eq. 4, but its choices do from a psum that moves over the array both ways, as it does at the
/// other levels: 2ab(c - 1) instead of ab(c - 1). That is what an offer is weighed by here.
pub(super) struct Search<'a> {
    words: ByOperand<f64>,
    compute: f64,
    costs: &'a Costs,
    least: f64,
    pub best: Option<Reconstruction>,
}

/// Relative difference below which two energies are equal: the same sum, rounded in another order.
const SAME: f64 = 1e-9;

impl<'a> Search<'a> {
    pub fn new(layer: &Layer, costs: &'a Costs) -> Search<'a> {
        let words = ByOperand([layer.ifmap_words(), layer.filter_words(), layer.ofmap_words()]);
        Search { words, compute: layer.macs() * costs.mac, costs, least: f64::INFINITY, best: None }
    }

    /// Whether an offer, or one of which it is a lower bound, might still be taken.
    pub fn admits(&self, offer: &Offer) -> bool {
        self.weight(offer) <= self.least * (1.0 + SAME)
    }

    /// Takes an offer if it weighs less than the best so far, or as much with more active PEs.
    pub fn offer(&mut self, offer: &Offer, parameters: &[(&'static str, usize)]) {
        let weight = self.weight(offer);
        let more_active = || self.best.as_ref().is_some_and(|best| offer.active > best.active);
        if weight < self.least * (1.0 - SAME) || weight <= self.least * (1.0 + SAME) && more_active() {
            let splits = ByOperand([offer.ifmap.0, offer.filter.0, offer.psum]);
            let per_word = self.per_word(offer);
            let share =
                |of| Share { words: self.words[of], split: splits[of], energy: per_word[of].times(self.words[of]) };
            self.least = weight;
            self.best = Some(Reconstruction {
                parameters: parameters.to_vec(),
                operands: ByOperand(Operand::ALL.map(share)),
                active: offer.active,
                compute: self.compute,
            });
        }
    }

    fn per_word(&self, offer: &Offer) -> ByOperand<Levels> {
        ByOperand([
            offer.ifmap.0.input(offer.ifmap.1, self.costs),
            offer.filter.0.input(offer.filter.1, self.costs),
            offer.psum.psum(self.costs),
        ])
    }

    fn weight(&self, offer: &Offer) -> f64 {
        let per_word = self.per_word(offer);
        let energy: f64 = Operand::ALL.iter().map(|&of| per_word[of].total() * self.words[of]).sum();
        energy + self.compute + per_word[Operand::Output].array * self.words[Operand::Output]
    }
}
