//! NumPy dtypes as text: which plain number, in which byte order, how many bytes a cell.

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

    /// Whether cells have a real and an imaginary part.
    #[must_use]
    pub const fn is_complex(self) -> bool {
        matches!(self, Self::C64 | Self::C128)
    }
}

/// A NumPy dtype as its text in the file, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DType {
    text: String,
    itemsize: Option<u64>,
    number: Option<(Number, ByteOrder)>,
}

impl DType {
    /// Any text is accepted: what is not a plain number has `number() == None`, what is not
    /// understood no itemsize either. `long` and its like are 64 bit, as on the Unix machines
    /// (and NumPy 2 everywhere) that write such files.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (order, rest) = split_order(text);
        // NumPy takes a byte order before a code (`>f4`) but not before a name (`>float32`).
        let number = number_of_code(rest)
            .or_else(|| order.is_none().then(|| number_of_name(rest)).flatten())
            .map(|number| (number, order.unwrap_or(ByteOrder::NATIVE)));
        let itemsize = match number {
            Some((number, _)) => Some(number.itemsize() as u64),
            None => other_itemsize(rest),
        };
        Self {
            text: text.to_owned(),
            itemsize,
            number,
        }
    }

    /// As stored in the file, e.g. `uint16`, `>f4`, `datetime64[ns]`.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Bytes a cell, where known.
    #[must_use]
    pub fn itemsize(&self) -> Option<u64> {
        self.itemsize
    }

    /// Which plain number the cells are; `None` for everything else.
    #[must_use]
    pub fn number(&self) -> Option<(Number, ByteOrder)> {
        self.number
    }
}

impl std::fmt::Display for DType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
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

/// Sizes of what is stored as cells but is no plain number. `rest` has no byte order.
fn other_itemsize(rest: &str) -> Option<u64> {
    match rest {
        // The x86-64 form: 80 bits in 16 bytes.
        "longdouble" | "longfloat" | "float128" | "g" | "f16" => return Some(16),
        "clongdouble" | "clongfloat" | "complex256" | "G" | "c32" => return Some(32),
        _ => {}
    }
    for name in ["datetime64", "timedelta64", "M8", "m8"] {
        if let Some(unit) = rest.strip_prefix(name) {
            return is_time_unit(unit).then_some(8);
        }
    }
    let kind = rest.chars().next()?;
    let digits = rest.get(kind.len_utf8()..)?;
    // `u64::from_str` takes a sign, NumPy does not.
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    match kind {
        'S' | 'a' | 'V' => Some(count),
        'U' => count.checked_mul(4),
        _ => None,
    }
}

/// `[ns]`, `[25us]`, or nothing at all.
fn is_time_unit(unit: &str) -> bool {
    if unit.is_empty() {
        return true;
    }
    let Some(inner) = unit
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    else {
        return false;
    };
    let name = inner.trim_start_matches(|c: char| c.is_ascii_digit());
    matches!(
        name,
        "Y" | "M"
            | "W"
            | "D"
            | "h"
            | "m"
            | "s"
            | "ms"
            | "us"
            | "μs"
            | "ns"
            | "ps"
            | "fs"
            | "as"
            | "generic"
    )
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
            ("[('a', '<i4')]", None),
            ("{'names': ['a']}", None),
            ("O", None),
            ("object", None),
            ("", None),
            ("<", None),
            ("S", None),
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
