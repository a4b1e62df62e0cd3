//! The largest gap by sorting and merging.

/// How much one row of either side moves the gap i * m - j * n: a reference row adds m, a current row takes n.
#[derive(Debug, Clone, Copy)]
pub(super) struct Steps {
    up: i128,
    down: i128,
}

impl Steps {
    pub(super) fn new(reference_rows: usize, current_rows: usize) -> Self {
        Self {
            up: current_rows as i128,
            down: reference_rows as i128,
        }
    }

    /// The change of the gap over `reference` and `current` more rows.
    pub(super) fn gap(self, reference: usize, current: usize) -> i128 {
        reference as i128 * self.up - current as i128 * self.down
    }

    /// No |gap| within so many rows of both sides, in whatever order, is larger: it is highest if all reference rows come first, lowest
    /// if all current rows do.
    pub(super) fn bound(self, start: i128, (reference, current): (usize, usize)) -> u128 {
        let high = (start + self.gap(reference, 0)).unsigned_abs();
        let low = (start + self.gap(0, current)).unsigned_abs();
        high.max(low)
    }
}

/// max |i * m - j * n| over all values of both sides; sorts both slices.
pub(crate) fn gap_max_by_sort(reference: &mut [f64], current: &mut [f64]) -> u128 {
    let steps = Steps::new(reference.len(), current.len());
    sort(reference);
    sort(current);
    gap_max_of_sorted(reference, current, 0, steps)
}

pub(crate) fn sort(values: &mut [f64]) {
    values.sort_unstable_by(f64::total_cmp);
}

/// The largest |gap| after each distinct value of two sorted slices, where the gap before them is `gap`.
pub(super) fn gap_max_of_sorted(
    reference: &[f64],
    current: &[f64],
    mut gap: i128,
    steps: Steps,
) -> u128 {
    let (mut i, mut j) = (0, 0);
    let mut gap_max = 0;
    while i < reference.len() && j < current.len() {
        let value = reference[i].min(current[j]);
        while i < reference.len() && reference[i] <= value {
            i += 1;
            gap += steps.up;
        }
        while j < current.len() && current[j] <= value {
            j += 1;
            gap -= steps.down;
        }
        gap_max = gap_max.max(gap.unsigned_abs());
    }
    // One side is used up: the gap moves one way from here, so its end is the only further candidate.
    gap += steps.gap(reference.len() - i, current.len() - j);
    gap_max.max(gap.unsigned_abs())
}
