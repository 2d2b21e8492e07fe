//! The read-out: what is under the pointer, in words. Indices, wavelength, raw values as NumPy prints them, whether masked.

use super::document::Document;
use super::spectrum::Probe;
use super::view::{Mode, ViewState};
use crate::array::{Cell, Element, Exact};
use crate::render::MaskedCells;

/// The parts of the read-out, in the order to show them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Readout {
    /// `y 12, x 30`; of axes that are shown as others their own names.
    pub position: String,
    /// `band 24, 621.5 nm`; empty for an image.
    pub band: String,
    /// `4023`, `masked`, `65535 (masked)`, `R 12  G 13  B 9`.
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
        position: pixel_name(document, view, probe.pixel),
        band: band_text(document, view),
        value: if is_of_shown_bands {
            value_text(probe, view)
        } else {
            String::new()
        },
    })
}

/// `y 12, x 30`, by what the axes of the picture are; `[column, row]` is given.
#[must_use]
pub fn pixel_name(document: &Document, view: &ViewState, [column, row]: [usize; 2]) -> String {
    let Some(axes) = view.axes else {
        return format!("{row}, {column}");
    };
    let [row, column] = [(axes.y, row), (axes.x, column)]
        .map(|(axis, index)| named(&document.axis_name(axis), &index.to_string()));
    format!("{row}, {column}")
}

/// `y 12`, but `axis 0: 12`, which would be two numbers.
fn named(name: &str, index: &str) -> String {
    let colon = if name.ends_with(|c: char| c.is_ascii_digit()) {
        ":"
    } else {
        ""
    };
    format!("{name}{colon} {index}")
}

fn band_text(document: &Document, view: &ViewState) -> String {
    let axis = view.axes.and_then(|axes| axes.band);
    let name = axis.map_or_else(String::new, |axis| document.axis_name(axis));
    let of_many = if name == "band" { "bands" } else { &name };
    match view.shown_bands() {
        [] => String::new(),
        [first, last] => {
            let [first, last] = [first, last].map(|band| band_name(document, *band));
            format!("mean of {}", named(of_many, &format!("{first} to {last}")))
        }
        [band] => named(&name, &band_name(document, *band)),
        bands => {
            let names: Vec<String> = bands.iter().map(ToString::to_string).collect();
            named(of_many, &names.join(", "))
        }
    }
}

/// `24 (621.5 nm)`, or `24` without wavelengths.
#[must_use]
pub fn band_name(document: &Document, band: usize) -> String {
    match document.wavelengths().and_then(|found| found.text(band)) {
        Some(wavelength) => format!("{band} ({wavelength})"),
        None => band.to_string(),
    }
}

fn value_text(probe: &Probe, view: &ViewState) -> String {
    let text = |cell: &Cell| cell_text(cell, view.masked);
    match (probe.cells.as_slice(), view.shown_mode()) {
        ([red, green, blue], Mode::Composite) => {
            format!("R {}   G {}   B {}", text(red), text(green), text(blue))
        }
        (_, Mode::Mean) => mean_text(probe, view.mean),
        ([cell, ..], _) => text(cell),
        ([], _) => String::new(),
    }
}

/// The mean of a pixel's bands that are finite and not masked.
fn mean_text(probe: &Probe, [first, last]: [usize; 2]) -> String {
    // Of an axis so long that its curve has a part of the cells only, nothing is better than a wrong number.
    let curve = probe.spectrum.as_ref().filter(|curve| curve.step == 1);
    let values = curve.and_then(|curve| curve.values.get(first..=last));
    let values = values.unwrap_or_default().iter().copied();
    let (mut sum, mut count) = (Exact::default(), 0);
    for value in values.filter(|value| value.is_finite()) {
        sum.add_double(value);
        count += 1;
    }
    match count {
        0 => "no data".to_owned(),
        _ => short(sum.mean(count)),
    }
}

/// In ten digits, as NumPy prints a float; without the zero of a whole number.
fn short(value: f64) -> String {
    let rounded = format!("{value:.9e}").parse().unwrap_or(value);
    let text = Element::F64(rounded).to_string();
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// The value as NumPy prints it, of a complex one its magnitude, too. A masked one in words where the mask hides it, since
/// its number means nothing there.
#[must_use]
pub fn cell_text(cell: &Cell, masked: MaskedCells) -> String {
    let value = match cell.value {
        Element::C64 { .. } | Element::C128 { .. } => {
            format!("{} (magnitude {})", cell.value, short(cell.value.to_f64()))
        }
        Element::Bool(_)
        | Element::Int(_)
        | Element::UInt(_)
        | Element::F16(_)
        | Element::F32(_)
        | Element::F64(_) => cell.value.to_string(),
    };
    match (cell.masked, masked) {
        (false, _) => value,
        (true, MaskedCells::Hidden) => "masked".to_owned(),
        (true, MaskedCells::Tinted | MaskedCells::Shown) => format!("{value} (masked)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::spectrum::Curve;

    fn mean(values: &[f64], of: [usize; 2]) -> String {
        let curve = Curve {
            // Drawn in another order.
            points: values.iter().rev().map(|value| [0.0, *value]).collect(),
            masked: Vec::new(),
            values: values.to_vec(),
            sigma: None,
            step: 1,
        };
        let probe = Probe {
            pixel: [0, 0],
            cells: Vec::new(),
            spectrum: Some(curve),
        };
        mean_text(&probe, of)
    }

    #[test]
    fn a_mean_is_that_of_its_bands() {
        let rising: Vec<f64> = (0..61).map(|band| f64::from(band) * 10.0).collect();
        assert_eq!(mean(&rising, [0, 9]), "45");
        assert_eq!(mean(&[f64::NAN, 1.0, 2.0], [0, 2]), "1.5");
        assert_eq!(mean(&[f64::NAN], [0, 0]), "no data");
    }

    #[test]
    fn a_mean_has_the_digits_of_its_magnitude() {
        let tiny: Vec<f64> = (0..61).map(|band| f64::from(band) * 1e-9).collect();
        assert_eq!(mean(&tiny, [0, 60]), "3e-08");
        assert_eq!(mean(&[1e308, 1e308, 1e308], [0, 2]), "1e+308");
        assert_eq!(mean(&[0.1, 0.2], [0, 1]), "0.15");
    }

    #[test]
    fn masked_cells_have_a_number_where_they_are_shown() {
        let cell = Cell {
            value: Element::Int(65535),
            masked: true,
        };
        assert_eq!(cell_text(&cell, MaskedCells::Hidden), "masked");
        assert_eq!(cell_text(&cell, MaskedCells::Shown), "65535 (masked)");
        assert_eq!(cell_text(&cell, MaskedCells::Tinted), "65535 (masked)");
    }

    #[test]
    fn complex_values_tell_their_magnitude() {
        let cell = Cell {
            value: Element::C128 { re: 3.0, im: -4.0 },
            masked: false,
        };
        assert_eq!(
            cell_text(&cell, MaskedCells::Hidden),
            "(3-4j) (magnitude 5)"
        );
    }
}
