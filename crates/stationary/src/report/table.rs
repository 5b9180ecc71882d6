//! Tables without frames: a line under the head, numbers to the right. Their width does not depend on the terminal.

use comfy_table::{CellAlignment, ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle};

const STYLE: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::none())
    .header_separator(LineStyle::none().fill('─'))
    .content_lines(ContentLineStyle::none());

/// Draws a table; the first `left` columns hold text, the others numbers.
pub(super) fn draw(head: &[&str], left: usize, rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let left: Vec<bool> = (0..head.len()).map(|column| column < left).collect();
    draw_columns(head, &left, rows)
}

/// Draws a table; the columns that are `left` hold text, the others numbers.
pub(crate) fn draw_columns(head: &[&str], left: &[bool], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(head.iter().copied());
    table.add_rows(rows);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((u16::from(index > 0), 0));
        column.set_cell_alignment(if left[index] { CellAlignment::Left } else { CellAlignment::Right });
    }
    let mut text = String::new();
    for line in table.lines() {
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// A table with captions over groups of columns, each from the head that it names first.
pub(super) fn captioned(table: &str, captions: &[(&str, &str)]) -> String {
    let heads = table.lines().next().unwrap_or("");
    let mut line = String::new();
    for (head, caption) in captions {
        let at = heads.find(head).map_or(0, |byte| heads[..byte].chars().count());
        line += &" ".repeat(at.saturating_sub(line.chars().count()));
        line += caption;
    }
    format!("{line}\n{table}")
}
