//! A description as a tree whose every node knows its place in the file.
//!
//! The syntax is YAML 1.2, of which JSON is a part. Scalars stay text: what a reader expects decides whether `12` is a
//! number. Aliases are expanded and merge keys (`<<`) merged where they stand.

use crate::error::{Position, quoted};

/// Where a node begins, both from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The line.
    pub line: u32,
    /// The column, in characters.
    pub column: u32,
}

/// A node of a description.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where it begins.
    pub span: Span,
    /// Its tag as written (`!Component`), if it has one.
    pub tag: Option<Box<str>>,
    /// What it is.
    pub kind: Kind,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A word, a number, a text.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// Keys with values, in the order of the file; no key comes twice.
    Map(Vec<(Key, Node)>),
}

/// A scalar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// Its text, without quotes.
    pub text: String,
    /// Whether it had no quotes.
    pub plain: bool,
    /// Whether the file has the text as it is: on one line, without escapes.
    pub literal: bool,
}

/// A key of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Where it begins.
    pub span: Span,
    /// The key.
    pub name: String,
}

impl From<Span> for Position {
    fn from(Span { line, column }: Span) -> Self {
        Position::Text { line, column }
    }
}

impl Node {
    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// The nodes of a list.
    pub fn list(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::List(nodes) => Some(nodes),
            _ => None,
        }
    }

    /// The keys and values of a map.
    pub fn map(&self) -> Option<&[(Key, Node)]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value of a map's key.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.map()?.iter().find(|(key, _)| key.name == name).map(|(_, value)| value)
    }

    /// Whether nothing stands where a value should.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(Scalar { text, plain: true, .. }) if matches!(text.as_str(), "" | "~" | "null"))
    }

    /// Where the character of a scalar's text with that index is in the file.
    pub fn at(&self, index: usize) -> Span {
        match &self.kind {
            Kind::Scalar(Scalar { plain, literal: true, .. }) => {
                let offset = u32::try_from(index).unwrap_or(0).saturating_add(u32::from(!plain));
                Span { column: self.span.column.saturating_add(offset), ..self.span }
            }
            _ => self.span,
        }
    }

    /// The node as a message may show it.
    pub fn show(&self) -> String {
        match &self.kind {
            _ if self.is_null() => "nothing".into(),
            Kind::Scalar(scalar) => quoted(&scalar.text),
            Kind::List(nodes) if nodes.is_empty() => "an empty list".into(),
            Kind::List(_) => "a list".into(),
            Kind::Map(_) => "a map".into(),
        }
    }
}
