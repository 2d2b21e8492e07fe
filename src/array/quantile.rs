//! Exact order statistics of finite unmasked cells: extremes and percentiles.
//!
//! Percentiles interpolate linearly between the two nearest ranks, as `numpy.percentile` does by
//! default: with `n` sorted values, percentile `p` is at position `p / 100 * (n - 1)`.
//!
//! Values are sorted through [`Sample::key`]. One search serves arrays in files ([`percentiles`]) and planes in memory
//! ([`plane_percentiles`]): it counts the leading bits of the keys, looks up which counts hold the ranks asked for, and
//! passes over the cells again for just those, until so few candidates are left that they can be kept (`ranks`). Planes of
//! more than 16 bits are spared most of it where a sample says what to look for (`bracket`).

use super::bracket;
use super::ranks::{Count, Pass, for_each_valid, keys_of_ranks};
use super::stream::Fold;
use super::{ArrayView, Number, Part, Plane, Sample, with_samples};
use crate::progress::{Cancelled, Progress};
use ndarray::Array2;

/// Ranks that are looked for in the same passes; bounds the memory for counts.
const RANKS_PER_SEARCH: usize = 32;

/// The two ranks that a percentile lies between, and how far it is from the first to the second.
/// `None` for no values, or a percentile outside 0..=100.
pub(super) fn position(percentile: f64, count: u64) -> Option<(u64, u64, f64)> {
    let last = count.checked_sub(1)?;
    if !(0.0..=100.0).contains(&percentile) {
        return None;
    }
    let position = percentile / 100.0 * last as f64;
    let lower = (position.floor() as u64).min(last);
    Some((lower, (lower + 1).min(last), position - lower as f64))
}

pub(super) fn interpolate(a: f64, b: f64, share: f64) -> f64 {
    let difference = b - a;
    if !difference.is_finite() {
        return a * (1.0 - share) + b * share;
    }
    // From the nearer end, so that both ends are met exactly.
    if share < 0.5 {
        a + difference * share
    } else {
        b - difference * (1.0 - share)
    }
}

/// A percentile of values given as (value, how many times), ascending; `total` is the sum of the
/// counts. `None` when there are none or `percentile` is not within 0..=100.
#[must_use]
pub fn percentile_of_counts(
    counts: impl Iterator<Item = (f64, u64)>,
    total: u64,
    percentile: f64,
) -> Option<f64> {
    let (lower, upper, share) = position(percentile, total)?;
    let mut seen = 0;
    let mut at_lower = None;
    for (value, count) in counts {
        seen += count;
        if at_lower.is_none() && lower < seen {
            at_lower = Some(value);
        }
        if upper < seen {
            return Some(interpolate(at_lower?, value, share));
        }
    }
    None
}

/// How often each value of an 8- or 16-bit integer (or bool) array occurs among its unmasked
/// cells: everything about its distribution, in bounded memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    /// Counts by [`Sample::key`].
    counts: Vec<u64>,
    number: Number,
    masked: u64,
}

impl Histogram {
    /// Counts in one pass. `None` for numbers of more than 16 bits and for floats. `part` is called from time to time with
    /// what was counted until then. Finished cells are added to `progress`.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn of(
        view: &ArrayView,
        progress: &Progress,
        part: &mut dyn FnMut(&Part<'_, Self>),
    ) -> Result<Option<Self>, Cancelled> {
        let (bits, total) = (view.number().key_bits(), view.num_cells() as u64);
        if bits > 16 {
            return Ok(None);
        }
        let of_counts = |seen: u64, counts: Vec<u64>| Self {
            masked: seen.saturating_sub(counts.iter().sum()),
            number: view.number(),
            counts,
        };
        let counts = Count::first(bits).run(view, progress, &mut |done, counts| {
            part(&Part::new(done, total, &|| {
                of_counts(done, counts.to_vec())
            }));
        })?;
        Ok(Some(of_counts(total, counts)))
    }

    /// Cells under the mask, which are not counted.
    #[must_use]
    pub fn masked(&self) -> u64 {
        self.masked
    }

    /// What the keys of [`Histogram::counts`] are keys of.
    #[must_use]
    pub fn number(&self) -> Number {
        self.number
    }

    /// The values that occur as ([`Sample::key`], count), ascending.
    pub fn counts(&self) -> impl Iterator<Item = (u64, u64)> + Clone {
        self.counts
            .iter()
            .enumerate()
            .filter(|&(_, &count)| count > 0)
            .map(|(key, &count)| (key as u64, count))
    }
}

/// Percentiles of the finite unmasked cells of a view, with memory independent of its size: two
/// passes for most arrays, one for integers of at most 16 bits. `None` for a percentile outside
/// 0..=100, and for all when there is no such cell. Finished cells of each pass are added to
/// `progress`.
///
/// # Errors
/// [`Cancelled`].
pub fn percentiles(
    view: &ArrayView,
    percentiles: &[f64],
    progress: &Progress,
) -> Result<Vec<Option<f64>>, Cancelled> {
    let value = |key| super::Element::from_sample_key(view.number(), key).to_f64();
    // A single pass would gain nothing.
    let compact = match view.number().key_bits() {
        ..=16 => None,
        _ => view.compact(progress)?,
    };
    let view = compact.as_ref().unwrap_or(view);
    percentiles_of(view, percentiles, value, progress)
}

fn percentiles_of(
    cells: &impl Pass,
    percentiles: &[f64],
    value_of_key: impl Fn(u64) -> f64,
    progress: &Progress,
) -> Result<Vec<Option<f64>>, Cancelled> {
    if percentiles.is_empty() {
        return Ok(Vec::new());
    }
    let first = Count::first(cells.key_bits());
    let counts = first.run(cells, progress, &mut |_, _| {})?;
    let total = counts.iter().sum();
    let mut ranks: Vec<u64> = percentiles
        .iter()
        .filter_map(|&percentile| position(percentile, total))
        .flat_map(|(lower, upper, _)| [lower, upper])
        .collect();
    ranks.sort_unstable();
    ranks.dedup();
    let mut keys = Vec::with_capacity(ranks.len());
    for ranks in ranks.chunks(RANKS_PER_SEARCH) {
        keys.append(&mut keys_of_ranks(cells, &first, &counts, ranks, progress)?);
    }
    let value = |rank: u64| {
        let key = *keys.get(ranks.binary_search(&rank).ok()?)?;
        Some(value_of_key(key))
    };
    Ok(percentiles
        .iter()
        .map(|&percentile| {
            let (lower, upper, share) = position(percentile, total)?;
            Some(interpolate(value(lower)?, value(upper)?, share))
        })
        .collect())
}

/// The least and the greatest finite unmasked value; `None` when there is none.
///
/// # Errors
/// [`Cancelled`].
pub fn plane_min_max(plane: &Plane, progress: &Progress) -> Result<Option<(f64, f64)>, Cancelled> {
    fn value_of_keys<T: Sample>(_: &Array2<T>, (min, max): (u64, u64)) -> (f64, f64) {
        (T::from_key(min).to_f64(), T::from_key(max).to_f64())
    }
    let mut keys = NO_KEYS;
    Pass::fold(plane, &Ends, 1 << 18, progress, |more: (u64, u64)| {
        keys = (keys.0.min(more.0), keys.1.max(more.1));
    })?;
    Ok((keys.0 <= keys.1)
        .then(|| with_samples!(&plane.samples, array => value_of_keys(array, keys))))
}

pub(super) fn value_of_key<T: Sample>(_: &Array2<T>, key: u64) -> f64 {
    T::from_key(key).to_f64()
}

/// The least and the greatest key of none.
const NO_KEYS: (u64, u64) = (u64::MAX, u64::MIN);

/// Finds the least and the greatest key.
struct Ends;

impl Fold for Ends {
    type State = (u64, u64);

    fn start(&self) -> (u64, u64) {
        NO_KEYS
    }

    fn piece<T: Sample>(&self, (min, max): &mut (u64, u64), values: &[T], masked: Option<&[bool]>) {
        for_each_valid(values, masked, |value| {
            *min = (*min).min(value.key());
            *max = (*max).max(value.key());
        });
    }
}

/// Percentiles (each within 0..=100) of the finite unmasked values; `None` when there are none or
/// a percentile is out of range.
///
/// # Errors
/// [`Cancelled`].
pub fn plane_percentiles(
    plane: &Plane,
    percentiles: &[f64],
    progress: &Progress,
) -> Result<Option<Vec<f64>>, Cancelled> {
    if percentiles
        .iter()
        .all(|percentile| (0.0..=100.0).contains(percentile))
        && let Some(values) = bracket::percentiles(plane, percentiles, progress)?
    {
        return Ok(Some(values));
    }
    let value = |key| with_samples!(&plane.samples, array => value_of_key(array, key));
    let values = percentiles_of(plane, percentiles, value, progress)?;
    Ok(values.into_iter().collect())
}
