//! The dataflow study's analysis against its printed bars.
//!
//! Source of the figures: Chen, Emer, Sze, ISCA 2016, Figs. 12 and 14, read from the vector paths of the PDF: energy of
//! a multiply-accumulate of AlexNet's CONV or FC layers, that of its arithmetic 1. The study's splits are inferred, not
//! published, and the tolerances say how well.

use model::reuse::{Costs, Dataflow, Design, Layer, Levels, Reconstruction, best};
use nn::Operand;

/// PEs, N, and total energy by dataflow in the order of [`Dataflow::ALL`].
type Bars = (usize, usize, [f64; 6]);

/// WS at 256 PEs and 64 images: "cannot be run".
const NONE: f64 = f64::NAN;

/// By which share a total may be off: RS, WS, OSA, OSB, OSC, NLR.
const TOLERANCE: [f64; 6] = [0.0015, 0.0001, 0.0025, 0.0025, 0.0015, 0.001];

/// Fig. 12.
const CONV_BARS: &[Bars] = &[
    (256, 1, [6.4197, 12.2400, 9.1887, 9.4190, 16.2212, 13.4509]),
    (256, 16, [6.0293, 11.5830, 8.5317, 8.7136, 10.5270, 12.9930]),
    (256, 64, [6.0202, NONE, 8.4989, 8.6807, 10.4399, 13.0085]),
    (512, 1, [6.2988, 10.2354, 8.8911, 8.9029, 15.4983, 13.1746]),
    (512, 16, [5.8111, 9.5784, 8.2342, 8.1853, 9.4675, 12.6447]),
    (512, 64, [5.7963, 12.9306, 8.2012, 8.1484, 9.4190, 12.6431]),
    (1024, 1, [6.2904, 9.0795, 8.7842, 8.7426, 15.3778, 12.9987]),
    (1024, 16, [5.6806, 8.4225, 8.1199, 7.9356, 9.1512, 12.4083]),
    (1024, 64, [5.6756, 9.2705, 8.0870, 7.9020, 9.0196, 12.4090]),
];

/// Fig. 14.
const FC_BARS: &[Bars] = &[
    (1024, 16, [17.8667, 25.2514, 29.6757, 22.9930, 22.7104, 24.2778]),
    (1024, 64, [8.4435, 15.8765, 20.2914, 13.6119, 13.3012, 14.9192]),
    (1024, 256, [6.2623, 13.5328, 17.9391, 11.2403, 10.9155, 12.6841]),
];

/// Fig. 13: energy-delay product relative to RS on 256 PEs with one image. The delay is that of as many times the PEs
/// at equal utilisation: only the share of active PEs counts, layer by layer.
const EDP_BARS: &[Bars] = &[
    (256, 1, [1.0000, 1.4218, 1.4914, 1.1087, 4.8129, 1.5249]),
    (256, 16, [0.7486, 1.3455, 1.3848, 1.0544, 1.1927, 1.4757]),
    (256, 64, [0.7548, NONE, 1.3794, 1.0504, 1.2037, 1.4782]),
    (512, 1, [0.8294, 1.1889, 2.3541, 1.0373, 6.8055, 1.6844]),
    (512, 16, [0.7379, 1.1126, 2.1802, 0.9537, 1.0734, 1.6243]),
    (512, 64, [0.7533, 1.6398, 2.1715, 0.9494, 1.0700, 1.6255]),
    (1024, 1, [0.7995, 1.0669, 3.7877, 1.0091, 12.1237, 2.1016]),
    (1024, 16, [0.7036, 0.9897, 2.3537, 0.9367, 1.0368, 2.0191]),
    (1024, 64, [0.6912, 1.1480, 2.3442, 0.9327, 1.0219, 2.0052]),
];

/// By which share an energy-delay product may be off. RS and OSA have choices of nearly the same energy that differ in
/// active PEs.
const EDP_TOLERANCE: [f64; 6] = [0.14, 0.0003, 0.14, 0.0025, 0.005, 0.025];

/// AlexNet as the study has it: groups, M, C, H with padding, E, R, stride.
const CONV: &[[usize; 7]] = &[
    [1, 96, 3, 227, 55, 11, 4],
    [2, 256, 96, 31, 27, 5, 1],
    [1, 384, 256, 15, 13, 3, 1],
    [2, 384, 384, 15, 13, 3, 1],
    [2, 256, 384, 15, 13, 3, 1],
];
const FC: &[[usize; 7]] = &[[1, 4096, 256, 6, 1, 6, 1], [1, 4096, 4096, 1, 1, 1, 1], [1, 1000, 4096, 1, 1, 1, 1]];

fn layer(n: usize, [groups, m, c, h, e, r, stride]: [usize; 7]) -> Layer {
    Layer { n, groups, m, c, h, e, r, stride }
}

fn layers(n: usize, sizes: &[[usize; 7]]) -> Vec<Layer> {
    sizes.iter().map(|&sizes| layer(n, sizes)).collect()
}

/// The layers on the study's design; none if one does not fit.
fn run(dataflow: Dataflow, pes: usize, n: usize, sizes: &[[usize; 7]]) -> Option<Vec<Reconstruction>> {
    let design = Design::isca16(dataflow, pes);
    layers(n, sizes).iter().map(|layer| best(layer, &design, &Costs::TABLE_IV)).collect()
}

/// Energy of a multiply-accumulate by level, and all of it.
fn bar(runs: &[Reconstruction]) -> (Levels, f64) {
    let macs: f64 = runs.iter().map(|run| run.compute).sum();
    let level = |of: fn(&Levels) -> f64| runs.iter().map(|run| of(&run.by_level())).sum::<f64>() / macs;
    let levels = Levels {
        dram: level(|by| by.dram),
        glb: level(|by| by.glb),
        array: level(|by| by.array),
        rf: level(|by| by.rf),
    };
    (levels, runs.iter().map(Reconstruction::total).sum::<f64>() / macs)
}

fn figure(bars: &[Bars], sizes: &[[usize; 7]]) {
    for &(pes, n, published) in bars {
        let mut ours = [NONE; 6];
        for (index, dataflow) in Dataflow::ALL.into_iter().enumerate() {
            let name = dataflow.name();
            match run(dataflow, pes, n, sizes) {
                None => assert!(published[index].is_nan(), "{name} on {pes} PEs, N = {n} does not fit"),
                Some(runs) => {
                    let (levels, total) = bar(&runs);
                    ours[index] = total;
                    let off = total / published[index] - 1.0;
                    println!("{name:4} {pes:5} {n:4} {off:+.4} {total:.4} {levels:.4?}");
                    assert!(
                        off.abs() <= TOLERANCE[index],
                        "{name} on {pes} PEs, N = {n}: {total} for {}",
                        published[index]
                    );
                }
            }
        }
        assert_eq!(ranking(&ours), ranking(&published), "on {pes} PEs, N = {n}: {ours:?}");
    }
}

/// Dataflows by energy, least first, those that do not fit last.
fn ranking(energies: &[f64; 6]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..6).collect();
    order.sort_by(|&a, &b| energies[a].total_cmp(&energies[b]));
    order
}

#[test]
fn convolutions_as_in_fig_12() {
    figure(CONV_BARS, CONV);
}

#[test]
fn fully_connected_layers_as_in_fig_14() {
    figure(FC_BARS, FC);
}

#[test]
fn products_with_delay_as_in_fig_13() {
    let product = |dataflow, pes: usize, n| {
        let runs = run(dataflow, pes, n, CONV)?;
        let macs: f64 = runs.iter().map(|run| run.compute).sum();
        let steps: f64 = runs.iter().map(|run| run.compute / run.active).sum();
        Some(bar(&runs).1 * steps * pes as f64 / macs)
    };
    let unit = product(Dataflow::Rs, 256, 1).expect("fits");
    for &(pes, n, published) in EDP_BARS {
        for (index, dataflow) in Dataflow::ALL.into_iter().enumerate() {
            let Some(product) = product(dataflow, pes, n) else { continue };
            let off = product / unit / published[index] - 1.0;
            println!("{:4} {pes:5} {n:4} {off:+.4}", dataflow.name());
            assert!(off.abs() <= EDP_TOLERANCE[index], "{} on {pes} PEs, N = {n}: {off}", dataflow.name());
        }
    }
}

/// Fig. 12d, WS, OSC and NLR on 1024 PEs with one image: energy by operand, with a third of the arithmetic each.
#[test]
fn operands_as_in_fig_12d() {
    for (dataflow, published) in [
        (Dataflow::Ws, [3.64364, 2.03409, 3.40175]),
        (Dataflow::OsC, [3.81691, 9.03428, 2.52674]),
        (Dataflow::Nlr, [2.69179, 7.03422, 3.27271]),
    ] {
        let runs = run(dataflow, 1024, 1, CONV).expect("fits");
        let macs: f64 = runs.iter().map(|run| run.compute).sum();
        for (operand, published) in Operand::ALL.into_iter().zip(published) {
            let energy: f64 = runs.iter().map(|run| run.operands[operand].energy.total()).sum();
            let ours = energy / macs + 1.0 / 3.0;
            assert!((ours - published).abs() < 3e-4, "{dataflow:?} {operand:?}: {ours} for {published}");
        }
    }
}

/// Bars that are met to four digits, at 512 PEs: DRAM, buffer, array and RF.
#[test]
fn the_bars_that_pin_the_rules() {
    let check = |dataflow, n, published: [Option<f64>; 4]| {
        let (levels, _) = bar(&run(dataflow, 512, n, CONV).expect("fits"));
        for (ours, published) in [levels.dram, levels.glb, levels.array, levels.rf].into_iter().zip(published) {
            let off = published.map_or(0.0, |published| ours - published);
            assert!(off.abs() < 4e-4, "{dataflow:?}, N = {n}: {levels:?}, published {published:?}");
        }
    };
    check(Dataflow::Ws, 1, [Some(2.92457), Some(1.57527), Some(3.73557), Some(1.0)]);
    check(Dataflow::Ws, 64, [Some(5.82776), Some(1.32561), Some(3.77724), Some(1.0)]);
    check(Dataflow::OsB, 1, [Some(1.47788), None, Some(4.00013), Some(1.99807)]);
    check(Dataflow::OsB, 16, [Some(0.82095), None, Some(4.00013), Some(1.99807)]);
    check(Dataflow::OsC, 1, [Some(2.45330), Some(6.04686), Some(4.00006), Some(1.99807)]);
    check(Dataflow::OsC, 16, [Some(1.79637), Some(0.67304), Some(4.00006), Some(1.99807)]);
    check(Dataflow::Nlr, 1, [None, Some(7.28921), Some(3.83488), Some(0.0)]);
}

/// Whatever was chosen, a word is used as often as the layer uses it, and what is chosen fits the array.
#[test]
fn splits_account_for_every_use() {
    for dataflow in Dataflow::ALL {
        let design = Design::isca16(dataflow, 256);
        for layer in layers(16, CONV) {
            let macs = layer.macs();
            let run = best(&layer, &design, &Costs::TABLE_IV).expect("fits");
            for operand in Operand::ALL {
                let share = run.operands[operand];
                let off = share.words * share.split.product() / macs - 1.0;
                assert!(off.abs() < 1e-9, "{dataflow:?} {operand:?}: {share:?}");
            }
            assert!(run.active >= 1.0 && run.active <= 256.0, "{dataflow:?}: {run:?}");
            assert_eq!(run.compute, macs);
        }
    }
}

/// VGG-16's largest layers and a design of many PEs: searched in full, in no time.
#[test]
fn large_layers_are_searched() {
    for dataflow in Dataflow::ALL {
        for pes in [256, 16384] {
            for sizes in [[1, 64, 64, 226, 224, 3, 1], [1, 512, 512, 30, 28, 3, 1]] {
                let design = Design::isca16(dataflow, pes);
                assert!(best(&layer(1, sizes), &design, &Costs::TABLE_IV).is_some() || dataflow == Dataflow::Ws);
            }
        }
    }
}

/// A design that holds nothing, and one without PEs, take no layer.
#[test]
fn nothing_fits_nothing() {
    for dataflow in Dataflow::ALL {
        let full = Design::isca16(dataflow, 256);
        let empty = [Design { pes: 0, ..full }, Design { glb_words: 0, ..full }];
        for design in empty {
            assert_eq!(best(&layer(1, CONV[2]), &design, &Costs::TABLE_IV), None, "{design:?}");
        }
    }
}
