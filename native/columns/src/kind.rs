//! What a column is to statistics and to models.

use arrow::datatypes::DataType;

/// What a column is to statistics and to models, decided by its type in the file alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Integers, floats, decimals; dates as days and timestamps as seconds since 1970-01-01; times as seconds of the day.
    Numeric,
    /// True and false.
    Boolean,
    /// Text.
    Categorical,
    /// Nothing of the above; the reason says what it is.
    Unsupported(String),
}

impl Kind {
    /// `numeric`, `boolean`, `categorical` or `unsupported`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Kind::Numeric => "numeric",
            Kind::Boolean => "boolean",
            Kind::Categorical => "categorical",
            Kind::Unsupported(_) => "unsupported",
        }
    }
}

/// Types of one family may stand for one another from file to file; a date never for a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Number,
    Date,
    Timestamp,
    Time,
    Boolean,
    Text,
    Null,
    Other,
}

pub(crate) fn family_of(data_type: &DataType) -> Family {
    match data_type {
        DataType::Date32 | DataType::Date64 => Family::Date,
        DataType::Timestamp(_, _) => Family::Timestamp,
        DataType::Time32(_) | DataType::Time64(_) => Family::Time,
        DataType::Boolean => Family::Boolean,
        DataType::Utf8 => Family::Text,
        DataType::Dictionary(_, value) => family_of(value),
        DataType::Null => Family::Null,
        other if other.is_numeric() => Family::Number,
        _ => Family::Other,
    }
}

/// A column without any type (all null, as some writers store it) counts as numbers that are all missing.
pub(crate) fn kind_of(data_type: &DataType) -> Kind {
    match family_of(data_type) {
        Family::Number | Family::Date | Family::Timestamp | Family::Time | Family::Null => {
            Kind::Numeric
        }
        Family::Boolean => Kind::Boolean,
        Family::Text => Kind::Categorical,
        Family::Other => Kind::Unsupported(type_name(data_type)),
    }
}

/// A type as a user reads it.
pub(crate) fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Dictionary(_, value) => type_name(value),
        DataType::Utf8 => "text".into(),
        DataType::Binary | DataType::FixedSizeBinary(_) => "raw bytes".into(),
        DataType::List(_) | DataType::LargeList(_) => "a list".into(),
        DataType::Struct(_) => "a struct".into(),
        DataType::Map(_, _) => "a map".into(),
        DataType::Null => "all null".into(),
        other => format!("{other}").to_lowercase(),
    }
}
