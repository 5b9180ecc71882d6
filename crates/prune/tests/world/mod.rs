//! A small world to prune in: a generated network, generated images that it classifies by definition rightly, and an
//! energy that is that of weights and of fmaps.

use nn::generate::Generator;
use nn::{ByOperand, Conv, Layer, LayerId, Network, Op, Pad, Pool, PoolKind, Tensor, Weights, float};
use prune::{Fit, Floor, Masks, Method, Norm, Pattern, Sampling, Settings, World};

pub struct Small {
    pub original: Network,
    images: Tensor<f32>,
    classes: Vec<usize>,
}

const IMAGES: usize = 96;

impl Small {
    pub fn new(seed: u64) -> Small {
        let mut g = Generator::new(seed);
        let mut weights = |dims: &[usize], bias: usize| {
            let scale = 2.0 / (dims[1..].iter().product::<usize>() as f32).sqrt();
            // Most weights are small, as trained ones are.
            let kernel = g.reals(dims, scale).map(|x| x * x.abs() / scale);
            Some(Weights { kernel, bias: g.reals(&[bias], 0.1).into_vec() })
        };
        let conv = |m: usize, groups: usize| {
            let (kernel, stride, pad, dilation) = ([3, 3], [1, 1], Pad::all(1), [1, 1]);
            Op::Conv(Conv { m, kernel, stride, pad, dilation, groups })
        };
        let pool =
            Op::Pool(Pool { kind: PoolKind::Max, kernel: Some([2, 2]), stride: [2, 2], pad: Pad::all(0), ceil: false });
        let parts = [
            ("image", Op::Input { dims: vec![2, 8, 8] }, None),
            ("conv1", conv(8, 1), weights(&[8, 2, 3, 3], 8)),
            ("relu1", Op::Relu, None),
            ("conv2", conv(12, 2), weights(&[12, 4, 3, 3], 12)),
            ("relu2", Op::Relu, None),
            ("pool", pool, None),
            ("fc", Op::FullyConnected { outputs: 5 }, weights(&[5, 12 * 16], 5)),
        ];
        let layer = |(place, (name, op, weights)): (usize, (&str, Op, Option<Weights>))| Layer {
            name: name.into(),
            op,
            inputs: if place == 0 { vec![] } else { vec![LayerId(place as u32 - 1)] },
            weights,
        };
        let layers = parts.into_iter().enumerate().map(layer).collect();
        let original = Network::new("small", layers).expect("a network");
        let images = g.reals(&[IMAGES, 2, 8, 8], 1.0);
        let scores = float::output(&original, &images).expect("scores");
        let classes = scores.data().chunks(5).map(likeliest).collect();
        Small { original, images, classes }
    }
}

fn likeliest(scores: &[f32]) -> usize {
    (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).expect("scores")
}

impl World for Small {
    type Error = std::convert::Infallible;

    fn images(&self) -> usize {
        IMAGES
    }

    fn batch(&self, which: &[usize]) -> Result<(Tensor<f32>, Vec<usize>), Self::Error> {
        let data = which.iter().flat_map(|&image| self.images.data()[image * 128..][..128].to_vec()).collect();
        let images = Tensor::from_vec(&[which.len(), 2, 8, 8], data);
        Ok((images, which.iter().map(|&image| self.classes[image]).collect()))
    }

    fn accuracy(&self, network: &Network) -> Result<f64, Self::Error> {
        let scores = float::output(network, &self.images).expect("scores");
        let right = scores.data().chunks(5).zip(&self.classes).filter(|(scores, class)| likeliest(scores) == **class);
        Ok(right.count() as f64 / IMAGES as f64)
    }

    fn maps(&self, network: &Network) -> Result<Vec<[f64; 2]>, Self::Error> {
        Ok(vec![[1.0; 2]; prune::prunable(network).len()])
    }

    fn energy(&self, layer: LayerId, shares: ByOperand<f64>) -> f64 {
        let shape = self.original.conv_shape(layer, 1).expect("on the array");
        let ByOperand([ifmap, weight, ofmap]) = shares;
        let fmaps = ifmap * (shape.c * shape.h * shape.w) as f64 + ofmap * (shape.m * shape.p() * shape.q()) as f64;
        weight * (4 * shape.macs() + 20 * shape.weights()) as f64 + fmaps
    }

    /// No training: what comes in goes out.
    fn tune(&self, network: &Network, masks: &Masks, _: usize) -> Result<Network, Self::Error> {
        assert_eq!(*masks, Masks::of(network));
        Ok(network.clone())
    }
}

pub fn settings(method: Method, pattern: Pattern) -> Settings {
    Settings {
        method,
        pattern,
        sampling: Sampling { images: 64, windows: 1024, seed: 7 },
        fit: Fit { restored: 0.2, norm: Norm::Two, ridge: 1e-3 },
        accuracy: Floor::Loss(0.1),
        step: 0.3,
        least_step: 0.1,
        rounds: 6,
    }
}
