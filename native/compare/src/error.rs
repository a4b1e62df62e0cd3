//! What can go wrong.

use pilotlight_columns as columns;
use std::path::{Path, PathBuf};

/// Why two data sets cannot be compared at all. A single column that cannot is no error: it is `not_measurable`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Reading Parquet failed.
    #[error(transparent)]
    Columns(#[from] columns::Error),
    /// A column that was asked for is on neither side.
    #[error("no column \"{name}\" on either side")]
    UnknownColumn {
        /// The name asked for.
        name: String,
        /// Names like it.
        near: Vec<String>,
    },
    /// Nothing is left to compare.
    #[error("no column to compare")]
    NoColumns,
    /// A file is no profile of this version.
    #[error("not a reference profile: {reason}")]
    BadProfile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file could not be written.
    #[error("cannot write: {reason}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The work was cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    pub(crate) fn bad_profile(path: &Path, reason: impl ToString) -> Self {
        Error::BadProfile {
            path: path.to_path_buf(),
            reason: reason.to_string(),
        }
    }

    pub(crate) fn write(path: &Path, reason: impl ToString) -> Self {
        Error::Write {
            path: path.to_path_buf(),
            reason: reason.to_string(),
        }
    }

    /// The code as it crosses to other languages.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Columns(error) => error.code.as_str(),
            Error::UnknownColumn { .. } => "MISSING_COLUMN",
            Error::NoColumns => "NO_COLUMNS",
            Error::BadProfile { .. } => "BAD_PROFILE",
            Error::Write { .. } => "WRITE",
            Error::Cancelled => "CANCELLED",
        }
    }
}
