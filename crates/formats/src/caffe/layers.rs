//! The layer types that are read. To add one is a line in the table and a function.

use nn::{Conv, LayerId, Op, Pad, Pool, PoolKind, Weights};

use super::layer::Layer;
use super::reader::Reader;
use crate::error::Error;
use crate::graph::{self, Affine};
use crate::limits::show;
use crate::proto::Message;

/// A supported layer type.
pub(super) struct Kind {
    name: &'static str,
    /// Its reader.
    pub read: Read,
}

/// Reads one layer of a type.
type Read = fn(&mut Reader, &Layer) -> Result<LayerId, Error>;

const fn kind(name: &'static str, read: Read) -> Kind {
    Kind { name, read }
}

/// All supported types that compute; data and losses are left out before.
static KINDS: &[Kind] = &[
    kind("Convolution", convolution),
    kind("InnerProduct", inner_product),
    kind("Pooling", pooling),
    kind("ReLU", relu),
    kind("LRN", lrn),
    kind("BatchNorm", batch_norm),
    kind("Scale", scale),
    kind("Eltwise", eltwise),
    kind("Concat", concat),
    kind("Softmax", softmax),
    kind("Flatten", flatten),
    kind("Reshape", reshape),
    kind("Dropout", dropout),
    kind("Split", split),
];

/// The type of `layer`.
pub(super) fn find(layer: &Layer) -> Result<&'static Kind, Error> {
    KINDS.iter().find(|kind| kind.name == layer.kind).ok_or_else(|| {
        let operator = layer.kind.chars().take(80).collect();
        let error = Error::Unsupported { place: layer.place.clone(), operator, nearest: None };
        error.near(&layer.kind, KINDS.iter().map(|kind| kind.name))
    })
}

fn convolution(reader: &mut Reader, layer: &Layer) -> Result<LayerId, Error> {
    let input = reader.bottom(layer)?;
    let parameters = required(layer, "convolution_param")?;
    expect_axis(layer, parameters, 1)?;
    let m = size(layer, parameters, "num_output", None, 1)?;
    let groups = size(layer, parameters, "group", Some(1), 1)?;
    let kernel = pair(layer, parameters, ["kernel_size", "kernel_h", "kernel_w"], None, 1)?;
    let stride = pair(layer, parameters, ["stride", "stride_h", "stride_w"], Some(1), 1)?;
    let [rows, columns] = pair(layer, parameters, ["pad", "pad_h", "pad_w"], Some(0), 0)?;
    let dilation = both(layer, "dilation", &parameters.ints("dilation"), Some(1), 1)?;
    let pad = Pad { top: rows, bottom: rows, left: columns, right: columns };
    let channels = reader.shape(input)[0];
    if !channels.is_multiple_of(groups) {
        return Err(layer.unusable(format!("{groups} groups of {channels} channels"), "groups that divide them"));
    }
    let dims = [m, channels / groups, kernel[0], kernel[1]];
    let weights = reader.weights(layer, &dims, parameters.flag("bias_term", true))?;
    reader.push(layer, Op::Conv(Conv { m, kernel, stride, pad, dilation, groups }), vec![input], weights)
}

fn inner_product(reader: &mut Reader, layer: &Layer) -> Result<LayerId, Error> {
    let input = reader.bottom(layer)?;
    let parameters = required(layer, "inner_product_param")?;
    expect_axis(layer, parameters, 1)?;
    if parameters.flag("transpose", false) {
        return Err(layer.unusable("transpose: true", "false"));
    }
    let outputs = size(layer, parameters, "num_output", None, 1)?;
    let dims = [outputs, reader.shape(input).iter().product()];
    let weights = reader.weights(layer, &dims, parameters.flag("bias_term", true))?;
    reader.push(layer, Op::FullyConnected { outputs }, vec![input], weights)
}

fn pooling(reader: &mut Reader, layer: &Layer) -> Result<LayerId, Error> {
    let input = reader.bottom(layer)?;
    let parameters = required(layer, "pooling_param")?;
    let kind = match parameters.int("pool").unwrap_or(0) {
        0 => PoolKind::Max,
        1 => PoolKind::AverageWithPad,
        _ => return Err(layer.unusable("pool: STOCHASTIC", "MAX or AVE").near("STOCHASTIC", [])),
    };
    let stride = pair(layer, parameters, ["stride", "stride_h", "stride_w"], Some(1), 1)?;
    let [rows, columns] = pair(layer, parameters, ["pad", "pad_h", "pad_w"], Some(0), 0)?;
    let pad = Pad { top: rows, bottom: rows, left: columns, right: columns };
    let ceil = parameters.int("round_mode").unwrap_or(0) == 0;
    let global = parameters.flag("global_pooling", false);
    let pool = if global {
        Pool { kind: if kind == PoolKind::Max { kind } else { PoolKind::Average }, kernel: None, stride, pad, ceil }
    } else {
        let kernel = pair(layer, parameters, ["kernel_size", "kernel_h", "kernel_w"], None, 1)?;
        Pool { kind, kernel: Some(kernel), stride, pad, ceil }
    };
    reader.push(layer, Op::Pool(pool), vec![input], None)
}

fn relu(reader: &mut Reader, layer: &Layer) -> Result<LayerId, Error> {
    let input = reader.bottom(layer)?;
    let slope = layer.parameters("relu_param").and_then(|parameters| parameters.float("negative_slope"));
    if let Some(slope) = slope.filter(|&slope| slope != 0.0) {
        return Err(layer.unusable(format!("negative_slope: {slope}"), "0"));
    }
    reader.push(layer, Op::Relu, vec![input], None)
}

fn lrn(reader: &mut Reader, layer: &Layer) -> Result<LayerId, Error> {
    let input = reader.bottom(layer)?;
    let parameters = layer.parameters("lrn_param");
    let float = |name, default: f64| parameters.and_then(|lrn| lrn.float(name)).unwrap_or(default) as f32;
    if parameters.and_then(|lrn| lrn.int("norm_region")).unwrap_or(0) != 0 {
        return Err(layer.unusable("norm_region: WITHIN_CHANNEL", "ACROSS_CHANNELS"));
    }
    let size = match parameters {
        Some(parameters) => size(layer, parameters, "local_size", Some(5), 1)?,
        None => 5,
    };
    if size % 2 == 0 {
        return Err(layer.unusable(format!("local_size: {size}"), "an odd number"));
    }
    let op = Op::Lrn { size, alpha: float("alpha", 1.0), beta: float("beta", 0.75), k: float("k", 1.0) };
    reader.push(layer, op, vec![input], None)
}

/// Three blobs: sums of means and variances, and the factor that both were accumulated with.
fn batch_norm(reader: &mut Reader, layer: &Layer) -> Result<LayerId, Error> {
    let input = reader.bottom(layer)?;
    let epsilon = layer.parameters("batch_norm_param").and_then(|parameters| parameters.float("eps"));
    let channels = reader.shape(input)[0];
    let Some(mean) = reader.blob(layer, 0, &[channels])? else {
        return reader.scale(layer, input, None);
    };
    let var = reader.blob(layer, 1, &[channels])?;
    let factor = reader.blob(layer, 2, &[1])?.map_or(1.0, |factor| factor.data()[0]);
    let factor = if factor == 0.0 { 0.0 } else { 1.0 / factor };
    let averaged = |sums: &[f32]| sums.iter().map(|sum| sum * factor).collect::<Vec<f32>>();
    let (mean, var) = (averaged(mean.data()), averaged(var.as_ref().map_or(&[], |var| var.data())));
    let [scale, shift] = [vec![1.0; channels], vec![0.0; channels]];
    let affine = Affine::normalise(&scale, &shift, &mean, &var, epsilon.unwrap_or(1e-5) as f32);
    let affine = affine.ok_or_else(|| layer.unusable("a variance + eps of at most 0", "above 0"))?;
    reader.scale(layer, input, Some(affine))
}

fn scale(reader: &mut Reader, layer: &Layer) -> Result<LayerId, Error> {
    let input = reader.bottom(layer)?;
    let parameters = layer.parameters("scale_param");
    let mut bias = false;
    if let Some(parameters) = parameters {
        expect_axis(layer, parameters, 1)?;
        bias = parameters.flag("bias_term", false);
        let axes = parameters.int("num_axes").unwrap_or(1);
        if axes != 1 {
            return Err(layer.unusable(format!("num_axes: {axes}"), "1 (channels)"));
        }
    }
    let channels = reader.shape(input)[0];
    let affine = reader.weights(layer, &[channels], bias)?.map(|Weights { kernel, bias }| {
        let shift = if bias.is_empty() { vec![0.0; channels] } else { bias };
        Affine { scale: kernel.into_vec(), shift }
    });
    reader.scale(layer, input, affine)
}

fn eltwise(reader: &mut Reader, layer: &Layer) -> Result<LayerId, Error> {
    let inputs = reader.bottoms(layer)?;
    if let Some(parameters) = layer.parameters("eltwise_param") {
        const SUM: i64 = 1;
        if parameters.int("operation").unwrap_or(SUM) != SUM {
            return Err(layer.unusable("an operation of PROD or MAX", "SUM"));
        }
        if let Some(other) = parameters.floats("coeff").into_iter().find(|&coefficient| coefficient != 1.0) {
            return Err(layer.unusable(format!("coeff: {other}"), "1"));
        }
    }
    reader.push(layer, Op::Add, inputs, None)
}

fn concat(reader: &mut Reader, layer: &Layer) -> Result<LayerId, Error> {
    let inputs = reader.bottoms(layer)?;
    if let Some(parameters) = layer.parameters("concat_param") {
        let axis = parameters.int("axis").or(parameters.int("concat_dim")).unwrap_or(1);
        if axis != 1 {
            return Err(layer.unusable(format!("axis: {axis}"), "1 (channels)"));
        }
    }
    reader.push(layer, Op::Concat, inputs, None)
}

fn softmax(reader: &mut Reader, layer: &Layer) -> Result<LayerId, Error> {
    let input = reader.bottom(layer)?;
    if let Some(parameters) = layer.parameters("softmax_param") {
        expect_axis(layer, parameters, 1)?;
    }
    reader.push(layer, Op::Softmax, vec![input], None)
}

fn flatten(reader: &mut Reader, layer: &Layer) -> Result<LayerId, Error> {
    let input = reader.bottom(layer)?;
    if let Some(parameters) = layer.parameters("flatten_param") {
        expect_axis(layer, parameters, 1)?;
        let end = parameters.int("end_axis").unwrap_or(-1);
        if end != -1 && end != reader.shape(input).len() as i64 {
            return Err(layer.unusable(format!("end_axis: {end}"), "-1 (the last)"));
        }
    }
    reader.push(layer, Op::Flatten, vec![input], None)
}

fn reshape(reader: &mut Reader, layer: &Layer) -> Result<LayerId, Error> {
    let input = reader.bottom(layer)?;
    let parameters = required(layer, "reshape_param")?;
    expect_axis(layer, parameters, 0)?;
    let axes = parameters.int("num_axes").unwrap_or(-1);
    let target = parameters.message("shape").map_or(Vec::new(), |shape| shape.ints("dim"));
    let from = reader.shape(input);
    let dims = graph::reshaped(from, 1, &target, true).filter(|_| axes == -1);
    let dims = dims.ok_or_else(|| {
        let elements: usize = from.iter().product();
        let found = format!("shape {} for an input of dimensions {from:?} without the batch", show(&target));
        layer.unusable(found, format!("the batch followed by dimensions of {elements} elements"))
    })?;
    reader.push(layer, Op::Reshape { dims }, vec![input], None)
}

fn dropout(reader: &mut Reader, layer: &Layer) -> Result<LayerId, Error> {
    let input = reader.bottom(layer)?;
    reader.push(layer, Op::Dropout, vec![input], None)
}

/// The same output under several names.
fn split(reader: &mut Reader, layer: &Layer) -> Result<LayerId, Error> {
    reader.bottom(layer)
}

fn required<'n>(layer: &Layer<'n>, name: &'static str) -> Result<&'n Message<'n>, Error> {
    layer.parameters(name).ok_or_else(|| layer.unusable(format!("no {name}"), "one"))
}

fn expect_axis(layer: &Layer, parameters: &Message, expected: i64) -> Result<(), Error> {
    match parameters.int("axis").unwrap_or(expected) {
        axis if axis == expected => Ok(()),
        axis => Err(layer.unusable(format!("axis: {axis}"), expected.to_string())),
    }
}

/// A size of at least `least`.
fn size(
    layer: &Layer,
    from: &Message,
    name: &'static str,
    default: Option<usize>,
    least: usize,
) -> Result<usize, Error> {
    let value = from.int(name);
    let size = match value {
        Some(value) => usize::try_from(value).ok(),
        None => default,
    };
    size.filter(|&size| size >= least).ok_or_else(|| {
        let found = value.map_or(format!("no {name}"), |value| format!("{name}: {value}"));
        layer.unusable(found, format!("{name} of at least {least}"))
    })
}

/// Rows and columns: `[both, rows, columns]` are the names of the field for both and of those for either.
fn pair(
    layer: &Layer,
    from: &Message,
    [name, rows, columns]: [&'static str; 3],
    default: Option<usize>,
    least: usize,
) -> Result<[usize; 2], Error> {
    if from.int(rows).is_some() || from.int(columns).is_some() {
        return Ok([size(layer, from, rows, default, least)?, size(layer, from, columns, default, least)?]);
    }
    both(layer, name, &from.ints(name), default, least)
}

/// One value for rows and columns, or one of each.
fn both(layer: &Layer, name: &str, values: &[i64], default: Option<usize>, least: usize) -> Result<[usize; 2], Error> {
    let checked = |value: i64| usize::try_from(value).ok().filter(|&size| size >= least);
    let sizes = match *values {
        [] => default.map(|size| [size; 2]),
        [one] => checked(one).map(|size| [size; 2]),
        [rows, columns] => checked(rows).zip(checked(columns)).map(|(rows, columns)| [rows, columns]),
        _ => None,
    };
    sizes.ok_or_else(|| {
        let found = if values.is_empty() { format!("no {name}") } else { format!("{name} {}", show(values)) };
        layer.unusable(found, format!("one or two sizes of at least {least}"))
    })
}
