//! The line or lines above a plot that tell what its parts and series are.

use super::canvas::{Anchor, Canvas, SIZE, width};

/// The height of a line of the legend.
pub(super) const LINE: f64 = 20.0;
/// The room for a sample of the part.
pub(super) const SAMPLE: f64 = 26.0;
const GAP: f64 = 18.0;

/// Draws names with samples in as many lines as they take; `sample` draws one, its middle at a place. Gives the place of
/// the first pixel below.
pub(super) fn draw(
    canvas: &mut Canvas,
    [left, top]: [f64; 2],
    room: f64,
    names: &[String],
    mut sample: impl FnMut(&mut Canvas, usize, [f64; 2]),
) -> f64 {
    let (mut x, mut y) = (left, top);
    for (index, name) in names.iter().enumerate() {
        let wide = SAMPLE + 6.0 + width(name);
        if x > left && x + wide > left + room {
            (x, y) = (left, y + LINE);
        }
        sample(canvas, index, [x + SAMPLE / 2.0, y + LINE / 2.0]);
        canvas.text([x + SAMPLE + 6.0, y + LINE / 2.0 + SIZE * 0.35], Anchor::Start, name);
        x += wide + GAP;
    }
    if names.is_empty() { y } else { y + LINE }
}

/// The width of the widest line that cannot be broken.
pub(super) fn least_width(names: &[String]) -> f64 {
    names.iter().map(|name| SAMPLE + 6.0 + width(name)).fold(0.0, f64::max)
}
