//! The chi-squared test of homogeneity, and the chi-squared distribution.

use statrs::function::gamma::gamma_ur;

/// What the test gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChiSquared {
    /// The statistic.
    pub statistic: f64,
    /// Degrees of freedom, at least 1.
    pub df: u32,
    /// P of a statistic as large by chance.
    pub p: f64,
}

/// Pearson's test of homogeneity on a contingency table, one row of counts a sample.
///
/// Sum of (observed - expected)^2 / expected, expected = row sum x column sum / total. Columns and rows that are all zero are
/// dropped; Yates's correction (each difference moved towards 0 by a half, at most to it) only at one degree of freedom. As
/// `scipy.stats.chi2_contingency`.
///
/// `None` where fewer than two rows or columns are left, or the rows have different lengths.
pub fn chi_squared(table: &[Vec<u64>]) -> Option<ChiSquared> {
    let columns = table.first()?.len();
    if table.iter().any(|row| row.len() != columns) {
        return None;
    }
    let rows: Vec<&Vec<u64>> = table
        .iter()
        .filter(|row| row.iter().any(|&count| count > 0))
        .collect();
    let sums: Vec<u64> = (0..columns)
        .map(|j| rows.iter().map(|row| row[j]).sum())
        .collect();
    let kept: Vec<usize> = (0..columns).filter(|&j| sums[j] > 0).collect();
    if rows.len() < 2 || kept.len() < 2 {
        return None;
    }
    let total = sums.iter().sum::<u64>() as f64;
    let df = ((rows.len() - 1) * (kept.len() - 1)) as u32;
    let mut statistic = 0.0;
    for row in &rows {
        let row_sum = row.iter().sum::<u64>() as f64;
        for &j in &kept {
            let expected = row_sum * sums[j] as f64 / total;
            let gap = (row[j] as f64 - expected).abs();
            let gap = if df == 1 { gap - gap.min(0.5) } else { gap };
            statistic += gap * gap / expected;
        }
    }
    Some(ChiSquared {
        statistic,
        df,
        p: survival(statistic, df),
    })
}

/// P(X > x) of a chi-squared variable: the regularised upper incomplete gamma function Q(df / 2, x / 2).
pub fn survival(x: f64, df: u32) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    if x.is_infinite() {
        return 0.0;
    }
    gamma_ur(f64::from(df) / 2.0, x / 2.0)
}

/// The x with P(X > x) = `p`, by bisection on [`survival`]: to the last bits, at any df. `p` in (0, 1).
pub fn upper_quantile(p: f64, df: u32) -> f64 {
    let mut high = f64::from(df).max(1.0);
    while survival(high, df) > p {
        high *= 2.0;
    }
    let mut low = 0.0;
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if survival(middle, df) > p {
            low = middle
        } else {
            high = middle
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(table: &[Vec<u64>], statistic: f64, df: u32, p: f64, tolerance: f64) {
        let found = chi_squared(table).unwrap();
        assert!(
            (found.statistic - statistic).abs() <= tolerance,
            "{found:?}"
        );
        assert!((found.p - p).abs() <= p * 1e-5, "{found:?}");
        assert_eq!(found.df, df);
    }

    #[test]
    fn published_cases() {
        check(
            &[vec![762, 327, 468], vec![484, 239, 477]],
            30.070149,
            2,
            2.95359e-07,
            1e-6,
        );
        check(
            &[vec![5, 5, 0], vec![8, 3, 5]],
            5.078125,
            2,
            0.0789404,
            1e-12,
        );
        let yates = chi_squared(&[vec![130, 370], vec![240, 260]]).unwrap();
        assert!((yates.statistic - 50.969541).abs() < 1e-6);
    }

    #[test]
    fn empty_columns_and_rows_are_dropped() {
        let with = chi_squared(&[vec![5, 0, 5, 0], vec![8, 0, 3, 5]]).unwrap();
        assert_eq!(with, chi_squared(&[vec![5, 5, 0], vec![8, 3, 5]]).unwrap());
        assert_eq!(chi_squared(&[vec![1, 2], vec![0, 0]]), None);
        assert_eq!(chi_squared(&[vec![1, 0], vec![4, 0]]), None);
    }

    #[test]
    fn quantiles_of_published_tables() {
        // NIST/SEMATECH e-Handbook, upper critical values at 0.001.
        for (df, x) in [(1, 10.828), (2, 13.816), (9, 27.877), (100, 149.449)] {
            assert!((upper_quantile(0.001, df) - x).abs() < 6e-4, "{df}");
        }
    }
}
