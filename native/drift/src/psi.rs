//! The population stability index.

use serde::{Deserialize, Serialize};

/// What an empty bin counts as, so that the logarithm exists.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "lowercase")]
pub enum ZeroRule {
    /// A share of 0 is replaced by the value on either side.
    Replace(f64),
    /// A share below the value is raised to it.
    Floor(f64),
    /// The value is added to every share.
    Add(f64),
    /// Nothing: a bin that is empty on one side makes the index infinite.
    None,
}

impl Default for ZeroRule {
    fn default() -> Self {
        ZeroRule::Replace(1e-4)
    }
}

impl ZeroRule {
    fn apply(self, share: f64) -> f64 {
        match self {
            ZeroRule::Replace(value) if share == 0.0 => value,
            ZeroRule::Floor(value) => share.max(value),
            ZeroRule::Add(value) => share + value,
            ZeroRule::Replace(_) | ZeroRule::None => share,
        }
    }
}

/// The part of one bin: (c - r) ln(c / r), where r and c are its shares of the reference and of the current rows.
///
/// 0 where both shares are 0; infinite where one is and the rule is [`ZeroRule::None`].
pub fn contribution(reference_share: f64, current_share: f64, rule: ZeroRule) -> f64 {
    let (r, c) = (rule.apply(reference_share), rule.apply(current_share));
    if r == c { 0.0 } else { (c - r) * (c / r).ln() }
}

/// PSI = sum over bins of (c - r) ln(c / r), from counts.
///
/// Missing rows are a bin like any other, if the caller counts them as one. The sum runs in the order of the bins, so
/// the same counts give the same bits. Source: Siddiqi, Credit Risk Scorecards (2006).
///
/// `None` where a side has no rows at all, or the sides have different numbers of bins.
pub fn psi(reference: &[u64], current: &[u64], rule: ZeroRule) -> Option<f64> {
    let (n, m) = (reference.iter().sum::<u64>(), current.iter().sum::<u64>());
    if n == 0 || m == 0 || reference.len() != current.len() {
        return None;
    }
    let part =
        |(&r, &c): (&u64, &u64)| contribution(r as f64 / n as f64, c as f64 / m as f64, rule);
    Some(reference.iter().zip(current).map(part).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() <= tolerance, "{a} is not {b}");
    }

    #[test]
    fn published_cases() {
        close(
            psi(&[2, 2, 0], &[2, 1, 1], ZeroRule::default()).unwrap(),
            2.12852,
            5e-6,
        );
        close(
            psi(&[2, 2, 0], &[2, 1, 1], ZeroRule::Floor(0.01)).unwrap(),
            0.945817,
            5e-7,
        );
        let (before, after) = ([1000, 1500, 1200, 1300], [800, 1400, 1600, 1200]);
        close(
            psi(&before, &after, ZeroRule::default()).unwrap(),
            0.0349210194,
            5e-11,
        );
    }

    #[test]
    fn no_rule_may_be_infinite_and_equal_shares_are_zero() {
        assert_eq!(psi(&[1, 0], &[1, 1], ZeroRule::None), Some(f64::INFINITY));
        assert_eq!(psi(&[3, 0, 1], &[6, 0, 2], ZeroRule::None), Some(0.0));
    }

    #[test]
    fn add_moves_every_share() {
        let by_hand = (0.25f64 + 1e-5 - 0.5 - 1e-5) * ((0.25f64 + 1e-5) / (0.5 + 1e-5)).ln()
            + 0.25 * ((0.75f64 + 1e-5) / (0.5 + 1e-5)).ln();
        close(
            psi(&[1, 1], &[1, 3], ZeroRule::Add(1e-5)).unwrap(),
            by_hand,
            1e-15,
        );
    }

    #[test]
    fn a_side_without_rows_has_none() {
        assert_eq!(psi(&[0, 0], &[1, 1], ZeroRule::default()), None);
        assert_eq!(psi(&[1], &[1, 1], ZeroRule::default()), None);
    }
}
