//! `render`: a picture of an array as PNG, the same that the window shows.

use super::args::{BandArgs, RenderArgs};
use super::{CliError, about, find, open_key, reading};
use crate::analysis::stats;
use crate::array::{
    ArrayError, ArrayView, Element, Plane, Selection, bytes_reached, gather_around_holes,
};
use crate::dataset::{AxisRoles, Bands, Dataset, Item};
use crate::exchange::Output;
use crate::progress::{Cancelled, Progress};
use crate::render::{
    Limits, Stretch, USUAL_PERCENTILES, automatic, composite, has_few_values, limits, single,
};
use image::RgbaImage;
use image::codecs::png::PngEncoder;
use std::io::{self, Write};

/// More pixels than this would take gigabytes of memory.
const MAX_PIXELS: usize = 1 << 28;

pub(super) fn run(args: &RenderArgs) -> Result<(), CliError> {
    let dataset = open_key(&args.file, &args.key)?;
    let item = find(&dataset, &args.key)?;
    let output = Output::new(&args.output, "png", &[&args.file])?;
    let array = dataset.array(item).map_err(about(&dataset, item))?;
    let views = views(&dataset, item, &array, args)?;
    let shrunk = shrink(&views, args.max_size).map_err(about(&dataset, item))?;
    check_size(&shrunk)?;
    let stretch = args
        .stretch
        .unwrap_or_else(|| first_stretch(&dataset, item));
    let (planes, limits) = reading(&dataset, item, |progress| {
        let has_data = |range| dataset.has_data(range);
        let planes = gather_around_holes(&shrunk, &has_data, progress)?;
        let limits = limits_of(&views, &shrunk, &planes, stretch, progress)?;
        Ok((planes, limits))
    })?;
    let picture = match (planes.as_slice(), limits.as_slice()) {
        ([red, green, blue], &[r, g, b]) => composite([red, green, blue], [r, g, b], args.scale),
        ([plane, ..], &[range, ..]) => single(plane, range, args.scale, args.colormap),
        _ => RgbaImage::new(0, 0),
    };
    let encoded = |out: &mut dyn Write| {
        picture
            .write_with_encoder(PngEncoder::new(out))
            .map_err(io::Error::other)
    };
    Ok(output.write(encoded)?)
}

/// As the window does it.
fn first_stretch(dataset: &Dataset, item: &Item) -> Stretch {
    match dataset.is_colour_image(item) {
        true => Stretch::Fixed { lo: 0.0, hi: 255.0 },
        false => Stretch::default(),
    }
}

/// Where more than this had to be read for limits over all cells, those of a smaller picture are found in it, as in the
/// window.
const HUGE_BYTES: u64 = 2 << 30;

/// Limits of the colour scale over all cells, also those that a smaller picture leaves out: its colours are the same. Of a
/// huge array over those it shows.
fn limits_of(
    views: &[ArrayView],
    shrunk: &[ArrayView],
    planes: &[Plane],
    stretch: Stretch,
    progress: &Progress,
) -> Result<Vec<Option<Limits>>, Cancelled> {
    let is_whole = |(view, shrunk): (&ArrayView, &ArrayView)| view.shape() == shrunk.shape();
    if views.iter().zip(shrunk).all(is_whole) || bytes_reached(views) > HUGE_BYTES {
        return limits(planes, stretch, progress);
    }
    let of_view = |(view, plane): (&ArrayView, &Plane)| {
        let (lo, hi) = match stretch {
            Stretch::Auto => {
                let stats = stats(view, &USUAL_PERCENTILES, progress)?;
                let limits =
                    |lo: Option<f64>, hi: Option<f64>| lo.zip(hi).map(|(lo, hi)| Limits { lo, hi });
                let at = |index: usize| stats.percentiles.get(index).and_then(|(_, value)| *value);
                let inner = match has_few_values(plane, progress)? {
                    true => None,
                    false => limits(at(0), at(1)),
                };
                let [min, max] = [stats.min, stats.max].map(|end| end.map(Element::to_f64));
                return Ok(limits(min, max).map(|ends| automatic(inner, ends)));
            }
            Stretch::Fixed { lo, hi } => (Some(lo), Some(hi)),
            Stretch::MinMax => {
                let stats = stats(view, &[], progress)?;
                (
                    stats.min.map(Element::to_f64),
                    stats.max.map(Element::to_f64),
                )
            }
            Stretch::Percentile { lo, hi } => {
                let stats = stats(view, &[lo, hi], progress)?;
                let at = |index: usize| stats.percentiles.get(index).and_then(|(_, value)| *value);
                (at(0), at(1))
            }
        };
        Ok(lo.zip(hi).map(|(lo, hi)| Limits { lo, hi }))
    };
    views.iter().zip(planes).map(of_view).collect()
}

/// One 2-D view for a single band, three for a composite; rows first.
fn views(
    dataset: &Dataset,
    item: &Item,
    array: &ArrayView,
    args: &RenderArgs,
) -> Result<Vec<ArrayView>, CliError> {
    if let Some(slice) = &args.slice {
        let usage = |err: ArrayError| CliError::Usage(format!("--slice {slice}: {err}"));
        let selection: Selection = slice.parse().map_err(usage)?;
        let view = array.select(&selection).map_err(usage)?;
        return match view.shape().len() {
            2 => Ok(vec![view]),
            left => Err(CliError::Usage(format!(
                "--slice {slice} leaves {left} axes; a picture needs two"
            ))),
        };
    }
    let Some((roles, first)) = dataset.first_picture(item) else {
        return Err(CliError::Usage(format!(
            "{:?} has fewer than two axes; there is no picture of it",
            item.key
        )));
    };
    let bands = match bands(dataset, item, roles, &args.bands)? {
        Some(bands) => bands,
        None => first,
    };
    let wanted: Vec<Option<usize>> = match bands {
        Bands::None => vec![None],
        Bands::Single(band) => vec![Some(band)],
        Bands::Composite(bands) => bands.into_iter().map(Some).collect(),
    };
    let views: Result<Vec<ArrayView>, ArrayError> = wanted
        .into_iter()
        .map(|band| plane(array, roles, band))
        .collect();
    views.map_err(|err| CliError::Usage(err.to_string()))
}

/// The bands that were asked for, if any were.
fn bands(
    dataset: &Dataset,
    item: &Item,
    roles: AxisRoles,
    args: &BandArgs,
) -> Result<Option<Bands>, CliError> {
    let asked = match (args.band, args.wavelength, args.rgb) {
        (Some(band), _, _) => Bands::Single(band),
        (_, Some(nm), _) => {
            let Some((_, wavelengths)) = dataset.spectral_axis(item) else {
                return Err(CliError::Usage(
                    "--wavelength: no wavelengths in the file fit this array; use --band"
                        .to_owned(),
                ));
            };
            let band = wavelengths.asked(nm);
            Bands::Single(band.map_err(|why| CliError::Usage(format!("--wavelength: {why}")))?)
        }
        (_, _, Some(bands)) => Bands::Composite(bands),
        _ => return Ok(None),
    };
    if roles.band.is_none() {
        return Err(CliError::Usage(format!(
            "{:?} has two axes and so no bands to choose",
            item.key
        )));
    }
    Ok(Some(asked))
}

/// Rows and columns of one band; further axes at their first index.
fn plane(
    array: &ArrayView,
    roles: AxisRoles,
    band: Option<usize>,
) -> Result<ArrayView, ArrayError> {
    let axes = (0..array.shape().len())
        .rev()
        .filter(|axis| *axis != roles.y && *axis != roles.x);
    let view = axes.into_iter().try_fold(array.clone(), |view, axis| {
        let index = if roles.band == Some(axis) {
            band.unwrap_or(0)
        } else {
            0
        };
        view.index_axis(axis, index)
    })?;
    if roles.y < roles.x {
        Ok(view)
    } else {
        view.permuted(&[1, 0])
    }
}

/// Leaves out rows and columns so that no side is longer than asked for.
fn shrink(views: &[ArrayView], max_size: Option<u32>) -> Result<Vec<ArrayView>, ArrayError> {
    let longest = views
        .iter()
        .flat_map(|view| view.shape())
        .copied()
        .max()
        .unwrap_or(0);
    let step = max_size.map_or(1, |max| longest.div_ceil(max as usize).max(1));
    let every = |view: &ArrayView, axis: usize| {
        let len = view.shape().get(axis).copied().unwrap_or(0);
        view.slice_axis(axis, 0, len, step)
    };
    views
        .iter()
        .map(|view| every(&every(view, 0)?, 1))
        .collect()
}

fn check_size(views: &[ArrayView]) -> Result<(), CliError> {
    let pixels = |view: &ArrayView| {
        view.shape()
            .iter()
            .try_fold(1_usize, |product, len| product.checked_mul(*len))
    };
    if views
        .iter()
        .all(|view| pixels(view).is_some_and(|count| (1..=MAX_PIXELS).contains(&count)))
    {
        return Ok(());
    }
    let size = views.first().map(|view| {
        view.shape()
            .iter()
            .map(usize::to_string)
            .collect::<Vec<_>>()
            .join(" × ")
    });
    let size = size.unwrap_or_default();
    let message = if views.iter().any(|view| pixels(view) == Some(0)) {
        format!("The picture would be {size}: there are no cells")
    } else {
        format!("The picture would be {size} pixels; make it smaller with --max-size")
    };
    Err(CliError::Usage(message))
}
