//! `mapping`: for each level its loops in time, the loops across its fan-out, and what it does not keep.
//!
//! A storage level begins to keep its operands above its own loops; those across the copies below it come last.
//! Permutations are innermost first; of the dimensions across copies, the first `split` of the permutation run along
//! X, the others along Y. What is not said to be bypassed is kept. Factors that are not given are 1.

use super::arch::{Level, ReadArch};
use super::factors::Factor;
use super::problem::ReadProblem;
use super::source::{Source, at};
use crate::spec::cursor::Cursor;
use model::mapping::{Axis, Mapping, Node};
use nn::problem::{Dim, Problem, Tile};
use nn::{ByOperand, Operand};
use std::collections::BTreeMap;

/// What a directive is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Time,
    Space,
    Keeps,
}

/// Types of directives.
pub(super) const TYPES: [(&str, About); 7] = [
    ("temporal", About::Time),
    ("spatial", About::Space),
    ("bypass", About::Keeps),
    ("bypassing", About::Keeps),
    ("datatype", About::Keeps),
    ("dataspace", About::Keeps),
    ("storage", About::Keeps),
];

/// Names that a directive may call a target by.
pub(super) struct Targets {
    /// Storage levels and, for loops across copies, containers.
    names: Vec<(String, Target)>,
    levels: usize,
}

/// What a directive is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The storage level.
    pub level: usize,
    /// Which of the containers below it, outermost first, if not the level itself.
    pub container: Option<usize>,
}

/// Loops of a directive.
#[derive(Clone, Debug, Default)]
struct Loops<'n> {
    factors: Vec<Factor<'n>>,
    /// Innermost first.
    order: Vec<(Dim, Axis)>,
}

/// What the mapping says of a level.
#[derive(Clone, Debug, Default)]
struct LevelLoops<'n> {
    time: Option<Loops<'n>>,
    /// Across the copies below, by container.
    space: BTreeMap<Option<usize>, Loops<'n>>,
    bypassed: ByOperand<bool>,
}

impl<'n> LevelLoops<'n> {
    /// All its loops, outermost first.
    fn all(&self) -> impl Iterator<Item = &Loops<'n>> {
        self.time.iter().chain(self.space.values())
    }
}

impl Targets {
    /// The levels of an arch, and the containers whose copies lie below a level.
    pub fn new(arch: &ReadArch, containers: &[(String, usize)]) -> Targets {
        let levels = &arch.levels;
        let own = |(level, l): (usize, &Level)| (l.name.clone(), Target { level, container: None });
        let mut names: Vec<(String, Target)> = levels.iter().enumerate().map(own).collect();
        for (i, (name, begins)) in containers.iter().enumerate().filter(|(_, (_, begins))| *begins > 0) {
            let level = (begins - 1).min(levels.len().saturating_sub(1));
            let target = Target { level, container: Some(i) };
            names.extend([(name.clone(), target), (format!("inter_{name}_spatial"), target)]);
        }
        Targets { names, levels: levels.len() }
    }

    /// The level or container of a name, if a directive can be about it.
    pub fn named(&self, name: &str, about: About) -> Option<Target> {
        let fits = |target: &Target| target.container.is_none() || about == About::Space;
        self.names.iter().find(|(other, target)| other == name && fits(target)).map(|(_, target)| *target)
    }

    /// What a directive is about: by name, or a level by its number from the innermost.
    pub fn find(&self, source: &mut Source, target: &Cursor, about: About) -> Option<Target> {
        let text = source.report.text(target, "a storage level")?;
        if let Ok(number) = text.parse::<usize>() {
            let level = number.checked_add(1).and_then(|number| self.levels.checked_sub(number));
            if level.is_none() {
                source.report.wrong(target, format!("a storage level below {}, 0 the innermost", self.levels));
            }
            return level.map(|level| Target { level, container: None });
        }
        let leaf = text.split('[').next().unwrap_or(text);
        let leaf = leaf.rsplit('.').next().unwrap_or(leaf);
        let fits = self.names.iter().filter(|(_, target)| target.container.is_none() || about == About::Space);
        let known: Vec<(&str, Target)> = fits.map(|(name, target)| (name.as_str(), *target)).collect();
        source.named(target, "target", leaf, &known)
    }
}

/// Reads the mapping under the cursor.
pub(super) fn read(
    source: &mut Source,
    mapping: &Cursor,
    problem: &ReadProblem,
    arch: &ReadArch,
    targets: &Targets,
) -> Option<Mapping> {
    let mut levels: Vec<LevelLoops> = vec![LevelLoops::default(); arch.levels.len()];
    let mut complete = true;
    for item in directives(source, mapping)? {
        complete &= directive(source, &item, problem, targets, &mut levels).is_some();
    }
    // Without a directive, what the others multiply to says nothing.
    if !complete {
        return None;
    }
    for (level, loops) in arch.levels.iter().zip(&levels) {
        complete &= loops.all().all(|loops| ordered(source, loops, &problem.problem));
        let across = loops.space.values().flat_map(|loops| &loops.factors).find(|factor| factor.times != 1);
        if let Some(factor) = across.filter(|_| level.fanout.is_none()) {
            let found = format!("copies along {}", problem.problem.name(factor.dim));
            let expected = format!("no copies: there is one of what is inside {}", level.name);
            source.report.wrong_at(factor.cursor.node.span, &factor.cursor.path, found, expected);
            complete = false;
        }
    }
    if !multiply_out(source, mapping, &problem.problem, &mut levels) || !complete {
        return None;
    }
    Some(Mapping { nodes: nodes(&problem.problem, &arch.levels, &levels) })
}

/// The directives of a mapping: a list, or a map with one in `nodes` or `targets`.
pub(super) fn directives<'n>(source: &mut Source, section: &Cursor<'n>) -> Option<Vec<Cursor<'n>>> {
    if section.node.map().is_none() {
        return source.report.list(section);
    }
    source.version(section);
    source.fields(section, &["version", "nodes", "targets"], &[])?;
    match at(section, "nodes") {
        Some(nodes) => source.report.list(&nodes),
        None => source.need(section, "targets").and_then(|targets| source.report.list(&targets)),
    }
}

fn directive<'n>(
    source: &mut Source,
    item: &Cursor<'n>,
    problem: &ReadProblem,
    targets: &Targets,
    levels: &mut [LevelLoops<'n>],
) -> Option<()> {
    let about = source.need(item, "type")?;
    let text = source.report.text(&about, "a type of directive")?;
    let about = source.named(&about, "type", text, &TYPES)?;
    let known: &[&str] = match about {
        About::Time => &["target", "type", "factors", "permutation"],
        About::Space => &["target", "type", "factors", "permutation", "split"],
        About::Keeps => &["target", "type", "keep", "bypass"],
    };
    source.fields(item, known, &[])?;
    let target = source.need(item, "target")?;
    let to = targets.find(source, &target, about)?;
    let level = to.level;
    if about == About::Keeps {
        for (key, bypassed) in [("keep", false), ("bypass", true)] {
            let Some(list) = at(item, key) else { continue };
            for (cursor, word) in source.words(&list) {
                let operand = source.named(&cursor, "data space", &word, &problem.names())?;
                levels[level].bypassed[operand] = bypassed;
            }
        }
        return Some(());
    }
    let factors = source.factors(item, &problem.problem).ok()?;
    let permutation = at(item, "permutation").map(|list| source.permutation(&list, &problem.problem));
    let permutation = permutation.unwrap_or_else(|| match &factors[..] {
        // One loop alone needs no order.
        [factor] => vec![factor.dim],
        _ => Vec::new(),
    });
    let split = match at(item, "split") {
        Some(split) => source.whole(&split, 0, u64::from(u32::MAX))? as usize,
        None => permutation.len(),
    };
    let axis = |i: usize| if i < split { Axis::X } else { Axis::Y };
    let order = permutation.into_iter().enumerate().map(|(i, dim)| (dim, axis(i))).collect();
    let loops = Loops { factors, order };
    let before = match about {
        About::Space => levels[level].space.insert(to.container, loops),
        _ => levels[level].time.replace(loops),
    };
    if before.is_some() {
        source.report.wrong(&target, "a target once for loops in time, and once for loops in space");
        return None;
    }
    Some(())
}

/// Whether every loop that iterates has a place in the order.
fn ordered(source: &mut Source, loops: &Loops, problem: &Problem) -> bool {
    let placed = |dim: Dim| loops.order.iter().any(|(other, _)| *other == dim);
    let Some(factor) = loops.factors.iter().find(|f| f.times != 1 && !placed(f.dim)) else { return true };
    let found = format!("a loop over {} without a place", problem.name(factor.dim));
    let expected = "a permutation with every dimension that iterates";
    source.report.wrong_at(factor.cursor.node.span, &factor.cursor.path, found, expected);
    false
}

/// Sets the factors that are what is left, and checks that those of each dimension cover its size.
fn multiply_out(source: &mut Source, mapping: &Cursor, problem: &Problem, levels: &mut [LevelLoops]) -> bool {
    let mut complete = true;
    for dim in problem.dims() {
        let size = problem.size()[dim];
        // Outermost first.
        let mut factors: Vec<&mut Factor> = levels
            .iter_mut()
            .flat_map(|level| level.time.iter_mut().chain(level.space.values_mut()))
            .flat_map(|loops| &mut loops.factors)
            .filter(|factor| factor.dim == dim)
            .collect();
        let given = factors.iter().filter(|f| f.times > 0).map(|f| f.times).fold(1, u64::saturating_mul);
        let open: Vec<usize> = (0..factors.len()).filter(|&i| factors[i].times == 0).collect();
        if let [open] = open[..]
            && size.is_multiple_of(given)
        {
            (factors[open].times, factors[open].residual) = (size / given, size / given);
        }
        let (mut covered, mut tile) = (1u64, 1u64);
        for factor in factors.iter().rev() {
            covered = covered.saturating_add(factor.residual.saturating_sub(1).saturating_mul(tile));
            tile = tile.saturating_mul(factor.times);
        }
        let name = problem.name(dim);
        let list: Vec<String> = factors.iter().map(|factor| factor.show()).collect();
        let list = if list.is_empty() { "none".to_string() } else { list.join(" x ") };
        let wrong = if open.len() > 1 {
            Some((format!("factors of {name} ({list})"), "at most one factor of 0, for what is left".to_string()))
        } else if covered != size || tile == 0 {
            let expected = format!("factors that cover its size, {size}");
            Some((format!("factors of {name} that cover {covered} ({list})"), expected))
        } else {
            None
        };
        if let Some((found, expected)) = wrong {
            let place = factors.first().map_or(mapping, |factor| &factor.cursor);
            source.report.wrong_at(place.node.span, &place.path, found, expected);
            complete = false;
        }
    }
    complete
}

impl Factor<'_> {
    fn show(&self) -> String {
        if self.residual == self.times { self.times.to_string() } else { format!("{},{}", self.times, self.residual) }
    }
}

/// The nodes of a mapping whose factors multiply out: loops that iterate, outermost first.
fn nodes(problem: &Problem, levels: &[Level], all: &[LevelLoops]) -> Vec<Node> {
    let factors = all.iter().flat_map(LevelLoops::all).flat_map(|loops| &loops.factors);
    // The points of a tile with all iterations; the last tiles may be smaller.
    let mut tile = Tile::POINT;
    factors.for_each(|factor| tile[factor.dim] = tile[factor.dim].saturating_mul(factor.times));
    let mut left = problem.size();
    let mut nodes = Vec::new();
    for (level, loops) in levels.iter().zip(all) {
        let kept = Operand::ALL.into_iter().filter(|&operand| !loops.bypassed[operand]);
        nodes.extend(kept.map(|operand| Node::Keep { memory: level.memory, operand }));
        let time = loops.time.iter().map(|loops| (loops, None));
        for (loops, fanout) in time.chain(loops.space.values().map(|loops| (loops, level.fanout))) {
            for &(dim, axis) in loops.order.iter().rev() {
                let Some(factor) = loops.factors.iter().find(|factor| factor.dim == dim) else { continue };
                tile[dim] /= factor.times;
                let points = tile[dim].min(left[dim]);
                if points < left[dim] {
                    nodes.push(match fanout {
                        None => Node::Temporal { dim, tile: points },
                        Some(fanout) => Node::Spatial { fanout, axis, dim, tile: points },
                    });
                    left[dim] = points;
                }
            }
        }
    }
    nodes
}
