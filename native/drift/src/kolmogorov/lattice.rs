//! Exact two-sample p-values by counting lattice paths (Hodges 1958, "The significance probability of the Smirnov
//! two-sample test").

/// P(D >= gap / (n * m)); `n`, `m` and `gap` at least 1.
pub(super) fn exact_p(gap: u128, n: u64, m: u64) -> f64 {
    let (long, short) = (n.max(m), n.min(m));
    let g = gcd(long, short);
    // In units of 1 / lcm(n, m) every gap is an integer.
    let height = u64::try_from(gap / u128::from(g)).unwrap_or(u64::MAX);
    if height > long / g * short {
        0.0
    } else if height == 0 {
        1.0
    } else if long == short {
        equal_sizes_p(long, height)
    } else {
        leaving_share(long, short, g, height)
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// P = 2 sum over k >= 1 of (-1)^(k + 1) C(2n, n - k h) / C(2n, n), by the reflection principle.
///
/// Evaluated from the last term inwards, a_1 (1 - a_2 / a_1 (1 - a_3 / a_2 (...))): every bracket lies in 0..=1, so
/// there is no cancellation of large terms.
fn equal_sizes_p(n: u64, height: u64) -> f64 {
    let mut bracket = 0.0;
    for k in (0..n / height).rev() {
        let ratio: f64 = (k * height..(k + 1) * height)
            .map(|offset| (n - offset) as f64 / (n + offset + 1) as f64)
            .product();
        bracket = ratio * (1.0 - bracket);
    }
    2.0 * bracket
}

/// The share of paths from (0, 0) to (long, short) that touch |x / long - y / short| >= height / lcm.
///
/// With s(x, y) that share for paths to (x, y), s = 1 outside the band and inside it
/// s(x, y) = x / (x + y) s(x - 1, y) + y / (x + y) s(x, y - 1). The leaving paths are counted, not those that stay, so
/// a tiny p keeps its digits. Time: long * width of the band.
fn leaving_share(long: u64, short: u64, g: u64, height: u64) -> f64 {
    let (long_step, short_step) = ((long / g) as i64, (short / g) as i64);
    let (long, short, height) = (long as i64, short as i64, height as i64);
    // At column x the band holds low..=high: |short_step * x - long_step * y| < height.
    let band = |x: i64| {
        let low = (short_step * x - height).div_euclid(long_step) + 1;
        let high = (short_step * x + height - 1).div_euclid(long_step);
        (low.max(0), high.min(short))
    };
    // shares[y] is that of the last column that had y in its band; a row not reached yet lies outside.
    let mut shares = vec![1.0; short as usize + 1];
    let (_, high) = band(0);
    shares[..=high as usize].fill(0.0);
    for x in 1..=long {
        let (low, high) = band(x);
        if low > high {
            return 1.0;
        }
        let mut below = if low == 0 { 0.0 } else { 1.0 };
        for (y, share) in (low..).zip(&mut shares[low as usize..=high as usize]) {
            let whole = (x + y) as f64;
            below = *share * (x as f64 / whole) + below * (y as f64 / whole);
            *share = below;
        }
    }
    shares[short as usize]
}
