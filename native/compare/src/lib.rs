//! Drift between two Parquet data sets: reads columns, applies the statistics.
//!
//! One column at a time, as many at once as there are threads: memory is rows x 8 bytes x 2 sides x threads, whatever the number
//! of columns. Knows nothing of Node and of the domain.

mod compare;
mod error;
mod profiles;
mod read;

pub use compare::{Measured, Options, Outcome, Reference, Table, compare};
pub use error::Error;
pub use profiles::{build_profile, merge_profiles, read_profile, write_profile};

use std::sync::atomic::AtomicBool;

/// Who watches long work: how far it has come, and whether it is still wanted.
pub struct Watch<'a> {
    /// Called with columns done, columns in all, and the column that was just done; from several threads.
    pub progress: &'a (dyn Fn(usize, usize, &str) + Sync),
    /// Set to stop the work soon.
    pub cancelled: &'a AtomicBool,
}
