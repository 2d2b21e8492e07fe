//! Which axes of an array make the picture, and which the spectrum.

/// Axes by what they are to the eye; all different.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct AxisRoles {
    /// Rows of the picture, downwards.
    pub y: usize,
    /// Columns of the picture.
    pub x: usize,
    /// The spectrum; `None` for a 2-D array.
    pub band: Option<usize>,
}

impl AxisRoles {
    /// Roles for an array of at least two dimensions: `(…, y, x, band)`, unless the wavelengths lie along another axis.
    /// In two dimensions both axes make the picture. An axis of length one makes no picture where others can.
    #[must_use]
    pub fn guess(shape: &[u64], spectral_axis: Option<usize>) -> Option<Self> {
        let ndim = shape.len();
        match ndim {
            0 | 1 => None,
            2 => Some(Self {
                y: 0,
                x: 1,
                band: None,
            }),
            _ => {
                let is_long = |axis: &usize| shape.get(*axis).is_none_or(|len| *len != 1);
                let band = spectral_axis
                    .filter(|axis| *axis < ndim)
                    .unwrap_or_else(|| spectrum(shape));
                let others = || (0..ndim).rev().filter(|axis| *axis != band);
                // The sort is stable: long axes first, and of each kind the last ones.
                let mut chosen: Vec<usize> = others().collect();
                chosen.sort_by_key(|axis| !is_long(axis));
                let (one, other) = (*chosen.first()?, *chosen.get(1)?);
                let (y, x) = (one.min(other), one.max(other));
                Some(Self {
                    y,
                    x,
                    band: Some(band),
                })
            }
        }
    }
}

/// The axis of the spectrum where nothing tells: the last one, unless the two that make the picture would then be of length
/// one.
fn spectrum(shape: &[u64]) -> usize {
    let last = shape.len().saturating_sub(1);
    let long = shape.iter().filter(|len| **len != 1).count();
    let is_long = |axis: usize| shape.get(axis).is_none_or(|len| *len != 1);
    if long == 2 && is_long(last) {
        // The picture needs both.
        return (0..last).rev().find(|axis| !is_long(*axis)).unwrap_or(last);
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_axis_is_the_spectrum_unless_the_wavelengths_say_otherwise() {
        let roles = |y, x, band| Some(AxisRoles { y, x, band });
        assert_eq!(AxisRoles::guess(&[5], None), None);
        assert_eq!(AxisRoles::guess(&[5, 6], Some(1)), roles(0, 1, None));
        assert_eq!(AxisRoles::guess(&[5, 6, 7], None), roles(0, 1, Some(2)));
        assert_eq!(AxisRoles::guess(&[7, 5, 6], Some(0)), roles(1, 2, Some(0)));
        assert_eq!(AxisRoles::guess(&[5, 7, 6], Some(1)), roles(0, 2, Some(1)));
        assert_eq!(AxisRoles::guess(&[9, 5, 6, 7], None), roles(1, 2, Some(3)));
    }

    #[test]
    fn axes_of_length_one_make_no_picture_by_themselves() {
        let guess = |shape: &[u64], spectral| {
            let roles = AxisRoles::guess(shape, spectral).unwrap();
            (roles.y, roles.x, roles.band.unwrap())
        };
        assert_eq!(guess(&[64, 48, 1], None), (0, 1, 2));
        assert_eq!(guess(&[1, 64, 48], None), (1, 2, 0));
        assert_eq!(guess(&[64, 1, 48], None), (0, 2, 1));
        assert_eq!(guess(&[1, 64, 1, 48, 1], None), (1, 3, 4));
        assert_eq!(guess(&[1, 1, 61], None), (0, 1, 2));
        assert_eq!(guess(&[1, 30, 40, 61], None), (1, 2, 3));
        assert_eq!(guess(&[30, 1, 40, 61], None), (0, 2, 3));
        // A line of a scanner whose bands are known.
        assert_eq!(guess(&[1, 30, 61], Some(2)), (0, 1, 2));
        assert_eq!(guess(&[30, 1, 61], Some(2)), (0, 1, 2));
        assert_eq!(guess(&[1, 1, 1, 1], None), (1, 2, 3));
        assert_eq!(guess(&[0, 5, 1], None), (0, 1, 2));
    }
}
