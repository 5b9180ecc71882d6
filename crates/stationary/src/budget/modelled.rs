//! What any architecture takes: the predictions of its layers' best mappings.

use super::profile::{LayerCost, Profile, memories, pixels};
use crate::Evaluation;
use crate::digest::Inputs;
use crate::map::MappedNetwork;
use formats::spec::ArchFile;
use mapper::Certificate;
use model::Unit;
use model::arch::{Bandwidth, Capacity};
use nn::Network;

/// The profile of mappings, each layer's best one; none where a layer has no mapping.
pub fn profile(file: &ArchFile, network: &Network, mapped: &MappedNetwork, clock_hz: Option<f64>) -> Option<Profile> {
    let arch = &file.arch;
    let layers = mapped.layers.iter().map(|layer| {
        let best = mapped.solution(layer).best.first()?;
        Some(cost(&layer.name, best))
    });
    let layers = layers.collect::<Option<Vec<_>>>()?;
    let joules = arch.provenance().unit == Unit::Picojoule;
    let mut parts: Vec<String> = arch.stages().iter().map(|stage| stage.name().to_string()).collect();
    parts.push(arch.compute().name.clone());
    Some(Profile {
        design: arch.name().into(),
        network: mapped.network.clone(),
        batch: mapped.batch,
        pixels: pixels(network),
        clock_hz: file.clock_hz.or(clock_hz),
        parts,
        joules,
        idle_mw: 0.0,
        layers,
        memories: memories(file),
        inputs: inputs(file, network, mapped, clock_hz),
        notes: notes(file, mapped, joules),
    })
}

fn inputs(file: &ArchFile, network: &Network, mapped: &MappedNetwork, clock_hz: Option<f64>) -> String {
    let question = mapped.solutions.first().and_then(|solution| Some(solution.search.as_ref()?.question));
    let layers: Vec<&str> = mapped.layers.iter().map(|layer| layer.name.as_str()).collect();
    let settings = (&file.arch, file.word_bits, file.clock_hz, clock_hz, mapped.batch, layers, question);
    Inputs::of_study(&format!("{settings:?}"), network).finish()
}

fn cost(name: &str, best: &Evaluation) -> LayerCost {
    let stages = best.energy.stages.iter().map(|by| by.0.iter().sum());
    LayerCost {
        name: name.into(),
        macs: best.problem.macs(),
        cycles: best.latency(),
        cause: best.bottleneck().into(),
        energy: stages.chain([best.energy.compute]).collect(),
    }
}

fn notes(file: &ArchFile, mapped: &MappedNetwork, joules: bool) -> Vec<String> {
    let memories = || file.arch.memories().map(|(_, memory)| memory);
    let named = |names: Vec<&str>| names.join(", ");
    let mut notes = vec![
        "Foretold of each layer's best mapping; the layers run one after the other, and every word counts, whether or \
         not it is zero."
            .to_string(),
    ];
    let free: Vec<&str> = memories()
        .filter(|memory| memory.bandwidth == Bandwidth::Unbounded)
        .map(|memory| memory.name.as_str())
        .collect();
    if !free.is_empty() {
        notes.push(format!(
            "The description gives no bandwidth for {}: the times are bounded by the compute units and by what other \
             memories move.",
            named(free)
        ));
    }
    let off_chip: Vec<&str> =
        memories().filter(|memory| memory.capacity == Capacity::Unbounded).map(|memory| memory.name.as_str()).collect();
    if joules {
        notes.push(format!(
            "The energy includes what is off the chip ({}). The prices have no clock and no leakage: power is the energy \
             of a frame times the frames of a second.",
            named(off_chip)
        ));
    }
    notes.extend(unproven(mapped));
    notes
}

/// What searches that ended early leave open.
fn unproven(mapped: &MappedNetwork) -> Option<String> {
    let searches = || mapped.solutions.iter().filter_map(|solution| solution.search.as_ref());
    let open = || searches().filter(|search| search.certificate != Certificate::Proven);
    let goal = open().next()?.question.goal.name();
    let gaps: Vec<f64> = open().filter_map(|search| Some(search.gap?.1)).collect();
    let most = gaps.iter().copied().reduce(f64::max);
    let most = most.map_or("by how much is not known".into(), |gap| format!("by {:.1} % at most", 100.0 * gap));
    let unbounded = if gaps.len() < open().count() && !gaps.is_empty() { " where a bound was found" } else { "" };
    Some(format!(
        "{} of {} searches ended before a proof: their mappings may be above the best in {goal}, {most}{unbounded}.",
        open().count(),
        searches().count()
    ))
}
