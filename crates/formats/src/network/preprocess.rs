//! How images become a network's input, where a file declares it.
//!
//! `NAME.preprocess.json` beside `NAME.onnx` or `NAME.prototxt`, or the same text as the value of the metadata key
//! `stationary.preprocess` of an ONNX file:
//! `{"resize": 256, "bgr": true, "mean": [104, 117, 123], "scale": [1, 1, 1]}`. `bgr` is false, `mean` zeros and
//! `scale` ones where they are left out.

use std::path::Path;

use nn::Preprocess;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Place, Position};
use crate::limits::Limits;

/// The declaration as it is typed.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Typed {
    resize: usize,
    #[serde(default)]
    bgr: bool,
    #[serde(default)]
    mean: [f32; 3],
    #[serde(default = "ones")]
    scale: [f32; 3],
}

fn ones() -> [f32; 3] {
    [1.0; 3]
}

/// Reads a declaration.
pub(crate) fn parse(text: &str, place: &Place) -> Result<Preprocess, Error> {
    let typed: Typed = serde_json::from_str(text).map_err(|error| {
        let position = Position::Text { line: error.line() as u32, column: error.column() as u32 };
        let found = error.to_string();
        let found =
            found.split(" at line ").next().and_then(|found| found.split(", expected").next()).unwrap_or_default();
        Error::malformed(place.at(position), found, "resize, and optionally bgr, mean and scale")
    })?;
    let Typed { resize, bgr, mean, scale } = typed;
    if let Some(value) = mean.iter().chain(&scale).find(|value| !value.is_finite()) {
        return Err(Error::unusable(place.clone(), value.to_string(), "finite means and scales"));
    }
    Ok(Preprocess { resize, bgr, mean, scale })
}

/// The text that declares `preprocess`.
pub(crate) fn text(preprocess: &Preprocess) -> String {
    let Preprocess { resize, bgr, mean, scale } = *preprocess;
    serde_json::to_string(&Typed { resize, bgr, mean, scale }).expect("sizes and numbers")
}

/// The declaration beside `net`, if there is one.
pub(crate) fn sidecar(net: &Path, limits: &Limits) -> Result<Option<Preprocess>, Error> {
    let path = net.with_extension("preprocess.json");
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = limits.read(&path)?;
    let place = Place::file(&path);
    match std::str::from_utf8(&bytes) {
        Ok(text) => parse(text, &place).map(Some),
        Err(_) => Err(Error::malformed(place, "bytes that are not UTF-8", "JSON")),
    }
}
