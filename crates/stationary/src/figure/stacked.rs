//! Bars of stacked parts in groups, with a tick across a bar where a published total is known.

use super::canvas::{Anchor, Canvas, SIZE, n, width};
use super::paint::Paint;
use super::scale::{Scale, short};
use super::{Axis, Bar, Figure, Group, Stacked, frame, legend};
use crate::report::fit;

const HEIGHT: f64 = 300.0;
/// The width of the plot that bars are made to fit, as far as they may.
const WIDTH: f64 = 860.0;
/// The widths that a bar may have.
const BAR: [f64; 2] = [9.0, 44.0];
/// Between bars, and between groups, as parts of a bar.
const GAPS: [f64; 2] = [0.25, 1.0];
/// The longest names below bars and groups, in characters.
const NAME: usize = 30;
const MARK: &str = "published total";

/// Draws it.
pub(super) fn draw(figure: &Figure, stacked: &Stacked) -> String {
    let Stacked { unit, parts, groups } = stacked;
    let mut canvas = Canvas::new();
    let paint = Paint::new(&mut canvas, &figure.key, parts.len());
    let wide = bar_width(groups);
    let group_width = |group: &Group| group.bars.len() as f64 * wide * (1.0 + GAPS[0]);
    let plot_width = groups.iter().map(|group| group_width(group) + wide * GAPS[1]).sum::<f64>().max(160.0);

    let tops = groups.iter().flat_map(|group| &group.bars).flat_map(|bar| bar.mark.into_iter().chain([total(bar)]));
    let tops: Vec<f64> = tops.chain([0.0]).collect();
    let axis = Axis::linear("", "");
    let scale = |[top, bottom]: [f64; 2]| Scale::new(&axis, tops.iter().copied(), [bottom, top]);
    let names = Names::of(groups, wide, &group_width);

    let left = frame::left_room(&scale([0.0, 1.0])).max(names.overhang + frame::MARGIN - wide * GAPS[1] / 2.0);
    let entries: Vec<String> = parts.iter().cloned().chain(has_marks(groups).then(|| MARK.into())).collect();
    let right = left + plot_width.max(legend::least_width(&entries));
    let below_title = frame::title(&mut canvas, &figure.title);
    let top = 8.0
        + legend::draw(&mut canvas, [left, below_title], right - left, &entries, |canvas, index, [x, y]| {
            let half = legend::SAMPLE / 2.0;
            match parts.get(index) {
                Some(part) => canvas.rect([x - half, y - 7.0], [2.0 * half, 14.0], &paint.style(index), part),
                None => mark(canvas, [x - half, x + half], y, MARK),
            }
        });
    let bottom = top + HEIGHT;
    let scale = scale([top, bottom]);
    frame::upright(&mut canvas, &scale, unit, [left, right], [top, bottom]);

    let mut x = left + wide * GAPS[1] / 2.0;
    for group in groups {
        let start = x;
        for bar in &group.bars {
            stack(&mut canvas, &paint, &scale, stacked, group, bar, [x + wide * GAPS[0] / 2.0, wide]);
            x += wide * (1.0 + GAPS[0]);
        }
        names.draw(&mut canvas, group, [start, wide * (1.0 + GAPS[0])], bottom);
        x = start + group_width(group) + wide * GAPS[1];
    }
    canvas.line([left, bottom], [right, bottom], frame::AXIS);
    let size = [(right + frame::MARGIN).max(frame::title_width(&figure.title)), bottom + names.height + frame::MARGIN];
    canvas.finish(size, &figure.title)
}

/// The parts of one bar, and its mark.
fn stack(
    canvas: &mut Canvas,
    paint: &Paint,
    scale: &Scale,
    stacked: &Stacked,
    group: &Group,
    bar: &Bar,
    [x, wide]: [f64; 2],
) {
    let names = [group.name.as_str(), bar.name.as_str()].into_iter().filter(|name| !name.is_empty());
    let name = names.collect::<Vec<_>>().join(", ");
    let mut sum = 0.0;
    for (index, (part, value)) in stacked.parts.iter().zip(&bar.values).enumerate() {
        let value = drawn(*value);
        let (from, to) = (scale.at(sum), scale.at(sum + value));
        sum += value;
        if let (Some(from), Some(to)) = (from, to)
            && from - to > 0.0
        {
            let tip = format!("{name}: {part} {}; {} ({})", short3(value), short3(total(bar)), stacked.unit);
            canvas.rect([x, to], [wide, from - to], &paint.style(index), &tip);
        }
    }
    if let Some((value, y)) = bar.mark.and_then(|value| Some((value, scale.at(value)?))) {
        mark(canvas, [x - wide * 0.1, x + wide * 1.1], y, &format!("{name}: {MARK} {}", short3(value)));
    }
}

/// A tick that shows on dark and on light.
fn mark(canvas: &mut Canvas, [from, to]: [f64; 2], y: f64, tip: &str) {
    let path = format!("M{} {}H{}", n(from), n(y), n(to));
    canvas.path(&path, "stroke=\"#ffffff\" stroke-width=\"5.5\"", "");
    canvas.path(&path, "stroke=\"#000000\" stroke-width=\"2.5\"", tip);
}

/// What of a value can be drawn.
fn drawn(value: f64) -> f64 {
    if value.is_finite() { value.max(0.0) } else { 0.0 }
}

fn total(bar: &Bar) -> f64 {
    bar.values.iter().map(|value| drawn(*value)).sum()
}

fn has_marks(groups: &[Group]) -> bool {
    groups.iter().flat_map(|group| &group.bars).any(|bar| bar.mark.is_some())
}

/// Three digits for a pointer's words.
fn short3(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let power = 10f64.powf(value.abs().log10().floor() - 2.0);
    short((value / power).round() * power)
}

fn bar_width(groups: &[Group]) -> f64 {
    let bars: usize = groups.iter().map(|group| group.bars.len()).sum();
    let units = bars as f64 * (1.0 + GAPS[0]) + groups.len() as f64 * GAPS[1];
    (WIDTH / units.max(1.0)).clamp(BAR[0], BAR[1])
}

/// How the names below the bars and the groups lie.
struct Names {
    /// Whether bars' names stand upright, since they are wider than the bars.
    upright: bool,
    /// The height of the bars' names.
    bars: f64,
    /// Whether groups' names climb.
    climb: bool,
    /// The height of all names.
    height: f64,
    /// How far the first group's name reaches to the left of its middle.
    overhang: f64,
}

impl Names {
    fn of(groups: &[Group], wide: f64, group_width: &dyn Fn(&Group) -> f64) -> Names {
        let bars = groups.iter().flat_map(|group| &group.bars).map(|bar| width(&fit(&bar.name, NAME)));
        let widest = bars.fold(0.0, f64::max);
        let upright = widest > wide * (1.0 + GAPS[0]);
        let bars = match (widest > 0.0, upright) {
            (false, _) => 0.0,
            (true, false) => SIZE + 6.0,
            (true, true) => widest + 8.0,
        };
        let name = |group: &Group| width(&fit(&group.name, NAME));
        let climb = groups.iter().any(|group| name(group) > group_width(group) + wide * GAPS[1] * 0.8);
        let widest = groups.iter().map(name).fold(0.0, f64::max);
        let slope = std::f64::consts::FRAC_1_SQRT_2;
        let of_groups = if climb { widest * slope + SIZE * 1.5 } else { SIZE + 8.0 };
        let mut start = 0.0;
        let mut overhang: f64 = 0.0;
        for group in groups {
            let reach = if climb { name(group) * slope } else { name(group) / 2.0 };
            overhang = overhang.max(reach - start - group_width(group) / 2.0);
            start += group_width(group) + wide * GAPS[1];
        }
        Names { upright, bars, climb, height: bars + of_groups, overhang }
    }

    fn draw(&self, canvas: &mut Canvas, group: &Group, [start, step]: [f64; 2], bottom: f64) {
        for (index, bar) in group.bars.iter().enumerate() {
            let middle = start + (index as f64 + 0.5) * step;
            let name = fit(&bar.name, NAME);
            if self.upright {
                canvas.turned([middle + SIZE * 0.35, bottom + 6.0], Anchor::End, 90, &name);
            } else {
                canvas.text([middle, bottom + SIZE + 3.0], Anchor::Middle, &name);
            }
        }
        let middle = start + group.bars.len() as f64 * step / 2.0;
        let (name, y) = (fit(&group.name, NAME), bottom + self.bars + SIZE + 3.0);
        if self.climb {
            canvas.turned([middle + SIZE * 0.3, y], Anchor::End, 45, &name);
        } else {
            canvas.text([middle, y + 2.0], Anchor::Middle, &name);
        }
    }
}
