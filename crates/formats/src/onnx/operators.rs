//! The operators that are read: name, attributes, and what reads them. To add one is a line here and a function.

use super::node::Node;
use super::reader::{Reader, Value};
use super::{arithmetic, constants, convolution, pooling, shaping};
use crate::error::Error;

/// Reads one node of an operator.
type Read = for<'m> fn(&mut Reader<'m>, &Node) -> Result<Value<'m>, Error>;

/// A supported operator.
pub(super) struct Operator {
    /// Its name in the standard domain.
    pub name: &'static str,
    /// The attributes that its reader knows, of all versions.
    pub attributes: &'static [&'static str],
    /// Its reader.
    pub read: Read,
}

const fn operator(name: &'static str, attributes: &'static [&'static str], read: Read) -> Operator {
    Operator { name, attributes, read }
}

const WINDOW: &[&str] =
    &["auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads", "storage_order", "strides"];
const BROADCAST: &[&str] = &["axis", "broadcast", "consumed_inputs"];

/// All supported operators: what computes, what pools, what moves, what is constant.
#[rustfmt::skip]
static OPERATORS: &[Operator] = &[
    operator("Conv", &["auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"], convolution::conv),
    operator("Gemm", &["alpha", "beta", "broadcast", "transA", "transB"], convolution::gemm),
    operator("MatMul", &[], convolution::matmul),
    operator("BatchNormalization",
        &["consumed_inputs", "epsilon", "is_test", "momentum", "spatial", "training_mode"], arithmetic::batch_norm),
    operator("Add", BROADCAST, arithmetic::add),
    operator("Sub", BROADCAST, arithmetic::sub),
    operator("Mul", BROADCAST, arithmetic::mul),
    operator("Div", BROADCAST, arithmetic::div),
    operator("Sum", &["consumed_inputs"], arithmetic::sum),
    operator("Relu", &["consumed_inputs"], arithmetic::relu),
    operator("Clip", &["consumed_inputs", "max", "min"], arithmetic::clip),
    operator("LRN", &["alpha", "beta", "bias", "size"], arithmetic::lrn),
    operator("Softmax", &["axis"], arithmetic::softmax),
    operator("MaxPool", WINDOW, pooling::max),
    operator("AveragePool", WINDOW, pooling::average),
    operator("GlobalMaxPool", &[], pooling::global_max),
    operator("GlobalAveragePool", &[], pooling::global_average),
    operator("ReduceMean", &["axes", "keepdims", "noop_with_empty_axes"], pooling::reduce_mean),
    operator("Concat", &["axis"], shaping::concat),
    operator("Flatten", &["axis"], shaping::flatten),
    operator("Reshape", &["allowzero", "consumed_inputs", "shape"], shaping::reshape),
    operator("Squeeze", &["axes"], shaping::squeeze),
    operator("Unsqueeze", &["axes"], shaping::unsqueeze),
    operator("Transpose", &["perm"], shaping::transpose),
    operator("Pad", &["mode", "paddings", "pads", "value"], shaping::pad),
    operator("Dropout", &["consumed_inputs", "is_test", "ratio", "seed"], shaping::dropout),
    operator("Identity", &[], shaping::identity),
    operator("Cast", &["round_mode", "saturate", "to"], constants::cast),
    operator("Constant",
        &["value", "value_float", "value_floats", "value_int", "value_ints"], constants::constant),
    operator("ConstantOfShape", &["value"], constants::constant_of_shape),
    operator("Shape", &["end", "start"], constants::shape),
    operator("Gather", &["axis"], constants::gather),
];

/// The operator of `node`.
pub(super) fn find(node: &Node) -> Result<&'static Operator, Error> {
    let name = node.operator.as_str();
    OPERATORS.iter().find(|operator| operator.name == name).ok_or_else(|| {
        let operator = name.chars().take(80).collect();
        let error = Error::Unsupported { place: node.place.clone(), operator, nearest: None };
        error.near(name, OPERATORS.iter().map(|operator| operator.name))
    })
}
