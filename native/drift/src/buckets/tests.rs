//! The bucketed way against sorting all: every figure is equal to the last bit.

use super::*;
use crate::bins::{bucketed_edges, count, quantile_edges};

struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

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
    ("constant", |_| 7.0),
    ("subnormal", |r| f64::from_bits((1e6 * r.uniform()) as u64)),
];

fn take(random: &mut Random, rows: usize, draw: Draw) -> Vec<f64> {
    (0..rows).map(|_| draw(random)).collect()
}

/// Other shapes on the current side, too: its values may lie where the reference has no bucket.
#[test]
fn every_figure_equals_that_of_sorting() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for (k, &(name, draw)) in SHAPES.iter().enumerate() {
        for (other, draw_other) in [SHAPES[k], SHAPES[(k + 1) % SHAPES.len()]] {
            let (reference, current) = (
                take(&mut random, 40_000, draw),
                take(&mut random, 15_001, draw_other),
            );
            let mut scratch = Scratch::default();
            let buckets = Buckets::new(&reference, &current, &mut scratch);
            let counts: u64 = buckets.reference.counts.iter().sum();
            assert_eq!(counts, 40_000, "{name}");
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

#[test]
fn values_at_ranks_are_those_of_the_sorted_side() {
    let mut random = Random(42);
    for &(name, draw) in SHAPES {
        let (reference, current) = (take(&mut random, 60_000, draw), vec![0.5; 100]);
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
        let values = take(&mut random, 60_000, draw);
        let splitters = splitters::Splitters::from_sample(&values, &values);
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
            assert_eq!(found, splitters.edges_up_to(probe), "{name}: {probe}");
        }
    }
}
