//! Why a file was refused: where, what was found, what was expected, and the nearest valid name.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nn::network::{InferError, NetworkError};

/// A place in a file: the file, a position in its bytes or text, and the thing it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place(Box<Where>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Where {
    file: Arc<Path>,
    position: Position,
    item: Option<String>,
}

/// Where in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Position {
    /// Nowhere in particular.
    #[default]
    None,
    /// Offset of a byte of a binary file.
    Byte(usize),
    /// Line and column of a text file, both from 1.
    Text {
        /// The line.
        line: u32,
        /// The column, in characters.
        column: u32,
    },
}

impl Place {
    /// The file as a whole.
    pub fn file(path: &Path) -> Self {
        Place(Box::new(Where { file: path.into(), position: Position::None, item: None }))
    }

    /// The same file at `position`.
    pub(crate) fn at(&self, position: Position) -> Self {
        Place(Box::new(Where { position, ..(*self.0).clone() }))
    }

    /// The same place, about `item` (a node, a layer, a tensor).
    pub(crate) fn item(&self, item: impl Into<String>) -> Self {
        Place(Box::new(Where { item: Some(item.into()), ..(*self.0).clone() }))
    }

    /// The path of the file, as it was given.
    pub fn path(&self) -> &Path {
        &self.0.file
    }

    /// The position in the file.
    pub fn position(&self) -> Position {
        self.0.position
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}", self.0.file.display())?;
        match self.0.position {
            Position::None => {}
            Position::Byte(offset) => write!(f, ": byte {offset}")?,
            Position::Text { line, column } => write!(f, ":{line}:{column}")?,
        }
        match &self.0.item {
            Some(item) => write!(f, ": {item}"),
            None => Ok(()),
        }
    }
}

/// Why a file was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be opened or read.
    #[error("{}: {source}", file.display())]
    Io {
        /// The path as it was given.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file does not obey its format: it is truncated, corrupt, mistyped, or of another format.
    #[error("{place}: found {found}, expected {expected}{}", did_you_mean(nearest))]
    Malformed {
        /// Where.
        place: Place,
        /// What is there.
        found: String,
        /// What the format asks for.
        expected: String,
        /// The valid name nearest to what was found.
        nearest: Option<String>,
    },
    /// The file names an operator or layer type that is not read.
    #[error("{place}: found operator {operator:?}, which is not supported{}", did_you_mean(nearest))]
    Unsupported {
        /// The node or layer.
        place: Place,
        /// Its operator.
        operator: String,
        /// The supported operator with the nearest name.
        nearest: Option<String>,
    },
    /// The file obeys its format, but says something that is no network, tensor or image that can be used.
    #[error("{place}: found {found}, expected {expected}{}", did_you_mean(nearest))]
    Unusable {
        /// Where, and about what.
        place: Place,
        /// What it says.
        found: String,
        /// What could be used.
        expected: String,
        /// The valid name nearest to what was found.
        nearest: Option<String>,
    },
    /// A node or layer reads inputs for which it has no output.
    #[error("{place}: {source}")]
    Shape {
        /// The node or layer.
        place: Place,
        /// Why its shape does not infer.
        source: Box<InferError>,
    },
    /// Something is larger than [`crate::Limits`] allows.
    #[error("{place}: found {} {what}, the limit is {limit}", count(*found))]
    TooLarge {
        /// Where.
        place: Place,
        /// What is counted.
        what: &'static str,
        /// How much there is.
        found: u64,
        /// How much may be.
        limit: u64,
    },
    /// What a description says breaks a rule of what it describes.
    #[error("{place}: {rule}")]
    Rule {
        /// Where, and about what.
        place: Place,
        /// The rule, and by how much it is broken.
        rule: String,
    },
    /// The layers were all read but together are no network.
    #[error("{place}: {source}")]
    Network {
        /// The file.
        place: Place,
        /// The rule that is broken.
        source: Box<NetworkError>,
    },
}

impl Error {
    pub(crate) fn malformed(place: Place, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Error::Malformed { place, found: found.into(), expected: expected.into(), nearest: None }
    }

    pub(crate) fn unusable(place: Place, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Error::Unusable { place, found: found.into(), expected: expected.into(), nearest: None }
    }

    /// The same error with the name among `names` that is nearest to `found`, if one is near.
    pub(crate) fn near<'n>(mut self, found: &str, names: impl IntoIterator<Item = &'n str>) -> Self {
        let near = nearest(found, names);
        match &mut self {
            Error::Malformed { nearest, .. } | Error::Unsupported { nearest, .. } | Error::Unusable { nearest, .. } => {
                *nearest = near;
            }
            Error::Io { .. }
            | Error::Shape { .. }
            | Error::TooLarge { .. }
            | Error::Rule { .. }
            | Error::Network { .. } => {}
        }
        self
    }
}

/// A count that may have been too large to count.
fn count(found: u64) -> String {
    if found == u64::MAX { "2^64 or more".into() } else { found.to_string() }
}

fn did_you_mean(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or(String::new(), |name| format!("; did you mean {name:?}?"))
}

/// The name among `names` that is nearest to `found`, if one is near enough to be meant.
pub(crate) fn nearest<'n>(found: &str, names: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let found = found.chars().take(100).collect::<String>().to_lowercase();
    // Of short names the likeness sees no letters that changed places.
    let likeness = |name: &str| {
        let name = name.to_lowercase();
        let slip = name.len() > 2 && strsim::osa_distance(&found, &name) == 1;
        strsim::jaro_winkler(&found, &name).max(if slip { 0.8 } else { 0.0 })
    };
    let short = |name: &&str| name.len() <= 200;
    let likely =
        names.into_iter().filter(short).map(|name| (likeness(name), name)).filter(|&(likeness, _)| likeness > 0.75);
    likely.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name.to_string())
}

/// `text` as a message may show it: quoted, and cut when it is long.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{:?}...", &text[..end]),
        None => format!("{text:?}"),
    }
}
