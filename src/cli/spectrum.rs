//! `spectrum`: the values of one pixel along the spectral axis.

use super::output::{json_number, out, print_json, print_table};
use super::{CliError, about, find, open, reading};
use crate::array::{ArrayError, ArrayView, Cell, Element};
use crate::dataset::{Dataset, Item, Wavelengths};
use serde_json::{Value as Json, json};
use std::io::Write as _;
use std::path::Path;

/// How the spectrum is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Json,
    Csv,
}

impl Form {
    pub(super) fn new(json: bool, csv: bool) -> Self {
        match (json, csv) {
            (true, _) => Self::Json,
            (_, true) => Self::Csv,
            _ => Self::Text,
        }
    }
}

struct Spectrum<'d> {
    cells: Vec<Cell>,
    /// One sigma of each value, where there is a variance.
    sigma: Option<Vec<f64>>,
    wavelengths: Option<&'d Wavelengths>,
}

pub(super) fn run(path: &Path, key: &str, at: &[usize], form: Form) -> Result<(), CliError> {
    let dataset = open(path)?;
    let item = find(&dataset, key)?;
    let spectrum = read(&dataset, item, at)?;
    match form {
        Form::Json => print_json(&document(key, at, &spectrum))?,
        Form::Csv => csv(&spectrum)?,
        Form::Text => print_table(&rows(&spectrum))?,
    }
    Ok(())
}

fn read<'d>(dataset: &'d Dataset, item: &Item, at: &[usize]) -> Result<Spectrum<'d>, CliError> {
    let spectral = dataset.spectral_axis(item);
    let view = dataset.array(item).map_err(about(dataset, item))?;
    let Some(last) = view.shape().len().checked_sub(1) else {
        return Err(CliError::Usage(format!(
            "{:?} has no axes, so no spectrum",
            item.key
        )));
    };
    let axis = spectral.map_or(last, |(axis, _)| axis);
    if at.len() != last {
        let sizes = view
            .shape()
            .iter()
            .map(usize::to_string)
            .collect::<Vec<_>>()
            .join(" × ");
        let message = format!(
            "--at needs {last} indices: {:?} is {sizes}, its spectra lie along axis {axis}",
            item.key
        );
        return Err(CliError::Usage(message));
    }
    let usage = |err: ArrayError| CliError::Usage(format!("--at: {err}"));
    let line = pixel(&view, axis, at).map_err(usage)?;
    let sigma = match dataset.variance_of(item) {
        None => None,
        Some(variance) => {
            let view = dataset.array(variance).map_err(about(dataset, variance))?;
            let cells = pixel(&view, axis, at)
                .and_then(|line| line.cells_1d())
                .map_err(usage)?;
            Some(
                cells
                    .iter()
                    .map(|cell| {
                        if cell.masked {
                            f64::NAN
                        } else {
                            cell.value.to_f64().sqrt()
                        }
                    })
                    .collect(),
            )
        }
    };
    let cells = line.cells_1d().map_err(about(dataset, item))?;
    reading(dataset, item, |_progress| Ok(()))?;
    Ok(Spectrum {
        cells,
        sigma,
        wavelengths: spectral.map(|(_, wavelengths)| wavelengths),
    })
}

/// The 1-D view along `axis`, all other axes fixed in their order.
fn pixel(view: &ArrayView, axis: usize, at: &[usize]) -> Result<ArrayView, ArrayError> {
    let others = (0..view.shape().len()).filter(|other| *other != axis);
    let fixed: Vec<(usize, usize)> = others.zip(at.iter().copied()).collect();
    fixed
        .into_iter()
        .rev()
        .try_fold(view.clone(), |view, (axis, index)| {
            view.index_axis(axis, index)
        })
}

fn value(value: Element) -> Json {
    match value {
        Element::Int(int) => json!(int),
        Element::UInt(int) => json!(int),
        Element::Bool(flag) => json!(flag),
        Element::C64 { re, im } => json!([json_number(re.into()), json_number(im.into())]),
        Element::C128 { re, im } => json!([json_number(re), json_number(im)]),
        Element::F16(_) | Element::F32(_) | Element::F64(_) => json_number(value.to_f64()),
    }
}

fn document(key: &str, at: &[usize], spectrum: &Spectrum<'_>) -> Json {
    let wavelengths = spectrum.wavelengths.map(|w| {
        w.values()
            .iter()
            .copied()
            .map(json_number)
            .collect::<Vec<_>>()
    });
    json!({
        "key": key,
        "at": at,
        "wavelengths": wavelengths,
        "values": spectrum.cells.iter().map(|cell| value(cell.value)).collect::<Vec<_>>(),
        "masked": spectrum.cells.iter().map(|cell| cell.masked).collect::<Vec<_>>(),
        "sigma": spectrum.sigma.as_ref().map(|sigma| sigma.iter().copied().map(json_number).collect::<Vec<_>>()),
    })
}

/// Band, wavelength, value, masked, sigma; the columns that there are.
fn columns(spectrum: &Spectrum<'_>) -> (Vec<String>, Vec<Vec<String>>) {
    let mut names = vec!["band".to_owned()];
    names.extend(
        spectrum
            .wavelengths
            .map(|wavelengths| format!("wavelength_{}", wavelengths.unit())),
    );
    names.extend(["value".to_owned(), "masked".to_owned()]);
    names.extend(spectrum.sigma.as_ref().map(|_| "sigma".to_owned()));
    let rows = spectrum.cells.iter().enumerate().map(|(band, cell)| {
        let mut row = vec![band.to_string()];
        let at = |values: &[f64]| values.get(band).map_or_else(String::new, f64::to_string);
        row.extend(
            spectrum
                .wavelengths
                .map(|wavelengths| at(wavelengths.values())),
        );
        row.extend([cell.value.to_string(), u8::from(cell.masked).to_string()]);
        row.extend(spectrum.sigma.as_deref().map(at));
        row
    });
    (names, rows.collect())
}

fn rows(spectrum: &Spectrum<'_>) -> Vec<Vec<String>> {
    let (names, rows) = columns(spectrum);
    std::iter::once(names).chain(rows).collect()
}

fn csv(spectrum: &Spectrum<'_>) -> Result<(), CliError> {
    let (names, rows) = columns(spectrum);
    let mut out = out();
    for row in std::iter::once(&names).chain(&rows) {
        writeln!(out, "{}", row.join(","))?;
    }
    Ok(out.flush()?)
}
