//! `stationary net`: the networks there are, what one consists of, and whether a file is one that the chip can run.

use super::{NetArgs, Outcome, Result};
use stationary::report::{self, catalogue, catalogue_documents};
use stationary::{archs, check};

/// List networks, show their layers, check a file.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// The networks of the zoo.
    #[command(after_help = "Example:\n  stationary net list")]
    List {
        /// Prints one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// A network's layers.
    #[command(after_help = "Examples:\n  stationary net show alexnet\n  stationary net show model.onnx --json")]
    Show {
        /// A name of the zoo, or a file (.onnx, .prototxt).
        #[arg(value_name = "FILE|NAME")]
        net: String,
        #[command(flatten)]
        files: NetArgs,
        /// Prints one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Whether a file is a well-formed network that the chip can run; exit status 1 where it cannot.
    #[command(after_help = "Example:\n  stationary net check deploy.prototxt --weights squeezenet.caffemodel")]
    Check {
        /// A file (.onnx, .prototxt), or a name of the zoo.
        #[arg(value_name = "FILE|NAME")]
        net: String,
        #[command(flatten)]
        files: NetArgs,
        /// The architecture (`stationary arch list`).
        #[arg(long, value_name = "NAME", default_value = "eyeriss")]
        arch: String,
        /// Prints one JSON document.
        #[arg(long)]
        json: bool,
    },
}

/// Does it.
pub fn run(args: Args) -> Result {
    match args.command {
        Command::List { json } => {
            let text = if json { catalogue_documents::networks()? } else { catalogue::networks() };
            Ok(Outcome::fine(text))
        }
        Command::Show { net, files, json } => {
            let network = files.open(&net)?;
            let text = if json { catalogue_documents::network(&network)? } else { catalogue::network(&network) };
            Ok(Outcome::fine(text))
        }
        Command::Check { net, files, arch, json } => {
            let arch = archs::by_name(&arch)?;
            let check = check::check(&files.open(&net)?, arch);
            let text = if json { report::check::document(&check)? } else { report::check::text(&check) };
            Ok(Outcome { text, finding: !check.refused.is_empty() })
        }
    }
}
