//! A document as one page: nothing of it is anywhere else, no request leaves it, and it holds no script.

use super::{Block, Cell, Document, Table};
use crate::report::{VERSION, plain};
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("page.css");

/// What the page may load: its own styles, and an icon that is none.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// Headings from which on a page has a list of them.
const LISTED: usize = 3;

/// Characters of a table's cell that stay on one line.
const LINE: usize = 24;

impl Document {
    /// The document as a self-contained page: figures inline, long tables and nests folded; paper
    /// has the nests unfolded.
    pub fn html(&self) -> String {
        let mut figures = self.figures().into_iter();
        let headings: Vec<&String> = self.blocks.iter().filter_map(heading).collect();
        let mut ids = (1..).map(|section| format!("s{section}"));
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    meta name="generator" content={ "stationary " (VERSION) };
                    link rel="icon" href="data:,";
                    title { (self.title) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    h1 { (self.title) }
                    @for paragraph in &self.lead { p { (prose(paragraph)) } }
                    @if headings.len() >= LISTED {
                        nav { ul {
                            @for (index, heading) in headings.iter().enumerate() {
                                li { a href={ "#s" (index + 1) } { (heading) } }
                            }
                        } }
                    }
                    @for block in &self.blocks {
                        @match block {
                            Block::Heading(heading) => h2 id=[ids.next()] { (heading) },
                            Block::Text(text) => p { (prose(text)) },
                            Block::Table(shown) if shown.screen => (table(shown, Some(&shown.title))),
                            Block::Table(long) => details.data { summary { (long.title) } (table(long, None)) },
                            Block::Figure(_) => @if let Some(figure) = figures.next() {
                                figure {
                                    div { (PreEscaped(figure.svg())) }
                                    figcaption { (figure.caption) }
                                }
                            },
                            Block::Nest { title, text } => details { summary { (title) } pre { (plain_lines(text)) } },
                        }
                    }
                    footer { "stationary " (VERSION) ", inputs sha256 " (self.inputs) }
                }
            }
        };
        page.into_string() + "\n"
    }
}

fn heading(block: &Block) -> Option<&String> {
    match block {
        Block::Heading(heading) => Some(heading),
        _ => None,
    }
}

/// A paragraph in which every second part between backticks is a program's.
fn prose(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

fn table(table: &Table, caption: Option<&String>) -> Markup {
    let class = |column: usize| match table.is_text(column) {
        false => Some("n"),
        true => table.has_prose(column).then_some("w"),
    };
    html! {
        div.table { table {
            @if let Some(caption) = caption { caption { (caption) } }
            thead { tr {
                @for (index, column) in table.columns.iter().enumerate() {
                    th class=[class(index)] scope="col" {
                        (column.name)
                        @if !column.unit.is_empty() { small { (column.unit) } }
                    }
                }
            } }
            tbody {
                @for row in &table.rows {
                    tr {
                        @for (index, (column, cell)) in table.columns.iter().zip(row).enumerate() {
                            td class=[class(index)] { (cell.show(column)) }
                        }
                    }
                }
            }
        } }
    }
}

impl Table {
    /// Whether words of a column may need several lines.
    fn has_prose(&self, column: usize) -> bool {
        let long = |cell: &Cell| matches!(cell, Cell::Text(text) if text.chars().count() > LINE);
        self.rows.iter().filter_map(|row| row.get(column)).any(long)
    }
}

/// Lines without other control characters than those that end them.
fn plain_lines(text: &str) -> String {
    text.lines().map(|line| plain(line) + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::super::example;

    #[test]
    fn the_page() {
        // The style sheet is a file of its own.
        let html = example::document().html().replace(super::STYLE, "...");
        // So are the figures; that they are inline is what counts here.
        let figures: Vec<(usize, &str)> = html.match_indices("<svg").collect();
        let start = figures[0].0;
        let end = html.find("</svg>").expect("a figure ends");
        assert_eq!(figures.len(), 1);
        insta::assert_snapshot!(format!("{}[figure]{}", &html[..start], &html[end + "</svg>\n".len()..]));
    }

    #[test]
    fn nothing_of_it_is_anywhere_else() {
        let html = example::document().html().replace("http://www.w3.org/2000/svg", "");
        for reference in ["http:", "https:", "src=", "<script", "@import", "url(//", "<img"] {
            assert!(!html.contains(reference), "{reference}");
        }
    }

    #[test]
    fn equal_documents_give_equal_bytes() {
        assert_eq!(example::document().html(), example::document().html());
        assert_eq!(example::document().svgs(), example::document().svgs());
    }
}
