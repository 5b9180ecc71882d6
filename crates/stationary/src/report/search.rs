//! How sure a search is of what it found, in words and as a part of JSON documents.

use super::figures::{grouped, three};
use super::plain;
use crate::map::{Search, Solution};
use mapper::{Certificate, Factors, Order};
use serde::Serialize;

/// The certificate and what the search did; nothing where a mapping was given.
pub(super) fn text(solution: &Solution) -> String {
    let Some(Search { question, constraints, certificate, gap, statistics }) = &solution.search else {
        return String::new();
    };
    let goal = question.goal.name();
    let certificate = match (certificate, gap) {
        (Certificate::Proven, _) if solution.best.is_empty() => "proven: no mapping fits".to_string(),
        (Certificate::Proven, _) => format!("proven: no mapping of the space has less {goal}"),
        (_, Some((bound, gap))) => {
            let (bound, gap) = (three(*bound), share(*gap));
            format!("stopped by the budget: no mapping has {goal} below {bound}, the best is within {gap} of it")
        }
        (_, None) => "stopped by the budget, without a bound".to_string(),
    };
    let kept = match constraints {
        Some(constraints) => format!("; constraints {}", plain(&constraints.name)),
        None => String::new(),
    };
    format!(
        "certificate  {certificate}\n\
         space        {} choices of {} factors in {} orders of keeps ({}){kept}\n\
         search       {} choices bounded, {} mappings counted\n\
         cut          {} by bound, {} by dominance, {} by capacity, {} by fan-out\n",
        large(statistics.space),
        factors(question.factors),
        grouped(statistics.templates),
        order(question.order),
        grouped(statistics.bounded),
        grouped(statistics.counted),
        grouped(statistics.cut_by_bound),
        grouped(statistics.cut_by_dominance),
        grouped(statistics.cut_by_capacity),
        grouped(statistics.cut_by_fanout),
    )
}

/// The certificate in a word, for tables.
pub(crate) fn short(solution: &Solution) -> String {
    match &solution.search {
        None if solution.best.is_empty() => "breaks rules".into(),
        None => "given".into(),
        Some(Search { certificate: Certificate::Proven, .. }) if solution.best.is_empty() => "none fits".into(),
        Some(_) if solution.best.is_empty() => "none found".into(),
        Some(Search { certificate: Certificate::Proven, .. }) => "proven".into(),
        Some(Search { gap: Some((_, gap)), .. }) => format!("within {}", share(*gap)),
        Some(_) => "no bound".into(),
    }
}

fn share(gap: f64) -> String {
    format!("{:.2} %", 100.0 * gap)
}

/// All digits of what can be counted at a glance, a power of ten of the rest.
fn large(number: f64) -> String {
    if number < 1e6 { three(number) } else { format!("{number:.2e}") }
}

fn order(order: Order) -> &'static str {
    match order {
        Order::Free => "free",
        Order::Listed => "listed",
    }
}

fn factors(factors: Factors) -> &'static str {
    match factors {
        Factors::Perfect => "perfect",
        Factors::Imperfect => "imperfect",
    }
}

/// A search.
#[derive(Serialize)]
pub(super) struct SearchDocument {
    objective: &'static str,
    order: &'static str,
    factors: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    constraints: Option<String>,
    certificate: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bound: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gap: Option<f64>,
    templates: u64,
    space: f64,
    bounded: u64,
    cut_by_bound: u64,
    cut_by_dominance: u64,
    cut_by_capacity: u64,
    cut_by_fanout: u64,
    counted: u64,
}

/// A search's part of a document.
pub(super) fn document(search: &Search) -> SearchDocument {
    let Search { question, constraints, certificate, gap, statistics } = search;
    SearchDocument {
        objective: question.goal.name(),
        order: order(question.order),
        factors: factors(question.factors),
        constraints: constraints.as_ref().map(|constraints| constraints.name.clone()),
        certificate: match certificate {
            Certificate::Proven => "proven",
            Certificate::Budget { .. } => "budget",
        },
        bound: gap.map(|(bound, _)| bound),
        gap: gap.map(|(_, gap)| gap),
        templates: statistics.templates,
        space: statistics.space,
        bounded: statistics.bounded,
        cut_by_bound: statistics.cut_by_bound,
        cut_by_dominance: statistics.cut_by_dominance,
        cut_by_capacity: statistics.cut_by_capacity,
        cut_by_fanout: statistics.cut_by_fanout,
        counted: statistics.counted,
    }
}
