//! Values to bytes in single precision, which is twice as quick as in double, wherever it is certain to give the same bytes.

use super::Limits;
use crate::array::Sample;

/// Values of which one that is in doubt has all worked out again.
const VALUES_PER_STEP: usize = 64;
/// Single precision rounds by one part in so many at most.
const PARTS: f64 = (1_u32 << 24) as f64;
/// Beyond these, limits and what is between them are left to double precision: the scale would not be a normal number.
const SPANS: std::ops::Range<f64> = 1e-30..1e30;

/// The plain linear way from a value to its byte.
#[derive(Clone, Copy)]
pub(super) struct Quick {
    lo: f32,
    /// Steps of a byte for each unit of the value.
    scale: f32,
    /// How far a result may be from that of double precision.
    doubt: f32,
}

impl Quick {
    /// `None` where nearly all would be in doubt: the limits are too far from zero for what lies between them.
    ///
    /// Rounded are the value and `lo` (each to `farthest / PARTS`), their difference, the scale, the product: in steps of a
    /// byte `255 / PARTS * (2 * farthest / span + 3)`, and a little more for what rounding does to the errors themselves.
    pub(super) fn new(limits: Limits, span: f64) -> Option<Self> {
        let farthest = limits.lo.abs().max(limits.hi.abs());
        let doubt = 256.0 / PARTS * (2.0 * farthest / span.abs() + 4.0);
        let is_sound = SPANS.contains(&span.abs()) && farthest < SPANS.end && doubt < 1.0 / 64.0;
        is_sound.then_some(Self {
            lo: limits.lo as f32,
            scale: (255.0 / span) as f32,
            doubt: doubt as f32,
        })
    }

    /// The bytes; `exact` makes those of a few values where that is needed. Those of NaN may be any.
    #[inline(always)]
    pub(super) fn fill<T: Sample>(
        self,
        values: &[T],
        bytes: &mut [u8],
        exact: impl Fn(&[T], &mut [u8]),
    ) {
        let bytes = bytes.chunks_mut(VALUES_PER_STEP);
        for (values, bytes) in values.chunks(VALUES_PER_STEP).zip(bytes) {
            if self.fill_step(values, bytes) {
                exact(values, bytes);
            }
        }
    }

    /// Whether any is in doubt.
    #[inline(always)]
    fn fill_step<T: Sample>(self, values: &[T], bytes: &mut [u8]) -> bool {
        // Numbers as large as this have no fractions: a sum is rounded to the nearest integer, in its lowest bits.
        const WHOLE: f32 = (3_u32 << 22) as f32;
        let certain = 0.5 - self.doubt;
        let mut in_doubt = 0_u32;
        for (out, value) in bytes.iter_mut().zip(values) {
            let exact = ((value.to_f32() - self.lo) * self.scale).clamp(0.0, 255.0);
            let nearest = exact + WHOLE;
            *out = nearest.to_bits() as u8;
            // Half way between two bytes, or nearly.
            in_doubt |= u32::from((exact - (nearest - WHOLE)).abs() > certain);
        }
        in_doubt != 0
    }
}

#[cfg(test)]
mod tests {
    use super::super::channel::byte;
    use super::*;
    use crate::render::Scale;
    use proptest::prelude::*;

    /// How many steps were worked out again.
    fn check(limits: Limits, values: &[f64]) -> Option<usize> {
        let quick = Quick::new(limits, limits.hi - limits.lo)?;
        let exact = |value: f64| byte(value, limits, Scale::Linear);
        let again = std::cell::Cell::new(0);
        let mut bytes = vec![0; values.len()];
        quick.fill(values, &mut bytes, |values, bytes| {
            again.set(again.get() + 1);
            bytes
                .iter_mut()
                .zip(values)
                .for_each(|(byte, &value)| *byte = exact(value));
        });
        for (&value, byte) in values.iter().zip(bytes) {
            assert_eq!(byte, exact(value), "{value:?} in {limits:?}");
        }
        Some(again.get())
    }

    proptest! {
        /// Mostly values near those where one byte ends and the next begins.
        #[test]
        fn as_in_double_precision(
            lo in -5e3..5e3_f64,
            span in prop_oneof![1e-2..1e4_f64, -1e4..-1e-2_f64],
            at in prop::collection::vec((-20..276_i32, -3..3_i32, 0..9_u32), 1..200),
        ) {
            let limits = Limits { lo, hi: lo + span };
            let value = |&(step, off, digits): &(i32, i32, u32)| {
                let edge = lo + span * (f64::from(step) + 0.5) / 255.0;
                edge * (1.0 + f64::from(off) * 10_f64.powi(-(digits as i32 + 4)))
            };
            check(limits, &at.iter().map(value).collect::<Vec<_>>());
        }
    }

    #[test]
    fn most_values_are_certain() {
        let values: Vec<f64> = (0..64_000)
            .map(|at| f64::from(at) * 0.1237 - 300.0)
            .collect();
        let again = check(
            Limits {
                lo: 17.3,
                hi: 4711.1,
            },
            &values,
        );
        assert!(again.is_some_and(|again| again < 100), "{again:?}");
        // All of these are half way.
        let halves: Vec<f64> = (0..64).map(|at| f64::from(at) + 0.5).collect();
        assert_eq!(check(Limits { lo: 0.0, hi: 255.0 }, &halves), Some(1));
    }

    #[test]
    fn ends_and_what_is_beyond_them() {
        let all = [
            f64::MIN,
            -1e39,
            -1.0,
            -0.0,
            0.0,
            1e-300,
            1.0,
            2.0,
            1e39,
            f64::MAX,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ];
        for (lo, hi) in [
            (0.0, 1.0),
            (1.0, 0.0),
            (-1.0, 2.0),
            (0.0, 1e-29),
            (-1e29, 1e29),
        ] {
            assert!(check(Limits { lo, hi }, &all).is_some());
        }
    }

    #[test]
    fn what_single_precision_cannot_tell_apart_is_left_alone() {
        for (lo, hi) in [
            (1e6, 1e6 + 1.0),
            (0.0, 1e-31),
            (0.0, 1e31),
            (-1e31, -1e31 + 1e29),
            (f64::NAN, 1.0),
        ] {
            assert_eq!(check(Limits { lo, hi }, &[lo, hi]), None);
        }
    }
}
