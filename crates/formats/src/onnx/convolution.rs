//! Conv, and the two ways to write a fully connected layer: Gemm and MatMul with constant weights.

use nn::{Conv, Op, Pad, Tensor, Weights};

use super::node::Node;
use super::reader::{Reader, Value};
use crate::error::Error;

/// Conv.
pub(super) fn conv<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    let input = reader.feature(node, 0)?;
    let kernel = weights(reader, node, 1)?;
    let &[m, group_c, r, s] = kernel.dims() else {
        return Err(node.unusable(format!("weights of dimensions {:?}", kernel.dims()), "[M, C/G, R, S]"));
    };
    if node.has("kernel_shape") && node.sizes("kernel_shape", 1, None)? != [r, s] {
        let found = format!("kernel_shape {:?}", node.ints("kernel_shape")?.unwrap_or_default());
        return Err(node.unusable(found, format!("{:?} as the weights have", [r, s])));
    }
    let &[c, h, w] = reader.shape(input) else {
        return Err(node.unusable(format!("an input of dimensions {:?}", reader.shape(input)), "[C, H, W]"));
    };
    let groups = usize::try_from(node.int("group").unwrap_or(1)).ok().filter(|&groups| groups > 0);
    let Some(groups) = groups else {
        return Err(node.unusable(format!("group {}", node.int("group").unwrap_or(0)), "at least 1"));
    };
    if group_c.checked_mul(groups) != Some(c) {
        let found = format!("weights of {groups} x {group_c} input channels over an input of {c} channels");
        return Err(node.unusable(found, "as many as the input has"));
    }
    let stride = node.sizes("strides", 1, Some(1))?;
    let dilation = node.sizes("dilations", 1, Some(1))?;
    let pad = padding(node, [h, w], [r, s], stride, dilation)?;
    let bias = if node.input(2).is_some() { reader.floats(node, 2)? } else { Vec::new() };
    let op = Op::Conv(Conv { m, kernel: [r, s], stride, pad, dilation, groups });
    reader.push(node, op, vec![input], Some(Weights { kernel, bias }))
}

/// The padding of a window, explicit or automatic: SAME gives ceil(size / stride) outputs, with the odd row or column
/// of padding at the end (UPPER) or the beginning (LOWER).
pub(super) fn padding(
    node: &Node,
    size: [usize; 2],
    window: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
) -> Result<Pad, Error> {
    let auto = node.text("auto_pad").unwrap_or("NOTSET");
    let same = |axis: usize| -> Option<[usize; 2]> {
        let extent = (window[axis].checked_sub(1)?).checked_mul(dilation[axis])?.checked_add(1)?;
        let covered = (size[axis].div_ceil(stride[axis]) - 1).checked_mul(stride[axis])?.checked_add(extent)?;
        let total = covered.saturating_sub(size[axis]);
        Some([total / 2, total - total / 2])
    };
    let too_large = || node.unusable(format!("a window of {window:?}"), "one whose padding can be counted");
    match auto {
        "NOTSET" => {
            let [top, left, bottom, right] = node.sizes("pads", 0, Some(0))?;
            Ok(Pad { top, bottom, left, right })
        }
        "VALID" => Ok(Pad::default()),
        "SAME_UPPER" | "SAME_LOWER" => {
            let [mut rows, mut columns] = [same(0).ok_or_else(too_large)?, same(1).ok_or_else(too_large)?];
            if auto == "SAME_LOWER" {
                rows.reverse();
                columns.reverse();
            }
            Ok(Pad { top: rows[0], bottom: rows[1], left: columns[0], right: columns[1] })
        }
        other => {
            let names = ["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"];
            Err(node.unusable(format!("auto_pad {other:?}"), names.join(", ")).near(other, names))
        }
    }
}

/// Gemm with constant B and C: alpha * A * B + beta * C.
pub(super) fn gemm<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    let input = reader.feature(node, 0)?;
    if node.int("transA").unwrap_or(0) != 0 {
        return Err(node.unusable("transA 1", "0"));
    }
    let kernel = weights(reader, node, 1)?;
    let mut kernel = matrix(node, kernel, node.int("transB").unwrap_or(0) == 0)?;
    let alpha = node.float("alpha").unwrap_or(1.0);
    if alpha != 1.0 {
        kernel.data_mut().iter_mut().for_each(|weight| *weight *= alpha);
    }
    let outputs = kernel.dims()[0];
    let mut bias = if node.input(2).is_some() { reader.floats(node, 2)? } else { Vec::new() };
    if let [one] = bias[..] {
        reader.budget.take(&node.place, &[outputs])?;
        bias = vec![one; outputs];
    }
    let beta = node.float("beta").unwrap_or(1.0);
    bias.iter_mut().for_each(|value| *value *= beta);
    expect_vector(reader, node, input)?;
    reader.push(node, Op::FullyConnected { outputs }, vec![input], Some(Weights { kernel, bias }))
}

/// MatMul of a feature vector by a constant matrix.
pub(super) fn matmul<'m>(reader: &mut Reader<'m>, node: &Node) -> Result<Value<'m>, Error> {
    let input = reader.feature(node, 0)?;
    expect_vector(reader, node, input)?;
    let kernel = weights(reader, node, 1)?;
    let kernel = matrix(node, kernel, true)?;
    let op = Op::FullyConnected { outputs: kernel.dims()[0] };
    reader.push(node, op, vec![input], Some(Weights { kernel, bias: Vec::new() }))
}

fn expect_vector(reader: &Reader, node: &Node, input: nn::LayerId) -> Result<(), Error> {
    match reader.shape(input) {
        [_] => Ok(()),
        dims => Err(node.unusable(format!("an input of dimensions {dims:?} without the batch"), "a vector")),
    }
}

fn weights(reader: &mut Reader, node: &Node, index: usize) -> Result<Tensor<f32>, Error> {
    let Some(constant) = reader.constant(node, index)? else {
        return Err(node.unusable("no weights", "constant weights"));
    };
    if constant.dims.contains(&0) {
        return Err(node.unusable(format!("weights of dimensions {:?}", constant.dims), "sizes of at least 1"));
    }
    constant.into_tensor().ok_or_else(|| node.unusable("integer weights", "floats"))
}

/// A matrix as `[outputs, inputs]`.
fn matrix(node: &Node, tensor: Tensor<f32>, transpose: bool) -> Result<Tensor<f32>, Error> {
    let &[rows, columns] = tensor.dims() else {
        return Err(node.unusable(format!("weights of dimensions {:?}", tensor.dims()), "a matrix"));
    };
    if !transpose {
        return Ok(tensor);
    }
    let data = tensor.data();
    let transposed = (0..columns).flat_map(|column| (0..rows).map(move |row| data[row * columns + column])).collect();
    Ok(Tensor::from_vec(&[columns, rows], transposed))
}
