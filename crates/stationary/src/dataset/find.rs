//! What a name or a folder has of labelled images.

use crate::labelled::Labelled;
use crate::{Error, assets};
use formats::{Limits, idx};
use nn::{Network, Preprocess};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The embedded data set: Fashion-MNIST's test images.
pub const EMBEDDED: &str = "fashion-mnist-t10k";

/// Data sets that Debian packages hold.
const PACKAGES: &[Package] =
    &[Package { name: "fashion-mnist", package: "dataset-fashion-mnist", folder: "/usr/share/datasets/fashion-mnist" }];

/// A data set in a Debian package.
struct Package {
    name: &'static str,
    package: &'static str,
    /// Where the package puts its files.
    folder: &'static str,
}

/// The names of data sets.
pub fn names() -> impl Iterator<Item = &'static str> {
    std::iter::once(EMBEDDED).chain(PACKAGES.iter().map(|package| package.name))
}

/// A data set before it is parted.
pub(super) struct Found {
    pub name: String,
    /// Where it comes from, in words.
    pub source: String,
    pub images: Images,
}

/// Its images.
pub(super) enum Images {
    /// In two parts of its own.
    Parts { tune: Labelled, held: Labelled },
    /// In one, of which a `share` is held out unless something else is asked for.
    One { images: Labelled, share: [usize; 2] },
}

/// Of images in one part, how many are held out.
const SHARE: [usize; 2] = [3, 13];

/// The IDX files of the MNIST family: of images and of their labels.
const TRAIN: [&str; 2] = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"];
const TEST: [&str; 2] = ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];

/// The data set that `data` names.
pub(super) fn find(data: Option<&str>, network: &Network, preprocess: &Preprocess) -> Result<Found, Error> {
    let data = data.unwrap_or(EMBEDDED);
    let path = Path::new(data);
    if path.is_dir() {
        let (what, images) = in_folder(path, network, preprocess)?;
        return Ok(Found { name: data.into(), source: format!("{data} ({what})"), images });
    }
    if data == EMBEDDED {
        let read = |(name, bytes)| {
            Ok::<_, Error>((Path::new(name), idx::read_bytes(bytes, Path::new(name), &Limits::default())?))
        };
        let [images, labels] = assets::FASHION_MNIST;
        let images = Labelled::idx(read(images)?, read(labels)?, network, preprocess)?;
        let images = Images::One { images, share: [1, 2] };
        return Ok(Found { name: data.into(), source: format!("{data} (embedded)"), images });
    }
    if let Some(Package { name, package, folder }) = PACKAGES.iter().find(|package| package.name == data) {
        let path = Path::new(folder);
        if !path.is_dir() {
            return Err(Error::Package { name, package, folder: (*folder).into() });
        }
        let (what, images) = in_folder(path, network, preprocess)?;
        return Ok(Found { name: data.into(), source: format!("{data} (package {package}, {what})"), images });
    }
    if path.exists() {
        return Err(Error::DataFile { file: data.into() });
    }
    Err(Error::UnknownData { found: data.into(), valid: names().map(String::from).collect() })
}

/// What a folder holds, in words, and its images.
fn in_folder(folder: &Path, network: &Network, preprocess: &Preprocess) -> Result<(String, Images), Error> {
    let read_idx = |names| idx_pair(folder, names, network, preprocess);
    match (read_idx(TRAIN)?, read_idx(TEST)?) {
        (Some(tune), Some(held)) => return Ok(("train and t10k IDX files".into(), Images::Parts { tune, held })),
        (Some(images), None) => return Ok(("train IDX files".into(), Images::One { images, share: SHARE })),
        (None, Some(images)) => return Ok(("t10k IDX files".into(), Images::One { images, share: SHARE })),
        (None, None) => {}
    }
    let labels = folder.join("labels.csv");
    let (what, images) = if labels.is_file() {
        let images = Labelled::folder(folder, &labels, network, preprocess)?;
        expect_no_image_twice(&images, &labels)?;
        ("images of labels.csv".into(), images.held_in_memory()?)
    } else {
        let grids = grids(folder)?;
        (format!("tiles of {} PNG files", grids.len()), Labelled::tiles(&grids, network, preprocess)?)
    };
    Ok((what, Images::One { images, share: SHARE }))
}

/// The images and labels of a pair of IDX files, each as it is or compressed; none if the folder has neither.
fn idx_pair(
    folder: &Path,
    names: [&'static str; 2],
    network: &Network,
    preprocess: &Preprocess,
) -> Result<Option<Labelled>, Error> {
    let file = |name: &str| {
        [name.to_string(), format!("{name}.gz")].map(|name| folder.join(name)).into_iter().find(|path| path.is_file())
    };
    let half = |found: PathBuf, missing| {
        let found = found.file_name().unwrap_or_default().to_string_lossy().into();
        Err(Error::Half { folder: folder.display().to_string(), found, missing })
    };
    match (file(names[0]), file(names[1])) {
        (Some(images), Some(labels)) => Labelled::open(&images, &labels, network, preprocess).map(Some),
        (Some(images), None) => half(images, names[1]),
        (None, Some(labels)) => half(labels, names[0]),
        (None, None) => Ok(None),
    }
}

/// An image that is listed twice could come into both parts.
fn expect_no_image_twice(images: &Labelled, labels: &Path) -> Result<(), Error> {
    let mut seen = HashSet::new();
    match (0..images.len()).map(|index| images.name(index)).find(|&name| !seen.insert(name)) {
        None => Ok(()),
        Some(image) => Err(Error::Twice { labels: labels.display().to_string(), image: image.into() }),
    }
}

/// The PNG files of a folder, in the order of their classes, which their names begin with.
fn grids(folder: &Path) -> Result<Vec<(PathBuf, usize)>, Error> {
    let failed = |source| formats::Error::Io { file: folder.into(), source };
    let mut grids = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if !path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png")) {
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let digits = name.len() - name.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        grids.push((name[..digits].parse::<usize>().ok(), path));
    }
    // The order of a folder is not the same on every machine.
    grids.sort();
    if grids.iter().all(|(class, _)| class.is_none()) {
        return Err(Error::Unlabelled { folder: folder.display().to_string() });
    }
    let classed = |(class, path): (Option<usize>, PathBuf)| match class {
        Some(class) => Ok((path, class)),
        None => Err(Error::TileClass { file: path.display().to_string() }),
    };
    grids.into_iter().map(classed).collect()
}
