//! The bucketed way against sorting all: every figure is equal to the last bit.

use super::*;
use crate::bins::{bucketed_edges, count, edge_buckets, quantile_edges};
use crate::ks::{gap_max_by_sort, ks_buckets, ks_of_buckets};
use crate::random::Random;

type Draw = fn(&mut Random) -> f64;

const SHAPES: &[(&str, Draw)] = &[
    ("normal", |r| r.normal()),
    ("long tail", |r| (3.0 * r.normal()).exp()),
    ("both tails", |r| r.normal().powi(9)),
    ("few integers", |r| (4.0 * r.uniform()).floor()),
    ("cents", |r| (r.normal().exp() * 100.0).round() / 100.0),
    ("mostly zero", |r| {
        if r.uniform() < 0.9 { 0.0 } else { r.normal() }
    }),
    ("both zeros", |r| if r.uniform() < 0.5 { 0.0 } else { -0.0 }),
    ("infinite", |r| match r.uniform() {
        u if u < 0.2 => f64::INFINITY,
        u if u < 0.3 => f64::NEG_INFINITY,
        _ => r.normal(),
    }),
    ("tiny and huge", |r| {
        10f64.powf(600.0 * r.uniform() - 300.0) * if r.uniform() < 0.5 { -1.0 } else { 1.0 }
    }),
    ("neighbouring floats", |r| {
        f64::from_bits(1f64.to_bits() + (40.0 * r.uniform()) as u64)
    }),
    ("integers, one in 50,000 of them not", |r| {
        (100.0 * r.normal()).floor() + if r.uniform() < 2e-5 { 0.5 } else { 0.0 }
    }),
    ("integers, one in 50,000 far away", |r| {
        (100.0 * r.normal()).floor() * if r.uniform() < 2e-5 { 1e9 } else { 1.0 }
    }),
    ("constant", |_| 7.0),
    ("subnormal", |r| f64::from_bits((1e6 * r.uniform()) as u64)),
];

/// Other shapes on the current side, too: its values may lie where the reference has no bucket.
#[test]
fn every_figure_equals_that_of_sorting() {
    every_figure_of(40_000, 15_001);
}

/// From where there are buckets of other kinds.
#[test]
fn every_figure_of_many_rows_equals_that_of_sorting() {
    every_figure_of(250_000, 100_001);
}

fn every_figure_of(reference_rows: usize, current_rows: usize) {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for (k, &(name, draw)) in SHAPES.iter().enumerate() {
        for (other, draw_other) in [SHAPES[k], SHAPES[(k + 1) % SHAPES.len()]] {
            let (reference, current) = (
                random.take(reference_rows, draw),
                random.take(current_rows, draw_other),
            );
            let mut scratch = Scratch::default();
            let mut buckets = Buckets::new(&reference, &current, &mut scratch);
            let counts: u64 = buckets.reference.counts.iter().sum();
            assert_eq!(counts, reference_rows as u64, "{name}");
            let gap = ks_of_buckets(&buckets).numerator;
            let sorted = ks_statistic_by_sort(&reference, &current);
            assert_eq!(gap, sorted, "{name} and {other}");
            let wanted = [edge_buckets(&buckets, 10), ks_buckets(&buckets)].concat();
            buckets.look_into(wanted);
            assert_eq!(ks_of_buckets(&buckets).numerator, sorted, "{name}, {other}");
            for bins in [2, 10, 50] {
                let edges = bucketed_edges(&buckets, bins);
                let counted = buckets.counts(&edges);
                let wanted = [count(&edges, &reference), count(&edges, &current)];
                assert_eq!(counted, wanted, "{name} and {other}, {bins} bins");
                let sorted_edges = quantile_edges(&mut reference.clone(), bins);
                let bits = |edges: &[f64]| edges.iter().map(|e| e.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&edges), bits(&sorted_edges), "{name}, {bins} bins");
            }
        }
    }
}

fn ks_statistic_by_sort(reference: &[f64], current: &[f64]) -> u128 {
    gap_max_by_sort(&mut reference.to_vec(), &mut current.to_vec())
}

#[test]
fn values_at_ranks_are_those_of_the_sorted_side() {
    let mut random = Random(42);
    for &(name, draw) in SHAPES {
        let (reference, current) = (random.take(60_000, draw), vec![0.5; 100]);
        let mut scratch = Scratch::default();
        let buckets = Buckets::new(&reference, &current, &mut scratch);
        let mut sorted = reference.clone();
        sort(&mut sorted);
        let ranks: Vec<usize> = (0..60_000).step_by(997).chain([59_999]).collect();
        for (rank, value) in ranks.iter().zip(buckets.reference_at(&ranks)) {
            assert_eq!(value, sorted[*rank], "{name}, rank {rank}");
        }
    }
}

#[test]
fn the_guide_finds_what_comparing_with_every_edge_finds() {
    let mut random = Random(7);
    for &(name, draw) in SHAPES {
        let values = random.take(60_000, draw);
        let splitters = splitters::Splitters::quantiles(&splitters::sample(&values, &values));
        let probes = values.iter().step_by(61).copied();
        let extremes = [
            f64::NEG_INFINITY,
            f64::MIN,
            -0.0,
            0.0,
            f64::MAX,
            f64::INFINITY,
        ];
        for probe in probes.chain(extremes) {
            let found = splitters.of(probe);
            let Splitters::Edges(edges) = &splitters else {
                panic!("{name}")
            };
            assert_eq!(found, edges.edges_up_to(probe), "{name}: {probe}");
        }
    }
}

#[test]
fn a_lattice_has_integers_only_and_knows_each() {
    let integers: Vec<f64> = (-20..=30).map(f64::from).collect();
    let lattice = lattice::Lattice::new(&integers).unwrap();
    let mut buckets = Vec::new();
    assert!(lattice.find(&[-0.0, 0.0, 30.0, -1000.0], &mut buckets));
    let values: Vec<f64> = buckets.iter().map(|&b| lattice.value(b.into())).collect();
    assert_eq!(values, [0.0, 0.0, 30.0, -1000.0]);
    for stranger in [
        0.5,
        7f64.next_down(),
        7f64.next_up(),
        1e6,
        f64::INFINITY,
        f64::NEG_INFINITY,
    ] {
        assert!(!lattice.find(&[stranger], &mut buckets), "{stranger}");
        let below = lattice.value(lattice.of(stranger));
        assert!(
            below <= stranger || stranger == f64::NEG_INFINITY,
            "{stranger}: {below}"
        );
    }
    for no_lattice in [
        [0.0, 0.5],
        [0.0, 70_000.0],
        [0.0, f64::INFINITY],
        [-1e300, 1e300],
    ] {
        assert!(
            lattice::Lattice::new(&no_lattice).is_none(),
            "{no_lattice:?}"
        );
    }
}
