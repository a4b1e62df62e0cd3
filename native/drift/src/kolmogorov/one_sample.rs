//! The exact one-sample law of D_n, with the method chosen by n and d as in Simard & L'Ecuyer (2011), "Computing the
//! Two-Sided Kolmogorov-Smirnov Distribution", J. Stat. Software 39(11).

use super::{durbin, pelz_good, smirnov};

/// Up to this size the matrix formula serves all d whose tail is not yet twice the one-sided one.
const SMALL_N_MAX: u64 = 140;
/// n d^2 above which, for small n, P(D_n >= d) is twice the one-sided tail to double precision.
const SMALL_N_ONE_SIDED_MIN: f64 = 4.0;
/// The same for n > 140: both ways of the statistic at once are negligible there, and scipy draws the line here.
const ONE_SIDED_MIN: f64 = 2.2;
/// n d^2 above which the tail is below the smallest double.
const UNDERFLOW_MIN: f64 = 370.0;
/// The matrix formula serves n up to this, while n d^1.5 <= `DURBIN_COST_MAX`.
const DURBIN_N_MAX: u64 = 100_000;
const DURBIN_COST_MAX: f64 = 1.4;

/// P(D_n >= d) for the one-sample two-sided Kolmogorov-Smirnov statistic of `n` >= 1 rows from a continuous
/// distribution; the survival function of scipy's `kstwo`.
///
/// Any d: 1 at or below 1 / 2n, 0 from 1 up. Agrees with scipy 1.17 to 1e-9 relative for n up to 1e7; where scipy
/// itself approximates (Pelz-Good for n > 140, the one-sided limit for n > 1e6) the same approximation is made. NaN
/// for a NaN d or n = 0.
pub fn kolmogorov_sf(d: f64, n: u64) -> f64 {
    if n == 0 || d.is_nan() {
        return f64::NAN;
    }
    let rows = n as f64;
    let t = rows * d;
    if t <= 0.5 {
        return 1.0;
    }
    if d >= 1.0 {
        return 0.0;
    }
    let p = if t <= 1.0 {
        1.0 - lowest_cdf(t, n)
    } else if t >= rows - 1.0 {
        2.0 * (1.0 - d).powf(rows)
    } else if d >= 0.5 {
        2.0 * smirnov::smirnov_sf(d, n)
    } else {
        inner_sf(d, n)
    };
    p.clamp(0.0, 1.0)
}

/// P(D_n < d) = n! (2d - 1/n)^n for 1 / 2n < d <= 1 / n (Ruben & Gambino 1982); `t` = n d.
fn lowest_cdf(t: f64, n: u64) -> f64 {
    // n! / n^n is below 1e-58 there: nothing is left of it beside 1.
    if n > SMALL_N_MAX {
        return 0.0;
    }
    (1..=n)
        .map(|k| k as f64 / n as f64 * (2.0 * t - 1.0))
        .product()
}

/// The middle of the range, 1 / n < d < 1/2, where no closed form holds.
fn inner_sf(d: f64, n: u64) -> f64 {
    let rows = n as f64;
    let scaled = rows * d * d;
    if n <= SMALL_N_MAX {
        if scaled <= SMALL_N_ONE_SIDED_MIN {
            return 1.0 - durbin::cdf(d, n);
        }
        return 2.0 * smirnov::smirnov_sf(d, n);
    }
    if scaled >= UNDERFLOW_MIN {
        0.0
    } else if scaled >= ONE_SIDED_MIN {
        2.0 * smirnov::smirnov_sf(d, n)
    } else if n <= DURBIN_N_MAX && rows * d.powf(1.5) <= DURBIN_COST_MAX {
        1.0 - durbin::cdf(d, n)
    } else {
        1.0 - pelz_good::cdf(d, n)
    }
}
