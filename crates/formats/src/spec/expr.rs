//! Small expressions: `108 KiB`, `glb_kb * 1024 / 2 words`, `floor(area / 3)`.
//!
//! `+ - * /` with brackets, names, and the functions of [`Function`]. A name that follows a number or a bracket
//! multiplies what stands before it, from left to right: `a / 2 words` is `(a / 2) * words`. Untrusted: length and
//! nesting are bounded.

use super::cursor::MAX_NAME;
use super::quantity::{Scope, Value};
use crate::error::{nearest, quoted};

/// The most characters of an expression.
const MAX_LENGTH: usize = 1000;
/// The most brackets and signs within each other.
const MAX_DEPTH: usize = 32;

/// A parsed expression; each part with the index of the character that an error about it points at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    Number(f64),
    Name(String, usize),
    Negative(Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>, usize),
    Call(Function, Vec<Expr>, usize),
}

/// What stands between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// What can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Floor,
    Ceil,
    Min,
    Max,
}

/// The functions by name.
const FUNCTIONS: [(&str, Function); 4] =
    [("floor", Function::Floor), ("ceil", Function::Ceil), ("min", Function::Min), ("max", Function::Max)];

/// Why a text is no expression, or has no value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExprError {
    /// The index of the character that it is about.
    pub at: usize,
    pub found: String,
    pub expected: String,
    pub nearest: Option<String>,
    /// Whether the cause was reported where it is.
    pub known: bool,
}

impl ExprError {
    pub fn new(at: usize, found: impl Into<String>, expected: impl Into<String>) -> Self {
        ExprError { at, found: found.into(), expected: expected.into(), nearest: None, known: false }
    }

    /// A name without value, for a reason that was reported where it is.
    pub fn known(at: usize) -> Self {
        ExprError { known: true, ..ExprError::new(at, "", "") }
    }
}

/// Parses a whole text.
pub(crate) fn parse(text: &str) -> Result<Expr, ExprError> {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() > MAX_LENGTH {
        let found = format!("an expression of {} characters", chars.len());
        return Err(ExprError::new(0, found, format!("at most {MAX_LENGTH}")));
    }
    let mut parser = Parser { chars, at: 0, depth: 0 };
    let expr = parser.sum()?;
    match parser.peek() {
        None => Ok(expr),
        Some(c) => Err(ExprError::new(parser.at, format!("{c:?}"), "an operator or the end")),
    }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    depth: usize,
}

impl Parser {
    /// The next character that is no space.
    fn peek(&mut self) -> Option<char> {
        while self.chars.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
        self.chars.get(self.at).copied()
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn sum(&mut self) -> Result<Expr, ExprError> {
        let mut left = self.product()?;
        loop {
            let operator = match self.peek() {
                Some('+') => Operator::Add,
                Some('-') => Operator::Subtract,
                _ => return Ok(left),
            };
            let at = self.at;
            self.at += 1;
            left = Expr::Binary(operator, Box::new(left), Box::new(self.product()?), at);
        }
    }

    fn product(&mut self) -> Result<Expr, ExprError> {
        let mut left = self.primary()?;
        loop {
            let operator = match self.peek() {
                Some('*') => Operator::Multiply,
                Some('/') => Operator::Divide,
                Some(c) if is_name_start(c) => {
                    let at = self.at;
                    left = Expr::Binary(Operator::Multiply, Box::new(left), Box::new(self.primary()?), at);
                    continue;
                }
                _ => return Ok(left),
            };
            let at = self.at;
            self.at += 1;
            left = Expr::Binary(operator, Box::new(left), Box::new(self.primary()?), at);
        }
    }

    fn primary(&mut self) -> Result<Expr, ExprError> {
        let expected = "a number, a name or a bracket";
        let (Some(c), at) = (self.peek(), self.at) else {
            return Err(ExprError::new(self.at, "the end", expected));
        };
        match c {
            '-' | '(' => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err(ExprError::new(at, "more nesting", format!("at most {MAX_DEPTH} brackets and signs")));
                }
                self.at += 1;
                let inner = if c == '-' { Expr::Negative(Box::new(self.primary()?)) } else { self.closed(at)? };
                self.depth -= 1;
                Ok(inner)
            }
            '0'..='9' | '.' => self.number(),
            c if is_name_start(c) => {
                let name = self.name();
                if self.peek() == Some('(') {
                    return self.call(&name, at);
                }
                Ok(Expr::Name(name, at))
            }
            c => Err(ExprError::new(at, format!("{c:?}"), expected)),
        }
    }

    /// A sum and the bracket that closes it.
    fn closed(&mut self, open: usize) -> Result<Expr, ExprError> {
        let inner = self.sum()?;
        if self.take(')') { Ok(inner) } else { Err(ExprError::new(open, "a bracket that is not closed", "')'")) }
    }

    fn call(&mut self, name: &str, at: usize) -> Result<Expr, ExprError> {
        let Some(&(_, function)) = FUNCTIONS.iter().find(|(known, _)| *known == name) else {
            let known = FUNCTIONS.map(|(known, _)| known);
            let mut error =
                ExprError::new(at, format!("function {}", quoted(name)), format!("one of {}", known.join(", ")));
            error.nearest = nearest(name, known);
            return Err(error);
        };
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(ExprError::new(at, "more nesting", format!("at most {MAX_DEPTH} brackets and signs")));
        }
        let open = self.at;
        self.at += 1;
        let mut arguments = vec![self.sum()?];
        while self.take(',') {
            arguments.push(self.sum()?);
        }
        if !self.take(')') {
            return Err(ExprError::new(open, "a bracket that is not closed", "')'"));
        }
        self.depth -= 1;
        let wanted = if matches!(function, Function::Floor | Function::Ceil) { 1..=1 } else { 1..=MAX_LENGTH };
        if !wanted.contains(&arguments.len()) {
            return Err(ExprError::new(at, format!("a call of {name} with {} values", arguments.len()), "one"));
        }
        Ok(Expr::Call(function, arguments, at))
    }

    fn name(&mut self) -> String {
        let start = self.at;
        while self.chars.get(self.at).is_some_and(|&c| is_name_start(c) || c.is_ascii_digit()) {
            self.at += 1;
        }
        self.chars[start..self.at].iter().collect()
    }

    fn number(&mut self) -> Result<Expr, ExprError> {
        let start = self.at;
        let digits = |parser: &mut Self| {
            while parser.chars.get(parser.at).is_some_and(char::is_ascii_digit) {
                parser.at += 1;
            }
        };
        digits(self);
        if self.chars.get(self.at) == Some(&'.') {
            self.at += 1;
            digits(self);
        }
        // An exponent, unless it is a name: `5 e`.
        let sign = usize::from(matches!(self.chars.get(self.at + 1), Some('+' | '-')));
        let exponent = self.chars.get(self.at + 1 + sign).is_some_and(char::is_ascii_digit);
        if matches!(self.chars.get(self.at), Some('e' | 'E')) && exponent {
            self.at += 1 + sign;
            digits(self);
        }
        let text: String = self.chars[start..self.at].iter().collect();
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Expr::Number(number)),
            Ok(_) => Err(ExprError::new(start, text, "a number that is not too large to calculate with")),
            Err(_) => {
                let rest: String = self.chars[start..].iter().take(20).collect();
                Err(ExprError::new(start, format!("{rest:?}"), "a number"))
            }
        }
    }
}

fn is_name_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

/// Whether a text is a name that an expression can use.
pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= MAX_NAME
        && text.starts_with(is_name_start)
        && text.chars().all(|c| is_name_start(c) || c.is_ascii_digit())
}

impl Expr {
    /// The names in it.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Expr::Number(_) => Vec::new(),
            Expr::Name(name, _) => vec![name],
            Expr::Negative(inner) => inner.names(),
            Expr::Binary(_, left, right, _) => [left.names(), right.names()].concat(),
            Expr::Call(_, arguments, _) => arguments.iter().flat_map(Expr::names).collect(),
        }
    }

    /// Its value.
    pub fn value(&self, scope: &Scope) -> Result<Value, ExprError> {
        match self {
            Expr::Number(number) => Ok(Value::number(*number)),
            Expr::Name(name, at) => scope.lookup(name, *at),
            Expr::Negative(inner) => inner.value(scope).map(Value::negative),
            Expr::Binary(operator, left, right, at) => {
                Value::combine(*operator, left.value(scope)?, right.value(scope)?, *at)
            }
            Expr::Call(function, arguments, at) => {
                let values: Result<Vec<Value>, ExprError> = arguments.iter().map(|a| a.value(scope)).collect();
                Value::call(*function, &values?, *at)
            }
        }
    }
}
