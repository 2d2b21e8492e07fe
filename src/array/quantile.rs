//! Exact order statistics of finite unmasked cells: extremes and percentiles.
//!
//! Percentiles interpolate linearly between the two nearest ranks, as `numpy.percentile` does by
//! default: with `n` sorted values, percentile `p` is at position `p / 100 * (n - 1)`.
//!
//! Values are sorted through [`Sample::key`]. In memory ([`plane_percentiles`]) they are counted
//! where there are few different ones, else selected. Streaming ([`percentiles`]) counts the leading
//! bits of the keys, looks up which counts hold the ranks asked for, and passes over the array
//! again for just those, until so few candidates are left that they fit in memory.

use super::stream::{Fold, fold};
use super::{ArrayView, Number, Plane, Sample, with_samples};
use crate::progress::{Cancelled, Progress};
use rayon::prelude::*;

/// Candidates that are kept in memory (8 bytes each) and sorted, at most.
const MAX_CANDIDATES: u64 = 1 << 20;
/// Leading bits of the keys that the first pass counts.
const FIRST_BITS: u32 = 16;
/// Further bits that each later pass counts, for each range of interest.
const LATER_BITS: u32 = 12;
/// Ranks that are looked for in the same passes; bounds the memory for counts.
const RANKS_PER_SEARCH: usize = 32;

/// The two ranks that a percentile lies between, and how far it is from the first to the second.
/// `None` for no values, or a percentile outside 0..=100.
fn position(percentile: f64, count: u64) -> Option<(u64, u64, f64)> {
    let last = count.checked_sub(1)?;
    if !(0.0..=100.0).contains(&percentile) {
        return None;
    }
    let position = percentile / 100.0 * last as f64;
    let lower = (position.floor() as u64).min(last);
    Some((lower, (lower + 1).min(last), position - lower as f64))
}

fn interpolate(a: f64, b: f64, share: f64) -> f64 {
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
    /// Counts in one pass. `None` for numbers of more than 16 bits and for floats.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn of(view: &ArrayView, progress: &Progress) -> Result<Option<Self>, Cancelled> {
        let bits = match view.number() {
            Number::Bool | Number::U8 | Number::I8 => 8,
            Number::U16 | Number::I16 => 16,
            _ => return Ok(None),
        };
        let search = Count {
            shift: 0,
            first_shift: bits - FIRST_BITS.min(bits),
            prefixes: vec![0],
            bits,
        };
        let counts = search.run(view, progress)?;
        let unmasked: u64 = counts.iter().sum();
        Ok(Some(Self {
            counts,
            number: view.number(),
            masked: view.num_cells() as u64 - unmasked,
        }))
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
    if percentiles.is_empty() {
        return Ok(Vec::new());
    }
    let bits = key_bits(view.number());
    let first = Count {
        shift: bits - FIRST_BITS.min(bits),
        first_shift: bits - FIRST_BITS.min(bits),
        prefixes: vec![0],
        bits,
    };
    let counts = first.run(view, progress)?;
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
        keys.append(&mut keys_of_ranks(view, &first, &counts, ranks, progress)?);
    }
    let value = |rank: u64| {
        let key = *keys.get(ranks.binary_search(&rank).ok()?)?;
        Some(value_of_key(view.number(), key))
    };
    Ok(percentiles
        .iter()
        .map(|&percentile| {
            let (lower, upper, share) = position(percentile, total)?;
            Some(interpolate(value(lower)?, value(upper)?, share))
        })
        .collect())
}

/// Width of the keys that samples of such an array have.
fn key_bits(number: Number) -> u32 {
    match number {
        Number::Bool | Number::U8 | Number::I8 => 8,
        Number::U16 | Number::I16 => 16,
        Number::U32 | Number::I32 | Number::F16 | Number::F32 | Number::C64 => 32,
        Number::U64 | Number::I64 | Number::F64 | Number::C128 => 64,
    }
}

fn value_of_key(number: Number, key: u64) -> f64 {
    super::Element::from_sample_key(number, key).to_f64()
}

/// The keys at some ranks (ascending, distinct), given the counts of the first pass.
fn keys_of_ranks(
    view: &ArrayView,
    first: &Count,
    first_counts: &[u64],
    ranks: &[u64],
    progress: &Progress,
) -> Result<Vec<u64>, Cancelled> {
    let mut shift = first.shift;
    let (mut targets, mut candidates) = first.locate(
        first_counts,
        &ranks.iter().map(|&rank| (0, rank)).collect::<Vec<_>>(),
    );
    while shift > 0 {
        let mut prefixes: Vec<u64> = targets.iter().map(|&(prefix, _)| prefix).collect();
        prefixes.dedup();
        if candidates <= MAX_CANDIDATES {
            let collect = Collect {
                wanted: Wanted::new(prefixes, shift, first.first_shift),
            };
            let mut keys = Vec::new();
            fold(
                view,
                &collect,
                cells_per_large_task(view),
                progress,
                |mut more: Vec<u64>| keys.append(&mut more),
            )?;
            keys.par_sort_unstable();
            return Ok(targets
                .iter()
                .map(|&(prefix, rank)| {
                    let start = keys.partition_point(|&key| key >> shift < prefix);
                    // Absent only if the bytes changed between two passes.
                    keys.get(start.saturating_add(rank as usize))
                        .copied()
                        .unwrap_or(prefix << shift)
                })
                .collect());
        }
        let narrower = shift.saturating_sub(LATER_BITS);
        let count = Count {
            shift: narrower,
            first_shift: first.first_shift,
            prefixes,
            bits: shift,
        };
        let counts = count.run(view, progress)?;
        (targets, candidates) = count.locate(&counts, &targets);
        shift = narrower;
    }
    Ok(targets.into_iter().map(|(key, _)| key).collect())
}

/// Large states are made a few times per thread only.
fn cells_per_large_task(view: &ArrayView) -> usize {
    view.num_cells()
        .div_ceil(rayon::current_num_threads().saturating_mul(4))
        .max(1 << 16)
}

/// Counts the bits from `shift` up to `bits` of the keys whose bits from `bits` on are one of
/// `prefixes` (ascending).
struct Count {
    shift: u32,
    bits: u32,
    first_shift: u32,
    prefixes: Vec<u64>,
}

/// Ranges of keys that are still of interest: those that begin with one of a few prefixes.
struct Wanted {
    shift: u32,
    /// Ascending.
    prefixes: Vec<u64>,
    first_shift: u32,
    /// Whether any prefix begins with these first bits; dismisses nearly all keys in one look.
    first: Vec<bool>,
}

impl Wanted {
    fn new(prefixes: Vec<u64>, shift: u32, first_shift: u32) -> Self {
        let mut first = vec![false; 1 << FIRST_BITS];
        for &prefix in &prefixes {
            if let Some(flag) = first.get_mut((prefix >> (first_shift - shift)) as usize) {
                *flag = true;
            }
        }
        Self {
            shift,
            prefixes,
            first_shift,
            first,
        }
    }

    #[inline]
    fn find(&self, key: u64) -> Option<usize> {
        if !self
            .first
            .get((key >> self.first_shift) as usize)
            .copied()
            .unwrap_or(false)
        {
            return None;
        }
        self.prefixes.binary_search(&(key >> self.shift)).ok()
    }
}

impl Count {
    fn bins(&self) -> usize {
        1 << (self.bits - self.shift)
    }

    fn run(&self, view: &ArrayView, progress: &Progress) -> Result<Vec<u64>, Cancelled> {
        let mut sum = vec![0_u64; self.prefixes.len() * self.bins()];
        // The first pass counts everything: nothing is looked up.
        let is_whole = self.bits > self.first_shift;
        let fold_counts = CountFold {
            shift: self.shift,
            bins: self.bins(),
            len: sum.len(),
            wanted: (!is_whole)
                .then(|| Wanted::new(self.prefixes.clone(), self.bits, self.first_shift)),
        };
        fold(
            view,
            &fold_counts,
            cells_per_large_task(view),
            progress,
            |counts: Vec<u64>| {
                for (sum, count) in sum.iter_mut().zip(counts) {
                    *sum += count;
                }
            },
        )?;
        Ok(sum)
    }

    /// For each (prefix, rank among the keys with that prefix): the longer prefix it is in, and the
    /// rank in there. Also how many keys have one of the longer prefixes.
    fn locate(&self, counts: &[u64], targets: &[(u64, u64)]) -> (Vec<(u64, u64)>, u64) {
        let mut found: Vec<(u64, u64)> = Vec::with_capacity(targets.len());
        let mut candidates = 0;
        for &(prefix, rank) in targets {
            let Ok(group) = self.prefixes.binary_search(&prefix) else {
                continue;
            };
            let group = counts
                .chunks_exact(self.bins())
                .nth(group)
                .unwrap_or_default();
            let mut rest = rank;
            let mut bins = group.iter().enumerate();
            // In the last bin at the latest, unless the bytes changed between two passes.
            let (bin, count) = loop {
                match bins.next() {
                    Some((bin, &count)) if rest < count => break (bin, count),
                    Some((_, &count)) => rest -= count,
                    None => break (self.bins() - 1, 0),
                }
            };
            let longer = (prefix << (self.bits - self.shift)) | bin as u64;
            if found.last().is_none_or(|&(last, _)| last != longer) {
                candidates += count;
            }
            found.push((longer, rest));
        }
        (found, candidates)
    }
}

struct CountFold {
    shift: u32,
    bins: usize,
    len: usize,
    wanted: Option<Wanted>,
}

impl Fold for CountFold {
    type State = Vec<u64>;

    fn start(&self) -> Vec<u64> {
        vec![0; self.len]
    }

    fn piece<T: Sample>(&self, counts: &mut Vec<u64>, values: &[T], masked: Option<&[bool]>) {
        for_each_valid(values, masked, |value| {
            let key = value.key();
            let group = match &self.wanted {
                None => 0,
                Some(wanted) => match wanted.find(key) {
                    Some(group) => group * self.bins,
                    None => return,
                },
            };
            let bin = (key >> self.shift) as usize & (self.bins - 1);
            if let Some(count) = counts.get_mut(group + bin) {
                *count += 1;
            }
        });
    }
}

struct Collect {
    wanted: Wanted,
}

impl Fold for Collect {
    type State = Vec<u64>;

    fn start(&self) -> Vec<u64> {
        Vec::new()
    }

    fn piece<T: Sample>(&self, keys: &mut Vec<u64>, values: &[T], masked: Option<&[bool]>) {
        for_each_valid(values, masked, |value| {
            if self.wanted.find(value.key()).is_some() {
                keys.push(value.key());
            }
        });
    }
}

/// Calls `take` with each finite unmasked value.
#[inline]
fn for_each_valid<T: Sample>(values: &[T], masked: Option<&[bool]>, mut take: impl FnMut(T)) {
    match masked {
        None => values
            .iter()
            .filter(|value| value.is_finite())
            .for_each(|&value| take(value)),
        Some(masked) => {
            for (&value, &masked) in values.iter().zip(masked) {
                if !masked && value.is_finite() {
                    take(value);
                }
            }
        }
    }
}

/// The least and the greatest finite unmasked value; `None` when there is none.
#[must_use]
pub fn plane_min_max(plane: &Plane) -> Option<(f64, f64)> {
    fn of<T: Sample>(plane: &Plane, array: &ndarray::Array2<T>) -> Option<(f64, f64)> {
        let keys = (0..array.nrows())
            .into_par_iter()
            .map(|row| {
                let (mut min, mut max) = (u64::MAX, u64::MIN);
                for_each_valid_in_row(plane, array, row, |value| {
                    min = min.min(value.key());
                    max = max.max(value.key());
                });
                (min, max)
            })
            .reduce(|| (u64::MAX, u64::MIN), |a, b| (a.0.min(b.0), a.1.max(b.1)));
        (keys.0 <= keys.1).then(|| (T::from_key(keys.0).to_f64(), T::from_key(keys.1).to_f64()))
    }
    with_samples!(&plane.samples, array => of(plane, array))
}

/// Percentiles (each within 0..=100) of the finite unmasked values; `None` when there are none or
/// a percentile is out of range.
#[must_use]
pub fn plane_percentiles(plane: &Plane, percentiles: &[f64]) -> Option<Vec<f64>> {
    with_samples!(&plane.samples, array => percentiles_in_memory(plane, array, percentiles))
}

fn percentiles_in_memory<T: Sample>(
    plane: &Plane,
    array: &ndarray::Array2<T>,
    percentiles: &[f64],
) -> Option<Vec<f64>> {
    if T::BITS <= 16 {
        let bins = 1_usize << T::BITS;
        let rows_per_task = array.nrows().div_ceil(rayon::current_num_threads()).max(1);
        let counts = (0..array.nrows().div_ceil(rows_per_task))
            .into_par_iter()
            .map(|task| {
                let mut counts = vec![0_u64; bins];
                for row in (task * rows_per_task..array.nrows()).take(rows_per_task) {
                    for_each_valid_in_row(plane, array, row, |value| {
                        if let Some(count) = counts.get_mut(value.key() as usize) {
                            *count += 1;
                        }
                    });
                }
                counts
            })
            .reduce_with(|mut a, b| {
                a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
                a
            })?;
        let total = counts.iter().sum();
        let values = || {
            counts
                .iter()
                .enumerate()
                .map(|(key, &count)| (T::from_key(key as u64).to_f64(), count))
        };
        return percentiles
            .iter()
            .map(|&percentile| percentile_of_counts(values(), total, percentile))
            .collect();
    }
    let mut values: Vec<T> = Vec::with_capacity(array.len());
    for row in 0..array.nrows() {
        for_each_valid_in_row(plane, array, row, |value| values.push(value));
    }
    percentiles
        .iter()
        .map(|&percentile| select_percentile(&mut values, percentile))
        .collect()
}

fn select_percentile<T: Sample>(values: &mut [T], percentile: f64) -> Option<f64> {
    let (lower, upper, share) = position(percentile, values.len() as u64)?;
    let (_, at_lower, above) =
        values.select_nth_unstable_by_key(usize::try_from(lower).ok()?, |value| value.key());
    let at_lower = at_lower.to_f64();
    let at_upper = if upper == lower {
        at_lower
    } else {
        above
            .iter()
            .min_by_key(|value| value.key())
            .map_or(at_lower, |value| value.to_f64())
    };
    Some(interpolate(at_lower, at_upper, share))
}

#[inline]
fn for_each_valid_in_row<T: Sample>(
    plane: &Plane,
    array: &ndarray::Array2<T>,
    row: usize,
    mut take: impl FnMut(T),
) {
    let values = array.row(row);
    let masked = plane.masked_row(row);
    match (
        values.as_slice(),
        masked.as_ref().map(|masked| masked.as_slice()),
    ) {
        (Some(values), None) => for_each_valid(values, None, take),
        (Some(values), Some(Some(masked))) => for_each_valid(values, Some(masked), take),
        _ => {
            for (column, &value) in values.iter().enumerate() {
                let masked = masked
                    .as_ref()
                    .and_then(|masked| masked.get(column))
                    .is_some_and(|&masked| masked);
                if !masked && value.is_finite() {
                    take(value);
                }
            }
        }
    }
}
