//! All studies in one document, and the page of the source tree that shows it.

use super::{STUDIES, Study, Validated, Verdict};
use crate::Error;
use crate::digest::Inputs;
use crate::document::{Block, Cell, Column, Document, Table};
use crate::figure::Figure;

/// The folder of the page's figures, beside it.
const FOLDER: &str = "validation";

/// Runs all studies; `done` is told of each step, from any thread.
pub fn whole(done: &(dyn Fn(&str) + Sync)) -> Result<Validated, Error> {
    let parts: Result<Vec<(&Study, Validated)>, Error> =
        STUDIES.iter().map(|study| Ok((study, (study.run)(done)?))).collect();
    let parts = parts?;
    let mut blocks = vec![Block::Table(overview(&parts))];
    for (study, part) in &parts {
        blocks.push(Block::Heading(study.title.into()));
        blocks.extend(part.document.lead.iter().cloned().map(Block::Text));
        blocks.extend(part.document.blocks.iter().cloned().map(|block| match block {
            Block::Heading(heading) => Block::Heading(format!("{}: {heading}", study.title)),
            Block::Figure(figure) => Block::Figure(Figure { key: format!("{}-{}", study.name, figure.key), ..figure }),
            other => other,
        }));
    }
    let document = Document {
        title: "Published figures beside ours".into(),
        lead: vec![
            "Everything here is computed by the program of this source tree: `stationary validate` prints it, and ends with \
             exit status 1 when a bar is broken that is not explained."
                .into(),
            "An explained bar misses its tolerance because the publications contradict each other or leave open what was \
             measured; the reason is given, and how far it reaches."
                .into(),
        ],
        inputs: Inputs::of_parts(parts.iter().map(|(_, part)| part.document.inputs.clone())).finish(),
        blocks,
    };
    let verdicts = parts.into_iter().flat_map(|(_, part)| part.verdicts).collect();
    Ok(Validated { document, verdicts })
}

/// How many bars of each study hold.
fn overview(parts: &[(&Study, Validated)]) -> Table {
    let columns = vec![
        Column::plain("study", "study"),
        Column::plain("command", "command"),
        Column::plain("bars", "bars"),
        Column::plain("hold", "hold"),
        Column::plain("explained", "explained"),
        Column::plain("broken", "broken"),
    ];
    let rows = parts.iter().map(|(study, part)| {
        let counts = [Verdict::Holds, Verdict::Explained, Verdict::Broken].map(|verdict| part.count(verdict));
        let head = [study.title.into(), format!("stationary validate {}", study.name).into()];
        let all = [part.verdicts.len()].into_iter().chain(counts).map(|count| Cell::Count(count as u64));
        head.into_iter().chain(all).collect()
    });
    Table::new("overview", "Bars of each study", columns).with(rows)
}

/// The files of the page, with their places beside each other.
pub fn page(document: &Document) -> Vec<(String, String)> {
    let figures = document.svgs().into_iter().map(|(name, content)| (format!("{FOLDER}/{name}"), content));
    [("validation.md".to_string(), document.markdown(FOLDER))].into_iter().chain(figures).collect()
}
