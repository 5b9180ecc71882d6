//! Why a job was refused, in words for who asked for it. What a file did wrong is [`formats::Error`]'s to say.

use eyeriss::{RunError, chip::ChipError};

/// The likeness from which a name may be meant.
const NEAR: f64 = 0.75;

/// Valid names that a message lists before it only counts them.
const LISTED: usize = 12;

/// A job that was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file that cannot be used.
    #[error(transparent)]
    File(#[from] formats::Error),
    /// A description with all that is wrong with it.
    #[error(transparent)]
    Description(#[from] formats::spec::Errors),
    /// Zeros of a design of which nothing can be foretold.
    #[error(transparent)]
    Sparsity(#[from] model::sparsity::SparsityError),
    /// A size that a technology has no price or area for.
    #[error(transparent)]
    Quote(#[from] model::tech::QuoteError),
    /// Register files that leave no area for a buffer.
    #[error("{dataflow} on {pes} PEs: its register files take the whole storage area, and leave none for a buffer")]
    NoBuffer {
        /// The dataflow.
        dataflow: &'static str,
        /// The PEs.
        pes: u64,
    },
    /// A layer outside what the dataflow study analyses.
    #[error(transparent)]
    Study(#[from] model::reuse::Outside),
    /// Prices that make no sense.
    #[error("the price table: {0}")]
    Prices(String),
    /// Layers or a batch of what is no network.
    #[error("{problem} is a problem by itself: --layer and --batch are for networks")]
    AspectsOfProblem {
        /// The problem.
        problem: String,
    },
    /// A name that is no network of the zoo, and no file.
    #[error("{0} (or fashion, or a file: .onnx, .prototxt)")]
    Network(#[from] nn::zoo::UnknownNetwork),
    /// A file of a pruning run that is none.
    #[error("{file}: found {found}, expected a file that `stationary prune --resume` wrote")]
    Checkpoint {
        /// The file.
        file: String,
        /// What it holds.
        found: String,
    },
    /// A file of another pruning run.
    #[error("{file}: was begun with another {what}: {was}; now it is {is}")]
    OtherRun {
        /// The file.
        file: String,
        /// What differs.
        what: &'static str,
        /// Then.
        was: String,
        /// Now.
        is: String,
    },
    /// What cannot be put into a file.
    #[error("the state of the run cannot be written: {0}")]
    Unwritable(String),
    /// A network that cannot be pruned.
    #[error("{0}")]
    Prune(String),
    /// A network that back-propagation fails on.
    #[error("fine-tuning: {0}")]
    Tune(String),
    /// A layer that the architecture cannot run, so that it has no energy.
    #[error("{arch}: layer {layer} has no mapping, and so no energy")]
    NoMapping {
        /// The layer.
        layer: String,
        /// The architecture.
        arch: String,
    },
    /// A network that does not execute.
    #[error(transparent)]
    Execute(#[from] nn::execute::ExecuteError),
    /// A network for which no 16-bit formats can be chosen.
    #[error(transparent)]
    Calibrate(#[from] nn::quant::CalibrateError),
    /// A network of shapes where trained weights are needed.
    #[error("{}", no_weights(network, layer, *file))]
    NoWeights {
        /// The network.
        network: String,
        /// Its first layer that lacks them.
        layer: String,
        /// Whether it was read from a file.
        file: bool,
    },
    /// Weights for a network of the zoo, in a file that does not know its layers by name.
    #[error(
        "{file}: expected .safetensors as weights of {network} of the zoo, with tensors called as its layers; others go \
         with a .prototxt as --net"
    )]
    WeightsForZoo {
        /// The file.
        file: String,
        /// The network.
        network: String,
    },
    /// Options of files for a network of the zoo.
    #[error("{network} is no file: --input, --output and --external-data say how a file is read")]
    OptionsForZoo {
        /// The network.
        network: String,
    },
    /// A network that does not say how images become its input.
    #[error(
        "{network} does not declare how an image becomes its input: give --mean, --scale, --bgr or --resize, or put a \
         NAME.preprocess.json beside its file"
    )]
    NoPreprocessing {
        /// The network.
        network: String,
    },
    /// A number that no layer has.
    #[error("found layer {found}, expected a name or a number from 1 to {last}")]
    LayerNumber {
        /// The number as it was given.
        found: String,
        /// The last layer's number.
        last: usize,
    },
    /// A range of layers that lacks an end, or ends before it begins.
    #[error("found layers {range:?}, expected a range A..B with both ends, the second no earlier than the first")]
    Range {
        /// The range as it was given.
        range: String,
    },
    /// A network of which the machine runs nothing.
    #[error("{network} has no convolution and no fully connected layer: the machine runs nothing of it")]
    NoArrayLayers {
        /// The network.
        network: String,
    },
    /// A larger batch than there are images.
    #[error("a batch of {batch} needs as many images: {images} given")]
    Batch {
        /// Images at once.
        batch: usize,
        /// Images given.
        images: usize,
    },
    /// Labels for more or fewer images than there are.
    #[error("{file}: found {labels} labels for {images} images, expected one each")]
    Labels {
        /// The file of the labels.
        file: String,
        /// Images there are.
        images: usize,
        /// Labels there are.
        labels: usize,
    },
    /// A label that is no class of the network.
    #[error("{image}: found class {class}, expected one below {classes}, the outputs of {network}")]
    Class {
        /// The image.
        image: String,
        /// Its label.
        class: usize,
        /// Outputs of the network.
        classes: usize,
        /// The network.
        network: String,
    },
    /// IDX files of other dimensions than labelled images for the network have.
    #[error("{file}: found dimensions {found:?}, expected {expected}")]
    Dims {
        /// The file.
        file: String,
        /// Its dimensions.
        found: Vec<usize>,
        /// What fits.
        expected: String,
    },
    /// A name that is no data set, and no folder.
    #[error("{} (or a folder)", unknown("data set", found, valid))]
    UnknownData {
        /// The name as it was given.
        found: String,
        /// The names there are.
        valid: Vec<String>,
    },
    /// A file where a folder of labelled images is expected.
    #[error("{file}: found a file, expected a folder of labelled images, or the name of a data set")]
    DataFile {
        /// The file.
        file: String,
    },
    /// A data set whose package is not installed.
    #[error(
        "found no {folder}, where the Debian package {package} has the data set {name}: install it \
         (apt install {package}), or give a folder with its files"
    )]
    Package {
        /// The data set.
        name: &'static str,
        /// The package.
        package: &'static str,
        /// Where its files would be.
        folder: String,
    },
    /// A folder with no images whose classes are known.
    #[error(
        "{folder}: found no labelled images, expected labels.csv (FILE,CLASS on each line) beside the images, or the IDX \
         files t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte (or train-..., also .gz), or grids of tiles \
         CLASS_NAME.png"
    )]
    Unlabelled {
        /// The folder.
        folder: String,
    },
    /// IDX files of images without labels, or of labels without images.
    #[error("{folder}: found {found} without {missing} (or {missing}.gz)")]
    Half {
        /// The folder.
        folder: String,
        /// The file that is there.
        found: String,
        /// The one that is not.
        missing: &'static str,
    },
    /// A PNG file among grids of tiles whose name does not begin with its class.
    #[error("{file}: found no class in the name, expected CLASS_NAME.png with the class as a number from 0")]
    TileClass {
        /// The file.
        file: String,
    },
    /// An image that is listed more than once, so that it could be in both parts of a data set.
    #[error("{labels}: found {image} twice, expected each image once")]
    Twice {
        /// The list.
        labels: String,
        /// The image.
        image: String,
    },
    /// More images to hold out than there are, or none.
    #[error("found {held} images to hold out, expected 1 to {most} (of {images})")]
    HeldOut {
        /// Images to hold out.
        held: usize,
        /// The most that can be held out.
        most: usize,
        /// Images there are.
        images: usize,
    },
    /// Too few images for two parts.
    #[error("{data}: found one image, expected at least two: one to sample and tune on, one to hold out")]
    OneImage {
        /// The data set.
        data: String,
    },
    /// A name that nothing has.
    #[error("{}", unknown(what, found, valid))]
    Unknown {
        /// What the name should name: "architecture", "layer".
        what: &'static str,
        /// The name as it was given.
        found: String,
        /// The names there are.
        valid: Vec<String>,
    },
    /// Settings that describe no chip.
    #[error("{0}")]
    Chip(#[from] ChipError),
    /// A layer that the machine cannot run.
    #[error("layer {layer:?} ({shape}) does not run on {arch}: {reason}")]
    Layer {
        /// The layer.
        layer: String,
        /// Its sizes.
        shape: String,
        /// The architecture.
        arch: String,
        /// Why.
        reason: Box<RunError>,
    },
    /// A mapping of a layer that the chip does not run.
    #[error("the mapping of layer {layer:?} does not run on the chip: {reason}")]
    GivenMapping {
        /// The layer.
        layer: String,
        /// Why.
        reason: String,
    },
    /// A layer that is no problem for the mapper.
    #[error("layer {layer:?}: {reason}")]
    Problem {
        /// The layer.
        layer: String,
        /// Why.
        reason: nn::problem::ProblemError,
    },
    /// A limit in joules on an architecture whose prices are not.
    #[error(
        "the {limit} of {design} is not known: its prices are in energies of a MAC, expected joules (a `technology:` \
         such as horowitz-45nm, or the machine eyeriss)"
    )]
    NoJoules {
        /// What is limited.
        limit: &'static str,
        /// The architecture.
        design: String,
    },
    /// A limit in seconds on an architecture without a clock.
    #[error("the {limit} of {design} is not known: it has no clock, expected `clock: 200 MHz` in its file, or --clock")]
    NoClock {
        /// What is limited.
        limit: &'static str,
        /// The architecture.
        design: String,
    },
    /// A limit in bytes on an architecture whose words have no width.
    #[error("the {limit} of {design} is not known: its words have no width, expected `word: 16 bit` in its file")]
    NoWord {
        /// What is limited.
        limit: &'static str,
        /// The architecture.
        design: String,
    },
    /// A limit for each pixel of what has no rows and columns.
    #[error("the {limit} is not known: the input of the network has no rows and columns, expected an image")]
    NoPixels {
        /// What is limited.
        limit: &'static str,
    },
    /// A layer of which there is nothing to show, since the machine does not run it.
    #[error("layer {layer:?} ({op}) runs on the host; only convolutions and fully connected layers run on the array")]
    HostLayer {
        /// The layer.
        layer: String,
        /// What it computes.
        op: &'static str,
    },
}

impl Error {
    /// The error of a name that is not among `valid`.
    pub fn unknown<'n>(what: &'static str, found: &str, valid: impl IntoIterator<Item = &'n str>) -> Self {
        Error::Unknown { what, found: found.into(), valid: valid.into_iter().map(String::from).collect() }
    }
}

fn unknown(what: &str, found: &str, valid: &[String]) -> String {
    let mut message = format!("found {what} {found:?}, expected ");
    match valid {
        [] => message += "none: there is none",
        [one] => message += &format!("{one:?}"),
        names => {
            message += &format!("one of {}", names[..names.len().min(LISTED)].join(", "));
            if names.len() > LISTED {
                message += &format!(" and {} more", names.len() - LISTED);
            }
        }
    }
    let likeness = |name: &String| strsim::jaro_winkler(&found.to_lowercase(), &name.to_lowercase());
    let nearest = valid.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    if let Some(nearest) = nearest.filter(|nearest| valid.len() > 1 && likeness(nearest) > NEAR) {
        message += &format!("; the nearest is {nearest:?}");
    }
    message
}

fn no_weights(network: &str, layer: &str, file: bool) -> String {
    if file {
        format!(
            "{network} has no weights for layer {layer:?}: give them as --weights (.caffemodel, .net or .safetensors)"
        )
    } else {
        format!(
            "{network} is shapes of the zoo, without weights: give a file with weights as --net (.onnx), or as --net and \
             --weights (.prototxt with .caffemodel, .net or .safetensors; a network of the zoo with .safetensors)"
        )
    }
}
