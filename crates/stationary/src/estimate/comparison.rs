//! The published estimates beside ours as a document.

use super::document::PARTS;
use super::published::{ALEXNET_LAYERS, LAYER_UNIT, share_of_googlenet};
use super::validation::{Study, study};
use super::{Estimated, Parts};
use crate::Error;
use crate::digest::Inputs;
use crate::document::{Block, Cell, Column, Document, Table};
use crate::figure::{Bar, Figure, Group, Plot, Stacked};
use crate::validation::{self, Validated};

/// Runs the study and checks it.
pub fn validated(done: &(dyn Fn(&str) + Sync)) -> Result<Validated, Error> {
    let study = study(done)?;
    Ok(Validated::new(document(&study), &study.checks()))
}

/// The document.
pub fn document(study: &Study) -> Document {
    let mut blocks = validation::blocks("estimate", "Published estimates and ours", &study.checks());
    let layers = alexnet(study);
    if !layers.is_empty() {
        blocks.extend([
            Block::Heading("AlexNet by layer".into()),
            Block::Table(by_layer(&layers)),
            Block::Text(LAYERS.into()),
            Block::Figure(figure(layers)),
        ]);
    }
    blocks.extend([Block::Heading("All networks".into()), Block::Table(networks(study)), Block::Text(zeros())]);
    let networks = study.networks.iter().flat_map(|(total, estimates)| {
        let layer = |estimated: &Estimated| format!("{} {:?}", total.network, estimated.layer);
        estimates.layers.iter().map(layer).collect::<Vec<_>>()
    });
    Document {
        title: "Energy estimates beside those of the publications".into(),
        lead: vec![
            "Yang, Chen, Emer, Sze, \"A Method to Estimate the Energy Consumption of Deep Neural Networks\", Asilomar 2017 \
             (ASIL17), and the poster of Yang, Chen, Sze, \"Designing Energy-Efficient CNNs using Energy-Aware Pruning\", \
             CVPR 2017 (CVPR17). Energies are of one image, in those of one 16-bit multiply-accumulate."
                .into(),
            ASSUMPTIONS.into(),
        ],
        inputs: Inputs::of_parts([format!("{:?}", study.arch)].into_iter().chain(networks)).finish(),
        blocks,
    }
}

/// What holds for all networks; [`super::validation`] says why.
const ASSUMPTIONS: &str = "One set of assumptions serves all networks: convolutions image by image, fully connected layers \
    in batches of 12, words of 16 bits, filters without zeros, the significance map in DRAM, each layer's proven best \
    row-stationary mapping on 168 PEs.";

/// What the figure shows.
const LAYERS: &str = "Ours has more for the ofmaps of CONV3 to 5, whose psums pass the buffer once for each 16 channels \
    that the scratchpads of the chip take; which mappings the published tables have is not printed. The fully connected \
    layers of Fig. 6 read a weight once for 12 images, but FC8 once for about 48.";

fn zeros() -> String {
    let share = share_of_googlenet().unwrap_or(1.0);
    format!(
        "Zeros of feature maps: AlexNet's follow from Fig. 6, GoogLeNet's from its published multiply-accumulates (a share \
         of {share:.3} of all words but the image's is not zero), VGG-16's are of JSSC 52(1), 2017, Table VI. Of SqueezeNet \
         and ResNet-50 nothing is published: they have GoogLeNet's share. So only the first two have a tolerance."
    )
}

/// A layer of AlexNet: its name, the published parts and ours, in 10^8.
type Beside<'a> = (&'a str, [f64; 4], [f64; 4]);

fn alexnet(study: &Study) -> Vec<Beside<'_>> {
    let layers = study.of("alexnet").into_iter().flat_map(|estimates| &estimates.layers);
    let beside = |(estimated, published)| -> Beside {
        let (estimated, published): (&Estimated, [f64; 4]) = (estimated, published);
        let ours = estimated.parts().unwrap_or_default().values().map(|value| value / LAYER_UNIT);
        (estimated.layer.name.as_str(), published, ours)
    };
    layers.zip(ALEXNET_LAYERS).map(beside).collect()
}

fn by_layer(layers: &[Beside]) -> Table {
    const UNIT: &str = "10^8 MAC";
    let columns = vec![
        Column::plain("layer", "layer"),
        Column::plain("part", "part"),
        Column::number("published", "published", UNIT),
        Column::number("ours", "ours", UNIT),
        Column::plain("error", "error"),
    ];
    let mut rows = Vec::new();
    for &(name, published, ours) in layers {
        let parts = PARTS.into_iter().zip(published.into_iter().zip(ours));
        let total = ("total", (published.iter().sum(), ours.iter().sum()));
        rows.extend(parts.chain([total]).map(|(part, (published, ours))| {
            let error = Cell::Share(ours / published - 1.0);
            vec![Cell::from(name), part.into(), Cell::Number(published), Cell::Number(ours), error]
        }));
    }
    Table::new("estimate_alexnet", "AlexNet by layer and part (ASIL17, Fig. 6, read off)", columns).with(rows)
}

fn figure(layers: Vec<Beside>) -> Figure {
    let bar = |name: &str, values: [f64; 4]| Bar { name: name.into(), values: values.to_vec(), mark: None };
    let group = |(name, published, ours): Beside| Group {
        name: name.into(),
        bars: vec![bar("Fig. 6", published), bar("ours", ours)],
    };
    Figure {
        key: "alexnet-layers".into(),
        title: "AlexNet: energy of an image by layer, published and ours".into(),
        caption: "Left of each pair Fig. 6 of ASIL17, read off its vector paths; right ours.".into(),
        plot: Plot::Stacked(Stacked {
            unit: "energy (10^8 MACs)".into(),
            parts: PARTS.map(String::from).to_vec(),
            groups: layers.into_iter().map(group).collect(),
        }),
    }
}

fn networks(study: &Study) -> Table {
    let columns = vec![
        Column::plain("network", "network"),
        Column::number("published", "published", "MAC"),
        Column::number("ours", "ours", "MAC"),
        Column::plain("error", "error"),
        Column::plain("ifmap", "ifmap"),
        Column::plain("ofmap", "ofmap"),
        Column::plain("weight", "weight"),
        Column::plain("computation", "computation"),
        Column::number("macs_done", "MACs done", ""),
    ];
    let rows = study.networks.iter().map(|(total, estimates)| {
        let parts: Parts = estimates.parts(|_| true);
        let ours = parts.total();
        let macs: f64 = estimates.layers.iter().filter_map(Estimated::macs).sum();
        let head = [Cell::from(total.network), Cell::Number(total.energy), Cell::Number(ours)];
        let error = [Cell::Share(ours / total.energy - 1.0)];
        let shares = parts.values().map(|part| Cell::Share(part / ours));
        head.into_iter().chain(error).chain(shares).chain([Cell::Number(macs)]).collect()
    });
    Table::new("estimate_networks", "All networks", columns).with(rows)
}
