//! Cells of every dtype, one at a time: numbers, text, bytes, dates, structures.
//!
//! For looking at values. Whatever goes through many cells (pictures, statistics) reads plain numbers by
//! [`ArrayView`], which this is made of: a cell of any dtype is a run of bytes along one more axis.

use super::encode::is_quoted;
use super::long_double;
use super::{
    ArrayError, ArrayLayout, ArrayView, ByteOrder, CellType, Element, Selection, TimeUnit,
};
use crate::source::Bytes;
use std::fmt::{self, Write as _};

/// A strided window onto an array of any dtype that lies in the file as bytes.
#[derive(Debug, Clone)]
pub struct Cells {
    /// Bytes; the last axis is the inside of a cell.
    view: ArrayView,
    cell_type: CellType,
    /// Mask bytes a cell.
    leaves: usize,
}

/// One cell in its own form. `Display` prints as Python prints it inside a list.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// A plain number.
    Number(Element),
    /// A long double, as the nearest double.
    LongDouble(f64),
    /// A complex number of long doubles, as doubles.
    LongComplex {
        /// Real part.
        re: f64,
        /// Imaginary part.
        im: f64,
    },
    /// `datetime64` or `timedelta64`: how many steps of which unit.
    Time(i64, TimeUnit),
    /// `S`, without the NULs at its end.
    Bytes(Box<[u8]>),
    /// `U`, without the NULs at its end: code points as stored, surrogates and impossible ones included.
    Text(Box<[u32]>),
    /// `V`
    Void(Box<[u8]>),
    /// Named fields.
    Record(Vec<(String, Self)>),
    /// A small array in a field.
    List(Vec<Self>),
    /// A field that the mask hides.
    Masked(Box<Self>),
}

/// A cell, and whether its mask hides it. Of a structure that is partly hidden the hidden fields say so themselves.
#[derive(Debug, Clone, PartialEq)]
pub struct AnyCell {
    /// What the data holds, also under a mask.
    pub value: Scalar,
    /// Always false for an array without a mask.
    pub masked: bool,
}

impl Cells {
    /// Refuses what does not lie wholly inside `bytes`, and dtypes that are not understood.
    ///
    /// # Errors
    /// As [`ArrayLayout::check`]; [`ArrayError::OutsideBytes`].
    pub fn new(bytes: Bytes, layout: &ArrayLayout) -> Result<Self, ArrayError> {
        let unknown = || ArrayError::UnknownItemsize {
            dtype: layout.dtype.text().to_owned(),
        };
        let cell_type = layout.dtype.cell_type().ok_or_else(unknown)?;
        let (cell_type, inner) = cell_type.without_axes();
        let itemsize = cell_type.itemsize().ok_or_else(unknown)?;
        let is_one_for_all = layout
            .mask
            .as_ref()
            .is_some_and(|mask| mask.is_for_all_cells());
        let leaves = if is_one_for_all {
            1
        } else {
            cell_type.leaves()
        };
        Ok(Self {
            view: ArrayView::of_bytes(bytes, layout, &inner, (itemsize, leaves))?,
            cell_type: cell_type.clone(),
            leaves: usize::try_from(leaves).unwrap_or(usize::MAX),
        })
    }

    /// Lengths of the axes; those of small arrays in each cell come last.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        let shape = self.view.shape();
        shape.split_last().map_or(shape, |(_, axes)| axes)
    }

    /// Number of cells.
    #[must_use]
    pub fn num_cells(&self) -> usize {
        if self.shape().contains(&0) {
            0
        } else {
            self.shape().iter().fold(1, |n, len| n.saturating_mul(*len))
        }
    }

    /// The cell at a full index.
    ///
    /// # Errors
    /// [`ArrayError::WrongIndexCount`], [`ArrayError::IndexOutOfBounds`].
    pub fn cell(&self, index: &[usize]) -> Result<AnyCell, ArrayError> {
        let (bytes, mask) = self.view.bytes_at(index, self.leaves)?;
        let masked = !mask.is_empty() && mask.iter().all(|byte| *byte != 0);
        // A single mask byte, or one that says all, needs not be told field by field.
        let mut flags = if masked { &[][..] } else { mask };
        let value =
            decode(&self.cell_type, bytes, &mut flags).unwrap_or(Scalar::Void(bytes.into()));
        Ok(AnyCell { value, masked })
    }

    /// Drops an axis by fixing its index.
    ///
    /// # Errors
    /// As [`ArrayView::index_axis`].
    pub fn index_axis(&self, axis: usize, index: usize) -> Result<Self, ArrayError> {
        if axis >= self.shape().len() {
            let dimensions = self.shape().len();
            return Err(ArrayError::NoSuchAxis { axis, dimensions });
        }
        self.with(self.view.index_axis(axis, index)?)
    }

    /// A NumPy-style selection.
    ///
    /// # Errors
    /// As [`ArrayView::select`].
    pub fn select(&self, selection: &Selection) -> Result<Self, ArrayError> {
        let picked = selection.resolve(self.shape())?;
        self.with(self.view.picked(picked)?)
    }

    fn with(&self, view: ArrayView) -> Result<Self, ArrayError> {
        Ok(Self {
            view,
            cell_type: self.cell_type.clone(),
            leaves: self.leaves,
        })
    }
}

impl Scalar {
    /// Text that [`encode_cell`](super::encode_cell) makes the same cell of: as it prints, but text without quotes where
    /// it can do without.
    #[must_use]
    pub fn plain_text(&self) -> String {
        let plain = match self {
            Self::Bytes(bytes) => std::str::from_utf8(bytes).ok().map(str::to_owned),
            Self::Text(codes) => codes.iter().map(|code| char::from_u32(*code)).collect(),
            _ => None,
        };
        let is_plain = |text: &String| {
            let is_ascii = matches!(self, Self::Text(_)) || text.is_ascii();
            is_ascii && !text.contains(char::is_control) && !is_quoted(text) && text != "--"
        };
        plain.filter(is_plain).unwrap_or_else(|| self.to_string())
    }
}

/// A value from its bytes; `flags` are the mask bytes of what is still to come.
fn decode(cell_type: &CellType, bytes: &[u8], flags: &mut &[u8]) -> Option<Scalar> {
    let value = match cell_type {
        CellType::Record(record) => {
            let mut fields = Vec::with_capacity(record.fields.len());
            for field in &record.fields {
                let start = usize::try_from(field.offset).ok()?;
                let end = start.checked_add(usize::try_from(field.cell_type.itemsize()?).ok()?)?;
                let value = decode(&field.cell_type, bytes.get(start..end)?, flags)?;
                fields.push((field.name.clone(), value));
            }
            return Some(Scalar::Record(fields));
        }
        CellType::SubArray(parts) => {
            let (item, shape) = parts.as_ref();
            return nested(item, shape, bytes, flags);
        }
        CellType::Number(number, order) => Scalar::Number(Element::decode(*number, *order, bytes)?),
        CellType::LongDouble(order) => {
            Scalar::LongDouble(long_double::to_f64(*bytes.first_chunk()?, *order))
        }
        CellType::LongComplex(order) => Scalar::LongComplex {
            re: long_double::to_f64(*bytes.first_chunk()?, *order),
            im: long_double::to_f64(*bytes.get(16..)?.first_chunk()?, *order),
        },
        CellType::Time(unit, order) => {
            let ticks = *bytes.first_chunk()?;
            let ticks = match order {
                ByteOrder::Little => i64::from_le_bytes(ticks),
                ByteOrder::Big => i64::from_be_bytes(ticks),
            };
            Scalar::Time(ticks, *unit)
        }
        CellType::Bytes(_) => {
            let end = bytes.iter().rposition(|byte| *byte != 0);
            Scalar::Bytes(bytes.get(..end.map_or(0, |end| end + 1))?.into())
        }
        CellType::Text(_, order) => Scalar::Text(code_points(bytes, *order)),
        CellType::Void(_) => Scalar::Void(bytes.into()),
    };
    Some(match flags.split_first() {
        Some((flag, rest)) => {
            *flags = rest;
            if *flag != 0 {
                Scalar::Masked(Box::new(value))
            } else {
                value
            }
        }
        None => value,
    })
}

/// A small array as lists in lists.
fn nested(item: &CellType, shape: &[u64], bytes: &[u8], flags: &mut &[u8]) -> Option<Scalar> {
    let Some((len, inner)) = shape.split_first() else {
        return decode(item, bytes, flags);
    };
    let len = usize::try_from(*len).ok()?;
    // Lists of nothing may be as long as a number can say.
    let step = match bytes.len().checked_div(len) {
        None | Some(0) => return Some(Scalar::List(Vec::new())),
        Some(step) => step,
    };
    let items = bytes.chunks_exact(step).take(len);
    let items = items.map(|bytes| nested(item, inner, bytes, flags));
    Some(Scalar::List(items.collect::<Option<_>>()?))
}

/// UCS-4 without the NULs at its end.
fn code_points(bytes: &[u8], order: ByteOrder) -> Box<[u32]> {
    let (units, _) = bytes.as_chunks::<4>();
    let code = |unit: &[u8; 4]| match order {
        ByteOrder::Little => u32::from_le_bytes(*unit),
        ByteOrder::Big => u32::from_be_bytes(*unit),
    };
    let end = units.iter().rposition(|unit| *unit != [0; 4]);
    let text = units.iter().take(end.map_or(0, |end| end + 1));
    text.map(code).collect()
}

/// Code points as UTF-8, lone surrogates as Python writes them. What is no code point becomes U+FFFD.
#[must_use]
pub fn python_utf8(codes: &[u32]) -> Vec<u8> {
    let mut out = Vec::with_capacity(codes.len());
    for &code in codes {
        match char::from_u32(code) {
            Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            None if (0xd800..0xe000).contains(&code) => {
                let tail = |bits: u32| 0x80 | (bits & 0x3f) as u8;
                out.extend([0xed, tail(code >> 6), tail(code)]);
            }
            None => out.extend_from_slice("\u{fffd}".as_bytes()),
        }
    }
    out
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(element) => element.fmt(f),
            Self::LongDouble(value) => Element::F64(*value).fmt(f),
            Self::LongComplex { re, im } => Element::C128 { re: *re, im: *im }.fmt(f),
            Self::Time(ticks, unit) => match unit.text(*ticks) {
                Some(text) => f.write_str(&text),
                None => ticks.fmt(f),
            },
            Self::Bytes(bytes) => write_bytes(f, "b", bytes),
            Self::Void(bytes) => {
                f.write_str("void(")?;
                write_bytes(f, "b", bytes)?;
                f.write_char(')')
            }
            Self::Text(codes) => write_text(f, codes),
            Self::Record(fields) => {
                f.write_char('(')?;
                for (at, (_, value)) in fields.iter().enumerate() {
                    write!(f, "{}{value}", if at > 0 { ", " } else { "" })?;
                }
                f.write_str(if fields.len() == 1 { ",)" } else { ")" })
            }
            Self::List(items) => {
                f.write_char('[')?;
                for (at, value) in items.iter().enumerate() {
                    write!(f, "{}{value}", if at > 0 { ", " } else { "" })?;
                }
                f.write_char(']')
            }
            Self::Masked(_) => f.write_str("--"),
        }
    }
}

fn write_bytes(f: &mut fmt::Formatter<'_>, prefix: &str, bytes: &[u8]) -> fmt::Result {
    write!(f, "{prefix}'")?;
    for byte in bytes {
        match byte {
            b'\\' | b'\'' => write!(f, "\\{}", char::from(*byte))?,
            b' '..=b'~' => f.write_char(char::from(*byte))?,
            byte => write!(f, "\\x{byte:02x}")?,
        }
    }
    f.write_char('\'')
}

fn write_text(f: &mut fmt::Formatter<'_>, codes: &[u32]) -> fmt::Result {
    f.write_char('\'')?;
    for &code in codes {
        match char::from_u32(code) {
            Some(c @ ('\\' | '\'')) => write!(f, "\\{c}")?,
            Some('\n') => f.write_str("\\n")?,
            Some(c) if c.is_control() => write!(f, "\\x{code:02x}")?,
            Some(c) => f.write_char(c)?,
            None if code < 0x1_0000 => write!(f, "\\u{code:04x}")?,
            None => write!(f, "\\U{code:08x}")?,
        }
    }
    f.write_char('\'')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::{DType, MaskLayout};

    fn cells(dtype: &str, shape: &[u64], bytes: &[u8], mask: Option<&[u8]>) -> Cells {
        let mut all = bytes.to_vec();
        all.extend_from_slice(mask.unwrap_or_default());
        let layout = ArrayLayout {
            dtype: DType::parse(dtype),
            shape: shape.to_vec(),
            fortran: false,
            data_offset: 0,
            nbytes: bytes.len() as u64,
            mask: mask.map(|mask| MaskLayout {
                data_offset: bytes.len() as u64,
                nbytes: mask.len() as u64,
                fortran: false,
            }),
        };
        Cells::new(Bytes::Memory(all.into()), &layout).unwrap()
    }

    fn text(cells: &Cells, index: &[usize]) -> String {
        cells.cell(index).unwrap().value.to_string()
    }

    #[test]
    fn text_and_bytes_end_at_their_last_character() {
        let words = cells("S3", &[2], b"a\0\0\0'b", None);
        assert_eq!(
            (text(&words, &[0]), text(&words, &[1])),
            ("b'a'".into(), "b'\\x00\\'b'".into())
        );
        let wide = [0x41_u32, 0, 0xd800, 0x1f600, 0xffff_ffff, 0];
        let big: Vec<u8> = wide.iter().flat_map(|code| code.to_be_bytes()).collect();
        let wide = cells(">U2", &[3], &big, None);
        assert_eq!(text(&wide, &[0]), "'A'");
        assert_eq!(text(&wide, &[1]), "'\\ud800😀'");
        assert_eq!(text(&wide, &[2]), "'\\Uffffffff'");
        assert_eq!(python_utf8(&[0xd800, 0x41]), b"\xed\xa0\x80A");
    }

    #[test]
    fn plain_text_has_quotes_only_where_it_needs_them() {
        let plain = |text: &str| {
            let codes = text.chars().map(u32::from).collect();
            (
                Scalar::Text(codes).plain_text(),
                Scalar::Bytes(text.as_bytes().into()).plain_text(),
            )
        };
        assert_eq!(plain("it's"), ("it's".into(), "it's".into()));
        assert_eq!(plain("a\tb"), ("'a\\x09b'".into(), "b'a\\x09b'".into()));
        assert_eq!(plain("é").0, "é");
        assert_eq!(plain("é").1, "b'\\xc3\\xa9'");
        assert_eq!(plain("'a'").0, "'\\'a\\''");
        assert_eq!(plain("--").0, "'--'");
        assert_eq!(Scalar::Number(Element::Int(-3)).plain_text(), "-3");
    }

    #[test]
    fn structures_show_their_fields_and_which_of_them_are_masked() {
        let bytes = b"\x01\0ab\x02\x03\x02\0c\0\x04\x05";
        let dtype = "[('n', '<i2'), ('s', 'S2'), ('pair', 'u1', (2,))]";
        let plain = cells(dtype, &[2], bytes, None);
        assert_eq!(text(&plain, &[0]), "(1, b'ab', [2, 3])");
        let masked = cells(dtype, &[2], bytes, Some(&[0, 1, 0, 1, 1, 1, 1, 1]));
        assert_eq!(text(&masked, &[0]), "(1, --, [2, --])");
        let last = masked.cell(&[1]).unwrap();
        assert_eq!(
            (last.value.to_string(), last.masked),
            ("(2, b'c', [4, 5])".into(), true)
        );
    }

    #[test]
    fn small_arrays_in_cells_are_axes() {
        let array = cells("(3,)u1", &[2], &[1, 2, 3, 4, 5, 6], None);
        assert_eq!(
            (array.shape(), text(&array, &[1, 0])),
            (&[2, 3][..], "4".into())
        );
        let row = array.index_axis(0, 1).unwrap();
        assert_eq!((row.shape(), text(&row, &[2])), (&[3][..], "6".into()));
        let last = array.select(&"[..., -1]".parse().unwrap()).unwrap();
        assert_eq!((last.shape(), text(&last, &[0])), (&[2][..], "3".into()));
        assert!(array.index_axis(2, 0).is_err());
        assert!(array.cell(&[0]).is_err() && array.cell(&[0, 3]).is_err());
    }

    #[test]
    fn cells_without_bytes_are_empty() {
        let empty = cells("S0", &[3], &[], None);
        assert_eq!((empty.num_cells(), text(&empty, &[2])), (3, "b''".into()));
    }

    #[test]
    fn one_mask_byte_is_for_all_cells() {
        let masked = cells("<M8[D]", &[2], &[0; 16], Some(&[1]));
        let cell = masked.cell(&[1]).unwrap();
        assert_eq!(
            (cell.value.to_string(), cell.masked),
            ("1970-01-01".into(), true)
        );
    }
}
