//! Layers under their roofs: the throughput that the compute units reach at most, and that each memory feeds, against
//! the work done for each word that it moves. Both axes are logarithmic.

use super::canvas::{Canvas, n};
use super::labels::Labels;
use super::scale::Scale;
use super::{Axis, Figure, NAMED, RoofPoint, Roofline, frame, legend, paint, scatter};

/// The plot of a few layers, and of many.
const SIZES: [[f64; 2]; 2] = [[660.0, 400.0], [940.0, 560.0]];
const ROOF: &str = "stroke=\"#000000\" stroke-width=\"2.2\" fill=\"none\"";

/// Draws it.
pub(super) fn draw(figure: &Figure, roofline: &Roofline) -> String {
    let Roofline { unit, peak, roofs, points } = roofline;
    let mut canvas = Canvas::new();
    let x = Axis::log("operational intensity", &format!("MAC/{unit}"));
    let y = Axis::log("throughput", "MAC/cycle");
    // The ridge of each memory: from there on compute is the roof.
    let ridges = roofs.iter().map(|roof| peak / roof.bandwidth);
    let intensities = points.iter().flat_map(|point| point.intensities.iter().flatten().copied());
    let values: Vec<f64> = intensities.chain(ridges).collect();
    let throughputs = || points.iter().map(|point| point.throughput).chain([*peak, peak * 1.5]);
    let scale_y = |pixels: [f64; 2]| Scale::new(&y, throughputs(), pixels);
    let left = frame::left_room(&scale_y([0.0, 1.0]));
    let [wide, high] = SIZES[usize::from(points.len() > NAMED)];
    let right = left + wide;
    let below_title = frame::title(&mut canvas, &figure.title);
    let names: Vec<String> = roofs.iter().map(|roof| format!("words of {}", roof.name)).collect();
    let top = 8.0
        + legend::draw(&mut canvas, [left, below_title], wide, &names, |canvas, index, place| {
            let half = legend::SAMPLE / 2.0;
            canvas.line([place[0] - half, place[1]], [place[0] + half, place[1]], &paint::stroke(index));
            paint::marker(canvas, place, index, "");
        });
    let bottom = top + high;
    let across = Scale::new(&x, values.into_iter(), [left, right]);
    let up = scale_y([bottom, top]);
    frame::upright(&mut canvas, &up, &frame::axis_name(&y), [left, right], [top, bottom]);
    frame::level(&mut canvas, &across, &frame::axis_name(&x), [left, right], [top, bottom]);

    let [least, most] = across.range();
    let floor = up.range()[0];
    let mut labels = Labels::new([left, right], [top, bottom]);
    for (index, roof) in roofs.iter().enumerate() {
        // From where it enters the plot, on the left or from below, to the ridge.
        let start = least.max(floor / roof.bandwidth);
        let ends =
            [start, (peak / roof.bandwidth).min(most)].map(|x| Some([across.at(x)?, up.at(x * roof.bandwidth)?]));
        let tip = format!("{}: {} {unit}s a cycle", roof.name, roof.bandwidth);
        canvas.path(&scatter::polyline(&ends), &paint::stroke(index), &tip);
        labels.avoid_line(&ends);
    }
    if let Some(y) = up.at(*peak) {
        canvas.path(&format!("M{} {}H{}", n(left), n(y), n(right)), ROOF, &format!("compute: {peak} MACs a cycle"));
        labels.avoid_line(&[Some([left, y]), Some([right, y])]);
        scatter::beside(&mut canvas, [left + 8.0, y], right, &format!("compute: {peak} MAC/cycle"));
    }

    let place = |point: &RoofPoint, memory: usize| {
        let intensity = (*point.intensities.get(memory)?)?;
        Some([across.at(intensity)?, up.at(point.throughput)?])
    };
    for point in points {
        let tip = |memory: usize| format!("{}: {} MAC/{unit} of {}", point.name, point.throughput, roofs[memory].name);
        for memory in (0..roofs.len()).rev() {
            if let Some(place) = place(point, memory) {
                labels.avoid(place);
                paint::marker(&mut canvas, place, memory, &tip(memory));
            }
        }
    }
    for (number, point) in (1..).zip(points) {
        // The outermost memory that the layer uses is where the layer is named.
        if let Some(place) = (0..roofs.len()).find_map(|memory| place(point, memory)) {
            let numbers = points.len() > NAMED;
            labels.draw(&mut canvas, place, &if numbers { format!("{number}") } else { point.name.clone() });
        }
    }
    let size = [(right + 3.0 * frame::MARGIN).max(frame::title_width(&figure.title)), bottom + frame::BELOW];
    canvas.finish(size, &figure.title)
}
