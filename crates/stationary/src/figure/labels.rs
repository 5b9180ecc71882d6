//! Where the labels of points go: beside them, so that none lies over another, over a point, or outside of the plot.

use super::canvas::{Anchor, Canvas, SIZE, width};
use super::paint::MARKER;
use crate::report::fit;

/// The longest label, in characters.
const LONGEST: usize = 34;

/// The size of a spot on a line, and how many of them stand for a line at most.
const SPOT: f64 = 4.0;
const MOST_SPOTS: f64 = 400.0;

/// Places so near to a point that no line has to lead to the label, and that line.
const NEAR: usize = 4;
const LEADER: &str = "stroke=\"#555555\" stroke-width=\"0.8\"";

/// Left, top, right, bottom.
type Area = [f64; 4];

/// What is taken already.
pub(super) struct Labels {
    plot: Area,
    taken: Vec<Area>,
}

impl Labels {
    /// Labels inside of a plot.
    pub fn new([left, right]: [f64; 2], [top, bottom]: [f64; 2]) -> Labels {
        Labels { plot: [left, top, right, bottom], taken: Vec::new() }
    }

    /// A point that no label may hide.
    pub fn avoid(&mut self, [x, y]: [f64; 2]) {
        self.taken.push([x - MARKER, y - MARKER, x + MARKER, y + MARKER]);
    }

    /// A line through places, which had better not strike out a label.
    pub fn avoid_line(&mut self, places: &[Option<[f64; 2]>]) {
        let places: Vec<[f64; 2]> = places.iter().flatten().copied().collect();
        for ([x1, y1], [x2, y2]) in places.iter().copied().zip(places.iter().copied().skip(1)) {
            // Spots along it stand for the line.
            let spots = ((x2 - x1).hypot(y2 - y1) / SPOT).ceil().clamp(1.0, MOST_SPOTS);
            for spot in 0..spots as u32 {
                let share = f64::from(spot) / spots;
                let (x, y) = (x1 + share * (x2 - x1), y1 + share * (y2 - y1));
                self.taken.push([x - SPOT / 2.0, y - SPOT / 2.0, x + SPOT / 2.0, y + SPOT / 2.0]);
            }
        }
    }

    /// Draws the label of a point where most room is.
    pub fn draw(&mut self, canvas: &mut Canvas, [x, y]: [f64; 2], label: &str) {
        let label = fit(label, LONGEST);
        let wide = width(&label);
        let off = MARKER + 3.0;
        // Words stand on their line: two thirds of them lie above it.
        let area = |[left, line]: [f64; 2]| [left, line - SIZE * 0.8, left + wide, line + SIZE * 0.25];
        let right = |line: f64| [x + off, line];
        let before = |line: f64| [x - off - wide, line];
        let middle = y + SIZE * 0.35;
        let far = SIZE * 1.2;
        // Above and below, words may be moved aside to stay inside of the plot.
        let [first, _, last, _] = self.plot;
        let over = (x - wide / 2.0).min(last - wide).max(first);
        let candidates = [
            right(middle),
            before(middle),
            [over, y - off],
            [over, y + off + SIZE * 0.8],
            right(middle - 0.7 * far),
            right(middle + 0.7 * far),
            before(middle - 0.7 * far),
            before(middle + 0.7 * far),
            right(middle - 1.5 * far),
            right(middle + 1.5 * far),
            before(middle - 1.5 * far),
            before(middle + 1.5 * far),
            [over, y - off - far],
            [over, y + off + SIZE * 0.8 + far],
        ];
        let hidden = |at: &[f64; 2]| {
            let area = area(*at);
            let outside = 1e3 * (size(area) - overlap(area, self.plot));
            outside + self.taken.iter().map(|taken| overlap(area, *taken)).sum::<f64>()
        };
        // The first of those that hide least, in the order above.
        let (mut least, mut best) = (f64::INFINITY, 0);
        for (index, candidate) in candidates.iter().enumerate() {
            let hides = hidden(candidate);
            if hides < least - 1e-9 {
                (least, best) = (hides, index);
            }
        }
        let area = area(candidates[best]);
        if best >= NEAR {
            let [left, top, right, bottom] = area;
            canvas.line([x, y], [x.clamp(left, right), y.clamp(top, bottom)], LEADER);
        }
        self.taken.push(area);
        canvas.on_white(candidates[best], Anchor::Start, &label);
    }
}

fn size([left, top, right, bottom]: Area) -> f64 {
    (right - left).max(0.0) * (bottom - top).max(0.0)
}

fn overlap(a: Area, b: Area) -> f64 {
    size([a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])])
}
