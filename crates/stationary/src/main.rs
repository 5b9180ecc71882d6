//! The `stationary` command: parses, calls the library, prints.
fn main() {}
