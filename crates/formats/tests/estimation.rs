//! The 25 fields of the energy-estimation tool: what is written reads back, and what is malformed is refused by line
//! and field.

use formats::estimation::{Layer, entries, parse, write};
use nn::generate::{Generator, Limits};
use nn::{ByOperand, Operand};
use std::path::Path;

/// AlexNet's second layer over a batch of 4, with zeros.
const CONV2: &str = "2,27,27,96,4,100000,16,5,5,48,256,0,16,27,27,256,4,300000,16,1,1,2,2,2,2";

fn read(text: &str) -> Result<Vec<Layer>, String> {
    parse(Path::new("net.csv"), text).map_err(|error| error.to_string())
}

#[test]
fn a_layer() {
    let layer = read(CONV2).unwrap()[0];
    assert_eq!((layer.shape.groups, layer.shape.m, layer.shape.p()), (2, 256, 27));
    assert_eq!(layer.zeros, ByOperand([100_000, 0, 300_000]));
    assert_eq!(layer.shape.macs(), 4 * 223_948_800);
    assert_eq!(write(&[layer]), format!("{CONV2}\n"));
    // Spaces, empty lines and a heading do not matter.
    let heading = (1..=25).map(|field| format!("field{field}")).collect::<Vec<_>>().join(",");
    assert_eq!(read(&format!("{heading}\n\n{}\r\n", CONV2.replace(',', " , "))), Ok(vec![layer]));
}

#[test]
fn what_is_written_reads_back() {
    let mut g = Generator::new(7);
    let limits = Limits { dilation: 1, ..Limits::default() };
    for _ in 0..100 {
        let layers: Vec<Layer> = (0..g.within(1, 30))
            .map(|index| {
                let shape = g.conv_shape(&limits);
                let zeros = Operand::ALL.map(|operand| g.within(0, entries(&shape, operand) as i64) as u64);
                let bits = [0; 3].map(|_| g.within(1, 64) as u32);
                Layer { index: index as u64, shape, zeros: ByOperand(zeros), bits: ByOperand(bits) }
            })
            .collect();
        assert_eq!(read(&write(&layers)), Ok(layers));
    }
}

#[test]
fn refusals() {
    let set = |field: usize, value: &str| {
        let mut fields: Vec<&str> = CONV2.split(',').collect();
        fields[field - 1] = value;
        fields.join(",")
    };
    let mut report = String::new();
    for (what, text) in [
        ("nothing", String::new()),
        ("a field too few", CONV2.rsplit_once(',').unwrap().0.into()),
        ("a field too many", format!("{CONV2},0")),
        ("on the second line", format!("{CONV2}\n{}", set(4, "ninety-six"))),
        ("a heading in the middle", format!("{CONV2}\n{}", ["x"; 25].join(","))),
        ("a fraction", set(7, "16.5")),
        ("a negative number", set(22, "-2")),
        ("a number beyond all bounds", set(6, "99999999999999999999")),
        ("no rows", set(2, "0")),
        ("a huge size", set(5, "16777217")),
        ("too many multiply-accumulates", set(11, "16777216").replace(",256,4,", ",16777216,4,")),
        ("more zeros than entries", set(12, "307201")),
        ("no bits", set(19, "0")),
        ("too many bits", set(13, "65")),
        ("channels that do not divide", set(10, "36")),
        ("filters that do not divide", set(11, "255").replace(",256,4,", ",255,4,")),
        ("a filter beyond the ifmap", set(8, "32")),
        ("an ofmap of other rows", set(14, "28")),
        ("an ofmap of other columns", set(24, "1")),
        ("other channels than filters", set(16, "96")),
        ("another batch", set(17, "1")),
        ("no stride", set(20, "0")),
        ("quotes", set(1, "\"2\"")),
    ] {
        report += &format!("{what}: {}\n", read(&text).expect_err(what));
    }
    insta::assert_snapshot!(report);
}
