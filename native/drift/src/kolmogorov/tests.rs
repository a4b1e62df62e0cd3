use super::*;
use crate::ks::ks_statistic;

#[track_caller]
fn assert_close(got: f64, want: f64, case: &str) {
    let is_close = (got - want).abs() <= 1e-9 * want;
    assert!(is_close, "{case}: got {got:e}, want {want:e}");
}

/// Both sides' D as a fraction, and p.
fn two_sample(reference: &[f64], current: &[f64]) -> (u128, u128, f64) {
    let ks =
        ks_statistic(&mut reference.to_vec(), &mut current.to_vec()).expect("rows on both sides");
    let whole = u128::from(ks.reference_rows) * u128::from(ks.current_rows);
    (
        ks.numerator,
        whole,
        ks_two_sample_p(ks.numerator, ks.reference_rows, ks.current_rows),
    )
}

#[test]
fn one_sample_tail_agrees_with_scipy() {
    // (n, d, kstwo.sf(d, n)) by scipy 1.17.1, at least two in the range of each method.
    let cases: [(u64, f64, f64); 36] = [
        (1, 0.6, 0.8),
        (1, 0.9, 0.19999999999999996),
        (2, 0.3, 0.98),
        (3, 0.4, 0.5946666666666665),
        (3, 0.8, 0.01599999999999999),
        (5, 0.19, 0.977325184),
        (10, 0.05, 1.0),
        (10, 0.08, 0.9999978058034054),
        (10, 0.35, 0.1339605462624991),
        (20, 0.97, 6.973568802000124e-31),
        (50, 0.11, 0.5439007965907301),
        (100, 0.05, 0.9532159710635725),
        (100, 0.12, 0.10330374901819939),
        (139, 0.17, 0.0005560368086088669),
        (140, 0.15, 0.0032495604415101703),
        (140, 0.2, 2.1981563302200222e-05),
        (141, 0.04, 0.9710682269013183),
        (141, 0.1, 0.11128445516467944),
        (200, 0.6, 2.2284451128877564e-69),
        (1000, 0.0005, 1.0),
        (1000, 0.02, 0.8108971656895577),
        (1000, 0.04, 0.07933956059000224),
        (1000, 0.1, 3.703687096817711e-09),
        (1014, 0.06, 0.0012915106769777142),
        (10000, 0.004, 0.9970213880468209),
        (10000, 0.012, 0.11135257403749388),
        (100000, 0.0005, 1.0),
        (100000, 0.003, 0.3284563327726956),
        (100000, 0.03, 1.2701837245790524e-78),
        (1000000, 0.0009, 0.39250068453988984),
        (1000000, 0.002, 0.0006700277103670718),
        (1000001, 0.002, 0.0006700258874578572),
        (10000000, 0.0002, 0.8185430618121089),
        (10000000, 0.0004, 0.08149715188450257),
        (10000000, 0.001, 4.119559933025503e-09),
        (10000000, 0.0062, 0.0),
    ];
    for (n, d, want) in cases {
        assert_close(kolmogorov_sf(d, n), want, &format!("n {n}, d {d}"));
    }
}

#[test]
fn two_sample_p_agrees_with_scipy() {
    // (D n m, n, m, p) by the p-value of scipy 1.17.1's ks_2samp(method="auto").
    let cases: [(u128, u64, u64, f64); 23] = [
        (2, 2, 3, 1.0),
        (6, 2, 4, 0.4000000000000001),
        (1, 1, 1, 1.0),
        (10, 5, 5, 0.873015873015873),
        (25, 5, 5, 0.007936507936507936),
        (300, 30, 30, 0.07088798787114439),
        (2320, 100, 110, 0.015739183865606153),
        (1500, 100, 100, 0.21117008625127576),
        (1500, 100, 101, 0.1839322508819293),
        (1500, 60, 90, 0.0065378290288737075),
        (900, 1000, 1, 0.2017982017982019),
        (60000, 1000, 999, 0.051349233288280394),
        (250000, 1000, 999, 5.710011613050642e-28),
        (60000, 1000, 500, 0.00012967673873170638),
        (1700000, 10000, 10000, 0.1111339652837609),
        (2100000, 10000, 9999, 0.023797332459577044),
        (15000, 10000, 3, 0.3335166433311687),
        (9000, 10001, 1, 0.20017998200179976),
        (30000, 20000, 3, 0.3333333333333333),
        (3000000, 20001, 10000, 0.0985814211848588),
        (12000000, 60000, 50000, 0.7738507863688386),
        (2000000000, 1000000, 1000000, 0.036582179671620585),
        (60150000000, 10000000, 10000000, 0.05364882280409733),
    ];
    for (gap, n, m, want) in cases {
        let case = format!("gap {gap}, n {n}, m {m}");
        assert_close(ks_two_sample_p(gap, n, m), want, &case);
        assert_close(ks_two_sample_p(gap, m, n), want, &case);
    }
}

#[test]
fn small_samples_give_the_known_fractions() {
    let (gap, whole, p) = two_sample(&[1.01, 2.01], &[1.0, 2.0, 3.0]);
    assert_eq!((gap * 3, p), (whole, 1.0));

    let (gap, whole, p) = two_sample(&[0.99, 1.99], &[1.0, 2.0, 3.0, 4.0]);
    assert_eq!(gap * 4, whole * 3);
    assert_close(p, 6.0 / 15.0, "2 and 4 rows");

    let line = |end: f64, count: u32, shift: f64| -> Vec<f64> {
        (0..count)
            .map(|k| 1.0 + f64::from(k) * (end - 1.0) / f64::from(count - 1) + shift)
            .collect()
    };
    let (gap, whole, p) = two_sample(&line(100.0, 100, 0.0), &line(100.0, 110, 20.1));
    assert_eq!(gap * 1100, whole * 232);
    assert_close(p, 0.015_739_183_865_607, "100 and 110 rows");
}

#[test]
fn exact_p_equals_the_share_of_all_orderings() {
    for (n, m) in [(1_u32, 1_u32), (4, 4), (3, 6), (5, 7), (2, 9), (8, 6)] {
        let gaps = all_gaps(n, m);
        for &gap in &gaps {
            let want =
                gaps.iter().filter(|&&other| other >= gap).count() as f64 / gaps.len() as f64;
            assert_close(
                ks_two_sample_p(gap, n.into(), m.into()),
                want,
                &format!("n {n}, m {m}, gap {gap}"),
            );
        }
    }
}

/// D n m for every order in which n and m distinct values can stand.
fn all_gaps(n: u32, m: u32) -> Vec<u128> {
    let orders = (0_u32..1 << (n + m)).filter(|order| order.count_ones() == n);
    let gap_max = |order: u32| {
        let (mut gap, mut gap_max) = (0_i64, 0);
        for place in 0..n + m {
            gap += if order >> place & 1 == 1 {
                i64::from(m)
            } else {
                -i64::from(n)
            };
            gap_max = gap_max.max(gap.unsigned_abs());
        }
        u128::from(gap_max)
    };
    orders.map(gap_max).collect()
}

#[test]
fn ends_of_the_range_are_exact() {
    assert_eq!(ks_two_sample_p(0, 5, 7), 1.0);
    assert_eq!(ks_two_sample_p(0, 50_000, 70_000), 1.0);
    assert_eq!(ks_two_sample_p(50_000 * 70_000, 50_000, 70_000), 0.0);
    // Only the two orders with all of one side first reach D = 1.
    assert_close(
        ks_two_sample_p(12, 3, 4),
        2.0 / 35.0,
        "all of one side first",
    );
    assert_eq!(ks_two_sample_p(13, 3, 4), 0.0);
    assert!(ks_two_sample_p(1, 0, 7).is_nan());

    assert_eq!(kolmogorov_sf(0.0, 10), 1.0);
    assert_eq!(kolmogorov_sf(-1.0, 10), 1.0);
    assert_eq!(kolmogorov_sf(1.0, 10), 0.0);
    assert_eq!(kolmogorov_sf(f64::INFINITY, 10), 0.0);
    assert!(kolmogorov_sf(f64::NAN, 10).is_nan());
    assert!(kolmogorov_sf(0.5, 0).is_nan());
}

#[test]
fn tail_falls_as_d_grows() {
    // Across the seams between methods.
    for n in [1, 2, 7, 140, 141, 5_000, 100_001, 1_000_001] {
        let mut previous = 1.0;
        for k in 1..=400 {
            let d = f64::from(k) / 400.0 * (6.0 / (n as f64).sqrt()).min(1.0);
            let p = kolmogorov_sf(d, n);
            assert!(
                (0.0..=1.0).contains(&p) && p <= previous + 1e-12,
                "n {n}, d {d}: {p} after {previous}"
            );
            previous = p;
        }
    }
}
