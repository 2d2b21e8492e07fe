//! Numbers as pickles and Python's text write them.

pub use crate::float_text::float_repr;

use super::value::Node;
use num_bigint::BigInt;
use num_traits::{Num as _, ToPrimitive as _};

/// Text of more digits than this is not parsed: the time grows with the square, so a file of many of them would take as
/// long as one of few and longer ones. Python itself stops at 4300.
const MAX_DIGITS: usize = 20_000;

/// More bits are not printed as digits: Python itself stops at 4300 digits, and the time grows with the square.
pub(super) const MAX_BITS: u64 = 14_284;

/// What it costs to look at an int, and to print it, in bytes that are looked at.
pub(super) fn int_cost(int: &BigInt) -> u64 {
    let words = int.bits().min(MAX_BITS) / 64;
    int.bits() / 8 + words * words
}

/// The smallest node that holds the int.
#[must_use]
pub fn int_node(int: BigInt) -> Node {
    match int.to_i64() {
        Some(small) => Node::Int(small),
        None => Node::BigInt(Box::new(int)),
    }
}

/// Argument of `INT`: a decimal number, or `00`/`01` for a bool.
pub(super) fn int_line(line: &[u8]) -> Result<Node, String> {
    match line {
        b"00" => Ok(Node::Bool(false)),
        b"01" => Ok(Node::Bool(true)),
        _ => decimal(line),
    }
}

/// Argument of `PUT` and `GET`, as Python's `int()` reads it: with blanks around, and underscores between digits.
#[must_use]
pub fn memo_number(line: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(line).ok()?.trim();
    let digits = text.strip_prefix('+').unwrap_or(text);
    let is_run = |run: &str| !run.is_empty() && run.bytes().all(|byte| byte.is_ascii_digit());
    if !digits.split('_').all(is_run) {
        return None;
    }
    digits.replace('_', "").parse().ok()
}

/// Argument of `LONG`: a decimal number, with an `L` at its end in Python 2.
pub(super) fn long_line(line: &[u8]) -> Result<Node, String> {
    decimal(line.strip_suffix(b"L").unwrap_or(line))
}

/// Argument of `LONG1` and `LONG4`: two's complement, little-endian.
pub(super) fn long_bytes(bytes: &[u8]) -> Node {
    int_node(BigInt::from_signed_bytes_le(bytes))
}

/// Argument of `FLOAT`: as Python's `float()` reads it.
pub(super) fn float_line(line: &[u8]) -> Result<Node, String> {
    let text = std::str::from_utf8(line).map_err(|err| err.to_string())?;
    let float = text.trim().parse::<f64>().map_err(|err| err.to_string())?;
    Ok(Node::Float(float))
}

fn decimal(line: &[u8]) -> Result<Node, String> {
    let text = std::str::from_utf8(line)
        .map_err(|err| err.to_string())?
        .trim();
    int_digits(text, 10).map(int_node)
}

/// An int from its digits.
pub(super) fn int_digits(digits: &str, radix: u32) -> Result<BigInt, String> {
    // The time is linear where the radix is a power of two.
    if digits.len() > MAX_DIGITS && !radix.is_power_of_two() {
        return Err(format!("an integer of {} digits", digits.len()));
    }
    BigInt::from_str_radix(digits, radix).map_err(|err| err.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_bools_and_longs() {
        assert_eq!(int_line(b"01"), Ok(Node::Bool(true)));
        assert_eq!(int_line(b"-7"), Ok(Node::Int(-7)));
        assert_eq!(long_line(b"12L"), Ok(Node::Int(12)));
        assert_eq!(long_bytes(&[]), Node::Int(0));
        assert_eq!(long_bytes(&[0xff]), Node::Int(-1));
        assert!(int_line(b"1x").is_err());
        assert!(matches!(
            long_bytes(&[0, 0, 0, 0, 0, 0, 0, 0, 1]),
            Node::BigInt(_)
        ));
    }
}
