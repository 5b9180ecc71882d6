//! A layer as the study has it: square, and nothing else.

use nn::ConvShape;

/// The sizes of a square layer, in the letters of the study. `m` and `c` count the channels of all groups, which divide
/// them. None is 0, and the ofmap follows from the ifmap, as for the layer of a checked shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Layer {
    /// Images in the batch (N).
    pub n: usize,
    /// Groups (G).
    pub groups: usize,
    /// Output channels, or filters (M).
    pub m: usize,
    /// Input channels (C).
    pub c: usize,
    /// Rows and columns of the ifmap with its padding (H).
    pub h: usize,
    /// Rows and columns of the ofmap (E).
    pub e: usize,
    /// Rows and columns of a filter (R).
    pub r: usize,
    /// Stride (U).
    pub stride: usize,
}

/// Why a layer is outside what the study analyses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Outside {
    /// Rows and columns of something differ.
    #[error("the study's layers are square: found {0} of {1} x {2}")]
    NotSquare(&'static str, usize, usize),
    /// The filter has gaps.
    #[error("the study's filters are dense: found dilation {0}")]
    Dilated(usize),
}

impl Layer {
    /// The layer of a checked shape.
    pub fn new(shape: &ConvShape) -> Result<Layer, Outside> {
        for (what, rows, columns) in [
            ("an ifmap", shape.padded_rows(), shape.padded_columns()),
            ("a filter", shape.r, shape.s),
            ("a stride", shape.stride[0], shape.stride[1]),
        ] {
            if rows != columns {
                return Err(Outside::NotSquare(what, rows, columns));
            }
        }
        if let Some(&dilation) = shape.dilation.iter().find(|&&dilation| dilation != 1) {
            return Err(Outside::Dilated(dilation));
        }
        let ConvShape { n, groups, m, c, r, stride: [stride, _], .. } = *shape;
        Ok(Layer { n, groups, m, c, h: shape.padded_rows(), e: shape.p(), r, stride })
    }

    /// Filters of a group.
    pub fn group_m(&self) -> usize {
        self.m / self.groups
    }

    /// Input channels of a group.
    pub fn group_c(&self) -> usize {
        self.c / self.groups
    }

    /// Accumulations of an ofmap word, which are the words of a filter.
    pub fn accumulations(&self) -> usize {
        self.group_c() * self.r * self.r
    }

    /// Ifmap words of the batch.
    pub fn ifmap_words(&self) -> f64 {
        product([self.n, self.c, self.h, self.h])
    }

    /// Filter words.
    pub fn filter_words(&self) -> f64 {
        product([self.m, self.accumulations()])
    }

    /// Ofmap words of the batch.
    pub fn ofmap_words(&self) -> f64 {
        product([self.n, self.m, self.e, self.e])
    }

    /// Multiply-accumulates of the batch.
    pub fn macs(&self) -> f64 {
        self.ofmap_words() * self.accumulations() as f64
    }

    /// Ifmap rows that `e` ofmap rows need.
    pub(super) fn window(&self, e: usize) -> usize {
        self.stride * (e - 1) + self.r
    }

    /// Ifmap rows that are fetched when the ofmap is cut into strips of `e` rows, the last of what is left: those that
    /// two strips need count twice, and those between windows not.
    pub(super) fn rows_in_strips(&self, e: usize) -> usize {
        let (full, rest) = (self.e / e, self.e % e);
        full * self.window(e) + if rest > 0 { self.window(rest) } else { 0 }
    }
}

/// The product of sizes.
pub(super) fn product<const N: usize>(sizes: [usize; N]) -> f64 {
    sizes.iter().map(|&size| size as f64).product()
}

/// The divisors of a positive number, ascending.
pub(super) fn divisors(n: usize) -> Vec<usize> {
    let small: Vec<usize> = (1..=n.isqrt()).filter(|&d| n.is_multiple_of(d)).collect();
    let large = small.iter().rev().map(|&d| n / d).filter(|&d| d > n.isqrt());
    small.iter().copied().chain(large).collect()
}

/// The sizes up to `most` that a positive number can be cut into evenly, ascending: for each number of parts the
/// smallest that gives it.
pub(super) fn even_parts(n: usize, most: usize) -> impl Iterator<Item = usize> {
    let next = move |&size: &usize| {
        let parts = n.div_ceil(size);
        (parts > 1).then(|| n.div_ceil(parts - 1))
    };
    std::iter::successors(Some(1), next).take_while(move |&size| size <= most)
}

/// The even parts, and for each the largest size up to `most` that gives no more of them: the last is then smaller.
pub(super) fn parts(n: usize, most: usize) -> impl Iterator<Item = usize> {
    let largest_of = move |size: usize| if n.div_ceil(size) > 1 { (n - 1) / (n.div_ceil(size) - 1) } else { n };
    even_parts(n, most).flat_map(move |size| {
        let largest = largest_of(size).min(most);
        std::iter::once(size).chain((largest > size).then_some(largest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use nn::Pad;

    fn conv2() -> ConvShape {
        ConvShape {
            n: 4,
            groups: 2,
            m: 256,
            c: 96,
            h: 27,
            w: 27,
            r: 5,
            s: 5,
            stride: [1, 1],
            pad: Pad::all(2),
            dilation: [1, 1],
        }
    }

    #[test]
    fn a_layer_is_its_shape_with_padding() {
        let layer = Layer::new(&conv2()).expect("square");
        assert_eq!(layer, Layer { n: 4, groups: 2, m: 256, c: 96, h: 31, e: 27, r: 5, stride: 1 });
        assert_eq!(layer.macs(), conv2().macs() as f64);
        assert_eq!(layer.filter_words(), conv2().weights() as f64);
    }

    #[test]
    fn shapes_outside_the_study_are_refused() {
        let wide = ConvShape { w: 28, ..conv2() };
        assert_eq!(Layer::new(&wide), Err(Outside::NotSquare("an ifmap", 31, 32)));
        let spread = ConvShape { dilation: [1, 2], ..conv2() };
        assert_eq!(Layer::new(&spread), Err(Outside::Dilated(2)));
    }

    #[test]
    fn strips_fetch_what_they_share_twice() {
        let layer = Layer::new(&conv2()).expect("square");
        assert_eq!(layer.rows_in_strips(27), 31);
        assert_eq!(layer.rows_in_strips(14), 18 + 17);
    }

    #[test]
    fn numbers_are_divided_and_cut() {
        assert_eq!(divisors(16), [1, 2, 4, 8, 16]);
        assert_eq!(divisors(12), [1, 2, 3, 4, 6, 12]);
        assert_eq!(even_parts(13, 13).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 7, 13]);
        assert_eq!(even_parts(13, 6).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert_eq!(even_parts(1, 9).collect::<Vec<_>>(), [1]);
        assert_eq!(parts(13, 9).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7, 9]);
    }
}
