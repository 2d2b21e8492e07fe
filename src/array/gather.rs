//! Strided two-dimensional windows into memory: the hot path of every picture.
//!
//! A band of a cube with interleaved bands touches every cache line of the cube, so reading is
//! bound by memory, and several such bands are read in the same pass: the lines fetched for the
//! first view are still cached for the others.

use super::decode::{Decode, DecodeSample, Flag, decode_run, with_decoder};
use super::view::{Strided, shifted};
use super::{ArrayView, Plane, Sample as _, spare};
use crate::progress::{Cancelled, Progress};
use ndarray::Array2;
use rayon::prelude::*;

/// Cells that one task reads of each view: well below a millisecond where the bytes are cached.
const CELLS_PER_TASK: usize = 1 << 15;
/// Cells of a row that are read between two looks at the progress.
const CELLS_PER_STEP: usize = 512;
/// The same in bytes of the file: they may have to come from a slow disk.
const BYTES_PER_STEP: usize = 512 << 10;
/// The same where the next view has its turn after them: so few that their pages are still known to the processor.
const CELLS_PER_STEP_OF_MANY: usize = 64;
/// Rows that are read together where going down a column is the shorter way through memory.
const ROWS_PER_TILE: usize = 128;

/// Reads several equally shaped 2-D views of one array, in one pass over the rows where bands of a
/// pixel share cache lines, in parallel over rows, checking `progress` at least every few milliseconds.
/// Finished rows are added to `progress`; their total is for the caller to state.
///
/// A view of one dimension is read as a single row, of none as a single cell; of a view with more
/// than two, the last axis makes the columns and all others the rows. Views of unequal shape or
/// number type are read one after the other. An empty view whose other length exceeds what memory
/// can address becomes a plane of shape (0, 0).
///
/// # Errors
/// [`Cancelled`].
pub fn gather(views: &[ArrayView], progress: &Progress) -> Result<Vec<Plane>, Cancelled> {
    progress.check()?;
    let Some(first) = views.first() else {
        return Ok(Vec::new());
    };
    let alike = views.iter().all(|view| {
        view.shape == first.shape
            && (view.number, view.order) == (first.number, first.order)
            && view.is_masked() == first.is_masked()
    });
    if !alike {
        let mut planes = Vec::with_capacity(views.len());
        for view in views {
            planes.append(&mut gather(std::slice::from_ref(view), progress)?);
        }
        return Ok(planes);
    }
    with_decoder!(first.number, first.order, gather_alike[](views, progress))
}

fn gather_alike<D: DecodeSample<N>, const N: usize, const BIG: bool>(
    views: &[ArrayView],
    progress: &Progress,
) -> Result<Vec<Plane>, Cancelled> {
    let data: Vec<Source<'_>> = views
        .iter()
        .map(|view| Source::new(view, &view.data))
        .collect();
    let masks: Vec<Source<'_>> = views
        .iter()
        .filter_map(|view| view.mask.as_ref().map(|mask| Source::new(view, mask)))
        .collect();
    let mut masks = fill::<Flag, 1, false>(&masks, progress)?.into_iter();
    let samples = fill::<D, N, BIG>(&data, progress)?;
    if let Some(source) = data.first() {
        progress.add(source.rows as u64);
    }
    Ok(samples
        .into_iter()
        .map(|array| Plane {
            samples: D::Out::into_samples(array),
            masked: masks.next(),
        })
        .collect())
}

/// The cells, or the mask, of one view, as rows and columns.
pub(super) struct Source<'a> {
    bytes: &'a [u8],
    offset: usize,
    /// Length and stride of each axis that makes rows, outermost first.
    row_axes: Vec<(usize, isize)>,
    rows: usize,
    columns: usize,
    column_stride: isize,
}

impl<'a> Source<'a> {
    pub(super) fn new(view: &'a ArrayView, strided: &Strided) -> Self {
        let mut row_axes: Vec<(usize, isize)> = view
            .shape
            .iter()
            .copied()
            .zip(strided.strides.iter().copied())
            .collect();
        let (columns, column_stride) = row_axes.pop().unwrap_or((1, 0));
        let is_empty = view.shape.contains(&0);
        let rows = row_axes
            .iter()
            .try_fold(1_usize, |rows, &(length, _)| rows.checked_mul(length));
        let (rows, columns) = match rows {
            Some(rows)
                if !is_empty || rows.max(1).checked_mul(columns.max(1)).is_some_and(fits) =>
            {
                (rows, columns)
            }
            _ => (0, 0),
        };
        Self {
            bytes: view.bytes.as_slice(),
            offset: strided.offset,
            row_axes,
            rows,
            columns,
            column_stride,
        }
    }

    /// Where a row begins.
    #[inline]
    fn row_offset(&self, row: usize) -> usize {
        let mut rest = row;
        let mut offset = self.offset;
        for &(length, stride) in self.row_axes.iter().rev() {
            if length > 0 {
                offset = shifted(offset, rest % length, stride);
                rest /= length;
            }
        }
        offset
    }

    /// Cells that are read between two looks at the progress, at most so many.
    fn cells_per_step(&self, most: usize) -> usize {
        (BYTES_PER_STEP / self.column_stride.unsigned_abs().max(1)).clamp(8, most)
    }

    /// The stride from row to row, where going down is the shorter way through memory.
    fn goes_down(&self) -> Option<isize> {
        match self.row_axes.as_slice() {
            &[(length, stride)]
                if length > 1 && stride.unsigned_abs() < self.column_stride.unsigned_abs() =>
            {
                Some(stride)
            }
            _ => None,
        }
    }
}

/// What `ndarray` can have as the product of an array's lengths.
fn fits(cells: usize) -> bool {
    isize::try_from(cells).is_ok()
}

/// Reads sources of equal shape: by turns, so that what lies in the same cache lines and pages is fetched once; one after the
/// other where the cells of a row lie side by side, with nothing of another source between them.
pub(super) fn fill<D: Decode<N>, const N: usize, const BIG: bool>(
    sources: &[Source<'_>],
    progress: &Progress,
) -> Result<Vec<Array2<D::Out>>, Cancelled> {
    let Some(first) = sources.first() else {
        return Ok(Vec::new());
    };
    let (rows, columns) = (first.rows, first.columns);
    // Cells exist in the file, each a byte or more, so this is in proportion to it.
    let cells = rows.saturating_mul(columns);
    let is_side_by_side = first.column_stride.unsigned_abs() <= N;
    if first.goes_down().is_none() && (sources.len() == 1 || is_side_by_side) {
        let one = |source| {
            let cells = fill_one::<D, N, BIG>(source, cells, progress)?;
            Ok(in_rows((rows, columns), cells))
        };
        return sources.iter().map(one).collect();
    }
    let mut outs: Vec<Vec<D::Out>> = sources.iter().map(|_| spare::take(cells)).collect();
    if cells > 0 {
        let rows_per_task = match first.goes_down() {
            Some(_) => ROWS_PER_TILE
                .min(rows.div_ceil(rayon::current_num_threads()))
                .max(1),
            None => (CELLS_PER_TASK / columns).max(1),
        };
        let mut tasks: Vec<Vec<&mut [D::Out]>> = Vec::new();
        tasks.resize_with(rows.div_ceil(rows_per_task), Vec::new);
        for out in &mut outs {
            for (task, chunk) in tasks
                .iter_mut()
                .zip(out.chunks_mut(rows_per_task.saturating_mul(columns)))
            {
                task.push(chunk);
            }
        }
        tasks
            .into_par_iter()
            .enumerate()
            .try_for_each(|(task, mut chunks)| {
                let first_row = task * rows_per_task;
                if first.goes_down().is_some() {
                    fill_down::<D, N, BIG>(sources, first_row, &mut chunks, progress)
                } else {
                    fill_across::<D, N, BIG>(sources, first_row, &mut chunks, progress)
                }
            })?;
    }
    let outs = outs.into_iter().map(|out| in_rows((rows, columns), out));
    Ok(outs.collect())
}

fn in_rows<T: Default>(shape: (usize, usize), cells: Vec<T>) -> Array2<T> {
    Array2::from_shape_vec(shape, cells).unwrap_or_else(|_| Array2::default((0, 0)))
}

/// A single source row by row.
fn fill_one<D: Decode<N>, const N: usize, const BIG: bool>(
    source: &Source<'_>,
    cells: usize,
    progress: &Progress,
) -> Result<Vec<D::Out>, Cancelled> {
    let per_step = source.cells_per_step(CELLS_PER_STEP);
    let mut all: Vec<D::Out> = spare::take(cells);
    let tasks = all.par_chunks_mut(CELLS_PER_TASK).enumerate();
    tasks.try_for_each(|(task, out)| {
        let mut at = task * CELLS_PER_TASK;
        let mut rest = out;
        while !rest.is_empty() {
            progress.check()?;
            let (row, column) = (at / source.columns, at % source.columns);
            let len = rest.len().min(source.columns - column).min(per_step);
            let (out, behind) = rest.split_at_mut(len);
            let offset = shifted(source.row_offset(row), column, source.column_stride);
            decode_run::<D, N, BIG>(source.bytes, offset, source.column_stride, out);
            (at, rest) = (at + len, behind);
        }
        Ok(())
    })?;
    Ok(all)
}

/// Row by row, all sources by turns.
fn fill_across<D: Decode<N>, const N: usize, const BIG: bool>(
    sources: &[Source<'_>],
    first_row: usize,
    chunks: &mut [&mut [D::Out]],
    progress: &Progress,
) -> Result<(), Cancelled> {
    let columns = sources.first().map_or(0, |source| source.columns);
    let cells_per_step = sources
        .first()
        .map_or(1, |source| source.cells_per_step(CELLS_PER_STEP_OF_MANY));
    let cells = chunks.first().map_or(0, |chunk| chunk.len());
    for (row, row_start) in (0..cells).step_by(columns.max(1)).enumerate() {
        for column in (0..columns).step_by(cells_per_step) {
            progress.check()?;
            let run = row_start + column..row_start + columns.min(column + cells_per_step);
            for (source, chunk) in sources.iter().zip(chunks.iter_mut()) {
                let offset = shifted(
                    source.row_offset(first_row + row),
                    column,
                    source.column_stride,
                );
                if let Some(out) = chunk.get_mut(run.clone()) {
                    decode_run::<D, N, BIG>(source.bytes, offset, source.column_stride, out);
                }
            }
        }
    }
    Ok(())
}

/// Column by column within a tile of rows: reads are long, and the rows written stay in the cache.
fn fill_down<D: Decode<N>, const N: usize, const BIG: bool>(
    sources: &[Source<'_>],
    first_row: usize,
    chunks: &mut [&mut [D::Out]],
    progress: &Progress,
) -> Result<(), Cancelled> {
    for (source, chunk) in sources.iter().zip(chunks.iter_mut()) {
        let row_stride = source.row_axes.last().map_or(0, |&(_, stride)| stride);
        let tile_offset = source.row_offset(first_row);
        let columns = source.columns.max(1);
        let mut down = vec![D::Out::default(); chunk.len() / columns];
        for column in 0..source.columns {
            progress.check()?;
            let offset = shifted(tile_offset, column, source.column_stride);
            decode_run::<D, N, BIG>(source.bytes, offset, row_stride, &mut down);
            for (row, &value) in chunk.chunks_exact_mut(columns).zip(&down) {
                if let Some(out) = row.get_mut(column) {
                    *out = value;
                }
            }
        }
    }
    Ok(())
}
