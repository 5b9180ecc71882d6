//! The slow walker: executes a mapping's loop nest point by point and counts words by enumerating them. It shares no
//! code with `predict`, only the types.

use model::arch::{Arch, StageId};
use model::counts::{Access, Traffic};
use model::{Drains, Mapping, Node, Refill};
use nn::problem::{Problem, Relevance};
use nn::{ByOperand, Operand};
use std::collections::{BTreeMap, BTreeSet};

/// What the walker counts.
#[derive(Debug, Default, PartialEq)]
pub struct Walk {
    /// Traffic by stage; memories only are filled in.
    pub levels: Vec<ByOperand<Access>>,
    /// Traffic of the busiest instance of each stage, all operands and directions added: (reads, writes).
    pub busiest: Vec<(u64, u64)>,
    /// Words over each fan-out's network.
    pub networks: BTreeMap<u8, ByOperand<Traffic>>,
    /// Steps of the copies together.
    pub steps: u64,
    /// The most words that a memory holds of an operand at a time.
    pub held: BTreeMap<(u8, Operand), u64>,
}

/// A multiply-accumulate: its coordinates and its index in every loop.
struct Point {
    at: Vec<u64>,
    indices: Vec<u64>,
}

type Word = Vec<u64>;
type Key = Vec<u64>;

/// Executes the nest.
pub fn walk(problem: &Problem, arch: &Arch, mapping: &Mapping) -> Walk {
    let points = points(problem, mapping);
    let nodes = &mapping.nodes;
    let temporal: Vec<usize> = (0..nodes.len()).filter(|&i| matches!(nodes[i], Node::Temporal { .. })).collect();
    let stages = arch.stages().len();
    let mut walk = Walk {
        levels: vec![ByOperand::default(); stages],
        steps: points.iter().map(|p| key(p, &temporal)).collect::<BTreeSet<_>>().len() as u64,
        ..Walk::default()
    };
    let mut instances: Vec<BTreeMap<Key, (u64, u64)>> = vec![BTreeMap::new(); stages];
    for (id, _) in arch.fanouts() {
        walk.networks.insert(id.0, ByOperand::default());
    }
    for operand in Operand::ALL {
        let chain: Vec<(usize, StageId)> = mapping.chain(operand).collect();
        for (i, &(from, parent)) in chain.iter().enumerate() {
            let child = chain.get(i + 1).copied();
            let hop = Hop { problem, arch, mapping, operand, from, parent, child };
            hop.walk(&points, &mut walk, &mut instances);
        }
    }
    walk.busiest = instances
        .iter()
        .map(|of| (of.values().map(|v| v.0).max().unwrap_or(0), of.values().map(|v| v.1).max().unwrap_or(0)))
        .collect();
    walk
}

struct Hop<'a> {
    problem: &'a Problem,
    arch: &'a Arch,
    mapping: &'a Mapping,
    operand: Operand,
    from: usize,
    parent: StageId,
    child: Option<(usize, StageId)>,
}

impl Hop<'_> {
    fn walk(&self, points: &[Point], walk: &mut Walk, instances: &mut [BTreeMap<Key, (u64, u64)>]) {
        let end = self.child.map_or(self.mapping.nodes.len(), |(to, _)| to);
        let loops = |temporal: bool| -> Vec<usize> {
            (0..end)
                .filter(|&i| match self.mapping.nodes[i] {
                    Node::Temporal { .. } => temporal && !(self.child.is_none() && self.latched(i)),
                    Node::Spatial { .. } => !temporal,
                    Node::Keep { .. } => false,
                })
                .collect()
        };
        let (time, space) = (loops(true), loops(false));
        let above = |position: usize| -> Vec<usize> { space.iter().copied().filter(|&i| i < position).collect() };
        // Tiles by (epoch, copy).
        let mut tiles: BTreeMap<(Key, Key), Vec<&Point>> = BTreeMap::new();
        for point in points {
            tiles.entry((key(point, &time), key(point, &space))).or_default().push(point);
        }
        let mut tiles: BTreeMap<(Key, Key), BTreeSet<Word>> =
            tiles.into_iter().map(|(k, points)| (k, self.words(&points, walk))).collect();
        if self.child.is_some() && self.arch.switches().refill == Refill::New {
            let mut before: BTreeMap<Key, BTreeSet<Word>> = BTreeMap::new();
            for ((_, copy), words) in &mut tiles {
                let tile = words.clone();
                if let Some(held) = before.insert(copy.clone(), tile) {
                    words.retain(|word| !held.contains(word));
                }
            }
        }

        // The child's side: every copy by itself.
        let mut touched = BTreeSet::new();
        if let Some((_, id)) = self.child {
            for ((_, copy), words) in &tiles {
                let instance = instances[id.0 as usize].entry(copy.clone()).or_default();
                let access = &mut walk.levels[id.0 as usize][self.operand];
                let n = words.len() as u64;
                if self.operand == Operand::Output {
                    let again = words.iter().filter(|&w| !touched.insert((copy.clone(), w.clone()))).count() as u64;
                    if self.arch.switches().drains == Drains::Counted {
                        access.drains += n;
                        instance.0 += n;
                    }
                    access.fills += again;
                    instance.1 += again;
                } else {
                    access.fills += n;
                    instance.1 += n;
                }
            }
        }
        // The parent's side: copies whose words the networks share, together.
        let from: Vec<usize> = space.iter().copied().filter(|&i| i >= self.from).collect();
        let parent_instance = above(self.from);
        let position = |loops: &[usize]| -> Vec<usize> {
            loops.iter().map(|l| space.iter().position(|s| s == l).expect("a loop in space")).collect()
        };
        let at_parent = position(&parent_instance);
        let mut touched = BTreeSet::new();
        for ((_, group), words) in self.merge(&tiles, &space, &from) {
            let instance: Key = at_parent.iter().map(|&i| group[i]).collect();
            let n = words.len() as u64;
            let entry = instances[self.parent.0 as usize].entry(instance.clone()).or_default();
            let access = &mut walk.levels[self.parent.0 as usize][self.operand];
            if self.operand == Operand::Output {
                let again = words.iter().filter(|&w| !touched.insert((instance.clone(), w.clone()))).count() as u64;
                access.updates += n;
                access.reads += again;
                entry.0 += again;
                entry.1 += n;
            } else {
                access.reads += n;
                entry.0 += n;
            }
        }
        // Each network in between.
        for (id, _) in self.arch.fanouts() {
            if id < self.parent || self.child.is_some_and(|(_, child)| id > child) {
                continue;
            }
            let below = |least: u8| -> Vec<usize> {
                let of = |i: usize| matches!(self.mapping.nodes[i], Node::Spatial { fanout, .. } if fanout.0 >= least);
                from.iter().copied().filter(|&i| of(i)).collect()
            };
            let words = |loops: &[usize]| {
                let mut touched = BTreeSet::new();
                let mut n = 0;
                for ((_, group), words) in self.merge(&tiles, &space, loops) {
                    n += words.len() as u64;
                    if self.operand == Operand::Output {
                        n += words.iter().filter(|&w| !touched.insert((group.clone(), w.clone()))).count() as u64;
                    }
                }
                n
            };
            let traffic = Traffic { sent: words(&below(id.0)), delivered: words(&below(id.0 + 1)) };
            walk.networks.get_mut(&id.0).expect("a fan-out")[self.operand] = traffic;
        }
    }

    /// Tiles whose copies differ only in loops of `loops` that share the operand's words, merged; the merged copies'
    /// key has 0 for those loops.
    fn merge(
        &self,
        tiles: &BTreeMap<(Key, Key), BTreeSet<Word>>,
        space: &[usize],
        loops: &[usize],
    ) -> BTreeMap<(Key, Key), BTreeSet<Word>> {
        let mut merged: BTreeMap<(Key, Key), BTreeSet<Word>> = BTreeMap::new();
        for ((epoch, copy), words) in tiles {
            let key = space
                .iter()
                .zip(copy)
                .map(|(&i, &index)| if loops.contains(&i) && self.shares(i) { 0 } else { index })
                .collect();
            merged.entry((epoch.clone(), key)).or_default().extend(words.iter().cloned());
        }
        merged
    }

    fn shares(&self, index: usize) -> bool {
        let Node::Spatial { fanout, dim, .. } = self.mapping.nodes[index] else { return false };
        let sharing = self.arch.fanout(fanout).expect("a fan-out").sharing;
        match (self.operand, self.problem.relevance(self.operand, dim)) {
            (Operand::Output, Relevance::Irrelevant) => sharing.reduction,
            (Operand::Output, _) => false,
            (_, Relevance::Irrelevant) => sharing.multicast,
            (Operand::Input, _) => {
                sharing.diagonal && self.problem.ranks(Operand::Input).iter().any(|r| r.step(dim) > 0 && r.0.len() > 1)
            }
            (Operand::Weight, _) => false,
        }
    }

    /// Whether the compute unit holds on to the operand over a loop in time: it and all loops in time below leave the
    /// operand's word as it is.
    fn latched(&self, index: usize) -> bool {
        let mut whole = self.problem.size();
        let moves: Vec<bool> = self
            .mapping
            .nodes
            .iter()
            .map(|node| match *node {
                Node::Temporal { dim, tile } => {
                    let iterates = tile < std::mem::replace(&mut whole[dim], tile);
                    iterates && self.problem.relevance(self.operand, dim) != Relevance::Irrelevant
                }
                Node::Spatial { dim, tile, .. } => {
                    whole[dim] = tile;
                    false
                }
                Node::Keep { .. } => false,
            })
            .collect();
        let own = match self.mapping.nodes[index] {
            Node::Temporal { dim, .. } => self.problem.relevance(self.operand, dim) == Relevance::Irrelevant,
            _ => false,
        };
        self.operand != Operand::Output
            && self.arch.compute().operand_latch[self.operand]
            && own
            && !moves[index..].contains(&true)
    }

    /// The words of a tile: in each rank all coordinates from the first to the last that its points read; a sliding
    /// tile window by window.
    fn words(&self, points: &[&Point], walk: &mut Walk) -> BTreeSet<Word> {
        let slide = self.child.and_then(|(to, id)| Some((self.slide(to)?, id)));
        let Some((index, id)) = slide else {
            let words = self.span(points);
            if let Some((_, id)) = self.child {
                let held = walk.held.entry((id.0, self.operand)).or_default();
                *held = (*held).max(words.len() as u64);
            }
            return words;
        };
        let mut windows: BTreeMap<u64, Vec<&Point>> = BTreeMap::new();
        for point in points {
            windows.entry(point.indices[index]).or_default().push(point);
        }
        let mut words = BTreeSet::new();
        for points in windows.values() {
            let window = self.span(points);
            let held = walk.held.entry((id.0, self.operand)).or_default();
            *held = (*held).max(window.len() as u64);
            words.extend(window);
        }
        words
    }

    /// The loop along which a tile kept from `position` slides.
    fn slide(&self, position: usize) -> Option<usize> {
        if self.arch.switches().refill == Refill::New {
            return None;
        }
        let mut whole = self.problem.size();
        for (i, node) in self.mapping.nodes.iter().enumerate() {
            let (Node::Temporal { dim, tile } | Node::Spatial { dim, tile, .. }) = *node else { continue };
            let iterates = tile < std::mem::replace(&mut whole[dim], tile);
            if i >= position && iterates {
                let partial = self.problem.relevance(self.operand, dim) == Relevance::Partial;
                return (partial && matches!(node, Node::Temporal { .. })).then_some(i);
            }
        }
        None
    }

    fn span(&self, points: &[&Point]) -> BTreeSet<Word> {
        let mut words: Vec<Word> = vec![Vec::new()];
        for rank in self.problem.ranks(self.operand) {
            let coordinate = |p: &Point| rank.0.iter().map(|t| t.step * p.at[t.dim.0 as usize]).sum::<u64>();
            let least = points.iter().map(|p| coordinate(p)).min().expect("a tile has points");
            let most = points.iter().map(|p| coordinate(p)).max().expect("a tile has points");
            words = words
                .into_iter()
                .flat_map(|word| (least..=most).map(move |c| [word.clone(), vec![c]].concat()))
                .collect();
        }
        words.into_iter().collect()
    }
}

fn key(point: &Point, loops: &[usize]) -> Key {
    loops.iter().map(|&i| point.indices[i]).collect()
}

/// Every multiply-accumulate, with its index in each loop (0 for nodes that are no loops).
fn points(problem: &Problem, mapping: &Mapping) -> Vec<Point> {
    let dims: Vec<_> = problem.dims().collect();
    let total = problem.macs();
    (0..total)
        .map(|mut n| {
            let mut at = Vec::new();
            for &dim in &dims {
                at.push(n % problem.size()[dim]);
                n /= problem.size()[dim];
            }
            let mut rest = at.clone();
            let indices = mapping
                .nodes
                .iter()
                .map(|node| match *node {
                    Node::Temporal { dim, tile } | Node::Spatial { dim, tile, .. } => {
                        let coordinate = &mut rest[dim.0 as usize];
                        let index = *coordinate / tile;
                        *coordinate %= tile;
                        index
                    }
                    Node::Keep { .. } => 0,
                })
                .collect();
            Point { at, indices }
        })
        .collect()
}
