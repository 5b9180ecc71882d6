//! The `stationary` command: parses, calls the library, prints.
//!
//! Exit status: 0 done; 1 a finding (something does not hold); 2 bad usage or bad input. A reader that closes the pipe
//! early ends the printing, not with an error.

mod commands;

use clap::Parser;
use commands::{Command, Failure};
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

/// From a trained CNN to the joules it costs in silicon.
///
/// Without a command: `stationary run` on the embedded network and photographs.
#[derive(Parser)]
#[command(name = "stationary", version, after_help = AFTER_HELP, term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

const AFTER_HELP: &str = "\
Example:
  stationary          a cat and a coffee, classified by the chip, and what it cost

Exit status: 0 done; 1 a finding (something does not hold); 2 bad usage or bad input.";

fn main() -> ExitCode {
    let command = Cli::parse().command.unwrap_or_else(Command::main_job);
    match command.run() {
        Ok(outcome) => match std::io::stdout().write_all(outcome.text.as_bytes()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => fail(&format!("standard output: {error}")),
            _ => ExitCode::from(u8::from(outcome.finding)),
        },
        Err(Failure(message)) => fail(&message),
    }
}

/// Tells what is wrong, on one screen's worth of plain characters, whatever a file is called.
fn fail(message: &str) -> ExitCode {
    let plain = message.replace(|c: char| c.is_control() && c != '\n', "\u{fffd}");
    // Where the message cannot be written either, the exit status still tells.
    let _ = writeln!(std::io::stderr(), "error: {plain}");
    ExitCode::from(2)
}
