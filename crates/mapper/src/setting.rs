//! What a search is about: a problem on an arch, what is left open, and the rules that restrict it.

use crate::cuts::{Bin, Factors};
use crate::reuse;
use crate::search::Options;
use crate::template::{self, Event, Order, Template};
use model::arch::{Arch, Keep, StageId};
use model::constraints::{Constraint, Place, Side, Which};
use model::{Axis, Mapping};
use nn::Operand;
use nn::problem::{Dim, Problem, Relevance};

/// The largest dimension of which all tiles are tried; of larger ones only those that divide it.
pub const MOST_TILES: u64 = 1 << 13;

/// A search's problem, arch and restrictions.
pub(crate) struct Setting<'a> {
    pub problem: &'a Problem,
    pub arch: &'a Arch,
    pub rules: &'a [Constraint],
    /// The order in which memories may begin to keep operands.
    pub order: Order,
    /// Whether latency matters.
    pub latency: bool,
    /// By dimension, the tiles that divide it, rising; none where others are tried.
    pub divisors: Vec<Option<Vec<u64>>>,
    /// Whether of the tiles that do not divide what they cut only the smallest is tried that gives as many pieces.
    pub even: bool,
    /// Whether every tile is tried that the factors allow, on an arch that counts by the rules: the bounds, and what
    /// loops may be moved at no cost, are known for those only.
    pub complete: bool,
}

impl<'a> Setting<'a> {
    pub fn new(problem: &'a Problem, arch: &'a Arch, options: &Options<'a>, even: bool, latency: bool) -> Setting<'a> {
        let Options { order, factors, constraints, .. } = *options;
        let size = |dim: Dim| problem.size()[dim];
        let all = |dim: &Dim| factors == Factors::Imperfect && size(*dim) <= MOST_TILES;
        let divisors = problem.dims().map(|dim| (!all(&dim)).then(|| divisors(size(dim)))).collect();
        let tiles = factors == Factors::Perfect || problem.dims().all(|dim| all(&dim));
        let complete = tiles && !even && reuse::is_bounded(arch);
        let rules = constraints.map_or(&[][..], |constraints| &constraints.rules);
        Setting { problem, arch, rules, order, latency, divisors, even, complete }
    }

    /// Whether a memory must keep an operand, may, or never does.
    pub fn keep(&self, id: StageId, operand: Operand) -> Keep {
        let of_arch = self.arch.memory(id).map_or(Keep::Never, |memory| memory.keep[operand]);
        self.rules.iter().fold(of_arch, |keep, rule| match *rule {
            Constraint::Keep { memory, operand: o, keeps } if memory == id && o == operand => match (keep, keeps) {
                (Keep::Never, _) | (Keep::May, false) => Keep::Never,
                (Keep::Must, _) | (Keep::May, true) => Keep::Must,
            },
            _ => keep,
        })
    }

    /// Whether the rules and the arch agree on what memories keep.
    pub fn keeps_agree(&self) -> bool {
        self.rules.iter().all(|rule| match *rule {
            Constraint::Keep { memory, operand, keeps } => (self.keep(memory, operand) == Keep::Must) == keeps,
            _ => true,
        })
    }

    /// The bins of a dimension in a template, outermost first.
    pub fn bins(&self, template: &Template, dim: Dim) -> Vec<Bin> {
        let mut bins = Vec::new();
        for event in 0..=template.events.len() {
            if self.in_time(template, dim, event) {
                bins.push(Bin::Slot(event));
                // Windows may slide along the loop while the compute unit holds on to words in its innermost part.
                let latched = |&o: &Operand| {
                    self.arch.compute().latches(o) && self.problem.relevance(o, dim) == Relevance::Irrelevant
                };
                let slides = template.slides(self.order, event, |keep| template::relevance(self.problem, keep, dim));
                if slides && Operand::ALL.iter().any(latched) {
                    bins.push(Bin::Slot(event));
                }
            }
            if let Some(&Event::Fanout(fanout)) = template.events.get(event) {
                let size = self.arch.fanout(fanout).map_or([1, 1], |f| f.size);
                let open = |&axis: &Axis| size[axis as usize] > 1 && self.may_cross(fanout, axis, dim);
                bins.extend([Axis::X, Axis::Y].into_iter().filter(open).map(|axis| Bin::Space { event, fanout, axis }));
            }
        }
        bins
    }

    /// Whether a slot needs loops over a dimension: the rules allow them there, and do not allow to move them where
    /// they cost the same.
    fn in_time(&self, template: &Template, dim: Dim, slot: usize) -> bool {
        let allowed = |slot: usize| {
            self.rules.iter().all(|rule| match rule {
                Constraint::Loops { dims, side, of } if dims.contains(&dim) => match place(template, *of) {
                    Some(event) => event.is_some_and(|event| slot <= event) == (*side == Side::Above),
                    None => true,
                },
                _ => true,
            })
        };
        let ordered = self.is_ordered(dim);
        let given = self.given(template, dim);
        let may_cross = |event: usize, slot: usize| {
            !ordered && allowed(slot) && given.iter().all(|&(place, _)| place != Some(event))
        };
        allowed(slot) && template.allows(self.problem, self.arch, self.order, slot, dim, may_cross)
    }

    fn may_cross(&self, fanout: StageId, axis: Axis, dim: Dim) -> bool {
        self.rules.iter().all(|rule| match rule {
            Constraint::Across { fanout: f, axis: a, dims } => (*f, *a) != (fanout, axis) || dims.contains(&dim),
            _ => true,
        })
    }

    /// Tiles of a dimension that are given: the event above which loops cut down to it, the outermost memory's being
    /// none, and the points.
    pub fn given(&self, template: &Template, dim: Dim) -> Vec<(Option<usize>, u64)> {
        let given = |rule: &Constraint| match *rule {
            Constraint::Tile { at, dim: d, points } if d == dim => Some((place(template, at)?, points)),
            _ => None,
        };
        self.rules.iter().filter_map(given).collect()
    }

    /// The copies that a dimension must be cut into across an axis.
    pub fn copies(&self, bin: Bin, dim: Dim) -> Option<u64> {
        let Bin::Space { fanout, axis, .. } = bin else { return None };
        self.rules.iter().find_map(|rule| match *rule {
            Constraint::Copies { fanout: f, axis: a, dim: d, copies } => {
                ((f, a, d) == (fanout, axis, dim)).then_some(copies)
            }
            _ => None,
        })
    }

    /// Whether there are bins for all copies of a dimension that the rules ask for.
    pub fn has_axes(&self, bins: &[Bin], dim: Dim) -> bool {
        self.rules.iter().all(|rule| match *rule {
            Constraint::Copies { fanout, axis, dim: d, copies } if d == dim && copies > 1 => {
                bins.iter().any(|bin| matches!(*bin, Bin::Space { fanout: f, axis: a, .. } if (f, a) == (fanout, axis)))
            }
            _ => true,
        })
    }

    /// Whether a mapping that is legal keeps to the rules.
    pub fn allows(&self, mapping: &Mapping) -> bool {
        self.rules.iter().all(|rule| rule.holds(self.problem, mapping))
    }

    /// Whether a rule speaks of a dimension together with others.
    pub fn is_ordered(&self, dim: Dim) -> bool {
        self.rules.iter().any(|rule| matches!(rule, Constraint::Order { dims, .. } if dims.contains(&dim)))
    }
}

/// The event of a place in a template, the outermost memory's being none; nothing if the memory does not keep the
/// operand there.
fn place(template: &Template, place: Place) -> Option<Option<usize>> {
    let mut keeps = template.events.iter().enumerate().filter_map(|(event, e)| match *e {
        Event::Keep { memory, operand } if operand == place.operand => Some((event, memory)),
        _ => None,
    });
    match place.memory {
        Which::Memory(StageId(0)) => Some(None),
        Which::Memory(id) => keeps.find(|&(_, memory)| memory == id).map(|(event, _)| Some(event)),
        Which::Innermost => Some(keeps.next_back().map(|(event, _)| event)),
    }
}

/// The divisors of a number, rising.
fn divisors(n: u64) -> Vec<u64> {
    let small: Vec<u64> = (1..=n.isqrt()).filter(|&d| n.is_multiple_of(d)).collect();
    let large = small.iter().rev().map(|d| n / d).filter(|d| small.last() != Some(d));
    small.iter().copied().chain(large).collect()
}

#[cfg(test)]
mod tests {
    use super::divisors;

    #[test]
    fn divisors_rise_and_come_once() {
        assert_eq!(divisors(1), [1]);
        assert_eq!(divisors(12), [1, 2, 3, 4, 6, 12]);
        assert_eq!(divisors(36), [1, 2, 3, 4, 6, 9, 12, 18, 36]);
    }
}
