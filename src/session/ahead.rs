//! Bands that are read before anybody asks for them, while nothing else is to do.
//!
//! Where the bands of a pixel lie side by side, reading one band moves the cache lines of many through the processor:
//! reading these in the same pass costs little more, and then scrubbing through them is a look-up in the plane cache. A job
//! of this kind gives way to every picture that is wanted.

use super::document::Document;
use super::picture::{PictureContent, PictureSpec};
use crate::array::ArrayLayout;

/// Bytes that the processor moves at once.
const CACHE_LINE: u64 = 64;
/// Bands to each side that are read in any case.
const NEIGHBOURS: usize = 2;

/// What was read ahead last: nothing more is, until this changes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AheadSpec {
    pub(super) picture: PictureSpec,
    /// The nearest to what is shown first.
    pub(super) bands: Vec<usize>,
}

impl Document {
    /// What is worth reading ahead, once the picture is there. `budget`: bytes for all of it.
    pub(super) fn wanted_ahead(&self, budget: usize) -> Option<AheadSpec> {
        let feed = &self.feeds.picture;
        let picture = feed.wanted().filter(|_| feed.is_current())?;
        let layout = self.item()?.layout()?;
        let content = &picture.content;
        let axis = content.band_axis?;
        let count = usize::try_from(*layout.shape.get(axis)?).ok()?;
        let mut bands = bands_around(&content.bands, count, bands_per_line(layout, axis));
        bands.truncate(budget / bytes_per_band(picture, layout).max(1));
        (!bands.is_empty()).then(|| AheadSpec {
            picture: picture.clone(),
            bands,
        })
    }
}

/// How many bands of a pixel lie in one cache line.
fn bands_per_line(layout: &ArrayLayout, axis: usize) -> usize {
    let itemsize = layout.dtype.itemsize().unwrap_or(CACHE_LINE).max(1);
    // In C order the last axis lies side by side, in Fortran order the first.
    let mut inside = match layout.fortran {
        true => layout.shape.get(..axis),
        false => layout.shape.get(axis + 1..),
    }
    .unwrap_or_default()
    .iter();
    let stride = inside.try_fold(itemsize, |stride, length| stride.checked_mul(*length));
    let per_line = stride.map_or(0, |stride| CACHE_LINE / stride.max(1));
    usize::try_from(per_line).unwrap_or(1).max(1)
}

/// Bytes of the planes of one band.
fn bytes_per_band(picture: &PictureSpec, layout: &ArrayLayout) -> usize {
    let PictureContent { size, step, .. } = &picture.content;
    let cells = |[columns, rows]: [usize; 2], step: usize| {
        let step = step.max(1);
        columns.div_ceil(step).saturating_mul(rows.div_ceil(step))
    };
    let detail = picture.detail.as_ref().map_or(0, |detail| {
        cells([detail.x.len(), detail.y.len()], detail.step)
    });
    let itemsize = layout.dtype.itemsize().unwrap_or(8) as usize;
    let cell = itemsize + usize::from(layout.mask.is_some());
    (cells(*size, *step).saturating_add(detail)).saturating_mul(cell)
}

/// The bands that share a cache line with the shown ones, and their neighbours; without the shown ones, the nearest first.
fn bands_around(shown: &[usize], count: usize, per_line: usize) -> Vec<usize> {
    let mut bands: Vec<usize> = Vec::new();
    for &band in shown {
        let start = band - band % per_line;
        let end = start.saturating_add(per_line);
        let near = band.saturating_sub(NEIGHBOURS)..band.saturating_add(NEIGHBOURS + 1);
        bands
            .extend((start.min(near.start)..end.max(near.end).min(count)).filter(|at| *at < count));
    }
    bands.sort_unstable();
    bands.dedup();
    bands.retain(|band| !shown.contains(band));
    let distance = |band: &usize| shown.iter().map(|shown| shown.abs_diff(*band)).min();
    bands.sort_by_key(|band| (distance(band), *band));
    bands
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::DType;

    fn layout(dtype: &str, shape: &[u64]) -> ArrayLayout {
        ArrayLayout {
            dtype: DType::parse(dtype),
            shape: shape.to_vec(),
            fortran: false,
            data_offset: 0,
            nbytes: 0,
            mask: None,
        }
    }

    #[test]
    fn bands_of_one_cache_line_are_read_together() {
        let cube = layout("uint16", &[1500, 1250, 400]);
        assert_eq!(bands_per_line(&cube, 2), 32);
        assert_eq!(bands_per_line(&cube, 0), 1);
        assert_eq!(bands_per_line(&layout("float64", &[9, 9, 9]), 2), 8);
        assert_eq!(bands_per_line(&layout("uint16", &[400, 1500, 1250]), 0), 1);
        assert_eq!(bands_per_line(&layout("uint16", &[u64::MAX; 3]), 0), 1);
    }

    #[test]
    fn the_nearest_come_first_and_none_is_outside() {
        assert_eq!(bands_around(&[5], 400, 4), [4, 6, 3, 7]);
        assert_eq!(bands_around(&[0], 2, 32), [1]);
        assert_eq!(bands_around(&[9], 10, 1), [8, 7]);
        assert_eq!(bands_around(&[1, 2], 10, 1), [0, 3, 4]);
        assert_eq!(bands_around(&[], 10, 8), Vec::<usize>::new());
        assert_eq!(bands_around(&[40], 400, 32).len(), 31);
    }
}
