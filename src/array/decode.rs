//! From bytes at any alignment and in either order to numbers in memory.
//!
//! [`decode_run`] is the inner loop of everything that reads many cells. It is compiled once for
//! each number type and byte order, slices the bytes it will touch once, and leaves no bounds
//! check in the loop but the one that cuts a cell out of its stride.

use super::Sample;
use super::spare::Spare;
use crate::source::prefetch;

/// Bytes that the processor moves at once. Cells as far apart have one of their own each.
const CACHE_LINE: usize = 64;
/// How many cells a line is fetched before it is read: as many as the processor has on their way at once, and more.
const CELLS_AHEAD: usize = 32;

/// How `N` bytes of a file become a number.
pub(super) trait Decode<const N: usize>: 'static {
    type Out: Spare;
    fn little(bytes: [u8; N]) -> Self::Out;
    fn big(bytes: [u8; N]) -> Self::Out;
}

macro_rules! decode_primitive {
    ($($t:ty, $n:literal);*) => {$(
        impl Decode<$n> for $t {
            type Out = $t;
            #[inline(always)]
            fn little(bytes: [u8; $n]) -> $t { <$t>::from_le_bytes(bytes) }
            #[inline(always)]
            fn big(bytes: [u8; $n]) -> $t { <$t>::from_be_bytes(bytes) }
        }
    )*};
}
decode_primitive!(u8, 1; i8, 1; u16, 2; i16, 2; u32, 4; i32, 4; u64, 8; i64, 8; f32, 4; f64, 8);

impl Decode<2> for half::f16 {
    type Out = f32;
    #[inline(always)]
    fn little(bytes: [u8; 2]) -> f32 {
        Self::from_le_bytes(bytes).to_f32()
    }
    #[inline(always)]
    fn big(bytes: [u8; 2]) -> f32 {
        Self::from_be_bytes(bytes).to_f32()
    }
}

/// NumPy's bool as 0 or 1; any nonzero byte is true.
pub(super) struct BoolAsU8;

impl Decode<1> for BoolAsU8 {
    type Out = u8;
    #[inline(always)]
    fn little([byte]: [u8; 1]) -> u8 {
        u8::from(byte != 0)
    }
    #[inline(always)]
    fn big(bytes: [u8; 1]) -> u8 {
        Self::little(bytes)
    }
}

/// A mask's byte.
pub(super) struct Flag;

impl Decode<1> for Flag {
    type Out = bool;
    #[inline(always)]
    fn little([byte]: [u8; 1]) -> bool {
        byte != 0
    }
    #[inline(always)]
    fn big(bytes: [u8; 1]) -> bool {
        Self::little(bytes)
    }
}

/// The magnitude of a complex number, in the width of its parts.
pub(super) struct Magnitude;

impl Decode<8> for Magnitude {
    type Out = f32;
    #[inline(always)]
    fn little([a, b, c, d, e, f, g, h]: [u8; 8]) -> f32 {
        f32::from_le_bytes([a, b, c, d]).hypot(f32::from_le_bytes([e, f, g, h]))
    }
    #[inline(always)]
    fn big([a, b, c, d, e, f, g, h]: [u8; 8]) -> f32 {
        f32::from_be_bytes([a, b, c, d]).hypot(f32::from_be_bytes([e, f, g, h]))
    }
}

impl Decode<16> for Magnitude {
    type Out = f64;
    #[inline(always)]
    fn little(bytes: [u8; 16]) -> f64 {
        // The first part is in the low half, whatever the order of the bytes in memory.
        let both = u128::from_le_bytes(bytes);
        f64::from_bits(both as u64).hypot(f64::from_bits((both >> 64) as u64))
    }
    #[inline(always)]
    fn big(bytes: [u8; 16]) -> f64 {
        let both = u128::from_be_bytes(bytes);
        f64::from_bits((both >> 64) as u64).hypot(f64::from_bits(both as u64))
    }
}

/// Calls `function::<Decoder, N, BIG, Extra…>(arguments)`, written `function[Extra…](arguments)`,
/// with the decoder of a [`Number`](super::Number) in a [`ByteOrder`](super::ByteOrder).
macro_rules! with_decoder {
    (@order $order:expr, $function:ident, $decoder:ty, $n:literal, [$($extra:ty),*], $arguments:tt) => {
        match $order {
            $crate::array::ByteOrder::Little => $function::<$decoder, $n, false $(, $extra)*> $arguments,
            $crate::array::ByteOrder::Big => $function::<$decoder, $n, true $(, $extra)*> $arguments,
        }
    };
    ($number:expr, $order:expr, $function:ident [$($extra:ty),*] $arguments:tt) => {
        match $number {
            $crate::array::Number::Bool => with_decoder!(@order $order, $function, $crate::array::decode::BoolAsU8, 1, [$($extra),*], $arguments),
            $crate::array::Number::I8 => with_decoder!(@order $order, $function, i8, 1, [$($extra),*], $arguments),
            $crate::array::Number::I16 => with_decoder!(@order $order, $function, i16, 2, [$($extra),*], $arguments),
            $crate::array::Number::I32 => with_decoder!(@order $order, $function, i32, 4, [$($extra),*], $arguments),
            $crate::array::Number::I64 => with_decoder!(@order $order, $function, i64, 8, [$($extra),*], $arguments),
            $crate::array::Number::U8 => with_decoder!(@order $order, $function, u8, 1, [$($extra),*], $arguments),
            $crate::array::Number::U16 => with_decoder!(@order $order, $function, u16, 2, [$($extra),*], $arguments),
            $crate::array::Number::U32 => with_decoder!(@order $order, $function, u32, 4, [$($extra),*], $arguments),
            $crate::array::Number::U64 => with_decoder!(@order $order, $function, u64, 8, [$($extra),*], $arguments),
            $crate::array::Number::F16 => with_decoder!(@order $order, $function, half::f16, 2, [$($extra),*], $arguments),
            $crate::array::Number::F32 => with_decoder!(@order $order, $function, f32, 4, [$($extra),*], $arguments),
            $crate::array::Number::F64 => with_decoder!(@order $order, $function, f64, 8, [$($extra),*], $arguments),
            $crate::array::Number::C64 => with_decoder!(@order $order, $function, $crate::array::decode::Magnitude, 8, [$($extra),*], $arguments),
            $crate::array::Number::C128 => with_decoder!(@order $order, $function, $crate::array::decode::Magnitude, 16, [$($extra),*], $arguments),
        }
    };
}
pub(super) use with_decoder;

/// A decoder whose numbers are [`Sample`]s (a mask's are not).
pub(super) trait DecodeSample<const N: usize>: Decode<N, Out: Sample> {}
impl<const N: usize, D: Decode<N, Out: Sample>> DecodeSample<N> for D {}

#[inline(always)]
pub(super) fn decode_one<D: Decode<N>, const N: usize, const BIG: bool>(bytes: [u8; N]) -> D::Out {
    if BIG { D::big(bytes) } else { D::little(bytes) }
}

/// Fills `out` with the cells at `offset`, `offset + stride`, … The views prove beforehand that
/// all of them lie inside `bytes`; if not, `out` is filled with zeros: it may hold what belongs elsewhere.
#[inline(always)]
pub(super) fn decode_run<D: Decode<N>, const N: usize, const BIG: bool>(
    bytes: &[u8],
    offset: usize,
    stride: isize,
    out: &mut [D::Out],
) {
    let Some(span) = span_of_run(bytes, offset, stride, out.len(), N) else {
        return out.fill(D::Out::default());
    };
    let step = stride.unsigned_abs();
    if stride > 0 && step == N {
        let (cells, _) = span.as_chunks::<N>();
        for (out, cell) in out.iter_mut().zip(cells) {
            *out = decode_one::<D, N, BIG>(*cell);
        }
    } else if step == 0 {
        if let Some(cell) = span.first_chunk::<N>() {
            out.fill(decode_one::<D, N, BIG>(*cell));
        }
    } else if stride < 0 {
        decode_strided::<D, N, BIG>(span, step, out.iter_mut().rev());
    } else if step < CACHE_LINE {
        decode_strided::<D, N, BIG>(span, step, out.iter_mut());
    } else {
        decode_far::<D, N, BIG>(span, step, out);
    }
}

/// `out` in the order of ascending addresses. The last chunk is cut to one cell.
#[inline(always)]
fn decode_strided<'a, D: Decode<N>, const N: usize, const BIG: bool>(
    span: &[u8],
    step: usize,
    out: impl Iterator<Item = &'a mut D::Out>,
) {
    for (out, chunk) in out.zip(span.chunks(step)) {
        if let Some(cell) = chunk.first_chunk::<N>() {
            *out = decode_one::<D, N, BIG>(*cell);
        }
    }
}

/// As [`decode_strided`], where each cell is in a cache line of its own: they are fetched before their turn comes.
#[inline(always)]
fn decode_far<D: Decode<N>, const N: usize, const BIG: bool>(
    span: &[u8],
    step: usize,
    out: &mut [D::Out],
) {
    let mut ahead = step.saturating_mul(CELLS_AHEAD);
    for (out, chunk) in out.iter_mut().zip(span.chunks(step)) {
        prefetch(span, ahead);
        ahead = ahead.wrapping_add(step);
        if let Some(cell) = chunk.first_chunk::<N>() {
            *out = decode_one::<D, N, BIG>(*cell);
        }
    }
}

/// The bytes from the lowest cell of a run to the end of its highest.
#[inline]
fn span_of_run(
    bytes: &[u8],
    offset: usize,
    stride: isize,
    len: usize,
    size: usize,
) -> Option<&[u8]> {
    let reach = stride.unsigned_abs().checked_mul(len.checked_sub(1)?)?;
    let low = if stride < 0 {
        offset.checked_sub(reach)?
    } else {
        offset
    };
    bytes.get(low..low.checked_add(reach)?.checked_add(size)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_in_both_directions_and_orders() {
        let bytes: Vec<u8> = (0..12).collect();
        let mut out = [0_u16; 3];
        decode_run::<u16, 2, false>(&bytes, 1, 2, &mut out);
        assert_eq!(out, [0x0201, 0x0403, 0x0605]);
        decode_run::<u16, 2, true>(&bytes, 1, 4, &mut out);
        assert_eq!(out, [0x0102, 0x0506, 0x090a]);
        decode_run::<u16, 2, true>(&bytes, 10, -4, &mut out);
        assert_eq!(out, [0x0a0b, 0x0607, 0x0203]);
        decode_run::<u16, 2, true>(&bytes, 2, 0, &mut out);
        assert_eq!(out, [0x0203; 3]);
    }

    /// Where lines are fetched ahead, also of cells that are not there.
    #[test]
    fn runs_of_cells_that_are_far_apart() {
        let bytes: Vec<u8> = (0..200 * 70).map(|at| (at / 70) as u8).collect();
        let mut out = [0_u8; 200];
        decode_run::<u8, 1, false>(&bytes, 0, 70, &mut out);
        assert!(
            out.iter()
                .enumerate()
                .all(|(cell, value)| usize::from(*value) == cell)
        );
        let mut out = [0_u16; 3];
        decode_run::<u16, 2, false>(&bytes, 69, 4000, &mut out);
        assert_eq!(out, [0x0100, 0x3a3a, 0x7373]);
    }

    #[test]
    fn runs_outside_the_bytes_are_zeros() {
        let bytes = [1_u8; 8];
        for (offset, stride) in [
            (7, 2),
            (4, -4),
            (usize::MAX, 1),
            (0, isize::MAX),
            (0, isize::MIN),
        ] {
            let mut out = [9_u16; 3];
            decode_run::<u16, 2, false>(&bytes, offset, stride, &mut out);
            assert_eq!(out, [0; 3], "{offset} {stride}");
        }
    }

    #[test]
    fn magnitudes() {
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&3.0_f64.to_be_bytes());
        bytes.extend_from_slice(&(-4.0_f64).to_be_bytes());
        let mut out = [0.0];
        decode_run::<Magnitude, 16, true>(&bytes, 0, 16, &mut out);
        assert_eq!(out, [5.0]);
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&3.0_f32.to_le_bytes());
        bytes.extend_from_slice(&(-4.0_f32).to_le_bytes());
        let mut out = [0.0];
        decode_run::<Magnitude, 8, false>(&bytes, 0, 8, &mut out);
        assert_eq!(out, [5.0]);
    }
}
