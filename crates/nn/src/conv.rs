//! The shape of a convolution: every size that the loop nest needs, and what follows from them.
//!
//! Letters as in the Eyeriss papers and the design: N batch, G groups, M output channels, C input channels,
//! P x Q output rows x columns, R x S filter rows x columns, H x W input rows x columns, U stride.

/// Zero padding of each side, in rows and columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pad {
    /// Rows above.
    pub top: usize,
    /// Rows below.
    pub bottom: usize,
    /// Columns to the left.
    pub left: usize,
    /// Columns to the right.
    pub right: usize,
}

impl Pad {
    /// The same padding on all four sides.
    pub fn all(n: usize) -> Self {
        Pad { top: n, bottom: n, left: n, right: n }
    }
}

/// The sizes of one convolution over a batch.
///
/// `m` and `c` count the channels of the whole layer; each of the `groups` convolves `c / groups` input channels
/// into `m / groups` output channels. Depthwise is `groups == c`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConvShape {
    /// Images in the batch (N).
    pub n: usize,
    /// Groups (G).
    pub groups: usize,
    /// Output channels of all groups (M).
    pub m: usize,
    /// Input channels of all groups (C).
    pub c: usize,
    /// Input rows before padding (H).
    pub h: usize,
    /// Input columns before padding (W).
    pub w: usize,
    /// Filter rows (R).
    pub r: usize,
    /// Filter columns (S).
    pub s: usize,
    /// Vertical and horizontal stride (U).
    pub stride: [usize; 2],
    /// Zero padding.
    pub pad: Pad,
    /// Vertical and horizontal dilation (D); 1 is a dense filter.
    pub dilation: [usize; 2],
}

/// Why a [`ConvShape`] describes no convolution.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// A size that must be at least 1 is 0.
    #[error("{0} is 0, must be at least 1")]
    Zero(&'static str),
    /// The channels do not split evenly into the groups.
    #[error("{channels} {what} channels do not split into {groups} groups")]
    Groups {
        /// "input" or "output".
        what: &'static str,
        /// How many channels there are.
        channels: usize,
        /// How many groups were asked for.
        groups: usize,
    },
    /// The filter is larger than the padded input.
    #[error("a filter of {filter} {what} does not fit the padded input of {input}")]
    FilterTooLarge {
        /// "rows" or "columns".
        what: &'static str,
        /// Dilated extent of the filter.
        filter: usize,
        /// Padded extent of the input.
        input: usize,
    },
    /// A size or a product of sizes exceeds what the arithmetic here carries (2^40 elements or MACs of one layer).
    #[error("the layer is too large: {0} exceeds 2^40")]
    TooLarge(&'static str),
}

impl ConvShape {
    /// Checks every rule of the type: sizes at least 1, groups divide the channels, the filter fits, and no product
    /// of sizes overflows. All methods below may assume a checked shape.
    pub fn check(&self) -> Result<(), ShapeError> {
        let sizes = [
            ("N", self.n),
            ("G", self.groups),
            ("M", self.m),
            ("C", self.c),
            ("H", self.h),
            ("W", self.w),
            ("R", self.r),
            ("S", self.s),
            ("vertical stride", self.stride[0]),
            ("horizontal stride", self.stride[1]),
            ("vertical dilation", self.dilation[0]),
            ("horizontal dilation", self.dilation[1]),
        ];
        const LIMIT: usize = 1 << 40;
        for (name, size) in sizes {
            if size == 0 {
                return Err(ShapeError::Zero(name));
            }
            if size > 1 << 24 {
                return Err(ShapeError::TooLarge(name));
            }
        }
        for pad in [self.pad.top, self.pad.bottom, self.pad.left, self.pad.right] {
            if pad > 1 << 24 {
                return Err(ShapeError::TooLarge("padding"));
            }
        }
        for (what, channels) in [("input", self.c), ("output", self.m)] {
            if !channels.is_multiple_of(self.groups) {
                return Err(ShapeError::Groups { what, channels, groups: self.groups });
            }
        }
        for (what, filter, input) in [
            ("rows", self.filter_rows(), self.padded_rows()),
            ("columns", self.filter_columns(), self.padded_columns()),
        ] {
            if filter > input {
                return Err(ShapeError::FilterTooLarge { what, filter, input });
            }
        }
        let product =
            |factors: &[usize]| factors.iter().try_fold(1usize, |n, &f| n.checked_mul(f)).filter(|&n| n <= LIMIT);
        let (p, q) = (self.p(), self.q());
        for (what, factors) in [
            ("the input", &[self.n, self.c, self.padded_rows(), self.padded_columns()][..]),
            ("the output", &[self.n, self.m, p, q][..]),
            ("the MAC count", &[self.n, self.m, p, q, self.c / self.groups, self.r, self.s][..]),
        ] {
            product(factors).ok_or(ShapeError::TooLarge(what))?;
        }
        Ok(())
    }

    /// Input channels of one group.
    pub fn group_c(&self) -> usize {
        self.c / self.groups
    }

    /// Output channels of one group.
    pub fn group_m(&self) -> usize {
        self.m / self.groups
    }

    /// Rows that the dilated filter spans.
    pub fn filter_rows(&self) -> usize {
        (self.r - 1) * self.dilation[0] + 1
    }

    /// Columns that the dilated filter spans.
    pub fn filter_columns(&self) -> usize {
        (self.s - 1) * self.dilation[1] + 1
    }

    /// Input rows with padding.
    pub fn padded_rows(&self) -> usize {
        self.h + self.pad.top + self.pad.bottom
    }

    /// Input columns with padding.
    pub fn padded_columns(&self) -> usize {
        self.w + self.pad.left + self.pad.right
    }

    /// Output rows (P; E in the Eyeriss papers).
    pub fn p(&self) -> usize {
        (self.padded_rows() - self.filter_rows()) / self.stride[0] + 1
    }

    /// Output columns (Q; F in the Eyeriss papers).
    pub fn q(&self) -> usize {
        (self.padded_columns() - self.filter_columns()) / self.stride[1] + 1
    }

    /// Multiply-accumulates of the whole batch, those with padding zeros included.
    pub fn macs(&self) -> u64 {
        (self.n * self.m * self.p() * self.q()) as u64 * (self.group_c() * self.r * self.s) as u64
    }

    /// Filter words.
    pub fn weights(&self) -> u64 {
        (self.m * self.group_c() * self.r * self.s) as u64
    }

    /// `[N, C, H, W]` of the input.
    pub fn input_dims(&self) -> [usize; 4] {
        [self.n, self.c, self.h, self.w]
    }

    /// `[M, C/G, R, S]` of the filters.
    pub fn weight_dims(&self) -> [usize; 4] {
        [self.m, self.group_c(), self.r, self.s]
    }

    /// `[N, M, P, Q]` of the output.
    pub fn output_dims(&self) -> [usize; 4] {
        [self.n, self.m, self.p(), self.q()]
    }
}
