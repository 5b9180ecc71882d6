//! The array as text: a grid of what each PE works on, and a grid of IDs.

use super::{Cell, Picture, show_ids};
use std::fmt::Write;

/// Draws the picture.
pub(super) fn text(picture: &Picture) -> String {
    let mut out = format!("{}\n\n", picture.title);
    let label = picture.facts.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    for (name, fact) in &picture.facts {
        let _ = writeln!(out, "{name:label$}  {fact}");
    }
    let _ = writeln!(out, "\nEach PE: its set (t, r); the filter row that it holds > the ofmap row that it adds to.\n");
    let work =
        |cell: &Cell| vec![format!("t{}r{}", cell.t, cell.set), format!("{}>{}", cell.filter_row, cell.ofmap_row)];
    grid(&mut out, picture, 2, |row| vec![row.to_string()], work);
    let _ = writeln!(out, "\nIDs of the multicast networks, ifmap/filter/psum: of each row, and of each PE.\n");
    let row_ids = |row: usize| vec![show_ids(|operand| picture.rows[operand][row])];
    grid(&mut out, picture, 1, row_ids, |cell| vec![show_ids(|operand| cell.ids[operand])]);
    out
}

fn grid(
    out: &mut String,
    picture: &Picture,
    lines: usize,
    head: impl Fn(usize) -> Vec<String>,
    body: impl Fn(&Cell) -> Vec<String>,
) {
    let rows: Vec<_> = picture.cells.chunks(picture.columns).collect();
    let heads: Vec<_> = (0..rows.len()).map(head).collect();
    let width = |texts: &[Vec<String>]| texts.iter().flatten().map(String::len).max().unwrap_or(0);
    let bodies: Vec<Vec<String>> =
        picture.cells.iter().map(|cell| cell.as_ref().map_or(vec![".".into()], &body)).collect();
    let (margin, wide) = (width(&heads), width(&bodies));
    let columns = (0..picture.columns).map(|column| format!(" {column:>wide$}")).collect::<String>();
    let _ = writeln!(out, "{:margin$} {columns}", "");
    for (row, cells) in bodies.chunks(picture.columns).enumerate() {
        for line in 0..lines {
            let text = |texts: &Vec<String>| texts.get(line).cloned().unwrap_or_default();
            let cells: String = cells.iter().map(|cell| format!(" {:>wide$}", text(cell))).collect();
            let line = format!("{:>margin$} {cells}", text(&heads[row]));
            if !line.trim().is_empty() {
                let _ = writeln!(out, "{}", line.trim_end());
            }
        }
    }
}
