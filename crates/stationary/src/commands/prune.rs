//! `stationary prune`: a trained network with fewer joules and the same accuracy.

use super::output::OutputArgs;
use super::preprocessing::PreprocessArgs;
use super::progress::Progress;
use super::{Failure, NetArgs, Result, write_bytes, write_whole};
use ::prune::{Done, Fit, Floor, METHODS, Method, Norm, Pattern, Sampling, Settings, State};
use formats::estimation;
use formats::onnx::write::{Floats, to_bytes};
use formats::spec::ArchFile;
use model::Coding;
use nn::{ByOperand, Network};
use stationary::dataset::{Dataset, Split};
use stationary::estimate::{self, Batches, PLATFORM, Shares, Zeros};
use stationary::prune::checkpoint::{self, Beginning};
use stationary::prune::{self, Outcome, Surroundings, Tuning};
use stationary::run::array_layers;
use stationary::{Error, assets, library};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Prune a network for energy: fewer joules, same accuracy.
///
/// Round after round the weights that save most energy for the least error go, layers of most energy first; some return
/// where the ofmap misses them most; the survivors are fitted anew by least squares, and all is fine-tuned by
/// back-propagation where that is built in (cargo feature `train`). It ends when the accuracy is spent.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Args {
    /// The network: a file (.onnx, .prototxt), or the name of an embedded one.
    #[arg(value_name = "NET", default_value = assets::FASHION)]
    net: String,
    #[command(flatten)]
    files: NetArgs,
    /// Labelled images: a folder (IDX files, images with labels.csv, a PNG of tiles a class) or an installed package
    /// (fashion-mnist); the embedded images if left out.
    #[arg(long, value_name = "DIR|PACKAGE")]
    data: Option<String>,
    /// Images to hold out, on which accuracy is measured, where the data set does not say.
    #[arg(long, value_name = "N")]
    held: Option<usize>,
    #[command(flatten)]
    preprocessing: PreprocessArgs,
    /// The architecture whose energy counts: a name of the library (`stationary arch list`) or a file.
    #[arg(long, value_name = "NAME|FILE", default_value = PLATFORM)]
    arch: String,
    /// Images at once in convolutions, for the energy.
    #[arg(long, value_name = "N", value_parser = super::batch(), default_value_t = BATCHES.convolutions)]
    batch: usize,
    /// Images at once in fully connected layers.
    #[arg(long, value_name = "N", value_parser = super::batch(), default_value_t = BATCHES.fully_connected)]
    fc_batch: usize,
    /// Points of top-1 accuracy that may be lost.
    #[arg(long, value_name = "POINTS", default_value_t = 1.0, value_parser = percent)]
    accuracy_loss: f64,
    /// The top-1 accuracy that must be left, in percent, in place of --accuracy-loss.
    #[arg(long, value_name = "PERCENT", value_parser = percent, conflicts_with = "accuracy_loss")]
    accuracy: Option<f64>,
    /// The method: energy, magnitude, weights, macs; or several with commas between, side by side.
    #[arg(long, value_name = "LIST", default_value = "energy", value_delimiter = ',', value_parser = method)]
    method: Vec<Method>,
    /// What is removed together: weights, filters, channels, or N:M (N of M channels in a row survive).
    #[arg(long, value_name = "PATTERN", default_value = "weights", value_parser = pattern)]
    pattern: Pattern,
    /// The share of what can still be saved that the first round takes.
    #[arg(long, value_name = "SHARE", default_value_t = 0.25, value_parser = share)]
    step: f64,
    /// Ends when a round would take less: a round that loses too much is taken back and the step halved.
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, value_parser = share)]
    least_step: f64,
    /// The most rounds.
    #[arg(long, value_name = "N", default_value_t = 24)]
    rounds: usize,
    /// Images whose windows are sampled for each layer.
    #[arg(long, value_name = "N", default_value_t = 2048, value_parser = clap::value_parser!(u32).range(1..))]
    images: u32,
    /// Windows that are sampled for each layer, over all these images; at least one of each.
    #[arg(long, value_name = "N", default_value_t = 8192, value_parser = clap::value_parser!(u32).range(1..))]
    windows: u32,
    /// The share of survivors that the error of the ofmap decides on instead of magnitude.
    #[arg(long, value_name = "SHARE", default_value_t = 0.2, value_parser = share)]
    restored: f64,
    /// The norm of that error.
    #[arg(long, value_enum, value_name = "NORM", default_value_t = NormArg::Squares)]
    norm: NormArg,
    /// How much the least squares hold on to the weights as they were, in shares of the inputs' mean square.
    #[arg(long, value_name = "SHARE", default_value_t = 1e-3, value_parser = share)]
    ridge: f64,
    /// Decides on the split, the samples and the order of images.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Times that all images to tune on go through back-propagation after a round; 0 for none. 1 where it is built in.
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// Images of a step of back-propagation.
    #[arg(long, value_name = "N", value_parser = super::batch(), default_value_t = 64)]
    tune_batch: usize,
    /// The highest learning rate of back-propagation.
    #[arg(long, value_name = "RATE", default_value_t = 0.01, value_parser = share)]
    rate: f64,
    /// Runs the original and the pruned network on the machine, of which zeros of either operand gate, with this many of the
    /// images to tune on, beside the estimate; 0 for none.
    #[arg(long, value_name = "IMAGES", value_parser = clap::value_parser!(u32).range(..=1024), default_value_t = 0)]
    machine: u32,
    /// Keeps the run in this file after each piece of work, and goes on with what is there. Several methods have a file
    /// each, with the method's name in front.
    #[arg(long, value_name = "FILE", value_parser = super::output::file)]
    resume: Option<PathBuf>,
    /// Writes the pruned network to this file.
    #[arg(long, value_name = "FILE.onnx", value_parser = super::output::file)]
    write_onnx: Option<PathBuf>,
    /// Writes the densities of its layers to this file.
    #[arg(long, value_name = "FILE.csv", value_parser = super::output::file)]
    write_densities: Option<PathBuf>,
    /// Writes its layers to this file in the estimation tool's 25 fields.
    #[arg(long, value_name = "FILE.csv", value_parser = super::output::file)]
    write_csv: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

const HELP: &str = "\
Examples:
  stationary prune
  stationary prune --method energy,magnitude,macs --svg curves
  stationary prune net.onnx --data photographs --accuracy-loss 0.5 --resume run.state --write-onnx pruned.onnx";

#[derive(Clone, Copy, clap::ValueEnum)]
enum NormArg {
    /// The sum of absolute errors, over the first 512 windows.
    Absolute,
    /// The sum of squared errors.
    Squares,
}

/// Images at once in the published estimates.
const BATCHES: Batches = estimate::validation::BATCHES;

/// Does it.
pub fn run(args: Args) -> Result {
    let network = args.files.open_trained(&args.net)?;
    let preprocess = args.preprocessing.overrides().over(&network)?;
    let network = network.with_preprocess(preprocess.clone());
    let split = Split { seed: args.seed, held: args.held };
    let data = Dataset::open(args.data.as_deref(), &network, &preprocess, &split)?;
    let ArchFile { arch, word_bits, .. } = library::arch(&args.arch)?;
    let word_bits = word_bits.and_then(|bits| u32::try_from(bits).ok()).unwrap_or(16);
    let dataflow = library::designed_for(&args.arch);
    let method = estimate::Method { arch: &arch, word_bits, dataflow, coding: Coding::Map, budget: None };

    let progress = Mutex::new(Progress::new());
    let layers = array_layers(&network);
    let batches = Batches { convolutions: args.batch, fully_connected: args.fc_batch };
    let bits = ByOperand([word_bits; 3]);
    let described = estimate::of_network(&network, &layers, batches, bits, &Zeros::unknown(), Shares::default())?;
    let estimates = estimate::run(&method, described, &|name: &str, done: usize, total: usize| {
        if let Ok(mut progress) = progress.lock() {
            progress.search(name, done, total);
        }
    })?;
    if let Some(lacking) = estimates.layers.iter().find(|layer| layer.estimate.is_none()) {
        return Err(Error::NoMapping { layer: lacking.layer.name.clone(), arch: arch.name().into() }.into());
    }
    let surroundings = Surroundings {
        tune: &data.tune,
        held: &data.held,
        estimates: &estimates,
        method,
        layers,
        tuning: tuning(&args)?,
        tell: &|what: &str| {
            if let Ok(mut progress) = progress.lock() {
                progress.step(what, 0);
            }
        },
    };

    let mut outcomes = Vec::new();
    let mut beginnings = Vec::new();
    for method in &args.method {
        let settings = settings(&args, *method);
        let begun_with = surroundings.begun_with(&network, &data, &settings)?;
        outcomes.push(outcome(&args, &network, &surroundings, &settings, &begun_with, &progress)?);
        beginnings.push(begun_with);
    }

    let pruned = &outcomes[0].state.accepted;
    if let Some(path) = &args.write_onnx {
        write_bytes(path, &to_bytes(pruned, Floats::F32)?)?;
    }
    if let Some(path) = &args.write_densities {
        write_whole(path, &prune::densities(pruned, &surroundings))?;
    }
    if let Some(path) = &args.write_csv {
        let layers = surroundings.described(pruned, batches, bits, outcomes[0].state.best())?;
        write_whole(path, &estimation::write(layers.iter().map(|layer| &layer.fields)))?;
    }
    let mut document = prune::document(&network, &surroundings, &data.describe, &beginnings, &outcomes);
    if args.machine > 0 {
        document.blocks.extend(surroundings.measured(&network, pruned, args.machine as usize)?);
    }
    args.output.deliver(&document, false)
}

/// Runs a method to its end, from the file that keeps the run if there is one.
fn outcome(
    args: &Args,
    network: &Network,
    surroundings: &Surroundings,
    settings: &Settings,
    begun_with: &Beginning,
    progress: &Mutex<Progress>,
) -> std::result::Result<Outcome, Failure> {
    let file = args.resume.as_ref().map(|path| match args.method.len() {
        1 => path.clone(),
        _ => named(path, settings.method.name),
    });
    let begun = match &file {
        Some(path) if path.exists() => checkpoint::read(path, begun_with, network)?,
        _ => State::new(network),
    };
    prune::run(surroundings, settings, network, begun, &mut |done, state| {
        if let Some(path) = &file {
            write_bytes(path, &checkpoint::to_bytes(begun_with, state)?)?;
        }
        if let Ok(mut progress) = progress.lock() {
            progress.step(&said(network, settings, done, state), state.points.len());
        }
        Ok(())
    })
}

/// A piece of work, in a line.
fn said(network: &Network, settings: &Settings, done: &Done, state: &State) -> String {
    let what = match done {
        Done::Planned(layers) => format!("{layers} layers to prune"),
        Done::Layer(id, None) => format!("pruned {}", network.layer(*id).name),
        Done::Layer(id, Some(errors)) => {
            format!("pruned {}: error of its ofmap {:.2} %", network.layer(*id).name, 100.0 * errors.refitted)
        }
        Done::Tuned => "fine-tuned".into(),
        Done::Judged(point) => format!("accuracy {:.2} %, energy {:.3e}", 100.0 * point.accuracy, point.total()),
        Done::Nothing => "nothing left".into(),
    };
    format!("{}, round {}: {what}", settings.method.name, state.points.len())
}

/// The file beside `path` with `name` in front of its own.
fn named(path: &Path, name: &str) -> PathBuf {
    let own = path.file_name().map(|own| own.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!("{name}-{own}"))
}

fn settings(args: &Args, method: Method) -> Settings {
    Settings {
        method,
        pattern: args.pattern,
        sampling: Sampling { images: args.images as usize, windows: args.windows as usize, seed: args.seed },
        fit: Fit {
            restored: args.restored,
            norm: match args.norm {
                NormArg::Absolute => Norm::One,
                NormArg::Squares => Norm::Two,
            },
            ridge: args.ridge,
        },
        accuracy: match args.accuracy {
            Some(percent) => Floor::AtLeast(percent / 100.0),
            None => Floor::Loss(args.accuracy_loss / 100.0),
        },
        step: args.step,
        least_step: args.least_step,
        rounds: args.rounds,
    }
}

/// How rounds end: with an epoch, where back-propagation is built in and nothing else is asked for.
fn tuning(args: &Args) -> std::result::Result<Option<Tuning>, Failure> {
    let built_in = cfg!(feature = "train");
    let epochs = args.epochs.unwrap_or(usize::from(built_in));
    if epochs > 0 && !built_in {
        return Err(Failure(
            "--epochs needs back-propagation, which this program is built without: build it with \
             --features train, or give --epochs 0"
                .into(),
        ));
    }
    let tuning = Tuning { epochs, batch: args.tune_batch, rate: args.rate, seed: args.seed };
    Ok((epochs > 0).then_some(tuning))
}

fn method(text: &str) -> std::result::Result<Method, String> {
    let names = || METHODS.map(|method| method.name).join(", ");
    METHODS.into_iter().find(|method| method.name == text.trim()).ok_or_else(|| format!("expected one of {}", names()))
}

fn pattern(text: &str) -> std::result::Result<Pattern, String> {
    let block = |text: &str| {
        let (keep, of) = text.split_once(':')?;
        let (keep, of) = (keep.trim().parse().ok()?, of.trim().parse().ok()?);
        (1..=64).contains(&of).then_some(()).filter(|()| (1..of).contains(&keep))?;
        Some(Pattern::Block { keep, of })
    };
    match text {
        "weights" => Ok(Pattern::Weights),
        "filters" => Ok(Pattern::Filters),
        "channels" => Ok(Pattern::Channels),
        text => block(text).ok_or_else(|| {
            "expected weights, filters, channels, or N:M with N below M and M at most 64, such as 2:4".into()
        }),
    }
}

fn percent(text: &str) -> std::result::Result<f64, String> {
    let value = text.parse().ok().filter(|value| (0.0..=100.0).contains(value));
    value.ok_or_else(|| "expected a number from 0 to 100".into())
}

fn share(text: &str) -> std::result::Result<f64, String> {
    let value = text.parse().ok().filter(|value| (0.0..1.0).contains(value));
    value.ok_or_else(|| "expected a number from 0 to below 1".into())
}
