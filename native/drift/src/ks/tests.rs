use super::*;
use crate::random::Random;

/// The statistic by its definition: both distribution functions at every value of either side.
fn gap_by_definition(reference: &[f64], current: &[f64]) -> u128 {
    let sorted = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_by(|a, b| a.partial_cmp(b).expect("no NaN"));
        values
    };
    let (r, c) = (sorted(reference), sorted(current));
    let rows_upto = |values: &[f64], x: f64| values.partition_point(|&v| v <= x) as i128;
    let gap = |&x: &f64| {
        (rows_upto(&r, x) * c.len() as i128 - rows_upto(&c, x) * r.len() as i128).unsigned_abs()
    };
    r.iter().chain(&c).map(gap).max().unwrap_or(0)
}

/// Bucketing, sorting and the definition agree, whichever of them the public function picks.
#[track_caller]
fn assert_agree(case: &str, reference: &[f64], current: &[f64]) {
    let want = gap_by_definition(reference, current);
    assert_eq!(
        bucketed::gap_max(&Buckets::new(reference, current, &mut Scratch::default())),
        want,
        "{case}: bucketed"
    );
    assert_eq!(
        bucketed::gap_max(&Buckets::new(current, reference, &mut Scratch::default())),
        want,
        "{case}: bucketed, sides swapped"
    );
    let (mut reference, mut current) = (reference.to_vec(), current.to_vec());
    assert_eq!(
        merge::gap_max_by_sort(&mut reference, &mut current),
        want,
        "{case}: sorted"
    );
    let ks = ks_statistic(&mut reference, &mut current).expect("rows on both sides");
    assert_eq!(ks.numerator, want, "{case}: public");
    assert!(
        (ks.d - want as f64 / (reference.len() as f64 * current.len() as f64)).abs() < 1e-15,
        "{case}: d"
    );
}

#[test]
fn continuous_data_agree_with_the_definition() {
    let mut random = Random(88_172_645_463_325_252);
    for (n, m) in [
        (1, 1),
        (2, 900),
        (300, 300),
        (5_000, 4_999),
        (40_000, 7),
        (60_000, 45_000),
    ] {
        for shift in [0.0, 0.02, 3.0] {
            let reference = random.take(n, Random::normal);
            let current = random.take(m, |r| r.normal() + shift);
            assert_agree(
                &format!("normal {n}, {m}, shift {shift}"),
                &reference,
                &current,
            );
            let widen = |values: &[f64]| values.iter().map(|v| (9.0 * v).exp()).collect::<Vec<_>>();
            assert_agree(
                &format!("heavy tail {n}, {m}, shift {shift}"),
                &widen(&reference),
                &widen(&current),
            );
        }
    }
}

#[test]
fn tied_data_agree_with_the_definition() {
    let mut random = Random(11);
    for levels in [1.0, 2.0, 10.0, 3_000.0] {
        let reference = random.take(30_000, |r| (r.uniform() * levels).floor());
        let current = random.take(20_000, |r| (r.uniform().powf(1.02) * levels).floor());
        assert_agree(&format!("{levels} levels"), &reference, &current);
    }
    // Half zeros of both signs, the rest continuous: consumption columns look like this.
    let half = |r: &mut Random| match r.uniform() {
        u if u < 0.25 => 0.0,
        u if u < 0.5 => -0.0,
        _ => r.normal(),
    };
    assert_agree(
        "half zeros",
        &random.take(30_000, half),
        &random.take(30_000, half),
    );
}

#[test]
fn infinities_are_ordinary_values() {
    let mut random = Random(5);
    let draw = |r: &mut Random| match r.uniform() {
        u if u < 0.1 => f64::NEG_INFINITY,
        u if u > 0.85 => f64::INFINITY,
        u if u > 0.8 => f64::MAX,
        u => u,
    };
    assert_agree(
        "both ends",
        &random.take(20_000, draw),
        &random.take(30_000, draw),
    );
    assert_agree(
        "one end each",
        &[f64::INFINITY; 400],
        &[f64::NEG_INFINITY; 300],
    );
    assert_agree("all infinite", &[f64::INFINITY; 400], &[f64::INFINITY; 300]);
}

#[test]
fn order_of_rows_does_not_matter() {
    // A sawtooth as long as the sampling stride, and sorted rows: an evenly spaced sample would see few values.
    let mut random = Random(3);
    let sawtooth: Vec<f64> = (0..120_000).map(|k| f64::from(k % 8)).collect();
    let rising: Vec<f64> = (0..120_000).map(|k| f64::from(k) / 15_000.0).collect();
    let normal = random.take(90_000, |r| r.normal() + 4.0);
    assert_agree("sawtooth", &sawtooth, &normal);
    assert_agree("rising", &rising, &normal);
    assert_agree("sawtooth and rising", &sawtooth, &rising);
}

#[test]
fn zeros_of_both_signs_are_one_value() {
    let ks = ks_statistic(&mut [-0.0, 1.0], &mut [0.0, 1.0]).expect("rows on both sides");
    assert_eq!((ks.numerator, ks.d), (0, 0.0));
}

#[test]
fn apart_sides_give_one_and_equal_sides_zero() {
    let mut low: Vec<f64> = (0..70_000).map(f64::from).collect();
    let mut high: Vec<f64> = (0..80_000).map(|k| f64::from(k) + 1e6).collect();
    let apart = ks_statistic(&mut low, &mut high).expect("rows on both sides");
    assert_eq!((apart.numerator, apart.d), (70_000 * 80_000, 1.0));
    let mut same = low.clone();
    assert_eq!(
        ks_statistic(&mut low, &mut same)
            .expect("rows on both sides")
            .numerator,
        0
    );
}

#[test]
fn a_side_without_rows_has_no_statistic() {
    assert_eq!(ks_statistic(&mut [], &mut [1.0]), None);
    assert_eq!(ks_statistic(&mut [1.0], &mut []), None);
}
