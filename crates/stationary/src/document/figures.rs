//! A document's figures as files of their own.

use super::{Block, Document};
use crate::figure::Figure;
use std::collections::BTreeSet;

impl Document {
    /// Its figures, in reading order, with keys that are fit for files and that no two of them share.
    pub(super) fn figures(&self) -> Vec<Figure> {
        let mut taken = BTreeSet::new();
        let figures = self.blocks.iter().filter_map(|block| match block {
            Block::Figure(figure) => Some(figure),
            _ => None,
        });
        let named = figures.map(|figure| {
            let key = slug(&figure.key);
            let keys = std::iter::once(key.clone()).chain((2_usize..).map(|number| format!("{key}-{number}")));
            let key = keys.into_iter().find(|key| taken.insert(key.clone())).unwrap_or(key);
            Figure { key, ..figure.clone() }
        });
        named.collect()
    }

    /// Each figure's file: its name and its content.
    pub fn svgs(&self) -> Vec<(String, String)> {
        self.figures().iter().map(|figure| (format!("{}.svg", figure.key), figure.svg())).collect()
    }
}

/// A key as the name of a file, and as an id: small letters, digits, `_` and `-`, a letter first.
fn slug(key: &str) -> String {
    let fit = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c.to_ascii_lowercase() } else { '-' };
    let slug: String = key.chars().map(fit).collect();
    if slug.starts_with(|c: char| c.is_ascii_lowercase()) { slug } else { format!("figure-{slug}") }
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn no_two_files_share_a_name() {
        let mut document = example::document();
        let mut figure = document.figures()[0].clone();
        figure.key = "Energy/../x".into();
        document.blocks.extend([Block::Figure(figure.clone()), Block::Figure(figure)]);
        let names: Vec<String> = document.svgs().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["energy_by_level.svg", "energy----x.svg", "energy----x-2.svg"]);
    }
}
