//! What the chip's 16 bits cost in accuracy: the same labelled images through the float network and through the
//! network in 16-bit words.
//!
//! The words of the bulk come from the fast 16-bit convolution. A sample of images also goes through the stepped
//! machine, each layer under the mapping of least cycles, and every word must be the same.

use crate::Error;
use crate::labelled::{Batch, Labelled};
use crate::shapes::sizes;
use eyeriss::{Choice, DramCoding, Machine, Objective, RunError};
use nn::{Conv16, LayerId, Network, Quantised, conv16, fixed_exec, float};
use std::collections::HashMap;

/// Images that go through the networks at once.
const BATCH: usize = 16;

/// What is to be measured, on what.
#[derive(Clone, Copy)]
pub struct Study<'a> {
    /// The network, with its weights.
    pub network: &'a Network,
    /// The images.
    pub images: &'a Labelled,
    /// Images on which formats are chosen, evenly spaced among all.
    pub calibration: usize,
    /// Images that also go through `machine`: the first.
    pub sample: usize,
    /// The machine for the sample.
    pub machine: Machine,
}

/// What became of one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How many classes the float network finds likelier than the true one.
    pub float: usize,
    /// The same for the network in 16 bits.
    pub fixed: usize,
    /// Whether both find the same class likeliest.
    pub agree: bool,
    /// Whether formats were chosen on it, among others.
    pub calibrated: bool,
}

/// Both arithmetics on all images.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accuracy {
    /// By image, in the order given.
    pub outcomes: Vec<Outcome>,
    /// Products that saturated when they were cut.
    pub saturated: u64,
    /// Sums that wrapped.
    pub wrapped: u64,
    /// What the machine said to the sample.
    pub machine: Sample,
}

/// The sample on the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Images.
    pub images: usize,
    /// Output words compared.
    pub words: u64,
    /// Those that differed.
    pub different: u64,
}

/// How many of some images each arithmetic gets right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scores {
    /// Images.
    pub images: usize,
    /// Float: the true class is likeliest; is among the five likeliest.
    pub float: [usize; 2],
    /// 16 bits: the same.
    pub fixed: [usize; 2],
    /// Both arithmetics find the same class likeliest.
    pub agreeing: usize,
}

/// Measures; tells `observe` how many images of how many are done.
pub fn measure(study: &Study, observe: &mut dyn FnMut(usize, usize)) -> Result<Accuracy, Error> {
    let Study { network, images, .. } = *study;
    observe(0, images.len());
    let calibration: Vec<usize> = spread(study.calibration, images.len()).collect();
    let quantised = Quantised::calibrate(network, &[images.batch(&calibration)?.images])?;
    let mut accuracy = Accuracy { machine: sample(study, &quantised)?, ..Accuracy::default() };
    let all: Vec<usize> = (0..images.len()).collect();
    for which in all.chunks(BATCH) {
        let first = accuracy.outcomes.len();
        accuracy.add(network, &quantised, &images.batch(which)?)?;
        for (outcome, index) in accuracy.outcomes[first..].iter_mut().zip(which) {
            outcome.calibrated = calibration.contains(index);
        }
        observe(accuracy.outcomes.len(), images.len());
    }
    Ok(accuracy)
}

impl Accuracy {
    /// Runs a batch through both arithmetics and adds what became of it.
    fn add(&mut self, network: &Network, quantised: &Quantised, batch: &Batch) -> Result<(), Error> {
        let float = float::output(network, &batch.images)?;
        let engine = |_: LayerId, job: &Conv16| {
            let result = conv16::fast(job);
            self.saturated += result.saturated;
            self.wrapped += result.wrapped;
            Ok::<_, Error>(result.output)
        };
        let fixed = fixed_exec::execute(quantised, &batch.images, engine, |_, _| ())?;
        let classes = float.data().len() / batch.classes.len();
        let scores = float.data().chunks(classes).zip(fixed.data().chunks(classes));
        self.outcomes.extend(scores.zip(&batch.classes).map(|((float, fixed), &class)| Outcome {
            float: likelier(float, class),
            fixed: likelier(fixed, class),
            agree: likeliest(float) == likeliest(fixed),
            calibrated: false,
        }));
        Ok(())
    }

    /// The scores of all images, and of those that formats were not chosen on.
    pub fn scores(&self) -> [Scores; 2] {
        [Scores::of(&self.outcomes, |_| true), Scores::of(&self.outcomes, |outcome| !outcome.calibrated)]
    }
}

impl Scores {
    fn of(outcomes: &[Outcome], wanted: impl Fn(&Outcome) -> bool) -> Scores {
        let mut scores = Scores::default();
        for outcome in outcomes.iter().filter(|outcome| wanted(outcome)) {
            scores.images += 1;
            for (hits, rank) in [(&mut scores.float, outcome.float), (&mut scores.fixed, outcome.fixed)] {
                hits[0] += usize::from(rank < 1);
                hits[1] += usize::from(rank < 5);
            }
            scores.agreeing += usize::from(outcome.agree);
        }
        scores
    }

    /// `hits` in percent of the images.
    pub fn percent(&self, hits: usize) -> f64 {
        100.0 * hits as f64 / self.images as f64
    }

    /// Points of top-1 accuracy that 16 bits lose against float.
    pub fn lost(&self) -> f64 {
        self.percent(self.float[0]) - self.percent(self.fixed[0])
    }
}

/// How many images of a batch the float network classifies rightly.
pub fn hits(network: &Network, batch: &Batch) -> Result<usize, Error> {
    let scores = float::output(network, &batch.images)?;
    let classes = scores.data().len() / batch.classes.len();
    let ranked = scores.data().chunks(classes).zip(&batch.classes);
    Ok(ranked.filter(|(scores, class)| likelier(scores, **class) == 0).count())
}

/// Runs the sample on the machine beside the fast convolution.
fn sample(study: &Study, quantised: &Quantised) -> Result<Sample, Error> {
    let mut sample = Sample { images: study.sample.min(study.images.len()), ..Sample::default() };
    let mut mappings = HashMap::new();
    for index in 0..sample.images {
        let engine = |id: LayerId, job: &Conv16| {
            let refused = |reason: RunError| Error::Layer {
                layer: study.network.layer(id).name.clone(),
                shape: sizes(&job.shape),
                arch: "eyeriss".into(),
                reason: Box::new(reason),
            };
            let mapping = match mappings.get(&job.shape) {
                Some(mapping) => *mapping,
                None => study.machine.mapping(&job.shape, Choice::Best(Objective::Latency)).map_err(refused)?,
            };
            mappings.insert(job.shape, mapping);
            let run = study.machine.run(job, mapping, DramCoding::LATER_LAYER).map_err(refused)?;
            let fast = conv16::fast(job).output;
            sample.words += fast.data().len() as u64;
            sample.different += fast.data().iter().zip(run.output.data()).filter(|(a, b)| a != b).count() as u64;
            Ok::<_, Error>(run.output)
        };
        fixed_exec::execute(quantised, &study.images.batch(&[index])?.images, engine, |_, _| ())?;
    }
    Ok(sample)
}

/// Evenly spaced places of `count` among `len`.
fn spread(count: usize, len: usize) -> impl Iterator<Item = usize> {
    let count = count.min(len);
    (0..count).map(move |place| place * len / count)
}

/// How many scores exceed that of `class`; of equal ones, those before it.
fn likelier(scores: &[f32], class: usize) -> usize {
    let own = scores[class];
    let above = scores[..class].iter().filter(|score| score.total_cmp(&own).is_ge()).count();
    above + scores[class..].iter().filter(|score| score.total_cmp(&own).is_gt()).count()
}

fn likeliest(scores: &[f32]) -> Option<usize> {
    (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]).then(b.cmp(&a)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_and_ties() {
        let scores = [0.1, 0.3, 0.3, 0.0, f32::NEG_INFINITY];
        assert_eq!([0, 1, 2, 3, 4].map(|class| likelier(&scores, class)), [2, 0, 1, 3, 4]);
        assert_eq!(likeliest(&scores), Some(1));
    }

    #[test]
    fn calibration_is_spread_over_all_images() {
        assert_eq!(spread(4, 10).collect::<Vec<_>>(), [0, 2, 5, 7]);
        assert_eq!(spread(7, 3).collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn scores_with_and_without_calibration_images() {
        let outcome = |float, fixed, agree, calibrated| Outcome { float, fixed, agree, calibrated };
        let outcomes = vec![outcome(0, 0, true, true), outcome(0, 4, false, false), outcome(9, 5, true, false)];
        let [all, rest] = Accuracy { outcomes, ..Accuracy::default() }.scores();
        assert_eq!(all, Scores { images: 3, float: [2, 2], fixed: [1, 2], agreeing: 2 });
        assert_eq!(rest, Scores { images: 2, float: [1, 1], fixed: [0, 1], agreeing: 1 });
        assert_eq!(rest.lost(), 50.0);
    }
}
