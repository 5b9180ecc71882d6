//! An image that is a grid of small ones, as collections of them are passed on without a format of their own: tiles of
//! the network's input size, row by row from the top left, without margins. No size changes.

use std::path::Path;

use nn::Tensor;

use super::{decode, input};
use crate::error::{Error, Place};
use crate::limits::{Limits, check};

/// Reads the tiles of an image for a network whose input is `dims` (`[C, H, W]`, C 1 or 3): `[N, C, H, W]`, red first.
pub fn tiles(path: &Path, dims: &[usize], limits: &Limits) -> Result<Tensor<u8>, Error> {
    tiles_bytes(&limits.read(path)?, path, dims, limits)
}

/// Reads the tiles of an image that is in memory; `path` names it in errors.
pub fn tiles_bytes(bytes: &[u8], path: &Path, dims: &[usize], limits: &Limits) -> Result<Tensor<u8>, Error> {
    let place = Place::file(path);
    let [channels, height, width] = input(dims, &place)?;
    let image = decode::decode(bytes, &place, limits)?;
    if !image.height.is_multiple_of(height) || !image.width.is_multiple_of(width) {
        let found = format!("an image of {}x{} pixels", image.width, image.height);
        return Err(Error::unusable(
            place,
            found,
            format!("a grid of tiles of {width}x{height} as the network's input"),
        ));
    }
    let pixels = channels as u64 * image.width as u64 * image.height as u64;
    check(&place, "elements", pixels, limits.elements)?;
    let mut data = Vec::with_capacity(pixels as usize);
    let (rows, columns) = (image.height / height, image.width / width);
    for tile in 0..rows * columns {
        image.cut([tile / columns * height, tile % columns * width], dims, &mut data);
    }
    Ok(Tensor::from_vec(&[rows * columns, channels, height, width], data))
}
