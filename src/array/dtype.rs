//! NumPy dtypes as text: what a cell is, in which byte order, how many bytes. Texts of more than one word are read in
//! `spec`.

mod spec;

use super::time::TimeUnit;
use std::sync::Arc;

/// Which end of a number comes first in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

impl ByteOrder {
    /// The order of this machine, which NumPy assumes where a dtype names none.
    pub const NATIVE: Self = if cfg!(target_endian = "big") {
        Self::Big
    } else {
        Self::Little
    };
}

/// The dtypes that NumPy stores as plain numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Number {
    /// One byte, nonzero = true.
    Bool,
    /// Signed, 1 byte.
    I8,
    /// Signed, 2 bytes.
    I16,
    /// Signed, 4 bytes.
    I32,
    /// Signed, 8 bytes.
    I64,
    /// Unsigned, 1 byte.
    U8,
    /// Unsigned, 2 bytes.
    U16,
    /// Unsigned, 4 bytes.
    U32,
    /// Unsigned, 8 bytes.
    U64,
    /// IEEE half precision.
    F16,
    /// IEEE single precision.
    F32,
    /// IEEE double precision.
    F64,
    /// Two singles: real and imaginary part.
    C64,
    /// Two doubles: real and imaginary part.
    C128,
}

impl Number {
    /// Bytes a cell.
    #[must_use]
    pub const fn itemsize(self) -> usize {
        match self {
            Self::Bool | Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 | Self::F16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 | Self::C64 => 8,
            Self::C128 => 16,
        }
    }

    /// Width of [`Sample::key`](super::Sample::key) of the samples that such an array is read as.
    pub(super) const fn key_bits(self) -> u32 {
        match self {
            Self::Bool | Self::U8 | Self::I8 => 8,
            Self::U16 | Self::I16 => 16,
            Self::U32 | Self::I32 | Self::F16 | Self::F32 | Self::C64 => 32,
            Self::U64 | Self::I64 | Self::F64 | Self::C128 => 64,
        }
    }

    /// NumPy's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::I8 => "int8",
            Self::I16 => "int16",
            Self::I32 => "int32",
            Self::I64 => "int64",
            Self::U8 => "uint8",
            Self::U16 => "uint16",
            Self::U32 => "uint32",
            Self::U64 => "uint64",
            Self::F16 => "float16",
            Self::F32 => "float32",
            Self::F64 => "float64",
            Self::C64 => "complex64",
            Self::C128 => "complex128",
        }
    }

    /// Whether cells have a real and an imaginary part.
    #[must_use]
    pub const fn is_complex(self) -> bool {
        matches!(self, Self::C64 | Self::C128)
    }
}

/// What one cell of an array is, for every dtype that lies in a file as plain bytes. Objects do not: their cells are
/// addresses of a process that is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellType {
    /// A plain number.
    Number(Number, ByteOrder),
    /// An x87 extended double: 80 bits in 16 bytes.
    LongDouble(ByteOrder),
    /// Two of them: real and imaginary part.
    LongComplex(ByteOrder),
    /// `datetime64`, `timedelta64`.
    Time(TimeUnit, ByteOrder),
    /// `S`: bytes, padded with NULs.
    Bytes(u64),
    /// `U`: this many characters of four bytes, padded with NULs.
    Text(u64, ByteOrder),
    /// `V`: bytes without meaning.
    Void(u64),
    /// Named fields.
    Record(Arc<Record>),
    /// A small array in each cell; NumPy makes its axes axes of the whole.
    SubArray(Arc<(CellType, Vec<u64>)>),
}

/// Fields of a structured dtype.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// In the order of the dtype.
    pub fields: Vec<Field>,
    /// Bytes a cell, gaps included.
    pub itemsize: u64,
}

/// One field of a structured dtype.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub cell_type: CellType,
    /// Where it begins in the cell.
    pub offset: u64,
}

impl CellType {
    /// Bytes a cell; `None` when that is more than NumPy takes.
    #[must_use]
    pub fn itemsize(&self) -> Option<u64> {
        let size = match self {
            Self::Number(number, _) => Some(number.itemsize() as u64),
            Self::LongDouble(_) => Some(16),
            Self::LongComplex(_) => Some(32),
            Self::Time(..) => Some(8),
            Self::Bytes(count) | Self::Void(count) => Some(*count),
            Self::Text(count, _) => count.checked_mul(4),
            Self::Record(record) => Some(record.itemsize),
            Self::SubArray(parts) => {
                let (item, shape) = parts.as_ref();
                let size = item.itemsize()?;
                shape
                    .iter()
                    .try_fold(size, |size, len| size.checked_mul(*len))
            }
        };
        size.filter(|size| *size <= MAX_ITEMSIZE)
    }

    /// The type of one cell of an array whose cells are small arrays, and the axes of these, which NumPy makes axes of the
    /// whole; of any other type itself.
    #[must_use]
    pub fn without_axes(&self) -> (&Self, Vec<u64>) {
        let (mut cell_type, mut axes) = (self, Vec::new());
        while let Self::SubArray(parts) = cell_type {
            axes.extend(&parts.1);
            cell_type = &parts.0;
        }
        (cell_type, axes)
    }

    /// Plain values in a cell: a mask has a byte for each of them.
    #[must_use]
    pub fn leaves(&self) -> u64 {
        match self {
            Self::Record(record) => {
                let leaves = record.fields.iter().map(|field| field.cell_type.leaves());
                leaves.fold(0, u64::saturating_add)
            }
            Self::SubArray(parts) => {
                let (item, shape) = parts.as_ref();
                let leaves = item.leaves();
                shape
                    .iter()
                    .fold(leaves, |leaves, len| leaves.saturating_mul(*len))
            }
            _ => 1,
        }
    }

    /// Whether all that a cell holds is bools.
    #[must_use]
    pub fn is_bool(&self) -> bool {
        match self {
            Self::Number(Number::Bool, _) => true,
            Self::Record(record) => record.fields.iter().all(|field| field.cell_type.is_bool()),
            Self::SubArray(parts) => parts.0.is_bool(),
            _ => false,
        }
    }
}

/// NumPy keeps the size of a cell in 32 bits.
const MAX_ITEMSIZE: u64 = i32::MAX as u64;

/// A NumPy dtype as its text in the file, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DType {
    text: String,
    cell_type: Option<CellType>,
}

impl DType {
    /// Any text is accepted: what is not understood has no cell type. `long` and its like are 64 bit, as on the Unix
    /// machines (and NumPy 2 everywhere) that write such files.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let cell_type = plain(text)
            .or_else(|| spec::parse(text))
            .filter(|cell_type| cell_type.itemsize().is_some());
        Self {
            text: text.to_owned(),
            cell_type,
        }
    }

    /// As stored in the file, e.g. `uint16`, `>f4`, `datetime64[ns]`.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What a cell is, where the text is understood.
    #[must_use]
    pub fn cell_type(&self) -> Option<&CellType> {
        self.cell_type.as_ref()
    }

    /// Bytes a cell, where known.
    #[must_use]
    pub fn itemsize(&self) -> Option<u64> {
        self.cell_type.as_ref()?.itemsize()
    }

    /// Which plain number the cells are; `None` for everything else.
    #[must_use]
    pub fn number(&self) -> Option<(Number, ByteOrder)> {
        match self.cell_type {
            Some(CellType::Number(number, order)) => Some((number, order)),
            _ => None,
        }
    }

    /// Whether the text is a Python literal: so `str()` writes structured dtypes, and NumPy does not read them back.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.text.starts_with(['[', '{']) || self.text.starts_with("(numpy.")
    }
}

impl std::fmt::Display for DType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// The type that a single word means, such as `<f4`, `uint16`, `S5`, `datetime64[ns]`.
fn plain(text: &str) -> Option<CellType> {
    let (order, rest) = split_order(text);
    // NumPy takes a byte order before a code (`>f4`) but not before a name (`>float32`).
    let number = number_of_code(rest).or_else(|| order.is_none().then(|| number_of_name(rest))?);
    let native = order.unwrap_or(ByteOrder::NATIVE);
    match number {
        Some(number) => Some(CellType::Number(number, native)),
        None => other(rest, native, order.is_none()),
    }
}

fn split_order(text: &str) -> (Option<ByteOrder>, &str) {
    let order = match text.as_bytes().first() {
        Some(b'<') => ByteOrder::Little,
        Some(b'>') => ByteOrder::Big,
        Some(b'=' | b'|') => ByteOrder::NATIVE,
        _ => return (None, text),
    };
    (Some(order), text.get(1..).unwrap_or_default())
}

fn number_of_code(code: &str) -> Option<Number> {
    Some(match code {
        "?" | "b1" => Number::Bool,
        "b" | "i1" => Number::I8,
        "B" | "u1" => Number::U8,
        "h" | "i2" => Number::I16,
        "H" | "u2" => Number::U16,
        "i" | "i4" => Number::I32,
        "I" | "u4" => Number::U32,
        "l" | "q" | "p" | "i8" => Number::I64,
        "L" | "Q" | "P" | "u8" => Number::U64,
        "e" | "f2" => Number::F16,
        "f" | "f4" => Number::F32,
        "d" | "f8" => Number::F64,
        "F" | "c8" => Number::C64,
        "D" | "c16" => Number::C128,
        _ => return None,
    })
}

fn number_of_name(name: &str) -> Option<Number> {
    Some(match name {
        "bool" | "bool_" | "bool8" => Number::Bool,
        "int8" | "byte" => Number::I8,
        "uint8" | "ubyte" => Number::U8,
        "int16" | "short" => Number::I16,
        "uint16" | "ushort" => Number::U16,
        "int32" | "intc" => Number::I32,
        "uint32" | "uintc" => Number::U32,
        "int64" | "int" | "int_" | "long" | "longlong" | "intp" => Number::I64,
        "uint64" | "uint" | "ulong" | "ulonglong" | "uintp" => Number::U64,
        "float16" | "half" => Number::F16,
        "float32" | "single" => Number::F32,
        "float64" | "float" | "float_" | "double" => Number::F64,
        "complex64" | "csingle" | "singlecomplex" => Number::C64,
        "complex128" | "complex" | "complex_" | "cdouble" | "cfloat" => Number::C128,
        _ => return None,
    })
}

/// What is no plain number. `rest` has no byte order before it; `named` says whether names may stand here.
fn other(rest: &str, order: ByteOrder, named: bool) -> Option<CellType> {
    match rest {
        "g" | "f16" => return Some(CellType::LongDouble(order)),
        "G" | "c32" => return Some(CellType::LongComplex(order)),
        "longdouble" | "longfloat" | "float128" if named => {
            return Some(CellType::LongDouble(order));
        }
        "clongdouble" | "clongfloat" | "longcomplex" | "complex256" if named => {
            return Some(CellType::LongComplex(order));
        }
        "c" => return Some(CellType::Bytes(1)),
        "S" | "a" | "bytes" | "bytes0" | "bytes_" | "string_" => return Some(CellType::Bytes(0)),
        "U" | "str" | "str0" | "str_" | "unicode" | "unicode_" => {
            return Some(CellType::Text(0, order));
        }
        "V" | "void" | "void0" => return Some(CellType::Void(0)),
        _ => {}
    }
    if let Some(unit) = TimeUnit::of_dtype(rest) {
        return Some(CellType::Time(unit, order));
    }
    let kind = rest.chars().next()?;
    let digits = rest.get(kind.len_utf8()..)?;
    // `u64::from_str` takes a sign, NumPy does not.
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    match kind {
        'S' | 'a' => Some(CellType::Bytes(count)),
        'V' => Some(CellType::Void(count)),
        'U' => Some(CellType::Text(count, order)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_and_codes_of_numbers() {
        use ByteOrder::{Big, Little};
        let native = ByteOrder::NATIVE;
        for (text, number, order) in [
            ("bool", Number::Bool, native),
            ("uint16", Number::U16, native),
            ("<u2", Number::U16, Little),
            (">f4", Number::F32, Big),
            ("=i4", Number::I32, native),
            ("|u1", Number::U8, native),
            ("|b1", Number::Bool, native),
            ("f8", Number::F64, native),
            ("c16", Number::C128, native),
            (">c8", Number::C64, Big),
            ("?", Number::Bool, native),
            ("b", Number::I8, native),
            ("L", Number::U64, native),
            ("l", Number::I64, native),
            ("long", Number::I64, native),
            ("e", Number::F16, native),
            (">e", Number::F16, Big),
            ("half", Number::F16, native),
            ("cdouble", Number::C128, native),
            ("intc", Number::I32, native),
            ("ubyte", Number::U8, native),
        ] {
            let dtype = DType::parse(text);
            assert_eq!(dtype.number(), Some((number, order)), "{text}");
            assert_eq!(dtype.itemsize(), Some(number.itemsize() as u64), "{text}");
            assert_eq!(dtype.text(), text);
        }
    }

    #[test]
    fn sizes_of_what_is_no_number() {
        for (text, size) in [
            ("S5", Some(5)),
            ("|S5", Some(5)),
            ("<U7", Some(28)),
            ("|V3", Some(3)),
            ("datetime64[ns]", Some(8)),
            ("timedelta64[25us]", Some(8)),
            ("M8[s]", Some(8)),
            ("<m8", Some(8)),
            ("float128", Some(16)),
            ("longdouble", Some(16)),
            ("complex256", Some(32)),
            ("[('a', '<i4'), ('b', 'S3')]", Some(7)),
            ("{'names': ['a']}", None),
            ("c", Some(1)),
            ("S", Some(0)),
            ("|V0", Some(0)),
            ("V2147483647", Some(2_147_483_647)),
            ("V2147483648", None),
            ("O", None),
            ("object", None),
            ("", None),
            ("<", None),
            ("S-5", None),
            ("S+5", None),
            ("U99999999999999999999", None),
            ("U18446744073709551615", None),
            ("datetime64[parsec]", None),
            (">float32", None),
            ("uint17", None),
            (" u2", None),
        ] {
            let dtype = DType::parse(text);
            assert_eq!((dtype.number(), dtype.itemsize()), (None, size), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in "\\PC{0,20}") {
            let dtype = DType::parse(&text);
            prop_assert_eq!(dtype.text(), text.as_str());
        }
    }
}
