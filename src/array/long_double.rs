//! The x87 extended double: 80 bits, which NumPy calls `float128` and stores in 16 bytes.

use super::ByteOrder;

/// The nearest double of the 16 bytes; ties go to the even one, as the processor does it.
pub(super) fn to_f64(mut bytes: [u8; 16], order: ByteOrder) -> f64 {
    if order == ByteOrder::Big {
        bytes.reverse();
    }
    let bits = u128::from_le_bytes(bytes);
    let mantissa = bits as u64;
    let exponent = i32::from((bits >> 64) as u16 & 0x7fff);
    let sign = (bits >> 79) as u64 & 1;
    let signed = |magnitude: u64| f64::from_bits(sign << 63 | magnitude);
    let has_integer_bit = mantissa >> 63 == 1;
    if exponent == 0x7fff {
        return match mantissa << 1 {
            0 if has_integer_bit => signed(0x7ff0 << 48),
            // The upper bits of the payload, and quiet.
            _ => signed(0x7ff8 << 48 | (mantissa << 1) >> 12),
        };
    }
    // Numbers without their leading bit are no numbers, except the smallest.
    if !has_integer_bit && exponent != 0 {
        return f64::NAN;
    }
    if mantissa == 0 {
        return signed(0);
    }
    // mantissa · 2^(exponent - 16383 - 63), to 53 bits, or to fewer for what is small.
    let power = exponent.max(1) - 16_383;
    let shift = if power < -1022 {
        // A double that small has no leading bit of its own.
        11_i64 + i64::from(-1022 - power)
    } else {
        11
    };
    let rounded = round_shift(mantissa, shift);
    if power < -1022 {
        return signed(rounded);
    }
    if power > 1023 {
        return signed(0x7ff0 << 48);
    }
    // The leading bit of the mantissa counts into the exponent, and so does a carry; past the end that is infinity.
    signed((((power + 1022) as u64) << 52) + rounded)
}

/// The 16 bytes of a double, which are exact.
pub(super) fn from_f64(value: f64, order: ByteOrder) -> [u8; 16] {
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let (exponent, mantissa) = match (bits >> 52) & 0x7ff {
        0x7ff if fraction == 0 => (0x7fff, 1 << 63),
        // The payload, and quiet.
        0x7ff => (0x7fff, 3 << 62 | fraction << 11),
        0 if fraction == 0 => (0, 0),
        0 => {
            let shift = fraction.leading_zeros();
            // The smallest double is 2^-1074, of which the mantissa's first bit is worth 2^63.
            (16_383 - 1_074 + 63 - u64::from(shift), fraction << shift)
        }
        exponent => (exponent + 16_383 - 1_023, 1 << 63 | fraction << 11),
    };
    let sign = bits >> 63 << 15;
    let wide = u128::from(sign | exponent) << 64 | u128::from(mantissa);
    match order {
        ByteOrder::Little => wide.to_le_bytes(),
        ByteOrder::Big => wide.to_be_bytes(),
    }
}

/// Shifts right, rounding to nearest, ties to even.
fn round_shift(value: u64, shift: i64) -> u64 {
    if shift > 64 {
        return 0;
    }
    let wide = u128::from(value);
    let (whole, rest) = (wide >> shift, wide & ((1 << shift) - 1));
    let half = 1_u128 << (shift - 1);
    let up = rest > half || (rest == half && whole & 1 == 1);
    (whole + u128::from(up)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(exponent: u16, mantissa: u64) -> f64 {
        let bits = u128::from(exponent) << 64 | u128::from(mantissa);
        let little = to_f64(bits.to_le_bytes(), ByteOrder::Little);
        let big = to_f64(bits.to_be_bytes(), ByteOrder::Big);
        assert_eq!(little.to_bits(), big.to_bits());
        little
    }

    #[test]
    fn numbers_are_rounded_to_the_nearest_double() {
        let one = 1_u64 << 63;
        assert_eq!(of(0x3fff, one), 1.0);
        assert_eq!(of(0xbfff, one | 1 << 62), -1.5);
        assert_eq!(of(0, 0), 0.0);
        assert!(of(0x8000, 0).is_sign_negative());
        // Ties go to the even one.
        assert_eq!(of(0x3fff, one | 1 << 10), 1.0);
        assert_eq!(of(0x3fff, one | 3 << 10), 1.0 + 2.0 * f64::EPSILON);
        assert_eq!(of(0x3fff, one | 1 << 10 | 1), 1.0 + f64::EPSILON);
        // A carry through all bits.
        assert_eq!(of(0x3fff, u64::MAX), 2.0);
        assert_eq!(of(0x3fff + 1023, u64::MAX), f64::INFINITY);
        assert_eq!(of(0x3fff + 1024, one), f64::INFINITY);
        assert_eq!(of(0x7ffe, one), f64::INFINITY);
    }

    #[test]
    fn small_numbers_lose_bits_and_become_zero() {
        let one = 1_u64 << 63;
        assert_eq!(of(0x3fff - 1022, one), f64::MIN_POSITIVE);
        assert_eq!(of(0x3fff - 1023, one), f64::MIN_POSITIVE / 2.0);
        assert_eq!(of(0x3fff - 1074, one), f64::from_bits(1));
        // Half of the smallest is a tie with zero; a bit more is not.
        assert_eq!(of(0x3fff - 1075, one), 0.0);
        assert_eq!(of(0x3fff - 1075, one | 1), f64::from_bits(1));
        assert_eq!(of(1, one), 0.0);
        // A carry into the normal numbers.
        assert_eq!(of(0x3fff - 1023, u64::MAX), f64::MIN_POSITIVE);
    }

    #[test]
    fn doubles_stay_what_they_are() {
        for value in [
            0.0,
            -0.0,
            1.0,
            -1.5,
            0.1,
            f64::MAX,
            f64::MIN_POSITIVE,
            f64::from_bits(1),
            f64::from_bits(0x000f_ffff_ffff_ffff),
            f64::INFINITY,
            f64::NEG_INFINITY,
        ] {
            for order in [ByteOrder::Little, ByteOrder::Big] {
                let back = to_f64(from_f64(value, order), order);
                assert_eq!(back.to_bits(), value.to_bits(), "{value}");
            }
        }
        assert!(to_f64(from_f64(f64::NAN, ByteOrder::Little), ByteOrder::Little).is_nan());
    }

    #[test]
    fn what_is_no_number() {
        let one = 1_u64 << 63;
        assert_eq!(of(0x7fff, one), f64::INFINITY);
        assert_eq!(of(0xffff, one), f64::NEG_INFINITY);
        assert_eq!(of(0x7fff, one | 1 << 62).to_bits(), 0x7ff8 << 48);
        assert!(of(0x7fff, one | 1).is_nan());
        assert!(of(0x4000, 1).is_nan());
    }
}
