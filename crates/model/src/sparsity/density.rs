//! How many words of an operand are not zero, and how they lie.

/// How the words that are not zero lie among the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distribution {
    /// Each word by itself is not zero with the probability of the density.
    Bernoulli,
    /// Exactly the density's share of all words, any of them with the same probability (as Timeloop's default).
    Hypergeometric,
    /// The density's share of every tile, evenly spread.
    Structured,
}

/// The share of an operand's words that are not zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Density {
    /// From 0, nothing, to 1, all.
    pub share: f64,
    /// How they lie.
    pub distribution: Distribution,
}

impl Density {
    /// No word is zero.
    pub const DENSE: Density = Density { share: 1.0, distribution: Distribution::Bernoulli };

    /// The probability that `run` words of `all` are all zero.
    pub fn empty(&self, all: u64, run: u64) -> f64 {
        let (d, n) = (self.share, run as f64);
        match self.distribution {
            _ if run == 0 || d == 0.0 => 1.0,
            _ if d == 1.0 => 0.0,
            Distribution::Bernoulli => (n * (-d).ln_1p()).exp(),
            Distribution::Structured => (1.0 - d * n).max(0.0),
            Distribution::Hypergeometric => {
                // The product of 1 - d N / (N - i) over the words i of the run; taken in blocks where it is long.
                let nonzero = (d * all as f64).round();
                if n > all as f64 - nonzero {
                    return 0.0;
                }
                let blocks = run.min(4096);
                let width = n / blocks as f64;
                let middle = |block: u64| (block as f64 + 0.5) * width - 0.5;
                (0..blocks).map(|block| width * (-nonzero / (all as f64 - middle(block))).ln_1p()).sum::<f64>().exp()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emptiness() {
        let of = |distribution, share| Density { share, distribution };
        // 2 of 4 words: none of 2 drawn is nonzero in 1 of 6 ways.
        assert!((of(Distribution::Hypergeometric, 0.5).empty(4, 2) - 1.0 / 6.0).abs() < 1e-12);
        assert_eq!(of(Distribution::Hypergeometric, 0.5).empty(4, 3), 0.0);
        assert!((of(Distribution::Bernoulli, 0.5).empty(4, 2) - 0.25).abs() < 1e-12);
        assert_eq!(of(Distribution::Structured, 0.5).empty(4, 2), 0.0);
        assert_eq!(of(Distribution::Structured, 0.5).empty(4, 1), 0.5);
        // Long tiles are taken in blocks: close to the product.
        let density = of(Distribution::Hypergeometric, 1e-4);
        let product: f64 = (0..50_000).map(|i| 1.0 - 1e4 / (1e8 - f64::from(i))).product();
        assert!((density.empty(100_000_000, 50_000) / product - 1.0).abs() < 1e-6);
    }
}
