//! The published silicon beside the machine as people read it.

use super::{VERSION, table, wrapped};
use crate::silicon::bars::Bar;
use crate::silicon::fit::{COMPONENTS, FIG16};
use crate::silicon::points::Point;
use crate::silicon::study::Study;
use crate::silicon::trained::{Trained, TrainedTable, feature_map_saving};
use crate::silicon::{Column, PRICES, Table, Validated, dram_reduction, error};
use crate::validation::Verdict;
use eyeriss::RsMapping;
use std::fmt::Write;

/// Writes the report.
pub fn text(studies: &[Study], trained: &[TrainedTable]) -> String {
    let mut out = format!("stationary {VERSION}: the published silicon beside the machine, errors in percent\n");
    for study in studies {
        out += &network(study);
    }
    for trained in trained {
        out += &photographs(trained);
    }
    if studies.is_empty() {
        return out;
    }
    out + &bars(studies) + "\nWhat the publications contradict or leave open\n" + &discrepancies(studies)
}

/// What the publications contradict or leave open.
pub fn discrepancies(studies: &[Study]) -> String {
    let all = studies.iter().flat_map(|study| &study.discrepancies);
    all.map(|discrepancy| format!("\n{}", wrapped(&format!("{}: {}", discrepancy.title, discrepancy.text)))).collect()
}

/// One network's tables.
pub fn network(study: &Study) -> String {
    let table = &study.table;
    let mut out = format!(
        "\n{}, N = {} ({}): {} V, core {} MHz, link {} MHz; ifmaps of the published share of zeros{}\n\n",
        table.published.title,
        table.published.batch,
        table.published.source,
        PRICES.volts,
        table.chip.core_hz / 1_000_000,
        table.chip.link_hz / 1_000_000,
        if study.points.is_empty() { ";\nprices fitted on AlexNet, not on this table" } else { "" },
    );
    out += &columns(table, &[Column::Processing, Column::Total, Column::ActivePes]);
    out.push('\n');
    out += &columns(table, &[Column::Buffer, Column::Dram, Column::Power]);
    out.push('\n');
    out += &rates(table);
    out.push('\n');
    out += &layers(table);
    let breakdown = components(table);
    if !breakdown.is_empty() {
        let _ =
            write!(out, "\nEnergy by component, % (JSSC 2017, Fig. 16; the prices are fitted on it)\n\n{breakdown}");
    }
    if !study.points.is_empty() {
        let _ =
            write!(out, "\nOperating points (ISSCC 2016, 14.5; ~ is read off the plot)\n\n{}", points(&study.points));
    }
    out
}

/// Layer by layer, some columns: published, ours, error.
pub fn columns(table: &Table, columns: &[Column]) -> String {
    let row = |name: &str, cell: &dyn Fn(Column) -> (f64, f64)| {
        let cells = columns.iter().map(|&column| {
            let ((published, ours), decimals) = (cell(column), column.decimals());
            format!("{published:>9.decimals$} {ours:>9.decimals$} {:>+6.1}", error(ours, published))
        });
        [name.to_string()].into_iter().chain(cells).collect::<Vec<_>>()
    };
    let layer = |layer: &Validated| {
        row(&layer.published.layer, &|column| (layer.published.value(column), table.ours(layer, column)))
    };
    let mut rows: Vec<_> = table.layers.iter().map(layer).collect();
    rows.push(row("total", &|column| (table.published.total.value(column), table.total(column))));
    let heads =
        columns.iter().map(|column| format!("{:^26}\n{:>9} {:>9} {:>6}", column.name(), "publ.", "ours", "error"));
    let heads: Vec<String> = ["layer".to_string()].into_iter().chain(heads).collect();
    table::draw(&heads.iter().map(String::as_str).collect::<Vec<_>>(), 1, rows)
}

/// Frames a second and accesses.
fn rates(table: &Table) -> String {
    let published = &table.published;
    let rows = [
        ("frames a second", published.frames_per_second, table.frames_per_second(), 1),
        ("DRAM accesses a MAC", published.accesses_per_mac, table.accesses_per_mac(), 4),
        ("DRAM accesses an input pixel", published.accesses_per_pixel, table.accesses_per_pixel(), 1),
    ];
    let rows = rows.map(|(what, published, ours, decimals)| {
        vec![what.into(), format!("{published:.decimals$}"), format!("{ours:.decimals$}"), percent(ours, published)]
    });
    table::draw(&["", "publ.", "ours", "error"], 1, rows)
}

/// How each layer was mapped, its zeros, and what compression saves.
fn layers(table: &Table) -> String {
    let rows = table.layers.iter().enumerate().map(|(i, layer)| {
        let RsMapping { m, n, e, p, q, r, t } = layer.layer.mapping;
        let mut row = vec![layer.published.layer.clone()];
        row.extend([m, n, e, p, q, r, t].map(|parameter| parameter.to_string()));
        row.push(layer.tally.passes.to_string());
        row.push(format!("{:.1}", 100.0 * layer.published.zeros));
        row.push(format!("{:.1}", 100.0 * layer.tally.zero_share()));
        row.push(table.published.dram_reduction.get(i).map_or("-".into(), |times| format!("{times:.1}x")));
        row.push(format!("{:.2}x", dram_reduction(&layer.tally)));
        row
    });
    let heads = [
        "layer",
        "m",
        "n",
        "e",
        "p",
        "q",
        "r",
        "t",
        "passes",
        "zeros %\npubl.",
        "\nours",
        "DRAM\npubl.",
        "saving\nours",
    ];
    table::draw(&heads, 1, rows)
}

/// The energy of the layers of Fig. 16 by component, in percent.
pub fn components(table: &Table) -> String {
    let layers: Vec<(&Validated, [f64; COMPONENTS.len()])> = FIG16
        .iter()
        .filter_map(|(name, shares)| Some((table.layers.iter().find(|l| l.layer.name == *name)?, *shares)))
        .filter(|_| table.published.network == "alexnet")
        .collect();
    if layers.is_empty() {
        return String::new();
    }
    let energies: Vec<_> = layers.iter().map(|(layer, _)| PRICES.energy(&layer.tally.activity, PRICES.volts)).collect();
    let rows = COMPONENTS.iter().enumerate().map(|(i, (name, _))| {
        let mut row = vec![name.to_string()];
        for ((_, shares), energy) in layers.iter().zip(&energies) {
            let all: f64 = energy.iter().map(|(_, pj)| pj).sum();
            row.extend([format!("{:.1}", shares[i]), format!("{:.1}", 100.0 * energy[i].1 / all)]);
        }
        row
    });
    let heads = layers.iter().flat_map(|(layer, _)| [format!("{}\npubl.", layer.published.layer), "\nours".into()]);
    let heads: Vec<String> = ["component".to_string()].into_iter().chain(heads).collect();
    table::draw(&heads.iter().map(String::as_str).collect::<Vec<_>>(), 1, rows)
}

/// Trained weights on photographs.
pub fn photographs(trained: &TrainedTable) -> String {
    let (table, count) = (&trained.table, trained.photographs);
    let mut out = format!(
        "\n{}, trained weights on {count} photographs, N = {}: formats chosen on the first {}\n\n",
        trained.network.title(),
        table.published.batch,
        table.published.batch,
    );
    if trained.network == Trained::Vgg16 {
        out += &columns(table, &[Column::Processing, Column::Total, Column::ActivePes]);
        out.push('\n');
        out += &columns(table, &[Column::Buffer, Column::Dram, Column::Power]);
        out.push('\n');
    } else {
        out += &wrapped(
            "Another variant than the published one: 64, 192, 384, 256 and 256 filters, no groups, 224 x 224. Only zeros \
             and compression compare, and those in kind.",
        );
        out.push('\n');
    }
    let share = |share: f64| format!("{:.1}", 100.0 * share);
    let rows = table.layers.iter().zip(&trained.float_zeros).enumerate().map(|(i, (layer, &[float_in, float_out]))| {
        vec![
            layer.published.layer.clone(),
            share(layer.published.zeros),
            share(layer.tally.zero_share()),
            share(float_in),
            share(layer.layer.ofmap_zeros),
            share(float_out),
            table.published.dram_reduction.get(i).map_or("-".into(), |times| format!("{times:.1}x")),
            format!("{:.2}x", dram_reduction(&layer.tally)),
            share(feature_map_saving(&layer.tally)),
            layer.tally.saturated.to_string(),
            layer.tally.wrapped.to_string(),
        ]
    });
    let heads = [
        "layer",
        "ifmap\npubl.",
        "zeros %\n16 bit",
        "\nfloat",
        "ofmap\n16 bit",
        "zeros %\nfloat",
        "DRAM\npubl.",
        "saving\nours",
        "maps\nsaved %",
        "products\nsaturated",
        "sums\nwrapped",
    ];
    out + &table::draw(&heads, 1, rows)
}

/// The operating points.
pub fn points(points: &[Point]) -> String {
    let rows = points.iter().map(|point| {
        let shown = |(value, printed): (f64, bool)| format!("{}{value}", if printed { "" } else { "~" });
        let (fps, mw) = (point.published.frames_per_second, point.published.power_mw);
        vec![
            point.point.name.into(),
            (point.point.core_hz / 1_000_000).to_string(),
            (point.point.link_hz / 1_000_000).to_string(),
            shown(fps),
            format!("{:.1}", point.frames_per_second),
            percent(point.frames_per_second, fps.0),
            shown(mw),
            format!("{:.0}", point.power_mw),
            percent(point.power_mw, mw.0),
        ]
    });
    let heads =
        ["point", "core\nMHz", "link\nMHz", "fps\npubl.", "\nours", "\nerror", "mW\npubl.", "\nours", "\nerror"];
    table::draw(&heads, 1, rows)
}

/// The bars, and why those that are broken are.
pub fn bars(studies: &[Study]) -> String {
    let all: Vec<&Bar> = studies.iter().flat_map(|study| &study.bars).collect();
    let rows = all.iter().map(|bar| {
        let digits = if bar.unit == "%" { 1 } else { 0 };
        let shown = |value: f64| format!("{value:.digits$} {}", bar.unit);
        let value = shown(bar.value) + &bar.layer.as_ref().map_or(String::new(), |layer| format!(" ({layer})"));
        let bound = match (&bar.excuse, bar.verdict()) {
            (Some(excuse), Verdict::Explained) => format!(", at most {}", shown(excuse.bound)),
            _ => String::new(),
        };
        let verdict = format!("{}{bound}", bar.verdict().name());
        vec![bar.network.into(), bar.what.clone(), format!("<= {}", shown(bar.limit)), value, verdict]
    });
    let mut out = format!(
        "\nBars (MB columns are judged against the interval that rounds to the printed digits)\n\n{}",
        table::draw(&["network", "what", "tolerance", "measured", "verdict"], 5, rows)
    );
    if all.iter().any(|bar| bar.verdict() == Verdict::Explained) {
        out +=
            "\nAn explained bar is broken; the arithmetic of the publications that keeps it from being met follows.\n";
    }
    out
}

fn percent(ours: f64, published: f64) -> String {
    format!("{:+.1}", error(ours, published))
}
