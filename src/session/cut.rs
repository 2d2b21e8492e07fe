//! Where in an array a result comes from: the identity of the array, and the cut through it.

use super::document::Revision;
use crate::array::{ArrayError, ArrayView};
use std::ops::Range;
use std::sync::Arc;

/// One key at one revision of one file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subject {
    /// Revisions are counted over all files of a session.
    pub revision: Revision,
    /// The key.
    pub key: Arc<str>,
}

/// A picture's worth of an array: every axis fixed but two, of which a region is taken at a step.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cut {
    /// Axis of the rows.
    pub y: usize,
    /// Axis of the columns.
    pub x: usize,
    /// Index of each axis; those of `y` and `x` are not used.
    pub at: Vec<usize>,
    /// Taken along `y`.
    pub rows: Range<usize>,
    /// Taken along `x`.
    pub columns: Range<usize>,
    /// Every so many rows and columns.
    pub step: usize,
}

impl Cut {
    /// The cut as a 2-D view, rows first.
    ///
    /// # Errors
    /// An index or a range outside of the array.
    pub fn of(&self, array: &ArrayView) -> Result<ArrayView, ArrayError> {
        let view = fix_axes(array, &self.at, &[self.y, self.x])?;
        let view = if self.y < self.x {
            view
        } else {
            view.permuted(&[1, 0])?
        };
        self.region_of(&view)
    }

    /// The same of a range of bands, as the last axis of three.
    ///
    /// # Errors
    /// As [`Cut::of`].
    pub fn block_of(
        &self,
        array: &ArrayView,
        band_axis: usize,
        [first, last]: [usize; 2],
    ) -> Result<ArrayView, ArrayError> {
        let kept = [self.y, self.x, band_axis];
        let view = fix_axes(array, &self.at, &kept)?;
        // Which number an axis has among those that are left.
        let place = |axis: usize| kept.iter().filter(|other| **other < axis).count();
        let view = self.region_of(&view.permuted(&kept.map(place))?)?;
        view.slice_axis(2, first, last.saturating_add(1), 1)
    }

    /// Whether it takes every cell that another one takes.
    pub fn has(&self, other: &Self) -> bool {
        let is_same_place = self.at.iter().zip(&other.at).enumerate();
        (self.y, self.x, self.step) == (other.y, other.x, 1)
            && self.at.len() == other.at.len()
            && is_same_place
                .into_iter()
                .all(|(axis, (at, other))| axis == self.y || axis == self.x || at == other)
            && contains(&self.rows, &other.rows)
            && contains(&self.columns, &other.columns)
    }

    fn region_of(&self, view: &ArrayView) -> Result<ArrayView, ArrayError> {
        let step = self.step.max(1);
        view.slice_axis(0, self.rows.start, self.rows.end, step)?
            .slice_axis(1, self.columns.start, self.columns.end, step)
    }
}

fn contains(range: &Range<usize>, other: &Range<usize>) -> bool {
    range.start <= other.start && other.end <= range.end
}

/// Fixes all axes but those to keep, which stay in the order of the array.
pub(in crate::session) fn fix_axes(
    array: &ArrayView,
    at: &[usize],
    keep: &[usize],
) -> Result<ArrayView, ArrayError> {
    let mut view = array.clone();
    // From the last on, so that the numbers of the axes before stay.
    for axis in (0..array.shape().len())
        .rev()
        .filter(|axis| !keep.contains(axis))
    {
        view = view.index_axis(axis, at.get(axis).copied().unwrap_or(0))?;
    }
    Ok(view)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_cut_has() {
        let whole = Cut {
            y: 1,
            x: 2,
            at: vec![4, 0, 0],
            rows: 0..10,
            columns: 0..20,
            step: 1,
        };
        let part = Cut {
            at: vec![4, 3, 3],
            rows: 2..5,
            columns: 20..20,
            ..whole.clone()
        };
        assert!(whole.has(&whole) && whole.has(&part) && !part.has(&whole));
        let elsewhere = [
            Cut {
                at: vec![5, 0, 0],
                ..part.clone()
            },
            Cut {
                at: vec![4, 0],
                ..part.clone()
            },
            Cut {
                rows: 2..11,
                ..part.clone()
            },
            Cut {
                y: 2,
                x: 1,
                ..part.clone()
            },
        ];
        assert!(elsewhere.iter().all(|other| !whole.has(other)));
        let coarse = Cut { step: 2, ..whole };
        assert!(!coarse.has(&part));
    }
}
