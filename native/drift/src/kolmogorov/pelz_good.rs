//! The asymptotic series of Pelz & Good (1976), "Approximating the lower tail-areas of the Kolmogorov-Smirnov
//! one-sample statistic", J. R. Stat. Soc. B 38.

use std::f64::consts::PI;

/// P(D_n < d) = K0(z) + K1(z) / n^(1/2) + K2(z) / n + K3(z) / n^(3/2), z = d n^(1/2); the error is of order 1 / n^2.
///
/// For n > 140 and n d^2 < 18: each K is a sum over all integers k of a polynomial in u = (pi (k + 1/2))^2 or
/// v = (pi k)^2, and in z, times exp(-u / 2z^2) or exp(-v / 2z^2).
pub(super) fn cdf(d: f64, n: u64) -> f64 {
    let root = (n as f64).sqrt();
    let z = root * d;
    let z2 = z * z;
    let z4 = z2 * z2;
    let mut sums = [0.0; 4];
    // Past 16 z / pi both exponentials are below 1e-55.
    for k in 0..=(16.0 * z / PI).ceil() as u32 {
        let u = (PI * (f64::from(k) + 0.5)).powi(2);
        let weight = 2.0 * (-u / (2.0 * z2)).exp();
        let z6 = z4 * z2;
        let k2 = (6.0 * z6 + 2.0 * z4) + u * ((2.0 * z4 - 5.0 * z2) + u * (1.0 - 2.0 * z2));
        let k3 = u
            * ((135.0 * z4 - 96.0 * z6) + u * ((212.0 * z4 - 60.0 * z2) + u * (5.0 - 30.0 * z2)))
            - (30.0 * z6 + 90.0 * z4 * z4);
        sums[0] += weight;
        sums[1] += weight * (u - z2);
        sums[2] += weight * k2 / (72.0 * z6 * z);
        sums[3] += weight * k3 / (6480.0 * z6 * z4);

        let v = (PI * f64::from(k)).powi(2);
        let weight = 2.0 * (-v / (2.0 * z2)).exp();
        sums[2] -= weight * v / (36.0 * z2 * z);
        sums[3] += weight * v * (3.0 * z2 - v) / (216.0 * z6);
    }
    sums[0] /= z;
    sums[1] /= 6.0 * z4;
    let series = sums[0] + (sums[1] + (sums[2] + sums[3] / root) / root) / root;
    (PI / 2.0).sqrt() * series
}
