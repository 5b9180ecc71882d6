//! IDX files, as the MNIST and Fashion-MNIST collections come in (Y. LeCun, C. Cortes, C. Burges, "The MNIST database
//! of handwritten digits"), plain or compressed with gzip.
//!
//! Big endian: two zero bytes, the type of the elements (8: unsigned byte; no other is read), the number of
//! dimensions, each dimension as u32, then the elements.

use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use nn::Tensor;

use crate::error::{Error, Place, Position};
use crate::limits::{Limits, product};

const UNSIGNED_BYTE: u8 = 8;
/// Images with channels have four: number, channels, rows, columns.
const MAX_RANK: usize = 4;

/// Reads an IDX file of bytes.
pub fn read(path: &Path, limits: &Limits) -> Result<Tensor<u8>, Error> {
    read_bytes(&limits.read(path)?, path, limits)
}

/// Reads an IDX file that is in memory; `path` names it in errors.
pub fn read_bytes(bytes: &[u8], path: &Path, limits: &Limits) -> Result<Tensor<u8>, Error> {
    let place = Place::file(path);
    if bytes.starts_with(&[0x1f, 0x8b]) {
        parse(MultiGzDecoder::new(bytes), &place, limits)
    } else {
        parse(bytes, &place, limits)
    }
}

fn parse(mut bytes: impl Read, place: &Place, limits: &Limits) -> Result<Tensor<u8>, Error> {
    let mut magic = [0; 4];
    fill(&mut bytes, &mut magic, place, 0)?;
    let [0, 0, kind, rank] = magic else {
        return Err(Error::malformed(
            place.clone(),
            format!("first bytes {magic:02x?}"),
            "an IDX file: 00 00 08 and the rank",
        ));
    };
    if kind != UNSIGNED_BYTE {
        return Err(Error::unusable(place.clone(), format!("elements of type {kind:#04x}"), "unsigned bytes (0x08)"));
    }
    let rank = usize::from(rank);
    if !(1..=MAX_RANK).contains(&rank) {
        return Err(Error::unusable(place.clone(), format!("{rank} dimensions"), format!("1 to {MAX_RANK}")));
    }
    let mut dims = Vec::new();
    for index in 0..rank {
        let mut dim = [0; 4];
        fill(&mut bytes, &mut dim, place, 4 + 4 * index)?;
        dims.push(i64::from(u32::from_be_bytes(dim)));
    }
    let len = product(place, &dims, limits.elements)?;
    // Read as it comes: what the header promises is allocated only when it is there.
    let mut data = Vec::new();
    let header = 4 + 4 * rank;
    bytes.by_ref().take(len as u64).read_to_end(&mut data).map_err(|error| refuse(place, header, &error))?;
    if data.len() < len {
        return Err(short(place, header + data.len(), format!("{len} elements as the header says")));
    }
    let mut rest = [0; 1];
    if bytes.read(&mut rest).map_err(|error| refuse(place, header + len, &error))? > 0 {
        let place = place.at(Position::Byte(header + len));
        return Err(Error::malformed(place, "more bytes", format!("an end after {len} elements")));
    }
    Ok(Tensor::from_vec(&dims.iter().map(|&dim| dim as usize).collect::<Vec<_>>(), data))
}

fn fill(bytes: &mut impl Read, into: &mut [u8], place: &Place, offset: usize) -> Result<(), Error> {
    bytes.read_exact(into).map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => short(place, offset, "an IDX header".into()),
        _ => refuse(place, offset, &error),
    })
}

fn short(place: &Place, offset: usize, expected: String) -> Error {
    Error::malformed(
        place.at(Position::Byte(offset)),
        "the end of the data",
        format!("{expected} (is the file cut short?)"),
    )
}

fn refuse(place: &Place, offset: usize, error: &std::io::Error) -> Error {
    Error::malformed(place.at(Position::Byte(offset)), error.to_string(), "a whole gzip stream")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn idx(dims: &[u32], data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, 8, dims.len() as u8];
        dims.iter().for_each(|dim| bytes.extend(dim.to_be_bytes()));
        bytes.extend(data);
        bytes
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("written to memory")
    }

    fn read(bytes: &[u8]) -> Result<Tensor<u8>, String> {
        read_bytes(bytes, Path::new("labels.idx"), &Limits::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn plain_and_compressed() {
        let bytes = idx(&[2, 1, 3], &[1, 2, 3, 4, 5, 6]);
        let tensor = Tensor::from_vec(&[2, 1, 3], vec![1, 2, 3, 4, 5, 6]);
        assert_eq!(read(&bytes), Ok(tensor.clone()));
        assert_eq!(read(&gzip(&bytes)), Ok(tensor));
    }

    #[test]
    fn refusals() {
        let good = idx(&[2, 2], &[1, 2, 3, 4]);
        let mut float = good.clone();
        float[2] = 0x0d;
        let huge = idx(&[u32::MAX, u32::MAX], &[]);
        let compressed = gzip(&good);
        let mut corrupt = compressed.clone();
        corrupt[compressed.len() - 6] ^= 0xff; // of the checksum
        for (bytes, message) in [
            (
                &b""[..],
                "labels.idx: byte 0: found the end of the data, expected an IDX header (is the file cut short?)",
            ),
            (b"\x89PNG", "labels.idx: found first bytes [89, 50, 4e, 47], expected an IDX file: 00 00 08 and the rank"),
            (&float, "labels.idx: found elements of type 0x0d, expected unsigned bytes (0x08)"),
            (&[0, 0, 8, 9], "labels.idx: found 9 dimensions, expected 1 to 4"),
            (
                &good[..9],
                "labels.idx: byte 8: found the end of the data, expected an IDX header (is the file cut short?)",
            ),
            (
                &good[..15],
                "labels.idx: byte 15: found the end of the data, expected 4 elements as the header says (is the file cut short?)",
            ),
            (&[&good[..], &[7]].concat(), "labels.idx: byte 16: found more bytes, expected an end after 4 elements"),
            (&idx(&[0, 5], &[]), "labels.idx: found dimensions [0, 5], expected sizes of at least 1"),
            (&huge, "labels.idx: found 18446744065119617025 elements, the limit is 536870912"),
        ] {
            assert_eq!(read(bytes), Err(message.into()));
        }
        for broken in [&compressed[..compressed.len() - 3], &corrupt] {
            let message = read(broken).expect_err("a broken stream");
            assert!(message.ends_with("expected a whole gzip stream"), "{message}");
        }
    }
}
