//! Pooling with windows and over the whole map.

use nn::{Op, Pad, Pool, PoolKind};

use super::convolution::padding;
use super::node::Node;
use super::reader::{Reader, Value};
use super::shaping;
use crate::error::Error;

/// MaxPool.
pub(super) fn max<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    window(reader, node, PoolKind::Max)
}

/// AveragePool.
pub(super) fn average<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    let with_pad = node.int("count_include_pad").unwrap_or(0) != 0;
    window(reader, node, if with_pad { PoolKind::AverageWithPad } else { PoolKind::Average })
}

fn window<'m>(reader: &mut Reader<'m>, node: &Node, kind: PoolKind) -> Result<Value<'m>, Error> {
    let input = reader.feature(node, 0)?;
    let &[_, h, w] = reader.shape(input) else {
        return Err(node.unusable(format!("an input of dimensions {:?}", reader.shape(input)), "[C, H, W]"));
    };
    let kernel = node.sizes("kernel_shape", 1, None)?;
    let stride = node.sizes("strides", 1, Some(1))?;
    let dilation: [usize; 2] = node.sizes("dilations", 1, Some(1))?;
    if dilation != [1, 1] {
        return Err(node.unusable(format!("dilations {dilation:?}"), "[1, 1]"));
    }
    let pad = padding(node, [h, w], kernel, stride, dilation)?;
    let ceil = node.int("ceil_mode").unwrap_or(0) != 0;
    reader.push(node, Op::Pool(Pool { kind, kernel: Some(kernel), stride, pad, ceil }), vec![input], None)
}

/// GlobalMaxPool.
pub(super) fn global_max<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    global(reader, node, PoolKind::Max)
}

/// GlobalAveragePool.
pub(super) fn global_average<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    global(reader, node, PoolKind::Average)
}

fn global<'m>(reader: &mut Reader<'m>, node: &Node, kind: PoolKind) -> Result<Value<'m>, Error> {
    let input = reader.feature(node, 0)?;
    let pool = Pool { kind, kernel: None, stride: [1, 1], pad: Pad::default(), ceil: false };
    reader.push(node, Op::Pool(pool), vec![input], None)
}

/// ReduceMean over rows and columns, which is global average pooling.
pub(super) fn reduce_mean<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    let input = reader.feature(node, 0)?;
    let mut axes = shaping::axes(reader, node, input)?.unwrap_or_default();
    axes.sort_unstable();
    if axes != [2, 3] || reader.shape(input).len() != 3 {
        let found = format!("the mean over axes {axes:?} of {} dimensions", reader.shape(input).len() + 1);
        return Err(node.unusable(found, "over rows and columns: axes [2, 3] of 4"));
    }
    let pooled = global(reader, node, PoolKind::Average)?;
    match pooled {
        Value::Layer(id) if node.int("keepdims").unwrap_or(1) == 0 => reader.push(node, Op::Flatten, vec![id], None),
        pooled => Ok(pooled),
    }
}
