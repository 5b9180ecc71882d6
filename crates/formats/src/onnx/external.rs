//! Weights that an ONNX file keeps in other files ("external data"): read only when asked for, and only from within
//! the model's folder.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Place, quoted};
use crate::proto::Message;

/// The folder that external data must lie in.
pub(super) struct External {
    folder: PathBuf,
}

impl External {
    /// The folder of `model`.
    pub fn beside(model: &Path) -> Result<Self, Error> {
        let parent = model.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = parent.canonicalize().map_err(|source| Error::Io { file: parent.into(), source })?;
        Ok(External { folder })
    }

    /// The `bytes` bytes that `tensor` refers to.
    pub fn read(&self, tensor: &Message, place: &Place, bytes: usize) -> Result<Vec<u8>, Error> {
        let value = |key: &str| {
            let pairs = tensor.messages("external_data");
            pairs.filter(|pair| pair.text("key") == key).map(|pair| pair.text("value")).last()
        };
        let number = |key: &str, default: u64| match value(key) {
            None => Ok(default),
            Some(text) => text
                .parse()
                .map_err(|_| Error::unusable(place.clone(), format!("{key} {}", quoted(text)), "a number of bytes")),
        };
        let path = self.contained(value("location").unwrap_or(""), place)?;
        let offset = number("offset", 0)?;
        let length = number("length", bytes as u64)?;
        if length != bytes as u64 {
            let found = format!("a length of {length} bytes");
            return Err(Error::unusable(place.clone(), found, format!("{bytes} bytes as its dimensions need")));
        }
        let io = |source| Error::Io { file: path.clone(), source };
        let mut file = File::open(&path).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        if !metadata.is_file() {
            return Err(Error::unusable(place.clone(), "a location that is no file", "a regular file"));
        }
        if offset.checked_add(length).is_none_or(|end| end > metadata.len()) {
            let found = format!("{length} bytes from byte {offset} of a file of {}", metadata.len());
            return Err(Error::unusable(place.clone(), found, "a range within the file"));
        }
        file.seek(SeekFrom::Start(offset)).map_err(io)?;
        let mut data = vec![0; bytes];
        file.read_exact(&mut data).map_err(io)?;
        Ok(data)
    }

    /// The path of `location` when neither its words nor links lead out of the folder.
    fn contained(&self, location: &str, place: &Place) -> Result<PathBuf, Error> {
        let refuse = || {
            let found = format!("the location {}", quoted(location));
            Error::unusable(place.clone(), found, "a file in the model's folder")
        };
        let relative = Path::new(location);
        let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
        if location.is_empty() || !plain {
            return Err(refuse());
        }
        let path = self.folder.join(relative);
        let real = path.canonicalize().map_err(|source| Error::Io { file: path.clone(), source })?;
        if real.starts_with(&self.folder) { Ok(real) } else { Err(refuse()) }
    }
}
