//! Which keys stand at given ranks, found by counting leading bits and narrowing down.
//!
//! The same search runs over an array in a file and over a plane in memory: [`Pass`] is what it needs of either.

use super::stream::{Fold, fold};
use super::vectors::vectorised;
use super::{ArrayView, Plane, Sample, with_samples};
use crate::progress::{Cancelled, Progress};
use ndarray::Array2;
use rayon::prelude::*;

/// Candidates that are kept in memory (8 bytes each), at most.
const MAX_CANDIDATES: u64 = 1 << 20;
/// Leading bits of the keys that the first pass counts.
pub(super) const FIRST_BITS: u32 = 16;
/// Counts that are added up together, or skipped.
const COUNTS_PER_BLOCK: usize = 256;
/// Further bits that each later pass counts, for each range of interest.
const LATER_BITS: u32 = 12;
/// Cells of a plane that are handed on at once.
const CELLS_PER_PIECE: usize = 1 << 13;
/// Cells whose leading bits are worked out before they are looked at one by one.
const CELLS_PER_STEP: usize = 256;

/// Cells that can be passed over again and again.
pub(super) trait Pass {
    /// Width of the keys.
    fn key_bits(&self) -> u32;

    /// How many cells there are, also those that do not count.
    fn num_cells(&self) -> usize;

    /// As [`fold`].
    fn fold<F: Fold>(
        &self,
        fold: &F,
        cells_per_task: usize,
        progress: &Progress,
        merge: impl FnMut(F::State),
    ) -> Result<(), Cancelled>;
}

impl Pass for ArrayView {
    fn key_bits(&self) -> u32 {
        self.number().key_bits()
    }

    fn num_cells(&self) -> usize {
        self.num_cells()
    }

    fn fold<F: Fold>(
        &self,
        what: &F,
        cells_per_task: usize,
        progress: &Progress,
        merge: impl FnMut(F::State),
    ) -> Result<(), Cancelled> {
        fold(self, what, cells_per_task, progress, merge)
    }
}

impl Pass for Plane {
    fn key_bits(&self) -> u32 {
        fn bits<T: Sample>(_: &Array2<T>) -> u32 {
            T::BITS
        }
        with_samples!(&self.samples, array => bits(array))
    }

    fn num_cells(&self) -> usize {
        with_samples!(&self.samples, array => array.len())
    }

    fn fold<F: Fold>(
        &self,
        fold: &F,
        cells_per_task: usize,
        progress: &Progress,
        merge: impl FnMut(F::State),
    ) -> Result<(), Cancelled> {
        // A mask of another shape belongs to no cell of ours.
        let masked = (self.masked.as_ref()).filter(|masked| masked.dim() == self.shape());
        with_samples!(&self.samples, array => fold_plane(array, masked, fold, cells_per_task, progress).map(|states| states.into_iter().for_each(merge)))
    }
}

fn fold_plane<T: Sample, F: Fold>(
    array: &Array2<T>,
    masked: Option<&Array2<bool>>,
    fold: &F,
    cells_per_task: usize,
    progress: &Progress,
) -> Result<Vec<F::State>, Cancelled> {
    // Copies only what somebody else put together in another order.
    let values = array.as_standard_layout();
    let masked = masked.map(|masked| masked.as_standard_layout());
    let values = values.as_slice().unwrap_or_default();
    let masked = masked.as_ref().and_then(|masked| masked.as_slice());
    let per_task = cells_per_task.max(1);
    (0..values.len().div_ceil(per_task))
        .into_par_iter()
        .map(|task| {
            let mut state = fold.start();
            let end = values.len().min((task + 1).saturating_mul(per_task));
            for start in (task * per_task..end).step_by(CELLS_PER_PIECE) {
                progress.check()?;
                let range = start..end.min(start + CELLS_PER_PIECE);
                let values = values.get(range.clone()).unwrap_or_default();
                fold.piece(
                    &mut state,
                    values,
                    masked.and_then(|masked| masked.get(range)),
                );
            }
            Ok(state)
        })
        .collect()
}

/// The keys at some ranks (ascending, distinct), given the counts of the first pass.
pub(super) fn keys_of_ranks(
    cells: &impl Pass,
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
            let mut keys = collect.start();
            cells.fold(
                &collect,
                cells_per_large_task(cells),
                progress,
                |more: Vec<Vec<u64>>| {
                    let groups = keys.iter_mut().zip(more);
                    for (keys, more) in groups {
                        let room = (MAX_CANDIDATES as usize).saturating_sub(keys.len());
                        keys.extend(more.into_iter().take(room));
                    }
                },
            )?;
            let groups: Vec<&[(u64, u64)]> = targets.chunk_by(|a, b| a.0 == b.0).collect();
            let found: Vec<Vec<u64>> = (groups.into_par_iter())
                .zip(keys)
                .map(|(targets, keys)| keys_at(keys, targets, shift))
                .collect();
            return Ok(found.concat());
        }
        let narrower = shift.saturating_sub(LATER_BITS);
        let count = Count {
            shift: narrower,
            first_shift: first.first_shift,
            prefixes,
            bits: shift,
        };
        let counts = count.run(cells, progress, &mut |_, _| {})?;
        (targets, candidates) = count.locate(&counts, &targets);
        shift = narrower;
    }
    Ok(targets.into_iter().map(|(key, _)| key).collect())
}

/// The keys at ascending ranks among those of one prefix.
fn keys_at(mut keys: Vec<u64>, targets: &[(u64, u64)], shift: u32) -> Vec<u64> {
    let ranks = targets.iter().map(|&(_, rank)| rank);
    let found = select(&mut keys, ranks);
    (targets.iter().zip(found))
        // Absent only if the bytes changed between two passes.
        .map(|(&(prefix, _), key)| key.unwrap_or(prefix << shift))
        .collect()
}

/// The keys at ascending, distinct ranks; moves keys about.
pub(super) fn select(keys: &mut [u64], ranks: impl Iterator<Item = u64>) -> Vec<Option<u64>> {
    let mut rest = keys;
    let mut passed = 0;
    let at = |rank: u64| {
        let place = usize::try_from(rank.checked_sub(passed)?).ok()?;
        if place >= rest.len() {
            return None;
        }
        let (_, &mut key, above) = std::mem::take(&mut rest).select_nth_unstable(place);
        passed = rank + 1;
        rest = above;
        Some(key)
    };
    ranks.map(at).collect()
}

/// Large states are made a few times per thread only, but often enough that a part of the result is there in time. What is
/// counted in one task fits 32 bits.
fn cells_per_large_task(cells: &impl Pass) -> usize {
    (cells.num_cells())
        .div_ceil(rayon::current_num_threads().saturating_mul(4))
        .clamp(1 << 19, 1 << 21)
}

/// Counts the bits from `shift` up to `bits` of the keys whose bits from `bits` on are one of
/// `prefixes` (ascending).
pub(super) struct Count {
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
    /// Whether any prefix begins with these first bits; dismisses nearly all keys in one look.
    first: Box<[bool; 1 << FIRST_BITS]>,
}

impl Wanted {
    fn new(prefixes: Vec<u64>, shift: u32, first_shift: u32) -> Self {
        let mut first = Box::new([false; 1 << FIRST_BITS]);
        for &prefix in &prefixes {
            if let Some(flag) = first.get_mut((prefix >> (first_shift - shift)) as usize) {
                *flag = true;
            }
        }
        Self {
            shift,
            prefixes,
            first,
        }
    }

    /// Calls `take` with each finite unmasked key that begins with a prefix, and the prefix's number.
    #[inline(always)]
    fn for_each<T: Sample>(
        &self,
        values: &[T],
        masked: Option<&[bool]>,
        mut take: impl FnMut(usize, u64),
    ) {
        let mut bits = [0; CELLS_PER_STEP];
        for (step, values) in values.chunks(CELLS_PER_STEP).enumerate() {
            vectorised(
                #[inline(always)]
                || leading_bits(values, &mut bits),
            );
            for (index, (&bits, value)) in bits.iter().zip(values).enumerate() {
                if !self.first.get(usize::from(bits)).is_some_and(|&is| is) {
                    continue;
                }
                // Few get here, so that the rest may take its time.
                let at = step * CELLS_PER_STEP + index;
                let is_masked = masked.is_some_and(|masked| masked.get(at).is_some_and(|&is| is));
                if !is_masked
                    && value.is_finite()
                    && let Ok(group) = self.prefixes.binary_search(&(value.key() >> self.shift))
                {
                    take(group, value.key());
                }
            }
        }
    }
}

impl Count {
    /// Of the leading bits of all keys of so many bits.
    pub(super) fn first(key_bits: u32) -> Self {
        let shift = key_bits - FIRST_BITS.min(key_bits);
        Self {
            shift,
            first_shift: shift,
            prefixes: vec![0],
            bits: key_bits,
        }
    }

    fn bins(&self) -> usize {
        1 << (self.bits - self.shift)
    }

    /// The counts: those of each prefix behind those of the one before. `part` is told how many cells were looked at and
    /// what was counted until then.
    pub(super) fn run(
        &self,
        cells: &impl Pass,
        progress: &Progress,
        part: &mut dyn FnMut(u64, &[u64]),
    ) -> Result<Vec<u64>, Cancelled> {
        let mut sum = vec![0_u64; self.prefixes.len() * self.bins()];
        // The first pass counts everything: nothing is looked up.
        let is_whole = self.bits > self.first_shift;
        let len = if is_whole { 1 << FIRST_BITS } else { sum.len() };
        let fold_counts = CountFold {
            shift: self.shift,
            bins: self.bins(),
            len,
            wanted: (!is_whole)
                .then(|| Wanted::new(self.prefixes.clone(), self.bits, self.first_shift)),
        };
        let (total, cells_per_task) = (cells.num_cells(), cells_per_large_task(cells));
        let mut done = 0;
        cells.fold(
            &fold_counts,
            cells_per_task,
            progress,
            |counts: Vec<u32>| {
                // Few of all values occur in most pictures.
                let blocks = sum
                    .chunks_mut(COUNTS_PER_BLOCK)
                    .zip(counts.chunks(COUNTS_PER_BLOCK));
                for (sums, counts) in
                    blocks.filter(|(_, counts)| counts.iter().fold(0, |any, count| any | count) > 0)
                {
                    for (sum, &count) in sums.iter_mut().zip(counts) {
                        *sum += u64::from(count);
                    }
                }
                done = total.min(done + cells_per_task);
                part(done as u64, &sum);
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
    type State = Vec<u32>;

    fn start(&self) -> Vec<u32> {
        vec![0; self.len]
    }

    fn piece<T: Sample>(&self, counts: &mut Vec<u32>, values: &[T], masked: Option<&[bool]>) {
        let (shift, bins) = (self.shift, self.bins);
        match &self.wanted {
            // The first pass counts everything: nothing is looked up.
            None => vectorised(
                #[inline(always)]
                || count_leading_bits(counts, values, masked),
            ),
            Some(wanted) => wanted.for_each(values, masked, |group, key| {
                let bin = (key >> shift) as usize & (bins - 1);
                if let Some(count) = counts.get_mut(group * bins + bin) {
                    *count += 1;
                }
            }),
        }
    }
}

struct Collect {
    wanted: Wanted,
}

impl Fold for Collect {
    /// For each prefix.
    type State = Vec<Vec<u64>>;

    fn start(&self) -> Vec<Vec<u64>> {
        vec![Vec::new(); self.wanted.prefixes.len()]
    }

    fn piece<T: Sample>(&self, keys: &mut Vec<Vec<u64>>, values: &[T], masked: Option<&[bool]>) {
        self.wanted.for_each(values, masked, |group, key| {
            // More only if the bytes changed between two passes.
            if let Some(keys) = keys.get_mut(group)
                && keys.len() < MAX_CANDIDATES as usize
            {
                keys.push(key);
            }
        });
    }
}

/// The leading bits of the keys of some values.
#[inline(always)]
fn leading_bits<T: Sample>(values: &[T], out: &mut [u16; CELLS_PER_STEP]) {
    for (out, value) in out.iter_mut().zip(values) {
        *out = (value.key() >> T::BITS.saturating_sub(FIRST_BITS)) as u16;
    }
}

/// Counts the finite unmasked values by [`leading_bits`].
#[inline(always)]
fn count_leading_bits<T: Sample>(counts: &mut [u32], values: &[T], masked: Option<&[bool]>) {
    // So many that no number of 16 bits is out of them: no check for each.
    let Some(counts) = counts.first_chunk_mut::<{ 1 << FIRST_BITS }>() else {
        return;
    };
    let mut bits = [0; CELLS_PER_STEP];
    let mut rest = masked.unwrap_or_default();
    for values in values.chunks(CELLS_PER_STEP) {
        leading_bits(values, &mut bits);
        let all = bits.iter().zip(values);
        let mut add = |bin: u16, times: bool| {
            if let Some(count) = counts.get_mut(usize::from(bin)) {
                *count += u32::from(times);
            }
        };
        if masked.is_some() {
            let (masked, behind) = rest.split_at(values.len().min(rest.len()));
            rest = behind;
            for ((&bin, value), &masked) in all.zip(masked) {
                // No branch: where masks look like noise, it would be guessed wrong all the time.
                add(bin, !masked & value.is_finite());
            }
        } else if T::all_finite(values) {
            all.for_each(|(&bin, _)| add(bin, true));
        } else {
            all.for_each(|(&bin, value)| add(bin, value.is_finite()));
        }
    }
}

/// Calls `take` with each finite unmasked value.
#[inline]
pub(super) fn for_each_valid<T: Sample>(
    values: &[T],
    masked: Option<&[bool]>,
    mut take: impl FnMut(T),
) {
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
