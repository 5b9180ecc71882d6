//! The layers of a network as the public energy-estimation tool takes them (Yang, Chen, Emer, Sze, Asilomar 2017): one
//! line a layer, 25 fields with commas between, integers all of them.
//!
//! The index of the layer; of ifmap, filter and ofmap each H, W, C, N, the number of zero entries, and the bit width;
//! stride along y and x; padding at the top, bottom, left and right. The N of the filter is the number of filters (M),
//! that of the feature maps the batch, over which zeros are counted. A filter with fewer channels than the ifmap is one
//! of several groups.
//!
//! A first line with 25 fields of which none is a number is a heading and is passed over, as are empty lines.

use crate::error::{Error, Place, Position, quoted};
use crate::limits::{Limits, check};
use nn::network::MAX_LAYERS;
use nn::{ByOperand, ConvShape, Operand, Pad};
use std::path::Path;

/// A layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Its number.
    pub index: u64,
    /// Its sizes; without dilation.
    pub shape: ConvShape,
    /// Entries that are zero, over the whole batch.
    pub zeros: ByOperand<u64>,
    /// Bits of an entry, 1 to 64.
    pub bits: ByOperand<u32>,
}

/// The fields, in order.
pub const FIELDS: [&str; 25] = [
    "layer index",
    "ifmap H",
    "ifmap W",
    "ifmap C",
    "ifmap N",
    "ifmap zeros",
    "ifmap bits",
    "filter H",
    "filter W",
    "filter C",
    "filter N",
    "filter zeros",
    "filter bits",
    "ofmap H",
    "ofmap W",
    "ofmap C",
    "ofmap N",
    "ofmap zeros",
    "ofmap bits",
    "stride y",
    "stride x",
    "pad top",
    "pad bottom",
    "pad left",
    "pad right",
];

/// Where an operand's six fields begin.
const FIRST: ByOperand<usize> = ByOperand([1, 7, 13]);
/// Of these, the number of zeros and the bits.
const ZEROS: usize = 4;
const BITS: usize = 5;

/// The widest entries.
pub const MAX_BITS: u32 = 64;
/// The largest size, stride and padding.
const MAX_SIZE: u64 = 1 << 24;
/// The longest file: a line of each layer that a network may have, with room to spare.
const MAX_BYTES: u64 = 16 << 20;

/// Entries of an operand, zero or not.
pub fn entries(shape: &ConvShape, operand: Operand) -> u64 {
    let dims = match operand {
        Operand::Input => shape.input_dims(),
        Operand::Weight => shape.weight_dims(),
        Operand::Output => shape.output_dims(),
    };
    dims.into_iter().map(|size| size as u64).product()
}

/// Reads the layers in the file at `path`; at least one.
pub fn read(path: &Path, limits: &Limits) -> Result<Vec<Layer>, Error> {
    let bytes = Limits { file_bytes: limits.file_bytes.min(MAX_BYTES), ..*limits }.read(path)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let place = Place::file(path).at(Position::Byte(error.utf8_error().valid_up_to()));
        Error::malformed(place, "bytes that are no UTF-8", "text: 25 integers a line")
    })?;
    parse(path, &text)
}

/// Reads the layers in `text`; `path` names it in errors.
pub fn parse(path: &Path, text: &str) -> Result<Vec<Layer>, Error> {
    let place = Place::file(path);
    // Without quoting, a field is what stands between two commas, so that columns can be counted.
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).quoting(false).from_reader(text.as_bytes());
    let mut layers = Vec::new();
    for (number, record) in reader.records().enumerate() {
        let record =
            record.map_err(|error| Error::malformed(place.clone(), error.to_string(), "25 integers a line"))?;
        let line = record.position().map_or(0, |position| u32::try_from(position.line()).unwrap_or(u32::MAX));
        let row = Row { place: place.clone(), line, fields: record.iter().collect() };
        let blank = row.fields.iter().all(|field| field.trim().is_empty()) && row.fields.len() == 1;
        if blank || (number == 0 && row.is_heading()) {
            continue;
        }
        check(&place, "layers", layers.len() as u64 + 1, MAX_LAYERS as u64)?;
        layers.push(row.layer()?);
    }
    match layers.is_empty() {
        true => Err(Error::malformed(place, "no layer", "a line of 25 integers for each")),
        false => Ok(layers),
    }
}

/// Writes layers, as [`parse`] reads them.
pub fn write<'a>(layers: impl IntoIterator<Item = &'a Layer>) -> String {
    let mut text = String::new();
    for layer in layers {
        let fields = fields(layer).map(|field| field.to_string());
        text += &fields.join(",");
        text.push('\n');
    }
    text
}

/// The values of the fields of a layer.
type Values = [u64; FIELDS.len()];

fn fields(layer: &Layer) -> Values {
    let Layer { index, shape, zeros, bits } = layer;
    let of = |operand: Operand| {
        let [n, c, h, w] = match operand {
            Operand::Input => shape.input_dims(),
            Operand::Weight => shape.weight_dims(),
            Operand::Output => shape.output_dims(),
        };
        let [h, w, c, n] = [h, w, c, n].map(|size| size as u64);
        [h, w, c, n, zeros[operand], u64::from(bits[operand])]
    };
    let Pad { top, bottom, left, right } = shape.pad;
    let rest = [shape.stride[0], shape.stride[1], top, bottom, left, right].map(|size| size as u64);
    let parts = [of(Operand::Input), of(Operand::Weight), of(Operand::Output), rest];
    let mut fields: Values = [*index; FIELDS.len()];
    fields[1..].iter_mut().zip(parts.into_iter().flatten()).for_each(|(field, value)| *field = value);
    fields
}

/// A line of the file.
struct Row<'a> {
    place: Place,
    line: u32,
    fields: Vec<&'a str>,
}

impl Row<'_> {
    fn is_heading(&self) -> bool {
        self.fields.len() == FIELDS.len() && self.fields.iter().all(|field| field.trim().parse::<f64>().is_err())
    }

    /// A field's place.
    fn at(&self, field: usize) -> Place {
        let before: usize = self.fields.iter().take(field).map(|field| field.chars().count() + 1).sum();
        let column = u32::try_from(before + 1).unwrap_or(u32::MAX);
        let place = self.place.at(Position::Text { line: self.line, column });
        match FIELDS.get(field) {
            Some(name) => place.item(format!("field {} ({name})", field + 1)),
            None => place.item(format!("field {}", field + 1)),
        }
    }

    fn layer(&self) -> Result<Layer, Error> {
        if self.fields.len() != FIELDS.len() {
            let found = format!("{} fields", self.fields.len());
            let expected = format!("{} fields: layer index, ifmap H, ..., pad right", FIELDS.len());
            return Err(Error::malformed(self.at(self.fields.len().min(FIELDS.len())), found, expected));
        }
        let mut values: Values = [0; FIELDS.len()];
        for (field, (value, text)) in values.iter_mut().zip(&self.fields).enumerate() {
            let parsed = text.trim().parse();
            *value = parsed.map_err(|_| Error::malformed(self.at(field), quoted(text), "an integer of at least 0"))?;
        }
        let shape = self.shape(&values)?;
        let mut zeros = ByOperand([0; 3]);
        let mut bits = ByOperand([0; 3]);
        for operand in Operand::ALL {
            let field = FIRST[operand];
            let most = entries(&shape, operand);
            let name = format!(", the entries of the {}", FIELDS[field].trim_end_matches(" H"));
            zeros[operand] = self.within(&values, field + ZEROS, [0, most], &name)?;
            bits[operand] = self.within(&values, field + BITS, [1, u64::from(MAX_BITS)], " bits")? as u32;
        }
        Ok(Layer { index: values[0], shape, zeros, bits })
    }

    /// The value of a field, if it is within bounds.
    fn within(&self, values: &Values, field: usize, [least, most]: [u64; 2], what: &str) -> Result<u64, Error> {
        let value = values[field];
        if (least..=most).contains(&value) {
            return Ok(value);
        }
        Err(Error::unusable(self.at(field), value.to_string(), format!("{least} to {most}{what}")))
    }

    /// The sizes, if the three operands are those of one convolution.
    fn shape(&self, values: &Values) -> Result<ConvShape, Error> {
        let size = |field: usize, least: u64| {
            let size = self.within(values, field, [least, MAX_SIZE], "")?;
            Ok::<_, Error>(size as usize)
        };
        let dims = |operand: Operand| {
            let first = FIRST[operand];
            Ok::<_, Error>([size(first, 1)?, size(first + 1, 1)?, size(first + 2, 1)?, size(first + 3, 1)?])
        };
        let [h, w, c, n] = dims(Operand::Input)?;
        let [r, s, group_c, m] = dims(Operand::Weight)?;
        let output = dims(Operand::Output)?;
        let stride = [size(19, 1)?, size(20, 1)?];
        let pad = Pad { top: size(21, 0)?, bottom: size(22, 0)?, left: size(23, 0)?, right: size(24, 0)? };
        if !c.is_multiple_of(group_c) {
            let expected = format!("a divisor of {c}, the channels of the ifmap");
            return Err(Error::unusable(self.at(FIRST[Operand::Weight] + 2), group_c.to_string(), expected));
        }
        let shape = ConvShape { n, groups: c / group_c, m, c, h, w, r, s, stride, pad, dilation: [1, 1] };
        shape.check().map_err(|error| {
            let place = self.place.at(Position::Text { line: self.line, column: 1 });
            Error::Rule { place, rule: error.to_string() }
        })?;
        let window = |padded: usize, filter: usize, stride: usize| {
            format!("({padded} of the ifmap with padding - {filter} of the filter) / {stride} + 1")
        };
        let needed = [
            (shape.p(), window(shape.padded_rows(), r, stride[0])),
            (shape.q(), window(shape.padded_columns(), s, stride[1])),
            (m, "the number of filters".into()),
            (n, "the batch of the ifmap".into()),
        ];
        for (place, (found, (needed, why))) in output.into_iter().zip(needed).enumerate() {
            if found != needed {
                let field = FIRST[Operand::Output] + place;
                return Err(Error::unusable(self.at(field), found.to_string(), format!("{needed}: {why}")));
            }
        }
        Ok(shape)
    }
}
