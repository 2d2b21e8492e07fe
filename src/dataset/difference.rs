//! How many cells of two arrays differ: by their bytes, so that memory does not grow with them.

use super::{Dataset, Item, ReadError};
use crate::progress::Progress;
use crate::source::ByteSource as _;

/// Bytes that are compared at once.
const CHUNK: u64 = 1 << 20;

/// Of two arrays of equal shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellDifference {
    /// Cells, or cells of the mask, whose bytes differ.
    pub differing: u64,
    /// All cells, those of the mask too.
    pub cells: u64,
}

impl Dataset {
    /// Compares two arrays cell by cell; `None` where their cells do not correspond: another shape, dtype or order, or a mask
    /// in one only. Does file I/O, over the length of the arrays.
    ///
    /// # Errors
    /// Reading, or cancelling.
    pub fn differing_cells(
        &self,
        before: &Item,
        after: &Item,
        progress: &Progress,
    ) -> Result<Option<CellDifference>, ReadError> {
        let (Some(old), Some(new)) = (before.layout(), after.layout()) else {
            return Ok(None);
        };
        let is_alike = old.shape == new.shape
            && old.dtype.text() == new.dtype.text()
            && old.fortran == new.fortran
            && old.nbytes == new.nbytes
            && old.mask.is_some() == new.mask.is_some();
        let masks = old.mask.as_ref().zip(new.mask.as_ref());
        let masks_alike =
            masks.is_none_or(|(old, new)| (old.nbytes, old.fortran) == (new.nbytes, new.fortran));
        let size = old.dtype.itemsize();
        let Some(size) = size.filter(|size| is_alike && masks_alike && (1..=CHUNK).contains(size))
        else {
            return Ok(None);
        };
        let mask_len = masks.map_or(0, |(mask, _)| mask.nbytes);
        progress.set_total(old.nbytes + mask_len);
        let data = (old.data_offset, new.data_offset, old.nbytes);
        let mut differing = self.differing(data, size, progress)?;
        if let Some((old, new)) = masks {
            let mask = (old.data_offset, new.data_offset, mask_len);
            differing += self.differing(mask, 1, progress)?;
        }
        Ok(Some(CellDifference {
            differing,
            cells: old.nbytes / size + mask_len,
        }))
    }

    fn differing(
        &self,
        (old, new, len): (u64, u64, u64),
        size: u64,
        progress: &Progress,
    ) -> Result<u64, ReadError> {
        let step = (CHUNK / size).max(1).saturating_mul(size);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let (mut differing, mut at) = (0, 0);
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        while at < len {
            progress.check()?;
            let count = usize::try_from(step.min(len - at)).unwrap_or(usize::MAX);
            ours.resize(count, 0);
            theirs.resize(count, 0);
            for (from, bytes) in [(old, &mut ours), (new, &mut theirs)] {
                let read = self.source.read_at(from + at, bytes);
                read.map_err(|error| ReadError::Unreadable(error.to_string()))?;
            }
            if ours != theirs {
                let cells = ours.chunks(size).zip(theirs.chunks(size));
                differing += cells.filter(|(old, new)| old != new).count() as u64;
            }
            at += count as u64;
            progress.add(count as u64);
        }
        Ok(differing)
    }
}
