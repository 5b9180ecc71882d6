//! Labelled images: a folder of photographs with a list of their classes, or a pair of IDX files. Read batch by batch.

use crate::Error;
use crate::images::Images;
use formats::{Limits, idx, labels};
use nn::{Network, Preprocess, Tensor};
use std::path::{Path, PathBuf};

/// Images for one network, each with its class.
#[derive(Clone, Debug)]
pub struct Labelled {
    source: Source,
    dims: Vec<usize>,
    classes: Vec<usize>,
}

#[derive(Clone, Debug)]
enum Source {
    Folder(Images),
    Idx { pixels: Tensor<u8>, preprocess: Preprocess },
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
    /// The images of a folder that `labels` lists, or those of an IDX file with labels in another.
    pub fn open(images: &Path, labels: &Path, network: &Network, preprocess: &Preprocess) -> Result<Self, Error> {
        let dims = network.input_dims().to_vec();
        let labelled = if images.is_dir() {
            let (names, classes): (Vec<PathBuf>, Vec<usize>) =
                labels::read(labels, &Limits::default())?.into_iter().map(|(n, c)| (images.join(n), c)).unzip();
            Labelled { source: Source::Folder(Images::new(&names, network, preprocess)), dims, classes }
        } else {
            Self::open_idx(images, labels, dims, preprocess)?
        };
        let outputs = network.shape(network.output()).iter().product();
        match labelled.classes.iter().position(|&class| class >= outputs) {
            None => Ok(labelled),
            Some(index) => Err(Error::Class {
                image: labelled.name(index),
                class: labelled.classes[index],
                classes: outputs,
                network: network.name().into(),
            }),
        }
    }

    fn open_idx(images: &Path, labels: &Path, dims: Vec<usize>, preprocess: &Preprocess) -> Result<Self, Error> {
        let limits = Limits::default();
        let (pixels, classes) = (idx::read(images, &limits)?, idx::read(labels, &limits)?);
        let refuse = |file: &Path, found: &[usize], expected| {
            Err(Error::Dims { file: file.display().to_string(), found: found.to_vec(), expected })
        };
        if classes.dims().len() != 1 {
            return refuse(labels, classes.dims(), "one: a label each".into());
        }
        // Images of one channel leave it out.
        let one_channel = dims.strip_prefix(&[1]);
        if pixels.dims()[1..] != dims[..] && Some(&pixels.dims()[1..]) != one_channel {
            return refuse(images, pixels.dims(), format!("images of {dims:?} as the network takes them"));
        }
        if pixels.dims()[0] != classes.data().len() {
            return Err(Error::Labels { images: pixels.dims()[0], labels: classes.data().len() });
        }
        let classes = classes.data().iter().map(|&class| usize::from(class)).collect();
        Ok(Labelled { source: Source::Idx { pixels, preprocess: preprocess.clone() }, dims, classes })
    }

    /// How many images there are; at least one.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.classes.len()
    }

    /// The name of one.
    pub fn name(&self, index: usize) -> String {
        match &self.source {
            Source::Folder(images) => images.name(index),
            Source::Idx { .. } => format!("image {index}"),
        }
    }

    /// Some of them.
    pub fn batch(&self, which: &[usize]) -> Result<Batch, Error> {
        let mut data = Vec::new();
        for &index in which {
            match &self.source {
                Source::Folder(images) => data.extend(images.batch(index..index + 1)?.into_vec()),
                Source::Idx { pixels, preprocess } => data.extend(values(pixels, index, preprocess)),
            }
        }
        let images = Tensor::from_vec(&[&[which.len()], self.dims.as_slice()].concat(), data);
        Ok(Batch { images, classes: which.iter().map(|&index| self.classes[index]).collect() })
    }
}

/// The input that one image of an IDX file becomes; no size changes. Images of up to three channels have their own
/// means, any others the first.
fn values(pixels: &Tensor<u8>, index: usize, preprocess: &Preprocess) -> Vec<f32> {
    let channels = if pixels.dims().len() == 4 { pixels.dims()[1] } else { 1 };
    let image = pixels.data().len() / pixels.dims()[0];
    let plane = image / channels;
    let pixels = &pixels.data()[index * image..][..image];
    let channel = |channel: usize| {
        let source = if preprocess.bgr { channels - 1 - channel } else { channel };
        let (mean, scale) = (preprocess.mean[channel % 3], preprocess.scale[channel % 3]);
        pixels[source * plane..][..plane].iter().map(move |&pixel| (f32::from(pixel) - mean) * scale)
    };
    (0..channels).flat_map(channel).collect()
}
