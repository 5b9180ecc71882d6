//! `stationary run`: a trained network on the machine, on real images.

use super::preprocessing::PreprocessArgs;
use super::{Failure, Goal, NetArgs, Outcome, Result, progress::Progress};
use eyeriss::Machine;
use model::OperatingPoint;
use nn::{LayerId, Network};
use stationary::archs::Arch;
use stationary::images::Images;
use stationary::run::array_layers;
use stationary::{Error, Job, archs, assets, given, networks, report};
use std::path::PathBuf;

/// Run a trained network on the machine, on real images.
///
/// Convolutions and fully connected layers run on the machine, all others on the host in the same 16-bit formats. With
/// nothing given: the embedded EfficientNet-Lite0 on the embedded photographs.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Args {
    /// The network: a file (.onnx, .prototxt), or the name of the embedded one.
    #[arg(long, value_name = "FILE|NAME", default_value = assets::NETWORK)]
    net: String,
    #[command(flatten)]
    files: NetArgs,
    /// Images to classify (JPEG, PNG); the embedded photographs if none are given.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    image: Vec<PathBuf>,
    /// Images that go through the machine at once.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = super::batch())]
    batch: usize,
    /// The architecture (`stationary arch list`).
    #[arg(long, value_name = "NAME", default_value = "eyeriss")]
    arch: String,
    /// Layers to run on the machine: names, numbers as in the table, and ranges A..B; all if left out.
    #[arg(long, value_name = "LIST")]
    layers: Option<String>,
    /// What the mapping of each layer has least of.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Goal::Latency)]
    mapping_objective: Goal,
    /// Mappings of layers, as `stationary map --arch eyeriss --dataflow rs --out` writes them; the others are sought.
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// How the machine is simulated; both give the same.
    #[arg(long, value_enum, value_name = "ENGINE", default_value_t = Engine::Fast)]
    engine: Engine,
    /// Supply and clocks: one of the published operating points (`stationary arch list`).
    #[arg(long, value_name = "POINT", default_value = "1.0V")]
    point: String,
    /// The core clock, in place of the point's.
    #[arg(long, value_name = "MHZ", value_parser = megahertz)]
    core_mhz: Option<f64>,
    /// The clock of the DRAM link, in place of the point's.
    #[arg(long, value_name = "MHZ", value_parser = megahertz)]
    link_mhz: Option<f64>,
    /// Images on which the 16-bit formats are chosen, at most 16; those to classify if none are given.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    calibrate: Vec<PathBuf>,
    #[command(flatten)]
    preprocessing: PreprocessArgs,
    /// Prints one JSON document with everything that was counted.
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Examples:
  stationary run
  stationary run --net squeezenet1.1.onnx --image cat.jpg dog.jpg --batch 2 --json
  stationary run --layers 1..3 --point 0.82V
  stationary run --layers stem --mapping stem.yaml
  stationary run --net deploy.prototxt --weights lenet.caffemodel --image seven.png \\
      --scale 0.00390625";

#[derive(Clone, Copy, clap::ValueEnum)]
enum Engine {
    /// By arithmetic.
    Fast,
    /// Clock by clock.
    Stepper,
}

/// A clock; whether it is one that the chip has, the chip says.
fn megahertz(text: &str) -> std::result::Result<f64, String> {
    let number = text.parse().ok().filter(|mhz: &f64| mhz.is_finite() && *mhz > 0.0);
    number.ok_or_else(|| "expected megahertz, a number above 0".into())
}

/// Does it.
pub fn run(args: Args) -> Result {
    let arch = archs::by_name(&args.arch)?;
    let point = point(&args, arch)?;
    let chip = eyeriss::Chip { core_hz: point.core_hz, link_hz: point.link_hz, ..(arch.chip)() };
    let engine = match args.engine {
        Engine::Fast => eyeriss::Engine::Fast,
        Engine::Stepper => eyeriss::Engine::Stepper,
    };
    let machine = Machine::new(chip, engine)?;
    let network = args.files.open_trained(&args.net)?;
    let layers = layers(&args, &network)?;
    let preprocess = args.preprocessing.overrides().over(&network)?;
    let images = Images::new(&args.image, &network, &preprocess);
    let calibration = if args.calibrate.is_empty() { &args.image } else { &args.calibrate };
    let calibration = Images::new(calibration, &network, &preprocess);
    let given = match &args.mapping {
        Some(path) => given::read(path, &network, &layers, args.batch, machine.chip())?,
        None => Vec::new(),
    };
    let job = Job {
        network: &network,
        images: &images,
        calibration: &calibration,
        batch: args.batch,
        layers: &layers,
        arch,
        machine,
        objective: args.mapping_objective.into(),
        given: &given,
        point,
    };
    let mut progress = Progress::new();
    let run = stationary::run(&job, &mut |step| progress.show(step))?;
    drop(progress);
    let text = if args.json { report::document::run(&job, &run)? } else { report::run::text(&job, &run) };
    Ok(Outcome::fine(text))
}

fn point(args: &Args, arch: &Arch) -> std::result::Result<OperatingPoint, Error> {
    let point = arch.point(&args.point)?;
    // Casting saturates; what is no clock, the chip refuses.
    let hz = |mhz: Option<f64>, else_hz: u64| mhz.map_or(else_hz, |mhz| (mhz * 1e6).round() as u64);
    Ok(OperatingPoint {
        core_hz: hz(args.core_mhz, point.core_hz),
        link_hz: hz(args.link_mhz, point.link_hz),
        ..*point
    })
}

fn layers(args: &Args, network: &Network) -> std::result::Result<Vec<LayerId>, Failure> {
    match &args.layers {
        Some(list) => Ok(networks::select(network, list)?),
        None => Ok(array_layers(network)),
    }
}
