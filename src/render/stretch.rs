//! Which values are painted darkest and brightest.

use super::ParseError;
use crate::array::{Plane, Samples, plane_min_max, plane_percentiles};
use crate::progress::{Cancelled, Progress};
use ndarray::Array2;
use rayon::prelude::*;
use std::borrow::Borrow;
use std::fmt;

/// The percentiles of [`Stretch::Auto`].
pub const USUAL_PERCENTILES: [f64; 2] = [2.0, 98.0];
/// More values than this are no labels.
const FEW_VALUES: usize = 64;

/// How the limits of the colour scale are found. Percentiles by linear interpolation over finite
/// unmasked cells.
///
/// As text `auto`, `minmax`, `percentile:2,98` or `fixed:0,1`.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Stretch {
    /// From percentile 2 to 98; of integers that have few values (labels, masks) and where these percentiles are equal, from
    /// the least to the greatest value. One value alone is painted as what it is beside zero.
    #[default]
    Auto,
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

impl fmt::Display for Stretch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
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
        if text.eq_ignore_ascii_case("auto") {
            return Ok(Self::Auto);
        }
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
    let limits = |ends: Option<(f64, f64)>| ends.map(|(lo, hi)| Limits { lo, hi });
    match stretch {
        Stretch::Auto => {
            let inner = match has_few_values(plane, progress)? {
                true => None,
                false => limits(percentiles(plane, USUAL_PERCENTILES, progress)?),
            };
            if inner.is_some_and(|inner| inner.lo < inner.hi) {
                return Ok(inner);
            }
            let ends = limits(plane_min_max(plane, progress)?);
            Ok(ends.map(|ends| automatic(None, ends)))
        }
        Stretch::MinMax => Ok(limits(plane_min_max(plane, progress)?)),
        Stretch::Fixed { lo, hi } => Ok(Some(Limits { lo, hi })),
        Stretch::Percentile { lo, hi } => Ok(limits(percentiles(plane, [lo, hi], progress)?)),
    }
}

fn percentiles(
    plane: &Plane,
    [lo, hi]: [f64; 2],
    progress: &Progress,
) -> Result<Option<(f64, f64)>, Cancelled> {
    let within = |value: f64, otherwise| {
        if value.is_nan() {
            otherwise
        } else {
            value.clamp(0.0, 100.0)
        }
    };
    let asked = [within(lo, 0.0), within(hi, 100.0)];
    Ok(
        match plane_percentiles(plane, &asked, progress)?.as_deref() {
            Some(&[lo, hi]) => Some((lo, hi)),
            _ => None,
        },
    )
}

/// The limits of [`Stretch::Auto`]: those between percentiles where there are such and they differ, else from end to end. A
/// single value has zero at the other end: so what is saturated does not look like what is black.
#[must_use]
pub fn automatic(inner: Option<Limits>, ends: Limits) -> Limits {
    match inner {
        Some(inner) if inner.lo < inner.hi => inner,
        _ if ends.lo < ends.hi => ends,
        _ => Limits {
            lo: ends.lo.min(0.0),
            hi: ends.hi.max(0.0),
        },
    }
}

/// Whether a plane holds integers of a few values only, as labels and masks do.
///
/// # Errors
/// [`Cancelled`]
pub fn has_few_values(plane: &Plane, progress: &Progress) -> Result<bool, Cancelled> {
    match &plane.samples {
        Samples::U8(cells) => few(plane, cells, progress),
        Samples::I8(cells) => few(plane, cells, progress),
        Samples::U16(cells) => few(plane, cells, progress),
        Samples::I16(cells) => few(plane, cells, progress),
        Samples::U32(cells) => few(plane, cells, progress),
        Samples::I32(cells) => few(plane, cells, progress),
        Samples::U64(cells) => few(plane, cells, progress),
        Samples::I64(cells) => few(plane, cells, progress),
        Samples::F32(_) | Samples::F64(_) => Ok(false),
    }
}

/// Ends at the first value too many, which of a picture is near its beginning.
fn few<T: Copy + Ord>(
    plane: &Plane,
    cells: &Array2<T>,
    progress: &Progress,
) -> Result<bool, Cancelled> {
    let mut values: Vec<T> = Vec::with_capacity(FEW_VALUES + 1);
    for (row, cells) in cells.rows().into_iter().enumerate() {
        progress.check()?;
        let masked = plane.masked_row(row);
        let mut last = None;
        for (column, &cell) in cells.iter().enumerate() {
            let is_masked = || masked.as_ref().and_then(|mask| mask.get(column).copied());
            if last == Some(cell) || is_masked() == Some(true) {
                continue;
            }
            last = Some(cell);
            if let Err(place) = values.binary_search(&cell) {
                values.insert(place, cell);
            }
            if values.len() > FEW_VALUES {
                return Ok(false);
            }
        }
    }
    Ok(true)
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
            "auto",
            "minmax",
            "percentile:2,98",
            "percentile:0.5,99.5",
            "fixed:0,1",
            "fixed:-1.5,1000",
        ] {
            assert_eq!(text.parse::<Stretch>().unwrap().to_string(), text);
        }
        assert_eq!(Stretch::default().to_string(), "auto");
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

    fn integers(cells: &[u16]) -> Plane {
        let cells = ndarray::Array2::from_shape_vec((1, cells.len()), cells.to_vec());
        Plane {
            samples: Samples::U16(cells.unwrap()),
            masked: None,
        }
    }

    #[test]
    fn labels_are_stretched_so_that_all_are_apart() {
        // Percentiles would paint the rare classes 15 and 16 alike.
        let mut labels = vec![3; 1000];
        labels.extend(0..17);
        let found = limits(&integers(&labels), Stretch::Auto).unwrap();
        assert_eq!((found.lo, found.hi), (0.0, 16.0));
        let many: Vec<u16> = (0..1000).collect();
        let found = limits(&integers(&many), Stretch::Auto).unwrap();
        assert_eq!((found.lo, found.hi), (19.98, 979.02));
        let between = Stretch::Percentile { lo: 2.0, hi: 98.0 };
        assert_eq!(limits(&integers(&many), between), Some(found));
    }

    #[test]
    fn a_saturated_band_does_not_look_like_a_black_one() {
        let of = |cells: &[u16]| limits(&integers(cells), Stretch::Auto).unwrap();
        let bright = of(&[255; 50]);
        assert_eq!((bright.lo, bright.hi), (0.0, 255.0));
        assert_eq!(bright.normalised(255.0), 1.0);
        assert_eq!(of(&[0; 50]).normalised(0.0), 0.0);
        let mut mostly: Vec<f32> = vec![255.0; 1000];
        mostly.push(7.0);
        let plane = Plane {
            samples: Samples::F32(ndarray::Array2::from_shape_vec((1, 1001), mostly).unwrap()),
            masked: None,
        };
        let found = limits(&plane, Stretch::Auto).unwrap();
        assert_eq!((found.lo, found.hi), (7.0, 255.0));
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
