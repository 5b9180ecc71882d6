//! How many words of each operand are not zero.
//!
//! `densities: {ifmap: 0.4, filter: {share: 0.25, distribution: structured}}`: an operand that is not named is dense, and
//! words lie at random (`bernoulli`) unless it is said otherwise.

use super::{Cursor, Report, Scope};
use crate::spec::quantity::Dimension;
use model::sparsity::{Density, Distribution};
use nn::ByOperand;

const DISTRIBUTIONS: [(&str, Distribution); 3] = [
    ("bernoulli", Distribution::Bernoulli),
    ("hypergeometric", Distribution::Hypergeometric),
    ("structured", Distribution::Structured),
];

/// The densities under the cursor.
pub(super) fn read(cursor: &Cursor, scope: &Scope, report: &mut Report) -> Option<ByOperand<Density>> {
    let mut densities = ByOperand([Density::DENSE; 3]);
    for (key, node) in report.map(cursor)? {
        let density = density(&cursor.child(node, &key.name), scope, report);
        if let (Some(operand), Some(density)) = (report.operand_key(cursor, key), density) {
            densities[operand] = density;
        }
    }
    Some(densities)
}

fn density(cursor: &Cursor, scope: &Scope, report: &mut Report) -> Option<Density> {
    let (share, distribution) = if cursor.node.map().is_some() {
        let parts = report.fields(cursor, &["share", "distribution"])?;
        let distribution = parts.get("distribution").map(|c| report.choice(&c, &DISTRIBUTIONS));
        (parts.need("share", report)?, distribution.unwrap_or(Some(Distribution::Bernoulli)))
    } else {
        (cursor.clone(), Some(Distribution::Bernoulli))
    };
    let expected = "the share of words that are not zero, from 0 to 1";
    let value = report.value(&share, scope, Dimension::NONE, expected)?;
    if !(0.0..=1.0).contains(&value.number) {
        report.unfit(&share, value, expected);
        return None;
    }
    Some(Density { share: value.number, distribution: distribution? })
}
