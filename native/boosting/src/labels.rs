//! Labels and weights: read whole (4 bytes a row), checked before anything long starts.

use crate::objective::Objective;
use crate::{Code, Error, Parameters};
use pilotlight_columns::{Dataset, Kind};

/// The target as LightGBM stores it. `teaches` says whether these rows are learnt from (validation rows may lack a class).
///
/// # Errors
/// [`Code::NoRows`], [`Code::TooManyRows`], [`Code::BadLabel`], [`Code::OneClass`]; those of reading.
pub(crate) fn labels(
    dataset: &Dataset,
    target: &str,
    parameters: &Parameters,
    teaches: bool,
) -> Result<Vec<f32>, Error> {
    check_rows(dataset)?;
    let values = numbers(dataset, target)?;
    let bad = |what: String, todo: &str| Err(Error::column(Code::BadLabel, target, what, todo));
    let missing = values.iter().filter(|value| value.is_nan()).count();
    if missing > 0 {
        return bad(
            format!("{missing} of {} labels are missing", values.len()),
            "drop the rows without a label",
        );
    }
    let objective = Objective::of(parameters);
    let classes = parameters
        .get("num_class")
        .and_then(|text| text.parse::<u32>().ok())
        .unwrap_or(1);
    if let Some(value) = values
        .iter()
        .find(|value| !fits(**value, objective, classes))
    {
        return bad(format!("a label is {value}"), &needed(objective, classes));
    }
    if teaches
        && matches!(objective, Objective::Binary | Objective::Multiclass)
        && values.iter().all(|value| *value == values[0])
    {
        let what = format!("all {} labels are {}", values.len(), values[0]);
        return Err(Error::column(
            Code::OneClass,
            target,
            what,
            "give rows of at least two classes",
        ));
    }
    Ok(values.into_iter().map(|value| value as f32).collect())
}

/// Weights as LightGBM stores them.
///
/// # Errors
/// [`Code::BadWeight`]; those of reading.
pub(crate) fn weights(dataset: &Dataset, column: &str) -> Result<Vec<f32>, Error> {
    let values = numbers(dataset, column)?;
    if let Some(value) = values
        .iter()
        .find(|value| !(value.is_finite() && **value >= 0.0))
    {
        let what = if value.is_nan() {
            "a weight is missing".to_string()
        } else {
            format!("a weight is {value}")
        };
        return Err(Error::column(
            Code::BadWeight,
            column,
            what,
            "give finite weights from 0 up",
        ));
    }
    Ok(values.into_iter().map(|value| value as f32).collect())
}

/// # Errors
/// [`Code::NoRows`], [`Code::TooManyRows`].
pub(crate) fn check_rows(dataset: &Dataset) -> Result<usize, Error> {
    let rows = dataset.rows();
    let place = dataset
        .files()
        .next()
        .map(|file| file.display().to_string())
        .unwrap_or_default();
    if rows == 0 {
        return Err(Error::new(
            Code::NoRows,
            place,
            "the data has no rows",
            "give data with rows",
        ));
    }
    if rows > i32::MAX as u64 {
        return Err(Error::new(
            Code::TooManyRows,
            place,
            format!("{rows} rows"),
            "give at most 2147483647",
        ));
    }
    Ok(rows as usize)
}

fn numbers(dataset: &Dataset, name: &str) -> Result<Vec<f64>, Error> {
    if dataset.column(name)?.kind == Kind::Categorical {
        return Err(Error::column(
            Code::BadColumn,
            name,
            "the column is text",
            "give numbers: for classes 0, 1, 2, ...",
        ));
    }
    Ok(dataset.read_numbers(name)?)
}

fn fits(value: f64, objective: Objective, classes: u32) -> bool {
    value.is_finite()
        && match objective {
            Objective::Binary => value == 0.0 || value == 1.0,
            Objective::Share => (0.0..=1.0).contains(&value),
            Objective::Multiclass => {
                value.fract() == 0.0 && value >= 0.0 && value < f64::from(classes)
            }
            Objective::Number => value.abs() <= f64::from(f32::MAX),
            Objective::Positive => value >= 0.0,
            Objective::AbovePositive => value > 0.0,
        }
}

fn needed(objective: Objective, classes: u32) -> String {
    match objective {
        Objective::Binary => "give 0 and 1".into(),
        Objective::Share => "give shares from 0 to 1".into(),
        Objective::Multiclass => format!(
            "give whole numbers from 0 to {}, or another num_class",
            classes.saturating_sub(1)
        ),
        Objective::Number => "give finite numbers".into(),
        Objective::Positive => "give numbers from 0 up".into(),
        Objective::AbovePositive => "give numbers above 0".into(),
    }
}
