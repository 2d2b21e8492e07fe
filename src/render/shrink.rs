//! A plane with fewer cells, for a picture that is smaller on the screen than the plane is.

use crate::array::{Plane, Sample, Samples, with_samples};
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

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
    let lines: Vec<Vec<Square>> = (0..shape.0)
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
            squares
        })
        .collect();
    let squares = || lines.iter().flatten();
    let all = |values| Array2::from_shape_vec(shape, values).unwrap_or_default();
    let flags = masked.map(|_| {
        let flags = squares().map(Square::is_masked).collect();
        Array2::from_shape_vec(shape, flags).unwrap_or_default()
    });
    (all(squares().map(Square::mean).collect()), flags)
}

/// Cells that become one.
#[derive(Clone, Copy, Default)]
struct Square {
    sum: f64,
    count: u32,
    masked_sum: f64,
    masked_count: u32,
    has_masked: bool,
}

impl Square {
    /// Cells of an array without a mask.
    #[inline]
    fn add_all<T: Sample>(&mut self, cells: &[T]) {
        for cell in cells {
            let counts = cell.is_finite();
            self.sum += if counts { cell.to_f64() } else { 0.0 };
            self.count += u32::from(counts);
        }
    }

    #[inline]
    fn add<T: Sample>(&mut self, cells: &[T], masked: &[bool]) {
        for (cell, &masked) in cells.iter().zip(masked) {
            let counts = cell.is_finite();
            let value = if counts { cell.to_f64() } else { 0.0 };
            self.has_masked |= masked;
            if masked {
                self.masked_sum += value;
                self.masked_count += u32::from(counts);
            } else {
                self.sum += value;
                self.count += u32::from(counts);
            }
        }
    }

    fn is_masked(&self) -> bool {
        self.count == 0 && self.has_masked
    }

    /// NaN where nothing counts: 0 / 0.
    fn mean(&self) -> f64 {
        match self.is_masked() {
            true => self.masked_sum / f64::from(self.masked_count),
            false => self.sum / f64::from(self.count),
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
