//! The chip's published tables beside the machine as a document.

use super::bars::Bar;
use super::fit::{COMPONENTS, FIG16};
use super::points::Point;
use super::study::{Network, Study};
use super::{Column, PRICES, Table, Validated as Layer, error};
use crate::digest::Inputs;
use crate::document::{self, Block, Cell, Document};
use crate::figure::{self, Axis, Figure, Group, Plot, Scatter, Series, Stacked};
use crate::validation::{Validated, Verdict};

/// Runs both networks and says what came out; `done` is called after each layer, from any thread.
pub fn validated(done: &(dyn Fn(&str) + Sync)) -> Validated {
    let studies = Network::ALL.map(|network| network.study(done));
    let verdicts = studies.iter().flat_map(|study| &study.bars).map(Bar::verdict).collect();
    Validated { document: document(&studies), verdicts }
}

/// What came out of some networks' studies.
pub fn document(studies: &[Study]) -> Document {
    let mut blocks = vec![Block::Table(tidy(studies)), Block::Table(bars(studies))];
    if studies.iter().flat_map(|study| &study.bars).any(|bar| bar.verdict() == Verdict::Explained) {
        let line =
            "An explained bar is broken; the arithmetic of the publications that keeps it from being met is below.";
        blocks.push(Block::Text(line.into()));
    }
    for study in studies {
        blocks.extend(network(study));
    }
    blocks.push(Block::Heading("what the publications contradict or leave open".into()));
    let discrepancies = studies.iter().flat_map(|study| &study.discrepancies);
    blocks.extend(discrepancies.map(|found| Block::Text(format!("{}: {}", found.title, found.text))));
    let parts = studies.iter().map(|study| format!("{:?} {:?} {PRICES:?}", study.table.published, study.table.chip));
    Document {
        title: "The published silicon beside the machine".into(),
        lead: vec![
            "Each layer runs on the machine with ifmaps of the published share of zeros. The energy prices are fitted on \
             AlexNet's table and on JSSC 2017, Fig. 16; VGG-16 is prediction. `docs/silicon.md` tells the method."
                .into(),
        ],
        inputs: Inputs::of_parts(parts).finish(),
        blocks,
    }
}

/// One network's tables and figures.
fn network(study: &Study) -> Vec<Block> {
    let table = &study.table;
    let title = table.published.title;
    let mut blocks = vec![
        Block::Heading(format!("{title}, N = {} ({})", table.published.batch, table.published.source)),
        Block::Table(columns(table, &[Column::Processing, Column::Total, Column::ActivePes])),
        Block::Table(columns(table, &[Column::Buffer, Column::Dram, Column::Power])),
        Block::Table(rates(table)),
    ];
    let bars = [
        (Column::Processing, "processing latency (ms)"),
        (Column::Dram, "DRAM traffic (MB)"),
        (Column::Power, "power (mW)"),
    ];
    blocks.extend(bars.map(|(column, unit)| Block::Figure(bar_chart(table, column, unit))));
    if !study.points.is_empty() {
        blocks.extend([Block::Figure(components(table)), Block::Figure(points(&study.points))]);
    }
    blocks
}

/// Ours as bars, the published values as marks.
fn bar_chart(table: &Table, column: Column, unit: &str) -> Figure {
    let bar = |layer: &Layer| figure::Bar {
        name: String::new(),
        values: vec![table.ours(layer, column)],
        mark: Some(layer.published.value(column)),
    };
    let group = |layer: &Layer| Group { name: layer.published.layer.clone(), bars: vec![bar(layer)] };
    Figure {
        key: format!("{}-{}", table.published.network, column.key()),
        title: format!("{}: {unit}", table.published.title),
        caption: format!("The machine, and {} as marks.", table.published.source),
        plot: Plot::Stacked(Stacked {
            unit: unit.into(),
            parts: vec!["the machine".into()],
            groups: table.layers.iter().map(group).collect(),
        }),
    }
}

/// Shares of the components of two layers.
fn components(table: &Table) -> Figure {
    let group = |(name, shares): &(&str, [f64; COMPONENTS.len()])| {
        let layer = table.layers.iter().find(|layer| layer.layer.name == *name)?;
        let energy = PRICES.energy(&layer.tally.activity, PRICES.volts);
        let all: f64 = energy.iter().map(|(_, pj)| pj).sum();
        let ours = energy.iter().map(|(_, pj)| 100.0 * pj / all).collect();
        let bar = |name: &str, values| figure::Bar { name: name.into(), values, mark: None };
        let bars = vec![bar("published", shares.to_vec()), bar("ours", ours)];
        Some(Group { name: layer.published.layer.clone(), bars })
    };
    Figure {
        key: format!("{}-components", table.published.network),
        title: format!("{}: power by component", table.published.title),
        caption: "JSSC 2017, Fig. 16, beside the machine; the prices are fitted on it.".into(),
        plot: Plot::Stacked(Stacked {
            unit: "share of power (%)".into(),
            parts: COMPONENTS.iter().map(|(name, _)| (*name).into()).collect(),
            groups: FIG16.iter().filter_map(group).collect(),
        }),
    }
}

/// Frames a second and power at several supplies.
fn points(points: &[Point]) -> Figure {
    let series = |name: &str, of: &dyn Fn(&Point) -> [f64; 2]| Series {
        name: name.into(),
        line: true,
        points: points
            .iter()
            .map(|point| {
                let [x, y] = of(point);
                figure::Point { x, y, label: Some(point.point.name.into()) }
            })
            .collect(),
    };
    Figure {
        key: "operating-points".into(),
        title: "AlexNet at several supplies".into(),
        caption: "ISSCC 2016, 14.5 (in part read off the plot), beside the machine.".into(),
        plot: Plot::Scatter(Scatter {
            x: Axis::linear("frames a second", ""),
            y: Axis::linear("power", "mW"),
            series: vec![
                series("published", &|point| [point.published.frames_per_second.0, point.published.power_mw.0]),
                series("the machine", &|point| [point.frames_per_second, point.power_mw]),
            ],
        }),
    }
}

/// Every figure of the tables on a line of its own.
fn tidy(studies: &[Study]) -> document::Table {
    let columns = vec![
        document::Column::plain("network", "network"),
        document::Column::plain("layer", "layer"),
        document::Column::plain("figure", "figure"),
        document::Column::number("published", "published", ""),
        document::Column::number("ours", "ours", ""),
        document::Column::plain("error", "error"),
    ];
    let mut rows = Vec::new();
    for table in studies.iter().map(|study| &study.table) {
        for (layer, column) in table.layers.iter().flat_map(|layer| Column::ALL.map(|column| (layer, column))) {
            let (published, ours) = (layer.published.value(column), table.ours(layer, column));
            let names = [table.published.title, layer.published.layer.as_str(), column.key()].map(Cell::from);
            rows.push([names.to_vec(), beside(published, ours).to_vec()].concat());
        }
    }
    document::Table::new("eyeriss", "Every figure of Tables V and VI", columns).with(rows).off_screen()
}

/// Layer by layer, some columns.
fn columns(table: &Table, columns: &[Column]) -> document::Table {
    let key = if columns.contains(&Column::Processing) { "eyeriss_time" } else { "eyeriss_traffic" };
    let mut heads = vec![document::Column::plain("network", "network"), document::Column::plain("layer", "layer")];
    heads.extend(columns.iter().flat_map(|&column| headings(column, table)));
    let row = |name: &str, cells: &dyn Fn(Column) -> (f64, f64)| {
        let cells = columns.iter().flat_map(|&column| {
            let (published, ours) = cells(column);
            beside(published, ours)
        });
        [table.published.title, name].map(Cell::from).into_iter().chain(cells).collect::<Vec<_>>()
    };
    let layers = table
        .layers
        .iter()
        .map(|layer| row(&layer.published.layer, &|column| (layer.published.value(column), table.ours(layer, column))));
    let total = row("total", &|column| (table.published.total.value(column), table.total(column)));
    let title = format!("{}: {} beside the machine", table.published.title, table.published.source);
    document::Table::new(key, title, heads).with(layers.chain([total]))
}

/// Published, ours, error.
fn beside(published: f64, ours: f64) -> [Cell; 3] {
    [Cell::Number(published), Cell::Number(ours), Cell::Share(error(ours, published) / 100.0)]
}

/// The headings of a column's three, with as many digits as the largest printed value has.
fn headings(column: Column, table: &Table) -> [document::Column; 3] {
    macro_rules! three {
        ($key:literal, $name:literal, $unit:literal) => {
            [
                document::Column::number(concat!($key, "_published"), concat!($name, ", published"), $unit),
                document::Column::number(concat!($key, "_ours"), concat!($name, ", ours"), $unit),
                document::Column::plain(concat!($key, "_error"), "error"),
            ]
        };
    }
    let three = match column {
        Column::Processing => three!("processing", "processing", "ms"),
        Column::Total => three!("total", "total", "ms"),
        Column::ActivePes => three!("active_pes", "active PEs", ""),
        Column::Buffer => three!("glb", "GLB", "MB"),
        Column::Dram => three!("dram", "DRAM", "MB"),
        Column::Power => three!("power", "power", "mW"),
    };
    let whole = table.published.total.value(column).max(1.0).log10().floor() as u32 + 1;
    three.map(|head| document::Column { digits: whole + column.decimals() as u32, ..head })
}

/// Frames a second and accesses.
fn rates(table: &Table) -> document::Table {
    let published = &table.published;
    let columns = vec![
        document::Column::plain("network", "network"),
        document::Column::plain("what", "what"),
        document::Column::number("published", "published", ""),
        document::Column::number("ours", "ours", ""),
        document::Column::plain("error", "error"),
    ];
    let rows = [
        ("frames a second", published.frames_per_second, table.frames_per_second()),
        ("DRAM accesses a MAC", published.accesses_per_mac, table.accesses_per_mac()),
        ("DRAM accesses an input pixel", published.accesses_per_pixel, table.accesses_per_pixel()),
    ];
    let rows = rows.map(|(what, of_paper, ours)| {
        [[published.title, what].map(Cell::from).to_vec(), beside(of_paper, ours).to_vec()].concat()
    });
    document::Table::new("eyeriss_rates", format!("{}: rates", published.title), columns).with(rows)
}

/// What is tolerated, and what was measured.
fn bars(studies: &[Study]) -> document::Table {
    let columns = vec![
        document::Column::plain("network", "network"),
        document::Column::plain("what", "error of"),
        document::Column::plain("tolerance", "tolerance"),
        document::Column::plain("measured", "measured"),
        document::Column::plain("layer", "worst layer"),
        document::Column::plain("verdict", "verdict"),
        document::Column::plain("source", "source"),
    ];
    let row = |(study, bar): (&Study, &Bar)| {
        let layer = bar.layer.as_deref().map_or(Cell::Nothing, Cell::from);
        vec![
            bar.network.into(),
            bar.what.as_str().into(),
            shown(bar.limit, bar.unit).into(),
            shown(bar.value, bar.unit).into(),
            layer,
            verdict(bar).into(),
            study.table.published.source.into(),
        ]
    };
    let all = studies.iter().flat_map(|study| study.bars.iter().map(move |bar| (study, bar)));
    document::Table::new("eyeriss_bars", "Errors beside their tolerances", columns).with(all.map(row))
}

/// The verdict; of an explained bar, how far the explanation reaches.
fn verdict(bar: &Bar) -> String {
    match (&bar.excuse, bar.verdict()) {
        (Some(excuse), Verdict::Explained) => format!("explained, at most {}", shown(excuse.bound, bar.unit)),
        (_, verdict) => verdict.name().into(),
    }
}

fn shown(value: f64, unit: &str) -> String {
    if unit == "%" { format!("{value:.1} %") } else { format!("{value:.0} {unit}") }
}
