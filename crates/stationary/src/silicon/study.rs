//! All that is said of one network: its table, operating points, bars and discrepancies.

use super::bars::{self, Bar};
use super::discrepancies::{self, Discrepancy};
use super::points::{self, Point};
use super::{Table, published};
use crate::validation::Verdict;
use eyeriss::Chip;

/// One network's validation.
#[derive(Clone, Debug)]
pub struct Study {
    /// The table and the machine's runs.
    pub table: Table,
    /// The operating points; empty where none are published.
    pub points: Vec<Point>,
    /// The bars.
    pub bars: Vec<Bar>,
    /// What the publications leave open or contradict.
    pub discrepancies: Vec<Discrepancy>,
}

impl Study {
    /// Whether a bar is broken beyond what the publications explain.
    pub fn fails(&self) -> bool {
        self.bars.iter().any(|bar| bar.verdict() == Verdict::Broken)
    }
}

/// A network with a published table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// AlexNet, N = 4.
    AlexNet,
    /// VGG-16, N = 3.
    Vgg16,
}

impl Network {
    /// All of them, in the order of the paper.
    pub const ALL: [Network; 2] = [Network::AlexNet, Network::Vgg16];

    /// Layers that [`Network::study`] runs, each as often as it does.
    pub fn runs(self) -> usize {
        match self {
            Network::AlexNet => published::alexnet().rows.len() * (1 + points::reruns()),
            Network::Vgg16 => published::vgg16().rows.len(),
        }
    }

    /// Runs the network's layers; `done` is called after each, from any thread.
    pub fn study(self, done: &(dyn Fn(&str) + Sync)) -> Study {
        match self {
            Network::AlexNet => {
                let published = published::alexnet();
                let table = super::run(&published, Chip::default(), done);
                let points = points::all(&published, &table, done);
                let again = discrepancies::conv3_again(&table).expect("AlexNet has CONV3 and CONV4");
                let bars = bars::alexnet(&table, &again);
                let discrepancies = discrepancies::alexnet(&table, &again, &points);
                Study { bars, discrepancies, points, table }
            }
            Network::Vgg16 => {
                let table = super::run(&published::vgg16(), Chip::default(), done);
                let (bars, discrepancies) = (bars::vgg16(&table), discrepancies::vgg16(&table));
                Study { bars, discrepancies, points: Vec::new(), table }
            }
        }
    }
}
