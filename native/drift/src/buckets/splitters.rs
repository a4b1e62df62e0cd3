//! Which buckets there are, and which of them a value is in.

use super::edges::{BUCKETS_MAX, Edges};
use super::grid::Grid;
use super::lattice::Lattice;
use crate::ks::sort;

const BUCKETS_MIN: usize = 256;
/// Sampled rows for each bucket: masses then vary by about a third.
const SAMPLE_PER_BUCKET: usize = 8;
/// Sampled values (of some 300,000 rows) from which tens of thousands of buckets are worth their counting.
const MANY_FROM: usize = 16_384;
/// Values whose buckets are searched side by side.
const LANES: usize = 8;

/// One bucket an integer where all values are integers, buckets of equal width where they are spread, buckets between quantiles else.
pub(super) enum Splitters {
    Lattice(Lattice),
    Grid(Grid),
    Edges(Edges),
}

impl Splitters {
    /// From a sorted sample of both sides.
    pub(super) fn new(sample: &[f64]) -> Self {
        if sample.len() < MANY_FROM {
            return Self::quantiles(sample);
        }
        let lattice = Lattice::new(sample).map(Self::Lattice);
        lattice
            .or_else(|| Grid::new(sample).map(Self::Grid))
            .unwrap_or_else(|| Self::quantiles(sample))
    }

    /// For values of any kind.
    pub(super) fn quantiles(sample: &[f64]) -> Self {
        let buckets = sample.len() / SAMPLE_PER_BUCKET;
        Self::Edges(Edges::new(sample, buckets.min(BUCKETS_MAX)))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Lattice(_) | Self::Grid(_) => super::BUCKETS_MAX,
            Self::Edges(edges) => edges.buckets,
        }
    }

    /// The bucket of one value; all values of lower buckets are below it, all of higher ones above.
    pub(super) fn of(&self, value: f64) -> usize {
        if let Self::Lattice(lattice) = self {
            return lattice.of(value);
        }
        let mut bucket = Vec::with_capacity(1);
        self.find(&[value], &mut bucket);
        usize::from(bucket[0])
    }

    /// Appends the bucket of each value; false where these buckets are not for such values.
    pub(super) fn find(&self, values: &[f64], buckets: &mut Vec<u16>) -> bool {
        match self {
            Self::Lattice(lattice) => return lattice.find(values, buckets),
            Self::Grid(grid) => grid.find(values, buckets),
            Self::Edges(edges) => edges.find::<LANES>(values, buckets),
        }
        true
    }

    /// The only value that the bucket can hold, or none where there may be several.
    pub(super) fn single_value(&self, bucket: usize) -> Option<f64> {
        match self {
            Self::Lattice(lattice) => Some(lattice.value(bucket)),
            Self::Grid(_) => None,
            Self::Edges(edges) => edges.single_value(bucket),
        }
    }
}

/// An evenly spaced sample of both sides, sorted; the more rows the larger.
pub(super) fn sample(reference: &[f64], current: &[f64]) -> Vec<f64> {
    let rows = reference.len() + current.len();
    let buckets = (2 * rows.isqrt())
        .next_power_of_two()
        .clamp(BUCKETS_MIN, BUCKETS_MAX);
    let stride = (rows / (buckets * SAMPLE_PER_BUCKET)).max(1);
    let mut sample: Vec<f64> = spread(reference, stride)
        .chain(spread(current, stride))
        .collect();
    sort(&mut sample);
    sample
}

/// Every `stride`-th row from spots that a fixed multiplier scatters, so that a periodic order of rows does no harm.
fn spread(values: &[f64], stride: usize) -> impl Iterator<Item = f64> {
    values.chunks(stride).enumerate().map(|(k, chunk)| {
        let hash = (k as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        chunk[hash as usize % chunk.len()]
    })
}
