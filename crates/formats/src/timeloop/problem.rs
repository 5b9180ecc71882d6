//! `problem`: dimensions, data spaces with their projections, an instance.
//!
//! The data space that is read and written is the output. Of the other two the input is the one with windows (a rank
//! of more than one dimension); without windows, the one that is not named like weights, or the first.

use super::source::{Source, at};
use crate::error::quoted;
use crate::spec::cursor::Cursor;
use nn::problem::{Dim, MAX_DIMS, Problem, Rank, Term};
use nn::{ByOperand, Operand};

/// The largest size, stride or dilation.
const MOST: u64 = 1 << 48;

/// A problem, and what its file calls the operands.
pub(super) struct ReadProblem<'n> {
    pub problem: Problem,
    pub spaces: ByOperand<String>,
    /// The densities of data spaces, if it gives any.
    pub densities: Option<Cursor<'n>>,
}

impl ReadProblem<'_> {
    /// The data spaces by name.
    pub fn names(&self) -> [(&str, Operand); 3] {
        Operand::ALL.map(|operand| (self.spaces[operand].as_str(), operand))
    }
}

/// A data space.
struct Space<'n> {
    name: String,
    ranks: Vec<Rank>,
    written: bool,
    cursor: Cursor<'n>,
}

/// Reads the problem under the cursor.
pub(super) fn read<'n>(source: &mut Source, problem: &Cursor<'n>) -> Option<ReadProblem<'n>> {
    source.version(problem);
    let shape = source.need(problem, "shape")?;
    // Older files give the instance beside the shape.
    let instance = at(problem, "instance");
    if instance.is_some() {
        source.fields(problem, &["version", "shape", "instance"], &[])?;
    }
    let instance = instance.unwrap_or_else(|| problem.clone());
    if shape.node.text().is_some() {
        let known = [("cnn_layer", ()), ("cnn-layer", ())];
        let name = shape.node.text().unwrap_or_default().trim_end_matches(".yaml");
        source.named(&shape, "shape", name.rsplit('/').next().unwrap_or(name), &known)?;
        return cnn_layer(source, problem, &instance);
    }
    let known = ["name", "dimensions", "coefficients", "data_spaces"];
    source.fields(&shape, &known, &[("version", "the version of the shape, read as the problem's")])?;
    let dims = dimensions(source, &shape)?;
    let coefficients = at(&shape, "coefficients").map_or(Some(Vec::new()), |list| coefficients(source, &list))?;
    let names: Vec<&str> = dims.iter().map(String::as_str).collect();
    let (sizes, coefficients) = instance_of(source, problem, &instance, &names, &coefficients)?;
    let list = source.need(&shape, "data_spaces")?;
    let items = source.report.list(&list)?;
    let spaces: Vec<Space> = items.iter().filter_map(|item| space(source, item, &names, &coefficients)).collect();
    if spaces.len() < items.len() {
        return None;
    }
    let spaces = assign(source, &list, spaces)?;
    let ranks = ByOperand(Operand::ALL.map(|operand| spaces[operand].ranks.clone()));
    let made = Problem::new(dims.into_iter().zip(sizes).collect(), ranks);
    let made = made.map_err(|error| source.report.broken(problem, error.to_string())).ok()?;
    let spaces = ByOperand(Operand::ALL.map(|operand| spaces[operand].name.clone()));
    Some(ReadProblem { problem: made, spaces, densities: at(&instance, "densities") })
}

fn dimensions(source: &mut Source, shape: &Cursor) -> Option<Vec<String>> {
    let list = source.need(shape, "dimensions")?;
    let words = source.words(&list);
    if words.is_empty() || words.len() > MAX_DIMS {
        let found = format!("{} dimensions", words.len());
        source.report.wrong_at(list.node.span, &list.path, found, format!("1 to {MAX_DIMS}"));
        return None;
    }
    Some(words.into_iter().map(|(_, word)| word).collect())
}

/// Coefficients with their defaults.
fn coefficients(source: &mut Source, list: &Cursor) -> Option<Vec<(String, Option<u64>)>> {
    let mut read = Vec::new();
    for item in source.report.list(list)? {
        source.fields(&item, &["name", "default"], &[])?;
        let name = source.need(&item, "name")?;
        let name = source.report.text(&name, "a name")?.to_string();
        let default = match at(&item, "default") {
            Some(default) => Some(source.whole(&default, 0, MOST)?),
            None => None,
        };
        read.push((name, default));
    }
    Some(read)
}

/// What an instance says: the sizes of the dimensions, and the coefficients by name.
type Instance = (Vec<u64>, Vec<(String, u64)>);

/// Reads an instance.
fn instance_of(
    source: &mut Source,
    problem: &Cursor,
    instance: &Cursor,
    dims: &[&str],
    coefficients: &[(String, Option<u64>)],
) -> Option<Instance> {
    let beside = if problem.path == instance.path { &["shape", "version"][..] } else { &[] };
    let known: Vec<&str> = dims
        .iter()
        .copied()
        .chain(coefficients.iter().map(|(name, _)| name.as_str()))
        .chain(["densities"])
        .chain(beside.iter().copied())
        .collect();
    source.fields(instance, &known, &[("name", "the name of the instance")])?;
    let mut complete = true;
    let mut sizes = Vec::new();
    for dim in dims {
        let size = source.need(instance, dim).and_then(|size| source.whole(&size, 0, MOST));
        complete &= size.is_some();
        sizes.extend(size);
    }
    let mut values = Vec::new();
    for (name, default) in coefficients {
        let value = match (at(instance, name), default) {
            (None, Some(default)) => Some(*default),
            _ => source.need(instance, name).and_then(|value| source.whole(&value, 0, MOST)),
        };
        complete &= value.is_some();
        values.extend(value.map(|value| (name.clone(), value)));
    }
    complete.then_some((sizes, values))
}

fn space<'n>(
    source: &mut Source,
    item: &Cursor<'n>,
    dims: &[&str],
    coefficients: &[(String, u64)],
) -> Option<Space<'n>> {
    source.fields(item, &["name", "projection", "read_write"], &[])?;
    let name = source.need(item, "name")?;
    let name = source.report.text(&name, "a name")?.to_string();
    let written = at(item, "read_write").map_or(Some(false), |flag| source.flag(&flag))?;
    let projection = source.need(item, "projection")?;
    let mut ranks = Vec::new();
    let mut seen: Vec<Dim> = Vec::new();
    for rank in source.report.list(&projection)? {
        let mut terms = Vec::new();
        for term in source.report.list(&rank)? {
            let term = self::term(source, &term, dims, coefficients)?;
            if seen.contains(&term.dim) {
                let twice = format!("dimension {} twice in a projection", dims[usize::from(term.dim.0)]);
                source.report.wrong_at(rank.node.span, &rank.path, twice, "each dimension in one term of one rank");
                return None;
            }
            seen.push(term.dim);
            terms.push(term);
        }
        ranks.push(Rank(terms));
    }
    Some(Space { name, ranks, written, cursor: item.clone() })
}

/// A term of a rank: a dimension, and a coefficient by name or value.
fn term(source: &mut Source, term: &Cursor, dims: &[&str], coefficients: &[(String, u64)]) -> Option<Term> {
    let parts = source.words(term);
    let Some((first, name)) = parts.first().filter(|_| parts.len() <= 2) else {
        source.report.wrong(term, "a dimension, or a dimension and its coefficient");
        return None;
    };
    let known: Vec<(&str, Dim)> = dims.iter().enumerate().map(|(i, dim)| (*dim, Dim(i as u8))).collect();
    let dim = source.named(first, "dimension", name, &known)?;
    let step = match parts.get(1) {
        None => 1,
        Some((_, text)) if text.parse::<u64>().is_ok() => text.parse().unwrap_or(1),
        Some((cursor, name)) => {
            let known: Vec<(&str, u64)> = coefficients.iter().map(|(name, value)| (name.as_str(), *value)).collect();
            source.named(cursor, "coefficient", name, &known)?
        }
    };
    Some(Term { step, dim })
}

/// Which data space is which operand.
fn assign<'n>(source: &mut Source, list: &Cursor, spaces: Vec<Space<'n>>) -> Option<ByOperand<Space<'n>>> {
    let (written, read): (Vec<Space>, Vec<Space>) = spaces.into_iter().partition(|space| space.written);
    let found = format!("{} data spaces that are read and {} that are written", read.len(), written.len());
    let (Ok([first, second]), Ok([output])) = (<[Space; 2]>::try_from(read), <[Space; 1]>::try_from(written)) else {
        source.report.wrong_at(list.node.span, &list.path, found, "two that are read and one with `read_write: true`");
        return None;
    };
    for (space, others) in [(&second, vec![&first]), (&output, vec![&first, &second])] {
        if others.iter().any(|other| other.name == space.name) {
            let found = format!("data space {} again", quoted(&space.name));
            source.report.wrong_at(space.cursor.node.span, &space.cursor.path, found, "each name once");
            return None;
        }
    }
    let windows = |space: &Space| space.ranks.iter().any(|rank| rank.0.len() > 1);
    let weights = |space: &Space| {
        let name = space.name.to_ascii_lowercase();
        ["weight", "filter", "kernel"].iter().any(|known| name.contains(known))
    };
    let first_is_weight = match (windows(&first), windows(&second)) {
        (true, false) => false,
        (false, true) => true,
        _ => weights(&first) && !weights(&second),
    };
    let (input, weight) = if first_is_weight { (second, first) } else { (first, second) };
    Some(ByOperand([input, weight, output]))
}

/// The shape that comes with Timeloop: a convolution over C, M, R, S, N, P, Q.
fn cnn_layer<'n>(source: &mut Source, problem: &Cursor<'n>, instance: &Cursor<'n>) -> Option<ReadProblem<'n>> {
    let dims = ["C", "M", "R", "S", "N", "P", "Q"];
    let coefficients = ["Wstride", "Hstride", "Wdilation", "Hdilation"].map(|name| (name.to_string(), Some(1)));
    let (sizes, steps) = instance_of(source, problem, instance, &dims, &coefficients)?;
    let [c, m, r, s, n, p, q] = [0, 1, 2, 3, 4, 5, 6].map(Dim);
    let [wide, high, wide_apart, high_apart] = [0, 1, 2, 3].map(|i| steps[i].1);
    let plain = |dim: Dim| Rank(vec![Term { step: 1, dim }]);
    let window = |tap, apart, out, step| Rank(vec![Term { step: apart, dim: tap }, Term { step, dim: out }]);
    let input = vec![plain(n), plain(c), window(r, wide_apart, p, wide), window(s, high_apart, q, high)];
    let ranks = ByOperand([input, [c, m, r, s].map(plain).into(), [n, m, q, p].map(plain).into()]);
    let made = Problem::new(dims.iter().map(|dim| dim.to_string()).zip(sizes).collect(), ranks);
    let made = made.map_err(|error| source.report.broken(problem, error.to_string())).ok()?;
    let spaces = ByOperand(["Inputs", "Weights", "Outputs"].map(str::to_string));
    Some(ReadProblem { problem: made, spaces, densities: at(instance, "densities") })
}
