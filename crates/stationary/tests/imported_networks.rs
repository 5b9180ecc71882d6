//! Networks that others trained and wrote, in three formats, on the machine: SqueezeNet 1.1 (ONNX, f16), SqueezeNet 1.0
//! (prototxt and Deep Compression), LeNet (prototxt and V1 caffemodel). Their files are not the project's to hold.

use eyeriss::{Engine, Machine, Objective};
use formats::ReadOptions;
use stationary::images::{Images, Overrides};
use stationary::run::{Job, Run, array_layers};
use stationary::{archs, assets, networks};
use std::io::Write;
use std::path::{Path, PathBuf};

/// A file of the shared folder: `$STATIONARY_SHARED`, or `../shared` beside the workspace.
fn shared(name: &str) -> Option<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var_os("STATIONARY_SHARED").map_or(workspace.join("../shared"), PathBuf::from);
    let path = folder.join("data/models").join(name);
    if !path.is_file() {
        let _ = writeln!(std::io::stderr(), "skipped: needs ../shared/data/models/{name}");
        return None;
    }
    Some(path)
}

fn run(net: &Path, weights: Option<&Path>, images: &[PathBuf], overrides: &Overrides) -> Run {
    let network = networks::open_trained(&net.to_string_lossy(), weights, &ReadOptions::default()).unwrap();
    let preprocess = overrides.over(&network).unwrap();
    let images = Images::new(images, &network, &preprocess);
    let arch = archs::by_name("eyeriss").unwrap();
    let job = Job {
        network: &network,
        images: &images,
        calibration: &images,
        batch: images.len(),
        layers: &array_layers(&network),
        arch,
        machine: Machine::new((arch.chip)(), Engine::Fast).unwrap(),
        objective: Objective::Latency,
        given: &[],
        point: *arch.point("1.0V").unwrap(),
    };
    let run = stationary::run(&job, &mut |_| ()).unwrap();
    assert_eq!(run.total.all_macs(), network.macs(images.len() as u64), "all of it ran on the machine");
    assert_eq!(run.agreeing(), images.len(), "the machine takes each image for what the float network does");
    run
}

fn sees_a_cat_and_a_coffee(run: &Run) {
    let names: Vec<String> = run.predictions.iter().map(|p| assets::class_name(p.top[0].0, 1000)).collect();
    assert!(["Egyptian cat", "tiger cat", "tabby"].contains(&names[0].as_str()), "{names:?}");
    assert_eq!(names[1], "espresso");
}

/// Blue first, the mean of ImageNet subtracted: how the SqueezeNets were trained.
fn caffe() -> Overrides {
    Overrides { resize: Some(300), bgr: Some(true), mean: Some([104.0, 117.0, 123.0]), scale: None }
}

#[test]
fn squeezenet_1_1_from_onnx() {
    if let Some(net) = shared("squeezenet1.1_fp16/SqueezeNet_fp16.onnx") {
        sees_a_cat_and_a_coffee(&run(&net, None, &[], &caffe()));
    }
}

#[test]
fn squeezenet_1_0_from_deep_compression() {
    let net = shared("squeezenet1.0_deepcompression/SqueezeNet_deploy.prototxt");
    let weights = shared("squeezenet1.0_deepcompression/compressed_SqueezeNet.net");
    if let (Some(net), Some(weights)) = (net, weights) {
        sees_a_cat_and_a_coffee(&run(&net, Some(&weights), &[], &caffe()));
    }
}

/// A stroke that stands is a one, a ring a nought.
#[test]
fn lenet_from_caffe() {
    let (net, weights) = (shared("lenet_mnist/lenet.prototxt"), shared("lenet_mnist/lenet_iter_10000.caffemodel"));
    if let (Some(net), Some(weights)) = (net, weights) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let draw = |name: &str, ink: &dyn Fn(f32, f32) -> bool| {
            let pixel = |at: usize| 255 * u8::from(ink((at % 28) as f32 - 13.5, (at / 28) as f32 - 13.5));
            let path = folder.join(name);
            let mut encoder = png::Encoder::new(std::fs::File::create(&path).unwrap(), 28, 28);
            encoder.set_color(png::ColorType::Grayscale);
            let pixels: Vec<u8> = (0..28 * 28).map(pixel).collect();
            encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
            path
        };
        let one = draw("one.png", &|x, y| x.abs() < 1.6 && y.abs() < 9.6);
        let nought = draw("nought.png", &|x, y| (5.0..8.0).contains(&(1.5 * x).hypot(y)));
        let scale = Overrides { scale: Some([1.0 / 256.0; 3]), ..Overrides::default() };
        let run = run(&net, Some(&weights), &[one, nought], &scale);
        let classes: Vec<usize> = run.predictions.iter().map(|prediction| prediction.top[0].0).collect();
        assert_eq!(classes, [1, 0]);
    }
}
