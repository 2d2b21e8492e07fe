//! Scalars of NumPy as NumPy 1 pickles them, which NumPy 2 reads, too.

use super::super::super::face::date_count;
use super::super::super::nodes::Nodes as _;
use super::super::super::number::float_repr;
use super::super::super::value::{Node, NodeId};
use super::collections::complex_text;
use super::numbers::{float_of_text, int_of_text};
use super::{Args, Maker};
use num_bigint::BigInt;
use num_traits::{FromPrimitive as _, ToPrimitive as _};

/// A scalar type of NumPy by its code: kind and bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pickle::parse_literal) struct Scalar {
    code: &'static str,
    name: &'static str,
}

pub(super) const SCALARS: [Scalar; 20] = [
    Scalar::new("bool", "b1"),
    Scalar::new("bool_", "b1"),
    Scalar::new("int8", "i1"),
    Scalar::new("int16", "i2"),
    Scalar::new("int32", "i4"),
    Scalar::new("int64", "i8"),
    Scalar::new("uint8", "u1"),
    Scalar::new("uint16", "u2"),
    Scalar::new("uint32", "u4"),
    Scalar::new("uint64", "u8"),
    Scalar::new("float16", "f2"),
    Scalar::new("float32", "f4"),
    Scalar::new("float64", "f8"),
    Scalar::new("complex64", "c8"),
    Scalar::new("complex128", "c16"),
    Scalar::new("datetime64", "M8"),
    Scalar::new("timedelta64", "m8"),
    // Those whose size is that of their contents.
    Scalar::new("str_", "U"),
    Scalar::new("bytes_", "S"),
    Scalar::new("void", "V"),
];

impl Scalar {
    const fn new(name: &'static str, code: &'static str) -> Self {
        Self { code, name }
    }

    /// The type of a name with `numpy.` or `np.` before it.
    pub(super) fn called(path: &str) -> Option<Self> {
        let name = path
            .strip_prefix("numpy.")
            .or_else(|| path.strip_prefix("np."))?;
        SCALARS.into_iter().find(|scalar| scalar.name == name)
    }

    pub(super) fn name(self) -> &'static str {
        self.name
    }

    pub(super) fn code(self) -> &'static str {
        self.code
    }

    pub(super) fn kind(self) -> char {
        self.code.chars().next().unwrap_or_default()
    }

    fn size(self) -> usize {
        self.code
            .get(1..)
            .and_then(|size| size.parse().ok())
            .unwrap_or_default()
    }
}

impl Maker {
    pub(super) fn numpy_scalar(
        &mut self,
        scalar: Scalar,
        args: &mut Args<'_>,
    ) -> Result<NodeId, String> {
        let arg = args.need("value")?;
        if let 'M' | 'm' = scalar.kind() {
            return self.numpy_date(scalar, arg, args);
        }
        let mut code = scalar.code.to_owned();
        let mut is_nan = false;
        let bytes = match scalar.kind() {
            'b' => vec![u8::from(self.truth(arg)?)],
            'i' | 'u' => int_bytes(&self.whole(arg)?, scalar.kind() == 'i', scalar.size())?,
            'f' => {
                let float = self.real(arg)?;
                is_nan = float.is_nan();
                float_bytes(float, scalar.size())?
            }
            'U' => {
                let chars: Vec<[u8; 4]> = self
                    .quoted(arg)?
                    .chars()
                    .map(|c| u32::from(c).to_le_bytes())
                    .collect();
                code.push_str(&chars.len().to_string());
                chars.concat()
            }
            'S' | 'V' => match self.node(arg) {
                Node::Bytes(blob) => {
                    code.push_str(&blob.len().to_string());
                    blob.loaded().unwrap_or_default().to_vec()
                }
                _ => return Err("expected bytes, like b'..'".to_owned()),
            },
            _ => {
                let (real, imaginary) = self.complex_parts(arg)?;
                let half = scalar.size() / 2;
                is_nan = real.is_nan() || imaginary.is_nan();
                [float_bytes(real, half)?, float_bytes(imaginary, half)?].concat()
            }
        };
        let made = self.scalar_of(&code, bytes)?;
        Ok(self.note_nan(made, is_nan))
    }

    /// A whole number, as an int, a float or a text.
    pub(super) fn whole(&self, id: NodeId) -> Result<BigInt, String> {
        match (self.node(id), self.text(id)) {
            (_, Some(text)) => int_of_text(text),
            (Node::Float(float), _) if float.fract() == 0.0 => {
                BigInt::from_f64(*float).ok_or_else(|| "expected a whole number".to_owned())
            }
            (Node::Float(_), _) => Err("expected a whole number".to_owned()),
            _ => self.int(id),
        }
    }

    pub(super) fn real(&self, id: NodeId) -> Result<f64, String> {
        match self.text(id) {
            Some(text) => float_of_text(text),
            None => self.float(id),
        }
    }

    fn scalar_of(&mut self, code: &str, bytes: Vec<u8>) -> Result<NodeId, String> {
        let dtype = self.dtype(code, '<')?;
        let bytes = self.builder.bytes(bytes);
        Ok(self.global_call("numpy.core.multiarray", "scalar", vec![dtype, bytes]))
    }

    /// `datetime64('2018-05-01', 'D')`, `timedelta64(5, 'D')`; either may be `'NaT'`. A date without a unit has that of its
    /// last part.
    fn numpy_date(
        &mut self,
        scalar: Scalar,
        arg: NodeId,
        args: &mut Args<'_>,
    ) -> Result<NodeId, String> {
        let mut unit = match args.next("unit") {
            Some(unit) => Some(self.quoted(unit)?.to_owned()),
            None => None,
        };
        let is_date = scalar.kind() == 'M';
        let count = match (self.text(arg), &unit) {
            (Some("NaT" | "nat" | ""), _) => i64::MIN,
            (Some(text), Some(unit)) if is_date => date_in_units(text, unit)?,
            (Some(text), None) if is_date => {
                let (text, found) = (text.to_owned(), unit_of(text)?);
                unit = Some(found.to_owned());
                date_in_units(&text, found)?
            }
            (Some(text), _) => {
                let int = int_of_text(text)?.to_i64();
                int.ok_or("expected a number of 64 bits")?
            }
            (None, None) if is_date => {
                return Err("expected a date and a unit, like '2018-05-01', 'D'".to_owned());
            }
            (None, _) => self
                .int(arg)?
                .to_i64()
                .ok_or("expected a number of 64 bits")?,
        };
        let code = unit.map_or(scalar.code.to_owned(), |unit| {
            format!("{}[{unit}]", scalar.code)
        });
        let made = self.scalar_of(&code, count.to_le_bytes().to_vec())?;
        Ok(self.note_nan(made, count == i64::MIN))
    }

    pub(super) fn complex_parts(&self, id: NodeId) -> Result<(f64, f64), String> {
        if let Some(text) = self.text(id) {
            return complex_text(text);
        }
        if let Node::Call(call) = self.node(id)
            && let Some(&[real, imaginary]) = self.listed(call.args)
            && matches!(self.node(call.func), Node::Global(global) if global.name == "complex")
        {
            return Ok((self.float(real)?, self.float(imaginary)?));
        }
        Ok((self.float(id)?, 0.0))
    }
}

/// A date as a number of units, like `D` or `25us`.
pub(super) fn date_in_units(text: &str, unit: &str) -> Result<i64, String> {
    let name = unit.trim_start_matches(|c: char| c.is_ascii_digit());
    let times = unit.strip_suffix(name).unwrap_or_default();
    let times: i128 = if times.is_empty() {
        1
    } else {
        times.parse().unwrap_or(0)
    };
    let count = date_count(text, name).filter(|count| times > 0 && count % times == 0);
    let count = count.and_then(|count| i64::try_from(count / times).ok());
    count
        .filter(|count| *count != i64::MIN)
        .ok_or_else(|| format!("{text:?} is no date in units of {unit:?}"))
}

pub(super) fn int_bytes(int: &BigInt, is_signed: bool, size: usize) -> Result<Vec<u8>, String> {
    let bits = u32::try_from(size * 8).unwrap_or_default();
    let (lowest, highest) = match is_signed {
        false => (0, (1_i128 << bits) - 1),
        true => (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1),
    };
    match int.to_i128().filter(|int| (lowest..=highest).contains(int)) {
        Some(int) => Ok(int.to_le_bytes().into_iter().take(size).collect()),
        None => Err(format!("expected {lowest} to {highest}")),
    }
}

/// Nearest to a number; one that only becomes infinite here is refused.
pub(super) fn float_bytes(float: f64, size: usize) -> Result<Vec<u8>, String> {
    let (bytes, is_finite) = match size {
        2 => {
            let half = half::f16::from_f64(float);
            (half.to_le_bytes().to_vec(), half.is_finite())
        }
        4 => (
            (float as f32).to_le_bytes().to_vec(),
            (float as f32).is_finite(),
        ),
        _ => (float.to_le_bytes().to_vec(), float.is_finite()),
    };
    if float.is_finite() && !is_finite {
        return Err(format!(
            "{} is too large for {} bits",
            float_repr(float),
            size * 8
        ));
    }
    Ok(bytes)
}

/// The unit of a date without one: that of its last part.
fn unit_of(text: &str) -> Result<&'static str, String> {
    let (date, clock) = text.split_once(['T', ' ']).unwrap_or((text, ""));
    let date = date.strip_prefix('-').unwrap_or(date);
    let (clock, digits) = match clock.split_once('.') {
        Some((clock, digits)) => (clock, digits.len()),
        None => (clock, 0),
    };
    let clock = clock.split(':').filter(|part| !part.is_empty()).count();
    Ok(match (date.split('-').count(), clock, digits) {
        (1, 0, 0) => "Y",
        (2, 0, 0) => "M",
        (3, 0, 0) => "D",
        (3, 1, 0) => "h",
        (3, 2, 0) => "m",
        (3, 3, 0) => "s",
        (3, 3, 1..=3) => "ms",
        (3, 3, 4..=6) => "us",
        (3, 3, 7..=9) => "ns",
        (3, 3, 10..=12) => "ps",
        (3, 3, 13..=15) => "fs",
        (3, 3, 16..=18) => "as",
        _ => return Err(format!("{text:?} is not a date")),
    })
}
