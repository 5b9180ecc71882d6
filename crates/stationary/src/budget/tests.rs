//! The arithmetic of verdicts, on a profile that one can reckon in the head.

use super::*;

/// Two frames in 10 ms: 200 frames/s; 2 mJ a frame, 400 mW; 100 x 100 pixels, 200 nJ each; 4 KiB and 1 KiB of memory.
fn profile() -> Profile {
    let layer = |name: &str, cycles: f64, energy: [f64; 2]| LayerCost {
        name: name.into(),
        macs: 1_000_000,
        cycles,
        cause: "compute".into(),
        energy: energy.to_vec(),
    };
    let store = |name: &str, copies, bytes| Store { name: name.into(), copies, bytes };
    Profile {
        design: "a design".into(),
        network: "a network".into(),
        batch: 2,
        pixels: Some(10_000),
        clock_hz: Some(1e8),
        parts: vec!["memory".into(), "MAC".into()],
        joules: true,
        idle_mw: 50.0,
        layers: vec![
            layer("first", 600_000.0, [0.5e9, 0.5e9]),
            layer("second", 300_000.0, [2.0e9, 0.4e9]),
            layer("third", 100_000.0, [0.4e9, 0.2e9]),
        ],
        memories: Some(vec![store("GLB", 1, 4096.0), store("spad", 64, 16.0)]),
        inputs: String::new(),
        notes: Vec::new(),
    }
}

/// The verdict of one resource.
fn verdict(profile: Profile, limits: Limits, resource: Resource) -> Verdict {
    let answer = judge(profile, limits).expect("all of it is known");
    answer.verdicts.into_iter().find(|verdict| verdict.resource == resource).expect("a verdict")
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9 * b.abs()
}

#[test]
fn what_is_found_follows_from_the_profile() {
    let answer = judge(profile(), Limits { battery_mwh: Some(4000.0), ..Limits::default() }).unwrap();
    let found: Vec<f64> = answer.verdicts.iter().map(|verdict| verdict.found).collect();
    // 5 KiB; 200 frames/s; 200 x 2 mJ; 2 mJ / 10^4; 4000 mWh / 400 mW.
    for (found, expected) in found.iter().zip([5.0, 200.0, 400.0, 200.0, 10.0]) {
        assert!(near(*found, expected), "{found} {expected}");
    }
    assert!(answer.verdicts.iter().all(|verdict| verdict.kept().is_none()) && !answer.broken());
}

/// At half the fastest rate, half of the time is idle: 100 x 2 mJ + 0.5 x 50 mW.
#[test]
fn power_is_told_for_the_rate_that_is_asked_for() {
    let limits = Limits { frames_per_second: Some(100.0), power_mw: Some(225.0), ..Limits::default() };
    let power = verdict(profile(), limits, Resource::Power);
    assert!(near(power.found, 225.0) && power.kept() == Some(true), "{power:?}");
    // What is too fast runs at its fastest, with nothing idle.
    let limits = Limits { frames_per_second: Some(1000.0), ..limits };
    let power = verdict(profile(), limits, Resource::Power);
    assert!(near(power.found, 400.0) && power.kept() == Some(false), "{power:?}");
    let stopped = verdict(
        Profile { idle_mw: 0.0, ..profile() },
        Limits { frames_per_second: Some(100.0), ..limits },
        Resource::Power,
    );
    assert!(near(stopped.found, 200.0), "{stopped:?}");
}

#[test]
fn a_limit_that_is_just_met_is_kept() {
    let limits = Limits {
        memory_bytes: Some(5.0 * 1024.0),
        frames_per_second: Some(200.0),
        power_mw: Some(400.0 * (1.0 + 1e-12)),
        nj_per_pixel: Some(200.0 * (1.0 + 1e-12)),
        battery_mwh: Some(4000.0),
        hours: Some(10.0 * (1.0 - 1e-12)),
    };
    let answer = judge(profile(), limits).unwrap();
    assert!(
        answer.verdicts.iter().all(|verdict| verdict.kept() == Some(true) && verdict.lever.is_none()),
        "{answer:?}"
    );
}

#[test]
fn what_breaks_a_limit_is_named_with_what_would_have_to_shrink() {
    let names = |verdict: &Verdict| verdict.lever.clone().and_then(|lever| lever.halved);
    let part = |verdict: &Verdict| verdict.lever.as_ref().map_or(f64::NAN, |lever| lever.part);
    // The first layer takes 60 % of the time and 25 % of the energy, the second 30 % and 60 %.
    let slow = verdict(profile(), Limits { frames_per_second: Some(250.0), ..Limits::default() }, Resource::FrameRate);
    assert_eq!(slow.costliest, Some(("first".into(), 0.6)));
    assert!(near(part(&slow), 0.2) && near(slow.ratio().unwrap(), 0.8), "{slow:?}");
    assert_eq!(names(&slow), Some(vec!["first".into()]));
    let hot = verdict(profile(), Limits { power_mw: Some(240.0), ..Limits::default() }, Resource::Power);
    assert_eq!(hot.costliest, Some(("second".into(), 0.6)));
    assert!(near(part(&hot), 0.4), "{hot:?}");
    assert_eq!(names(&hot), Some(vec!["second".into(), "first".into()]));
    // More than half: even if every layer took half.
    let pixel = verdict(profile(), Limits { nj_per_pixel: Some(90.0), ..Limits::default() }, Resource::EnergyPerPixel);
    assert!(near(part(&pixel), 0.55) && names(&pixel).is_none(), "{pixel:?}");
    let large = verdict(profile(), Limits { memory_bytes: Some(4608.0), ..Limits::default() }, Resource::Memory);
    assert_eq!((large.costliest.clone(), names(&large)), (Some(("GLB".into(), 0.8)), Some(vec!["GLB".into()])));
    assert!(near(part(&large), 0.1), "{large:?}");
    // 4000 mWh over 20 h are 200 mW: half of the frames' energy.
    let limits = Limits { battery_mwh: Some(4000.0), hours: Some(20.0), ..Limits::default() };
    let short = verdict(profile(), limits, Resource::Battery);
    assert!(near(short.found, 10.0) && near(part(&short), 0.5), "{short:?}");
    assert_eq!(names(&short).map(|names| names.len()), Some(3));
}

/// At 20 frames/s the frames take 40 mW and the idle time 45 mW: no layer helps against 30 mW, nor against 45.
#[test]
fn idle_power_does_not_shrink_with_the_layers() {
    for allowed in [30.0, 45.0] {
        let limits = Limits { frames_per_second: Some(20.0), power_mw: Some(allowed), ..Limits::default() };
        let power = verdict(profile(), limits, Resource::Power);
        let lever = power.lever.clone().unwrap();
        assert!(near(power.found, 85.0) && near(lever.part, (85.0 - allowed) / 40.0), "{power:?}");
        assert_eq!(lever.halved, None);
    }
}

#[test]
fn what_is_not_known_is_an_error_only_where_it_is_limited() {
    let all = Limits {
        memory_bytes: Some(1.0),
        frames_per_second: Some(1.0),
        power_mw: Some(1.0),
        nj_per_pixel: Some(1.0),
        battery_mwh: Some(1.0),
        hours: None,
    };
    let cases = [
        (Profile { joules: false, ..profile() }, Limits { power_mw: all.power_mw, ..Limits::default() }),
        (Profile { joules: false, ..profile() }, Limits { nj_per_pixel: all.nj_per_pixel, ..Limits::default() }),
        (Profile { joules: false, ..profile() }, Limits { battery_mwh: all.battery_mwh, ..Limits::default() }),
        (Profile { clock_hz: None, ..profile() }, Limits { frames_per_second: Some(1.0), ..Limits::default() }),
        (Profile { clock_hz: None, ..profile() }, Limits { power_mw: all.power_mw, ..Limits::default() }),
        (Profile { pixels: None, ..profile() }, Limits { nj_per_pixel: all.nj_per_pixel, ..Limits::default() }),
        (Profile { memories: None, ..profile() }, Limits { memory_bytes: all.memory_bytes, ..Limits::default() }),
    ];
    let told = cases.map(|(profile, limits)| {
        assert!(judge(profile.clone(), Limits::default()).is_ok());
        format!("{}\n", judge(profile, limits).expect_err("it is not known"))
    });
    insta::assert_snapshot!(told.concat());
}

#[test]
fn the_document_says_what_is_broken() {
    let limits = Limits {
        memory_bytes: Some(4608.0),
        frames_per_second: Some(100.0),
        power_mw: Some(200.0),
        nj_per_pixel: Some(90.0),
        battery_mwh: Some(4000.0),
        hours: Some(8.0),
    };
    let text = document::document(&judge(profile(), limits).unwrap()).text();
    let (text, _) = text.split_once("inputs sha256").unwrap();
    insta::assert_snapshot!(text);
}
