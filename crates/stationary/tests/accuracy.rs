//! `stationary accuracy`: what 16 bits cost on real images, and what it refuses.
//!
//! The whole validation set takes minutes; here a part of it runs, and LeNet on all of MNIST's test set. Snapshots are
//! blessed with `INSTA_UPDATE=always cargo test -p stationary --test accuracy`.

use assert_cmd::Command;
use eyeriss::{Chip, Engine, Machine};
use formats::ReadOptions;
use stationary::accuracy::{Study, measure};
use stationary::{dataset, networks};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A fresh folder for one test.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A path in the shared folder: `$STATIONARY_SHARED`, or `../shared` beside the workspace. Without it the test is
/// skipped, visibly.
fn shared(path: &str) -> Option<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var_os("STATIONARY_SHARED").map_or(workspace.join("../shared"), PathBuf::from);
    let path = folder.join("data").join(path);
    if path.exists() {
        return Some(path);
    }
    let _ = writeln!(
        std::io::stderr(),
        "skipped: needs ../shared/data/{}",
        path.strip_prefix(folder.join("data")).unwrap().display()
    );
    None
}

/// What `stationary accuracy` answers with `status`: standard output, or standard error for a refusal.
fn accuracy(folder: &Path, arguments: &[&str], status: i32) -> String {
    let mut command = Command::cargo_bin("stationary").unwrap();
    command.current_dir(folder).arg("accuracy").args(arguments);
    let output = command.assert().code(status).get_output().clone();
    String::from_utf8(if status == 2 { output.stderr } else { output.stdout }).unwrap()
}

fn document(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    serde_json::from_str(&accuracy(folder, &[arguments, &["--json"]].concat(), 0)).unwrap()
}

/// Right at first, in percent.
fn top1(document: &serde_json::Value, arithmetic: &str) -> f64 {
    let count = |name: &str| document["all"][name].as_f64().unwrap();
    100.0 * count(&format!("{arithmetic}_top1")) / count("images")
}

/// The embedded network on the embedded photographs, labelled.
#[test]
fn a_folder_with_labels() {
    let folder = folder("labelled");
    fs::write(folder.join("cat.png"), include_bytes!("../assets/chelsea.png")).unwrap();
    fs::write(folder.join("coffee.png"), include_bytes!("../assets/coffee.png")).unwrap();
    // Egyptian cat, espresso; then a tabby, which it is not, but nearly.
    fs::write(folder.join("labels.csv"), "file,class\ncat.png,285\ncoffee.png,967\ncat.png,281\n").unwrap();
    let text = accuracy(&folder, &["--images", ".", "--labels", "labels.csv", "--calibrate", "2"], 0);
    insta::assert_snapshot!("labelled", text);
}

#[test]
fn refusals() {
    let folder = folder("unlabelled");
    fs::write(folder.join("cat.png"), include_bytes!("../assets/chelsea.png")).unwrap();
    let idx = |dims: &[u8], data: &[u8]| {
        let sizes = dims.iter().flat_map(|&dim| [0, 0, 0, dim]).collect::<Vec<u8>>();
        [&[0, 0, 8, dims.len() as u8], &sizes[..], data].concat()
    };
    let files: [(&str, &[u8]); 7] = [
        ("class.csv", b"cat.png,285\ncat.png,1000"),
        ("missing.csv", b"cat.png,285\ndog.png,250"),
        ("outside.csv", b"../cat.png,285"),
        ("typo.csv", b"cat.png,285\ncat.png;285"),
        ("images.idx", &idx(&[2, 2, 2], &[0; 8])),
        ("labels.idx", &idx(&[3], &[1, 2, 3])),
        ("labels2.idx", &idx(&[3, 1], &[1, 2, 3])),
    ];
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes).unwrap();
    }
    let mut told = String::new();
    for arguments in [
        &["--labels", "class.csv"][..],
        &["--images", ".", "--labels", "class.csv"],
        &["--images", ".", "--labels", "missing.csv"],
        &["--images", ".", "--labels", "outside.csv"],
        &["--images", ".", "--labels", "typo.csv"],
        &["--images", ".", "--labels", "none.csv"],
        &["--images", "none", "--labels", "class.csv"],
        &["--images", "images.idx", "--labels", "class.csv"],
        &["--images", "images.idx", "--labels", "labels.idx"],
        &["--images", "images.idx", "--labels", "labels2.idx"],
        &["--images", ".", "--labels", "class.csv", "--calibrate", "0"],
        &["--net", "alexnet", "--images", ".", "--labels", "class.csv"],
    ] {
        told += &format!("$ stationary accuracy {}\n{}\n", arguments.join(" "), accuracy(&folder, arguments, 2));
    }
    insta::assert_snapshot!("accuracy_refusals", told);
}

/// LeNet-5 on the 10,000 test images of MNIST: 99.18 % as trained, and no less than 1.0 point less in 16 bits. The
/// stepped machine gives the same words.
#[test]
fn lenet_on_mnist() {
    let (Some(model), Some(images)) = (shared("models/lenet_mnist"), shared("images/mnist_t10k")) else { return };
    let path = |folder: &Path, name: &str| folder.join(name).display().to_string();
    let document = document(
        &folder("lenet"),
        &[
            "--net",
            &path(&model, "lenet.prototxt"),
            "--weights",
            &path(&model, "lenet_iter_10000.caffemodel"),
            "--scale",
            "0.00390625",
            "--images",
            &path(&images, "t10k-images-idx3-ubyte.gz"),
            "--labels",
            &path(&images, "t10k-labels-idx1-ubyte.gz"),
            "--machine",
            "1",
        ],
    );
    assert_eq!(document["all"]["images"], 10_000);
    assert_eq!(top1(&document, "float"), 99.18);
    assert!(top1(&document, "fixed") >= 98.18, "{document}");
    assert_eq!(document["machine_words_different"], 0);
}

/// ResNet-20 on every fortieth tile of each class of CIFAR-10's test images, and 16 bits. On all 10,000 the float network
/// gets 91.73 % right, as published with its weights (github.com/akamaster/pytorch_resnet_cifar10: an error of 8.27 %).
#[test]
fn resnet20_on_a_part_of_cifar10() {
    let weights = shared("models/cifar10/resnet20-12fca82f.safetensors");
    let (Some(weights), Some(images)) = (weights, shared("images/cifar10_test")) else { return };
    let network = networks::open_trained("resnet20", Some(&weights), &ReadOptions::default()).unwrap();
    let images = images.display().to_string();
    let all = dataset::to_test(Some(&images), &network, network.preprocess().unwrap()).unwrap();
    assert_eq!(all.len(), 10_000);
    let part = all.part(&(0..10_000).step_by(40).collect::<Vec<_>>());
    let machine = Machine::new(Chip::default(), Engine::Stepper).unwrap();
    let study = Study { network: &network, images: &part, calibration: 16, sample: 0, machine };
    let [scores, _] = measure(&study, &mut |_, _| ()).unwrap().scores();
    let right = [scores.images, scores.float[0], scores.fixed[0], scores.agreeing];
    assert_eq!(right, [250, 232, 231, 249]);
}

/// Each ImageNet network on every 52nd of the 1,300 validation images: 16 bits lose none of 25. The float networks get
/// as many right as onnxruntime does on libjpeg's pixels, but for one image: decoders round differently, by up to 4 of
/// 255.
#[test]
fn imagenet_networks_on_a_part_of_the_validation_images() {
    let Some(images) = shared("images/imagenet_val1300_227") else { return };
    let squeezenet11 = shared("models/squeezenet1.1_fp16/SqueezeNet_fp16.onnx");
    let squeezenet10 = shared("models/squeezenet1.0_deepcompression");
    let (Some(squeezenet11), Some(squeezenet10)) = (squeezenet11, squeezenet10) else { return };
    let folder = folder("imagenet");
    let labels = fs::read_to_string(images.join("labels.csv")).unwrap();
    let part: String = labels.lines().step_by(52).map(|line| format!("{line}\n")).collect();
    fs::write(folder.join("labels.csv"), part).unwrap();
    let images = images.display().to_string();
    let squeezenet11 = squeezenet11.display().to_string();
    let prototxt = squeezenet10.join("SqueezeNet_deploy.prototxt").display().to_string();
    let weights = squeezenet10.join("compressed_SqueezeNet.net").display().to_string();
    let caffe = ["--mean", "104,117,123", "--bgr", "--resize", "227"];
    for (network, right, arguments) in [
        ("EfficientNet-Lite0", Some(21), vec![]),
        ("SqueezeNet 1.1", Some(19), [&["--net", &squeezenet11][..], &caffe].concat()),
        ("SqueezeNet 1.0", None, [&["--net", &prototxt, "--weights", &weights][..], &caffe].concat()),
    ] {
        let arguments = [&["--images", &images, "--labels", "labels.csv", "--calibrate", "8"][..], &arguments].concat();
        let document = document(&folder, &arguments);
        let float = document["all"]["float_top1"].as_u64().unwrap();
        assert!(right.is_none_or(|right| float.abs_diff(right) <= 1), "{network}: {document}");
        assert!(document["all"]["fixed_top1"].as_u64().unwrap() >= float, "{network}: {document}");
    }
}
