//! Cells side by side in memory, for work that passes over them more than once: copies of views whose cells lie far apart, and
//! what planes have.

use super::decode::{Decode, Flag};
use super::gather::{Source, fill};
use super::view::{Strided, dense_strides};
use super::{ArrayView, ByteOrder, Number, Plane, Sample, Samples, with_samples};
use crate::progress::{Cancelled, Progress};
use crate::source::Bytes;
use ndarray::{ArrayView2, s};
use std::ops::Range;

/// From cell to cell at least: each is in a cache line of its own, or nearly.
const FAR: usize = 32;
/// What a copy may take.
const MAX_BYTES: usize = 32 << 20;

impl ArrayView {
    /// The same cells side by side in memory, where passing over them again and again would read many times more bytes than
    /// they have, and they are few. Takes about as long as one pass.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub(crate) fn compact(&self, progress: &Progress) -> Result<Option<Self>, Cancelled> {
        let size = self.number.itemsize() + usize::from(self.mask.is_some());
        let is_small = (self.num_cells().checked_mul(size)).is_some_and(|size| size <= MAX_BYTES);
        if !self.is_scattered() || !is_small {
            return Ok(None);
        }
        match self.number.itemsize() {
            1 => self.copied::<1>(progress),
            2 => self.copied::<2>(progress),
            4 => self.copied::<4>(progress),
            8 => self.copied::<8>(progress),
            _ => self.copied::<16>(progress),
        }
    }

    /// Some rows and columns of a plane that was read from an array of these numbers: the same cells, without the file.
    /// `None` where memory has others than the file (magnitudes of complex numbers, half precision), and for what is not in
    /// the plane.
    pub(crate) fn of_plane(
        plane: &Plane,
        number: Number,
        [rows, columns]: [&Range<usize>; 2],
    ) -> Option<Self> {
        let (height, width) = plane.shape();
        let is_inside = |range: &Range<usize>, end| range.start <= range.end && range.end <= end;
        if !is_alike(number, &plane.samples)
            || !is_inside(rows, height)
            || !is_inside(columns, width)
        {
            return None;
        }
        let region = s![rows.clone(), columns.clone()];
        let mut bytes = with_samples!(&plane.samples, array => bytes_of(&array.slice(region)));
        let shape = vec![rows.len(), columns.len()];
        let strided = |offset, itemsize| {
            let strides = dense_strides(&shape, itemsize, false)?;
            Some(Strided { offset, strides })
        };
        let data = strided(0, number.itemsize())?;
        let mask = match &plane.masked {
            // A mask of another shape belongs to no cell of ours.
            Some(masked) if masked.dim() == plane.shape() => {
                let offset = bytes.len();
                bytes.extend(masked.slice(region).iter().map(|&flag| u8::from(flag)));
                Some(strided(offset, 1)?)
            }
            _ => None,
        };
        Some(Self {
            bytes: Bytes::Memory(bytes.into()),
            number,
            order: ByteOrder::Little,
            shape,
            data,
            mask,
        })
    }

    /// Whether no two neighbours are near each other.
    fn is_scattered(&self) -> bool {
        let axes = self.shape.iter().zip(&self.data.strides);
        let strides = axes.filter(|&(&length, _)| length > 1);
        let nearest = strides.map(|(_, stride)| stride.unsigned_abs()).min();
        nearest.is_some_and(|nearest| nearest >= FAR.max(2 * self.number.itemsize()))
    }

    fn copied<const N: usize>(&self, progress: &Progress) -> Result<Option<Self>, Cancelled>
    where
        Raw: Decode<N, Out = [u8; N]>,
    {
        let read = Source::new(self, &self.data);
        let cells = fill::<Raw, N, false>(&[read], progress)?;
        let Some(cells) = cells.into_iter().next() else {
            return Ok(None);
        };
        let mut bytes: Vec<u8> = cells.into_raw_vec_and_offset().0.into_flattened();
        let (Some(strides), Some(mask_strides)) = (
            dense_strides(&self.shape, N, false),
            dense_strides(&self.shape, 1, false),
        ) else {
            return Ok(None);
        };
        let mask = match &self.mask {
            Some(mask) => {
                let read = Source::new(self, mask);
                let flags = fill::<Flag, 1, false>(&[read], progress)?;
                let offset = bytes.len();
                bytes.reserve_exact(self.num_cells());
                bytes.extend(flags.iter().flatten().map(|&flag| u8::from(flag)));
                Some(Strided {
                    offset,
                    strides: mask_strides,
                })
            }
            None => None,
        };
        Ok(Some(Self {
            bytes: Bytes::Memory(bytes.into()),
            number: self.number,
            order: self.order,
            shape: self.shape.clone(),
            data: Strided { offset: 0, strides },
            mask,
        }))
    }
}

/// Whether numbers of a file are in memory as they are.
fn is_alike(number: Number, samples: &Samples) -> bool {
    matches!(
        (number, samples),
        (Number::Bool | Number::U8, Samples::U8(_))
            | (Number::I8, Samples::I8(_))
            | (Number::U16, Samples::U16(_))
            | (Number::I16, Samples::I16(_))
            | (Number::U32, Samples::U32(_))
            | (Number::I32, Samples::I32(_))
            | (Number::U64, Samples::U64(_))
            | (Number::I64, Samples::I64(_))
            | (Number::F32, Samples::F32(_))
            | (Number::F64, Samples::F64(_))
    )
}

/// Row by row.
fn bytes_of<T: Sample>(cells: &ArrayView2<'_, T>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(cells.len() * size_of::<T>());
    for row in cells.rows() {
        match row.as_slice() {
            Some(values) => T::put_bytes(values, &mut bytes),
            // What somebody put together in another order.
            None => T::put_bytes(&row.to_vec(), &mut bytes),
        }
    }
    bytes
}

/// The bytes as they are.
struct Raw;

macro_rules! raw {
    ($($n:literal)*) => {$(
        impl Decode<$n> for Raw {
            type Out = [u8; $n];
            #[inline(always)]
            fn little(bytes: [u8; $n]) -> [u8; $n] { bytes }
            #[inline(always)]
            fn big(bytes: [u8; $n]) -> [u8; $n] { bytes }
        }
    )*};
}
raw!(1 2 4 8 16);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::{ArrayLayout, DType, MaskLayout, gather, percentiles};

    fn cube(dtype: &str, is_masked: bool) -> ArrayView {
        let dtype = DType::parse(dtype);
        let nbytes = 5 * 7 * 40 * dtype.itemsize().unwrap();
        let bytes: Vec<u8> = (0..nbytes + 5 * 7 * 40)
            .map(|at| {
                let noise = ((at * 2_654_435_761) >> 7) as u8;
                if at < nbytes { noise } else { noise & 1 }
            })
            .collect();
        let layout = ArrayLayout {
            dtype,
            shape: vec![5, 7, 40],
            fortran: false,
            data_offset: 0,
            nbytes,
            mask: is_masked.then_some(MaskLayout {
                data_offset: nbytes,
                nbytes: 5 * 7 * 40,
                fortran: true,
            }),
        };
        ArrayView::new(Bytes::Memory(bytes.into()), &layout).unwrap()
    }

    #[test]
    fn the_same_cells_in_the_same_places() {
        for dtype in ["u1", ">u2", "f2", ">f4", "i8", "f8", ">c8", "c16"] {
            for is_masked in [false, true] {
                let cube = cube(dtype, is_masked);
                for view in [
                    cube.index_axis(2, 3).unwrap(),
                    cube.select(&"::-2, 1:, ::39".parse().unwrap()).unwrap(),
                ] {
                    let copy = view.compact(&Progress::new()).unwrap().unwrap();
                    assert!(!copy.is_scattered() && copy.shape() == view.shape());
                    for cell in 0..view.num_cells() {
                        let mut rest = cell;
                        let mut index = vec![0; view.shape().len()];
                        for (at, len) in index.iter_mut().zip(view.shape()).rev() {
                            (*at, rest) = (rest % len, rest / len);
                        }
                        // As text: NaN equals itself there.
                        let [ours, theirs] =
                            [&copy, &view].map(|view| format!("{:?}", view.cell(&index)));
                        assert_eq!(ours, theirs);
                    }
                    let of = |view| percentiles(view, &[0.0, 30.0, 100.0], &Progress::new());
                    assert_eq!(of(&view), of(&copy));
                }
            }
        }
    }

    #[test]
    fn a_plane_has_the_cells_of_what_it_was_read_from() {
        for dtype in ["u1", ">u2", "<i2", "i4", ">u8", "i8", ">f4", "f8"] {
            for is_masked in [false, true] {
                let band = cube(dtype, is_masked).index_axis(2, 3).unwrap();
                let planes = gather(std::slice::from_ref(&band), &Progress::new()).unwrap();
                for (rows, columns) in [(0..5, 0..7), (1..3, 2..7), (4..4, 0..7)] {
                    let view = ArrayView::of_plane(&planes[0], band.number(), [&rows, &columns]);
                    let view = view.unwrap();
                    assert_eq!(view.shape(), [rows.len(), columns.len()]);
                    for (row, column) in rows
                        .clone()
                        .flat_map(|row| columns.clone().map(move |column| (row, column)))
                    {
                        let ours = view.cell(&[row - rows.start, column - columns.start]);
                        // As text: NaN equals itself there.
                        assert_eq!(
                            format!("{ours:?}"),
                            format!("{:?}", band.cell(&[row, column]))
                        );
                    }
                }
                for outside in [[&(0..6), &(0..7)], [&(0..5), &(3..8)]] {
                    assert!(ArrayView::of_plane(&planes[0], band.number(), outside).is_none());
                }
            }
        }
        // Numbers that memory has in another form.
        for dtype in ["f2", "c8", "c16"] {
            let band = cube(dtype, false).index_axis(2, 3).unwrap();
            let planes = gather(std::slice::from_ref(&band), &Progress::new()).unwrap();
            assert!(ArrayView::of_plane(&planes[0], band.number(), [&(0..5), &(0..7)]).is_none());
        }
    }

    #[test]
    fn what_lies_together_is_not_copied() {
        let cube = cube("<f4", false);
        for view in [cube.clone(), cube.index_axis(0, 1).unwrap()] {
            assert!(view.compact(&Progress::new()).unwrap().is_none());
        }
        let progress = Progress::new();
        progress.cancel();
        let band = cube.index_axis(2, 0).unwrap();
        assert_eq!(band.compact(&progress).err(), Some(Cancelled));
    }
}
