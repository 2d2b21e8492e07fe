//! A two-dimensional piece of an array, read into memory.

use super::{Sample, spare};
use ndarray::{Array2, ArrayView1, Axis};

/// Values of a picture in memory, `[row, column]`, native type, native byte order. bool comes as
/// U8 (0 or 1), float16 as F32, complex numbers as their magnitude (F32 for complex64, F64 for
/// complex128).
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each variant is named after its number type")]
pub enum Samples {
    U8(Array2<u8>),
    I8(Array2<i8>),
    U16(Array2<u16>),
    I16(Array2<i16>),
    U32(Array2<u32>),
    I32(Array2<i32>),
    U64(Array2<u64>),
    I64(Array2<i64>),
    F32(Array2<f32>),
    F64(Array2<f64>),
}

/// Evaluates an expression with the array of any variant of [`Samples`].
macro_rules! with_samples {
    ($samples:expr, $array:ident => $body:expr) => {
        match $samples {
            $crate::array::Samples::U8($array) => $body,
            $crate::array::Samples::I8($array) => $body,
            $crate::array::Samples::U16($array) => $body,
            $crate::array::Samples::I16($array) => $body,
            $crate::array::Samples::U32($array) => $body,
            $crate::array::Samples::I32($array) => $body,
            $crate::array::Samples::U64($array) => $body,
            $crate::array::Samples::I64($array) => $body,
            $crate::array::Samples::F32($array) => $body,
            $crate::array::Samples::F64($array) => $body,
        }
    };
}
pub(crate) use with_samples;

impl Samples {
    /// The value at a row and column as a double; `None` outside.
    #[must_use]
    pub fn get(&self, row: usize, column: usize) -> Option<f64> {
        with_samples!(self, array => array.get((row, column)).map(|&value| Sample::to_f64(value)))
    }
}

/// A 2-D piece of an array, read into memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// The values, also those under the mask.
    pub samples: Samples,
    /// `true` = masked; `None` when the array has no mask. Of the shape of the samples.
    pub masked: Option<Array2<bool>>,
}

impl Drop for Plane {
    fn drop(&mut self) {
        fn give_back<T: spare::Spare>(array: &mut Array2<T>) {
            let (values, _) = std::mem::take(array).into_raw_vec_and_offset();
            spare::give_back(values);
        }
        with_samples!(&mut self.samples, array => give_back(array));
        if let Some(masked) = &mut self.masked {
            give_back(masked);
        }
    }
}

impl Plane {
    /// (rows, columns)
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        with_samples!(&self.samples, array => array.dim())
    }

    /// Memory taken by values and mask.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let samples =
            with_samples!(&self.samples, array => array.iter().len() * size_of_item(array));
        samples + self.masked.as_ref().map_or(0, Array2::len)
    }

    /// Of the same kind and width, with so many rows of zeros, none masked.
    #[must_use]
    pub fn blank(&self, rows: usize) -> Self {
        fn zeros<T: Sample>(array: &Array2<T>, rows: usize) -> Samples {
            T::into_samples(Array2::default((rows, array.ncols())))
        }
        Self {
            samples: with_samples!(&self.samples, array => zeros(array, rows)),
            masked: (self.masked.as_ref()).map(|masked| Array2::default((rows, masked.ncols()))),
        }
    }

    /// Rows of this plane in any order, each as often as wanted; those it does not have are left out.
    #[must_use]
    pub fn select_rows(&self, rows: &[usize]) -> Self {
        fn select<T: Sample>(array: &Array2<T>, rows: &[usize]) -> Samples {
            T::into_samples(array.select(Axis(0), rows))
        }
        let (count, _) = self.shape();
        let rows: Vec<usize> = rows.iter().copied().filter(|row| *row < count).collect();
        Self {
            samples: with_samples!(&self.samples, array => select(array, &rows)),
            masked: (self.masked.as_ref()).map(|masked| masked.select(Axis(0), &rows)),
        }
    }

    /// Writes the rows of another plane of the same kind and width over those named, one after the other.
    pub fn put_rows(&mut self, rows: impl Iterator<Item = usize> + Clone, from: &Self) {
        fn put<T: Copy>(to: &mut Array2<T>, rows: impl Iterator<Item = usize>, from: &Array2<T>) {
            for (row, from) in rows.zip(from.rows()) {
                if row < to.nrows() && from.len() == to.ncols() {
                    to.row_mut(row).assign(&from);
                }
            }
        }
        macro_rules! put_alike {
            ($($variant:ident),*) => {
                match (&mut self.samples, &from.samples) {
                    $((Samples::$variant(to), Samples::$variant(from)) => put(to, rows.clone(), from),)*
                    _ => {}
                }
            };
        }
        put_alike!(U8, I8, U16, I16, U32, I32, U64, I64, F32, F64);
        if let (Some(to), Some(from)) = (&mut self.masked, &from.masked) {
            put(to, rows, from);
        }
    }

    /// The mask of one row; `None` where nothing is masked.
    #[must_use]
    pub fn masked_row(&self, row: usize) -> Option<ArrayView1<'_, bool>> {
        // A mask of another shape belongs to no cell of ours.
        let masked = self
            .masked
            .as_ref()
            .filter(|masked| masked.dim() == self.shape())?;
        (row < masked.nrows()).then(|| masked.row(row))
    }
}

fn size_of_item<T>(_: &Array2<T>) -> usize {
    size_of::<T>()
}
