//! Problems: a convolution, a product of matrices, a fully connected layer, or any affine einsum of three operands.
//!
//! ```yaml
//! problem: AlexNet CONV2
//! conv: {G: 2, M: 128, C: 48, H: 27, W: 27, R: 5, S: 5, pad: 2}
//! ```
//!
//! The letters are the loops' (`M` and `C` count the channels of a group); rows and columns are those of the output
//! (`P`, `Q`) or of the input (`H`, `W`, with `pad`). `matmul: {M: 64, N: 64, K: 64}` and
//! `fully_connected: {N: 1, M: 1000, C: 4096}` are short forms too. In full, the first is
//!
//! ```yaml
//! einsum:
//!   dims: {M: 64, N: 64, K: 64}
//!   ifmap: [K, N]
//!   filter: [M, K]
//!   psum: [M, N]
//! ```
//!
//! where a rank may be a sum of dimensions, each times a number: `[C, 2*P + R]`.

mod conv;
mod densities;
mod einsum;

use std::path::Path;

#[cfg(test)]
pub(crate) use self::conv::KEYS as CONV_KEYS;
use super::cursor::{Cursor, Fields, Report};
use super::errors::Errors;
use super::quantity::Scope;
use super::variables::{self, Overrides};
use crate::Limits;
use model::sparsity::Density;
use nn::ByOperand;
use nn::problem::{Problem, ProblemError};

/// The keys of a problem, its kinds last.
pub(crate) const KEYS: [&str; 11] = [
    "problem",
    "summary",
    "source",
    "word",
    "clock",
    "variables",
    "densities",
    "conv",
    "matmul",
    "fully_connected",
    "einsum",
];
/// Those of which a problem has one.
pub(crate) const KINDS: [&str; 4] = ["conv", "matmul", "fully_connected", "einsum"];
/// The largest size of a dimension.
const MAX_SIZE: u64 = 1 << 24;

/// A problem as a file describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct ProblemFile {
    /// The problem.
    pub problem: Problem,
    /// Its name.
    pub name: Option<String>,
    /// How many words of each operand are not zero, if that is said.
    pub densities: Option<ByOperand<Density>>,
}

/// Reads the problem that the file at `path` describes.
pub fn read_problem(path: &Path) -> Result<Problem, Errors> {
    parse_problem(path, &super::read(path, &Limits::default())?)
}

/// The problem that `text`, read from `path`, describes.
pub fn parse_problem(path: &Path, text: &str) -> Result<Problem, Errors> {
    parse_problem_with(path, text, &[]).map(|file| file.problem)
}

/// The problem that `text` describes when some of its variables have other values.
pub fn parse_problem_with(path: &Path, text: &str, overrides: Overrides) -> Result<ProblemFile, Errors> {
    let root = super::parse(path, text, &Limits::default())?;
    let mut report = Report::new(path);
    let file = problem(&Cursor::root(&root), overrides, &mut report);
    report.finish(file)
}

fn problem(root: &Cursor, overrides: Overrides, report: &mut Report) -> Option<ProblemFile> {
    let fields = report.fields(root, &KEYS)?;
    let text =
        |key: &str, report: &mut Report| fields.get(key).and_then(|c| report.text(&c, "a text")).map(str::to_string);
    let name = fields.get("problem").and_then(|c| report.name(&c, "the problem's name")).map(str::to_string);
    text("summary", report);
    text("source", report);
    let scope = variables::read(&fields, overrides, report);
    let densities = fields.get("densities").and_then(|c| densities::read(&c, &scope, report));
    let kinds: Vec<(&str, Cursor)> = KINDS.iter().filter_map(|kind| Some((*kind, fields.get(kind)?))).collect();
    let [(kind, cursor)] = kinds.as_slice() else {
        let found = kinds.iter().map(|(kind, _)| format!("`{kind}`")).collect::<Vec<_>>().join(" and ");
        let found = if found.is_empty() { "no problem".to_string() } else { found };
        report.wrong_at(root.node.span, "", found, format!("one of {}", KINDS.join(", ")));
        return None;
    };
    let problem = match *kind {
        "conv" => conv::read(cursor, &scope, report)?,
        "einsum" => einsum::read(cursor, &scope, report)?,
        "matmul" => {
            let [m, n, k] = sizes(cursor, ["M", "N", "K"], &scope, report)?;
            Problem::matmul(m, n, k)
        }
        _ => {
            let [n, m, c] = sizes(cursor, ["N", "M", "C"], &scope, report)?;
            Problem::fully_connected(n, m, c)
        }
    };
    match problem {
        Ok(problem) => report.is_empty().then_some(ProblemFile { problem, name, densities }),
        Err(error) => {
            report.broken(cursor, error.to_string());
            None
        }
    }
}

/// What a reader of a kind gives: nothing when the description is wrong, else what `nn` makes of it.
type Made = Option<Result<Problem, ProblemError>>;

/// The sizes of named dimensions, all of which must be there.
fn sizes<const D: usize>(cursor: &Cursor, names: [&str; D], scope: &Scope, report: &mut Report) -> Option<[u64; D]> {
    let fields = report.fields(cursor, &names)?;
    let sizes = names.map(|name| fields.need(name, report).and_then(|c| size(&c, scope, report)));
    let mut all = [0; D];
    for (to, size) in all.iter_mut().zip(sizes) {
        *to = size?;
    }
    Some(all)
}

fn size(cursor: &Cursor, scope: &Scope, report: &mut Report) -> Option<u64> {
    report.count(cursor, scope, 1, MAX_SIZE)
}

/// A size that is 1 where it is left out.
fn size_or_one(fields: &Fields, name: &str, scope: &Scope, report: &mut Report) -> Option<u64> {
    fields.get(name).map_or(Some(1), |cursor| size(&cursor, scope, report))
}
