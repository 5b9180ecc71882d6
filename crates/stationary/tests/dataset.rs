//! Labelled data sets: what a folder or a name gives, how it is parted, and what is refused.

use nn::{Layer, LayerId, Network, Op, Preprocess};
use stationary::dataset::{Dataset, Split};
use stationary::labelled::Labelled;
use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A fresh folder for one test.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A path in the shared folder: `$STATIONARY_SHARED`, or `../shared` beside the workspace. Without it the test is
/// skipped, visibly.
fn shared(path: &str) -> Option<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var_os("STATIONARY_SHARED").map_or(workspace.join("../shared"), PathBuf::from);
    let found = folder.join("data").join(path);
    if !found.exists() {
        let _ = writeln!(std::io::stderr(), "skipped: needs ../shared/data/{path}");
        return None;
    }
    Some(found)
}

/// A network of ten classes, of which only the sizes matter.
fn network(dims: &[usize]) -> Network {
    let layer = |name: &str, op, inputs| Layer { name: name.into(), op, inputs, weights: None };
    let layers = vec![
        layer("data", Op::Input { dims: dims.to_vec() }, vec![]),
        layer("scores", Op::FullyConnected { outputs: 10 }, vec![LayerId(0)]),
    ];
    Network::new("ten", layers).unwrap()
}

const PLAIN: Preprocess = Preprocess { resize: 0, bgr: false, mean: [0.0; 3], scale: [1.0; 3] };

fn open(data: &Path, dims: &[usize], split: Split) -> Result<Dataset, String> {
    let preprocess = Preprocess { resize: dims[1].min(dims[2]), ..PLAIN };
    let data = data.display().to_string();
    Dataset::open(Some(&data), &network(dims), &preprocess, &split).map_err(|error| error.to_string())
}

fn split(seed: u64, held: usize) -> Split {
    Split { seed, held: Some(held) }
}

fn names(part: &Labelled) -> Vec<&str> {
    (0..part.len()).map(|index| part.name(index)).collect()
}

fn idx(dims: &[u32], data: &[u8]) -> Vec<u8> {
    let sizes: Vec<u8> = dims.iter().flat_map(|dim| dim.to_be_bytes()).collect();
    [&[0, 0, 8, dims.len() as u8], &sizes[..], data].concat()
}

/// A PNG whose red tells the column, green the row, and blue is `blue`.
fn png(width: u32, height: u32, blue: u8) -> Vec<u8> {
    let pixels = (0..height).flat_map(|y| (0..width).flat_map(move |x| [x as u8, y as u8, blue]));
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&pixels.collect::<Vec<_>>()).unwrap();
    bytes
}

/// Fashion-MNIST's test images have 1,000 of each class; the first is an ankle boot.
#[test]
fn the_embedded_images() {
    let dims = [1, 28, 28];
    let data = Dataset::open(None, &network(&dims), &PLAIN, &Split::default()).unwrap();
    assert_eq!((data.tune.len(), data.held.len()), (5000, 5000));
    assert_eq!(
        data.describe,
        "fashion-mnist-t10k (embedded): 5,000 images to sample and tune on, 5,000 held out (drawn with seed 1 without \
         regard to classes)"
    );
    let all: HashSet<&str> = names(&data.tune).into_iter().chain(names(&data.held)).collect();
    assert_eq!(all.len(), 10_000);
    for part in [&data.tune, &data.held] {
        let of_class = |class| (0..part.len()).filter(|&index| part.class(index) == class).count();
        assert!((0..10).map(of_class).all(|count| (420..580).contains(&count)));
    }
    let first =
        |part: &Labelled| (0..part.len()).find(|&index| part.name(index) == "image 0").map(|index| part.class(index));
    assert_eq!(first(&data.tune).or(first(&data.held)), Some(9));
    let by_name = Dataset::open(Some("fashion-mnist-t10k"), &network(&dims), &PLAIN, &split(1, 100)).unwrap();
    assert_eq!(names(&by_name.held), names(&data.held)[..100]);
    let other = Dataset::open(None, &network(&dims), &PLAIN, &split(2, 5000)).unwrap();
    assert_ne!(names(&other.held), names(&data.held));
    assert_ne!(other.held.digest().unwrap(), data.held.digest().unwrap());
}

/// Both parts of the MNIST family stay what they are; one of the two is parted.
#[test]
fn idx_files_in_one_part_or_two() {
    let folder = folder("dataset-idx");
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).unwrap();
    write("t10k-images-idx3-ubyte", &idx(&[4, 2, 2], &(0..16).collect::<Vec<u8>>()));
    write("t10k-labels-idx1-ubyte", &idx(&[4], &[0, 1, 2, 3]));
    let one = open(&folder, &[1, 2, 2], split(7, 3)).unwrap();
    assert_eq!((one.tune.len(), one.held.len()), (1, 3));
    for part in [&one.tune, &one.held] {
        let batch = part.batch(&(0..part.len()).collect::<Vec<_>>()).unwrap();
        assert_eq!(batch.images.dims(), [part.len(), 1, 2, 2]);
        for (image, class) in batch.images.data().chunks(4).zip(batch.classes) {
            assert_eq!(image, [0, 1, 2, 3].map(|pixel| (4 * class + pixel) as f32));
        }
    }
    write("train-images-idx3-ubyte", &idx(&[2, 2, 2], &[9; 8]));
    write("train-labels-idx1-ubyte", &idx(&[2], &[9, 9]));
    let two = open(&folder, &[1, 2, 2], Split::default()).unwrap();
    assert_eq!(
        (names(&two.tune), names(&two.held)),
        (vec!["image 0", "image 1"], vec!["image 0", "image 1", "image 2", "image 3"])
    );
    assert_eq!(two.tune.class(0), 9);
    let some = open(&folder, &[1, 2, 2], split(1, 2)).unwrap();
    assert_eq!((some.tune.len(), some.held.len()), (2, 2));
    assert!(
        some.describe
            .ends_with("2 held out (drawn with seed 1 without regard to classes from the 4 of its own part for that)"),
        "{}",
        some.describe
    );
}

/// The pixels of a folder are those that its files have, held in memory or not; 3 of 13 are held out.
#[test]
fn a_folder_of_images() {
    let folder = folder("dataset-folder");
    let mut labels = String::from("file,class\n");
    for image in 0..13 {
        fs::write(folder.join(format!("{image}.png")), png(5, 4, image)).unwrap();
        labels += &format!("{image}.png,{}\n", image % 10);
    }
    fs::write(folder.join("labels.csv"), labels).unwrap();
    let data = open(&folder, &[3, 4, 4], Split::default()).unwrap();
    assert_eq!((data.tune.len(), data.held.len()), (10, 3));
    let preprocess = Preprocess { resize: 4, ..PLAIN };
    let read = Labelled::folder(&folder, &folder.join("labels.csv"), &network(&[3, 4, 4]), &preprocess).unwrap();
    for index in 0..3 {
        let held = data.held.batch(&[index]).unwrap();
        let blue = held.images.data()[32] as usize;
        assert!(data.held.name(index).ends_with(&format!("{blue}.png")));
        assert_eq!(held.images, read.batch(&[blue]).unwrap().images);
        assert_eq!(held.classes, [blue % 10]);
    }
    let all: Vec<usize> = (0..13).collect();
    assert_eq!(read.digest().unwrap(), read.clone().held_in_memory().unwrap().part(&all).digest().unwrap());
    assert_ne!(read.digest().unwrap(), read.part(&all[1..]).digest().unwrap());
}

/// One class a file, its tiles row by row.
#[test]
fn grids_of_tiles() {
    let folder = folder("dataset-tiles");
    for (class, name) in ["cat", "dog"].into_iter().enumerate() {
        fs::write(folder.join(format!("{class}_{name}.png")), png(12, 8, class as u8)).unwrap();
    }
    let data = open(&folder, &[3, 4, 4], split(1, 5)).unwrap();
    assert_eq!((data.tune.len(), data.held.len()), (7, 5));
    assert!(data.describe.contains("(tiles of 2 PNG files)"), "{}", data.describe);
    for index in 0..data.tune.len() {
        let batch = data.tune.batch(&[index]).unwrap();
        let (class, pixels) = (data.tune.class(index), batch.images.data());
        let tile: usize = data.tune.name(index).rsplit(' ').next().unwrap().parse().unwrap();
        // The red, green and blue of the first pixel and the last.
        let (x, y) = (4.0 * (tile % 3) as f32, 4.0 * (tile / 3) as f32);
        assert_eq!([pixels[0], pixels[16], pixels[32]], [x, y, class as f32]);
        assert_eq!([pixels[15], pixels[31], pixels[47]], [x + 3.0, y + 3.0, class as f32]);
    }
}

/// The 10,000 test images of CIFAR-10 in tiles.
#[test]
fn cifar_tiles() {
    let Some(folder) = shared("images/cifar10_test") else { return };
    let data = open(&folder, &[3, 32, 32], Split::default()).unwrap();
    assert_eq!((data.tune.len(), data.held.len()), (7693, 2307));
}

#[test]
fn refusals() {
    let root = folder("dataset-refusals");
    let folder = |name: &str, files: &[(&str, &[u8])]| {
        fs::create_dir_all(root.join(name)).unwrap();
        files.iter().for_each(|(file, bytes)| fs::write(root.join(name).join(file), bytes).unwrap());
    };
    let images = idx(&[2, 2, 2], &[0; 8]);
    let photograph = png(5, 4, 0);
    folder("empty", &[]);
    folder("images-without-labels", &[("cat.png", &photograph)]);
    folder("idx-without-labels", &[("t10k-images-idx3-ubyte", &images)]);
    folder("labels-without-idx", &[("train-labels-idx1-ubyte.gz", &[])]);
    folder(
        "wrong-label-count",
        &[("t10k-images-idx3-ubyte", &images), ("t10k-labels-idx1-ubyte", &idx(&[3], &[0; 3]))],
    );
    folder(
        "idx-of-another-size",
        &[("t10k-images-idx3-ubyte", &idx(&[2, 4, 4], &[0; 32])), ("t10k-labels-idx1-ubyte", &idx(&[2], &[0; 2]))],
    );
    folder("class", &[("labels.csv", b"a.png,3\nb.png,10"), ("a.png", &photograph), ("b.png", &photograph)]);
    folder("twice", &[("labels.csv", b"a.png,3\nb.png,1\na.png,3"), ("a.png", &photograph), ("b.png", &photograph)]);
    folder("missing", &[("labels.csv", b"a.png,3\nb.png,1"), ("a.png", &photograph)]);
    folder("small", &[("labels.csv", b"a.png,3\nb.png,1"), ("a.png", &photograph), ("b.png", &png(3, 3, 0))]);
    folder("one", &[("labels.csv", b"a.png,3"), ("a.png", &photograph)]);
    folder("two", &[("labels.csv", b"a.png,3\nb.png,1"), ("a.png", &photograph), ("b.png", &photograph)]);
    folder("no-grid", &[("0.png", &photograph)]);
    folder("tile-class", &[("0.png", &png(4, 4, 0)), ("10_ships.png", &png(4, 4, 0))]);
    folder("tile-name", &[("0.png", &png(4, 4, 0)), ("ships.png", &png(4, 4, 0))]);
    fs::write(root.join("file"), "").unwrap();
    let mut told = String::new();
    let mut tell = |case: &str, refusal: String| {
        told += &format!("{case}\n  {}\n", refusal.replace(&format!("{}/", root.display()), ""));
    };
    for (name, dims) in [
        ("empty", [3, 4, 4]),
        ("images-without-labels", [3, 4, 4]),
        ("idx-without-labels", [1, 2, 2]),
        ("labels-without-idx", [1, 2, 2]),
        ("wrong-label-count", [1, 2, 2]),
        ("idx-of-another-size", [1, 2, 2]),
        ("class", [3, 4, 4]),
        ("twice", [3, 4, 4]),
        ("missing", [3, 4, 4]),
        ("small", [3, 4, 4]),
        ("one", [3, 4, 4]),
        ("no-grid", [3, 4, 4]),
        ("tile-class", [3, 4, 4]),
        ("tile-name", [3, 4, 4]),
        ("file", [3, 4, 4]),
    ] {
        tell(name, open(&root.join(name), &dims, Split::default()).unwrap_err());
    }
    for held in [0, 2] {
        tell(&format!("two, {held} held out"), open(&root.join("two"), &[3, 4, 4], split(1, held)).unwrap_err());
    }
    for name in ["fashion-minst", "cifar"] {
        tell(name, open(Path::new(name), &[1, 28, 28], Split::default()).unwrap_err());
    }
    insta::assert_snapshot!(told);
}

/// The package's 60,000 images to tune on and 10,000 held out, or how to get them.
#[test]
fn the_package() {
    match open(Path::new("fashion-mnist"), &[1, 28, 28], Split::default()) {
        Ok(data) => assert_eq!((data.tune.len(), data.held.len()), (60_000, 10_000)),
        Err(refusal) => assert_eq!(
            refusal,
            "found no /usr/share/datasets/fashion-mnist, where the Debian package dataset-fashion-mnist has the data set \
             fashion-mnist: install it (apt install dataset-fashion-mnist), or give a folder with its files"
        ),
    }
}
