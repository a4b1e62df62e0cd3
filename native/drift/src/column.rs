//! One column of two data sets, compared.

use crate::bins::{bucketed_edges, count, edge_buckets, label, quantile_edges};
use crate::buckets::{BUCKETED_ROWS_MIN, Buckets, Scratch};
use crate::categories::{Counts, MISSING, table};
use crate::chi_squared::{ChiSquared, chi_squared};
use crate::kolmogorov::ks_two_sample_p;
use crate::ks::{ks_buckets, ks_of_buckets, ks_statistic};
use crate::psi::{ZeroRule, contribution};
use crate::severity::{Severity, psi_by_chance, severity};

/// How columns are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Bins of a numeric column, at least 2.
    pub bins: usize,
    /// Categories past which the rarest are pooled.
    pub categories_max: usize,
    /// What an empty bin counts as.
    pub zero_rule: ZeroRule,
    /// PSI above which drift is HIGH.
    pub drift_threshold: f64,
    /// p below which a test is significant.
    pub p_value_max: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            bins: 10,
            categories_max: 1000,
            zero_rule: ZeroRule::default(),
            drift_threshold: 0.25,
            p_value_max: 0.05,
        }
    }
}

/// One bin of a column and what it adds to the PSI.
#[derive(Debug, Clone, PartialEq)]
pub struct Bin {
    /// For a person.
    pub label: String,
    /// Values above it; none for an open tail, and for categories.
    pub lower: Option<f64>,
    /// Values up to it.
    pub upper: Option<f64>,
    /// Rows of the reference.
    pub reference: u64,
    /// Current rows.
    pub current: u64,
    /// Share of all reference rows, missing ones too.
    pub reference_share: f64,
    /// Share of all current rows.
    pub current_share: f64,
    /// What the bin adds to the PSI; infinite where it is.
    pub contribution: f64,
}

/// The Kolmogorov-Smirnov test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KsResult {
    /// D, or the largest gap at the edges when only counts were there.
    pub d: f64,
    /// How much larger the true D can be: 0 when it is exact.
    pub d_error_max: f64,
    /// P of such a D by chance.
    pub p: f64,
}

/// What was measured of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The population stability index, over all bins, that of missing rows too.
    pub psi: f64,
    /// What chance alone stays below 999 times in 1,000.
    pub psi_by_chance: f64,
    /// Numeric columns; rows without a value are left out.
    pub ks: Option<KsResult>,
    /// Categories and booleans; rows without a value are left out. None where only one category is there.
    pub chi_squared: Option<ChiSquared>,
    /// How bad it is.
    pub severity: Severity,
    /// The bins, that of missing rows last.
    pub bins: Vec<Bin>,
    /// Categories that the reference does not have.
    pub unseen: Vec<String>,
    /// Categories pooled into one bin.
    pub pooled: usize,
}

impl Column {
    /// The p-value of whichever test the column has; a column of one category on both sides has none.
    pub fn p(&self) -> Option<f64> {
        self.ks
            .map(|ks| ks.p)
            .or(self.chi_squared.map(|test| test.p))
    }
}

/// A side's counts in given bins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// One a bin.
    pub bins: Vec<u64>,
    /// Rows without a value.
    pub missing: u64,
}

/// Compares a numeric column, exactly, over all rows.
///
/// The slices hold the values without nulls and NaN, whose number is given beside them; they are reordered. `None` where a side has
/// no values: then nothing can be measured.
pub fn compare_numbers(
    (reference, reference_missing): (&mut [f64], u64),
    (current, current_missing): (&mut [f64], u64),
    rules: &Rules,
    scratch: &mut Scratch,
) -> Option<Column> {
    if reference.is_empty() || current.is_empty() {
        return None;
    }
    let (edges, counts, d) = if reference.len() + current.len() < BUCKETED_ROWS_MIN {
        let edges = quantile_edges(reference, rules.bins);
        let counts = [count(&edges, reference), count(&edges, current)];
        (edges, counts, ks_statistic(reference, current)?)
    } else {
        let mut buckets = Buckets::new(reference, current, scratch);
        let wanted = [edge_buckets(&buckets, rules.bins), ks_buckets(&buckets)].concat();
        buckets.look_into(wanted);
        let edges = bucketed_edges(&buckets, rules.bins);
        let counts = buckets.counts(&edges);
        (edges, counts, ks_of_buckets(&buckets))
    };
    let p = ks_two_sample_p(d.numerator, d.reference_rows, d.current_rows);
    let ks = KsResult {
        d: d.d,
        d_error_max: 0.0,
        p,
    };
    let [reference, current] = counts;
    let sides = [
        Counted {
            bins: reference,
            missing: reference_missing,
        },
        Counted {
            bins: current,
            missing: current_missing,
        },
    ];
    Some(numeric_column(&edges, &sides, ks, rules))
}

/// Puts together a numeric column from the counts of both sides and its test.
pub(crate) fn numeric_column(
    edges: &[f64],
    sides: &[Counted; 2],
    ks: KsResult,
    rules: &Rules,
) -> Column {
    let bounds = |i: usize| {
        (
            i.checked_sub(1).map(|below| edges[below]),
            edges.get(i).copied(),
        )
    };
    let rows = (0..=edges.len()).map(|i| {
        let (lower, upper) = bounds(i);
        (
            label(lower, upper),
            lower,
            upper,
            sides[0].bins[i],
            sides[1].bins[i],
        )
    });
    let bins = measured_bins(
        rows.collect(),
        [sides[0].missing, sides[1].missing],
        rules.zero_rule,
    );
    finish(bins, Some(ks), None, rules)
}

/// Compares a column of categories (or booleans) from its counts. `None` where a side has no values.
pub fn compare_categories(
    (reference, reference_missing): (&Counts, u64),
    (current, current_missing): (&Counts, u64),
    rules: &Rules,
) -> Option<Column> {
    if reference.values().sum::<u64>() == 0 || current.values().sum::<u64>() == 0 {
        return None;
    }
    let table = table(reference, current, rules.categories_max);
    let counts = vec![
        table.rows.iter().map(|row| row.1).collect(),
        table.rows.iter().map(|row| row.2).collect(),
    ];
    let rows = table
        .rows
        .into_iter()
        .map(|(label, r, c)| (label, None, None, r, c))
        .collect();
    let bins = measured_bins(rows, [reference_missing, current_missing], rules.zero_rule);
    let column = finish(bins, None, chi_squared(&counts), rules);
    Some(Column {
        unseen: table.unseen,
        pooled: table.pooled,
        ..column
    })
}

type Row = (String, Option<f64>, Option<f64>, u64, u64);

/// Shares are of all rows; the bin of missing rows is there where a side has any.
fn measured_bins(mut rows: Vec<Row>, missing: [u64; 2], rule: ZeroRule) -> Vec<Bin> {
    if missing.iter().any(|&count| count > 0) {
        rows.push((MISSING.into(), None, None, missing[0], missing[1]));
    }
    let (n, m) = rows
        .iter()
        .fold((0, 0), |(n, m), row| (n + row.3, m + row.4));
    let measured = |(label, lower, upper, reference, current): Row| {
        let (reference_share, current_share) =
            (reference as f64 / n as f64, current as f64 / m as f64);
        let contribution = contribution(reference_share, current_share, rule);
        Bin {
            label,
            lower,
            upper,
            reference,
            current,
            reference_share,
            current_share,
            contribution,
        }
    };
    rows.into_iter().map(measured).collect()
}

fn finish(
    bins: Vec<Bin>,
    ks: Option<KsResult>,
    chi_squared: Option<ChiSquared>,
    rules: &Rules,
) -> Column {
    let psi = bins.iter().map(|bin| bin.contribution).sum();
    let (n, m) = bins
        .iter()
        .fold((0, 0), |(n, m), bin| (n + bin.reference, m + bin.current));
    let p = ks.map(|ks| ks.p).or(chi_squared.map(|test| test.p));
    Column {
        psi,
        psi_by_chance: psi_by_chance(bins.len(), n, m),
        ks,
        chi_squared,
        severity: severity(psi, p, rules.drift_threshold, rules.p_value_max),
        bins,
        unseen: Vec::new(),
        pooled: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_rows_are_a_bin_of_psi_and_no_part_of_ks() {
        let (mut a, mut b) = (vec![1.0, 2.0, 3.0, 4.0], vec![1.0, 2.0, 3.0, 4.0]);
        let found = compare_numbers(
            (&mut a, 0),
            (&mut b, 4),
            &Rules::default(),
            &mut Scratch::default(),
        )
        .unwrap();
        assert_eq!(found.ks.unwrap().d, 0.0);
        assert!(found.psi > 0.25);
        assert_eq!(found.bins.last().unwrap().label, MISSING);
    }

    #[test]
    fn a_side_without_values_cannot_be_measured() {
        assert_eq!(
            compare_numbers(
                (&mut [], 3),
                (&mut [1.0], 0),
                &Rules::default(),
                &mut Scratch::default()
            ),
            None
        );
        assert_eq!(
            compare_categories((&Counts::new(), 3), (&Counts::new(), 0), &Rules::default()),
            None
        );
    }

    #[test]
    fn one_category_on_both_sides_has_no_test_and_no_drift() {
        let one = Counts::from([("A".to_string(), 5)]);
        let found = compare_categories((&one, 0), (&one, 0), &Rules::default()).unwrap();
        assert_eq!(
            (found.p(), found.psi, found.severity),
            (None, 0.0, Severity::None)
        );
    }
}
