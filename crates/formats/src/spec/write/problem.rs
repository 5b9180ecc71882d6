//! Problems, in their short form where there is one that says the same.

use std::fmt::Write;

use super::text;
use nn::problem::{Dim, Problem, Rank};
use nn::{ConvShape, Operand, Pad};

/// The description of a problem.
pub fn write_problem(problem: &Problem) -> String {
    convolution(problem).or_else(|| plain(problem)).unwrap_or_else(|| einsum(problem))
}

/// A convolution: the one that has these sizes and steps, if that is what the problem is.
fn convolution(problem: &Problem) -> Option<String> {
    let names = problem.dims().map(|dim| problem.name(dim));
    if !names.eq(Dim::CONV.map(|(_, name)| name)) {
        return None;
    }
    let steps = |rank: usize, out: usize, tap: usize| {
        let Rank(terms) = problem.ranks(Operand::Input).get(rank)?;
        let step = |dim: Dim| terms.iter().find(|term| term.dim == dim).map(|term| term.step);
        Some([step(Dim::CONV[out].0)?, step(Dim::CONV[tap].0)?])
    };
    let ([stride_y, dilation_y], [stride_x, dilation_x]) = (steps(3, 4, 6)?, steps(4, 5, 7)?);
    let [n, g, m, c, p, q, r, s] = Dim::CONV.map(|(dim, _)| problem.size()[dim]);
    let span = |out: u64, stride: u64, taps: u64, dilation: u64| {
        let last = (out - 1).checked_mul(stride)?.checked_add((taps - 1).checked_mul(dilation)?)?;
        usize::try_from(last.checked_add(1)?).ok()
    };
    let size = |x: u64| usize::try_from(x).ok();
    let shape = ConvShape {
        n: size(n)?,
        groups: size(g)?,
        m: size(m.checked_mul(g)?)?,
        c: size(c.checked_mul(g)?)?,
        h: span(p, stride_y, r, dilation_y)?,
        w: span(q, stride_x, s, dilation_x)?,
        r: size(r)?,
        s: size(s)?,
        stride: [size(stride_y)?, size(stride_x)?],
        pad: Pad::default(),
        dilation: [size(dilation_y)?, size(dilation_x)?],
    };
    if Problem::conv(&shape).as_ref() != Ok(problem) {
        return None;
    }
    let mut yaml = format!("conv: {{N: {n}, G: {g}, M: {m}, C: {c}, P: {p}, Q: {q}, R: {r}, S: {s}");
    for (key, [y, x]) in [("stride", [stride_y, stride_x]), ("dilation", [dilation_y, dilation_x])] {
        if [y, x] != [1, 1] {
            let _ = if x == y { write!(yaml, ", {key}: {x}") } else { write!(yaml, ", {key}: [{y}, {x}]") };
        }
    }
    Some(yaml + "}\n")
}

/// A product of matrices or a fully connected layer.
fn plain(problem: &Problem) -> Option<String> {
    if problem.dims().len() != 3 {
        return None;
    }
    let [a, b, c] = [0, 1, 2].map(|dim| problem.size()[Dim(dim)]);
    if Problem::matmul(a, b, c).as_ref() == Ok(problem) {
        return Some(format!("matmul: {{M: {a}, N: {b}, K: {c}}}\n"));
    }
    (Problem::fully_connected(a, b, c).as_ref() == Ok(problem))
        .then(|| format!("fully_connected: {{N: {a}, M: {b}, C: {c}}}\n"))
}

fn einsum(problem: &Problem) -> String {
    let dims = problem.dims().map(|dim| format!("{}: {}", text(problem.name(dim)), problem.size()[dim]));
    let mut yaml = format!("einsum:\n  dims: {{{}}}\n", dims.collect::<Vec<_>>().join(", "));
    for operand in Operand::ALL {
        let ranks = problem.ranks(operand).iter().map(|Rank(terms)| {
            let term = |step: u64, name: &str| if step == 1 { name.to_string() } else { format!("{step}*{name}") };
            let terms: Vec<String> = terms.iter().map(|t| term(t.step, problem.name(t.dim))).collect();
            format!("\"{}\"", terms.join(" + "))
        });
        let _ = writeln!(yaml, "  {}: [{}]", operand.name(), ranks.collect::<Vec<_>>().join(", "));
    }
    yaml
}
