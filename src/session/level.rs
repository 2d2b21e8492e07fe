//! Level of detail: how coarse the overview of a picture is, and which part of it is worth a finer layer.
//!
//! Arithmetic only. The overview covers the whole picture within a bound of memory; where the screen resolves more than the
//! overview does, the visible region is read again at a finer step.

use std::ops::Range;

/// No texture side is longer: every OpenGL 3 driver takes it.
const MAX_SIDE: usize = 4096;
/// Cells of an overview.
const MAX_CELLS: usize = 4 << 20;
/// Cells of an overview of an array so large that a sample of this size must do: each cell may cost a read of its own.
const MAX_CELLS_OF_HUGE: usize = 1 << 18;
/// Cells of a finer layer of such an array, as long as they are far apart.
const MAX_CELLS_APART: usize = 1 << 20;
/// At a smaller step, cells share what is read for them.
const STEP_APART: usize = 4;
/// What counts as such.
const HUGE_BYTES: u64 = 2 << 30;
/// Bytes of all planes of a layer.
const MAX_BYTES: usize = 48 << 20;
/// More cells than these along one side of a pixel are as small as a picture can be.
const MAX_SHRINK: f64 = 64.0;
/// Regions snap to a grid of so many of their own cells, so that a small pan asks for nothing new.
const GRID: usize = 128;

/// What is on the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Visible {
    /// Columns.
    pub x: Range<usize>,
    /// Rows.
    pub y: Range<usize>,
    /// Physical screen pixels for one cell.
    pub zoom: f64,
}

/// A part of a picture at a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// Columns.
    pub x: Range<usize>,
    /// Rows.
    pub y: Range<usize>,
    /// Every so many of both.
    pub step: usize,
}

/// The step at which a picture of `size` (columns, rows) is read as a whole. `cell_bytes`: of all bands shown together.
#[must_use]
pub fn overview_step(size: [usize; 2], cell_bytes: usize, array_bytes: u64) -> usize {
    let cells = if array_bytes > HUGE_BYTES {
        MAX_CELLS_OF_HUGE
    } else {
        MAX_CELLS
    };
    let cells = cells.min(MAX_BYTES / cell_bytes.max(1));
    let fits = |step: usize| {
        let [columns, rows] = size.map(|len| len.div_ceil(step));
        columns <= MAX_SIDE && rows <= MAX_SIDE && columns.saturating_mul(rows) <= cells
    };
    let longest = size[0].max(size[1]);
    let mut step = longest.div_ceil(MAX_SIDE).max(1);
    while !fits(step) && step < longest {
        step += (step / 16).max(1);
    }
    step
}

/// The finer layer that is worth reading, if any; bytes as for the overview. What was wanted before is kept as long as it serves.
#[must_use]
pub fn detail(
    size: [usize; 2],
    overview_step: usize,
    (cell_bytes, array_bytes): (usize, u64),
    visible: &Visible,
    before: Option<&Detail>,
) -> Option<Detail> {
    if overview_step <= 1 || visible.zoom * overview_step as f64 <= 1.0 || visible.zoom <= 0.0 {
        return None;
    }
    let [columns, rows] = size;
    // What is on the screen may be of a moment ago, when the picture was larger.
    let visible = &Visible {
        x: clamped(&visible.x, columns),
        y: clamped(&visible.y, rows),
        zoom: visible.zoom,
    };
    if visible.x.is_empty() || visible.y.is_empty() {
        return None;
    }
    let mut step = (1.0 / visible.zoom).floor().max(1.0) as usize;
    let region = |step| Detail {
        x: snapped(&visible.x, step, columns),
        y: snapped(&visible.y, step, rows),
        step,
    };
    while step < overview_step && !fits(&region(step), cell_bytes, array_bytes) {
        step += 1;
    }
    if step >= overview_step {
        return None;
    }
    if let Some(before) = before
        && before.step == step
        && contains(&before.x, &visible.x)
        && contains(&before.y, &visible.y)
        && contains(&(0..columns), &before.x)
        && contains(&(0..rows), &before.y)
    {
        return Some(before.clone());
    }
    Some(region(step))
}

/// How many cells of a layer share a pixel of the screen, along one side. `step`: of the layer.
#[must_use]
pub fn cells_per_pixel(step: usize, visible: Option<&Visible>) -> usize {
    let zoom = visible.map_or(1.0, |visible| visible.zoom) * step as f64;
    if zoom > 0.0 && zoom < 1.0 {
        // Never fewer pixels than the screen has.
        (1.0 / zoom).floor().min(MAX_SHRINK) as usize
    } else {
        1
    }
}

/// Whether a layer is within the bounds of textures and of memory.
fn fits(region: &Detail, cell_bytes: usize, array_bytes: u64) -> bool {
    let [columns, rows] = [&region.x, &region.y].map(|range| range.len().div_ceil(region.step));
    let cells = columns.saturating_mul(rows);
    let is_cheap = array_bytes <= HUGE_BYTES || region.step < STEP_APART;
    columns <= MAX_SIDE
        && rows <= MAX_SIDE
        && cells.saturating_mul(cell_bytes) <= MAX_BYTES
        && (is_cheap || cells <= MAX_CELLS_APART)
}

fn contains(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

fn clamped(range: &Range<usize>, len: usize) -> Range<usize> {
    range.start.min(len)..range.end.min(len)
}

fn snapped(range: &Range<usize>, step: usize, len: usize) -> Range<usize> {
    let grid = GRID * step;
    let start = (range.start / grid).saturating_sub(1) * grid;
    let end = (range.end.div_ceil(grid) + 1) * grid;
    start..end.min(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pictures_are_read_whole() {
        assert_eq!(overview_step([1250, 1500], 6, 1_500_000_000), 1);
        assert_eq!(overview_step([0, 0], 2, 0), 1);
        assert_eq!(overview_step([1, 1], 2, 2), 1);
    }

    #[test]
    fn large_pictures_stay_within_the_bounds() {
        for (size, bytes) in [
            ([100_000, 50_000], 1 << 40),
            ([1_000_000_000, 1], 1 << 33),
            ([30_000, 30_000], 1 << 31),
        ] {
            let step = overview_step(size, 24, bytes);
            let [columns, rows] = size.map(|len: usize| len.div_ceil(step));
            assert!(
                columns * rows * 24 <= MAX_BYTES && columns <= MAX_SIDE && rows <= MAX_SIDE,
                "{size:?}: {step}"
            );
        }
    }

    #[test]
    fn detail_begins_where_the_overview_ends() {
        let visible = |zoom| Visible {
            x: 1000..2000,
            y: 1000..1800,
            zoom,
        };
        assert_eq!(
            detail([10_000, 10_000], 1, (6, 0), &visible(9.0), None),
            None
        );
        assert_eq!(
            detail([10_000, 10_000], 8, (6, 0), &visible(0.1), None),
            None
        );
        let fine = detail([10_000, 10_000], 8, (6, 0), &visible(1.0), None);
        assert!(
            fine.as_ref()
                .is_some_and(|fine| fine.step == 1 && contains(&fine.x, &(1000..2000)))
        );
        let panned = Visible {
            x: 1050..2050,
            ..visible(1.2)
        };
        assert_eq!(
            detail([10_000, 10_000], 8, (6, 0), &panned, fine.as_ref()),
            fine
        );
        assert_eq!(
            detail([10_000, 10_000], 8, (6, 0), &visible(0.3), None).map(|detail| detail.step),
            Some(3)
        );
    }

    #[test]
    fn pixels_stand_for_whole_cells() {
        let visible = |zoom| Visible {
            x: 0..100,
            y: 0..100,
            zoom,
        };
        for (step, zoom, side) in [
            (1, 1.0, 1),
            (1, 0.51, 1),
            (1, 0.5, 2),
            (1, 0.34, 2),
            (4, 0.1, 2),
            (1, 7.0, 1),
            (1, 0.0, 1),
            (1, 1e-9, 64),
        ] {
            assert_eq!(cells_per_pixel(step, Some(&visible(zoom))), side);
        }
        assert_eq!(cells_per_pixel(1, None), 1);
    }

    #[test]
    fn detail_stays_within_the_bound_of_memory() {
        let visible = Visible {
            x: 10_000..13_500,
            y: 10_000..13_500,
            zoom: 1.0,
        };
        let fine = detail([30_000, 30_000], 32, (24, 0), &visible, None).expect("a finer layer");
        assert!(fits(&fine, 24, 0) && fine.step > 1, "{fine:?}");
    }

    #[test]
    fn detail_of_a_huge_array_has_no_more_cells_than_can_be_read_one_by_one() {
        let visible = Visible {
            x: 0..40_000,
            y: 0..34_000,
            zoom: 0.05,
        };
        let fine = detail([40_000, 34_000], 72, (2, 1 << 40), &visible, None);
        let fine = fine.expect("a finer layer");
        let cells = fine.x.len().div_ceil(fine.step) * fine.y.len().div_ceil(fine.step);
        assert!(fine.step > 20 && cells <= MAX_CELLS_APART, "{fine:?}");
    }

    #[test]
    fn a_picture_that_shrank_has_no_detail_outside() {
        let visible = Visible {
            x: 5000..6000,
            y: 0..800,
            zoom: 1.0,
        };
        let before = Detail {
            x: 4864..6272,
            y: 0..1024,
            step: 1,
        };
        assert_eq!(
            detail([4900, 9000], 3, (6, 0), &visible, Some(&before)),
            None
        );
        let fine = detail([5500, 9000], 3, (6, 0), &visible, Some(&before));
        assert!(fine.is_some_and(|fine| fine.x.end == 5500));
    }

    #[test]
    fn detail_stays_inside_the_picture() {
        let visible = Visible {
            x: 0..5000,
            y: 9990..10_000,
            zoom: 1.0,
        };
        let fine = detail([10_000, 10_000], 8, (6, 0), &visible, None);
        assert!(
            fine.is_some_and(|fine| fine.x.start == 0
                && fine.y.end == 10_000
                && fine.x.end <= 10_000)
        );
    }
}
