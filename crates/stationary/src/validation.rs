//! Published figures beside ours: what every study that validates something has in common.
//!
//! A study makes a [`Check`] of each figure, with its source and its tolerance. [`blocks`] sets them into a document: the
//! table, a line that counts the verdicts, and the explanations. [`Validated`] is the document with its verdicts, from
//! which the exit status follows. A study of [`STUDIES`] is a part of `stationary validate` and of `docs/validation.md`.
//!
//! A tolerance is never widened. A figure that misses it because the publications contradict each other, or leave open
//! what they measured, is *explained*: by a reason that one can read, and up to a bound of its own, so that an error of
//! ours on top still shows.

mod page;
mod studies;

use crate::document::{Block, Cell, Column, Document, Table};
pub use page::{page, whole};
pub use studies::{Run, STUDIES, Study};

/// A published figure with ours beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What is measured: "energy of RS, 256 PEs, N = 16".
    pub what: String,
    /// The unit of both; empty where they have none.
    pub unit: &'static str,
    /// The published value.
    pub published: f64,
    /// Ours.
    pub ours: f64,
    /// How far ours may be off.
    pub tolerance: Tolerance,
    /// Where the published value is printed.
    pub source: String,
    /// Why the tolerance may be missed, where the publications are the reason.
    pub explained: Option<Excuse>,
}

/// How far a value may be off the published one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// By this part of the published value, up or down.
    Within(f64),
    /// By this much, up or down, in the unit of the values.
    Off(f64),
    /// Not below the published value.
    AtLeast,
    /// Not above the published value.
    AtMost,
}

impl Tolerance {
    /// As tables say it.
    fn text(self, unit: &str) -> String {
        match self {
            Tolerance::Within(share) => format!("{} %", round(100.0 * share)),
            Tolerance::Off(0.0) => "equal".into(),
            Tolerance::Off(amount) => format!("{} {unit}", round(amount)).trim_end().into(),
            Tolerance::AtLeast => "at least".into(),
            Tolerance::AtMost => "at most".into(),
        }
    }
}

/// Without the noise of the last binary digits.
fn round(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}

/// A named discrepancy of the publications that keeps a bar from being met.
#[derive(Clone, Debug, PartialEq)]
pub struct Excuse {
    /// How far off the value may be at most, as its tolerance measures it: what the discrepancy explains.
    pub bound: f64,
    /// The arithmetic.
    pub reason: String,
}

/// What became of a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It is broken, within what a discrepancy of the publications explains.
    Explained,
    /// It is broken.
    Broken,
}

impl Verdict {
    /// The verdict in a word or two.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Explained => "explained",
            Verdict::Broken => "BROKEN",
        }
    }

    /// Of a value that is `off` by this much, where `limit` is tolerated. What is no number holds nothing.
    pub fn of(off: f64, limit: f64, excuse: Option<&Excuse>) -> Verdict {
        match excuse {
            _ if off <= limit => Verdict::Holds,
            Some(excuse) if off <= excuse.bound => Verdict::Explained,
            _ => Verdict::Broken,
        }
    }
}

impl Check {
    /// How far ours lies above the published value, as a part of it.
    pub fn error(&self) -> f64 {
        self.ours / self.published - 1.0
    }

    /// What became of it.
    pub fn verdict(&self) -> Verdict {
        let (off, limit) = match self.tolerance {
            Tolerance::Within(share) => (self.error().abs(), share),
            Tolerance::Off(amount) => ((self.ours - self.published).abs(), amount),
            Tolerance::AtLeast => (-self.error(), 0.0),
            Tolerance::AtMost => (self.error(), 0.0),
        };
        Verdict::of(off, limit, self.explained.as_ref())
    }
}

/// A study that is done.
#[derive(Clone, Debug, PartialEq)]
pub struct Validated {
    /// What it found.
    pub document: Document,
    /// What became of each bar.
    pub verdicts: Vec<Verdict>,
}

impl Validated {
    /// A document that shows `checks`.
    pub fn new(document: Document, checks: &[Check]) -> Validated {
        Validated { document, verdicts: checks.iter().map(Check::verdict).collect() }
    }

    /// How many bars have a verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.verdicts.iter().filter(|found| **found == verdict).count()
    }

    /// Whether some bar is broken and not explained: a finding.
    pub fn fails(&self) -> bool {
        self.count(Verdict::Broken) > 0
    }
}

/// Whether some check is broken and not explained.
pub fn fails(checks: &[Check]) -> bool {
    checks.iter().any(|check| check.verdict() == Verdict::Broken)
}

/// The checks as a part of a document: the table, how many hold, why others are explained. A program finds them under
/// `key`.
pub fn blocks(key: &'static str, title: &str, checks: &[Check]) -> Vec<Block> {
    let count = |verdict: Verdict| checks.iter().filter(|check| check.verdict() == verdict).count();
    let counts = [Verdict::Holds, Verdict::Explained, Verdict::Broken].map(|verdict| (count(verdict), verdict.name()));
    let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}"));
    let summary =
        format!("{}: {}.", crate::report::count(checks.len(), "figure"), counts.collect::<Vec<_>>().join(", "));
    let explained = checks.iter().filter(|check| check.verdict() == Verdict::Explained);
    let reasons = explained.filter_map(|check| {
        let reason = &check.explained.as_ref()?.reason;
        Some(Block::Text(format!("{}: {reason}", check.what)))
    });
    [Block::Table(table(key, title, checks)), Block::Text(summary)].into_iter().chain(reasons).collect()
}

/// The checks as a table.
pub fn table(key: &'static str, title: &str, checks: &[Check]) -> Table {
    const COLUMNS: [Column; 8] = [
        Column::plain("what", "what"),
        Column::plain("unit", "unit"),
        Column { digits: 4, ..Column::plain("published", "published") },
        Column { digits: 4, ..Column::plain("ours", "ours") },
        Column::plain("error", "error"),
        Column::plain("tolerance", "tolerance"),
        Column::plain("verdict", "verdict"),
        Column::plain("source", "source"),
    ];
    let row = |check: &Check| {
        vec![
            Cell::from(check.what.as_str()),
            Cell::from(check.unit),
            Cell::Number(check.published),
            Cell::Number(check.ours),
            Cell::Share(check.error()),
            Cell::from(check.tolerance.text(check.unit)),
            Cell::from(check.verdict().name()),
            Cell::from(check.source.as_str()),
        ]
    };
    Table::new(key, title, COLUMNS.to_vec()).with(checks.iter().map(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(published: f64, ours: f64, tolerance: Tolerance) -> Check {
        Check { what: "it".into(), unit: "pJ", published, ours, tolerance, source: "here".into(), explained: None }
    }

    #[test]
    fn verdicts() {
        use Verdict::{Broken, Explained, Holds};
        let cases = [
            (Tolerance::Within(0.1), 109.0, Holds),
            (Tolerance::Within(0.1), 89.0, Broken),
            (Tolerance::Off(5.0), 105.0, Holds),
            (Tolerance::Off(5.0), 94.9, Broken),
            (Tolerance::Off(0.0), 100.0, Holds),
            (Tolerance::AtLeast, 100.0, Holds),
            (Tolerance::AtLeast, 99.0, Broken),
            (Tolerance::AtMost, 99.0, Holds),
            (Tolerance::AtMost, 101.0, Broken),
            (Tolerance::AtLeast, f64::NAN, Broken),
        ];
        for (tolerance, ours, verdict) in cases {
            assert_eq!(check(100.0, ours, tolerance).verdict(), verdict, "{tolerance:?} {ours}");
        }
        // An excuse has a bound: what lies beyond is broken all the same.
        let excused = |ours| Check {
            explained: Some(Excuse { bound: 0.2, reason: "the paper says both".into() }),
            ..check(100.0, ours, Tolerance::Within(0.1))
        };
        assert_eq!([105.0, 115.0, 125.0].map(|ours| excused(ours).verdict()), [Holds, Explained, Broken]);
        assert!(!fails(&[excused(115.0)]) && fails(&[excused(115.0), excused(125.0)]));
    }

    #[test]
    fn explanations_follow_the_table() {
        let excuse = Some(Excuse { bound: 0.2, reason: "the paper says both".into() });
        let checks = [
            check(100.0, 101.0, Tolerance::Within(0.1)),
            Check { explained: excuse, ..check(100.0, 115.0, Tolerance::Within(0.1)) },
        ];
        let blocks = blocks("checks", "Figures", &checks);
        let texts = blocks.iter().filter_map(|block| match block {
            Block::Text(text) => Some(text.as_str()),
            _ => None,
        });
        assert_eq!(texts.collect::<Vec<_>>(), ["2 figures: 1 holds, 1 explained.", "it: the paper says both"]);
    }
}
