//! Masks in the file: which of their bytes a change has to write, and arrays that get or lose one.
//!
//! A mask has a byte for each cell, so cells are masked in place, and only bytes that change are written. Which pixels are
//! meant is said in runs along the rows of a picture; see [`crate::array::Outline`] and [`crate::analysis`].

use crate::array::{ArrayError, ArrayLayout, RowRun};
use crate::mmapdict::{ArrayHead, Done, EditError, Editor, Fill, Payload, Piece, Plan};
use crate::progress::{Cancelled, Progress};
use crate::source::{ByteSource, visit_strided};
use std::io;

/// A change that takes more fills is refused: each has to be remembered for the undo.
const MAX_FILLS: usize = 1 << 20;

/// The picture in an array whose pixels are masked.
#[derive(Debug, Clone, PartialEq)]
pub struct MaskPlane {
    /// Axis of the rows.
    pub y: usize,
    /// Axis of the columns.
    pub x: usize,
    /// Index of each other axis but that of the bands.
    pub at: Vec<usize>,
    /// Axis of the bands, and which of them.
    pub bands: Option<(usize, MaskBands)>,
}

/// Bands whose cells are masked together.
#[derive(Debug, Clone, PartialEq)]
pub enum MaskBands {
    /// Of each pixel all.
    All,
    /// Those.
    These(Vec<usize>),
}

/// What happens to the chosen cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// They are masked.
    Mask,
    /// They are masked no more.
    Unmask,
    /// Those that are masked are not any more, and the other way round.
    Invert,
}

/// Why a mask is not changed. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum MaskError {
    /// There is none.
    #[error("the array has no mask; add one first")]
    NoMask,
    /// One byte for all cells.
    #[error("one byte stands for the mask of all cells; add a mask with one for each first")]
    OneForAll,
    /// There is one for each cell.
    #[error("the array has a mask already")]
    HasMask,
    /// A structure has one for each field.
    #[error("arrays of this dtype cannot be given a mask that can be mapped")]
    NotPlain,
    /// The undo would take too much memory.
    #[error("the cells are too scattered to be changed at once; change a part of the picture")]
    TooScattered,
    /// The layout.
    #[error(transparent)]
    Array(#[from] ArrayError),
    /// Reading.
    #[error("the mask cannot be read ({0})")]
    Io(#[from] io::Error),
    /// The user stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// What has to be written so that the pixels of `runs` are painted: in the order of the runs, without the bytes that are
/// so already.
///
/// # Errors
/// See [`MaskError`].
pub fn fills(
    source: &dyn ByteSource,
    layout: &ArrayLayout,
    plane: &MaskPlane,
    runs: &[RowRun],
    paint: Paint,
    progress: &Progress,
) -> Result<Vec<Fill>, MaskError> {
    let place = Place::new(layout, plane)?;
    let mut made = Made {
        source,
        paint,
        fills: Vec::new(),
    };
    progress.set_total(runs.len() as u64);
    for run in runs {
        progress.check()?;
        progress.add(1);
        place.lines(run, |line| made.line(line, progress))?;
    }
    Ok(made.fills)
}

/// Equally spaced cells of a mask.
#[derive(Debug, Clone, Copy)]
struct Line {
    at: u64,
    step: u64,
    count: u64,
}

/// Where the cells of a plane are.
struct Place<'a> {
    /// Of the first pixel, in the first band.
    offset: u64,
    size: [u64; 2],
    row_step: u64,
    column_step: u64,
    bands: Option<(Line, &'a MaskBands)>,
}

impl<'a> Place<'a> {
    fn new(layout: &ArrayLayout, plane: &'a MaskPlane) -> Result<Self, MaskError> {
        layout.check()?;
        let mask = layout.mask.as_ref().ok_or(MaskError::NoMask)?;
        let strides = layout.mask_strides().ok_or(MaskError::OneForAll)?;
        let wrong = ArrayError::WrongIndexCount {
            given: plane.at.len(),
            dimensions: layout.shape.len(),
        };
        let axis = |axis: usize| Some((*strides.get(axis)?, *layout.shape.get(axis)?));
        let bands = plane.bands.as_ref();
        let (Some((row_step, rows)), Some((column_step, columns))) = (axis(plane.y), axis(plane.x))
        else {
            return Err(wrong.into());
        };
        let mut offset = mask.data_offset;
        for (number, (stride, length)) in strides.iter().zip(&layout.shape).enumerate() {
            let has_role = [plane.y, plane.x].contains(&number)
                || bands.is_some_and(|(axis, _)| *axis == number);
            if has_role {
                continue;
            }
            match plane.at.get(number) {
                Some(&index) if (index as u64) < *length => offset += index as u64 * stride,
                _ => return Err(wrong.into()),
            }
        }
        let bands = match bands {
            None => None,
            Some((number, bands)) => {
                let (step, count) = axis(*number).ok_or(wrong)?;
                let at = 0;
                Some((Line { at, step, count }, bands))
            }
        };
        Ok(Self {
            offset,
            size: [rows, columns],
            row_step,
            column_step,
            bands,
        })
    }

    /// The cells of a run, as few lines as possible, each in the order of the file.
    fn lines(
        &self,
        run: &RowRun,
        mut each: impl FnMut(Line) -> Result<(), MaskError>,
    ) -> Result<(), MaskError> {
        let [rows, columns] = self.size;
        let (row, start) = (run.row as u64, run.columns.start as u64);
        let end = (run.columns.end as u64).min(columns);
        if row >= rows || start >= end {
            return Ok(());
        }
        let across = Line {
            at: self.offset + row * self.row_step + start * self.column_step,
            step: self.column_step,
            count: end - start,
        };
        let shifted = |by: u64| Line {
            at: across.at + by,
            ..across
        };
        match self.bands {
            None => each(across),
            Some((bands, MaskBands::These(these))) => {
                let inside = these.iter().map(|band| *band as u64);
                let inside = inside.filter(|band| *band < bands.count);
                inside
                    .map(|band| shifted(band * bands.step))
                    .try_for_each(each)
            }
            // Bands of a pixel side by side, and then those of the next one.
            Some((bands, MaskBands::All)) if bands.step * bands.count == across.step => {
                each(Line {
                    at: across.at,
                    step: bands.step,
                    count: across.count * bands.count,
                })
            }
            Some((bands, MaskBands::All)) if bands.step < across.step => (0..across.count)
                .map(|number| Line {
                    at: across.at + number * across.step,
                    ..bands
                })
                .try_for_each(each),
            Some((bands, MaskBands::All)) => (0..bands.count)
                .map(|band| shifted(band * bands.step))
                .try_for_each(&mut each),
        }
    }
}

struct Made<'a> {
    source: &'a dyn ByteSource,
    paint: Paint,
    fills: Vec<Fill>,
}

impl Made<'_> {
    fn line(&mut self, line: Line, progress: &Progress) -> Result<(), MaskError> {
        let source = self.source;
        let mut count = 0_u32;
        visit_strided(source, (line.at, line.step, line.count), |at, old| {
            count = count.wrapping_add(1);
            if count.is_multiple_of(1 << 16) {
                progress.check()?;
            }
            self.cell(at, line.step, old)
        })
    }

    fn cell(&mut self, at: u64, step: u64, old: u8) -> Result<(), MaskError> {
        let was = old != 0;
        let is = match self.paint {
            Paint::Mask => true,
            Paint::Unmask => false,
            Paint::Invert => !was,
        };
        if was == is {
            return Ok(());
        }
        let new = u8::from(is);
        if let Some(last) = self.fills.last_mut()
            && (last.old, last.new) == (old, new)
        {
            if last.count == 1 && last.at.checked_add(step) == Some(at) {
                (last.step, last.count) = (step, 2);
                return Ok(());
            }
            if last.count > 1 && last.at + last.step * last.count == at {
                last.count += 1;
                return Ok(());
            }
        }
        if self.fills.len() >= MAX_FILLS {
            return Err(MaskError::TooScattered);
        }
        self.fills.push(Fill {
            at,
            step: 1,
            count: 1,
            old,
            new,
        });
        Ok(())
    }
}

/// Puts an array anew under its key, with a mask that masks what was masked before (if anything), or without one.
/// `layout` is that of the live entry, as `plan` says.
///
/// # Errors
/// It has a mask, or none, already; or see [`EditError`].
pub fn set_mask(
    editor: &mut Editor<'_>,
    key: &str,
    plan: Plan,
    layout: &ArrayLayout,
    is_masked: bool,
) -> Result<Result<Done, MaskError>, EditError> {
    let store = editor.store();
    let why_not = match &layout.mask {
        Some(mask) if is_masked && !mask.is_for_all_cells() => Some(MaskError::HasMask),
        None if !is_masked => Some(MaskError::NoMask),
        _ if layout.fortran => Some(MaskError::NotPlain),
        _ => layout.check().err().map(MaskError::from),
    };
    if let Some(why) = why_not {
        return Ok(Err(why));
    }
    let is_compound = layout
        .dtype
        .cell_type()
        .is_none_or(|kind| kind.leaves() != 1);
    if is_masked && is_compound {
        return Ok(Err(MaskError::NotPlain));
    }
    let range = layout.data_offset..layout.data_offset.saturating_add(layout.nbytes);
    let mut all = [0];
    if let Some(mask) = layout.mask.as_ref().filter(|_| is_masked) {
        store.read_at(mask.data_offset, &mut all)?;
    }
    let cells = layout.cells().ok_or(EditError::TooLarge)?;
    let mut ones = io::repeat(1);
    let mask = match all {
        [0] => Piece::Zeros(cells),
        _ => Piece::Stream(&mut ones, cells),
    };
    let head = ArrayHead {
        dtype: layout.dtype.text(),
        shape: &layout.shape,
    };
    let payload = Payload::array(head, Piece::Copy(store, range), is_masked.then_some(mask))?;
    editor.put(key, plan, payload).map(Ok)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::{DType, MaskLayout};
    use crate::source::MemorySource;

    /// The cells that a plan changes, tried on a mask where nothing, or something, is masked.
    fn painted(
        layout: &ArrayLayout,
        bytes: &[u8],
        plane: &MaskPlane,
        runs: &[RowRun],
        paint: Paint,
    ) -> (Vec<u8>, usize) {
        let source = MemorySource::new(bytes.to_vec());
        let fills = fills(&source, layout, plane, runs, paint, &Progress::new()).unwrap();
        let mut after = bytes.to_vec();
        for fill in &fills {
            for number in 0..fill.count {
                let at = usize::try_from(fill.at + number * fill.step).unwrap();
                assert_eq!(after[at], fill.old);
                after[at] = fill.new;
            }
        }
        (after, fills.len())
    }

    fn layout(shape: &[u64], fortran: bool) -> ArrayLayout {
        let cells: u64 = shape.iter().product();
        ArrayLayout {
            dtype: DType::parse("u1"),
            shape: shape.to_vec(),
            fortran: false,
            data_offset: 0,
            nbytes: cells,
            mask: Some(MaskLayout {
                data_offset: cells,
                nbytes: cells,
                fortran,
            }),
        }
    }

    /// What should be masked, cell by cell.
    fn wanted(
        layout: &ArrayLayout,
        bytes: &[u8],
        plane: &MaskPlane,
        runs: &[RowRun],
        paint: Paint,
    ) -> Vec<u8> {
        let mut after = bytes.to_vec();
        let bands: Vec<usize> = match &plane.bands {
            None => vec![0],
            Some((axis, MaskBands::All)) => {
                (0..usize::try_from(layout.shape[*axis]).unwrap()).collect()
            }
            Some((_, MaskBands::These(these))) => these.clone(),
        };
        for run in runs {
            for (column, band) in run
                .columns
                .clone()
                .flat_map(|column| bands.iter().map(move |band| (column, band)))
            {
                let mut index = plane.at.clone();
                index[plane.y] = run.row;
                index[plane.x] = column;
                if let Some((axis, _)) = &plane.bands {
                    index[*axis] = *band;
                }
                let (at, _) = layout.place_of(&index).unwrap().mask.unwrap();
                let cell = &mut after[usize::try_from(at).unwrap()];
                *cell = match paint {
                    Paint::Mask => (*cell).max(1),
                    Paint::Unmask => 0,
                    Paint::Invert => u8::from(*cell == 0),
                };
            }
        }
        after
    }

    #[test]
    fn cells_of_all_orders_and_axes_are_found() {
        let runs = [
            RowRun {
                row: 0,
                columns: 1..3,
            },
            RowRun {
                row: 1,
                columns: 0..1,
            },
            RowRun {
                row: 1,
                columns: 2..3,
            },
        ];
        let shape = [3, 4, 5];
        for fortran in [false, true] {
            let layout = layout(&shape, fortran);
            let mut bytes = vec![0; 120];
            for at in (60..120).step_by(7) {
                bytes[at] = 1 + u8::try_from(at % 3).unwrap();
            }
            for (y, x, band) in [
                (0, 1, 2),
                (1, 0, 2),
                (0, 2, 1),
                (2, 0, 1),
                (1, 2, 0),
                (2, 1, 0),
            ] {
                for bands in [
                    MaskBands::All,
                    MaskBands::These(vec![1]),
                    MaskBands::These(vec![0, 2]),
                ] {
                    let plane = MaskPlane {
                        y,
                        x,
                        at: vec![0; 3],
                        bands: Some((band, bands)),
                    };
                    for paint in [Paint::Mask, Paint::Unmask, Paint::Invert] {
                        let (after, _) = painted(&layout, &bytes, &plane, &runs, paint);
                        assert_eq!(
                            after,
                            wanted(&layout, &bytes, &plane, &runs, paint),
                            "{plane:?} {paint:?}"
                        );
                    }
                }
                let plane = MaskPlane {
                    y,
                    x,
                    at: vec![2; 3],
                    bands: None,
                };
                let (after, _) = painted(&layout, &bytes, &plane, &runs, Paint::Invert);
                assert_eq!(after, wanted(&layout, &bytes, &plane, &runs, Paint::Invert));
            }
        }
    }

    #[test]
    fn what_lies_together_is_written_together() {
        let layout = layout(&[3, 4, 5], false);
        let rows: Vec<RowRun> = (0..3).map(|row| RowRun { row, columns: 0..4 }).collect();
        let plane = |bands| MaskPlane {
            y: 0,
            x: 1,
            at: vec![0; 3],
            bands: Some((2, bands)),
        };
        let (after, count) = painted(
            &layout,
            &[0; 120],
            &plane(MaskBands::All),
            &rows,
            Paint::Mask,
        );
        assert_eq!((count, &after[60..]), (1, &[1; 60][..]));
        let (_, count) = painted(
            &layout,
            &[0; 120],
            &plane(MaskBands::These(vec![3])),
            &rows,
            Paint::Mask,
        );
        assert_eq!(count, 1);
        let (_, count) = painted(&layout, &after, &plane(MaskBands::All), &rows, Paint::Mask);
        assert_eq!(count, 0);
    }

    #[test]
    fn what_has_no_mask_or_no_such_index_is_refused() {
        let source = MemorySource::new(vec![0; 120]);
        let plane = MaskPlane {
            y: 0,
            x: 1,
            at: vec![0, 0, 5],
            bands: None,
        };
        let refusal = |layout: &ArrayLayout| {
            let runs = [RowRun {
                row: 0,
                columns: 0..1,
            }];
            fills(
                &source,
                layout,
                &plane,
                &runs,
                Paint::Mask,
                &Progress::new(),
            )
            .unwrap_err()
            .to_string()
        };
        let mut of = layout(&[3, 4, 5], false);
        assert!(refusal(&of).contains("3 dimensions"), "{}", refusal(&of));
        if let Some(mask) = &mut of.mask {
            mask.nbytes = 1;
        }
        assert_eq!(refusal(&of), MaskError::OneForAll.to_string());
        of.mask = None;
        assert_eq!(refusal(&of), MaskError::NoMask.to_string());
        // Runs outside of the picture are left out.
        let of = layout(&[3, 4], false);
        let plane = MaskPlane {
            y: 0,
            x: 1,
            at: vec![0; 2],
            bands: None,
        };
        let runs = [
            RowRun {
                row: 2,
                columns: 3..9,
            },
            RowRun {
                row: 3,
                columns: 0..1,
            },
        ];
        let (after, _) = painted(&of, &[0; 24], &plane, &runs, Paint::Mask);
        assert_eq!(
            after.iter().map(|byte| usize::from(*byte)).sum::<usize>(),
            1
        );
    }
}
