//! The largest gap inside a bucket: the same idea once more, with cells of equal width, so that little is left to sort.

use super::merge::{Steps, gap_max_of_sorted, sort};

/// Cells of a bucket.
const CELLS: usize = 64;
/// Rows (both sides) from which counting in cells beats sorting.
const ROWS_MIN: usize = 128;
/// Cells that may be looked into before sorting all is as fast: each goes over all rows of the bucket.
const SEARCHED_MAX: usize = 12;

/// The larger of `gap_max` and the largest |gap| after any value of the two parts, where the gap before them is `start`. The gap at
/// their end is known to the caller. Reorders both.
pub(super) fn gap_inside(
    (reference, current): (&mut [f64], &mut [f64]),
    start: i128,
    steps: Steps,
    gap_max: u128,
) -> u128 {
    let cells = Cells::over(reference, current);
    let searched = match &cells {
        Some(cells) if reference.len() + current.len() >= ROWS_MIN => {
            cells.search(reference, current, start, steps, gap_max)
        }
        _ => None,
    };
    searched.unwrap_or_else(|| {
        sort(reference);
        sort(current);
        gap_max.max(gap_max_of_sorted(reference, current, start, steps))
    })
}

/// Equal steps between the lowest and the highest value. Rounding keeps the order, so a lower cell holds lower values.
struct Cells {
    low: f64,
    per_unit: f64,
}

impl Cells {
    /// None where the width is nothing or not finite.
    fn over(reference: &[f64], current: &[f64]) -> Option<Self> {
        let values = reference.iter().chain(current).copied();
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
            (low.min(v), high.max(v))
        });
        let per_unit = CELLS as f64 / (high - low);
        (per_unit.is_finite() && per_unit > 0.0).then_some(Self { low, per_unit })
    }

    fn of(&self, value: f64) -> usize {
        (((value - self.low) * self.per_unit) as i32).min(CELLS as i32 - 1) as usize
    }

    fn count(&self, values: &[f64]) -> [usize; CELLS] {
        let mut counts = [0; CELLS];
        for &value in values {
            counts[self.of(value)] += 1;
        }
        counts
    }

    fn take(&self, values: &[f64], cell: usize) -> Vec<f64> {
        let mut taken: Vec<f64> = values
            .iter()
            .copied()
            .filter(|&v| self.of(v) == cell)
            .collect();
        sort(&mut taken);
        taken
    }

    /// None where too many cells could hold the maximum.
    fn search(
        &self,
        reference: &[f64],
        current: &[f64],
        mut start: i128,
        steps: Steps,
        mut gap_max: u128,
    ) -> Option<u128> {
        let counts = self.count(reference).into_iter().zip(self.count(current));
        let mut candidates = Vec::new();
        for (cell, rows) in counts.enumerate() {
            if rows.0 > 0 && rows.1 > 0 {
                candidates.push((steps.bound(start, rows), cell, start));
            }
            start += steps.gap(rows.0, rows.1);
            gap_max = gap_max.max(start.unsigned_abs());
        }
        candidates.retain(|&(bound, ..)| bound > gap_max);
        candidates.sort_unstable_by(|a, b| b.cmp(a));
        if candidates.len() > SEARCHED_MAX {
            return None;
        }
        for (bound, cell, start) in candidates {
            if bound > gap_max {
                let (r, c) = (self.take(reference, cell), self.take(current, cell));
                gap_max = gap_max.max(gap_max_of_sorted(&r, &c, start, steps));
            }
        }
        Some(gap_max)
    }
}
