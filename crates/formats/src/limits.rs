//! How much a file may ask for. Every reader works within these, whatever the file says.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::{Error, error::Place};

/// Bounds on what readers accept and allocate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Fields of one protobuf message, those of its parts included.
    pub fields: u64,
    /// Messages within messages, lists and maps within each other.
    pub depth: u64,
    /// Weights and constants of one network, all tensors together, each as often as it is used.
    pub elements: u64,
    /// Rows or columns of an image.
    pub image_side: u32,
    /// Bytes that decoding an image may allocate.
    pub image_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            file_bytes: 2 << 30,
            fields: 2 << 20,
            depth: 32,
            elements: 1 << 29,
            image_side: 1 << 15,
            image_bytes: 512 << 20,
        }
    }
}

impl Limits {
    /// The bytes of a regular file of at most `file_bytes`.
    pub(crate) fn read(&self, path: &Path) -> Result<Vec<u8>, Error> {
        let io = |source| Error::Io { file: path.to_path_buf(), source };
        let file = File::open(path).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        let place = Place::file(path);
        if !metadata.is_file() {
            return Err(Error::unusable(place, "a folder or device", "a regular file"));
        }
        let check = |found: u64| check(&place, "bytes", found, self.file_bytes);
        check(metadata.len())?;
        let mut bytes = Vec::new();
        file.take(self.file_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(io)?;
        check(bytes.len() as u64)?;
        Ok(bytes)
    }
}

/// Refuses more of `what` than `limit`.
pub(crate) fn check(place: &Place, what: &'static str, found: u64, limit: u64) -> Result<(), Error> {
    if found <= limit { Ok(()) } else { Err(Error::TooLarge { place: place.clone(), what, found, limit }) }
}

/// The product of `dims` when every one is at least 1 and the product at most `limit`.
pub(crate) fn product(place: &Place, dims: &[i64], limit: u64) -> Result<usize, Error> {
    let mut product = 1u64;
    for &dim in dims {
        let size = u64::try_from(dim).ok().filter(|&size| size > 0);
        let Some(size) = size else {
            return Err(Error::unusable(place.clone(), format!("dimensions {}", show(dims)), "sizes of at least 1"));
        };
        product = product.saturating_mul(size);
    }
    check(place, "elements", product, limit)?;
    Ok(product as usize)
}

/// `dims` as a message may show them.
pub(crate) fn show(dims: &[i64]) -> String {
    if dims.len() <= 8 { format!("{dims:?}") } else { format!("{} dimensions", dims.len()) }
}
