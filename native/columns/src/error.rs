//! What can go wrong between a path and its values.

use std::path::{Path, PathBuf};

/// What went wrong, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// No path was given.
    NoPaths,
    /// A path does not exist.
    NotFound,
    /// A folder holds no Parquet file.
    EmptyFolder,
    /// A file is not Parquet, is cut off, or its bytes do not decode.
    NotParquet,
    /// A file's columns differ from the first file's.
    SchemaMismatch,
    /// A column that was asked for is not there.
    MissingColumn,
    /// A column is there, of a type that cannot be used so.
    WrongType,
    /// An output file could not be written.
    Write,
}

impl Code {
    /// The code as it crosses to other languages, for example `MISSING_COLUMN`.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::NoPaths => "NO_PATHS",
            Code::NotFound => "NOT_FOUND",
            Code::EmptyFolder => "EMPTY_FOLDER",
            Code::NotParquet => "NOT_PARQUET",
            Code::SchemaMismatch => "SCHEMA_MISMATCH",
            Code::MissingColumn => "MISSING_COLUMN",
            Code::WrongType => "WRONG_TYPE",
            Code::Write => "WRITE",
        }
    }
}

/// One failure, with its [`Facts`].
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Facts>);

/// What, where, what to do, and what programs want to know.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {place}: {todo}")]
pub struct Facts {
    /// What went wrong, for programs.
    pub code: Code,
    /// What went wrong, for people.
    pub what: String,
    /// Which file and column.
    pub place: String,
    /// What to do about it.
    pub todo: String,
    /// The file concerned, where there is one.
    pub file: Option<PathBuf>,
    /// The column concerned, where there is one.
    pub column: Option<String>,
    /// The error underneath, where there is one.
    #[source]
    pub cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl std::ops::Deref for Error {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        &self.0
    }
}

impl Error {
    pub(crate) fn new(
        code: Code,
        place: impl Into<String>,
        what: impl Into<String>,
        todo: impl Into<String>,
    ) -> Error {
        let (what, place, todo) = (what.into(), place.into(), todo.into());
        Error(Box::new(Facts {
            code,
            what,
            place,
            todo,
            file: None,
            column: None,
            cause: None,
        }))
    }

    pub(crate) fn file(
        code: Code,
        file: &Path,
        what: impl Into<String>,
        todo: impl Into<String>,
    ) -> Error {
        let mut error = Error::new(code, file.display().to_string(), what, todo);
        error.0.file = Some(file.to_path_buf());
        error
    }

    pub(crate) fn column(
        code: Code,
        file: &Path,
        column: &str,
        what: impl Into<String>,
        todo: impl Into<String>,
    ) -> Error {
        let mut error = Error::file(code, file, what, todo);
        error.0.place = format!("{}, column '{column}'", file.display());
        error.0.column = Some(column.to_string());
        error
    }

    pub(crate) fn because(
        mut self,
        cause: impl std::error::Error + Send + Sync + 'static,
    ) -> Error {
        self.0.cause = Some(Box::new(cause));
        self
    }

    pub(crate) fn undecodable(
        file: &Path,
        cause: impl std::error::Error + Send + Sync + 'static,
    ) -> Error {
        let what = format!("not a readable Parquet file ({cause})");
        Error::file(
            Code::NotParquet,
            file,
            what,
            "write the file again, it is cut off, damaged or not Parquet",
        )
        .because(cause)
    }
}
