//! Running sums of a few rows of cells at a time: the inner loops of [`add_up`](super::add_up).
//!
//! Cells are decoded into a [`Block`] that stays in the nearest cache. What does not count is made zero there, and only
//! where there is anything of that kind, so that the loops that add have neither branches nor conditions.

use super::Sample;
use super::decode::{Decode, DecodeSample, Flag, decode_run};
use super::sample::PartSum;
use super::view::shifted;

/// Cells that a partial sum of small integers takes without overflow: 2^15 * (2^16 - 1) is below 2^31.
const CELLS_PER_PART: usize = 1 << 15;
/// Partial sums of a row that the processor works on side by side.
const LANES: usize = 16;

/// Some rows of cells, of equal length.
pub(super) struct Block<T> {
    values: Vec<T>,
    /// Masked; once cleaned, all that does not count.
    flags: Vec<bool>,
    columns: usize,
    /// Whether there are cells that do not count.
    has_holes: bool,
}

/// Where the cells of a block are: the first one, and the distances of rows and of columns.
#[derive(Clone, Copy)]
pub(super) struct Lattice {
    pub(super) offset: usize,
    pub(super) row: isize,
    pub(super) column: isize,
}

impl<T: Sample> Block<T> {
    /// Room for so many cells.
    pub(super) fn new(cells: usize) -> Self {
        Self {
            values: vec![T::default(); cells],
            flags: vec![false; cells],
            columns: 1,
            has_holes: false,
        }
    }

    /// Reads some rows and columns; what does not count becomes zero.
    #[inline(always)]
    pub(super) fn read<D: DecodeSample<N, Out = T>, const N: usize, const BIG: bool>(
        &mut self,
        bytes: &[u8],
        (rows, columns): (usize, usize),
        data: Lattice,
        mask: Option<Lattice>,
    ) {
        let cells = rows * columns;
        self.columns = columns;
        self.values.resize(cells, T::default());
        self.flags.resize(cells, false);
        read_rows::<D, N, BIG>(bytes, data, columns, &mut self.values);
        self.has_holes = !T::all_finite(&self.values);
        if let Some(mask) = mask {
            read_rows::<Flag, 1, false>(bytes, mask, columns, &mut self.flags);
            self.has_holes |= self.flags.iter().fold(false, |any, flag| any | flag);
        } else if self.has_holes {
            self.flags.fill(false);
        }
        if self.has_holes {
            for (value, flag) in self.values.iter_mut().zip(&mut self.flags) {
                // No branch: where masks look like noise, it would be guessed wrong all the time.
                *flag |= !value.is_finite();
                *value = if *flag { T::default() } else { *value };
            }
        }
    }

    /// What does not count, where there is any.
    fn holes(&self) -> Option<&[bool]> {
        self.has_holes.then_some(&self.flags)
    }
}

#[inline(always)]
fn read_rows<D: Decode<N>, const N: usize, const BIG: bool>(
    bytes: &[u8],
    Lattice {
        offset,
        row,
        column,
    }: Lattice,
    columns: usize,
    out: &mut [D::Out],
) {
    if row == column.saturating_mul(columns as isize) {
        return decode_run::<D, N, BIG>(bytes, offset, column, out);
    }
    for (number, out) in out.chunks_exact_mut(columns.max(1)).enumerate() {
        decode_run::<D, N, BIG>(bytes, shifted(offset, number, row), column, out);
    }
}

/// Some of the sums.
#[derive(Clone)]
pub(super) struct Gathered {
    pub(super) sums: Vec<f64>,
    /// Cells that went into each.
    pub(super) counts: Vec<u64>,
}

impl Gathered {
    pub(super) fn new(len: usize) -> Self {
        Self {
            sums: vec![0.0; len],
            counts: vec![0; len],
        }
    }

    /// Adds others that begin at one of ours.
    pub(super) fn merge(&mut self, first: usize, other: &Self) {
        let sums = self.sums.iter_mut().skip(first);
        sums.zip(&other.sums).for_each(|(a, b)| *a += b);
        let counts = self.counts.iter_mut().skip(first);
        counts.zip(&other.counts).for_each(|(a, b)| *a += b);
    }
}

/// The sums of one task while it runs.
pub(super) struct Running<T: Sample> {
    sums: Vec<f64>,
    /// Cells that do not count.
    left_out: Vec<u64>,
    /// Of the last few rows, where each column has a sum of its own: narrower, so quicker to add to.
    parts: Vec<T::Sum>,
    left_out_parts: Vec<u32>,
    /// Rows that went into the parts.
    added: usize,
}

impl<T: Sample> Running<T> {
    pub(super) fn new(len: usize) -> Self {
        Self {
            sums: vec![0.0; len],
            left_out: vec![0; len],
            parts: vec![T::Sum::default(); len],
            left_out_parts: vec![0; len],
            added: 0,
        }
    }

    /// Adds each row up: the first to the sum at `first`, each further one to a sum that many `sums_apart`.
    #[inline(always)]
    pub(super) fn add_along(&mut self, block: &Block<T>, first: usize, sums_apart: usize) {
        let columns = block.columns.max(1);
        for (row, values) in block.values.chunks_exact(columns).enumerate() {
            if let Some(sum) = self.sums.get_mut(first + row * sums_apart) {
                *sum += total(values);
            }
        }
        let holes = block.holes().unwrap_or_default();
        for (row, holes) in holes.chunks_exact(columns).enumerate() {
            if let Some(left_out) = self.left_out.get_mut(first + row * sums_apart) {
                let holes = holes.iter().fold(0, |sum, &hole| sum + u32::from(hole));
                *left_out += u64::from(holes);
            }
        }
    }

    /// Adds each cell to the sum of its column; those of the first row begin at `first`.
    #[inline(always)]
    pub(super) fn add_across(&mut self, block: &Block<T>, first: usize, sums_apart: usize) {
        let columns = block.columns.max(1);
        self.make_room(block.values.len() / columns);
        let parts = self.parts.get_mut(first..).unwrap_or_default();
        let add = |part: &mut T::Sum, [a, b, c, d]: [T; 4]| {
            let (ab, cd) = (a.to_sum().plus(b.to_sum()), c.to_sum().plus(d.to_sum()));
            *part = part.plus(ab.plus(cd));
        };
        add_columns(parts, sums_apart, &block.values, columns, add);
        if let Some(holes) = block.holes() {
            let parts = self.left_out_parts.get_mut(first..).unwrap_or_default();
            let add = |part: &mut u32, cells: [bool; 4]| {
                *part += u32::from(cells.into_iter().fold(0, |sum, hole| sum + u8::from(hole)));
            };
            add_columns(parts, sums_apart, holes, columns, add);
        }
    }

    /// Moves the parts on before they may take more rows than they can.
    #[inline(always)]
    fn make_room(&mut self, rows: usize) {
        if self.added + rows > CELLS_PER_PART {
            self.flush();
        }
        self.added += rows;
    }

    fn flush(&mut self) {
        self.added = 0;
        for (sum, part) in self.sums.iter_mut().zip(&mut self.parts) {
            *sum += std::mem::take(part).to_f64();
        }
        for (sum, part) in self.left_out.iter_mut().zip(&mut self.left_out_parts) {
            *sum += u64::from(std::mem::take(part));
        }
    }

    /// The sums, each of so many cells less those that do not count.
    pub(super) fn finish(mut self, cells: u64) -> Gathered {
        self.flush();
        for count in &mut self.left_out {
            *count = cells.saturating_sub(*count);
        }
        Gathered {
            sums: self.sums,
            counts: self.left_out,
        }
    }
}

/// The sum of a few thousand cells at most.
#[inline(always)]
fn total<T: Sample>(values: &[T]) -> f64 {
    let mut lanes = [T::Sum::default(); LANES];
    let (rows, rest) = values.as_chunks::<LANES>();
    // Of known length, or the loop stays one.
    for row in rows {
        for (lane, value) in lanes.iter_mut().zip(row) {
            *lane = lane.plus(value.to_sum());
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *lane = lane.plus(value.to_sum());
    }
    lanes.into_iter().map(PartSum::to_f64).sum()
}

/// Adds cells to the parts of their columns: four rows at once where all have the same parts, which are then loaded and
/// stored a quarter as often.
#[inline(always)]
fn add_columns<P, C: Copy + Default>(
    parts: &mut [P],
    sums_apart: usize,
    cells: &[C],
    columns: usize,
    add: impl Fn(&mut P, [C; 4]),
) {
    let (fours, rest) = match sums_apart {
        0 => cells.split_at(cells.len() / (4 * columns) * (4 * columns)),
        _ => (&[][..], cells),
    };
    for four in fours.chunks_exact(4 * columns) {
        let (ab, cd) = four.split_at(2 * columns);
        let ((a, b), (c, d)) = (ab.split_at(columns), cd.split_at(columns));
        for ((((part, a), b), c), d) in parts.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            add(part, [*a, *b, *c, *d]);
        }
    }
    for (row, cells) in rest.chunks_exact(columns).enumerate() {
        let parts = parts.get_mut(row * sums_apart..).unwrap_or_default();
        for (part, cell) in parts.iter_mut().zip(cells) {
            add(part, [*cell, C::default(), C::default(), C::default()]);
        }
    }
}
