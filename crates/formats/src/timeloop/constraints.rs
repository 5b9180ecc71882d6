//! Constraints: `constraints`, `architecture_constraints`, `mapspace_constraints`, and what stands with a component.
//!
//! They restrict a search. A directive at a storage level is about its own loops, between where it begins to keep and
//! where the next level does; our rules are about one side of such a place. What they can say is read: data spaces
//! that are kept or bypassed; dimensions and copies across each axis of a fan-out; the order of the loops of a level;
//! loops of a single iteration at the outermost and at the innermost level. What they cannot is noted.

use super::arch::ReadArch;
use super::factors::Factor;
use super::mapping::{About, TYPES, Target, Targets, directives};
use super::problem::ReadProblem;
use super::source::{Source, Unused, at};
use crate::spec::cursor::Cursor;
use model::constraints::{Constraint, Constraints, Place, Side, Which};
use model::mapping::Axis;
use nn::Operand;
use nn::problem::Dim;

const NOT_SAID: &str =
    "restricts a search in a way that the rules of ours do not say; the mapping is evaluated all the same";

/// Constraints that our rules do not say.
const UNSAID: &Unused = &[
    ("targets", NOT_SAID),
    ("utilization", NOT_SAID),
    ("parallelism", NOT_SAID),
    ("max_overbooked_proportion", NOT_SAID),
    ("version", "the version of a directive"),
    ("min", NOT_SAID),
    ("max", NOT_SAID),
];

/// Keys that change what is counted, unless they are empty.
const CHANGING: [&str; 6] =
    ["no_reuse", "no_temporal_reuse", "no_multicast", "no_multicast_no_unicast", "no_reduction", "no_refetch"];

/// What constraints are read with.
pub(super) struct Reader<'r> {
    problem: &'r ReadProblem<'r>,
    arch: &'r ReadArch,
    targets: &'r Targets,
    rules: Vec<Constraint>,
    directives: Vec<Directive<'r>>,
}

/// A directive of the file of that index.
struct Directive<'r> {
    file: usize,
    item: Cursor<'r>,
    about: About,
    target: Target,
}

impl<'r> Reader<'r> {
    pub fn new(problem: &'r ReadProblem<'r>, arch: &'r ReadArch, targets: &'r Targets) -> Self {
        Reader { problem, arch, targets, rules: Vec::new(), directives: Vec::new() }
    }

    /// Takes a section of the file of that index.
    pub fn section(&mut self, source: &mut Source, file: usize, section: &Cursor<'r>) {
        for item in directives(source, section).unwrap_or_default() {
            let (about, target) = (source.need(&item, "type"), source.need(&item, "target"));
            let (Some(about), Some(target)) = (about, target) else { continue };
            let Some(text) = source.report.text(&about, "a type of directive") else { continue };
            if UNSAID.iter().any(|(unsaid, _)| *unsaid == text) {
                source.note(item.node.span, &item.path, NOT_SAID);
                continue;
            }
            let Some(about) = source.named(&about, "type", text, &TYPES) else { continue };
            if let Some(target) = self.targets.find(source, &target, about) {
                self.directives.push(Directive { file, item, about, target });
            }
        }
    }

    /// Takes what stands with a component or container of that name.
    pub fn component(&mut self, source: &mut Source, file: usize, name: &str, constraints: &Cursor<'r>) {
        for (key, about) in [("temporal", About::Time), ("spatial", About::Space), ("dataspace", About::Keeps)] {
            let Some(item) = at(constraints, key) else { continue };
            match self.targets.named(name, about) {
                Some(target) => self.directives.push(Directive { file, item, about, target }),
                None => source.note(item.node.span, &item.path, NOT_SAID),
            }
        }
        source.fields(constraints, &["temporal", "spatial", "dataspace"], UNSAID);
    }

    /// The rules that the directives say, if there are any. What is kept is known before the order of loops is.
    pub fn read(mut self, sources: &mut [Source]) -> Option<Constraints> {
        let mut directives = std::mem::take(&mut self.directives);
        directives.sort_by_key(|directive| directive.about != About::Keeps);
        for Directive { file, item, about, target } in directives {
            let source = &mut sources[file];
            let known =
                [&["target", "type", "factors", "permutation", "split", "keep", "bypass"], &CHANGING[..]].concat();
            source.open(&item, &known, UNSAID);
            for value in CHANGING.iter().filter_map(|key| at(&item, key)) {
                let says_nothing = value.node.is_null() || value.node.list().is_some_and(<[_]>::is_empty);
                if !says_nothing && value.node.text() != Some("false") {
                    source.report.wrong(&value, "nothing: tiles keep what they can, and networks multicast and reduce");
                }
            }
            match about {
                About::Keeps => self.keeps(source, &item, target.level),
                About::Time => self.time(source, &item, target.level),
                About::Space => self.space(source, &item, target.level),
            }
        }
        let name = "Timeloop's constraints".to_string();
        (!self.rules.is_empty()).then_some(Constraints { name, rules: self.rules })
    }

    fn keeps(&mut self, source: &mut Source, item: &Cursor, level: usize) {
        let memory = self.arch.levels[level].memory;
        for (key, keeps) in [("keep", true), ("bypass", false)] {
            let Some(list) = at(item, key) else { continue };
            for (cursor, word) in source.words(&list) {
                let operand = source.named(&cursor, "data space", &word, &self.problem.names());
                self.rules.extend(operand.map(|operand| Constraint::Keep { memory, operand, keeps }));
            }
        }
    }

    /// Where a level begins to keep an operand.
    fn place(&self, level: usize, operand: Operand) -> Place {
        Place { memory: Which::Memory(self.arch.levels[level].memory), operand }
    }

    fn time(&mut self, source: &mut Source, item: &Cursor, level: usize) {
        let problem = &self.problem.problem;
        let innermost = level + 1 == self.arch.levels.len();
        let factors = source.factors(item, problem).unwrap_or_else(|right| right);
        let single: Vec<Dim> = factors.iter().filter(|factor| factor.times == 1).map(|factor| factor.dim).collect();
        let side = match (level == 0, innermost) {
            (_, true) => Some((Side::Above, level)),
            (true, false) => Some((Side::Below, level + 1)),
            (false, false) => None,
        };
        let said = |factor: &&Factor| factor.times == 1 && side.is_some();
        for factor in factors.iter().filter(|factor| !said(factor)) {
            source.note(factor.cursor.node.span, &format!("{} {}", item.path, problem.name(factor.dim)), NOT_SAID);
        }
        if let Some((side, of)) = side.filter(|_| !single.is_empty()) {
            let rule = |operand| Constraint::Loops { dims: single.clone(), side, of: self.place(of, operand) };
            let rules: Vec<Constraint> = Operand::ALL.into_iter().map(rule).collect();
            self.rules.extend(rules);
        }
        let Some(list) = at(item, "permutation") else { return };
        let mut dims = source.permutation(&list, problem);
        dims.reverse();
        if dims.len() < 2 {
            return;
        }
        // A rule of ours reaches to the next memory that keeps the operand: that has to be the next level.
        let kept = |operand| {
            let next = self.arch.levels.get(level + 1).map(|next| next.memory);
            let keeps = |memory| self.rules.contains(&Constraint::Keep { memory, operand, keeps: true });
            next.is_none_or(keeps)
        };
        let order = |operand| Constraint::Order { dims: dims.clone(), below: self.place(level, operand) };
        let rules: Vec<Constraint> = Operand::ALL.into_iter().filter(|&operand| kept(operand)).map(order).collect();
        if rules.is_empty() {
            source.note(list.node.span, &list.path, NOT_SAID);
        }
        self.rules.extend(rules);
    }

    fn space(&mut self, source: &mut Source, item: &Cursor, level: usize) {
        let problem = &self.problem.problem;
        let Some(fanout) = self.arch.levels[level].fanout else {
            source.note(item.node.span, &item.path, "there are no copies below to spread loops across");
            return;
        };
        let factors = source.factors(item, problem).unwrap_or_else(|right| right);
        let order = at(item, "permutation").map_or(Vec::new(), |list| source.permutation(&list, problem));
        let split = match at(item, "split") {
            Some(split) => source.whole(&split, 0, u64::from(u32::MAX)).map(|split| split as usize),
            None => None,
        };
        // Dimensions that are not in the permutation come after those that are.
        let axis = |dim: Dim| {
            let place = order.iter().position(|&other| other == dim);
            split.map(|split| if place.unwrap_or(order.len()) < split { Axis::X } else { Axis::Y })
        };
        let times = |dim: Dim| factors.iter().find(|factor| factor.dim == dim).map(|factor| factor.times);
        for along in [Axis::X, Axis::Y] {
            let fits = |&dim: &Dim| times(dim) != Some(1) && axis(dim).is_none_or(|axis| axis == along);
            let dims: Vec<Dim> = problem.dims().filter(fits).collect();
            if dims.len() < problem.dims().len() {
                self.rules.push(Constraint::Across { fanout, axis: along, dims });
            }
        }
        for factor in factors.iter().filter(|factor| factor.times != 1) {
            match axis(factor.dim).filter(|_| factor.times > 0) {
                Some(axis) => {
                    let (dim, copies) = (factor.dim, factor.times);
                    self.rules.push(Constraint::Copies { fanout, axis, dim, copies });
                }
                None => {
                    let path = format!("{} {}", item.path, problem.name(factor.dim));
                    source.note(factor.cursor.node.span, &path, NOT_SAID);
                }
            }
        }
    }
}
