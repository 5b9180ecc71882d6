//! All that is wrong with a description, at once.

use std::fmt;

use crate::Error;

/// Errors of one description, in the order of the file; at least one.
#[derive(Debug)]
pub struct Errors(Vec<Error>);

/// The most errors that are kept.
pub(crate) const KEPT: usize = 100;
/// The most errors that are printed.
const SHOWN: usize = 20;

impl Errors {
    /// Of a list that is not empty.
    pub(crate) fn new(errors: Vec<Error>) -> Self {
        debug_assert!(!errors.is_empty());
        Errors(errors)
    }

    /// All of several lists; none if there are none.
    pub(crate) fn of(lists: Vec<Errors>) -> Option<Self> {
        let errors: Vec<Error> = lists.into_iter().flat_map(|list| list.0).collect();
        (!errors.is_empty()).then_some(Errors(errors))
    }

    /// All of them.
    pub fn all(&self) -> &[Error] {
        &self.0
    }
}

impl From<Error> for Errors {
    fn from(error: Error) -> Self {
        Errors(vec![error])
    }
}

impl std::error::Error for Errors {}

/// One a line.
impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (i, error) in self.0.iter().take(SHOWN).enumerate() {
            write!(f, "{}{error}", if i > 0 { "\n" } else { "" })?;
        }
        if self.0.len() > SHOWN { write!(f, "\nand more") } else { Ok(()) }
    }
}
