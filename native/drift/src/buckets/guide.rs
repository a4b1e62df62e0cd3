//! Where to begin the search for a value's bucket: a table over cells of equal width, which leaves a few edges to compare with.

use super::maps::{Bits, Linear};

/// Cells of the table: 32 KiB, about what a first-level cache holds.
const CELLS: usize = 16_384;

/// The map whose cells hold the fewer edges: equal steps of the value for what is spread evenly, equal steps of its bits (about its
/// logarithm) for what has long tails.
pub(super) enum Guide {
    Linear(Linear<CELLS>, Cells),
    Bits(Bits<CELLS>, Cells),
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
