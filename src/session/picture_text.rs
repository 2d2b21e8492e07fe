//! Values as they are written into large pixels: short, since all of their digits are in the read-out.

use super::picture::Picture;
use crate::array::{Number, Plane, Samples};
use crate::render::MaskedCells;

/// A cell of a plane that was read for a picture; of a masked one its value only where that is shown.
pub(super) fn cell_text(plane: &Plane, at: [usize; 2], picture: &Picture) -> Option<String> {
    let mask = plane.masked.as_ref();
    let is_masked = mask.and_then(|mask| mask.get(at)).copied();
    match (is_masked.unwrap_or(false), picture.content.masked) {
        (false, _) => value_text(plane, at, picture.number),
        (true, MaskedCells::Hidden) => Some("masked".to_owned()),
        (true, MaskedCells::Tinted | MaskedCells::Shown) => {
            let value = value_text(plane, at, picture.number)?;
            Some(format!("{value}\n(masked)"))
        }
    }
}

fn value_text(plane: &Plane, at: [usize; 2], number: Number) -> Option<String> {
    match &plane.samples {
        Samples::U8(cells) if number == Number::Bool => cells
            .get(at)
            .map(|cell| if *cell == 0 { "False" } else { "True" }.to_owned()),
        Samples::U8(cells) => cells.get(at).map(ToString::to_string),
        Samples::I8(cells) => cells.get(at).map(ToString::to_string),
        Samples::U16(cells) => cells.get(at).map(ToString::to_string),
        Samples::I16(cells) => cells.get(at).map(ToString::to_string),
        Samples::U32(cells) => cells.get(at).map(ToString::to_string),
        Samples::I32(cells) => cells.get(at).map(ToString::to_string),
        Samples::U64(cells) => cells.get(at).map(ToString::to_string),
        Samples::I64(cells) => cells.get(at).map(ToString::to_string),
        Samples::F32(cells) => cells.get(at).map(|cell| short_float(f64::from(*cell))),
        Samples::F64(cells) => cells.get(at).map(|cell| short_float(*cell)),
    }
}

/// Five significant digits: what fits into a pixel. The read-out has all of them.
fn short_float(value: f64) -> String {
    let magnitude = value.abs();
    if !value.is_finite() || magnitude == 0.0 {
        return value.to_string();
    }
    if !(1e-3..1e6).contains(&magnitude) {
        return format!("{value:.3e}");
    }
    let digits_before = magnitude.log10().floor() as i32 + 1;
    let digits_after = usize::try_from(5 - digits_before).unwrap_or(0);
    format!("{value:.digits_after$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_shortened_to_fit() {
        assert_eq!(short_float(0.123_456), "0.12346");
        assert_eq!(short_float(4084.25), "4084.2");
        assert_eq!(short_float(1e-9), "1.000e-9");
        assert_eq!(short_float(f64::NAN), "NaN");
        assert_eq!(short_float(-0.5), "-0.50000");
    }
}
