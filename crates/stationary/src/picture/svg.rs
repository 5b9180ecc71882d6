//! The array as an SVG document. Sets differ in fill and are framed, so that the picture holds in black and white.

use super::{Cell, Picture, show_ids};
use crate::markup::escape;
use std::fmt::Write;

const CELL: [usize; 2] = [62, 50];
const MARGIN: usize = 78;
const LINE: usize = 18;
/// Fills of neighbouring sets.
const FILLS: [&str; 4] = ["#ffffff", "url(#lines)", "#dddddd", "url(#dots)"];

/// Draws the picture.
pub(super) fn svg(picture: &Picture) -> String {
    let [wide, high] = CELL;
    let rows = picture.cells.len() / picture.columns;
    let facts = 2 * LINE + (picture.facts.len() + 1) * LINE;
    let top = facts + 2 * LINE;
    let longest = picture.facts.iter().map(|(_, fact)| fact.chars().count() * 7 + 90).max().unwrap_or(0);
    let width = (MARGIN + picture.columns * wide + 20).max(longest);
    let height = top + rows * high + 3 * LINE;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"DejaVu Sans, Verdana, sans-serif\" font-size=\"12\">\n<title>{}</title>\n{PATTERNS}\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
        escape(&picture.title)
    );
    text(&mut out, [12, 24], "font-size=\"16\" font-weight=\"bold\"", &picture.title);
    for (line, (label, fact)) in picture.facts.iter().enumerate() {
        let y = 24 + LINE * (line + 1) + 6;
        text(&mut out, [12, y], "font-weight=\"bold\"", label);
        text(&mut out, [MARGIN, y], "", fact);
    }
    for column in 0..picture.columns {
        text(&mut out, [MARGIN + column * wide + wide / 2, top - 6], MIDDLE, &column.to_string());
    }
    for row in 0..rows {
        let y = top + row * high;
        text(&mut out, [MARGIN - 6, y + 20], "text-anchor=\"end\"", &format!("row {row}"));
        let ids = show_ids(|operand| picture.rows[operand][row]);
        text(&mut out, [MARGIN - 6, y + 36], "text-anchor=\"end\" font-size=\"10\"", &ids);
    }
    for (pe, cell) in picture.cells.iter().enumerate() {
        let at = [MARGIN + pe % picture.columns * wide, top + pe / picture.columns * high];
        draw_cell(&mut out, at, cell.as_ref());
    }
    frames(&mut out, picture, top);
    let legend = "A PE: its set (t, r); filter row > ofmap row; column IDs of the ifmap/filter/psum networks. Row IDs on the \
                  left. Crossed out: clock-gated.";
    text(&mut out, [12, top + rows * high + 2 * LINE], "", legend);
    out += "</svg>\n";
    out
}

const MIDDLE: &str = "text-anchor=\"middle\"";
const PATTERNS: &str = "<defs>\n\
    <pattern id=\"lines\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">\
    <rect width=\"8\" height=\"8\" fill=\"#ffffff\"/><path d=\"M0 8L8 0\" stroke=\"#cccccc\"/></pattern>\n\
    <pattern id=\"dots\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">\
    <rect width=\"8\" height=\"8\" fill=\"#ffffff\"/><circle cx=\"4\" cy=\"4\" r=\"1\" fill=\"#aaaaaa\"/></pattern>\n\
    </defs>\n";

fn draw_cell(out: &mut String, [x, y]: [usize; 2], cell: Option<&Cell>) {
    let [wide, high] = CELL;
    let fill = cell.map_or("#ffffff", |cell| FILLS[(cell.t + 2 * cell.set) % FILLS.len()]);
    let _ = writeln!(
        out,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{high}\" fill=\"{fill}\" stroke=\"#888888\" stroke-width=\"0.5\"/>"
    );
    let Some(cell) = cell else {
        let (right, bottom) = (x + wide, y + high);
        let _ = writeln!(out, "<path d=\"M{x} {y}L{right} {bottom}M{x} {bottom}L{right} {y}\" stroke=\"#bbbbbb\"/>");
        return;
    };
    let centre = x + wide / 2;
    text(out, [centre, y + 15], MIDDLE, &format!("t{} r{}", cell.t, cell.set));
    let work = format!("{} > {}", cell.filter_row, cell.ofmap_row);
    text(out, [centre, y + 31], "text-anchor=\"middle\" font-weight=\"bold\"", &work);
    let ids = show_ids(|operand| cell.ids[operand]);
    text(out, [centre, y + 45], "text-anchor=\"middle\" font-size=\"10\"", &ids);
}

/// Thick lines where two PEs belong to different sets.
fn frames(out: &mut String, picture: &Picture, top: usize) {
    let [wide, high] = CELL;
    let (rows, columns) = (picture.cells.len() / picture.columns, picture.columns);
    let set = |row: usize, column: usize| {
        let inside = row < rows && column < columns;
        let cell = if inside { picture.cells[row * columns + column].as_ref() } else { None };
        cell.map(|cell| (cell.t, cell.set, cell.segment))
    };
    let mut path = String::new();
    for row in 0..=rows {
        for column in 0..=columns {
            let (x, y) = (MARGIN + column * wide, top + row * high);
            // `wrapping_sub` leaves the array, where there is no set.
            if set(row, column) != set(row, column.wrapping_sub(1)) {
                let _ = write!(path, "M{x} {y}v{high}");
            }
            if set(row, column) != set(row.wrapping_sub(1), column) {
                let _ = write!(path, "M{x} {y}h{wide}");
            }
        }
    }
    let _ = writeln!(
        out,
        "<path d=\"{path}\" fill=\"none\" stroke=\"#000000\" stroke-width=\"2.5\" stroke-linecap=\"square\"/>"
    );
}

fn text(out: &mut String, [x, y]: [usize; 2], style: &str, content: &str) {
    let space = if style.is_empty() { "" } else { " " };
    let _ = writeln!(out, "<text x=\"{x}\" y=\"{y}\"{space}{style}>{}</text>", escape(content));
}
