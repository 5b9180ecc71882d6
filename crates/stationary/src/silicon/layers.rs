//! The layers of the published tables: shapes, mappings, and data with the published share of zeros.

use super::published::Published;
use eyeriss::RsMapping;
use nn::generate::Generator;
use nn::{Clamp, Conv16, ConvShape, Tensor, conv16, zoo};

/// A layer to validate.
#[derive(Clone, Debug)]
pub struct SiliconLayer {
    /// The layer's name in the zoo.
    pub name: String,
    /// Its sizes at the published batch.
    pub shape: ConvShape,
    /// How the chip ran it, as printed or as found.
    pub mapping: RsMapping,
    /// Zeros of the ofmap after ReLU, as a share.
    pub ofmap_zeros: f64,
}

/// VGG-16's mappings, which are not published, block by block: found from the traffic and the PEs that Table VI
/// prints; its latencies were not used.
///
/// - e: 156 active PEs in blocks 1-3 are 12 rows of 13, the widest strip whose psums fit the banks beside the ifmaps
///   for a power-of-two m (e = 14 needs 27 of 25 banks); 168 in blocks 4 and 5 are 12 rows of 14.
/// - q r: buffer traffic over the psums' words, 2 / (q r) and a rest, falls as 1, 1, 1/2, 1/4, 1/8.
/// - p t: that rest is the ifmaps' traffic, which the strips' overlap and p t explain: 27, 27, 37, 26 and 23 by
///   arithmetic, taken as 16 (all that fit), 32, 32, 32 and 24.
/// - m, n and block 4's two segments (e = 28): the DRAM traffic of filters, once a strip and n images, and of
///   ifmaps, once for each m filters.
const VGG16: [RsMapping; 5] = [
    RsMapping { m: 16, n: 1, e: 13, p: 4, q: 1, r: 1, t: 4 },
    RsMapping { m: 32, n: 1, e: 13, p: 8, q: 1, r: 1, t: 4 },
    RsMapping { m: 64, n: 1, e: 13, p: 16, q: 1, r: 2, t: 2 },
    RsMapping { m: 32, n: 1, e: 28, p: 16, q: 4, r: 1, t: 2 },
    RsMapping { m: 72, n: 3, e: 14, p: 12, q: 4, r: 2, t: 2 },
];

/// Zeros after ReLU where pooling hides them from the next ifmap, as the float networks have them.
///
/// AlexNet: torchvision's weights on 200 photographs. VGG-16: torchvision's weights on 12 of ImageNet's validation
/// photographs (`stationary validate eyeriss --vgg16`; a test measures them again where weights and photographs are).
pub const POOLED_OFMAP_ZEROS: [(&str, &str, f64); 8] = [
    ("alexnet", "conv1", 0.60),
    ("alexnet", "conv2", 0.79),
    ("alexnet", "conv5", 0.88),
    ("vgg16", "conv1_2", 0.546),
    ("vgg16", "conv2_2", 0.688),
    ("vgg16", "conv3_3", 0.826),
    ("vgg16", "conv4_3", 0.905),
    ("vgg16", "conv5_3", 0.913),
];

/// The layers of a table.
pub fn of(table: &Published) -> Vec<SiliconLayer> {
    let network = zoo::by_name(table.network).expect("the zoo has the published networks");
    let convolutions: Vec<_> = network
        .ids()
        .filter(|&id| matches!(network.layer(id).op, nn::Op::Conv(_)))
        .map(|id| (network.layer(id).name.clone(), network.conv_shape(id, table.batch).expect("a convolution")))
        .collect();
    convolutions
        .iter()
        .enumerate()
        .map(|(i, (name, shape))| {
            let mapping = match table.network {
                "alexnet" => eyeriss::mapping::published("alexnet", name).expect("AlexNet's mappings are published"),
                _ => vgg16_mapping(name),
            };
            let pooled = POOLED_OFMAP_ZEROS.iter().find(|(n, l, _)| *n == table.network && l == name);
            // Without pooling between, the next layer's ifmap is this one's ofmap.
            let next = table.rows.get(i + 1).map_or(0.0, |row| row.zeros);
            let ofmap_zeros = pooled.map_or(next, |&(_, _, zeros)| zeros);
            SiliconLayer { name: name.clone(), shape: *shape, mapping, ofmap_zeros }
        })
        .collect()
}

/// VGG-16's mapping of a layer by its name in the zoo: that of its block, "conv3_2" is of block 3.
pub fn vgg16_mapping(name: &str) -> RsMapping {
    let block = name.bytes().find(u8::is_ascii_digit).map_or(0, |digit| usize::from(digit.saturating_sub(b'1')));
    VGG16[block.min(VGG16.len() - 1)]
}

/// A layer's random data.
pub struct Workload {
    ifmap: Tensor<i16>,
    filters: Tensor<i16>,
    bias: Vec<i16>,
}

/// Bits of the random ifmap words and filters, and where their products are cut: no sum wraps.
const IFMAP_BITS: u32 = 12;
const FILTER_BITS: u32 = 8;
const SHIFT: u32 = 10;
/// Filters of a group that the bias is estimated by.
const SAMPLED_FILTERS: usize = 16;

impl Workload {
    /// Random data with a share of zeros in the padded ifmap, and about the layer's own share after ReLU.
    pub fn new(layer: &SiliconLayer, zeros: f64, seed: u64) -> Workload {
        let mut generator = Generator::new(seed);
        let shape = &layer.shape;
        let padded = (shape.padded_rows() * shape.padded_columns()) as f64;
        let zeros = (1.0 - (1.0 - zeros) * padded / (shape.h * shape.w) as f64).max(0.0);
        let ifmap = generator.words(&shape.input_dims(), IFMAP_BITS, zeros);
        let filters = generator.words(&shape.weight_dims(), FILTER_BITS, 0.0);
        let mut workload = Workload { ifmap, filters, bias: vec![0; shape.m] };
        workload.bias = vec![workload.bias_for(shape, layer.ofmap_zeros); shape.m];
        workload
    }

    /// The layer in the chip's arithmetic.
    pub fn job(&self, layer: &SiliconLayer) -> Conv16<'_> {
        Conv16 {
            shape: layer.shape,
            input: &self.ifmap,
            weights: &self.filters,
            bias: &self.bias,
            shift: SHIFT,
            clamp: Clamp::RELU,
        }
    }

    /// The bias that makes about `zeros` of the sums negative, by the first image and a sample of the filters.
    fn bias_for(&self, shape: &ConvShape, zeros: f64) -> i16 {
        let sampled = shape.group_m().min(SAMPLED_FILTERS);
        let one = ConvShape { n: 1, m: shape.groups * sampled, ..*shape };
        let image = Tensor::from_vec(&one.input_dims(), self.ifmap.data()[..one.c * one.h * one.w].to_vec());
        let taps = shape.group_c() * shape.r * shape.s;
        let groups = self.filters.data().chunks_exact(shape.group_m() * taps);
        let filters = groups.flat_map(|filters| &filters[..sampled * taps]).copied().collect();
        let filters = Tensor::from_vec(&one.weight_dims(), filters);
        let bias = vec![0; one.m];
        let job =
            Conv16 { shape: one, input: &image, weights: &filters, bias: &bias, shift: SHIFT, clamp: Clamp::NONE };
        let mut sums = conv16::fast(&job).output.into_vec();
        let index = ((sums.len() - 1) as f64 * zeros) as usize;
        let (_, &mut quantile, _) = sums.select_nth_unstable(index);
        quantile.saturating_neg()
    }
}
