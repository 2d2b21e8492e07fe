//! `spectrum`: the values of one pixel along the spectral axis.

use super::output::{Text, Widths, complain, json_number, json_text, stdout};
use super::{CliError, about, check_unchanged, find, open_key};
use crate::array::{ArrayError, ArrayView, Cell, Element};
use crate::dataset::{Dataset, Item, Wavelengths};
use crate::pickle::number::float_repr;
use serde_json::{Value as Json, json};
use std::io::Write;
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

/// Up to so many rows nothing is printed before all is read and checked; the widths of a table are those of so many.
const ROWS: usize = 100_000;

pub(super) fn run(path: &Path, key: &str, at: &[usize], form: Form) -> Result<(), CliError> {
    let dataset = open_key(path, key)?;
    let spectrum = Spectrum::find(&dataset, key, at)?;
    if let Some(why) = dataset.unused_wavelengths(spectrum.item) {
        complain(&format!("note: {why}"));
    }
    let mut out = stdout();
    if spectrum.len() <= ROWS {
        let mut text = Vec::new();
        spectrum.print(form, &mut text)?;
        out.write_all(&text)?;
    } else {
        // Any length: what is read is printed at once.
        spectrum.print(form, &mut out)?;
    }
    Ok(out.flush()?)
}

/// Where the values lie; they are read while they are printed, so that their number does not matter.
struct Spectrum<'d> {
    dataset: &'d Dataset,
    item: &'d Item,
    at: &'d [usize],
    line: ArrayView,
    /// The variance, where there is one.
    variance: Option<(&'d Item, ArrayView)>,
    wavelengths: Option<&'d Wavelengths>,
}

impl<'d> Spectrum<'d> {
    fn find(dataset: &'d Dataset, key: &str, at: &'d [usize]) -> Result<Self, CliError> {
        let item = find(dataset, key)?;
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
        let variance = match dataset.variance_of(item) {
            None => None,
            Some(variance) => {
                let view = dataset.array(variance).map_err(about(dataset, variance))?;
                Some((variance, pixel(&view, axis, at).map_err(usage)?))
            }
        };
        Ok(Self {
            dataset,
            item,
            at,
            line,
            variance,
            wavelengths: spectral.map(|(_, wavelengths)| wavelengths),
        })
    }

    fn len(&self) -> usize {
        self.line.shape().first().copied().unwrap_or(0)
    }

    fn cell(&self, band: usize) -> Result<Cell, CliError> {
        let cell = self.line.cell(&[band]);
        cell.map_err(|err| about(self.dataset, self.item)(err))
    }

    /// One sigma of each value, where there is a variance.
    fn sigma(&self, band: usize) -> Result<Option<f64>, CliError> {
        let Some((item, line)) = &self.variance else {
            return Ok(None);
        };
        let cell = line.cell(&[band]);
        let cell = cell.map_err(|err| about(self.dataset, item)(err))?;
        Ok(Some(if cell.masked {
            f64::NAN
        } else {
            cell.value.to_f64().sqrt()
        }))
    }

    /// To be asked when all is read.
    fn check(&self) -> Result<(), CliError> {
        let variance = self.variance.iter().map(|(item, _)| *item);
        std::iter::once(self.item)
            .chain(variance)
            .try_for_each(|item| check_unchanged(self.dataset, item))
    }

    fn print(&self, form: Form, out: &mut dyn Write) -> Result<(), CliError> {
        match form {
            Form::Json => self.json(out),
            Form::Csv => self.csv(out),
            Form::Text => self.table(out),
        }
    }

    fn json(&self, out: &mut dyn Write) -> Result<(), CliError> {
        let (key, at) = (json_text(&json!(self.item.key)), json!(self.at));
        write!(out, "{{\"key\":{key},\"at\":{at},\"wavelengths\":")?;
        match self.wavelengths {
            Some(wavelengths) => {
                let values = wavelengths.values().iter();
                list(out, values.map(|value| Ok(json_number(*value))))?;
            }
            None => write!(out, "null")?,
        }
        let bands = || 0..self.len();
        write!(out, ",\"values\":")?;
        list(out, bands().map(|band| Ok(value(self.cell(band)?.value))))?;
        write!(out, ",\"masked\":")?;
        list(
            out,
            bands().map(|band| Ok(Json::Bool(self.cell(band)?.masked))),
        )?;
        write!(out, ",\"sigma\":")?;
        if self.variance.is_some() {
            let sigma = |band| Ok(self.sigma(band)?.map_or(Json::Null, json_number));
            list(out, bands().map(sigma))?;
        } else {
            write!(out, "null")?;
        }
        // What counts for nothing is no whole document.
        self.check()?;
        Ok(writeln!(out, "}}")?)
    }

    fn csv(&self, out: &mut dyn Write) -> Result<(), CliError> {
        let mut out = Text::over(out);
        out.line(&self.names().join(","))?;
        for band in 0..self.len() {
            out.line(&self.row(band)?.join(","))?;
        }
        self.check()
    }

    fn table(&self, out: &mut dyn Write) -> Result<(), CliError> {
        let (names, len) = (self.names(), self.len());
        let mut widths = Widths::default();
        widths.fit(&names);
        // The first ones, and the largest number.
        for band in (0..len.min(ROWS)).chain(len.checked_sub(1)) {
            widths.fit(&self.row(band)?);
        }
        let mut out = Text::over(out);
        widths.write(&mut out, &names)?;
        for band in 0..len {
            widths.write(&mut out, &self.row(band)?)?;
        }
        self.check()
    }

    /// Band, wavelength, value, masked, sigma; the columns that there are.
    fn names(&self) -> Vec<String> {
        let mut names = vec!["band".to_owned()];
        names.extend(self.wavelengths.map(column_name));
        names.extend(["value".to_owned(), "masked".to_owned()]);
        names.extend(self.variance.as_ref().map(|_| "sigma".to_owned()));
        names
    }

    fn row(&self, band: usize) -> Result<Vec<String>, CliError> {
        let cell = self.cell(band)?;
        let mut row = vec![band.to_string()];
        row.extend(self.wavelengths.map(|wavelengths| {
            let value = wavelengths.of(band);
            value.map_or_else(String::new, float_repr)
        }));
        row.extend([cell.value.to_string(), u8::from(cell.masked).to_string()]);
        row.extend(self.sigma(band)?.map(float_repr));
        Ok(row)
    }
}

/// `wavelength_nm`; without a unit the name alone. Of a key only what needs no quotes.
fn column_name(wavelengths: &Wavelengths) -> String {
    let name = wavelengths.quantity().to_lowercase();
    let name = match name.as_str() {
        "wavelengths" => "wavelength".to_owned(),
        name => name.replace(|c: char| !c.is_alphanumeric(), "_"),
    };
    match wavelengths.unit() {
        "" => name,
        unit => format!("{name}_{unit}"),
    }
}

/// A JSON list, item by item.
fn list(
    out: &mut dyn Write,
    items: impl Iterator<Item = Result<Json, CliError>>,
) -> Result<(), CliError> {
    write!(out, "[")?;
    for (at, item) in items.enumerate() {
        if at > 0 {
            write!(out, ",")?;
        }
        write!(out, "{}", item?)?;
    }
    Ok(write!(out, "]")?)
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
