//! The largest gap in linear time: count in buckets, bound, sort only the buckets that can hold the maximum.

use super::merge::{Steps, gap_max_of_sorted, sort};

/// At most this many buckets: their edges fill 64 KiB, which a second-level cache holds.
const BUCKETS_MAX: usize = 8192;
const BUCKETS_MIN: usize = 256;
/// Sampled rows for each bucket: masses then vary by about a third.
const SAMPLE_PER_BUCKET: usize = 8;
/// Values whose buckets are searched side by side.
const LANES: usize = 8;
/// Buckets are sorted in rounds, highest bound first; each round holds at least this many rows.
const ROUND_ROWS_MIN: usize = 1 << 16;

/// max |i * m - j * n| over all values of both sides.
pub(super) fn gap_max(reference: &[f64], current: &[f64]) -> u128 {
    let steps = Steps::new(reference.len(), current.len());
    let splitters = Splitters::from_sample(reference, current);
    let (reference, current) = (
        Side::count(reference, &splitters),
        Side::count(current, &splitters),
    );
    let mut gap_max = 0;
    let mut candidates = Vec::new();
    let mut start = 0;
    for bucket in 0..splitters.buckets {
        let rows = (
            reference.counts[bucket] as usize,
            current.counts[bucket] as usize,
        );
        let end = start + steps.gap(rows.0, rows.1);
        gap_max = gap_max.max(end.unsigned_abs());
        if rows.0 > 0 && rows.1 > 0 && !splitters.has_single_value(bucket) {
            // The gap is highest if all reference rows come first, lowest if all current rows do.
            let high = (start + steps.gap(rows.0, 0)).unsigned_abs();
            let low = (start + steps.gap(0, rows.1)).unsigned_abs();
            candidates.push(Candidate {
                bucket,
                start,
                bound: high.max(low),
                rows,
            });
        }
        start = end;
    }
    sort_candidates(&reference, &current, candidates, gap_max, steps)
}

/// A bucket that may hold the maximum.
#[derive(Clone, Copy)]
struct Candidate {
    bucket: usize,
    /// The gap before the bucket's first value.
    start: i128,
    /// No gap inside the bucket is larger.
    bound: u128,
    /// Rows of the reference and of the current side.
    rows: (usize, usize),
}

/// Sorts candidates, highest bound first, until no bound exceeds the largest gap.
fn sort_candidates(
    reference: &Side,
    current: &Side,
    mut candidates: Vec<Candidate>,
    mut gap_max: u128,
    steps: Steps,
) -> u128 {
    candidates.sort_unstable_by(|a, b| b.bound.cmp(&a.bound).then(a.bucket.cmp(&b.bucket)));
    let round_rows = ROUND_ROWS_MIN.max((reference.values.len() + current.values.len()) / 8);
    let mut rest = candidates.as_slice();
    loop {
        rest = &rest[..rest.partition_point(|c| c.bound > gap_max)];
        if rest.is_empty() {
            return gap_max;
        }
        let mut rows = 0;
        let taken = rest.iter().take_while(|c| {
            let has_room = rows < round_rows;
            rows += c.rows.0 + c.rows.1;
            has_room
        });
        let (round, later) = rest.split_at(taken.count());
        let mut reference_parts = reference.gather(round);
        let mut current_parts = current.gather(round);
        for (k, candidate) in round.iter().enumerate() {
            if candidate.bound > gap_max {
                let (r, c) = (reference_parts.part(k), current_parts.part(k));
                sort(r);
                sort(c);
                gap_max = gap_max.max(gap_max_of_sorted(r, c, candidate.start, steps));
            }
        }
        rest = later;
    }
}

/// Bucket k holds the values v with `edges[k - 1] <= v < edges[k]`.
struct Splitters {
    /// Ascending edges, then NaN: no value is at or above those.
    edges: Box<[f64; BUCKETS_MAX]>,
    buckets: usize,
    /// Steps of the binary search.
    levels: u32,
}

impl Splitters {
    /// Quantiles of an evenly spaced sample of both sides. A value that fills a bucket gets one of its own.
    fn from_sample(reference: &[f64], current: &[f64]) -> Self {
        let rows = reference.len() + current.len();
        let wanted = (2 * rows.isqrt())
            .next_power_of_two()
            .clamp(BUCKETS_MIN, BUCKETS_MAX);
        let stride = (rows / (wanted * SAMPLE_PER_BUCKET)).max(1);
        let mut sample: Vec<f64> = spread(reference, stride)
            .chain(spread(current, stride))
            .collect();
        sort(&mut sample);
        let mut edges = Box::new([f64::NAN; BUCKETS_MAX]);
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
        Self {
            edges,
            buckets: used + 1,
            levels: (used + 1).next_power_of_two().trailing_zeros(),
        }
    }

    /// For each value the number of edges at or below it: binary searches without branches, side by side so that the
    /// processor overlaps their waits for memory.
    fn buckets<const LANES: usize>(&self, values: &[f64; LANES]) -> [u16; LANES] {
        let mut found = [0; LANES];
        for level in (0..self.levels).rev() {
            let half = 1 << level;
            for lane in 0..LANES {
                let is_above =
                    self.edges[(found[lane] + half - 1) & (BUCKETS_MAX - 1)] <= values[lane];
                found[lane] += usize::from(is_above) << level;
            }
        }
        found.map(|bucket| bucket as u16)
    }

    fn has_single_value(&self, bucket: usize) -> bool {
        bucket > 0
            && bucket + 1 < self.buckets
            && self.edges[bucket - 1].next_up() == self.edges[bucket]
    }
}

/// Every `stride`-th row from spots that a fixed multiplier scatters, so that a periodic order of rows does no harm.
fn spread(values: &[f64], stride: usize) -> impl Iterator<Item = f64> {
    values.chunks(stride).enumerate().map(|(k, chunk)| {
        let hash = (k as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        chunk[hash as usize % chunk.len()]
    })
}

/// One side's values, the bucket of each, and each bucket's rows.
struct Side<'a> {
    values: &'a [f64],
    buckets: Vec<u16>,
    counts: Vec<u64>,
}

impl<'a> Side<'a> {
    fn count(values: &'a [f64], splitters: &Splitters) -> Self {
        let mut buckets = Vec::with_capacity(values.len());
        let (groups, rest) = values.as_chunks::<LANES>();
        for group in groups {
            buckets.extend_from_slice(&splitters.buckets(group));
        }
        buckets.extend(rest.iter().map(|&value| splitters.buckets(&[value])[0]));
        let mut counts = vec![0; splitters.buckets];
        for &bucket in &buckets {
            counts[usize::from(bucket)] += 1;
        }
        Self {
            values,
            buckets,
            counts,
        }
    }

    /// The values of the candidates' buckets, bucket by bucket.
    fn gather(&self, candidates: &[Candidate]) -> Parts {
        const UNWANTED: usize = usize::MAX;
        let mut next = vec![UNWANTED; self.counts.len()];
        let mut starts = Vec::with_capacity(candidates.len() + 1);
        let mut rows = 0;
        for candidate in candidates {
            starts.push(rows);
            next[candidate.bucket] = rows;
            rows += self.counts[candidate.bucket] as usize;
        }
        starts.push(rows);
        let mut values = vec![0.0; rows];
        for (&value, &bucket) in self.values.iter().zip(&self.buckets) {
            let spot = &mut next[usize::from(bucket)];
            if *spot != UNWANTED {
                values[*spot] = value;
                *spot += 1;
            }
        }
        Parts { values, starts }
    }
}

/// Values of several buckets; part k stands at `starts[k]..starts[k + 1]`.
struct Parts {
    values: Vec<f64>,
    starts: Vec<usize>,
}

impl Parts {
    fn part(&mut self, k: usize) -> &mut [f64] {
        &mut self.values[self.starts[k]..self.starts[k + 1]]
    }
}
