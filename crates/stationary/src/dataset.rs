//! A labelled data set in two parts: images to sample and tune a network on, and images held out, on which its accuracy
//! is measured and nothing else is decided.
//!
//! A data set that comes in two parts keeps them. Any other is shuffled by a seed, without regard to classes, and its
//! first images are held out. Parts that were drawn stay in the order of the draw, so that any stretch of one is itself a
//! random sample.

mod find;

use crate::Error;
use crate::labelled::Labelled;
use crate::report::grouped;
use find::{Found, Images};
use nn::generate::Generator;
use nn::{Network, Preprocess};

pub use find::{EMBEDDED, names};

/// How a data set is parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// Of the draw.
    pub seed: u64,
    /// Images held out. If left out: the whole part that is for it, or 3 of 13, or half of the embedded ones.
    pub held: Option<usize>,
}

impl Default for Split {
    fn default() -> Self {
        Split { seed: 1, held: None }
    }
}

/// Labelled images for one network, in two parts.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// What it is called.
    pub name: String,
    /// To sample and tune on.
    pub tune: Labelled,
    /// Held out.
    pub held: Labelled,
    /// What was used, in words: source, counts, seed.
    pub describe: String,
}

impl Dataset {
    /// The data set that `data` names: a folder, or one of [`names`]; the embedded images if it names none.
    ///
    /// A folder holds one of these, and is looked through in this order:
    /// - the IDX files of the MNIST family, `train-...` to tune on and `t10k-...` held out, or one pair of the two;
    /// - `labels.csv` with `FILE,CLASS` on each line;
    /// - PNG files `CLASS_NAME.png` (the class as a number from 0), each a grid of tiles of the network's input size.
    pub fn open(data: Option<&str>, network: &Network, preprocess: &Preprocess, split: &Split) -> Result<Self, Error> {
        let Found { name, source, images } = find::find(data, network, preprocess)?;
        let seed = split.seed;
        let by_draw = format!("drawn with seed {seed} without regard to classes");
        let (tune, held, how) = match (images, split.held) {
            (Images::Parts { tune, held }, None) => (tune, held, "its own part for that".into()),
            (Images::Parts { tune, held }, Some(count)) => {
                let all = held.len();
                let how = format!("{by_draw} from the {} of its own part for that", grouped(all as u64));
                (tune, held.part(&draw(seed, all, count, all)?[..count]), how)
            }
            (Images::One { images, share }, count) => {
                let Some(most) = images.len().checked_sub(1).filter(|&most| most > 0) else {
                    return Err(Error::OneImage { data: name });
                };
                let count = count.unwrap_or((images.len() * share[0] / share[1]).max(1));
                let draw = draw(seed, images.len(), count, most)?;
                let (held, tune) = draw.split_at(count);
                (images.part(tune), images.part(held), by_draw)
            }
        };
        let [tuned, held_out] = [&tune, &held].map(|part| grouped(part.len() as u64));
        let describe = format!("{source}: {tuned} images to sample and tune on, {held_out} held out ({how})");
        Ok(Dataset { name, tune, held, describe })
    }
}

/// The images of a data set to measure a network on that is not tuned: all, or of two parts the one to be held out.
pub fn to_test(data: Option<&str>, network: &Network, preprocess: &Preprocess) -> Result<Labelled, Error> {
    Ok(match find::find(data, network, preprocess)?.images {
        Images::Parts { held, .. } => held,
        Images::One { images, .. } => images,
    })
}

/// The places from 0 to `images` in the order in which they are drawn, to hold out the first `held`, from 1 to `most`.
fn draw(seed: u64, images: usize, held: usize, most: usize) -> Result<Vec<usize>, Error> {
    if !(1..=most).contains(&held) {
        return Err(Error::HeldOut { held, most, images });
    }
    let mut generator = Generator::new(seed);
    let mut order: Vec<usize> = (0..images).collect();
    // R. Durstenfeld, "Algorithm 235: random permutation", CACM 7(7), 1964.
    for last in (1..images).rev() {
        order.swap(last, generator.within(0, last as i64) as usize);
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_is_a_permutation_that_the_seed_decides() {
        let order = |seed| draw(seed, 1000, 1, 999).unwrap();
        let mut sorted = order(1);
        sorted.sort();
        assert!(sorted.into_iter().eq(0..1000));
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
        // Of any stretch, about half come from the first half.
        let low = order(3)[..400].iter().filter(|&&place| place < 500).count();
        assert!((160..240).contains(&low), "{low}");
    }
}
