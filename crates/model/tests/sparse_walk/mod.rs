//! The slow walker of sparse counts: goes through a nest point by point, gathers the words of each tile and of the
//! leaders that meet it, and looks at each. It shares no code with the closed form, only the types.

use model::arch::{Arch, StageId};
use model::sparsity::{Fate, Format, Kind, Mask, Sparsity};
use model::{Access, Drains, Mapping, Node, Refill, Traffic};
use nn::problem::{Problem, Relevance};
use nn::{ByOperand, Operand};
use std::collections::{BTreeMap, BTreeSet};

type Word = Vec<u64>;
type Key = Vec<u64>;
type Words = BTreeSet<Word>;

/// Which words are not zero.
pub type Nonzero = ByOperand<Words>;

/// What the walker counts.
#[derive(Debug, Default)]
pub struct SparseWalk {
    pub words: Vec<ByOperand<Access<Fate<u64>>>>,
    pub bits: Vec<ByOperand<Access<u64>>>,
    pub networks: BTreeMap<u8, ByOperand<(Traffic, Traffic)>>,
    pub macs: Fate<u64>,
    pub steps: u64,
    /// Words read and written by instance, and bits.
    pub instances: Vec<BTreeMap<Key, [u64; 4]>>,
}

struct Point {
    at: Vec<u64>,
    indices: Vec<u64>,
}

/// What one transfer moves: the target's words and the leaders' words that meet them.
#[derive(Clone, Default)]
struct Transfer {
    words: Words,
    met: ByOperand<Words>,
}

pub struct Setting<'a> {
    pub problem: &'a Problem,
    pub arch: &'a Arch,
    pub mapping: &'a Mapping,
    pub sparsity: &'a Sparsity,
    pub nonzero: &'a Nonzero,
}

/// The words of a mask's operand that are not zero.
pub fn nonzero_words(problem: &Problem, operand: Operand, mut is: impl FnMut() -> bool) -> (Words, Mask) {
    let mut words = Words::new();
    let mask = Mask::new(problem, operand, |at| {
        let nonzero = is();
        if nonzero {
            words.insert(at.to_vec());
        }
        nonzero
    });
    (words, mask.expect("a small operand"))
}

pub fn walk(s: &Setting) -> SparseWalk {
    let points = points(s);
    let stages = s.arch.stages().len();
    let mut walk = SparseWalk {
        words: vec![ByOperand::default(); stages],
        bits: vec![ByOperand::default(); stages],
        instances: vec![BTreeMap::new(); stages],
        ..SparseWalk::default()
    };
    macs(s, &points, &mut walk);
    for operand in Operand::ALL {
        let chain: Vec<(usize, StageId)> = s.mapping.chain(operand).collect();
        for (i, &(from, parent)) in chain.iter().enumerate() {
            let child = chain.get(i + 1).copied();
            Hop { s, operand, from, parent, child }.walk(&points, &mut walk);
        }
    }
    walk
}

fn macs(s: &Setting, points: &[Point], walk: &mut SparseWalk) {
    let mut rules: Vec<(Kind, Operand)> = Vec::new();
    for (kind, leaders) in &s.sparsity.compute {
        rules.extend(leaders.iter().map(|&l| (*kind, l)));
    }
    for operand in [Operand::Input, Operand::Weight] {
        let innermost = s.mapping.chain(operand).last().expect("a memory keeps it").1;
        rules.extend(rules_of(s, innermost, operand));
    }
    let spatial = loops(s, |node| matches!(node, Node::Spatial { .. }));
    let mut copies: BTreeMap<Key, u64> = BTreeMap::new();
    for point in points {
        let zero = |kind: Kind| {
            rules.iter().any(|&(k, leader)| k == kind && !s.nonzero[leader].contains(&word(s.problem, leader, point)))
        };
        let copy = copies.entry(key(point, &spatial)).or_default();
        if zero(Kind::Skip) {
            walk.macs.skipped += 1;
            continue;
        }
        *copy += 1;
        if zero(Kind::Gate) {
            walk.macs.gated += 1;
        } else {
            walk.macs.done += 1;
        }
    }
    walk.steps = copies.into_values().max().unwrap_or(0);
}

fn rules_of(s: &Setting, memory: StageId, target: Operand) -> Vec<(Kind, Operand)> {
    let Some(storage) = s.sparsity.storage.get(&memory) else { return Vec::new() };
    let of = storage.savings.iter().filter(|saving| saving.target == target);
    of.flat_map(|saving| saving.leaders.iter().map(|&leader| (saving.kind, leader))).collect()
}

struct Hop<'a> {
    s: &'a Setting<'a>,
    operand: Operand,
    from: usize,
    parent: StageId,
    child: Option<(usize, StageId)>,
}

/// What moved, and the bits that came with it.
#[derive(Clone, Copy, Default)]
struct Moved {
    fate: Fate<u64>,
    bits: u64,
}

impl std::ops::AddAssign for Moved {
    fn add_assign(&mut self, other: Moved) {
        self.fate.done += other.fate.done;
        self.fate.gated += other.fate.gated;
        self.fate.skipped += other.fate.skipped;
        self.bits += other.bits;
    }
}

impl Hop<'_> {
    fn walk(&self, points: &[Point], walk: &mut SparseWalk) {
        let s = self.s;
        let output = self.operand == Operand::Output;
        let end = self.child.map_or(s.mapping.nodes.len(), |(to, _)| to);
        let mut every = loops(s, |node| !matches!(node, Node::Keep { .. }));
        every.retain(|&i| i < end);
        // The finest tiles, one for each iteration of all loops; then those of one transfer together.
        let mut finest: BTreeMap<Key, Vec<&Point>> = BTreeMap::new();
        for point in points {
            finest.entry(key(point, &every)).or_default().push(point);
        }
        let mut transfers: BTreeMap<(Key, Key), Transfer> = BTreeMap::new();
        for points in finest.values() {
            let time = self.times(&every);
            let space: Vec<usize> = every.iter().copied().filter(|&i| self.is_spatial(i)).collect();
            let transfer = transfers.entry((key(points[0], &time), key(points[0], &space))).or_default();
            transfer.words.extend(self.words(points));
            for leader in [Operand::Input, Operand::Weight] {
                transfer.met[leader].extend(span(s.problem, leader, points));
            }
        }
        let space: Vec<usize> = every.iter().copied().filter(|&i| self.is_spatial(i)).collect();
        if self.child.is_some() && s.arch.switches().refill == Refill::New {
            transfers = only_new(transfers);
        }
        if let Some((_, id)) = self.child {
            let format = self.format(id);
            let mut touched = BTreeSet::new();
            for ((_, copy), transfer) in &transfers {
                let moved = self.moved(transfer, format, |_| true);
                let again = self.again(transfer, format, copy, &mut touched);
                let access = &mut walk.words[id.0 as usize][self.operand];
                let bits = &mut walk.bits[id.0 as usize][self.operand];
                let drained = if s.arch.switches().drains == Drains::Counted { moved } else { Moved::default() };
                let (inward, outward) = if output { (again, drained) } else { (moved, Moved::default()) };
                add(&mut access.fills, &mut bits.fills, inward);
                add(&mut access.drains, &mut bits.drains, outward);
                let above: Key =
                    space.iter().zip(copy).filter(|&(&i, _)| self.is_above(i, id)).map(|(_, &k)| k).collect();
                instance(walk, id, above, outward, inward);
            }
        }
        let from: Vec<usize> = space.iter().copied().filter(|&i| i >= self.from).collect();
        let format = self.format(self.parent);
        let at_parent = |copy: &Key| -> Key {
            space.iter().zip(copy).filter(|&(&i, _)| self.is_above(i, self.parent)).map(|(_, &k)| k).collect()
        };
        let before =
            |copy: &Key| -> Key { space.iter().zip(copy).filter(|&(&i, _)| i < self.from).map(|(_, &k)| k).collect() };
        let mut touched = BTreeSet::new();
        for ((_, copy), transfer) in self.merge(&transfers, &space, &from) {
            let moved = self.moved(&transfer, format, |_| true);
            let again = self.again(&transfer, format, &before(&copy), &mut touched);
            let access = &mut walk.words[self.parent.0 as usize][self.operand];
            let bits = &mut walk.bits[self.parent.0 as usize][self.operand];
            let (outward, inward) = if output { (again, moved) } else { (moved, Moved::default()) };
            add(&mut access.reads, &mut bits.reads, outward);
            add(&mut access.updates, &mut bits.updates, inward);
            instance(walk, self.parent, at_parent(&copy), outward, inward);
        }
        if self.child.is_none() {
            self.starts(points, &space, &from, format, &at_parent, walk);
        }
        for (id, _) in s.arch.fanouts() {
            if id < self.parent || self.child.is_some_and(|(_, child)| id > child) {
                continue;
            }
            let below = |least: u8| -> Vec<usize> {
                let of = |i: usize| matches!(s.mapping.nodes[i], Node::Spatial { fanout, .. } if fanout.0 >= least);
                from.iter().copied().filter(|&i| of(i)).collect()
            };
            let mut sides = [Moved::default(); 2];
            for (side, loops) in sides.iter_mut().zip([below(id.0), below(id.0 + 1)]) {
                let mut touched = BTreeSet::new();
                for ((_, copy), transfer) in self.merge(&transfers, &space, &loops) {
                    *side += self.moved(&transfer, format, |_| true);
                    if output {
                        *side += self.again(&transfer, format, &copy, &mut touched);
                    }
                }
                if self.child.is_none() {
                    side.bits += self.visits(points, &space, &loops, format) * start(format);
                }
            }
            let [sent, delivered] = sides;
            let words = Traffic { sent: sent.fate.done, delivered: delivered.fate.done };
            let bits = Traffic { sent: sent.bits, delivered: delivered.bits };
            walk.networks.entry(id.0).or_default()[self.operand] = (words, bits);
        }
    }

    fn format(&self, memory: StageId) -> Format {
        self.s.sparsity.storage.get(&memory).map(|storage| storage.format[self.operand]).unwrap_or_default()
    }

    fn is_spatial(&self, i: usize) -> bool {
        matches!(self.s.mapping.nodes[i], Node::Spatial { .. })
    }

    /// Whether a loop in space makes instances of a memory.
    fn is_above(&self, i: usize, memory: StageId) -> bool {
        matches!(self.s.mapping.nodes[i], Node::Spatial { fanout, .. } if fanout < memory)
    }

    /// Loops in time over which words move anew.
    fn times(&self, every: &[usize]) -> Vec<usize> {
        every.iter().copied().filter(|&i| !self.is_spatial(i) && !self.latched(i)).collect()
    }

    /// What becomes of a transfer's words that `counts` picks.
    fn moved(&self, transfer: &Transfer, format: Format, counts: impl Fn(&Word) -> bool) -> Moved {
        let rules = rules_of(self.s, self.parent, self.operand);
        let is_nonzero = |word: &Word| self.s.nonzero[self.operand].contains(word);
        let spared = |kind: Kind| {
            rules.iter().any(|&(k, leader)| k == kind && transfer.met[leader].is_disjoint(&self.s.nonzero[leader]))
        };
        let (skip, gate) = (spared(Kind::Skip), spared(Kind::Gate));
        let mut moved = Moved::default();
        for word in transfer.words.iter().filter(|word| counts(word)) {
            if skip || (format != Format::Dense && !is_nonzero(word)) {
                moved.fate.skipped += 1;
            } else if gate {
                moved.fate.gated += 1;
            } else {
                moved.fate.done += 1;
            }
        }
        let whole = transfer.words.iter().all(&counts);
        if !skip && !gate && whole {
            let words: Vec<&Word> = transfer.words.iter().collect();
            let stream: Vec<bool> = words.iter().map(|word| is_nonzero(word)).collect();
            moved.bits = match self.child {
                Some(_) => describe(format, &words, &stream),
                None => {
                    let nonzeros = stream.iter().filter(|&&nonzero| nonzero).count() as u64;
                    match format {
                        Format::Dense => 0,
                        Format::Bitmask => words.len() as u64,
                        Format::Rows { index, .. } | Format::Columns { index, .. } | Format::Coordinates { index } => {
                            nonzeros * u64::from(index)
                        }
                        Format::RunLength(code) => nonzeros * u64::from(code.run),
                    }
                }
            };
        }
        moved
    }

    /// What of a transfer comes back for words that were touched before by the same copy.
    fn again(&self, transfer: &Transfer, format: Format, copy: &Key, touched: &mut BTreeSet<(Key, Word)>) -> Moved {
        if self.operand != Operand::Output {
            return Moved::default();
        }
        let new: Words =
            transfer.words.iter().filter(|&word| touched.insert((copy.clone(), word.clone()))).cloned().collect();
        assert!(new.is_empty() || new.len() == transfer.words.len(), "an output tile is touched as a whole");
        self.moved(transfer, format, |word| !new.contains(word))
    }

    /// Where rows or columns start on the way to the compute unit.
    fn starts(
        &self,
        points: &[Point],
        space: &[usize],
        from: &[usize],
        format: Format,
        at_parent: &dyn Fn(&Key) -> Key,
        walk: &mut SparseWalk,
    ) {
        let mut by_instance: BTreeMap<Key, Vec<&Point>> = BTreeMap::new();
        for point in points {
            by_instance.entry(at_parent(&key(point, space))).or_default().push(point);
        }
        for (instance, points) in by_instance {
            let visits = self.visits_of(&points, space, from, format, false) * start(format);
            let again = self.visits_of(&points, space, from, format, true) * start(format);
            let bits = &mut walk.bits[self.parent.0 as usize][self.operand];
            let ports = walk.instances[self.parent.0 as usize].entry(instance).or_default();
            if self.operand == Operand::Output {
                bits.updates += visits;
                bits.reads += again;
                ports[3] += visits;
                ports[2] += again;
            } else {
                bits.reads += visits;
                ports[2] += visits;
            }
        }
    }

    fn visits(&self, points: &[Point], space: &[usize], loops: &[usize], format: Format) -> u64 {
        let points: Vec<&Point> = points.iter().collect();
        let once = self.visits_of(&points, space, loops, format, false);
        if self.operand != Operand::Output {
            return once;
        }
        // Both ways; copies that the network does not bring together touch words by themselves.
        let mut copies: BTreeMap<Key, Vec<&Point>> = BTreeMap::new();
        for point in points {
            let merged = |&i: &usize| if loops.contains(&i) && self.shares(i) { 0 } else { point.indices[i] };
            copies.entry(space.iter().map(merged).collect()).or_default().push(point);
        }
        once + copies.values().map(|points| self.visits_of(points, space, loops, format, true)).sum::<u64>()
    }

    /// Steps without the innermost loops along a row (or column), of points that share an instance; of those, with
    /// `again`, the ones that do not touch their words for the first time.
    fn visits_of(&self, points: &[&Point], space: &[usize], from: &[usize], format: Format, again: bool) -> u64 {
        let s = self.s;
        let ranks = s.problem.ranks(self.operand);
        let Some((last, others)) = ranks.split_last() else { return 0 };
        let mut time: Vec<usize> = (0..s.mapping.nodes.len())
            .filter(|&i| matches!(s.mapping.nodes[i], Node::Temporal { .. }) && !self.latched(i))
            .collect();
        let tiles = s.mapping.tiles(s.problem);
        for i in (self.from..s.mapping.nodes.len()).rev() {
            let Node::Temporal { dim, tile } = s.mapping.nodes[i] else { continue };
            let along = match format {
                Format::Columns { .. } => others.iter().any(|rank| rank.step(dim) > 0),
                _ => last.step(dim) > 0,
            };
            if along {
                time.retain(|&t| t != i);
            } else if tile < tiles[i][dim] {
                break;
            }
        }
        let mut seen = BTreeSet::new();
        let mut first = BTreeSet::new();
        let mut visits = 0;
        let mut ordered: Vec<&&Point> = points.iter().collect();
        ordered.sort_by_key(|p| key(p, &loops(s, |node| matches!(node, Node::Temporal { .. }))));
        for point in ordered {
            let merged = |&i: &usize| if from.contains(&i) && self.shares(i) { 0 } else { point.indices[i] };
            let copy: Key = space.iter().map(merged).collect();
            if !seen.insert((key(point, &time), copy.clone())) {
                continue;
            }
            if !again || !first.insert(word(s.problem, self.operand, point)) {
                visits += 1;
            }
        }
        visits
    }

    fn merge(
        &self,
        transfers: &BTreeMap<(Key, Key), Transfer>,
        space: &[usize],
        loops: &[usize],
    ) -> BTreeMap<(Key, Key), Transfer> {
        let mut merged: BTreeMap<(Key, Key), Transfer> = BTreeMap::new();
        for ((epoch, copy), transfer) in transfers {
            let key = space
                .iter()
                .zip(copy)
                .map(|(&i, &index)| if loops.contains(&i) && self.shares(i) { 0 } else { index })
                .collect();
            let into = merged.entry((epoch.clone(), key)).or_default();
            into.words.extend(transfer.words.iter().cloned());
            for leader in [Operand::Input, Operand::Weight] {
                into.met[leader].extend(transfer.met[leader].iter().cloned());
            }
        }
        merged
    }

    fn shares(&self, index: usize) -> bool {
        let Node::Spatial { fanout, dim, .. } = self.s.mapping.nodes[index] else { return false };
        let sharing = self.s.arch.fanout(fanout).expect("a fan-out").sharing;
        match (self.operand, self.s.problem.relevance(self.operand, dim)) {
            (Operand::Output, Relevance::Irrelevant) => sharing.reduction,
            (Operand::Output, _) => false,
            (_, Relevance::Irrelevant) => sharing.multicast,
            (Operand::Input, _) => {
                let ranks = self.s.problem.ranks(Operand::Input);
                sharing.diagonal && ranks.iter().any(|rank| rank.step(dim) > 0 && rank.0.len() > 1)
            }
            (Operand::Weight, _) => false,
        }
    }

    /// Whether the compute unit holds on to the operand over a loop.
    fn latched(&self, index: usize) -> bool {
        let s = self.s;
        let tiles = s.mapping.tiles(s.problem);
        let changes = |dim| s.problem.relevance(self.operand, dim) != Relevance::Irrelevant;
        let Node::Temporal { dim, .. } = s.mapping.nodes[index] else { return false };
        let moves = |i: usize| match s.mapping.nodes[i] {
            Node::Temporal { dim, tile } => changes(dim) && tile < tiles[i][dim],
            _ => false,
        };
        self.child.is_none()
            && self.operand != Operand::Output
            && s.arch.compute().operand_latch[self.operand]
            && !changes(dim)
            && !(index..s.mapping.nodes.len()).any(moves)
    }

    /// The words of a tile, window by window if it slides.
    fn words(&self, points: &[&Point]) -> Words {
        let s = self.s;
        let slide = self.child.filter(|_| s.arch.switches().refill == Refill::Whole).and_then(|(to, _)| {
            let tiles = s.mapping.tiles(s.problem);
            let iterates = |&i: &usize| match s.mapping.nodes[i] {
                Node::Temporal { dim, tile } | Node::Spatial { dim, tile, .. } => tile < tiles[i][dim],
                Node::Keep { .. } => false,
            };
            let next = (to..s.mapping.nodes.len()).find(iterates)?;
            let Node::Temporal { dim, .. } = s.mapping.nodes[next] else { return None };
            (s.problem.relevance(self.operand, dim) == Relevance::Partial).then_some(next)
        });
        let Some(index) = slide else { return span(s.problem, self.operand, points) };
        let mut windows: BTreeMap<u64, Vec<&Point>> = BTreeMap::new();
        for point in points {
            windows.entry(point.indices[index]).or_default().push(point);
        }
        windows.values().flat_map(|points| span(s.problem, self.operand, points)).collect()
    }
}

/// What is new of each tile of a copy. A tile that stays is one transfer, which meets what all its repetitions meet.
fn only_new(transfers: BTreeMap<(Key, Key), Transfer>) -> BTreeMap<(Key, Key), Transfer> {
    let mut new: BTreeMap<(Key, Key), Transfer> = BTreeMap::new();
    let mut before: BTreeMap<Key, (Key, Words)> = BTreeMap::new();
    for ((epoch, copy), mut transfer) in transfers {
        if let Some((since, held)) = before.get(&copy)
            && *held == transfer.words
        {
            let stays = new.get_mut(&(since.clone(), copy)).expect("it came");
            for leader in [Operand::Input, Operand::Weight] {
                stays.met[leader].append(&mut transfer.met[leader]);
            }
            continue;
        }
        let tile = transfer.words.clone();
        if let Some((_, held)) = before.insert(copy.clone(), (epoch.clone(), tile)) {
            transfer.words.retain(|word| !held.contains(word));
        }
        new.insert((epoch, copy), transfer);
    }
    new
}

fn add(fate: &mut Fate<u64>, bits: &mut u64, moved: Moved) {
    let mut sum = Moved { fate: *fate, bits: *bits };
    sum += moved;
    (*fate, *bits) = (sum.fate, sum.bits);
}

/// Reads and writes of an instance of a memory.
fn instance(walk: &mut SparseWalk, id: StageId, instance: Key, outward: Moved, inward: Moved) {
    let ports = walk.instances[id.0 as usize].entry(instance).or_default();
    ports[0] += outward.fate.done + outward.fate.gated;
    ports[1] += inward.fate.done + inward.fate.gated;
    ports[2] += outward.bits;
    ports[3] += inward.bits;
}

fn start(format: Format) -> u64 {
    match format {
        Format::Rows { offset, .. } | Format::Columns { offset, .. } => u64::from(offset),
        _ => 0,
    }
}

/// Bits that describe a tile, word by word.
fn describe(format: Format, words: &[&Word], stream: &[bool]) -> u64 {
    let nonzeros = stream.iter().filter(|&&nonzero| nonzero).count() as u64;
    let rows = words.iter().map(|word| &word[..word.len().saturating_sub(1)]).collect::<BTreeSet<_>>().len() as u64;
    let columns = words.iter().map(|word| word.last()).collect::<BTreeSet<_>>().len() as u64;
    match format {
        Format::Dense => 0,
        Format::Bitmask => words.len() as u64,
        Format::Rows { index, offset } => nonzeros * u64::from(index) + (rows + 1) * u64::from(offset),
        Format::Columns { index, offset } => nonzeros * u64::from(index) + (columns + 1) * u64::from(offset),
        Format::Coordinates { index } => nonzeros * u64::from(index),
        Format::RunLength(code) => {
            let longest = (1u64 << code.run) - 1;
            let (mut run, mut pairs) = (0, 0u64);
            for &nonzero in stream {
                if nonzero || run == longest {
                    pairs += 1;
                    run = 0;
                } else {
                    run += 1;
                }
            }
            pairs += u64::from(run > 0);
            pairs.div_ceil(u64::from(code.pairs)) * u64::from(code.block) - nonzeros * u64::from(code.word)
        }
    }
}

fn word(problem: &Problem, operand: Operand, point: &Point) -> Word {
    let coordinate = |rank: &nn::problem::Rank| rank.0.iter().map(|t| t.step * point.at[t.dim.0 as usize]).sum();
    problem.ranks(operand).iter().map(coordinate).collect()
}

/// All coordinates between the first and the last of each rank.
fn span(problem: &Problem, operand: Operand, points: &[&Point]) -> Words {
    let all: Vec<Word> = points.iter().map(|point| word(problem, operand, point)).collect();
    let mut words: Vec<Word> = vec![Vec::new()];
    for rank in 0..problem.ranks(operand).len() {
        let least = all.iter().map(|word| word[rank]).min().expect("a tile has points");
        let most = all.iter().map(|word| word[rank]).max().expect("a tile has points");
        words =
            words.into_iter().flat_map(|word| (least..=most).map(move |c| [word.clone(), vec![c]].concat())).collect();
    }
    words.into_iter().collect()
}

fn key(point: &Point, loops: &[usize]) -> Key {
    loops.iter().map(|&i| point.indices[i]).collect()
}

fn loops(s: &Setting, picks: impl Fn(&Node) -> bool) -> Vec<usize> {
    (0..s.mapping.nodes.len()).filter(|&i| picks(&s.mapping.nodes[i])).collect()
}

/// Every multiply-accumulate, with its index in each loop (0 for nodes that are no loops).
fn points(s: &Setting) -> Vec<Point> {
    let size = s.problem.size();
    (0..s.problem.macs())
        .map(|mut n| {
            let mut at = Vec::new();
            for dim in s.problem.dims() {
                at.push(n % size[dim]);
                n /= size[dim];
            }
            let mut rest = at.clone();
            let index = |node: &Node| match *node {
                Node::Temporal { dim, tile } | Node::Spatial { dim, tile, .. } => {
                    let coordinate = &mut rest[dim.0 as usize];
                    let index = *coordinate / tile;
                    *coordinate %= tile;
                    index
                }
                Node::Keep { .. } => 0,
            };
            let indices = s.mapping.nodes.iter().map(index).collect();
            Point { at, indices }
        })
        .collect()
}
