//! Descriptions of what is in memory: YAML that reads back to an equal value.

mod arch;
mod mapping;
mod problem;
mod zeros;

pub use arch::{write_arch, write_arch_file};
pub use mapping::write_mapping;
pub use problem::write_problem;

use nn::Operand;

/// A text as YAML has it: plain where that is safe, else in double quotes.
pub(super) fn text(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || " _-./+*()".contains(c);
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(safe)
        && !text.ends_with(' ')
        && !["null", "all", "unbounded"].contains(&text);
    if plain { text.to_string() } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='~' => quoted.push(c),
            c if c.is_alphanumeric() => quoted.push(c),
            c => quoted += &format!("\\U{:08x}", c as u32),
        }
    }
    quoted + "\""
}

/// A number as YAML and the readers' expressions have it; all digits that it needs to read back as it is.
pub(super) fn number(number: f64) -> String {
    if number == 0.0 || (1e-4..1e16).contains(&number.abs()) { format!("{number}") } else { format!("{number:?}") }
}

/// Operands as a list.
fn operands(operands: &[Operand]) -> String {
    if operands == Operand::ALL {
        return "all".into();
    }
    format!("[{}]", operands.iter().map(|operand| operand.name()).collect::<Vec<_>>().join(", "))
}
