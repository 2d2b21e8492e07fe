//! A plane with fewer cells, for a picture that is smaller on the screen than the plane is.

use crate::array::{Exact, Plane, Sample, Samples, with_samples};
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;
use std::ops::Range;

/// What stands for the cells that share a pixel of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shrink {
    /// The mean of those that are finite and not masked.
    #[default]
    Mean,
    /// The one in the middle.
    Nearest,
}

/// One cell for each square of `side` x `side` cells; the last ones of a row or column may stand for fewer.
///
/// Of a mean in single precision of integers of up to 16 bits and of float32, else in double precision. A square without a
/// cell that is finite and not masked is masked if any of its cells is, with the mean of what is under the mask, and NaN if
/// none is.
#[must_use]
pub fn shrink(plane: &Plane, side: usize, how: Shrink) -> Plane {
    match how {
        _ if side < 2 => plane.clone(),
        Shrink::Nearest => nearest(plane, side),
        Shrink::Mean => {
            let is_single = matches!(
                &plane.samples,
                Samples::U8(_)
                    | Samples::I8(_)
                    | Samples::U16(_)
                    | Samples::I16(_)
                    | Samples::F32(_)
            );
            let masked = plane
                .masked
                .as_ref()
                .filter(|masked| masked.dim() == plane.shape());
            let (means, masked) =
                with_samples!(&plane.samples, array => means(array.view(), masked, side));
            let samples = match is_single {
                true => Samples::F32(means.mapv(|mean| mean as f32)),
                false => Samples::F64(means),
            };
            Plane { samples, masked }
        }
    }
}

fn nearest(plane: &Plane, side: usize) -> Plane {
    fn pick<T: Copy>(array: &Array2<T>, side: usize) -> Array2<T> {
        let (rows, columns) = array.dim();
        // The last square may end before its middle.
        let middle = |index: usize, len: usize| (index * side + side / 2).min(len - 1);
        Array2::from_shape_fn(
            (rows.div_ceil(side), columns.div_ceil(side)),
            |(row, column)| array[[middle(row, rows), middle(column, columns)]],
        )
    }
    fn samples<T: Sample>(array: &Array2<T>, side: usize) -> Samples {
        T::into_samples(pick(array, side))
    }
    Plane {
        samples: with_samples!(&plane.samples, array => samples(array, side)),
        masked: plane.masked.as_ref().map(|masked| pick(masked, side)),
    }
}

/// The means of all squares, and which are masked where there is a mask.
fn means<T: Sample>(
    array: ArrayView2<'_, T>,
    masked: Option<&Array2<bool>>,
    side: usize,
) -> (Array2<f64>, Option<Array2<bool>>) {
    let (rows, columns) = array.dim();
    let shape = (rows.div_ceil(side), columns.div_ceil(side));
    let lines: Vec<Vec<(f64, bool)>> = (0..shape.0)
        .into_par_iter()
        .map(|line| {
            let mut squares = vec![Square::default(); shape.1];
            for row in line * side..rows.min((line + 1) * side) {
                // Copied only where somebody put a plane together in another order.
                let cells = array.row(row);
                let cells = cells.as_standard_layout();
                let cells = cells.as_slice().unwrap_or_default().chunks(side);
                let masked = masked.map(|masked| masked.row(row));
                let masked = masked.as_ref().map(|masked| masked.as_standard_layout());
                let masked = masked.as_ref().and_then(|masked| masked.as_slice());
                match masked.map(|masked| masked.chunks(side)) {
                    None => (squares.iter_mut().zip(cells))
                        .for_each(|(square, cells)| square.add_all(cells)),
                    Some(masked) => {
                        let squares = squares.iter_mut().zip(cells).zip(masked);
                        squares.for_each(|((square, cells), masked)| square.add(cells, masked));
                    }
                }
            }
            let rows = line * side..rows.min((line + 1) * side);
            let mean = |(number, square): (usize, &Square)| {
                let columns = number * side..columns.min((number + 1) * side);
                let mean = match square.mean() {
                    // Finite cells add up to more than a double holds: slowly, then.
                    mean if mean.is_infinite() => {
                        let is_masked = square.is_masked();
                        exact_mean(array, masked, (rows.clone(), columns), is_masked)
                    }
                    mean => mean,
                };
                (mean, square.is_masked())
            };
            squares.iter().enumerate().map(mean).collect()
        })
        .collect();
    let squares = || lines.iter().flatten();
    let all = |values| Array2::from_shape_vec(shape, values).unwrap_or_default();
    let flags = masked.map(|_| {
        let flags = squares().map(|(_, masked)| *masked).collect();
        Array2::from_shape_vec(shape, flags).unwrap_or_default()
    });
    (all(squares().map(|(mean, _)| *mean).collect()), flags)
}

/// Of the cells of a square that are masked, or of those that are not.
fn exact_mean<T: Sample>(
    array: ArrayView2<'_, T>,
    masked: Option<&Array2<bool>>,
    (rows, columns): (Range<usize>, Range<usize>),
    is_masked: bool,
) -> f64 {
    let (mut sum, mut count) = (Exact::default(), 0);
    for place in rows.flat_map(|row| columns.clone().map(move |column| [row, column])) {
        let is_other = masked.is_some_and(|masked| masked.get(place) != Some(&is_masked));
        if let Some(value) = array
            .get(place)
            .filter(|value| !is_other && value.is_finite())
        {
            sum.add_double(value.to_f64());
            count += 1;
        }
    }
    sum.mean(count)
}

/// Cells that become one.
#[derive(Clone, Copy, Default)]
struct Square {
    shown: Sum,
    masked: Sum,
    has_masked: bool,
}

impl Square {
    /// Cells of an array without a mask.
    #[inline]
    fn add_all<T: Sample>(&mut self, cells: &[T]) {
        for &cell in cells {
            self.shown.add(cell);
        }
    }

    #[inline]
    fn add<T: Sample>(&mut self, cells: &[T], masked: &[bool]) {
        for (&cell, &masked) in cells.iter().zip(masked) {
            self.has_masked |= masked;
            match masked {
                true => self.masked.add(cell),
                false => self.shown.add(cell),
            }
        }
    }

    fn is_masked(&self) -> bool {
        self.shown.count == 0 && self.has_masked
    }

    /// NaN where nothing counts.
    fn mean(&self) -> f64 {
        match self.is_masked() {
            true => self.masked.mean(),
            false => self.shown.mean(),
        }
    }
}

/// Of the finite ones of some cells.
#[derive(Clone, Copy)]
struct Sum {
    sum: f64,
    count: u32,
    least: f64,
    greatest: f64,
}

impl Default for Sum {
    fn default() -> Self {
        Self {
            sum: 0.0,
            count: 0,
            least: f64::INFINITY,
            greatest: f64::NEG_INFINITY,
        }
    }
}

impl Sum {
    #[inline]
    fn add<T: Sample>(&mut self, cell: T) {
        let (counts, value) = (cell.is_finite(), cell.to_f64());
        self.sum += if counts { value } else { 0.0 };
        self.count += u32::from(counts);
        self.least = if counts && value < self.least {
            value
        } else {
            self.least
        };
        self.greatest = if counts && value > self.greatest {
            value
        } else {
            self.greatest
        };
    }

    /// Within the values, so of equal ones it is their value whatever its digits. 0 / 0 is NaN.
    fn mean(&self) -> f64 {
        let mean = self.sum / f64::from(self.count);
        if mean.is_finite() {
            mean.clamp(self.least, self.greatest)
        } else {
            mean
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::arr2;

    #[test]
    fn means_of_squares_and_of_what_is_left_at_the_edges() {
        let plane = Plane {
            samples: Samples::U16(arr2(&[[1, 3, 10], [5, 7, 30], [2, 4, 8]])),
            masked: None,
        };
        let small = shrink(&plane, 2, Shrink::Mean);
        assert_eq!(
            small.samples,
            Samples::F32(arr2(&[[4.0, 20.0], [3.0, 8.0]]))
        );
        assert_eq!(small.masked, None);
        let small = shrink(&plane, 2, Shrink::Nearest);
        assert_eq!(small.samples, Samples::U16(arr2(&[[7, 30], [4, 8]])));
        assert_eq!(shrink(&plane, 1, Shrink::Mean), plane);
    }

    #[test]
    fn what_is_no_data_does_not_count() {
        let nan = f64::NAN;
        let plane = Plane {
            samples: Samples::F64(arr2(&[
                [1.0, nan, 4.0, 6.0, nan, nan],
                [3.0, 9.0, 8.0, 6.0, f64::INFINITY, nan],
            ])),
            masked: Some(arr2(&[
                [false, false, true, true, false, false],
                [false, true, true, true, false, false],
            ])),
        };
        let small = shrink(&plane, 2, Shrink::Mean);
        let Samples::F64(means) = &small.samples else {
            panic!("doubles")
        };
        assert_eq!((means[[0, 0]], means[[0, 1]]), (2.0, 6.0));
        assert!(means[[0, 2]].is_nan());
        assert_eq!(small.masked, Some(arr2(&[[false, true, false]])));
    }

    /// Ten times 0.1 is a little less than 1; three times 1e308 is more than a double holds.
    #[test]
    fn of_equal_cells_it_is_their_value() {
        for value in [0.1, -0.3, 1.7e308, 5e-324] {
            let samples = Samples::F64(Array2::from_elem((10, 20), value));
            for masked in [None, Some(Array2::from_elem((10, 20), true))] {
                let plane = Plane {
                    samples: samples.clone(),
                    masked,
                };
                let small = shrink(&plane, 10, Shrink::Mean);
                assert_eq!(small.samples, Samples::F64(arr2(&[[value, value]])));
            }
        }
        let plane = Plane {
            samples: Samples::F64(arr2(&[[1.6e308, 1.2e308], [8e307, f64::INFINITY]])),
            masked: None,
        };
        let small = shrink(&plane, 2, Shrink::Mean);
        assert_eq!(small.samples, Samples::F64(arr2(&[[1.2e308]])));
    }

    #[test]
    fn nothing_stays_nothing() {
        let plane = Plane {
            samples: Samples::I32(Array2::default((0, 3))),
            masked: None,
        };
        for how in [Shrink::Mean, Shrink::Nearest] {
            assert_eq!(shrink(&plane, 3, how).shape(), (0, 1));
        }
    }
}
