//! Buckets of one integer each: counting the rows says all that there is to know.

use super::BUCKETS_MAX;
use super::maps::{INTEGERS, integer_within};

const LAST: f64 = (BUCKETS_MAX - 1) as f64;

/// Bucket k holds the integer `low + k`, and nothing else.
pub(super) struct Lattice {
    low: f64,
}

impl Lattice {
    /// With the integers of a sorted sample in its middle; none where it has others, or is too wide.
    pub(super) fn new(sample: &[f64]) -> Option<Self> {
        let (first, last) = (sample[0], sample[sample.len() - 1]);
        let room = LAST - (last - first);
        let fits = room >= 0.0 && first.abs().max(last.abs()) < INTEGERS / 2.0;
        let low = first - (room / 2.0).floor();
        (fits && sample.iter().all(|value| value.fract() == 0.0)).then_some(Self { low })
    }

    /// Appends the bucket of each value; false where one of them is not on the lattice.
    pub(super) fn find(&self, values: &[f64], buckets: &mut Vec<u16>) -> bool {
        let mut fits = true;
        buckets.extend(values.iter().map(|&value| {
            let rounded = integer_within(value - self.low, LAST);
            fits &= self.low + (rounded - INTEGERS) == value;
            rounded.to_bits() as u16
        }));
        fits
    }

    /// The bucket of the highest integer up to `value`.
    pub(super) fn of(&self, value: f64) -> usize {
        (value.floor() - self.low).clamp(0.0, LAST) as usize
    }

    pub(super) fn value(&self, bucket: usize) -> f64 {
        self.low + bucket as f64
    }
}
