//! The one-sided law of Smirnov, by the sum of Birnbaum & Tingey (1951), "One-sided confidence contours for probability
//! distribution functions", Ann. Math. Stat. 22.

use std::f64::consts::PI;

/// Above this size the sum gives way to its limit, as in scipy.
const SUM_N_MAX: u64 = 1_000_000;
/// A term this much smaller than the sum so far, past the largest term, ends the sum.
const NEGLIGIBLE: f64 = 1e-20;

/// P(D_n+ >= d) = sum over j = 0..=floor(n (1 - d)) of d C(n, j) (d + j/n)^(j-1) (1 - d - j/n)^(n-j).
///
/// 1 / n < d < 1 - 1 / n, relative error about 1e-13. For n > 1e6 it is exp(-(6 n d + 1)^2 / 18 n), the limit that
/// scipy takes there, so that p-values agree.
pub(super) fn smirnov_sf(d: f64, n: u64) -> f64 {
    let rows = n as f64;
    let t = rows * d;
    if n > SUM_N_MAX {
        return (-(6.0 * t + 1.0).powi(2) / (18.0 * rows)).exp();
    }
    let last = (rows - t).floor() as u64;
    let middle = last / 2;
    let stirling = stirling_error(n);
    // The terms have one peak: they are added from the middle outwards until they no longer matter.
    let mut sum = 0.0;
    add_until_negligible(
        &mut sum,
        (0..=middle).rev().map(|j| term(j, n, t, stirling)),
    );
    add_until_negligible(
        &mut sum,
        (middle + 1..=last).map(|j| term(j, n, t, stirling)),
    );
    sum
}

fn add_until_negligible(sum: &mut f64, terms: impl Iterator<Item = f64>) {
    let mut previous = 0.0;
    for term in terms {
        *sum += term;
        if term <= previous && term <= *sum * NEGLIGIBLE {
            break;
        }
        previous = term;
    }
}

/// Term j as d / q times the binomial probability of j at rate q = d + j / n.
///
/// The probability is taken in the saddle-point form of Loader (2000), "Fast and accurate computation of binomial
/// probabilities": its exponent is the small deviance instead of a difference of large log-factorials.
fn term(j: u64, n: u64, t: f64, stirling: f64) -> f64 {
    let (rows, low, high) = (n as f64, j as f64, (n - j) as f64);
    if j == 0 {
        return (rows * (-t / rows).ln_1p()).exp();
    }
    if high <= t {
        return 0.0;
    }
    let deviance = low * excess(t / low) + high * excess(-t / high);
    let exponent = stirling - stirling_error(j) - stirling_error(n - j) - deviance;
    exponent.exp() * (rows / (2.0 * PI * low * high)).sqrt() * t / (t + low)
}

/// u - ln(1 + u) for u > -1, without cancellation near 0.
fn excess(u: f64) -> f64 {
    if u.abs() > 0.2 {
        return u - u.ln_1p();
    }
    // ln(1 + u) = 2 (r + r^3/3 + r^5/5 + ...) with r = u / (2 + u), and u - 2r = u r.
    let r = u / (2.0 + u);
    let r2 = r * r;
    let series = (1..=8)
        .rev()
        .fold(0.0, |sum, k| r2 * (1.0 / f64::from(2 * k + 1) + sum));
    r * (u - 2.0 * series)
}

/// ln n! minus Stirling's formula ln((2 pi n)^(1/2) (n / e)^n), n >= 1.
fn stirling_error(n: u64) -> f64 {
    let rows = n as f64;
    if n < 16 {
        let factorial: f64 = (1..=n).map(|k| k as f64).product();
        return factorial.ln() - ((rows + 0.5) * rows.ln() - rows + 0.5 * (2.0 * PI).ln());
    }
    let inverse2 = 1.0 / (rows * rows);
    let series =
        1.0 / 360.0 - inverse2 * (1.0 / 1260.0 - inverse2 * (1.0 / 1680.0 - inverse2 / 1188.0));
    (1.0 / 12.0 - inverse2 * series) / rows
}
