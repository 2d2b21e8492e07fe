//! `decimal`, `fractions`, `uuid`.

use super::super::super::number::int_digits;
use super::{Args, Made, Maker};
use num_bigint::BigInt;

impl Maker {
    pub(super) fn decimal(&mut self, args: &mut Args<'_>) -> Made {
        let arg = args.need("value")?;
        let text = match self.int(arg) {
            Ok(int) => int.to_string(),
            Err(_) => self.text(arg)?.to_owned(),
        };
        if !is_decimal(&text) {
            return Err(format!("{text:?} is no decimal number"));
        }
        let is_nan = text.to_ascii_lowercase().contains("nan");
        let text = self.builder.str(&text);
        let decimal = self.global_call("decimal", "Decimal", vec![text]);
        Ok(self.note_nan(decimal, is_nan))
    }

    pub(super) fn fraction(&mut self, args: &mut Args<'_>) -> Made {
        let over = args.need("numerator")?;
        // Older Pythons pickle the text.
        if let Some((over, under)) = self.text(over).ok().and_then(|text| text.split_once('/')) {
            let [over, under] = [over, under].map(|digits| int_digits(digits.trim(), 10));
            let parts = [over?, under?].map(|int| self.builder.big_int(int));
            return self.fraction(&mut Args::of(&parts));
        }
        let mut over = self.int(over)?;
        let mut under = match args.next("denominator") {
            Some(under) => self.int(under)?,
            None => BigInt::from(1),
        };
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

    pub(super) fn uuid(&mut self, args: &mut Args<'_>) -> Made {
        let hex = args.need("hex")?;
        let hex: String = self
            .text(hex)?
            .chars()
            .filter(|c| !matches!(c, '-' | '{' | '}'))
            .collect();
        let int = match u128::from_str_radix(&hex, 16) {
            Ok(int) if hex.len() == 32 && !hex.starts_with('+') => BigInt::from(int),
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

/// Whether `decimal.Decimal` takes the text.
fn is_decimal(text: &str) -> bool {
    let lower = text.trim().to_ascii_lowercase();
    let bare = lower.strip_prefix(['+', '-']).unwrap_or(&lower);
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if matches!(bare, "inf" | "infinity") {
        return true;
    }
    if let Some(payload) = bare
        .strip_prefix("snan")
        .or_else(|| bare.strip_prefix("nan"))
    {
        return is_digits(payload);
    }
    let (number, exponent) = bare.split_once('e').unwrap_or((bare, "0"));
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let is_number = is_digits(whole) && is_digits(part) && whole.len() + part.len() > 0;
    is_number && is_digits(exponent) && !exponent.is_empty()
}

fn gcd(a: BigInt, b: BigInt) -> BigInt {
    let (mut a, mut b) = (a, b);
    while b != BigInt::ZERO {
        (a, b) = (b.clone(), a % b);
    }
    if a < BigInt::ZERO { -a } else { a }
}
