//! Both sides of a column, each value's bucket found once: quantiles, counts up to edges and the largest gap of the two distribution
//! functions all follow from how many values are in which bucket, and from the values of a few of them.

mod edges;
mod grid;
mod guide;
mod lattice;
mod maps;
mod splitters;

use crate::ks::sort;
use splitters::Splitters;

/// Rows (both sides together) from which bucketing beats sorting and selecting.
pub(crate) const BUCKETED_ROWS_MIN: usize = 50_000;

/// A reference and current values, counted in buckets that a sample of both suggests. Neither side has a NaN.
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
        let sample = splitters::sample(reference, current);
        let mut splitters = Splitters::new(&sample);
        let [before, now] = &mut scratch.buckets;
        let count = |splitters: &Splitters, (a, b): (&mut Vec<u16>, &mut Vec<u16>)| {
            Some([
                find_and_count(reference, splitters, a)?,
                find_and_count(current, splitters, b)?,
            ])
        };
        let counts = count(&splitters, (before, now)).unwrap_or_else(|| {
            // The sample promised what the rows do not keep.
            splitters = Splitters::quantiles(&sample);
            count(&splitters, (before, now)).unwrap_or_default()
        });
        let [of_reference, of_current] = counts;
        let side = |values, buckets, counts| Side {
            values,
            buckets,
            counts,
            known: Parts::default(),
        };
        Self {
            reference: side(reference, before, of_reference),
            current: side(current, now, of_current),
            splitters,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.splitters.len()
    }

    /// Takes the values of these buckets out of both sides in one pass, so that no later question goes over all rows for them.
    pub(crate) fn look_into(&mut self, mut wanted: Vec<usize>) {
        wanted.sort_unstable();
        wanted.dedup();
        let wanted = self.unknown(&wanted);
        for side in [&mut self.reference, &mut self.current] {
            side.known = side.gather(&wanted);
        }
    }

    /// Whether the bucket can hold one value only.
    pub(crate) fn has_single_value(&self, bucket: usize) -> bool {
        self.splitters.single_value(bucket).is_some()
    }

    /// The buckets of the reference's values at ascending ranks, one a rank.
    pub(crate) fn of_ranks(&self, ranks: &[usize]) -> Vec<usize> {
        let before = self.reference.rows_before();
        let of_rank = |&rank: &usize| before.partition_point(|&rows| rows <= rank) - 1;
        ranks.iter().map(of_rank).collect()
    }

    /// The reference's values at ascending ranks, as if it were sorted.
    pub(crate) fn reference_at(&self, ranks: &[usize]) -> Vec<f64> {
        let before = self.reference.rows_before();
        let buckets = self.of_ranks(ranks);
        let mut wanted = buckets.clone();
        wanted.dedup();
        let mut parts = self.reference.gather(&self.unknown(&wanted));
        parts.sort();
        let value = |(&rank, bucket): (&usize, usize)| {
            self.splitters
                .single_value(bucket)
                .unwrap_or_else(|| parts.of(bucket)[rank - before[bucket]])
        };
        ranks.iter().zip(buckets).map(value).collect()
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
                    Some(value) if value > edge => 0,
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

/// As many as 16 bits number, whatever kind of buckets they are.
const BUCKETS_MAX: usize = 1 << 16;
/// Values whose buckets are found, then counted, before the next ones: what a first-level cache holds.
const STRETCH: usize = 4096;
/// Counts are kept so many times, and added up at the end.
const TABLES: usize = 2;

/// One side's values, the bucket of each, and each bucket's rows.
pub(crate) struct Side<'a> {
    pub(crate) values: &'a [f64],
    buckets: &'a [u16],
    pub(crate) counts: Vec<u64>,
    /// What was looked into already.
    known: Parts,
}

impl<'a> Side<'a> {
    /// Rows before each bucket.
    fn rows_before(&self) -> Vec<usize> {
        let before = self.counts.iter().scan(0, |rows, &count| {
            let start = *rows;
            *rows += count as usize;
            Some(start)
        });
        before.collect()
    }

    /// The values of some buckets, bucket by bucket in the order asked for, each bucket once. A pass over all values where some of them
    /// are not known yet.
    pub(crate) fn gather(&self, wanted: &[usize]) -> Parts {
        let mut starts = vec![0];
        for &bucket in wanted {
            starts.push(starts[starts.len() - 1] + self.counts[bucket] as usize);
        }
        let mut values = vec![0.0; starts[wanted.len()]];
        let mut next = vec![None; self.counts.len()];
        let mut is_known = true;
        for (&bucket, ends) in wanted.iter().zip(starts.windows(2)) {
            let known = self.known.of(bucket);
            if known.is_empty() && ends[0] < ends[1] {
                next[bucket] = Some(ends[0]);
                is_known = false;
            } else {
                values[ends[0]..ends[1]].copy_from_slice(known);
            }
        }
        if !is_known {
            self.pick(&mut values, &mut next);
        }
        Parts {
            buckets: wanted.to_vec(),
            values,
            starts,
        }
    }

    /// Puts each value of a bucket that has a spot there. In two steps, first which rows, then their values: no branch depends on a value,
    /// and what nobody wants costs a look at a bit.
    fn pick(&self, picked: &mut [f64], next: &mut [Option<usize>]) {
        // One bit a bucket, which a first-level cache holds.
        let mut wanted = [0u64; BUCKETS_MAX / 64];
        for bucket in (0..next.len()).filter(|&bucket| next[bucket].is_some()) {
            wanted[bucket / 64] |= 1 << (bucket % 64);
        }
        let mut rows = [0u16; STRETCH];
        let stretches = self
            .values
            .chunks(STRETCH)
            .zip(self.buckets.chunks(STRETCH));
        for (values, buckets) in stretches {
            let mut found = 0;
            for (row, &bucket) in buckets.iter().enumerate() {
                rows[found % STRETCH] = row as u16;
                found += (wanted[usize::from(bucket / 64)] >> (bucket % 64) & 1) as usize;
            }
            for &row in &rows[..found] {
                let row = usize::from(row);
                if let Some(spot) = &mut next[usize::from(buckets[row])] {
                    picked[*spot] = values[row];
                    *spot += 1;
                }
            }
        }
    }
}

/// Puts the bucket of each value in place of what `buckets` holds; the rows of each bucket, or none where these buckets are not for
/// such values.
fn find_and_count(
    values: &[f64],
    splitters: &Splitters,
    buckets: &mut Vec<u16>,
) -> Option<Vec<u64>> {
    buckets.clear();
    buckets.reserve(values.len());
    // Several tables: neighbours are often of one bucket, and an addition need not wait for the one before it.
    let mut tables = vec![[0u32; TABLES]; splitters.len()];
    let mut counts = vec![0; splitters.len()];
    // A table holds what fits 32 bits.
    for many in values.chunks(1 << 31) {
        for stretch in many.chunks(STRETCH) {
            let start = buckets.len();
            if !splitters.find(stretch, buckets) {
                return None;
            }
            count_into(&mut tables, &buckets[start..]);
        }
        for (count, table) in counts.iter_mut().zip(&mut tables) {
            *count += table.iter().map(|&rows| u64::from(rows)).sum::<u64>();
            *table = [0; TABLES];
        }
    }
    Some(counts)
}

fn count_into(tables: &mut [[u32; TABLES]], buckets: &[u16]) {
    let (groups, rest) = buckets.as_chunks::<TABLES>();
    for group in groups {
        for lane in 0..TABLES {
            tables[usize::from(group[lane])][lane] += 1;
        }
    }
    for &bucket in rest {
        tables[usize::from(bucket)][0] += 1;
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
