//! Factors and permutations: `C=3 R=3`, `[C=3, P=4,2]`, `{C: 3}`; `CRS`, `[C, R, S]`.
//!
//! A factor is how often a loop iterates; a second number is how often it does in the last iterations of all loops
//! above it (Horeni et al., "Ruby", ISPASS 2022). A factor of 0 is what the other loops leave of its dimension. A
//! permutation lists dimensions innermost first.

use super::source::{Source, at};
use crate::error::quoted;
use crate::spec::cursor::Cursor;
use nn::problem::{Dim, Problem};

/// The most iterations of a loop.
const MOST: u64 = 1 << 48;

/// How often a loop iterates.
#[derive(Clone, Debug)]
pub(super) struct Factor<'n> {
    pub dim: Dim,
    /// Iterations; 0 for what is left.
    pub times: u64,
    /// Iterations in the last iterations of all loops above.
    pub residual: u64,
    pub cursor: Cursor<'n>,
}

impl Source {
    /// The factors at a key, each dimension once; those that are right, if any is wrong.
    pub(super) fn factors<'n>(
        &mut self,
        directive: &Cursor<'n>,
        problem: &Problem,
    ) -> Result<Vec<Factor<'n>>, Vec<Factor<'n>>> {
        let Some(cursor) = at(directive, "factors") else { return Ok(Vec::new()) };
        let mut factors: Vec<Factor> = Vec::new();
        let mut right = true;
        for (item, text) in self.factor_texts(&cursor) {
            let Some(factor) = self.factor(&item, &text, problem) else {
                right = false;
                continue;
            };
            if factors.iter().any(|other| other.dim == factor.dim) {
                let found = format!("{} again", problem.name(factor.dim));
                self.report.wrong_at(item.node.span, &item.path, found, "each dimension once");
                right = false;
            } else {
                factors.push(factor);
            }
        }
        if right { Ok(factors) } else { Err(factors) }
    }

    /// Each factor as it is written.
    fn factor_texts<'n>(&mut self, cursor: &Cursor<'n>) -> Vec<(Cursor<'n>, String)> {
        if let Some(entries) = cursor.node.map() {
            let text = |(key, node): &'n (crate::spec::node::Key, crate::spec::node::Node)| {
                let value = cursor.child(node, &key.name);
                let text = node.text().unwrap_or_default();
                (value, format!("{}={text}", key.name))
            };
            return entries.iter().map(text).collect();
        }
        match cursor.node.text() {
            // A comma followed by a space separates factors, one followed by a digit a residual.
            Some(text) => {
                let words = text.split_whitespace().flat_map(|word| word.trim_matches(',').split(';'));
                joined(words).into_iter().map(|word| (cursor.clone(), word)).collect()
            }
            None => {
                let items = self.report.list(cursor).unwrap_or_default();
                let text = |item: Cursor<'n>| {
                    let text = self.report.text(&item, "a factor, as in C=3")?.to_string();
                    Some((item, text))
                };
                items.into_iter().filter_map(text).collect()
            }
        }
    }

    fn factor<'n>(&mut self, cursor: &Cursor<'n>, text: &str, problem: &Problem) -> Option<Factor<'n>> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let sign = text.find(['=', '<', '>']).or(text.find(|c: char| c.is_ascii_digit()));
        let (name, rest) = text.split_at(sign.unwrap_or(text.len()));
        if rest.starts_with(['<', '>']) {
            let expected = "a factor with `=`: only mappings that are fixed are evaluated";
            self.report.wrong_at(cursor.node.span, &cursor.path, quoted(&text), expected);
            return None;
        }
        let dim = self.dim(cursor, name, problem)?;
        let mut numbers = rest.trim_start_matches('=').split(',').map(|number| number.parse::<u64>().ok());
        let (times, residual, end) = (numbers.next().flatten(), numbers.next(), numbers.next());
        let residual = residual.unwrap_or(times);
        match (times, residual, end) {
            (Some(times), Some(residual), None)
                if times <= MOST && residual <= times && (residual > 0 || times == 0) =>
            {
                Some(Factor { dim, times, residual, cursor: cursor.clone() })
            }
            _ => {
                let expected = "a factor, as in C=3, or with a residual of at most as many, as in P=4,2";
                self.report.wrong_at(cursor.node.span, &cursor.path, quoted(&text), expected);
                None
            }
        }
    }

    /// The dimension of a name.
    pub(super) fn dim(&mut self, cursor: &Cursor, name: &str, problem: &Problem) -> Option<Dim> {
        let names: Vec<(&str, Dim)> = problem.dims().map(|dim| (problem.name(dim), dim)).collect();
        self.named(cursor, "dimension", name, &names)
    }

    /// The dimensions of a permutation in its order; names may stand without separators.
    pub(super) fn permutation(&mut self, cursor: &Cursor, problem: &Problem) -> Vec<Dim> {
        let mut dims: Vec<Dim> = Vec::new();
        for (item, word) in self.words(cursor) {
            for name in split(&word, problem) {
                let Some(dim) = self.dim(&item, &name, problem) else { continue };
                if dims.contains(&dim) {
                    let found = format!("{name} again");
                    self.report.wrong_at(item.node.span, &item.path, found, "each dimension once");
                } else {
                    dims.push(dim);
                }
            }
        }
        dims
    }
}

/// Words with a lone `=` joined to their neighbours: `C = 3` is one factor.
fn joined<'t>(words: impl Iterator<Item = &'t str>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::new();
    for word in words.filter(|word| !word.is_empty()) {
        match joined.last_mut() {
            Some(last) if last.ends_with('=') || word.starts_with('=') => last.push_str(word),
            _ => joined.push(word.to_string()),
        }
    }
    joined
}

/// A word as the names of dimensions that it puts together, longest first; itself when it is none.
fn split(word: &str, problem: &Problem) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = word;
    while !rest.is_empty() {
        let fits = problem.dims().map(|dim| problem.name(dim)).filter(|name| rest.starts_with(name));
        let Some(name) = fits.max_by_key(|name| name.len()).filter(|name| !name.is_empty()) else {
            return vec![word.to_string()];
        };
        names.push(name.to_string());
        rest = &rest[name.len()..];
    }
    names
}
