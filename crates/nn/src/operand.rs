//! The three operands of a layer. Everything that exists once for each is indexed by them.

use std::ops::{Index, IndexMut};

/// An operand of a problem: two are read, one is accumulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operand {
    /// The input feature map (ifmap).
    Input,
    /// The filters.
    Weight,
    /// The output: partial sums (psums) until complete, then the output feature map (ofmap).
    Output,
}

impl Operand {
    /// All three, in the order of every table.
    pub const ALL: [Operand; 3] = [Operand::Input, Operand::Weight, Operand::Output];

    /// The word for people: "ifmap", "filter", "psum".
    pub fn name(self) -> &'static str {
        match self {
            Operand::Input => "ifmap",
            Operand::Weight => "filter",
            Operand::Output => "psum",
        }
    }
}

/// One `T` for each operand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ByOperand<T>(pub [T; 3]);

impl<T> Index<Operand> for ByOperand<T> {
    type Output = T;

    fn index(&self, operand: Operand) -> &T {
        &self.0[operand as usize]
    }
}

impl<T> IndexMut<Operand> for ByOperand<T> {
    fn index_mut(&mut self, operand: Operand) -> &mut T {
        &mut self.0[operand as usize]
    }
}
