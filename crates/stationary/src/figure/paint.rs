//! How parts and series are told apart: by hue, by lightness and by pattern, so that print in black and white tells them
//! too.

use super::canvas::{Canvas, n};

/// A fill: the colour below, and lines of another over it.
struct Fill {
    below: &'static str,
    over: &'static str,
    /// What is drawn in a square of eight pixels.
    lines: &'static str,
}

/// Neighbours differ in lightness as well as in pattern.
const FILLS: [Fill; 12] = [
    Fill { below: "#27406b", over: "", lines: "" },
    Fill { below: "#f7c98b", over: "#8a4b00", lines: "M-2 2L2 -2M0 8L8 0M6 10L10 6" },
    Fill { below: "#4f9a68", over: "#ffffff", lines: "M2 2h2v2h-2zM6 6h2v2h-2z" },
    Fill { below: "#f3f0fa", over: "#5b4a8a", lines: "M0 2h8M0 6h8" },
    Fill { below: "#a8323e", over: "#ffffff", lines: "M-2 6L2 10M0 0L8 8M6 -2L10 2" },
    Fill { below: "#ffffff", over: "#444444", lines: "M0 0L8 8M0 8L8 0" },
    Fill { below: "#8fd0d4", over: "#0b5a60", lines: "M2 0v8M6 0v8" },
    Fill { below: "#4d4d4d", over: "#ffffff", lines: "M0 4h8M4 0v8" },
    Fill { below: "#e0e0e0", over: "", lines: "" },
    Fill { below: "#6a3d7c", over: "#ffffff", lines: "M0 3h8M0 7h8" },
    Fill { below: "#ffffff", over: "#a8323e", lines: "M1 1h1v1h-1zM5 5h1v1h-1z" },
    Fill { below: "#2e5e3f", over: "#ffffff", lines: "M1 0v8M5 0v8" },
];

/// The fills of the parts of one figure.
pub(super) struct Paint<'a> {
    /// The figure's key: ids of patterns are the figure's own, so that several share a page.
    key: &'a str,
}

impl<'a> Paint<'a> {
    /// Defines the patterns of `parts` fills.
    pub fn new(canvas: &mut Canvas, key: &'a str, parts: usize) -> Paint<'a> {
        let paint = Paint { key };
        for (index, Fill { below, over, lines }) in FILLS.iter().enumerate().take(parts) {
            if !lines.is_empty() {
                canvas.define(&format!(
                    "<pattern id=\"{}\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">\
                     <rect width=\"8\" height=\"8\" fill=\"{below}\"/><path d=\"{lines}\" stroke=\"{over}\" \
                     fill=\"none\"/></pattern>",
                    paint.id(index)
                ));
            }
        }
        paint
    }

    fn id(&self, index: usize) -> String {
        format!("{}-{index}", self.key)
    }

    /// The style of a part's rectangles.
    pub fn style(&self, part: usize) -> String {
        let index = part % FILLS.len();
        let fill = &FILLS[index];
        let paint = if fill.lines.is_empty() { fill.below.into() } else { format!("url(#{})", self.id(index)) };
        format!("fill=\"{paint}\" stroke=\"#222222\" stroke-width=\"0.6\"")
    }
}

/// Series in strong colours of different lightness.
const INKS: [&str; 8] = ["#1f3f7a", "#c25a00", "#1d7a4a", "#7b2d8b", "#b0202e", "#000000", "#0b7f8a", "#6b6b6b"];

/// How lines are broken.
const DASHES: [&str; 4] = ["", "7 4", "2 3", "9 3 2 3"];

/// The colour of a series.
pub(super) fn ink(series: usize) -> &'static str {
    INKS[series % INKS.len()]
}

/// The style of a series' line.
pub(super) fn stroke(series: usize) -> String {
    let dashes = DASHES[series % DASHES.len()];
    let dashes = if dashes.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{dashes}\"") };
    format!("fill=\"none\" stroke=\"{}\" stroke-width=\"1.6\"{dashes}", ink(series))
}

/// Half the size of a marker.
pub(super) const MARKER: f64 = 4.5;

/// Draws a series' marker: its shape, full or hollow, tells the series without colour.
pub(super) fn marker(canvas: &mut Canvas, [x, y]: [f64; 2], series: usize, tip: &str) {
    let r = MARKER;
    let circle = format!("M{} {}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0z", n(x - r), n(y), d = 2.0 * r);
    let square = format!("M{} {}h{d}v{d}h-{d}z", n(x - r), n(y - r), d = 2.0 * r);
    let triangle = format!("M{} {}L{} {}H{}z", n(x), n(y - r - 1.0), n(x + r + 1.0), n(y + r), n(x - r - 1.0));
    let diamond = format!("M{} {}l{s} {s}l-{s} {s}l-{s} -{s}z", n(x), n(y - r - 1.0), s = r + 1.0);
    let ink = ink(series);
    let path = match series % 4 {
        0 => circle,
        1 => square,
        2 => triangle,
        _ => diamond,
    };
    // The second four of eight are the same shapes, hollow.
    let fill = if series % 8 < 4 { ink } else { "#ffffff" };
    canvas.path(&path, &format!("fill=\"{fill}\" stroke=\"{ink}\" stroke-width=\"1.4\""), tip);
}
