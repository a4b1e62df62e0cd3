//! Drift statistics: PSI, Kolmogorov-Smirnov, chi-squared, severities, mergeable profiles. No IO.
//!
//! Everything works on plain slices and counts. Rows without a value are counted by the caller and handed over as a
//! number; the statistics say for themselves what they do with them.

pub mod bins;
mod buckets;
pub mod categories;
pub mod chi_squared;
pub mod column;
pub mod kolmogorov;
pub mod ks;
pub mod profile;
pub mod psi;
#[cfg(test)]
mod random;
pub mod severity;

pub use buckets::Scratch;
pub use column::{Bin, Column, KsResult, Rules, compare_categories, compare_numbers};
pub use profile::{ColumnProfile, Profile, ProfileError};
pub use psi::ZeroRule;
pub use severity::Severity;
