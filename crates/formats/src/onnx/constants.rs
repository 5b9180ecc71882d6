//! Constants, and the few operators on constants by which exporters compute shapes.

use super::node::Node;
use super::reader::{Reader, Value};
use super::tensor::{Constant, Data};
use crate::error::Error;
use crate::limits::show;

/// Constant.
pub(super) fn constant<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    let scalar = |data| Constant { dims: Vec::new(), data };
    let constant = if let Some(tensor) = node.tensor("value", &mut reader.budget)? {
        tensor
    } else if let Some(value) = node.float("value_float") {
        scalar(Data::Float(vec![value]))
    } else if let Some(value) = node.int("value_int") {
        scalar(Data::Int(vec![value]))
    } else if let Some(values) = node.floats("value_floats")? {
        Constant { dims: vec![values.len()], data: Data::Float(values) }
    } else if let Some(values) = node.ints("value_ints")? {
        Constant::ints(values)
    } else {
        return Err(node.unusable("no value", "one"));
    };
    Ok(Value::Constant(constant))
}

/// ConstantOfShape: one value, everywhere.
pub(super) fn constant_of_shape<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    let sizes = ints(reader, node, 0)?;
    let dims: Result<Vec<usize>, _> = sizes.iter().map(|&size| usize::try_from(size)).collect();
    let dims = dims.map_err(|_| node.unusable(format!("dimensions {}", show(&sizes)), "sizes"))?;
    let value = node.tensor("value", &mut reader.budget)?.map_or(Data::Float(vec![0.0]), |constant| constant.data);
    let count = reader.budget.take(&node.place, &dims)?;
    let data = match value {
        Data::Float(values) if values.len() == 1 => Data::Float(vec![values[0]; count]),
        Data::Int(values) if values.len() == 1 => Data::Int(vec![values[0]; count]),
        _ => return Err(node.unusable("a value of several elements", "one element")),
    };
    Ok(Value::Constant(Constant { dims, data }))
}

/// Cast of floats to floats (all are f32 here), and of constants between floats and integers.
pub(super) fn cast<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    let to = node.int("to").unwrap_or(0);
    let (to_float, to_int) = (matches!(to, 1 | 10 | 11 | 16), matches!(to, 6 | 7));
    let value = reader.value(node, 0)?.clone();
    if let Value::Layer(_) = value {
        let refuse = || node.unusable(format!("a cast to data type {to}"), "FLOAT, FLOAT16, BFLOAT16 or DOUBLE");
        return if to_float { Ok(value) } else { Err(refuse()) };
    }
    let Some(constant) = reader.constant(node, 0)? else {
        return Err(node.unusable("no input", "one"));
    };
    let data = match constant.data {
        Data::Int(values) if to_float => Data::Float(values.into_iter().map(|value| value as f32).collect()),
        Data::Float(values) if to_int => Data::Int(values.into_iter().map(|value| value as i64).collect()),
        data if to_float || to_int => data,
        _ => return Err(node.unusable(format!("a cast to data type {to}"), "a float, INT32 or INT64")),
    };
    Ok(Value::Constant(Constant { data, ..constant }))
}

/// Shape of a feature map, with the declared batch.
pub(super) fn shape<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    let input = reader.feature(node, 0)?;
    if node.has("start") || node.has("end") {
        return Err(node.unusable("a range of dimensions", "all dimensions"));
    }
    let dims = reader.shape(input).iter().map(|&dim| dim as i64);
    Ok(Value::Constant(Constant::ints(std::iter::once(reader.batch).chain(dims).collect())))
}

/// Gather from a vector of integers.
pub(super) fn gather<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    if let Value::Layer(_) = reader.value(node, 0)? {
        return Err(node.unusable("a feature map", "the vector of a shape"));
    }
    let from = ints(reader, node, 0)?;
    let Some(Constant { dims, data: Data::Int(indices) }) = reader.constant(node, 1)? else {
        return Err(node.unusable("no integers as input 1", "constant indices"));
    };
    let at = |&index: &i64| {
        let index = if index < 0 { index.saturating_add(from.len() as i64) } else { index };
        usize::try_from(index).ok().and_then(|index| from.get(index)).copied()
    };
    let gathered: Option<Vec<i64>> = indices.iter().map(at).collect();
    match gathered {
        Some(values) if dims.len() < 2 => Ok(Value::Constant(Constant { dims, data: Data::Int(values) })),
        _ => Err(node.unusable(format!("indices {}", show(&indices)), format!("one or more of {}", from.len()))),
    }
}

fn ints(reader: &mut Reader, node: &Node, index: usize) -> Result<Vec<i64>, Error> {
    match reader.constant(node, index)? {
        Some(Constant { data: Data::Int(values), .. }) => Ok(values),
        _ => Err(node.unusable(format!("no integers as input {index}"), "a constant vector of integers")),
    }
}
