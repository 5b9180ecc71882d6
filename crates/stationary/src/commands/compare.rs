//! `stationary compare`: dataflows side by side.

use super::output::OutputArgs;
use super::progress::Progress;
use super::{Failure, NetArgs, Result};
use mapper::Factors;
use stationary::compare::{self, Baseline, CONTENDERS, Case, Contender, PriceTable, Terms};
use stationary::map::Task;
use stationary::subject::Aspects;
use stationary::{Error, Subject};
use std::sync::Mutex;
use std::time::Duration;

/// Compare dataflows at equal PEs, equal storage area and equal prices, each with its best mappings.
///
/// Row, weight and output stationary, no local reuse, and the best mapping that no dataflow restricts: energy by level and
/// operand, DRAM accesses, PEs at work, energy times delay. The published study itself: `stationary validate isca16`.
/// Exit status 1 when a dataflow has no mapping of a layer.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Args {
    /// A network (a name of the zoo, or a file: .onnx, .prototxt), or a problem as `stationary map` takes it; the
    /// convolutions of AlexNet if left out.
    #[arg(value_name = "NET|PROBLEM")]
    subject: Option<String>,
    #[command(flatten)]
    files: NetArgs,
    /// Layers of the network: names, numbers, and ranges A..B; all if left out.
    #[arg(long, value_name = "LIST")]
    layer: Option<String>,
    /// Numbers of PEs.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "256", value_parser = clap::value_parser!(u64).range(1..=1 << 16))]
    pes: Vec<u64>,
    /// Images at once.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "1", value_parser = super::batch())]
    batch: Vec<usize>,
    /// The dataflows: RS, WS, OSA (SOC-MOP), OSB (MOC-MOP), OSC (MOC-SOP), NLR, and `free`, which is none; all if left
    /// out.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    dataflows: Vec<String>,
    /// The storage whose area every design has: bytes of a register file and of the buffer, for each PE.
    #[arg(long, value_name = "RF,BUFFER", default_value = "512,512", value_parser = baseline)]
    storage: Baseline,
    /// What words and multiply-accumulates cost, any of: dram=200,buffer=6,array=2,rf=1,mac=1.
    #[arg(long, value_name = "LIST", value_parser = prices)]
    prices: Option<PriceTable>,
    /// Lets loops leave remainders; else their factors divide what they cut.
    #[arg(long)]
    imperfect: bool,
    /// Stops the search for each mapping after this time, with the best so far (10s, 500ms, 2m).
    #[arg(long, value_name = "TIME", value_parser = super::map::time)]
    search_time: Option<Duration>,
    #[command(flatten)]
    output: OutputArgs,
}

const HELP: &str = "\
Examples:
  stationary compare
  stationary compare --pes 256,512,1024 --batch 1,16,64 --dataflows rs,ws,osa,osb,osc,nlr --csv
  stationary compare resnet50 --layer res2a_branch2b --report dataflows.html
  stationary compare squeezenet1.1 --storage 256,1024 --prices dram=100,rf=0.5";

/// The network and the layers that are compared on where nobody says otherwise: the study's.
const STUDY: (&str, &str) = ("alexnet", "conv1..conv5");

/// Two numbers of bytes.
fn baseline(text: &str) -> std::result::Result<Baseline, String> {
    let bytes: Option<Vec<u64>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
    match bytes.as_deref() {
        Some(&[register_file @ 2..=4096, buffer @ 2..=1_048_576]) if (register_file | buffer) % 2 == 0 => {
            Ok(Baseline { register_file, buffer })
        }
        _ => Err("expected even bytes of a register file (2 to 4096) and of the buffer for each PE (2 to 1048576), \
                  as in 512,512"
            .into()),
    }
}

/// Prices by name; the study's where none is given.
fn prices(text: &str) -> std::result::Result<PriceTable, String> {
    let mut table = PriceTable::STUDY;
    for part in text.split(',') {
        let expected =
            || format!("found {part:?}, expected one of dram, buffer, array, rf, mac, and a number above 0: dram=200");
        let (name, price) = part.split_once('=').ok_or_else(expected)?;
        let place = match name.trim() {
            "dram" => &mut table.dram,
            "buffer" => &mut table.buffer,
            "array" => &mut table.array,
            "rf" => &mut table.register_file,
            "mac" => &mut table.mac,
            _ => return Err(expected()),
        };
        let price = price.trim().parse().ok();
        *place = price.filter(|price: &f64| price.is_finite() && *price > 0.0).ok_or_else(expected)?;
    }
    Ok(table)
}

/// Does it.
pub fn run(args: Args) -> Result {
    let contenders: std::result::Result<Vec<&'static Contender>, Error> = match &args.dataflows[..] {
        [] => Ok(CONTENDERS.iter().collect()),
        names => names.iter().map(|name| Contender::find(name.trim())).collect(),
    };
    let contenders = contenders?;
    let terms = Terms {
        baseline: args.storage,
        prices: args.prices.unwrap_or(PriceTable::STUDY),
        factors: if args.imperfect { Factors::Imperfect } else { Factors::Perfect },
        search_time: args.search_time,
    };
    let (network, batches) = batches(&args)?;
    let of = |pes: u64| batches.iter().map(move |(batch, tasks)| Case { pes, batch: *batch, tasks });
    let cases: Vec<Case> = args.pes.iter().flat_map(|&pes| of(pes)).collect();
    let progress = Mutex::new((Progress::new(), 0));
    let done = |name: &str| {
        if let Ok(mut progress) = progress.lock() {
            progress.1 += 1;
            let done = progress.1;
            progress.0.search(name, done, cases.len() * contenders.len());
        }
    };
    let comparison = compare::compare(&network, &cases, &contenders, terms, &done)?;
    drop(progress);
    let finding = comparison.bars.iter().any(|bar| bar.mapped.lacks());
    args.output.deliver(&compare::document(&comparison), finding)
}

/// Numbers of images at once, each with the layers over as many.
type Batches = Vec<(usize, Vec<Task>)>;

/// The layers for each batch, and what they are of.
fn batches(args: &Args) -> std::result::Result<(String, Batches), Failure> {
    let (text, layers) = match &args.subject {
        Some(text) => (text.as_str(), args.layer.as_deref()),
        None => (STUDY.0, args.layer.as_deref().or(Some(STUDY.1))),
    };
    let mut name = text.to_string();
    let mut batches = Vec::new();
    for &batch in &args.batch {
        // Of a problem by itself nobody can say how many images there are.
        let batch_of = (args.batch != [1]).then_some(batch);
        let (options, weights) = (args.files.options(), args.files.weights.as_deref());
        let subject = Subject::open(text, &Aspects { options, weights, layers, batch: batch_of })?;
        if let Subject::Network { name: network, .. } = &subject {
            name = network.clone();
        }
        batches.push((batch, subject.tasks().to_vec()));
    }
    Ok((name, batches))
}
