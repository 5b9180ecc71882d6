//! Fits the 65 nm prices on the AlexNet table and prints them as they stand in `crates/model/src/tech.rs`.

use stationary::silicon::{self, fit, published};

fn main() {
    let alexnet = silicon::run(&published::alexnet(), eyeriss::Chip::default(), &|_| ());
    for (name, terms) in fit::fit(&alexnet) {
        let terms: Vec<String> =
            terms.iter().map(|(driver, price)| format!("(Driver::{driver:?}, {price:.4})")).collect();
        println!("Component {{ name: {name:?}, terms: &[{}] }},", terms.join(", "));
    }
}
