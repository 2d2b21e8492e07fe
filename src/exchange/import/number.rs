//! What one cell of a table of text says: a number, a gap, or something else.

/// A cell's meaning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell {
    /// Digits alone; beyond 128 bits with what a float makes of them.
    Whole(Whole),
    /// With a point, an exponent, or one of the words for infinity.
    Real(f64, Mark),
    /// Nothing, or a word for it.
    Gap,
    /// Anything else.
    Text,
    /// A number beyond what float64 holds.
    TooLarge,
}

/// A number of digits alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Whole {
    /// As it stands.
    Exact(i128),
    /// Of more digits than 128 bits hold.
    Rounded(f64),
}

/// What stands between the whole part and the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    Point,
    Comma,
}

/// Words for a missing value, as spreadsheets, R and instruments write them.
const GAPS: [&str; 9] = ["", "na", "n/a", "nan", "null", "none", "-", "--", "#n/a"];

impl Cell {
    /// Of the text of a cell, without blanks around it. A comma is a decimal sign only where it separates no cells.
    pub(super) fn parse(text: &[u8], has_decimal_commas: bool) -> Self {
        let Ok(text) = std::str::from_utf8(text) else {
            return Self::Text;
        };
        if GAPS.iter().any(|gap| text.eq_ignore_ascii_case(gap)) {
            return Self::Gap;
        }
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        if digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.is_empty() {
            let float = || text.parse().map_or(Self::Text, Self::rounded);
            return text
                .parse()
                .map_or_else(|_err| float(), |int| Self::Whole(Whole::Exact(int)));
        }
        let is_comma = has_decimal_commas && text.contains(',') && !text.contains('.');
        let mark = match () {
            () if is_comma => Mark::Comma,
            () if text.contains('.') => Mark::Point,
            () => Mark::None,
        };
        let plain = if is_comma {
            text.replacen(',', ".", 1)
        } else {
            text.to_owned()
        };
        // Fortran writes the exponents of double precision with a D.
        let parsed = plain.parse().or_else(|err| match plain.find(['d', 'D']) {
            Some(_) if digits.starts_with(|c: char| c.is_ascii_digit() || c == '.' || c == ',') => {
                plain.replacen(['d', 'D'], "e", 1).parse()
            }
            _ => Err(err),
        });
        match parsed {
            Ok(number)
                if f64::is_infinite(number) && text.contains(|c: char| c.is_ascii_digit()) =>
            {
                Self::TooLarge
            }
            Ok(number) => Self::Real(number, mark),
            Err(_) => Self::Text,
        }
    }

    fn rounded(number: f64) -> Self {
        if number.is_finite() {
            Self::Whole(Whole::Rounded(number))
        } else {
            Self::TooLarge
        }
    }
}

impl Whole {
    /// As a float; `None` where one would be another number.
    pub(super) fn exact_float(self) -> Option<f64> {
        match self {
            Self::Exact(int) => {
                let float = int as f64;
                // Comparing in 128 bits is exact below 2^127, where such a float always is whole.
                (float.abs() < 1.7e38 && float as i128 == int).then_some(float)
            }
            Self::Rounded(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Cell {
        Cell::parse(text.as_bytes(), true)
    }

    #[test]
    fn numbers_as_programs_write_them() {
        let real = |number, mark| Cell::Real(number, mark);
        assert_eq!(of("-12"), Cell::Whole(Whole::Exact(-12)));
        assert_eq!(of("+0012"), Cell::Whole(Whole::Exact(12)));
        assert_eq!(of("1.50"), real(1.5, Mark::Point));
        assert_eq!(of("1,50"), real(1.5, Mark::Comma));
        assert_eq!(of("1.5D-3"), real(1.5e-3, Mark::Point));
        assert_eq!(of("2d2"), real(200.0, Mark::None));
        assert_eq!(of("1,5d1"), real(15.0, Mark::Comma));
        assert_eq!(of("-Inf"), real(f64::NEG_INFINITY, Mark::None));
        assert_eq!(
            of("18446744073709551615"),
            Cell::Whole(Whole::Exact(u64::MAX.into()))
        );
    }

    #[test]
    fn gaps_and_texts() {
        for gap in ["", "NA", "n/a", "-", "NaN", "NULL"] {
            assert_eq!(of(gap), Cell::Gap, "{gap}");
        }
        for text in [
            "rock",
            "1.234,5",
            "1,234,567",
            "12abc",
            "0x10",
            "1_000",
            "1 2",
            "4\0",
            "dd",
            "+",
            "1e",
        ] {
            assert_eq!(of(text), Cell::Text, "{text}");
        }
        assert_eq!(of("1e400"), Cell::TooLarge);
        assert_eq!(of(&"9".repeat(400)), Cell::TooLarge);
        assert_eq!(Cell::parse(b"1,5", false), Cell::Text);
        assert_eq!(Cell::parse(b"\xb5m", true), Cell::Text);
    }

    #[test]
    fn a_float_that_would_be_another_number_is_none() {
        let float = |int| Whole::Exact(int).exact_float();
        assert_eq!(float(1 << 53), Some(9_007_199_254_740_992.0));
        assert_eq!(float((1 << 53) + 1), None);
        assert_eq!(float((1 << 53) + 2), Some(9_007_199_254_740_994.0));
        assert_eq!(float(u64::MAX.into()), None);
        assert_eq!(float(i128::MAX), None);
    }
}
