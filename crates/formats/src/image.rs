//! Photographs, JPEG or PNG, as the input of a network.
//!
//! The image is resized so that its shorter side fits, cropped around its centre, and each value becomes
//! (value - mean) * scale. An image smaller than the network's input is refused: enlarging adds nothing to see.

mod decode;
mod resize;

use std::path::Path;

use nn::{Preprocess, Tensor};

use crate::error::{Error, Place};
use crate::limits::{Limits, check};

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
    let place = Place::file(path);
    let &[channels @ (1 | 3), height, width] = dims else {
        return Err(Error::unusable(place, format!("a network input of dimensions {dims:?}"), "[1 or 3, H, W]"));
    };
    let image = decode::decode(bytes, &place, limits)?;
    let expect_size = |image: &Pixels, when: &str| {
        if image.width >= width && image.height >= height {
            return Ok(());
        }
        let found = format!("an image of {}x{} pixels{when}", image.width, image.height);
        Err(Error::unusable(place.clone(), found, format!("at least {width}x{height} as the network's input")))
    };
    expect_size(&image, "")?;
    check(&place, "pixels as the shorter side", preprocess.resize as u64, u64::from(limits.image_side))?;
    if preprocess.resize < width.min(height) {
        let found = format!("preprocessing that resizes the shorter side to {}", preprocess.resize);
        return Err(Error::unusable(place, found, format!("at least {}", width.min(height))));
    }
    let image = resize::shorter_side(image, preprocess.resize, &place, limits)?;
    expect_size(&image, " after resizing")?;
    let (top, left) = ((image.height - height) / 2, (image.width - width) / 2);
    let mut data = Vec::with_capacity(channels * height * width);
    for channel in 0..channels {
        let source = if preprocess.bgr { channels - 1 - channel } else { channel };
        let (mean, scale) = (preprocess.mean[channel], preprocess.scale[channel]);
        for row in top..top + height {
            let row = &image.data[row * image.width * image.channels..][..image.width * image.channels];
            let pixels = row.chunks_exact(image.channels).skip(left).take(width);
            data.extend(pixels.map(|pixel| (f32::from(value(pixel, source, channels)) - mean) * scale));
        }
    }
    Ok(Tensor::from_vec(&[1, channels, height, width], data))
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
