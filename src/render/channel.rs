//! The values of one plane as bytes from dark to bright: all of a picture but its colours.
//!
//! Cells are counted row by row, whatever the plane's own order in memory.

use super::quick::Quick;
use super::{Limits, Scale};
use crate::array::{Plane, Sample, Samples, vectorised, with_samples};
use ndarray::{Array2, s};
use std::borrow::Cow;
use std::ops::Range;

/// How a plane's values become bytes.
pub(super) struct Channel<'a> {
    plane: Cow<'a, Plane>,
    limits: Option<Limits>,
    scale: Scale,
    /// The byte of every value, by [`Sample::key`], where there are few.
    lookup: Option<Vec<u8>>,
}

impl<'a> Channel<'a> {
    /// For a picture of (rows, columns); what the plane does not reach is no data.
    pub(super) fn new(
        plane: &'a Plane,
        shape: (usize, usize),
        limits: Option<Limits>,
        scale: Scale,
    ) -> Self {
        let plane = in_order(plane, shape);
        let lookup = limits.and_then(|limits| match &plane.samples {
            Samples::U8(array) => lookup_for(array, limits, scale),
            Samples::I8(array) => lookup_for(array, limits, scale),
            Samples::U16(array) => lookup_for(array, limits, scale),
            Samples::I16(array) => lookup_for(array, limits, scale),
            _ => None,
        });
        Self {
            plane,
            limits,
            scale,
            lookup,
        }
    }

    /// The byte of every value, where there is a table of them.
    pub(super) fn lookup(&self) -> Option<&[u8]> {
        self.lookup.as_deref()
    }

    /// The colours of some cells, from a table made of [`Channel::lookup`].
    pub(super) fn look_up<C: Copy + Default>(
        &self,
        cells: &Range<usize>,
        table: &[C],
        out: &mut [C],
    ) {
        with_samples!(&self.plane.samples, array => look_up(values_of(array, cells), table, out));
        if let Some(masked) = self.masked(cells) {
            for (out, &masked) in out.iter_mut().zip(masked) {
                *out = if masked { C::default() } else { *out };
            }
        }
    }

    /// The bytes of some cells. What is no data is marked besides what is already; whether there is any.
    pub(super) fn fill(&self, cells: &Range<usize>, bytes: &mut [u8], holes: &mut [bool]) -> bool {
        let Some(limits) = self.limits else {
            holes.fill(true);
            return true;
        };
        let has_holes = with_samples!(&self.plane.samples, array => {
            let values = values_of(array, cells);
            vectorised(#[inline(always)] || self.fill_bytes(values, limits, bytes, holes))
        });
        let masked = self.masked(cells);
        for (hole, &masked) in holes.iter_mut().zip(masked.unwrap_or_default()) {
            *hole |= masked;
        }
        has_holes || masked.is_some()
    }

    fn masked(&self, cells: &Range<usize>) -> Option<&[bool]> {
        self.plane
            .masked
            .as_ref()
            .map(|masked| values_of(masked, cells))
    }

    #[inline(always)]
    fn fill_bytes<T: Sample>(
        &self,
        values: &[T],
        limits: Limits,
        bytes: &mut [u8],
        holes: &mut [bool],
    ) -> bool {
        let scale = self.scale;
        match (&self.lookup, limits.plain_span()) {
            (Some(lookup), _) => look_up(values, lookup, bytes),
            // Nearly all pictures: the same as below, without a branch for each cell.
            (None, Some(span)) if scale == Scale::Linear => {
                let exact = |values: &[T], bytes: &mut [u8]| {
                    for (out, value) in bytes.iter_mut().zip(values) {
                        let t = ((value.to_f64() - limits.lo) / span).clamp(0.0, 1.0);
                        *out = rounded_down(t * 255.0 + 0.5);
                    }
                };
                match Quick::new(limits, span) {
                    Some(quick) => quick.fill(values, bytes, exact),
                    None => exact(values, bytes),
                }
            }
            (None, _) => {
                for (out, value) in bytes.iter_mut().zip(values) {
                    *out = byte(value.to_f64(), limits, scale);
                }
            }
        }
        let has_holes = !T::all_finite(values);
        if has_holes {
            for (hole, value) in holes.iter_mut().zip(values) {
                *hole |= !value.is_finite();
            }
        }
        has_holes
    }
}

/// What a table has for each value. Where there is a place too many, nothing: it may hold what was in it before.
#[inline(always)]
fn look_up<T: Sample, C: Copy + Default>(values: &[T], table: &[C], out: &mut [C]) {
    const SIXTEEN_BITS: usize = 1 << 16;
    match table.first_chunk::<SIXTEEN_BITS>() {
        // So many that no number of 16 bits is out of them: no check for each.
        Some(table) if T::BITS == 16 => {
            for (out, value) in out.iter_mut().zip(values) {
                let key = usize::from(value.key() as u16);
                *out = table.get(key).copied().unwrap_or_default();
            }
        }
        _ => {
            for (out, value) in out.iter_mut().zip(values) {
                let key = value.key() as usize;
                *out = table.get(key).copied().unwrap_or_default();
            }
        }
    }
    if let Some(rest) = out.get_mut(values.len()..) {
        rest.fill(C::default());
    }
}

fn values_of<'a, T>(array: &'a Array2<T>, cells: &Range<usize>) -> &'a [T] {
    // In order, so there is a slice.
    let values = array.as_slice().unwrap_or_default();
    values.get(cells.clone()).unwrap_or_default()
}

/// The plane, of this shape and row by row in memory; a copy only of what somebody put together otherwise.
fn in_order(plane: &Plane, shape: (usize, usize)) -> Cow<'_, Plane> {
    let is_standard = with_samples!(&plane.samples, array => array.is_standard_layout());
    let mask_fits = (plane.masked.as_ref())
        .is_none_or(|masked| masked.dim() == shape && masked.is_standard_layout());
    if plane.shape() == shape && is_standard && mask_fits {
        return Cow::Borrowed(plane);
    }
    fn samples<T: Sample>(array: &Array2<T>, shape: (usize, usize)) -> Samples {
        T::into_samples(placed(array, shape, T::default()))
    }
    let covered = match &plane.masked {
        // A mask of another shape belongs to no cell of ours.
        Some(masked) if masked.dim() == plane.shape() => placed(masked, shape, true),
        _ => placed(&Array2::default(plane.shape()), shape, true),
    };
    Cow::Owned(Plane {
        samples: with_samples!(&plane.samples, array => samples(array, shape)),
        masked: Some(covered),
    })
}

/// What of an array is within a shape, with something around it.
fn placed<T: Copy>(array: &Array2<T>, shape: (usize, usize), around: T) -> Array2<T> {
    let mut placed = Array2::from_elem(shape, around);
    let (rows, columns) = (shape.0.min(array.nrows()), shape.1.min(array.ncols()));
    placed
        .slice_mut(s![..rows, ..columns])
        .assign(&array.slice(s![..rows, ..columns]));
    placed
}

/// A table of all values, where the picture is so large that making it pays.
fn lookup_for<T: Sample>(array: &Array2<T>, limits: Limits, scale: Scale) -> Option<Vec<u8>> {
    let values = 1_u64 << T::BITS;
    if (array.len() as u64) < values {
        return None;
    }
    let byte_of = |key| byte(T::from_key(key).to_f64(), limits, scale);
    if limits.plain_span().is_none() {
        return Some((0..values).map(byte_of).collect());
    }
    // What is cut off is the same as what is just not: no need to work out each.
    let (darkest, brightest) = (limits.lo.min(limits.hi), limits.lo.max(limits.hi));
    let first_above = |bound: f64| first_key(values, |key| T::from_key(key).to_f64() > bound);
    let (start, end) = (first_above(darkest), first_above(brightest));
    let mut table = Vec::with_capacity(values as usize);
    table.resize(start as usize, byte(darkest, limits, scale));
    table.extend((start..end).map(byte_of));
    table.resize(values as usize, byte(brightest, limits, scale));
    Some(table)
}

/// The first of so many keys from which on something holds.
fn first_key(end: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, end);
    while low < high {
        let middle = low.midpoint(high);
        match holds(middle) {
            true => high = middle,
            false => low = middle + 1,
        }
    }
    low
}

/// The next lower integer of what is within 0..256; anything of NaN. Unlike a conversion, in steps that vectors have.
#[inline(always)]
fn rounded_down(value: f64) -> u8 {
    // Doubles as large as this have no fractions: the sum is rounded, to the nearest integer, in its lowest bits.
    const WHOLE: f64 = (1_u64 << 52) as f64;
    let nearest = value + WHOLE;
    (nearest.to_bits() as u8).wrapping_sub(u8::from(nearest - WHOLE > value))
}

/// `floor(t * 255 + 0.5)` of the normalised, scaled value.
#[inline]
pub(super) fn byte(value: f64, limits: Limits, scale: Scale) -> u8 {
    // The conversion rounds down, and saturates where a gamma from elsewhere gives nonsense.
    (scale.apply(limits.normalised(value)) * 255.0 + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_down_as_converted() {
        for whole in 0..256 {
            let whole = f64::from(whole);
            for value in [
                whole.next_down(),
                whole,
                whole.next_up(),
                whole + 0.5,
                whole + 0.7,
            ] {
                let value = value.max(0.0);
                assert_eq!(rounded_down(value), value as u8, "{value}");
            }
        }
        assert_eq!(rounded_down(256.0_f64.next_down()), 255);
    }

    #[test]
    fn keys_are_found() {
        assert_eq!(first_key(256, |key| key > 7), 8);
        assert_eq!(first_key(256, |_| true), 0);
        assert_eq!(first_key(256, |_| false), 256);
    }
}
