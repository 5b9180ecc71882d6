//! Labelled images: a folder of photographs with a list of their classes, a pair of IDX files, or grids of tiles. Read
//! batch by batch.

mod open;

use crate::Error;
use crate::digest::Inputs;
use crate::images::Images;
use nn::{Preprocess, Tensor};
use std::sync::Arc;

/// Images for one network, each with its class. Parts of them share what they are read from.
#[derive(Clone, Debug)]
pub struct Labelled {
    source: Arc<Source>,
    /// Which images of the source these are, in their order.
    which: Vec<usize>,
    /// `[C, H, W]`.
    dims: Vec<usize>,
    preprocess: Preprocess,
}

/// Where images are read from: as many of each part, at least one.
#[derive(Debug)]
struct Source {
    images: Stored,
    names: Vec<String>,
    classes: Vec<usize>,
}

#[derive(Debug)]
enum Stored {
    /// Decoded each time.
    Files(Images),
    /// `[N, C, H, W]`, red first, or without C where there is one channel.
    Pixels(Tensor<u8>),
}

/// Some images with their classes.
#[derive(Clone, Debug)]
pub struct Batch {
    /// `[N, C, H, W]`.
    pub images: Tensor<f32>,
    /// The class of each.
    pub classes: Vec<usize>,
}

impl Labelled {
    /// How many images there are.
    pub fn len(&self) -> usize {
        self.which.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.which.is_empty()
    }

    /// The name of one.
    pub fn name(&self, index: usize) -> &str {
        &self.source.names[self.which[index]]
    }

    /// The class of one.
    pub fn class(&self, index: usize) -> usize {
        self.source.classes[self.which[index]]
    }

    /// Some of them.
    pub fn batch(&self, which: &[usize]) -> Result<Batch, Error> {
        let mut data = Vec::with_capacity(which.len() * self.dims.iter().product::<usize>());
        for &index in which {
            data.extend(match &self.source.images {
                Stored::Files(images) => {
                    let index = self.which[index];
                    images.batch(index..index + 1)?.into_vec()
                }
                Stored::Pixels(pixels) => self.preprocess.values(image(pixels, self.which[index]), self.channels()),
            });
        }
        let images = Tensor::from_vec(&[&[which.len()], self.dims.as_slice()].concat(), data);
        Ok(Batch { images, classes: which.iter().map(|&index| self.class(index)).collect() })
    }

    /// Channels of an image; one where the network takes no image.
    fn channels(&self) -> usize {
        if self.dims.len() == 3 { self.dims[0] } else { 1 }
    }

    /// Some of them, by their places among these, in that order.
    pub fn part(&self, which: &[usize]) -> Labelled {
        Labelled { which: which.iter().map(|&index| self.which[index]).collect(), ..self.clone() }
    }

    /// A hash of the images as a network sees them and of their classes, in hexadecimal: equal for equal data in the same
    /// order, wherever it is read from.
    pub fn digest(&self) -> Result<String, Error> {
        let mut inputs = Inputs::of_text(&format!("{:?} {:?}", self.dims, self.preprocess));
        for (index, &place) in self.which.iter().enumerate() {
            inputs.bytes(&(self.class(index) as u64).to_le_bytes());
            match &self.source.images {
                Stored::Files(images) => inputs.bytes(images.pixels(place)?.data()),
                Stored::Pixels(pixels) => inputs.bytes(image(pixels, place)),
            }
        }
        Ok(inputs.finish())
    }
}

/// One of the images that `pixels` holds.
fn image(pixels: &Tensor<u8>, index: usize) -> &[u8] {
    let len = pixels.data().len() / pixels.dims()[0];
    &pixels.data()[index * len..][..len]
}
