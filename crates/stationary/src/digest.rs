//! A hash of everything that goes into a run, as it was meant: two runs with the same hash and the same version give
//! the same bytes.

use crate::run::Job;
use model::{Arch, Mapping};
use nn::{Network, Problem, Tensor};
use sha2::{Digest, Sha256};

/// The hash so far.
pub(crate) struct Inputs(Sha256);

impl Inputs {
    /// Takes in the job but for the images' pixels.
    pub fn new(job: &Job) -> Self {
        let mut inputs = Inputs(Sha256::new());
        inputs.network(job.network);
        let settings = (job.machine, job.objective, job.batch, job.layers, job.arch.prices, job.point);
        inputs.text(&format!("{} {settings:?}", job.arch.name));
        if !job.given.is_empty() {
            inputs.text(&format!("{:?}", job.given));
        }
        inputs
    }

    /// Takes in a network with its weights, to run as `study` says.
    pub fn of_study(study: &str, network: &Network) -> Self {
        let mut inputs = Inputs(Sha256::new());
        inputs.network(network);
        inputs.text(study);
        inputs
    }

    /// Takes in what is no network.
    pub fn of_text(text: &str) -> Self {
        let mut inputs = Inputs(Sha256::new());
        inputs.text(text);
        inputs
    }

    /// Takes in a mapping, with its problem and its arch.
    pub fn of_mapping(problem: &Problem, arch: &Arch, mapping: &Mapping) -> Self {
        let mut inputs = Inputs(Sha256::new());
        inputs.text(&format!("{problem:?} {arch:?} {mapping:?}"));
        inputs
    }

    /// Takes in what a study was made of, part by part and in an order that does not change.
    pub fn of_parts(parts: impl IntoIterator<Item = String>) -> Self {
        let mut inputs = Inputs(Sha256::new());
        parts.into_iter().for_each(|part| inputs.text(&part));
        inputs
    }

    /// Takes in a batch of images as the network sees them.
    pub fn images(&mut self, images: &Tensor<f32>) {
        self.text(&format!("{:?}", images.dims()));
        self.values(images.data());
    }

    /// Takes in bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    /// The hash in hexadecimal.
    pub fn finish(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn network(&mut self, network: &Network) {
        for layer in network.layers() {
            self.text(&format!("{:?} {:?} {:?}", layer.name, layer.op, layer.inputs));
            if let Some(weights) = &layer.weights {
                self.text(&format!("{:?}", weights.kernel.dims()));
                self.values(weights.kernel.data());
                self.values(&weights.bias);
            }
        }
    }

    /// Its length first, so that no two sequences of texts hash alike.
    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn values(&mut self, values: &[f32]) {
        self.0.update((values.len() as u64).to_le_bytes());
        let mut bytes = Vec::with_capacity(4 * 4096);
        for chunk in values.chunks(4096) {
            bytes.clear();
            bytes.extend(chunk.iter().flat_map(|value| value.to_le_bytes()));
            self.0.update(&bytes);
        }
    }
}
