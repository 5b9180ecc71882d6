//! Which class each image of a folder belongs to: a text file with `FILE,CLASS` on each line, the class as its number
//! from 0. A first line whose class is no number is a heading. Files lie in the folder or below it.

use std::path::{Component, Path};

use crate::error::{Error, Place, Position, quoted};
use crate::limits::Limits;

/// Reads the names of images and their classes, in the order of the file.
pub fn read(path: &Path, limits: &Limits) -> Result<Vec<(String, usize)>, Error> {
    read_bytes(&limits.read(path)?, path)
}

/// Reads a file that is in memory; `path` names it in errors.
pub fn read_bytes(bytes: &[u8], path: &Path) -> Result<Vec<(String, usize)>, Error> {
    const EXPECTED: &str = "FILE,CLASS with the class as a number from 0";
    let place = Place::file(path);
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Error::malformed(place.clone(), "bytes that are not UTF-8", EXPECTED))?;
    let mut labels = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let labelled = line.rsplit_once(',').and_then(|(file, class)| Some((file.trim(), class.trim().parse().ok()?)));
        match labelled {
            Some((file, class)) if stays_below(file) => labels.push((file.to_string(), class)),
            None if line.is_empty() || (index == 0 && line.contains(',')) => {}
            _ => {
                let position = Position::Text { line: index as u32 + 1, column: 1 };
                return Err(Error::malformed(place.at(position), quoted(line), EXPECTED));
            }
        }
    }
    if labels.is_empty() {
        return Err(Error::unusable(place, "no labels", EXPECTED));
    }
    Ok(labels)
}

/// Whether `file` names something in the folder that it is relative to.
fn stays_below(file: &str) -> bool {
    !file.is_empty() && Path::new(file).components().all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<Vec<(String, usize)>, String> {
        read_bytes(text, Path::new("labels.csv")).map_err(|error| error.to_string())
    }

    #[test]
    fn labels_with_and_without_a_heading() {
        let expected = vec![("a.png".to_string(), 3), ("b,c.png".to_string(), 0)];
        assert_eq!(read(b"a.png,3\nb,c.png, 0\n"), Ok(expected.clone()));
        assert_eq!(read(b"file,class\r\na.png,3\r\n\r\nb,c.png,0"), Ok(expected));
    }

    #[test]
    fn refusals() {
        for (text, message) in [
            (
                &b"a.png,3\nb.png,cat\n"[..],
                r#"labels.csv:2:1: found "b.png,cat", expected FILE,CLASS with the class as a number from 0"#,
            ),
            (b"a.png,3\n,4", r#"labels.csv:2:1: found ",4", expected FILE,CLASS with the class as a number from 0"#),
            (
                b"a.png,-1\nb.png,-1",
                r#"labels.csv:2:1: found "b.png,-1", expected FILE,CLASS with the class as a number from 0"#,
            ),
            (
                b"../a.png,3\n/b.png,3",
                r#"labels.csv:1:1: found "../a.png,3", expected FILE,CLASS with the class as a number from 0"#,
            ),
            (b"a.png 3", r#"labels.csv:1:1: found "a.png 3", expected FILE,CLASS with the class as a number from 0"#),
            (
                b"\xff,1",
                "labels.csv: found bytes that are not UTF-8, expected FILE,CLASS with the class as a number from 0",
            ),
            (b"", "labels.csv: found no labels, expected FILE,CLASS with the class as a number from 0"),
        ] {
            assert_eq!(read(text), Err(message.into()));
        }
    }
}
