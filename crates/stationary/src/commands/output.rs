//! How a study is printed: the arguments that all commands of studies share.

use super::{Failure, Outcome, Result, write_whole};
use stationary::Document;
use std::path::{Path, PathBuf};

/// What is printed of a study, and what is written of it.
#[derive(clap::Args)]
pub struct OutputArgs {
    /// Prints one JSON document.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Prints the first table as comma-separated values.
    #[arg(long)]
    csv: bool,
    #[command(flatten)]
    pages: PageArgs,
}

/// What is written of a study beside what is printed.
#[derive(clap::Args)]
pub struct PageArgs {
    /// Writes the report with its figures to this file: one page that loads nothing.
    #[arg(long, value_name = "FILE.html", value_parser = file)]
    report: Option<PathBuf>,
    /// Writes each figure to a file in this folder.
    #[arg(long, value_name = "DIR", value_parser = folder)]
    svg: Option<PathBuf>,
}

/// A file that can be written as far as can be told, before anything takes long.
pub(super) fn file(text: &str) -> std::result::Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.parent() {
        _ if path.is_dir() => Err("found a folder, expected a file to write".into()),
        Some(parent) if !parent.as_os_str().is_empty() && !parent.is_dir() => {
            Err(format!("found no folder {}, expected one to write into", parent.display()))
        }
        _ => Ok(path),
    }
}

/// A folder that is there or can be made as far as can be told.
pub(super) fn folder(text: &str) -> std::result::Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.exists() && !path.is_dir() {
        return Err("found a file, expected a folder to write into".into());
    }
    Ok(path)
}

impl OutputArgs {
    /// Writes and prints a document as it is asked for; with a `finding` the exit status is 1.
    pub fn deliver(self, document: &Document, finding: bool) -> Result {
        self.pages.write(|| document)?;
        let text = match self {
            OutputArgs { json: true, .. } => document.json()?,
            OutputArgs { csv: true, .. } => document.csv(),
            OutputArgs { .. } => document.text(),
        };
        Ok(Outcome { text, finding })
    }
}

impl PageArgs {
    /// Writes what is asked for of a document, which is made if something is.
    pub fn write<D: std::borrow::Borrow<Document>>(
        &self,
        document: impl FnOnce() -> D,
    ) -> std::result::Result<(), Failure> {
        if self.report.is_none() && self.svg.is_none() {
            return Ok(());
        }
        let document = document();
        let document = document.borrow();
        if let Some(path) = &self.report {
            write_whole(path, &document.html())?;
        }
        if let Some(folder) = &self.svg {
            write_svgs(folder, document)?;
        }
        Ok(())
    }
}

/// Writes each figure of a document to a file of its own in `folder`, which is made if need be.
fn write_svgs(folder: &Path, document: &Document) -> std::result::Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure(format!("{}: {error}", folder.display())))?;
    document.svgs().iter().try_for_each(|(name, content)| write_whole(&folder.join(name), content))
}
