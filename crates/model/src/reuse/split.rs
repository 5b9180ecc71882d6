//! Reuse splits and their energies: Eqs. 3 and 4 of Chen, Emer, Sze, ISCA 2016.

/// Energy of one access to each level, in those of a 16-bit multiply-accumulate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Costs {
    /// Off-chip memory.
    pub dram: f64,
    /// Global buffer.
    pub glb: f64,
    /// From PE to PE, or from the buffer to PEs over the array.
    pub array: f64,
    /// Register file of a PE.
    pub rf: f64,
    /// A multiply-accumulate.
    pub mac: f64,
}

impl Costs {
    /// Table IV of the study: a commercial 65 nm process, normalised; DRAM and buffer with their FIFOs.
    pub const TABLE_IV: Costs = Costs { dram: 200.0, glb: 6.0, array: 2.0, rf: 1.0, mac: 1.0 };
}

/// Something of each storage level, energy unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Levels {
    /// Off-chip memory.
    pub dram: f64,
    /// Global buffer.
    pub glb: f64,
    /// Array.
    pub array: f64,
    /// Register files.
    pub rf: f64,
}

impl Levels {
    /// Sum, outermost first.
    pub fn total(&self) -> f64 {
        self.dram + self.glb + self.array + self.rf
    }

    pub(super) fn times(&self, by: f64) -> Levels {
        Levels { dram: self.dram * by, glb: self.glb * by, array: self.array * by, rf: self.rf * by }
    }

    pub(super) fn plus(&self, other: &Levels) -> Levels {
        Levels {
            dram: self.dram + other.dram,
            glb: self.glb + other.glb,
            array: self.array + other.array,
            rf: self.rf + other.rf,
        }
    }
}

/// How the uses of one word are split over the levels: each time it comes to a level, the next inner one gets it so
/// many times from there. For psums, accumulations instead of uses. Not whole where it is a mean over a layer's words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Split {
    /// Times from DRAM.
    pub a: f64,
    /// Times from the global buffer, for each time from DRAM.
    pub b: f64,
    /// Times over the array, for each time from the buffer.
    pub c: f64,
    /// Times from the register file, for each time over the array.
    pub d: f64,
}

/// Levels on chip that the words of an operand pass. Eq. 3 drops the term of a level that gives no reuse: the operand
/// bypasses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Via {
    /// Whether the operand is kept in the global buffer.
    pub glb: bool,
    /// Whether it is delivered over the array.
    pub array: bool,
    /// Whether it is kept in register files.
    pub rf: bool,
}

impl Split {
    /// Uses of a word, or accumulations of a psum: the product that every split of it has.
    pub fn product(&self) -> f64 {
        self.a * self.b * self.c * self.d
    }

    /// Energy of a word that is read, by level: Eq. 3.
    pub fn input(&self, via: Via, costs: &Costs) -> Levels {
        let passed = |passes: bool, times: f64, cost: f64| if passes { times * cost } else { 0.0 };
        let (ab, abc) = (self.a * self.b, self.a * self.b * self.c);
        Levels {
            dram: self.a * costs.dram,
            glb: passed(via.glb, ab, costs.glb),
            array: passed(via.array, abc, costs.array),
            rf: passed(via.rf, abc * self.d, costs.rf),
        }
    }

    /// Energy of a psum from the first accumulation to the ofmap word in DRAM, by level: Eq. 4. A level without reuse
    /// has no term by itself.
    pub fn psum(&self, costs: &Costs) -> Levels {
        let ab = self.a * self.b;
        Levels {
            dram: (2.0 * self.a - 1.0) * costs.dram,
            glb: 2.0 * self.a * (self.b - 1.0) * costs.glb,
            array: ab * (self.c - 1.0) * costs.array,
            rf: 2.0 * ab * self.c * (self.d - 1.0) * costs.rf,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tech::{ISCA16, Variable};

    const ALL: Via = Via { glb: true, array: true, rf: true };

    /// Fig. 8: 24 uses as 1 x 2 x 3 x 4.
    #[test]
    fn the_input_example_of_the_study() {
        let split = Split { a: 1.0, b: 2.0, c: 3.0, d: 4.0 };
        assert_eq!(split.product(), 24.0);
        let energy = split.input(ALL, &Costs::TABLE_IV);
        assert_eq!(energy, Levels { dram: 200.0, glb: 12.0, array: 12.0, rf: 24.0 });
        assert_eq!(energy.total(), 248.0);
    }

    /// Fig. 9: 36 accumulations as 2 x 3 x 3 x 2.
    #[test]
    fn the_psum_example_of_the_study() {
        let split = Split { a: 2.0, b: 3.0, c: 3.0, d: 2.0 };
        assert_eq!(split.product(), 36.0);
        assert_eq!(split.psum(&Costs::TABLE_IV), Levels { dram: 600.0, glb: 48.0, array: 24.0, rf: 36.0 });
    }

    #[test]
    fn a_level_that_is_bypassed_costs_nothing() {
        let split = Split { a: 1.0, b: 2.0, c: 3.0, d: 1.0 };
        let energy = split.input(Via { rf: false, ..ALL }, &Costs::TABLE_IV);
        assert_eq!(energy, Levels { dram: 200.0, glb: 12.0, array: 12.0, rf: 0.0 });
    }

    /// The technology of the same table quotes the same energies.
    #[test]
    fn table_iv_is_the_technology_of_the_study() {
        let energies: Vec<f64> = ISCA16.classes.iter().map(|class| class.energy[0].points[0].1).collect();
        let Costs { dram, glb, array, rf, mac } = Costs::TABLE_IV;
        assert_eq!(energies, [dram, glb, array, rf, mac]);
        assert!(ISCA16.classes.iter().all(|class| class.energy[0].over == Variable::Bits));
    }
}
