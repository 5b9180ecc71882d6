//! `stationary estimate`: what a network costs, by layer, operand and level.

use super::output::OutputArgs;
use super::preprocessing::PreprocessArgs;
use super::progress::Progress;
use super::{Failure, NetArgs, Result, write_whole};
use formats::estimation::{self, MAX_BITS};
use formats::spec::ArchFile;
use model::Coding;
use nn::{ByOperand, Network, Operand};
use stationary::estimate::{self, Batches, Layer, Method, Origin, PLATFORM, Shares, Zeros, published};
use stationary::images::Images;
use stationary::run::array_layers;
use stationary::{Error, assets, library, networks};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

/// Estimate the energy of a network: by layer, operand and level, from its mappings, zeros and bits.
///
/// The method of the public energy-estimation tool: each layer has its best mapping on the architecture; a
/// multiply-accumulate with a zero operand is left out with the accesses that serve it; words are stored in a code;
/// energy is in proportion to bits. Exit status 1 when a layer has no mapping.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Args {
    /// The network: a name of the zoo (`stationary net list`), a file (.onnx, .prototxt), or the layers in the
    /// estimation tool's 25 fields (.csv, .txt).
    #[arg(value_name = "NET|FILE.csv")]
    net: String,
    #[command(flatten)]
    files: NetArgs,
    /// Layers of the network: names, numbers, and ranges A..B; all if left out.
    #[arg(long, value_name = "LIST")]
    layer: Option<String>,
    /// The architecture: a name of the library (`stationary arch list`) or a file.
    #[arg(long, value_name = "NAME|FILE", default_value = PLATFORM)]
    arch: String,
    /// The dataflow that the mappings belong to: a name of the library or a file, or `none`; the architecture's own if
    /// left out.
    #[arg(long, value_name = "NAME|FILE")]
    dataflow: Option<String>,
    /// Images at once; if left out, 1 in convolutions and 12 in fully connected layers, as the published estimates.
    #[arg(long, value_name = "N", value_parser = super::batch())]
    batch: Option<usize>,
    /// Images at once in fully connected layers.
    #[arg(long, value_name = "N", value_parser = super::batch())]
    fc_batch: Option<usize>,
    /// Images (JPEG, PNG) to run in floating point, whose feature maps' zeros count; needs weights.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    image: Vec<PathBuf>,
    #[command(flatten)]
    preprocessing: PreprocessArgs,
    /// Shares of words that are not zero, in place of what the network, the images and publications say: 0.4 for
    /// ifmaps and ofmaps, or ifmap=0.4,weight=0.1,ofmap=0.4.
    #[arg(long, value_name = "SHARES", value_parser = shares)]
    density: Option<ByOperand<Option<f64>>>,
    /// Bits of words: 8 for all, or ifmap=8,weight=4,ofmap=16; those of the architecture if left out.
    #[arg(long, value_name = "BITS", value_parser = bits)]
    bits: Option<ByOperand<Option<u32>>>,
    /// How the outermost memory holds words.
    #[arg(long, value_enum, value_name = "CODE", default_value_t = Code::Map)]
    coding: Code,
    /// Stops the search of a mapping after this time, with the best so far (10s, 500ms, 2m).
    #[arg(long, value_name = "TIME", value_parser = super::map::time)]
    budget: Option<Duration>,
    /// Writes the layers to this file in the estimation tool's 25 fields.
    #[arg(long, value_name = "FILE.csv")]
    write_csv: Option<PathBuf>,
    /// Writes the energies to this file as the estimation tool does (EnergyEstimation.txt).
    #[arg(long, value_name = "FILE.txt")]
    write_energy: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

const HELP: &str = "\
Examples:
  stationary estimate alexnet
  stationary estimate resnet50 --density 0.5 --bits 8 --report resnet50.html
  stationary estimate efficientnet-lite0 --image cat.jpg dog.jpg --write-csv layers.csv
  stationary estimate layers.csv --arch eyeriss --budget 5s --csv";

#[derive(Clone, Copy, clap::ValueEnum)]
enum Code {
    /// Whole words.
    Plain,
    /// A bit for every word, and the words that are not zero.
    Map,
    /// The chip's run-length code.
    RunLength,
}

/// Images at once in the published estimates.
const BATCHES: Batches = estimate::validation::BATCHES;

/// What is estimated.
struct Subject {
    name: String,
    layers: Vec<Layer>,
    origin: Origin,
}

/// Does it.
pub fn run(args: Args) -> Result {
    let ArchFile { arch, word_bits, .. } = library::arch(&args.arch)?;
    let word_bits = word_bits.and_then(|bits| u32::try_from(bits).ok()).unwrap_or(16);
    let subject = match table(&args.net) {
        Some(path) => of_file(&args, path)?,
        None => of_network(&args, word_bits)?,
    };
    let dataflow = match args.dataflow.as_deref() {
        Some(none) if none.eq_ignore_ascii_case("none") => None,
        Some(name) => Some(name),
        None => library::designed_for(&args.arch),
    };
    let coding = match args.coding {
        Code::Plain => Coding::Plain,
        Code::Map => Coding::Map,
        Code::RunLength => Coding::RunLength,
    };
    let method = Method { arch: &arch, word_bits, dataflow, coding, budget: args.budget };
    if let Some(path) = &args.write_csv {
        write_whole(path, &estimation::write(subject.layers.iter().map(|layer| &layer.fields)))?;
    }
    let progress = Mutex::new(Progress::new());
    let observe = |name: &str, done: usize, total: usize| {
        if let Ok(mut progress) = progress.lock() {
            progress.search(name, done, total);
        }
    };
    let estimates = estimate::run(&method, subject.layers, &observe)?;
    drop(progress);
    if let Some(path) = &args.write_energy {
        write_whole(path, &estimate::tool_layout(&method, &estimates))?;
    }
    let document = estimate::document(&subject.name, &method, &estimates, &subject.origin);
    args.output.deliver(&document, estimates.lacks())
}

/// The file of layers that `net` names, if it does.
fn table(net: &str) -> Option<&Path> {
    let path = Path::new(net);
    let ending = path.extension()?.to_string_lossy().to_lowercase();
    ["csv", "txt"].contains(&ending.as_str()).then_some(path)
}

/// A file of layers says all of them by itself.
fn of_file(args: &Args, path: &Path) -> std::result::Result<Subject, Failure> {
    let given = [
        ("--layer", args.layer.is_some()),
        ("--batch", args.batch.is_some()),
        ("--fc-batch", args.fc_batch.is_some()),
        ("--image", !args.image.is_empty()),
        ("--density", args.density.is_some()),
        ("--bits", args.bits.is_some()),
    ];
    if let Some((option, _)) = given.iter().find(|(_, given)| *given) {
        return Err(Failure(format!("{}: {option} is for networks: the fields of the file say it", path.display())));
    }
    Ok(Subject { name: args.net.clone(), layers: estimate::of_file(path)?, origin: Origin::File })
}

fn of_network(args: &Args, word_bits: u32) -> std::result::Result<Subject, Failure> {
    let network = open(args)?;
    let layers = match &args.layer {
        Some(list) => networks::select(&network, list)?,
        None => array_layers(&network),
    };
    let batches = match (args.batch, args.fc_batch) {
        (Some(batch), None) => Batches { convolutions: batch, fully_connected: batch },
        (batch, fc_batch) => Batches {
            convolutions: batch.unwrap_or(BATCHES.convolutions),
            fully_connected: fc_batch.unwrap_or(BATCHES.fully_connected),
        },
    };
    let zeros = zeros(args, &network)?;
    let bits = ByOperand(args.bits.unwrap_or_default().0.map(|bits| bits.unwrap_or(word_bits)));
    let given = Shares(args.density.unwrap_or_default());
    let layers = estimate::of_network(&network, &layers, batches, bits, &zeros, given)?;
    Ok(Subject { name: network.name().into(), layers, origin: zeros.origin })
}

/// The network; the embedded one with its weights.
fn open(args: &Args) -> std::result::Result<Network, Error> {
    let embedded = args.net.eq_ignore_ascii_case(assets::NETWORK);
    if embedded || !args.image.is_empty() { args.files.open_trained(&args.net) } else { args.files.open(&args.net) }
}

fn zeros(args: &Args, network: &Network) -> std::result::Result<Zeros, Failure> {
    if args.image.is_empty() {
        let published = published::activations(network.name()).filter(|_| network.lacks_weights().is_some());
        return Ok(published.map_or_else(Zeros::unknown, |activations| Zeros::published(activations, network)));
    }
    let preprocess = args.preprocessing.overrides().over(network)?;
    let images = Images::new(&args.image, network, &preprocess);
    let mut progress = Progress::new();
    Ok(estimate::measured(network, &images, &mut |done, total| progress.images(done, total))?)
}

/// One value for each operand that is named, or one for those of `plain`.
fn by_operand<T: Copy>(
    text: &str,
    plain: [bool; 3],
    value: impl Fn(&str) -> Option<T>,
    expected: &str,
) -> std::result::Result<ByOperand<Option<T>>, String> {
    const NAMES: [(&str, Operand); 5] = [
        ("ifmap", Operand::Input),
        ("weight", Operand::Weight),
        ("filter", Operand::Weight),
        ("ofmap", Operand::Output),
        ("psum", Operand::Output),
    ];
    if let Some(one) = value(text.trim()) {
        return Ok(ByOperand(plain.map(|named| named.then_some(one))));
    }
    let mut values = ByOperand([None; 3]);
    for item in text.split(',') {
        let named = item.split_once('=').and_then(|(name, number)| {
            let (_, operand) = NAMES.iter().find(|(known, _)| *known == name.trim())?;
            Some((*operand, value(number.trim())?))
        });
        let (operand, value) = named.ok_or_else(|| format!("found {item:?}, expected {expected}"))?;
        if values[operand].replace(value).is_some() {
            return Err(format!("found {item:?}, expected each operand once"));
        }
    }
    Ok(values)
}

fn shares(text: &str) -> std::result::Result<ByOperand<Option<f64>>, String> {
    let share = |text: &str| text.parse().ok().filter(|share: &f64| (0.0..=1.0).contains(share));
    by_operand(text, [true, false, true], share, "a share from 0 to 1, or ifmap=SHARE, weight=SHARE, ofmap=SHARE")
}

fn bits(text: &str) -> std::result::Result<ByOperand<Option<u32>>, String> {
    let bits = |text: &str| text.parse().ok().filter(|bits| (1..=MAX_BITS).contains(bits));
    by_operand(text, [true; 3], bits, "1 to 64 bits, or ifmap=BITS, weight=BITS, ofmap=BITS")
}
