//! Categories: which value has which code.

use crate::{Code, Control, Error};
use pilotlight_columns::{Dataset, Kind};
use serde_json::Value;
use std::collections::BTreeSet;

/// More distinct numbers than this are a measurement, not categories.
const NUMBERS_MAX: usize = 100_000;

/// One category; its code is its place in the sorted list.
#[derive(Debug, Clone, PartialEq)]
pub enum Category {
    /// Text.
    Text(String),
    /// A number.
    Number(f64),
    /// False or true.
    Boolean(bool),
}

impl std::fmt::Display for Category {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Category::Text(text) => formatter.write_str(text),
            Category::Number(number) => write!(formatter, "{number}"),
            Category::Boolean(value) => write!(formatter, "{value}"),
        }
    }
}

impl Category {
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Category::Text(text) => Value::from(text.as_str()),
            Category::Boolean(value) => Value::from(*value),
            Category::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
                Value::from(*number as i64)
            }
            Category::Number(number) => Value::from(*number),
        }
    }

    pub(crate) fn from_json(value: &Value) -> Option<Category> {
        match value {
            Value::String(text) => Some(Category::Text(text.clone())),
            Value::Bool(value) => Some(Category::Boolean(*value)),
            Value::Number(number) => number.as_f64().map(Category::Number),
            _ => None,
        }
    }
}

/// The distinct values of a column, sorted (text by code point, as Python sorts), missing ones left out.
///
/// # Errors
/// [`Code::BadColumn`] when numbers are not whole, or too many; those of reading.
pub(crate) fn categories_of(
    dataset: &Dataset,
    name: &str,
    control: &Control,
) -> Result<Vec<Category>, Error> {
    control.check()?;
    match dataset.column(name)?.kind {
        Kind::Numeric => numbers(dataset, name),
        Kind::Boolean => Ok(texts(dataset, name)?
            .into_iter()
            .map(|text| Category::Boolean(text == "true"))
            .collect()),
        _ => Ok(texts(dataset, name)?
            .into_iter()
            .map(Category::Text)
            .collect()),
    }
}

fn texts(dataset: &Dataset, name: &str) -> Result<Vec<String>, Error> {
    let (counts, _) = dataset.count_categories(name)?;
    let mut texts: Vec<String> = counts.into_keys().collect();
    texts.sort();
    Ok(texts)
}

fn numbers(dataset: &Dataset, name: &str) -> Result<Vec<Category>, Error> {
    let mut found: BTreeSet<i64> = BTreeSet::new();
    let mut other = None;
    dataset.scan_numbers(name, |values| {
        for value in values.iter().filter(|value| !value.is_nan()) {
            if value.fract() != 0.0 || value.abs() > 9e15 {
                other = Some(*value);
            } else if found.len() <= NUMBERS_MAX {
                found.insert(*value as i64);
            }
        }
    })?;
    if let Some(value) = other {
        let what = format!("{value} cannot be a category");
        return Err(Error::column(
            Code::BadColumn,
            name,
            what,
            "give whole numbers or text, or the kind 'numeric'",
        ));
    }
    if found.len() > NUMBERS_MAX {
        let what = format!("more than {NUMBERS_MAX} categories");
        return Err(Error::column(
            Code::BadColumn,
            name,
            what,
            "give it the kind 'numeric'",
        ));
    }
    Ok(found
        .into_iter()
        .map(|value| Category::Number(value as f64))
        .collect())
}
