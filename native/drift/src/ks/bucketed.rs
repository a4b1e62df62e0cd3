//! The largest gap in linear time: count in buckets, bound, look only into the buckets that can hold the maximum.

use super::cells::gap_inside;
use super::merge::Steps;
use crate::buckets::Buckets;

/// Buckets are looked into in rounds, highest bound first: the first round holds this many rows, since what it finds makes most of the
/// others needless.
const ROUND_ROWS_MIN: usize = 1 << 16;
/// How much larger each next round is, so that there are few: each goes over all values.
const ROUND_GROWTH: usize = 16;
/// Bounds the memory of a round.
const ROUND_ROWS_MAX: usize = 1 << 22;

/// max |i * m - j * n| over all values of both sides.
pub(super) fn gap_max(buckets: &Buckets) -> u128 {
    let (candidates, gap_max) = candidates(buckets);
    search_candidates(buckets, &candidates, gap_max)
}

/// The buckets of the first round.
pub(super) fn first_buckets(buckets: &Buckets) -> Vec<usize> {
    let (candidates, gap_max) = candidates(buckets);
    let (round, _) = split_round(&candidates, gap_max, ROUND_ROWS_MIN);
    round.iter().map(|candidate| candidate.bucket).collect()
}

/// The buckets that may hold the maximum, highest bound first, and the largest gap at a bucket's end.
fn candidates(buckets: &Buckets) -> (Vec<Candidate>, u128) {
    let (reference, current) = (&buckets.reference, &buckets.current);
    let steps = steps(buckets);
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
    candidates.sort_unstable_by(|a, b| b.bound.cmp(&a.bound).then(a.bucket.cmp(&b.bucket)));
    (candidates, gap_max)
}

fn steps(buckets: &Buckets) -> Steps {
    Steps::new(buckets.reference.values.len(), buckets.current.values.len())
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
fn search_candidates(buckets: &Buckets, candidates: &[Candidate], mut gap_max: u128) -> u128 {
    let steps = steps(buckets);
    let mut round_rows = ROUND_ROWS_MIN;
    let mut rest = candidates;
    loop {
        let (round, later) = split_round(rest, gap_max, round_rows);
        if round.is_empty() {
            return gap_max;
        }
        let wanted: Vec<usize> = round.iter().map(|candidate| candidate.bucket).collect();
        let mut reference_parts = buckets.reference.gather(&wanted);
        let mut current_parts = buckets.current.gather(&wanted);
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

/// The candidates of a round and those of later ones; none of either can be below the largest gap.
fn split_round(
    candidates: &[Candidate],
    gap_max: u128,
    round_rows: usize,
) -> (&[Candidate], &[Candidate]) {
    let left = &candidates[..candidates.partition_point(|c| c.bound > gap_max)];
    let mut rows = 0;
    let taken = left.iter().take_while(|c| {
        let has_room = rows < round_rows;
        rows += c.rows.0 + c.rows.1;
        has_room
    });
    left.split_at(taken.count())
}
