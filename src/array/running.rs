//! Running sums of a few rows of cells at a time: the inner loops of [`add_up`](super::add_up).
//!
//! Where cells lie side by side and all of them count, they are added up [in place](InPlace). Others are decoded into a
//! [`Block`] that stays in the nearest cache. What does not count is made zero there, and only where there is anything of
//! that kind, so that the loops that add have neither branches nor conditions. What is added are integers, which doubles become
//! in a [`Frame`]; so no sum depends on the way.

use super::Sample;
use super::decode::{Decode, DecodeSample, Flag, decode_one, decode_run};
use super::exact::{CELLS_PER_FRAME, Exact, Frame, Framing, Span};
use super::sample::PartSum;
use super::view::shifted;
use std::marker::PhantomData;

/// Bytes between two rows from which on the processor takes them for different runs through memory: some pages.
const FAR: usize = 1 << 14;
/// Partial sums of a row that the processor works on side by side.
const LANES: usize = 16;

/// Some rows of cells, of equal length, as they are added up.
pub(super) trait Rows<T: Sample> {
    /// As it is kept.
    type Cell: Copy;

    fn num_rows(&self) -> usize;

    fn num_columns(&self) -> usize;

    fn row(&self, number: usize) -> &[Self::Cell];

    fn value(cell: Self::Cell) -> T;

    /// What does not count, row by row, where there is any; its value is zero.
    fn holes(&self) -> Option<&[bool]>;
}

/// Rows whose cells lie side by side in the file, all of which count: added up where they are.
pub(super) struct InPlace<'a, D, const N: usize, const BIG: bool> {
    bytes: &'a [u8],
    shape: (usize, usize),
    at: Lattice,
    decoder: PhantomData<D>,
}

impl<'a, D: DecodeSample<N>, const N: usize, const BIG: bool> InPlace<'a, D, N, BIG> {
    pub(super) fn new(bytes: &'a [u8], shape: (usize, usize), at: Lattice) -> Self {
        Self {
            bytes,
            shape,
            at,
            decoder: PhantomData,
        }
    }
}

impl<D: DecodeSample<N>, const N: usize, const BIG: bool> Rows<D::Out> for InPlace<'_, D, N, BIG> {
    type Cell = [u8; N];

    #[inline(always)]
    fn num_rows(&self) -> usize {
        self.shape.0
    }

    #[inline(always)]
    fn num_columns(&self) -> usize {
        self.shape.1
    }

    #[inline(always)]
    fn row(&self, number: usize) -> &[[u8; N]] {
        let start = shifted(self.at.offset, number, self.at.row);
        let bytes = self
            .bytes
            .get(start..start.saturating_add(self.shape.1 * N));
        bytes.unwrap_or_default().as_chunks().0
    }

    #[inline(always)]
    fn value(cell: [u8; N]) -> D::Out {
        decode_one::<D, N, BIG>(cell)
    }

    #[inline(always)]
    fn holes(&self) -> Option<&[bool]> {
        None
    }
}

/// Rows that were copied out of the file.
pub(super) struct Block<T> {
    values: Vec<T>,
    /// Masked; once cleaned, all that does not count.
    flags: Vec<bool>,
    columns: usize,
    /// Whether there are cells that do not count.
    has_holes: bool,
}

impl<T: Sample> Rows<T> for Block<T> {
    type Cell = T;

    #[inline(always)]
    fn num_rows(&self) -> usize {
        self.values.len() / self.columns.max(1)
    }

    #[inline(always)]
    fn num_columns(&self) -> usize {
        self.columns
    }

    #[inline(always)]
    fn row(&self, number: usize) -> &[T] {
        row_of(&self.values, self.columns, number)
    }

    #[inline(always)]
    fn value(cell: T) -> T {
        cell
    }

    #[inline(always)]
    fn holes(&self) -> Option<&[bool]> {
        self.has_holes.then_some(&self.flags)
    }
}

#[inline(always)]
fn row_of<T>(values: &[T], columns: usize, number: usize) -> &[T] {
    let row = values.get(number * columns..(number + 1) * columns);
    row.unwrap_or_default()
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
        let is_side_by_side = data.column == N as isize && mask.is_none_or(|mask| mask.column == 1);
        self.has_holes = if is_side_by_side {
            self.copy_clean::<D, N, BIG>(bytes, data, mask)
        } else {
            read_rows::<D, N, BIG>(bytes, data, columns, &mut self.values);
            match mask {
                Some(mask) => read_rows::<Flag, 1, false>(bytes, mask, columns, &mut self.flags),
                None => self.flags.fill(false),
            }
            self.clean()
        };
    }

    /// Rows of cells, and of flags, that lie side by side.
    #[inline(always)]
    fn copy_clean<D: DecodeSample<N, Out = T>, const N: usize, const BIG: bool>(
        &mut self,
        bytes: &[u8],
        data: Lattice,
        mask: Option<Lattice>,
    ) -> bool {
        let columns = self.columns.max(1);
        let values = self.values.chunks_exact_mut(columns);
        let mut any = false;
        for (number, (values, flags)) in
            values.zip(self.flags.chunks_exact_mut(columns)).enumerate()
        {
            let row = |at: Lattice, size: usize| {
                let start = shifted(at.offset, number, at.row);
                let bytes = bytes.get(start..start.saturating_add(columns * size));
                bytes.unwrap_or_default()
            };
            let (cells, _) = row(data, N).as_chunks::<N>();
            let places = values.iter_mut().zip(flags).zip(cells);
            match mask {
                None => places.for_each(|((value, flag), cell)| {
                    any |= put(value, flag, decode_one::<D, N, BIG>(*cell), false);
                }),
                Some(mask) => {
                    (places.zip(row(mask, 1))).for_each(|(((value, flag), cell), mask)| {
                        any |= put(value, flag, decode_one::<D, N, BIG>(*cell), *mask != 0);
                    })
                }
            }
        }
        any
    }

    #[inline(always)]
    fn clean(&mut self) -> bool {
        let mut any = false;
        for (place, flag) in self.values.iter_mut().zip(&mut self.flags) {
            let (value, masked) = (*place, *flag);
            any |= put(place, flag, value, masked);
        }
        any
    }
}

/// Puts a value, or zero where it does not count; whether that is so.
#[inline(always)]
fn put<T: Sample>(place: &mut T, flag: &mut bool, value: T, masked: bool) -> bool {
    // No branch: where masks look like noise, it would be guessed wrong all the time.
    let is_out = masked | !value.is_finite();
    *place = if is_out { T::default() } else { value };
    *flag = is_out;
    is_out
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
    pub(super) sums: Vec<Exact>,
    /// Cells that went into each.
    pub(super) counts: Vec<u64>,
}

impl Gathered {
    pub(super) fn new(len: usize) -> Self {
        Self {
            sums: vec![Exact::default(); len],
            counts: vec![0; len],
        }
    }

    /// Adds others that begin at one of ours.
    pub(super) fn merge(&mut self, first: usize, other: &Self) {
        let sums = self.sums.iter_mut().skip(first);
        sums.zip(&other.sums).for_each(|(a, b)| a.merge(b));
        let counts = self.counts.iter_mut().skip(first);
        counts.zip(&other.counts).for_each(|(a, b)| *a += b);
    }
}

/// The sums of one task while it runs.
pub(super) struct Running<T: Sample> {
    sums: Vec<Exact>,
    /// Cells that do not count.
    left_out: Vec<u64>,
    framing: Framing,
    parts: Parts<T>,
    /// NaN or infinity was met where all cells were taken to count.
    pub(super) has_holes: bool,
}

/// Sums of the last few rows, where each column has a sum of its own: narrower, so quicker to add to.
struct Parts<T: Sample> {
    /// Of the integers that values become, the first and the second of each.
    sums: [Vec<T::Sum>; 2],
    left_out: Vec<u32>,
    /// Rows that went into them.
    added: usize,
}

impl<T: Sample> Parts<T> {
    /// Moves them on to the sums.
    fn flush(&mut self, frame: &Frame, sums: &mut [Exact]) {
        self.added = 0;
        let [first, second] = &mut self.sums;
        let mut second = second.iter_mut();
        for (sum, first) in sums.iter_mut().zip(first) {
            let second = second.next().map(std::mem::take).unwrap_or_default();
            sum.add_framed(frame, [std::mem::take(first).into(), second.into()]);
        }
    }
}

impl<T: Sample> Running<T> {
    pub(super) fn new(len: usize) -> Self {
        Self {
            sums: vec![Exact::default(); len],
            left_out: vec![0; len],
            framing: Framing::new::<T>(),
            parts: Parts {
                sums: [Vec::new(), Vec::new()],
                left_out: Vec::new(),
                added: 0,
            },
            has_holes: false,
        }
    }

    /// Whether the cells become integers in the frame, which changes if it has to.
    #[inline(always)]
    fn fits<R: Rows<T>>(&mut self, rows: &R) -> bool {
        if T::FRAME.is_some() {
            return true;
        }
        let span = (0..rows.num_rows()).fold(Span::Nothing, |span, number| {
            span.and(T::span(rows.row(number).iter().map(|cell| R::value(*cell))))
        });
        self.has_holes |= span == Span::NotFinite;
        let (parts, sums) = (&mut self.parts, &mut self.sums);
        self.framing.fits(span, |before| parts.flush(before, sums))
    }

    /// Adds each row up: the first to the sum at `first`, each further one to a sum that many `sums_apart`.
    #[inline(always)]
    pub(super) fn add_along<R: Rows<T>>(&mut self, rows: &R, first: usize, sums_apart: usize) {
        let fits = self.fits(rows);
        if self.has_holes {
            return;
        }
        let frame = &self.framing.0;
        for number in 0..rows.num_rows() {
            let Some(sum) = self.sums.get_mut(first + number * sums_apart) else {
                continue;
            };
            let row = rows.row(number);
            if !fits {
                row.iter()
                    .for_each(|cell| sum.add_double(R::value(*cell).to_f64()));
                continue;
            }
            for row in row.chunks(CELLS_PER_FRAME) {
                let second = match frame.levels() {
                    1 => 0,
                    _ => total::<T, R, true>(row, frame),
                };
                sum.add_framed(frame, [total::<T, R, false>(row, frame), second]);
            }
        }
        let holes = rows.holes().unwrap_or_default();
        for (number, holes) in holes.chunks_exact(rows.num_columns().max(1)).enumerate() {
            if let Some(left_out) = self.left_out.get_mut(first + number * sums_apart) {
                let holes = holes.iter().fold(0, |sum, &hole| sum + u32::from(hole));
                *left_out += u64::from(holes);
            }
        }
    }

    /// Adds each cell to the sum of its column; those of the first row begin at `first`. The rows are so many bytes apart.
    #[inline(always)]
    pub(super) fn add_across<R: Rows<T>>(
        &mut self,
        rows: &R,
        first: usize,
        sums_apart: usize,
        bytes_apart: usize,
    ) {
        let fits = self.fits(rows);
        if self.has_holes {
            return;
        }
        self.make_room(rows.num_rows());
        let across = Across {
            rows: rows.num_rows(),
            first,
            sums_apart,
            by_fours: sums_apart == 0 && bytes_apart >= FAR,
        };
        let row = |number| rows.row(number);
        if fits {
            let frame = self.framing.0;
            let [firsts, seconds] = &mut self.parts.sums;
            let len = self.sums.len();
            across.add(room(firsts, len), row, T::Sum::plus, |cell| {
                R::value(cell).level::<false>(&frame)
            });
            if frame.levels() == 2 {
                across.add(room(seconds, len), row, T::Sum::plus, |cell| {
                    R::value(cell).level::<true>(&frame)
                });
            }
        } else {
            for number in 0..rows.num_rows() {
                let sums = self.sums.get_mut(first + number * sums_apart..);
                for (sum, cell) in sums.unwrap_or_default().iter_mut().zip(row(number)) {
                    sum.add_double(R::value(*cell).to_f64());
                }
            }
        }
        if let Some(holes) = rows.holes() {
            let row = |number| row_of(holes, rows.num_columns(), number);
            let parts = room(&mut self.parts.left_out, self.left_out.len());
            across.add(parts, row, |a, b| a + b, u32::from);
        }
    }

    /// Moves the parts on before they may take more rows than they can.
    #[inline(always)]
    fn make_room(&mut self, rows: usize) {
        if self.parts.added + rows > T::Sum::CELLS {
            self.flush();
        }
        self.parts.added += rows;
    }

    fn flush(&mut self) {
        self.parts.flush(&self.framing.0, &mut self.sums);
        for (sum, part) in self.left_out.iter_mut().zip(&mut self.parts.left_out) {
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

/// Parts, which there are once they are needed.
#[inline(always)]
fn room<P: Clone + Default>(parts: &mut Vec<P>, len: usize) -> &mut [P] {
    if parts.len() < len {
        parts.resize(len, P::default());
    }
    parts
}

/// The sum of a few thousand cells at most: of the first integers that they become, or of the second.
#[inline(always)]
fn total<T: Sample, R: Rows<T>, const SECOND: bool>(cells: &[R::Cell], frame: &Frame) -> i64 {
    let mut lanes = [T::Sum::default(); LANES];
    let (rows, rest) = cells.as_chunks::<LANES>();
    // Of known length, or the loop stays one.
    for row in rows {
        // First all of them as values: from the bytes, they would go to the lanes one by one.
        for (lane, value) in lanes.iter_mut().zip(row.map(R::value)) {
            *lane = lane.plus(value.level::<SECOND>(frame));
        }
    }
    for (lane, cell) in lanes.iter_mut().zip(rest) {
        *lane = lane.plus(R::value(*cell).level::<SECOND>(frame));
    }
    // Halves upon each other: one after the other, each would wait for the one before.
    let mut half = LANES / 2;
    while half > 0 {
        let (low, high) = lanes.split_at_mut(half);
        for (a, b) in low.iter_mut().zip(high) {
            *a = a.plus(*b);
        }
        half /= 2;
    }
    let [sum, ..] = lanes;
    sum.into()
}

/// Which parts rows are added to.
#[derive(Clone, Copy)]
struct Across {
    rows: usize,
    first: usize,
    sums_apart: usize,
    by_fours: bool,
}

impl Across {
    /// Adds cells to the parts of their columns: four rows at once where all have the same parts, which are then loaded and
    /// stored a quarter as often, and are so far apart that the processor fetches each of them ahead for itself.
    #[inline(always)]
    fn add<'a, P: Copy, C: Copy + 'a>(
        self,
        parts: &mut [P],
        row: impl Fn(usize) -> &'a [C],
        plus: impl Fn(P, P) -> P,
        part_of: impl Fn(C) -> P,
    ) {
        let parts = parts.get_mut(self.first..).unwrap_or_default();
        let fours = if self.by_fours { self.rows / 4 } else { 0 };
        for four in 0..fours {
            let [a, b, c, d] = [0, 1, 2, 3].map(|number| row(4 * four + number));
            for ((((part, a), b), c), d) in parts.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                let [a, b, c, d] = [*a, *b, *c, *d].map(&part_of);
                *part = plus(*part, plus(plus(a, b), plus(c, d)));
            }
        }
        for number in 4 * fours..self.rows {
            let parts = parts
                .get_mut(number * self.sums_apart..)
                .unwrap_or_default();
            for (part, cell) in parts.iter_mut().zip(row(number)) {
                *part = plus(*part, part_of(*cell));
            }
        }
    }
}
