//! The number types that samples have in memory, and what reading, sorting and painting need of them.

use super::Samples;
use super::exact::{CELLS_PER_FRAME, Frame, Span};
use ndarray::Array2;

/// A real number in memory. Sealed: these are the ten types of [`Samples`].
pub trait Sample: Copy + Default + PartialOrd + Send + Sync + 'static + sealed::Sealed {
    /// Width of [`Sample::key`].
    const BITS: u32;

    /// What some thousand of the integers add up to that values become in a [`Frame`].
    #[doc(hidden)]
    type Sum: PartSum;

    /// The one frame of integers.
    #[doc(hidden)]
    const FRAME: Option<Frame>;

    /// Where the bits of some are; integers need not look.
    #[doc(hidden)]
    fn span(values: impl Iterator<Item = Self>) -> Span;

    /// The first integer that the value is in a frame that holds it, or the second.
    #[doc(hidden)]
    fn level<const SECOND: bool>(self, frame: &Frame) -> Self::Sum;

    /// An unsigned number of [`Sample::BITS`] bits that sorts as the values do (negative zero
    /// before zero; NaN at either end).
    fn key(self) -> u64;

    /// The value of a [`Sample::key`].
    fn from_key(key: u64) -> Self;

    /// Rounded to the nearest double where that is not exact (64-bit integers).
    fn to_f64(self) -> f64;

    /// Rounded to the nearest of single precision.
    #[doc(hidden)]
    fn to_f32(self) -> f32;

    /// False for NaN and ±inf.
    fn is_finite(self) -> bool;

    /// Whether all are; quicker than one by one.
    #[doc(hidden)]
    fn all_finite(values: &[Self]) -> bool;

    /// None is less.
    #[doc(hidden)]
    const LEAST: Self;

    /// None is greater.
    #[doc(hidden)]
    const GREATEST: Self;

    /// How many of them something holds for.
    #[doc(hidden)]
    fn count(values: &[Self], holds: impl Fn(Self) -> bool) -> u32;

    /// Appends the bytes of some, the lowest first.
    #[doc(hidden)]
    fn put_bytes(values: &[Self], bytes: &mut Vec<u8>);

    /// True for NaN.
    fn is_nan(self) -> bool;

    /// As the variant of this type.
    fn into_samples(array: Array2<Self>) -> Samples;
}

mod sealed {
    pub trait Sealed {}
}

/// A sum of a few integers.
#[doc(hidden)]
pub trait PartSum: Copy + Default + Into<i64> + Send + Sync + 'static {
    /// So many can be added.
    const CELLS: usize;
    /// With another one.
    #[must_use]
    fn plus(self, other: Self) -> Self;
}

/// Of integers of 16 bits.
impl PartSum for i32 {
    // 2^15 * (2^16 - 1) is below 2^31.
    const CELLS: usize = 1 << 15;
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
}

impl PartSum for i64 {
    const CELLS: usize = CELLS_PER_FRAME;
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
}

/// Counts in the width of the values, so that as many of both fit into a vector.
macro_rules! count {
    ($bits:ty) => {
        #[inline(always)]
        fn count(values: &[Self], holds: impl Fn(Self) -> bool) -> u32 {
            let mut all = 0;
            // No more than can be counted.
            for values in values.chunks(if <$bits>::BITS == 8 { 1 << 7 } else { 1 << 12 }) {
                let count = |sum: $bits, value: &Self| sum + <$bits>::from(holds(*value));
                all += values.iter().fold(0, count) as u32;
            }
            all
        }
    };
}

macro_rules! put_bytes {
    ($t:ty) => {
        fn put_bytes(values: &[Self], bytes: &mut Vec<u8>) {
            let start = bytes.len();
            bytes.resize(start + size_of_val(values), 0);
            let (_, new) = bytes.split_at_mut(start);
            let (places, _) = new.as_chunks_mut::<{ size_of::<$t>() }>();
            for (place, value) in places.iter_mut().zip(values) {
                *place = value.to_le_bytes();
            }
        }
    };
}

/// An integer of 64 bits as two that count 2^32 and 1; a smaller one as one of them.
macro_rules! halves {
    ($value:expr, $t:ty) => {
        match <$t>::BITS {
            64 => [
                $value >> (<$t>::BITS / 2),
                $value & !(!0 << (<$t>::BITS / 2)),
            ],
            _ => [$value, 0],
        }
    };
}

macro_rules! unsigned {
    ($($t:ty => $variant:ident, $sum:ty);*) => {$(
        impl sealed::Sealed for $t {}
        impl Sample for $t {
            const LEAST: Self = <$t>::MIN;
            const GREATEST: Self = <$t>::MAX;
            count!($t);
            put_bytes!($t);
            const BITS: u32 = <$t>::BITS;
            type Sum = $sum;
            const FRAME: Option<Frame> = Some(if <$t>::BITS == 64 { Frame::HALVES } else { Frame::NARROW });
            #[inline(always)]
            fn span(_: impl Iterator<Item = Self>) -> Span { Span::Nothing }
            #[inline(always)]
            fn level<const SECOND: bool>(self, _: &Frame) -> $sum {
                let [first, second] = halves!(self, $t);
                (if SECOND { second } else { first }) as $sum
            }
            #[inline(always)]
            fn key(self) -> u64 { self as u64 }
            #[inline(always)]
            fn from_key(key: u64) -> Self { key as $t }
            #[inline(always)]
            fn to_f64(self) -> f64 { self as f64 }
            #[inline(always)]
            fn to_f32(self) -> f32 { self as f32 }
            #[inline(always)]
            fn is_finite(self) -> bool { true }
            #[inline(always)]
            fn all_finite(_: &[Self]) -> bool { true }
            #[inline(always)]
            fn is_nan(self) -> bool { false }
            fn into_samples(array: Array2<Self>) -> Samples { Samples::$variant(array) }
        }
    )*};
}
unsigned!(u8 => U8, i32; u16 => U16, i32; u32 => U32, i64; u64 => U64, i64);

macro_rules! signed {
    ($($t:ty, $bits:ty => $variant:ident, $sum:ty);*) => {$(
        impl sealed::Sealed for $t {}
        impl Sample for $t {
            const LEAST: Self = <$t>::MIN;
            const GREATEST: Self = <$t>::MAX;
            count!($bits);
            put_bytes!($t);
            const BITS: u32 = <$t>::BITS;
            type Sum = $sum;
            const FRAME: Option<Frame> = Some(if <$t>::BITS == 64 { Frame::HALVES } else { Frame::NARROW });
            #[inline(always)]
            fn span(_: impl Iterator<Item = Self>) -> Span { Span::Nothing }
            #[inline(always)]
            fn level<const SECOND: bool>(self, _: &Frame) -> $sum {
                let [first, second] = halves!(self, $t);
                (if SECOND { second } else { first }) as $sum
            }
            // Two's complement with the sign bit flipped sorts as unsigned.
            #[inline(always)]
            fn key(self) -> u64 { u64::from(self as $bits ^ <$t>::MIN as $bits) }
            #[inline(always)]
            fn from_key(key: u64) -> Self { (key as $bits ^ <$t>::MIN as $bits) as $t }
            #[inline(always)]
            fn to_f64(self) -> f64 { self as f64 }
            #[inline(always)]
            fn to_f32(self) -> f32 { self as f32 }
            #[inline(always)]
            fn is_finite(self) -> bool { true }
            #[inline(always)]
            fn all_finite(_: &[Self]) -> bool { true }
            #[inline(always)]
            fn is_nan(self) -> bool { false }
            fn into_samples(array: Array2<Self>) -> Samples { Samples::$variant(array) }
        }
    )*};
}
signed!(i8, u8 => I8, i32; i16, u16 => I16, i32; i32, u32 => I32, i64; i64, u64 => I64, i64);

macro_rules! float {
    ($($t:ty, $bits:ty, $signed:ty => $variant:ident),*) => {$(
        impl sealed::Sealed for $t {}
        impl Sample for $t {
            const LEAST: Self = <$t>::NEG_INFINITY;
            const GREATEST: Self = <$t>::INFINITY;
            count!($bits);
            put_bytes!($t);
            const BITS: u32 = <$bits>::BITS;
            type Sum = i64;
            const FRAME: Option<Frame> = None;
            #[inline(always)]
            fn span(values: impl Iterator<Item = Self>) -> Span {
                // In the width of the cells, for vectors. Zero becomes the greatest instead of the least.
                const MOST: $signed = <$signed>::MAX;
                let (mut least, mut greatest) = (MOST, 0);
                for value in values {
                    let magnitude = value.to_bits() as $signed & MOST;
                    least = least.min(magnitude.wrapping_sub(1) & MOST);
                    greatest = greatest.max(magnitude);
                }
                let value = |bits: $signed| f64::from(<$t>::from_bits(bits as $bits));
                let (behind, lowest) = (<$t>::MANTISSA_DIGITS as i32 - 1, <$t>::MIN_EXP - <$t>::MANTISSA_DIGITS as i32);
                Span::between(value(least.saturating_add(1)), value(greatest), behind, lowest)
            }
            #[inline(always)]
            fn level<const SECOND: bool>(self, frame: &Frame) -> i64 { frame.level::<SECOND>(f64::from(self)) }
            // IEEE numbers sort as sign and magnitude: flip all bits of the negative ones and the
            // sign bit of the others, and they sort as unsigned.
            #[inline(always)]
            fn key(self) -> u64 {
                let bits = self.to_bits();
                let sign = 1 << (<$bits>::BITS - 1);
                u64::from(if bits & sign == 0 { bits | sign } else { !bits })
            }
            #[inline(always)]
            fn from_key(key: u64) -> Self {
                let key = key as $bits;
                let sign = 1 << (<$bits>::BITS - 1);
                <$t>::from_bits(if key & sign == 0 { !key } else { key ^ sign })
            }
            #[inline(always)]
            fn to_f64(self) -> f64 { f64::from(self) }
            #[inline(always)]
            fn to_f32(self) -> f32 { self as f32 }
            #[inline(always)]
            fn is_finite(self) -> bool { self.is_finite() }
            #[inline(always)]
            fn all_finite(values: &[Self]) -> bool {
                // What is not finite has all bits of its exponent set. In the width of the cells, for vectors.
                let exponent = <$t>::INFINITY.to_bits();
                (values.iter()).fold(0, |any, value| any | <$bits>::from(value.to_bits() & exponent == exponent)) == 0
            }
            #[inline(always)]
            fn is_nan(self) -> bool { self.is_nan() }
            fn into_samples(array: Array2<Self>) -> Samples { Samples::$variant(array) }
        }
    )*};
}
float!(f32, u32, i32 => F32, f64, u64, i64 => F64);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sorts<T: Sample + std::fmt::Debug>(a: T, b: T) {
        if a < b {
            assert!(a.key() < b.key(), "{a:?} {b:?}");
        }
        assert_eq!(T::from_key(a.key()).key(), a.key());
        assert_eq!(T::from_key(a.key()), a);
    }

    proptest! {
        #[test]
        fn keys_sort_as_values(a: (i8, i16, i32, i64), b: (i8, i16, i32, i64), c: (f32, f64), d: (f32, f64), e: (u64, u64)) {
            sorts(a.0, b.0);
            sorts(a.1, b.1);
            sorts(a.2, b.2);
            sorts(a.3, b.3);
            sorts(c.0, d.0);
            sorts(c.1, d.1);
            sorts(e.0, e.1);
        }
    }

    #[test]
    fn ends_of_the_range() {
        assert_eq!(i16::MIN.key(), 0);
        assert_eq!(i16::MAX.key(), 0xffff);
        assert!(f32::NEG_INFINITY.key() < f32::MIN.key());
        assert!(f64::MAX.key() < f64::INFINITY.key());
    }
}
