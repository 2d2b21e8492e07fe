//! `decimal`, `fractions`, `uuid`, and complex numbers.

use super::super::nodes::Nodes;
use super::super::value::{Extras, Node, NodeId};
use super::judge::{Judge, Judged, Question, Why, refuse};
use num_bigint::BigInt;

/// Limits of the exponent on a machine of 64 bits.
const MAX_EXPONENT: i128 = 999_999_999_999_999_999;
const MIN_EXPONENT: i128 = -1_999_999_999_999_999_997;
/// Digits of a fraction's text; Python itself reads no more of an int.
const MAX_DIGITS: usize = 4300;

impl<N: Nodes> Judge<'_, N> {
    pub(super) fn complex(&self, args: &[NodeId]) -> Judged {
        let nodes = self.nodes;
        let is_number = |id: &NodeId| match nodes.node(*id) {
            Some(Node::BigInt(int)) => int.bits() < 1024,
            Some(Node::Int(_) | Node::Bool(_) | Node::Float(_)) => true,
            _ => false,
        };
        match args {
            [_] | [_, _] if args.iter().all(is_number) => Ok(()),
            [text] if nodes.text(*text).is_some() => Err(Why::Unknown),
            [_] | [_, _]
                if args
                    .iter()
                    .any(|id| matches!(nodes.node(*id), Some(Node::Call(_)))) =>
            {
                Err(Why::Unknown)
            }
            _ => refuse("it takes a real and an imaginary part"),
        }
    }

    pub(super) fn decimal(&mut self, args: &[NodeId]) -> Judged {
        let nodes = self.nodes;
        match args {
            [] => Ok(()),
            [value] => match nodes.node(*value) {
                Some(Node::Int(_) | Node::BigInt(_) | Node::Bool(_) | Node::Float(_)) => Ok(()),
                Some(Node::Str(_)) => match nodes.text(*value) {
                    Some(text) => {
                        self.once(Question::Decimal, *value, |_| match decimal_text(text) {
                            Some(_) => Ok(()),
                            None => {
                                refuse(format!("{:?} is not a decimal number", beginning(text)))
                            }
                        })
                    }
                    None => Err(Why::Unknown),
                },
                Some(Node::Call(_) | Node::Tuple(_) | Node::List(_)) => Err(Why::Unknown),
                _ => refuse("it takes a number or a text"),
            },
            _ => Err(Why::Unknown),
        }
    }

    pub(super) fn fraction(&self, args: &[NodeId]) -> Judged {
        let nodes = self.nodes;
        let int = |id: NodeId| match nodes.node(id) {
            Some(Node::Int(_) | Node::BigInt(_) | Node::Bool(_)) => Ok(()),
            Some(Node::Call(_)) => Err(Why::Unknown),
            _ => refuse("it takes two ints"),
        };
        match args {
            [] => Ok(()),
            [_, under] if nodes.small_int(*under) == Some(0) => {
                refuse("the denominator has to be other than 0")
            }
            [over, under] => int(*over).and_then(|()| int(*under)),
            [value] => match nodes.node(*value) {
                Some(Node::Float(float)) if !float.is_finite() => refuse("it takes finite numbers"),
                Some(Node::Int(_) | Node::BigInt(_) | Node::Bool(_) | Node::Float(_)) => Ok(()),
                Some(Node::Str(_)) => match nodes.text(*value) {
                    Some(text) if is_fraction(text) => Ok(()),
                    // Its texts have more forms than those that are pickled.
                    Some(text)
                        if text.contains(['.', 'e', 'E', '_']) || text.len() > MAX_DIGITS =>
                    {
                        Err(Why::Unknown)
                    }
                    Some(text) => refuse(format!("{:?} is not a fraction", beginning(text))),
                    None => Err(Why::Unknown),
                },
                Some(Node::Call(_)) => Err(Why::Unknown),
                _ => refuse("it takes two ints"),
            },
            _ => refuse("it takes two ints"),
        }
    }

    /// A UUID is made without its constructor, and given its number.
    pub(super) fn uuid(&self, args: &[NodeId], extras: Option<&Extras>) -> Judged {
        let nodes = self.nodes;
        if !args.is_empty() {
            return Err(Why::Unknown);
        }
        let states = extras.map_or(&[][..], |extras| &extras.state);
        states
            .iter()
            .try_for_each(|state| match nodes.node(*state) {
                Some(Node::Dict(fields)) => {
                    let has_int = fields
                        .iter()
                        .any(|(name, _)| nodes.text(*name) == Some("int"));
                    match has_int {
                        true => Ok(()),
                        false => refuse("it has no number"),
                    }
                }
                Some(Node::Call(_)) => Err(Why::Unknown),
                _ => refuse("it has no number"),
            })
    }
}

/// The beginning of a text, for messages.
fn beginning(text: &str) -> String {
    text.chars().take(60).collect()
}

/// `3`, `-3/4`, with space around.
fn is_fraction(text: &str) -> bool {
    let text = text.trim();
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (over, under) = text.split_once('/').unwrap_or((text, "1"));
    let is_int = |text: &str| {
        (1..=MAX_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    is_int(over) && is_int(under) && under.bytes().any(|byte| byte != b'0')
}

/// Whether a text of digits is so large that it reads as infinity without saying so.
pub(in crate::pickle) fn is_infinite_text(text: &str, float: f64) -> bool {
    float.is_infinite() && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// The text of a decimal number as Python takes it, without space and underscores; `None` for what Python refuses.
pub(in crate::pickle) fn decimal_text(text: &str) -> Option<String> {
    let plain: String = text.trim().chars().filter(|c| *c != '_').collect();
    let lower = plain.to_ascii_lowercase();
    let bare = lower.strip_prefix(['+', '-']).unwrap_or(&lower);
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if matches!(bare, "inf" | "infinity") {
        return Some(plain);
    }
    if let Some(payload) = bare
        .strip_prefix("snan")
        .or_else(|| bare.strip_prefix("nan"))
    {
        return is_digits(payload).then_some(plain);
    }
    let (number, exponent) = bare.split_once('e').unwrap_or((bare, "0"));
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let is_number = is_digits(whole) && is_digits(part) && whole.len() + part.len() > 0;
    if !is_number || !is_digits(unsigned) || unsigned.is_empty() {
        return None;
    }
    // No number of more digits is in its limits.
    let size = match unsigned.trim_start_matches('0') {
        "" => 0,
        digits => digits.parse::<i128>().ok().filter(|_| digits.len() <= 30)?,
    };
    let exponent = if exponent.starts_with('-') {
        -size
    } else {
        size
    };
    let lowest = exponent - i128::try_from(part.len()).ok()?;
    let digits = format!("{whole}{part}");
    let digits = digits.trim_start_matches('0').len().max(1);
    let highest = lowest + i128::try_from(digits).ok()? - 1;
    (lowest >= MIN_EXPONENT && highest <= MAX_EXPONENT).then_some(plain)
}

/// The exact value of a finite float as a fraction.
pub(in crate::pickle) fn fraction_of(float: f64) -> (BigInt, BigInt) {
    let bits = float.to_bits();
    let raw = (bits >> 52) & 0x7ff;
    let mantissa = (bits & ((1 << 52) - 1)) | u64::from(raw != 0) << 52;
    let exponent = raw.max(1) as i64 - 1075;
    let over = BigInt::from(mantissa) * if float.is_sign_negative() { -1 } else { 1 };
    match exponent {
        0.. => (over << exponent, BigInt::from(1)),
        _ => (over, BigInt::from(1) << -exponent),
    }
}
