//! ONNX and other protobuf files for tests, field by field, so that any of them can be wrong.
#![allow(dead_code)] // Each test file uses a part.

/// A value of a field.
#[derive(Clone)]
pub enum Field {
    Int(i64),
    Float(f32),
    Bytes(Vec<u8>),
}

/// A message from its fields.
pub fn message(fields: &[(u32, Field)]) -> Field {
    let mut bytes = Vec::new();
    for (number, field) in fields {
        let number = u64::from(*number) << 3;
        match field {
            Field::Int(value) => [number, *value as u64].iter().for_each(|&value| varint(&mut bytes, value)),
            Field::Float(value) => {
                varint(&mut bytes, number | 5);
                bytes.extend(value.to_le_bytes());
            }
            Field::Bytes(value) => {
                [number | 2, value.len() as u64].iter().for_each(|&value| varint(&mut bytes, value));
                bytes.extend(value);
            }
        }
    }
    Field::Bytes(bytes)
}

fn varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// A text.
pub fn text(value: &str) -> Field {
    Field::Bytes(value.as_bytes().to_vec())
}

/// A tensor of f32 values in raw bytes.
pub fn floats(name: &str, dims: &[i64], values: &[f32]) -> Field {
    let raw = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    tensor(name, dims, 1, raw)
}

/// A tensor of i64 values in raw bytes.
pub fn integers(name: &str, values: &[i64]) -> Field {
    tensor(name, &[values.len() as i64], 7, values.iter().flat_map(|value| value.to_le_bytes()).collect())
}

/// A tensor of any type.
pub fn tensor(name: &str, dims: &[i64], data_type: i64, raw: Vec<u8>) -> Field {
    let mut fields: Vec<_> = dims.iter().map(|&dim| (1, Field::Int(dim))).collect();
    fields.extend([(2, Field::Int(data_type)), (8, text(name)), (9, Field::Bytes(raw))]);
    message(&fields)
}

/// A list-of-integers attribute.
pub fn ints(name: &str, values: &[i64]) -> Field {
    let values = values.iter().map(|&value| (8, Field::Int(value)));
    message(&[(1, text(name))].into_iter().chain(values).collect::<Vec<_>>())
}

/// An integer attribute.
pub fn int(name: &str, value: i64) -> Field {
    message(&[(1, text(name)), (3, Field::Int(value))])
}

/// A float attribute.
pub fn float(name: &str, value: f32) -> Field {
    message(&[(1, text(name)), (2, Field::Float(value))])
}

/// A text attribute.
pub fn string(name: &str, value: &str) -> Field {
    message(&[(1, text(name)), (4, text(value))])
}

/// A node that gives one value, which has its name. `inputs` are separated by blanks.
pub fn node(operator: &str, name: &str, inputs: &str, attributes: &[Field]) -> Field {
    let mut fields: Vec<_> = inputs.split_whitespace().map(|input| (1, text(input))).collect();
    fields.extend([(2, text(name)), (3, text(name)), (4, text(operator))]);
    fields.extend(attributes.iter().map(|attribute| (5, attribute.clone())));
    message(&fields)
}

/// A file with the input `x` of dimensions `dims` (-1 is open) and the output `y`.
pub fn model(opset: i64, dims: &[i64], nodes: &[Field], initialisers: &[Field]) -> Vec<u8> {
    let dim = |&dim: &i64| (1, if dim < 0 { message(&[(2, text("N"))]) } else { message(&[(1, Field::Int(dim))]) });
    let shape = message(&dims.iter().map(dim).collect::<Vec<_>>());
    let kind = message(&[(1, message(&[(1, Field::Int(1)), (2, shape)]))]);
    let mut graph: Vec<_> = nodes.iter().map(|node| (1, node.clone())).collect();
    graph.extend(initialisers.iter().map(|tensor| (5, tensor.clone())));
    graph.extend([(11, message(&[(1, text("x")), (2, kind)])), (12, message(&[(1, text("y"))]))]);
    let opset = message(&[(2, Field::Int(opset))]);
    match message(&[(1, Field::Int(7)), (7, message(&graph)), (8, opset)]) {
        Field::Bytes(bytes) => bytes,
        Field::Int(_) | Field::Float(_) => unreachable!("a message is bytes"),
    }
}
