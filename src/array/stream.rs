//! Passing over all cells of a view of any number of dimensions with bounded memory.

use super::ArrayView;
use super::Sample;
use super::decode::{DecodeSample, Flag, decode_run, with_decoder};
use super::view::shifted;
use crate::progress::{Cancelled, Progress};
use rayon::prelude::*;

/// Where cells are so far apart, each may cost a read of its own.
const FAR: usize = 4096;
/// Such cells are read between two looks at the progress.
const FAR_CELLS_PER_STEP: usize = 64;
/// Cells that are decoded at once and handed to [`Fold::piece`] at most.
const CELLS_PER_PIECE: usize = 1024;
/// States that wait to be merged at most, for each thread: so what is merged grows steadily.
const TASKS_PER_THREAD: usize = 16;

/// Something computed from all cells of a view, whatever their number type and order.
pub trait Fold: Sync {
    /// What is known of some of the cells.
    type State: Send;

    /// Nothing seen yet.
    fn start(&self) -> Self::State;

    /// Takes in some cells. `masked` is as long as `values`; without it none is masked.
    fn piece<T: Sample>(&self, state: &mut Self::State, values: &[T], masked: Option<&[bool]>);
}

/// Passes over the view in parallel, in tasks of `cells_per_task` consecutive cells (in an order of
/// axes that suits the memory), and gives the tasks' states to `merge` one by one, in that order:
/// with a fixed size of task, the result does not depend on the number of threads.
///
/// Finished cells are added to `progress`; their total is for the caller to state.
///
/// # Errors
/// [`Cancelled`].
pub fn fold<F: Fold>(
    view: &ArrayView,
    fold: &F,
    cells_per_task: usize,
    progress: &Progress,
    mut merge: impl FnMut(F::State),
) -> Result<(), Cancelled> {
    progress.check()?;
    let axes = axes_by_memory(view);
    let cells = view.num_cells() as u64;
    let cells_per_task = cells_per_task.max(1) as u64;
    let tasks = cells.div_ceil(cells_per_task);
    let (number, order) = (view.number, view.order);
    let batch_len = rayon::current_num_threads().saturating_mul(TASKS_PER_THREAD);
    for batch in (0..tasks).step_by(batch_len) {
        let states: Vec<F::State> = (batch..tasks.min(batch.saturating_add(batch_len as u64)))
            .into_par_iter()
            .map(|task| {
                let start = task * cells_per_task;
                let range = start..cells.min(start.saturating_add(cells_per_task));
                // Inside the task, so that only its loop is compiled for each number type.
                with_decoder!(
                    number,
                    order,
                    run_task[F](view, &axes, range, fold, progress)
                )
            })
            .collect::<Result<_, _>>()?;
        states.into_iter().for_each(&mut merge);
    }
    Ok(())
}

/// One axis of a walk: its length, and the strides of data and mask.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Axis {
    length: usize,
    data: isize,
    mask: isize,
}

/// The axes in an order that suits the memory, the innermost last, as few as possible.
fn axes_by_memory(view: &ArrayView) -> Vec<Axis> {
    let mut axes: Vec<Axis> = (view.shape.iter().enumerate())
        .filter(|&(_, &length)| length != 1)
        .filter_map(|(axis, &length)| {
            let data = *view.data.strides.get(axis)?;
            let mask = match &view.mask {
                Some(mask) => *mask.strides.get(axis)?,
                None => 0,
            };
            Some(Axis { length, data, mask })
        })
        .collect();
    axes.sort_by_key(|axis| std::cmp::Reverse(axis.data.unsigned_abs()));
    let mut merged: Vec<Axis> = Vec::with_capacity(axes.len());
    for inner in axes {
        let times = |stride: isize| isize::try_from(inner.length).ok()?.checked_mul(stride);
        match merged.last_mut() {
            // The outer axis continues where the inner one ends: one long axis.
            Some(outer)
                if Some(outer.data) == times(inner.data)
                    && Some(outer.mask) == times(inner.mask) =>
            {
                *outer = Axis {
                    length: outer.length.saturating_mul(inner.length),
                    ..inner
                };
            }
            _ => merged.push(inner),
        }
    }
    merged
}

/// Decodes the cells of one task and hands them on.
fn run_task<D: DecodeSample<N>, const N: usize, const BIG: bool, F: Fold>(
    view: &ArrayView,
    axes: &[Axis],
    cells: std::ops::Range<u64>,
    fold: &F,
    progress: &Progress,
) -> Result<F::State, Cancelled> {
    let bytes = view.bytes.as_slice();
    let (inner, outer) = match axes.split_last() {
        Some((&inner, outer)) => (inner, outer),
        None => (
            Axis {
                length: 1,
                data: 0,
                mask: 0,
            },
            axes,
        ),
    };
    let longest_run = match inner.data.unsigned_abs() {
        ..FAR => CELLS_PER_PIECE,
        _ => FAR_CELLS_PER_STEP,
    };
    let mut values = [D::Out::default(); CELLS_PER_PIECE];
    let mut flags = [false; CELLS_PER_PIECE];
    let mut state = fold.start();
    let mut at = cells.start;
    let mut filled = 0;
    while at < cells.end {
        progress.check()?;
        let length = inner.length.max(1) as u64;
        let along = (at % length) as usize;
        let mut rest = at / length;
        let mut data = shifted(view.data.offset, along, inner.data);
        let mut mask = shifted(
            view.mask.as_ref().map_or(0, |mask| mask.offset),
            along,
            inner.mask,
        );
        for axis in outer.iter().rev() {
            let length = axis.length.max(1) as u64;
            data = shifted(data, (rest % length) as usize, axis.data);
            mask = shifted(mask, (rest % length) as usize, axis.mask);
            rest /= length;
        }
        // Short runs are collected, so that pieces are long whatever the shape.
        let run = (inner.length.saturating_sub(along))
            .min(longest_run)
            .min(CELLS_PER_PIECE - filled)
            .min(usize::try_from(cells.end - at).unwrap_or(CELLS_PER_PIECE));
        if let Some(values) = values.get_mut(filled..filled + run) {
            decode_run::<D, N, BIG>(bytes, data, inner.data, values);
        }
        if view.mask.is_some()
            && let Some(flags) = flags.get_mut(filled..filled + run)
        {
            decode_run::<Flag, 1, false>(bytes, mask, inner.mask, flags);
        }
        at += run.max(1) as u64;
        filled += run;
        if filled == CELLS_PER_PIECE || at >= cells.end {
            let values = values.get(..filled).unwrap_or_default();
            fold.piece(
                &mut state,
                values,
                view.mask.as_ref().and_then(|_| flags.get(..filled)),
            );
            progress.add(filled as u64);
            filled = 0;
        }
    }
    Ok(state)
}
