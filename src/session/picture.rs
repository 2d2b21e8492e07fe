//! Pictures: what determines one, and the job that reads and colours it.
//!
//! Where reading takes long, the job gives what it has so far: the overview with the nearest row in place of each that is not
//! read yet, the finer layer from its first row down to where it is read.

use super::cache::{PlaneKey, SharedPlanes};
use super::cut::{Cut, Subject};
use super::feed::Spec;
use super::level::Detail;
use super::picture_text::cell_text;
use super::progressive::{self, Part};
use super::tasks::{self, TaskError};
use crate::array::{ArrayView, Number, Plane};
use crate::dataset::Dataset;
use crate::progress::{Cancelled, Progress};
use crate::render::{self, Colormap, Limits, MaskedCells, Scale, Shrink, Stretch};
use image::RgbaImage;
use rayon::prelude::*;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A number that no other picture of this program has.
pub(super) fn next_picture_id() -> u64 {
    static NEXT_ID: AtomicU64 = AtomicU64::new(0);
    NEXT_ID.fetch_add(1, Ordering::Relaxed)
}

/// All that determines a picture but the finer layer.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureContent {
    /// The array.
    pub subject: Subject,
    /// Columns, rows of the array's picture.
    pub size: [usize; 2],
    /// Axis of the rows.
    pub y: usize,
    /// Axis of the columns.
    pub x: usize,
    /// Axis of the bands.
    pub band_axis: Option<usize>,
    /// Index of each other axis.
    pub index: Vec<usize>,
    /// None, one, or red, green and blue.
    pub bands: Vec<usize>,
    /// The first and the last band of a mean that is shown instead.
    pub mean_of: Option<[usize; 2]>,
    /// How limits are found: of all planes, or of each.
    pub stretches: Vec<Stretch>,
    /// The curve between the limits.
    pub scale: Scale,
    /// Colours of a single band.
    pub colormap: Colormap,
    /// How masked cells are shown.
    pub masked: MaskedCells,
    /// Of the overview.
    pub step: usize,
    /// So many cells of the overview along each side are one pixel, and what stands for them.
    pub shrink: (usize, Shrink),
}

impl PictureContent {
    /// Whether the same cells are read for another picture, whatever is made of them.
    pub(super) fn reads_as(&self, other: &Self) -> bool {
        let cells = |content: &Self| {
            let Self {
                subject,
                y,
                x,
                index,
                bands,
                mean_of,
                step,
                ..
            } = content.clone();
            (subject, [y, x, step], index, bands, mean_of)
        };
        cells(self) == cells(other)
    }
}

/// All that determines what the picture job gives.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureSpec {
    /// The overview.
    pub content: PictureContent,
    /// The finer layer.
    pub detail: Option<Detail>,
}

impl Spec for PictureSpec {
    /// Another band, another index, another stretch, another revision; but never another array or other axes.
    fn may_stand_in(&self, wanted: &Self) -> bool {
        let (old, new) = (&self.content, &wanted.content);
        old.subject.key == new.subject.key && (old.y, old.x, old.size) == (new.y, new.x, new.size)
    }
}

/// One coloured layer. Immutable; `id` changes with the pixels, so that a texture is uploaded once.
#[derive(Debug)]
pub struct Layer {
    /// Of this layer, never used again.
    pub id: u64,
    /// The pixels.
    pub image: RgbaImage,
    /// Columns of the array that it covers.
    pub x: Range<usize>,
    /// Rows of the array that it covers.
    pub y: Range<usize>,
    /// Each pixel stands for so many cells in both directions.
    pub step: usize,
    /// None where rows stand in for others.
    planes: Vec<Arc<Plane>>,
}

impl Drop for Layer {
    fn drop(&mut self) {
        render::recycle(std::mem::take(&mut self.image));
    }
}

/// What is on the screen: the overview, maybe a finer layer, and the numbers they were painted with.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The whole, maybe coarse.
    pub overview: Arc<Layer>,
    /// A part of it, finer.
    pub detail: Option<Arc<Layer>>,
    /// Limits for each shown band; `None` where no cell is a finite number.
    pub limits: Vec<Option<Limits>>,
    /// Rows of the overview that are read, of all.
    pub rows_read: [usize; 2],
    /// What all but `detail` was made from.
    pub content: PictureContent,
    /// Number type of the array.
    pub number: Number,
}

impl Picture {
    /// How the limits were found: from all cells or from a sample.
    #[must_use]
    pub fn limits_note(&self) -> String {
        let is_fixed = |stretch: &Stretch| matches!(stretch, Stretch::Fixed { .. });
        if self.content.stretches.iter().all(is_fixed) {
            return "fixed".to_owned();
        }
        if self.content.step <= 1 && self.is_read() {
            return "exact".to_owned();
        }
        let [read, _] = self.rows_read;
        let columns = self.content.size[0].div_ceil(self.content.step.max(1));
        let cells = columns as u64 * read as u64;
        let so_far = if self.is_read() { "" } else { " so far" };
        format!("from {} sampled cells{so_far}", short_count(cells))
    }

    /// Whether no row stands in for another.
    #[must_use]
    pub fn is_read(&self) -> bool {
        let [read, rows] = self.rows_read;
        read == rows
    }

    /// The cell values as text where the layers hold the very cell, for writing into large pixels. Reads no file.
    #[must_use]
    pub fn value_text(&self, [x, y]: [usize; 2]) -> Option<String> {
        let layers = [self.detail.as_ref(), Some(&self.overview)];
        let layer = layers
            .into_iter()
            .flatten()
            .filter(|layer| layer.step == 1 && !layer.planes.is_empty())
            .find(|layer| layer.x.contains(&x) && layer.y.contains(&y))?;
        let (row, column) = (y - layer.y.start, x - layer.x.start);
        let texts: Option<Vec<String>> = layer
            .planes
            .iter()
            .map(|plane| cell_text(plane, [row, column], self))
            .collect();
        texts.map(|texts| texts.join("\n"))
    }
}

/// `1.2 M`, `950`.
pub(super) fn short_count(count: u64) -> String {
    match count {
        0..10_000 => count.to_string(),
        10_000..1_000_000 => format!("{:.0} k", count as f64 / 1e3),
        _ => format!("{:.1} M", count as f64 / 1e6),
    }
}

/// Reads and colours a picture. `before`: what is shown, of which the overview is taken if it is the same. `give` is told what
/// there is so far.
pub(super) fn paint(
    dataset: &Dataset,
    spec: &PictureSpec,
    before: Option<&Picture>,
    planes: &SharedPlanes,
    progress: &Progress,
    give: &mut dyn FnMut(Picture),
) -> Result<Picture, TaskError> {
    let content = &spec.content;
    let item = tasks::item_of(dataset, &content.subject)?;
    let array = dataset.array(item)?;
    let source = Source {
        array: &array,
        content,
        planes,
        progress,
    };
    let mut picture = match before {
        Some(before) if before.content == *content => Picture {
            detail: None,
            ..before.clone()
        },
        _ => source.overview(give)?,
    };
    if let Some(detail) = &spec.detail {
        let kept = before
            .and_then(|before| before.detail.as_ref())
            .filter(|layer| {
                before.is_some_and(|before| before.content == *content)
                    && (&layer.x, &layer.y, layer.step) == (&detail.x, &detail.y, detail.step)
            });
        picture.detail = Some(match kept {
            Some(layer) => Arc::clone(layer),
            None => Arc::new(source.detail(detail, &picture, give)?),
        });
    }
    Ok(picture)
}

/// Reads bands of a picture into the cache, if they are not there: all in one pass over the file. Their limits, too.
pub(super) fn read_ahead(
    dataset: &Dataset,
    spec: &PictureSpec,
    bands: &[usize],
    planes: &SharedPlanes,
    progress: &Progress,
) -> Result<(), TaskError> {
    let content = PictureContent {
        bands: bands.to_vec(),
        mean_of: None,
        ..spec.content.clone()
    };
    let array = dataset.array(tasks::item_of(dataset, &content.subject)?)?;
    let source = Source {
        array: &array,
        content: &content,
        planes,
        progress,
    };
    let whole = source.whole();
    let read = source.read(&whole, &mut |_| {})?;
    source.kept_limits(&whole, &read)?;
    if let Some(detail) = &spec.detail {
        source.read(detail, &mut |_| {})?;
    }
    Ok(())
}

/// Planes of all shown bands while they are read, with the nearest row in place of each that is not there yet.
struct SoFar {
    planes: Vec<Arc<Plane>>,
    /// That are read, of all.
    rows: [usize; 2],
    /// That are read without a gap.
    rows_from_top: usize,
}

struct Source<'a> {
    array: &'a ArrayView,
    content: &'a PictureContent,
    planes: &'a SharedPlanes,
    progress: &'a Progress,
}

impl Source<'_> {
    fn overview(&self, give: &mut dyn FnMut(Picture)) -> Result<Picture, TaskError> {
        let region = self.whole();
        let mut part = |so_far: SoFar| {
            // Whoever is cancelled has nothing to give.
            let Ok(limits) = self.limits(&so_far.planes) else {
                return;
            };
            let mut layer = self.shrunk_layer(&region, so_far.planes, &limits);
            layer.planes.clear();
            give(self.picture(layer, limits, so_far.rows));
        };
        let planes = self.read(&region, &mut part)?;
        let limits = self.kept_limits(&region, &planes)?;
        self.progress.check()?;
        let rows = planes.first().map_or(0, |plane| plane.shape().0);
        let layer = self.shrunk_layer(&region, planes, &limits);
        Ok(self.picture(layer, limits, [rows, rows]))
    }

    fn picture(&self, layer: Layer, limits: Vec<Option<Limits>>, rows_read: [usize; 2]) -> Picture {
        Picture {
            overview: Arc::new(layer),
            detail: None,
            limits,
            rows_read,
            content: self.content.clone(),
            number: self.array.number(),
        }
    }

    /// A finer layer of a picture, with its limits.
    fn detail(
        &self,
        region: &Detail,
        picture: &Picture,
        give: &mut dyn FnMut(Picture),
    ) -> Result<Layer, TaskError> {
        let mut part = |so_far: SoFar| {
            let rows: Vec<usize> = (0..so_far.rows_from_top).collect();
            let planes = so_far.planes.iter();
            let planes = planes
                .map(|plane| Arc::new(plane.select_rows(&rows)))
                .collect();
            let end = region.y.start + rows.len() * region.step.max(1);
            let read = Detail {
                y: region.y.start..end.min(region.y.end),
                ..region.clone()
            };
            let layer = Arc::new(self.layer(&read, planes, &picture.limits));
            give(Picture {
                detail: (!rows.is_empty()).then_some(layer),
                ..picture.clone()
            });
        };
        let planes = self.read(region, &mut part)?;
        self.progress.check()?;
        Ok(self.layer(region, planes, &picture.limits))
    }

    /// All of the picture, at the step of the overview.
    fn whole(&self) -> Detail {
        let [columns, rows] = self.content.size;
        Detail {
            x: 0..columns,
            y: 0..rows,
            step: self.content.step,
        }
    }

    /// The limits of planes that were read of a region, from the cache if they are there.
    fn kept_limits(
        &self,
        region: &Detail,
        planes: &[Arc<Plane>],
    ) -> Result<Vec<Option<Limits>>, Cancelled> {
        let of_plane = |(number, (key, plane)): (usize, (&PlaneKey, &Arc<Plane>))| {
            let stretch = self.stretch(number);
            let kept = self.planes.lock().limits(key, stretch);
            if let Some(limits) = kept {
                return Ok(limits);
            }
            let found = render::limits(std::slice::from_ref(plane), stretch, self.progress)?;
            let limits = found.into_iter().next().flatten();
            if !self.array.is_torn() {
                self.planes.lock().put_limits(key, stretch, limits);
            }
            Ok(limits)
        };
        let keys = self.plane_keys(region);
        let planes = keys.par_iter().zip(planes).enumerate();
        planes.map(of_plane).collect()
    }

    /// The limits of planes of which a part is read.
    fn limits(&self, planes: &[Arc<Plane>]) -> Result<Vec<Option<Limits>>, Cancelled> {
        let of_plane = |(number, plane): (usize, &Arc<Plane>)| {
            let planes = std::slice::from_ref(plane);
            let found = render::limits(planes, self.stretch(number), self.progress)?;
            Ok(found.into_iter().next().flatten())
        };
        planes.par_iter().enumerate().map(of_plane).collect()
    }

    fn stretch(&self, plane: usize) -> Stretch {
        let stretches = &self.content.stretches;
        let own = stretches.get(plane).or(stretches.first());
        own.copied().unwrap_or_default()
    }

    /// Colours the overview, with no more pixels than the screen has use for.
    fn shrunk_layer(
        &self,
        region: &Detail,
        planes: Vec<Arc<Plane>>,
        limits: &[Option<Limits>],
    ) -> Layer {
        let (side, how) = self.content.shrink;
        if side < 2 {
            return self.layer(region, planes, limits);
        }
        let planes = planes.iter();
        let planes = planes.map(|plane| Arc::new(render::shrink(plane, side, how)));
        let coarser = Detail {
            step: region.step.saturating_mul(side),
            ..region.clone()
        };
        self.layer(&coarser, planes.collect(), limits)
    }

    /// Colours a region.
    fn layer(&self, region: &Detail, planes: Vec<Arc<Plane>>, limits: &[Option<Limits>]) -> Layer {
        let image = self.colour(&planes, limits);
        let step = region.step.max(1);
        let end = |range: &Range<usize>| range.start + range.len().div_ceil(step) * step;
        Layer {
            id: next_picture_id(),
            image,
            // The last pixel stands for a whole step, too, which may reach over the edge.
            x: region.x.start..end(&region.x),
            y: region.y.start..end(&region.y),
            step,
            planes,
        }
    }

    fn colour(&self, planes: &[Arc<Plane>], limits: &[Option<Limits>]) -> RgbaImage {
        let planes: Vec<&Plane> = planes.iter().map(AsRef::as_ref).collect();
        let is_masked = planes.iter().any(|plane| plane.masked.is_some());
        if self.content.masked == MaskedCells::Hidden || !is_masked {
            return self.colour_all(&planes, limits);
        }
        let bare: Vec<Plane> = planes.iter().map(|plane| render::unmasked(plane)).collect();
        let mut image = self.colour_all(&bare.iter().collect::<Vec<_>>(), limits);
        if self.content.masked == MaskedCells::Tinted {
            render::tint(&mut image, &planes);
        }
        image
    }

    fn colour_all(&self, planes: &[&Plane], limits: &[Option<Limits>]) -> RgbaImage {
        match (planes, limits) {
            ([red, green, blue], &[r, g, b]) => {
                render::composite([red, green, blue], [r, g, b], self.content.scale)
            }
            ([plane, ..], [limits, ..]) => {
                render::single(plane, *limits, self.content.scale, self.content.colormap)
            }
            _ => RgbaImage::new(0, 0),
        }
    }

    /// The planes of all shown bands: from the cache, the missing ones in one pass over the file.
    fn read(
        &self,
        region: &Detail,
        part: &mut dyn FnMut(SoFar),
    ) -> Result<Vec<Arc<Plane>>, TaskError> {
        let keys = self.plane_keys(region);
        if let [key] = keys.as_slice()
            && key.mean_of.is_some()
        {
            return Ok(vec![self.read_mean(key, part)?]);
        }
        let mut missing: Vec<&PlaneKey> = Vec::new();
        let mut found: HashMap<&PlaneKey, Arc<Plane>> = HashMap::new();
        for key in &keys {
            match self.planes.lock().get(key) {
                Some(plane) => drop(found.insert(key, plane)),
                // One band may be shown twice.
                None if missing.contains(&key) => {}
                None => missing.push(key),
            }
        }
        let views = missing.iter().map(|key| key.cut.of(self.array));
        let views = views.collect::<Result<Vec<_>, _>>()?;
        if !views.is_empty() {
            let mut give = |known: &Part<'_>| {
                let filled = missing.iter().copied().zip(known.filled());
                let filled: HashMap<_, _> =
                    filled.map(|(key, plane)| (key, Arc::new(plane))).collect();
                let planes = keys.iter();
                let planes = planes.filter_map(|key| found.get(key).or(filled.get(key)).cloned());
                part(SoFar {
                    planes: planes.collect(),
                    rows: known.rows(),
                    rows_from_top: known.rows_from_top(),
                });
            };
            let read = progressive::read(&views, self.progress, &mut give)?;
            for (key, plane) in missing.into_iter().zip(read) {
                let plane = Arc::new(plane);
                self.keep(key, &plane);
                found.insert(key, plane);
            }
        }
        Ok(keys
            .iter()
            .filter_map(|key| found.get(key).cloned())
            .collect())
    }

    /// The mean of a range of bands, from the cache or from the file.
    fn read_mean(
        &self,
        key: &PlaneKey,
        part: &mut dyn FnMut(SoFar),
    ) -> Result<Arc<Plane>, TaskError> {
        let kept = self.planes.lock().get(key);
        if let Some(plane) = kept {
            return Ok(plane);
        }
        let (axis, bands) = key.mean_of.unwrap_or_default();
        let block = key.cut.block_of(self.array, axis, bands)?;
        let plane = progressive::mean(&block, self.progress, &mut |plane, rows| {
            part(SoFar {
                planes: vec![Arc::new(plane)],
                rows,
                rows_from_top: rows[0],
            });
        })?;
        let plane = Arc::new(plane);
        self.keep(key, &plane);
        Ok(plane)
    }

    /// Into the cache, unless pages were lost: the plane may have zeros that are not in the file.
    fn keep(&self, key: &PlaneKey, plane: &Arc<Plane>) {
        if !self.array.is_torn() {
            self.planes.lock().put(key.clone(), Arc::clone(plane));
        }
    }

    fn plane_keys(&self, region: &Detail) -> Vec<PlaneKey> {
        let PictureContent {
            subject,
            y,
            x,
            band_axis,
            index,
            bands,
            mean_of,
            ..
        } = self.content;
        let key = |band: Option<usize>| {
            let mut at = index.clone();
            if let (Some(axis), Some(band)) = (band_axis, band)
                && let Some(place) = at.get_mut(*axis)
            {
                *place = band;
            }
            let cut = Cut {
                y: *y,
                x: *x,
                at,
                rows: region.y.clone(),
                columns: region.x.clone(),
                step: region.step,
            };
            PlaneKey {
                subject: subject.clone(),
                cut,
                mean_of: band_axis.zip(*mean_of),
            }
        };
        if bands.is_empty() {
            vec![key(None)]
        } else {
            bands.iter().map(|band| key(Some(*band))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Layer {
        /// Which planes it was painted from: those that are read anew are others.
        pub(in crate::session) fn plane_addresses(&self) -> Vec<usize> {
            let planes = self.planes.iter();
            planes.map(|plane| Arc::as_ptr(plane).addr()).collect()
        }
    }

    #[test]
    fn counts_are_short() {
        assert_eq!(short_count(7040), "7040");
        assert_eq!(short_count(1_234_567), "1.2 M");
    }
}
