//! The dataflow study: six dataflows on AlexNet at equal PEs and equal storage area, every bar of its figures beside ours.
//!
//! Y.-H. Chen, J. Emer, V. Sze, "Eyeriss: A Spatial Architecture for Energy-Efficient Dataflow for Convolutional Neural
//! Networks", ISCA 2016. There are two of ours for each bar. The *reconstruction* is the study's own analysis, its splits
//! of reuse chosen as [`model::reuse`] says; it is what the tolerances hold for. The *optimum* is the best mapping that the
//! mapper finds, and proves, on the design of the dataflow with the study's charges: where it is below the bar, the study's
//! rules leave something on the table.

mod bars;
mod by_layer;
mod checks;
mod document;
mod figures;
mod point;
mod published;
mod splits;
mod storage;

use crate::compare::{self, Bar, CONTENDERS, Case, Contender, Terms};
use crate::map::{self, Task};
use crate::validation::Validated;
use crate::{Error, networks};
use model::reuse::{Dataflow, Layer, Outside};
use nn::{LayerId, Network};
use point::{Layers, POINTS, Point};
use rayon::prelude::*;

/// A bar of the study's figures with ours beside it: a dataflow at a point.
pub(crate) struct Pair {
    /// Where.
    pub point: Point,
    /// Which dataflow.
    pub dataflow: Dataflow,
    /// The study's analysis; none where nothing fits.
    pub reconstruction: Option<Vec<model::reuse::Reconstruction>>,
    /// The best mappings.
    pub optimum: Bar,
}

/// AlexNet's layers as the study has them.
struct Subject {
    network: Network,
    convolutions: Vec<LayerId>,
    fully_connected: Vec<LayerId>,
}

impl Subject {
    fn new() -> Result<Subject, Error> {
        let network = networks::open("alexnet", None, &formats::ReadOptions::default())?;
        let convolutions = networks::select(&network, "conv1..conv5")?;
        let fully_connected = networks::select(&network, "fc6..fc8")?;
        Ok(Subject { network, convolutions, fully_connected })
    }

    fn layers(&self, layers: Layers) -> &[LayerId] {
        match layers {
            Layers::Conv => &self.convolutions,
            Layers::Fc => &self.fully_connected,
        }
    }

    fn tasks(&self, layers: Layers, batch: usize) -> Result<Vec<Task>, Error> {
        map::tasks(&self.network, self.layers(layers), batch)
    }

    /// The same for the study's analysis.
    fn analysed(&self, layers: Layers, batch: usize) -> Result<Vec<Layer>, Error> {
        let of = |&id: &LayerId| {
            let shape = self.network.conv_shape(id, batch);
            let shape = shape.ok_or_else(|| Error::NoArrayLayers { network: self.network.name().into() })?;
            Layer::new(&shape).map_err(|outside: Outside| Error::Study(outside))
        };
        self.layers(layers).iter().map(of).collect()
    }
}

/// Runs the study.
pub fn validated(done: &(dyn Fn(&str) + Sync)) -> Result<Validated, Error> {
    let subject = Subject::new()?;
    let published = published::bars();
    let pairs = pairs(&subject, done)?;
    let (layers, storage) = (by_layer::study(&subject)?, storage::study(&subject)?);
    let mut checks = checks::checks(&pairs, &published);
    checks.extend(storage::checks(&storage));
    let beside = Beside { published: &published, layers: &layers, storage: &storage };
    let document = document::document(&pairs, &beside, &checks);
    Ok(Validated::new(document, &checks))
}

/// What is set beside the bars.
struct Beside<'a> {
    published: &'a [published::Published],
    layers: &'a [by_layer::ByLayer],
    storage: &'a [storage::Stored],
}

/// All bars, point by point.
fn pairs(subject: &Subject, done: &(dyn Fn(&str) + Sync)) -> Result<Vec<Pair>, Error> {
    let contenders: Vec<&'static Contender> = CONTENDERS.iter().filter(|c| c.dataflow.is_some()).collect();
    let mut tasks = Vec::new();
    for point in POINTS {
        tasks.push(subject.tasks(point.layers, point.batch)?);
    }
    let cases: Vec<Case> =
        POINTS.iter().zip(&tasks).map(|(point, tasks)| Case { pes: point.pes, batch: point.batch, tasks }).collect();
    let comparison = compare::compare("AlexNet", &cases, &contenders, Terms::STUDY, done)?;
    let jobs: Vec<(Point, Dataflow, Bar)> = POINTS
        .iter()
        .flat_map(|&point| Dataflow::ALL.map(|dataflow| (point, dataflow)))
        .zip(comparison.bars)
        .map(|((point, dataflow), bar)| (point, dataflow, bar))
        .collect();
    jobs.into_par_iter()
        .map(|(point, dataflow, optimum)| {
            let layers = subject.analysed(point.layers, point.batch)?;
            let reconstruction = point.reconstruct(dataflow, &layers);
            done(&format!("{} of the study on {} PEs, batch {}", dataflow.name(), point.pes, point.batch));
            Ok(Pair { point, dataflow, reconstruction, optimum })
        })
        .collect()
}
