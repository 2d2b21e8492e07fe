//! Where an array lies in a file, and whether its figures agree.

use super::{ArrayError, CellType, DType};

/// The most axes an array may have: NumPy's own limit since 2.0.
pub(super) const MAX_DIMENSIONS: usize = 64;
/// The same before 2.0.
const NUMPY_1_DIMENSIONS: usize = 32;

/// Values in cells that take no bytes, in all of an array: beyond any use.
const MAX_WIDTHLESS: u64 = 1 << 16;

/// Where an array lies in a file and how; nothing is read. Offsets are positions in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrayLayout {
    /// What a cell is.
    pub dtype: DType,
    /// Lengths of the axes, first axis first; empty for a 0-d array.
    pub shape: Vec<u64>,
    /// Column-major (Fortran) memory order; C order otherwise.
    pub fortran: bool,
    /// Where the first cell begins.
    pub data_offset: u64,
    /// Length of the data as the file states it.
    pub nbytes: u64,
    /// The mask of a masked array.
    pub mask: Option<MaskLayout>,
}

/// The boolean mask of a masked array: one byte a cell (of a structure: one a field), same shape as the data; nonzero =
/// masked. A single byte stands for
/// all cells: so mmappickle 1.0.0 stores that nothing is masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskLayout {
    /// Where the first cell's byte begins.
    pub data_offset: u64,
    /// Length of the mask as the file states it.
    pub nbytes: u64,
    /// Column-major memory order, independent of the data's.
    pub fortran: bool,
}

/// Where one cell is in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellPlace {
    /// Its first byte.
    pub offset: u64,
    /// Its length.
    pub len: u64,
    /// First byte and length of its part of the mask; `None` where there is no mask, or one byte for all cells.
    pub mask: Option<(u64, u64)>,
}

impl MaskLayout {
    /// Whether one byte stands for all cells.
    #[must_use]
    pub fn is_for_all_cells(&self) -> bool {
        self.nbytes == 1
    }
}

impl ArrayLayout {
    /// Number of cells; `None` when the product overflows.
    #[must_use]
    pub fn cells(&self) -> Option<u64> {
        // An axis of length 0 makes the array empty, however long the others claim to be.
        if self.shape.contains(&0) {
            return Some(0);
        }
        self.shape
            .iter()
            .try_fold(1_u64, |cells, &length| cells.checked_mul(length))
    }

    /// Why NumPy cannot build the array from its dtype's text and its shape, if so. One such array makes a whole file
    /// unreadable for plain `pickle.load`.
    #[must_use]
    pub fn numpy_problem(&self) -> Option<String> {
        let dtype = self.dtype.text();
        // The axes of a small array in each cell are not in the shape, which NumPy then cannot reshape to; structures
        // are not read back from their text.
        let is_compound = dtype.starts_with(['[', '{', '(']);
        let Some(size) = self
            .dtype
            .itemsize()
            .filter(|size| *size > 0 && !is_compound)
        else {
            return Some(format!(
                "NumPy cannot make an array of the dtype '{dtype}' from its text"
            ));
        };
        if self.shape.len() > NUMPY_1_DIMENSIONS {
            return Some(format!(
                "it has {} axes, and NumPy before 2.0 takes {NUMPY_1_DIMENSIONS}",
                self.shape.len()
            ));
        }
        // NumPy multiplies all lengths but zeros.
        let mut lengths = self.shape.iter().filter(|length| **length > 0);
        let bytes = lengths.try_fold(size, |bytes, &length| bytes.checked_mul(length));
        if bytes.is_none_or(|bytes| i64::try_from(bytes).is_err()) {
            return Some("its shape is larger than NumPy takes".to_owned());
        }
        None
    }

    /// Where the cell at a full index is in the file. Small arrays in each cell are axes after those of the shape, as in
    /// [`Cells`](super::Cells).
    ///
    /// # Errors
    /// [`ArrayError::WrongIndexCount`], [`ArrayError::IndexOutOfBounds`], [`ArrayError::UnknownItemsize`], and those of
    /// [`ArrayLayout::check`].
    pub fn place_of(&self, index: &[usize]) -> Result<CellPlace, ArrayError> {
        self.check()?;
        let unknown = || ArrayError::UnknownItemsize {
            dtype: self.dtype.text().to_owned(),
        };
        let (cell_type, inner) = self.dtype.cell_type().ok_or_else(unknown)?.without_axes();
        let len = cell_type.itemsize().ok_or_else(unknown)?;
        let dimensions = self.shape.len() + inner.len();
        if index.len() != dimensions {
            return Err(ArrayError::WrongIndexCount {
                given: index.len(),
                dimensions,
            });
        }
        for (axis, (&index, &length)) in (index.iter())
            .zip(self.shape.iter().chain(&inner))
            .enumerate()
        {
            if index as u64 >= length {
                return Err(ArrayError::IndexOutOfBounds {
                    index: index as i128,
                    axis,
                    length: usize::try_from(length).unwrap_or(usize::MAX),
                });
            }
        }
        let (outer, inside) = index.split_at_checked(self.shape.len()).unwrap_or_default();
        let per_cell: u64 = inner.iter().product();
        let inside = position(inside, &inner, false);
        // Nothing overflows: by the check, all cells are within what a file can hold.
        let number = |fortran| position(outer, &self.shape, fortran) * per_cell + inside;
        let leaves = cell_type.leaves();
        let mask = self.mask.as_ref().filter(|mask| !mask.is_for_all_cells());
        Ok(CellPlace {
            offset: self.data_offset + number(self.fortran) * len,
            len,
            mask: mask.map(|mask| (mask.data_offset + number(mask.fortran) * leaves, leaves)),
        })
    }

    /// The distance in bytes from a cell's part of the mask to its neighbour's along each axis. `None` where there is no
    /// mask, one byte for all cells, or the figures do not agree.
    #[must_use]
    pub fn mask_strides(&self) -> Option<Vec<u64>> {
        let mask = self.mask.as_ref().filter(|mask| !mask.is_for_all_cells())?;
        self.check().ok()?;
        let mut stride = self.dtype.cell_type().map_or(1, CellType::leaves);
        let mut strides = vec![0; self.shape.len()];
        let axes = strides.iter_mut().zip(&self.shape);
        let mut give = |(place, length): (&mut u64, &u64)| {
            *place = stride;
            stride = stride.saturating_mul(*length);
        };
        match mask.fortran {
            true => axes.for_each(&mut give),
            false => axes.rev().for_each(&mut give),
        }
        Some(strides)
    }

    /// Checks dtype × shape against `nbytes`, the mask's length against the shape, and that the
    /// offsets do not run past the largest position a file can have.
    ///
    /// # Errors
    /// The first disagreement found, with its figures.
    pub fn check(&self) -> Result<(), ArrayError> {
        let Some(itemsize) = self.dtype.itemsize() else {
            return Err(ArrayError::UnknownItemsize {
                dtype: self.dtype.text().to_owned(),
            });
        };
        let dimensions = self.shape.len();
        if dimensions > MAX_DIMENSIONS {
            return Err(ArrayError::TooManyDimensions {
                dimensions,
                max: MAX_DIMENSIONS,
            });
        }
        let too_large = || ArrayError::TooLarge {
            shape: self.shape.clone(),
            itemsize,
        };
        let cells = self.cells().ok_or_else(too_large)?;
        let expected = cells.checked_mul(itemsize).ok_or_else(too_large)?;
        if expected != self.nbytes {
            return Err(ArrayError::LengthMismatch {
                shape: self.shape.clone(),
                itemsize,
                expected,
                actual: self.nbytes,
                offset: self.data_offset,
            });
        }
        check_end(self.data_offset, self.nbytes, u64::MAX)?;
        let leaves = self.dtype.cell_type().map_or(1, CellType::leaves);
        // Fields may overlap a little; values of no width could be printed and counted without end.
        let values = cells.saturating_mul(leaves);
        if values > self.nbytes.saturating_mul(4).saturating_add(MAX_WIDTHLESS) {
            return Err(ArrayError::Widthless {
                shape: self.shape.clone(),
                values,
                nbytes: self.nbytes,
            });
        }
        if let Some(mask) = &self.mask {
            let expected = cells.checked_mul(leaves).ok_or_else(too_large)?;
            if mask.nbytes != expected && !mask.is_for_all_cells() {
                return Err(ArrayError::MaskLengthMismatch {
                    shape: self.shape.clone(),
                    expected,
                    actual: mask.nbytes,
                    offset: mask.data_offset,
                });
            }
            check_end(mask.data_offset, mask.nbytes, u64::MAX)?;
        }
        Ok(())
    }
}

/// The number of a cell in memory order.
fn position(index: &[usize], shape: &[u64], fortran: bool) -> u64 {
    let step = |position: u64, (index, length): (&usize, &u64)| position * length + *index as u64;
    let axes = index.iter().zip(shape);
    if fortran {
        axes.rev().fold(0, step)
    } else {
        axes.fold(0, step)
    }
}

/// Whether `nbytes` at `offset` end within `available`.
pub(super) fn check_end(offset: u64, nbytes: u64, available: u64) -> Result<(), ArrayError> {
    match offset.checked_add(nbytes) {
        Some(end) if end <= available => Ok(()),
        _ => Err(ArrayError::OutsideBytes {
            offset,
            nbytes,
            available,
        }),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn cells_without_width_are_counted_all_the_same() {
        for (dtype, shape, nbytes) in [
            ("V0", &[1 << 40][..], 0),
            ("S0", &[1 << 20, 2], 0),
            ("U0", &[1 << 63], 0),
            ("(1000000000,)V0", &[2], 0),
            ("[('a', 'V0', (1000000000,)), ('b', 'u1')]", &[1], 1),
            ("[('a', 'S0', (60000,)), ('b', 'u1')]", &[1000], 1000),
        ] {
            let found = layout(dtype, shape, nbytes).check();
            assert!(
                matches!(found, Err(ArrayError::Widthless { .. })),
                "{dtype}: {found:?}"
            );
        }
    }

    #[test]
    fn one_mask_byte_stands_for_all_cells() {
        use crate::array::ArrayView;
        use crate::source::Bytes;
        for (byte, is_masked) in [(0, false), (1, true)] {
            let bytes = Bytes::Memory(vec![byte, 10, 20, 30, 40, 50, 60].into());
            let mut masked = layout("|u1", &[2, 3], 6);
            masked.data_offset = 1;
            masked.mask = Some(MaskLayout {
                data_offset: 0,
                nbytes: 1,
                fortran: false,
            });
            let view = ArrayView::new(bytes, &masked).unwrap();
            let cell = view.cell(&[1, 2]).unwrap();
            assert_eq!((cell.value.to_f64(), cell.masked), (60.0, is_masked));
            let plane = crate::array::gather(&[view], &crate::progress::Progress::new()).unwrap();
            let mask = plane[0].masked.as_ref().unwrap();
            assert!(mask.iter().all(|masked| *masked == is_masked));
        }
    }

    use super::*;

    fn layout(dtype: &str, shape: &[u64], nbytes: u64) -> ArrayLayout {
        ArrayLayout {
            dtype: DType::parse(dtype),
            shape: shape.to_vec(),
            fortran: false,
            data_offset: 100,
            nbytes,
            mask: None,
        }
    }

    /// Cells whose own number is their value, read back at the place they are said to be.
    #[test]
    fn places_are_where_cells_are_read() {
        use crate::array::Cells;
        use crate::source::Bytes;
        for (fortran, mask_fortran) in [(false, false), (false, true), (true, false), (true, true)]
        {
            let mut bytes: Vec<u8> = vec![0; 7];
            bytes.extend((0..24_u16).flat_map(u16::to_be_bytes));
            bytes.extend((0..24_u8).map(|at| at % 5 / 4));
            let mut layout = layout("(2,)>u2", &[3, 4], 48);
            layout.data_offset = 7;
            layout.fortran = fortran;
            layout.mask = Some(MaskLayout {
                data_offset: 55,
                nbytes: 24,
                fortran: mask_fortran,
            });
            let cells = Cells::new(Bytes::Memory(bytes.clone().into()), &layout).unwrap();
            for index in (0..24).map(|at| [at / 8, at / 2 % 4, at % 2]) {
                let place = layout.place_of(&index).unwrap();
                let at = place.offset as usize;
                let value = u16::from_be_bytes([bytes[at], bytes[at + 1]]);
                let (mask, leaves) = place.mask.unwrap();
                let cell = cells.cell(&index).unwrap();
                assert_eq!((place.len, leaves), (2, 1));
                assert_eq!(cell.value.to_string(), value.to_string(), "{index:?}");
                assert_eq!(cell.masked, bytes[mask as usize] != 0, "{index:?}");
            }
            let strides = layout.mask_strides().unwrap();
            let mask_at = |index: [usize; 3]| layout.place_of(&index).unwrap().mask.unwrap().0;
            assert_eq!(mask_at([1, 0, 0]) - 55, strides[0]);
            assert_eq!(mask_at([0, 1, 0]) - 55, strides[1]);
            assert!(layout.place_of(&[0, 0]).is_err());
            assert!(layout.place_of(&[0, 4, 0]).is_err());
            assert!(layout.place_of(&[0, 0, 2]).is_err());
        }
    }

    #[test]
    fn sound_layouts_pass() {
        assert_eq!(layout("<u2", &[3, 4], 24).check(), Ok(()));
        assert_eq!(layout("<u2", &[], 2).check(), Ok(()));
        assert_eq!(layout("S5", &[2], 10).check(), Ok(()));
        assert_eq!(layout("<u2", &[u64::MAX, 0, u64::MAX], 0).check(), Ok(()));
        assert_eq!(layout("S0", &[100, 100], 0).check(), Ok(()));
        let mut masked = layout("<u2", &[3, 4], 24);
        masked.mask = Some(MaskLayout {
            data_offset: 200,
            nbytes: 12,
            fortran: true,
        });
        assert_eq!(masked.check(), Ok(()));
    }

    #[test]
    fn unsound_layouts_say_why() {
        assert!(matches!(
            layout("what", &[3], 3).check(),
            Err(ArrayError::UnknownItemsize { .. })
        ));
        assert!(matches!(
            layout("u1", &[1; 65], 1).check(),
            Err(ArrayError::TooManyDimensions { .. })
        ));
        assert!(matches!(
            layout("u1", &[1 << 32, 1 << 32], 0).check(),
            Err(ArrayError::TooLarge { .. })
        ));
        assert!(matches!(
            layout("f8", &[1 << 61], 0).check(),
            Err(ArrayError::TooLarge { .. })
        ));
        let short = layout("<u2", &[3, 4], 23).check().unwrap_err();
        assert_eq!(
            short.to_string(),
            "shape [3, 4] with 2 bytes a cell needs 24 bytes, but there are 23 (at offset 100)"
        );
        let mut far = layout("u1", &[4], 4);
        far.data_offset = u64::MAX - 3;
        assert!(matches!(far.check(), Err(ArrayError::OutsideBytes { .. })));
        let mut masked = layout("<u2", &[3, 4], 24);
        masked.mask = Some(MaskLayout {
            data_offset: 200,
            nbytes: 24,
            fortran: false,
        });
        assert!(matches!(
            masked.check(),
            Err(ArrayError::MaskLengthMismatch {
                expected: 12,
                actual: 24,
                ..
            })
        ));
    }
}
