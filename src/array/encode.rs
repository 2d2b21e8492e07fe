//! One cell from text: what is typed, or what a cell of the same dtype prints as, becomes the bytes of the cell.

use super::long_double;
use super::{ByteOrder, CellType, DType, Number};

/// Why a text is no cell of a dtype.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CellTextError {
    /// There is no text for such a cell.
    #[error("cells of dtype '{dtype}' cannot be typed")]
    NotTypable {
        /// As in the file.
        dtype: String,
    },
    /// Not what such a cell looks like.
    #[error("\"{text}\" is not a {what}")]
    Syntax {
        /// As given, shortened.
        text: String,
        /// What is expected, with an example.
        what: &'static str,
    },
    /// A number that the dtype cannot hold.
    #[error("{text} does not fit {dtype} ({range})")]
    OutOfRange {
        /// As given, shortened.
        text: String,
        /// NumPy's name.
        dtype: &'static str,
        /// What would fit.
        range: String,
    },
    /// Text with more characters, or bytes, than the dtype has room for.
    #[error("{given} {unit} do not fit {dtype}, which holds {most}")]
    TooLong {
        /// How many there are.
        given: usize,
        /// `characters` or `bytes`.
        unit: &'static str,
        /// As in the file.
        dtype: String,
        /// How many fit.
        most: u64,
    },
    /// A point in time, or a span, between two steps of the dtype's unit.
    #[error("{text} is not a whole number of steps of {dtype}")]
    BetweenSteps {
        /// As given, shortened.
        text: String,
        /// As in the file.
        dtype: String,
    },
}

/// The bytes of one cell whose text this is. Takes what such a cell prints as, and the usual ways to write the same: text
/// may stand without quotes, dates with fewer parts, spans without their unit.
///
/// # Errors
/// The text is no such cell, or the cell cannot hold it: see [`CellTextError`].
pub fn encode_cell(dtype: &DType, text: &str) -> Result<Vec<u8>, CellTextError> {
    let not_typable = || CellTextError::NotTypable {
        dtype: dtype.text().to_owned(),
    };
    let (cell_type, _) = dtype.cell_type().ok_or_else(not_typable)?.without_axes();
    let trimmed = text.trim();
    match cell_type {
        CellType::Number(number, order) => encode_number(*number, *order, trimmed),
        CellType::LongDouble(order) => {
            Ok(long_double::from_f64(float64(trimmed)?, *order).to_vec())
        }
        CellType::LongComplex(order) => {
            let [re, im] = complex(trimmed, float64)?;
            Ok([re, im]
                .map(|part| long_double::from_f64(part, *order))
                .concat())
        }
        CellType::Time(unit, order) => {
            let ticks = unit.parse(trimmed).map_err(|why| why.of(dtype, trimmed))?;
            Ok(match order {
                ByteOrder::Little => ticks.to_le_bytes(),
                ByteOrder::Big => ticks.to_be_bytes(),
            }
            .to_vec())
        }
        CellType::Bytes(room) => padded(bytes_of(text)?, *room, "bytes", dtype),
        CellType::Void(room) => void(trimmed, *room, dtype),
        CellType::Text(room, order) => {
            let codes = codes_of(text)?;
            let codes = padded(codes, *room, "characters", dtype)?;
            let bytes = codes.iter().flat_map(|code| match order {
                ByteOrder::Little => code.to_le_bytes(),
                ByteOrder::Big => code.to_be_bytes(),
            });
            Ok(bytes.collect())
        }
        CellType::Record(_) | CellType::SubArray(_) => Err(not_typable()),
    }
}

const A_FLOAT: &str = "number such as -1.5, 2e-7, nan or inf";

fn encode_number(number: Number, order: ByteOrder, text: &str) -> Result<Vec<u8>, CellTextError> {
    macro_rules! bytes {
        ($value:expr) => {{
            let value = $value;
            match order {
                ByteOrder::Little => value.to_le_bytes().to_vec(),
                ByteOrder::Big => value.to_be_bytes().to_vec(),
            }
        }};
    }
    macro_rules! whole {
        ($t:ty) => {{
            let range = (i128::from(<$t>::MIN), i128::from(<$t>::MAX));
            let fits = |value| <$t>::try_from(value).ok();
            whole(text, number, range, fits).map(|value| bytes!(value))
        }};
    }
    match number {
        Number::Bool => {
            let is = |words: [&str; 3]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
            match (is(["True", "1", "yes"]), is(["False", "0", "no"])) {
                (true, _) => Ok(vec![1]),
                (_, true) => Ok(vec![0]),
                _ => Err(syntax(text, "truth value: True or False")),
            }
        }
        Number::I8 => whole!(i8),
        Number::I16 => whole!(i16),
        Number::I32 => whole!(i32),
        Number::I64 => whole!(i64),
        Number::U8 => whole!(u8),
        Number::U16 => whole!(u16),
        Number::U32 => whole!(u32),
        Number::U64 => whole!(u64),
        Number::F16 => Ok(bytes!(float16(text)?)),
        Number::F32 => Ok(bytes!(float32(text)?)),
        Number::F64 => Ok(bytes!(float64(text)?)),
        Number::C64 => {
            let [re, im] = complex(text, float32)?;
            Ok([bytes!(re), bytes!(im)].concat())
        }
        Number::C128 => {
            let [re, im] = complex(text, float64)?;
            Ok([bytes!(re), bytes!(im)].concat())
        }
    }
}

fn whole<T>(
    text: &str,
    number: Number,
    (least, most): (i128, i128),
    fits: impl Fn(i128) -> Option<T>,
) -> Result<T, CellTextError> {
    use std::num::IntErrorKind::{NegOverflow, PosOverflow};
    let out = || CellTextError::OutOfRange {
        text: short(text),
        dtype: number.name(),
        range: format!("{least} to {most}"),
    };
    match plain_minus(text).parse::<i128>() {
        Ok(value) => fits(value).ok_or_else(out),
        Err(error) if matches!(error.kind(), NegOverflow | PosOverflow) => Err(out()),
        Err(_) => Err(syntax(text, "whole number")),
    }
}

/// A minus as word processors write it.
fn plain_minus(text: &str) -> String {
    text.replace('\u{2212}', "-")
}

fn float64(text: &str) -> Result<f64, CellTextError> {
    let value = (plain_minus(text).parse()).map_err(|_| syntax(text, A_FLOAT))?;
    in_range(value, f64::is_infinite(value), text, "float64", "1.8e308")
}

fn float32(text: &str) -> Result<f32, CellTextError> {
    let value = (plain_minus(text).parse()).map_err(|_| syntax(text, A_FLOAT))?;
    in_range(value, f32::is_infinite(value), text, "float32", "3.4e38")
}

fn float16(text: &str) -> Result<half::f16, CellTextError> {
    // By way of a double, as NumPy does it.
    let value = half::f16::from_f64(float64(text)?);
    in_range(value, value.is_infinite(), text, "float16", "65504")
}

fn in_range<T>(
    value: T,
    is_infinite: bool,
    text: &str,
    dtype: &'static str,
    most: &str,
) -> Result<T, CellTextError> {
    // Infinity is written with letters; all else was too large.
    if is_infinite && !text.contains(['i', 'I']) {
        let range = format!("-{most} to {most}");
        return Err(CellTextError::OutOfRange {
            text: short(text),
            dtype,
            range,
        });
    }
    Ok(value)
}

/// Real and imaginary part of `(1+2j)`, `2j`, `1`.
fn complex<T>(
    text: &str,
    part: impl Fn(&str) -> Result<T, CellTextError>,
) -> Result<[T; 2], CellTextError> {
    let wrong = |error| match error {
        CellTextError::Syntax { .. } => syntax(text, "complex number such as 1.5-2j"),
        other => other,
    };
    let text = plain_minus(text);
    let inner = (text
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')')))
    .unwrap_or(&text)
    .trim();
    let part = |text: &str| part(text.trim()).map_err(wrong);
    let Some(body) = inner.strip_suffix(['j', 'J']) else {
        return Ok([part(inner)?, part("0")?]);
    };
    // The sign between the parts is the last that is not of an exponent.
    let signs = body
        .char_indices()
        .rev()
        .filter(|(_, c)| matches!(c, '+' | '-'));
    let split = signs.map(|(at, _)| at).find(|at| {
        body.get(..*at)
            .is_some_and(|before| !before.ends_with(['e', 'E']))
    });
    let (re, im) = body
        .split_at_checked(split.unwrap_or(0))
        .unwrap_or_default();
    // The sign and the digits may stand apart.
    let im: String = im.split_whitespace().collect();
    let im = match im.as_str() {
        "" | "+" => "1",
        "-" => "-1",
        im => im,
    };
    let re = if re.trim().is_empty() { "0" } else { re };
    Ok([part(re)?, part(im)?])
}

fn padded<T: Clone + Default>(
    mut units: Vec<T>,
    room: u64,
    unit: &'static str,
    dtype: &DType,
) -> Result<Vec<T>, CellTextError> {
    if units.len() as u64 > room {
        return Err(CellTextError::TooLong {
            given: units.len(),
            unit,
            dtype: dtype.text().to_owned(),
            most: room,
        });
    }
    units.resize(usize::try_from(room).unwrap_or(usize::MAX), T::default());
    Ok(units)
}

fn void(text: &str, room: u64, dtype: &DType) -> Result<Vec<u8>, CellTextError> {
    const BYTES: &str = "bytes literal such as b'\\x00\\xff'";
    let inner = text
        .strip_prefix("void(")
        .and_then(|rest| rest.strip_suffix(')'))
        .unwrap_or(text);
    let literal = inner.strip_prefix('b').and_then(unquoted);
    let codes = literal.flatten().ok_or_else(|| syntax(text, BYTES))?;
    let bytes: Option<Vec<u8>> = codes
        .into_iter()
        .map(|code| u8::try_from(code).ok())
        .collect();
    let bytes = bytes.ok_or_else(|| syntax(text, BYTES))?;
    padded(bytes, room, "bytes", dtype)
}

/// Of `b'…'`; else the characters themselves, as far as they are ASCII.
fn bytes_of(text: &str) -> Result<Vec<u8>, CellTextError> {
    const BYTES: &str = "plain ASCII text; write other bytes as in b'\\xe9'";
    let wrong = || syntax(text, BYTES);
    let codes = match text.trim().strip_prefix('b').and_then(unquoted) {
        Some(literal) => literal.ok_or_else(wrong)?,
        None if text.is_ascii() => text.chars().map(u32::from).collect(),
        None => return Err(wrong()),
    };
    let bytes = codes.into_iter().map(|code| u8::try_from(code).ok());
    bytes.collect::<Option<_>>().ok_or_else(wrong)
}

/// Of `'…'` or `"…"`; else the characters themselves.
fn codes_of(text: &str) -> Result<Vec<u32>, CellTextError> {
    match unquoted(text.trim()) {
        Some(literal) => {
            literal.ok_or_else(|| syntax(text, "text literal: a \\ or quote inside needs a \\"))
        }
        None => Ok(text.chars().map(u32::from).collect()),
    }
}

/// What a literal with its quotes means: `None` without quotes around, `Some(None)` for a wrong one.
fn unquoted(text: &str) -> Option<Option<Vec<u32>>> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let inner = text.get(1..)?.strip_suffix(quote)?;
    Some(unescaped(inner, quote))
}

fn unescaped(inner: &str, quote: char) -> Option<Vec<u32>> {
    let mut codes = Vec::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c == quote {
            return None;
        }
        if c != '\\' {
            codes.push(u32::from(c));
            continue;
        }
        let digits = match chars.next()? {
            c @ ('\\' | '\'' | '"') => {
                codes.push(u32::from(c));
                continue;
            }
            'n' => {
                codes.push(0x0a);
                continue;
            }
            'r' => {
                codes.push(0x0d);
                continue;
            }
            't' => {
                codes.push(0x09);
                continue;
            }
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => return None,
        };
        let rest = chars.as_str();
        let hex = rest.get(..digits)?;
        // `from_str_radix` takes a sign.
        if !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        codes.push(u32::from_str_radix(hex, 16).ok()?);
        chars = rest.get(digits..)?.chars();
    }
    Some(codes)
}

/// Whether text for `S` or `U` would be read as a literal rather than as it stands.
pub(super) fn is_quoted(text: &str) -> bool {
    let text = text.trim();
    unquoted(text).is_some() || text.strip_prefix('b').and_then(unquoted).is_some()
}

pub(super) fn syntax(text: &str, what: &'static str) -> CellTextError {
    CellTextError::Syntax {
        text: short(text),
        what,
    }
}

/// Messages stay short.
pub(super) fn short(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
