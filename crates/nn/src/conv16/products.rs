//! The inner loops of the fast 16-bit convolution: sums of cut products over the taps of a panel, lane by lane.
//!
//! Each is a type that `pulp` calls within code compiled for the processor at hand; all of it must be inlined there.
//! Sums do not wrap where the loop's condition holds. They are not checked for it, which would keep the loops from
//! becoming vector instructions.

use pulp::NullaryFnOnce;

use crate::lower::LANES;

/// What a loop runs over.
#[derive(Clone, Copy)]
pub(super) struct Taps<'a, const R: usize> {
    /// For each row, one weight a tap.
    pub filters: [&'a [i16]; R],
    /// `[taps][LANES]` inputs.
    pub panel: &'a [i16],
    /// Where products are cut.
    pub shift: u32,
}

impl<const R: usize> Taps<'_, R> {
    /// Calls `each` with row, lane and product, tap after tap.
    #[inline(always)]
    fn for_each(&self, mut each: impl FnMut(usize, usize, i32)) {
        for (tap, inputs) in self.panel.as_chunks::<LANES>().0.iter().enumerate() {
            for (row, filter) in self.filters.iter().enumerate() {
                let weight = i32::from(filter[tap]);
                for (lane, &input) in inputs.iter().enumerate() {
                    each(row, lane, i32::from(input) * weight);
                }
            }
        }
    }
}

/// Sums in 16 bits of products cut at bit 16 or above, where no sum leaves 16 bits.
pub(super) struct Narrow<'a, const R: usize>(pub Taps<'a, R>);

impl<const R: usize> NullaryFnOnce for Narrow<'_, R> {
    type Output = [[i16; LANES]; R];

    #[inline(always)]
    fn call(self) -> Self::Output {
        let mut sums = [[0i16; LANES]; R];
        let more = self.0.shift - 16;
        let mut add = |row: usize, lane: usize, high: i16| {
            let sum: &mut i16 = &mut sums[row][lane];
            *sum = sum.wrapping_add(high);
        };
        if more == 0 {
            self.0.for_each(|row, lane, product| add(row, lane, (product >> 16) as i16));
        } else {
            self.0.for_each(|row, lane, product| add(row, lane, ((product >> 16) as i16).wrapping_shr(more)));
        }
        sums
    }
}

/// Sums in 32 bits of up to 2^15 products of which none saturates.
pub(super) struct Wide<'a, const R: usize>(pub Taps<'a, R>);

impl<const R: usize> NullaryFnOnce for Wide<'_, R> {
    type Output = [[i32; LANES]; R];

    #[inline(always)]
    fn call(self) -> Self::Output {
        let mut sums = [[0i32; LANES]; R];
        self.0.for_each(|row, lane, product| {
            sums[row][lane] = sums[row][lane].wrapping_add(product.wrapping_shr(self.0.shift));
        });
        sums
    }
}

/// As [`Wide`], or `None` if a product saturates: what the extremes of all products tell.
pub(super) struct WideIfNoneSaturates<'a, const R: usize>(pub Taps<'a, R>);

impl<const R: usize> NullaryFnOnce for WideIfNoneSaturates<'_, R> {
    type Output = Option<[[i32; LANES]; R]>;

    #[inline(always)]
    fn call(self) -> Self::Output {
        let mut sums = [[0i32; LANES]; R];
        let (mut lowest, mut highest) = ([0i32; LANES], [0i32; LANES]);
        self.0.for_each(|row, lane, product| {
            let kept = product.wrapping_shr(self.0.shift);
            sums[row][lane] = sums[row][lane].wrapping_add(kept);
            lowest[lane] = lowest[lane].min(kept);
            highest[lane] = highest[lane].max(kept);
        });
        let fits = |&kept: &i32| i16::try_from(kept).is_ok();
        (lowest.iter().all(fits) && highest.iter().all(fits)).then_some(sums)
    }
}

/// Sums in 32 bits of up to 2^15 products, and how many of them saturated.
pub(super) struct Saturating<'a, const R: usize>(pub Taps<'a, R>);

impl<const R: usize> NullaryFnOnce for Saturating<'_, R> {
    type Output = ([[i32; LANES]; R], u64);

    #[inline(always)]
    fn call(self) -> Self::Output {
        let mut sums = [[0i32; LANES]; R];
        let mut saturated = [0u32; LANES];
        self.0.for_each(|row, lane, product| {
            let kept = product.wrapping_shr(self.0.shift);
            let word = kept.clamp(i32::from(i16::MIN), i32::from(i16::MAX));
            sums[row][lane] = sums[row][lane].wrapping_add(word);
            saturated[lane] = saturated[lane].wrapping_add(u32::from(word != kept));
        });
        (sums, saturated.iter().map(|&count| u64::from(count)).sum())
    }
}

/// The inner product of up to 2^15 inputs and weights, where no product saturates.
pub(super) struct Dot<'a> {
    pub inputs: &'a [i16],
    pub weights: &'a [i16],
    pub shift: u32,
}

impl NullaryFnOnce for Dot<'_> {
    type Output = i32;

    #[inline(always)]
    fn call(self) -> i32 {
        let mut sum = 0i32;
        for (&input, &weight) in self.inputs.iter().zip(self.weights) {
            sum = sum.wrapping_add((i32::from(input) * i32::from(weight)).wrapping_shr(self.shift));
        }
        sum
    }
}
