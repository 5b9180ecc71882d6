//! How a study is printed: the arguments that all commands of studies share.

use super::{Outcome, Result};
use stationary::Document;

/// What is printed of a study, and what is written of it.
#[derive(clap::Args)]
pub struct OutputArgs {
    /// Prints one JSON document.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Prints the first table as comma-separated values.
    #[arg(long)]
    csv: bool,
}

impl OutputArgs {
    #[allow(dead_code)]
    /// Prints a document as it is asked for; with a `finding` the exit status is 1.
    pub fn deliver(self, document: &Document, finding: bool) -> Result {
        let text = match self {
            OutputArgs { json: true, .. } => document.json()?,
            OutputArgs { csv: true, .. } => document.csv(),
            OutputArgs { .. } => document.text(),
        };
        Ok(Outcome { text, finding })
    }
}
