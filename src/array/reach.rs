//! Which bytes of a file a view reaches, about: to say how much there is to read, and to ask the system for it in time.
//!
//! Estimates only. Nothing here reads a cell, and nothing that is read depends on it.

use super::ArrayView;
use super::view::{Strided, shifted};
use crate::progress::{Cancelled, Progress};
use std::ops::Range;

/// Bytes that the system reads at once at the least.
pub(super) const PAGE: usize = 4096;
/// Less than this between two cells is read together with them: a disk is faster so.
const GAP: usize = 16 << 10;
/// Ranges that are asked for at once; of a view with more, the whole span.
const MAX_RANGES: usize = 4096;

/// Bytes of the file that have to be in memory to read all cells of some views of one array, about: what lies in among each
/// other counts once.
#[must_use]
pub fn bytes_reached(views: &[ArrayView]) -> u64 {
    let mut spans: Vec<(Range<usize>, u64)> = (views.iter())
        .filter_map(|view| {
            let ranges = view.ranges();
            let start = ranges.iter().map(|range| range.start).min()?;
            let end = ranges.iter().map(|range| range.end).max()?;
            Some((start..end, view.bytes_reached()))
        })
        .collect();
    spans.sort_by_key(|(span, _)| span.start);
    let (mut all, mut together, mut last) = (0_u64, 0, 0);
    for (span, bytes) in spans {
        if span.start >= last {
            all = all.saturating_add(std::mem::take(&mut together));
        }
        together = together.max(bytes);
        last = last.max(span.end);
    }
    all.saturating_add(together)
}

/// Asks the system to have the cells of some views of one array in memory soon, without waiting for it: few long reads
/// instead of many faults, and one for all views that lie in among each other. A disk with much to do makes us wait.
///
/// # Errors
/// [`Cancelled`].
pub fn will_need(views: &[ArrayView], progress: &Progress) -> Result<(), Cancelled> {
    let Some(first) = views.first() else {
        return Ok(());
    };
    let mut ranges: Vec<Range<usize>> = views.iter().flat_map(ArrayView::ranges).collect();
    ranges.sort_unstable_by_key(|range| range.start);
    for range in joined(&ranges) {
        progress.check()?;
        first.bytes.will_need(range);
    }
    Ok(())
}

/// Ranges (ascending) in as few as there can be without reading far between them.
fn joined(ranges: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start < last.end.saturating_add(GAP) => {
                last.end = last.end.max(range.end);
            }
            _ => joined.push(range.clone()),
        }
    }
    joined
}

impl ArrayView {
    /// Bytes of the file that have to be in memory to read all cells, about.
    #[must_use]
    pub fn bytes_reached(&self) -> u64 {
        if self.num_cells() == 0 {
            return 0;
        }
        let data = self.reached(&self.data, self.number.itemsize());
        let mask = self.mask.as_ref().map_or(0, |mask| self.reached(mask, 1));
        data.saturating_add(mask)
    }

    fn reached(&self, strided: &Strided, itemsize: usize) -> u64 {
        // From the inside out: where indices of an axis lie closer than a page, what is between them is read, too.
        let mut axes: Vec<(usize, usize)> = (self.shape.iter())
            .zip(&strided.strides)
            .map(|(&length, stride)| (stride.unsigned_abs(), length))
            .collect();
        axes.sort_unstable();
        let (mut span, mut reached) = (itemsize as u64, itemsize as u64);
        for (stride, length) in axes {
            let (stride, more) = (stride as u64, length.saturating_sub(1) as u64);
            reached = if stride < span.saturating_add(PAGE as u64) {
                reached.saturating_add(stride.saturating_mul(more))
            } else {
                (reached.max(PAGE as u64)).saturating_mul(length as u64)
            };
            span = span.saturating_add(stride.saturating_mul(more));
        }
        reached.min(span)
    }

    /// From the first byte of the cells to the last one, and the same of the mask.
    pub(super) fn spans(&self) -> Vec<Range<usize>> {
        if self.num_cells() == 0 {
            return Vec::new();
        }
        let span = |ranges: Vec<Range<usize>>| {
            let start = ranges.iter().map(|range| range.start).min()?;
            Some(start..ranges.iter().map(|range| range.end).max()?)
        };
        let data = span(self.ranges_of(&self.data, self.number.itemsize()));
        let mask = self.mask.as_ref();
        let mask = mask.and_then(|mask| span(self.ranges_of(mask, 1)));
        data.into_iter().chain(mask).collect()
    }

    /// Where cells and mask lie: one range for all that is not far apart.
    fn ranges(&self) -> Vec<Range<usize>> {
        if self.num_cells() == 0 {
            return Vec::new();
        }
        let mut ranges = self.ranges_of(&self.data, self.number.itemsize());
        if let Some(mask) = &self.mask {
            ranges.append(&mut self.ranges_of(mask, 1));
        }
        ranges
    }

    fn ranges_of(&self, strided: &Strided, itemsize: usize) -> Vec<Range<usize>> {
        let mut axes: Vec<(usize, isize)> = (self.shape.iter().copied())
            .zip(strided.strides.iter().copied())
            .collect();
        axes.sort_by_key(|(_, stride)| std::cmp::Reverse(stride.unsigned_abs()));
        let apart = axes_apart(&axes, itemsize);
        let (outer, inner) = axes.split_at_checked(apart).unwrap_or((&axes, &[]));
        let first = inner.iter().fold(
            strided.offset..strided.offset.saturating_add(itemsize),
            |range, &(length, stride)| {
                let reach = stride
                    .unsigned_abs()
                    .saturating_mul(length.saturating_sub(1));
                match stride < 0 {
                    true => range.start.saturating_sub(reach)..range.end,
                    false => range.start..range.end.saturating_add(reach),
                }
            },
        );
        let mut starts = vec![first.start];
        for &(length, stride) in outer {
            let along = |start: usize| (0..length).map(move |index| shifted(start, index, stride));
            starts = starts.into_iter().flat_map(along).collect();
        }
        let range = |start: usize| start..start.saturating_add(first.len());
        starts.into_iter().map(range).collect()
    }
}

/// How many of the axes, outermost first, have their indices so far apart that what is between them is not worth reading; not
/// so many that there would be too many ranges.
fn axes_apart(axes: &[(usize, isize)], itemsize: usize) -> usize {
    let mut ranges = 1_usize;
    let mut is_apart = |number: usize, (length, stride): (usize, isize)| {
        let inner = axes.get(number + 1..).unwrap_or_default().iter();
        let span = inner.fold(itemsize, |span, (length, stride)| {
            let reach = stride
                .unsigned_abs()
                .saturating_mul(length.saturating_sub(1));
            span.saturating_add(reach)
        });
        ranges = ranges.saturating_mul(length);
        ranges <= MAX_RANGES && stride.unsigned_abs() >= span.saturating_add(GAP)
    };
    let apart = axes.iter().copied().enumerate();
    apart
        .take_while(|&(number, axis)| is_apart(number, axis))
        .count()
}

#[cfg(test)]
mod tests {
    use super::{bytes_reached, joined};
    use crate::array::{ArrayLayout, ArrayView, DType};
    use crate::source::Bytes;

    fn cube(shape: [u64; 3]) -> ArrayView {
        let nbytes = shape.iter().product::<u64>() * 2;
        let layout = ArrayLayout {
            dtype: DType::parse("<u2"),
            shape: shape.to_vec(),
            fortran: false,
            data_offset: 0,
            nbytes,
            mask: None,
        };
        let bytes = Bytes::Memory(vec![0; nbytes as usize].into());
        ArrayView::new(bytes, &layout).unwrap()
    }

    #[test]
    fn a_band_of_interleaved_bands_reaches_all_of_its_rows() {
        let cube = cube([16, 100, 400]);
        let band = cube.index_axis(2, 7).unwrap();
        // From the first cell to the last.
        assert_eq!(band.bytes_reached(), 16 * 100 * 800 - 798);
        let all = band.ranges();
        assert_eq!((all.len(), &all[0]), (1, &(14..16 * 100 * 800 - 784)));
        // Every fourth row: 80 kB each, with 240 kB between them.
        let rows = band.slice_axis(0, 0, 16, 4).unwrap();
        assert_eq!(rows.bytes_reached(), 4 * (99 * 800 + 2));
        assert_eq!(rows.ranges().len(), 4);
        assert_eq!(rows.ranges()[1], 320_014..320_014 + 99 * 800 + 2);
    }

    #[test]
    fn cells_far_apart_reach_a_page_each() {
        let cube = cube([4, 20, 4000]);
        let band = cube.index_axis(2, 0).unwrap();
        assert_eq!(band.bytes_reached(), 80 * 4096);
        assert_eq!(cube.bytes_reached(), 4 * 20 * 8000);
    }

    #[test]
    fn bands_of_the_same_pixels_reach_the_same() {
        let cube = cube([16, 100, 400]);
        let bands = [7, 90, 300].map(|band| cube.index_axis(2, band).unwrap());
        assert_eq!(bytes_reached(&bands), bands[0].bytes_reached());
        let rows = [1, 5].map(|row| cube.index_axis(0, row).unwrap());
        assert_eq!(bytes_reached(&rows), 2 * 80_000);
        assert_eq!(bytes_reached(&[]), 0);
    }

    #[test]
    fn what_lies_near_each_other_is_asked_for_once() {
        let far = 1 << 20;
        let ranges = [0..10, 100..110, 100..400, 120..130, far..far + 2];
        assert_eq!(joined(&ranges), [0..400, far..far + 2]);
        assert!(joined(&[]).is_empty());
    }

    #[test]
    fn cells_far_apart_are_asked_for_one_by_one() {
        let cube = cube([4, 20, 10_000]);
        let row = cube
            .index_axis(2, 5)
            .unwrap()
            .slice_axis(0, 1, 2, 1)
            .unwrap();
        let ranges = row.ranges();
        assert_eq!(ranges.len(), 20);
        assert_eq!(ranges[1], 420_010..420_012);
        // Many cells are one range, and no more than what they span.
        let cube = self::cube([1, 5000, 9000]);
        let row = cube.index_axis(2, 0).unwrap();
        let ranges = row.ranges();
        assert_eq!((ranges.len(), &ranges[0]), (1, &(0..4999 * 18_000 + 2)));
    }

    #[test]
    fn turned_views_reach_the_same() {
        let cube = cube([16, 100, 40]);
        let band = cube.index_axis(2, 7).unwrap();
        let turned = band.permuted(&[1, 0]).unwrap();
        assert_eq!(turned.bytes_reached(), band.bytes_reached());
        assert_eq!(turned.ranges(), band.ranges());
        let back = band.select(&"::-1, ::-1".parse().unwrap()).unwrap();
        assert_eq!(back.ranges(), band.ranges());
    }

    #[test]
    fn nothing_is_reached_of_nothing() {
        let empty = cube([4, 5, 6]).slice_axis(1, 3, 3, 1).unwrap();
        assert_eq!((empty.bytes_reached(), empty.ranges().len()), (0, 0));
    }
}
