//! The convolutions of AlexNet at a batch of 4 (2.66 GMAC) in 16-bit integers: `cargo bench -p stationary-nn`.

use std::time::Instant;

use nn::conv16::fast;
use nn::generate::Generator;
use nn::{Clamp, Conv16, ConvShape, Pad};

fn main() {
    // H = W, M, C, R = S, stride, padding, groups (Krizhevsky et al., 2012).
    let layers = [
        (227, 96, 3, 11, 4, 0, 1),
        (27, 256, 96, 5, 1, 2, 2),
        (13, 384, 256, 3, 1, 1, 1),
        (13, 384, 384, 3, 1, 1, 2),
        (13, 256, 384, 3, 1, 1, 2),
    ];
    println!("{:>28} {:>9} {:>9}", "", "ms", "GMAC/s");
    let cases = [
        ("cut at bit 16, small words", 13, 16),
        ("cut at bit 16, large words", 16, 16),
        ("no product can saturate", 14, 12),
        ("hardly any does", 15, 13),
        ("many products saturate", 16, 12),
    ];
    for (what, bits, shift) in cases {
        let mut g = Generator::new(1);
        let (mut seconds, mut macs) = (0.0, 0);
        for (h, m, c, r, stride, pad, groups) in layers {
            let (stride, pad) = ([stride; 2], Pad::all(pad));
            let shape = ConvShape { n: 4, groups, m, c, h, w: h, r, s: r, stride, pad, dilation: [1, 1] };
            let input = g.words(&shape.input_dims(), bits, 0.5);
            let weights = g.words(&shape.weight_dims(), bits, 0.0);
            let bias = vec![0; m];
            let job = Conv16 { shape, input: &input, weights: &weights, bias: &bias, shift, clamp: Clamp::RELU };
            let time = (0..3).map(|_| {
                let start = Instant::now();
                std::hint::black_box(fast(&job));
                start.elapsed().as_secs_f64()
            });
            seconds += time.fold(f64::INFINITY, f64::min);
            macs += shape.macs();
        }
        println!("{what:>28} {:9.1} {:9.2}", seconds * 1e3, macs as f64 / seconds / 1e9);
    }
}
