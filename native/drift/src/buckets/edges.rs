//! Buckets between quantiles of a sample, and which of them a value is in.

use super::guide::Guide;

/// At most this many buckets: their edges fill 64 KiB, which a second-level cache holds.
pub(super) const BUCKETS_MAX: usize = 8192;

/// Bucket k holds the values v with `edges[k - 1] <= v < edges[k]`.
pub(super) struct Edges {
    /// Ascending edges, then NaN: no value is at or above those. Twice as long as can be, so that a search may overshoot.
    edges: Box<[f64; 2 * BUCKETS_MAX]>,
    pub(super) buckets: usize,
    guide: Guide,
}

impl Edges {
    /// Quantiles of a sorted sample. A value that fills a bucket gets one of its own.
    pub(super) fn new(sample: &[f64], wanted: usize) -> Self {
        let mut edges = Box::new([f64::NAN; 2 * BUCKETS_MAX]);
        // A repeated quantile takes two edges (the value, the next one up) in place of its two or more repeats.
        let mut used = 0;
        let mut previous = None;
        for k in 1..wanted {
            let value = sample[k * sample.len() / wanted];
            let repeats = previous == Some(value);
            previous = Some(value);
            let edge = if repeats { value.next_up() } else { value };
            if used == 0 || edges[used - 1] < edge {
                edges[used] = edge;
                used += 1;
            }
        }
        let guide = Guide::new(&edges[..used]);
        Self {
            edges,
            buckets: used + 1,
            guide,
        }
    }

    /// Appends the bucket of each value.
    pub(super) fn find<const LANES: usize>(&self, values: &[f64], buckets: &mut Vec<u16>) {
        match &self.guide {
            Guide::Linear(map, cells) => {
                let first = |value| cells.first(map.cell(value));
                self.search::<LANES>(values, first, cells.levels, buckets);
            }
            Guide::Bits(map, cells) => {
                let first = |value| cells.first(map.cell(value));
                self.search::<LANES>(values, first, cells.levels, buckets);
            }
        }
    }

    /// Branch-free binary searches from where the guide says, side by side so that the processor overlaps their waits for memory.
    #[inline(always)]
    fn search<const LANES: usize>(
        &self,
        values: &[f64],
        first: impl Fn(f64) -> usize,
        levels: u32,
        buckets: &mut Vec<u16>,
    ) {
        let (groups, rest) = values.as_chunks::<LANES>();
        for group in groups {
            let mut found = group.map(&first);
            for level in (0..levels).rev() {
                let half = 1 << level;
                for lane in 0..LANES {
                    let edge = self.edges[(found[lane] + half - 1) & (2 * BUCKETS_MAX - 1)];
                    found[lane] += usize::from(edge <= group[lane]) << level;
                }
            }
            buckets.extend(found.map(|bucket| bucket as u16));
        }
        buckets.extend(rest.iter().map(|&value| {
            let found = first(value);
            let above = self.edges[found..]
                .iter()
                .take_while(|&&edge| edge <= value);
            (found + above.count()) as u16
        }));
    }

    #[cfg(test)]
    pub(super) fn edges_up_to(&self, value: f64) -> usize {
        self.edges.iter().filter(|&&edge| edge <= value).count()
    }

    /// The only value that the bucket can hold, or none where there may be several.
    pub(super) fn single_value(&self, bucket: usize) -> Option<f64> {
        let lower = self.edges[bucket.checked_sub(1)?];
        (bucket + 1 < self.buckets && lower.next_up() == self.edges[bucket]).then_some(lower)
    }
}
