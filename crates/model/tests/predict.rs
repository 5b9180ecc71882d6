//! The counts' rung of the proof ladder: nest walker = `predict`, word for word, on generated triples of problem, arch
//! and mapping that turn every switch of the counting rules.

mod triples;
mod walk;

use model::arch::{Bandwidth, StageId};
use model::check::held;
use model::{Energy, Refill, Switches, check, cost, predict};
use nn::Operand;
use nn::generate::Generator;
use triples::{some_arch, some_mapping, some_problem};

#[test]
fn predict_equals_the_walker() {
    let mut g = Generator::new(3);
    let (mut checked, mut sliding, mut refetched, mut copies, mut kept) = (0, 0, 0, 0, 0);
    while checked < 15_000 {
        let problem = some_problem(&mut g);
        if problem.macs() > 400 {
            continue;
        }
        let arch = some_arch(&mut g);
        let mapping = some_mapping(&mut g, &problem, &arch);
        assert_eq!(check(&problem, &arch, &mapping), [], "{}", mapping.display(&problem, &arch));
        let walked = walk::walk(&problem, &arch, &mapping);
        let predicted = predict(&problem, &arch, &mapping);
        let in_parts = (Energy::of(&arch, &predicted.counts).total(), predicted.latency().0);
        assert_eq!(cost(&problem, &arch, &mapping), in_parts, "energy and latency in all");
        let what = format!("{problem}\n{arch:#?}\n{}", mapping.display(&problem, &arch));

        assert_eq!(predicted.steps, walked.steps, "steps of {what}");
        for ((id, memory), level) in arch.memories().zip(&predicted.counts.levels) {
            assert_eq!(level.access, walked.levels[id.0 as usize], "{} of {what}", memory.name);
        }
        for ((id, fanout), network) in arch.fanouts().zip(&predicted.counts.networks) {
            assert_eq!(network.words, walked.networks[&id.0], "{} of {what}", fanout.name);
        }
        for &(id, cycles) in &predicted.ports {
            let (reads, writes) = walked.busiest[id.0 as usize];
            let busiest = match arch.memory(id).expect("a memory").bandwidth {
                Bandwidth::Shared(_) => reads + writes,
                _ => reads.max(writes),
            };
            assert_eq!(cycles, busiest as f64, "ports of {} of {what}", arch.stage(id).name());
        }
        for operand in Operand::ALL {
            for (position, memory) in mapping.chain(operand).filter(|&(_, memory)| memory != StageId(0)) {
                let words = problem.words(operand, &held(&problem, &arch, &mapping, operand, position));
                assert_eq!(words, walked.held[&(memory.0, operand)], "{operand:?} held in {memory:?} of {what}");
                sliding += usize::from(model::check::slides(&problem, &arch, &mapping, operand, position).is_some());
            }
        }
        let output = |level: &model::LevelCounts| level.access[Operand::Output].fills > 0;
        refetched += usize::from(predicted.counts.levels.iter().any(output));
        let whole = arch.clone().with_switches(Switches::default()).expect("no switches");
        let differs = predict(&problem, &whole, &mapping).counts.levels != predicted.counts.levels;
        kept += usize::from(arch.switches().refill == Refill::New && differs);
        copies += usize::from(predicted.steps < problem.macs());
        checked += 1;
    }
    // The generator must reach what the rules are about.
    println!(
        "{checked} triples: {sliding} sliding tiles, {refetched} with refetched psums, {copies} with copies, {kept} \
         whose refills keep words"
    );
    assert!(sliding > 1_000 && refetched > 1_000 && copies > 2_000 && kept > 1_000);
}
