//! From numbers to what a person does about them.

use crate::chi_squared::upper_quantile;

/// PSI from which drift is at least LOW.
pub const PSI_LOW: f64 = 0.1;

/// How bad a column's drift is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// PSI above the threshold.
    High,
    /// PSI from 0.1 to the threshold, and the test is significant.
    Moderate,
    /// PSI from 0.1 to the threshold, and the test is not.
    Low,
    /// PSI below 0.1.
    None,
}

impl Severity {
    /// `HIGH`, `MODERATE`, `LOW` or `NONE`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::High => "HIGH",
            Severity::Moderate => "MODERATE",
            Severity::Low => "LOW",
            Severity::None => "NONE",
        }
    }
}

/// The severity of a PSI and a p-value (none: not significant). Bounds belong to the band between: 0.1 is LOW or MODERATE, and so
/// is the threshold itself.
pub fn severity(psi: f64, p: Option<f64>, drift_threshold: f64, p_value_max: f64) -> Severity {
    if psi > drift_threshold {
        Severity::High
    } else if psi < PSI_LOW {
        Severity::None
    } else if p.is_some_and(|p| p < p_value_max) {
        Severity::Moderate
    } else {
        Severity::Low
    }
}

/// Benjamini-Hochberg: q of each p, in the given order; a missing p has no q and does not count as a test.
///
/// q of the i-th smallest of k = min over j >= i of p(j) k / j, at most 1. Source: Benjamini and Hochberg (1995); as
/// `scipy.stats.false_discovery_control`.
pub fn q_values(p: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<(usize, f64)> = p
        .iter()
        .enumerate()
        .filter_map(|(i, p)| p.map(|p| (i, p)))
        .collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    let tests = order.len();
    let mut least = 1.0f64;
    let mut q = vec![None; p.len()];
    for (place, (index, p)) in order.into_iter().enumerate() {
        least = least.min(p * tests as f64 / (tests - place) as f64);
        q[index] = Some(least);
    }
    q
}

/// The PSI that samples of these sizes from one distribution stay below 999 times in 1,000: chi2.ppf(0.999, bins - 1) (1/n + 1/m).
///
/// 0 for a single bin. Source: Yurdakul and Naranjo (2020), the asymptotic distribution of PSI.
pub fn psi_by_chance(bins: usize, reference_rows: u64, current_rows: u64) -> f64 {
    if bins < 2 {
        return 0.0;
    }
    upper_quantile(0.001, (bins - 1) as u32)
        * (1.0 / reference_rows as f64 + 1.0 / current_rows as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_with_its_bounds() {
        let case = |psi, p| severity(psi, Some(p), 0.25, 0.05);
        assert_eq!(case(0.2501, 0.9), Severity::High);
        assert_eq!(case(0.25, 0.01), Severity::Moderate);
        assert_eq!(case(0.25, 0.05), Severity::Low);
        assert_eq!(case(0.1, 0.04), Severity::Moderate);
        assert_eq!(case(0.0999, 0.0), Severity::None);
        assert_eq!(severity(0.2, None, 0.25, 0.05), Severity::Low);
        assert_eq!(severity(f64::INFINITY, None, 0.25, 0.05), Severity::High);
    }

    #[test]
    fn q_values_as_scipy() {
        // scipy.stats.false_discovery_control([0.01, 0.04, 0.03, 0.5])
        let q = q_values(&[Some(0.01), None, Some(0.04), Some(0.03), Some(0.5)]);
        let expected = [
            Some(0.04),
            None,
            Some(0.16 / 3.0),
            Some(0.16 / 3.0),
            Some(0.5),
        ];
        for (found, wanted) in q.iter().zip(expected) {
            assert_eq!(found.is_some(), wanted.is_some());
            assert!((found.unwrap_or(0.0) - wanted.unwrap_or(0.0)).abs() < 1e-15);
        }
    }

    #[test]
    fn chance_shrinks_with_rows() {
        assert!((psi_by_chance(10, 1000, 1000) - 27.877 * 0.002).abs() < 2e-6);
        assert_eq!(psi_by_chance(1, 10, 10), 0.0);
    }
}
