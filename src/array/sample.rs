//! The number types that samples have in memory, and what reading, sorting and painting need of them.

use super::Samples;
use ndarray::Array2;

/// A real number in memory. Sealed: these are the ten types of [`Samples`].
pub trait Sample: Copy + Default + PartialOrd + Send + Sync + 'static + sealed::Sealed {
    /// Width of [`Sample::key`].
    const BITS: u32;

    /// What some thousand of them add up to without loss, or a double.
    #[doc(hidden)]
    type Sum: PartSum;

    /// The value as something to be added up.
    #[doc(hidden)]
    fn to_sum(self) -> Self::Sum;

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

/// A sum of a few [`Sample`]s.
#[doc(hidden)]
pub trait PartSum: Copy + Default + Send + Sync + 'static {
    /// With another one.
    #[must_use]
    fn plus(self, other: Self) -> Self;
    /// Without loss.
    fn to_f64(self) -> f64;
}

impl PartSum for i32 {
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self.into()
    }
}

impl PartSum for f64 {
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self + other
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
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
            #[inline(always)]
            fn to_sum(self) -> $sum { self as $sum }
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
unsigned!(u8 => U8, i32; u16 => U16, i32; u32 => U32, f64; u64 => U64, f64);

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
            #[inline(always)]
            fn to_sum(self) -> $sum { self as $sum }
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
signed!(i8, u8 => I8, i32; i16, u16 => I16, i32; i32, u32 => I32, f64; i64, u64 => I64, f64);

macro_rules! float {
    ($($t:ty, $bits:ty => $variant:ident),*) => {$(
        impl sealed::Sealed for $t {}
        impl Sample for $t {
            const LEAST: Self = <$t>::NEG_INFINITY;
            const GREATEST: Self = <$t>::INFINITY;
            count!($bits);
            put_bytes!($t);
            const BITS: u32 = <$bits>::BITS;
            type Sum = f64;
            #[inline(always)]
            fn to_sum(self) -> f64 { f64::from(self) }
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
float!(f32, u32 => F32, f64, u64 => F64);

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
