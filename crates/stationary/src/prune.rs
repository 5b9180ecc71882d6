//! The study behind `stationary prune`: a trained network, labelled images and an architecture in; the network with fewer
//! joules out, with its energy, its accuracy and the way there.

pub mod checkpoint;
mod comparison;
mod document;
pub mod published;
mod surroundings;
pub mod validation;

pub use comparison::{document as comparison, validated};
pub use document::{densities, document};
pub use surroundings::{Surroundings, Tuning};

use crate::Error;
use ::prune::{Done, Method, Settings, Stage, State};
use nn::Network;

/// A network that was pruned by a method.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The method.
    pub method: Method,
    /// The end of the run.
    pub state: State,
}

/// Goes on with a run on `original` to its end. Shows each piece of work to `observe` together with the state after it,
/// which may keep it; its error ends the run.
pub fn run<E: From<Error>>(
    surroundings: &Surroundings,
    settings: &Settings,
    original: &Network,
    mut state: State,
    observe: &mut dyn FnMut(&Done, &State) -> Result<(), E>,
) -> Result<Outcome, E> {
    while state.stage != Stage::Done {
        let done = state.advance(surroundings, settings, original).map_err(Error::from)?;
        observe(&done, &state)?;
    }
    Ok(Outcome { method: settings.method, state })
}

impl From<::prune::PruneError<Error>> for Error {
    fn from(error: ::prune::PruneError<Error>) -> Error {
        match error {
            ::prune::PruneError::World(error) => error,
            ::prune::PruneError::Execute(error) => error.into(),
            error => Error::Prune(error.to_string()),
        }
    }
}
