//! What can go wrong.

use pilotlight_columns as columns;
use std::path::Path;

/// What went wrong, for programs; reading and writing have codes of their own ([`columns::Code`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// An option that cannot be used.
    BadOption,
    /// There is nothing to add up.
    NoRows,
    /// There are rows, and no time of theirs can be read.
    NoTimes,
    /// A fault of this crate.
    Internal,
    /// Bytes of a file do not decode.
    NotParquet,
    /// A file went away while it was read.
    NotFound,
}

impl Code {
    /// The code as it crosses to other languages, for example `NO_ROWS`.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::BadOption => "BAD_OPTION",
            Code::NoRows => "NO_ROWS",
            Code::NoTimes => "NO_TIMES",
            Code::Internal => "INTERNAL",
            Code::NotParquet => "NOT_PARQUET",
            Code::NotFound => "NOT_FOUND",
        }
    }
}

/// Why readings were not added up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Opening Parquet or writing it failed.
    #[error(transparent)]
    Columns(#[from] columns::Error),
    /// Something that was given cannot be used.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// The work was cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// What, where, what to do.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {place}: {todo}")]
pub struct Refusal {
    /// What went wrong, for programs.
    pub code: Code,
    /// What went wrong, for people.
    pub what: String,
    /// Which option, file or column.
    pub place: String,
    /// What to do about it.
    pub todo: String,
}

impl Error {
    /// The code as it crosses to other languages.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Columns(error) => error.code.as_str(),
            Error::Refused(refusal) => refusal.code.as_str(),
            Error::Cancelled => "CANCELLED",
        }
    }

    pub(crate) fn refused(
        code: Code,
        what: impl Into<String>,
        place: impl Into<String>,
        todo: impl Into<String>,
    ) -> Error {
        Error::Refused(Box::new(Refusal {
            code,
            what: what.into(),
            place: place.into(),
            todo: todo.into(),
        }))
    }

    pub(crate) fn option(name: &str, what: impl Into<String>, todo: impl Into<String>) -> Error {
        Error::refused(Code::BadOption, what, name, todo)
    }

    pub(crate) fn undecodable(file: &Path, cause: impl std::fmt::Display) -> Error {
        let what = format!("not a readable Parquet file ({cause})");
        let todo = "write the file again, it is cut off or damaged";
        Error::refused(Code::NotParquet, what, file.display().to_string(), todo)
    }

    pub(crate) fn vanished(file: &Path, cause: std::io::Error) -> Error {
        let what = format!("the file cannot be opened any more ({cause})");
        let todo = "leave inputs in place while they are read";
        Error::refused(Code::NotFound, what, file.display().to_string(), todo)
    }
}
