//! Adding up all cells of a view along some of its axes: mean pictures, mean spectra.
//!
//! The walk follows the memory, whatever the axes mean. Where the innermost axis is added up, a run of cells becomes one
//! number; where it is kept, a run is added to as many sums side by side. Tasks are cut by the view alone and merged in
//! their order, so that results do not depend on the number of threads.

use super::decode::{DecodeSample, with_decoder};
use super::reach::PAGE;
use super::running::{Block, Gathered, InPlace, Lattice, Rows, Running};
use super::vectors::vectorised;
use super::view::shifted;
use super::{ArrayView, Part, Sample};
use crate::progress::{Cancelled, Progress};
use ndarray::{ArrayD, IxDyn};
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// Cells that are decoded at once: few enough for a near cache.
const CELLS_PER_BLOCK: usize = 1 << 13;
/// Cells of a row among them at most, so that there are some rows.
const COLUMNS_PER_BLOCK: usize = 1 << 11;
/// Bytes of the file between two looks at the progress, about: they may have to come from a slow disk.
const BYTES_PER_PIECE: usize = 256 << 10;
/// Cells of a task, where that is for us to choose.
const CELLS_PER_TASK: usize = 1 << 20;
/// Sums of a task: few enough to stay in a near cache.
const SUMS_PER_TASK: usize = 1 << 13;
/// Sums of tasks that wait to be merged: of cells of very different size, each may take a kilobyte.
const SUMS_AT_ONCE: usize = 1 << 16;

/// Means along axes, in the unit of the array: exact, with a single rounding to double precision. Masked, NaN and infinite
/// cells count nowhere; of complex numbers the magnitudes are meant, bool counts as 0 and 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Means {
    /// Lengths of the axes that are left, in the order in which they were named.
    pub shape: Vec<usize>,
    /// In C order; NaN where no cell counts. None where the array is empty.
    pub means: Vec<f64>,
    /// Cells that each is the mean of.
    pub counts: Vec<u64>,
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
    part: &mut dyn FnMut(&Part<'_, Means>),
) -> Result<Means, Cancelled> {
    progress.check()?;
    let walk = Walk::new(view, kept);
    let total = view.num_cells() as u64;
    let mut all = All::new(&walk);
    let mut done = 0;
    if total > 0 {
        let threads = rayon::current_num_threads();
        let most = SUMS_AT_ONCE / walk.sums.max(1);
        let batch = threads.saturating_mul(8).min(threads.max(most));
        for start in (0..walk.num_tasks()).step_by(batch) {
            let end = walk.num_tasks().min(start.saturating_add(batch));
            let tasks: Vec<Task> = (start..end).map(|number| walk.task(number)).collect();
            walk.run_tasks(view, &tasks, &mut all, progress)?;
            done += tasks.iter().map(|task| task.cells).sum::<u64>();
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

impl Axis {
    /// Bytes of the file from one index to the next, of data or mask, whichever is farther.
    fn step(&self) -> usize {
        self.data.unsigned_abs().max(self.mask.unsigned_abs())
    }

    /// Bytes of the file that so many indices reach, about.
    fn reach(&self, len: usize) -> usize {
        self.step().clamp(1, PAGE).saturating_mul(len)
    }

    /// Indices that are passed between two looks at the progress: so many, or fewer where each reaches much of the file.
    /// `inside`: what is reached at each.
    fn most(&self, len: usize, inside: usize) -> usize {
        let each = if self.step() < PAGE {
            inside
        } else {
            inside.max(PAGE)
        };
        let each = each.max(self.reach(1)).max(1);
        (BYTES_PER_PIECE / each).clamp(1, len.max(1))
    }
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
    /// Whether a task found cells that do not count: the others need not try to do without looking for them.
    has_holes: AtomicBool,
}

/// A box of indices.
struct Task {
    /// First index and length along each axis.
    ranges: Vec<(usize, usize)>,
    cells: u64,
    /// Cells of each sum.
    added: u64,
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
            has_holes: AtomicBool::new(false),
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
            added: 1,
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
            } else {
                task.added = task.added.saturating_mul(len as u64);
            }
            task.ranges.push((start, len));
        }
        task.ranges.reverse();
        task
    }

    /// Runs tasks that follow each other, and adds what they found.
    fn run_tasks(
        &self,
        view: &ArrayView,
        tasks: &[Task],
        all: &mut All,
        progress: &Progress,
    ) -> Result<(), Cancelled> {
        // Inside the task, so that only its loop is compiled for each number type.
        let run_one = |task: &Task| {
            with_decoder!(
                view.number,
                view.order,
                run_task[](view, self, task, progress)
            )
        };
        match all {
            All::Sums(all) => {
                let found = (tasks.par_iter().map(run_one)).collect::<Result<Vec<_>, _>>()?;
                for (task, found) in tasks.iter().zip(&found) {
                    all.merge(task.first_sum, found);
                }
                Ok(())
            }
            All::Means { means, counts } => {
                // Each has sums of its own, as many as the first one but for the last.
                let first = tasks.first().map_or(0, |task| task.first_sum);
                let num_sums = tasks.first().map_or(1, |task| task.num_sums.max(1));
                let means = means.get_mut(first..).unwrap_or_default();
                let counts = counts.get_mut(first..).unwrap_or_default();
                (tasks.par_iter())
                    .zip(means.par_chunks_mut(num_sums))
                    .zip(counts.par_chunks_mut(num_sums))
                    .try_for_each(|((task, means), counts)| {
                        let found = run_one(task)?;
                        put_means(&found, means);
                        counts
                            .iter_mut()
                            .zip(found.counts)
                            .for_each(|(a, b)| *a = b);
                        Ok(())
                    })
            }
        }
    }

    /// The means in the order that was asked for.
    fn finish(&self, all: &All) -> Means {
        let (means, counts) = match all {
            All::Sums(all) => {
                let mut means = vec![f64::NAN; all.sums.len()];
                put_means(all, &mut means);
                (means, all.counts.clone())
            }
            All::Means { means, counts } => (means.clone(), counts.clone()),
        };
        Means {
            shape: (self.places.iter())
                .filter_map(|&place| self.kept_lengths.get(place).copied())
                .collect(),
            means: self.reordered(means),
            counts: self.reordered(counts),
        }
    }

    fn reordered<T: Clone>(&self, values: Vec<T>) -> Vec<T> {
        if self.places.is_sorted() {
            return values;
        }
        match ArrayD::from_shape_vec(IxDyn(&self.kept_lengths), values) {
            Ok(array) => (array.view().permuted_axes(IxDyn(&self.places)))
                .iter()
                .cloned()
                .collect(),
            // Empty: the lengths say more than there is.
            Err(_) => Vec::new(),
        }
    }
}

/// What is known of all.
enum All {
    /// Every task adds to any of them.
    Sums(Gathered),
    /// A task has some to itself, so there are means once it has ended. Those to come are NaN.
    Means { means: Vec<f64>, counts: Vec<u64> },
}

impl All {
    fn new(walk: &Walk) -> Self {
        if walk.is_by_sums {
            Self::Means {
                means: vec![f64::NAN; walk.sums],
                counts: vec![0; walk.sums],
            }
        } else {
            Self::Sums(Gathered::new(walk.sums))
        }
    }
}

fn put_means(found: &Gathered, means: &mut [f64]) {
    for ((mean, sum), &count) in means.iter_mut().zip(&found.sums).zip(&found.counts) {
        *mean = sum.mean(count);
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

/// A place in the walk.
#[derive(Clone, Copy)]
struct Place {
    data: usize,
    mask: usize,
    sum: usize,
}

impl Place {
    /// Some indices on, along one axis; the sums are those of a task that begins `from` the start of the axis.
    fn moved(self, axis: Axis, from: usize, by: usize) -> Self {
        Self {
            data: shifted(self.data, from + by, axis.data),
            mask: shifted(self.mask, from + by, axis.mask),
            sum: self.sum + by * axis.sum,
        }
    }
}

/// Calls `with` for each index along some axes of a task, in the order of the memory.
fn for_each_place(
    axes: &[(Axis, (usize, usize))],
    place: Place,
    with: &mut impl FnMut(Place) -> Result<(), Cancelled>,
) -> Result<(), Cancelled> {
    // There are at most as many axes as an array may have.
    let Some((&(axis, (start, len)), inside)) = axes.split_first() else {
        return with(place);
    };
    for index in 0..len {
        for_each_place(inside, place.moved(axis, start, index), with)?;
    }
    Ok(())
}

/// Adds up in place where cells lie side by side, as long as all of them count.
fn run_task<D: DecodeSample<N>, const N: usize, const BIG: bool>(
    view: &ArrayView,
    walk: &Walk,
    task: &Task,
    progress: &Progress,
) -> Result<Gathered, Cancelled> {
    let bytes = view.bytes.as_slice();
    let is_side_by_side = (walk.axes.last()).is_some_and(|inner| inner.data == N as isize);
    // Floats are looked at twice; halves and complex numbers would be decoded twice.
    let is_plain = size_of::<D::Out>() == N;
    if is_side_by_side && is_plain && view.mask.is_none() && !walk.has_holes.load(Ordering::Relaxed)
    {
        let found = run_pieces(
            view,
            walk,
            task,
            progress,
            #[inline(always)]
            |running, piece| {
                let rows = InPlace::<D, N, BIG>::new(bytes, piece.shape, piece.data);
                piece.add(running, &rows);
            },
        )?;
        if let Some(found) = found {
            progress.add(task.cells);
            return Ok(found);
        }
        walk.has_holes.store(true, Ordering::Relaxed);
    }
    let mut block = Block::<D::Out>::new(CELLS_PER_BLOCK);
    let found = run_pieces(
        view,
        walk,
        task,
        progress,
        #[inline(always)]
        |running, piece| {
            block.read::<D, N, BIG>(bytes, piece.shape, piece.data, piece.mask);
            piece.add(running, &block);
        },
    )?;
    progress.add(task.cells);
    // In a block, what does not count is zero.
    Ok(found.unwrap_or_else(|| Gathered::new(task.num_sums)))
}

/// Some rows and columns of a task.
struct Piece {
    shape: (usize, usize),
    data: Lattice,
    mask: Option<Lattice>,
    /// Whether each column has a sum of its own.
    is_across: bool,
    first_sum: usize,
    /// From row to row.
    sums_apart: usize,
}

impl Piece {
    #[inline(always)]
    fn add<T: Sample, R: Rows<T>>(&self, running: &mut Running<T>, rows: &R) {
        if self.is_across {
            let apart = self.data.row.unsigned_abs();
            running.add_across(rows, self.first_sum, self.sums_apart, apart);
        } else {
            running.add_along(rows, self.first_sum, self.sums_apart);
        }
    }
}

/// Calls `add` for each piece of a task, one after the other. `None` as soon as one finds NaN or infinity where it may not.
#[inline(always)]
fn run_pieces<T: Sample>(
    view: &ArrayView,
    walk: &Walk,
    task: &Task,
    progress: &Progress,
    mut add: impl FnMut(&mut Running<T>, &Piece),
) -> Result<Option<Gathered>, Cancelled> {
    let axes = walk.axes.iter().copied().zip(task.ranges.iter().copied());
    let mut axes: Vec<(Axis, (usize, usize))> = axes.collect();
    // The two innermost axes make the rows and columns.
    let (inner, (inner_start, inner_len)) = axes.pop().unwrap_or((SINGLE, (0, 1)));
    let (outer, (outer_start, outer_len)) = axes.pop().unwrap_or((SINGLE, (0, 1)));
    let pieces = inner_len.div_ceil(inner.most(COLUMNS_PER_BLOCK, 1)).max(1);
    let columns_per_piece = inner_len.div_ceil(pieces).max(1);
    let in_a_row = inner.reach(columns_per_piece);
    let rows_per_piece = outer.most((CELLS_PER_BLOCK / columns_per_piece).max(1), in_a_row);
    let mut running = Running::<T>::new(task.num_sums);
    let first = Place {
        data: view.data.offset,
        mask: view.mask.as_ref().map_or(0, |mask| mask.offset),
        sum: 0,
    };
    for_each_place(&axes, first, &mut |place| {
        for row in (0..outer_len).step_by(rows_per_piece) {
            let place = place.moved(outer, outer_start, row);
            if running.has_holes {
                return Ok(());
            }
            for column in (0..inner_len).step_by(columns_per_piece) {
                progress.check()?;
                let place = place.moved(inner, inner_start, column);
                let piece = Piece {
                    shape: (
                        rows_per_piece.min(outer_len - row),
                        columns_per_piece.min(inner_len - column),
                    ),
                    data: Lattice {
                        offset: place.data,
                        row: outer.data,
                        column: inner.data,
                    },
                    mask: view.mask.as_ref().map(|_| Lattice {
                        offset: place.mask,
                        row: outer.mask,
                        column: inner.mask,
                    }),
                    is_across: inner.is_kept,
                    first_sum: place.sum,
                    sums_apart: outer.sum,
                };
                vectorised(
                    #[inline(always)]
                    || add(&mut running, &piece),
                );
            }
        }
        Ok(())
    })?;
    Ok((!running.has_holes).then(|| running.finish(task.added)))
}
