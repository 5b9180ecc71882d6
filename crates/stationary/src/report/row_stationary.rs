//! A row-stationary mapping as documents show it: the seven parameters of Chen et al., JSSC 52(1), 2017, Table II.

use eyeriss::RsMapping;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct RowStationary {
    m: usize,
    n: usize,
    e: usize,
    p: usize,
    q: usize,
    r: usize,
    t: usize,
}

impl From<RsMapping> for RowStationary {
    fn from(mapping: RsMapping) -> Self {
        let RsMapping { m, n, e, p, q, r, t } = mapping;
        RowStationary { m, n, e, p, q, r, t }
    }
}
