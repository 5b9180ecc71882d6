//! `stationary budget`: whether a design keeps limits on a network.
//!
//! The word means limits on a design here; the time that a search may take is `--search-time`.

use super::output::OutputArgs;
use super::preprocessing::PreprocessArgs;
use super::progress::Progress;
use super::{Failure, Goal, NetArgs, Result};
use eyeriss::{Chip, Engine, Machine};
use mapper::{Factors, Objective, Order};
use nn::{LayerId, Network};
use stationary::archs::{self, Arch};
use stationary::budget::{self, Limits, Measure, Profile, machine, modelled};
use stationary::images::{Images, Overrides};
use stationary::map::{self, MappedNetwork, Question};
use stationary::run::{Step, array_layers};
use stationary::{Document, Job, library, networks};
use std::path::PathBuf;
use std::time::Duration;

/// Check a design against limits: memory, power, frame rate, energy a pixel, battery life.
///
/// Says which limits are broken and by how much, what costs most, and what would have to shrink. On `eyeriss` the numbers
/// are the machine's; on any other architecture they are foretold of the layers' best mappings. Only convolutions and
/// fully connected layers count. Exit status 1 when a limit is broken.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Args {
    /// The network: a name of the zoo (`stationary net list`) or a file (.onnx, .prototxt).
    #[arg(value_name = "NET")]
    net: String,
    #[command(flatten)]
    files: NetArgs,
    /// The architecture: a name of the library (`stationary arch list`) or a file.
    #[arg(long, value_name = "NAME|FILE", default_value = "eyeriss")]
    arch: String,
    /// Layers of the network: names, numbers, and ranges A..B; all if left out.
    #[arg(long, value_name = "LIST")]
    layers: Option<String>,
    /// Images at once.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = super::batch())]
    batch: usize,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    machine: MachineArgs,
    #[command(flatten)]
    modelled: ModelledArgs,
    /// What the mapping of each layer has least of; if left out, cycles on the machine, else energy times cycles.
    #[arg(long, value_enum, value_name = "WHAT")]
    mapping_objective: Option<Goal>,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(clap::Args)]
#[group(required = true, multiple = true)]
struct LimitArgs {
    /// Memory on the chip, at most: 200KiB, 4MB (a kB is 1000 bytes, a KiB 1024).
    #[arg(long, value_name = "SIZE", value_parser = quantity(Measure::Memory))]
    memory: Option<f64>,
    /// Power, at most: 300mW, 2W; at the frame rate that is asked for, else at the fastest.
    #[arg(long, value_name = "POWER", value_parser = quantity(Measure::Power))]
    power: Option<f64>,
    /// Frames a second, at least.
    #[arg(long, value_name = "RATE", value_parser = quantity(Measure::FrameRate))]
    fps: Option<f64>,
    /// Energy of a pixel of the network's input, at most: 10nJ/px, 1.5uJ/px.
    #[arg(long, value_name = "ENERGY", value_parser = quantity(Measure::EnergyPerPixel))]
    energy_per_pixel: Option<f64>,
    /// What the battery holds: 5000mWh, 10Wh, 20kJ. Tells how long it lasts.
    #[arg(long, value_name = "ENERGY", value_parser = quantity(Measure::Battery))]
    battery: Option<f64>,
    /// How long the battery has to last, at least: 8h, 90min, 2days.
    #[arg(long, value_name = "TIME", value_parser = quantity(Measure::Lifetime), requires = "battery")]
    lasting: Option<f64>,
}

/// What is said of a machine.
#[derive(clap::Args)]
struct MachineArgs {
    /// Supply and clocks of the machine: one of the published operating points (`stationary arch list`); 1.0V if left
    /// out.
    #[arg(long, value_name = "POINT")]
    point: Option<String>,
    /// Zeros in the ifmaps of the machine, all but the first layer's; none if left out, which costs most.
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    zeros: Option<f64>,
    /// Runs trained weights on the machine on these images (JPEG, PNG), in place of random words: zeros as they come. The
    /// embedded photographs if none follow.
    #[arg(long, value_name = "FILE", num_args = 0.., conflicts_with = "zeros")]
    image: Option<Vec<PathBuf>>,
    #[command(flatten)]
    preprocessing: PreprocessArgs,
    /// What the machine's clock does between frames; it runs if left out.
    #[arg(long, value_enum, value_name = "HOW")]
    idle_clock: Option<IdleClock>,
}

/// What is said of any other architecture.
#[derive(clap::Args)]
struct ModelledArgs {
    /// The clock of an architecture that is no machine and whose description has none: 700MHz.
    #[arg(long, value_name = "CLOCK", value_parser = quantity(Measure::Clock))]
    clock: Option<f64>,
    /// Stops the search for each mapping after this time, with the best so far (10s, 500ms, 2m).
    #[arg(long, value_name = "TIME", value_parser = super::map::time)]
    search_time: Option<Duration>,
}

#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum IdleClock {
    /// It runs on.
    Running,
    /// It is stopped.
    Stopped,
}

const HELP: &str = "\
Examples:
  stationary budget alexnet --layers conv1..conv5 --batch 4 --zeros 58 --fps 30 --power 300mW
  stationary budget squeezenet1.1 --memory 200KiB --fps 30 --battery 10Wh --lasting 8h
  stationary budget mobilenet-v1 --fps 30 --power 100mW --point 0.82V --idle-clock stopped
  stationary budget efficientnet-lite0 --image --power 200mW --energy-per-pixel 400nJ/px
  stationary budget lenet5 --arch tpu --energy-per-pixel 10nJ/px --fps 1000 --json
  stationary budget lenet5 --arch diannao --clock 980MHz --power 500mW --report budget.html";

/// A parser of quantities, in the measure's own unit.
fn quantity(measure: Measure) -> impl Fn(&str) -> std::result::Result<f64, budget::QuantityError> + Clone {
    move |text| measure.parse(text)
}

/// A share in percent, as a part of 1.
fn percent(text: &str) -> std::result::Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim_end().parse().ok();
    let number = number.filter(|percent: &f64| (0.0..=100.0).contains(percent));
    number.map(|percent| percent / 100.0).ok_or_else(|| "expected percent, a number from 0 to 100".into())
}

/// Does it.
pub fn run(args: Args) -> Result {
    let network = match &args.machine.image {
        Some(_) => args.files.open_trained(&args.net)?,
        None => args.files.open(&args.net)?,
    };
    let layers = match &args.layers {
        Some(list) => networks::select(&network, list)?,
        None => array_layers(&network),
    };
    let LimitArgs { memory, power, fps, energy_per_pixel, battery, lasting } = args.limits;
    let limits = Limits {
        memory_bytes: memory,
        frames_per_second: fps,
        power_mw: power,
        nj_per_pixel: energy_per_pixel,
        battery_mwh: battery,
        hours: lasting,
    };
    let profile = match archs::by_name(&args.arch) {
        Ok(arch) => on_machine(&args, arch, &network, &layers)?,
        Err(_) => match foretold(&args, &network, &layers)? {
            Ok(profile) => profile,
            Err(unmapped) => return args.output.deliver(&unmapped, true),
        },
    };
    let answer = budget::judge(profile, limits)?;
    args.output.deliver(&budget::document::document(&answer), answer.broken())
}

/// What the machine takes.
fn on_machine(
    args: &Args,
    arch: &'static Arch,
    network: &Network,
    layers: &[LayerId],
) -> std::result::Result<Profile, Failure> {
    let ModelledArgs { clock, search_time } = &args.modelled;
    if clock.is_some() || search_time.is_some() {
        return Err(Failure(format!(
            "{} is a machine: --clock and --search-time are for other architectures; --point has its clocks",
            arch.name
        )));
    }
    let MachineArgs { point, zeros, image, preprocessing, idle_clock } = &args.machine;
    let setting = machine::Setting {
        arch,
        point: *arch.point(point.as_deref().unwrap_or("1.0V"))?,
        batch: args.batch,
        objective: args.mapping_objective.unwrap_or(Goal::Latency).into(),
        zeros: zeros.unwrap_or(0.0),
        idle_clock: *idle_clock != Some(IdleClock::Stopped),
    };
    let overrides = preprocessing.overrides();
    if let Some(files) = image {
        return trained(network, layers, &setting, &Images::new(files, network, &overrides.over(network)?));
    }
    if overrides != Overrides::default() {
        return Err(Failure(
            "--mean, --scale, --bgr and --resize say how images are read: give --image as well".into(),
        ));
    }
    let mut progress = Progress::new();
    progress.show(Step::Mapping(layers.len()));
    let total = layers.len();
    Ok(machine::profile(network, layers, &setting, &mut |name, done| {
        progress.show(Step::Layer { name, done, total });
    })?)
}

/// What the machine takes with trained weights on images.
fn trained(
    network: &Network,
    layers: &[LayerId],
    setting: &machine::Setting,
    images: &Images,
) -> std::result::Result<Profile, Failure> {
    let machine::Setting { arch, point, batch, objective, idle_clock, .. } = *setting;
    let chip = Chip { core_hz: point.core_hz, link_hz: point.link_hz, ..(arch.chip)() };
    let machine = Machine::new(chip, Engine::Fast)?;
    let calibration = images;
    let job = Job { network, images, calibration, batch, layers, arch, machine, objective, given: &[], point };
    let mut progress = Progress::new();
    let run = stationary::run(&job, &mut |step| progress.show(step))?;
    Ok(machine::of_run(&job, &run, idle_clock)?)
}

/// What is foretold of the best mappings; a document that says why, where a layer has none.
fn foretold(
    args: &Args,
    network: &Network,
    layers: &[LayerId],
) -> std::result::Result<std::result::Result<Profile, Document>, Failure> {
    let file = library::arch(&args.arch)?;
    let MachineArgs { point, zeros, image, preprocessing, idle_clock } = &args.machine;
    let images = image.is_some() || preprocessing.overrides() != Overrides::default();
    if point.is_some() || zeros.is_some() || images || idle_clock.is_some() {
        return Err(Failure(format!(
            "{} is no machine: --point, --zeros, --idle-clock and images are for eyeriss and eyeriss-sparse",
            file.arch.name()
        )));
    }
    if let (Some(_), Some(hz)) = (args.modelled.clock, file.clock_hz) {
        return Err(Failure(format!(
            "{} has a clock of {} MHz, by which its bandwidths may be meant: change it in the description, not by --clock",
            file.arch.name(),
            hz / 1e6
        )));
    }
    let objective = match args.mapping_objective {
        None => Objective::Edp,
        Some(Goal::Latency) => Objective::Latency,
        Some(Goal::Energy) => Objective::Energy,
    };
    let goal = map::Goal::Least(objective);
    let question = Question { goal, order: Order::Free, factors: Factors::Perfect, budget: args.modelled.search_time };
    let tasks = map::tasks(network, layers, args.batch)?;
    let mut mapped = MappedNetwork::new(network.name(), args.batch);
    let mut progress = Progress::new();
    for (done, task) in tasks.iter().enumerate() {
        progress.search(&task.name, done, tasks.len());
        mapped.seek(task, &file.arch, &question);
    }
    drop(progress);
    let profile = modelled::profile(&file, network, &mapped, args.modelled.clock);
    Ok(profile.ok_or_else(|| budget::document::unmapped(&mapped, &file.arch, network)))
}
