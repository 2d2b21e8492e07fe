//! Spectra, curves and single cells: what determines them, and the jobs that read them.

use super::cut::{Subject, fix_axes};
use super::feed::Spec;
use super::tasks::{self, TaskError};
use crate::array::{ArrayView, Cell};
use crate::dataset::AxisRoles;
use crate::dataset::{Dataset, Wavelengths};
use crate::progress::Progress;

/// A curve has at most so many points; longer ones are taken at a step.
const MAX_POINTS: usize = 1 << 16;

/// A pixel to be looked into.
#[derive(Debug, Clone, PartialEq)]
pub struct ProbeSpec {
    /// The array.
    pub subject: Subject,
    /// Its axes.
    pub axes: AxisRoles,
    /// Index of each axis without a role.
    pub index: Vec<usize>,
    /// Bands whose values are wanted.
    pub bands: Vec<usize>,
    /// `[column, row]` of each pixel.
    pub pixels: Vec<[usize; 2]>,
}

impl Spec for ProbeSpec {
    /// Other pixels of the same array: the curves follow the pointer without gaps.
    fn may_stand_in(&self, wanted: &Self) -> bool {
        self.subject.key == wanted.subject.key
            && self.axes == wanted.axes
            && self.index == wanted.index
    }
}

/// A curve to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// In the order to draw; a gap where y is NaN.
    pub points: Vec<[f64; 2]>,
    /// Finite values under the mask, where they would be.
    pub masked: Vec<[f64; 2]>,
    /// In the order of the array; NaN where one is masked or not finite.
    pub values: Vec<f64>,
    /// One standard deviation for each point, where the file has a variance.
    pub sigma: Option<Vec<f64>>,
    /// Every so many values were taken.
    pub step: usize,
}

/// What is at a pixel.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// `[column, row]`.
    pub pixel: [usize; 2],
    /// Cells of the shown bands, or the one cell of an image.
    pub cells: Vec<Cell>,
    /// Along the spectrum axis.
    pub spectrum: Option<Curve>,
}

/// An array of less than two dimensions.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Of one dimension.
    pub curve: Option<Curve>,
    /// Of none.
    pub scalar: Option<Cell>,
}

/// A whole key: a value, or an array of less than two dimensions.
#[derive(Debug, Clone, PartialEq)]
pub struct WholeSpec(pub Subject);

impl Spec for WholeSpec {
    /// The same key at another revision.
    fn may_stand_in(&self, wanted: &Self) -> bool {
        self.0.key == wanted.0.key
    }
}

/// Looks into pixels.
pub(super) fn probe(
    dataset: &Dataset,
    spec: &ProbeSpec,
    progress: &Progress,
) -> Result<Vec<Probe>, TaskError> {
    let item = tasks::item_of(dataset, &spec.subject)?;
    let array = dataset.array(item)?;
    let variance = dataset
        .variance_of(item)
        .and_then(|item| dataset.array(item).ok());
    let wavelengths = spec
        .axes
        .band
        .and_then(|axis| dataset.wavelengths_along(item, axis));
    let mut probes = Vec::new();
    for pixel in &spec.pixels {
        progress.check()?;
        let line = line_of(&array, spec, *pixel)?;
        let cells = match spec.axes.band {
            Some(_) => spec
                .bands
                .iter()
                .map(|band| line.cell(&[*band]))
                .collect::<Result<_, _>>()?,
            None => vec![line.cell(&[])?],
        };
        let spectrum = match spec.axes.band {
            Some(_) => {
                let variance = variance
                    .as_ref()
                    .and_then(|variance| line_of(variance, spec, *pixel).ok());
                Some(curve(&line, wavelengths, variance.as_ref())?)
            }
            None => None,
        };
        probes.push(Probe {
            pixel: *pixel,
            cells,
            spectrum,
        });
    }
    Ok(probes)
}

/// Reads an array of less than two dimensions.
pub(super) fn series(dataset: &Dataset, spec: &WholeSpec) -> Result<Series, TaskError> {
    let item = tasks::item_of(dataset, &spec.0)?;
    let array = dataset.array(item)?;
    if array.shape().is_empty() {
        return Ok(Series {
            curve: None,
            scalar: Some(array.cell(&[])?),
        });
    }
    let variance = dataset
        .variance_of(item)
        .and_then(|item| dataset.array(item).ok());
    let curve = curve(
        &array,
        dataset.wavelengths_along(item, 0),
        variance.as_ref(),
    )?;
    Ok(Series {
        curve: Some(curve),
        scalar: None,
    })
}

fn line_of(
    array: &ArrayView,
    spec: &ProbeSpec,
    [x, y]: [usize; 2],
) -> Result<ArrayView, TaskError> {
    let mut at = spec.index.clone();
    for (axis, index) in [(spec.axes.x, x), (spec.axes.y, y)] {
        if let Some(place) = at.get_mut(axis) {
            *place = index;
        }
    }
    Ok(fix_axes(array, &at, spec.axes.band.as_slice())?)
}

fn curve(
    line: &ArrayView,
    wavelengths: Option<&Wavelengths>,
    variance: Option<&ArrayView>,
) -> Result<Curve, TaskError> {
    let len = line.shape().first().copied().unwrap_or(0);
    let step = len.div_ceil(MAX_POINTS).max(1);
    let cells = line.slice_axis(0, 0, len, step)?.cells_1d()?;
    // A variance that cannot be read is a missing band of error, not a missing curve.
    let variance = variance.and_then(|line| {
        line.slice_axis(0, 0, len, step)
            .and_then(|line| line.cells_1d())
            .ok()
    });
    let mut curve = Curve {
        points: Vec::new(),
        masked: Vec::new(),
        values: cells.iter().map(number_or_gap).collect(),
        sigma: variance.is_some().then(Vec::new),
        step,
    };
    for (number, x) in drawn(cells.len(), step, wavelengths) {
        let Some(cell) = cells.get(number) else {
            continue;
        };
        curve.points.push([x, number_or_gap(cell)]);
        if cell.masked {
            curve.masked.push([x, cell.value.to_f64()]);
        }
        if let (Some(sigma), Some(variance)) = (&mut curve.sigma, &variance) {
            sigma.push(
                variance
                    .get(number)
                    .map_or(f64::NAN, |cell| number_or_gap(cell).sqrt()),
            );
        }
    }
    curve.masked.retain(|[_, value]| value.is_finite());
    Ok(curve)
}

/// Which of so many values are drawn, each `step`th of an axis, in the order to draw them, and where.
pub(super) fn drawn(
    count: usize,
    step: usize,
    wavelengths: Option<&Wavelengths>,
) -> Vec<(usize, f64)> {
    let step = step.max(1);
    let Some(wavelengths) = wavelengths else {
        return (0..count)
            .map(|number| (number, (number * step) as f64))
            .collect();
    };
    let order = wavelengths.drawn_order().into_iter();
    order
        .filter(|band| band.is_multiple_of(step))
        .filter_map(|band| Some((band / step, wavelengths.of(band)?)))
        .collect()
}

fn number_or_gap(cell: &Cell) -> f64 {
    let number = cell.value.to_f64();
    if cell.masked || !number.is_finite() {
        f64::NAN
    } else {
        number
    }
}
