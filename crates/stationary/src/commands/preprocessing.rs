//! How images become a network's input, as several commands take it.

use stationary::images::Overrides;

/// In place of what the network declares.
#[derive(clap::Args)]
pub struct PreprocessArgs {
    /// Subtracted from each channel's values, in the network's order of channels: one number or three.
    #[arg(long, value_name = "A,B,C", value_parser = triple, allow_hyphen_values = true)]
    mean: Option<[f32; 3]>,
    /// Multiplied after --mean is subtracted: one number or three.
    #[arg(long, value_name = "A,B,C", value_parser = triple, allow_hyphen_values = true)]
    scale: Option<[f32; 3]>,
    /// Whether channels go in blue first.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    bgr: Option<bool>,
    /// The shorter side of the image before its centre is cut out, in pixels.
    #[arg(long, value_name = "PIXELS")]
    resize: Option<usize>,
}

impl PreprocessArgs {
    /// As the library takes it.
    pub fn overrides(&self) -> Overrides {
        Overrides { resize: self.resize, bgr: self.bgr, mean: self.mean, scale: self.scale }
    }
}

/// One number for all channels, or three.
fn triple(text: &str) -> Result<[f32; 3], String> {
    let numbers: Option<Vec<f32>> =
        text.split(',').map(|number| number.trim().parse().ok().filter(|value: &f32| value.is_finite())).collect();
    match numbers.as_deref() {
        Some(&[one]) => Ok([one; 3]),
        Some(&[a, b, c]) => Ok([a, b, c]),
        _ => Err("expected one number or three, with commas between".into()),
    }
}
