//! Arrays of plain pickles whose bytes do not lie in the file as they are: text that stands for bytes (protocols 0 to 2),
//! masks beside their data. They are made in memory, within a budget for the whole file.

use super::numpy::{self, PickledArray, Raw};
use crate::array::{ArrayLayout, DType, MaskLayout};
use crate::pickle::{Blob, NodeId, Value};
use crate::source::ByteSource;
use std::sync::Arc;

/// Bytes of all arrays of a file that are made in memory; what is beyond stays a value.
const BUDGET: u64 = 64 << 20;

/// Makes arrays, as long as the budget lasts.
pub(super) struct Maker<'s> {
    source: &'s dyn ByteSource,
    left: u64,
}

/// An array, and its bytes if they are not those of the file.
pub(super) type Made = (ArrayLayout, Option<Arc<Vec<u8>>>);

impl<'s> Maker<'s> {
    pub(super) fn new(source: &'s dyn ByteSource) -> Self {
        Self {
            source,
            left: BUDGET,
        }
    }

    /// The array that a node builds.
    pub(super) fn array(&mut self, value: &Value, id: NodeId) -> Option<Made> {
        let parts = numpy::any_array(value, id)?;
        let layout = |data_offset, nbytes, mask| ArrayLayout {
            dtype: DType::parse(&parts.dtype),
            shape: parts.shape.clone(),
            fortran: parts.fortran,
            data_offset,
            nbytes,
            mask,
        };
        let data = numpy::raw_bytes(value, parts.data)?;
        let mask = match parts.mask {
            Some(mask) => Some(numpy::raw_bytes(value, mask)?),
            None => None,
        };
        // Both lie in the file.
        if let Some((offset, len)) = in_file(&data) {
            let placed = mask.as_ref().map(in_file);
            if placed != Some(None) {
                let mask = placed.flatten().map(|(data_offset, nbytes)| MaskLayout {
                    data_offset,
                    nbytes,
                    fortran: parts.fortran,
                });
                return Some((layout(offset, len, mask), None));
            }
        }
        let needed = length(&parts)?;
        if needed > self.left {
            return None;
        }
        let mut bytes = self.bytes(&data, needed)?;
        let nbytes = bytes.len() as u64;
        let mask = match mask {
            None => None,
            Some(mask) => {
                let mask = self.bytes(&mask, needed)?;
                let layout = MaskLayout {
                    data_offset: nbytes,
                    nbytes: mask.len() as u64,
                    fortran: parts.fortran,
                };
                bytes.extend(mask);
                Some(layout)
            }
        };
        self.left -= needed;
        Some((layout(0, nbytes, mask), Some(Arc::new(bytes))))
    }

    /// Bytes in memory; no more than are expected.
    fn bytes(&self, raw: &Raw<'_>, most: u64) -> Option<Vec<u8>> {
        let blob = match raw {
            Raw::Bytes(blob) | Raw::Latin1(blob) => *blob,
            Raw::Nothing => return Some(Vec::new()),
        };
        // A byte takes two in text at most.
        if blob.len() > most.saturating_mul(2) {
            return None;
        }
        let bytes = match blob {
            Blob::Loaded(bytes) => bytes.to_vec(),
            Blob::InFile(span) => {
                let mut bytes = vec![0; usize::try_from(span.len).ok()?];
                self.source.read_at(span.offset, &mut bytes).ok()?;
                bytes
            }
        };
        match raw {
            Raw::Latin1(_) => numpy::latin1(&bytes),
            Raw::Bytes(_) | Raw::Nothing => Some(bytes),
        }
    }
}

fn in_file(raw: &Raw<'_>) -> Option<(u64, u64)> {
    match raw {
        Raw::Bytes(Blob::InFile(span)) => Some((span.offset, span.len)),
        Raw::Bytes(Blob::Loaded(_)) | Raw::Latin1(_) | Raw::Nothing => None,
    }
}

/// Bytes of the data, and of a mask.
fn length(parts: &PickledArray) -> Option<u64> {
    let cells = match parts.shape.contains(&0) {
        true => 0,
        false => parts
            .shape
            .iter()
            .try_fold(1_u64, |cells, len| cells.checked_mul(*len))?,
    };
    let masked = if parts.mask.is_some() { cells } else { 0 };
    cells.checked_mul(parts.itemsize)?.checked_add(masked)
}
