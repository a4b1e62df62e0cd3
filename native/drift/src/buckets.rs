//! Both sides of a column, each value's bucket found once: quantiles, counts up to edges and the largest gap of the two distribution
//! functions all follow from how many values are in which bucket, and from the values of a few of them.

mod guide;
mod splitters;

use crate::ks::sort;
use splitters::Splitters;

/// Rows (both sides together) from which bucketing beats sorting and selecting.
pub(crate) const BUCKETED_ROWS_MIN: usize = 50_000;

/// A reference and current values, counted in buckets between quantiles of a sample of both. Neither side has a NaN.
pub(crate) struct Buckets<'a> {
    splitters: Splitters,
    pub(crate) reference: Side<'a>,
    pub(crate) current: Side<'a>,
}

/// Memory that one column leaves to the next: what is millions of rows long is new to the processor each time it is allocated.
#[derive(Debug, Default)]
pub struct Scratch {
    buckets: [Vec<u16>; 2],
}

impl<'a> Buckets<'a> {
    pub(crate) fn new(reference: &'a [f64], current: &'a [f64], scratch: &'a mut Scratch) -> Self {
        let splitters = Splitters::from_sample(reference, current);
        let [before, now] = &mut scratch.buckets;
        let (reference, current) = (
            Side::count(reference, &splitters, before),
            Side::count(current, &splitters, now),
        );
        Self {
            splitters,
            reference,
            current,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.splitters.buckets
    }

    /// Whether the bucket can hold one value only.
    pub(crate) fn has_single_value(&self, bucket: usize) -> bool {
        self.splitters.single_value(bucket).is_some()
    }

    /// The reference's values at ascending ranks, as if it were sorted.
    pub(crate) fn reference_at(&self, ranks: &[usize]) -> Vec<f64> {
        let before = self.reference.rows_before();
        let bucket_of = |rank: usize| before.partition_point(|&rows| rows <= rank) - 1;
        let mut wanted: Vec<usize> = ranks.iter().map(|&rank| bucket_of(rank)).collect();
        wanted.dedup();
        let mut parts = self.reference.gather(&self.unknown(&wanted));
        parts.sort();
        let value = |&rank: &usize| {
            let bucket = bucket_of(rank);
            self.splitters
                .single_value(bucket)
                .unwrap_or_else(|| parts.of(bucket)[rank - before[bucket]])
        };
        ranks.iter().map(value).collect()
    }

    /// How many values of either side are in each of the `edges.len() + 1` right-closed bins with open tails; edges ascend.
    pub(crate) fn counts(&self, edges: &[f64]) -> [Vec<u64>; 2] {
        let buckets: Vec<usize> = edges.iter().map(|&edge| self.splitters.of(edge)).collect();
        let mut wanted = buckets.clone();
        wanted.dedup();
        let wanted = self.unknown(&wanted);
        [&self.reference, &self.current].map(|side| {
            let (before, parts) = (side.rows_before(), side.gather(&wanted));
            let rows_up_to = |(&edge, &bucket): (&f64, &usize)| {
                let inside = match self.splitters.single_value(bucket) {
                    Some(_) => side.counts[bucket] as usize,
                    None => parts.of(bucket).iter().filter(|&&v| v <= edge).count(),
                };
                (before[bucket] + inside) as u64
            };
            let mut ends: Vec<u64> = edges.iter().zip(&buckets).map(rows_up_to).collect();
            ends.push(side.values.len() as u64);
            let starts = std::iter::once(0).chain(ends.iter().copied());
            ends.iter()
                .zip(starts)
                .map(|(end, start)| end - start)
                .collect()
        })
    }

    /// Those whose values must be looked at.
    fn unknown(&self, buckets: &[usize]) -> Vec<usize> {
        let unknown = buckets.iter().filter(|&&b| !self.has_single_value(b));
        unknown.copied().collect()
    }
}

/// Values whose buckets are searched side by side.
const LANES: usize = 8;
/// A value is rare where fewer than one in so many are wanted.
const RARE: usize = 100;

/// One side's values, the bucket of each, and each bucket's rows.
pub(crate) struct Side<'a> {
    pub(crate) values: &'a [f64],
    buckets: &'a [u16],
    pub(crate) counts: Vec<u64>,
}

impl<'a> Side<'a> {
    fn count(values: &'a [f64], splitters: &Splitters, buckets: &'a mut Vec<u16>) -> Self {
        splitters.find::<LANES>(values, buckets);
        // Four tables: neighbours are often of one bucket, and an addition need not wait for the one before it.
        let mut tables = vec![[0u32; 4]; splitters.buckets];
        let mut counts = vec![0; splitters.buckets];
        // A table holds what fits 32 bits.
        for stretch in buckets.chunks(1 << 31) {
            let (groups, rest) = stretch.as_chunks::<4>();
            for group in groups {
                for lane in 0..4 {
                    tables[usize::from(group[lane])][lane] += 1;
                }
            }
            for &bucket in rest {
                tables[usize::from(bucket)][0] += 1;
            }
            for (count, table) in counts.iter_mut().zip(&mut tables) {
                *count += table.iter().map(|&rows| u64::from(rows)).sum::<u64>();
                *table = [0; 4];
            }
        }
        Self {
            values,
            buckets,
            counts,
        }
    }

    /// Rows before each bucket.
    fn rows_before(&self) -> Vec<usize> {
        let before = self.counts.iter().scan(0, |rows, &count| {
            let start = *rows;
            *rows += count as usize;
            Some(start)
        });
        before.collect()
    }

    /// The values of some buckets, bucket by bucket in the order asked for, each bucket once.
    pub(crate) fn gather(&self, wanted: &[usize]) -> Parts {
        if wanted.is_empty() {
            return Parts::default();
        }
        let mut starts = Vec::with_capacity(wanted.len() + 1);
        let mut rows = 0;
        for &bucket in wanted {
            starts.push(rows);
            rows += self.counts[bucket] as usize;
        }
        starts.push(rows);
        // One more place, for what nobody wants.
        let mut values = vec![0.0; rows + 1];
        let mut next = vec![rows; self.counts.len()];
        for (&bucket, &start) in wanted.iter().zip(&starts) {
            next[bucket] = start;
        }
        if rows > self.values.len() / RARE {
            self.pick_many(&mut values, &mut next);
        } else {
            self.pick_few(&mut values, &mut next);
        }
        values.truncate(rows);
        Parts {
            buckets: wanted.to_vec(),
            values,
            starts,
        }
    }

    /// Branches on each value: cheap where nearly all go the same way.
    fn pick_few(&self, picked: &mut [f64], next: &mut [usize]) {
        let unwanted = picked.len() - 1;
        for (&value, &bucket) in self.values.iter().zip(self.buckets) {
            let spot = &mut next[usize::from(bucket)];
            if *spot != unwanted {
                picked[*spot] = value;
                *spot += 1;
            }
        }
    }

    /// Writes each value somewhere, so that no branch can be mispredicted. A wanted bucket's spot reaches the place for the unwanted only
    /// after its last value.
    fn pick_many(&self, picked: &mut [f64], next: &mut [usize]) {
        let unwanted = picked.len() - 1;
        for (&value, &bucket) in self.values.iter().zip(self.buckets) {
            let spot = &mut next[usize::from(bucket)];
            picked[*spot] = value;
            *spot += usize::from(*spot != unwanted);
        }
    }
}

/// Values of several buckets; part k stands at `starts[k]..starts[k + 1]`.
#[derive(Default)]
pub(crate) struct Parts {
    buckets: Vec<usize>,
    values: Vec<f64>,
    starts: Vec<usize>,
}

impl Parts {
    pub(crate) fn part(&mut self, k: usize) -> &mut [f64] {
        &mut self.values[self.starts[k]..self.starts[k + 1]]
    }

    /// The values of a bucket that was asked for; none of any other.
    fn of(&self, bucket: usize) -> &[f64] {
        let place = self.buckets.iter().position(|&known| known == bucket);
        place.map_or(&[], |k| &self.values[self.starts[k]..self.starts[k + 1]])
    }

    fn sort(&mut self) {
        for k in 0..self.buckets.len() {
            sort(self.part(k));
        }
    }
}

#[cfg(test)]
mod tests;
