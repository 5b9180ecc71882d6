//! From the bytes of a JPEG or PNG file to pixels, within limits. Transparency is dropped, 16 bits become 8.
//!
//! The decoders are used directly: through the `image` crate they bring colour management that nothing here uses and
//! that takes half of this crate's build.

use std::io::Cursor;

use png::{BitDepth, ColorType, Transformations};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::Pixels;
use crate::error::{Error, Place};
use crate::limits::{Limits, check};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = b"\xff\xd8\xff";

/// Decodes a file by its signature.
pub(super) fn decode(bytes: &[u8], place: &Place, limits: &Limits) -> Result<Pixels, Error> {
    if bytes.starts_with(PNG) {
        png(bytes, place, limits)
    } else if bytes.starts_with(JPEG) {
        jpeg(bytes, place, limits)
    } else {
        Err(Error::malformed(place.clone(), "neither a JPEG nor a PNG signature", "a JPEG or PNG image"))
    }
}

fn png(bytes: &[u8], place: &Place, limits: &Limits) -> Result<Pixels, Error> {
    let refuse = |error: png::DecodingError| malformed(place, &error.to_string(), "a whole PNG image");
    let memory = png::Limits { bytes: usize::try_from(limits.image_bytes).unwrap_or(usize::MAX) };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), memory);
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let header = decoder.read_header_info().map_err(refuse)?;
    let (width, height) = check_size(place, limits, header.width as usize, header.height as usize)?;
    let mut reader = decoder.read_info().map_err(refuse)?;
    let (colour, depth) = reader.output_color_type();
    let (found, kept) = match colour {
        ColorType::Grayscale => (1, 1),
        ColorType::GrayscaleAlpha => (2, 1),
        ColorType::Rgb => (3, 3),
        ColorType::Rgba => (4, 3),
        ColorType::Indexed => return Err(malformed(place, "a palette that is missing", "a whole PNG image")),
    };
    let size = reader.output_buffer_size().filter(|&size| size == width * height * found && depth == BitDepth::Eight);
    let Some(size) = size else {
        return Err(malformed(place, "rows of unknown size", "a whole PNG image"));
    };
    let mut data = vec![0; size];
    reader.next_frame(&mut data).map_err(refuse)?;
    if found != kept {
        data = data.chunks_exact(found).flat_map(|pixel| &pixel[..kept]).copied().collect();
    }
    Ok(Pixels { width, height, channels: kept, data })
}

fn jpeg(bytes: &[u8], place: &Place, limits: &Limits) -> Result<Pixels, Error> {
    if !has_end(bytes) {
        return Err(malformed(place, "a JPEG image without end", "a whole JPEG image"));
    }
    let refuse = |error: zune_jpeg::errors::DecodeErrors| malformed(place, &error.to_string(), "a whole JPEG image");
    let most = usize::from(u16::MAX);
    let options = DecoderOptions::default().set_max_width(most).set_max_height(most);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(refuse)?;
    let info = decoder.info().ok_or_else(|| malformed(place, "no header", "a whole JPEG image"))?;
    let (width, height) = check_size(place, limits, usize::from(info.width), usize::from(info.height))?;
    let (colour, channels) = match decoder.input_colorspace() {
        Some(ColorSpace::Luma) => (ColorSpace::Luma, 1),
        _ => (ColorSpace::RGB, 3),
    };
    decoder.set_options(options.jpeg_set_out_colorspace(colour));
    let data = decoder.decode().map_err(refuse)?;
    if data.len() != width * height * channels {
        return Err(malformed(place, "rows of unknown size", "a whole JPEG image"));
    }
    Ok(Pixels { width, height, channels, data })
}

/// Whether an end marker follows the last scan of a JPEG image (ITU-T T.81, annex B). The decoder fills what is missing
/// with grey and does not say so.
fn has_end(bytes: &[u8]) -> bool {
    let last = |marker: u8| bytes.windows(2).rposition(|pair| pair == [0xff, marker]);
    let (end, scan) = (last(0xd9), last(0xda));
    end.is_some() && end > scan
}

/// The size when its sides are within the limit, and so is what decoding it takes: at most 8 bytes a pixel for the
/// result, and as much for what decoders hold on the way.
fn check_size(place: &Place, limits: &Limits, width: usize, height: usize) -> Result<(usize, usize), Error> {
    check(place, "pixels in a side", width.max(height) as u64, u64::from(limits.image_side))?;
    check(place, "bytes to decode", 16 * width as u64 * height as u64, limits.image_bytes)?;
    Ok((width, height))
}

fn malformed(place: &Place, found: &str, expected: &str) -> Error {
    let words: Vec<_> = found.split_whitespace().take(40).collect();
    Error::malformed(place.clone(), words.join(" "), expected)
}
