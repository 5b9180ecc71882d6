//! From text to the tree.
//!
//! The events come from the parser that serde-saphyr is built on, which says where each begins; serde's data model,
//! in between, would lose the places of keys and whether a scalar had quotes. Untrusted: a file has at most
//! [`MAX_BYTES`], its tree with aliases expanded takes at most [`MAX_TREE`], and nests as deeply as the limits say.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span as Range, Tag};

use super::errors::{Errors, KEPT};
use super::node::{Key, Kind, Node, Scalar, Span};
use crate::Error;
use crate::error::{Place, quoted};
use crate::limits::{Limits, check};

/// The most bytes of a description.
const MAX_BYTES: u64 = 4 << 20;
/// The most bytes of its tree.
const MAX_TREE: u64 = 128 << 20;

/// The text of the file at `path`.
pub fn read(path: &Path, limits: &Limits) -> Result<String, Errors> {
    let limits = Limits { file_bytes: limits.file_bytes.min(MAX_BYTES), ..*limits };
    let bytes = limits.read(path)?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]).into_owned();
        let line = valid.matches('\n').count() + 1;
        let column = valid.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let span = Span { line: line as u32, column: column as u32 };
        Error::malformed(Place::file(path).at(span.into()), "bytes that are not UTF-8", "text").into()
    })
}

/// The tree of `text`, which was read from `path`.
pub fn parse(path: &Path, text: &str, limits: &Limits) -> Result<Node, Errors> {
    let place = Place::file(path);
    check(&place, "bytes", text.len() as u64, limits.file_bytes.min(MAX_BYTES))?;
    let depth = usize::try_from(limits.depth).unwrap_or(usize::MAX);
    let mut options = granit_parser::options! {
        flow_nesting_limit: depth,
        block_nesting_limit: depth,
        simple_key_max_lookahead: 1024,
    };
    options.set_emit_comments(false);
    let mut tree = Tree { place, text, depth, open: Vec::new(), root: None, anchors: HashMap::new(), bytes: 0 };
    let mut errors = Vec::new();
    for event in Parser::new_from_str_with_options(text, options) {
        let step = event.map_err(|error| tree.syntax(&error)).and_then(|(event, range)| tree.event(event, range));
        match step {
            Ok(refused) => errors.extend(refused.into_iter().take(KEPT.saturating_sub(errors.len()))),
            Err(error) => {
                errors.push(error);
                return Err(Errors::new(errors));
            }
        }
    }
    if !errors.is_empty() {
        return Err(Errors::new(errors));
    }
    let empty = Error::malformed(tree.place, "nothing", "a description");
    tree.root.filter(|root| !root.is_null()).ok_or(empty.into())
}

struct Tree<'t> {
    place: Place,
    text: &'t str,
    depth: usize,
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Node>,
    /// What the tree takes so far.
    bytes: u64,
}

/// A list or map that is not yet complete.
struct Open {
    node: Node,
    /// The key whose value comes next.
    key: Option<Key>,
    anchor: usize,
}

impl Tree<'_> {
    /// Takes an event; what is wrong with it but leaves the rest readable is given back.
    fn event(&mut self, event: Event, range: Range) -> Result<Vec<Error>, Error> {
        let span = span(&range);
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                Err(self.malformed(span, "a second document", "one description"))
            }
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                let source = range.slice(self.text).unwrap_or_default();
                let inside = if plain { Some(source) } else { source.get(1..source.len().saturating_sub(1)) };
                let literal = inside == Some(&*text) && !text.contains('\n');
                let kind = Kind::Scalar(Scalar { text: text.into_owned(), plain, literal });
                self.node(Node { span, tag: written(tag.as_deref()), kind }, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.begin(Node { span, tag: written(tag.as_deref()), kind: Kind::List(Vec::new()) }, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.begin(Node { span, tag: written(tag.as_deref()), kind: Kind::Map(Vec::new()) }, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Open { mut node, anchor, .. }) = self.open.pop() else { return Ok(Vec::new()) };
                let mut errors = match &mut node.kind {
                    Kind::Map(entries) => self.close_map(entries),
                    _ => Vec::new(),
                };
                errors.extend(self.node(node, anchor)?);
                Ok(errors)
            }
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor) else {
                    return Err(self.malformed(span, "an alias inside what it names", "an alias of what is complete"));
                };
                self.charge(span, size(node))?;
                let node = self.anchors[&anchor].clone();
                if self.open.len() + height(&node) > self.depth {
                    return Err(self.malformed(span, "an alias of what nests too deeply", self.nesting()));
                }
                self.node(Node { span, ..node }, 0)
            }
            _ => Ok(Vec::new()),
        }
    }

    fn begin(&mut self, node: Node, anchor: usize) -> Result<Vec<Error>, Error> {
        if self.open.len() >= self.depth {
            return Err(self.malformed(node.span, "a list or map nested too deeply", self.nesting()));
        }
        self.open.push(Open { node, key: None, anchor });
        Ok(Vec::new())
    }

    fn nesting(&self) -> String {
        format!("at most {} inside each other", self.depth)
    }

    /// A complete node: the root, an item of a list, a key, or the value of one.
    fn node(&mut self, node: Node, anchor: usize) -> Result<Vec<Error>, Error> {
        // A node's children have paid for themselves.
        self.charge(node.span, shallow(&node))?;
        if anchor > 0 {
            self.charge(node.span, size(&node))?;
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(Vec::new());
        };
        match (&mut open.node.kind, open.key.take()) {
            (Kind::Map(entries), Some(key)) => entries.push((key, node)),
            (Kind::Map(_), None) => {
                let Kind::Scalar(scalar) = node.kind else {
                    return Err(self.malformed(node.span, node.show(), "a key that is a word"));
                };
                open.key = Some(Key { span: node.span, name: scalar.text });
            }
            (Kind::List(nodes), _) => nodes.push(node),
            (Kind::Scalar(_), _) => {}
        }
        Ok(Vec::new())
    }

    /// Refuses keys that come twice, and merges what `<<` names beneath the other keys.
    fn close_map(&self, entries: &mut Vec<(Key, Node)>) -> Vec<Error> {
        let mut errors = Vec::new();
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by_key(|&i| (&entries[i].0.name, i));
        let mut twice: Vec<usize> =
            order.windows(2).filter(|w| entries[w[0]].0.name == entries[w[1]].0.name).map(|w| w[1]).collect();
        twice.sort_unstable();
        for i in twice.into_iter().take(KEPT) {
            let key = &entries[i].0;
            errors.push(self.malformed(key.span, format!("key {} again", quoted(&key.name)), "each key once"));
        }
        if let Some(at) = entries.iter().position(|(key, _)| key.name == "<<") {
            let (key, merged) = entries.remove(at);
            let mut names: HashSet<String> = entries.iter().map(|(key, _)| key.name.clone()).collect();
            for map in merged.list().unwrap_or(std::slice::from_ref(&merged)) {
                let Some(more) = map.map() else {
                    errors.push(self.malformed(key.span, map.show(), "a map to merge, or a list of them"));
                    break;
                };
                entries.extend(more.iter().filter(|(key, _)| names.insert(key.name.clone())).cloned());
            }
        }
        errors
    }

    fn charge(&mut self, span: Span, bytes: u64) -> Result<(), Error> {
        self.bytes = self.bytes.saturating_add(bytes);
        check(&self.place.at(span.into()), "bytes of the tree with aliases expanded", self.bytes, MAX_TREE)
    }

    fn malformed(&self, span: Span, found: impl Into<String>, expected: impl Into<String>) -> Error {
        Error::malformed(self.place.at(span.into()), found, expected)
    }

    fn syntax(&self, error: &ScanError) -> Error {
        let at = error.marker();
        let span = Span { line: at.line().max(1) as u32, column: at.col() as u32 + 1 };
        self.malformed(span, format!("no YAML ({})", error.kind()), "YAML or JSON")
    }
}

fn span(range: &Range) -> Span {
    Span { line: range.start.line().max(1) as u32, column: range.start.col() as u32 + 1 }
}

/// A tag as it is written; those of YAML's own types say nothing that the text does not.
fn written(tag: Option<&Tag>) -> Option<Box<str>> {
    tag.filter(|tag| !tag.is_yaml_core_schema()).map(|tag| tag.original().into())
}

/// What a node takes without its children.
fn shallow(node: &Node) -> u64 {
    let text = match &node.kind {
        Kind::Scalar(scalar) => scalar.text.len(),
        Kind::List(_) => 0,
        Kind::Map(entries) => entries.len() * size_of::<Key>(),
    };
    (size_of::<Node>() + text) as u64
}

/// What a node takes with all below it. Depth is bounded.
fn size(node: &Node) -> u64 {
    let below: u64 = match &node.kind {
        Kind::Scalar(_) => 0,
        Kind::List(nodes) => nodes.iter().map(size).sum(),
        Kind::Map(entries) => entries.iter().map(|(key, value)| key.name.len() as u64 + size(value)).sum(),
    };
    shallow(node) + below
}

/// Lists and maps inside each other.
fn height(node: &Node) -> usize {
    match &node.kind {
        Kind::Scalar(_) => 0,
        Kind::List(nodes) => 1 + nodes.iter().map(height).max().unwrap_or(0),
        Kind::Map(entries) => 1 + entries.iter().map(|(_, value)| height(value)).max().unwrap_or(0),
    }
}
