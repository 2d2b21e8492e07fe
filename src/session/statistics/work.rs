//! What the jobs do: pass over a block of cells, and give what they have so far from time to time.

use super::super::background::{self, Pace};
use super::super::cache::SharedPlanes;
use super::super::cut::Cut;
use super::super::spectrum::drawn;
use super::super::tasks::{self, Reading, TaskError};
use super::{MeanSpec, MeanSpectrum, Numbers, StatsSpec};
use crate::analysis::{Means, distribution, distribution_passes, means};
use crate::array::{ArrayView, Number};
use crate::dataset::{AxisRoles, Dataset, Item, Wavelengths};
use crate::progress::Progress;
use std::ops::Range;

/// Statistics of a block: of a plane that is in memory for a picture, or else of the file. `give` takes what there is so far.
pub(super) fn statistics(
    dataset: &Dataset,
    spec: &StatsSpec,
    planes: &SharedPlanes,
    progress: &Progress,
    reading: &Reading<'_>,
    give: impl Fn(Numbers) + Sync,
) -> Result<Numbers, TaskError> {
    let item = tasks::item_of(dataset, &spec.subject)?;
    let array = dataset.array(item)?;
    let view = match in_memory(spec, array.number(), planes) {
        Some(view) => view,
        None => spec.block.view(&array)?,
    };
    let passes = distribution_passes(view.number(), &spec.percentiles);
    progress.set_bytes(bytes_of(item, &view).saturating_mul(passes));
    let mut pace = Pace::begin();
    let found = background::run(|| {
        distribution(&view, &spec.percentiles, progress, |part| {
            // What was read of a file that was cut or moved is nothing to show.
            if pace.is_time() && reading.is_sound() {
                give(Numbers {
                    distribution: part.value(),
                    done: part.done,
                    total: part.total,
                });
            }
        })
    })?;
    let total = view.num_cells() as u64;
    Ok(Numbers {
        distribution: found,
        done: total,
        total,
    })
}

/// The cells of a block as they were read for a picture.
fn in_memory(spec: &StatsSpec, number: Number, planes: &SharedPlanes) -> Option<ArrayView> {
    let AxisRoles { y, x, .. } = spec.axes?;
    let at = spec.block.as_point(&[y, x])?;
    let region = Cut {
        y,
        x,
        at,
        rows: spec.block.range(y),
        columns: spec.block.range(x),
        step: 1,
    };
    let (plane, start) = planes.lock().with_region(&spec.subject, &region)?;
    let within = |range: &Range<usize>, start: usize| {
        Some(range.start.checked_sub(start)?..range.end.checked_sub(start)?)
    };
    let [first_row, first_column] = start;
    let rows = within(&region.rows, first_row)?;
    let columns = within(&region.columns, first_column)?;
    ArrayView::of_plane(&plane, number, [&rows, &columns])
}

/// The mean spectrum of a block. `give` takes what there is so far.
pub(super) fn mean_spectrum(
    dataset: &Dataset,
    spec: &MeanSpec,
    progress: &Progress,
    reading: &Reading<'_>,
    give: impl Fn(MeanSpectrum) + Sync,
) -> Result<MeanSpectrum, TaskError> {
    let item = tasks::item_of(dataset, &spec.subject)?;
    let view = spec.block.view(&dataset.array(item)?)?;
    progress.set_bytes(bytes_of(item, &view));
    let wavelengths = dataset.wavelengths_along(item, spec.band_axis);
    let spectrum = |means: &Means, share| MeanSpectrum {
        points: points(means, wavelengths),
        share,
    };
    let mut pace = Pace::begin();
    let found = background::run(|| {
        means(&view, &[spec.band_axis], progress, |part| {
            if pace.is_time() && reading.is_sound() {
                give(spectrum(&part.value(), part.share()));
            }
        })
    })?;
    Ok(spectrum(&found, 1.0))
}

/// Bytes of the cells and their mask.
fn bytes_of(item: &Item, view: &ArrayView) -> u64 {
    let itemsize = (item.layout()).and_then(|layout| layout.dtype.itemsize());
    let cell = itemsize.unwrap_or(1) + u64::from(view.is_masked());
    (view.num_cells() as u64).saturating_mul(cell)
}

/// In the order to draw.
fn points(means: &Means, wavelengths: Option<&Wavelengths>) -> Vec<[f64; 2]> {
    let drawn = drawn(means.means.len(), 1, wavelengths).into_iter();
    drawn
        .filter_map(|(band, x)| Some([x, *means.means.get(band)?]))
        .collect()
}
