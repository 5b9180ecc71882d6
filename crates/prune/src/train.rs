//! Fine-tuning by back-propagation: the cross-entropy of a network on labelled images goes down, and what is pruned
//! stays pruned.
//!
//! Stochastic gradient descent with momentum (Polyak, 1964; in the form of Sutskever et al., ICML 2013, without the
//! look-ahead) and weight decay. Each epoch goes through all images in another order. The rate rises linearly over
//! the first fiftieth of all steps and then falls to zero as half a cosine (Loshchilov and Hutter, ICLR 2017).
//!
//! Each layer means what [`nn::float`] computes, [`nn::Op::Dropout`] included, which does nothing; a batch norm is
//! tuned as the scale and shift that it is once folded. Gradients come from the automatic differentiation of `burn`,
//! on the processor. A batch is cut into shards, whose gradients are added in order; so a seed gives the same bytes
//! on any number of threads, though not on processors whose vector units differ.

mod forward;
mod gradient;
mod operators;
mod pooling;
mod sgd;
#[cfg(test)]
mod tests;

use nn::execute::ExecuteError;
use nn::generate::Generator;
use nn::{Network, Op, Tensor};

use crate::Masks;
use gradient::Problem;
use sgd::Parameters;

/// How to tune.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// How often each image is seen.
    pub epochs: usize,
    /// Images of one step.
    pub batch: usize,
    /// The largest learning rate.
    pub rate: f64,
    /// How much of a step the next one keeps, from 0 to below 1.
    pub momentum: f64,
    /// What is taken off each weight, as a share of it times the rate; biases, scales and shifts do not decay.
    pub decay: f64,
    /// The order of the images follows from it.
    pub seed: u64,
}

/// One step that was done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// From 0.
    pub epoch: usize,
    /// Of how many.
    pub epochs: usize,
    /// Within the epoch, from 0.
    pub batch: usize,
    /// Of how many.
    pub batches: usize,
    /// Mean cross-entropy of the batch before the step.
    pub loss: f64,
}

/// Why a network is not tuned.
#[derive(Debug, thiserror::Error)]
pub enum TrainError<E: std::error::Error + 'static> {
    /// The images could not be had.
    #[error(transparent)]
    Data(E),
    /// A network without weights, or a batch that it does not take.
    #[error(transparent)]
    Network(#[from] ExecuteError),
    /// A value of the schedule is outside its range.
    #[error("found {what} {found}, expected {expected}")]
    Schedule {
        /// Name of the value.
        what: &'static str,
        /// The value.
        found: String,
        /// Its range.
        expected: &'static str,
    },
    /// The output gives more than one value a class.
    #[error("layer {layer:?} gives {dims:?}, expected one value a class")]
    Output {
        /// The last layer, or what its softmax reads.
        layer: String,
        /// Its dimensions.
        dims: Vec<usize>,
    },
    /// Another number of labels than of images.
    #[error("found {found} labels, expected one for each of {expected} images")]
    Labels {
        /// Labels of a batch.
        found: usize,
        /// Its images.
        expected: usize,
    },
    /// A label that is no class of the network.
    #[error("found the label {found}, expected one below {classes}")]
    Label {
        /// The label.
        found: usize,
        /// Outputs of the network.
        classes: usize,
    },
    /// The loss or a weight is no longer a finite number.
    #[error("training diverged in epoch {epoch}, batch {batch}, at a loss of {loss}; try a lower rate")]
    Diverged {
        /// From 1.
        epoch: usize,
        /// From 1.
        batch: usize,
        /// The loss before the step.
        loss: f64,
    },
}

/// Tunes `network` on `images` labelled images, of which `batch` gives those with the indices it is told, each with
/// its label. Weights and biases that do not survive in `masks`, which are those of `network`, are zero. Each step is
/// shown to `observe`.
pub fn tune<E: std::error::Error + 'static>(
    network: &Network,
    masks: &Masks,
    images: usize,
    mut batch: impl FnMut(&[usize]) -> Result<(Tensor<f32>, Vec<usize>), E>,
    schedule: &Schedule,
    mut observe: impl FnMut(Step),
) -> Result<Network, TrainError<E>> {
    check(schedule, images)?;
    let problem = problem(network)?;
    let mut parameters = Parameters::new(network, masks);
    let mut generator = Generator::new(schedule.seed);
    let mut order: Vec<usize> = (0..images).collect();
    let (epochs, batches) = (schedule.epochs, images.div_ceil(schedule.batch));
    for epoch in 0..epochs {
        shuffle(&mut order, &mut generator);
        for (index, chosen) in order.chunks(schedule.batch).enumerate() {
            let (images, labels) = batch(chosen).map_err(TrainError::Data)?;
            check_batch(&problem, chosen.len(), &images, &labels)?;
            let (loss, gradients) = gradient::gradients(&problem, &parameters.leaves(), &images, &labels);
            let step = epoch * batches + index;
            let finite = parameters.step(&gradients, rate(schedule, step, epochs * batches), schedule);
            if !(loss.is_finite() && finite) {
                return Err(TrainError::Diverged { epoch: epoch + 1, batch: index + 1, loss });
            }
            observe(Step { epoch, epochs, batch: index, batches, loss });
        }
    }
    Ok(parameters.network(network))
}

/// The rate of one of `steps`.
fn rate(schedule: &Schedule, step: usize, steps: usize) -> f64 {
    let rise = steps.div_ceil(50);
    let progress = step as f64 / steps as f64;
    let up = ((step + 1) as f64 / rise as f64).min(1.0);
    schedule.rate * up * 0.5 * (1.0 + libm::cos(std::f64::consts::PI * progress))
}

/// Fisher and Yates' shuffle, as Durstenfeld has it.
fn shuffle(order: &mut [usize], generator: &mut Generator) {
    for last in (1..order.len()).rev() {
        order.swap(last, generator.within(0, last as i64) as usize);
    }
}

fn check<E: std::error::Error>(schedule: &Schedule, images: usize) -> Result<(), TrainError<E>> {
    let Schedule { batch, rate, momentum, decay, .. } = *schedule;
    let positive = "a finite number above 0";
    for (what, found, holds, expected) in [
        ("images", images.to_string(), images > 0, "at least 1"),
        ("batch", batch.to_string(), batch > 0, "at least 1"),
        ("rate", rate.to_string(), rate.is_finite() && rate > 0.0, positive),
        ("momentum", momentum.to_string(), (0.0..1.0).contains(&momentum), "0 to below 1"),
        ("decay", decay.to_string(), decay.is_finite() && decay >= 0.0, "a finite number of at least 0"),
    ] {
        if !holds {
            return Err(TrainError::Schedule { what, found, expected });
        }
    }
    Ok(())
}

/// The network up to its logits: the last layer, or what a last softmax reads.
fn problem<E: std::error::Error>(network: &Network) -> Result<Problem<'_>, TrainError<E>> {
    if let Some(id) = network.lacks_weights() {
        return Err(ExecuteError::NoWeights { layer: network.layer(id).name.clone() }.into());
    }
    let last = network.layer(network.output());
    let logits = if last.op == Op::Softmax { last.inputs[0] } else { network.output() };
    match network.shape(logits) {
        [classes, rest @ ..] if rest.iter().all(|&dim| dim == 1) => Ok(Problem { network, logits, classes: *classes }),
        dims => Err(TrainError::Output { layer: network.layer(logits).name.clone(), dims: dims.to_vec() }),
    }
}

fn check_batch<E: std::error::Error>(
    problem: &Problem,
    chosen: usize,
    images: &Tensor<f32>,
    labels: &[usize],
) -> Result<(), TrainError<E>> {
    let network = problem.network;
    if images.dims() != [&[chosen], network.input_dims()].concat() {
        let (found, expected) = (images.dims().to_vec(), network.input_dims().to_vec());
        return Err(ExecuteError::InputDims { found, expected }.into());
    }
    if labels.len() != chosen {
        return Err(TrainError::Labels { found: labels.len(), expected: chosen });
    }
    match labels.iter().find(|&&label| label >= problem.classes) {
        Some(&found) => Err(TrainError::Label { found, classes: problem.classes }),
        None => Ok(()),
    }
}
