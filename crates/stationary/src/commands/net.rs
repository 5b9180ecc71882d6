//! `stationary net`: the networks there are, what one consists of, and whether a file is one that the chip can run.

use super::{NetArgs, Outcome, Result};
use eyeriss::{Chip, native};
use stationary::run::array_layers;
use stationary::shapes::sizes;
use stationary::{archs, networks, report};
use std::fmt::Write;

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
    List,
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
    },
}

/// Does it.
pub fn run(args: Args) -> Result {
    match args.command {
        Command::List => Ok(Outcome::fine(report::catalogue::networks())),
        Command::Show { net, files, json } => {
            let network = networks::open(&net, files.weights.as_deref(), &files.options())?;
            let catalogue = report::catalogue::network;
            let text = if json { report::catalogue::network_document(&network)? } else { catalogue(&network) };
            Ok(Outcome::fine(text))
        }
        Command::Check { net, files, arch } => check(&net, &files, &arch),
    }
}

fn check(net: &str, files: &NetArgs, arch: &str) -> Result {
    let arch = archs::by_name(arch)?;
    let chip: Chip = (arch.chip)();
    let network = networks::open(net, files.weights.as_deref(), &files.options())?;
    let array = array_layers(&network);
    let mut text = String::new();
    let mut refused = 0;
    for &id in &array {
        let Some(shape) = network.conv_shape(id, 1) else { continue };
        if let Err(reason) = native::native_shape(&chip, &shape) {
            refused += 1;
            let _ = writeln!(text, "{}: {} ({}): {reason}", arch.name, network.layer(id).name, sizes(&shape));
        }
    }
    let weights = if network.lacks_weights().is_none() { "with weights" } else { "without weights" };
    let _ = writeln!(
        text,
        "{}: well-formed, {} layers, {weights}; {} runs {} of {} convolutions and fully connected layers",
        network.name(),
        network.layers().len(),
        arch.name,
        array.len() - refused,
        array.len()
    );
    Ok(Outcome { text, finding: refused > 0 })
}
