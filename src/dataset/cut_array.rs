//! The beginning of an array that is cut: which of its rows are whole.
//!
//! An array is stored as data, dtype, shape, so where the data is cut, the other two are lost: they have to come from
//! elsewhere. Where only the mask is cut, all is known, and rows whose mask is whole are masked as they were.

use crate::array::{ArrayLayout, DType, MaskLayout};
use crate::mmapdict::{ARRAY_PREFIX, MASKED_PREFIX};
use crate::pickle::Opcode;
use crate::pickle::scan::{Arg, Scanner};
use crate::source::ByteSource;
use std::ops::Range;

/// As the reference writes it, and as `compat` switches it.
const MODERN: &[u8] = b"frombuffer\x93";
const BINBYTES8: u8 = 0x8e;

/// What is there of a cut array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CutArray {
    /// The data is cut; dtype and shape are lost.
    Data {
        /// What is there of the data.
        data: Range<u64>,
        /// Its length when it was whole.
        nbytes: u64,
        /// It was a masked one; nothing is there of the mask.
        is_masked: bool,
    },
    /// The data is whole.
    Known {
        /// As it was, with the whole mask if it had one.
        layout: ArrayLayout,
        /// Rows (along the first axis) whose data and mask are whole; `None` where all of the array is.
        rows: Option<u64>,
    },
}

/// Looks at a value that begins at `start` and is cut at `end`.
pub(super) fn read(source: &dyn ByteSource, start: u64, end: u64) -> Option<CutArray> {
    let is_masked = starts_with(source, start, &MASKED_PREFIX);
    let at = if is_masked {
        start + MASKED_PREFIX.len() as u64
    } else {
        start
    };
    let (offset, nbytes) = data(source, at, end)?;
    let cut = CutArray::Data {
        data: offset..offset.saturating_add(nbytes).min(end),
        nbytes,
        is_masked,
    };
    let Some((dtype, shape, behind)) = head(source, offset.checked_add(nbytes)?, end) else {
        return Some(cut);
    };
    let mut layout = ArrayLayout {
        dtype: DType::parse(&dtype),
        shape,
        fortran: false,
        data_offset: offset,
        nbytes,
        mask: None,
    };
    layout.check().ok()?;
    if !is_masked {
        return Some(CutArray::Known { layout, rows: None });
    }
    let cells = layout.cells()?;
    let (offset, there) = match data(source, behind, end) {
        Some((offset, nbytes)) if nbytes == cells => (offset, nbytes.min(end - offset)),
        Some(_) => return None,
        None => (end, 0),
    };
    layout.mask = Some(MaskLayout {
        data_offset: offset,
        nbytes: cells,
        fortran: false,
    });
    let row = cells.checked_div(*layout.shape.first()?)?;
    let rows = (there < cells).then(|| there.checked_div(row).unwrap_or(0));
    Some(CutArray::Known { layout, rows })
}

fn starts_with(source: &dyn ByteSource, at: u64, bytes: &[u8]) -> bool {
    let mut there = vec![0; bytes.len()];
    source.read_at(at, &mut there).is_ok() && there == bytes
}

/// Where the data of an array that begins at `at` lies, and how long it says it is.
fn data(source: &dyn ByteSource, at: u64, end: u64) -> Option<(u64, u64)> {
    let (before, _) = ARRAY_PREFIX.split_at_checked(ARRAY_PREFIX.len() - MODERN.len())?;
    let name = at + before.len() as u64;
    let is_array = starts_with(source, at, &ARRAY_PREFIX)
        || (starts_with(source, at, before) && starts_with(source, name, MODERN));
    let at = at + ARRAY_PREFIX.len() as u64;
    let mut length = [0; 9];
    source.read_at(at, &mut length).ok()?;
    let (&opcode, length) = length.split_first()?;
    let nbytes = u64::from_le_bytes(length.try_into().ok()?);
    let offset = at + 9;
    (is_array && opcode == BINBYTES8 && offset <= end).then_some((offset, nbytes))
}

/// dtype and shape, as the reference reads them, and where what follows begins.
fn head(source: &dyn ByteSource, at: u64, end: u64) -> Option<(String, Vec<u64>, u64)> {
    let mut scanner = Scanner::new(source, at, end);
    let op = scanner.next_op().ok()??;
    let (Opcode::ShortBinUnicode, Arg::Span(span)) = (op.opcode, op.arg) else {
        return None;
    };
    let dtype = String::from_utf8(scanner.load(span).ok()?).ok()?;
    // Two bytes, whatever they are.
    let mut scanner = Scanner::new(source, scanner.position() + 2, end);
    let mut shape = Vec::new();
    loop {
        let op = scanner.next_op().ok()??;
        match (op.opcode, op.arg) {
            (Opcode::BinInt1 | Opcode::BinInt2 | Opcode::BinInt, Arg::Int(size)) => {
                shape.push(u64::try_from(size).ok()?);
            }
            (Opcode::Long1, Arg::Span(span)) if span.len <= 9 => {
                let bytes = scanner.load(span).ok()?;
                let mut size = [0; 8];
                for (to, from) in size.iter_mut().zip(bytes) {
                    *to = from;
                }
                shape.push(u64::from_le_bytes(size));
            }
            (Opcode::Mark, _) => {}
            (Opcode::Tuple | Opcode::Tuple1 | Opcode::Tuple2 | Opcode::Tuple3, _) => break,
            _ => return None,
        }
    }
    Some((dtype, shape, scanner.position() + 2))
}
