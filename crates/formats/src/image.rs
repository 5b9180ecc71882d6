//! Photographs, JPEG or PNG, as the input of a network.
//!
//! The image is resized so that its shorter side fits, cropped around its centre, and each value becomes
//! (value - mean) * scale. An image smaller than the network's input is refused: enlarging adds nothing to see.
//!
//! [`tiles`] reads an image that is a grid of such inputs.

mod decode;
mod resize;
mod tiles;

use std::path::Path;

use nn::{Preprocess, Tensor};

use crate::error::{Error, Place};
use crate::limits::{Limits, check};

pub use tiles::{tiles, tiles_bytes};

/// Decoded pixels, row by row, 8 bits a channel.
struct Pixels {
    width: usize,
    height: usize,
    /// 1 (grey) or 3 (red, green, blue).
    channels: usize,
    data: Vec<u8>,
}

/// Reads an image as a batch of one, `[1, C, H, W]`, for a network whose input is `dims` (`[C, H, W]`, C 1 or 3).
pub fn read(path: &Path, dims: &[usize], preprocess: &Preprocess, limits: &Limits) -> Result<Tensor<f32>, Error> {
    read_bytes(&limits.read(path)?, path, dims, preprocess, limits)
}

/// Reads an image that is in memory; `path` names it in errors.
pub fn read_bytes(
    bytes: &[u8],
    path: &Path,
    dims: &[usize],
    preprocess: &Preprocess,
    limits: &Limits,
) -> Result<Tensor<f32>, Error> {
    let pixels = pixels_bytes(bytes, path, dims, preprocess.resize, limits)?;
    let values = preprocess.values(pixels.data(), dims[0]);
    Ok(Tensor::from_vec(&[&[1], dims].concat(), values))
}

/// Reads what a network whose input is `dims` sees of an image whose shorter side becomes `resize`, before its values
/// are scaled: `[C, H, W]`, red first.
pub fn pixels(path: &Path, dims: &[usize], resize: usize, limits: &Limits) -> Result<Tensor<u8>, Error> {
    pixels_bytes(&limits.read(path)?, path, dims, resize, limits)
}

/// As [`pixels`], of an image that is in memory; `path` names it in errors.
pub fn pixels_bytes(
    bytes: &[u8],
    path: &Path,
    dims: &[usize],
    resize: usize,
    limits: &Limits,
) -> Result<Tensor<u8>, Error> {
    let place = Place::file(path);
    let [_, height, width] = input(dims, &place)?;
    let image = decode::decode(bytes, &place, limits)?;
    let expect_size = |image: &Pixels, when: &str| {
        if image.width >= width && image.height >= height {
            return Ok(());
        }
        let found = format!("an image of {}x{} pixels{when}", image.width, image.height);
        Err(Error::unusable(place.clone(), found, format!("at least {width}x{height} as the network's input")))
    };
    expect_size(&image, "")?;
    check(&place, "pixels as the shorter side", resize as u64, u64::from(limits.image_side))?;
    if resize < width.min(height) {
        let found = format!("preprocessing that resizes the shorter side to {resize}");
        return Err(Error::unusable(place, found, format!("at least {}", width.min(height))));
    }
    let image = resize::shorter_side(image, resize, &place, limits)?;
    expect_size(&image, " after resizing")?;
    let corner = [(image.height - height) / 2, (image.width - width) / 2];
    let mut data = Vec::with_capacity(dims.iter().product());
    image.cut(corner, dims, &mut data);
    Ok(Tensor::from_vec(dims, data))
}

/// The sizes of a network's input that an image can be.
fn input(dims: &[usize], place: &Place) -> Result<[usize; 3], Error> {
    match *dims {
        [channels @ (1 | 3), height, width] => Ok([channels, height, width]),
        _ => {
            let found = format!("a network input of dimensions {dims:?}");
            Err(Error::unusable(place.clone(), found, "[1 or 3, H, W]"))
        }
    }
}

impl Pixels {
    /// Appends the `[C, H, W]` of `dims` from the row and column `corner` on.
    fn cut(&self, [top, left]: [usize; 2], dims: &[usize], data: &mut Vec<u8>) {
        let (channels, height, width) = (dims[0], dims[1], dims[2]);
        let length = self.width * self.channels;
        for channel in 0..channels {
            for row in self.data.chunks_exact(length).skip(top).take(height) {
                let pixels = row.chunks_exact(self.channels).skip(left).take(width);
                data.extend(pixels.map(|pixel| value(pixel, channel, channels)));
            }
        }
    }
}

/// The value of a pixel in one of `channels` channels: a grey pixel has it in all, and the grey of a coloured one is
/// its luminance (ITU-R BT.709).
fn value(pixel: &[u8], channel: usize, channels: usize) -> u8 {
    match *pixel {
        [grey] => grey,
        [r, g, b] if channels == 1 => ((2126 * u32::from(r) + 7152 * u32::from(g) + 722 * u32::from(b)) / 10000) as u8,
        _ => pixel[channel],
    }
}
