//! What the parts of a Timeloop design are read with: a report of what is wrong, and notes on what says nothing here.
//!
//! Versions before 0.4 write keys with hyphens, later ones with underscores; both mean the same.

use std::path::Path;

use super::Note;
use crate::error::{Place, nearest, quoted};
use crate::spec::cursor::{Cursor, Report};
use crate::spec::expr;
use crate::spec::node::{Key, Kind, Node, Span};
use crate::spec::quantity::{Dimension, Scope};

/// Keys that say nothing here, each with the reason.
pub(crate) type Unused = [(&'static str, &'static str)];

/// A file that is being read.
pub(crate) struct Source {
    pub report: Report,
    pub notes: Vec<(Span, Note)>,
    place: Place,
    /// The variables that its numbers may use.
    pub scope: Scope,
}

impl Source {
    pub fn new(path: &Path) -> Self {
        let (report, scope) = (Report::new(path), Scope::default());
        Source { report, notes: Vec::new(), place: Place::file(path), scope }
    }

    /// Takes the variables under the cursor into the scope, each of which may use those before it.
    pub fn variables(&mut self, variables: &Cursor) {
        for (key, node) in self.entries(variables).unwrap_or_default() {
            let text = node.text().unwrap_or_default();
            match expr::parse(text).and_then(|expr| expr.value(&self.scope)) {
                Ok(value) if value.dimension == Dimension::NONE => {
                    self.scope.variables.insert(key.name.clone(), value);
                }
                _ if key.name == "version" => {}
                _ => self.note(key.span, &variables.child(node, &key.name).path, "no number that attributes can use"),
            }
        }
    }

    /// Something that has no meaning here.
    pub fn note(&mut self, span: Span, path: &str, text: impl Into<String>) {
        let place = self.place.at(span.into()).item(path);
        self.notes.push((span, Note { place, text: text.into() }));
    }

    /// The entries of the map under the cursor: keys of `known` are read, those of `unused` noted, others are wrong.
    pub fn fields<'n>(&mut self, cursor: &Cursor<'n>, known: &[&str], unused: &Unused) -> Option<&'n [(Key, Node)]> {
        let entries = self.entries(cursor)?;
        for (key, _) in entries {
            let name = key.name.as_str();
            if let Some((_, why)) = unused.iter().find(|(unused, _)| *unused == name) {
                self.note(key.span, &cursor.child(cursor.node, name).path, *why);
            } else if !known.contains(&name) {
                self.report.unknown(key.span, &cursor.path, "key", name, known.iter().copied());
            }
        }
        Some(entries)
    }

    /// The entries of the map under the cursor, whatever its tag and keys.
    pub fn entries<'n>(&mut self, cursor: &Cursor<'n>) -> Option<&'n [(Key, Node)]> {
        let entries = cursor.node.map();
        if entries.is_none() {
            self.report.wrong(cursor, "a map of keys and values");
        }
        entries
    }

    /// The value of a key that must be there.
    pub fn need<'n>(&mut self, cursor: &Cursor<'n>, key: &str) -> Option<Cursor<'n>> {
        let value = at(cursor, key);
        if value.is_none() {
            self.report.wrong_at(cursor.node.span, &cursor.path, format!("no {}", quoted(key)), "that key");
        }
        value
    }

    /// The number under the cursor: written out, or an expression.
    pub fn number(&mut self, cursor: &Cursor, expected: &str) -> Option<f64> {
        self.report.value(cursor, &self.scope, Dimension::NONE, expected).map(|value| value.number)
    }

    /// The whole number under the cursor, from `least` to `most`.
    pub fn whole(&mut self, cursor: &Cursor, least: u64, most: u64) -> Option<u64> {
        self.report.count(cursor, &self.scope, least, most)
    }

    /// True or false, as YAML writes it.
    pub fn flag(&mut self, cursor: &Cursor) -> Option<bool> {
        let text = cursor.node.text().map(str::to_ascii_lowercase);
        match text.as_deref() {
            Some("true" | "yes" | "1") => Some(true),
            Some("false" | "no" | "0") => Some(false),
            _ => {
                self.report.wrong(cursor, "true or false");
                None
            }
        }
    }

    /// The words under the cursor: a list of them, or one text that separates them by spaces or commas.
    pub fn words<'n>(&mut self, cursor: &Cursor<'n>) -> Vec<(Cursor<'n>, String)> {
        if cursor.node.is_null() {
            return Vec::new();
        }
        if let Some(text) = cursor.node.text() {
            let words = text.split([' ', ',', '\t']).filter(|word| !word.is_empty());
            return words.map(|word| (cursor.clone(), word.to_string())).collect();
        }
        let items = self.report.list(cursor).unwrap_or_default();
        let word = |item: Cursor<'n>| {
            let text = self.report.text(&item, "a word")?.trim().to_string();
            Some((item, text))
        };
        items.into_iter().filter_map(word).collect()
    }

    /// Which of `names` a word under the cursor is.
    pub fn named<T: Copy>(&mut self, cursor: &Cursor, what: &str, word: &str, names: &[(&str, T)]) -> Option<T> {
        let found = names.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
        if found.is_none() {
            let known = names.iter().map(|(name, _)| *name);
            self.report.unknown(cursor.node.span, &cursor.path, what, word, known);
        }
        found
    }

    /// Keys whose meaning is open: those of `known` are read, those of `unused` noted with their reason, others noted
    /// too, unless they look like a key of `known` that is misspelt.
    pub fn open<'n>(&mut self, cursor: &Cursor<'n>, known: &[&str], unused: &Unused) {
        for (key, _) in self.entries(cursor).unwrap_or_default() {
            let name = key.name.as_str();
            if known.contains(&name) {
                continue;
            }
            let path = cursor.child(cursor.node, name).path;
            match unused.iter().find(|(unused, _)| *unused == name) {
                Some((_, why)) => self.note(key.span, &path, *why),
                None if is_typo(name, known) => {
                    self.report.unknown(key.span, &cursor.path, "key", name, known.iter().copied());
                }
                None => self.note(key.span, &path, "no attribute that counts or prices depend on"),
            }
        }
    }

    /// A version that is read.
    pub fn version(&mut self, cursor: &Cursor) {
        let Some(version) = at(cursor, "version") else { return };
        if !matches!(version.node.text(), Some("0.2" | "0.3" | "0.4")) {
            self.report.wrong(&version, "version 0.2, 0.3 or 0.4");
        }
    }
}

/// The value of a key under the cursor.
pub(crate) fn at<'n>(cursor: &Cursor<'n>, key: &str) -> Option<Cursor<'n>> {
    cursor.node.get(key).map(|node| cursor.child(node, key))
}

/// The tree with underscores for the hyphens of its keys, and with what `<<<` names merged beneath the other keys.
pub(super) fn underscored(mut node: Node) -> Node {
    match &mut node.kind {
        Kind::Scalar(_) => {}
        Kind::List(nodes) => *nodes = std::mem::take(nodes).into_iter().map(underscored).collect(),
        Kind::Map(entries) => {
            let rename = |(key, value): (Key, Node)| {
                (Key { span: key.span, name: key.name.replace('-', "_") }, underscored(value))
            };
            *entries = std::mem::take(entries).into_iter().map(rename).collect();
            if let Some(at) = entries.iter().position(|(key, value)| key.name == "<<<" && value.map().is_some()) {
                let (_, merged) = entries.remove(at);
                for (key, value) in merged.map().unwrap_or_default() {
                    if !entries.iter().any(|(other, _)| other.name == key.name) {
                        entries.push((key.clone(), value.clone()));
                    }
                }
            }
        }
    }
    node
}

/// Whether a name is almost one of those that are read.
fn is_typo(name: &str, known: &[&str]) -> bool {
    let near = nearest(name, known.iter().copied());
    near.is_some_and(|near| strsim::damerau_levenshtein(&near, &name.to_lowercase()) <= 2 && name.len() > 3)
}
