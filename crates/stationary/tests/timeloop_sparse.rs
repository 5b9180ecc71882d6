//! What Timeloop (Wu et al., "Sparseloop", MICRO 2022) reports of sparse designs, beside the expected values of
//! `model::sparsity`: equal, or the difference explained by a named rule whose effect is computed. With the named
//! differences at the design's prices, energies are equal too.
//!
//! * *Whole words.* Timeloop adds probabilities of tiles in floating point and rounds to whole words, up or down; ours are
//!   not rounded.
//! * *Whole coordinates.* For each number of nonzero words that a tile may have, Timeloop rounds the coordinates of a row
//!   up to a whole number, and takes only rows that have any; ours are as many as nonzero words.
//! * *Last starts.* On the way to the compute unit Timeloop reads all starts of a tile whenever the tile is gone through,
//!   also where its last row ends; ours reads a start for each row that is visited.
//! * *Outer starts.* Timeloop's formats are stacks of ranks; an offset array above the rows has entries of its own, which
//!   ours does not have.
//! * *Runs.* Timeloop's run-length code has a run for each nonzero word, however long, and starts of rows; ours has pairs
//!   for long runs and for what a tile ends with, and no starts.
//! * *Gated at full price.* Timeloop charges a gated multiply-accumulate as one that is done, whatever its energy table
//!   says.

use model::arch::StageId;
use model::sparsity::{Distribution, Fate, Format, SparseEnergy, SparsePrediction, expected};
use nn::Operand;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rule {
    WholeWords,
    WholeCoordinates,
    LastStarts,
    OuterStarts,
    Runs,
    GatedAtFullPrice,
}

/// A report: by level and data space (empty for the compute unit), what it says; entries of formats by rank and summed.
type Report = BTreeMap<(String, String), BTreeMap<String, f64>>;

fn report(path: &Path) -> Report {
    let text = std::fs::read_to_string(path).expect("a report");
    let mut report = Report::new();
    let (mut level, mut space, mut format) = (String::new(), String::new(), String::new());
    for line in text.lines().take_while(|line| *line != "Networks") {
        if let Some(name) = line.strip_prefix("=== ").and_then(|rest| rest.strip_suffix(" ===")) {
            (level, space) = (name.to_string(), String::new());
        } else if let Some(name) = line.strip_prefix("    ").and_then(|rest| rest.strip_suffix(':'))
            && !name.contains(' ')
        {
            space = name.to_string();
        }
        let of = report.entry((level.clone(), space.clone())).or_default();
        let Some((key, value)) = line.trim().split_once(':') else {
            format = line.trim().to_string();
            continue;
        };
        if let Some(rank) = key.strip_suffix(" (metadata, payload)") {
            let mut numbers =
                value.trim_matches([' ', '(', ')']).split(',').map(|n| n.trim().parse::<f64>().expect("a number"));
            let entries = numbers.by_ref().sum();
            of.insert(format!("{format} {rank}"), entries);
        } else if let Ok(value) = value.trim().trim_end_matches(" pJ").parse() {
            of.insert(key.trim().to_string(), value);
        }
    }
    report
}

/// Every sparse case, if the shared folder is there.
fn cases() -> Vec<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("STATIONARY_SHARED").map_or(beside, PathBuf::from).join("cases/timeloop");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        let _ = writeln!(std::io::stderr(), "skipped: needs ../shared/cases/timeloop");
        return Vec::new();
    };
    let sparse = |path: &PathBuf| path.join("sparse.yaml").exists();
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(sparse).collect();
    cases.sort();
    cases
}

/// Compares quantities, and adds up what the named differences cost.
struct Comparison {
    case: String,
    rules: Vec<Rule>,
    cost: f64,
}

impl Comparison {
    /// Ours and Timeloop's, the price of one, and what a rule computes: at least and at most this.
    fn quantity(&mut self, what: &str, ours: f64, theirs: f64, price: f64, rule: Option<(Rule, f64, f64)>) {
        let case = &self.case;
        self.cost += (theirs - ours) * price;
        if (ours - theirs).abs() < 1e-6 {
            return;
        }
        match rule {
            _ if (ours - theirs).abs() <= 1.0 => self.rules.push(Rule::WholeWords),
            Some((rule, least, most)) => {
                let within = least - 1.0 <= theirs && theirs <= most + 1.0;
                assert!(within, "{case}: {what}: ours {ours}, Timeloop {theirs}, {rule:?} {least} to {most}");
                self.rules.push(rule);
            }
            None => panic!("{case}: {what}: ours {ours}, Timeloop {theirs}"),
        }
    }
}

#[test]
fn sparse_counts_are_timeloops_or_explained() {
    let mut checked = 0;
    for case in cases() {
        let files = ["arch.yaml", "problem.yaml", "map.yaml", "sparse.yaml", "ERT.yaml"].map(|file| case.join(file));
        let design = formats::timeloop::read(&files).unwrap_or_else(|errors| panic!("{errors}"));
        let report = report(&case.join("timeloop-model.stats.txt"));
        let case = case.file_name().unwrap().to_string_lossy().into_owned();
        let mut comparison = Comparison { case, rules: Vec::new(), cost: 0.0 };
        let energy = compare(&design, &report, &mut comparison);
        let theirs: f64 = report.values().filter_map(|of| of.get("Energy (total)")).sum();
        let explained = energy + comparison.cost;
        assert!(
            (explained - theirs).abs() <= 1e-6 * theirs,
            "{}: {energy} pJ and {} of named differences, Timeloop {theirs}",
            comparison.case,
            comparison.cost
        );
        comparison.rules.sort();
        comparison.rules.dedup();
        println!("{}: {energy:.2} pJ, Timeloop {theirs}: {:?}", comparison.case, comparison.rules);
        checked += 1;
    }
    assert!(checked == 0 || checked >= 5, "{checked} sparse cases");
}

/// Compares everything; gives our energy.
fn compare(design: &formats::timeloop::Design, report: &Report, comparison: &mut Comparison) -> f64 {
    let (problem, arch, mapping) = (&design.problem, &design.arch, &design.mapping);
    let sparse = design.sparse.as_ref().expect("a sparse design");
    let ours = expected(problem, arch, mapping, &sparse.sparsity, sparse.densities).expect("an expectation");
    let compute = &report[&(arch.compute().name.clone(), String::new())];
    let price = arch.compute().price;
    assert_eq!(ours.steps, compute["Cycles"], "{}: cycles", comparison.case);
    comparison.quantity("MACs done", ours.macs.done, compute["Actual Computes (total)"], price, None);
    comparison.quantity("MACs gated", ours.macs.gated, compute["Gated Computes (total)"], 0.0, None);
    // What no rule of the compute unit skips is not in its report.
    let skipped = compute["Algorithmic Computes (total)"]
        - compute["Actual Computes (total)"]
        - compute["Gated Computes (total)"];
    comparison.quantity("MACs skipped", ours.macs.skipped, skipped, 0.0, None);
    if ours.macs.gated > 0.0 {
        comparison.rules.push(Rule::GatedAtFullPrice);
        comparison.cost += ours.macs.gated * price * (1.0 - sparse.sparsity.gated_share);
    }
    for ((id, memory), level) in arch.memories().zip(&ours.levels) {
        for operand in Operand::ALL {
            let Some(theirs) = report.get(&(level.name.clone(), design.spaces[operand].clone())) else { continue };
            let words = &level.words[operand];
            let storage = sparse.sparsity.storage.get(&id);
            let format = storage.map(|storage| storage.format[operand]).unwrap_or_default();
            let sides = [
                ("reads", words.reads, memory.read_price),
                ("fills", words.fills, memory.write_price),
                ("updates", words.updates, memory.write_price),
            ];
            for (what, Fate { done, gated, skipped }, price) in sides {
                let said =
                    |fate: &str| theirs.get(&format!("{fate} scalar {what} (per-instance)")).copied().unwrap_or(0.0);
                let what = |fate| format!("{} {} {what} {fate}", level.name, operand.name());
                comparison.quantity(&what("done"), done, said("Actual"), price, None);
                comparison.quantity(&what("gated"), gated, said("Gated"), 0.0, None);
                // Words that a format leaves out are not skipped there.
                if format == Format::Dense {
                    comparison.quantity(&what("skipped"), skipped, said("Skipped"), 0.0, None);
                }
            }
            if format != Format::Dense {
                metadata(design, &ours, id, operand, theirs, comparison);
            }
        }
    }
    SparseEnergy::of(arch, &sparse.sparsity, &ours).total()
}

/// Entries of a format: coordinates or runs of rank 0, starts of the ranks above.
fn metadata(
    design: &formats::timeloop::Design,
    ours: &SparsePrediction<f64>,
    id: StageId,
    operand: Operand,
    theirs: &BTreeMap<String, f64>,
    comparison: &mut Comparison,
) {
    let (problem, mapping) = (&design.problem, &design.mapping);
    let sparse = design.sparse.as_ref().expect("a sparse design");
    let storage = &sparse.sparsity.storage[&id];
    let index = design.arch.memories().position(|(memory, _)| memory == id).expect("a memory");
    let level = &ours.levels[index];
    let bits = level.metadata[operand];
    let chain: Vec<_> = mapping.chain(operand).collect();
    let at = chain.iter().position(|&(_, memory)| memory == id).expect("it keeps the operand");
    let tiles = mapping.tiles(problem);
    let extents = |position: usize| -> Vec<u64> {
        problem.ranks(operand).iter().map(|rank| rank.extent(&tiles[position])).collect()
    };
    // Entries of four bits, all of them.
    let width = 4.0;
    let prices = storage.metadata_price.expect("a price");
    let reads = (at + 1 < chain.len()).then(|| extents(chain[at + 1].0));
    let own = extents(chain[at].0);
    for (what, bits, words, tile, price) in [
        ("reads", bits.reads, level.words[operand].reads, reads.clone().unwrap_or_else(|| own.clone()), prices[0]),
        ("fills", bits.fills, level.words[operand].fills, own.clone(), prices[1]),
    ] {
        let entries = |rank: &str| theirs.get(&format!("Actual scalar format {what} (per-instance) {rank}")).copied();
        let Some(coordinates) = entries("Rank 0") else { continue };
        let starts = entries("Rank 1").unwrap_or(0.0);
        let outer: f64 = (2..8).filter_map(|rank| entries(&format!("Rank {rank}"))).sum();
        let [rows, columns] = tile[..] else { panic!("a matrix") };
        let to_compute = what == "reads" && reads.is_none();
        let transfers = words.done / (sparse.densities[operand].share * (rows * columns) as f64);
        let name = |part: &str| format!("{} {} {what}, {part}", level.name, operand.name());
        let mut entry = |part: &str, ours: f64, theirs: f64, rule| {
            comparison.quantity(&name(part), ours, theirs, width * price, rule);
        };
        // A traversal of a tile has a start for each row, and one for where the last ends.
        let visits = transfers * rows as f64;
        let all_starts = transfers * (rows + 1) as f64;
        if let Format::RunLength(_) = storage.format[operand] {
            // One run for each nonzero word, and starts; ours as its bits say.
            let bits_in_entries = bits / width;
            let least = words.done + all_starts;
            entry("runs", bits_in_entries, coordinates + starts, Some((Rule::Runs, least, least + 1.0)));
        } else {
            let (least, most) = whole_coordinates(design, operand, &own, rows as f64, transfers);
            entry("coordinates", words.done, coordinates, Some((Rule::WholeCoordinates, least, most)));
            let our_starts = bits / width - words.done;
            assert!((our_starts - if to_compute { visits } else { all_starts }).abs() < 1e-6, "{}", name("our starts"));
            entry("starts", our_starts, starts, Some((Rule::LastStarts, all_starts, all_starts)));
        }
        // One array above the rows for each time that all of the tile is read.
        let blocks = outer_blocks(&own, &tile);
        entry("outer starts", 0.0, outer, Some((Rule::OuterStarts, blocks + 1.0, blocks + 1.0)));
    }
}

fn outer_blocks(own: &[u64], tile: &[u64]) -> f64 {
    own.iter().zip(tile).map(|(own, tile)| own.div_ceil(*tile)).product::<u64>() as f64
}

/// The coordinates of tiles whose rows have them rounded up: at least where the mean of a row is rounded up exactly, at
/// most where it is also when it is whole.
fn whole_coordinates(
    design: &formats::timeloop::Design,
    operand: Operand,
    tile: &[u64],
    rows: f64,
    transfers: f64,
) -> (f64, f64) {
    let density = design.sparse.as_ref().expect("a sparse design").densities[operand];
    let problem = &design.problem;
    let all = problem.words(operand, &problem.size());
    let words: u64 = tile.iter().product();
    let columns = words as f64 / rows;
    if density.distribution != Distribution::Hypergeometric {
        let whole = transfers * rows * (columns * density.share).ceil();
        return (whole, whole);
    }
    let nonzeros = (density.share * all as f64).round() as u64;
    let choose = |n: u64, k: u64| -> f64 {
        if k > n { f64::NEG_INFINITY } else { (1..=k).map(|i| ((n - k + i) as f64 / i as f64).ln()).sum() }
    };
    let (mut least, mut most) = (0.0, 0.0);
    for k in 0..=words.min(nonzeros) {
        let probability = (choose(nonzeros, k) + choose(all - nonzeros, words - k) - choose(all, words)).exp();
        let of_row = columns * k as f64 / words as f64;
        let empty = (choose(words - columns as u64, k) - choose(words, k)).exp();
        let occupied = rows * (1.0 - empty);
        least += probability * occupied * of_row.ceil();
        most += probability * occupied * (of_row.floor() + 1.0);
    }
    (transfers * least, transfers * most)
}
