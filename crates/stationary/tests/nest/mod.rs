//! Timeloop's own way of counting, step by step, to compute by how much it differs from ours.
//!
//! It follows every loop into its first and second iteration only, and where a mapping has remainders into its last;
//! the others are taken for repetitions of the second. What a tile takes over from the one before is decided at each
//! loop: all that both hold, if the tile moves by the same step as the time before, or if there was none; else nothing.
//! Of the copies along the innermost loop in space, those after the second are taken for shifted ones, and a report is
//! that of the first instance (NVlabs/timeloop, `src/loop-analysis/nest-analysis.cpp`). It shares no code with
//! `predict`.

use model::arch::StageId;
use model::{Arch, Mapping, Node};
use nn::problem::{Dim, MAX_DIMS, Problem, Relevance};
use nn::{ByOperand, Operand};
use std::collections::BTreeMap;

/// What a report says of an operand at a memory, for one instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reported {
    pub instances: u64,
    pub reads: u64,
    pub fills: u64,
    pub updates: u64,
}

/// From the first to behind the last coordinate of each rank.
type Span = Vec<(i64, i64)>;
/// The copy that a loop belongs to: an index for each fan-out around it.
type Instance = Vec<u64>;

/// A loop, innermost first.
struct Loop {
    dim: Dim,
    /// Iterations, and in the last iterations of all loops around it.
    times: u64,
    last: u64,
    /// Points of the dimension from one iteration to the next.
    step: i64,
    space: bool,
    /// Whether it is the outermost of a memory's own.
    boundary: bool,
    /// From the first to the last point of what it covers, by dimension; and in the last iterations.
    reach: [[i64; MAX_DIMS]; 2],
}

#[derive(Clone, Default)]
struct Before {
    span: Option<Span>,
    shift: Option<Vec<i64>>,
}

struct Nest<'a> {
    problem: &'a Problem,
    loops: Vec<Loop>,
    imperfect: bool,
    index: Vec<u64>,
    at: [i64; MAX_DIMS],
    repeats: u64,
    copy: Instance,
    before: Vec<BTreeMap<Instance, ByOperand<Before>>>,
    /// By loop and copy: words by how many children take them together.
    moved: Vec<BTreeMap<Instance, ByOperand<BTreeMap<u64, u64>>>>,
}

/// The report of a design.
pub fn report(problem: &Problem, arch: &Arch, mapping: &Mapping) -> BTreeMap<(StageId, Operand), Reported> {
    let (loops, tops) = loops(problem, arch, mapping);
    let n = loops.len();
    let imperfect = loops.iter().any(|l| l.last != l.times);
    let mut nest = Nest {
        problem,
        loops,
        imperfect,
        index: vec![0; n],
        at: [0; MAX_DIMS],
        repeats: 1,
        copy: Vec::new(),
        before: vec![BTreeMap::new(); n],
        moved: vec![BTreeMap::new(); n],
    };
    nest.enter(n - 1);
    let mut report: BTreeMap<(StageId, Operand), Reported> = BTreeMap::new();
    for operand in Operand::ALL {
        let output = operand == Operand::Output;
        let words = problem.words(operand, &problem.size());
        let chain: Vec<StageId> = mapping.chain(operand).map(|(_, memory)| memory).collect();
        for (i, &parent) in chain.iter().enumerate() {
            // The words between them are counted at the loop around the child.
            let child = chain.get(i + 1);
            let mut at = child.map_or(0, |child| tops[child] + 1);
            while nest.loops[at].space && nest.loops.get(at + 1).is_some_and(|l| l.space) {
                at += 1;
            }
            let moved = nest.moved[at].first_key_value().map(|(_, moved)| &moved[operand]).expect("a loop that ran");
            let sent: u64 = moved.values().sum();
            let taken: u64 = moved.iter().map(|(children, words)| children * words).sum();
            let [of_parent, first] = nest.copies(tops[&parent], operand, words);
            let entry = report.entry((parent, operand)).or_default();
            entry.instances = of_parent;
            if output {
                (entry.updates, entry.reads) = (sent, sent - first.min(sent));
            } else {
                entry.reads = sent;
            }
            if let Some(child) = child {
                let [of_child, first] = nest.copies(tops[child], operand, words);
                let each = taken / (of_child / of_parent);
                let fills = if output { each - first.min(each) } else { each };
                report.entry((*child, operand)).or_default().fills = fills;
            }
        }
    }
    report
}

/// The loops of a mapping, and which is the outermost of each memory's own; one that does not iterate if it has none.
fn loops(problem: &Problem, arch: &Arch, mapping: &Mapping) -> (Vec<Loop>, BTreeMap<StageId, usize>) {
    let begins =
        |id: StageId| mapping.nodes.iter().position(|n| matches!(n, Node::Keep { memory, .. } if *memory == id));
    let memories: Vec<(StageId, usize)> =
        arch.memories().filter_map(|(id, _)| begins(id).map(|position| (id, position))).collect();
    let mut outside = problem.size();
    let mut rest = problem.size();
    let mut factors: Vec<Option<(Dim, u64, u64, bool)>> = Vec::new();
    for node in &mapping.nodes {
        let (dim, tile, space) = match *node {
            Node::Keep { .. } => {
                factors.push(None);
                continue;
            }
            Node::Temporal { dim, tile } => (dim, tile, false),
            Node::Spatial { dim, tile, .. } => (dim, tile, true),
        };
        let last = rest[dim].div_ceil(tile);
        factors.push(Some((dim, outside[dim].div_ceil(tile), last, space)));
        rest[dim] -= (last - 1) * tile;
        outside[dim] = tile;
    }
    let mut loops: Vec<Loop> = Vec::new();
    let mut tops = BTreeMap::new();
    let mut step = [1i64; MAX_DIMS];
    let mut reach = [[0i64; MAX_DIMS]; 2];
    let mut end = mapping.nodes.len();
    for &(memory, begin) in memories.iter().rev() {
        let own = |space: bool| factors[begin..end].iter().rev().flatten().filter(move |factor| factor.3 == space);
        let nothing = [(Dim(0), 1, 1, false)];
        let time: Vec<_> = own(false).copied().collect();
        let time = if time.is_empty() { nothing.to_vec() } else { time };
        for (dim, times, last, space) in own(true).copied().chain(time) {
            let d = usize::from(dim.0);
            reach[0][d] += (times as i64 - 1) * step[d];
            reach[1][d] += (last as i64 - 1) * step[d];
            loops.push(Loop { dim, times, last, step: step[d], space, boundary: false, reach });
            step[d] *= times as i64;
        }
        let top = loops.len() - 1;
        loops[top].boundary = true;
        tops.insert(memory, top);
        end = begin;
    }
    (loops, tops)
}

impl Nest<'_> {
    /// Copies of what begins below a loop, and how many output words each touches first.
    fn copies(&self, top: usize, operand: Operand, words: u64) -> [u64; 2] {
        let around = || self.loops[top + 1..].iter().filter(|l| l.space);
        let copies: u64 = around().map(|l| l.times).product();
        let irrelevant = |l: &&Loop| self.problem.relevance(operand, l.dim) == Relevance::Irrelevant;
        let lanes: u64 = around().filter(irrelevant).map(|l| l.times).product();
        [copies, words * lanes / copies]
    }

    /// Whether all loops over a dimension from a level outwards are in their last iteration.
    fn is_last(&self, level: usize, dim: Dim) -> bool {
        let of_dim = self.loops.iter().zip(&self.index).skip(level).filter(|(l, _)| l.dim == dim);
        of_dim.into_iter().all(|(l, &index)| index + 1 == l.last)
    }

    /// What the loops up to a level cover where the nest is.
    fn span(&self, level: usize, operand: Operand) -> Span {
        let to = |dim: Dim| {
            let d = usize::from(dim.0);
            self.at[d] + self.loops[level].reach[usize::from(self.is_last(level + 1, dim))][d]
        };
        let along = |coordinate: &dyn Fn(Dim) -> i64, rank: &nn::problem::Rank| -> i64 {
            rank.0.iter().map(|term| term.step as i64 * coordinate(term.dim)).sum()
        };
        let from = |dim: Dim| self.at[usize::from(dim.0)];
        self.problem.ranks(operand).iter().map(|rank| (along(&from, rank), along(&to, rank) + 1)).collect()
    }

    /// Runs the loops up to a level once: what is new in their tiles.
    fn enter(&mut self, level: usize) -> ByOperand<Vec<Span>> {
        let boundary = self.loops[level].boundary;
        if boundary {
            self.copy.push(0);
        }
        let copy = self.copy[..self.copy.len() - 1].to_vec();
        if self.loops[level].space {
            let mut children = BTreeMap::new();
            self.spread(level, 0, &mut children);
            for operand in Operand::ALL {
                let mut alike: BTreeMap<Vec<Span>, u64> = BTreeMap::new();
                children.values().for_each(|new| *alike.entry(new[operand].clone()).or_default() += 1);
                for (new, times) in alike {
                    self.count(level, &copy, operand, times, size(&new) * self.repeats);
                }
            }
        } else {
            self.repeat(level, &copy);
        }
        let spans = Operand::ALL.map(|operand| self.span(level, operand));
        let before = self.before[level].entry(copy).or_default();
        let new = Operand::ALL.map(|operand| {
            let (span, before) = (&spans[operand as usize], &mut before[operand]);
            let shift: Option<Vec<i64>> =
                before.span.as_ref().map(|before| span.iter().zip(before).map(|(a, b)| a.0 - b.0).collect());
            let new = if before.shift.is_none() || before.shift == shift {
                before.span.as_ref().map_or(vec![span.clone()], |before| without(span, before))
            } else {
                vec![span.clone()]
            };
            let steady = before.shift.is_none() || before.shift == shift;
            *before = Before { span: Some(span.clone()), shift: shift.filter(|_| steady) };
            new
        });
        if boundary {
            self.copy.pop();
        }
        ByOperand(new)
    }

    fn count(&mut self, level: usize, copy: &[u64], operand: Operand, children: u64, words: u64) {
        if words > 0 {
            *self.moved[level].entry(copy.to_vec()).or_default()[operand].entry(children).or_default() += words;
        }
    }

    /// A loop in time.
    fn repeat(&mut self, level: usize, copy: &[u64]) {
        let Loop { dim, times, last, step, .. } = self.loops[level];
        let times = if self.is_last(level + 1, dim) { last } else { times };
        if level == 0 {
            Operand::ALL.into_iter().for_each(|operand| self.count(0, copy, operand, 1, times * self.repeats));
            return;
        }
        let start = self.at[usize::from(dim.0)];
        let mut words = ByOperand([0u64; 3]);
        let mut second = ByOperand([0u64; 3]);
        // The first, the second for all but the last, and the last.
        let like_second = if self.imperfect { times.saturating_sub(2) } else { times - 1 };
        let last = u64::from(self.imperfect && times >= 2);
        for (i, (first, like)) in [(0, 1), (1, like_second), (times - 1, last)].into_iter().enumerate() {
            if like == 0 {
                continue;
            }
            self.index[level] = first;
            self.at[usize::from(dim.0)] = start + step * first as i64;
            let saved = self.repeats;
            self.repeats *= like;
            let new = self.enter(level - 1);
            self.repeats = saved;
            for operand in Operand::ALL {
                let size = size(&new[operand]);
                if i == 1 {
                    second[operand] = size;
                }
                // The last is taken for another one like the second, if there was one.
                let size = if i == 2 && like_second > 0 { second[operand] } else { size };
                words[operand] += size * like;
            }
        }
        self.at[usize::from(dim.0)] = start;
        if self.loops[level - 1].boundary {
            for operand in Operand::ALL {
                self.count(level, copy, operand, 1, words[operand] * self.repeats);
            }
        }
    }

    /// Loops in space: what is new at each child.
    fn spread(&mut self, level: usize, base: u64, children: &mut BTreeMap<u64, ByOperand<Vec<Span>>>) {
        let Loop { dim, times, last, step, .. } = self.loops[level];
        let times = if self.is_last(level + 1, dim) { last } else { times };
        let d = usize::from(dim.0);
        let start = self.at[d];
        let inner = level.checked_sub(1);
        for i in 0..times {
            self.index[level] = i;
            self.at[d] = start + step * i as i64;
            let child = base * times + i;
            match inner {
                Some(inner) if self.loops[inner].space => self.spread(inner, child, children),
                Some(_) if i >= 2 => {
                    let new = shifted(&children[&(child - 2)], &children[&(child - 1)]);
                    children.insert(child, new);
                }
                Some(inner) => {
                    *self.copy.last_mut().expect("inside a memory's loops") = child;
                    let new = self.enter(inner);
                    children.insert(child, new);
                }
                None => {
                    let point = |operand| {
                        let at = |rank: &nn::problem::Rank| -> i64 {
                            rank.0.iter().map(|term| term.step as i64 * self.at[usize::from(term.dim.0)]).sum()
                        };
                        vec![self.problem.ranks(operand).iter().map(|rank| (at(rank), at(rank) + 1)).collect()]
                    };
                    children.insert(child, ByOperand(Operand::ALL.map(point)));
                }
            }
        }
        self.at[d] = start;
    }
}

/// Words of disjoint spans.
fn size(spans: &[Span]) -> u64 {
    spans.iter().map(|span| span.iter().map(|(from, to)| (to - from) as u64).product::<u64>()).sum()
}

/// What of `a` is not in `b`, in disjoint spans.
fn without(a: &Span, b: &Span) -> Vec<Span> {
    if a.iter().zip(b).any(|(a, b)| a.1 <= b.0 || b.1 <= a.0) {
        return vec![a.clone()];
    }
    let (mut rest, mut middle) = (Vec::new(), a.clone());
    for (rank, &(from, to)) in b.iter().enumerate() {
        for (keep, part) in [(from, (middle[rank].0, from)), (to, (to, middle[rank].1))] {
            if part.0 < part.1 {
                let mut slice = middle.clone();
                slice[rank] = part;
                rest.push(slice);
                if keep == from { middle[rank].0 = from } else { middle[rank].1 = to }
            }
        }
    }
    rest
}

/// The copy after two: the second, moved on as far as it is from the first.
fn shifted(first: &ByOperand<Vec<Span>>, second: &ByOperand<Vec<Span>>) -> ByOperand<Vec<Span>> {
    ByOperand(Operand::ALL.map(|operand| {
        let (Some(a), Some(b)) = (first[operand].first(), second[operand].first()) else {
            return second[operand].clone();
        };
        let by: Vec<i64> = a.iter().zip(b).map(|(a, b)| b.0 - a.0).collect();
        let moved = |span: &Span| span.iter().zip(&by).map(|(&(from, to), by)| (from + by, to + by)).collect();
        second[operand].iter().map(moved).collect()
    }))
}
