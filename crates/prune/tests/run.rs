//! The loop on a small network: it saves, keeps the accuracy, goes on from anywhere, and is the same on any number of
//! threads.

mod world;

use prune::{Done, Floor, METHODS, Masks, Pattern, PruneError, Settings, Stage, State};
use world::{Small, settings};

fn end(world: &Small, settings: &Settings, mut state: State) -> State {
    while state.stage != Stage::Done {
        state.advance(world, settings, &world.original).expect("a run");
    }
    state
}

const PATTERNS: [Pattern; 4] =
    [Pattern::Weights, Pattern::Filters, Pattern::Channels, Pattern::Block { keep: 2, of: 4 }];

#[test]
fn every_method_and_pattern_saves_and_keeps_the_accuracy() {
    let world = Small::new(1);
    for method in METHODS {
        for pattern in PATTERNS {
            let settings = settings(method, pattern);
            let state = end(&world, &settings, State::new(&world.original));
            let (first, best) = (&state.points[0], state.best().expect("the original at least"));
            assert_eq!(first.accuracy, 1.0);
            assert!(best.accuracy >= 0.9 - 1e-9);
            for point in &state.points {
                assert_eq!(point.accepted, point.accuracy >= 0.9 - 1e-9);
                assert_eq!(point.total(), point.energy.iter().sum::<f64>());
            }
            println!("{} {pattern:?}: {:.3} of the energy", method.name, best.total() / first.total());
            if method.refit && pattern == Pattern::Weights {
                assert!(best.total() < 0.6 * first.total());
            }
        }
    }
}

#[test]
fn errors_fall_on_the_way_of_a_layer() {
    let world = Small::new(2);
    let settings = settings(METHODS[0], Pattern::Weights);
    let mut state = State::new(&world.original);
    let mut layers = 0;
    while state.stage != Stage::Done {
        if let Done::Layer(_, errors) = state.advance(&world, &settings, &world.original).expect("a run") {
            let errors = errors.expect("the method looks at them");
            assert!(errors.refitted <= errors.restored, "{errors:?}");
            layers += 1;
        }
    }
    assert!(layers >= 6, "{layers}");
}

#[test]
fn the_most_expensive_layer_comes_first() {
    let world = Small::new(3);
    let settings = settings(METHODS[0], Pattern::Weights);
    let mut state = State::new(&world.original);
    state.advance(&world, &settings, &world.original).expect("a judgement");
    let energy = state.points[0].energy.clone();
    state.advance(&world, &settings, &world.original).expect("a plan");
    let Stage::Layers(targets) = &state.stage else { panic!("{:?}", state.stage) };
    let place = |target: &prune::Target| prune::prunable(&world.original).iter().position(|&id| id == target.layer);
    let energies: Vec<f64> = targets.iter().filter_map(place).map(|place| energy[place]).collect();
    assert!(energies.len() > 1 && energies.is_sorted_by(|a, b| a >= b), "{energies:?}");
}

/// A round that loses too much is taken back, and the next takes half as much.
#[test]
fn what_loses_too_much_is_taken_back() {
    let world = Small::new(9);
    let settings = Settings { accuracy: Floor::Loss(0.02), ..settings(METHODS[0], Pattern::Weights) };
    let mut state = State::new(&world.original);
    let (mut kept, mut taken_back) = (0, 0);
    while state.stage != Stage::Done {
        let before = state.clone();
        let Done::Judged(point) = state.advance(&world, &settings, &world.original).expect("a run") else { continue };
        assert!(state.network == state.accepted);
        if point.accepted {
            assert!(state.accepted == before.network);
            kept += 1;
        } else {
            assert!(state.accepted == before.accepted && state.step == before.step / 2.0);
            taken_back += 1;
        }
    }
    assert!(kept > 1 && taken_back > 0, "{kept} kept, {taken_back} taken back");
}

#[test]
fn what_goes_stays_away() {
    let world = Small::new(4);
    for pattern in PATTERNS {
        let settings = settings(METHODS[0], pattern);
        let mut state = State::new(&world.original);
        let mut before = Masks::full(&world.original);
        while state.stage != Stage::Done {
            let round = state.advance(&world, &settings, &world.original).expect("a run");
            let now = Masks::of(&state.accepted);
            if matches!(round, Done::Judged(_)) {
                for id in prune::prunable(&world.original) {
                    let [then, now] = [&before, &now].map(|masks| &masks.layer(id).expect("weights").weights);
                    assert!(then.iter().zip(now).all(|(then, now)| *then || !now), "{pattern:?}");
                }
                before = now;
            }
        }
    }
}

#[test]
fn a_block_keeps_what_it_may() {
    let world = Small::new(5);
    let settings = Settings { accuracy: Floor::Loss(0.3), ..settings(METHODS[0], Pattern::Block { keep: 2, of: 4 }) };
    let state = end(&world, &settings, State::new(&world.original));
    let weights = state.accepted.layers().iter().find(|layer| layer.name == "conv2").and_then(|l| l.weights.as_ref());
    let kernel = weights.expect("weights").kernel.data();
    let alive = kernel.iter().filter(|&&weight| weight != 0.0).count();
    assert!(alive < kernel.len(), "the layer of most energy is pruned");
    for filter in kernel.chunks(4 * 9) {
        for place in 0..9 {
            assert!((0..4).filter(|channel| filter[channel * 9 + place] != 0.0).count() <= 2);
        }
    }
}

/// Wherever a run is interrupted, it ends as if it had not been.
#[test]
fn a_run_goes_on_from_anywhere() {
    let world = Small::new(6);
    let settings = settings(METHODS[0], Pattern::Weights);
    let whole = end(&world, &settings, State::new(&world.original));
    let mut state = State::new(&world.original);
    while state.stage != Stage::Done {
        state.advance(&world, &settings, &world.original).expect("a run");
        assert!(end(&world, &settings, state.clone()) == whole);
    }
}

#[test]
fn threads_change_nothing() {
    let world = Small::new(7);
    let settings = settings(METHODS[0], Pattern::Weights);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| end(&world, &settings, State::new(&world.original)))
    };
    assert!(on(1) == on(3));
}

#[test]
fn an_accuracy_that_is_missed_at_the_start_is_refused() {
    let world = Small::new(8);
    let settings = Settings { accuracy: Floor::AtLeast(1.01), ..settings(METHODS[0], Pattern::Weights) };
    let error = State::new(&world.original).advance(&world, &settings, &world.original).expect_err("too much");
    assert!(matches!(error, PruneError::Accuracy { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "the network classifies 100.00 % of the held-out images rightly, expected at least 101.00 %"
    );
}
