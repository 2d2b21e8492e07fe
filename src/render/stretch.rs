//! Which values are painted darkest and brightest.

use super::ParseError;
use crate::array::{Plane, plane_min_max, plane_percentiles};
use crate::progress::{Cancelled, Progress};
use rayon::prelude::*;
use std::borrow::Borrow;
use std::fmt;

/// How the limits of the colour scale are found. Percentiles by linear interpolation over finite
/// unmasked cells.
///
/// As text `minmax`, `percentile:2,98` or `fixed:0,1`.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Stretch {
    /// From the least to the greatest value.
    MinMax,
    /// From one percentile to another, each within 0..=100.
    Percentile {
        /// Painted darkest.
        lo: f64,
        /// Painted brightest.
        hi: f64,
    },
    /// From one value to another; `lo > hi` turns the picture into its negative.
    Fixed {
        /// Painted darkest.
        lo: f64,
        /// Painted brightest.
        hi: f64,
    },
}

impl Default for Stretch {
    fn default() -> Self {
        Self::Percentile { lo: 2.0, hi: 98.0 }
    }
}

impl fmt::Display for Stretch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MinMax => f.write_str("minmax"),
            Self::Percentile { lo, hi } => write!(f, "percentile:{lo},{hi}"),
            Self::Fixed { lo, hi } => write!(f, "fixed:{lo},{hi}"),
        }
    }
}

impl std::str::FromStr for Stretch {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let fail = || ParseError::Stretch {
            given: text.to_owned(),
        };
        if text.eq_ignore_ascii_case("minmax") {
            return Ok(Self::MinMax);
        }
        let (name, arguments) = text.split_once(':').ok_or_else(fail)?;
        let (lo_text, hi_text) = arguments.split_once(',').ok_or_else(fail)?;
        let number = |text: &str| {
            text.trim()
                .parse::<f64>()
                .ok()
                .filter(|value| value.is_finite())
                .ok_or_else(fail)
        };
        let (lo, hi) = (number(lo_text)?, number(hi_text)?);
        if name.eq_ignore_ascii_case("percentile") {
            for (value, given) in [(lo, lo_text), (hi, hi_text)] {
                if !(0.0..=100.0).contains(&value) {
                    return Err(ParseError::Percentile {
                        given: given.trim().to_owned(),
                    });
                }
            }
            Ok(Self::Percentile { lo, hi })
        } else if name.eq_ignore_ascii_case("fixed") {
            Ok(Self::Fixed { lo, hi })
        } else {
            Err(fail())
        }
    }
}

/// The values painted darkest and brightest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Painted darkest.
    pub lo: f64,
    /// Painted brightest.
    pub hi: f64,
}

impl Limits {
    /// `clip((x - lo) / (hi - lo), 0, 1)`; 0 where `lo == hi`.
    #[inline]
    #[must_use]
    pub fn normalised(self, x: f64) -> f64 {
        let Self { lo, hi } = self;
        if lo == hi {
            return 0.0;
        }
        let span = hi - lo;
        let t = if span.is_finite() {
            (x - lo) / span
        } else {
            // Limits at both ends of what a double holds: the same in halves.
            (x / 2.0 - lo / 2.0) / (hi / 2.0 - lo / 2.0)
        };
        t.clamp(0.0, 1.0)
    }

    /// `hi - lo` where [`Limits::normalised`] is the plain formula with it.
    pub(super) fn plain_span(self) -> Option<f64> {
        let span = self.hi - self.lo;
        (self.lo != self.hi && span.is_finite()).then_some(span)
    }
}

/// The limits of each of several planes. `None` when no cell is finite and unmasked (Fixed always gives its own). Percentiles
/// that a caller made outside 0..=100 are taken as the nearest end, NaN as 0 and 100.
///
/// # Errors
/// [`Cancelled`]: planes may be so large that somebody does not want to wait.
pub fn limits(
    planes: &[impl Borrow<Plane> + Sync],
    stretch: Stretch,
    progress: &Progress,
) -> Result<Vec<Option<Limits>>, Cancelled> {
    let of_one = |plane: &_| limits_of_plane(Borrow::borrow(plane), stretch, progress);
    planes.par_iter().map(of_one).collect()
}

fn limits_of_plane(
    plane: &Plane,
    stretch: Stretch,
    progress: &Progress,
) -> Result<Option<Limits>, Cancelled> {
    let ends = match stretch {
        Stretch::MinMax => plane_min_max(plane, progress)?,
        Stretch::Fixed { lo, hi } => Some((lo, hi)),
        Stretch::Percentile { lo, hi } => {
            let within = |value: f64, otherwise| {
                if value.is_nan() {
                    otherwise
                } else {
                    value.clamp(0.0, 100.0)
                }
            };
            let asked = [within(lo, 0.0), within(hi, 100.0)];
            match plane_percentiles(plane, &asked, progress)?.as_deref() {
                Some(&[lo, hi]) => Some((lo, hi)),
                _ => None,
            }
        }
    };
    Ok(ends.map(|(lo, hi)| Limits { lo, hi }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Samples;
    use ndarray::arr2;

    fn limits(plane: &Plane, stretch: Stretch) -> Option<Limits> {
        limits_of_plane(plane, stretch, &Progress::new()).unwrap()
    }

    #[test]
    fn text_there_and_back() {
        for text in [
            "minmax",
            "percentile:2,98",
            "percentile:0.5,99.5",
            "fixed:0,1",
            "fixed:-1.5,1000",
        ] {
            assert_eq!(text.parse::<Stretch>().unwrap().to_string(), text);
        }
        assert_eq!(Stretch::default().to_string(), "percentile:2,98");
        assert_eq!(
            "Percentile: 1 , 9".parse(),
            Ok(Stretch::Percentile { lo: 1.0, hi: 9.0 })
        );
    }

    #[test]
    fn bad_text_says_what_is_expected() {
        for text in [
            "",
            "max",
            "percentile",
            "percentile:2",
            "fixed:a,b",
            "fixed:nan,1",
            "fixed:0,inf",
            "fixed:1,2,3",
        ] {
            let error = text.parse::<Stretch>().unwrap_err().to_string();
            assert!(error.contains("minmax"), "{text}: {error}");
        }
        let error = "percentile:2,101".parse::<Stretch>().unwrap_err();
        assert_eq!(error.to_string(), "percentile 101 is not between 0 and 100");
    }

    #[test]
    fn limits_ignore_what_is_no_data() {
        let samples = Samples::F32(arr2(&[[1.0, f32::NAN, 5.0], [f32::INFINITY, 100.0, 3.0]]));
        let plane = Plane {
            samples,
            masked: Some(arr2(&[[false, false, false], [false, true, false]])),
        };
        assert_eq!(
            limits(&plane, Stretch::MinMax),
            Some(Limits { lo: 1.0, hi: 5.0 })
        );
        assert_eq!(
            limits(&plane, Stretch::Percentile { lo: 25.0, hi: 50.0 }),
            Some(Limits { lo: 2.0, hi: 3.0 })
        );
        assert_eq!(
            limits(
                &plane,
                Stretch::Percentile {
                    lo: -5.0,
                    hi: 500.0
                }
            ),
            Some(Limits { lo: 1.0, hi: 5.0 })
        );
        let nan = Stretch::Percentile {
            lo: f64::NAN,
            hi: f64::NAN,
        };
        assert_eq!(limits(&plane, nan), Some(Limits { lo: 1.0, hi: 5.0 }));
        let nothing = Plane {
            samples: Samples::F64(arr2(&[[f64::NAN]])),
            masked: None,
        };
        assert_eq!(limits(&nothing, Stretch::MinMax), None);
        assert_eq!(limits(&nothing, Stretch::default()), None);
        assert_eq!(
            limits(&nothing, Stretch::Fixed { lo: 2.0, hi: 1.0 }),
            Some(Limits { lo: 2.0, hi: 1.0 })
        );
    }

    #[test]
    fn normalised_values() {
        let t = |lo, hi, x| Limits { lo, hi }.normalised(x);
        assert_eq!(t(0.0, 4.0, 1.0), 0.25);
        assert_eq!(t(0.0, 4.0, -1.0), 0.0);
        assert_eq!(t(0.0, 4.0, 9.0), 1.0);
        assert_eq!(t(4.0, 0.0, 1.0), 0.75);
        assert_eq!(t(2.0, 2.0, 2.0), 0.0);
        assert_eq!(t(2.0, 2.0, 9.0), 0.0);
        assert_eq!(t(f64::MIN, f64::MAX, 0.0), 0.5);
    }
}
