//! What is to be mapped, as several commands take it.

use super::NetArgs;
use stationary::subject::Aspects;
use stationary::{Error, Subject};

/// A problem or a network.
#[derive(clap::Args)]
pub struct SubjectArgs {
    /// A network (a name of the zoo, or a file: .onnx, .prototxt), a problem in a file (.yaml, .json), or one in short
    /// (matmul:M,N,K, fully_connected:N,M,C, conv:M=64,C=64,P=56,Q=56,R=3,S=3,stride=1).
    #[arg(value_name = "NET|PROBLEM")]
    subject: String,
    #[command(flatten)]
    files: NetArgs,
    /// Layers of the network: names, numbers (as `stationary run` counts them), and ranges A..B; all if left out.
    #[arg(long, value_name = "LIST")]
    layer: Option<String>,
    /// Images at once, for a network; 1 if left out.
    #[arg(long, value_name = "N", value_parser = super::batch())]
    batch: Option<usize>,
}

impl SubjectArgs {
    /// As it is typed.
    pub fn text(&self) -> &str {
        &self.subject
    }

    /// What is meant.
    pub fn open(&self) -> Result<Subject, Error> {
        let aspects = Aspects {
            options: self.files.options(),
            weights: self.files.weights.as_deref(),
            layers: self.layer.as_deref(),
            batch: self.batch,
        };
        Subject::open(&self.subject, &aspects)
    }
}
