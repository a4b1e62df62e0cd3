//! A column's values in the form that the statistics take.

use crate::Error;
use pilotlight_columns::{Dataset, Kind};
use pilotlight_drift::categories::Counts;

/// Puts values without nulls and NaN in place of what `values` holds; returns how many those were.
pub(crate) fn numbers(data: &Dataset, name: &str, values: &mut Vec<f64>) -> Result<u64, Error> {
    data.read_present_numbers(name, values)?;
    Ok(data.rows() - values.len() as u64)
}

/// Rows by category, and those without one.
pub(crate) fn counts(data: &Dataset, name: &str) -> Result<(Counts, u64), Error> {
    let (counts, missing) = data.count_categories(name)?;
    Ok((counts.into_iter().collect(), missing))
}

/// Two kinds that can be compared, or why not. A column without any value has no kind of its own: it takes the other's.
pub(crate) fn common_kind(reference: &Kind, current: &Kind) -> Result<Kind, String> {
    match (reference, current) {
        (Kind::Unsupported(reason), _) | (_, Kind::Unsupported(reason)) => {
            Err(format!("not supported: {reason}"))
        }
        (a, b) if a == b => Ok(a.clone()),
        (a, b) => Err(format!(
            "the type changed: {} in the reference, {} now",
            a.as_str(),
            b.as_str()
        )),
    }
}
