//! How the values of a view are distributed: its statistics, and a histogram of the same cells.
//!
//! Integers of at most 16 bits are counted value by value in one pass. Others are passed over again once their extremes are
//! known, into bins of equal width.

use super::stats::{
    CELLS_PER_TASK, Stats, from_histogram, from_moments, is_counted, moments, passes, unknown,
};
use crate::array::{
    ArrayView, Element, Fold, Histogram, Number, Part, Sample, fold, percentiles as exact,
};
use crate::progress::{Cancelled, Progress};

/// Bins of values that are too many to be counted one by one.
const BINS: f64 = 512.0;

/// How often values occur: finite unmasked cells, by value.
#[derive(Debug, Clone, PartialEq)]
pub struct Bins {
    /// Where the first bin begins.
    pub start: f64,
    /// Of each bin. A bin of integers begins half way between two of them.
    pub width: f64,
    /// Values are integers.
    pub is_whole: bool,
    /// Cells in each.
    pub counts: Vec<u64>,
}

impl Bins {
    /// As many as make sense between the least and the greatest value, with nothing in them.
    fn between(lo: f64, hi: f64, number: Number) -> Self {
        let is_whole = !matches!(
            number,
            Number::F16 | Number::F32 | Number::F64 | Number::C64 | Number::C128
        );
        let (start, width, count) = if is_whole {
            let values = hi - lo + 1.0;
            let width = (values / BINS).ceil().max(1.0);
            (lo - 0.5, width, (values / width).ceil())
        } else if lo == hi {
            // One value has no width; something that can be seen around it.
            let width = if lo == 0.0 { 1.0 } else { lo.abs() / 64.0 };
            (lo - width / 2.0, width, 1.0)
        } else {
            // In parts, since the difference may be more than a double holds.
            (lo, hi / BINS - lo / BINS, BINS)
        };
        Self {
            start,
            width,
            is_whole,
            counts: vec![0; count.clamp(1.0, BINS) as usize],
        }
    }

    /// From counts of single integers.
    fn of_values(histogram: &Histogram) -> Option<Self> {
        let value = |key| Element::from_sample_key(histogram.number(), key).to_f64();
        let mut counts = histogram.counts().map(|(key, count)| (value(key), count));
        let first = counts.clone().next()?.0;
        let last = counts.clone().last()?.0;
        let mut bins = Self {
            start: first - 0.5,
            width: 1.0,
            is_whole: true,
            counts: vec![0; (last - first) as usize + 1],
        };
        counts.by_ref().for_each(|(value, count)| {
            if let Some(place) = bins.counts.get_mut((value - first) as usize) {
                *place = count;
            }
        });
        Some(bins)
    }

    /// Where the last bin ends.
    #[must_use]
    pub fn end(&self) -> f64 {
        self.edge(self.counts.len())
    }

    /// Where a bin begins.
    #[must_use]
    pub fn edge(&self, bin: usize) -> f64 {
        self.start + self.width * bin as f64
    }

    /// Cells in all of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// At most so many bins: neighbours are taken together.
    #[must_use]
    pub fn merged(&self, most: usize) -> Self {
        let together = self.counts.len().div_ceil(most.max(1)).max(1);
        Self {
            start: self.start,
            width: self.width * together as f64,
            is_whole: self.is_whole,
            counts: (self.counts.chunks(together))
                .map(|counts| counts.iter().sum())
                .collect(),
        }
    }
}

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    /// Exact, or of what was read so far.
    pub stats: Stats,
    /// `None` where nothing counts, or not known yet. In a part it may have fewer cells than `stats`.
    pub bins: Option<Bins>,
}

/// How often [`distribution`] reads all cells, about.
#[must_use]
pub fn distribution_passes(number: Number, percentiles: &[f64]) -> u64 {
    passes(number, percentiles) + u64::from(!is_counted(number))
}

/// Statistics as [`stats`](super::stats()) and a histogram. `part` is told from time to time how far it is, and can have
/// what is known until then; where more than one pass is needed, the parts of the first are without bins and percentiles,
/// and those of the second, which fills the bins, have all of the cells done. States the total to `progress` and counts
/// finished cells.
///
/// # Errors
/// [`Cancelled`].
pub fn distribution(
    view: &ArrayView,
    percentiles: &[f64],
    progress: &Progress,
    mut part: impl FnMut(&Part<'_, Distribution>),
) -> Result<Distribution, Cancelled> {
    let (cells, number) = (view.num_cells() as u64, view.number());
    progress.set_total(cells.saturating_mul(distribution_passes(number, percentiles)));
    let of_counts = |histogram: &Histogram| Distribution {
        stats: from_histogram(histogram, percentiles),
        bins: Bins::of_values(histogram),
    };
    let counted = Histogram::of(view, progress, &mut |counted| {
        part(&counted.map(&|| of_counts(&counted.value())));
    })?;
    if let Some(histogram) = counted {
        return Ok(of_counts(&histogram));
    }
    // Cells that lie far apart are read once.
    let compact = view.compact(progress)?;
    let view = compact.as_ref().unwrap_or(view);
    let all = moments(view, progress, &mut |moments| {
        part(&moments.map(&|| Distribution {
            stats: from_moments(&moments.value(), number, unknown(percentiles)),
            bins: None,
        }));
    })?;
    let mut stats = from_moments(&all, number, unknown(percentiles));
    let (Some(min), Some(max)) = (stats.min, stats.max) else {
        return Ok(Distribution { stats, bins: None });
    };
    let mut bins = Bins::between(min.to_f64(), max.to_f64(), number);
    fill(view, &mut bins, progress, &mut |bins| {
        part(&Part::new(cells, cells, &|| Distribution {
            stats: stats.clone(),
            bins: Some(bins.clone()),
        }));
    })?;
    let values = exact(view, percentiles, progress)?;
    stats.percentiles = percentiles.iter().copied().zip(values).collect();
    Ok(Distribution {
        stats,
        bins: Some(bins),
    })
}

/// Counts the cells of each bin.
fn fill(
    view: &ArrayView,
    bins: &mut Bins,
    progress: &Progress,
    part: &mut dyn FnMut(&Bins),
) -> Result<(), Cancelled> {
    let filling = Filling {
        start: bins.start / 2.0,
        width: bins.width / 2.0,
        last: bins.counts.len().saturating_sub(1),
    };
    fold(view, &filling, CELLS_PER_TASK, progress, |counts| {
        for (all, count) in bins.counts.iter_mut().zip(counts) {
            *all += count;
        }
        part(bins);
    })
}

/// Halves, so that no difference is more than a double holds.
struct Filling {
    start: f64,
    width: f64,
    last: usize,
}

impl Fold for Filling {
    type State = Vec<u64>;

    fn start(&self) -> Vec<u64> {
        vec![0; self.last + 1]
    }

    fn piece<T: Sample>(&self, counts: &mut Vec<u64>, values: &[T], masked: Option<&[bool]>) {
        for (index, value) in values.iter().enumerate() {
            let is_masked = masked.and_then(|masked| masked.get(index)) == Some(&true);
            if is_masked || !value.is_finite() {
                continue;
            }
            let bin = (value.to_f64() / 2.0 - self.start) / self.width;
            if let Some(count) = counts.get_mut((bin as usize).min(self.last)) {
                *count += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stats;
    use super::*;
    use crate::array::{ArrayLayout, DType, MaskLayout};
    use crate::source::Bytes;

    fn view(dtype: &str, mut data: Vec<u8>, mask: Option<Vec<u8>>) -> ArrayView {
        let dtype = DType::parse(dtype);
        let nbytes = data.len() as u64;
        let cells = nbytes / dtype.itemsize().unwrap();
        let mask = mask.map(|mask| {
            data.extend(&mask);
            MaskLayout {
                data_offset: nbytes,
                nbytes: cells,
                fortran: false,
            }
        });
        let layout = ArrayLayout {
            dtype,
            shape: vec![cells],
            fortran: false,
            data_offset: 0,
            nbytes,
            mask,
        };
        ArrayView::new(Bytes::Memory(data.into()), &layout).unwrap()
    }

    fn run(view: &ArrayView) -> Distribution {
        distribution(view, &[50.0], &Progress::new(), |_| {}).unwrap()
    }

    fn doubles(values: impl IntoIterator<Item = f64>) -> Vec<u8> {
        values.into_iter().flat_map(f64::to_le_bytes).collect()
    }

    #[test]
    fn small_integers_are_counted_by_value() {
        let data: Vec<u8> = [3_i16, -2, 3, 3, 0, 9]
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let view = view("<i2", data, Some(vec![0, 0, 0, 0, 0, 1]));
        let found = run(&view);
        let bins = found.bins.unwrap();
        assert_eq!((bins.start, bins.width), (-2.5, 1.0));
        assert_eq!(bins.counts, [1, 0, 1, 0, 0, 3]);
        assert_eq!((bins.end(), bins.total()), (3.5, 5));
        assert_eq!(
            found.stats,
            stats(&view, &[50.0], &Progress::new()).unwrap()
        );
        let merged = bins.merged(4);
        assert_eq!(
            (merged.width, merged.counts.as_slice()),
            (2.0, &[1, 1, 3][..])
        );
    }

    #[test]
    fn doubles_are_counted_between_their_extremes() {
        let values = (0..=1024).map(f64::from).chain([f64::NAN, f64::INFINITY]);
        let mut mask = vec![0; 1027];
        mask[1] = 1;
        let view = view("<f8", doubles(values), Some(mask));
        let found = run(&view);
        let bins = found.bins.unwrap();
        assert_eq!((bins.start, bins.width, bins.counts.len()), (0.0, 2.0, 512));
        // 0 without the masked 1; the greatest value is in the last bin.
        assert_eq!(
            (bins.counts[0], bins.counts[1], bins.counts[511]),
            (1, 2, 3)
        );
        assert_eq!(bins.total(), found.stats.count);
        assert_eq!(
            found.stats,
            stats(&view, &[50.0], &Progress::new()).unwrap()
        );
    }

    #[test]
    fn bins_of_large_integers_hold_as_many_values_each() {
        let data = (0..1000_u32)
            .flat_map(|value| (value + 7).to_le_bytes())
            .collect();
        let bins = run(&view("<u4", data, None)).bins.unwrap();
        assert_eq!((bins.start, bins.width), (6.5, 2.0));
        assert_eq!(bins.counts, [2; 500]);
    }

    #[test]
    fn ranges_at_the_limits() {
        for values in [
            &[f64::MIN, 0.0, f64::MAX][..],
            &[0.0, 5e-324],
            &[-0.0, 0.0],
            &[1e300],
            &[0.1],
        ] {
            let bins = run(&view("<f8", doubles(values.iter().copied()), None)).bins;
            let bins = bins.unwrap();
            assert_eq!(bins.total(), values.len() as u64, "{values:?}");
            assert!(bins.width.is_finite() && bins.start.is_finite());
        }
        let whole: Vec<u8> = [i64::MIN, i64::MAX]
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let bins = run(&view("<i8", whole, None)).bins.unwrap();
        assert_eq!((bins.counts[0], bins.counts[511]), (1, 1));
        for (dtype, data) in [("u1", vec![]), ("<f8", doubles([f64::NAN]))] {
            assert_eq!(run(&view(dtype, data, None)).bins, None);
        }
    }

    #[test]
    fn parts_grow_and_the_last_pass_has_the_bins() {
        let view = view("<f8", doubles((0..2_000_000).map(f64::from)), None);
        let (mut last, mut seen) = (0, 0);
        let whole = distribution(&view, &[50.0], &Progress::new(), |part| {
            let so_far = part.value();
            assert_eq!(so_far.stats.percentiles, [(50.0, None)]);
            match so_far.bins {
                None => assert!(part.done > last && so_far.stats.count == part.done),
                Some(bins) => {
                    assert_eq!((part.done, part.total), (2_000_000, 2_000_000));
                    assert!(bins.total() > seen);
                    seen = bins.total();
                }
            }
            last = part.done;
        })
        .unwrap();
        assert_eq!((whole.stats.count, seen), (2_000_000, 2_000_000));
    }

    #[test]
    fn threads_do_not_change_the_result() {
        let view = view(
            "<f4",
            (0..4_000_000_u32).map(|i| (i % 251) as u8 & 0x3f).collect(),
            None,
        );
        let [one, three] = [1, 3].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| run(&view))
        });
        assert_eq!(one, three);
    }

    #[test]
    fn a_cancel_is_seen_in_every_pass() {
        let view = view("<f8", doubles((0..3_000_000).map(f64::from)), None);
        for in_bins in [false, true] {
            let progress = Progress::new();
            let result = distribution(&view, &[50.0], &progress, |part| {
                if part.value().bins.is_some() == in_bins {
                    progress.cancel();
                }
            });
            assert_eq!(result, Err(Cancelled));
        }
    }
}
