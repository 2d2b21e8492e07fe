//! Floats as Python and NumPy print them. What the numbers mean is nobody's business here.

/// `repr()` of a Python float: the shortest digits that read back as the same number.
#[must_use]
pub fn float_repr(float: f64) -> String {
    spelled(&shortest_double(float), float, true)
}

/// The fewest digits that read back as the same number, as `d.ddde±x`; of these the closest, at a tie the even one.
#[must_use]
pub fn shortest_double(float: f64) -> String {
    half_even(format!("{float:e}"), float, |back| {
        back.to_bits() == float.to_bits()
    })
}

/// The same for single precision, which needs fewer digits.
#[must_use]
pub fn shortest_single(float: f32) -> String {
    half_even(format!("{float:e}"), float.into(), |back| {
        (back as f32).to_bits() == float.to_bits()
    })
}

/// The same for half precision. (A half prints through single precision otherwise, with digits that it does not have.)
#[must_use]
pub fn shortest_half(float: half::f16) -> String {
    let wide = float.to_f64();
    (0..5)
        .map(|digits| format!("{wide:.digits$e}"))
        .find(|text| {
            text.parse()
                .is_ok_and(|back| half::f16::from_f64(back) == float)
        })
        .unwrap_or_else(|| format!("{wide:e}"))
}

/// Where a number lies in the middle between two of so many digits, Python and NumPy take the even digit, Rust the upper one.
fn half_even(shortest: String, float: f64, is_same: impl Fn(f64) -> bool) -> String {
    let decimals = shortest.split_once('e').and_then(|(mantissa, exponent)| {
        let behind = mantissa
            .split_once('.')
            .map_or(0, |(_, behind)| behind.len());
        Some(i32::try_from(behind).ok()? - exponent.parse::<i32>().ok()?)
    });
    // In the middle, twice the number is a whole number of the last digit's units, and an odd one: its lowest bit tells.
    let bits = float.to_bits();
    let mantissa = (bits & ((1 << 52) - 1)) | u64::from((bits >> 52) & 0x7ff != 0) << 52;
    let exponent = ((bits >> 52) & 0x7ff).max(1) as i32 - 1075;
    let lowest = exponent + mantissa.trailing_zeros() as i32;
    if decimals != Some(-1 - lowest) {
        return shortest;
    }
    let digits = shortest.bytes().take_while(|byte| *byte != b'e');
    let digits = digits.filter(u8::is_ascii_digit).count();
    // Exact, and to the even digit.
    let rounded = format!("{float:.*e}", digits.saturating_sub(1));
    match rounded.parse() {
        Ok(back) if is_same(back) => rounded,
        _ => shortest,
    }
}

/// The spelling of Python for the digits in `scientific` (`-1.25e-7`), which are those of `value`: with an exponent below
/// 1e-4 and from 1e16 on. `with_point`: whole numbers get a `.0`.
#[must_use]
pub fn spelled(scientific: &str, value: f64, with_point: bool) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let (sign, unsigned) = match scientific.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", scientific),
    };
    let (mantissa, exponent) = unsigned.split_once('e').unwrap_or((unsigned, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        let exponent_sign = if exponent < 0 { '-' } else { '+' };
        return format!(
            "{sign}{mantissa}e{exponent_sign}{:02}",
            exponent.unsigned_abs()
        );
    }
    let digits: String = mantissa.chars().filter(|&c| c != '.').collect();
    let point = if with_point { ".0" } else { "" };
    // The point is after this many digits; the range above keeps it within -4..=16.
    let whole = exponent + 1;
    if whole <= 0 {
        let zeros = "0".repeat(whole.unsigned_abs() as usize);
        return if magnitude == 0.0 {
            format!("{sign}0{point}")
        } else {
            format!("{sign}0.{zeros}{digits}")
        };
    }
    let whole = whole.unsigned_abs() as usize;
    match digits.split_at_checked(whole) {
        Some((before, after)) if !after.is_empty() => format!("{sign}{before}.{after}"),
        _ => format!("{sign}{digits:0<whole$}{point}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_in_python() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.797_693_134_862_315_7e308, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            // In the middle between two numbers of as many digits.
            (935.920_715_332_031_2, "935.9207153320312"),
            (-935.920_715_332_031_2, "-935.9207153320312"),
            (9_007_199_254_740_993.5, "9007199254740994.0"),
            (5.684_341_886_080_802e-14, "5.684341886080802e-14"),
            (f64::INFINITY, "inf"),
            (f64::NAN, "nan"),
        ];
        for (float, text) in cases {
            assert_eq!(float_repr(float), text);
        }
    }

    /// Against `repr()` of Python and `str()` of NumPy; `tests/data/make_floats.py` made the file.
    #[test]
    fn floats_print_as_in_python_and_numpy() {
        let file = include_str!("../tests/data/floats.txt");
        assert!(file.lines().count() > 5000);
        for line in file.lines() {
            let mut words = line.split(' ');
            let mut word = || words.next().unwrap();
            let (size, bits, text) = (word(), word(), word());
            let bits = u64::from_str_radix(bits, 16).unwrap();
            let (digits, value) = match size {
                "8" => (shortest_double(f64::from_bits(bits)), f64::from_bits(bits)),
                "4" => {
                    let single = f32::from_bits(bits.try_into().unwrap());
                    (shortest_single(single), single.into())
                }
                _ => {
                    let half = half::f16::from_bits(bits.try_into().unwrap());
                    (shortest_half(half), half.to_f64())
                }
            };
            assert_eq!(spelled(&digits, value, true), text, "{line}");
        }
    }
}
