//! The input of a Caffe network: named at the top of the file, or the first layer that gives data; and how images
//! become it, where that layer says so.

use nn::Preprocess;

use super::layer::Layer;
use crate::error::{Error, Place, quoted};
use crate::limits::{product, show};
use crate::network::ReadOptions;
use crate::proto::Message;

/// Layers that give data.
pub(super) const DATA: [&str; 7] = ["Input", "Data", "ImageData", "MemoryData", "DummyData", "HDF5Data", "WindowData"];

/// The input.
pub(super) struct Input<'n> {
    pub name: &'n str,
    pub place: Place,
    /// `[C, H, W]`, or fewer dimensions.
    pub dims: Vec<usize>,
    /// Declared by a transformation, if without a mean file.
    pub preprocess: Option<Preprocess>,
}

/// Finds the input of `net`.
pub(super) fn find<'n>(
    net: &'n Message<'n>,
    layers: &[Layer<'n>],
    file: &Place,
    options: &ReadOptions,
) -> Result<Input<'n>, Error> {
    let data_layer = layers.iter().find(|layer| DATA.contains(&layer.kind.as_str()));
    let (name, place, stated) = match (net.texts("input").first(), data_layer) {
        (Some(&name), _) => {
            let place = file.item(format!("input {}", quoted(name)));
            let shape = net.messages("input_shape").next().map(|shape| shape.ints("dim"));
            let dims = shape.unwrap_or_else(|| net.ints("input_dim").into_iter().take(4).collect());
            (name, place, Some(dims).filter(|dims| !dims.is_empty()))
        }
        (None, Some(layer)) => {
            let Some(&name) = layer.tops.first() else {
                return Err(layer.unusable("no top", "the name of the data"));
            };
            (name, layer.place.clone(), stated_by(layer))
        }
        (None, None) => {
            let expected = "an input field or a layer of type Input or Data";
            return Err(Error::unusable(file.clone(), "no input", expected));
        }
    };
    let with_batch = match (stated, options.input) {
        (Some(dims), _) => dims,
        (None, Some(dims)) => [1].into_iter().chain(dims.map(|dim| dim as i64)).collect(),
        (None, None) => {
            let found = "no dimensions of the input";
            return Err(Error::unusable(place, found, "them in the file, or given by the option for the input"));
        }
    };
    if !(2..=4).contains(&with_batch.len()) {
        return Err(Error::unusable(place, format!("dimensions {}", show(&with_batch)), "[N, C, H, W]"));
    }
    product(&place, &with_batch[1..], nn::network::MAX_ELEMENTS as u64)?;
    let dims: Vec<usize> = with_batch[1..].iter().map(|&dim| dim as usize).collect();
    let preprocess = data_layer.and_then(|layer| preprocess(layer, &dims));
    Ok(Input { name, place, dims, preprocess })
}

/// Parameters of a layer that reads images.
fn image_parameters<'n>(layer: &Layer<'n>) -> impl Iterator<Item = &'n Message<'n>> {
    ["data_param", "image_data_param"].into_iter().filter_map(|name| layer.parameters(name))
}

/// The dimensions that a data layer states, with the batch.
fn stated_by(layer: &Layer) -> Option<Vec<i64>> {
    if let Some(shape) = layer.parameters("input_param").and_then(|input| input.messages("shape").next()) {
        return Some(shape.ints("dim"));
    }
    if let Some(memory) = layer.parameters("memory_data_param") {
        return Some(vec![1, memory.int("channels")?, memory.int("height")?, memory.int("width")?]);
    }
    if let Some(dummy) = layer.parameters("dummy_data_param") {
        if let Some(shape) = dummy.messages("shape").next() {
            return Some(shape.ints("dim"));
        }
        let first = |name| dummy.ints(name).first().copied();
        return Some(vec![1, first("channels")?, first("height")?, first("width")?]);
    }
    let transform = layer.parameters("transform_param");
    let crop = transform.and_then(|transform| transform.int("crop_size"));
    let crop = crop.or_else(|| image_parameters(layer).find_map(|data| data.int("crop_size"))).filter(|&crop| crop > 0);
    let colour = image_parameters(layer).all(|data| data.flag("is_color", true) && data.flag("images_in_color", true));
    let grey = transform.is_some_and(|transform| transform.flag("force_gray", false)) || !colour;
    let channels = if grey { 1 } else { 3 };
    if let Some(crop) = crop {
        return Some(vec![1, channels, crop, crop]);
    }
    let data = image_parameters(layer).next()?;
    Some(vec![1, channels, data.int("new_height")?, data.int("new_width")?])
}

/// Caffe reads images as BGR of 0 to 255, subtracts the mean, then scales. A mean file is not read, and then nothing
/// is declared.
fn preprocess(layer: &Layer, dims: &[usize]) -> Option<Preprocess> {
    let &[_, height, width] = dims else {
        return None;
    };
    let sources: Vec<_> = layer.parameters("transform_param").into_iter().chain(image_parameters(layer)).collect();
    if sources.iter().any(|source| !source.text("mean_file").is_empty()) {
        return None;
    }
    let scale = sources.iter().find_map(|source| source.float("scale"));
    let mean = layer.parameters("transform_param").map_or(Vec::new(), |transform| transform.floats("mean_value"));
    let mean = match (mean[..].try_into(), mean.as_slice()) {
        (Ok(mean), _) => mean,
        (_, &[one]) => [one; 3],
        (_, []) if scale.is_some() => [0.0; 3],
        _ => return None,
    };
    let resize = sources.iter().filter(|source| source.kind.named("new_height").is_some());
    let resize = resize.filter_map(|source| source.int("new_height").min(source.int("new_width"))).next();
    let resize = resize.and_then(|side| usize::try_from(side).ok()).unwrap_or(0).max(height.min(width));
    let scale = [scale.unwrap_or(1.0) as f32; 3];
    let finite = mean.iter().chain(&scale).all(|value| value.is_finite());
    finite.then_some(Preprocess { resize, bgr: true, mean, scale })
}
