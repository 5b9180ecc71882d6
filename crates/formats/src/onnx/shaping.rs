//! What moves or renames elements: concatenation, reshaping, padding, and nodes that do nothing at inference.

use nn::{LayerId, Op, Pad};

use super::node::Node;
use super::reader::{Reader, Value};
use super::tensor::{Constant, Data};
use crate::error::Error;
use crate::graph;
use crate::limits::show;

/// Concat of channels; of integer constants, which compute shapes, along their only axis.
pub(super) fn concat<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    let axis = node.int("axis").unwrap_or(1);
    if !matches!(reader.value(node, 0)?, Value::Layer(_)) {
        let mut joined = Vec::new();
        for index in 0..node.inputs.len() {
            match reader.constant(node, index)? {
                Some(Constant { dims, data: Data::Int(values) }) if dims.len() == 1 && axis == 0 => {
                    joined.extend(values);
                }
                _ => return Err(node.unusable("constants that are no vectors of integers", "feature maps")),
            }
        }
        return Ok(Value::Constant(Constant::ints(joined)));
    }
    let inputs: Result<Vec<LayerId>, _> = (0..node.inputs.len()).map(|index| reader.feature(node, index)).collect();
    let inputs = inputs?;
    let rank = reader.shape(inputs[0]).len() as i64 + 1;
    if axis != 1 && axis + rank != 1 {
        return Err(node.unusable(format!("axis {axis} of {rank}"), "axis 1 (channels)"));
    }
    reader.push(node, Op::Concat, inputs, None)
}

/// Flatten of all but the batch.
pub(super) fn flatten<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    let input = reader.feature(node, 0)?;
    let axis = node.int("axis").unwrap_or(1);
    if axis != 1 && axis + reader.shape(input).len() as i64 + 1 != 1 {
        return Err(node.unusable(format!("axis {axis}"), "axis 1 (all but the batch)"));
    }
    let elements = reader.shape(input).iter().product();
    reshape_to(reader, node, input, vec![elements])
}

/// Reshape to constant dimensions, which must leave the batch alone. 0 keeps a dimension, -1 takes what is left.
pub(super) fn reshape<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    let target = match node.ints("shape")? {
        Some(shape) => shape,
        None => integers(reader, node, 1)?.ok_or_else(|| node.unusable("no shape", "a constant shape"))?,
    };
    if !matches!(reader.value(node, 0)?, Value::Layer(_)) {
        return reshape_constant(reader, node, &target);
    }
    let input = reader.feature(node, 0)?;
    let from = reader.shape(input).to_vec();
    let keeps_zero = node.int("allowzero").unwrap_or(0) == 0;
    let dims = graph::reshaped(&from, reader.batch, &target, keeps_zero).ok_or_else(|| {
        let elements: usize = from.iter().product();
        let found = format!("shape {} for an input of dimensions {from:?} without the batch", show(&target));
        node.unusable(found, format!("the batch followed by dimensions of {elements} elements"))
    })?;
    reshape_to(reader, node, input, dims)
}

fn reshape_constant<'m>(reader: &mut Reader<'m>, node: &Node, target: &[i64]) -> Result<Value<'m>, Error> {
    let Some(constant) = reader.constant(node, 0)? else {
        return Err(node.unusable("no input", "one"));
    };
    let elements: usize = constant.dims.iter().product();
    let dims: Option<Vec<usize>> = match target {
        [-1] => Some(vec![elements]),
        target => target.iter().map(|&size| usize::try_from(size).ok()).collect(),
    };
    let product = |dims: &Vec<usize>| dims.iter().try_fold(1usize, |n, &dim| n.checked_mul(dim));
    match dims.filter(|dims| product(dims) == Some(elements)) {
        Some(dims) => Ok(Value::Constant(Constant { dims, ..constant })),
        None => {
            let found = format!("shape {} for a constant of {elements} elements", show(target));
            Err(node.unusable(found, "dimensions of as many elements"))
        }
    }
}

/// Squeeze.
pub(super) fn squeeze<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    if let Some(mut constant) = constant_input(reader, node)? {
        constant.dims = without(node, &constant.dims, axes_of(reader, node, constant.dims.len())?)?;
        return Ok(Value::Constant(constant));
    }
    let input = reader.feature(node, 0)?;
    let axes = axes(reader, node, input)?;
    let mut dims = vec![reader.batch.max(2) as usize];
    dims.extend(reader.shape(input));
    let dims = without(node, &dims, axes)?[1..].to_vec();
    reshape_to(reader, node, input, if dims.is_empty() { vec![1] } else { dims })
}

fn without(node: &Node, dims: &[usize], axes: Option<Vec<usize>>) -> Result<Vec<usize>, Error> {
    let drop = |index: usize, dim: usize| match &axes {
        Some(axes) => axes.contains(&index),
        None => dim == 1,
    };
    if let Some(axis) = axes.iter().flatten().find(|&&axis| dims[axis] != 1) {
        return Err(node.unusable(format!("axis {axis} of size {}", dims[*axis]), "a dimension of size 1"));
    }
    Ok(dims.iter().enumerate().filter(|&(index, &dim)| !drop(index, dim)).map(|(_, &dim)| dim).collect())
}

/// Unsqueeze.
pub(super) fn unsqueeze<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    let given = match node.ints("axes")? {
        Some(axes) => axes,
        None => integers(reader, node, 1)?.unwrap_or_default(),
    };
    let constant = constant_input(reader, node)?;
    let mut dims = match &constant {
        Some(constant) => constant.dims.clone(),
        None => {
            let input = reader.feature(node, 0)?;
            [&[1], reader.shape(input)].concat()
        }
    };
    let mut axes = normalised(node, &given, dims.len() + given.len())?;
    axes.sort_unstable();
    axes.iter().for_each(|&axis| dims.insert(axis.min(dims.len()), 1));
    match constant {
        Some(constant) => Ok(Value::Constant(Constant { dims, ..constant })),
        None if axes.contains(&0) => Err(node.unusable("a new axis before the batch", "one after it")),
        None => {
            let input = reader.feature(node, 0)?;
            reshape_to(reader, node, input, dims[1..].to_vec())
        }
    }
}

/// Transpose that moves no elements: only dimensions of size 1 change places.
pub(super) fn transpose<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    let input = reader.feature(node, 0)?;
    let from = reader.shape(input).to_vec();
    let given = node.ints("perm")?.unwrap_or_else(|| (0..=from.len() as i64).rev().collect());
    let perm = normalised(node, &given, from.len() + 1)?;
    let moved: Vec<usize> = perm.iter().copied().filter(|&axis| axis > 0 && from[axis - 1] > 1).collect();
    if perm.len() != from.len() + 1 || perm[0] != 0 || !moved.is_sorted() {
        let found = format!("perm {} of an input of dimensions {from:?} without the batch", show(&given));
        return Err(node.unusable(found, "one that moves no elements"));
    }
    let dims = perm[1..].iter().map(|&axis| from[axis - 1]).collect();
    reshape_to(reader, node, input, dims)
}

/// Pad of channels, rows and columns with zeros.
pub(super) fn pad<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    let input = reader.feature(node, 0)?;
    let mode = node.text("mode").unwrap_or("constant");
    if mode != "constant" {
        return Err(node.unusable(format!("mode {mode:?}"), "\"constant\""));
    }
    let value =
        if node.input(2).is_some() { reader.floats(node, 2)? } else { vec![node.float("value").unwrap_or(0.0)] };
    if value != [0.0] {
        return Err(node.unusable("a padding value other than 0", "0"));
    }
    let pads = match (node.ints("pads")?, node.ints("paddings")?) {
        (Some(pads), _) | (None, Some(pads)) => pads,
        (None, None) => integers(reader, node, 1)?.unwrap_or_default(),
    };
    let rank = reader.shape(input).len() + 1;
    let axes = match integers(reader, node, 3)? {
        Some(axes) => normalised(node, &axes, rank)?,
        None => (0..rank).collect(),
    };
    let refuse = || node.unusable(format!("pads {}", show(&pads)), "padding of channels, rows and columns, at least 0");
    if pads.len() != 2 * axes.len() || rank != 4 {
        return Err(refuse());
    }
    let mut sides = [[0usize; 2]; 4];
    for (index, &axis) in axes.iter().enumerate() {
        for (side, pad) in [pads[index], pads[index + axes.len()]].into_iter().enumerate() {
            sides[axis][side] = usize::try_from(pad).map_err(|_| refuse())?;
        }
    }
    let [[0, 0], channels, [top, bottom], [left, right]] = sides else {
        return Err(refuse());
    };
    let sides = Pad { top, bottom, left, right };
    reader.push(node, Op::Pad { channels, sides }, vec![input], None)
}

/// Dropout.
pub(super) fn dropout<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    let input = reader.feature(node, 0)?;
    if integers(reader, node, 2)?.is_some_and(|training| training != [0]) {
        return Err(node.unusable("training_mode 1", "0"));
    }
    reader.push(node, Op::Dropout, vec![input], None)
}

/// Identity.
pub(super) fn identity<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    reader.value(node, 0).cloned()
}

/// The axes of `node`, attribute or input 1, counted with the batch and from 0; `None` when it has none.
pub(super) fn axes(reader: &mut Reader, node: &Node, input: LayerId) -> Result<Option<Vec<usize>>, Error> {
    let rank = reader.shape(input).len() + 1;
    axes_of(reader, node, rank)
}

fn axes_of(reader: &mut Reader, node: &Node, rank: usize) -> Result<Option<Vec<usize>>, Error> {
    let axes = match node.ints("axes")? {
        Some(axes) => Some(axes),
        None => integers(reader, node, 1)?,
    };
    axes.map(|axes| normalised(node, &axes, rank)).transpose()
}

/// Distinct axes of `rank` dimensions, negative ones counted from the end.
fn normalised(node: &Node, axes: &[i64], rank: usize) -> Result<Vec<usize>, Error> {
    let mut seen = Vec::new();
    for &axis in axes {
        let from_end = if axis < 0 { axis.saturating_add(rank as i64) } else { axis };
        match usize::try_from(from_end) {
            Ok(axis) if axis < rank && !seen.contains(&axis) => seen.push(axis),
            _ => return Err(node.unusable(format!("axes {}", show(axes)), format!("distinct axes of {rank}"))),
        }
    }
    Ok(seen)
}

fn integers(reader: &mut Reader, node: &Node, index: usize) -> Result<Option<Vec<i64>>, Error> {
    match reader.constant(node, index)? {
        None => Ok(None),
        Some(Constant { data: Data::Int(values), .. }) => Ok(Some(values)),
        Some(_) => Err(node.unusable(format!("floats as input {index}"), "integers")),
    }
}

fn constant_input(reader: &mut Reader, node: &Node) -> Result<Option<Constant>, Error> {
    match reader.value(node, 0)? {
        Value::Layer(_) => Ok(None),
        _ => reader.constant(node, 0),
    }
}

/// The same elements under `dims`: nothing when they are the same, else the simplest operator that says so.
fn reshape_to<'m>(reader: &mut Reader<'m>, node: &Node, input: LayerId, dims: Vec<usize>) -> Result<Value<'m>, Error> {
    if reader.shape(input) == dims {
        return Ok(Value::Layer(input));
    }
    let op = if dims.len() == 1 { Op::Flatten } else { Op::Reshape { dims } };
    reader.push(node, op, vec![input], None)
}
