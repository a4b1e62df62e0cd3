//! p-values of the two-sample Kolmogorov-Smirnov test, as scipy's `ks_2samp(method="auto")` gives them.

mod durbin;
mod lattice;
mod one_sample;
mod pelz_good;
mod smirnov;

pub use one_sample::kolmogorov_sf;

/// Up to this many rows on the larger side the p-value counts lattice paths; above, the one-sample law stands in.
const EXACT_ROWS_MAX: u64 = 10_000;

/// P(D >= d) under "both samples come from one continuous distribution", d = `gap` / (`n` * `m`), two-sided.
///
/// `gap` is [`KsD::numerator`](crate::ks::KsD), `n` and `m` the rows of the two sides (missing values left out).
/// With max(n, m) <= 10,000 the value is exact: the share of lattice paths from (0, 0) to (n, m) that reach a gap of d.
/// Otherwise it is [`kolmogorov_sf`] at the effective size n * m / (n + m), rounded half to even; not the Kolmogorov
/// limit. With ties the p-value is an upper bound, as in scipy. The result lies in 0..=1; it is NaN where n or m is 0.
///
/// Agrees with scipy 1.17 to 1e-9 relative. One difference is kept: for equal sizes and a gap of one or two rows
/// scipy's exact value may round to just above 1, whereupon it takes the asymptotic law; here the exact value stands.
pub fn ks_two_sample_p(gap: u128, n: u64, m: u64) -> f64 {
    if n == 0 || m == 0 {
        return f64::NAN;
    }
    if gap == 0 {
        return 1.0;
    }
    let p = if n.max(m) <= EXACT_ROWS_MAX {
        lattice::exact_p(gap, n, m)
    } else {
        let (rows_n, rows_m) = (n as f64, m as f64);
        let effective = (rows_n * rows_m / (rows_n + rows_m)).round_ties_even();
        let d = gap as f64 / (u128::from(n) * u128::from(m)) as f64;
        kolmogorov_sf(d, effective as u64)
    };
    p.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests;
