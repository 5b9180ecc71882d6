//! The 16-bit executor: a quantised network whose convolutions go to an engine of the caller's choice.
//!
//! The engine is the chip, its fast twin, or [`fast`]; it gets each convolution and fully connected layer (as a
//! convolution whose filter covers the whole input) with its clamp. All other layers run on the host.

use crate::execute::{self, ExecuteError};
use crate::host::{self, Words};
use crate::{Conv16, LayerId, Op, Quantised, Tensor, conv16, float};

/// Executes `quantised` over `input` (`[N, C, H, W]` values).
///
/// `engine` computes the convolutions; `visit` sees the output of each layer as soon as it is there, that of a
/// convolution with its activation applied. Gives the values of the last layer; a softmax there is computed on values
/// and not quantised again.
pub fn execute<E: From<ExecuteError>>(
    quantised: &Quantised,
    input: &Tensor<f32>,
    mut engine: impl FnMut(LayerId, &Conv16) -> Result<Tensor<i16>, E>,
    visit: impl FnMut(LayerId, &Words),
) -> Result<Tensor<f32>, E> {
    let network = quantised.network();
    let n = execute::check_batch(network, input.dims())?;
    let mut probabilities = None;
    let last = execute::walk(
        network,
        |id, inputs: &[&Words]| {
            let format = quantised.format(id);
            if let Some(conv) = quantised.conv(id) {
                let shape = network.conv_shape(id, n).expect("the batch was checked");
                let map = &inputs[0].words;
                let reshaped = (map.dims() != shape.input_dims()).then(|| map.clone().reshaped(&shape.input_dims()));
                let words = engine(id, &conv.job(shape, reshaped.as_ref().unwrap_or(map)))?
                    .reshaped(&execute::batch_dims(network, id, n));
                return Ok::<_, E>(Words { words, format });
            }
            if id == network.output() && network.layer(id).op == Op::Softmax {
                probabilities = Some(float::softmax(&inputs[0].values()));
            }
            Ok(host::layer(network, id, inputs, format, input))
        },
        visit,
    )?;
    Ok(probabilities.unwrap_or_else(|| last.values()))
}

/// The engine that computes convolutions by [`conv16::fast`].
pub fn fast(_: LayerId, job: &Conv16) -> Result<Tensor<i16>, ExecuteError> {
    Ok(conv16::fast(job).output)
}
