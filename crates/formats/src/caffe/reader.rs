//! From the layers of a prototxt to the layers of a network: which output each blob's name stands for at each point
//! of the file (layers in place give a name a new meaning), and who reads it.

use std::collections::HashMap;

use nn::{LayerId, Network, Op, Tensor, Weights};

use super::blobs::Blobs;
use super::layer::{self, Layer};
use super::{input, layers};
use crate::error::{Error, Place, quoted};
use crate::graph::{Affine, Graph};
use crate::network::ReadOptions;
use crate::proto::Message;

/// Reads one network.
pub(super) struct Reader<'n> {
    graph: Graph,
    values: HashMap<&'n str, LayerId>,
    /// How often each layer of the network is read, by later layers of the file.
    uses: HashMap<LayerId, usize>,
    blobs: Option<Blobs<'n>>,
}

/// The network of `net` with the weights of `blobs`.
pub(super) fn read<'n>(
    net: &'n Message<'n>,
    blobs: Option<Blobs<'n>>,
    file: &Place,
    options: &ReadOptions,
) -> Result<Network, Error> {
    let all = layer::layers(net, file)?;
    let input = input::find(net, &all, file, options)?;
    let kept: Vec<_> = all.iter().filter(|layer| !is_left_out(layer)).collect();
    let uses = uses(&kept, input.name);
    let mut reader = Reader { graph: Graph::default(), values: HashMap::new(), uses: HashMap::new(), blobs };
    let mut output = reader.graph.push(&input.place, input.name, Op::Input { dims: input.dims }, Vec::new(), None)?;
    reader.bind(input.name, output, uses.of_input, false);
    for (layer, uses) in kept.iter().zip(&uses.of_tops) {
        let before = reader.graph.len();
        output = (layers::find(layer)?.read)(&mut reader, layer)?;
        if layer.tops.len() != 1 && layer.kind != "Split" {
            return Err(layer.unusable(format!("{} tops", layer.tops.len()), "one"));
        }
        let mut alias = (output.0 as usize) < before;
        for (&top, &uses) in layer.tops.iter().zip(uses) {
            reader.bind(top, output, uses, alias);
            alias = false;
        }
    }
    if let Some(wanted) = &options.output {
        output = *reader.values.get(wanted.as_str()).ok_or_else(|| {
            let error = Error::unusable(file.clone(), "no such blob", format!("the output {wanted:?}"));
            error.near(wanted, reader.values.keys().copied())
        })?;
    }
    let network = reader.graph.finish(file, net.text("name"), output)?;
    Ok(match input.preprocess {
        Some(preprocess) => network.with_preprocess(preprocess),
        None => network,
    })
}

/// Layers that give data, and those that only training and scoring need.
fn is_left_out(layer: &Layer) -> bool {
    let kind = layer.kind.as_str();
    input::DATA.contains(&kind) || kind.ends_with("Loss") || matches!(kind, "Accuracy" | "Silence" | "HDF5Output")
}

struct Uses {
    of_input: usize,
    of_tops: Vec<Vec<usize>>,
}

/// How often each meaning of each blob's name is read.
fn uses(layers: &[&Layer], input: &str) -> Uses {
    let mut of_tops: Vec<Vec<usize>> = layers.iter().map(|layer| vec![0; layer.tops.len()]).collect();
    let mut of_input = 0;
    let mut meaning: HashMap<&str, Option<(usize, usize)>> = HashMap::from([(input, None)]);
    for (index, layer) in layers.iter().enumerate() {
        for bottom in &layer.bottoms {
            match meaning.get(bottom) {
                Some(&Some((layer, top))) => of_tops[layer][top] += 1,
                Some(None) => of_input += 1,
                None => {}
            }
        }
        for (top, &name) in layer.tops.iter().enumerate() {
            meaning.insert(name, Some((index, top)));
        }
    }
    Uses { of_input, of_tops }
}

impl<'n> Reader<'n> {
    /// Gives `name` a meaning. An alias takes the place of one read of its layer.
    fn bind(&mut self, name: &'n str, id: LayerId, uses: usize, alias: bool) {
        let of_layer = self.uses.entry(id).or_default();
        *of_layer = (*of_layer + uses).saturating_sub(usize::from(alias));
        self.values.insert(name, id);
    }

    /// The layers that the bottoms of `layer` stand for.
    pub fn bottoms(&self, layer: &Layer) -> Result<Vec<LayerId>, Error> {
        let find = |name: &&str| {
            self.values.get(name).copied().ok_or_else(|| {
                let error = layer.unusable(format!("the bottom {}", quoted(name)), "a top of an earlier layer");
                error.near(name, self.values.keys().copied())
            })
        };
        layer.bottoms.iter().map(find).collect()
    }

    /// The layer that the only bottom of `layer` stands for.
    pub fn bottom(&self, layer: &Layer) -> Result<LayerId, Error> {
        match self.bottoms(layer)?[..] {
            [one] => Ok(one),
            ref bottoms => Err(layer.unusable(format!("{} bottoms", bottoms.len()), "one")),
        }
    }

    /// The dimensions of a layer's output, without the batch.
    pub fn shape(&self, id: LayerId) -> &[usize] {
        self.graph.shape(id)
    }

    /// Blob `index` of `layer`; `None` in a network of shapes.
    pub fn blob(&mut self, layer: &Layer, index: usize, dims: &[usize]) -> Result<Option<Tensor<f32>>, Error> {
        self.blobs.as_mut().map(|blobs| blobs.tensor(layer, index, dims)).transpose()
    }

    /// Weights of dimensions `dims` and, with `bias`, one bias an output channel.
    pub fn weights(&mut self, layer: &Layer, dims: &[usize], bias: bool) -> Result<Option<Weights>, Error> {
        let Some(kernel) = self.blob(layer, 0, dims)? else {
            return Ok(None);
        };
        let bias = if bias { self.blob(layer, 1, &dims[..1])? } else { None };
        Ok(Some(Weights { kernel, bias: bias.map_or(Vec::new(), Tensor::into_vec) }))
    }

    /// Adds a layer.
    pub fn push(
        &mut self,
        layer: &Layer,
        op: Op,
        inputs: Vec<LayerId>,
        weights: Option<Weights>,
    ) -> Result<LayerId, Error> {
        self.graph.push(&layer.place, layer.name, op, inputs, weights)
    }

    /// Applies scale and shift, within the weights of `input` where nothing else reads it.
    pub fn scale(&mut self, layer: &Layer, input: LayerId, affine: Option<Affine>) -> Result<LayerId, Error> {
        let folds = self.uses.get(&input) == Some(&1);
        self.graph.scale(&layer.place, layer.name, input, affine, folds)
    }
}
