//! Designs written for Timeloop (Parashar et al., "Timeloop", ISPASS 2019): architecture, problem, mapping, constraints
//! and sparse optimisations, versions 0.2 to 0.4 of its YAML, and Accelergy's energy reference tables.
//!
//! A design may lie in one file or many; each section (`architecture`, `problem`, `mapping`, ...) is there once. What
//! Timeloop does otherwise than our counting rules is a switch of the architecture that comes out
//! ([`model::switches`]). Whatever in the files has no meaning here is named by a [`Note`], or refused when the design
//! would count otherwise without it. Modules in reading order.

pub(crate) mod source;

mod problem;

mod hierarchy;

mod attributes;
mod prices;

mod arch;

mod factors;
mod mapping;

mod constraints;

mod sparse;

use std::fmt;
use std::path::Path;

use crate::accelergy::Table;
use crate::error::{Error, Place, quoted};
use crate::limits::Limits;
use crate::spec::cursor::Cursor;
use crate::spec::node::Node;
use crate::spec::{self, Errors};
use model::sparsity::{Density, Sparsity};
use model::{Arch, Constraints, Mapping};
use nn::ByOperand;
use nn::problem::Problem;
use source::Source;

/// A design.
#[derive(Clone, Debug)]
pub struct Design {
    /// With what.
    pub arch: Arch,
    /// What.
    pub problem: Problem,
    /// When and where.
    pub mapping: Mapping,
    /// What restricts other mappings.
    pub constraints: Option<Constraints>,
    /// What is done about zeros.
    pub sparse: Option<Sparse>,
    /// What the files call each operand.
    pub spaces: ByOperand<String>,
    /// What in the files has no meaning here, in their order.
    pub notes: Vec<Note>,
}

/// What a design does about zeros.
#[derive(Clone, Debug, PartialEq)]
pub struct Sparse {
    /// What it leaves out, gates and skips.
    pub sparsity: Sparsity,
    /// How many words are not zero.
    pub densities: ByOperand<Density>,
}

/// Something in a file that has no meaning here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where, and which key.
    pub place: Place,
    /// Why it does not matter, or what is not counted.
    pub text: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
}

/// Sections of a design.
const SECTIONS: [&str; 9] = [
    "architecture",
    "problem",
    "mapping",
    "constraints",
    "architecture_constraints",
    "mapspace_constraints",
    "sparse_optimizations",
    "ERT",
    "variables",
];

/// Sections that say nothing here.
const UNUSED: &[(&str, &str)] = &[
    ("ART", "areas are not part of an evaluation"),
    ("area_reference_table", "areas are not part of an evaluation"),
    ("mapper", "settings of a search; a mapping that is given is evaluated"),
    ("mapspace", "bounds a search; a mapping that is given is evaluated"),
    ("globals", "settings of the tool"),
    ("renames", "other names of data spaces and dimensions; theirs are taken as they stand"),
    ("ERT_summary", "a summary of the table"),
    ("ART_summary", "areas are not part of an evaluation"),
    ("components", "classes of an energy estimator"),
    ("compound_components", "classes of an energy estimator"),
    ("version", "of a file of several sections, each of which has its own"),
];

/// Reads the design that the files make together.
pub fn read<P: AsRef<Path>>(paths: &[P]) -> Result<Design, Errors> {
    let limits = Limits::default();
    let mut texts = Vec::new();
    let mut errors = Vec::new();
    for path in paths {
        let path = path.as_ref();
        match spec::read(path, &limits) {
            Ok(text) => texts.push((path, text)),
            Err(error) => errors.push(error),
        }
    }
    if let Some(errors) = Errors::of(errors) {
        return Err(errors);
    }
    let texts: Vec<(&Path, &str)> = texts.iter().map(|(path, text)| (*path, text.as_str())).collect();
    parse(&texts)
}

/// Reads the design that texts make together, each with the path that messages name.
pub fn parse(files: &[(&Path, &str)]) -> Result<Design, Errors> {
    let limits = Limits::default();
    let mut trees: Vec<(&Path, Node)> = Vec::new();
    let mut errors = Vec::new();
    for (path, text) in files {
        match spec::parse(path, text, &limits) {
            Ok(node) => trees.push((path, source::underscored(node))),
            Err(error) => errors.push(error),
        }
    }
    if let Some(errors) = Errors::of(errors) {
        return Err(errors);
    }
    let mut sources: Vec<Source> = trees.iter().map(|(path, _)| Source::new(path)).collect();
    let design = assemble(&trees, &mut sources);
    let (mut notes, mut errors) = (Vec::new(), Vec::new());
    for source in sources {
        let Source { report, notes: mut of_file, .. } = source;
        of_file.sort_by_key(|(span, _)| *span);
        // What an alias repeats is named once.
        of_file.dedup_by(|(span, note), (before, other)| span == before && note.text == other.text);
        notes.extend(of_file.into_iter().map(|(_, note)| note));
        errors.extend(report.finish(Some(())).err());
    }
    match (Errors::of(errors), design) {
        (Some(errors), _) => Err(errors),
        (None, Ok(design)) => Ok(Design { notes, ..design }),
        (None, Err(error)) => Err(error.into()),
    }
}

/// Finds each section, and reads them in the order in which they need each other.
fn assemble(trees: &[(&Path, Node)], sources: &mut [Source]) -> Result<Design, Error> {
    let mut found: Vec<(&str, usize, Cursor)> = Vec::new();
    for (file, (_, tree)) in trees.iter().enumerate() {
        let root = Cursor::root(tree);
        for (key, node) in sources[file].fields(&root, &SECTIONS, UNUSED).unwrap_or_default() {
            if found.iter().any(|(name, ..)| *name == key.name) {
                let section = format!("section {} again", quoted(&key.name));
                sources[file].report.wrong_at(key.span, "", section, "each section once");
            }
            found.push((&key.name, file, root.child(node, &key.name)));
        }
    }
    for (_, file, cursor) in found.iter().filter(|(name, ..)| *name == "variables") {
        sources[*file].variables(cursor);
        let scope = sources[*file].scope.clone();
        sources.iter_mut().for_each(|source| source.scope = scope.clone());
    }
    let section = |name: &str| found.iter().find(|(n, ..)| *n == name).map(|(_, file, cursor)| (*file, cursor));
    let first = trees.first().map_or(Path::new(""), |(path, _)| path);
    let need = |name: &str| {
        let missing =
            || Error::malformed(Place::file(first), format!("no {}", quoted(name)), "a file with that section");
        section(name).ok_or_else(missing)
    };
    let (in_problem, in_arch, in_mapping) = (need("problem")?, need("architecture")?, need("mapping")?);
    // What is wrong is in the reports by then.
    let wrong = || Error::malformed(Place::file(first), "a design", "one without errors");
    let table = section("ERT").map(|(file, cursor)| {
        let name = trees[file].0.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Table::read(&mut sources[file], cursor, &name)
    });
    let problem = problem::read(&mut sources[in_problem.0], in_problem.1);
    let source = &mut sources[in_arch.0];
    let row = hierarchy::read(source, in_arch.1).ok_or_else(wrong)?;
    let arch = arch::read(source, in_arch.1, &row, table.as_ref());
    let (problem, arch) = (problem.ok_or_else(wrong)?, arch.ok_or_else(wrong)?);
    let targets = mapping::Targets::new(&arch, &row.containers);
    let mapping = mapping::read(&mut sources[in_mapping.0], in_mapping.1, &problem, &arch, &targets);
    let mut rules = constraints::Reader::new(&problem, &arch, &targets);
    for (name, constraints) in &row.constraints {
        rules.component(&mut sources[in_arch.0], in_arch.0, name, constraints);
    }
    for (_, file, cursor) in found.iter().filter(|(name, ..)| name.ends_with("constraints")) {
        rules.section(&mut sources[*file], *file, cursor);
    }
    let constraints = rules.read(sources);
    let sparse = section("sparse_optimizations").map(|(file, cursor)| {
        let (problem, arch, targets, table) = (&problem, &arch, &targets, table.as_ref());
        let reader = sparse::Reader { problem, arch, row: &row, targets, table };
        let sparsity = reader.read(&mut sources[file], cursor)?;
        Some(Sparse { sparsity, densities: sparse::densities(&mut sources[in_problem.0], problem)? })
    });
    let sparse = match sparse {
        Some(sparse) => Some(sparse.ok_or_else(wrong)?),
        None => {
            if let Some(cursor) = &problem.densities {
                let text = "without sparse optimizations nothing depends on zeros";
                sources[in_problem.0].note(cursor.node.span, &cursor.path, text);
            }
            None
        }
    };
    let (mapping, spaces, notes) = (mapping.ok_or_else(wrong)?, problem.spaces, Vec::new());
    Ok(Design { arch: arch.arch, problem: problem.problem, mapping, constraints, sparse, spaces, notes })
}
