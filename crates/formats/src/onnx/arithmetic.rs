//! What computes each element by itself or over channels: sums, products by constants, batch norm, ReLU, LRN, softmax.

use nn::{LayerId, Op};

use super::node::Node;
use super::reader::{Reader, Value};
use crate::error::Error;
use crate::graph::Affine;

/// Add: of two feature maps, or of a feature map and one constant a channel.
pub(super) fn add<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    binary(reader, node, |operand| match operand {
        Operand::Second(shift) | Operand::First(shift) => Some(Affine { scale: vec![1.0; shift.len()], shift }),
    })
}

/// Sub with a constant.
pub(super) fn sub<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    binary(reader, node, |operand| match operand {
        Operand::Second(values) => {
            Some(Affine { scale: vec![1.0; values.len()], shift: values.iter().map(|value| -value).collect() })
        }
        Operand::First(shift) => Some(Affine { scale: vec![-1.0; shift.len()], shift }),
    })
}

/// Mul with a constant.
pub(super) fn mul<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    binary(reader, node, |operand| match operand {
        Operand::Second(scale) | Operand::First(scale) => Some(Affine { shift: vec![0.0; scale.len()], scale }),
    })
}

/// Div by a constant.
pub(super) fn div<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    binary(reader, node, |operand| match operand {
        Operand::Second(values) => {
            Some(Affine { shift: vec![0.0; values.len()], scale: values.iter().map(|value| 1.0 / value).collect() })
        }
        Operand::First(_) => None,
    })
}

/// The constant operand, one value a channel, by which side of the operator it is on.
enum Operand {
    First(Vec<f32>),
    Second(Vec<f32>),
}

fn binary<'m>(
    reader: &mut Reader<'m>,
    node: &Node,
    affine: impl Fn(Operand) -> Option<Affine>,
) -> Result<Value<'m>, Error> {
    let (first, second) = (reader.value(node, 0)?.clone(), reader.value(node, 1)?.clone());
    let (input, affine) = match (first, second) {
        (Value::Layer(a), Value::Layer(b)) if node.operator == "Add" => {
            return reader.push(node, Op::Add, vec![a, b], None);
        }
        (Value::Layer(_), Value::Layer(_)) => return Err(node.unusable("two feature maps", "one and a constant")),
        (Value::Layer(input), _) => (input, affine(Operand::Second(per_channel(reader, node, input, 1)?))),
        (_, Value::Layer(input)) => (input, affine(Operand::First(per_channel(reader, node, input, 0)?))),
        _ => return Err(node.unusable("two constants", "a feature map")),
    };
    let affine = affine.ok_or_else(|| node.unusable("a feature map as the divisor", "a constant"))?;
    reader.scale(node, input, affine)
}

/// A constant that broadcasts along all dimensions but the channels. Shapes align at the last dimension, or, up to
/// operator set 6, where `axis` says.
fn per_channel(reader: &mut Reader, node: &Node, input: LayerId, index: usize) -> Result<Vec<f32>, Error> {
    let Some(constant) = reader.constant(node, index)? else {
        return Err(node.unusable(format!("no input {index}"), "a constant"));
    };
    let (rank, channels) = (reader.shape(input).len() + 1, reader.shape(input)[0]);
    let refuse = || {
        let found = format!("a constant of dimensions {:?} beside {channels} channels", constant.dims);
        node.unusable(found, format!("one value a channel, such as [{channels}, 1, 1]"))
    };
    let before = match node.int("axis").filter(|_| reader.opset < 7) {
        Some(axis) => usize::try_from(axis).ok(),
        None => rank.checked_sub(constant.dims.len()),
    };
    let before = before.filter(|before| before.saturating_add(constant.dims.len()) <= rank).ok_or_else(refuse)?;
    let along_channels = 1usize.checked_sub(before).and_then(|at| constant.dims.get(at)).copied().unwrap_or(1);
    let values = constant.floats().ok_or_else(|| node.unusable("a constant of integers", "floats"))?;
    if values.len() != along_channels || ![1, channels].contains(&along_channels) {
        return Err(refuse());
    }
    if let [one] = *values {
        reader.budget.take(&node.place, &[channels])?;
        return Ok(vec![one; channels]);
    }
    Ok(values.to_vec())
}

/// Sum of feature maps.
pub(super) fn sum<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    let inputs: Result<Vec<_>, _> = (0..node.inputs.len()).map(|index| reader.feature(node, index)).collect();
    match inputs?[..] {
        [one] => Ok(Value::Layer(one)),
        ref inputs => reader.push(node, Op::Add, inputs.to_vec(), None),
    }
}

/// BatchNormalization with its statistics: scale / sqrt(var + epsilon) * (x - mean) + shift.
pub(super) fn batch_norm<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    let input = reader.feature(node, 0)?;
    for (attribute, inference) in [("training_mode", 0), ("spatial", 1)] {
        let value = node.int(attribute).unwrap_or(inference);
        if value != inference {
            return Err(node.unusable(format!("{attribute} {value}"), inference.to_string()));
        }
    }
    let [scale, shift] = [reader.floats(node, 1)?, reader.floats(node, 2)?];
    let [mean, var] = [reader.floats(node, 3)?, reader.floats(node, 4)?];
    let epsilon = node.float("epsilon").unwrap_or(1e-5);
    let channels = reader.shape(input)[0];
    if [&scale, &shift, &mean, &var].iter().any(|values| values.len() != channels) {
        let found = format!("{}, {}, {}, {} parameters", scale.len(), shift.len(), mean.len(), var.len());
        return Err(node.unusable(found, format!("{channels} of each kind as the input has channels")));
    }
    let affine = Affine::normalise(&scale, &shift, &mean, &var, epsilon);
    let affine = affine.ok_or_else(|| node.unusable("a variance + epsilon of at most 0", "above 0"))?;
    reader.scale(node, input, affine)
}

/// Relu.
pub(super) fn relu<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    let input = reader.feature(node, 0)?;
    reader.push(node, Op::Relu, vec![input], None)
}

/// Clip to 0..6 (ReLU6) or 0.. (ReLU); bounds are attributes up to operator set 10, then inputs.
pub(super) fn clip<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    let input = reader.feature(node, 0)?;
    let mut bound = |index: usize, name: &str| match node.input(index) {
        Some(_) => match reader.floats(node, index)?[..] {
            [bound] => Ok(Some(bound)),
            ref values => Err(node.unusable(format!("{} values as {name}", values.len()), "one")),
        },
        None => Ok(node.float(name)),
    };
    let (min, max) = (bound(1, "min")?, bound(2, "max")?);
    let op = match (min, max.filter(|&max| max < f32::MAX)) {
        (Some(0.0), None) => Op::Relu,
        (Some(0.0), Some(6.0)) => Op::Relu6,
        _ => {
            let shown = |bound: Option<f32>| bound.map_or("none".into(), |bound| bound.to_string());
            return Err(node.unusable(format!("min {} and max {}", shown(min), shown(max)), "0 and 6, or 0 and none"));
        }
    };
    reader.push(node, op, vec![input], None)
}

/// LRN.
pub(super) fn lrn<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    let input = reader.feature(node, 0)?;
    let size = node.int("size").unwrap_or(0);
    let op = Op::Lrn {
        size: usize::try_from(size).map_err(|_| node.unusable(format!("size {size}"), "at least 1"))?,
        alpha: node.float("alpha").unwrap_or(1e-4),
        beta: node.float("beta").unwrap_or(0.75),
        k: node.float("bias").unwrap_or(1.0),
    };
    reader.push(node, op, vec![input], None)
}

/// Softmax over channels. Up to operator set 12 it runs over all dimensions from `axis` on together.
pub(super) fn softmax<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    let input = reader.feature(node, 0)?;
    let dims = reader.shape(input);
    let rank = dims.len() as i64 + 1;
    let axis = node.int("axis").unwrap_or(if reader.opset < 13 { 1 } else { -1 });
    let axis = if axis < 0 { axis + rank } else { axis };
    let over_channels_only = reader.opset >= 13 || dims[1..].iter().all(|&dim| dim == 1);
    if axis != 1 || !over_channels_only {
        let found = format!("axis {axis} of an input of dimensions {dims:?} without the batch");
        return Err(node.unusable(found, "softmax over channels only"));
    }
    reader.push(node, Op::Softmax, vec![input], None)
}
