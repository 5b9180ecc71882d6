//! The door to Stationary: the library facade, the studies and the reports behind the command line.
pub mod silicon;
