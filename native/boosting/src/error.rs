//! What can go wrong between Parquet, LightGBM and a model file.

use pilotlight_columns as columns;

/// What went wrong, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// A parameter that LightGBM does not have.
    UnknownParameter,
    /// A parameter whose value cannot be used, or that is not the caller's to set.
    BadParameter,
    /// A label is missing, infinite, or not what the objective needs.
    BadLabel,
    /// A weight is missing, negative or infinite.
    BadWeight,
    /// Training data for a classifier has one class only.
    OneClass,
    /// A machine of a training did not come, or was handed something else.
    Machines,
    /// A dataset has no rows.
    NoRows,
    /// A dataset has more rows than LightGBM can count (2^31 - 1).
    TooManyRows,
    /// No column is left to learn from.
    NoFeatures,
    /// A column name that LightGBM cannot store.
    BadName,
    /// Features of the model that the data lacks.
    MissingColumn,
    /// A column cannot be used as asked: used twice, or of a type that does not fit.
    BadColumn,
    /// A fold column is not whole numbers, or makes no folds.
    BadFold,
    /// A model file is absent or cannot be read.
    ModelNotFound,
    /// A file is not a LightGBM model, is cut off, or contradicts itself.
    BadModel,
    /// LightGBM itself refused; the message is its own.
    LightGbm,
    /// An output file could not be written.
    Write,
    /// The caller cancelled.
    Cancelled,
}

impl Code {
    /// The code as it crosses to other languages, for example `UNKNOWN_PARAMETER`.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::UnknownParameter => "UNKNOWN_PARAMETER",
            Code::BadParameter => "BAD_PARAMETER",
            Code::BadLabel => "BAD_LABEL",
            Code::BadWeight => "BAD_WEIGHT",
            Code::OneClass => "ONE_CLASS",
            Code::Machines => "MACHINES",
            Code::NoRows => "NO_ROWS",
            Code::TooManyRows => "TOO_MANY_ROWS",
            Code::NoFeatures => "NO_FEATURES",
            Code::BadName => "BAD_NAME",
            Code::MissingColumn => "MISSING_COLUMN",
            Code::BadColumn => "BAD_COLUMN",
            Code::BadFold => "BAD_FOLD",
            Code::ModelNotFound => "MODEL_NOT_FOUND",
            Code::BadModel => "BAD_MODEL",
            Code::LightGbm => "LIGHTGBM",
            Code::Write => "WRITE",
            Code::Cancelled => "CANCELLED",
        }
    }
}

/// One failure: of reading or writing Parquet, or of modelling.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Parquet could not be read or written.
    #[error(transparent)]
    Columns(#[from] columns::Error),
    /// Anything else.
    #[error(transparent)]
    Boosting(Box<Facts>),
}

/// What, where, what to do, and what programs want to know.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {place}: {todo}")]
pub struct Facts {
    /// What went wrong, for programs.
    pub code: Code,
    /// What went wrong, for people.
    pub what: String,
    /// Which parameter, column or file.
    pub place: String,
    /// What to do about it.
    pub todo: String,
    /// The column concerned, where there is one.
    pub column: Option<String>,
    /// The error underneath, where there is one.
    #[source]
    pub cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(
        code: Code,
        place: impl Into<String>,
        what: impl Into<String>,
        todo: impl Into<String>,
    ) -> Error {
        let (what, place, todo) = (what.into(), place.into(), todo.into());
        Error::Boosting(Box::new(Facts {
            code,
            what,
            place,
            todo,
            column: None,
            cause: None,
        }))
    }

    pub(crate) fn column(
        code: Code,
        column: &str,
        what: impl Into<String>,
        todo: impl Into<String>,
    ) -> Error {
        let mut error = Error::new(code, format!("column '{column}'"), what, todo);
        if let Error::Boosting(facts) = &mut error {
            facts.column = Some(column.to_string());
        }
        error
    }

    pub(crate) fn because(
        mut self,
        cause: impl std::error::Error + Send + Sync + 'static,
    ) -> Error {
        if let Error::Boosting(facts) = &mut self {
            facts.cause = Some(Box::new(cause));
        }
        self
    }

    pub(crate) fn cancelled() -> Error {
        Error::new(
            Code::Cancelled,
            "the caller",
            "cancelled",
            "start again when wanted",
        )
    }

    /// The code, for example `MISSING_COLUMN`.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Columns(error) => error.code.as_str(),
            Error::Boosting(facts) => facts.code.as_str(),
        }
    }

    /// What, where and what to do.
    pub fn parts(&self) -> (&str, &str, &str) {
        match self {
            Error::Columns(error) => (&error.what, &error.place, &error.todo),
            Error::Boosting(facts) => (&facts.what, &facts.place, &facts.todo),
        }
    }

    /// The column concerned, where there is one.
    pub fn column_name(&self) -> Option<&str> {
        match self {
            Error::Columns(error) => error.column.as_deref(),
            Error::Boosting(facts) => facts.column.as_deref(),
        }
    }
}
