//! `stationary platforms`: the chip beside a GPU and this machine, and energies a pixel against accuracy.

use super::Result;
use super::output::OutputArgs;
use super::progress::Progress;
use stationary::platforms::{Study, document, host, runs};
use stationary::run::Step;
use std::sync::Mutex;

/// Compare Eyeriss with a GPU and this machine, and energies a pixel with accuracy, published and ours.
///
/// Powers of the chip alone, of a board at work, and of a board at work less the board idle are kept apart.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Args {
    /// Measures the CPU of this machine as well: frames a second, and power where the operating system counts energy.
    /// What is measured differs from run to run.
    #[arg(long)]
    measure: bool,
    #[command(flatten)]
    output: OutputArgs,
}

const HELP: &str = "\
Examples:
  stationary platforms
  stationary platforms --measure --report platforms.html
  stationary platforms --json --svg figures/";

/// Does it.
pub fn run(args: Args) -> Result {
    // Alone on the machine, before anything else computes.
    let host = if args.measure { Some(host::measure()?) } else { None };
    let study = study();
    args.output.deliver(&document::document(&study, host.as_ref()), false)
}

/// The study, with a line of progress.
fn study() -> Study {
    let progress = Mutex::new((Progress::new(), 0));
    Study::run(&|name| {
        if let Ok(mut progress) = progress.lock() {
            progress.1 += 1;
            let step = Step::Layer { name, done: progress.1, total: runs() };
            progress.0.show(step);
        }
    })
}
