//! A line on standard error that tells what takes time, where standard error is a terminal.

use indicatif::{ProgressBar, ProgressStyle};
use stationary::run::Step;
use std::time::Duration;

/// The line; gone when dropped.
pub struct Progress(ProgressBar);

impl Progress {
    /// Nothing is shown yet.
    pub fn new() -> Self {
        Progress(ProgressBar::new(1))
    }

    /// Shows what is being done.
    pub fn show(&mut self, step: Step) {
        let (done, total, message) = match step {
            Step::Mapping(layers) => (0, layers, format!("seeking mappings for {layers} layers")),
            Step::Calibrating(images) => (0, images, format!("choosing 16-bit formats on {images} images")),
            Step::Layer { name, done, total } => (done, total, format!("layer {name}")),
        };
        self.line(done, total, message);
    }

    /// Shows for which layer a mapping is being sought; the time goes on meanwhile.
    pub fn search(&mut self, layer: &str, done: usize, total: usize) {
        self.line(done, total, format!("seeking the mapping of {layer}"));
        self.0.enable_steady_tick(Duration::from_millis(250));
    }

    /// Shows the last of some steps, of which nobody knows how many there are.
    pub fn step(&mut self, name: &str, done: usize) {
        self.line(done, done, name.into());
    }

    /// Shows how many images are done.
    pub fn images(&mut self, done: usize, total: usize) {
        self.line(done, total, "images".into());
    }

    fn line(&mut self, done: usize, total: usize, message: String) {
        if let Ok(style) = ProgressStyle::with_template("{elapsed:>4} {wide_bar} {pos}/{len} {msg}") {
            self.0.set_style(style);
        }
        self.0.set_length(total as u64);
        self.0.set_position(done as u64);
        self.0.set_message(message);
        self.0.tick();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
