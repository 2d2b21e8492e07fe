//! One cell as a value, and as text.

use super::{ByteOrder, Number, Sample as _};
use crate::float_text::{shortest_double, shortest_half, shortest_single, spelled};
use std::fmt;

/// One cell in the dtype's own form. `Display` prints as NumPy prints the scalar: shortest digits
/// that round-trip for the width (0.1f32 is `0.1`), `nan`, `inf`, `-inf`, `True`/`False`, `(1+2j)`.
///
/// Floats are written with an exponent below 1e-4 and from 1e16 on, in every width: the rule of
/// NumPy up to 2.2. (Later ones switch earlier for the narrow widths; the digits are the same.)
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Element {
    /// A truth value.
    Bool(bool),
    /// A signed integer of any width.
    Int(i64),
    /// An unsigned integer of any width.
    UInt(u64),
    /// Half precision.
    F16(half::f16),
    /// Single precision.
    F32(f32),
    /// Double precision.
    F64(f64),
    /// Complex of two singles.
    C64 {
        /// Real part.
        re: f32,
        /// Imaginary part.
        im: f32,
    },
    /// Complex of two doubles.
    C128 {
        /// Real part.
        re: f64,
        /// Imaginary part.
        im: f64,
    },
}

impl Element {
    /// As a real number; a complex number gives its magnitude.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Bool(value) => f64::from(u8::from(value)),
            Self::Int(value) => value as f64,
            Self::UInt(value) => value as f64,
            // A NaN keeps its bits, as in NumPy; the conversion of a processor would make it quiet.
            Self::F16(value) if value.is_nan() => {
                let bits = u64::from(value.to_bits());
                f64::from_bits((bits >> 15) << 63 | 0x7ff << 52 | (bits & 0x3ff) << 42)
            }
            Self::F16(value) => value.to_f64(),
            Self::F32(value) => f64::from(value),
            Self::F64(value) => value,
            Self::C64 { re, im } => f64::from(re.hypot(im)),
            Self::C128 { re, im } => re.hypot(im),
        }
    }

    /// The value whose [`Sample::key`](super::Sample::key) this is, for samples of an array of
    /// `number`s: in the array's own type, magnitudes for complex numbers.
    #[must_use]
    pub fn from_sample_key(number: Number, key: u64) -> Self {
        match number {
            Number::Bool => Self::Bool(key != 0),
            Number::U8 | Number::U16 | Number::U32 | Number::U64 => Self::UInt(key),
            Number::I8 => Self::Int(i8::from_key(key).into()),
            Number::I16 => Self::Int(i16::from_key(key).into()),
            Number::I32 => Self::Int(i32::from_key(key).into()),
            Number::I64 => Self::Int(i64::from_key(key)),
            // Exact: the sample came from a half.
            Number::F16 => Self::F16(half::f16::from_f32(f32::from_key(key))),
            Number::F32 | Number::C64 => Self::F32(f32::from_key(key)),
            Number::F64 | Number::C128 => Self::F64(f64::from_key(key)),
        }
    }

    /// The cell that begins at the first of `bytes`; `None` when they are too few.
    pub(super) fn decode(number: Number, order: ByteOrder, bytes: &[u8]) -> Option<Self> {
        macro_rules! read {
            ($t:ty, $at:expr) => {{
                let cell = *bytes.get($at..)?.first_chunk()?;
                match order {
                    ByteOrder::Little => <$t>::from_le_bytes(cell),
                    ByteOrder::Big => <$t>::from_be_bytes(cell),
                }
            }};
        }
        Some(match number {
            Number::Bool => Self::Bool(*bytes.first()? != 0),
            Number::I8 => Self::Int(read!(i8, 0).into()),
            Number::I16 => Self::Int(read!(i16, 0).into()),
            Number::I32 => Self::Int(read!(i32, 0).into()),
            Number::I64 => Self::Int(read!(i64, 0)),
            Number::U8 => Self::UInt(read!(u8, 0).into()),
            Number::U16 => Self::UInt(read!(u16, 0).into()),
            Number::U32 => Self::UInt(read!(u32, 0).into()),
            Number::U64 => Self::UInt(read!(u64, 0)),
            Number::F16 => Self::F16(read!(half::f16, 0)),
            Number::F32 => Self::F32(read!(f32, 0)),
            Number::F64 => Self::F64(read!(f64, 0)),
            Number::C64 => Self::C64 {
                re: read!(f32, 0),
                im: read!(f32, 4),
            },
            Number::C128 => Self::C128 {
                re: read!(f64, 0),
                im: read!(f64, 8),
            },
        })
    }
}

/// The value of a cell, and whether its mask hides it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// What the data holds, also under a mask.
    pub value: Element,
    /// Always false for an array without a mask.
    pub masked: bool,
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Bool(value) => f.write_str(if value { "True" } else { "False" }),
            Self::Int(value) => write!(f, "{value}"),
            Self::UInt(value) => write!(f, "{value}"),
            Self::F16(value) => f.write_str(&spelled(&shortest_half(value), value.to_f64(), true)),
            Self::F32(value) => f.write_str(&spelled(&shortest_single(value), value.into(), true)),
            Self::F64(value) => f.write_str(&spelled(&shortest_double(value), value, true)),
            Self::C64 { re, im } => write_complex(
                f,
                (re.into(), &spelled(&shortest_single(re), re.into(), false)),
                (im.into(), &spelled(&shortest_single(im), im.into(), false)),
            ),
            Self::C128 { re, im } => write_complex(
                f,
                (re, &spelled(&shortest_double(re), re, false)),
                (im, &spelled(&shortest_double(im), im, false)),
            ),
        }
    }
}

fn write_complex(
    f: &mut fmt::Formatter<'_>,
    (re, re_text): (f64, &str),
    (im, im_text): (f64, &str),
) -> fmt::Result {
    if re == 0.0 && !re.is_sign_negative() {
        return write!(f, "{im_text}j");
    }
    // A NaN gets no sign in text, so it needs the plus as positive numbers do.
    let plus = if im.is_nan() || !im.is_sign_negative() {
        "+"
    } else {
        ""
    };
    write!(f, "({re_text}{plus}{im_text}j)")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn prints_as_numpy_does() {
        let half = half::f16::from_f32;
        for (element, text) in [
            (Element::Bool(true), "True"),
            (Element::Bool(false), "False"),
            (Element::Int(-3), "-3"),
            (Element::UInt(u64::MAX), "18446744073709551615"),
            (Element::F16(half(0.1)), "0.1"),
            (Element::F16(half(1e-5)), "1e-05"),
            (Element::F16(half(1.5)), "1.5"),
            (Element::F16(half(65504.0)), "65500.0"),
            (Element::F32(0.1), "0.1"),
            (Element::F32(123_456_789.0), "123456790.0"),
            (Element::F32(1e16), "1e+16"),
            (Element::F64(0.0), "0.0"),
            (Element::F64(-0.0), "-0.0"),
            (Element::F64(1.0), "1.0"),
            (Element::F64(-12.5), "-12.5"),
            (Element::F64(1e-4), "0.0001"),
            (Element::F64(1.25e-3), "0.00125"),
            (Element::F64(1e-5), "1e-05"),
            (Element::F64(1e15), "1000000000000000.0"),
            (Element::F64(1.5e300), "1.5e+300"),
            (Element::F64(f64::NAN), "nan"),
            (Element::F64(f64::INFINITY), "inf"),
            (Element::F32(f32::NEG_INFINITY), "-inf"),
            (Element::C64 { re: 1.0, im: 2.0 }, "(1+2j)"),
            (Element::C64 { re: 0.1, im: -2.0 }, "(0.1-2j)"),
            (Element::C128 { re: 0.0, im: 2.0 }, "2j"),
            (Element::C128 { re: 0.0, im: -0.0 }, "-0j"),
            (Element::C128 { re: -0.0, im: 2.0 }, "(-0+2j)"),
            (
                Element::C128 {
                    re: 1e16,
                    im: -1e-5,
                },
                "(1e+16-1e-05j)",
            ),
            (
                Element::C128 {
                    re: 1e15,
                    im: 123_456.5,
                },
                "(1000000000000000+123456.5j)",
            ),
            (
                Element::C128 {
                    re: f64::NAN,
                    im: f64::INFINITY,
                },
                "(nan+infj)",
            ),
            (
                Element::C128 {
                    re: f64::NEG_INFINITY,
                    im: f64::NEG_INFINITY,
                },
                "(-inf-infj)",
            ),
        ] {
            assert_eq!(element.to_string(), text);
        }
    }

    #[test]
    fn halves_that_are_no_numbers_keep_their_bits() {
        for (half, double) in [
            (0x7c01, 0x7ff0_0400_0000_0000),
            (0xfe01, 0xfff8_0400_0000_0000),
        ] {
            let value = Element::F16(half::f16::from_bits(half)).to_f64();
            assert_eq!(value.to_bits(), double);
        }
    }

    proptest! {
        #[test]
        fn text_of_floats_reads_back(a: f64, b: f32, c: u16) {
            prop_assert_eq!(Element::F64(a).to_string().parse::<f64>().unwrap(), a);
            prop_assert_eq!(Element::F32(b).to_string().parse::<f32>().unwrap(), b);
            let c = half::f16::from_bits(c);
            let back = half::f16::from_f32(Element::F16(c).to_string().parse::<f32>().unwrap());
            prop_assert!(back == c || (back.is_nan() && c.is_nan()));
        }
    }
}
