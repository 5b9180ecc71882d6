//! What was published of other platforms and of energies a pixel, as data: each value with its source, as printed, also
//! where its unit is another than it says.
//!
//! Values that a plot was read for are ranges, and marked.

/// Sze, "Energy-Efficient Hardware for Embedded Vision and Deep Convolutional Neural Networks", the talk.
pub const TALK: &str = "Sze, talk on embedded vision";
/// Sze et al., CICC 2017.
pub const CICC17: &str = "Sze et al., CICC 2017";
/// The figure of average precision against energy a pixel.
pub const CICC17_PLOT: &str = "Sze et al., CICC 2017, Fig. 12, read off";

/// A row of the talk's table of the chip beside a GPU.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// What it is of.
    pub quantity: Quantity,
    /// The unit as printed.
    pub unit: &'static str,
    /// The chip's.
    pub eyeriss: f64,
    /// The GPU's.
    pub gpu: f64,
}

/// What the talk compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Quantity {
    Process,
    Clock,
    Multipliers,
    Buffer,
    Registers,
    FrameRate,
    Bandwidth,
}

impl Quantity {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Quantity::Process => "process",
            Quantity::Clock => "clock",
            Quantity::Multipliers => "multipliers",
            Quantity::Buffer => "global buffer, or shared memory",
            Quantity::Registers => "scratchpads, or register files",
            Quantity::FrameRate => "AlexNet's CONV layers",
            Quantity::Bandwidth => "DRAM bandwidth",
        }
    }
}

/// The talk's table. The chip's words are of 16 bits, fixed point; the GPU's of 32, floating point.
pub const TABLE: [Row; 7] = {
    use Quantity::*;
    [
        Row { quantity: Process, unit: "nm", eyeriss: 65.0, gpu: 28.0 },
        Row { quantity: Clock, unit: "MHz", eyeriss: 200.0, gpu: 852.0 },
        Row { quantity: Multipliers, unit: "", eyeriss: 168.0, gpu: 192.0 },
        Row { quantity: Buffer, unit: "KB", eyeriss: 108.0, gpu: 64.0 },
        Row { quantity: Registers, unit: "KB", eyeriss: 75.3, gpu: 256.0 },
        Row { quantity: FrameRate, unit: "frames/s", eyeriss: 34.7, gpu: 68.0 },
        Row { quantity: Bandwidth, unit: "MB/s", eyeriss: 127.0, gpu: 1120.0 },
    ]
};

/// What a power was measured of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Convention {
    /// The chip by itself, without DRAM and board.
    Chip,
    /// The whole board at work.
    BoardActive,
    /// The whole board at work, less the board idle.
    BoardActiveMinusIdle,
    /// The processor's package, cores and caches and what else is in it, without DRAM and board.
    Package,
}

impl Convention {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Convention::Chip => "chip only",
            Convention::BoardActive => "board, active",
            Convention::BoardActiveMinusIdle => "board, active minus idle",
            Convention::Package => "processor package",
        }
    }
}

/// The chip's power on AlexNet's CONV layers, in mW.
pub const EYERISS_MW: f64 = 278.0;
/// The chip's frames a second on them.
pub const EYERISS_FPS: f64 = 34.7;
/// The GPU's board at work, in mW.
pub const TK1_ACTIVE_MW: f64 = 10_200.0;
/// The GPU's board idle, in mW.
pub const TK1_IDLE_MW: f64 = 3_700.0;
/// The GPU's frames a second.
pub const TK1_FPS: f64 = 68.0;

/// A design with its energy a pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Design {
    /// What it is.
    pub name: &'static str,
    /// What it computes: features that a detector, or a classifier, is built on.
    pub kind: &'static str,
    /// The process in nm.
    pub process_nm: Option<f64>,
    /// Energy of a pixel in nJ: from, to. Equal where it is printed.
    pub nj_per_pixel: [f64; 2],
    /// Average precision on VOC 2007 in percent: from, to.
    pub precision: Option<[f64; 2]>,
    /// Where the values are.
    pub source: &'static str,
    /// Which network of ours stands beside it.
    pub ours: Option<Ours>,
}

/// A network whose energy the machine tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Ours {
    AlexNet,
    Vgg16,
}

impl Design {
    /// The middle of what was read off, or the printed value.
    pub fn nj(&self) -> f64 {
        middle(self.nj_per_pixel)
    }

    /// The middle of what was read off.
    pub fn average_precision(&self) -> Option<f64> {
        self.precision.map(middle)
    }

    /// Whether a plot was read for its energy.
    pub fn is_read_off(&self) -> bool {
        self.nj_per_pixel[0] != self.nj_per_pixel[1] || self.source == CICC17_PLOT
    }
}

fn middle([from, to]: [f64; 2]) -> f64 {
    (from + to) / 2.0
}

/// The published designs, by rising energy a pixel.
pub const DESIGNS: [Design; 6] = [
    Design {
        name: "first HOG detector",
        kind: "rigid-body detector, 1080p at 60 frames/s, post-layout",
        process_nm: Some(45.0),
        nj_per_pixel: [0.36, 0.36],
        precision: None,
        source: "Suleiman and Sze, SiPS 2014, JSPS 2015",
        ours: None,
    },
    Design {
        name: "HOG features",
        kind: "hand-crafted features",
        process_nm: Some(65.0),
        nj_per_pixel: [0.5, 0.5],
        precision: Some([33.0, 34.0]),
        source: CICC17_PLOT,
        ours: None,
    },
    Design {
        name: "DPM chip",
        kind: "deformable-parts detector, 1080p at 30 frames/s; twice the accuracy of a rigid-body HOG detector",
        process_nm: Some(65.0),
        nj_per_pixel: [0.94, 0.94],
        precision: None,
        source: "Suleiman et al., VLSI 2016, JSSC 52(3)",
        ours: None,
    },
    Design {
        name: "video coding",
        kind: "the benchmark of what a pixel may take",
        process_nm: None,
        nj_per_pixel: [VIDEO_CODING_NJ; 2],
        precision: None,
        source: CICC17,
        ours: None,
    },
    Design {
        name: "AlexNet features",
        kind: "CONV layers, 227 x 227",
        process_nm: Some(65.0),
        nj_per_pixel: [150.0, 160.0],
        precision: Some([57.0, 57.0]),
        source: CICC17_PLOT,
        ours: Some(Ours::AlexNet),
    },
    Design {
        name: "VGG-16 features",
        kind: "CONV layers, 224 x 224",
        process_nm: Some(65.0),
        nj_per_pixel: [6_000.0, 7_000.0],
        precision: Some([67.0, 67.0]),
        source: CICC17_PLOT,
        ours: Some(Ours::Vgg16),
    },
];

/// What video coding takes for a pixel, in nJ, about.
pub const VIDEO_CODING_NJ: f64 = 1.0;

/// A detector's printed power with the rate it is of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detector {
    /// What it is.
    pub name: &'static str,
    /// Power in mW.
    pub mw: f64,
    /// Rows times columns of an image.
    pub pixels: f64,
    /// Images a second.
    pub frames_per_second: f64,
    /// The printed energy of a pixel in nJ.
    pub nj_per_pixel: f64,
    /// Half a unit of its last digit.
    pub rounding: f64,
    /// Where it is printed.
    pub source: &'static str,
}

/// Detectors of which power, rate and energy a pixel are printed.
pub const DETECTORS: [Detector; 2] = [
    Detector {
        name: "DPM chip",
        mw: 58.6,
        pixels: 1920.0 * 1080.0,
        frames_per_second: 30.0,
        nj_per_pixel: 0.94,
        rounding: 0.005,
        source: DESIGNS[2].source,
    },
    Detector {
        name: "first HOG detector",
        mw: 45.3,
        pixels: 1920.0 * 1080.0,
        frames_per_second: 60.0,
        nj_per_pixel: 0.36,
        rounding: 0.005,
        source: DESIGNS[0].source,
    },
];
