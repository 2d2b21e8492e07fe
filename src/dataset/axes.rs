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
    /// In two dimensions both axes make the picture.
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
                let band = spectral_axis
                    .filter(|axis| *axis < ndim)
                    .unwrap_or(ndim - 1);
                let mut others = (0..ndim).rev().filter(|axis| *axis != band);
                let (x, y) = (others.next()?, others.next()?);
                Some(Self {
                    y,
                    x,
                    band: Some(band),
                })
            }
        }
    }
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
}
