//! The loss of a batch and its gradient: the mean cross-entropy of softmaxes.
//!
//! A batch is cut into shards of a size that only the batch decides. Each is differentiated on one thread, as many at
//! once as there are threads; losses and gradients are then added in the order of the shards.

use burn::tensor::{Device, Tensor, TensorData, activation};
use nn::{LayerId, Network};
use rayon::prelude::*;

use super::forward::{Leaf, forward};

/// What is trained.
pub(super) struct Problem<'n> {
    pub network: &'n Network,
    /// The layer whose outputs are the logits.
    pub logits: LayerId,
    /// How many they are.
    pub classes: usize,
}

/// Fewest images of a shard, unless the batch has fewer.
const SHARD: usize = 16;
/// Most shards of a batch, each of which holds a gradient.
const SHARDS: usize = 16;

/// The mean cross-entropy of `images` and its gradient by each leaf, flat and in the order of the leaves.
pub(super) fn gradients(
    problem: &Problem,
    leaves: &[Leaf],
    images: &nn::Tensor<f32>,
    labels: &[usize],
) -> (f64, Vec<Vec<f32>>) {
    let shard = labels.len().div_ceil(SHARDS).max(SHARD);
    let pixels = images.data().len() / labels.len();
    let shards = images.data().par_chunks(shard * pixels).zip(labels.par_chunks(shard));
    let shards: Vec<_> =
        shards.map(|(images, chosen)| gradients_of_shard(problem, leaves, images, chosen, labels.len())).collect();
    let add = |(loss, mut sums): (f64, Vec<Vec<f32>>), (more, others): (f64, Vec<Vec<f32>>)| {
        for (sum, other) in sums.iter_mut().zip(others) {
            sum.iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
        }
        (loss + more, sums)
    };
    shards.into_iter().reduce(add).unwrap_or_default()
}

/// What the images of a shard contribute to the mean over `of` images.
fn gradients_of_shard(
    problem: &Problem,
    leaves: &[Leaf],
    images: &[f32],
    labels: &[usize],
    of: usize,
) -> (f64, Vec<Vec<f32>>) {
    let (n, classes) = (labels.len(), problem.classes);
    let mut share = vec![0.0f32; n * classes];
    for (row, &label) in share.chunks_mut(classes).zip(labels) {
        row[label] = 1.0 / of as f32;
    }
    let share = Tensor::<2>::from_data(TensorData::new(share, [n, classes]), &Device::flex());
    let leaves: Vec<Leaf> = leaves.iter().map(|leaf| leaf.clone().autodiff().require_grad()).collect();
    let logits = forward(problem.network, problem.logits, &leaves, images.to_vec(), n, |_, _| ());
    let logits: Tensor<2> = logits.reshape([n, classes]);
    let loss = (activation::log_softmax(logits, 1) * share.autodiff()).sum().neg();
    let mut gradients = loss.is_tracked().then(|| loss.backward());
    let gradient = |leaf: &Leaf| match gradients.as_mut().and_then(|gradients| leaf.grad_remove(gradients)) {
        Some(gradient) => values(gradient),
        None => vec![0.0; leaf.dims()[0]],
    };
    let gradients = leaves.iter().map(gradient).collect();
    (f64::from(values(loss.inner())[0]), gradients)
}

/// The elements of a tensor.
pub(super) fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("all tensors here are of f32")
}
