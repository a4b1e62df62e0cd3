//! The two-sample Kolmogorov-Smirnov statistic, exact over all rows.

mod bucketed;
mod cells;
mod merge;

use crate::buckets::{BUCKETED_ROWS_MIN, Buckets, Scratch};
#[cfg(test)]
pub(crate) use merge::gap_max_by_sort;
pub(crate) use merge::sort;

/// The statistic D = `numerator` / (`reference_rows` * `current_rows`), held as integers so that it has no rounding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KsD {
    /// max over x of |i(x) * current_rows - j(x) * reference_rows|; i and j count the rows <= x on either side.
    pub numerator: u128,
    /// Rows of the reference, at least 1.
    pub reference_rows: u64,
    /// Rows of the current sample, at least 1.
    pub current_rows: u64,
    /// D itself, 0 to 1, within 2 ulp of the fraction.
    pub d: f64,
}

impl KsD {
    fn new(numerator: u128, reference_rows: usize, current_rows: usize) -> Self {
        let (n, m) = (reference_rows as u64, current_rows as u64);
        let d = numerator as f64 / (u128::from(n) * u128::from(m)) as f64;
        Self {
            numerator,
            reference_rows: n,
            current_rows: m,
            d,
        }
    }
}

/// D = sup over x of |F_reference(x) - F_current(x)| with right-continuous empirical distribution functions.
///
/// Any number of rows; the order of the rows does not matter and both slices may be reordered. Ties are allowed and
/// -0.0 equals 0.0; infinities are ordinary values at the ends. Missing values: the caller leaves nulls and NaN out
/// (as scipy's `nan_policy="omit"`); the result is meaningless with a NaN inside. `None` where a side has no rows.
///
/// The gap is an integer, so the maximum is found without rounding. Small inputs are sorted and merged. For large ones
/// the time is linear for all but adversarial inputs: rows are counted in buckets between quantiles of a sample of both
/// sides, which gives the exact gap at each bucket's edges and a bound inside it; only buckets whose bound exceeds the
/// largest gap known are sorted.
pub fn ks_statistic(reference: &mut [f64], current: &mut [f64]) -> Option<KsD> {
    if reference.is_empty() || current.is_empty() {
        return None;
    }
    let numerator = if reference.len() + current.len() < BUCKETED_ROWS_MIN {
        merge::gap_max_by_sort(reference, current)
    } else {
        bucketed::gap_max(&Buckets::new(reference, current, &mut Scratch::default()))
    };
    Some(KsD::new(numerator, reference.len(), current.len()))
}

/// The same from values that are in buckets already; both sides have rows.
pub(crate) fn ks_of_buckets(buckets: &Buckets) -> KsD {
    let rows = (buckets.reference.values.len(), buckets.current.values.len());
    KsD::new(bucketed::gap_max(buckets), rows.0, rows.1)
}

/// The buckets whose values the statistic looks at first.
pub(crate) fn ks_buckets(buckets: &Buckets) -> Vec<usize> {
    bucketed::first_buckets(buckets)
}

#[cfg(test)]
mod tests;
