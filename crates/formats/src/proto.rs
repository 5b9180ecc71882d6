//! Protocol buffers, as ONNX and Caffe files need them: one table of message types ([`schema`]), one tree of values
//! ([`message`]), and two readers into it, of the binary ([`wire`]) and of the text form ([`text`]).
//!
//! Formats: protobuf.dev, "Encoding" and "Text Format Language Specification". The readers are our own because every
//! value must know its place in the file, tensors must be borrowed from the file and not copied, and what hostile
//! files can allocate must be bounded; generating the same types from `.proto` files would also add 48 crates.

pub(crate) mod encode;
pub(crate) mod message;
pub(crate) mod schema;
pub(crate) mod text;
pub(crate) mod wire;

pub(crate) use message::Message;
