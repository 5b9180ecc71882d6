//! A walk over the tree that goes on after an error, so that a reader finds all that is wrong at once.
//!
//! A [`Cursor`] is a node with the way to it (`stages.GLB.capacity`); what is asked of it and not there is written into
//! the [`Report`], and the reader gets nothing and goes on.

use std::path::Path;

use super::errors::{Errors, KEPT};
use super::node::{Node, Span};
use crate::Error;
use crate::error::{Place, quoted};

/// The most characters of a name.
pub(crate) const MAX_NAME: usize = 100;
/// The most valid names that a message lists.
const LISTED: usize = 16;

/// What is wrong with a description, as far as it was read.
pub struct Report {
    place: Place,
    errors: Vec<(Span, Error)>,
}

/// A node and the way to it.
#[derive(Clone, Debug)]
pub struct Cursor<'n> {
    /// The node.
    pub node: &'n Node,
    /// The way to it, with dots.
    pub path: String,
}

/// The keys of a map.
pub struct Fields<'n> {
    cursor: Cursor<'n>,
}

impl Report {
    /// Nothing is wrong yet with the file at `path`.
    pub fn new(path: &Path) -> Self {
        Report { place: Place::file(path), errors: Vec::new() }
    }

    /// Whether nothing was wrong so far.
    pub fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// The value, if nothing was wrong.
    pub fn finish<T>(mut self, value: Option<T>) -> Result<T, Errors> {
        self.errors.sort_by_key(|(span, _)| *span);
        let errors: Vec<Error> = self.errors.into_iter().map(|(_, error)| error).collect();
        match value {
            Some(value) if errors.is_empty() => Ok(value),
            _ if errors.is_empty() => Err(Error::unusable(self.place, "no value", "one").into()),
            _ => Err(Errors::new(errors)),
        }
    }

    /// Something at `span`, reached by `path`, is not what was expected.
    pub fn wrong_at(&mut self, span: Span, path: &str, found: impl Into<String>, expected: impl Into<String>) {
        self.push(span, path, |place| Error::malformed(place, found, expected));
    }

    /// The node under the cursor is not what was expected.
    pub fn wrong(&mut self, cursor: &Cursor, expected: impl Into<String>) {
        self.wrong_at(cursor.node.span, &cursor.path, cursor.node.show(), expected);
    }

    /// A rule is broken by what the node under the cursor says.
    pub fn broken(&mut self, cursor: &Cursor, rule: impl Into<String>) {
        self.rule_at(cursor.node.span, &cursor.path, rule);
    }

    /// A rule is broken at `span`.
    pub fn rule_at(&mut self, span: Span, path: &str, rule: impl Into<String>) {
        self.push(span, path, |place| Error::Rule { place, rule: rule.into() });
    }

    /// A name that is none of those there are.
    pub fn unknown<'k>(
        &mut self,
        span: Span,
        path: &str,
        what: &str,
        name: &str,
        names: impl IntoIterator<Item = &'k str>,
    ) {
        let names: Vec<&str> = names.into_iter().collect();
        let found = format!("{what}{}{}", if what.is_empty() { "" } else { " " }, quoted(name));
        self.push(span, path, |place| Error::malformed(place, found, listed(&names)).near(name, names.iter().copied()));
    }

    pub(super) fn push(&mut self, span: Span, path: &str, error: impl FnOnce(Place) -> Error) {
        if self.errors.len() < KEPT {
            let place = self.place.at(span.into());
            self.errors.push((span, error(if path.is_empty() { place } else { place.item(shortened(path)) })));
        }
    }

    /// The map under the cursor; keys that are none of `known` are wrong.
    pub fn fields<'n>(&mut self, cursor: &Cursor<'n>, known: &[&str]) -> Option<Fields<'n>> {
        let entries = self.map(cursor)?;
        for (key, _) in entries.iter().filter(|(key, _)| !known.contains(&key.name.as_str())) {
            self.unknown(key.span, &cursor.path, "key", &key.name, known.iter().copied());
        }
        Some(Fields { cursor: cursor.clone() })
    }

    /// The entries of the map under the cursor, whatever their keys.
    pub fn map<'n>(&mut self, cursor: &Cursor<'n>) -> Option<&'n [(super::node::Key, Node)]> {
        self.untagged(cursor);
        let entries = cursor.node.map();
        if entries.is_none() {
            self.wrong(cursor, "a map of keys and values");
        }
        entries
    }

    /// The nodes of the list under the cursor.
    pub fn list<'n>(&mut self, cursor: &Cursor<'n>) -> Option<Vec<Cursor<'n>>> {
        self.untagged(cursor);
        let Some(nodes) = cursor.node.list() else {
            self.wrong(cursor, "a list");
            return None;
        };
        Some(nodes.iter().enumerate().map(|(i, node)| cursor.child(node, &i.to_string())).collect())
    }

    /// The text of the scalar under the cursor, which is not empty.
    pub fn text<'n>(&mut self, cursor: &Cursor<'n>, expected: &str) -> Option<&'n str> {
        self.untagged(cursor);
        let text = cursor.node.text().filter(|text| !text.is_empty() && !cursor.node.is_null());
        if text.is_none() {
            self.wrong(cursor, expected);
        }
        text
    }

    /// The name under the cursor: a short text.
    pub fn name<'n>(&mut self, cursor: &Cursor<'n>, expected: &str) -> Option<&'n str> {
        let text = self.text(cursor, expected)?;
        if text.chars().count() > MAX_NAME {
            self.wrong(cursor, format!("{expected} of at most {MAX_NAME} characters"));
            return None;
        }
        Some(text)
    }

    /// Which of `names` stands under the cursor.
    pub fn choice<T: Copy>(&mut self, cursor: &Cursor, names: &[(&str, T)]) -> Option<T> {
        let known = names.iter().map(|(name, _)| *name);
        let text = self.text(cursor, &listed(&known.clone().collect::<Vec<_>>()))?;
        let found = names.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, value)| *value);
        if found.is_none() {
            self.unknown(cursor.node.span, &cursor.path, "", text, known);
        }
        found
    }

    /// True or false.
    pub fn flag(&mut self, cursor: &Cursor) -> Option<bool> {
        self.choice(cursor, &[("true", true), ("false", false)])
    }

    fn untagged(&mut self, cursor: &Cursor) {
        if let Some(tag) = &cursor.node.tag {
            self.wrong_at(cursor.node.span, &cursor.path, format!("the tag {}", quoted(tag)), "no tag");
        }
    }
}

impl<'n> Cursor<'n> {
    /// The root of a tree.
    pub fn root(node: &'n Node) -> Self {
        Cursor { node, path: String::new() }
    }

    /// A node below.
    pub fn child(&self, node: &'n Node, name: &str) -> Self {
        let path = if self.path.is_empty() { name.to_string() } else { format!("{}.{name}", self.path) };
        Cursor { node, path }
    }

    /// The same node by another way.
    pub fn named(&self, path: impl Into<String>) -> Self {
        Cursor { node: self.node, path: path.into() }
    }
}

impl<'n> Fields<'n> {
    /// The map.
    pub fn cursor(&self) -> &Cursor<'n> {
        &self.cursor
    }

    /// The value of a key.
    pub fn get(&self, name: &str) -> Option<Cursor<'n>> {
        self.cursor.node.get(name).map(|node| self.cursor.child(node, name))
    }

    /// The value of a key that must be there.
    pub fn need(&self, name: &str, report: &mut Report) -> Option<Cursor<'n>> {
        let value = self.get(name);
        if value.is_none() {
            let Cursor { node, path } = &self.cursor;
            report.wrong_at(node.span, path, format!("no {}", quoted(name)), "a value for it");
        }
        value
    }
}

/// Names as a message lists them.
fn listed(names: &[&str]) -> String {
    let more = if names.len() > LISTED { ", ..." } else { "" };
    match names {
        [] => "none".into(),
        [name] => (*name).into(),
        _ => format!("one of {}{more}", names.iter().take(LISTED).copied().collect::<Vec<_>>().join(", ")),
    }
}

/// A path as a message may show it.
fn shortened(path: &str) -> String {
    match path.char_indices().nth(120) {
        Some((end, _)) => format!("{}...", &path[..end]),
        None => path.to_string(),
    }
}
