//! Adding up all cells of a view along some of its axes: mean pictures, mean spectra.
//!
//! The walk follows the memory, whatever the axes mean. Where the innermost axis is added up, a run of cells becomes one
//! number; where it is kept, a run is added to as many sums side by side. Tasks are cut by the view alone and merged in
//! their order, so that results do not depend on the number of threads.

use super::decode::{DecodeSample, Flag, decode_run, with_decoder};
use super::sample::PartSum;
use super::view::shifted;
use super::{ArrayView, Sample};
use crate::progress::{Cancelled, Progress};
use ndarray::{ArrayD, IxDyn};
use rayon::prelude::*;

/// Cells that are decoded at once.
const CELLS_PER_PIECE: usize = 1024;
/// Cells of a task, where that is for us to choose.
const CELLS_PER_TASK: usize = 1 << 20;
/// Sums of a task: few enough to stay in a near cache.
const SUMS_PER_TASK: usize = 1 << 13;
/// Cells that a partial sum of small integers takes without overflow: 2^15 * (2^16 - 1) is below 2^31.
const CELLS_PER_PART: usize = 1 << 15;

/// Sums along axes, and how many cells went into each: finite ones that no mask hides.
#[derive(Debug, Clone, PartialEq)]
pub struct Sums {
    /// Lengths of the kept axes, in the order in which they were named.
    pub shape: Vec<usize>,
    /// C order; none where the view is empty. Integers of at most 16 bits are added without loss, others as doubles.
    pub sums: Vec<f64>,
    /// Cells that went into each.
    pub counts: Vec<u64>,
}

/// What is known before all is done: it is of the first `done` of `total` cells, in an order that suits the file.
pub struct Part<'a, T> {
    /// Cells that were looked at.
    pub done: u64,
    /// All cells.
    pub total: u64,
    make: &'a dyn Fn() -> T,
}

impl<'a, T> Part<'a, T> {
    pub(crate) fn new(done: u64, total: u64, make: &'a dyn Fn() -> T) -> Self {
        Self { done, total, make }
    }

    /// The result as far as it goes. Takes time only when it is asked for.
    #[must_use]
    pub fn value(&self) -> T {
        (self.make)()
    }

    /// The same work, as something else.
    pub(crate) fn map<'b, U>(&self, make: &'b dyn Fn() -> U) -> Part<'b, U> {
        Part::new(self.done, self.total, make)
    }

    /// 0..=1
    #[must_use]
    pub fn share(&self) -> f64 {
        self.done as f64 / self.total.max(1) as f64
    }
}

/// Adds up all axes but those `kept` (others than the view has are ignored), in parallel. `part` is called from time to
/// time with what is known so far. Memory grows with the number of sums, not with the array.
///
/// Finished cells are added to `progress`; their total is for the caller to state.
///
/// # Errors
/// [`Cancelled`].
pub fn add_up(
    view: &ArrayView,
    kept: &[usize],
    progress: &Progress,
    part: &mut dyn FnMut(&Part<'_, Sums>),
) -> Result<Sums, Cancelled> {
    progress.check()?;
    let walk = Walk::new(view, kept);
    let total = view.num_cells() as u64;
    let mut all = Gathered::new(walk.sums);
    let mut done = 0;
    if total > 0 {
        let batch = rayon::current_num_threads().saturating_mul(8);
        for start in (0..walk.num_tasks()).step_by(batch) {
            let end = walk.num_tasks().min(start.saturating_add(batch));
            let tasks: Vec<Task> = (start..end).map(|number| walk.task(number)).collect();
            let parts = tasks
                .par_iter()
                .map(|task| {
                    with_decoder!(view.number, view.order, run[](view, &walk, task, progress))
                })
                .collect::<Result<Vec<_>, _>>()?;
            for (task, part) in tasks.iter().zip(&parts) {
                done += task.cells;
                all.merge(task.first_sum, part);
            }
            part(&Part::new(done, total, &|| walk.finish(&all)));
        }
    }
    Ok(walk.finish(&all))
}

/// One axis of the walk.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Axis {
    length: usize,
    data: isize,
    mask: isize,
    is_kept: bool,
    /// Distance of its indices in the sums.
    sum: usize,
}

/// Of a view without axes.
const SINGLE: Axis = Axis {
    length: 1,
    data: 0,
    mask: 0,
    is_kept: false,
    sum: 0,
};

/// The axes as the memory has them, outermost first, neighbours joined; and how the work is cut.
struct Walk {
    axes: Vec<Axis>,
    sums: usize,
    /// The axis that is cut, and into pieces of which length; axes before it are taken index by index.
    cut: usize,
    cut_length: usize,
    /// Whether axes before the cut one are taken whole instead: all of what is added up in one task.
    is_by_sums: bool,
    /// Lengths of the kept axes in the order of the sums, and for each kept axis as named its place there.
    kept_lengths: Vec<usize>,
    places: Vec<usize>,
}

/// A box of indices.
struct Task {
    /// First index and length along each axis.
    ranges: Vec<(usize, usize)>,
    cells: u64,
    first_sum: usize,
    num_sums: usize,
}

impl Walk {
    fn new(view: &ArrayView, kept: &[usize]) -> Self {
        let mut axes: Vec<(usize, Axis)> = (view.shape.iter().enumerate())
            .filter_map(|(number, &length)| {
                let data = *view.data.strides.get(number)?;
                let mask = match &view.mask {
                    Some(mask) => *mask.strides.get(number)?,
                    None => 0,
                };
                let is_kept = kept.contains(&number);
                Some((
                    number,
                    Axis {
                        length,
                        data,
                        mask,
                        is_kept,
                        sum: 0,
                    },
                ))
            })
            .collect();
        axes.sort_by_key(|(_, axis)| std::cmp::Reverse(axis.data.unsigned_abs()));
        let in_order: Vec<usize> = (axes.iter())
            .filter_map(|(number, axis)| axis.is_kept.then_some(*number))
            .collect();
        let kept_lengths: Vec<usize> = (axes.iter())
            .filter_map(|(_, axis)| axis.is_kept.then_some(axis.length))
            .collect();
        let places = (kept.iter())
            .filter_map(|number| in_order.iter().position(|other| other == number))
            .collect();
        // No more than there are cells in the file; of an empty view the lengths may say anything.
        let sums = match view.num_cells() {
            0 => 0,
            _ => kept_lengths.iter().product(),
        };
        let axes = joined(axes.into_iter().map(|(_, axis)| axis));
        let mut walk = Self {
            axes,
            sums,
            cut: 0,
            cut_length: 1,
            is_by_sums: false,
            kept_lengths,
            places,
        };
        walk.choose_cut();
        walk
    }

    fn choose_cut(&mut self) {
        self.is_by_sums = self.sums > SUMS_PER_TASK;
        if self.is_by_sums {
            // Tasks of neighbouring sums. Short runs are no harm where each of them is a sum of its own.
            let is_across = self.axes.last().is_some_and(|axis| axis.is_kept);
            let added = (self.axes.iter().filter(|axis| !axis.is_kept))
                .fold(1_usize, |cells, axis| cells.saturating_mul(axis.length));
            let wanted = if is_across {
                SUMS_PER_TASK
            } else {
                (CELLS_PER_TASK / added.max(1)).clamp(64, SUMS_PER_TASK)
            };
            let cut = self.axes.iter().position(|axis| axis.is_kept);
            self.cut = cut.unwrap_or(0);
            let sum = self.axes.get(self.cut).map_or(1, |axis| axis.sum);
            self.cut_length = (wanted / sum.max(1)).max(1);
        } else {
            // Tasks of neighbouring bytes.
            let mut inside = 1_usize;
            for (number, axis) in self.axes.iter().enumerate().rev() {
                self.cut = number;
                self.cut_length = (CELLS_PER_TASK / inside.max(1)).max(1);
                inside = inside.saturating_mul(axis.length);
                if inside >= CELLS_PER_TASK {
                    break;
                }
            }
        }
    }

    /// How many pieces each axis is cut into.
    fn pieces(&self) -> impl DoubleEndedIterator<Item = (usize, &Axis, usize)> {
        self.axes.iter().enumerate().map(|(number, axis)| {
            let piece = match number.cmp(&self.cut) {
                std::cmp::Ordering::Less if !self.is_by_sums => 1,
                std::cmp::Ordering::Equal => self.cut_length,
                _ => axis.length.max(1),
            };
            (piece, axis, axis.length.div_ceil(piece))
        })
    }

    fn num_tasks(&self) -> usize {
        (self.pieces()).fold(1, |tasks: usize, (_, _, pieces)| {
            tasks.saturating_mul(pieces)
        })
    }

    fn task(&self, number: usize) -> Task {
        let mut rest = number;
        let mut task = Task {
            ranges: Vec::with_capacity(self.axes.len()),
            cells: 1,
            first_sum: 0,
            num_sums: 1,
        };
        for (piece, axis, pieces) in self.pieces().collect::<Vec<_>>().into_iter().rev() {
            let start = rest % pieces.max(1) * piece;
            rest /= pieces.max(1);
            let len = piece.min(axis.length.saturating_sub(start));
            task.cells = task.cells.saturating_mul(len as u64);
            if axis.is_kept {
                task.first_sum += start * axis.sum;
                // From the innermost on, so the last one that counts is the outermost.
                if len > 1 {
                    task.num_sums += (len - 1) * axis.sum;
                }
            }
            task.ranges.push((start, len));
        }
        task.ranges.reverse();
        task
    }

    /// The sums in the order that was asked for.
    fn finish(&self, all: &Gathered) -> Sums {
        Sums {
            shape: (self.places.iter())
                .filter_map(|&place| self.kept_lengths.get(place).copied())
                .collect(),
            sums: self.reordered(&all.sums),
            counts: self.reordered(&all.counts),
        }
    }

    fn reordered<T: Clone>(&self, values: &[T]) -> Vec<T> {
        if self.places.is_sorted() {
            return values.to_vec();
        }
        match ArrayD::from_shape_vec(IxDyn(&self.kept_lengths), values.to_vec()) {
            Ok(array) => (array.view().permuted_axes(IxDyn(&self.places)))
                .iter()
                .cloned()
                .collect(),
            // Empty: the lengths say more than there is.
            Err(_) => Vec::new(),
        }
    }
}

/// Joins axes that continue each other and are treated alike, and places the kept ones in the sums.
fn joined(axes: impl Iterator<Item = Axis>) -> Vec<Axis> {
    let mut joined: Vec<Axis> = Vec::new();
    for inner in axes.filter(|axis| axis.length != 1) {
        let times = |stride: isize| isize::try_from(inner.length).ok()?.checked_mul(stride);
        match joined.last_mut() {
            Some(outer)
                if outer.is_kept == inner.is_kept
                    && Some(outer.data) == times(inner.data)
                    && Some(outer.mask) == times(inner.mask) =>
            {
                *outer = Axis {
                    length: outer.length.saturating_mul(inner.length),
                    ..inner
                };
            }
            _ => joined.push(inner),
        }
    }
    let mut sum = 1_usize;
    for axis in joined.iter_mut().rev().filter(|axis| axis.is_kept) {
        axis.sum = sum;
        sum = sum.saturating_mul(axis.length);
    }
    joined
}

/// Some of the sums.
struct Gathered {
    sums: Vec<f64>,
    counts: Vec<u64>,
}

impl Gathered {
    fn new(len: usize) -> Self {
        Self {
            sums: vec![0.0; len],
            counts: vec![0; len],
        }
    }

    /// Adds others that begin at one of ours.
    fn merge(&mut self, first: usize, other: &Self) {
        let sums = self.sums.iter_mut().skip(first);
        sums.zip(&other.sums).for_each(|(a, b)| *a += b);
        let counts = self.counts.iter_mut().skip(first);
        counts.zip(&other.counts).for_each(|(a, b)| *a += b);
    }
}

/// The sums of one task while it runs.
struct Running<T: Sample> {
    /// Of the last few cells.
    parts: Vec<T::Sum>,
    sums: Vec<f64>,
    /// Cells that were added from this sum on, less those that were added up to it.
    steps: Vec<i64>,
    /// Cells among them that do not count.
    left_out: Vec<u64>,
    /// Cells that the fullest part may have.
    added: usize,
}

impl<T: Sample> Running<T> {
    fn new(len: usize) -> Self {
        Self {
            parts: vec![T::Sum::default(); len],
            sums: vec![0.0; len],
            steps: vec![0; len.saturating_add(1)],
            left_out: vec![0; len],
            added: 0,
        }
    }

    /// Moves the parts on before they may take `cells` more than they can.
    fn make_room(&mut self, cells: usize) {
        if self.added + cells > CELLS_PER_PART {
            self.flush();
        }
        self.added += cells;
    }

    fn flush(&mut self) {
        self.added = 0;
        for (sum, part) in self.sums.iter_mut().zip(&mut self.parts) {
            *sum += std::mem::take(part).to_f64();
        }
    }

    fn count(&mut self, first: usize, sums: usize, cells: usize) {
        if let Some(step) = self.steps.get_mut(first) {
            *step += cells as i64;
        }
        if let Some(step) = self.steps.get_mut(first + sums) {
            *step -= cells as i64;
        }
    }

    #[inline(always)]
    fn add<C>(
        &mut self,
        is_across: bool,
        first: usize,
        cells: &[C],
        value: impl Fn(&C) -> T,
        masked: Option<&[bool]>,
    ) {
        if is_across {
            self.add_across(first, cells, value, masked);
        } else {
            self.add_along(first, cells, value, masked);
        }
    }

    /// All cells into one sum. `value` gives the number of a cell.
    #[inline(always)]
    fn add_along<C>(
        &mut self,
        at: usize,
        cells: &[C],
        value: impl Fn(&C) -> T,
        masked: Option<&[bool]>,
    ) {
        self.count(at, 1, cells.len());
        let (Some(sum), Some(left_out)) = (self.sums.get_mut(at), self.left_out.get_mut(at)) else {
            return;
        };
        // Eight sums side by side, which a processor can add at once.
        let mut lanes = [T::Sum::default(); 8];
        if all_count(cells, &value, masked) {
            let (rows, rest) = cells.as_chunks::<8>();
            // Of known length, or the loop stays one.
            for row in rows {
                for (lane, cell) in lanes.iter_mut().zip(row) {
                    lane.add(value(cell).to_sum());
                }
            }
            for (lane, cell) in lanes.iter_mut().zip(rest) {
                lane.add(value(cell).to_sum());
            }
        } else {
            for (index, row) in cells.chunks(8).enumerate() {
                let masked = masked.and_then(|masked| masked.get(8 * index..));
                for (index, (lane, cell)) in lanes.iter_mut().zip(row).enumerate() {
                    let value = value(cell);
                    let counts = value.is_finite() & !is_masked(masked, index);
                    lane.add(if counts {
                        value.to_sum()
                    } else {
                        T::Sum::default()
                    });
                    *left_out += u64::from(!counts);
                }
            }
        }
        *sum += lanes.into_iter().map(PartSum::to_f64).sum::<f64>();
    }

    /// Each cell into a sum of its own. `value` gives the number of a cell.
    #[inline(always)]
    fn add_across<C>(
        &mut self,
        first: usize,
        cells: &[C],
        value: impl Fn(&C) -> T,
        masked: Option<&[bool]>,
    ) {
        self.count(first, cells.len(), 1);
        let parts = self.parts.get_mut(first..).unwrap_or_default();
        if all_count(cells, &value, masked) {
            for (part, cell) in parts.iter_mut().zip(cells) {
                part.add(value(cell).to_sum());
            }
            return;
        }
        let left_out = self.left_out.get_mut(first..).unwrap_or_default();
        let sums = parts.iter_mut().zip(left_out).zip(cells).enumerate();
        for (index, ((part, left_out), cell)) in sums {
            // No branch: where masks look like noise, it would be guessed wrong all the time.
            let value = value(cell);
            let counts = value.is_finite() & !is_masked(masked, index);
            part.add(if counts {
                value.to_sum()
            } else {
                T::Sum::default()
            });
            *left_out += u64::from(!counts);
        }
    }

    fn finish(mut self) -> Gathered {
        self.flush();
        let mut running = 0;
        let counts = (self.steps.iter().zip(&self.left_out))
            .map(|(step, left_out)| {
                running += step;
                u64::try_from(running)
                    .unwrap_or(0)
                    .saturating_sub(*left_out)
            })
            .collect();
        Gathered {
            sums: self.sums,
            counts,
        }
    }
}

fn is_masked(masked: Option<&[bool]>, index: usize) -> bool {
    masked.is_some_and(|masked| masked.get(index).copied().unwrap_or(false))
}

/// Whether every cell is a number that no mask hides: the usual case, found out without a branch for each cell.
#[inline(always)]
fn all_count<C, T: Sample>(cells: &[C], value: impl Fn(&C) -> T, masked: Option<&[bool]>) -> bool {
    let finite = (cells.iter()).fold(true, |all, cell| all & value(cell).is_finite());
    finite && masked.is_none_or(|masked| !masked.iter().fold(false, |any, masked| any | masked))
}

/// A place in the walk along the axes but the innermost one.
#[derive(Clone, Copy)]
struct Row {
    data: usize,
    mask: usize,
    sum: usize,
}

/// Calls `with` for each row of a task, in the order of the memory.
fn for_each_row(
    axes: &[(Axis, (usize, usize))],
    row: Row,
    with: &mut impl FnMut(Row) -> Result<(), Cancelled>,
) -> Result<(), Cancelled> {
    // There are at most as many axes as an array may have.
    let Some((&(axis, (start, len)), inside)) = axes.split_first() else {
        return with(row);
    };
    for index in 0..len {
        let row = Row {
            data: shifted(row.data, start + index, axis.data),
            mask: shifted(row.mask, start + index, axis.mask),
            sum: row.sum + index * axis.sum,
        };
        for_each_row(inside, row, with)?;
    }
    Ok(())
}

fn run<D: DecodeSample<N>, const N: usize, const BIG: bool>(
    view: &ArrayView,
    walk: &Walk,
    task: &Task,
    progress: &Progress,
) -> Result<Gathered, Cancelled> {
    let bytes = view.bytes.as_slice();
    let mut running = Running::<D::Out>::new(task.num_sums);
    let mut values = [D::Out::default(); CELLS_PER_PIECE];
    let mut flags = [false; CELLS_PER_PIECE];
    let axes = walk.axes.iter().copied().zip(task.ranges.iter().copied());
    let mut axes: Vec<(Axis, (usize, usize))> = axes.collect();
    let (inner, (inner_start, inner_len)) = axes.pop().unwrap_or((SINGLE, (0, 1)));
    let first = Row {
        data: view.data.offset,
        mask: view.mask.as_ref().map_or(0, |mask| mask.offset),
        sum: 0,
    };
    for_each_row(&axes, first, &mut |row| {
        if inner.is_kept {
            running.make_room(1);
        }
        for piece in (0..inner_len).step_by(CELLS_PER_PIECE) {
            progress.check()?;
            let len = (inner_len - piece).min(CELLS_PER_PIECE);
            let along = inner_start + piece;
            let offset = shifted(row.data, along, inner.data);
            let flags = match view.mask {
                Some(_) => flags.get_mut(..len).map(|flags| {
                    let offset = shifted(row.mask, along, inner.mask);
                    decode_run::<Flag, 1, false>(bytes, offset, inner.mask, flags);
                    &*flags
                }),
                None => None,
            };
            let sum = row.sum + piece * inner.sum;
            if inner.data == N as isize {
                // Straight from the file.
                let end = offset.saturating_add(len * N);
                let (cells, _) = bytes.get(offset..end).unwrap_or_default().as_chunks::<N>();
                let value = |cell: &[u8; N]| if BIG { D::big(*cell) } else { D::little(*cell) };
                running.add(inner.is_kept, sum, cells, value, flags);
            } else {
                let values = values.get_mut(..len).unwrap_or_default();
                decode_run::<D, N, BIG>(bytes, offset, inner.data, values);
                running.add(inner.is_kept, sum, values, |value| *value, flags);
            }
        }
        Ok(())
    })?;
    progress.add(task.cells);
    Ok(running.finish())
}
