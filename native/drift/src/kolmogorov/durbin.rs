//! Durbin's matrix formula for the one-sample law, as in Marsaglia, Tsang & Wang (2003), "Evaluating Kolmogorov's
//! Distribution", J. Stat. Software 8(18).

/// Above this a matrix or a product is scaled down by it.
const SCALE_EXPONENT: i32 = 400;

/// P(D_n < d) = n! / n^n * (H^n)[k, k] with d = (k - h) / n, k integer, 0 <= h < 1, and H of order 2k - 1.
///
/// 1 / n < d < 1; exact but for rounding (about 1e-14). Time k^3 log n.
pub(super) fn cdf(d: f64, n: u64) -> f64 {
    let t = n as f64 * d;
    let k = t.ceil();
    let order = 2 * k as usize - 1;
    let power = Scaled::new(step_matrix(order, k - t), order).power(n);
    let centre = k as usize - 1;
    let mut value = power.cells[centre * order + centre];
    let mut exponent = power.exponent;
    for row in 1..=n {
        value *= row as f64 / n as f64;
        if value < f64::powi(2.0, -SCALE_EXPONENT) {
            value *= f64::powi(2.0, SCALE_EXPONENT);
            exponent -= SCALE_EXPONENT;
        }
    }
    times_power_of_two(value, exponent)
}

/// H: 1 / (i - j + 1)! on and below the diagonal and 1 right above it; the first column and the last row are lowered by
/// h's powers, for the steps that start or end between the lattice's points.
fn step_matrix(order: usize, h: f64) -> Vec<f64> {
    let mut factorials = vec![1.0; order + 1];
    for k in 1..=order {
        factorials[k] = factorials[k - 1] * k as f64;
    }
    let mut powers = vec![1.0; order + 1];
    for k in 1..=order {
        powers[k] = powers[k - 1] * h;
    }
    let mut cells = vec![0.0; order * order];
    for i in 0..order {
        for j in 0..=(i + 1).min(order - 1) {
            let mut cell = 1.0;
            if j == 0 {
                cell -= powers[i + 1];
            }
            if i == order - 1 {
                cell -= powers[order - j];
            }
            if j == 0 && i == order - 1 {
                cell += (2.0 * h - 1.0).max(0.0).powi(order as i32);
            }
            cells[i * order + j] = cell / factorials[i + 1 - j];
        }
    }
    cells
}

/// A square matrix times 2^exponent: powers of H leave the range of doubles.
#[derive(Clone)]
struct Scaled {
    cells: Vec<f64>,
    order: usize,
    exponent: i32,
}

impl Scaled {
    fn new(cells: Vec<f64>, order: usize) -> Self {
        Self {
            cells,
            order,
            exponent: 0,
        }
    }

    /// The n-th power, n >= 1, by squaring.
    fn power(self, n: u64) -> Self {
        let mut result: Option<Self> = None;
        for bit in (0..u64::BITS - n.leading_zeros()).rev() {
            result = result.map(|r| r.times(&r));
            if n >> bit & 1 == 1 {
                result = Some(result.map_or_else(|| self.clone(), |r| r.times(&self)));
            }
        }
        result.unwrap_or(self)
    }

    fn times(&self, other: &Self) -> Self {
        let order = self.order;
        let mut cells = vec![0.0; order * order];
        for (row, out) in self
            .cells
            .chunks_exact(order)
            .zip(cells.chunks_exact_mut(order))
        {
            for (&factor, line) in row.iter().zip(other.cells.chunks_exact(order)) {
                for (cell, &value) in out.iter_mut().zip(line) {
                    *cell += factor * value;
                }
            }
        }
        let mut exponent = self.exponent + other.exponent;
        // All cells are of one sign and, at the centre, of a common size: the centre stands for the whole.
        if cells[order * order / 2] > f64::powi(2.0, SCALE_EXPONENT) {
            cells
                .iter_mut()
                .for_each(|cell| *cell *= f64::powi(2.0, -SCALE_EXPONENT));
            exponent += SCALE_EXPONENT;
        }
        Self {
            cells,
            order,
            exponent,
        }
    }
}

fn times_power_of_two(value: f64, exponent: i32) -> f64 {
    let half = exponent / 2;
    value * f64::powi(2.0, half) * f64::powi(2.0, exponent - half)
}
