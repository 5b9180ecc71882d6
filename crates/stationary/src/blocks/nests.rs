//! The mapping of each layer as the loop nest that it is.

use super::Layer;
use crate::document::Block;

/// A nest a layer.
pub fn nests(layers: &[Layer]) -> Vec<Block> {
    let nest = |(name, layer): &Layer| Block::Nest {
        title: format!("Mapping of {name}"),
        text: layer.mapping.display(&layer.problem, &layer.arch),
    };
    layers.iter().map(nest).collect()
}
