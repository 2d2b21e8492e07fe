//! Exact percentiles of a plane in one pass: a sample of it says between which two values each should be.
//!
//! The pass counts the cells up to either of them, and keeps what lies in between. If the sample was right, the cell that
//! is asked for is known; if not, there is no answer here, and the search by leading bits (`ranks`) finds it.

use super::quantile::{interpolate, position, value_of_key};
use super::ranks::{Pass, select};
use super::stream::Fold;
use super::vectors::vectorised;
use super::{Plane, Sample, with_samples};
use crate::progress::{Cancelled, Progress};
use ndarray::Array2;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Percentiles that are worth a pass like this together.
const MAX_PERCENTILES: usize = 4;
/// Cells of the sample.
const SAMPLE: usize = 1 << 14;
/// A percentile of the sample is so many standard deviations from the plane's at most, or we are out of luck.
const DEVIATIONS: f64 = 3.3;
/// Cells of the sample that are like the end of a bracket: so few, of those from there to the percentile, hardly reach it.
const FEW: f64 = 1.0 / 4.0;
/// Cells of a task.
const CELLS_PER_TASK: usize = 1 << 17;
/// For each percentile, one of so many cells is kept at most: some times more than there should be.
const CELLS_PER_KEPT: usize = 16;
/// Cells that are compared at once.
const CELLS_PER_STEP: usize = 1 << 10;
/// Cells that are looked at one by one if any of them is to be kept.
const CELLS_PER_LOOK: usize = 16;

/// The percentiles (each within 0..=100) of the finite unmasked values; `None` where another search is to find them.
pub(super) fn percentiles(
    plane: &Plane,
    percentiles: &[f64],
    progress: &Progress,
) -> Result<Option<Vec<f64>>, Cancelled> {
    // To count 16 bits finds all at once.
    let fits = plane.key_bits() > 16
        && (1..=MAX_PERCENTILES).contains(&percentiles.len())
        && plane.num_cells() >= 4 * SAMPLE;
    if !fits {
        return Ok(None);
    }
    let ends = with_samples!(&plane.samples, array => ends_of(array));
    let Some(brackets) = brackets(sample(plane), ends, percentiles) else {
        return Ok(None);
    };
    let mut found: Vec<Found> = brackets.iter().map(|_| Found::default()).collect();
    let mut valid = 0;
    let compare = Compare {
        brackets: &brackets,
        kept: AtomicUsize::new(0),
        most_kept: plane.num_cells() / CELLS_PER_KEPT * brackets.len(),
    };
    plane.fold(&compare, CELLS_PER_TASK, progress, |(more, count)| {
        valid += count;
        let both = found.iter_mut().zip(more);
        both.for_each(|(found, more)| found.merge(more));
    })?;
    let value = |key: u64| with_samples!(&plane.samples, array => value_of_key(array, key));
    Ok((percentiles.iter().zip(&brackets).zip(&mut found))
        .map(|((&percentile, bracket), found)| {
            let (lower, upper, share) = position(percentile, valid)?;
            let [lower, upper] = found.keys(bracket, [lower, upper])?;
            // Zeros of both signs are the same here: none of them is below the other.
            Some(interpolate(value(lower), value(upper), share) + 0.0)
        })
        .collect())
}

/// The keys of the least and of the greatest that there can be.
fn ends_of<T: Sample>(_: &Array2<T>) -> [u64; 2] {
    [T::LEAST.key(), T::GREATEST.key()]
}

/// The keys of finite unmasked cells, from all over the plane.
fn sample(plane: &Plane) -> Vec<u64> {
    fn keys<T: Sample>(array: &Array2<T>, masked: Option<&Array2<bool>>) -> Vec<u64> {
        let Some(values) = array.as_slice() else {
            return Vec::new();
        };
        let masked = masked.and_then(|masked| masked.as_slice());
        let is_masked = |at: usize| masked.and_then(|masked| masked.get(at)).copied();
        // Not a divisor of anything that may repeat in a picture, if it can be helped.
        let step = (values.len() / SAMPLE) | 1;
        let key = |number: usize| {
            let at = number * step;
            let value = values.get(at).filter(|value| value.is_finite())?;
            (!is_masked(at).unwrap_or(false)).then(|| value.key())
        };
        // Each is a line of memory of its own to wait for.
        let numbers = (0..values.len().div_ceil(step)).into_par_iter();
        numbers.with_min_len(SAMPLE / 8).filter_map(key).collect()
    }
    // A mask of another shape belongs to no cell of ours.
    let masked = (plane.masked.as_ref()).filter(|masked| masked.dim() == plane.shape());
    with_samples!(&plane.samples, array => keys(array, masked))
}

/// One end of a bracket.
struct End {
    key: u64,
    /// Whether so many cells may have just this value that the percentile is one of them.
    repeats: bool,
}

/// Two values with a percentile between them, or at one of them.
struct Bracket {
    low: End,
    high: End,
}

/// `None` where the sample is too small.
fn brackets(
    mut sample: Vec<u64>,
    [least, greatest]: [u64; 2],
    percentiles: &[f64],
) -> Option<Vec<Bracket>> {
    let len = sample.len();
    if len < SAMPLE / 16 {
        return None;
    }
    let mut places = Vec::with_capacity(percentiles.len());
    for &percentile in percentiles {
        let share = percentile / 100.0;
        let middle = share * (len - 1) as f64;
        let away = 2.0 + DEVIATIONS * (len as f64 * share * (1.0 - share)).sqrt();
        let low = (middle - away >= 0.0).then_some((middle - away) as u64);
        let high = Some((middle + away) as u64).filter(|high| *high < len as u64);
        places.push(([low, high], away));
    }
    let ranks = places.iter().flat_map(|(ends, _)| ends).flatten();
    let mut ranks: Vec<u64> = ranks.copied().collect();
    ranks.sort_unstable();
    ranks.dedup();
    let keys = select(&mut sample, ranks.iter().copied());
    let key = |rank: Option<u64>| *keys.get(ranks.binary_search(&rank?).ok()?)?;
    let end = |rank, otherwise, away: f64| {
        let key = key(rank).unwrap_or(otherwise);
        let alike = u64::count(&sample, |other| other == key);
        let repeats = rank.is_none() || f64::from(alike) > away * FEW;
        End { key, repeats }
    };
    let brackets = places.into_iter().map(|([low, high], away)| Bracket {
        low: end(low, least, away),
        high: end(high, greatest, away),
    });
    Some(brackets.collect())
}

/// What is known of one bracket.
#[derive(Default)]
struct Found {
    /// Cells below its low end and up to it, below its high end and up to it; as if there were none at an end that does
    /// not repeat.
    up_to: [u64; 4],
    /// Keys between the ends, as far as they were kept.
    inside: Vec<u64>,
}

impl Found {
    fn merge(&mut self, mut other: Self) {
        let both = self.up_to.iter_mut().zip(other.up_to);
        both.for_each(|(sum, count)| *sum += count);
        self.inside.append(&mut other.inside);
    }

    /// The keys at two ranks; `None` outside the bracket, and where not all was kept.
    fn keys(&mut self, bracket: &Bracket, ranks: [u64; 2]) -> Option<[u64; 2]> {
        let [below_low, to_low, below_high, to_high] = self.up_to;
        let between = below_high.saturating_sub(to_low);
        let inside = |rank: u64| rank.checked_sub(to_low).filter(|rank| *rank < between);
        let mut wanted: Vec<u64> = ranks.into_iter().filter_map(inside).collect();
        wanted.dedup();
        if !wanted.is_empty() && self.inside.len() as u64 != between {
            return None;
        }
        let keys = select(&mut self.inside, wanted.iter().copied());
        let key = |rank: u64| match inside(rank) {
            Some(place) => *keys.get(wanted.binary_search(&place).ok()?)?,
            None if rank < below_low => None,
            None if rank < to_low => Some(bracket.low.key),
            None if rank < below_high => None,
            None if rank < to_high => Some(bracket.high.key),
            None => None,
        };
        let [lower, upper] = ranks.map(key);
        Some([lower?, upper?])
    }
}

struct Compare<'a> {
    brackets: &'a [Bracket],
    /// Cells that are kept by all tasks, about, and how many may be.
    kept: AtomicUsize,
    most_kept: usize,
}

impl Fold for Compare<'_> {
    /// And how many cells there are that count.
    type State = (Vec<Found>, u64);

    fn start(&self) -> Self::State {
        (self.brackets.iter().map(|_| Found::default()).collect(), 0)
    }

    fn piece<T: Sample>(
        &self,
        (found, valid): &mut Self::State,
        values: &[T],
        masked: Option<&[bool]>,
    ) {
        let mut masked = masked.unwrap_or_default().chunks(CELLS_PER_STEP);
        let mut covered = [T::default(); CELLS_PER_STEP];
        let before: usize = found.iter().map(|found| found.inside.len()).sum();
        let may_keep = self.kept.load(Ordering::Relaxed) <= self.most_kept;
        for values in values.chunks(CELLS_PER_STEP) {
            let masked = masked.next();
            vectorised(
                #[inline(always)]
                || {
                    let (values, left_out) = match masked {
                        None if T::all_finite(values) => (values, 0),
                        _ => cover(values, masked, &mut covered),
                    };
                    *valid += values.len() as u64 - u64::from(left_out);
                    for (bracket, found) in self.brackets.iter().zip(&mut *found) {
                        compare(values, left_out, bracket, found, may_keep);
                    }
                },
            );
        }
        let after: usize = found.iter().map(|found| found.inside.len()).sum();
        self.kept.fetch_add(after - before, Ordering::Relaxed);
    }
}

/// The values, in place of those that do not count the greatest; and how many these are.
#[inline(always)]
fn cover<'a, T: Sample>(
    values: &[T],
    masked: Option<&[bool]>,
    covered: &'a mut [T; CELLS_PER_STEP],
) -> (&'a [T], u32) {
    let mut left_out = 0;
    let mut cover = |place: &mut T, value: T, masked: bool| {
        let is_out = masked | !value.is_finite();
        *place = if is_out { T::GREATEST } else { value };
        left_out += u32::from(is_out);
    };
    let cells = covered.iter_mut().zip(values);
    match masked {
        None => cells.for_each(|(place, &value)| cover(place, value, false)),
        Some(masked) => {
            (cells.zip(masked)).for_each(|((place, &value), &masked)| cover(place, value, masked))
        }
    }
    (covered.get(..values.len()).unwrap_or_default(), left_out)
}

/// Counts and keeps cells, of which so many are not to be counted: these are the greatest.
#[inline(always)]
fn compare<T: Sample>(
    values: &[T],
    left_out: u32,
    bracket: &Bracket,
    found: &mut Found,
    may_keep: bool,
) {
    let less = |bound: T| T::count(values, |value| value < bound);
    let not_greater = |bound: T| {
        let too_many = if bound < T::GREATEST { 0 } else { left_out };
        T::count(values, |value| value <= bound) - too_many
    };
    let (low, high) = (T::from_key(bracket.low.key), T::from_key(bracket.high.key));
    let (to_low, below_high) = (not_greater(low), less(high));
    let below_low = if bracket.low.repeats {
        less(low)
    } else {
        to_low
    };
    let to_high = match bracket.high.repeats {
        true => not_greater(high),
        false => below_high,
    };
    for (sum, count) in (found.up_to.iter_mut()).zip([below_low, to_low, below_high, to_high]) {
        *sum += u64::from(count);
    }
    if below_high <= to_low || !may_keep {
        return;
    }
    let is_inside = |value: &T| (*value > low) & (*value < high);
    for values in values.chunks(CELLS_PER_LOOK) {
        if (values.iter()).fold(false, |any, value| any | is_inside(value)) {
            keep(values, is_inside, &mut found.inside);
        }
    }
}

/// Appends the keys of those of a few values that something holds for.
#[inline(always)]
fn keep<T: Sample>(values: &[T], holds: impl Fn(&T) -> bool, keys: &mut Vec<u64>) {
    // First all at once, a bit for each: one or two of them are kept.
    let bits = values.iter().enumerate();
    let mut kept = bits.fold(0_u32, |bits, (place, value)| {
        bits | u32::from(holds(value)) << place
    });
    while kept != 0 {
        if let Some(value) = values.get(kept.trailing_zeros() as usize) {
            keys.push(value.key());
        }
        kept &= kept - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Samples;

    const ASKED: [f64; 3] = [2.0, 50.0, 98.0];

    /// By sorting all.
    fn expected(values: impl Iterator<Item = f64>, percentiles: &[f64]) -> Vec<f64> {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        let at = |percentile: &f64| {
            let (lower, upper, share) = position(*percentile, values.len() as u64).unwrap();
            interpolate(values[lower as usize], values[upper as usize], share)
        };
        percentiles.iter().map(at).collect()
    }

    fn noise(at: usize) -> u64 {
        (at as u64 + 1)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29)
            >> 20
    }

    fn floats(value: impl Fn(usize) -> f32) -> Array2<f32> {
        Array2::from_shape_fn((400, 300), |(row, column)| value(row * 300 + column))
    }

    fn run(samples: Samples, masked: Option<Array2<bool>>, asked: &[f64]) -> Option<Vec<f64>> {
        percentiles(&Plane { samples, masked }, asked, &Progress::new()).unwrap()
    }

    #[test]
    fn as_sorted() {
        let ramp = |at: usize| (noise(at) % 9_000_017) as f32 - 3e6;
        let slope = |at: usize| at as f32;
        let steps = |at: usize| (noise(at) % 7) as f32;
        for (name, array) in [
            ("noise", floats(ramp)),
            ("a slope", floats(slope)),
            ("steps", floats(steps)),
        ] {
            let all = expected(array.iter().map(|&value| value.into()), &ASKED);
            assert_eq!(run(Samples::F32(array), None, &ASKED), Some(all), "{name}");
        }
    }

    /// What is between two values may lie in a few tasks.
    #[test]
    fn cells_that_are_kept_may_lie_together() {
        let array =
            Array2::from_shape_fn((1500, 1000), |(row, column)| (row * 1000 + column) as f32);
        let all = expected(array.iter().map(|&value| value.into()), &ASKED);
        assert_eq!(run(Samples::F32(array), None, &ASKED), Some(all));
    }

    #[test]
    fn the_ends_are_found() {
        let asked = [0.0, 100.0];
        let array = floats(|at| (noise(at) % 1_000_003) as f32);
        let all = expected(array.iter().map(|&value| value.into()), &asked);
        assert_eq!(run(Samples::F32(array), None, &asked), Some(all));
    }

    #[test]
    fn what_does_not_count_is_left_out() {
        let array = floats(|at| match noise(at) {
            noise if noise % 5 == 0 => f32::NAN,
            noise if noise % 7 == 0 => f32::INFINITY,
            noise if noise % 11 == 0 => f32::NEG_INFINITY,
            noise => (noise % 100_003) as f32 - 5e4,
        });
        let masked = array.mapv(|value| value.to_bits() % 3 == 0);
        for masked in [None, Some(masked)] {
            let is_masked = |at: usize| {
                masked
                    .as_ref()
                    .is_some_and(|masked| masked.as_slice().unwrap()[at])
            };
            let valid = array
                .iter()
                .enumerate()
                .filter(|(at, value)| value.is_finite() && !is_masked(*at));
            let all = expected(valid.map(|(_, &value)| value.into()), &ASKED);
            assert_eq!(run(Samples::F32(array.clone()), masked, &ASKED), Some(all));
        }
    }

    /// What stands in for masked cells is a value that others may have.
    #[test]
    fn masked_cells_are_not_taken_for_the_greatest() {
        let array = Array2::from_shape_fn((400, 300), |(row, column)| {
            match noise(row * 300 + column) {
                noise if noise % 3 == 0 => u32::MAX,
                noise => (noise % 1000) as u32,
            }
        });
        let masked = Array2::from_shape_fn((400, 300), |(row, column)| (row + column) % 2 == 0);
        let valid = array.iter().zip(&masked).filter(|(_, masked)| !**masked);
        let asked = [0.0, 60.0, 98.0, 100.0];
        let all = expected(valid.map(|(&value, _)| value.into()), &asked);
        assert_eq!(all[2..], [f64::from(u32::MAX); 2]);
        assert_eq!(run(Samples::U32(array), Some(masked), &asked), Some(all));
    }

    /// Values that the sample cannot see are left to the other search, which `plane_percentiles` goes on to.
    #[test]
    fn a_sample_that_misleads_is_noticed() {
        let step = (400 * 300 / SAMPLE) | 1;
        let array = floats(|at| {
            if at % step == 0 {
                5.0
            } else {
                (noise(at) % 1009) as f32
            }
        });
        let all = expected(array.iter().map(|&value| value.into()), &ASKED);
        let plane = Plane {
            samples: Samples::F32(array),
            masked: None,
        };
        assert_eq!(percentiles(&plane, &ASKED, &Progress::new()), Ok(None));
        let found = crate::array::plane_percentiles(&plane, &ASKED, &Progress::new());
        assert_eq!(found, Ok(Some(all)));
    }

    #[test]
    fn nothing_is_found_where_nothing_counts() {
        assert_eq!(run(Samples::F32(floats(|_| f32::NAN)), None, &ASKED), None);
        let masked = Some(Array2::from_elem((400, 300), true));
        assert_eq!(
            run(Samples::F32(floats(|at| at as f32)), masked, &ASKED),
            None
        );
    }
}
