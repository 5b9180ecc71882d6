//! `stationary model`: what a given mapping does and costs.

use super::subject::SubjectArgs;
use super::{Failure, Outcome, Result};
use formats::spec::{Layer, read_layer_mappings};
use stationary::map::{MappedNetwork, Solution};
use stationary::report::{map, map_documents};
use stationary::{Subject, library};
use std::path::PathBuf;

/// Evaluate a given mapping of a problem, or the mappings of a network's layers.
///
/// Prints the loop nest, the words that move, the energy by level and operand, and the latency with its cause. Exit
/// status 1 when the mapping breaks rules, with each of them and its amount.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Args {
    #[command(flatten)]
    subject: SubjectArgs,
    /// The mapping, or the layers' mappings, as `stationary map --out` writes them.
    #[arg(value_name = "MAPPING")]
    mapping: PathBuf,
    /// The architecture: a name of the library (`stationary arch list`) or a file.
    #[arg(long, value_name = "NAME|FILE", default_value = "open-eyeriss")]
    arch: String,
    /// Prints one JSON document; a mapping's part is the same as in that of `stationary map`.
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Examples:
  stationary model matmul:64,64,64 mapping.yaml
  stationary model problem.yaml mapping.yaml --arch chip.yaml --json
  stationary model alexnet mappings.yaml --arch eyeriss --batch 4";

/// Does it.
pub fn run(args: Args) -> Result {
    let arch = library::arch(&args.arch)?.arch;
    let subject = args.subject.open()?;
    let tasks = subject.tasks();
    let layers: Vec<Layer> = tasks.iter().map(|task| (task.name.as_str(), &task.problem)).collect();
    let mappings = read_layer_mappings(&args.mapping, &layers, &arch)?;
    let mut given = mappings.iter().map(|(index, mapping)| {
        let task = &tasks[*index];
        (task, Solution::given(&task.problem, &arch, mapping))
    });
    if let Subject::Network { name, batch, .. } = &subject {
        let mut mapped = MappedNetwork::new(name, *batch);
        given.for_each(|(task, solution)| mapped.give(task, solution));
        let text = if args.json { map_documents::network(&mapped, &arch)? } else { map::network(&mapped, &arch) };
        return Ok(Outcome { text, finding: mapped.lacks() });
    }
    let Some((_, solution)) = given.next() else {
        return Err(Failure(format!("{}: found no mapping, expected one", args.mapping.display())));
    };
    let text = if args.json { map_documents::solution(&solution)? } else { map::solution(&solution, &arch) };
    Ok(Outcome { text, finding: solution.best.is_empty() })
}
