//! Files that others wrote, read into the types of `nn`: ONNX, Caffe, images.
