//! A strided window onto an array's bytes: sliced and transposed for free, read on demand.

use super::layout::check_end;
use super::selection::Picked;
use super::{ArrayError, ArrayLayout, ByteOrder, Cell, Element, MaskLayout, Number, Selection};
use crate::source::Bytes;

/// A strided window onto an array's bytes, of plain-number dtype: cheap to make, slice and
/// transpose; reads on demand.
///
/// Invariant: every cell that an index inside the shape can reach, and its mask byte, lies inside
/// the bytes. It is established by [`ArrayView::new`] and kept by everything that derives a view,
/// so reading need not check again (and does, at no cost, by slicing).
#[derive(Debug, Clone)]
pub struct ArrayView {
    pub(super) bytes: Bytes,
    pub(super) number: Number,
    pub(super) order: ByteOrder,
    pub(super) shape: Vec<usize>,
    pub(super) data: Strided,
    pub(super) mask: Option<Strided>,
}

/// Where the cells are: the first one's position, and the distance in bytes along each axis.
#[derive(Debug, Clone)]
pub(super) struct Strided {
    pub(super) offset: usize,
    pub(super) strides: Vec<isize>,
}

impl ArrayView {
    /// Refuses what does not lie wholly inside `bytes`, and dtypes that are no plain numbers.
    ///
    /// # Errors
    /// As [`ArrayLayout::check`]; [`ArrayError::NotANumber`], [`ArrayError::OutsideBytes`].
    pub fn new(bytes: Bytes, layout: &ArrayLayout) -> Result<Self, ArrayError> {
        layout.check()?;
        let Some((number, order)) = layout.dtype.number() else {
            return Err(ArrayError::NotANumber {
                dtype: layout.dtype.text().to_owned(),
            });
        };
        let itemsize = number.itemsize() as u64;
        Self::place(bytes, layout, &[], (itemsize, 1), (number, order))
    }

    /// A view of the bytes of the cells, whatever they are: `inner` are axes of each cell, `itemsize` is the length of one
    /// more axis, which runs along the bytes; the mask has `leaves` bytes for these.
    pub(super) fn of_bytes(
        bytes: Bytes,
        layout: &ArrayLayout,
        inner: &[u64],
        (itemsize, leaves): (u64, u64),
    ) -> Result<Self, ArrayError> {
        layout.check()?;
        let kind = (Number::U8, ByteOrder::Little);
        let mut view = Self::place(bytes, layout, inner, (itemsize, leaves), kind)?;
        view.shape
            .push(usize::try_from(itemsize).unwrap_or(usize::MAX));
        view.data.strides.push(1);
        if let Some(mask) = &mut view.mask {
            mask.strides.push(0);
        }
        Ok(view)
    }

    /// Works out strides, for a layout that has been checked.
    fn place(
        bytes: Bytes,
        layout: &ArrayLayout,
        inner: &[u64],
        (itemsize, leaves): (u64, u64),
        (number, order): (Number, ByteOrder),
    ) -> Result<Self, ArrayError> {
        let too_large = || ArrayError::TooLarge {
            shape: layout.shape.clone(),
            itemsize,
        };
        let available = bytes.as_slice().len() as u64;
        let lengths = layout.shape.iter().chain(inner);
        let shape = lengths
            .map(|&length| usize::try_from(length).ok())
            .collect::<Option<Vec<_>>>()
            .ok_or_else(too_large)?;
        // The axes inside of a cell are in C order, whatever those outside are.
        let (outer, inner) = shape
            .split_at_checked(layout.shape.len())
            .unwrap_or((&shape, &[]));
        let place = |offset: u64, nbytes: u64, itemsize: u64, fortran: bool| {
            check_end(offset, nbytes, available)?;
            let itemsize = usize::try_from(itemsize).ok().ok_or_else(too_large)?;
            let size = inner
                .iter()
                .try_fold(itemsize, |size, len| size.checked_mul(*len));
            let size = size.ok_or_else(too_large)?;
            let mut strides = dense_strides(outer, size, fortran).ok_or_else(too_large)?;
            strides.extend(dense_strides(inner, itemsize, false).ok_or_else(too_large)?);
            Ok(Strided {
                offset: usize::try_from(offset).ok().ok_or_else(too_large)?,
                strides,
            })
        };
        let data = place(layout.data_offset, layout.nbytes, itemsize, layout.fortran)?;
        let place_mask = |mask: &MaskLayout| {
            let mut placed = place(mask.data_offset, mask.nbytes, leaves, mask.fortran)?;
            if mask.is_for_all_cells() {
                placed.strides.fill(0);
            }
            Ok(placed)
        };
        let mask = layout.mask.as_ref().map(place_mask).transpose()?;
        Ok(Self {
            bytes,
            number,
            order,
            shape,
            data,
            mask,
        })
    }

    /// Lengths of the axes; empty for a 0-d view.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Number of cells; saturates only for empty shapes, which have none.
    #[must_use]
    pub fn num_cells(&self) -> usize {
        // No overflow: unless an axis is empty, all cells are inside the bytes.
        if self.shape.contains(&0) {
            0
        } else {
            self.shape.iter().product()
        }
    }

    /// What a cell is.
    #[must_use]
    pub fn number(&self) -> Number {
        self.number
    }

    /// Whether bytes were lost while they were read: what was read since is to be discarded.
    #[must_use]
    pub fn is_torn(&self) -> bool {
        self.bytes.is_torn()
    }

    /// Whether the array has a mask (even if it masks nothing).
    #[must_use]
    pub fn is_masked(&self) -> bool {
        self.mask.is_some()
    }

    /// The cell at a full index.
    ///
    /// # Errors
    /// [`ArrayError::WrongIndexCount`], [`ArrayError::IndexOutOfBounds`].
    pub fn cell(&self, index: &[usize]) -> Result<Cell, ArrayError> {
        if index.len() != self.shape.len() {
            return Err(ArrayError::WrongIndexCount {
                given: index.len(),
                dimensions: self.shape.len(),
            });
        }
        for (axis, (&index, &length)) in index.iter().zip(&self.shape).enumerate() {
            check_index(axis, index, length)?;
        }
        let data = self.data.at(index);
        let value = self
            .bytes
            .as_slice()
            .get(data..)
            .and_then(|bytes| Element::decode(self.number, self.order, bytes))
            .ok_or_else(|| self.outside(data, self.number.itemsize()))?;
        let masked = match &self.mask {
            None => false,
            Some(mask) => {
                let at = mask.at(index);
                *self
                    .bytes
                    .as_slice()
                    .get(at)
                    .ok_or_else(|| self.outside(at, 1))?
                    != 0
            }
        };
        Ok(Cell { value, masked })
    }

    /// For a view by [`ArrayView::of_bytes`]: the bytes of the cell at an index of all but the last axis, and the
    /// `leaves` bytes of its mask, if there is one.
    pub(super) fn bytes_at(
        &self,
        index: &[usize],
        leaves: usize,
    ) -> Result<(&[u8], &[u8]), ArrayError> {
        let (&size, shape) = self.shape.split_last().unwrap_or((&0, &[]));
        if index.len() != shape.len() {
            return Err(ArrayError::WrongIndexCount {
                given: index.len(),
                dimensions: shape.len(),
            });
        }
        for (axis, (&index, &length)) in index.iter().zip(shape).enumerate() {
            check_index(axis, index, length)?;
        }
        let all = self.bytes.as_slice();
        let cut = |at: usize, size: usize| {
            let end = at.checked_add(size);
            end.and_then(|end| all.get(at..end))
                .ok_or_else(|| self.outside(at, size))
        };
        let data = cut(self.data.at(index), size)?;
        let mask = match &self.mask {
            None => &[],
            Some(mask) => cut(mask.at(index), leaves)?,
        };
        Ok((data, mask))
    }

    /// Drops an axis by fixing its index.
    ///
    /// # Errors
    /// [`ArrayError::NoSuchAxis`], [`ArrayError::IndexOutOfBounds`].
    pub fn index_axis(&self, axis: usize, index: usize) -> Result<Self, ArrayError> {
        check_index(axis, index, self.axis_length(axis)?)?;
        let mut view = self.clone();
        view.shape.remove(axis);
        for strided in view.parts_mut() {
            strided.advance(axis, index);
            strided.strides.remove(axis);
        }
        Ok(view)
    }

    /// `start..end` with a positive step along an axis.
    ///
    /// # Errors
    /// [`ArrayError::NoSuchAxis`]; [`ArrayError::BadRange`] when `start > end`, `end` is beyond the
    /// axis, or `step` is 0.
    pub fn slice_axis(
        &self,
        axis: usize,
        start: usize,
        end: usize,
        step: usize,
    ) -> Result<Self, ArrayError> {
        let length = self.axis_length(axis)?;
        if start > end || end > length || step == 0 {
            return Err(ArrayError::BadRange {
                start,
                end,
                step,
                axis,
                length,
            });
        }
        let mut view = self.clone();
        // A step that does not fit is taken at most once, or along an empty array.
        view.narrow(
            axis,
            start,
            (end - start).div_ceil(step),
            isize::try_from(step).unwrap_or(isize::MAX),
        );
        Ok(view)
    }

    /// Axes in another order: axis `i` of the result is axis `axes[i]` of this view.
    ///
    /// # Errors
    /// [`ArrayError::NotAPermutation`] unless each axis is named once.
    pub fn permuted(&self, axes: &[usize]) -> Result<Self, ArrayError> {
        let dimensions = self.shape.len();
        let mut sorted = axes.to_vec();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(0..dimensions) {
            return Err(ArrayError::NotAPermutation {
                axes: axes.to_vec(),
                dimensions,
            });
        }
        let mut view = self.clone();
        view.shape = axes
            .iter()
            .filter_map(|&axis| self.shape.get(axis).copied())
            .collect();
        for strided in view.parts_mut() {
            strided.strides = axes
                .iter()
                .filter_map(|&axis| strided.strides.get(axis).copied())
                .collect();
        }
        Ok(view)
    }

    /// A NumPy-style selection: integers drop their axis, slices are clamped to it.
    ///
    /// # Errors
    /// [`ArrayError::WrongIndexCount`] for more indices than axes, [`ArrayError::IndexOutOfBounds`].
    pub fn select(&self, selection: &Selection) -> Result<Self, ArrayError> {
        self.picked(selection.resolve(&self.shape)?)
    }

    /// One pick for each axis; axes without one stay as they are.
    pub(super) fn picked(&self, picked: Vec<Picked>) -> Result<Self, ArrayError> {
        let mut view = self.clone();
        let mut axis = 0;
        for pick in picked {
            match pick {
                Picked::Index(index) => view = view.index_axis(axis, index)?,
                Picked::Range { start, count, step } => {
                    view.narrow(axis, start, count, step);
                    axis += 1;
                }
            }
        }
        Ok(view)
    }

    /// All cells of a 1-D view, in order.
    ///
    /// # Errors
    /// [`ArrayError::NotOneDimensional`].
    pub fn cells_1d(&self) -> Result<Vec<Cell>, ArrayError> {
        let &[length] = self.shape.as_slice() else {
            return Err(ArrayError::NotOneDimensional {
                dimensions: self.shape.len(),
            });
        };
        (0..length).map(|index| self.cell(&[index])).collect()
    }

    /// Keeps `count` indices of an axis: `start`, `start + step`, … All must be inside the axis.
    fn narrow(&mut self, axis: usize, start: usize, count: usize, step: isize) {
        if let Some(length) = self.shape.get_mut(axis) {
            *length = count;
        }
        for strided in self.parts_mut() {
            // Nothing is read of an empty view, so its start may stay; `start` may be one past the end.
            if count > 0 {
                strided.advance(axis, start);
            }
            if let Some(stride) = strided.strides.get_mut(axis) {
                // With a single index the stride is never used, and the product may not exist.
                *stride = if count > 1 {
                    stride.wrapping_mul(step)
                } else {
                    0
                };
            }
        }
    }

    fn parts_mut(&mut self) -> impl Iterator<Item = &mut Strided> {
        std::iter::once(&mut self.data).chain(&mut self.mask)
    }

    fn axis_length(&self, axis: usize) -> Result<usize, ArrayError> {
        let dimensions = self.shape.len();
        self.shape
            .get(axis)
            .copied()
            .ok_or(ArrayError::NoSuchAxis { axis, dimensions })
    }

    fn outside(&self, offset: usize, size: usize) -> ArrayError {
        ArrayError::OutsideBytes {
            offset: offset as u64,
            nbytes: size as u64,
            available: self.bytes.as_slice().len() as u64,
        }
    }
}

impl Strided {
    /// The position of a cell. Inside the shape nothing wraps: see the invariant of the view.
    pub(super) fn at(&self, index: &[usize]) -> usize {
        index
            .iter()
            .zip(&self.strides)
            .fold(self.offset, |offset, (&index, &stride)| {
                shifted(offset, index, stride)
            })
    }

    fn advance(&mut self, axis: usize, index: usize) {
        if let Some(&stride) = self.strides.get(axis) {
            self.offset = shifted(self.offset, index, stride);
        }
    }
}

/// `offset + index * stride`, wrapping: the whole sum is inside the bytes where it counts, and what
/// would not be is caught when the bytes are sliced.
#[inline]
pub(super) fn shifted(offset: usize, index: usize, stride: isize) -> usize {
    offset.wrapping_add((index as isize).wrapping_mul(stride) as usize)
}

fn check_index(axis: usize, index: usize, length: usize) -> Result<(), ArrayError> {
    if index < length {
        Ok(())
    } else {
        Err(ArrayError::IndexOutOfBounds {
            index: index as i128,
            axis,
            length,
        })
    }
}

/// Strides of an array without gaps; all 0 for an empty one, whose other lengths may be anything.
pub(super) fn dense_strides(shape: &[usize], itemsize: usize, fortran: bool) -> Option<Vec<isize>> {
    if shape.contains(&0) {
        return Some(vec![0; shape.len()]);
    }
    let mut stride = isize::try_from(itemsize).ok()?;
    let mut strides = Vec::with_capacity(shape.len());
    let mut push = |length: usize| {
        strides.push(stride);
        stride = stride.checked_mul(isize::try_from(length).ok()?)?;
        Some(())
    };
    if fortran {
        shape.iter().try_for_each(|&length| push(length))?;
    } else {
        shape.iter().rev().try_for_each(|&length| push(length))?;
        strides.reverse();
    }
    Some(strides)
}
