//! Energy-aware pruning: fewer joules, same accuracy.
//!
//! A trained network goes in, and what surrounds it ([`World`]: images, accuracy, the energy of a layer, and
//! back-propagation if there is any); a [`State`] advances piece by piece until the accuracy is spent. Modules in groups,
//! in reading order.

// A layer as matrices.
pub mod layout;
pub mod masks;
pub mod pattern;

// What is known of it.
pub mod moments;
pub mod samples;
pub mod world;

// What is done to it.
pub mod layer;
pub mod refit;
pub mod removal;
pub mod residual;
pub mod restore;
#[cfg(feature = "train")]
pub mod train;

// How much, in which order, how long.
pub mod allocate;
pub mod method;
pub mod plan;
pub mod run;

// What published totals leave open.
pub mod totals;

pub use layer::{Errors, Fit};
pub use layout::Layout;
pub use masks::{Mask, Masks};
pub use method::{METHODS, Method};
pub use moments::Moments;
pub use pattern::Pattern;
pub use plan::{Target, prunable};
pub use residual::{Norm, Residual};
pub use run::{Done, Floor, Point, Settings, Stage, State, rebuilt};
pub use samples::Sampling;
pub use world::{PruneError, World};
