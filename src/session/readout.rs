//! The read-out: what is under the pointer, in words. Indices, wavelength, raw values as NumPy prints them, whether masked.

use super::document::Document;
use super::spectrum::Probe;
use super::view::{Mode, ViewState};
use crate::array::Cell;

/// The parts of the read-out, in the order to show them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Readout {
    /// `y 12, x 30`.
    pub position: String,
    /// `band 24, 621.5 nm`; empty for an image.
    pub band: String,
    /// `4023`, `masked`, `R 12  G 13  B 9`.
    pub value: String,
}

/// Describes the pixel under the pointer, once it has been read.
#[must_use]
pub fn readout(document: &Document) -> Option<Readout> {
    let view = document.view()?;
    let (spec, probes) = document.feeds().cursor().shown_with_spec()?;
    let probe = probes.first()?;
    // A stand-in may hold the cells of other bands: no value is better than that of a band with another name.
    let is_of_shown_bands = spec.bands == view.shown_bands();
    Some(Readout {
        position: format!("y {}, x {}", probe.pixel[1], probe.pixel[0]),
        band: band_text(document, view),
        value: if is_of_shown_bands {
            value_text(probe, view)
        } else {
            String::new()
        },
    })
}

fn band_text(document: &Document, view: &ViewState) -> String {
    match view.shown_bands() {
        [] => String::new(),
        [first, last] => format!(
            "mean of bands {} to {}",
            band_name(document, *first),
            band_name(document, *last)
        ),
        [band] => format!("band {}", band_name(document, *band)),
        bands => {
            let names: Vec<String> = bands.iter().map(ToString::to_string).collect();
            format!("bands {}", names.join(", "))
        }
    }
}

/// `24 (621.5 nm)`, or `24` without wavelengths.
#[must_use]
pub fn band_name(document: &Document, band: usize) -> String {
    match document
        .wavelengths()
        .and_then(|wavelengths| Some((wavelengths.values().get(band)?, wavelengths.unit())))
    {
        Some((wavelength, unit)) => format!("{band} ({} {unit})", wavelength_text(*wavelength)),
        None => band.to_string(),
    }
}

/// At most two digits after the point: no spectrometer has more.
#[must_use]
pub fn wavelength_text(wavelength: f64) -> String {
    let text = if wavelength.abs() < 100.0 {
        format!("{wavelength:.4}")
    } else {
        format!("{wavelength:.2}")
    };
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn value_text(probe: &Probe, view: &ViewState) -> String {
    match (probe.cells.as_slice(), view.shown_mode()) {
        ([red, green, blue], Mode::Composite) => {
            format!(
                "R {}   G {}   B {}",
                cell_text(red),
                cell_text(green),
                cell_text(blue)
            )
        }
        (_, Mode::Mean) => mean_text(probe, view.mean),
        ([cell, ..], _) => cell_text(cell),
        ([], _) => String::new(),
    }
}

/// The mean of a pixel's bands that are finite and not masked.
fn mean_text(probe: &Probe, [first, last]: [usize; 2]) -> String {
    // Of an axis so long that its curve has a part of the cells only, nothing is better than a wrong number.
    let curve = probe.spectrum.as_ref().filter(|curve| curve.step == 1);
    let values = curve.and_then(|curve| curve.points.get(first..=last));
    let values = values.unwrap_or_default().iter().map(|[_, value]| *value);
    let (count, sum) = values
        .filter(|value| value.is_finite())
        .fold((0_u32, 0.0), |(count, sum), value| (count + 1, sum + value));
    match count {
        0 => "no data".to_owned(),
        _ => format!("{}", (sum / f64::from(count) * 1e6).round() / 1e6),
    }
}

/// The value as NumPy prints it; a masked one in words, since its number means nothing.
#[must_use]
pub fn cell_text(cell: &Cell) -> String {
    if cell.masked {
        "masked".to_owned()
    } else {
        cell.value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Element;

    #[test]
    fn wavelengths_are_short() {
        assert_eq!(wavelength_text(621.5), "621.5");
        assert_eq!(wavelength_text(400.019_999), "400.02");
        assert_eq!(wavelength_text(2.1), "2.1");
        assert_eq!(wavelength_text(700.0), "700");
    }

    #[test]
    fn masked_cells_have_no_number() {
        assert_eq!(
            cell_text(&Cell {
                value: Element::Int(65535),
                masked: true
            }),
            "masked"
        );
    }
}
