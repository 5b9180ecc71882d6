//! scratch
use eyeriss::plan::*;
use eyeriss::*;
use nn::{ConvShape, Pad};
use std::collections::HashMap;
fn proc(chip: &Chip, s: &ConvShape, m: RsMapping) -> (f64, f64) {
    let plan = Plan::new(chip, s, m).unwrap();
    let mut memo: HashMap<PassShape, u64> = HashMap::new();
    let mut tot = 0;
    let mut comp = 0f64;
    let mut np = 0;
    for b in plan.blocks() {
        for c in plan.channel_blocks() {
            for f in plan.filter_blocks(&b) {
                let p = plan.pass(&b, &c, &f);
                let t = *memo.entry(p).or_insert_with(|| eyeriss::timing::pass_cycles(&plan, &p));
                tot += t;
                np += 1;
                comp += (plan.filter_entries(&p)) as f64;
            }
        }
    }
    let _ = np;
    (tot as f64 / 200e3, comp / 200e3)
}
fn sh(n: usize, g: usize, m: usize, c: usize, h: usize, r: usize, u: usize) -> ConvShape {
    ConvShape { n, groups: g, m, c, h, w: h, r, s: r, stride: [u, u], pad: Pad::default(), dilation: [1, 1] }
}
fn main() {
    for (fi, fp) in [(1, 1), (2, 2), (2, 4), (4, 4), (8, 4), (12, 8), (16, 16)] {
        let mut chip = Chip::default();
        chip.fifos.ifmap = fi;
        chip.fifos.psum = fp;
        println!("fifo {fi} {fp}");
        let ls = [
            sh(4, 1, 96, 3, 227, 11, 4),
            sh(4, 2, 256, 96, 31, 5, 1),
            sh(4, 1, 384, 256, 15, 3, 1),
            sh(4, 2, 384, 384, 15, 3, 1),
            sh(4, 2, 256, 384, 15, 3, 1),
        ];
        let publ = [16.5, 39.2, 21.8, 16.0, 10.0];
        let mut e = 0.;
        for i in 0..5 {
            let t0 = std::time::Instant::now();
            let (t, f) = proc(&chip, &ls[i], eyeriss::mapping::PUBLISHED[i].2);
            let err = (t / publ[i] - 1.) * 100.;
            e += err.abs() / 5.;
            println!(
                "conv{} {:.2} ms pub {} err {:.1}%  filt {:.2} took {:?}",
                i + 1,
                t,
                publ[i],
                err,
                f,
                t0.elapsed()
            );
        }
        println!("mean {e:.2}");
    }
    let chip = Chip::default();
    let mm = |m, n, e, p, q, r, t| RsMapping { m, n, e, p, q, r, t };
    for (name, s, m, p) in [
        ("1-1", sh(3, 1, 64, 3, 226, 3, 1), mm(16, 1, 13, 4, 1, 1, 4), 38.0),
        ("1-2", sh(3, 1, 64, 64, 226, 3, 1), mm(16, 1, 13, 4, 1, 1, 4), 810.6),
        ("2-1", sh(3, 1, 128, 64, 114, 3, 1), mm(32, 1, 13, 8, 1, 1, 4), 405.3),
        ("2-2", sh(3, 1, 128, 128, 114, 3, 1), mm(32, 1, 13, 8, 1, 1, 4), 810.8),
        ("3-1", sh(3, 1, 256, 128, 58, 3, 1), mm(64, 1, 13, 16, 2, 1, 4), 204.0),
        ("3-2", sh(3, 1, 256, 256, 58, 3, 1), mm(64, 1, 13, 16, 2, 1, 4), 408.1),
        ("4-1", sh(3, 1, 512, 256, 30, 3, 1), mm(64, 1, 14, 16, 4, 1, 4), 105.1),
        ("4-2", sh(3, 1, 512, 512, 30, 3, 1), mm(64, 1, 14, 16, 4, 1, 4), 210.0),
        ("5-1", sh(3, 1, 512, 512, 16, 3, 1), mm(64, 3, 14, 16, 4, 2, 2), 48.4),
    ] {
        let (t, f) = proc(&chip, &s, m);
        println!("{name} {t:.1} pub {p} err {:.1}% filt {f:.1}", (t / p - 1.) * 100.);
    }
}
