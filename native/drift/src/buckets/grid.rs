//! Buckets of equal width, of the values or of their bits: found without a search, so there can be many.

use super::BUCKETS_MAX;
use super::maps::{Bits, Linear};

/// Sampled values that one bucket may hold: three times what a quantile's bucket has.
const CROWD_MAX: usize = 24;

/// Bucket k is cell k.
pub(super) enum Grid {
    Linear(Linear<BUCKETS_MAX>),
    Bits(Bits<BUCKETS_MAX>),
}

impl Grid {
    /// The map that spreads a sorted sample better; none where both leave a crowd in one bucket.
    pub(super) fn new(sample: &[f64]) -> Option<Self> {
        let (linear, bits) = (Linear::over(sample), Bits::over(sample));
        let by_value = crowd(sample.iter().map(|&value| linear.cell(value)));
        let by_bits = crowd(sample.iter().map(|&value| bits.cell(value)));
        if by_value.min(by_bits) > CROWD_MAX {
            None
        } else if by_value <= by_bits {
            Some(Grid::Linear(linear))
        } else {
            Some(Grid::Bits(bits))
        }
    }

    /// Appends the bucket of each value.
    pub(super) fn find(&self, values: &[f64], buckets: &mut Vec<u16>) {
        match self {
            Grid::Linear(map) => buckets.extend(values.iter().map(|&v| map.cell(v) as u16)),
            Grid::Bits(map) => buckets.extend(values.iter().map(|&v| map.cell(v) as u16)),
        }
    }
}

/// The most values in one cell; cells ascend.
fn crowd(cells: impl Iterator<Item = usize>) -> usize {
    let (mut most, mut here, mut last) = (0, 0, None);
    for cell in cells {
        here = if last == Some(cell) { here + 1 } else { 1 };
        last = Some(cell);
        most = most.max(here);
    }
    most
}
