//! `stationary accuracy`: what the chip's 16 bits cost, on labelled images.

use super::preprocessing::PreprocessArgs;
use super::progress::Progress;
use super::{NetArgs, Outcome, Result};
use eyeriss::{Chip, Engine, Machine};
use stationary::accuracy::{Study, measure};
use stationary::labelled::Labelled;
use stationary::{assets, dataset, report};
use std::path::PathBuf;

/// Accuracy of a network in float and in the chip's 16 bits, on labelled images.
///
/// Exit status 1 where the machine's words are not those of the 16-bit convolution.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Args {
    /// The network: a file (.onnx, .prototxt), or the name of the embedded one.
    #[arg(long, value_name = "FILE|NAME", default_value = assets::NETWORK)]
    net: String,
    #[command(flatten)]
    files: NetArgs,
    /// The images: a folder of JPEGs and PNGs, or an IDX file, as it is or compressed with gzip.
    #[arg(long, value_name = "FOLDER|FILE", requires = "labels", required_unless_present = "data")]
    images: Option<PathBuf>,
    /// Their classes: a text file with FILE,CLASS on each line (classes from 0), or an IDX file.
    #[arg(long, value_name = "FILE", requires = "images", required_unless_present = "data")]
    labels: Option<PathBuf>,
    /// Images with their classes in place of both: a data set (fashion-mnist, fashion-mnist-t10k), or a folder with
    /// labels.csv, with the IDX files of the MNIST family, or with grids of tiles CLASS_NAME.png. Of a data set in two
    /// parts, the one to test on.
    #[arg(long, value_name = "FOLDER|NAME", conflicts_with_all = ["images", "labels"])]
    data: Option<String>,
    /// Images on which the 16-bit formats are chosen, evenly spaced among all.
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = super::batch())]
    calibrate: usize,
    /// Images, the first ones, that also go through the machine, clock by clock; every word must be the same.
    #[arg(long, value_name = "N", default_value_t = 0)]
    machine: usize,
    #[command(flatten)]
    preprocessing: PreprocessArgs,
    /// Prints one JSON document.
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Examples:
  stationary accuracy --images val --labels val/labels.csv
  stationary accuracy --net lenet.prototxt --weights lenet.caffemodel --scale 0.00390625 \\
      --images t10k-images-idx3-ubyte.gz --labels t10k-labels-idx1-ubyte.gz --machine 1
  stationary accuracy --net resnet20 --weights resnet20.safetensors --data cifar10";

/// Does it.
pub fn run(args: Args) -> Result {
    let network = args.files.open_trained(&args.net)?;
    let preprocess = args.preprocessing.overrides().over(&network)?;
    let images = match (&args.images, &args.labels) {
        (Some(images), Some(labels)) => Labelled::open(images, labels, &network, &preprocess)?,
        _ => dataset::to_test(args.data.as_deref(), &network, &preprocess)?,
    };
    let study = Study {
        network: &network,
        images: &images,
        calibration: args.calibrate,
        sample: args.machine,
        machine: Machine::new(Chip::default(), Engine::Stepper)?,
    };
    let mut progress = Progress::new();
    let accuracy = measure(&study, &mut |done, total| progress.images(done, total))?;
    drop(progress);
    let document = report::accuracy::document;
    let text = if args.json { document(&study, &accuracy)? } else { report::accuracy::text(&study, &accuracy) };
    Ok(Outcome { text, finding: accuracy.machine.different > 0 })
}
