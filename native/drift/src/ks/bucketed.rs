//! The largest gap in linear time: count in buckets, bound, look only into the buckets that can hold the maximum.

use super::cells::gap_inside;
use super::merge::Steps;
use crate::buckets::{Buckets, Side};

/// Buckets are looked into in rounds, highest bound first: the first round holds this many rows, since what it finds makes most of the
/// others needless.
const ROUND_ROWS_MIN: usize = 1 << 16;
/// How much larger each next round is, so that there are few: each goes over all values.
const ROUND_GROWTH: usize = 16;
/// Bounds the memory of a round.
const ROUND_ROWS_MAX: usize = 1 << 22;

/// max |i * m - j * n| over all values of both sides.
pub(super) fn gap_max(buckets: &Buckets) -> u128 {
    let (reference, current) = (&buckets.reference, &buckets.current);
    let steps = Steps::new(reference.values.len(), current.values.len());
    let mut gap_max = 0;
    let mut candidates = Vec::new();
    let mut start = 0;
    for bucket in 0..buckets.len() {
        let rows = (
            reference.counts[bucket] as usize,
            current.counts[bucket] as usize,
        );
        let end = start + steps.gap(rows.0, rows.1);
        gap_max = gap_max.max(end.unsigned_abs());
        if rows.0 > 0 && rows.1 > 0 && !buckets.has_single_value(bucket) {
            candidates.push(Candidate {
                bucket,
                start,
                bound: steps.bound(start, rows),
                rows,
            });
        }
        start = end;
    }
    search_candidates(reference, current, candidates, gap_max, steps)
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

/// Looks into candidates, highest bound first, until no bound exceeds the largest gap.
fn search_candidates(
    reference: &Side,
    current: &Side,
    mut candidates: Vec<Candidate>,
    mut gap_max: u128,
    steps: Steps,
) -> u128 {
    candidates.sort_unstable_by(|a, b| b.bound.cmp(&a.bound).then(a.bucket.cmp(&b.bucket)));
    let mut round_rows = ROUND_ROWS_MIN;
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
        let wanted: Vec<usize> = round.iter().map(|candidate| candidate.bucket).collect();
        let mut reference_parts = reference.gather(&wanted);
        let mut current_parts = current.gather(&wanted);
        for (k, candidate) in round.iter().enumerate() {
            if candidate.bound > gap_max {
                let parts = (reference_parts.part(k), current_parts.part(k));
                gap_max = gap_inside(parts, candidate.start, steps, gap_max);
            }
        }
        rest = later;
        round_rows = (round_rows * ROUND_GROWTH).min(ROUND_ROWS_MAX);
    }
}
