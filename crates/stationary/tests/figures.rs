//! Figures of every kind, ordinary and extreme: no label leaves the paper, equal figures give equal bytes, and what is
//! written is well-formed.

use stationary::figure::{
    Array, Axis, Bar, Figure, Group, Occupancy, Plot, Point, Roof, RoofPoint, Roofline, Scatter, Series, Stacked,
};

fn bar(name: &str, values: &[f64], mark: Option<f64>) -> Bar {
    Bar { name: name.into(), values: values.to_vec(), mark }
}

fn stacked(parts: usize, groups: Vec<Group>) -> Plot {
    let parts = (1..=parts).map(|part| format!("part {part}")).collect();
    Plot::Stacked(Stacked { unit: "energy (pJ)".into(), parts, groups })
}

fn group(name: &str, bars: Vec<Bar>) -> Group {
    Group { name: name.into(), bars }
}

fn point(x: f64, y: f64, label: &str) -> Point {
    Point { x, y, label: (!label.is_empty()).then(|| label.into()) }
}

fn scatter(x: Axis, y: Axis, series: &[(&str, Vec<Point>)]) -> Plot {
    let series =
        series.iter().map(|(name, points)| Series { name: (*name).into(), points: points.clone(), line: true });
    Plot::Scatter(Scatter { x, y, series: series.collect() })
}

fn plots() -> Vec<(&'static str, Plot)> {
    let long = "a name that is far longer than what anybody would call a layer & then some";
    let flows = ["WS", "OS-A", "OS-B", "OS-C", "NLR", "RS"];
    let many = (0..60).map(|i| group(&format!("{long} {i}"), vec![bar("", &[1.0, f64::from(i)], None)])).collect();
    let pairs = (0..9).map(|_| group("1024 PEs, N = 64", flows.map(|flow| bar(flow, &[1.0, 2.0], Some(2.5))).to_vec()));
    let odd = vec![bar(long, &[f64::NAN, -1.0, 1e300], Some(f64::INFINITY)), bar("", &[], None)];
    let near = (0..12).map(|i| point(1e5 + f64::from(i), 3e8, long)).collect();
    let corners = vec![point(0.0, 0.0, long), point(100.0, 0.0, long), point(0.0, 9.0, long), point(100.0, 9.0, long)];
    let far = vec![point(1e-12, 1e12, "a"), point(1e12, 1e-12, "b"), point(-1.0, 0.0, "c"), point(f64::NAN, 1.0, "d")];
    let layer = |name: &str, throughput, intensities: [Option<f64>; 2]| RoofPoint {
        name: name.into(),
        throughput,
        intensities: intensities.to_vec(),
    };
    let roofs = [("DRAM", 1.0), ("GLB", 4.0)].map(|(name, bandwidth)| Roof { name: name.into(), bandwidth }).to_vec();
    let points = vec![
        layer("conv1", 154.0, [Some(180.0), Some(60.0)]),
        layer(long, 0.9, [Some(0.99), None]),
        layer("unused", 0.9, [None, None]),
    ];
    let few = roofs[..1].to_vec();
    let many_layers = (0..60).map(|i| layer(long, 100.0 + f64::from(i), [Some(20.0), None])).collect();
    let array = |size, used| {
        let layer = |name: &str| Occupancy { name: name.into(), used, utilisation: 0.5 };
        Plot::Array(Array { size, layers: vec![layer("conv1"), layer(long)] })
    };
    vec![
        ("many groups with long names", stacked(2, many)),
        ("groups of bars with names and marks", stacked(2, pairs.collect())),
        ("every fill", stacked(12, vec![group("g", vec![bar("", &[1.0; 12], None)])])),
        ("values that cannot be drawn", stacked(3, vec![group("g", odd), group("empty", vec![])])),
        ("no bars", stacked(0, vec![])),
        ("labels on one spot", scatter(Axis::log("latency", "cycles"), Axis::log("energy", "pJ"), &[("front", near)])),
        (
            "labels in corners",
            scatter(Axis::linear(long, ""), Axis::linear("y", ""), &[("a", corners), (long, vec![])]),
        ),
        ("far apart", scatter(Axis::log("x", ""), Axis::log("y", ""), &[("", far)])),
        ("no points", scatter(Axis::log("x", ""), Axis::linear("y", ""), &[])),
        ("roofline", Plot::Roofline(Roofline { unit: "word".into(), peak: 168.0, roofs, points })),
        (
            "roofline of many layers",
            Plot::Roofline(Roofline { unit: "word".into(), peak: 168.0, roofs: few, points: many_layers }),
        ),
        ("bare roofline", Plot::Roofline(Roofline { unit: "word".into(), peak: 1.0, roofs: vec![], points: vec![] })),
        ("array", array([12, 14], [11, 7])),
        ("large array", array([256, 256], [111, 256])),
        ("odd array", array([0, 1], [5, 5])),
    ]
}

fn figures() -> impl Iterator<Item = Figure> {
    let figure =
        |(title, plot): (&str, Plot)| Figure { key: "key".into(), title: title.into(), caption: String::new(), plot };
    plots().into_iter().map(figure)
}

/// The value of an attribute in a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

/// A narrow estimate of how wide words are: half of their height a character. What leaves the paper by this measure is
/// clipped whatever the font.
fn width(words: &str) -> f64 {
    let characters = words.replace("&amp;", "&").chars().count();
    characters as f64 * 6.0
}

#[test]
fn no_label_leaves_the_paper() {
    for figure in figures() {
        let svg = figure.svg();
        let number = |tag: &str, name: &str| attribute(tag, name).and_then(|value| value.parse::<f64>().ok());
        let [wide, high] = ["width", "height"].map(|name| number(&svg, name).expect("the paper has a size"));
        let mut texts = 0;
        // Small pictures of arrays hold no words, so that no group moves a label.
        for element in svg.split("<text").skip(1) {
            let (tag, rest) = element.split_once('>').expect("a tag ends");
            let words = rest.split_once("</text>").expect("a text ends").0;
            let [x, y] = ["x", "y"].map(|name| number(tag, name).expect("a place"));
            let turn: f64 = attribute(tag, "transform")
                .and_then(|turn| turn.strip_prefix("rotate(-")?.split(' ').next()?.parse().ok())
                .unwrap_or(0.0);
            let (before, after) = match attribute(tag, "text-anchor") {
                Some("end") => (width(words), 0.0),
                Some("middle") => (width(words) / 2.0, width(words) / 2.0),
                _ => (0.0, width(words)),
            };
            let (sin, cos) = turn.to_radians().sin_cos();
            for along in [-before, after] {
                let (x, y) = (x + along * cos, y - along * sin);
                let inside = (0.0..=wide).contains(&x) && (0.0..=high).contains(&y);
                assert!(inside, "{}: {words:?} reaches ({x:.0}, {y:.0}) of {wide} x {high}", figure.title);
            }
            texts += 1;
        }
        assert!(texts > 0, "{}", figure.title);
    }
}

#[test]
fn what_is_written_is_well_formed() {
    for figure in figures() {
        let svg = figure.svg();
        assert_eq!(svg, figure.svg(), "{}", figure.title);
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{}", figure.title);
        let mut open = Vec::new();
        for tag in svg.split('<').skip(1).map(|tag| tag.split_once('>').expect("a tag ends").0) {
            match tag.strip_prefix('/') {
                Some(name) => assert_eq!(open.pop(), Some(name), "{}", figure.title),
                None if tag.ends_with('/') => {}
                None => open.push(tag.split(' ').next().unwrap_or(tag)),
            }
        }
        assert!(open.is_empty(), "{}: {open:?}", figure.title);
    }
}
