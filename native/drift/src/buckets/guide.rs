//! Where to begin the search for a value's bucket: a table over cells of equal width, which leaves a few edges to compare with.

/// Cells of the table: 32 KiB, about what a first-level cache holds.
const CELLS: usize = 16_384;

/// The map whose cells hold the fewer edges: equal steps of the value for what is spread evenly, equal steps of its bits (about its
/// logarithm) for what has long tails.
pub(super) enum Guide {
    Linear(Linear, Cells),
    Bits(Bits, Cells),
}

impl Guide {
    /// @param edges ascending, no NaN
    pub(super) fn new(edges: &[f64]) -> Self {
        let (linear, bits) = (Linear::over(edges), Bits::over(edges));
        let by_value = Cells::new(edges.iter().map(|&edge| linear.cell(edge)));
        let by_bits = Cells::new(edges.iter().map(|&edge| bits.cell(edge)));
        if by_value.levels <= by_bits.levels {
            Guide::Linear(linear, by_value)
        } else {
            Guide::Bits(bits, by_bits)
        }
    }
}

/// How many edges are in lower cells than a cell, and how many steps a binary search inside a cell takes at most.
pub(super) struct Cells {
    firsts: Box<[u16; CELLS]>,
    pub(super) levels: u32,
}

impl Cells {
    /// From the cell of each edge, ascending: a map never puts a higher value into a lower cell, so edges of lower cells are below a
    /// value, those of higher cells above it, and only those of its own cell are left to compare with.
    fn new(cells: impl Iterator<Item = usize>) -> Self {
        let mut firsts = Box::new([0; CELLS]);
        let (mut edges, mut next, mut in_cell, mut most) = (0, 0, 0, 0);
        for cell in cells {
            if cell >= next {
                firsts[next..=cell].fill(edges);
                next = cell + 1;
                in_cell = 0;
            }
            edges += 1;
            in_cell += 1;
            most = most.max(in_cell);
        }
        firsts[next..].fill(edges);
        let levels = u32::BITS - u32::leading_zeros(most);
        Self { firsts, levels }
    }

    #[inline(always)]
    pub(super) fn first(&self, cell: usize) -> usize {
        usize::from(self.firsts[cell & (CELLS - 1)])
    }
}

/// Equal steps of the value between the lowest and the highest finite edge. Rounding of a difference and of a product keeps the order.
pub(super) struct Linear {
    low: f64,
    cells_per_unit: f64,
}

impl Linear {
    fn over(edges: &[f64]) -> Self {
        let mut finite = edges.iter().copied().filter(|edge| edge.is_finite());
        let low = finite.next().unwrap_or(0.0);
        let width = finite.next_back().unwrap_or(low) - low;
        let cells_per_unit = (CELLS - 2) as f64 / width;
        let cells_per_unit = if cells_per_unit.is_finite() {
            cells_per_unit
        } else {
            0.0
        };
        Self {
            low,
            cells_per_unit,
        }
    }

    /// What is below the lowest edge is in cell 0, above the highest in the last; with a width of nothing all is in cell 0.
    #[inline(always)]
    pub(super) fn cell(&self, value: f64) -> usize {
        let steps = (value - self.low) * self.cells_per_unit;
        // Saturates; an infinite value times a width of nothing is NaN, which is 0.
        (steps as i32).clamp(0, CELLS as i32 - 1) as usize
    }
}

/// Equal steps of the bits, which as integers are ordered as the values are.
pub(super) struct Bits {
    low: i64,
    shift: u32,
}

impl Bits {
    fn over(edges: &[f64]) -> Self {
        let low = edges.first().map_or(0, |&edge| ordered_bits(edge));
        let high = edges.last().map_or(0, |&edge| ordered_bits(edge));
        let width = high.wrapping_sub(low) as u64;
        let shift = (u64::BITS - width.leading_zeros()).saturating_sub(CELLS.trailing_zeros());
        Self { low, shift }
    }

    #[inline(always)]
    pub(super) fn cell(&self, value: f64) -> usize {
        let above = ordered_bits(value).max(self.low).wrapping_sub(self.low) as u64;
        (above >> self.shift).min(CELLS as u64 - 1) as usize
    }
}

/// Integers in the order of the values; the two zeros are one.
#[inline(always)]
fn ordered_bits(value: f64) -> i64 {
    let bits = (value + 0.0).to_bits() as i64;
    bits ^ ((bits >> 63) as u64 >> 1) as i64
}
