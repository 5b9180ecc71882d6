//! What plots with axes share: the title above, the ticks and the grid, the names of the axes.

use super::Axis;
use super::canvas::{Anchor, Canvas, SIZE, width};
use super::scale::Scale;

pub(super) const GRID: &str = "stroke=\"#dddddd\" stroke-width=\"0.8\" fill=\"none\"";
pub(super) const AXIS: &str = "stroke=\"#333333\" stroke-width=\"1\" fill=\"none\"";

/// Room to the edges of the paper.
pub(super) const MARGIN: f64 = 14.0;
/// The height of the title.
const TITLE: f64 = 24.0;

/// Draws a figure's title; gives the place of the first pixel below.
pub(super) fn title(canvas: &mut Canvas, title: &str) -> f64 {
    canvas.bold([MARGIN, MARGIN + SIZE], title);
    MARGIN + TITLE
}

/// The width that a title takes.
pub(super) fn title_width(title: &str) -> f64 {
    // Bold letters are wider by an eighth.
    2.0 * MARGIN + 1.15 * width(title)
}

/// The name of an axis with its unit.
pub(super) fn axis_name(axis: &Axis) -> String {
    if axis.unit.is_empty() { axis.name.clone() } else { format!("{} ({})", axis.name, axis.unit) }
}

/// The room to the left of the plot that the name of an axis and the labels of its ticks take.
pub(super) fn left_room(scale: &Scale) -> f64 {
    let labels = scale.ticks().iter().map(|tick| width(&tick.label)).fold(0.0, f64::max);
    MARGIN + 2.0 * SIZE + labels
}

/// Draws an upright axis from `top` to `bottom` with its grid to the `right`.
pub(super) fn upright(
    canvas: &mut Canvas,
    scale: &Scale,
    name: &str,
    [left, right]: [f64; 2],
    [top, bottom]: [f64; 2],
) {
    for tick in scale.ticks() {
        let Some(y) = scale.at(tick.value) else { continue };
        canvas.line([left, y], [right, y], GRID);
        canvas.line([left - 4.0, y], [left, y], AXIS);
        canvas.text([left - 7.0, y + SIZE * 0.35], Anchor::End, &tick.label);
    }
    canvas.line([left, top], [left, bottom], AXIS);
    canvas.turned([MARGIN + SIZE * 0.8, (top + bottom) / 2.0], Anchor::Middle, 90, name);
}

/// Draws an axis below the plot with its grid up to the `top`; leaves out labels that would touch.
pub(super) fn level(canvas: &mut Canvas, scale: &Scale, name: &str, [left, right]: [f64; 2], [top, bottom]: [f64; 2]) {
    let mut free = f64::NEG_INFINITY;
    for tick in scale.ticks() {
        let Some(x) = scale.at(tick.value) else { continue };
        canvas.line([x, top], [x, bottom], GRID);
        canvas.line([x, bottom], [x, bottom + 4.0], AXIS);
        let half = width(&tick.label) / 2.0;
        if x - half > free {
            canvas.text([x, bottom + 6.0 + SIZE], Anchor::Middle, &tick.label);
            free = x + half + 6.0;
        }
    }
    canvas.line([left, bottom], [right, bottom], AXIS);
    canvas.text([(left + right) / 2.0, bottom + 14.0 + 2.0 * SIZE], Anchor::Middle, name);
}

/// The room below the plot that such an axis takes.
pub(super) const BELOW: f64 = 14.0 + 2.0 * SIZE + MARGIN;
