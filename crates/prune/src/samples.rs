//! What a layer's filters see and what they should answer, on sampled windows of sampled images.

use crate::moments::Moments;
use crate::{Layout, PruneError, World};
use faer::Mat;
use nn::generate::Generator;
use nn::{LayerId, Network, Tensor, float};
use rayon::prelude::*;

/// Which windows are sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampling {
    /// Images, drawn from those to tune on.
    pub images: usize,
    /// Windows of a layer, over all images: as many of each image, at least one.
    pub windows: usize,
    /// Decides on both.
    pub seed: u64,
}

/// Images that go through the networks at once.
const BATCH: usize = 64;

impl Sampling {
    /// The images, of `len` there are.
    pub fn images(&self, len: usize) -> Vec<usize> {
        pick(Generator::new(self.seed), self.images.min(len), len)
    }

    /// The windows of an image, of `len` there are.
    fn windows(&self, layer: LayerId, image: usize, images: usize, len: usize) -> Vec<usize> {
        let key = [u64::from(layer.0), image as u64].into_iter().fold(self.seed, |key, part| {
            let mut mix = Generator::new(key ^ (part + 1));
            mix.bits()
        });
        pick(Generator::new(key), self.windows.div_ceil(images).min(len), len)
    }
}

/// `count` of the first `len` numbers, in ascending order.
fn pick(mut random: Generator, count: usize, len: usize) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..len).collect();
    for place in 0..count {
        let other = random.within(place as i64, len as i64 - 1) as usize;
        numbers.swap(place, other);
    }
    numbers.truncate(count);
    numbers.sort_unstable();
    numbers
}

/// The moments of `layers`, by group of each: inputs as `network` computes them, answers as `original` gives them.
pub fn moments<E>(
    task: &impl World<Error = E>,
    sampling: &Sampling,
    original: &Network,
    network: &Network,
    layers: &[LayerId],
) -> Result<Vec<Vec<Moments>>, PruneError<E>> {
    let last = layers.iter().max().copied().unwrap_or(LayerId(0));
    let (original, network) = (upto(original, last)?, upto(network, last)?);
    let inputs: Vec<LayerId> = layers.iter().map(|&id| network.layer(id).inputs[0]).collect();
    let layouts: Vec<Layout> = layers.iter().filter_map(|&id| Layout::of(&network, id)).collect();
    let mut moments: Vec<Vec<Moments>> = layouts
        .iter()
        .map(|layout| (0..layout.shape.groups).map(|_| Moments::new(layout.taps, layout.shape.group_m())).collect())
        .collect();
    let images = sampling.images(task.images());
    for (start, which) in images.chunks(BATCH).enumerate() {
        let batch = task.batch(which).map_err(PruneError::World)?.0;
        let seen = float::outputs(&network, &batch, &inputs)?;
        let wanted = float::outputs(&original, &batch, layers)?;
        let work = moments.par_iter_mut().zip(layouts.par_iter()).zip(seen.par_iter().zip(wanted.par_iter()));
        work.zip(layers.par_iter()).for_each(|(((moments, layout), (seen, wanted)), &id)| {
            let places: Vec<(usize, usize)> = (0..which.len())
                .flat_map(|image| {
                    let windows = sampling.windows(id, start * BATCH + image, images.len(), layout.windows());
                    windows.into_iter().map(move |window| (image, window))
                })
                .collect();
            for (group, moments) in moments.iter_mut().enumerate() {
                moments.add(&rows(layout, group, seen, &places), &answers(layout, group, wanted, &places));
            }
        });
    }
    Ok(moments.into_iter().map(|groups| groups.into_iter().map(Moments::complete).collect()).collect())
}

/// The layers of `network` up to `last`.
fn upto<E>(network: &Network, last: LayerId) -> Result<Network, PruneError<E>> {
    let layers = network.layers()[..=last.0 as usize].to_vec();
    Ok(Network::new(network.name(), layers)?)
}

/// What the filters of a group see: a row a window, a column a tap, and the bias's column of ones.
fn rows(layout: &Layout, group: usize, seen: &Tensor<f32>, places: &[(usize, usize)]) -> Mat<f64> {
    let mut rows = Mat::zeros(places.len(), layout.taps + 1);
    let mut taps = vec![0.0; layout.taps];
    for (row, &(image, window)) in places.iter().enumerate() {
        layout.window(seen, image, group, window, &mut taps);
        taps.iter().chain([&1.0]).enumerate().for_each(|(column, &value)| rows[(row, column)] = value);
    }
    rows
}

/// What the filters of a group should answer: a row a window, a column a filter.
fn answers(layout: &Layout, group: usize, wanted: &Tensor<f32>, places: &[(usize, usize)]) -> Mat<f64> {
    let filters = layout.group(group);
    Mat::from_fn(places.len(), filters.len(), |row, column| {
        let (image, window) = places[row];
        let plane = image * layout.filters + filters.start + column;
        f64::from(wanted.data()[plane * layout.windows() + window])
    })
}
