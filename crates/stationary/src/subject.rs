//! What is to be mapped, as one types it: a network, or a problem by itself, in a file or in short.

use crate::map::{self, Task};
use crate::run::array_layers;
use crate::{Error, assets, networks};
use formats::spec::{self, ProblemFile};
use formats::{Limits, ReadOptions};
use std::path::Path;

/// What is to be mapped.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A problem, or a single layer of a network.
    Problem(Box<Task>),
    /// Layers of a network, over a batch of images.
    Network {
        /// Its name.
        name: String,
        /// Images at once.
        batch: usize,
        /// The layers, in the network's order.
        tasks: Vec<Task>,
    },
}

/// What one says of a network beside its name.
#[derive(Clone, Debug, Default)]
pub struct Aspects<'a> {
    /// How its file is read.
    pub options: ReadOptions,
    /// Weights in a file of their own.
    pub weights: Option<&'a Path>,
    /// Only these layers: names, numbers, ranges.
    pub layers: Option<&'a str>,
    /// Images at once.
    pub batch: Option<usize>,
}

impl Subject {
    /// What `text` names: a problem in short (`matmul:64,64,64`), the file of a problem (.yaml, .yml, .json), or a network.
    pub fn open(text: &str, aspects: &Aspects) -> Result<Subject, Error> {
        let problem = match short_form(text) {
            Some(description) => Some(spec::parse_problem_with(Path::new(text), &description, &[])?),
            None if is_description(text) => {
                let path = Path::new(text);
                Some(spec::parse_problem_with(path, &spec::read(path, &Limits::default())?, &[])?)
            }
            None => None,
        };
        match problem {
            Some(_) if aspects.layers.is_some() || aspects.batch.is_some() => {
                Err(Error::AspectsOfProblem { problem: text.into() })
            }
            Some(file) => Ok(Subject::Problem(Box::new(task(text, file)))),
            None => Subject::of_network(text, aspects),
        }
    }

    fn of_network(text: &str, aspects: &Aspects) -> Result<Subject, Error> {
        // The embedded network goes by the layers' names under which it runs.
        let embedded = text.eq_ignore_ascii_case(assets::NETWORK) && !Path::new(text).is_file();
        let network = networks::open(text, aspects.weights, &aspects.options)?;
        let network = if embedded { assets::network()? } else { network };
        let layers = match aspects.layers {
            Some(list) => networks::select(&network, list)?,
            None => array_layers(&network),
        };
        let batch = aspects.batch.unwrap_or(1);
        let mut tasks = map::tasks(&network, &layers, batch)?;
        match (aspects.layers, tasks.len()) {
            (Some(_), 1) => Ok(Subject::Problem(Box::new(tasks.remove(0)))),
            _ => Ok(Subject::Network { name: network.name().into(), batch, tasks }),
        }
    }

    /// All that is to be mapped.
    pub fn tasks(&self) -> &[Task] {
        match self {
            Subject::Problem(task) => std::slice::from_ref(task),
            Subject::Network { tasks, .. } => tasks,
        }
    }

    /// The same.
    pub fn tasks_mut(&mut self) -> &mut [Task] {
        match self {
            Subject::Problem(task) => std::slice::from_mut(task),
            Subject::Network { tasks, .. } => tasks,
        }
    }
}

fn task(name: &str, file: ProblemFile) -> Task {
    let ProblemFile { problem, densities, .. } = file;
    let sizes: Vec<String> =
        problem.dims().map(|dim| format!("{} {}", problem.name(dim), problem.size()[dim])).collect();
    Task { name: name.into(), sizes: sizes.join(", "), problem, densities, constraints: None }
}

fn is_description(text: &str) -> bool {
    let ending = Path::new(text).extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| ["yaml", "yml", "json"].contains(&ending.as_str()))
}

/// Kinds of problems with a short form, and the sizes that may come without their letters.
const KINDS: [(&str, &[&str]); 3] =
    [("matmul", &["M", "N", "K"]), ("fully_connected", &["N", "M", "C"]), ("conv", &["M", "C", "P", "Q", "R", "S"])];

/// The description that a short form stands for: `matmul:64,64,64` is `matmul: {M: 64, N: 64, K: 64}`, and
/// `conv:M=96,C=3,H=227,W=227,R=11,S=11,stride=4` a convolution.
fn short_form(text: &str) -> Option<String> {
    let (kind, sizes) = text.split_once(':')?;
    let (_, letters) = KINDS.iter().find(|(name, _)| *name == kind)?;
    let sizes = sizes.split(',').enumerate().map(|(index, size)| match size.split_once('=') {
        Some((letter, size)) if letter.trim().len() == 1 => format!("{}: {size}", letter.trim().to_uppercase()),
        Some((word, size)) => format!("{}: {size}", word.trim()),
        None => format!("{}: {size}", letters.get(index).unwrap_or(&"size beyond the last letter")),
    });
    Some(format!("{{{kind}: {{{}}}}}", sizes.collect::<Vec<_>>().join(", ")))
}
