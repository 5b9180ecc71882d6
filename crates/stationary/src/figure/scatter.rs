//! Points with labels, alone or joined by lines.

use super::canvas::{Anchor, Canvas, SIZE, width};
use super::labels::Labels;
use super::scale::Scale;
use super::{Figure, Scatter, Series, frame, legend, paint};
use std::fmt::Write;

const SIZES: [f64; 2] = [620.0, 380.0];

/// Draws it.
pub(super) fn draw(figure: &Figure, scatter: &Scatter) -> String {
    let Scatter { x, y, series } = scatter;
    let points = || series.iter().flat_map(|series| &series.points);
    let mut canvas = Canvas::new();
    let scale_y = |pixels: [f64; 2]| Scale::new(y, points().map(|point| point.y), pixels);
    let left = frame::left_room(&scale_y([0.0, 1.0]));
    let right = left + SIZES[0];
    let below_title = frame::title(&mut canvas, &figure.title);
    let top = 8.0 + legend(&mut canvas, [left, below_title], series);
    let bottom = top + SIZES[1];
    let across = Scale::new(x, points().map(|point| point.x), [left, right]);
    let up = scale_y([bottom, top]);
    frame::upright(&mut canvas, &up, &frame::axis_name(y), [left, right], [top, bottom]);
    frame::level(&mut canvas, &across, &frame::axis_name(x), [left, right], [top, bottom]);

    let place = |series: &Series| -> Vec<Option<[f64; 2]>> {
        series.points.iter().map(|point| Some([across.at(point.x)?, up.at(point.y)?])).collect()
    };
    let places: Vec<Vec<Option<[f64; 2]>>> = series.iter().map(place).collect();
    for (index, (_, places)) in series.iter().zip(&places).enumerate().filter(|(_, (series, _))| series.line) {
        canvas.path(&polyline(places), &paint::stroke(index), "");
    }
    let mut labels = Labels::new([left, right], [top, bottom]);
    places.iter().flatten().flatten().for_each(|place| labels.avoid(*place));
    series.iter().zip(&places).filter(|(series, _)| series.line).for_each(|(_, places)| labels.avoid_line(places));
    for (index, (series, places)) in series.iter().zip(&places).enumerate() {
        for (point, place) in series.points.iter().zip(places) {
            let Some(place) = *place else { continue };
            let label = point.label.as_deref().unwrap_or("");
            let tip = format!("{} {label}: {}, {}", series.name, point.x, point.y);
            paint::marker(&mut canvas, place, index, tip.trim_start());
        }
    }
    for (point, place) in series.iter().zip(&places).flat_map(|(series, places)| series.points.iter().zip(places)) {
        if let (Some(label), Some(place)) = (&point.label, place) {
            labels.draw(&mut canvas, *place, label);
        }
    }
    let size = [(right + 3.0 * frame::MARGIN).max(frame::title_width(&figure.title)), bottom + frame::BELOW];
    canvas.finish(size, &figure.title)
}

/// One series needs no legend, unless it has a name.
fn legend(canvas: &mut Canvas, at: [f64; 2], series: &[Series]) -> f64 {
    let names: Vec<String> = series.iter().map(|series| series.name.clone()).collect();
    if names.iter().all(String::is_empty) {
        return at[1];
    }
    legend::draw(canvas, at, SIZES[0], &names, |canvas, index, [x, y]| {
        if series[index].line {
            let half = legend::SAMPLE / 2.0;
            canvas.line([x - half, y], [x + half, y], &paint::stroke(index));
        }
        paint::marker(canvas, [x, y], index, "");
    })
}

/// A line through the places that there are.
pub(super) fn polyline(places: &[Option<[f64; 2]>]) -> String {
    let mut path = String::new();
    for [x, y] in places.iter().flatten() {
        let _ = write!(path, "{}{x:.1} {y:.1}", if path.is_empty() { "M" } else { "L" });
    }
    path
}

/// Draws words beside the end of a line, inside the plot.
pub(super) fn beside(canvas: &mut Canvas, [x, y]: [f64; 2], right: f64, words: &str) {
    let inside = x + width(words) < right;
    canvas.on_white([x, y - SIZE * 0.4], if inside { Anchor::Start } else { Anchor::End }, words);
}
