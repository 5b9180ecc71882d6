//! `stationary map`: the best mapping there is, of a problem or of a network's layers, with its proof.

use super::output::PageArgs;
use super::progress::Progress;
use super::subject::SubjectArgs;
use super::{Failure, Outcome, Result, write_whole};
use formats::spec::{ArchFile, read_constraints, write_layer_mappings, write_mapping};
use mapper::{Factors, Objective, Order};
use model::{Arch, Constraints};
use nn::Problem;
use stationary::map::{Goal, MappedNetwork, Question, Solution, Task};
use stationary::report::{self, map, map_documents};
use stationary::{Subject, given, library};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Find the best mapping of a problem, or of a network's layers, on an architecture, and prove it.
///
/// Prints the loop nest, the words that move, the energy by level and operand, the latency with its cause, and the
/// certificate: whether no mapping is better, or how much better one could be. Exit status 1 when nothing fits, with
/// the rules that forbid it.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Args {
    #[command(flatten)]
    subject: SubjectArgs,
    /// The architecture: a name of the library (`stationary arch list`) or a file.
    #[arg(long, value_name = "NAME|FILE", default_value = "open-eyeriss")]
    arch: String,
    /// The dataflow that the mappings belong to: a name of the library (`stationary arch list`) or a file. On `eyeriss`,
    /// `rs` is row stationary as the chip runs it (`stationary run --mapping`).
    #[arg(long, value_name = "NAME|FILE")]
    dataflow: Option<String>,
    /// Rules that restrict the mappings, in a file.
    #[arg(long, value_name = "FILE")]
    constraints: Option<PathBuf>,
    /// What the mapping has least of.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = What::Energy)]
    objective: What,
    /// In which order memories may begin to keep operands.
    #[arg(long, value_enum, value_name = "ORDER", default_value_t = Keeps::Free)]
    order: Keeps,
    /// Lets loops leave remainders; else their factors divide what they cut.
    #[arg(long)]
    imperfect: bool,
    /// Stops a search after this time, with the best mapping so far and a bound (10s, 500ms, 2m).
    #[arg(long, value_name = "TIME", value_parser = time)]
    budget: Option<Duration>,
    /// Writes the mapping, or the layers' mappings, to this file, for `stationary model` and `stationary run`.
    #[arg(long, value_name = "FILE.yaml")]
    out: Option<PathBuf>,
    /// Prints one JSON document.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pages: PageArgs,
}

const HELP: &str = "\
Examples:
  stationary map alexnet --layer conv3
  stationary map matmul:64,64,64 --order listed --objective edp --out mapping.yaml
  stationary map resnet50 --arch two-level --json
  stationary map alexnet --report alexnet.html --svg figures/
  stationary map alexnet --layer conv5 --arch eyeriss --dataflow rs --out conv5.yaml
  stationary map conv:M=64,C=64,P=56,Q=56,R=3,S=3 --imperfect --budget 10s";

#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum What {
    /// Energy.
    Energy,
    /// Cycles.
    Latency,
    /// Energy times cycles.
    Edp,
    /// Neither without more of the other: all mappings that no other beats in both.
    Pareto,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Keeps {
    /// Each operand's memories in the architecture's order, different operands interleaved freely.
    Free,
    /// All of a memory's before those of the next.
    Listed,
}

/// A time with its unit.
pub(super) fn time(text: &str) -> std::result::Result<Duration, String> {
    let expected = || "expected a time with its unit, as in 10s, 500ms or 2m".to_string();
    let digits = text.find(|c: char| c != '.' && !c.is_ascii_digit()).ok_or_else(expected)?;
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(expected()),
    };
    let number: f64 = number.parse().map_err(|_| expected())?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| expected())
}

/// Does it.
pub fn run(args: Args) -> Result {
    if args.out.is_some() && args.objective == What::Pareto {
        return Err(Failure(
            "--out writes one mapping, and a Pareto front has several: choose another --objective".into(),
        ));
    }
    let ArchFile { arch, sparsity, .. } = library::arch(&args.arch)?;
    let mut subject = args.subject.open()?;
    for task in subject.tasks_mut() {
        task.constraints = constraints(&args, &task.problem, &arch)?;
    }
    let question = Question {
        goal: match args.objective {
            What::Energy => Goal::Least(Objective::Energy),
            What::Latency => Goal::Least(Objective::Latency),
            What::Edp => Goal::Least(Objective::Edp),
            What::Pareto => Goal::Pareto,
        },
        order: match args.order {
            Keeps::Free => Order::Free,
            Keeps::Listed => Order::Listed,
        },
        factors: if args.imperfect { Factors::Imperfect } else { Factors::Perfect },
        budget: args.budget,
    };
    let mut outcome = match &subject {
        Subject::Problem(task) => one(&args, task, &arch, &question),
        Subject::Network { name, batch, tasks } => {
            all(&args, MappedNetwork::new(name, *batch), tasks, &arch, &question)
        }
    }?;
    if sparsity.is_some() && !args.json {
        outcome.text += report::DENSE;
    }
    Ok(outcome)
}

/// The rules of the dataflow and of the file together.
fn constraints(
    args: &Args,
    problem: &Problem,
    arch: &Arch,
) -> std::result::Result<Option<Constraints>, stationary::Error> {
    let dataflow = args.dataflow.as_ref().map(|name| given::dataflow(name, problem, arch)).transpose()?;
    let file = match &args.constraints {
        Some(path) => Some(read_constraints(path, problem, arch)?),
        None => None,
    };
    Ok(match (dataflow, file) {
        (Some(dataflow), Some(file)) => Some(Constraints {
            name: format!("{} and {}", dataflow.name, file.name),
            rules: [dataflow.rules, file.rules].concat(),
        }),
        (dataflow, file) => dataflow.or(file),
    })
}

fn one(args: &Args, task: &Task, arch: &Arch, question: &Question) -> Result {
    let mut progress = Progress::new();
    progress.search(&task.name, 0, 1);
    let solution = Solution::seek(task, arch, question);
    drop(progress);
    if let (Some(path), Some(best)) = (&args.out, solution.best.first()) {
        write_whole(path, &write_mapping(&best.problem, arch, &best.mapping))?;
    }
    let text = if args.json { map_documents::solution(&solution)? } else { map::solution(&solution, arch) };
    let finding = solution.best.is_empty();
    args.pages.write(|| {
        let mut mapped = MappedNetwork::new(&task.name, 1);
        mapped.give(task, solution);
        stationary::map::document(&mapped, arch)
    })?;
    Ok(Outcome { text, finding })
}

/// The layers one after the other. What is found is written after each search, so that nothing is lost when somebody
/// stops it.
fn all(args: &Args, mut mapped: MappedNetwork, tasks: &[Task], arch: &Arch, question: &Question) -> Result {
    let mut progress = Progress::new();
    for (done, task) in tasks.iter().enumerate() {
        progress.search(&task.name, done, tasks.len());
        let known = mapped.solutions.len();
        mapped.seek(task, arch, question);
        if let Some(path) = args.out.as_deref().filter(|_| mapped.solutions.len() > known || done + 1 == tasks.len()) {
            write(path, &mapped, arch)?;
        }
    }
    drop(progress);
    args.pages.write(|| stationary::map::document(&mapped, arch))?;
    let text = if args.json { map_documents::network(&mapped, arch)? } else { map::network(&mapped, arch) };
    Ok(Outcome { text, finding: mapped.lacks() })
}

fn write(path: &Path, mapped: &MappedNetwork, arch: &Arch) -> std::result::Result<(), Failure> {
    let layers = mapped.layers.iter().filter_map(|layer| {
        let best = mapped.solution(layer).best.first()?;
        Some(((layer.name.as_str(), &best.problem), &best.mapping))
    });
    write_whole(path, &write_layer_mappings(arch, layers))
}
