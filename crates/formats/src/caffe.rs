//! Caffe networks (Jia et al., 2014): a prototxt for the layers, a caffemodel for the weights.
//!
//! The prototxt is read as Caffe reads it for testing: layers of the training phase and losses are left out, a layer
//! whose top is its bottom works in place, pooling rounds up. Without a caffemodel the network has shapes only.

mod blobs;
mod input;
mod layer;
mod layers;
mod reader;
mod schema;

use std::path::Path;

use nn::Network;

use self::blobs::Blobs;
use crate::error::{Error, Place};
use crate::limits::Limits;
use crate::network::ReadOptions;
use crate::proto::{Message, text, wire};

/// Reads a prototxt, and the weights of a caffemodel when there is one.
pub fn read(prototxt: &Path, caffemodel: Option<&Path>, options: &ReadOptions) -> Result<Network, Error> {
    let text = options.limits.read(prototxt)?;
    let model = caffemodel.map(|path| options.limits.read(path)).transpose()?;
    read_bytes(&text, prototxt, model.as_deref().zip(caffemodel), options)
}

/// Reads a prototxt and a caffemodel that are in memory; the paths name them in errors.
pub fn read_bytes(
    text: &[u8],
    prototxt: &Path,
    caffemodel: Option<(&[u8], &Path)>,
    options: &ReadOptions,
) -> Result<Network, Error> {
    let place = Place::file(prototxt);
    let net = parse_text(text, &place, &options.limits)?;
    let Some((bytes, path)) = caffemodel else {
        return reader::read(&net, None, &place, options);
    };
    let weights_place = Place::file(path);
    let model = wire::read(&schema::NET, bytes, &weights_place, &options.limits)?;
    let blobs = Blobs::new(&model, &weights_place, &options.limits)?;
    reader::read(&net, Some(blobs), &place, options)
}

fn parse_text(bytes: &[u8], place: &Place, limits: &Limits) -> Result<Message<'static>, Error> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Error::malformed(place.clone(), format!("no text at byte {}", error.valid_up_to()), "UTF-8")
    })?;
    text::read(&schema::NET, text, place, limits)
}
