//! Bins of a numeric column: quantiles of the reference.

use crate::buckets::Buckets;

/// Ascending edges of right-closed bins with open tails: (-inf, e1], (e1, e2], ..., (ek, inf).
///
/// The edges are the quantiles i / `bins` (i = 1 .. bins - 1) of the reference by linear interpolation, as numpy's default, without
/// repeats. A constant reference gives three bins: below, at and above its value. The slice is reordered; it must hold no NaN.
/// Empty for an empty reference.
pub fn quantile_edges(reference: &mut [f64], bins: usize) -> Vec<f64> {
    let edges = quantiles(reference, &shares(bins));
    distinct_edges(edges, || is_constant(reference))
}

/// The same from values that are in buckets already.
pub(crate) fn bucketed_edges(buckets: &Buckets, bins: usize) -> Vec<f64> {
    let reference = buckets.reference.values;
    let shares = shares(bins);
    let ranks = ranks(reference.len(), &shares);
    let values = buckets.reference_at(&ranks);
    let at = |rank: usize| values[ranks.partition_point(|&known| known < rank)];
    let edges = interpolated(reference.len(), &shares, at);
    distinct_edges(edges, || is_constant(reference))
}

/// The buckets of the values between which the edges lie.
pub(crate) fn edge_buckets(buckets: &Buckets, bins: usize) -> Vec<usize> {
    buckets.of_ranks(&ranks(buckets.reference.values.len(), &shares(bins)))
}

fn shares(bins: usize) -> Vec<f64> {
    (1..bins).map(|i| i as f64 / bins as f64).collect()
}

fn distinct_edges(mut edges: Vec<f64>, is_constant: impl FnOnce() -> bool) -> Vec<f64> {
    edges.iter_mut().for_each(|edge| *edge += 0.0); // -0.0 and 0.0 are one edge
    edges.dedup();
    match edges.as_slice() {
        [only] if is_constant() => vec![only.next_down(), *only],
        _ => edges,
    }
}

/// The index of a value's bin, 0 to `edges.len()`.
pub fn bin_of(edges: &[f64], value: f64) -> usize {
    edges.partition_point(|&edge| edge < value)
}

/// How many of the values fall into each of the `edges.len() + 1` bins. Infinite values are in the tails.
pub fn count(edges: &[f64], values: &[f64]) -> Vec<u64> {
    let mut counts = vec![0u64; edges.len() + 1];
    for &value in values {
        counts[bin_of(edges, value)] += 1;
    }
    counts
}

/// How a person reads a bin.
pub fn label(lower: Option<f64>, upper: Option<f64>) -> String {
    match (lower, upper) {
        (None, None) => "all".into(),
        (None, Some(upper)) => format!("<= {}", short(upper)),
        (Some(lower), None) => format!("> {}", short(lower)),
        (Some(lower), Some(upper)) if lower.next_up() == upper => format!("= {}", short(upper)),
        (Some(lower), Some(upper)) => format!("{} - {}", short(lower), short(upper)),
    }
}

/// Quantiles of the values at ascending shares, linearly interpolated: numpy's `quantile` to the last bit, for finite values. Where
/// one neighbour is infinite the nearer one is taken.
pub fn quantiles(values: &mut [f64], shares: &[f64]) -> Vec<f64> {
    if values.is_empty() {
        return Vec::new();
    }
    select(values, 0, &ranks(values.len(), shares));
    interpolated(values.len(), shares, |rank| values[rank])
}

/// The ranks between which quantiles of so many values lie, ascending, each once.
fn ranks(rows: usize, shares: &[f64]) -> Vec<usize> {
    let last = rows - 1;
    let below = shares.iter().map(|share| (last as f64 * share) as usize);
    let mut ranks: Vec<usize> = below
        .flat_map(|rank| [rank, (rank + 1).min(last)])
        .collect();
    ranks.sort_unstable();
    ranks.dedup();
    ranks
}

fn interpolated(rows: usize, shares: &[f64], value_at: impl Fn(usize) -> f64) -> Vec<f64> {
    let last = rows - 1;
    let at = |share: &f64| {
        let position = last as f64 * share;
        let below = position as usize;
        interpolate(
            value_at(below),
            value_at((below + 1).min(last)),
            position - below as f64,
        )
    };
    shares.iter().map(at).collect()
}

/// Puts the values of the given ascending ranks in their sorted places, the middle rank first: time n log(ranks).
fn select(values: &mut [f64], offset: usize, ranks: &[usize]) {
    if ranks.is_empty() || values.len() < 2 {
        return;
    }
    let middle = ranks.len() / 2;
    let place = ranks[middle] - offset;
    let (left, _, right) = values.select_nth_unstable_by(place, f64::total_cmp);
    select(left, offset, &ranks[..middle]);
    select(right, offset + place + 1, &ranks[middle + 1..]);
}

/// numpy's: from the nearer end, so that equal ends give themselves.
fn interpolate(low: f64, high: f64, share: f64) -> f64 {
    let gap = high - low;
    if !gap.is_finite() {
        return if low == high || share < 0.5 {
            low
        } else {
            high
        };
    }
    if share >= 0.5 {
        high - gap * (1.0 - share)
    } else {
        low + gap * share
    }
}

fn is_constant(values: &[f64]) -> bool {
    values
        .first()
        .is_some_and(|first| values.iter().all(|value| value == first))
}

fn short(value: f64) -> String {
    let rounded: f64 = format!("{value:.3e}").parse().unwrap_or(value);
    format!("{rounded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_as_numpy() {
        // numpy.quantile([3, 1, 4, 1, 5, 9, 2, 6], [.25, .5, .75])
        assert_eq!(
            quantile_edges(&mut [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0], 4),
            [1.75, 3.5, 5.25]
        );
    }

    #[test]
    fn repeats_go_and_a_constant_has_three_bins() {
        assert_eq!(quantile_edges(&mut [0.0, 0.0, 0.0, 0.0, 7.0], 4), [0.0]);
        let edges = quantile_edges(&mut [2.0; 9], 10);
        assert_eq!(count(&edges, &[1.0, 2.0, 2.0, 3.0]), [1, 2, 1]);
        assert_eq!(label(Some(edges[0]), Some(edges[1])), "= 2");
    }

    #[test]
    fn bins_are_right_closed_and_take_infinities() {
        assert_eq!(
            count(
                &[1.0, 2.0],
                &[f64::NEG_INFINITY, 1.0, 1.5, 2.0, 2.1, f64::INFINITY]
            ),
            [2, 2, 2]
        );
    }

    #[test]
    fn infinite_references_give_no_nan() {
        let (inf, ninf) = (f64::INFINITY, f64::NEG_INFINITY);
        for mut values in [
            vec![ninf, 1.0, 2.0, inf],
            vec![ninf, inf],
            vec![inf, inf],
            vec![ninf, ninf, 5.0],
        ] {
            assert!(
                quantile_edges(&mut values, 10)
                    .iter()
                    .all(|edge| !edge.is_nan())
            );
        }
    }

    #[test]
    fn minus_zero_is_zero() {
        assert_eq!(
            count(&quantile_edges(&mut [-0.0, 0.0, 0.0], 10), &[-0.0, 0.0]),
            [0, 2, 0]
        );
    }

    #[test]
    fn a_reference_without_rows_has_no_edges() {
        assert!(quantile_edges(&mut [], 10).is_empty());
    }
}
