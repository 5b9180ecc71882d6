//! Affine einsums: dimensions with sizes, and for each operand its ranks as sums of them.

use super::{Cursor, Made, Report, Scope, size};
use crate::error::{nearest, quoted};
use crate::spec::expr::{Expr, ExprError, Operator, is_name};
use crate::spec::operands::NAMES;
use nn::problem::{Dim, MAX_DIMS, Problem, Rank, Term};
use nn::{ByOperand, Operand};

/// The most ranks of an operand.
const MAX_RANKS: usize = 16;

/// The einsum under the cursor.
pub(super) fn read(cursor: &Cursor, scope: &Scope, report: &mut Report) -> Made {
    let known: Vec<&str> = ["dims"].into_iter().chain(NAMES.map(|(name, _)| name)).collect();
    let fields = report.fields(cursor, &known)?;
    let dims = fields.need("dims", report).and_then(|c| dims(&c, scope, report));
    let mut ranks = ByOperand([const { None::<Vec<Rank>> }; 3]);
    for operand in Operand::ALL {
        let mut named = NAMES.iter().filter(|(_, o)| *o == operand).filter_map(|(name, _)| fields.get(name));
        let list = named.next();
        if let Some(twice) = named.next() {
            let found = format!("the {} by two names", operand.name());
            report.wrong_at(twice.node.span, &twice.path, found, "each operand once");
        }
        let Some(list) = list.or_else(|| fields.need(operand.name(), report)) else { continue };
        let (Some(items), Some(dims)) = (report.list(&list), &dims) else { continue };
        if items.len() > MAX_RANKS {
            let found = format!("{} ranks", items.len());
            report.wrong_at(list.node.span, &list.path, found, format!("at most {MAX_RANKS}"));
            continue;
        }
        let all: Vec<Option<Rank>> = items.iter().map(|item| rank(item, dims, scope, report)).collect();
        ranks[operand] = all.into_iter().collect();
    }
    let ByOperand([Some(input), Some(weight), Some(output)]) = ranks else { return None };
    Some(Problem::new(dims?, ByOperand([input, weight, output])))
}

fn dims(cursor: &Cursor, scope: &Scope, report: &mut Report) -> Option<Vec<(String, u64)>> {
    let entries = report.map(cursor)?;
    if entries.is_empty() || entries.len() > MAX_DIMS {
        let found = format!("{} dimensions", entries.len());
        report.wrong_at(cursor.node.span, &cursor.path, found, format!("1 to {MAX_DIMS}"));
        return None;
    }
    let mut dims = Vec::new();
    for (key, node) in entries {
        let name = &key.name;
        if !is_name(name) || scope.variables.contains_key(name) {
            let found = if is_name(name) { format!("the name of the variable {name}") } else { quoted(name) };
            report.wrong_at(key.span, &cursor.path, found, "a name of letters, digits and `_` of its own");
        }
        dims.push(size(&cursor.child(node, name), scope, report).map(|size| (name.clone(), size)));
    }
    dims.into_iter().collect()
}

/// The rank under the cursor: a sum of dimensions, each times a step.
fn rank(cursor: &Cursor, dims: &[(String, u64)], scope: &Scope, report: &mut Report) -> Option<Rank> {
    let expr = report.expression(cursor, "a sum of dimensions, as in `2*P + R`")?;
    let sum = match affine(&expr, dims, scope) {
        Ok(sum) => sum,
        Err(error) => {
            report.expression_error(cursor, error);
            return None;
        }
    };
    let step = |step: f64| (step >= 1.0 && step.fract() == 0.0 && step <= (1u64 << 32) as f64).then_some(step as u64);
    let terms: Option<Vec<Term>> =
        sum.terms.iter().map(|&(factor, dim)| Some(Term { step: step(factor)?, dim: Dim(dim as u8) })).collect();
    match terms {
        Some(terms) if !terms.is_empty() && sum.constant == 0.0 => Some(Rank(terms)),
        _ => {
            report.wrong(cursor, "a sum of dimensions, each times a whole number of at least 1");
            None
        }
    }
}

/// A constant and terms: factor and index of the dimension, in the order of the text.
struct Sum {
    constant: f64,
    terms: Vec<(f64, usize)>,
}

impl Sum {
    fn scaled(mut self, factor: f64) -> Self {
        self.constant *= factor;
        self.terms.iter_mut().for_each(|(step, _)| *step *= factor);
        self
    }
}

fn affine(expr: &Expr, dims: &[(String, u64)], scope: &Scope) -> Result<Sum, ExprError> {
    match expr {
        Expr::Name(name, at) => {
            if let Some(dim) = dims.iter().position(|(dim, _)| dim == name) {
                return Ok(Sum { constant: 0.0, terms: vec![(1.0, dim)] });
            }
            match scope.variables.get(name) {
                Some(value) => Ok(Sum { constant: value.number, terms: Vec::new() }),
                None => {
                    let mut error = ExprError::new(*at, quoted(name), "a dimension");
                    error.nearest = nearest(name, dims.iter().map(|(dim, _)| dim.as_str()));
                    Err(error)
                }
            }
        }
        Expr::Negative(inner) => Ok(affine(inner, dims, scope)?.scaled(-1.0)),
        Expr::Binary(operator @ (Operator::Add | Operator::Subtract), left, right, _) => {
            let (mut left, right) = (affine(left, dims, scope)?, affine(right, dims, scope)?);
            let right = right.scaled(if *operator == Operator::Add { 1.0 } else { -1.0 });
            left.constant += right.constant;
            left.terms.extend(right.terms);
            Ok(left)
        }
        Expr::Binary(Operator::Multiply, left, right, at) => {
            let (left, right) = (affine(left, dims, scope)?, affine(right, dims, scope)?);
            match (left.terms.is_empty(), right.terms.is_empty()) {
                (true, _) => Ok(right.scaled(left.constant)),
                (_, true) => Ok(left.scaled(right.constant)),
                _ => Err(ExprError::new(*at, "a product of dimensions", "a dimension times a number")),
            }
        }
        Expr::Binary(Operator::Divide, _, _, at) | Expr::Call(_, _, at) => {
            Err(ExprError::new(*at, "more than a sum", "a sum of dimensions, each times a number"))
        }
        Expr::Number(constant) => Ok(Sum { constant: *constant, terms: Vec::new() }),
    }
}
