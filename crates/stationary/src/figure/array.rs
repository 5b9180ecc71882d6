//! The PEs of an array, working or idle, one small picture a layer.

use super::canvas::{Anchor, Canvas, SIZE, n, width};
use super::{Array, Figure, Occupancy, frame, legend};
use crate::report::fit;

/// The longer side of a picture.
const SIDE: f64 = 120.0;
/// Room for the words below a picture, and between pictures.
const WORDS: f64 = 2.0 * SIZE + 28.0;
const GAP: f64 = 22.0;
const IN_A_ROW: usize = 6;
/// The longest name of a layer, in characters.
const NAME: usize = 20;
/// PEs that are smaller than this are not drawn one by one.
const SMALLEST: f64 = 3.0;
const KINDS: [(&str, &str); 2] = [("working", "#27406b"), ("idle", "#ffffff")];

/// Draws it.
pub(super) fn draw(figure: &Figure, array: &Array) -> String {
    let mut canvas = Canvas::new();
    let [rows, columns] = array.size.map(|size| size.max(1) as f64);
    let pe = SIDE / rows.max(columns);
    let [high, wide] = [rows * pe, columns * pe];
    let fills = KINDS.map(|(kind, colour)| fill(&mut canvas, &format!("{}-{kind}", figure.key), colour, pe));
    let names = KINDS.map(|(kind, _)| format!("{kind} PE"));
    let below_title = frame::title(&mut canvas, &figure.title);
    let top = 10.0
        + legend::draw(&mut canvas, [frame::MARGIN, below_title], 400.0, &names, |canvas, index, [x, y]| {
            canvas.rect([x - 6.0, y - 6.0], [12.0, 12.0], &format!("fill=\"{}\" {EDGE}", KINDS[index].1), "");
        });
    let words =
        array.layers.iter().map(|layer| words(layer).map(|words| width(&words)).into_iter().fold(0.0, f64::max));
    let slot = words.fold(wide, f64::max) + GAP;
    for (index, layer) in array.layers.iter().enumerate() {
        let x = frame::MARGIN + (index % IN_A_ROW) as f64 * slot;
        let y = top + (index / IN_A_ROW) as f64 * (high + WORDS);
        let [used_high, used_wide] = [0, 1].map(|axis| layer.used[axis].min(array.size[axis]) as f64 * pe);
        let tip = format!("{}: {} x {} PEs of {} x {}", layer.name, layer.used[0], layer.used[1], rows, columns);
        canvas.group([x, y], |canvas| {
            canvas.rect([0.0, 0.0], [wide, high], &format!("fill=\"{}\" {EDGE}", fills[1]), &tip);
            canvas.rect([0.0, 0.0], [used_wide, used_high], &format!("fill=\"{}\" {EDGE}", fills[0]), &tip);
        });
        for (line, words) in self::words(layer).iter().enumerate() {
            canvas.text([x, y + high + (SIZE + 3.0) * (line + 1) as f64], Anchor::Start, words);
        }
    }
    let in_a_row = array.layers.len().clamp(1, IN_A_ROW) as f64;
    let lines = array.layers.len().div_ceil(IN_A_ROW) as f64;
    let right = frame::MARGIN + in_a_row * slot;
    let size = [right.max(frame::title_width(&figure.title)).max(300.0), top + lines * (high + WORDS) + frame::MARGIN];
    canvas.finish(size, &figure.title)
}

const EDGE: &str = "stroke=\"#222222\" stroke-width=\"1\"";

/// The name, and what of the array works.
fn words(layer: &Occupancy) -> [String; 2] {
    [fit(&layer.name, NAME), format!("{} x {}, {:.0} %", layer.used[0], layer.used[1], 100.0 * layer.utilisation)]
}

/// A fill with a line around each PE, unless they are too small.
fn fill(canvas: &mut Canvas, id: &str, colour: &str, pe: f64) -> String {
    if pe < SMALLEST {
        return colour.into();
    }
    let side = n(pe);
    canvas.define(&format!(
        "<pattern id=\"{id}\" width=\"{pe:.4}\" height=\"{pe:.4}\" patternUnits=\"userSpaceOnUse\">\
         <rect width=\"{side}\" height=\"{side}\" fill=\"{colour}\" stroke=\"#999999\" stroke-width=\"1\"/></pattern>"
    ));
    format!("url(#{id})")
}
