//! Values to numbered cells, in order: a higher value is never in a lower cell.

/// From here up to its double, floats are the integers.
pub(super) const INTEGERS: f64 = 4_503_599_627_370_496.0;

/// [`INTEGERS`] and the nearest integer to `steps` from 0 to `last`, which then stands in the low bits; NaN is 0. Comparisons rather than
/// `clamp`, for these are one instruction each; an addition rather than a cast, for baseline processors add several values at once.
#[inline(always)]
pub(super) fn integer_within(steps: f64, last: f64) -> f64 {
    let steps = if steps > 0.0 { steps } else { 0.0 };
    let steps = if steps < last { steps } else { last };
    steps + INTEGERS
}

/// Equal steps of the value between the lowest and the highest finite one of some values. Rounding of a difference and of a product keeps the order.
pub(super) struct Linear<const CELLS: usize> {
    low: f64,
    cells_per_unit: f64,
}

impl<const CELLS: usize> Linear<CELLS> {
    pub(super) fn over(values: &[f64]) -> Self {
        let mut finite = values.iter().copied().filter(|value| value.is_finite());
        let low = finite.next().unwrap_or(0.0);
        let width = finite.next_back().unwrap_or(low) - low;
        let cells_per_unit = (CELLS - 2) as f64 / width;
        let cells_per_unit = if cells_per_unit.is_finite() {
            cells_per_unit
        } else {
            0.0
        };
        Self {
            low,
            cells_per_unit,
        }
    }

    /// What is below the lowest value is in cell 0, above the highest in the last; with a width of nothing all is in cell 0.
    #[inline(always)]
    pub(super) fn cell(&self, value: f64) -> usize {
        // An infinite value times a width of nothing is NaN.
        let steps = (value - self.low) * self.cells_per_unit;
        integer_within(steps, (CELLS - 1) as f64).to_bits() as u32 as usize
    }
}

/// Equal steps of the bits, which as integers are ordered as the values are.
pub(super) struct Bits<const CELLS: usize> {
    low: i64,
    shift: u32,
}

impl<const CELLS: usize> Bits<CELLS> {
    pub(super) fn over(values: &[f64]) -> Self {
        let low = values.first().map_or(0, |&value| ordered_bits(value));
        let high = values.last().map_or(0, |&value| ordered_bits(value));
        let width = high.wrapping_sub(low) as u64;
        let shift = (u64::BITS - width.leading_zeros()).saturating_sub(CELLS.trailing_zeros());
        Self { low, shift }
    }

    #[inline(always)]
    pub(super) fn cell(&self, value: f64) -> usize {
        let above = ordered_bits(value).max(self.low).wrapping_sub(self.low) as u64;
        (above >> self.shift).min(CELLS as u64 - 1) as usize
    }
}

/// Integers in the order of the values; the two zeros are one.
#[inline(always)]
fn ordered_bits(value: f64) -> i64 {
    let bits = (value + 0.0).to_bits() as i64;
    bits ^ ((bits >> 63) as u64 >> 1) as i64
}
