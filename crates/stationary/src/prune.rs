//! The study behind `stationary prune`: a trained network, labelled images and an architecture in; the network with fewer
//! joules out, with its energy, its accuracy and the way there.

mod surroundings;

pub use surroundings::{Surroundings, Tuning};
