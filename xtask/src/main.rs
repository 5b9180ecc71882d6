//! Chores: `cargo xtask tidy`.
fn main() {}
