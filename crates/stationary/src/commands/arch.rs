//! `stationary arch`: the architectures of the library and of files, and a picture of the array at work on a layer.

use super::{Failure, Goal, NetArgs, Outcome, Result, write_whole};
use formats::spec::{DescriptionKind, schema};
use stationary::report::{self, catalogue_documents};
use stationary::{Picture, archs, library, networks};
use std::path::PathBuf;

/// Architectures: list them, show one, check a file, print the schemas of descriptions.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// The architectures there are.
    #[command(after_help = "Example:\n  stationary arch list")]
    List {
        /// Prints one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// What an architecture consists of; for one that runs as a machine also a picture of its PE array for a layer.
    #[command(after_help = SHOW_HELP)]
    Show(Show),
    /// Whether a file describes an architecture: all that is wrong with it, at once.
    #[command(after_help = "Example:\n  stationary arch check chip.yaml")]
    Check {
        /// The file (.yaml, .yml, .json), or a name of the library.
        #[arg(value_name = "FILE|NAME")]
        file: String,
    },
    /// The JSON schema of a kind of description, for editors.
    #[command(after_help = "Example:\n  stationary arch schema problem")]
    Schema {
        /// Of what.
        #[arg(value_enum, value_name = "KIND", default_value_t = Kind::Arch)]
        kind: Kind,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// An architecture.
    Arch,
    /// A problem.
    Problem,
    /// A mapping, or mappings of layers.
    Mapping,
    /// Constraints.
    Constraints,
}

const SHOW_HELP: &str = "\
Examples:
  stationary arch show eyeriss
  stationary arch show isca16-rs@512 --yaml
  stationary arch show eyeriss --net vgg16 --layer conv3_1 --batch 3 --svg array.svg";

#[derive(clap::Args)]
struct Show {
    /// Which architecture: a name of the library (`stationary arch list`) or a file.
    #[arg(value_name = "NAME|FILE")]
    name: String,
    /// Prints its description, which reads back to it.
    #[arg(long)]
    yaml: bool,
    /// The network of the picture: a name of the zoo (`stationary net list`) or a file.
    #[arg(long, value_name = "FILE|NAME", default_value = "alexnet")]
    net: String,
    #[command(flatten)]
    files: NetArgs,
    /// The layer, by name or number; the first that the array runs if left out.
    #[arg(long, value_name = "LAYER")]
    layer: Option<String>,
    /// Images at once.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = super::batch())]
    batch: usize,
    /// What the mapping has least of, where none is published.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Goal::Latency)]
    mapping_objective: Goal,
    /// Writes the picture as SVG to this file as well.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Prints one JSON document.
    #[arg(long)]
    json: bool,
}

/// Does it.
pub fn run(args: Args) -> Result {
    match args.command {
        Command::List { json } => {
            let text = if json { catalogue_documents::archs()? } else { report::archs::list()? };
            Ok(Outcome::fine(text))
        }
        Command::Show(show) => self::show(&show),
        Command::Check { file } => {
            let found = library::arch(&file)?;
            let stages = found.arch.stages().len();
            Ok(Outcome::fine(format!("{}: well-formed, {stages} stages above the compute unit\n", found.arch.name())))
        }
        Command::Schema { kind } => Ok(Outcome::fine(schema(match kind {
            Kind::Arch => DescriptionKind::Arch,
            Kind::Problem => DescriptionKind::Problem,
            Kind::Mapping => DescriptionKind::Mapping,
            Kind::Constraints => DescriptionKind::Constraints,
        }))),
    }
}

fn show(args: &Show) -> Result {
    if archs::by_name(&args.name).is_ok() && !args.yaml {
        return picture(args);
    }
    if args.svg.is_some() || args.layer.is_some() {
        return Err(Failure(format!(
            "{}: only what runs as a machine has a picture: eyeriss and eyeriss-sparse, without --yaml",
            args.name
        )));
    }
    let file = library::arch(&args.name)?;
    Ok(Outcome::fine(match (args.yaml, args.json) {
        (true, _) => formats::spec::write_arch(&file.arch),
        (false, true) => report::archs::document(&file)?,
        (false, false) => report::archs::text(&file),
    }))
}

fn picture(args: &Show) -> Result {
    let arch = archs::by_name(&args.name)?;
    let network = args.files.open(&args.net)?;
    let layer = networks::layer(&network, args.layer.as_deref().unwrap_or("1"))?;
    let picture = Picture::of(arch, &network, layer, args.batch, args.mapping_objective.into())?;
    if let Some(path) = &args.svg {
        write_whole(path, &picture.svg())?;
    }
    Ok(Outcome::fine(if args.json { picture.document()? } else { picture.text() }))
}
