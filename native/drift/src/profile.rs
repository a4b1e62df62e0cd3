//! What stays of a data set so that others can be compared with it later: integer counts and edges.

use crate::bins::{bin_of, quantiles};
use crate::categories::Counts;
use crate::column::{Column, Counted, KsResult, Rules, compare_categories, numeric_column};
use crate::kolmogorov::ks_two_sample_p;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the stored form.
pub const VERSION: u32 = 1;
/// Bins kept of a numeric column for each bin that PSI uses: they bound the error of the binned KS.
const FINE: usize = 10;

/// What two profiles do not have in common.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProfileError {
    /// The stored form is of another version.
    #[error("the profile is of version {0}, not of {VERSION}")]
    Version(u32),
    /// A column is in one of them only.
    #[error("column \"{0}\" is in one profile only")]
    Column(String),
    /// A column's kind or edges differ.
    #[error("column \"{0}\" has other edges or another kind")]
    Edges(String),
}

/// A data set's profile: small, and mergeable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// [`VERSION`].
    pub version: u32,
    /// Rows of the data set.
    pub rows: u64,
    /// By column name.
    pub columns: BTreeMap<String, ColumnProfile>,
}

/// What is kept of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum ColumnProfile {
    /// Numbers: counts between fine edges; the edges of the PSI's bins are among them.
    Numeric {
        /// Ascending, without repeats.
        edges: Vec<f64>,
        /// Positions of the PSI's edges among `edges`.
        coarse: Vec<usize>,
        /// One more than edges.
        counts: Vec<u64>,
        /// Rows without a value.
        missing: u64,
    },
    /// Text.
    Categorical {
        /// Rows by category.
        counts: Counts,
        /// Rows without a value.
        missing: u64,
    },
    /// True and false.
    Boolean {
        /// Rows by `true` and `false`.
        counts: Counts,
        /// Rows without a value.
        missing: u64,
    },
}

impl ColumnProfile {
    /// The profile of numbers (no NaN among them; reordered), with edges of their own. Infinite quantiles are no edges.
    pub fn of_numbers(values: &mut [f64], missing: u64, bins: usize) -> Self {
        let all = bins * FINE;
        let shares: Vec<f64> = (1..all).map(|i| i as f64 / all as f64).collect();
        let found: Vec<f64> = quantiles(values, &shares)
            .into_iter()
            .map(|edge| edge + 0.0)
            .collect();
        let coarse_values: Vec<f64> = found.iter().skip(FINE - 1).step_by(FINE).copied().collect();
        let mut edges: Vec<f64> = found.into_iter().filter(|edge| edge.is_finite()).collect();
        edges.dedup();
        if let ([only], true) = (
            edges.as_slice(),
            values.iter().all(|value| *value == values[0]),
        ) {
            edges = vec![only.next_down(), *only];
        }
        let is_coarse = |edge: &f64| {
            coarse_values.contains(edge) || edges.len() == 2 && edges[0].next_up() == edges[1]
        };
        let coarse = (0..edges.len()).filter(|&i| is_coarse(&edges[i])).collect();
        Self::count_numbers(edges, coarse, values, missing)
    }

    /// The profile of numbers in the edges of this one; of no numbers where this one has none.
    pub fn same_edges(&self, values: &[f64], missing: u64) -> Option<Self> {
        match self {
            Self::Numeric { edges, coarse, .. } => Some(Self::count_numbers(
                edges.clone(),
                coarse.clone(),
                values,
                missing,
            )),
            _ => None,
        }
    }

    fn count_numbers(edges: Vec<f64>, coarse: Vec<usize>, values: &[f64], missing: u64) -> Self {
        let mut counts = vec![0; edges.len() + 1];
        for &value in values {
            counts[bin_of(&edges, value)] += 1;
        }
        Self::Numeric {
            edges,
            coarse,
            counts,
            missing,
        }
    }

    fn merge(&mut self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Numeric {
                    edges,
                    coarse,
                    counts,
                    missing,
                },
                Self::Numeric {
                    edges: e,
                    coarse: k,
                    counts: c,
                    missing: m,
                },
            ) if edges == e && coarse == k => {
                counts
                    .iter_mut()
                    .zip(c)
                    .for_each(|(own, more)| *own += more);
                *missing += m;
                true
            }
            (
                Self::Categorical { counts, missing },
                Self::Categorical {
                    counts: c,
                    missing: m,
                },
            )
            | (
                Self::Boolean { counts, missing },
                Self::Boolean {
                    counts: c,
                    missing: m,
                },
            ) => {
                c.iter()
                    .for_each(|(label, more)| *counts.entry(label.clone()).or_default() += more);
                *missing += m;
                true
            }
            _ => false,
        }
    }

    /// Compares a column with current rows that were counted in its edges. `None` where a side has no values, or the kinds differ.
    ///
    /// PSI and chi-squared are as from the rows. KS is the largest gap at the edges, and `d_error_max` says how far the true D may lie
    /// above it: inside a bin the gap cannot exceed those at its ends by more than the smaller of the two masses.
    pub fn compare(&self, current: &Self, rules: &Rules) -> Option<Column> {
        match (self, current) {
            (
                Self::Numeric {
                    edges,
                    coarse,
                    counts,
                    missing,
                },
                Self::Numeric {
                    counts: current,
                    missing: current_missing,
                    ..
                },
            ) => {
                let ks = binned_ks(counts, current)?;
                let psi_edges: Vec<f64> = coarse.iter().map(|&i| edges[i]).collect();
                let sides = [
                    Counted {
                        bins: pool(counts, coarse),
                        missing: *missing,
                    },
                    Counted {
                        bins: pool(current, coarse),
                        missing: *current_missing,
                    },
                ];
                Some(numeric_column(&psi_edges, &sides, ks, rules))
            }
            (
                Self::Categorical { counts, missing },
                Self::Categorical {
                    counts: c,
                    missing: m,
                },
            )
            | (
                Self::Boolean { counts, missing },
                Self::Boolean {
                    counts: c,
                    missing: m,
                },
            ) => compare_categories((counts, *missing), (c, *m), rules),
            _ => None,
        }
    }
}

impl Profile {
    /// An empty profile of so many rows.
    pub fn new(rows: u64) -> Self {
        Profile {
            version: VERSION,
            rows,
            columns: BTreeMap::new(),
        }
    }

    /// Refuses a stored form of another version.
    ///
    /// # Errors
    /// [`ProfileError::Version`].
    pub fn checked(self) -> Result<Self, ProfileError> {
        if self.version == VERSION {
            Ok(self)
        } else {
            Err(ProfileError::Version(self.version))
        }
    }

    /// Adds another data set's profile: the profile of both together, bit for bit, when both were counted in the same edges.
    ///
    /// # Errors
    /// [`ProfileError::Column`], [`ProfileError::Edges`].
    pub fn merge(mut self, other: &Profile) -> Result<Profile, ProfileError> {
        let names = self.columns.keys().chain(other.columns.keys());
        if let Some(alone) = names
            .into_iter()
            .find(|name| !(self.columns.contains_key(*name) && other.columns.contains_key(*name)))
        {
            return Err(ProfileError::Column(alone.clone()));
        }
        for (name, column) in &mut self.columns {
            if !column.merge(&other.columns[name]) {
                return Err(ProfileError::Edges(name.clone()));
            }
        }
        self.rows += other.rows;
        Ok(self)
    }
}

/// Sums fine counts into the bins of the coarse edges.
fn pool(counts: &[u64], coarse: &[usize]) -> Vec<u64> {
    let mut bins = vec![0; coarse.len() + 1];
    for (i, count) in counts.iter().enumerate() {
        bins[coarse.partition_point(|&edge| edge < i)] += count;
    }
    bins
}

fn binned_ks(reference: &[u64], current: &[u64]) -> Option<KsResult> {
    let (n, m) = (reference.iter().sum::<u64>(), current.iter().sum::<u64>());
    if n == 0 || m == 0 {
        return None;
    }
    let (mut i, mut j, mut largest, mut bound) = (0u64, 0u64, 0i128, 0i128);
    for (&r, &c) in reference.iter().zip(current) {
        let before = i128::from(i) * i128::from(m) - i128::from(j) * i128::from(n);
        (i, j) = (i + r, j + c);
        let after = i128::from(i) * i128::from(m) - i128::from(j) * i128::from(n);
        let (up, down) = (i128::from(r) * i128::from(m), i128::from(c) * i128::from(n));
        largest = largest.max(after.abs());
        bound = bound
            .max((before + up).min(after + down))
            .max((down - before).min(up - after));
    }
    let whole = n as f64 * m as f64;
    let p = ks_two_sample_p(largest.unsigned_abs(), n, m);
    Some(KsResult {
        d: largest as f64 / whole,
        d_error_max: (bound - largest).max(0) as f64 / whole,
        p,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buckets::Scratch;
    use crate::column::compare_numbers;

    fn numbers(count: u64, step: u64) -> Vec<f64> {
        (0..count)
            .map(|i| ((i * step) % 1009) as f64 / 7.0)
            .collect()
    }

    #[test]
    fn merged_is_the_profile_of_both() {
        let (a, b) = (numbers(500, 17), numbers(700, 31));
        let whole = ColumnProfile::of_numbers(&mut [a.clone(), b.clone()].concat(), 3, 10);
        let mut merged = whole.same_edges(&a, 1).unwrap();
        assert!(merged.merge(&whole.same_edges(&b, 2).unwrap()));
        assert_eq!(merged, whole);
    }

    #[test]
    fn psi_is_that_of_the_rows_and_d_within_its_bound() {
        let (mut a, mut b) = (numbers(5000, 17), numbers(3000, 31));
        b.iter_mut().for_each(|value| *value += 9.0);
        let profile = ColumnProfile::of_numbers(&mut a.clone(), 5, 10);
        let binned = profile
            .compare(&profile.same_edges(&b, 6).unwrap(), &Rules::default())
            .unwrap();
        let exact = compare_numbers(
            (&mut a, 5),
            (&mut b, 6),
            &Rules::default(),
            &mut Scratch::default(),
        )
        .unwrap();
        assert_eq!(binned.psi.to_bits(), exact.psi.to_bits());
        let (found, truth) = (binned.ks.unwrap(), exact.ks.unwrap());
        assert!(
            found.d <= truth.d && truth.d <= found.d + found.d_error_max,
            "{found:?} {truth:?}"
        );
        assert!(found.d_error_max < 0.02);
    }

    #[test]
    fn a_constant_column_keeps_below_at_and_above() {
        let profile = ColumnProfile::of_numbers(&mut [4.0; 8], 0, 10);
        let current = profile.same_edges(&[3.0, 4.0, 5.0], 0).unwrap();
        let bins = profile.compare(&current, &Rules::default()).unwrap().bins;
        assert_eq!(
            bins.iter().map(|bin| bin.current).collect::<Vec<_>>(),
            [1, 1, 1]
        );
    }

    #[test]
    fn other_edges_and_other_columns_are_refused() {
        let one = |name: &str, values: &mut [f64]| {
            let mut profile = Profile::new(values.len() as u64);
            profile
                .columns
                .insert(name.into(), ColumnProfile::of_numbers(values, 0, 10));
            profile
        };
        let a = one("a", &mut [1.0, 2.0]);
        assert_eq!(
            a.clone().merge(&one("b", &mut [1.0])),
            Err(ProfileError::Column("a".into()))
        );
        assert_eq!(
            a.merge(&one("a", &mut [1.0, 5.0])),
            Err(ProfileError::Edges("a".into()))
        );
    }

    #[test]
    fn stored_and_read_again() {
        let mut profile = Profile::new(2);
        profile.columns.insert(
            "a".into(),
            ColumnProfile::of_numbers(&mut [1.5, f64::INFINITY], 0, 10),
        );
        let text = serde_json::to_string(&profile).unwrap();
        assert_eq!(serde_json::from_str::<Profile>(&text).unwrap(), profile);
    }
}
