//! A layer on the array as matrices: each filter is a row of taps that multiplies what a window sees.

use crate::Pattern;
use nn::{ConvShape, LayerId, Network, Tensor, Weights};

/// The matrices of one layer. Filters of a group see the same windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The layer over one image.
    pub shape: ConvShape,
    /// Filters of all groups (M).
    pub filters: usize,
    /// Taps of a filter (C/G x R x S), without its bias.
    pub taps: usize,
}

impl Layout {
    /// Of a layer; none if it is not on the array.
    pub fn of(network: &Network, id: LayerId) -> Option<Layout> {
        let shape = network.conv_shape(id, 1)?;
        Some(Layout { shape, filters: shape.m, taps: shape.group_c() * shape.r * shape.s })
    }

    /// The filters of a group.
    pub fn group(&self, group: usize) -> std::ops::Range<usize> {
        let size = self.shape.group_m();
        group * size..(group + 1) * size
    }

    /// The windows of an image.
    pub fn windows(&self) -> usize {
        self.shape.p() * self.shape.q()
    }

    /// Writes what a group's filters see in one window of one image of `input` (`[N, C, H, W]`, flattened).
    pub fn window(&self, input: &Tensor<f32>, image: usize, group: usize, window: usize, taps: &mut [f64]) {
        let ConvShape { c, h, w, r, s, stride, pad, dilation, .. } = self.shape;
        let (row, column) = (window / self.shape.q() * stride[0], window % self.shape.q() * stride[1]);
        let channels = self.shape.group_c();
        let image = &input.data()[image * c * h * w..][..c * h * w];
        let mut taps = taps.iter_mut();
        for channel in group * channels..(group + 1) * channels {
            for y in (0..r).map(|y| row + y * dilation[0]) {
                for x in (0..s).map(|x| column + x * dilation[1]) {
                    let inside = (pad.top..pad.top + h).contains(&y) && (pad.left..pad.left + w).contains(&x);
                    let value = inside.then(|| image[(channel * h + y - pad.top) * w + x - pad.left]);
                    *taps.next().expect("a place for each tap") = f64::from(value.unwrap_or(0.0));
                }
            }
        }
    }

    /// The coefficients of a filter: its taps, then its bias.
    pub fn coefficients(&self, weights: &Weights, filter: usize) -> Vec<f64> {
        let taps = &weights.kernel.data()[filter * self.taps..][..self.taps];
        let bias = weights.bias.get(filter).copied().unwrap_or(0.0);
        taps.iter().chain([&bias]).map(|&value| f64::from(value)).collect()
    }

    /// The unit of `pattern` that a tap of a filter belongs to, and how many units there are.
    pub fn unit(&self, pattern: Pattern, filter: usize, tap: usize) -> usize {
        match pattern {
            Pattern::Weights | Pattern::Block { .. } => filter * self.taps + tap,
            Pattern::Filters => filter,
            Pattern::Channels => filter / self.shape.group_m() * self.shape.group_c() + self.channel(tap),
        }
    }

    /// The input channel, of its group, that a tap multiplies.
    pub fn channel(&self, tap: usize) -> usize {
        tap / (self.shape.r * self.shape.s)
    }

    /// How many units of `pattern` there are.
    pub fn units(&self, pattern: Pattern) -> usize {
        match pattern {
            Pattern::Weights | Pattern::Block { .. } => self.filters * self.taps,
            Pattern::Filters => self.filters,
            Pattern::Channels => self.shape.c,
        }
    }
}
