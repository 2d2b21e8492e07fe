//! Sums without any loss, and what is made of them with a single rounding: means and standard deviations.
//!
//! Every cell is an integer times a power of two, so sums of cells and of their squares are, too. While terms are of similar
//! size, they are added as integers in a common unit (a [`Frame`]); an [`Exact`] sum takes the totals, and the few terms that
//! fit no frame one by one. So no result depends on the order of its terms, on how they were cut into pieces, or on threads.

use super::Sample;
use num_bigint::{BigInt, BigUint, Sign};

/// Bits of an integer of a [`Frame`], besides its sign.
const BITS: i32 = 51;
/// How far apart the units of two levels of doubles are: what the first leaves is at most half of its unit.
const APART: i32 = BITS + 1;
/// Cells whose integers of any frame add up to no more than 63 bits hold.
pub(super) const CELLS_PER_FRAME: usize = 1 << 11;

/// Between which powers of two the bits of some doubles lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Span {
    /// Only zeros.
    Nothing,
    /// Multiples of 2^`low` below 2^`high`.
    Bits {
        /// See the variant.
        low: i32,
        /// See the variant.
        high: i32,
    },
    /// NaN or infinity is among them.
    NotFinite,
}

impl Span {
    /// Of all of both.
    #[inline(always)]
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::NotFinite, _) | (_, Self::NotFinite) => Self::NotFinite,
            (Self::Nothing, span) | (span, Self::Nothing) => span,
            (Self::Bits { low, high }, Self::Bits { low: l, high: h }) => Self::Bits {
                low: low.min(l),
                high: high.max(h),
            },
        }
    }

    /// Of doubles with so many bits behind the first one, none below 2^`lowest`, by the least and the greatest magnitude of
    /// those that are not zero.
    #[inline(always)]
    pub(super) fn between(least: f64, greatest: f64, behind: i32, lowest: i32) -> Self {
        // Where the first bit of a double stands; of the smallest, not above it.
        let first = |value: f64| ((value.to_bits() >> 52) & 0x7ff).max(1) as i32 - 1023;
        if !greatest.is_finite() {
            return Self::NotFinite;
        }
        if greatest == 0.0 {
            return Self::Nothing;
        }
        Self::Bits {
            low: (first(least) - behind).max(lowest),
            high: first(greatest) + 1,
        }
    }
}

/// How numbers of similar size become integers: one each, or two upon each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// The first integer counts units of 2^`unit`.
    unit: i32,
    /// The second one units that are so many powers smaller. 0: there is none.
    apart: i32,
    /// Doubles with units as their last bits: what is added to one is rounded to these.
    shifts: [f64; 2],
}

impl Frame {
    /// Of integers of at most 32 bits.
    pub(super) const NARROW: Self = Self::of_integers(0, 0);
    /// Of integers of 64 bits: their halves.
    pub(super) const HALVES: Self = Self::of_integers(32, 32);
    /// Of no doubles at all.
    const EMPTY: Self = Self::of_integers(-(1 << 20), 0);

    const fn of_integers(unit: i32, apart: i32) -> Self {
        Self {
            unit,
            apart,
            shifts: [0.0; 2],
        }
    }

    /// For doubles; some larger ones than those will fit as well. `None` where it takes more than two integers, or units
    /// that no double has.
    fn new(span: Span) -> Option<Self> {
        let Span::Bits { low, high } = span else {
            return Some(Self::EMPTY);
        };
        let apart = if high - low <= BITS { 0 } else { APART };
        let top = (high + 4).min(low + BITS + apart);
        // No unit is smaller than that of the smallest doubles.
        let top = top.max(BITS + apart - 1074);
        let unit = top - BITS;
        let shift = |unit: i32| power(unit).map(|power| power * (1.5 * 2_f64.powi(52)));
        (high <= top && top <= 1021).then_some(())?;
        Some(Self {
            unit,
            apart,
            shifts: [
                shift(unit)?,
                if apart == 0 {
                    0.0
                } else {
                    shift(unit - APART)?
                },
            ],
        })
    }

    #[inline(always)]
    fn holds(&self, span: Span) -> bool {
        match span {
            Span::Nothing => true,
            Span::Bits { low, high } => {
                self.unit - self.apart <= low && high.saturating_sub(BITS) <= self.unit
            }
            Span::NotFinite => false,
        }
    }

    #[inline(always)]
    pub(super) fn levels(&self) -> usize {
        if self.apart == 0 { 1 } else { 2 }
    }

    /// The first integer of a double, or what that leaves as the second.
    #[inline(always)]
    pub(super) fn level<const SECOND: bool>(&self, value: f64) -> i64 {
        let [first, second] = self.shifts;
        let round = |value: f64, shift: f64| {
            // Neighbouring doubles have neighbouring bits.
            (value + shift).to_bits() as i64 - shift.to_bits() as i64
        };
        if SECOND {
            round(value - ((value + first) - first), second)
        } else {
            round(value, first)
        }
    }

    /// A sum of first integers and one of second integers, as one integer and its unit.
    #[inline(always)]
    fn joined(&self, first: i128, second: i128) -> (i128, i32) {
        ((first << self.apart) + second, self.unit - self.apart)
    }
}

/// A power of two, if a double has it with all bits.
fn power(exponent: i32) -> Option<f64> {
    match exponent {
        -1022..=1023 => Some(f64::from_bits(((exponent + 1023) as u64) << 52)),
        -1074..-1022 => Some(f64::from_bits(1 << (exponent + 1074))),
        _ => None,
    }
}

/// The frame of the numbers that are being added, which changes when others come.
pub(super) struct Framing(pub(super) Frame);

impl Framing {
    pub(super) fn new<T: Sample>() -> Self {
        Self(T::FRAME.unwrap_or(Frame::EMPTY))
    }

    /// Whether numbers can be added as integers; `change` is called before their unit becomes another one.
    #[inline(always)]
    pub(super) fn fits(&mut self, span: Span, change: impl FnOnce(&Frame)) -> bool {
        if self.0.holds(span) {
            return true;
        }
        let Some(frame) = Frame::new(span) else {
            return false;
        };
        change(&self.0);
        self.0 = frame;
        true
    }
}

/// A sum of integers times powers of two.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exact {
    /// The sum is `value` times 2^`unit`, and `rest`.
    value: i128,
    unit: i32,
    rest: Option<Box<Wide>>,
}

impl Exact {
    /// Adds `value` times 2^`unit`.
    #[inline]
    pub(crate) fn add(&mut self, value: i128, unit: i32) {
        match self.value.checked_add(value) {
            Some(sum) if unit == self.unit => self.value = sum,
            _ => self.add_other(value, unit),
        }
    }

    /// Adds sums of integers that a frame made.
    #[inline]
    pub(super) fn add_framed(&mut self, frame: &Frame, [first, second]: [i64; 2]) {
        let (value, unit) = frame.joined(first.into(), second.into());
        self.add(value, unit);
    }

    /// Adds a finite double.
    #[inline]
    pub(crate) fn add_double(&mut self, value: f64) {
        let (mantissa, unit) = parts(value);
        self.add(mantissa.into(), unit);
    }

    fn add_other(&mut self, value: i128, unit: i32) {
        if value == 0 {
            return;
        }
        if self.value == 0 {
            (self.value, self.unit) = (value, unit);
            return;
        }
        let low = unit.min(self.unit);
        let sum = || {
            let (a, b) = (
                raised(self.value, self.unit - low)?,
                raised(value, unit - low)?,
            );
            a.checked_add(b)
        };
        match sum() {
            Some(sum) => (self.value, self.unit) = (sum, low),
            None => self.rest.get_or_insert_default().add(value, unit),
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.add(other.value, other.unit);
        if let Some(rest) = &other.rest {
            self.rest.get_or_insert_default().merge(rest);
        }
    }

    /// As one integer, and its unit.
    fn total(&self) -> (BigInt, i32) {
        match &self.rest {
            None => (self.value.into(), self.unit),
            Some(rest) => {
                let mut rest = rest.clone();
                rest.add(self.value, self.unit);
                (rest.total(), LOWEST)
            }
        }
    }

    /// The nearest double of the mean of so many terms; NaN without any.
    pub(crate) fn mean(&self, count: u64) -> f64 {
        if count == 0 {
            return f64::NAN;
        }
        let quick = || match self.rest {
            None => self.quick_mean(count),
            Some(_) => None,
        };
        quick().unwrap_or_else(|| {
            let (sum, unit) = self.total();
            let mean = rounded_quotient(sum.magnitude(), &count.into(), unit);
            if sum.sign() == Sign::Minus {
                -mean
            } else {
                mean
            }
        })
    }

    /// Divides in double precision, where that is sure to give the nearest double.
    #[inline]
    fn quick_mean(&self, count: u64) -> Option<f64> {
        const ALL_BITS: u64 = 1 << 53;
        if self.value == 0 {
            return Some(0.0);
        }
        (count < ALL_BITS && self.value.unsigned_abs() < 1 << 120).then_some(())?;
        let many = count as f64;
        let quotient = match i64::try_from(self.value) {
            Ok(value) if value.unsigned_abs() <= ALL_BITS => value as f64 / many,
            _ => {
                let high = self.value as f64;
                let low = (self.value - high as i128) as f64;
                let quotient = high / many;
                let behind = ((-quotient).mul_add(many, high) + low) / many;
                // More than all that the roundings above can come to.
                let doubt = quotient.abs() * 2_f64.powi(-100);
                let nearest = quotient + (behind - doubt);
                (nearest == quotient + (behind + doubt)).then_some(nearest)?
            }
        };
        let mean = quotient * power(self.unit)?;
        mean.is_normal().then_some(mean)
    }
}

/// The nearest double of the standard deviation (of a population) of terms with such a sum and such a sum of their squares.
pub(crate) fn deviation(sum: &Exact, squares: &Exact, count: u64) -> f64 {
    if count == 0 {
        return f64::NAN;
    }
    let ((sum, unit), (squares, square_unit)) = (sum.total(), squares.total());
    // n Σx² - (Σx)², in a unit that is the square of one.
    let low = square_unit.min(2 * unit).div_euclid(2) * 2;
    let difference = ((BigInt::from(count) * squares) << (square_unit - low))
        - ((&sum * &sum) << (2 * unit - low));
    let Some(difference) = difference.to_biguint().filter(|it| *it != BigUint::ZERO) else {
        return 0.0;
    };
    let count = BigUint::from(count);
    let (variance, variance_unit, is_whole) = quotient(&difference, &(&count * &count), 132);
    // The root has half of the bits; of an even power of two.
    let (variance, variance_unit) = match variance_unit.rem_euclid(2) {
        0 => (variance, variance_unit),
        _ => (variance << 1, variance_unit - 1),
    };
    let root = variance.sqrt();
    let is_whole = is_whole && &root * &root == variance;
    rounded(&root, (variance_unit + low) / 2, is_whole)
}

/// The quotient times a power of two, with so many bits or one more; the unit; and whether nothing was left.
fn quotient(dividend: &BigUint, divisor: &BigUint, bits: u64) -> (BigUint, i32, bool) {
    let shift = bits as i64 + divisor.bits() as i64 - dividend.bits() as i64;
    let (dividend, divisor) = match shift {
        0.. => (dividend << shift, divisor.clone()),
        _ => (dividend.clone(), divisor << -shift),
    };
    let quotient = &dividend / &divisor;
    let is_whole = &quotient * &divisor == dividend;
    (quotient, -shift as i32, is_whole)
}

/// The nearest double of `dividend / divisor` times 2^`unit`.
fn rounded_quotient(dividend: &BigUint, divisor: &BigUint, unit: i32) -> f64 {
    let (quotient, shift, is_whole) = quotient(dividend, divisor, 66);
    rounded(&quotient, unit + shift, is_whole)
}

/// The nearest double of `value` times 2^`unit`, of a little more unless it `is_whole`; ties go to the even one.
fn rounded(value: &BigUint, unit: i32, is_whole: bool) -> f64 {
    let bits = value.bits() as i32;
    // Where the last bit of the double will stand.
    let last = (unit + bits - 53).max(-1074);
    let drop = last - unit;
    let (kept, is_up) = match u64::try_from(drop) {
        Ok(0) | Err(_) => (value << (unit - last), false),
        Ok(drop) => {
            let kept = value >> drop;
            let half = value.bit(drop - 1);
            let is_more = !is_whole || value.trailing_zeros().is_some_and(|zeros| zeros < drop - 1);
            let is_odd = kept.bit(0);
            (kept, half && (is_more || is_odd))
        }
    };
    let kept = u64::try_from(kept).unwrap_or(u64::MAX) + u64::from(is_up);
    // In two steps: one power of two may be more than a double holds.
    let half = last / 2;
    kept as f64 * 2_f64.powi(half) * 2_f64.powi(last - half)
}

/// A finite double as an integer and its unit.
#[inline]
fn parts(value: f64) -> (i64, i32) {
    let bits = value.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32;
    let fraction = (bits & ((1 << 52) - 1)) as i64;
    let mantissa = if exponent == 0 {
        fraction
    } else {
        fraction | 1 << 52
    };
    let signed = if value.is_sign_negative() {
        -mantissa
    } else {
        mantissa
    };
    (signed, exponent.max(1) - 1075)
}

/// Times a power of two, if there is room.
fn raised(value: i128, by: i32) -> Option<i128> {
    let by = u32::try_from(by).ok()?;
    (by < value.unsigned_abs().leading_zeros()).then(|| value << by)
}

/// Below the last bit of the square of any double.
const LOWEST: i32 = -34 * 64;

/// A sum of terms of any size: integers whose units are 64 powers of two apart, with room for carries.
#[derive(Debug, Clone)]
struct Wide([i128; 72]);

impl Default for Wide {
    fn default() -> Self {
        Self([0; 72])
    }
}

impl Wide {
    fn add(&mut self, value: i128, unit: i32) {
        let at = (unit - LOWEST).max(0) as usize;
        let (first, shift) = (at / 64, at % 64);
        let low = u128::from(value as u64) << shift;
        let high = (value >> 64) << shift;
        let parts =
            [low & LOW_HALF, (low >> 64) + (high as u128 & LOW_HALF)].map(|part| part as i128);
        let parts = parts.into_iter().chain([high >> 64]);
        for (limb, part) in self.0.iter_mut().skip(first).zip(parts) {
            *limb += part;
        }
    }

    fn merge(&mut self, other: &Self) {
        for (limb, other) in self.0.iter_mut().zip(other.0) {
            *limb += other;
        }
    }

    /// In units of 2^[`LOWEST`].
    fn total(&self) -> BigInt {
        (self.0.iter().rev()).fold(BigInt::ZERO, |sum, &limb| (sum << 64) + limb)
    }
}

const LOW_HALF: u128 = u64::MAX as u128;

/// Adds finite numbers, no more than [`CELLS_PER_FRAME`], and their squares.
#[inline(always)]
pub(crate) fn add_moments<T: Sample>(values: &[T], sum: &mut Exact, squares: &mut Exact) {
    let span = T::span(values.iter().copied());
    let mut framing = Framing::new::<T>();
    if !framing.fits(span, |_| {}) {
        for value in values {
            let (mantissa, unit) = parts(value.to_f64());
            sum.add(mantissa.into(), unit);
            squares.add(i128::from(mantissa) * i128::from(mantissa), 2 * unit);
        }
        return;
    }
    let frame = &framing.0;
    let (mut sums, mut products) = ([0_i64; 2], [0_i128; 3]);
    let times = |a: i64, b: i64| i128::from(a) * i128::from(b);
    if frame.levels() == 1 {
        for value in values {
            let first = value.level::<false>(frame).into();
            sums[0] += first;
            products[0] += times(first, first);
        }
    } else {
        for value in values {
            let (first, second) = (
                value.level::<false>(frame).into(),
                value.level::<true>(frame).into(),
            );
            sums[0] += first;
            sums[1] += second;
            products[0] += times(first, first);
            products[1] += times(first, second);
            products[2] += times(second, second);
        }
    }
    sum.add_framed(frame, sums);
    let [both_first, mixed, both_second] = products;
    squares.add(both_first, 2 * frame.unit);
    squares.add(mixed, 2 * frame.unit - frame.apart + 1);
    squares.add(both_second, 2 * (frame.unit - frame.apart));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// In units of 2^[`LOWEST`].
    fn exact(value: f64) -> BigInt {
        let (mantissa, unit) = parts(value);
        BigInt::from(mantissa) << (unit - LOWEST)
    }

    /// Half of the distance to the next double away from zero, as [`exact`].
    fn half_step(value: f64) -> BigInt {
        (exact(value.abs().next_up()) - exact(value.abs())) / 2
    }

    /// Between which numbers a double that is not negative is the nearest.
    fn ends(value: f64) -> [BigInt; 2] {
        let (value, half) = (exact(value), half_step(value));
        [BigInt::ZERO.max(&value - &half), value + half]
    }

    fn check(values: &[f64], sum: &Exact, squares: &Exact) -> Result<(), TestCaseError> {
        let count = BigInt::from(values.len());
        let total: BigInt = values.iter().map(|&value| exact(value)).sum();
        let mean = sum.mean(values.len() as u64);
        let off = &total - exact(mean) * &count;
        prop_assert!(
            off.magnitude() <= (half_step(mean) * &count).magnitude(),
            "mean {mean}"
        );
        let of_squares: BigInt = values.iter().map(|&value| exact(value).pow(2)).sum();
        let variance = &count * of_squares - total.pow(2);
        let std = deviation(sum, squares, values.len() as u64);
        let [low, high] = ends(std).map(|end| (end * &count).pow(2));
        prop_assert!(low <= variance && variance <= high, "deviation {std}");
        Ok(())
    }

    fn moments<T: Sample>(values: &[T], piece: usize) -> (Exact, Exact) {
        let (mut sum, mut squares) = (Exact::default(), Exact::default());
        for piece in values.chunks(piece) {
            let (mut part, mut part_squares) = (Exact::default(), Exact::default());
            add_moments(piece, &mut part, &mut part_squares);
            sum.merge(&part);
            squares.merge(&part_squares);
        }
        (sum, squares)
    }

    /// Around an exponent, or any.
    fn doubles() -> impl Strategy<Value = Vec<f64>> {
        let one = (any::<u64>(), -1074..1024_i32, 0..2200_u64);
        one.prop_flat_map(|(seed, middle, spread)| {
            let one = any::<(u64, u64)>().prop_map(move |(bits, other)| {
                let exponent = (middle + ((other ^ seed) % (spread + 1)) as i32).clamp(-1023, 1023);
                let value = f64::from_bits(((exponent + 1023) as u64) << 52 | bits >> 12);
                if bits & 1 == 0 { value } else { -value }
            });
            proptest::collection::vec(one, 1..60)
        })
    }

    proptest! {
        #[test]
        fn moments_of_doubles_against_exact_arithmetic(values in doubles(), piece in 1..20_usize) {
            let (sum, squares) = moments(&values, piece);
            check(&values, &sum, &squares)?;
        }

        #[test]
        fn moments_of_floats_against_exact_arithmetic(values in proptest::collection::vec(any::<f32>(), 1..60), piece in 1..20_usize) {
            let values: Vec<f32> = values.into_iter().filter(|value| value.is_finite()).chain([0.1]).collect();
            let (sum, squares) = moments(&values, piece);
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            check(&values, &sum, &squares)?;
        }

        #[test]
        fn moments_of_an_offset_against_exact_arithmetic(offset in -1e18..1e18, noise in proptest::collection::vec(-1.0..1.0, 1..60), small in -40..1_i32) {
            let values: Vec<f64> = noise.iter().map(|noise| offset + noise * 2_f64.powi(small)).collect();
            let (sum, squares) = moments(&values, 7);
            check(&values, &sum, &squares)?;
        }

        #[test]
        fn moments_of_large_integers_against_exact_arithmetic(values in proptest::collection::vec(any::<i64>(), 1..60), shift in 0..64_u32) {
            let values: Vec<i64> = values.iter().map(|value| i64::MAX - (value.unsigned_abs() >> shift) as i64).collect();
            let (sum, squares) = moments(&values, 7);
            let count = BigInt::from(values.len());
            let total: BigInt = values.iter().map(|&value| BigInt::from(value)).sum();
            let of_squares: BigInt = values.iter().map(|&value| BigInt::from(value).pow(2)).sum();
            for (found, expected) in [(&sum, &total), (&squares, &of_squares)] {
                let (found, unit) = found.total();
                prop_assert_eq!(found << (unit - LOWEST), expected << -LOWEST);
            }
            let std = deviation(&sum, &squares, values.len() as u64);
            let variance: BigInt = &count * of_squares - total.pow(2);
            let [low, high] = ends(std).map(|end| end * &count);
            let variance = variance << (-2 * LOWEST);
            prop_assert!(low.pow(2) <= variance && variance <= high.pow(2));
        }
    }

    #[test]
    fn ties_go_to_the_even_double() {
        for (sum, count, mean) in [
            ((1_i128 << 54) + 2, 2, 2_f64.powi(53)),
            ((1 << 54) + 6, 2, 2_f64.powi(53) + 4.0),
            ((1 << 54) + 3, 2, 2_f64.powi(53) + 2.0),
            (-(1 << 54) - 2, 2, -(2_f64.powi(53))),
            (1, 3, 1.0 / 3.0),
            (i128::MAX, 1, 2_f64.powi(127)),
        ] {
            let mut exact = Exact::default();
            exact.add(sum, 0);
            assert_eq!(exact.mean(count), mean, "{sum} / {count}");
        }
    }

    #[test]
    fn the_smallest_doubles_are_not_lost() {
        let mut sum = Exact::default();
        sum.add_double(5e-324);
        assert_eq!((sum.mean(1), sum.mean(2), sum.mean(3)), (5e-324, 0.0, 0.0));
        sum.add_double(1e-323);
        assert_eq!(sum.mean(2), 1e-323);
        sum.add_double(f64::MAX);
        sum.add_double(-f64::MAX);
        assert_eq!(sum.mean(2), 1e-323);
    }

    #[test]
    fn cells_that_fill_a_frame() {
        let most = 2_f64.powi(900).next_down();
        for value in [most, -most, 2_f64.powi(900), most * 2_f64.powi(-1000)] {
            let values = vec![value; CELLS_PER_FRAME];
            let (sum, squares) = moments(&values, CELLS_PER_FRAME);
            let count = CELLS_PER_FRAME as u64;
            assert_eq!(
                (sum.mean(count), deviation(&sum, &squares, count)),
                (value, 0.0)
            );
        }
        let (sum, _) = moments(&vec![u64::MAX; CELLS_PER_FRAME], CELLS_PER_FRAME);
        assert_eq!(sum.total(), (BigInt::from(u64::MAX) << 11, 0));
    }
}
