//! Weights of SqueezeNet 1.0 as Deep Compression stores them (Han, Mao and Dally, ICLR 2016; the container of
//! songhan/SqueezeNet-Deep-Compression): pruned, shared through a codebook, positions as 4-bit gaps.
//!
//! Little endian. First the number of stored weights of each convolution, u32, in the network's order. Then for each
//! convolution a codebook of 256 f32 whose entry 0 is 0, one f32 bias an output channel, one u8 code a stored weight,
//! and the gaps, two to a byte, low nibble first: a stored weight lies gap + 1 after the one before it in the
//! flattened `[M, C, R, S]` filters. A gap that needs more than 4 bits is bridged by stored zeros.

use std::path::Path;

use nn::{Layer, Network, Op, Tensor, Weights};

use crate::error::{Error, Place, Position, quoted};
use crate::limits::{Limits, check};
use crate::network::rebuild;

/// `network` with the weights of the file.
pub fn apply(network: Network, path: &Path, limits: &Limits) -> Result<Network, Error> {
    apply_bytes(network, &limits.read(path)?, path, limits)
}

/// `network` with the weights of a file that is in memory; `path` names it in errors.
pub fn apply_bytes(network: Network, bytes: &[u8], path: &Path, limits: &Limits) -> Result<Network, Error> {
    let place = Place::file(path);
    check(&place, "weights of the network", network.weights(), limits.elements)?;
    let is_conv = |layer: &Layer| matches!(layer.op, Op::Conv(_));
    let convolutions: Vec<_> = network.ids().filter(|&id| is_conv(network.layer(id))).collect();
    let mut reader = Reader { bytes, offset: 0, place: &place };
    let stored: Vec<usize> = convolutions.iter().map(|_| reader.u32()).collect::<Result<_, _>>()?;
    let mut layers = network.layers().to_vec();
    for (id, stored) in convolutions.into_iter().zip(stored) {
        let dims = network.weight_dims(id).unwrap_or_default();
        let layer = &mut layers[id.0 as usize];
        layer.weights = Some(reader.layer(&layer.name, stored, &dims)?);
    }
    if reader.offset != bytes.len() {
        let found = format!("{} bytes", bytes.len());
        let expected =
            format!("{} bytes for the {} convolutions", reader.offset, layers.iter().filter(|l| is_conv(l)).count());
        return Err(Error::malformed(place, found, expected));
    }
    rebuild(&network, layers, &place)
}

struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
    place: &'a Place,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let left = &self.bytes[self.offset..];
        match left.get(..count) {
            Some(taken) => {
                self.offset += count;
                Ok(taken)
            }
            None => {
                let place = self.place.at(Position::Byte(self.offset));
                let found = format!("{} bytes to the end of the file", left.len());
                Err(Error::malformed(place, found, format!("{count} bytes (is the file cut short?)")))
            }
        }
    }

    fn u32(&mut self) -> Result<usize, Error> {
        let bytes = self.take(4)?;
        Ok(bytes.iter().rev().fold(0, |value, &byte| value << 8 | usize::from(byte)))
    }

    fn floats(&mut self, count: usize) -> Result<Vec<f32>, Error> {
        let bytes = self.take(count.saturating_mul(4))?;
        Ok(bytes.as_chunks().0.iter().map(|&chunk| f32::from_le_bytes(chunk)).collect())
    }

    /// The weights of one convolution of checked dimensions.
    fn layer(&mut self, name: &str, stored: usize, dims: &[usize]) -> Result<Weights, Error> {
        let start = self.offset;
        let place = self.place.at(Position::Byte(start)).item(format!("weights of layer {}", quoted(name)));
        let total: usize = dims.iter().product();
        if stored > total {
            return Err(Error::malformed(place, format!("{stored} stored weights"), format!("at most {total}")));
        }
        let codebook = self.floats(256)?;
        let bias = self.floats(dims[0])?;
        let codes = self.take(stored)?;
        let gaps = self.take(stored.div_ceil(2))?;
        let mut weights = vec![0.0; total];
        let mut next = 0usize;
        for (index, &code) in codes.iter().enumerate() {
            let position = next + usize::from(gaps[index / 2] >> (index % 2 * 4) & 15);
            match weights.get_mut(position) {
                Some(weight) => *weight = codebook[usize::from(code)],
                None => {
                    let found = format!("stored weight {index} at position {position}");
                    return Err(Error::malformed(place, found, format!("a position below {total}")));
                }
            }
            next = position + 1;
        }
        if codebook.iter().chain(&bias).any(|value| value.is_nan()) {
            return Err(Error::unusable(place, "NaN in the codebook or the biases", "numbers"));
        }
        Ok(Weights { kernel: Tensor::from_vec(dims, weights), bias })
    }
}
