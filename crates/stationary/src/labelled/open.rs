//! What labelled images are read from, and the check that images, labels and network fit each other.

use super::{Labelled, Source, Stored};
use crate::Error;
use crate::images::Images;
use formats::{Limits, Place, idx, image, labels};
use nn::{Network, Preprocess, Tensor};
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of decoded images that are held in memory at most.
const HELD_BYTES: usize = 1 << 30;

impl Labelled {
    /// The images of a folder that `labels` lists, or those of an IDX file with labels in another.
    pub fn open(images: &Path, labels: &Path, network: &Network, preprocess: &Preprocess) -> Result<Self, Error> {
        if images.is_dir() {
            Self::folder(images, labels, network, preprocess)
        } else {
            let limits = Limits::default();
            let (pixels, classes) = (idx::read(images, &limits)?, idx::read(labels, &limits)?);
            Self::idx((images, pixels), (labels, classes), network, preprocess)
        }
    }

    /// The images of a folder that `labels` lists, decoded each time that they are read.
    pub fn folder(folder: &Path, labels: &Path, network: &Network, preprocess: &Preprocess) -> Result<Self, Error> {
        let listed = labels::read(labels, &Limits::default())?;
        let (files, classes): (Vec<PathBuf>, Vec<usize>) =
            listed.into_iter().map(|(name, class)| (folder.join(name), class)).unzip();
        let names = files.iter().map(|file| file.display().to_string()).collect();
        let images = Stored::Files(Images::new(&files, network, preprocess));
        Self::new(Source { images, names, classes }, network, preprocess)
    }

    /// What an IDX file of images and one of labels hold.
    pub fn idx(
        (images, pixels): (&Path, Tensor<u8>),
        (labels, classes): (&Path, Tensor<u8>),
        network: &Network,
        preprocess: &Preprocess,
    ) -> Result<Self, Error> {
        let refuse = |file: &Path, found: &[usize], expected| {
            Err(Error::Dims { file: file.display().to_string(), found: found.to_vec(), expected })
        };
        if classes.dims().len() != 1 {
            return refuse(labels, classes.dims(), "one: a label each".into());
        }
        // Images of one channel leave it out.
        let dims = network.input_dims();
        let one_channel = dims.strip_prefix(&[1]);
        if pixels.dims()[1..] != *dims && Some(&pixels.dims()[1..]) != one_channel {
            return refuse(images, pixels.dims(), format!("images of {dims:?} as the network takes them"));
        }
        if pixels.dims()[0] != classes.data().len() {
            let file = labels.display().to_string();
            return Err(Error::Labels { file, images: pixels.dims()[0], labels: classes.data().len() });
        }
        let classes: Vec<usize> = classes.data().iter().map(|&class| usize::from(class)).collect();
        let names = (0..classes.len()).map(|index| format!("image {index}")).collect();
        Self::new(Source { images: Stored::Pixels(pixels), names, classes }, network, preprocess)
    }

    /// The tiles of grids, one class each.
    pub fn tiles(grids: &[(PathBuf, usize)], network: &Network, preprocess: &Preprocess) -> Result<Self, Error> {
        let dims = network.input_dims();
        let limits = Limits::default();
        let (mut data, mut names, mut classes) = (Vec::new(), Vec::new(), Vec::new());
        for (file, class) in grids {
            let tiles = image::tiles(file, dims, &limits)?;
            let count = tiles.dims()[0];
            data.extend(tiles.into_vec());
            if data.len() > HELD_BYTES {
                let (place, found) = (Place::file(file), data.len() as u64);
                let error = formats::Error::TooLarge {
                    place,
                    what: "bytes of pixels up to here",
                    found,
                    limit: HELD_BYTES as u64,
                };
                return Err(error.into());
            }
            names.extend((0..count).map(|tile| format!("{} tile {tile}", file.display())));
            classes.extend(std::iter::repeat_n(*class, count));
        }
        let pixels = Tensor::from_vec(&[&[classes.len()], dims].concat(), data);
        Self::new(Source { images: Stored::Pixels(pixels), names, classes }, network, preprocess)
    }

    /// All of a source, if its classes are the network's.
    fn new(source: Source, network: &Network, preprocess: &Preprocess) -> Result<Self, Error> {
        let outputs = network.shape(network.output()).iter().product();
        if let Some(index) = source.classes.iter().position(|&class| class >= outputs) {
            return Err(Error::Class {
                image: source.names[index].clone(),
                class: source.classes[index],
                classes: outputs,
                network: network.name().into(),
            });
        }
        let which = (0..source.classes.len()).collect();
        let (dims, preprocess) = (network.input_dims().to_vec(), preprocess.clone());
        Ok(Labelled { source: Arc::new(source), which, dims, preprocess })
    }

    /// The same with its images decoded once and for all, if they fit in memory: what is read many times is then read
    /// fast, and what cannot be used is refused at once.
    pub fn held_in_memory(self) -> Result<Self, Error> {
        let Stored::Files(images) = &self.source.images else { return Ok(self) };
        let (count, size) = (self.source.classes.len(), self.dims.iter().product::<usize>());
        if count.saturating_mul(size) > HELD_BYTES {
            return Ok(self);
        }
        let mut data = vec![0; count * size];
        let decoded: Vec<Result<(), Error>> = data
            .par_chunks_mut(size)
            .enumerate()
            .map(|(index, held)| {
                held.copy_from_slice(images.pixels(index)?.data());
                Ok(())
            })
            .collect();
        decoded.into_iter().collect::<Result<(), Error>>()?;
        let pixels = Stored::Pixels(Tensor::from_vec(&[&[count], self.dims.as_slice()].concat(), data));
        let (names, classes) = (self.source.names.clone(), self.source.classes.clone());
        Ok(Labelled { source: Arc::new(Source { images: pixels, names, classes }), ..self })
    }
}
