//! `stationary validate`: published figures beside ours.

use super::output::{OutputArgs, PageArgs, folder};
use super::{Failure, Outcome, Result, progress::Progress, write_whole};
use stationary::run::Step;
use stationary::silicon::study::{Network, Study};
use stationary::silicon::trained::{Trained, TrainedTable};
use stationary::validation::{self, STUDIES, Validated};
use stationary::{Error, report, silicon};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Set published figures beside ours, each with its source, its error and its tolerance.
///
/// Without a study: all of them. Exit status 1 when a bar is broken beyond what the publications' own discrepancies
/// explain.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, after_help = HELP_ALL)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    output: OutputArgs,
    /// Writes the page validation.md and its figures into this folder: `docs` in the source tree.
    #[arg(long, value_name = "DIR", value_parser = folder)]
    write: Option<PathBuf>,
}

const HELP_ALL: &str = "\
Examples:
  stationary validate
  stationary validate --report validation.html
  stationary validate eyeriss";

#[derive(clap::Subcommand)]
enum Command {
    /// The 65 nm chip: AlexNet at N = 4 and VGG-16 at N = 3 (JSSC 2017, Tables V and VI).
    ///
    /// Exit status 1 when a bar is broken beyond what the publications' own discrepancies explain.
    #[command(after_help = HELP)]
    Eyeriss(Eyeriss),
    /// The dataflow study: six dataflows on AlexNet, every bar of its figures (ISCA 2016, Figs. 10 to 15).
    ///
    /// Exit status 1 when a total is off by more than a tenth, or a dataflow is not at its rank.
    #[command(after_help = "Examples:\n  stationary validate isca16\n  stationary validate isca16 --csv")]
    Isca16(OutputArgs),
    /// Energies of frames and pixels, storage and bandwidth of the chip and others: what follows from printed values.
    ///
    /// Exit status 1 when a figure is broken beyond what the publications' own discrepancies explain.
    #[command(after_help = "Examples:\n  stationary validate platforms\n  stationary validate platforms --json")]
    Platforms(OutputArgs),
    /// The energy-estimation method: AlexNet, GoogLeNet and others (Asilomar 2017, CVPR 2017).
    ///
    /// Exit status 1 when a figure is broken beyond what the publications' own discrepancies explain.
    #[command(after_help = "Examples:\n  stationary validate estimate\n  stationary validate estimate --svg figures")]
    Estimate(OutputArgs),
    /// Energy-aware pruning: AlexNet and SqueezeNet, pruned by Deep Compression and by energy (CVPR 2017).
    ///
    /// Exit status 1 when a figure is broken beyond what the publications leave open.
    #[command(after_help = "Examples:\n  stationary validate pruning\n  stationary validate pruning --csv")]
    Pruning(OutputArgs),
}

const HELP: &str = "\
Examples:
  stationary validate eyeriss
  stationary validate eyeriss --network alexnet --json
  stationary validate eyeriss --vgg16 vgg16_conv.safetensors --images photographs/

Weights: scripts/vgg16_conv.py makes them from a registry package.";

#[derive(clap::Args)]
struct Eyeriss {
    /// Only this network's table.
    #[arg(long, value_enum, value_name = "NETWORK")]
    network: Option<Name>,
    /// Runs VGG-16 with these trained weights (.safetensors) on photographs as well.
    #[arg(long, value_name = "FILE", requires = "images")]
    vgg16: Option<PathBuf>,
    /// Runs torchvision's AlexNet with these trained weights (.safetensors) on photographs as well.
    #[arg(long, value_name = "FILE", requires = "images")]
    alexnet: Option<PathBuf>,
    /// Photographs (JPEG, PNG), or folders of them; whole batches of 3 (VGG-16) and 4 (AlexNet) run.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    images: Vec<PathBuf>,
    /// Prints one JSON document.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pages: PageArgs,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Name {
    Alexnet,
    Vgg16,
}

/// Does it.
pub fn run(args: Args) -> Result {
    match args.command {
        None => all(args.output, args.write.as_deref()),
        Some(Command::Eyeriss(args)) => eyeriss(args),
        Some(Command::Isca16(output)) => one("isca16", output),
        Some(Command::Platforms(output)) => one("platforms", output),
        Some(Command::Estimate(output)) => one("estimate", output),
        Some(Command::Pruning(output)) => one("pruning", output),
    }
}

/// All studies together.
fn all(output: OutputArgs, write: Option<&Path>) -> Result {
    let validated = shown(validation::whole)?;
    if let Some(folder) = write {
        for (name, content) in validation::page(&validated.document) {
            let path = folder.join(name);
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(|error| Failure(format!("{}: {error}", folder.display())))?;
            }
            write_whole(&path, &content)?;
        }
    }
    output.deliver(&validated.document, validated.fails())
}

/// The study of that name in the library's table.
fn one(name: &str, output: OutputArgs) -> Result {
    let Some(study) = STUDIES.iter().find(|study| study.name == name) else {
        return Err(Error::unknown("study", name, STUDIES.iter().map(|study| study.name)).into());
    };
    let validated = shown(study.run)?;
    output.deliver(&validated.document, validated.fails())
}

/// Runs a study while what is done is shown.
fn shown(run: validation::Run) -> std::result::Result<Validated, Error> {
    let progress = Mutex::new((Progress::new(), 0));
    run(&|name| {
        if let Ok(mut progress) = progress.lock() {
            progress.1 += 1;
            let done = progress.1;
            progress.0.step(name, done);
        }
    })
}

fn eyeriss(args: Eyeriss) -> Result {
    if args.vgg16.is_none() && args.alexnet.is_none() && !args.images.is_empty() {
        return Err(Failure("--images are for trained weights: give --vgg16 or --alexnet as well".into()));
    }
    let files = photographs(&args.images)?;
    let trained: Vec<(Trained, &Path)> = [(Trained::AlexNet, &args.alexnet), (Trained::Vgg16, &args.vgg16)]
        .into_iter()
        .filter_map(|(network, weights)| Some((network, weights.as_deref()?)))
        .collect();
    // Bad input is refused before anything takes long.
    let mut networks = Vec::new();
    for (trained, weights) in trained {
        networks.push((trained, trained.read(weights, &formats::Limits::default())?));
    }
    let studies: Vec<Network> = match args.network {
        Some(Name::Alexnet) => vec![Network::AlexNet],
        Some(Name::Vgg16) => vec![Network::Vgg16],
        None => Network::ALL.to_vec(),
    };
    let runs = |trained: &(Trained, nn::Network)| trained.0.runs(files.len());
    let total = studies.iter().map(|network| network.runs()).sum::<usize>() + networks.iter().map(runs).sum::<usize>();
    let progress = Mutex::new((Progress::new(), 0));
    let done = |name: &str| {
        if let Ok(mut progress) = progress.lock() {
            progress.1 += 1;
            let step = Step::Layer { name, done: progress.1, total };
            progress.0.show(step);
        }
    };
    let mut tables: Vec<TrainedTable> = Vec::new();
    for (trained, network) in &networks {
        if let Ok(mut progress) = progress.lock() {
            progress.0.show(Step::Calibrating(trained.published().batch));
        }
        tables.push(trained.run(network, &files, &mut |name| done(name))?);
    }
    let studies: Vec<Study> = studies.into_iter().map(|network| network.study(&done)).collect();
    drop(progress);
    args.pages.write(|| silicon::document(&studies))?;
    let text = if args.json {
        report::validation_document::document(&studies, &tables)?
    } else {
        report::validation::text(&studies, &tables)
    };
    Ok(Outcome { text, finding: studies.iter().any(Study::fails) })
}

/// Endings of files that are taken from a folder.
const ENDINGS: [&str; 3] = ["jpg", "jpeg", "png"];

/// The files that are named, and those of folders that are named, in the order of their names.
fn photographs(paths: &[PathBuf]) -> std::result::Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let io = |source| formats::Error::Io { file: path.clone(), source };
        let mut found = Vec::new();
        for entry in std::fs::read_dir(path).map_err(io)? {
            found.push(entry.map_err(io)?.path());
        }
        let ending =
            |file: &PathBuf| file.extension().is_some_and(|e| ENDINGS.iter().any(|end| e.eq_ignore_ascii_case(end)));
        found.retain(ending);
        found.sort();
        files.extend(found);
    }
    Ok(files)
}
