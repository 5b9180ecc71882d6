//! The message types of Caffe files (caffe.proto of BVLC/caffe), as far as networks for testing need them. Parameters
//! of layers that are not read are skipped, and so are spelling-checked only by name.
//!
//! This file is a table.

use crate::proto::schema::{EnumType, Field, Kind, MessageType, many, one};

const fn skipped(number: u32, name: &'static str) -> Field {
    many(number, name, Kind::Skipped)
}

/// A whole file of either kind.
pub(super) static NET: MessageType = MessageType {
    name: "NetParameter",
    fields: &[
        one(1, "name", Kind::Text),
        many(2, "layers", Kind::Message(&V1_LAYER)),
        many(3, "input", Kind::Text),
        many(4, "input_dim", Kind::Int),
        one(5, "force_backward", Kind::Bool),
        skipped(6, "state"),
        one(7, "debug_info", Kind::Bool),
        many(8, "input_shape", Kind::Message(&SHAPE)),
        many(100, "layer", Kind::Message(&LAYER)),
    ],
};

static SHAPE: MessageType = MessageType { name: "BlobShape", fields: &[many(1, "dim", Kind::Int)] };

static BLOB: MessageType = MessageType {
    name: "BlobProto",
    fields: &[
        one(1, "num", Kind::Int),
        one(2, "channels", Kind::Int),
        one(3, "height", Kind::Int),
        one(4, "width", Kind::Int),
        many(5, "data", Kind::Float),
        one(7, "shape", Kind::Message(&SHAPE)),
        many(8, "double_data", Kind::Double),
    ],
};

static LAYER: MessageType = MessageType {
    name: "LayerParameter",
    fields: &[
        one(1, "name", Kind::Text),
        one(2, "type", Kind::Text),
        many(3, "bottom", Kind::Text),
        many(4, "top", Kind::Text),
        many(5, "loss_weight", Kind::Float),
        skipped(6, "param"),
        many(7, "blobs", Kind::Message(&BLOB)),
        many(8, "include", Kind::Message(&RULE)),
        many(9, "exclude", Kind::Message(&RULE)),
        one(10, "phase", Kind::Enum(&PHASE)),
        many(11, "propagate_down", Kind::Bool),
        one(100, "transform_param", Kind::Message(&TRANSFORM)),
        skipped(101, "loss_param"),
        skipped(102, "accuracy_param"),
        skipped(103, "argmax_param"),
        one(104, "concat_param", Kind::Message(&CONCAT)),
        skipped(105, "contrastive_loss_param"),
        one(106, "convolution_param", Kind::Message(&CONVOLUTION)),
        one(107, "data_param", Kind::Message(&DATA)),
        one(108, "dropout_param", Kind::Message(&DROPOUT)),
        one(109, "dummy_data_param", Kind::Message(&DUMMY_DATA)),
        one(110, "eltwise_param", Kind::Message(&ELTWISE)),
        skipped(111, "exp_param"),
        skipped(112, "hdf5_data_param"),
        skipped(113, "hdf5_output_param"),
        skipped(114, "hinge_loss_param"),
        one(115, "image_data_param", Kind::Message(&DATA)),
        skipped(116, "infogain_loss_param"),
        one(117, "inner_product_param", Kind::Message(&INNER_PRODUCT)),
        one(118, "lrn_param", Kind::Message(&LRN)),
        one(119, "memory_data_param", Kind::Message(&MEMORY_DATA)),
        skipped(120, "mvn_param"),
        one(121, "pooling_param", Kind::Message(&POOLING)),
        skipped(122, "power_param"),
        one(123, "relu_param", Kind::Message(&RELU)),
        skipped(124, "sigmoid_param"),
        one(125, "softmax_param", Kind::Message(&SOFTMAX)),
        skipped(126, "slice_param"),
        skipped(127, "tanh_param"),
        skipped(128, "threshold_param"),
        skipped(129, "window_data_param"),
        skipped(130, "python_param"),
        skipped(131, "prelu_param"),
        skipped(132, "spp_param"),
        one(133, "reshape_param", Kind::Message(&RESHAPE)),
        skipped(134, "log_param"),
        one(135, "flatten_param", Kind::Message(&FLATTEN)),
        skipped(136, "reduction_param"),
        skipped(137, "embed_param"),
        skipped(138, "tile_param"),
        one(139, "batch_norm_param", Kind::Message(&BATCH_NORM)),
        skipped(140, "elu_param"),
        skipped(141, "bias_param"),
        one(142, "scale_param", Kind::Message(&SCALE)),
        one(143, "input_param", Kind::Message(&INPUT)),
        skipped(144, "crop_param"),
        skipped(145, "parameter_param"),
        skipped(146, "recurrent_param"),
    ],
};

static V1_LAYER: MessageType = MessageType {
    name: "V1LayerParameter",
    fields: &[
        one(1, "layer", Kind::Skipped),
        many(2, "bottom", Kind::Text),
        many(3, "top", Kind::Text),
        one(4, "name", Kind::Text),
        one(5, "type", Kind::Enum(&V1_TYPE)),
        many(6, "blobs", Kind::Message(&BLOB)),
        many(7, "blobs_lr", Kind::Float),
        many(8, "weight_decay", Kind::Float),
        one(9, "concat_param", Kind::Message(&CONCAT)),
        one(10, "convolution_param", Kind::Message(&CONVOLUTION)),
        one(11, "data_param", Kind::Message(&DATA)),
        one(12, "dropout_param", Kind::Message(&DROPOUT)),
        skipped(13, "hdf5_data_param"),
        skipped(14, "hdf5_output_param"),
        one(15, "image_data_param", Kind::Message(&DATA)),
        skipped(16, "infogain_loss_param"),
        one(17, "inner_product_param", Kind::Message(&INNER_PRODUCT)),
        one(18, "lrn_param", Kind::Message(&LRN)),
        one(19, "pooling_param", Kind::Message(&POOLING)),
        skipped(20, "window_data_param"),
        skipped(21, "power_param"),
        one(22, "memory_data_param", Kind::Message(&MEMORY_DATA)),
        skipped(23, "argmax_param"),
        one(24, "eltwise_param", Kind::Message(&ELTWISE)),
        skipped(25, "threshold_param"),
        one(26, "dummy_data_param", Kind::Message(&DUMMY_DATA)),
        skipped(27, "accuracy_param"),
        skipped(29, "hinge_loss_param"),
        one(30, "relu_param", Kind::Message(&RELU)),
        skipped(31, "slice_param"),
        many(32, "include", Kind::Message(&RULE)),
        many(33, "exclude", Kind::Message(&RULE)),
        skipped(34, "mvn_param"),
        many(35, "loss_weight", Kind::Float),
        one(36, "transform_param", Kind::Message(&TRANSFORM)),
        skipped(37, "tanh_param"),
        skipped(38, "sigmoid_param"),
        one(39, "softmax_param", Kind::Message(&SOFTMAX)),
        skipped(40, "contrastive_loss_param"),
        skipped(41, "exp_param"),
        skipped(42, "loss_param"),
        many(1001, "param", Kind::Text),
        many(1002, "blob_share_mode", Kind::Enum(&SHARE_MODE)),
    ],
};

/// The layer types of V1 files; [`super::layer`] gives their V2 names.
pub(super) static V1_TYPE: EnumType = EnumType {
    values: &[
        ("NONE", 0),
        ("ACCURACY", 1),
        ("BNLL", 2),
        ("CONCAT", 3),
        ("CONVOLUTION", 4),
        ("DATA", 5),
        ("DROPOUT", 6),
        ("EUCLIDEAN_LOSS", 7),
        ("FLATTEN", 8),
        ("HDF5_DATA", 9),
        ("HDF5_OUTPUT", 10),
        ("IM2COL", 11),
        ("IMAGE_DATA", 12),
        ("INFOGAIN_LOSS", 13),
        ("INNER_PRODUCT", 14),
        ("LRN", 15),
        ("MULTINOMIAL_LOGISTIC_LOSS", 16),
        ("POOLING", 17),
        ("RELU", 18),
        ("SIGMOID", 19),
        ("SOFTMAX", 20),
        ("SOFTMAX_LOSS", 21),
        ("SPLIT", 22),
        ("TANH", 23),
        ("WINDOW_DATA", 24),
        ("ELTWISE", 25),
        ("POWER", 26),
        ("SIGMOID_CROSS_ENTROPY_LOSS", 27),
        ("HINGE_LOSS", 28),
        ("MEMORY_DATA", 29),
        ("ARGMAX", 30),
        ("THRESHOLD", 31),
        ("DUMMY_DATA", 32),
        ("SLICE", 33),
        ("MVN", 34),
        ("ABSVAL", 35),
        ("SILENCE", 36),
        ("CONTRASTIVE_LOSS", 37),
        ("EXP", 38),
        ("DECONVOLUTION", 39),
    ],
};

static SHARE_MODE: EnumType = EnumType { values: &[("STRICT", 0), ("PERMISSIVE", 1)] };

static PHASE: EnumType = EnumType { values: &[("TRAIN", 0), ("TEST", 1)] };

static ENGINE: EnumType = EnumType { values: &[("DEFAULT", 0), ("CAFFE", 1), ("CUDNN", 2)] };

static POOL_METHOD: EnumType = EnumType { values: &[("MAX", 0), ("AVE", 1), ("STOCHASTIC", 2)] };

static ROUND_MODE: EnumType = EnumType { values: &[("CEIL", 0), ("FLOOR", 1)] };

static ELTWISE_OP: EnumType = EnumType { values: &[("PROD", 0), ("SUM", 1), ("MAX", 2)] };

static REGION: EnumType = EnumType { values: &[("ACROSS_CHANNELS", 0), ("WITHIN_CHANNEL", 1)] };

static DATABASE: EnumType = EnumType { values: &[("LEVELDB", 0), ("LMDB", 1)] };

static RULE: MessageType = MessageType {
    name: "NetStateRule",
    fields: &[
        one(1, "phase", Kind::Enum(&PHASE)),
        one(2, "min_level", Kind::Int),
        one(3, "max_level", Kind::Int),
        many(4, "stage", Kind::Text),
        many(5, "not_stage", Kind::Text),
    ],
};

static TRANSFORM: MessageType = MessageType {
    name: "TransformationParameter",
    fields: &[
        one(1, "scale", Kind::Float),
        one(2, "mirror", Kind::Bool),
        one(3, "crop_size", Kind::Int),
        one(4, "mean_file", Kind::Text),
        many(5, "mean_value", Kind::Float),
        one(6, "force_color", Kind::Bool),
        one(7, "force_gray", Kind::Bool),
    ],
};

/// DataParameter and ImageDataParameter: where both have a field its number is the same, and only `source` and
/// sizes are used. `images_in_color` is a fork's name for `is_color`, whose number is not published.
static DATA: MessageType = MessageType {
    name: "DataParameter or ImageDataParameter",
    fields: &[
        one(1, "source", Kind::Text),
        one(2, "scale", Kind::Float),
        one(3, "mean_file", Kind::Text),
        one(4, "batch_size", Kind::Int),
        one(5, "crop_size", Kind::Int),
        one(6, "mirror", Kind::Bool),
        one(7, "rand_skip", Kind::Int),
        one(0, "backend", Kind::Enum(&DATABASE)),
        one(0, "shuffle", Kind::Bool),
        one(0, "force_encoded_color", Kind::Bool),
        one(0, "prefetch", Kind::Int),
        one(0, "new_height", Kind::Int),
        one(0, "new_width", Kind::Int),
        one(0, "is_color", Kind::Bool),
        one(0, "images_in_color", Kind::Bool),
        one(0, "root_folder", Kind::Text),
    ],
};

static MEMORY_DATA: MessageType = MessageType {
    name: "MemoryDataParameter",
    fields: &[
        one(1, "batch_size", Kind::Int),
        one(2, "channels", Kind::Int),
        one(3, "height", Kind::Int),
        one(4, "width", Kind::Int),
    ],
};

static DUMMY_DATA: MessageType = MessageType {
    name: "DummyDataParameter",
    fields: &[
        skipped(1, "data_filler"),
        many(2, "num", Kind::Int),
        many(3, "channels", Kind::Int),
        many(4, "height", Kind::Int),
        many(5, "width", Kind::Int),
        many(6, "shape", Kind::Message(&SHAPE)),
    ],
};

static INPUT: MessageType = MessageType { name: "InputParameter", fields: &[many(1, "shape", Kind::Message(&SHAPE))] };

static CONVOLUTION: MessageType = MessageType {
    name: "ConvolutionParameter",
    fields: &[
        one(1, "num_output", Kind::Int),
        one(2, "bias_term", Kind::Bool),
        many(3, "pad", Kind::Int),
        many(4, "kernel_size", Kind::Int),
        one(5, "group", Kind::Int),
        many(6, "stride", Kind::Int),
        skipped(7, "weight_filler"),
        skipped(8, "bias_filler"),
        one(9, "pad_h", Kind::Int),
        one(10, "pad_w", Kind::Int),
        one(11, "kernel_h", Kind::Int),
        one(12, "kernel_w", Kind::Int),
        one(13, "stride_h", Kind::Int),
        one(14, "stride_w", Kind::Int),
        one(15, "engine", Kind::Enum(&ENGINE)),
        one(16, "axis", Kind::Int),
        one(17, "force_nd_im2col", Kind::Bool),
        many(18, "dilation", Kind::Int),
    ],
};

static INNER_PRODUCT: MessageType = MessageType {
    name: "InnerProductParameter",
    fields: &[
        one(1, "num_output", Kind::Int),
        one(2, "bias_term", Kind::Bool),
        skipped(3, "weight_filler"),
        skipped(4, "bias_filler"),
        one(5, "axis", Kind::Int),
        one(6, "transpose", Kind::Bool),
    ],
};

static POOLING: MessageType = MessageType {
    name: "PoolingParameter",
    fields: &[
        one(1, "pool", Kind::Enum(&POOL_METHOD)),
        one(2, "kernel_size", Kind::Int),
        one(3, "stride", Kind::Int),
        one(4, "pad", Kind::Int),
        one(5, "kernel_h", Kind::Int),
        one(6, "kernel_w", Kind::Int),
        one(7, "stride_h", Kind::Int),
        one(8, "stride_w", Kind::Int),
        one(9, "pad_h", Kind::Int),
        one(10, "pad_w", Kind::Int),
        one(11, "engine", Kind::Enum(&ENGINE)),
        one(12, "global_pooling", Kind::Bool),
        one(13, "round_mode", Kind::Enum(&ROUND_MODE)),
    ],
};

static RELU: MessageType = MessageType {
    name: "ReLUParameter",
    fields: &[one(1, "negative_slope", Kind::Float), one(2, "engine", Kind::Enum(&ENGINE))],
};

static LRN: MessageType = MessageType {
    name: "LRNParameter",
    fields: &[
        one(1, "local_size", Kind::Int),
        one(2, "alpha", Kind::Float),
        one(3, "beta", Kind::Float),
        one(4, "norm_region", Kind::Enum(&REGION)),
        one(5, "k", Kind::Float),
        one(6, "engine", Kind::Enum(&ENGINE)),
    ],
};

static BATCH_NORM: MessageType = MessageType {
    name: "BatchNormParameter",
    fields: &[
        one(1, "use_global_stats", Kind::Bool),
        one(2, "moving_average_fraction", Kind::Float),
        one(3, "eps", Kind::Float),
    ],
};

static SCALE: MessageType = MessageType {
    name: "ScaleParameter",
    fields: &[
        one(1, "axis", Kind::Int),
        one(2, "num_axes", Kind::Int),
        skipped(3, "filler"),
        one(4, "bias_term", Kind::Bool),
        skipped(5, "bias_filler"),
    ],
};

static ELTWISE: MessageType = MessageType {
    name: "EltwiseParameter",
    fields: &[
        one(1, "operation", Kind::Enum(&ELTWISE_OP)),
        many(2, "coeff", Kind::Float),
        one(3, "stable_prod_grad", Kind::Bool),
    ],
};

static CONCAT: MessageType =
    MessageType { name: "ConcatParameter", fields: &[one(1, "concat_dim", Kind::Int), one(2, "axis", Kind::Int)] };

static SOFTMAX: MessageType = MessageType {
    name: "SoftmaxParameter",
    fields: &[one(1, "engine", Kind::Enum(&ENGINE)), one(2, "axis", Kind::Int)],
};

static FLATTEN: MessageType =
    MessageType { name: "FlattenParameter", fields: &[one(1, "axis", Kind::Int), one(2, "end_axis", Kind::Int)] };

static RESHAPE: MessageType = MessageType {
    name: "ReshapeParameter",
    fields: &[one(1, "shape", Kind::Message(&SHAPE)), one(2, "axis", Kind::Int), one(3, "num_axes", Kind::Int)],
};

static DROPOUT: MessageType = MessageType {
    name: "DropoutParameter",
    fields: &[one(1, "dropout_ratio", Kind::Float), one(2, "scale_train", Kind::Bool)],
};
