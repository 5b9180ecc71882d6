//! The door to Stationary: the library facade, the studies and the reports behind the command line.
//!
//! Nothing computes here: a study asks `nn` for words, `eyeriss` for counts and `model` for energy, and puts them side
//! by side. Modules in reading order.

pub mod accuracy;
pub mod archs;
pub mod assets;
pub mod blocks;
pub mod budget;
pub mod check;
pub mod compare;
pub mod dataset;
mod digest;
pub mod document;
pub mod error;
pub mod estimate;
pub mod evaluation;
pub mod figure;
pub mod given;
pub mod hardware;
pub mod images;
pub mod isca16;
pub mod labelled;
pub mod library;
pub mod map;
mod markup;
pub mod networks;
pub mod picture;
pub mod platforms;
pub mod prune;
pub mod report;
pub mod run;
pub mod shapes;
pub mod silicon;
pub mod subject;
pub mod timeloop;
pub mod validation;

pub use document::Document;
pub use error::Error;
pub use evaluation::Evaluation;
pub use picture::Picture;
pub use run::{Job, Run, run};
pub use subject::Subject;
