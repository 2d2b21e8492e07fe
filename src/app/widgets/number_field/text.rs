//! Numbers as text, and back.

/// Reads a finite number with sign, decimals and exponent. A comma is refused, since it could mean decimals as well as
/// thousands.
pub(super) fn parse_number(text: &str) -> Result<f64, String> {
    let plain: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| if c == '\u{2212}' { '-' } else { c })
        .collect();
    match plain.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        Ok(_) if plain.contains(|c: char| c.is_ascii_digit()) => {
            Err(format!("{} is too large (at most 1.8e308)", text.trim()))
        }
        _ if plain.is_empty() => Err("A number is missing".to_owned()),
        _ if plain.contains(',') => Err(format!(
            "{} is not a number: use a point for decimals",
            text.trim()
        )),
        _ => Err(format!("{} is not a number", text.trim())),
    }
}

/// All digits: the shortest text that is read as the same number.
pub(super) fn exact_text(value: f64) -> String {
    let text = format!("{value:?}");
    match text.strip_suffix(".0") {
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// A text of this many characters fits a field.
const SHORT: usize = 11;

/// All digits if they are few, as of most numbers that are typed; else as many as tell it from its neighbours.
pub(super) fn field_text(value: f64, resolution: f64) -> String {
    let exact = exact_text(value);
    match exact.len() <= SHORT {
        true => exact,
        false => number_text_near(value, resolution),
    }
}

/// A number in as many digits as numbers that are `resolution` apart need to differ, and in at least seven.
pub fn number_text_near(value: f64, resolution: f64) -> String {
    let digits = match (value.abs() / resolution.abs()).log10() {
        digits if digits.is_finite() => (digits.floor() + 2.0).clamp(7.0, 17.0) as usize,
        _ => 7,
    };
    with_digits(value, digits)
}

/// A number in at most seven digits: plain where it is short, else with an exponent.
pub fn number_text(value: f64) -> String {
    with_digits(value, 7)
}

fn with_digits(value: f64, digits: usize) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return value.to_string();
    }
    let magnitude = value.abs().log10().floor();
    if (-4.0..digits as f64).contains(&magnitude) {
        let decimals = (digits as f64 - 1.0 - magnitude).clamp(0.0, 2.0 + digits as f64) as usize;
        let text = format!("{value:.decimals$}");
        if text.contains('.') {
            return text.trim_end_matches('0').trim_end_matches('.').to_owned();
        }
        return text;
    }
    let decimals = digits.saturating_sub(2);
    let text = format!("{value:.decimals$e}");
    match text.split_once('e') {
        Some((digits, exponent)) if digits.contains('.') => {
            let digits = digits.trim_end_matches('0').trim_end_matches('.');
            format!("{digits}e{exponent}")
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_readable() {
        for (value, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (-0.25, "-0.25"),
            (4095.0, "4095"),
            (0.1 + 0.2, "0.3"),
            (1_234_567.0, "1234567"),
            (12_345_678.0, "1.23457e7"),
            (1e9, "1e9"),
            (-2.5e-7, "-2.5e-7"),
            (0.000_5, "0.0005"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(number_text(value), text);
        }
    }

    #[test]
    fn neighbours_have_different_texts() {
        for (value, resolution, text) in [
            (1_700_000_100.0, 0.1, "1700000100"),
            (1_700_000_000.0, 0.1, "1700000000"),
            (1_420_437_751.0, 1.0, "1420437751"),
            (1_420_437_751.25, 0.25, "1420437751.2"),
            (0.123_456_789_012, 1e-10, "0.12345678901"),
            (646.719_970_703_125, 1.0, "646.72"),
            (646.719_970_703_125, 0.0, "646.72"),
            (5.0, f64::INFINITY, "5"),
            (5.0, f64::NAN, "5"),
        ] {
            assert_eq!(number_text_near(value, resolution), text);
        }
    }

    #[test]
    fn a_short_number_is_shown_as_it_was_typed() {
        for text in [
            "1700000100",
            "1420437751",
            "-0.00001234",
            "0.1",
            "4000.5",
            "1e300",
        ] {
            assert_eq!(
                field_text(text.parse().unwrap(), 0.0),
                exact_text(text.parse().unwrap())
            );
            assert_eq!(
                exact_text(text.parse().unwrap()).parse::<f64>(),
                text.parse()
            );
        }
        assert_eq!(field_text(1_700_000_100.0, 0.0), "1700000100");
        assert_eq!(field_text(0.1 + 0.2, 0.0), "0.3");
    }

    #[test]
    fn numbers_are_read_with_sign_decimals_and_exponent() {
        for (text, value) in [
            ("-1.5e3", -1500.0),
            (" +2 ", 2.0),
            (".5", 0.5),
            ("1 000", 1000.0),
            ("\u{2212}3", -3.0),
        ] {
            assert_eq!(parse_number(text), Ok(value), "{text:?}");
        }
        for (text, why) in [
            ("1,5", "1,5 is not a number: use a point for decimals"),
            ("nan", "nan is not a number"),
            ("1e999", "1e999 is too large (at most 1.8e308)"),
            ("", "A number is missing"),
            ("abc", "abc is not a number"),
        ] {
            assert_eq!(parse_number(text), Err(why.to_owned()), "{text:?}");
        }
    }
}
