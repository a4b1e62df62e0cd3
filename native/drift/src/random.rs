//! Draws for the tests.

/// A xorshift generator: uniform on (0, 1).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    pub(crate) fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    pub(crate) fn take(&mut self, rows: usize, draw: impl Fn(&mut Self) -> f64) -> Vec<f64> {
        (0..rows).map(|_| draw(self)).collect()
    }
}
