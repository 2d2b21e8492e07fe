//! Whether an array of the container is what it says: dtype, shape, length, mask.

use super::super::recognise::{
    built_by_opcodes, disagreement, is_as_written, mask_problem, stated_layout,
};
use super::super::stored::{self, MAX_SIZES, NotStored, Stored, StoredArray};
use super::code::{Code, Severity};
use super::walk::{Fault, Walked};
use crate::array::{ArrayLayout, CellType, DType};
use crate::progress::Progress;
use crate::source::ByteSource;
use std::ops::Range;

/// The most axes that NumPy takes before version 2.
const MAX_AXES: u64 = 32;

/// What is wrong with the array that an entry begins as; `range` is where its value lies.
pub(super) fn faults(
    source: &dyn ByteSource,
    range: &Range<u64>,
    walked: &Walked,
    progress: &Progress,
) -> Vec<Fault> {
    let mut faults = Faults(Vec::new());
    let stored = stored::read(source, range.clone());
    let overruns = walked
        .faults
        .iter()
        .any(|fault| fault.code == Code::DeclaredLengthOverrun);
    match &stored {
        Err(NotStored::Other) => {}
        // As a pickle it may be in order all the same; then it is an ordinary value.
        Err(NotStored::Broken(offset)) => {
            if !walked.is_self_contained && !overruns {
                let message = "The value begins as an array, but its dtype or shape does not follow; nothing of it can be mapped";
                faults.add(Code::BadArray, Severity::Error, *offset, message.to_owned());
            }
        }
        Err(NotStored::BrokenMasked(offset)) => {
            if !overruns {
                let message = "The value begins as a masked array, but does not hold two arrays; mmappickle cannot read it";
                faults.add(Code::BadArray, Severity::Error, *offset, message.to_owned());
            }
        }
        Ok(stored) => {
            let is_written = is_as_written(stored, range.end);
            if !is_written
                && walked.is_self_contained
                && let Some(why) = sound_otherwise(source, range, stored, progress)
            {
                faults.add(Code::BadArray, Severity::Note, range.start, why);
                return faults.0;
            }
            match stored {
                Stored::Array(data) => faults.array(data),
                Stored::Masked(data, mask) => {
                    faults.array(data);
                    faults.mask(data, mask);
                }
            }
            if !is_written && !walked.is_self_contained {
                let (Stored::Array(last) | Stored::Masked(_, last)) = stored;
                let message = "What follows the array's shape is not in order: mmappickle maps it, plain pickle.load fails or gives something else";
                faults.add(
                    Code::BadArray,
                    Severity::Error,
                    last.end,
                    message.to_owned(),
                );
            }
        }
    }
    faults.0
}

/// What the opcodes make of an array that states something impossible, if that is an array without fault.
fn sound_otherwise(
    source: &dyn ByteSource,
    range: &Range<u64>,
    stored: &Stored,
    progress: &Progress,
) -> Option<String> {
    let (data, mask) = match stored {
        Stored::Array(data) => (data, None),
        Stored::Masked(data, mask) => (data, Some(mask)),
    };
    let stated = stated_layout(data, mask).ok()?;
    let (built, _) = built_by_opcodes(source, range.clone(), progress).ok()??;
    (stated.check().is_err() && built.check().is_ok())
        .then(|| disagreement(&stated, &built))
        .flatten()
}

struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, code: Code, severity: Severity, offset: u64, message: String) {
        self.0.push(Fault {
            code,
            severity,
            offset,
            message,
        });
    }

    fn array(&mut self, array: &StoredArray) {
        let offset = array.data_offset;
        let error = Severity::Error;
        let dtype = self.dtype(array);
        if let Some(size) = array.shape.iter().find(|size| **size < 0) {
            let message = format!("A size of {size}: NumPy works it out, mmappickle fails on it");
            self.add(Code::NegativeDimension, error, offset, message);
            return;
        }
        if array.dimensions > MAX_AXES {
            let severity = if array.dimensions > MAX_SIZES as u64 {
                error
            } else {
                Severity::Warning
            };
            let message = format!(
                "An array of {} dimensions: NumPy takes up to {MAX_AXES}, from version 2 on up to {MAX_SIZES}",
                array.dimensions
            );
            self.add(Code::TooManyDimensions, severity, offset, message);
        }
        let (Some(itemsize), true) = (dtype, array.dimensions <= MAX_SIZES as u64) else {
            return;
        };
        let sizes = array.shape.iter().map(|&size| size.unsigned_abs());
        let fits = |size: &u128| i64::try_from(*size).is_ok();
        let filled = sizes
            .clone()
            .filter(|size| *size > 0)
            .chain([u128::from(itemsize.max(1))])
            .try_fold(1_u128, |product, size| product.checked_mul(size))
            .filter(fits);
        let is_empty = sizes.clone().any(|size| size == 0);
        let expected = if is_empty {
            Some(0)
        } else {
            sizes
                .chain([u128::from(itemsize)])
                .try_fold(1_u128, |product, size| product.checked_mul(size))
        };
        if filled.is_none() {
            let message = format!(
                "The shape {:?} is larger than any memory; NumPy refuses it",
                array.shape
            );
            self.add(Code::ShapeOverflow, error, offset, message);
        }
        if expected != Some(array.nbytes.into()) {
            let needs = expected.map_or_else(
                || "more bytes than can be counted".to_owned(),
                |bytes| format!("{bytes} bytes"),
            );
            let message = format!(
                "Shape {:?} with {itemsize} bytes a cell needs {needs}, but there are {}; the array is listed and not shown",
                array.shape, array.nbytes
            );
            self.add(Code::ShapeDataMismatch, error, offset, message);
        }
    }

    /// Bytes a cell, if the dtype is one.
    fn dtype(&mut self, array: &StoredArray) -> Option<u64> {
        let offset = array.data_offset.saturating_add(array.nbytes);
        let Ok(text) = std::str::from_utf8(&array.dtype) else {
            let message = format!("The dtype \"{}\" is not text", array.dtype.escape_ascii());
            self.add(Code::BadDtype, Severity::Error, offset, message);
            return None;
        };
        let dtype = DType::parse(text);
        let Some(itemsize) = dtype.itemsize() else {
            let message = match text {
                "O" | "object" | "|O" | "object_" => {
                    "An array of objects: what is stored are addresses in the memory of a program that is gone".to_owned()
                }
                _ => format!("NumPy knows no dtype {text:?}; the array is listed and not shown"),
            };
            self.add(Code::BadDtype, Severity::Error, offset, message);
            return None;
        };
        if dtype.is_literal() {
            let message = format!(
                "The structured dtype {text} is stored in a form that NumPy does not read back: plain pickle.load fails on the whole file, mmappickle on this key; cubescope shows it"
            );
            self.add(Code::StructuredDtype, Severity::Error, offset, message);
        }
        if itemsize == 0 {
            let message = format!(
                "Cells of dtype {text} have no bytes; mmappickle shows what follows them in the file instead"
            );
            self.add(Code::ZeroItemsize, Severity::Warning, offset, message);
        }
        Some(itemsize)
    }

    fn mask(&mut self, data: &StoredArray, mask: &StoredArray) {
        let (Ok(data_layout), Ok(mask_layout)) = (data.layout(), mask.layout()) else {
            self.add(
                Code::MaskMismatch,
                Severity::Error,
                mask.data_offset,
                "Data or mask have no proper shape".to_owned(),
            );
            return;
        };
        let offset = mask.data_offset;
        let is_bool = mask_layout.dtype.cell_type().is_some_and(CellType::is_bool);
        if let Some(why) = mask_problem(&data_layout, &mask_layout) {
            self.add(
                Code::MaskMismatch,
                Severity::Error,
                offset,
                format!("The mask does not fit: {why}"),
            );
        } else if !is_bool {
            let message = format!("The mask is {}, not bool", mask_layout.dtype);
            self.add(Code::MaskMismatch, Severity::Warning, offset, message);
        } else if mask_layout.shape.is_empty() && !data_layout.shape.is_empty() {
            self.add(
                Code::ScalarMask,
                Severity::Warning,
                offset,
                "One mask value stands for all cells, as mmappickle 1.0.0 writes it: mmappickle cannot read it back, plain pickle.load and cubescope can".to_owned(),
            );
        }
        self.mask_length(&mask_layout);
    }

    fn mask_length(&mut self, mask: &ArrayLayout) {
        let itemsize = mask.dtype.itemsize();
        let expected = mask
            .cells()
            .zip(itemsize)
            .and_then(|(cells, size)| cells.checked_mul(size));
        if expected != Some(mask.nbytes) {
            let message = format!(
                "A mask of shape {:?} does not have {} bytes",
                mask.shape, mask.nbytes
            );
            self.add(
                Code::ShapeDataMismatch,
                Severity::Error,
                mask.data_offset,
                message,
            );
        }
    }
}
