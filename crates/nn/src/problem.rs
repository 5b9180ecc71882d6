//! Problems: one layer as a nest of loops over named dimensions, and what each operand reads of it.
//!
//! A problem is an affine einsum of three operands: for every point of the dimensions, one multiply-accumulate of an
//! input word and a weight word into an output word. An operand is a list of ranks; the coordinate of a rank is a sum
//! of dimensions, each times a step, as in `h = U*p + D*r` (Parashar et al., "Timeloop", ISPASS 2019, section V-A).
//! All geometry of tiles follows from that and lives here.
//!
//! A problem is **well-formed** when it has 1 to [`MAX_DIMS`] dimensions of at least 1 with different names, every
//! term of a rank names one of them with a step of at least 1, no rank is empty, no dimension comes twice in the ranks
//! of an operand, the output has neither windows nor gaps, neither the multiply-accumulates nor the words of an operand
//! exceed 2^48, and no nest of loops moves more than 2^60 words of an operand ([`Problem::most_moved`]).
//! [`Problem::new`] checks that.

use std::fmt;
use std::ops::{Index, IndexMut};

use crate::{ByOperand, ConvShape, Operand};

/// Most dimensions of a problem.
pub const MAX_DIMS: usize = 8;
/// Most multiply-accumulates of a problem, and most words of an operand.
const LIMIT: u64 = 1 << 48;
/// Most words of an operand that a nest of loops may move: reads and drains of three operands add up without overflow.
const MOVED_LIMIT: u64 = 1 << 60;

/// A dimension of a problem, by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dim(pub u8);

impl Dim {
    /// The dimensions of [`Problem::conv`]: batch, groups, output channels and input channels of a group, output
    /// rows and columns, filter rows and columns.
    pub const CONV: [(Dim, &'static str); 8] = [
        (Dim(0), "N"),
        (Dim(1), "G"),
        (Dim(2), "M"),
        (Dim(3), "C"),
        (Dim(4), "P"),
        (Dim(5), "Q"),
        (Dim(6), "R"),
        (Dim(7), "S"),
    ];
}

/// A dimension times a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Term {
    /// How far the coordinate moves for one step of the dimension.
    pub step: u64,
    /// The dimension.
    pub dim: Dim,
}

/// One coordinate of an operand: the sum of its terms.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rank(pub Vec<Term>);

/// How many points of each dimension a tile covers; 1 where a problem has no such dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tile(pub [u64; MAX_DIMS]);

impl Tile {
    /// One point.
    pub const POINT: Tile = Tile([1; MAX_DIMS]);
}

impl Index<Dim> for Tile {
    type Output = u64;

    fn index(&self, dim: Dim) -> &u64 {
        &self.0[dim.0 as usize]
    }
}

impl IndexMut<Dim> for Tile {
    fn index_mut(&mut self, dim: Dim) -> &mut u64 {
        &mut self.0[dim.0 as usize]
    }
}

/// Whether an operand changes along a dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relevance {
    /// It does not: every point reads the same words.
    Irrelevant,
    /// It does, and other dimensions of more than one point share its rank, so that neighbouring tiles overlap.
    Partial,
    /// It does, and neighbouring tiles are disjoint.
    Full,
}

/// Why dimensions and ranks are no problem.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProblemError {
    /// There are none, or too many.
    #[error("found {0} dimensions, expected 1 to {MAX_DIMS}")]
    Dims(usize),
    /// Two dimensions share a name.
    #[error("dimension {0:?} comes twice")]
    DuplicateDim(String),
    /// A dimension has no points.
    #[error("dimension {0:?} has size 0, expected at least 1")]
    ZeroSize(String),
    /// A rank has no terms.
    #[error("rank {rank} of the {operand} has no terms")]
    EmptyRank {
        /// The operand's name.
        operand: &'static str,
        /// Index of the rank.
        rank: usize,
    },
    /// A term names no dimension of the problem, or its step is 0.
    #[error(
        "rank {rank} of the {operand}: found {step} times dimension {dim}, expected a step of at least 1 and a dimension below {dims}"
    )]
    Term {
        /// The operand's name.
        operand: &'static str,
        /// Index of the rank.
        rank: usize,
        /// The term's step.
        step: u64,
        /// Index of the term's dimension.
        dim: u8,
        /// Dimensions of the problem.
        dims: usize,
    },
    /// A dimension moves an operand along two ranks at once, or twice along one.
    #[error("dimension {dim:?} comes twice in the ranks of the {operand}, expected once")]
    Twice {
        /// The operand's name.
        operand: &'static str,
        /// The dimension's name.
        dim: String,
    },
    /// The output has windows, or words that nothing is added to.
    #[error(
        "rank {0} of the psum must be one dimension with a step of 1: outputs with windows or gaps are not modelled"
    )]
    Output(usize),
    /// Steps so large that the words moved cannot be counted.
    #[error("the problem is too large: loops may move more than 2^60 words of the {0}")]
    Moved(&'static str),
    /// The multiply-accumulates or the words of an operand exceed 2^48.
    #[error("the problem is too large: {0} exceeds 2^48")]
    TooLarge(&'static str),
}

/// A well-formed problem.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Problem {
    names: Vec<String>,
    size: Tile,
    ranks: ByOperand<Vec<Rank>>,
    relevance: ByOperand<[Relevance; MAX_DIMS]>,
}

impl Problem {
    /// A problem of named dimensions with sizes, and the ranks of each operand over them.
    pub fn new(dims: Vec<(String, u64)>, ranks: ByOperand<Vec<Rank>>) -> Result<Self, ProblemError> {
        if dims.is_empty() || dims.len() > MAX_DIMS {
            return Err(ProblemError::Dims(dims.len()));
        }
        let mut size = Tile::POINT;
        for (index, (name, points)) in dims.iter().enumerate() {
            if dims[..index].iter().any(|(other, _)| other == name) {
                return Err(ProblemError::DuplicateDim(name.clone()));
            }
            if *points == 0 {
                return Err(ProblemError::ZeroSize(name.clone()));
            }
            size.0[index] = *points;
        }
        product(size.0.into_iter()).ok_or(ProblemError::TooLarge("the MAC count"))?;
        for operand in Operand::ALL {
            check_ranks(operand.name(), &ranks[operand], &size, dims.len())?;
        }
        let names = dims.into_iter().map(|(name, _)| name).collect();
        let mut relevance = ByOperand([[Relevance::Irrelevant; MAX_DIMS]; 3]);
        for operand in Operand::ALL {
            for dim in (0..MAX_DIMS as u8).map(Dim) {
                relevance[operand][usize::from(dim.0)] = relevance_of(&ranks[operand], &size, dim);
            }
        }
        let problem = Problem { names, size, ranks, relevance };
        for operand in Operand::ALL {
            problem.check_terms(operand)?;
        }
        Ok(problem)
    }

    /// A convolution, over the dimensions [`Dim::CONV`] in that order. The input is the padded one, as far as
    /// filters reach.
    pub fn conv(shape: &ConvShape) -> Result<Self, ProblemError> {
        let [n, g, m, c, p, q, r, s] = Dim::CONV.map(|(dim, _)| dim);
        let size = |x: usize| x as u64;
        let sizes = [shape.n, shape.groups, shape.group_m(), shape.group_c(), shape.p(), shape.q(), shape.r, shape.s];
        let dims = Dim::CONV.iter().zip(sizes).map(|((_, name), points)| (name.to_string(), size(points))).collect();
        let window = |axis: usize, out, tap| {
            let [step, dilation] = [size(shape.stride[axis]), size(shape.dilation[axis])];
            Rank(vec![Term { step, dim: out }, Term { step: dilation, dim: tap }])
        };
        let input = vec![plain(n), plain(g), plain(c), window(0, p, r), window(1, q, s)];
        let ranks = ByOperand([input, [g, m, c, r, s].map(plain).into(), [n, g, m, p, q].map(plain).into()]);
        Problem::new(dims, ranks)
    }

    /// A product of matrices: `m` x `k` weights by `k` x `n` inputs, over the dimensions M, N, K.
    pub fn matmul(m: u64, n: u64, k: u64) -> Result<Self, ProblemError> {
        let dims = [("M", m), ("N", n), ("K", k)].map(|(name, size)| (name.to_string(), size)).into();
        let [m, n, k] = [0, 1, 2].map(Dim);
        let ranks = [[k, n], [m, k], [m, n]].map(|dims| dims.map(plain).into());
        Problem::new(dims, ByOperand(ranks))
    }

    /// A fully connected layer of `m` outputs over `c` inputs and a batch of `n`, over the dimensions N, M, C.
    pub fn fully_connected(n: u64, m: u64, c: u64) -> Result<Self, ProblemError> {
        let dims = [("N", n), ("M", m), ("C", c)].map(|(name, size)| (name.to_string(), size)).into();
        let [n, m, c] = [0, 1, 2].map(Dim);
        let ranks = [[n, c], [m, c], [n, m]].map(|dims| dims.map(plain).into());
        Problem::new(dims, ByOperand(ranks))
    }

    /// The dimensions in order.
    pub fn dims(&self) -> impl ExactSizeIterator<Item = Dim> + use<> {
        (0..self.names.len() as u8).map(Dim)
    }

    /// A dimension's name.
    pub fn name(&self, dim: Dim) -> &str {
        &self.names[dim.0 as usize]
    }

    /// The dimension of that name.
    pub fn find(&self, name: &str) -> Option<Dim> {
        self.dims().find(|&dim| self.name(dim) == name)
    }

    /// The size of every dimension: the tile that is the whole problem.
    pub fn size(&self) -> Tile {
        self.size
    }

    /// The ranks of an operand.
    pub fn ranks(&self, operand: Operand) -> &[Rank] {
        &self.ranks[operand]
    }

    /// Multiply-accumulates.
    pub fn macs(&self) -> u64 {
        self.size.0.iter().product()
    }

    /// A bound on the words of an operand that tiles have, all together, however loops cut the problem into them and
    /// whichever of the loops they are counted for: at most 2^60.
    ///
    /// A dimension that the operand does not change along is cut into no more pieces than it has points. Pieces of a
    /// and b points of two dimensions that share a rank with steps U and D reach 1 + U (a - 1) + D (b - 1) coordinates;
    /// summed over all pairs of pieces that is no more than the product of their points times 1 + U + D, and with one
    /// dimension alone no more than its points times the step. So all together are no more than the
    /// multiply-accumulates times these factors of the ranks.
    pub fn most_moved(&self, operand: Operand) -> u64 {
        self.words_moved(operand).unwrap_or(MOVED_LIMIT)
    }

    fn words_moved(&self, operand: Operand) -> Option<u64> {
        let mut words = self.macs();
        for rank in 0..self.ranks[operand].len() {
            let steps: Vec<u64> = self.moving(operand).filter(|(r, _)| *r == rank).map(|(_, t)| t.step).collect();
            let factor = match steps[..] {
                [] => 1,
                [step] => step,
                _ => steps.iter().try_fold(1u64, |sum, &step| sum.checked_add(step))?,
            };
            words = words.checked_mul(factor)?;
        }
        Some(words)
    }

    /// The terms that move an operand, of dimensions of more than one point, each with its rank.
    fn moving(&self, operand: Operand) -> impl Iterator<Item = (usize, &Term)> {
        let ranks = self.ranks[operand].iter().enumerate();
        let terms = ranks.flat_map(|(rank, Rank(terms))| terms.iter().map(move |term| (rank, term)));
        terms.filter(|(_, term)| self.size[term.dim] > 1)
    }

    fn check_terms(&self, operand: Operand) -> Result<(), ProblemError> {
        for (rank, term) in self.moving(operand) {
            if self.moving(operand).filter(|(_, other)| other.dim == term.dim).count() > 1 {
                let dim = self.name(term.dim).to_string();
                return Err(ProblemError::Twice { operand: operand.name(), dim });
            }
            let alone = self.moving(operand).filter(|(other, _)| *other == rank).count() == 1;
            if operand == Operand::Output && !(alone && term.step == 1) {
                return Err(ProblemError::Output(rank));
            }
        }
        let moved = self.words_moved(operand).filter(|&words| words <= MOVED_LIMIT);
        moved.map(drop).ok_or(ProblemError::Moved(operand.name()))
    }

    /// Whether `operand` changes along `dim`.
    pub fn relevance(&self, operand: Operand, dim: Dim) -> Relevance {
        self.relevance[operand][usize::from(dim.0)]
    }

    /// Words of `operand` that `tile` spans: gaps that a large step leaves are counted, as they are stored.
    pub fn words(&self, operand: Operand, tile: &Tile) -> u64 {
        self.ranks[operand].iter().map(|rank| rank.extent(tile)).product()
    }

    /// Words of `operand` that `count` neighbouring tiles along `dim` span together, those that they share counted
    /// once.
    pub fn union_words(&self, operand: Operand, tile: &Tile, dim: Dim, count: u64) -> u64 {
        self.ranks[operand].iter().map(|rank| rank.union(tile, dim, count)).product()
    }
}

impl Rank {
    /// How far the coordinate moves for one step of `dim`; 0 if it does not depend on it.
    pub fn step(&self, dim: Dim) -> u64 {
        self.0.iter().filter(|term| term.dim == dim).map(|term| term.step).sum()
    }

    /// Coordinates from the first to the last that `tile` reads.
    pub fn extent(&self, tile: &Tile) -> u64 {
        1 + self.0.iter().map(|term| term.step * (tile[term.dim] - 1)).sum::<u64>()
    }

    /// Coordinates that `count` tiles span, each moved on by the tile's size along `dim`.
    pub fn union(&self, tile: &Tile, dim: Dim, count: u64) -> u64 {
        let extent = self.extent(tile);
        let new = extent.min(self.step(dim) * tile[dim]);
        extent + count.saturating_sub(1) * new
    }
}

fn relevance_of(ranks: &[Rank], size: &Tile, dim: Dim) -> Relevance {
    let Some(Rank(terms)) = ranks.iter().find(|rank| rank.step(dim) > 0) else {
        return Relevance::Irrelevant;
    };
    let shares = terms.iter().any(|term| term.dim != dim && size[term.dim] > 1);
    if shares { Relevance::Partial } else { Relevance::Full }
}

fn plain(dim: Dim) -> Rank {
    Rank(vec![Term { step: 1, dim }])
}

fn product(mut factors: impl Iterator<Item = u64>) -> Option<u64> {
    factors.try_fold(1u64, |n, factor| n.checked_mul(factor)).filter(|&n| n <= LIMIT)
}

fn check_ranks(operand: &'static str, ranks: &[Rank], size: &Tile, dims: usize) -> Result<(), ProblemError> {
    let mut extents = Vec::with_capacity(ranks.len());
    for (rank, Rank(terms)) in ranks.iter().enumerate() {
        if terms.is_empty() {
            return Err(ProblemError::EmptyRank { operand, rank });
        }
        let mut extent = Some(1u64);
        for &Term { step, dim: Dim(dim) } in terms {
            if step == 0 || usize::from(dim) >= dims {
                return Err(ProblemError::Term { operand, rank, step, dim, dims });
            }
            let reach = step.checked_mul(size.0[usize::from(dim)] - 1);
            extent = extent.zip(reach).and_then(|(extent, reach)| extent.checked_add(reach));
        }
        extents.push(extent.ok_or(ProblemError::TooLarge(operand))?);
    }
    product(extents.into_iter()).map(drop).ok_or(ProblemError::TooLarge(operand))
}

/// Prints the einsum: `psum[N][G][M][P][Q] += ifmap[N][G][C][4*P+R][4*Q+S] * filter[G][M][C][R][S]`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let [output, input, weight] = [Operand::Output, Operand::Input, Operand::Weight].map(|operand| {
            let ranks = self.ranks[operand].iter().map(|Rank(terms)| {
                let terms: Vec<String> = terms
                    .iter()
                    .map(|&Term { step, dim }| match step {
                        1 => self.name(dim).to_string(),
                        _ => format!("{step}*{}", self.name(dim)),
                    })
                    .collect();
                format!("[{}]", terms.join("+"))
            });
            format!("{}{}", operand.name(), ranks.collect::<String>())
        });
        write!(f, "{output} += {input} * {weight}")
    }
}
