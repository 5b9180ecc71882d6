//! Photographs, JPEG or PNG, as the input of a network.
//!
//! The image is resized so that its shorter side fits (triangle filter, as wide as the reduction, in f32 and rounded
//! to 8 bits: the antialiased bilinear of most training pipelines), cropped around its centre, and each value becomes
//! (value - mean) * scale. An image smaller than the network's input is refused: enlarging adds nothing to see.

use std::io::Cursor;
use std::path::Path;

use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageError, ImageFormat, ImageReader};
use nn::{Preprocess, Tensor};

use crate::error::{Error, Place};
use crate::limits::{Limits, check};

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
    let image = decode(bytes, &place, limits)?;
    let short = image.width().min(image.height()) as usize;
    if (image.width() as usize) < width || (image.height() as usize) < height {
        let found = format!("an image of {}x{} pixels", image.width(), image.height());
        return Err(Error::unusable(place, found, format!("at least {width}x{height} as the network's input")));
    }
    check(&place, "pixels as the shorter side", preprocess.resize as u64, u64::from(limits.image_side))?;
    if preprocess.resize < width.min(height) {
        let found = format!("preprocessing that resizes the shorter side to {}", preprocess.resize);
        return Err(Error::unusable(place, found, format!("at least {}", width.min(height))));
    }
    let resized = resize(image, short, preprocess.resize, &place, limits)?;
    let (columns, rows) = (resized.width() as usize, resized.height() as usize);
    if columns < width || rows < height {
        let found = format!("an image of {columns}x{rows} pixels after resizing");
        return Err(Error::unusable(place, found, format!("at least {width}x{height} as the network's input")));
    }
    let (left, top) = ((columns - width) / 2, (rows - height) / 2);
    let pixels = if channels == 1 { resized.into_luma8().into_raw() } else { resized.into_rgb8().into_raw() };
    let mut data = Vec::with_capacity(channels * height * width);
    for channel in 0..channels {
        let source = if preprocess.bgr { channels - 1 - channel } else { channel };
        let (mean, scale) = (preprocess.mean[channel], preprocess.scale[channel]);
        for row in top..top + height {
            for column in left..left + width {
                let value = f32::from(pixels[(row * columns + column) * channels + source]);
                data.push((value - mean) * scale);
            }
        }
    }
    Ok(Tensor::from_vec(&[1, channels, height, width], data))
}

fn decode(bytes: &[u8], place: &Place, limits: &Limits) -> Result<DynamicImage, Error> {
    let mut reader =
        ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|error| refuse(place, error.into()))?;
    if !matches!(reader.format(), Some(ImageFormat::Jpeg | ImageFormat::Png)) {
        return Err(Error::malformed(place.clone(), "neither a JPEG nor a PNG signature", "a JPEG or PNG image"));
    }
    if reader.format() == Some(ImageFormat::Jpeg) && !has_end(bytes) {
        return Err(Error::malformed(place.clone(), "a JPEG image without end", "a whole JPEG or PNG image"));
    }
    let mut bounds = image::Limits::default();
    bounds.max_image_width = Some(limits.image_side);
    bounds.max_image_height = Some(limits.image_side);
    bounds.max_alloc = Some(limits.image_bytes);
    reader.limits(bounds);
    reader.decode().map_err(|error| refuse(place, error))
}

/// Whether an end marker follows the last scan of a JPEG image (ITU-T T.81, annex B). The decoder fills what is missing
/// with grey and does not say so.
fn has_end(bytes: &[u8]) -> bool {
    let last = |marker: u8| bytes.windows(2).rposition(|pair| pair == [0xff, marker]);
    let (end, scan) = (last(0xd9), last(0xda));
    end.is_some() && end > scan
}

fn refuse(place: &Place, error: ImageError) -> Error {
    let expected = match error {
        ImageError::Limits(_) => "an image within the limits on sides and memory",
        _ => "a whole JPEG or PNG image",
    };
    let found: Vec<_> = error.to_string().split_whitespace().take(40).map(str::to_string).collect();
    Error::malformed(place.clone(), found.join(" "), expected)
}

/// The image with its shorter side, now `short`, at `to`.
fn resize(image: DynamicImage, short: usize, to: usize, place: &Place, limits: &Limits) -> Result<DynamicImage, Error> {
    if short == to {
        return Ok(image);
    }
    // The longer side is cut to whole pixels, as torchvision's `resize` does.
    let side = |side: u32| (u64::from(side) * to as u64 / short as u64).max(1);
    let (width, height) = (side(image.width()), side(image.height()));
    check(place, "pixels in a side after resizing", width.max(height), u64::from(limits.image_side))?;
    // Resizing holds four f32 channels of one intermediate image and the result.
    check(place, "bytes to resize", 16 * width * height.max(u64::from(image.height())), limits.image_bytes)?;
    let (width, height) = (width as u32, height as u32);
    Ok(match image {
        DynamicImage::ImageLuma8(grey) => imageops::resize(&grey, width, height, FilterType::Triangle).into(),
        other => imageops::resize(&other.into_rgb8(), width, height, FilterType::Triangle).into(),
    })
}
