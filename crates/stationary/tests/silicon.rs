//! The published silicon: its tables as data, the machine beside them, the bars, the prices, and the page about it.
//!
//! `docs/silicon.md` holds blocks that are computed; they are blessed, like snapshots, with
//! `INSTA_UPDATE=always cargo test -p stationary --test silicon`.

mod page;

use std::io::Write;
use std::path::PathBuf;
use std::sync::LazyLock;

use model::{Cause, Driver};
use nn::Operand;
use stationary::report::validation;
use stationary::silicon::discrepancies::{common_pass, conv3_again, errors_of_the_printed_columns, transfers};
use stationary::silicon::layers::POOLED_OFMAP_ZEROS;
use stationary::silicon::published::{Published, alexnet, vgg16};
use stationary::silicon::study::{Network, Study};
use stationary::silicon::trained::{Trained, TrainedTable};
use stationary::silicon::{Column, bars, dram_reduction, fit};
use stationary::validation::Verdict;

static STUDIES: LazyLock<[Study; 2]> = LazyLock::new(|| Network::ALL.map(|network| network.study(&|_| ())));

fn study(network: Network) -> &'static Study {
    &STUDIES[network as usize]
}

/// The printed totals follow from the printed rows: a slip of the pen in either shows.
#[test]
fn published_rows_add_up_to_the_published_totals() {
    for Published { title, rows, total, batch, frames_per_second, .. } in [alexnet(), vgg16()] {
        let sum = |value: &dyn Fn(&stationary::silicon::published::Row) -> f64| rows.iter().map(value).sum::<f64>();
        for column in [Column::Processing, Column::Total, Column::Buffer, Column::Dram] {
            let sum = sum(&|row| row.value(column));
            let rounding = column.rounding() * (rows.len() + 1) as f64;
            println!("{title}: {} add up to {sum:.1}, printed {}", column.name(), total.value(column));
            assert!((sum - total.value(column)).abs() <= rounding, "{title} {}", column.name());
        }
        let processing = sum(&|row| row.processing_ms);
        let pes = sum(&|row| row.active_pes * row.processing_ms) / processing;
        let power = sum(&|row| row.power_mw * row.total_ms) / sum(&|row| row.total_ms);
        println!("{title}: {pes:.1} PEs, printed {}; {power:.1} mW, printed {}", total.active_pes, total.power_mw);
        assert!((pes - total.active_pes).abs() <= 0.5 && (power - total.power_mw).abs() <= 0.6, "{title}");
        let fps = batch as f64 / total.total_ms * 1e3;
        assert!((fps - frames_per_second).abs() <= 0.05, "{title}: {fps} frames a second");
    }
}

/// Each bar of the tables, and the two that the publications keep from being met.
#[test]
fn every_bar_holds_or_is_explained() {
    for study in STUDIES.iter() {
        println!("{}", validation::network(study));
    }
    println!("{}", validation::bars(&*STUDIES));
    let mut explained = Vec::new();
    for bar in STUDIES.iter().flat_map(|study| &study.bars) {
        assert_ne!(
            bar.verdict(),
            Verdict::Broken,
            "{}: {} is {}, at most {}",
            bar.network,
            bar.what,
            bar.value,
            bar.limit
        );
        if bar.verdict() == Verdict::Explained {
            explained.push(format!("{} {}", bar.network, bar.what));
        }
    }
    assert_eq!(explained, ["AlexNet total ms, mean of layers", "AlexNet GLB MB, CONV3"]);
}

/// A machine that is off breaks the bar of what is off, also where a discrepancy explains a little.
#[test]
fn a_worse_machine_breaks_its_bars() {
    let broken = |spoil: &dyn Fn(&mut stationary::run::Tally)| {
        let mut table = study(Network::AlexNet).table.clone();
        let mut again = conv3_again(&table).unwrap();
        table.layers.iter_mut().for_each(|layer| spoil(&mut layer.tally));
        spoil(&mut again.tally);
        let bars = bars::alexnet(&table, &again);
        let broken = bars.into_iter().filter(|bar| bar.verdict() == Verdict::Broken);
        broken.map(|bar| bar.what).collect::<Vec<_>>()
    };
    assert_eq!(broken(&|_| ()), [""; 0]);
    let slow = broken(&|tally| {
        let (pes, more) = (tally.pe_cycles / tally.cycles.total(), tally.cycles.total() / 20);
        tally.cycles.add(Cause::OfmapDump, more);
        tally.pe_cycles += pes * more;
        tally.activity[Driver::Cycles] += more;
        tally.activity[Driver::PeCycles] += pes * more;
    });
    assert_eq!(slow, ["total ms, mean of layers"]);
    let hungry = broken(&|tally| tally.activity[Driver::Cycles] = tally.activity[Driver::Cycles] * 6 / 5);
    assert_eq!(hungry, ["power mW, each layer"]);
    let leaky = broken(&|tally| tally.link_beats[Operand::Input] += tally.link_beats[Operand::Weight] / 8);
    assert_eq!(leaky, ["DRAM MB, each layer"]);
    let chatty = broken(&|tally| tally.glb[Operand::Input].reads *= 3);
    let glb = ["GLB MB, each layer but CONV3", "GLB MB, CONV3", "GLB MB, CONV3 under CONV4's mapping"];
    assert_eq!(chatty, glb);
    let idle = broken(&|tally| tally.pe_cycles = tally.pe_cycles * 99 / 100);
    assert_eq!(idle, ["active PEs, each layer"]);
}

/// The arithmetic behind the bar on total latency, by hand where it can be done by hand.
#[test]
fn the_printed_totals_contradict_themselves() {
    let table = &study(Network::AlexNet).table;
    let common = common_pass(table).unwrap();
    assert_eq!((common.passes, common.ours), ([384, 256], 1.5));
    // 1 - 1.5 * 10.5 / 18.4 = 0.144; no pass time does better.
    assert!((common.least - 100.0 * (1.0 - 15.75 / 18.4)).abs() < 1e-9, "{}", common.least);
    for short in (900..1400).map(|ms| f64::from(ms) / 100.0) {
        let sum = 100.0 * ((1.5 * short / 18.4 - 1.0).abs() + (short / 10.5 - 1.0).abs());
        assert!(sum >= common.least - 1e-9, "{short} ms: {sum}");
    }
    let conv5 = transfers(table).pop().unwrap();
    // Filters of 128 groups of 192 x 3 x 3 twice, and biases: 442,368 + 256 words.
    assert!((conv5.filters_mb - 2.0 * 442_624.0 / 1e6).abs() < 1e-3, "{}", conv5.filters_mb);
    assert!((conv5.between_ms - 0.5).abs() < 1e-9 && (conv5.feature_maps_ms - 0.864).abs() < 2e-3, "{conv5:?}");
    // Even the ends of the intervals that round to what is printed do not meet: 1.25 MB at least, 0.6 ms at most.
    assert!((1.25 - conv5.filters_mb) / 0.48 > 0.6);
    let columns = errors_of_the_printed_columns(table);
    let mean = columns.iter().map(|error| error.abs()).sum::<f64>() / 5.0;
    println!("printed processing and DRAM columns miss the printed totals by {columns:.1?} %, mean {mean:.2} %");
    assert!((3.5..4.0).contains(&mean), "{mean}");
}

/// The prices in use are what the fit gives today.
#[test]
fn the_prices_are_the_fit() {
    let fitted = fit::fit(&study(Network::AlexNet).table);
    for ((name, fitted), (used_name, used)) in fitted.iter().zip(fit::in_use()) {
        assert_eq!(*name, used_name);
        for ((driver, fitted), (used_driver, used)) in fitted.iter().zip(used) {
            println!("{name} {driver:?}: fitted {fitted:.4} pJ, in use {used:.4} pJ");
            assert_eq!(*driver, used_driver);
            assert!((fitted / used - 1.0).abs() < 1e-3, "{name} {driver:?}: fitted {fitted}, in use {used}");
        }
    }
}

/// Compression reduces the DRAM traffic as the paper says: 1.2, 1.4, 1.7, 1.8, 1.9 times.
#[test]
fn compression_is_the_published_one() {
    let table = &study(Network::AlexNet).table;
    for (layer, published) in table.layers.iter().zip(table.published.dram_reduction) {
        let ours = dram_reduction(&layer.tally);
        println!("{}: DRAM traffic reduced {ours:.2} times, published {published}", layer.published.layer);
        assert!((ours - published).abs() <= 0.1, "{}: {ours:.2}, published {published}", layer.published.layer);
    }
}

/// The ISSCC figure's points: what is printed within 3 %, what is read off the plot within 10 %.
#[test]
fn operating_points_are_the_published_ones() {
    let points = &study(Network::AlexNet).points;
    assert_eq!(points.len(), 4);
    println!("{}", validation::points(points));
    for point in points {
        for ((published, printed), ours) in
            [(point.published.frames_per_second, point.frames_per_second), (point.published.power_mw, point.power_mw)]
        {
            let tolerance = if printed { 0.03 } else { 0.1 };
            assert!((ours / published - 1.0).abs() <= tolerance, "{}: {ours}, published {published}", point.point.name);
        }
    }
}

/// The page shows what is computed.
#[test]
fn the_page_is_up_to_date() {
    let [alexnet, vgg16] = &*STUDIES;
    page::check(&[
        ("alexnet", validation::network(alexnet)),
        ("vgg16", validation::network(vgg16)),
        ("bars", validation::bars(&*STUDIES)),
        ("discrepancies", validation::discrepancies(&*STUDIES)),
    ]);
}

/// Torchvision's AlexNet on photographs: the zeros that the data's own notes give, and compression in kind.
#[test]
fn trained_alexnet_on_photographs() {
    let weights = shared("data/models/alexnet_conv/alexnet_conv_oihw_f32.safetensors");
    let (Some(weights), Some(photographs)) = (weights, photographs()) else { return };
    let table = trained(Trained::AlexNet, &weights, &photographs);
    for (i, noted) in [0.60, 0.79, 0.82, 0.81, 0.88].into_iter().enumerate() {
        let [_, float] = table.float_zeros[i];
        assert!((float - noted).abs() < 0.03, "conv{}: {float:.3} zeros, noted {noted}", i + 1);
        let reduction = dram_reduction(&table.table.layers[i].tally);
        assert!((1.1..1.95).contains(&reduction), "conv{}: {reduction:.2}", i + 1);
    }
    page::check(&[("alexnet-photographs", validation::photographs(&table))]);
}

/// VGG-16 on photographs, where its weights are: `STATIONARY_VGG16` names the file that `scripts/vgg16_conv.py` makes.
#[test]
fn trained_vgg16_on_photographs() {
    let Some(weights) = std::env::var_os("STATIONARY_VGG16").map(PathBuf::from) else {
        let _ =
            writeln!(std::io::stderr(), "skipped: needs STATIONARY_VGG16, the file that scripts/vgg16_conv.py makes");
        return;
    };
    let Some(photographs) = photographs() else { return };
    let table = trained(Trained::Vgg16, &weights, &photographs);
    for (_, name, assumed) in POOLED_OFMAP_ZEROS.iter().filter(|(network, ..)| *network == "vgg16") {
        let index = table.table.layers.iter().position(|layer| layer.layer.name == *name).unwrap();
        let [_, float] = table.float_zeros[index];
        assert!((float - assumed).abs() < 1e-3, "{name}: {float:.4} zeros before pooling, assumed {assumed}");
    }
    page::check(&[("vgg16-photographs", validation::photographs(&table))]);
}

fn trained(network: Trained, weights: &std::path::Path, photographs: &[PathBuf]) -> TrainedTable {
    let with_weights = network.read(weights, &Default::default()).unwrap();
    let table = network.run(&with_weights, photographs, &mut |_| ()).unwrap();
    println!("{}", validation::photographs(&table));
    table
}

/// Twelve of the validation photographs, evenly spread over their names.
fn photographs() -> Option<Vec<PathBuf>> {
    let folder = shared("data/images/imagenet_val1300_227")?;
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "JPEG"));
    files.sort();
    Some(files.into_iter().step_by(108).take(12).collect())
}

/// A file or folder of the shared data, if it is there.
fn shared(path: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = std::env::var_os("STATIONARY_SHARED").map_or(beside, PathBuf::from).join(path);
    if !path.exists() {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: needs ../shared/{}",
            path.file_name().unwrap_or_default().to_string_lossy()
        );
        return None;
    }
    Some(path)
}
