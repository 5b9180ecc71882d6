//! An SVG being drawn: shapes and words at places in pixels, and how wide words are.
//!
//! Whoever opens the file has other fonts than we; words are therefore measured with the widths of DejaVu Sans, the widest
//! of those that the file asks for, so that what fits here fits everywhere. Numbers are written with one decimal, and
//! nothing depends on the order of a hash map: equal figures give equal bytes.

use crate::markup::escape;
use std::fmt::Write;

/// The height of words.
pub(super) const SIZE: f64 = 12.0;

/// Where words stand to their place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// The drawing so far.
pub(super) struct Canvas {
    body: String,
    defs: String,
}

impl Canvas {
    pub fn new() -> Canvas {
        Canvas { body: String::new(), defs: String::new() }
    }

    /// Something that is referred to by its id.
    pub fn define(&mut self, definition: &str) {
        self.defs += definition;
    }

    /// A rectangle, with what a pointer over it tells.
    pub fn rect(&mut self, [x, y]: [f64; 2], [width, height]: [f64; 2], style: &str, tip: &str) {
        let (x, y, width, height) = (n(x), n(y), n(width), n(height));
        let _ = write!(self.body, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" {style}");
        self.close("rect", tip);
    }

    /// A path: commands in SVG's own letters.
    pub fn path(&mut self, path: &str, style: &str, tip: &str) {
        let _ = write!(self.body, "<path d=\"{path}\" {style}");
        self.close("path", tip);
    }

    /// A straight line.
    pub fn line(&mut self, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2], style: &str) {
        self.path(&format!("M{} {}L{} {}", n(x1), n(y1), n(x2), n(y2)), style, "");
    }

    fn close(&mut self, tag: &str, tip: &str) {
        if tip.is_empty() {
            self.body += "/>\n";
        } else {
            let _ = writeln!(self.body, "><title>{}</title></{tag}>", escape(tip));
        }
    }

    /// Words.
    pub fn text(&mut self, at: [f64; 2], anchor: Anchor, words: &str) {
        self.styled(at, anchor, "", words);
    }

    /// Words of a heading.
    pub fn bold(&mut self, at: [f64; 2], words: &str) {
        self.styled(at, Anchor::Start, " font-weight=\"bold\"", words);
    }

    /// What `draw` draws, moved by so much.
    pub fn group(&mut self, [x, y]: [f64; 2], draw: impl FnOnce(&mut Canvas)) {
        let _ = writeln!(self.body, "<g transform=\"translate({} {})\">", n(x), n(y));
        draw(self);
        self.body += "</g>\n";
    }

    /// Words on white, so that lines below do not strike them out.
    pub fn on_white(&mut self, at: [f64; 2], anchor: Anchor, words: &str) {
        self.styled(at, anchor, " paint-order=\"stroke\" stroke=\"#ffffff\" stroke-width=\"3\"", words);
    }

    /// Words that climb by `degrees`, to the right of their place or up to it.
    pub fn turned(&mut self, [x, y]: [f64; 2], anchor: Anchor, degrees: u32, words: &str) {
        let turn = format!(" transform=\"rotate(-{degrees} {} {})\"", n(x), n(y));
        self.styled([x, y], anchor, &turn, words);
    }

    fn styled(&mut self, [x, y]: [f64; 2], anchor: Anchor, style: &str, words: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let _ = writeln!(self.body, "<text x=\"{}\" y=\"{}\"{anchor}{style}>{}</text>", n(x), n(y), escape(words));
    }

    /// The drawing as a file, on white paper.
    pub fn finish(self, [width, height]: [f64; 2], title: &str) -> String {
        let (width, height) = (width.ceil(), height.ceil());
        let title = escape(title);
        let Canvas { body, defs } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"DejaVu Sans, Verdana, sans-serif\" \
             font-size=\"{SIZE}\">\n<title>{title}</title>\n<defs>{defs}</defs>\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n{body}</svg>\n"
        )
    }
}

/// A coordinate as it is written.
pub(super) fn n(value: f64) -> String {
    let text = format!("{value:.1}");
    match text.strip_suffix(".0") {
        Some("-0") => "0".into(),
        Some(whole) => whole.into(),
        None => text,
    }
}

/// How wide words are.
pub(super) fn width(words: &str) -> f64 {
    let em = words.chars().map(|c| match c {
        'i' | 'j' | 'l' | '.' | ',' | '\'' | '|' | ':' | ';' | ' ' | 'I' => 0.32,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '-' => 0.41,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.98,
        'A'..='Z' | '+' | '=' | '<' | '>' | '~' | '_' | '&' => 0.79,
        'a'..='z' | '0'..='9' => 0.64,
        // Ideographs and the like are as wide as they are high.
        c if c >= '\u{2e80}' => 1.0,
        _ => 0.84,
    });
    em.sum::<f64>() * SIZE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short() {
        assert_eq!([0.0, -0.01, 12.04, 12.06, -3.5].map(n), ["0", "0", "12", "12.1", "-3.5"]);
    }
}
