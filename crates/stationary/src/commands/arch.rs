//! `stationary arch`: the architectures, and a picture of the array at work on a layer.

use super::{Goal, NetArgs, Outcome, Result, write_whole};
use stationary::report::{catalogue, catalogue_documents};
use stationary::{Picture, archs, networks};
use std::path::PathBuf;

/// Architectures: list them, show one at work on a layer.
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
    /// A picture of the PE array for a layer: which PE works on what.
    #[command(after_help = SHOW_HELP)]
    Show(Show),
}

const SHOW_HELP: &str = "\
Examples:
  stationary arch show eyeriss
  stationary arch show eyeriss --net vgg16 --layer conv3_1 --batch 3 --svg array.svg";

#[derive(clap::Args)]
struct Show {
    /// Which architecture (`stationary arch list`).
    name: String,
    /// The network: a name of the zoo (`stationary net list`) or a file.
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
            let text = if json { catalogue_documents::archs()? } else { catalogue::archs() };
            Ok(Outcome::fine(text))
        }
        Command::Show(show) => picture(&show),
    }
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
