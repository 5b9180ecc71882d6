//! The weights of a caffemodel: V1 and V2 files, blobs with a shape or with the four sizes of old.

use std::collections::HashMap;

use nn::Tensor;

use super::layer::Layer;
use crate::error::{Error, Place, quoted};
use crate::limits::{Limits, check, product, show};
use crate::proto::Message;

/// All blobs, by the name of their layer.
pub(super) struct Blobs<'w> {
    file: Place,
    layers: HashMap<&'w str, Vec<&'w Message<'w>>>,
    elements: u64,
    limit: u64,
}

impl<'w> Blobs<'w> {
    /// The blobs of `model`.
    pub fn new(model: &'w Message<'w>, file: &Place, limits: &Limits) -> Result<Self, Error> {
        let all = model.messages("layers").chain(model.messages("layer"));
        let with_blobs = all.map(|layer| (layer.text("name"), layer.messages("blobs").collect::<Vec<_>>()));
        let layers: HashMap<_, _> = with_blobs.filter(|(_, blobs)| !blobs.is_empty()).collect();
        if layers.is_empty() {
            return Err(Error::malformed(file.clone(), "no layer with weights", "a caffemodel"));
        }
        Ok(Blobs { file: file.clone(), layers, elements: 0, limit: limits.elements })
    }

    /// Blob `index` of `layer` as a tensor of dimensions `expected`. Leading dimensions of size 1, which old files
    /// pad shapes with, do not count.
    pub fn tensor(&mut self, layer: &Layer, index: usize, expected: &[usize]) -> Result<Tensor<f32>, Error> {
        let place = self.file.item(format!("blob {index} of layer {}", quoted(layer.name)));
        let Some(blobs) = self.layers.get(layer.name) else {
            let error = Error::unusable(place, "no weights of that layer", "those of every layer that has some");
            return Err(error.near(layer.name, self.layers.keys().copied()));
        };
        let Some(blob) = blobs.get(index) else {
            return Err(Error::unusable(place, format!("{} blobs", blobs.len()), format!("at least {}", index + 1)));
        };
        let place = place.at(blob.position);
        let dims = match blob.message("shape") {
            Some(shape) => {
                check(&place, "dimensions", shape.count("dim"), 32)?;
                shape.ints("dim")
            }
            None => ["num", "channels", "height", "width"].map(|name| blob.int(name).unwrap_or(0)).to_vec(),
        };
        let elements = product(&place, &dims, self.limit)?;
        self.elements = self.elements.saturating_add(elements as u64);
        check(&place, "elements of weights", self.elements, self.limit)?;
        let significant = |dims: &mut dyn Iterator<Item = i64>| dims.skip_while(|&dim| dim == 1).collect::<Vec<_>>();
        let wanted = significant(&mut expected.iter().map(|&dim| dim as i64));
        if significant(&mut dims.iter().copied()) != wanted {
            let found = format!("dimensions {}", show(&dims));
            return Err(Error::unusable(place, found, format!("{expected:?} as the prototxt says")));
        }
        let field = if blob.count("double_data") > 0 { "double_data" } else { "data" };
        if blob.count(field) != elements as u64 {
            let found = format!("{} values for dimensions {}", blob.count(field), show(&dims));
            return Err(Error::malformed(place, found, format!("{elements} values")));
        }
        let values = blob.floats(field);
        if let Some(index) = values.iter().position(|value| value.is_nan()) {
            return Err(Error::unusable(place, format!("NaN at element {index}"), "numbers"));
        }
        Ok(Tensor::from_vec(expected, values))
    }
}
