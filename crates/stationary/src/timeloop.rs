//! A design that was written for Timeloop, evaluated as it is.

use crate::Error;
use crate::map::Solution;
use formats::timeloop::{Design, Note};
use model::sparsity::{Density, SparseEnergy, SparsePrediction, Sparsity, expected};
use model::{Arch, Mapping};
use nn::{ByOperand, Problem};
use std::path::Path;

/// A design and what is foretold of it.
#[derive(Clone, Debug)]
pub struct Evaluated {
    /// With what.
    pub arch: Arch,
    /// Its mapping, with every word and operation done.
    pub solution: Solution,
    /// What zeros save of that on average, if the design does something about them.
    pub spared: Option<Spared>,
    /// What its files call each operand.
    pub spaces: ByOperand<String>,
    /// What in its files has no meaning here.
    pub notes: Vec<Note>,
}

/// What a design does that leaves out, gates or skips.
#[derive(Clone, Debug)]
pub struct Spared {
    /// Words and operations by their fate.
    pub prediction: SparsePrediction<f64>,
    /// What they cost.
    pub energy: SparseEnergy,
}

/// Reads a design from its files and evaluates it.
pub fn evaluate<P: AsRef<Path>>(files: &[P]) -> Result<Evaluated, Error> {
    let Design { arch, problem, mapping, sparse, spaces, notes, .. } = formats::timeloop::read(files)?;
    let solution = Solution::given(&problem, &arch, &mapping);
    let spared = match sparse.filter(|_| solution.forbidden.is_empty()) {
        Some(sparse) => Some(Spared::of(&problem, &arch, &mapping, &sparse.sparsity, sparse.densities)?),
        None => None,
    };
    Ok(Evaluated { arch, solution, spared, spaces, notes })
}

impl Spared {
    /// What zeros save of a legal mapping, on average.
    pub fn of(
        problem: &Problem,
        arch: &Arch,
        mapping: &Mapping,
        sparsity: &Sparsity,
        densities: ByOperand<Density>,
    ) -> Result<Spared, Error> {
        let prediction = expected(problem, arch, mapping, sparsity, densities)?;
        Ok(Spared { energy: SparseEnergy::of(arch, sparsity, &prediction), prediction })
    }
}
