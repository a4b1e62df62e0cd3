//! One reading as a whole number.

/// Sums count in these parts of a kWh or m3: so fine that a sum has all the digits of its readings, in integers so wide that none is too
/// large, and the same bits in any order.
pub(crate) const UNITS: f64 = 1e18;
/// Below it, a whole number of units fits 64 bits, which are converted much faster.
const NARROW: f64 = 9e18;
/// No reading.
pub(crate) const MISSING: i128 = -1;
/// A reading below zero: counts as 0.
pub(crate) const NEGATIVE: i128 = -2;
/// A reading that is no number, infinite or above the maximum: counts as missing.
pub(crate) const INVALID: i128 = -3;

/// The reading in units, rounded half away from zero, or one of the marks above, which are all below 0.
#[inline]
pub(crate) fn amount_of(value: f64, max: f64) -> i128 {
    if value >= 0.0 && value <= max {
        let scaled = value * UNITS;
        if scaled < NARROW {
            let whole = scaled as i64;
            i128::from(whole) + i128::from(scaled - whole as f64 >= 0.5)
        } else {
            scaled as i128
        }
    } else if value < 0.0 && value.is_finite() {
        NEGATIVE
    } else {
        INVALID
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_as_round_does() {
        let values = [0.0, -0.0, 0.15, 0.1 + 0.2, 5e-19, 4.9e-19, 1.5e-18, 2.5e-18];
        for value in values
            .into_iter()
            .chain([9.0, 9.1, 1e6, 123.456_789_012_5, 8.999e9])
        {
            assert_eq!(amount_of(value, 9e9), (value * 1e18).round() as i128);
        }
    }

    #[test]
    fn marks_what_is_no_reading() {
        assert_eq!(amount_of(-0.5, 1e6), NEGATIVE);
        assert_eq!(amount_of(1e6, 1e6), (1e6 * UNITS) as i128);
        let invalid = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1_000_000.1];
        assert!(invalid.iter().all(|&x| amount_of(x, 1e6) == INVALID));
    }
}
