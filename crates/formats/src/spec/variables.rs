//! The parts of a description that its expressions use: `word`, `clock`, `variables`.
//!
//! ```yaml
//! word: 16 bit
//! clock: 200 MHz
//! variables:
//!   pes: 256
//!   glb: pes * 512 B
//! ```
//!
//! Variables may use each other in any order, unless they need themselves.

use super::cursor::{Cursor, Fields, MAX_NAME, Report};
use super::expr::{Expr, is_name};
use super::node::Span;
use super::quantity::{Dimension, Scope};
use crate::error::quoted;

/// The most variables of a description.
const MAX_VARIABLES: usize = 64;

/// The most bits of a word.
const MAX_WORD: u64 = 1024;

/// Values that replace those of a description's variables: names and expressions.
pub type Overrides<'a> = &'a [(&'a str, &'a str)];

/// The bits of a word, if the map says so. If what it says is wrong, what uses it need not say that again.
pub(crate) fn word(fields: &Fields, report: &mut Report) -> Option<f64> {
    let cursor = fields.get("word")?;
    Some(report.bits(&cursor, MAX_WORD).map_or(1.0, |bits| bits as f64))
}

/// The scope of a description's expressions.
pub(crate) fn read(fields: &Fields, overrides: Overrides, report: &mut Report) -> Scope {
    let mut scope = Scope::default();
    // While the clock is read, seconds are what is counted.
    let counting = Scope { clock: Some(1.0), ..Scope::default() };
    scope.word_bits = word(fields, report);
    scope.clock = fields.get("clock").and_then(|cursor| {
        let expected = "a frequency, as in `200 MHz`";
        let clock = report.value(&cursor, &counting, Dimension::PER_CYCLE, expected)?;
        if clock.number <= 0.0 {
            report.unfit(&cursor, clock, expected);
        }
        Some(clock.number)
    });
    // As with a word that is wrong, what uses the clock need not say it again.
    scope.clock = scope.clock.filter(|clock| *clock > 0.0).or(fields.get("clock").map(|_| 1.0));
    let section = fields.get("variables");
    let names: Vec<&str> = section
        .as_ref()
        .and_then(|section| section.node.map())
        .map_or(Vec::new(), |entries| entries.iter().map(|(key, _)| key.name.as_str()).collect());
    for (name, _) in overrides.iter().filter(|(name, _)| !names.contains(name)) {
        let span = section.as_ref().map_or(Span { line: 1, column: 1 }, |section| section.node.span);
        report.unknown(span, "variables", "a value for", name, names.iter().copied());
    }
    let variables = section.as_ref().map_or(Vec::new(), |section| parse(section, overrides, report));
    let parsed: Vec<&str> = variables.iter().map(|variable| variable.name).collect();
    scope.wrong = names.iter().filter(|name| !parsed.contains(name)).map(|name| name.to_string()).collect();
    evaluate(variables, &mut scope, report);
    let wrong: Vec<&str> = names.into_iter().filter(|name| !scope.variables.contains_key(*name)).collect();
    scope.wrong = wrong.into_iter().map(str::to_string).collect();
    scope
}

struct Variable<'n> {
    name: &'n str,
    expr: Expr,
    cursor: Cursor<'n>,
    /// Whether its expression is not the file's.
    overridden: bool,
}

fn parse<'n>(section: &Cursor<'n>, overrides: Overrides, report: &mut Report) -> Vec<Variable<'n>> {
    let entries = report.map(section).unwrap_or_default();
    if entries.len() > MAX_VARIABLES {
        let found = format!("{} variables", entries.len());
        report.wrong_at(section.node.span, &section.path, found, format!("at most {MAX_VARIABLES}"));
        return Vec::new();
    }
    let mut variables = Vec::new();
    for (key, node) in entries {
        let name = key.name.as_str();
        if !is_name(name) {
            let expected = format!("a name of at most {MAX_NAME} letters, digits and `_`");
            report.wrong_at(key.span, &section.path, quoted(name), expected);
        } else if Scope::is_unit(name) {
            report.wrong_at(key.span, &section.path, format!("the unit {name}"), "a name that is no unit");
        } else {
            let cursor = section.child(node, name);
            let over = overrides.iter().rfind(|(over, _)| *over == name);
            let expr = match over {
                Some((_, text)) => super::expr::parse(text).map_err(|error| {
                    let found = format!("{} for {name}: {}", quoted(text), error.found);
                    report.wrong_at(cursor.node.span, &cursor.path, found, error.expected);
                }),
                None => report.expression(&cursor, "a number or an expression").ok_or(()),
            };
            variables.extend(expr.map(|expr| Variable { name, expr, cursor, overridden: over.is_some() }));
        }
    }
    variables
}

/// Gives the scope every variable, each after those that it uses; names those that need themselves.
fn evaluate(mut waiting: Vec<Variable>, scope: &mut Scope, report: &mut Report) {
    while !waiting.is_empty() {
        let names: Vec<&str> = waiting.iter().map(|variable| variable.name).collect();
        let needs =
            |variable: &Variable| variable.expr.names().into_iter().find_map(|n| names.iter().position(|m| *m == n));
        let (ready, blocked): (Vec<usize>, Vec<usize>) =
            (0..waiting.len()).partition(|&i| needs(&waiting[i]).is_none());
        if ready.is_empty() {
            // Every variable needs another that waits: following that ends in a circle.
            let mut path = vec![0];
            while let Some(next) = needs(&waiting[*path.last().unwrap_or(&0)]) {
                if let Some(start) = path.iter().position(|&i| i == next) {
                    let circle: Vec<&str> = path[start..].iter().chain([&next]).map(|&i| names[i]).collect();
                    let cursor = &waiting[next].cursor;
                    let found = format!("a variable that needs itself: {}", circle.join(" -> "));
                    report.wrong_at(cursor.node.span, &cursor.path, found, "variables without a circle");
                    return;
                }
                path.push(next);
            }
            return;
        }
        for &i in &ready {
            let Variable { name, expr, cursor, overridden } = &waiting[i];
            let value = expr.value(scope).map_err(|error| {
                if *overridden && !error.known {
                    report.wrong_at(cursor.node.span, &cursor.path, error.found, error.expected);
                } else {
                    report.expression_error(cursor, error);
                }
            });
            match value {
                Ok(value) => drop(scope.variables.insert(name.to_string(), value)),
                Err(()) => drop(scope.wrong.insert(name.to_string())),
            }
        }
        waiting = waiting.into_iter().enumerate().filter(|(i, _)| blocked.contains(i)).map(|(_, v)| v).collect();
    }
}
