//! The descriptions that come with the program: architectures and dataflows, one line each.
//!
//! An architecture is called by its file's name; `NAME@512` is the one whose variable `pes` is 512. What is no such
//! name and ends in `.yaml`, `.yml` or `.json` is a file.

use crate::Error;
use formats::spec::{self, ArchFile, ConstraintsFile};
use model::Arch;
use nn::problem::Problem;
use std::path::Path;

/// A description.
#[derive(Clone, Copy, Debug)]
pub struct Description {
    /// What it is called on a command line.
    pub name: &'static str,
    /// The file.
    pub text: &'static str,
}

macro_rules! description {
    ($folder:literal, $name:literal) => {
        Description { name: $name, text: include_str!(concat!("../", $folder, "/", $name, ".yaml")) }
    };
}

/// Every architecture: what the mapper is compared on, then in the order of publication.
pub const ARCHS: &[Description] = &[
    description!("archs", "two-level"),
    description!("archs", "open-eyeriss"),
    description!("archs", "diannao"),
    description!("archs", "shidiannao"),
    description!("archs", "isca16-rs"),
    description!("archs", "isca16-ws"),
    description!("archs", "isca16-os-a"),
    description!("archs", "isca16-os-b"),
    description!("archs", "isca16-os-c"),
    description!("archs", "isca16-nlr"),
    description!("archs", "isca16-free"),
    description!("archs", "eyeriss"),
    description!("archs", "eyeriss-sparse"),
    description!("archs", "asilomar17"),
    description!("archs", "tpu"),
    description!("archs", "nvdla"),
    description!("archs", "simba"),
];

/// Every dataflow, in the order of the study that names them; then those that its designs run in their own way.
pub const DATAFLOWS: &[Description] = &[
    description!("dataflows", "ws"),
    description!("dataflows", "os-a"),
    description!("dataflows", "os-b"),
    description!("dataflows", "os-c"),
    description!("dataflows", "nlr"),
    description!("dataflows", "rs"),
    description!("dataflows", "isca16-ws"),
    description!("dataflows", "isca16-os-a"),
    description!("dataflows", "isca16-os-b"),
    description!("dataflows", "rs-row"),
];

/// The dataflow that an architecture of the library was designed for.
const DESIGNED_FOR: &[(&str, &str)] = &[
    ("isca16-rs", "rs"),
    ("isca16-ws", "isca16-ws"),
    ("isca16-os-a", "isca16-os-a"),
    ("isca16-os-b", "isca16-os-b"),
    ("isca16-os-c", "os-c"),
    ("isca16-nlr", "nlr"),
    ("eyeriss", "rs"),
    ("eyeriss-sparse", "rs"),
    ("asilomar17", "rs-row"),
];

/// The dataflow that the architecture called `arch` was designed for, if the library has it.
pub fn designed_for(arch: &str) -> Option<&'static str> {
    let base = arch.split_once('@').map_or(arch, |(base, _)| base);
    DESIGNED_FOR.iter().find(|(name, _)| name.eq_ignore_ascii_case(base)).map(|(_, dataflow)| *dataflow)
}

/// The architecture called `name`, whatever its case, or described by the file of that name.
pub fn arch(name: &str) -> Result<ArchFile, Error> {
    let (base, pes) = name.split_once('@').map_or((name, None), |(base, pes)| (base, Some(pes)));
    let overrides: Vec<(&str, &str)> = pes.map(|pes| ("pes", pes)).into_iter().collect();
    arch_with(base, &overrides)
}

/// The same where some of its variables have other values.
pub fn arch_with(base: &str, overrides: &[(&str, &str)]) -> Result<ArchFile, Error> {
    if let Some(found) = find(ARCHS, base) {
        return Ok(spec::parse_arch_with(&path("archs", found), found.text, overrides)?);
    }
    if is_file(base) {
        return Ok(spec::read_arch_with(Path::new(base), overrides)?);
    }
    Err(Error::unknown("architecture", base, ARCHS.iter().map(|description| description.name)))
}

/// The constraints called `name`, whatever its case, or described by the file of that name.
pub fn dataflow(name: &str, problem: &Problem, arch: &Arch) -> Result<ConstraintsFile, Error> {
    if let Some(found) = find(DATAFLOWS, name) {
        return Ok(spec::parse_constraints_file(&path("dataflows", found), found.text, problem, arch)?);
    }
    if is_file(name) {
        return Ok(spec::read_constraints_file(Path::new(name), problem, arch)?);
    }
    Err(Error::unknown("dataflow", name, DATAFLOWS.iter().map(|description| description.name)))
}

fn find(table: &'static [Description], name: &str) -> Option<&'static Description> {
    table.iter().find(|description| description.name.eq_ignore_ascii_case(name))
}

/// Whether a name is that of a file, which exists or should.
fn is_file(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| ["yaml", "yml", "json"].contains(&extension.to_lowercase().as_str()))
}

/// What messages call a description of the library.
fn path(folder: &str, description: &Description) -> std::path::PathBuf {
    Path::new(folder).join(format!("{}.yaml", description.name))
}
