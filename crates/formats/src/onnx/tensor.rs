//! Constants of an ONNX file: initialisers and constant attributes, as f32 or i64 values.

use nn::Tensor;

use super::external::External;
use crate::error::{Error, Place, quoted};
use crate::half::{bf16_to_f32, f16_to_f32};
use crate::limits::{check, show};
use crate::proto::Message;

/// Most dimensions of a constant.
pub(super) const MAX_RANK: u64 = 8;

/// A constant tensor.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Constant {
    pub dims: Vec<usize>,
    pub data: Data,
}

/// The values of a constant, in row-major order; as many as the dimensions multiply to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Data {
    Float(Vec<f32>),
    Int(Vec<i64>),
}

impl Constant {
    /// A vector of integers.
    pub fn ints(values: Vec<i64>) -> Self {
        Constant { dims: vec![values.len()], data: Data::Int(values) }
    }

    /// The values as floats, if they are.
    pub fn floats(&self) -> Option<&[f32]> {
        match &self.data {
            Data::Float(values) => Some(values),
            Data::Int(_) => None,
        }
    }

    /// As a tensor, if the values are floats.
    pub fn into_tensor(self) -> Option<Tensor<f32>> {
        match self.data {
            Data::Float(values) => Some(Tensor::from_vec(&self.dims, values)),
            Data::Int(_) => None,
        }
    }
}

/// What remains of the elements that a file may make us hold.
pub(super) struct Budget {
    pub used: u64,
    pub limit: u64,
}

impl Budget {
    /// Takes the product of `dims`.
    pub fn take(&mut self, place: &Place, dims: &[usize]) -> Result<usize, Error> {
        let elements = dims.iter().try_fold(1usize, |n, &dim| n.checked_mul(dim)).unwrap_or(usize::MAX);
        self.used = self.used.saturating_add(elements as u64);
        check(place, "elements of weights and constants", self.used, self.limit)?;
        Ok(elements)
    }
}

/// How the elements of a data type are stored: in raw bytes, and in which typed field.
struct Stored {
    name: &'static str,
    width: usize,
    field: &'static str,
}

/// The data types that are read, by their number in the format.
fn stored(data_type: i64) -> Option<Stored> {
    let (name, width, field) = match data_type {
        1 => ("FLOAT", 4, "float_data"),
        6 => ("INT32", 4, "int32_data"),
        7 => ("INT64", 8, "int64_data"),
        9 => ("BOOL", 1, "int32_data"),
        10 => ("FLOAT16", 2, "int32_data"),
        11 => ("DOUBLE", 8, "double_data"),
        16 => ("BFLOAT16", 2, "int32_data"),
        _ => return None,
    };
    Some(Stored { name, width, field })
}

/// Reads a TensorProto.
pub(super) fn read(
    message: &Message,
    place: &Place,
    budget: &mut Budget,
    external: Option<&External>,
) -> Result<Constant, Error> {
    let place = &place.at(message.position).item(format!("tensor {}", quoted(message.text("name"))));
    check(place, "dimensions", message.count("dims"), MAX_RANK)?;
    let signed = message.ints("dims");
    let dims: Result<Vec<usize>, _> = signed.iter().map(|&dim| usize::try_from(dim)).collect();
    let dims = dims
        .map_err(|_| Error::unusable(place.clone(), format!("dimensions {}", show(&signed)), "sizes of at least 0"))?;
    let count = budget.take(place, &dims)?;
    let data_type = message.int("data_type").unwrap_or(0);
    let Some(stored) = stored(data_type) else {
        let expected = "FLOAT, FLOAT16, BFLOAT16, DOUBLE, INT32, INT64 or BOOL";
        return Err(Error::unusable(place.clone(), format!("data type {data_type}"), expected));
    };
    let bytes = count.saturating_mul(stored.width);
    let data = if message.int("data_location") == Some(1) {
        let Some(external) = external else {
            let expected = "them in the model's file (reading other files must be allowed by an option)";
            return Err(Error::unusable(place.clone(), "its values in another file", expected));
        };
        from_raw(data_type, &external.read(message, place, bytes)?)
    } else if let Some(raw) = message.bytes("raw_data") {
        if raw.len() != bytes {
            let found = format!("{} bytes of {} for dimensions {dims:?}", raw.len(), stored.name);
            return Err(Error::unusable(place.clone(), found, format!("{bytes} bytes")));
        }
        from_raw(data_type, raw)
    } else {
        let found = message.count(stored.field);
        if found != count as u64 {
            let found = format!("{found} values in {} for dimensions {dims:?}", stored.field);
            return Err(Error::unusable(place.clone(), found, format!("{count} values")));
        }
        from_field(data_type, message, stored.field)
    };
    if let Data::Float(values) = &data
        && let Some(index) = values.iter().position(|value| value.is_nan())
    {
        return Err(Error::unusable(place.clone(), format!("NaN at element {index}"), "numbers"));
    }
    Ok(Constant { dims, data })
}

fn from_raw(data_type: i64, raw: &[u8]) -> Data {
    fn each<const N: usize, T>(raw: &[u8], value: impl Fn([u8; N]) -> T) -> Vec<T> {
        raw.as_chunks().0.iter().map(|&chunk| value(chunk)).collect()
    }
    match data_type {
        1 => Data::Float(each(raw, f32::from_le_bytes)),
        6 => Data::Int(each(raw, |bytes| i64::from(i32::from_le_bytes(bytes)))),
        7 => Data::Int(each(raw, i64::from_le_bytes)),
        10 => Data::Float(each(raw, |bytes| f16_to_f32(u16::from_le_bytes(bytes)))),
        11 => Data::Float(each(raw, |bytes| f64::from_le_bytes(bytes) as f32)),
        16 => Data::Float(each(raw, |bytes| bf16_to_f32(u16::from_le_bytes(bytes)))),
        _ => Data::Int(each(raw, |[byte]| i64::from(byte))),
    }
}

fn from_field(data_type: i64, message: &Message, field: &'static str) -> Data {
    let halves = |widen: fn(u16) -> f32| message.ints(field).into_iter().map(|bits| widen(bits as u16)).collect();
    match data_type {
        1 | 11 => Data::Float(message.floats(field)),
        10 => Data::Float(halves(f16_to_f32)),
        16 => Data::Float(halves(bf16_to_f32)),
        _ => Data::Int(message.ints(field)),
    }
}
