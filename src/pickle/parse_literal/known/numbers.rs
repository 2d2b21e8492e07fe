//! `int`, `float`, `bool`, and `decimal`, `fractions`, `uuid`.

use super::super::super::loadable::{decimal_text, fraction_of, is_infinite_text};
use super::super::super::nodes::Nodes as _;
use super::super::super::number::int_digits;
use super::super::super::value::{Blob, Node, NodeId};
use super::{Args, Made, Maker};
use num_bigint::BigInt;
use num_traits::{FromPrimitive as _, ToPrimitive as _};

/// Exponents of fractions that are written out.
const MAX_EXPONENT: i64 = 4000;

impl Maker {
    pub(super) fn float_call(&mut self, args: &mut Args<'_>) -> Made {
        let float = match args.next("") {
            None => 0.0,
            Some(arg) => match self.text(arg) {
                Some(text) => float_of_text(text)?,
                None => self.float(arg)?,
            },
        };
        Ok(self.builder.float(float))
    }

    pub(super) fn int_call(&mut self, args: &mut Args<'_>) -> Made {
        let int = match args.next("") {
            None => BigInt::ZERO,
            Some(arg) => match (self.node(arg), self.text(arg)) {
                (_, Some(text)) => int_of_text(text)?,
                (Node::Float(float), _) if float.fract() == 0.0 => {
                    BigInt::from_f64(*float).ok_or("expected a whole number")?
                }
                _ => self.int(arg)?,
            },
        };
        Ok(self.builder.big_int(int))
    }

    pub(super) fn bool_call(&mut self, args: &mut Args<'_>) -> Made {
        let flag = match args.next("") {
            None => false,
            Some(arg) => self.truth(arg)?,
        };
        Ok(self.builder.bool(flag))
    }

    /// What Python's `bool()` makes of a plain value.
    pub(super) fn truth(&self, id: NodeId) -> Result<bool, String> {
        Ok(match self.node(id) {
            Node::None => false,
            Node::Bool(flag) => *flag,
            Node::Float(float) => *float != 0.0,
            Node::Str(blob) | Node::Bytes(blob) => !blob.is_empty(),
            _ => self.int(id)? != BigInt::ZERO,
        })
    }

    pub(super) fn decimal(&mut self, args: &mut Args<'_>) -> Made {
        let text = match args.next("value") {
            None => "0".to_owned(),
            Some(arg) => match (self.int(arg), self.node(arg)) {
                (Ok(int), _) => int.to_string(),
                (_, Node::Float(float)) => exact_text(*float),
                (_, Node::Tuple(parts) | Node::List(parts)) => self.decimal_of_parts(parts)?,
                _ => {
                    let text = self.quoted(arg)?;
                    decimal_text(text).ok_or_else(|| format!("{text:?} is not a decimal number"))?
                }
            },
        };
        let is_nan = text.to_ascii_lowercase().contains("nan");
        let text = self.builder.str(&text);
        let decimal = self.global_call("decimal", "Decimal", vec![text]);
        Ok(self.note_nan(decimal, is_nan))
    }

    /// Sign, digits, exponent.
    fn decimal_of_parts(&self, parts: &[NodeId]) -> Result<String, String> {
        let wrong = || "expected a sign, digits and an exponent, like (0, (1, 2), -1)".to_owned();
        let &[sign, digits, exponent] = parts else {
            return Err(wrong());
        };
        let sign = match self.small_int(sign) {
            Some(0) => "",
            Some(1) => "-",
            _ => return Err(wrong()),
        };
        let digit = |id: &NodeId| {
            let digit = self.small_int(*id)?;
            char::from_digit(u32::try_from(digit).ok()?, 10)
        };
        let digits = self.listed(digits).ok_or_else(wrong)?;
        let digits: Option<String> = digits.iter().map(digit).collect();
        let digits = digits.ok_or_else(wrong)?;
        let digits = if digits.is_empty() { "0" } else { &digits };
        match (self.text(exponent), self.small_int(exponent)) {
            (Some("F"), _) => Ok(format!("{sign}Infinity")),
            (None, Some(exponent)) => Ok(format!("{sign}{digits}E{exponent}")),
            _ => Err(wrong()),
        }
    }

    pub(super) fn fraction(&mut self, args: &mut Args<'_>) -> Made {
        let (over, under) = (args.next("numerator"), args.next("denominator"));
        let one = (BigInt::from(1), BigInt::from(1));
        let (over, under) = match (over, under) {
            (None, None) => ((BigInt::ZERO, BigInt::from(1)), one),
            (Some(over), None) => (self.ratio(over)?, one),
            (Some(over), Some(under)) => {
                let is_rational = |id: &NodeId| {
                    self.int(*id).is_ok() || matches!(self.called(*id), Some(("fractions", ..)))
                };
                if ![over, under].iter().all(is_rational) {
                    return Err("expected two ints".to_owned());
                }
                (self.ratio(over)?, self.ratio(under)?)
            }
            (None, Some(_)) => return Err("the argument numerator is missing".to_owned()),
        };
        let (mut over, mut under) = (over.0 * under.1, over.1 * under.0);
        if under == BigInt::ZERO {
            return Err("the denominator has to be other than 0".to_owned());
        }
        if under < BigInt::ZERO {
            (over, under) = (-over, -under);
        }
        let divisor = gcd(over.clone(), under.clone());
        let parts = [over / &divisor, under / &divisor].map(|part| self.builder.big_int(part));
        Ok(self.global_call("fractions", "Fraction", parts.to_vec()))
    }

    /// A number as a fraction, not shortened.
    fn ratio(&self, id: NodeId) -> Result<(BigInt, BigInt), String> {
        if let Some(text) = self.text(id) {
            return ratio_of_text(text);
        }
        match (self.node(id), self.called(id)) {
            (Node::Float(float), _) if float.is_finite() => Ok(fraction_of(*float)),
            (Node::Float(_), _) => Err("infinity and NaN are no fractions".to_owned()),
            (_, Some(("fractions", "Fraction", &[over, under]))) => {
                Ok((self.int(over)?, self.int(under)?))
            }
            (_, Some(("decimal", "Decimal", &[text]))) => ratio_of_text(self.quoted(text)?),
            _ => Ok((self.int(id)?, BigInt::from(1))),
        }
    }

    pub(super) fn uuid(&mut self, args: &mut Args<'_>) -> Made {
        let given = [args.next("hex"), args.next("bytes"), args.next("int")];
        let int = match given {
            [Some(hex), None, None] => {
                let hex = self.quoted(hex)?.replace("urn:", "").replace("uuid:", "");
                let hex = hex.trim_matches(['{', '}']).replace('-', "");
                match u128::from_str_radix(&hex, 16) {
                    Ok(int) if hex.len() == 32 && !hex.starts_with('+') => BigInt::from(int),
                    _ => return Err("expected 32 hexadecimal digits".to_owned()),
                }
            }
            [None, Some(bytes), None] => match self.node(bytes) {
                Node::Bytes(Blob::Loaded(bytes)) => match <[u8; 16]>::try_from(bytes.as_ref()) {
                    Ok(bytes) => BigInt::from(u128::from_be_bytes(bytes)),
                    Err(_) => return Err("expected 16 bytes".to_owned()),
                },
                _ => return Err("expected 16 bytes".to_owned()),
            },
            [None, None, Some(int)] => match self.int(int)?.to_u128() {
                Some(int) => BigInt::from(int),
                None => return Err("expected an int of 128 bits".to_owned()),
            },
            _ => return Err("expected 32 hexadecimal digits".to_owned()),
        };
        let class = self.builder.global("uuid", "UUID");
        let object = self.builder.new_object(class, Vec::new());
        let pair = (self.builder.str("int"), self.builder.big_int(int));
        let state = self.builder.dict(vec![pair]);
        self.builder.set_state(object, state);
        Ok(object)
    }
}

/// Digits without the underscores between them.
fn without_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at))
            .is_some_and(u8::is_ascii_digit)
    };
    let mut places = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'_');
    let is_fine = places.all(|(at, _)| is_digit(at.checked_sub(1)) && is_digit(Some(at + 1)));
    is_fine.then(|| text.replace('_', ""))
}

/// A float as Python's `float()` reads it from a text.
pub(super) fn float_of_text(text: &str) -> Result<f64, String> {
    let wrong = || format!("{text:?} is not a number");
    let plain = without_underscores(text.trim()).ok_or_else(wrong)?;
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    let is_word = ["inf", "infinity", "nan"]
        .iter()
        .any(|word| unsigned.eq_ignore_ascii_case(word));
    let is_number = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    match plain.parse::<f64>() {
        Ok(float) if is_number && is_infinite_text(&plain, float) => Err(too_large(&plain)),
        Ok(float) if is_word || is_number => Ok(float),
        _ => Err(wrong()),
    }
}

/// What is said of a number that would become infinity.
pub(in crate::pickle::parse_literal) fn too_large(text: &str) -> String {
    format!("{text} is too large for a float; infinity is written inf")
}

pub(super) fn int_of_text(text: &str) -> Result<BigInt, String> {
    let wrong = || format!("{text:?} is not a whole number");
    let plain = without_underscores(text.trim()).ok_or_else(wrong)?;
    let digits = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let int = int_digits(digits, 10)?;
    Ok(if plain.starts_with('-') { -int } else { int })
}

/// `3/4`, `-1.5e3`.
fn ratio_of_text(text: &str) -> Result<(BigInt, BigInt), String> {
    let wrong = || format!("{text:?} is not a fraction");
    let bare = text.trim();
    if let Some((over, under)) = bare.split_once('/') {
        let is_plain = |text: &str| text.trim() == text;
        if !is_plain(over) || !is_plain(under) || under.starts_with(['+', '-']) {
            return Err(wrong());
        }
        return Ok((int_of_text(over)?, int_of_text(under)?));
    }
    let plain = without_underscores(bare).ok_or_else(wrong)?;
    let (number, exponent) = match plain.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i64>().map_err(|_err| wrong())?),
        None => (plain.as_str(), 0),
    };
    let (sign, number) = match number.strip_prefix('-') {
        Some(number) => (-1, number),
        None => (1, number.strip_prefix('+').unwrap_or(number)),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{part}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let power = exponent - i64::try_from(part.len()).unwrap_or(i64::MAX);
    let ten = u32::try_from(power.abs())
        .ok()
        .filter(|_| power.abs() <= MAX_EXPONENT);
    let ten = BigInt::from(10).pow(ten.ok_or("the exponent is too large to be written out")?);
    let digits = int_digits(&digits, 10)? * sign;
    Ok(if power < 0 {
        (digits, ten)
    } else {
        (digits * ten, BigInt::from(1))
    })
}

/// All decimal digits of a float.
fn exact_text(float: f64) -> String {
    if float.is_nan() {
        return "NaN".to_owned();
    }
    if float.is_infinite() {
        return if float > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let text = format!("{float:.1100}");
    match text.split_once('.') {
        Some((whole, part)) if part.bytes().any(|digit| digit != b'0') => {
            format!("{whole}.{}", part.trim_end_matches('0'))
        }
        Some((whole, _)) => whole.to_owned(),
        None => text,
    }
}

fn gcd(a: BigInt, b: BigInt) -> BigInt {
    let (mut a, mut b) = (a, b);
    while b != BigInt::ZERO {
        (a, b) = (b.clone(), a % b);
    }
    if a < BigInt::ZERO { -a } else { a }
}
