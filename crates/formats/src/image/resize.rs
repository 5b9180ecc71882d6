//! Resizing with a triangle filter as wide as the reduction: the antialiased bilinear of most training pipelines.
//!
//! Rows first, then columns, in f32 in a fixed order, rounded to 8 bits at the end: the same bits on any machine.

use super::Pixels;
use crate::error::{Error, Place};
use crate::limits::{Limits, check};

/// The image with its shorter side at `to`. The longer side is cut to whole pixels, as torchvision's `resize` does.
pub(super) fn shorter_side(image: Pixels, to: usize, place: &Place, limits: &Limits) -> Result<Pixels, Error> {
    let short = image.width.min(image.height);
    if short == to {
        return Ok(image);
    }
    let side = |side: usize| (side as u64 * to as u64 / short as u64).max(1);
    let (width, height) = (side(image.width), side(image.height));
    check(place, "pixels in a side after resizing", width.max(height), u64::from(limits.image_side))?;
    let floats = height * image.width as u64 + width * height;
    check(place, "bytes to resize", 4 * image.channels as u64 * floats, limits.image_bytes)?;
    Ok(resize(&image, width as usize, height as usize))
}

fn resize(image: &Pixels, width: usize, height: usize) -> Pixels {
    let (channels, row_length) = (image.channels, image.width * image.channels);
    let mut rows = vec![0f32; height * row_length];
    for (row, taps) in rows.chunks_exact_mut(row_length).zip(windows(image.height, height)) {
        for (offset, weight) in taps.weights.iter().enumerate() {
            let source = &image.data[(taps.first + offset) * row_length..][..row_length];
            row.iter_mut().zip(source).for_each(|(sum, &value)| *sum += f32::from(value) * weight);
        }
    }
    let columns = windows(image.width, width);
    let mut data = Vec::with_capacity(width * height * channels);
    for row in rows.chunks_exact(row_length) {
        for taps in &columns {
            for channel in 0..channels {
                let values = row[taps.first * channels + channel..].iter().step_by(channels);
                let sum: f32 = values.zip(&taps.weights).fold(0.0, |sum, (value, weight)| sum + value * weight);
                data.push(sum.clamp(0.0, 255.0).round() as u8);
            }
        }
    }
    Pixels { width, height, channels, data }
}

/// What one output row or column is made of.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

/// For each of `to` outputs over `from` inputs, the inputs within the filter around its centre and their shares.
fn windows(from: usize, to: usize) -> Vec<Taps> {
    let ratio = from as f32 / to as f32;
    let reach = ratio.max(1.0);
    let taps = |index: usize| {
        let centre = (index as f32 + 0.5) * ratio;
        let first = ((centre - reach).floor().max(0.0) as usize).min(from - 1);
        let end = ((centre + reach).ceil() as usize).clamp(first + 1, from);
        let weight = |at: usize| (1.0 - ((at as f32 - (centre - 0.5)) / reach).abs()).max(0.0);
        let weights: Vec<f32> = (first..end).map(weight).collect();
        let sum: f32 = weights.iter().sum();
        Taps { first, weights: weights.into_iter().map(|weight| weight / sum).collect() }
    };
    (0..to).map(taps).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: usize, height: usize, value: impl Fn(usize, usize) -> u8) -> Pixels {
        let data = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| value(x, y)).collect();
        Pixels { width, height, channels: 1, data }
    }

    #[test]
    fn a_half_averages_with_the_triangle_of_two_pixels() {
        // Weights 1/8, 3/8, 3/8, 1/8 around the centre; at the edge the outer one is missing: 3/7, 3/7, 1/7.
        let halved = resize(&grey(6, 1, |x, _| [0, 0, 80, 160, 0, 0][x]), 3, 1);
        assert_eq!(halved.data, [(80.0f32 / 7.0).round() as u8, 90, (160.0f32 / 7.0).round() as u8]);
    }

    #[test]
    fn flat_images_stay_flat_and_sides_are_cut() {
        let place = Place::file(std::path::Path::new("flat"));
        for (to, size) in [(7, (7, 13)), (3, (3, 5)), (20, (20, 38))] {
            let image = shorter_side(grey(10, 19, |_, _| 200), to, &place, &Limits::default()).unwrap();
            assert_eq!((image.width, image.height), size);
            assert!(image.data.iter().all(|&value| value == 200));
        }
    }
}
