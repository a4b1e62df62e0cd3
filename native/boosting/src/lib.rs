//! LightGBM: streamed datasets, training, prediction, models as text. The only unsafe code (in `ffi`).
//!
//! [`train`], [`cross_validate`], [`predict`] and [`mean_contributions`] go from Parquet to Parquet, or to a model file, and never
//! hold the raw matrix. A model file is LightGBM's own text with the categories of text columns at its end, where LightGBM's Python
//! package writes and reads them too. Knows nothing of Node, and nothing of what the columns mean.

mod categories;
mod control;
mod cross_validate;
mod dataset;
mod encoder;
mod error;
mod explain;
mod ffi;
mod labels;
mod machines;
mod model;
mod model_check;
mod objective;
mod param_rules;
mod params;
mod predict;
mod stream;
mod train;
mod write;

pub use categories::Category;
pub use control::{Control, Progress};
pub use cross_validate::{CrossValidated, CrossValidation, cross_validate};
pub use dataset::{FeatureKind, FeatureSpec, Skipped, TrainingData};
pub use encoder::Unseen;
pub use error::{Code, Error, Facts};
pub use explain::{MeanContribution, mean_contributions};
pub use machines::Machines;
pub use model::{Importance, Model};
pub use params::Parameters;
pub use predict::{Output, Predicted, Prediction, predict};
pub use train::{Evaluation, Trained, Training, train};
