//! Parquet in, Parquet out, row group by row group.
//!
//! A [`Dataset`] is a list of Parquet files that share a schema. Columns are read one at a time ([`Dataset::read_numbers`],
//! [`Dataset::read_categories`]) or many at a time in bounded batches ([`Dataset::batches`]); [`Writer`] writes batches to a
//! temporary name and renames at the end. Knows nothing of models, statistics or Node.

mod batches;
mod dataset;
mod error;
mod files;
mod kind;
mod near;
mod numbers;
mod read;
mod writer;

pub use batches::{Batch, Batches};
pub use dataset::{Column, Dataset, open};
pub use error::{Code, Error, Facts};
pub use kind::Kind;
pub use near::near_names;
pub use numbers::numbers_of;
pub use read::{Categories, NULL_CODE};
pub use writer::Writer;
