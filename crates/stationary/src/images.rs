//! Images on their way into a network: where they are, and how they become its input. Decoded batch by batch, so that
//! any number of them fits.

use crate::{Error, assets};
use formats::{Limits, image};
use nn::{Network, Preprocess, Tensor};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Where an image is.
#[derive(Clone, Debug)]
enum Source {
    File(PathBuf),
    Embedded(&'static str, &'static [u8]),
}

/// Images for one network.
#[derive(Clone, Debug)]
pub struct Images {
    sources: Vec<Source>,
    dims: Vec<usize>,
    preprocess: Preprocess,
}

/// What a user says about preprocessing, in place of what the network declares.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides {
    /// The shorter side after resizing.
    pub resize: Option<usize>,
    /// Whether blue comes first.
    pub bgr: Option<bool>,
    /// What is subtracted.
    pub mean: Option<[f32; 3]>,
    /// What is multiplied.
    pub scale: Option<[f32; 3]>,
}

impl Overrides {
    /// The preprocessing of `network`'s images. A network that declares none needs at least one override; what is left
    /// open is then as mild as can be: resized to the input's shorter side, red first, values from 0 to 255.
    pub fn over(&self, network: &Network) -> Result<Preprocess, Error> {
        let declared = match network.preprocess() {
            Some(declared) => declared.clone(),
            None if *self == Overrides::default() => {
                return Err(Error::NoPreprocessing { network: network.name().into() });
            }
            None => {
                let side = network.input_dims().iter().skip(1).min().copied().unwrap_or(0);
                Preprocess { resize: side, bgr: false, mean: [0.0; 3], scale: [1.0; 3] }
            }
        };
        Ok(Preprocess {
            resize: self.resize.unwrap_or(declared.resize),
            bgr: self.bgr.unwrap_or(declared.bgr),
            mean: self.mean.unwrap_or(declared.mean),
            scale: self.scale.unwrap_or(declared.scale),
        })
    }
}

impl Images {
    /// The images in `files`, or the embedded photographs when there are none.
    pub fn new(files: &[PathBuf], network: &Network, preprocess: &Preprocess) -> Self {
        let sources = match files {
            [] => assets::PHOTOGRAPHS.iter().map(|&(name, bytes)| Source::Embedded(name, bytes)).collect(),
            files => files.iter().cloned().map(Source::File).collect(),
        };
        Images { sources, dims: network.input_dims().to_vec(), preprocess: preprocess.clone() }
    }

    /// How many there are; at least one.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// The name of one.
    pub fn name(&self, index: usize) -> String {
        match &self.sources[index] {
            Source::File(path) => path.display().to_string(),
            Source::Embedded(name, _) => (*name).into(),
        }
    }

    /// Some of them as `[N, C, H, W]`.
    pub fn batch(&self, which: Range<usize>) -> Result<Tensor<f32>, Error> {
        let dims = [&[which.len()], self.dims.as_slice()].concat();
        let mut data = Vec::new();
        for source in &self.sources[which] {
            data.extend(self.preprocess.values(self.read(source)?.data(), self.dims[0]));
        }
        Ok(Tensor::from_vec(&dims, data))
    }

    /// What the network sees of one before its values are scaled: `[C, H, W]`, red first.
    pub fn pixels(&self, index: usize) -> Result<Tensor<u8>, Error> {
        self.read(&self.sources[index])
    }

    fn read(&self, source: &Source) -> Result<Tensor<u8>, Error> {
        let (dims, resize, limits) = (&self.dims, self.preprocess.resize, Limits::default());
        Ok(match source {
            Source::File(path) => image::pixels(path, dims, resize, &limits)?,
            Source::Embedded(name, bytes) => image::pixels_bytes(bytes, Path::new(name), dims, resize, &limits)?,
        })
    }
}
