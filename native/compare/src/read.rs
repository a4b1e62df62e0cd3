//! A column's values in the form that the statistics take.

use crate::Error;
use pilotlight_columns::{Dataset, Kind, NULL_CODE};
use pilotlight_drift::categories::Counts;

/// Puts values without nulls and NaN in place of what `values` holds; returns how many those were.
pub(crate) fn numbers(data: &Dataset, name: &str, values: &mut Vec<f64>) -> Result<u64, Error> {
    data.read_present_numbers(name, values)?;
    Ok(data.rows() - values.len() as u64)
}

/// Rows by category, and those without one.
pub(crate) fn counts(data: &Dataset, name: &str) -> Result<(Counts, u64), Error> {
    let mut by_code: Vec<u64> = Vec::new();
    let mut missing = 0;
    let dictionary = data.scan_categories(name, |codes, dictionary| {
        by_code.resize(dictionary.len(), 0);
        for &code in codes {
            if code == NULL_CODE {
                missing += 1
            } else {
                by_code[code as usize] += 1
            }
        }
    })?;
    by_code.resize(dictionary.len(), 0);
    Ok((
        dictionary
            .into_iter()
            .zip(by_code)
            .filter(|(_, count)| *count > 0)
            .collect(),
        missing,
    ))
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
