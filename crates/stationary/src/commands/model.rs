//! `stationary model`: what a given mapping does and costs.

use super::subject::SubjectArgs;
use super::{Failure, Outcome, Result};
use formats::spec::{ArchFile, Layer, read_layer_mappings};
use model::Arch;
use model::sparsity::{Density, Sparsity};
use nn::ByOperand;
use stationary::map::{MappedNetwork, Solution};
use stationary::report::{self, map, map_documents};
use stationary::timeloop::Spared;
use stationary::{Subject, library, timeloop};
use std::path::{Path, PathBuf};

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
    #[arg(value_name = "MAPPING", required_unless_present = "timeloop")]
    mapping: Option<PathBuf>,
    /// More files of a design of Timeloop.
    #[arg(value_name = "FILE", requires = "timeloop")]
    more: Vec<PathBuf>,
    /// All the files are one design of Timeloop: architecture, problem, mapping; constraints, sparse optimizations and
    /// an energy reference table (ERT) if there are any; in any order.
    #[arg(long, conflicts_with_all = ["arch", "layer", "batch", "weights", "external_data", "output", "input"])]
    timeloop: bool,
    /// The architecture: a name of the library (`stationary arch list`) or a file.
    #[arg(long, value_name = "NAME|FILE", default_value = "open-eyeriss")]
    arch: String,
    /// Tells where each price comes from.
    #[arg(long, conflicts_with_all = ["json", "timeloop"])]
    explain: bool,
    /// Prints one JSON document; a mapping's part is the same as in that of `stationary map`.
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Examples:
  stationary model matmul:64,64,64 mapping.yaml
  stationary model problem.yaml mapping.yaml --arch chip.yaml --json
  stationary model alexnet mappings.yaml --arch eyeriss --batch 4
  stationary model --timeloop arch.yaml problem.yaml map.yaml ERT.yaml";

/// Does it.
pub fn run(args: Args) -> Result {
    let Some(path) = args.mapping.as_ref().filter(|_| !args.timeloop) else { return design(&args) };
    let ArchFile { arch, sparsity, .. } = library::arch(&args.arch)?;
    let mut outcome = given(&args, path, &arch, sparsity)?;
    if args.explain {
        outcome.text += &format!("\n{}", report::archs::sources(&arch));
    }
    Ok(outcome)
}

/// Mappings in a file.
fn given(args: &Args, path: &Path, arch: &Arch, sparsity: Option<Sparsity>) -> Result {
    let subject = args.subject.open()?;
    let tasks = subject.tasks();
    let layers: Vec<Layer> = tasks.iter().map(|task| (task.name.as_str(), &task.problem)).collect();
    let mappings = read_layer_mappings(path, &layers, arch)?;
    let mut given = mappings.iter().map(|(index, mapping)| {
        let task = &tasks[*index];
        (task, Solution::given(&task.problem, arch, mapping))
    });
    if let Subject::Network { name, batch, .. } = &subject {
        let mut mapped = MappedNetwork::new(name, *batch);
        given.for_each(|(task, solution)| mapped.give(task, solution));
        let mut text = if args.json { map_documents::network(&mapped, arch)? } else { map::network(&mapped, arch) };
        if sparsity.is_some() && !args.json {
            text += report::DENSE;
        }
        return Ok(Outcome { text, finding: mapped.lacks() });
    }
    let Some((task, solution)) = given.next() else {
        return Err(Failure(format!("{}: found no mapping, expected one", path.display())));
    };
    if let (Some(sparsity), [best]) = (sparsity, &solution.best[..]) {
        let densities = task.densities.unwrap_or(ByOperand([Density::DENSE; 3]));
        let spared = Spared::of(&task.problem, arch, &best.mapping, &sparsity, densities)?;
        return Ok(Outcome::fine(match args.json {
            true => report::timeloop::spared_document(&solution, &spared)?,
            false => map::solution(&solution, arch) + &report::timeloop::spared_text(&spared, arch),
        }));
    }
    let text = if args.json { map_documents::solution(&solution)? } else { map::solution(&solution, arch) };
    Ok(Outcome { text, finding: solution.best.is_empty() })
}

/// A design of Timeloop.
fn design(args: &Args) -> Result {
    let first = PathBuf::from(args.subject.text());
    let files: Vec<&PathBuf> = [&first].into_iter().chain(&args.mapping).chain(&args.more).collect();
    let design = timeloop::evaluate(&files)?;
    let text = if args.json { report::timeloop::document(&design)? } else { report::timeloop::text(&design) };
    Ok(Outcome { text, finding: design.solution.best.is_empty() })
}
