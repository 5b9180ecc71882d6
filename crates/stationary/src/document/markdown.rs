//! A document as Markdown, for pages that are kept beside the source.

use super::{Block, Document, Table};
use crate::report::{VERSION, plain};

impl Document {
    /// The document as Markdown, its figures in `folder` under the names of [`Document::svgs`]. Tables that a terminal
    /// does not show are left out.
    pub fn markdown(&self, folder: &str) -> String {
        let mut figures = self.figures().into_iter();
        let mut parts = vec![format!("# {}", inline(&self.title))];
        parts.extend(self.lead.iter().map(|paragraph| prose(paragraph)));
        for block in &self.blocks {
            match block {
                Block::Heading(heading) => parts.push(format!("## {}", inline(heading))),
                Block::Text(text) => parts.push(prose(text)),
                Block::Table(table) if table.screen => parts.push(table.markdown()),
                Block::Table(_) => {}
                Block::Figure(_) => parts.extend(figures.next().map(|figure| {
                    let (title, caption) = (inline(&figure.title), inline(&figure.caption));
                    format!("![{title}]({folder}/{}.svg)\n\n{caption}", figure.key)
                })),
                Block::Nest { title, text } => {
                    let text: String = text.lines().map(|line| format!("    {}\n", plain(line))).collect();
                    parts.push(format!("{}\n\n{}", inline(title), text.trim_end()));
                }
            }
        }
        parts.push(format!("stationary {VERSION}, inputs sha256 `{}`", plain(&self.inputs)));
        parts.join("\n\n") + "\n"
    }
}

impl Table {
    fn markdown(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let head = |column: &super::Column| match column.unit {
            "" => inline(column.name),
            unit => format!("{} ({})", inline(column.name), inline(unit)),
        };
        let rule = |column: usize| if self.is_text(column) { "---".to_string() } else { "---:".into() };
        let row = |row: &Vec<super::Cell>| {
            line(self.columns.iter().zip(row).map(|(column, cell)| inline(&cell.show(column))).collect())
        };
        let mut out = format!("**{}**\n\n", inline(&self.title));
        out += &line(self.columns.iter().map(head).collect());
        out += &line((0..self.columns.len()).map(rule).collect());
        out += &self.rows.iter().map(row).collect::<String>();
        out.trim_end().into()
    }
}

/// A paragraph in which what stands between backticks is a program's.
fn prose(text: &str) -> String {
    let part = |(index, part): (usize, &str)| if index % 2 == 1 { format!("`{}`", plain(part)) } else { inline(part) };
    text.split('`').enumerate().map(part).collect()
}

/// Words on one line that mean nothing to Markdown.
fn inline(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in plain(text).chars() {
        if matches!(character, '\\' | '`' | '*' | '_' | '<' | '[' | ']' | '|' | '#') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::example;

    #[test]
    fn the_page_beside_the_source() {
        insta::assert_snapshot!(example::document().markdown("figures"));
    }
}
