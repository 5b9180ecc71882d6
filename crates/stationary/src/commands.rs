//! The table of commands, in the order in which one meets them: one file and one line each.

mod accuracy;
mod arch;
mod budget;
mod compare;
mod estimate;
mod map;
mod model;
mod net;
mod output;
mod platforms;
mod preprocessing;
mod progress;
mod prune;
mod run;
mod subject;
mod validate;

use clap::Parser;
use clap::builder::{RangedU64ValueParser, TypedValueParser};
use eyeriss::Objective;
use formats::ReadOptions;
use nn::Network;
use stationary::{Error, networks};
use std::fmt::Display;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What a command has to say.
pub struct Outcome {
    /// For standard output.
    pub text: String,
    /// Whether something was found not to hold: exit status 1.
    pub finding: bool,
}

impl Outcome {
    /// All is well.
    pub fn fine(text: String) -> Self {
        Outcome { text, finding: false }
    }
}

/// Bad usage or bad input, in words: exit status 2.
#[derive(Debug)]
pub struct Failure(pub String);

impl<E: Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure(error.to_string())
    }
}

/// What a command gives.
pub type Result = std::result::Result<Outcome, Failure>;

macro_rules! table {
    ($($command:ident = $module:ident,)*) => {
        /// A command with its arguments.
        #[derive(clap::Subcommand)]
        pub enum Command {
            $(#[allow(missing_docs)] $command($module::Args),)*
        }

        impl Command {
            /// Does it.
            pub fn run(self) -> Result {
                match self {
                    $(Command::$command(args) => $module::run(args),)*
                }
            }
        }
    };
}

table! {
    Run = run,
    Accuracy = accuracy,
    Net = net,
    Arch = arch,
    Map = map,
    Model = model,
    Compare = compare,
    Estimate = estimate,
    Budget = budget,
    Prune = prune,
    Platforms = platforms,
    Validate = validate,
}

impl Command {
    /// What `stationary` does without a command.
    pub fn main_job() -> Self {
        #[derive(Parser)]
        struct Bare {
            #[command(flatten)]
            args: run::Args,
        }
        Command::Run(Bare::parse_from(["stationary"]).args)
    }
}

/// Files of a network, as several commands take them.
#[derive(clap::Args)]
struct NetArgs {
    /// Weights of a .prototxt: .caffemodel, .net (Deep Compression) or .safetensors; of a network of the zoo: .safetensors.
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// Lets an ONNX file keep weights in other files of its folder.
    #[arg(long)]
    external_data: bool,
    /// The output to end the network in, where there are several.
    #[arg(long, value_name = "NAME")]
    output: Option<String>,
    /// Sizes of the input where the file does not say (Caffe training files).
    #[arg(long, value_name = "C,H,W", value_parser = input)]
    input: Option<[usize; 3]>,
}

impl NetArgs {
    /// The network called `net`, with weights or without.
    fn open(&self, net: &str) -> std::result::Result<Network, Error> {
        networks::open(net, self.weights.as_deref(), &self.options())
    }

    /// The network called `net`, with weights.
    fn open_trained(&self, net: &str) -> std::result::Result<Network, Error> {
        networks::open_trained(net, self.weights.as_deref(), &self.options())
    }

    fn options(&self) -> ReadOptions {
        let NetArgs { external_data, output, input, .. } = self;
        ReadOptions { external_data: *external_data, output: output.clone(), input: *input, ..ReadOptions::default() }
    }
}

/// Three sizes with commas between.
fn input(text: &str) -> std::result::Result<[usize; 3], String> {
    let sizes: Option<Vec<usize>> = text.split(',').map(|size| size.trim().parse().ok()).collect();
    sizes.and_then(|sizes| sizes.try_into().ok()).ok_or_else(|| "expected three sizes with commas between".into())
}

/// What a mapping has least of.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Goal {
    /// Cycles.
    Latency,
    /// Energy.
    Energy,
}

impl From<Goal> for Objective {
    fn from(goal: Goal) -> Self {
        match goal {
            Goal::Latency => Objective::Latency,
            Goal::Energy => Objective::Energy,
        }
    }
}

/// Most images at once.
const MAX_BATCH: u64 = 1024;

fn batch() -> impl TypedValueParser<Value = usize> {
    RangedU64ValueParser::<usize>::new().range(1..=MAX_BATCH)
}

/// Writes a text whole or not at all.
fn write_whole(path: &Path, content: &str) -> std::result::Result<(), Failure> {
    write_bytes(path, content.as_bytes())
}

/// Writes a file whole or not at all: beside its place first, then moved there.
fn write_bytes(path: &Path, content: &[u8]) -> std::result::Result<(), Failure> {
    let failed = |error: std::io::Error| Failure(format!("{}: {error}", path.display()));
    let Some(name) = path.file_name() else {
        return Err(Failure(format!("{}: found no file name, expected a file to write", path.display())));
    };
    let mut draft_name = std::ffi::OsString::from(".");
    draft_name.push(name);
    draft_name.push(format!(".{}.draft", std::process::id()));
    let draft = path.with_file_name(draft_name);
    let mut file = std::fs::File::create_new(&draft).map_err(failed)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    written.and_then(|()| std::fs::rename(&draft, path)).map_err(|error| {
        // What is left of the draft is no use; the error to report is the first one.
        let _ = std::fs::remove_file(&draft);
        failed(error)
    })
}
