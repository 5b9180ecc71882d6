//! Dense tensors in row-major order: feature maps as `[N, C, H, W]`, filters as `[M, C/G, R, S]`.

use rayon::prelude::*;

/// A dense row-major tensor. The number of elements always equals the product of the dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor<T> {
    dims: Vec<usize>,
    data: Vec<T>,
}

impl<T: Copy + Default> Tensor<T> {
    /// A tensor of zeros. Panics when the product of `dims` overflows: callers check untrusted sizes first.
    pub fn zeros(dims: &[usize]) -> Self {
        Tensor { dims: dims.to_vec(), data: vec![T::default(); len(dims)] }
    }
}

impl<T> Tensor<T> {
    /// Wraps `data` as a tensor. Panics unless `data` holds exactly the product of `dims` elements.
    pub fn from_vec(dims: &[usize], data: Vec<T>) -> Self {
        assert_eq!(len(dims), data.len(), "a tensor of dims {dims:?}");
        Tensor { dims: dims.to_vec(), data }
    }

    /// The sizes of the dimensions, outermost first.
    pub fn dims(&self) -> &[usize] {
        &self.dims
    }

    /// The elements in row-major order.
    pub fn data(&self) -> &[T] {
        &self.data
    }

    /// The elements in row-major order, to write.
    pub fn data_mut(&mut self) -> &mut [T] {
        &mut self.data
    }

    /// The elements, taken out.
    pub fn into_vec(self) -> Vec<T> {
        self.data
    }

    /// The same elements under other dimensions. Panics unless the products agree.
    pub fn reshaped(self, dims: &[usize]) -> Self {
        Tensor::from_vec(dims, self.data)
    }

    /// The dimensions as `[N, C, H, W]`. Panics unless there are four.
    pub fn nchw(&self) -> [usize; 4] {
        self.dims.as_slice().try_into().expect("a feature map has four dimensions")
    }

    /// Each element through `f`.
    pub fn map<U>(&self, f: impl FnMut(&T) -> U) -> Tensor<U> {
        Tensor { dims: self.dims.clone(), data: self.data.iter().map(f).collect() }
    }

    /// Each element through `f`, on all threads.
    pub(crate) fn par_map<U: Send>(&self, f: impl Fn(T) -> U + Sync + Send) -> Tensor<U>
    where
        T: Copy + Sync,
    {
        let data = self.data.par_iter().with_min_len(1 << 12).map(|&x| f(x)).collect();
        Tensor { dims: self.dims.clone(), data }
    }
}

fn len(dims: &[usize]) -> usize {
    dims.iter().try_fold(1usize, |n, &d| n.checked_mul(d)).expect("tensor size overflows")
}
