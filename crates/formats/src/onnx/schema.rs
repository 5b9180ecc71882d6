//! The message types of ONNX files (onnx.proto of the ONNX project, IR versions 3 to 13), as far as they are read.
//! Fields that no supported operator needs are left out and so read over.

use crate::proto::schema::{Kind, MessageType, many, one};

/// A whole file.
pub(super) static MODEL: MessageType = MessageType {
    name: "ModelProto",
    fields: &[
        one(1, "ir_version", Kind::Int),
        one(2, "producer_name", Kind::Text),
        one(7, "graph", Kind::Message(&GRAPH)),
        many(8, "opset_import", Kind::Message(&OPSET)),
        many(14, "metadata_props", Kind::Message(&PAIR)),
    ],
};

static OPSET: MessageType =
    MessageType { name: "OperatorSetIdProto", fields: &[one(1, "domain", Kind::Text), one(2, "version", Kind::Int)] };

static PAIR: MessageType =
    MessageType { name: "StringStringEntryProto", fields: &[one(1, "key", Kind::Text), one(2, "value", Kind::Text)] };

static GRAPH: MessageType = MessageType {
    name: "GraphProto",
    fields: &[
        many(1, "node", Kind::Message(&NODE)),
        one(2, "name", Kind::Text),
        many(5, "initializer", Kind::Message(&TENSOR)),
        many(11, "input", Kind::Message(&VALUE_INFO)),
        many(12, "output", Kind::Message(&VALUE_INFO)),
    ],
};

static NODE: MessageType = MessageType {
    name: "NodeProto",
    fields: &[
        many(1, "input", Kind::Text),
        many(2, "output", Kind::Text),
        one(3, "name", Kind::Text),
        one(4, "op_type", Kind::Text),
        many(5, "attribute", Kind::Message(&ATTRIBUTE)),
        one(7, "domain", Kind::Text),
    ],
};

static ATTRIBUTE: MessageType = MessageType {
    name: "AttributeProto",
    fields: &[
        one(1, "name", Kind::Text),
        one(2, "f", Kind::Float),
        one(3, "i", Kind::Int),
        one(4, "s", Kind::Bytes),
        one(5, "t", Kind::Message(&TENSOR)),
        many(7, "floats", Kind::Float),
        many(8, "ints", Kind::Int),
    ],
};

static TENSOR: MessageType = MessageType {
    name: "TensorProto",
    fields: &[
        many(1, "dims", Kind::Int),
        one(2, "data_type", Kind::Int),
        many(4, "float_data", Kind::Float),
        many(5, "int32_data", Kind::Int),
        many(7, "int64_data", Kind::Int),
        one(8, "name", Kind::Text),
        one(9, "raw_data", Kind::Bytes),
        many(10, "double_data", Kind::Double),
        many(13, "external_data", Kind::Message(&PAIR)),
        one(14, "data_location", Kind::Int),
    ],
};

static VALUE_INFO: MessageType =
    MessageType { name: "ValueInfoProto", fields: &[one(1, "name", Kind::Text), one(2, "type", Kind::Message(&TYPE))] };

static TYPE: MessageType =
    MessageType { name: "TypeProto", fields: &[one(1, "tensor_type", Kind::Message(&TENSOR_TYPE))] };

static TENSOR_TYPE: MessageType = MessageType {
    name: "TypeProto.Tensor",
    fields: &[one(1, "elem_type", Kind::Int), one(2, "shape", Kind::Message(&SHAPE))],
};

static SHAPE: MessageType =
    MessageType { name: "TensorShapeProto", fields: &[many(1, "dim", Kind::Message(&DIMENSION))] };

static DIMENSION: MessageType = MessageType {
    name: "TensorShapeProto.Dimension",
    fields: &[one(1, "dim_value", Kind::Int), one(2, "dim_param", Kind::Text)],
};
