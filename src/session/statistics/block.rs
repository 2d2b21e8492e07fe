//! A box of cells of an array.

use crate::array::{ArrayError, ArrayView};
use std::ops::Range;

/// A range along each axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block(Vec<Range<usize>>);

impl Block {
    /// All cells.
    pub(super) fn of_shape(shape: &[u64]) -> Self {
        let length = |len: &u64| usize::try_from(*len).unwrap_or(usize::MAX);
        Self(shape.iter().map(|len| 0..length(len)).collect())
    }

    /// Only these along an axis.
    pub(super) fn set(&mut self, axis: usize, range: Range<usize>) {
        if let Some(place) = self.0.get_mut(axis) {
            *place = range;
        }
    }

    /// Along an axis.
    #[must_use]
    pub fn range(&self, axis: usize) -> Range<usize> {
        self.0.get(axis).cloned().unwrap_or(0..0)
    }

    /// The index of each axis, where the block has but one of all besides those.
    pub(super) fn as_point(&self, besides: &[usize]) -> Option<Vec<usize>> {
        let mut axes = self.0.iter().enumerate();
        let is_point = axes.all(|(axis, range)| besides.contains(&axis) || range.len() == 1);
        is_point.then(|| self.0.iter().map(|range| range.start).collect())
    }

    /// The cells of an array.
    ///
    /// # Errors
    /// They are not all in it.
    pub(super) fn view(&self, array: &ArrayView) -> Result<ArrayView, ArrayError> {
        let mut view = array.clone();
        for (axis, range) in self.0.iter().enumerate() {
            view = view.slice_axis(axis, range.start, range.end, 1)?;
        }
        Ok(view)
    }
}
