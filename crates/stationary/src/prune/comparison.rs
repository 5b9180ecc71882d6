//! The published energies of pruned networks beside ours as a document.

use super::published::{ALEXNET_COMPRESSED, ALEXNET_ENERGY_AWARE, Pruned, SQUEEZENET_COMPRESSED};
use super::validation::{Network, Study, Sum, study, weights};
use crate::Error;
use crate::digest::Inputs;
use crate::document::{Block, Cell, Column, Document, Table};
use crate::validation::{self, Validated};

/// Runs the study and checks it.
pub fn validated(done: &(dyn Fn(&str) + Sync)) -> Result<Validated, Error> {
    let study = study(done)?;
    Ok(Validated::new(document(&study), &study.checks()))
}

/// The document.
pub fn document(study: &Study) -> Document {
    let mut blocks = validation::blocks("pruning", "Published energies of pruned networks and ours", &study.checks());
    blocks.extend([
        Block::Heading("Networks before and after".into()),
        Block::Table(networks(study)),
        Block::Heading("AlexNet's densities by layer".into()),
        Block::Table(densities(study)),
        Block::Text(DENSITIES.into()),
    ]);
    let layers = [&study.alexnet, &study.squeezenet].map(|network| {
        let layers = network.estimates.layers.iter().map(|estimated| format!("{:?}", estimated.layer));
        layers.collect::<Vec<_>>()
    });
    let sums = format!("{:?} {:?}", study.alexnet.compressed.densities, study.squeezenet.compressed.densities);
    let inputs = [format!("{:?}", study.arch), sums].into_iter().chain(layers.into_iter().flatten());
    Document {
        title: "Energies of pruned networks beside those of the publication".into(),
        lead: vec![
            "The poster of Yang, Chen, Sze, \"Designing Energy-Efficient CNNs using Energy-Aware Pruning\", CVPR 2017 \
             (CVPR17), has energies of networks pruned by Deep Compression and by energy-aware pruning. Energies are of one \
             image, in those of one 16-bit multiply-accumulate."
                .into(),
            "The densities of AlexNet by Deep Compression are those of Han, Mao, Dally, ICLR 2016, Table 4; those of \
             SqueezeNet were counted in its published weights. Zeros of feature maps, mappings and all else are as before \
             pruning, and as in the study of the energy-estimation method."
                .into(),
        ],
        inputs: Inputs::of_parts(inputs).finish(),
        blocks,
    }
}

/// What the table of densities shows.
const DENSITIES: &str = "Of energy-aware pruning only the totals of AlexNet were published. The columns least and most \
    are the densities at which those totals cost least and most, kinds has one density for the convolutions and one for \
    the fully connected layers. Least and most are bounds, not networks that work: they leave nothing of some layers.";

fn networks(study: &Study) -> Table {
    let columns = vec![
        Column::plain("network", "network"),
        Column::plain("pruning", "pruning"),
        Column::number("weights", "weights", ""),
        Column::number("macs", "MACs done", ""),
        Column::number("published", "published", "MAC"),
        Column::number("ours", "ours", "MAC"),
        Column::plain("error", "error"),
        Column::plain("published_part", "published, of the original"),
        Column::plain("part", "ours, of the original"),
    ];
    let row = |network: &Network, pruning: &str, sum: &Sum, published: f64| {
        vec![
            Cell::from(network.total.network),
            pruning.into(),
            Cell::Number(sum.weights),
            Cell::Number(sum.macs),
            Cell::Number(published),
            Cell::Number(sum.energy),
            Cell::Share(sum.energy / published - 1.0),
            Cell::Share(published / network.total.energy),
            Cell::Share(sum.energy / network.original.energy),
        ]
    };
    let mut rows = Vec::new();
    for (network, compressed) in [(&study.alexnet, ALEXNET_COMPRESSED), (&study.squeezenet, SQUEEZENET_COMPRESSED)] {
        let Pruned { energy, .. } = compressed;
        rows.push(row(network, "none", &network.original, network.total.energy));
        rows.push(row(network, "Deep Compression", &network.compressed, energy));
        if network.total.network == study.alexnet.total.network {
            let open = [("least", &study.open.least), ("kinds", &study.open.uniform), ("most", &study.open.most)];
            let energy = ALEXNET_ENERGY_AWARE.energy;
            rows.extend(open.map(|(name, sum)| row(network, &format!("energy-aware, {name}"), sum, energy)));
        }
    }
    Table::new("pruning_networks", "Networks before and after pruning", columns).with(rows)
}

fn densities(study: &Study) -> Table {
    let columns = vec![
        Column::plain("layer", "layer"),
        Column::number("weights", "weights", ""),
        Column::number("energy", "energy", "MAC"),
        Column::plain("compressed", "Deep Compression"),
        Column::plain("least", "least"),
        Column::plain("kinds", "kinds"),
        Column::plain("most", "most"),
    ];
    let open = &study.open;
    let rows = study.alexnet.estimates.layers.iter().enumerate().map(|(layer, estimated)| {
        let energy = estimated.parts().unwrap_or_default().total();
        let head = [estimated.layer.name.as_str().into(), Cell::Number(weights(estimated)), Cell::Number(energy)];
        let sums = [&study.alexnet.compressed, &open.least, &open.uniform, &open.most];
        head.into_iter().chain(sums.map(|sum| Cell::Share(sum.densities[layer]))).collect()
    });
    Table::new("pruning_densities", "AlexNet by layer: densities of its weights", columns).with(rows)
}
