//! Exact statistics over all cells of a view, in bounded memory.

use crate::array::{
    ArrayView, Element, Exact, Fold, Histogram, Number, Part, Sample, add_moments, deviation, fold,
    percentile_of_counts, percentiles, vectorised,
};
use crate::progress::{Cancelled, Progress};

/// Cells whose moments are computed by one task.
pub(super) const CELLS_PER_TASK: usize = 1 << 18;
/// Of them at once, while they are in the nearest cache.
const CELLS_AT_ONCE: usize = 1 << 10;

/// Exact statistics over the finite, unmasked cells of a view. Those of complex numbers are over
/// their magnitudes (not finite where either part is not); bool counts as 0 and 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Stats {
    /// Finite unmasked cells, over which everything below is computed.
    pub count: u64,
    /// Cells under the mask, whatever their values.
    pub masked: u64,
    /// Unmasked NaN cells.
    pub nan: u64,
    /// Unmasked infinite cells.
    pub inf: u64,
    /// In the array's own type.
    pub min: Option<Element>,
    /// In the array's own type.
    pub max: Option<Element>,
    /// The double nearest to the exact mean.
    pub mean: Option<f64>,
    /// Population standard deviation (ddof 0), the double nearest to the exact one.
    pub std: Option<f64>,
    /// (asked percentile, value by linear interpolation); `None` outside 0..=100 as well.
    pub percentiles: Vec<(f64, Option<f64>)>,
}

/// Streams over the view (any number of dimensions) in parallel with memory independent of its
/// size: once for integers of at most 16 bits, otherwise once, and for percentiles a few times more.
/// States the total to `progress` and counts finished cells.
///
/// # Errors
/// [`Cancelled`].
pub fn stats(
    view: &ArrayView,
    percentiles: &[f64],
    progress: &Progress,
) -> Result<Stats, Cancelled> {
    stats_in_parts(view, percentiles, progress, |_| {})
}

/// As [`stats`]. `part` is told from time to time how far the first pass is, and can have the statistics of what was read
/// until then. Percentiles are among them only where one pass is enough, else they are `None` until all is done.
///
/// # Errors
/// [`Cancelled`].
pub fn stats_in_parts(
    view: &ArrayView,
    percentiles: &[f64],
    progress: &Progress,
    mut part: impl FnMut(&Part<'_, Stats>),
) -> Result<Stats, Cancelled> {
    let cells = view.num_cells() as u64;
    progress.set_total(cells.saturating_mul(passes(view.number(), percentiles)));
    let histogram = Histogram::of(view, progress, &mut |counted| {
        part(&counted.map(&|| from_histogram(&counted.value(), percentiles)));
    })?;
    match histogram {
        Some(histogram) => Ok(from_histogram(&histogram, percentiles)),
        None => from_passes(view, percentiles, progress, &mut part),
    }
}

/// How often all cells are read, about.
pub(super) fn passes(number: Number, percentiles: &[f64]) -> u64 {
    if is_counted(number) || percentiles.is_empty() {
        1
    } else {
        3
    }
}

/// Whether there are so few values that each can be counted.
pub(super) fn is_counted(number: Number) -> bool {
    matches!(
        number,
        Number::Bool | Number::U8 | Number::I8 | Number::U16 | Number::I16
    )
}

pub(super) fn from_histogram(histogram: &Histogram, percentiles: &[f64]) -> Stats {
    let number = histogram.number();
    let values = || {
        histogram
            .counts()
            .map(|(key, count)| (Element::from_sample_key(number, key).to_f64(), count))
    };
    let count: u64 = values().map(|(_, count)| count).sum();
    let (mut sum, mut squares) = (Exact::default(), Exact::default());
    for (value, count) in values() {
        // Integers of 16 bits.
        let (value, count) = (value as i128, i128::from(count));
        sum.add(value * count, 0);
        squares.add(value * value * count, 0);
    }
    let mean = (count > 0).then(|| sum.mean(count));
    let std = (count > 0).then(|| deviation(&sum, &squares, count));
    let end = |key: Option<(u64, u64)>| key.map(|(key, _)| Element::from_sample_key(number, key));
    Stats {
        count,
        masked: histogram.masked(),
        nan: 0,
        inf: 0,
        min: end(histogram.counts().next()),
        max: end(histogram.counts().last()),
        mean,
        std,
        percentiles: percentiles
            .iter()
            .map(|&percentile| {
                (
                    percentile,
                    percentile_of_counts(values(), count, percentile),
                )
            })
            .collect(),
    }
}

fn from_passes(
    view: &ArrayView,
    asked: &[f64],
    progress: &Progress,
    part: &mut dyn FnMut(&Part<'_, Stats>),
) -> Result<Stats, Cancelled> {
    let number = view.number();
    // A single pass would gain nothing.
    let compact = match asked {
        [] => None,
        _ => view.compact(progress)?,
    };
    let view = compact.as_ref().unwrap_or(view);
    let all = moments(view, progress, &mut |moments| {
        part(&moments.map(&|| from_moments(&moments.value(), number, unknown(asked))));
    })?;
    let values = percentiles(view, asked, progress)?;
    Ok(from_moments(
        &all,
        number,
        asked.iter().copied().zip(values).collect(),
    ))
}

/// Percentiles that are still to come.
pub(super) fn unknown(asked: &[f64]) -> Vec<(f64, Option<f64>)> {
    asked.iter().map(|&asked| (asked, None)).collect()
}

/// Everything but percentiles, in one pass.
pub(super) fn moments(
    view: &ArrayView,
    progress: &Progress,
    part: &mut dyn FnMut(&Part<'_, Moments>),
) -> Result<Moments, Cancelled> {
    let (mut all, mut done, total) = (Moments::default(), 0, view.num_cells() as u64);
    fold(view, &MomentsFold, CELLS_PER_TASK, progress, |moments| {
        all.merge(&moments);
        done = total.min(done + CELLS_PER_TASK as u64);
        part(&Part::new(done, total, &|| all.clone()));
    })?;
    Ok(all)
}

pub(super) fn from_moments(
    all: &Moments,
    number: Number,
    percentiles: Vec<(f64, Option<f64>)>,
) -> Stats {
    let element = |key| (all.count > 0).then(|| Element::from_sample_key(number, key));
    Stats {
        count: all.count,
        masked: all.masked,
        nan: all.nan,
        inf: all.inf,
        min: element(all.min_key),
        max: element(all.max_key),
        mean: (all.count > 0).then(|| all.sum.mean(all.count)),
        std: (all.count > 0).then(|| deviation(&all.sum, &all.squares, all.count)),
        percentiles,
    }
}

/// What is known of some of the cells.
#[derive(Debug, Clone)]
pub(super) struct Moments {
    count: u64,
    masked: u64,
    nan: u64,
    inf: u64,
    min_key: u64,
    max_key: u64,
    sum: Exact,
    squares: Exact,
}

impl Default for Moments {
    fn default() -> Self {
        Self {
            count: 0,
            masked: 0,
            nan: 0,
            inf: 0,
            min_key: u64::MAX,
            max_key: 0,
            sum: Exact::default(),
            squares: Exact::default(),
        }
    }
}

impl Moments {
    fn merge(&mut self, other: &Self) {
        let Self {
            count,
            masked,
            nan,
            inf,
            min_key,
            max_key,
            sum,
            squares,
        } = other;
        self.count += count;
        self.masked += masked;
        self.nan += nan;
        self.inf += inf;
        self.min_key = self.min_key.min(*min_key);
        self.max_key = self.max_key.max(*max_key);
        self.sum.merge(sum);
        self.squares.merge(squares);
    }

    /// Takes in cells that count.
    #[inline(always)]
    fn add<T: Sample>(&mut self, values: &[T]) {
        self.count += values.len() as u64;
        for value in values {
            self.min_key = self.min_key.min(value.key());
            self.max_key = self.max_key.max(value.key());
        }
        add_moments(values, &mut self.sum, &mut self.squares);
    }

    /// Counts what does not count, and copies the rest to the beginning of `room`; how many these are.
    fn sort_out<T: Sample>(&mut self, values: &[T], masked: &[bool], room: &mut [T]) -> usize {
        let mut places = room.iter_mut();
        let mut kept = 0;
        for (index, &value) in values.iter().enumerate() {
            if masked.get(index) == Some(&true) {
                self.masked += 1;
            } else if value.is_nan() {
                self.nan += 1;
            } else if !value.is_finite() {
                self.inf += 1;
            } else if let Some(place) = places.next() {
                *place = value;
                kept += 1;
            }
        }
        kept
    }
}

struct MomentsFold;

impl Fold for MomentsFold {
    type State = Moments;

    fn start(&self) -> Moments {
        Moments::default()
    }

    fn piece<T: Sample>(&self, state: &mut Moments, values: &[T], masked: Option<&[bool]>) {
        let masked = masked.unwrap_or_default();
        for (number, values) in values.chunks(CELLS_AT_ONCE).enumerate() {
            let masked = masked.get(number * CELLS_AT_ONCE..).unwrap_or_default();
            let any_masked = masked.iter().take(values.len()).any(|&masked| masked);
            vectorised(
                #[inline(always)]
                || {
                    if !any_masked && T::all_finite(values) {
                        return state.add(values);
                    }
                    let mut room = [T::default(); CELLS_AT_ONCE];
                    let kept = state.sort_out(values, masked, &mut room);
                    state.add(room.get(..kept).unwrap_or_default());
                },
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::{ArrayLayout, DType, MaskLayout};
    use crate::source::Bytes;
    use proptest::prelude::*;

    fn view(dtype: &str, shape: &[u64], mut data: Vec<u8>, mask: Option<&[u8]>) -> ArrayView {
        let nbytes = data.len() as u64;
        let mask = mask.map(|mask| {
            data.extend_from_slice(mask);
            MaskLayout {
                data_offset: nbytes,
                nbytes: mask.len() as u64,
                fortran: false,
            }
        });
        let layout = ArrayLayout {
            dtype: DType::parse(dtype),
            shape: shape.to_vec(),
            fortran: false,
            data_offset: 0,
            nbytes,
            mask,
        };
        ArrayView::new(Bytes::Memory(data.into()), &layout).unwrap()
    }

    fn doubles(values: &[f64]) -> Vec<u8> {
        values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect()
    }

    fn assert_close(a: Option<f64>, b: f64) {
        let a = a.unwrap();
        assert!((a - b).abs() <= 1e-9 * b.abs().max(1e-300), "{a} {b}");
    }

    /// Expected figures computed with NumPy.
    #[test]
    fn small_integers_as_numpy() {
        let data = [3_u16, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5]
            .iter()
            .flat_map(|value| value.to_be_bytes())
            .collect();
        let stats = stats(
            &view(">u2", &[11], data, None),
            &[0.0, 2.0, 25.0, 50.0, 98.0, 100.0],
            &Progress::new(),
        )
        .unwrap();
        assert_eq!(
            (stats.count, stats.masked, stats.nan, stats.inf),
            (11, 0, 0, 0)
        );
        assert_eq!(
            (stats.min, stats.max),
            (Some(Element::UInt(1)), Some(Element::UInt(9)))
        );
        assert_close(stats.mean, 4.0);
        assert_close(stats.std, 2.256_304_299_271_065);
        for ((_, value), expected) in stats
            .percentiles
            .into_iter()
            .zip([1.0, 1.0, 2.5, 4.0, 8.4, 9.0])
        {
            assert_close(value, expected);
        }
    }

    /// Expected figures computed with NumPy.
    #[test]
    fn doubles_as_numpy() {
        let data = doubles(&[-1.5, 2.25, 1e6, -7.0, 0.125]);
        let stats = stats(
            &view("<f8", &[5], data, None),
            &[2.0, 10.0, 50.0, 98.0],
            &Progress::new(),
        )
        .unwrap();
        assert_eq!(
            (stats.min, stats.max),
            (Some(Element::F64(-7.0)), Some(Element::F64(1e6)))
        );
        assert_close(stats.mean, 199_998.775);
        assert_close(stats.std, 400_000.612_511_737_3);
        for ((_, value), expected) in stats
            .percentiles
            .into_iter()
            .zip([-6.56, -4.8, 0.125, 920_000.18])
        {
            assert_close(value, expected);
        }
    }

    #[test]
    fn magnitudes_of_complex_numbers() {
        let data = [3.0_f32, 4.0, 0.0, 1.0, -2.0, 0.0]
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let stats = stats(&view("<c8", &[3], data, None), &[25.0], &Progress::new()).unwrap();
        assert_eq!(
            (stats.min, stats.max),
            (Some(Element::F32(1.0)), Some(Element::F32(5.0)))
        );
        assert_close(stats.mean, 2.666_666_666_666_666_5);
        assert_close(stats.std, 1.699_673_171_197_595);
        assert_close(stats.percentiles[0].1, 1.5);
    }

    #[test]
    fn a_large_offset_keeps_the_deviation() {
        let data = doubles(&[1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0, 1e9 + 4.0]);
        let stats = stats(&view("<f8", &[2, 2], data, None), &[], &Progress::new()).unwrap();
        assert_close(stats.std, 1.118_033_988_749_895);
    }

    #[test]
    fn what_does_not_count_is_counted_apart() {
        let data = doubles(&[
            f64::NAN,
            1.0,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            7.0,
        ]);
        let mask = [1, 0, 0, 0, 0, 2];
        let stats = stats(
            &view("<f8", &[6], data, Some(&mask)),
            &[50.0, -1.0, 101.0],
            &Progress::new(),
        )
        .unwrap();
        assert_eq!(
            (stats.count, stats.masked, stats.nan, stats.inf),
            (1, 2, 1, 2)
        );
        assert_eq!(
            (stats.min, stats.mean, stats.std),
            (Some(Element::F64(1.0)), Some(1.0), Some(0.0))
        );
        assert_eq!(
            stats.percentiles,
            [(50.0, Some(1.0)), (-1.0, None), (101.0, None)]
        );
    }

    #[test]
    fn nothing_to_count() {
        for (dtype, shape, data, mask) in [
            ("<f8", [0_u64], vec![], None),
            ("u1", [0], vec![], None),
            ("<f4", [1], f32::NAN.to_le_bytes().to_vec(), None),
            ("u1", [1], vec![5], Some([1_u8])),
        ] {
            let view = view(dtype, &shape, data, mask.as_ref().map(<[u8; 1]>::as_slice));
            let stats = stats(&view, &[50.0], &Progress::new()).unwrap();
            assert_eq!(
                (stats.count, stats.min, stats.max, stats.mean, stats.std),
                (0, None, None, None, None)
            );
            assert_eq!(stats.percentiles, [(50.0, None)]);
        }
    }

    #[test]
    fn cancelled_work_says_so() {
        let progress = Progress::new();
        progress.cancel();
        assert_eq!(
            stats(&view("<f8", &[0], vec![], None), &[], &progress),
            Err(Cancelled)
        );
    }

    #[test]
    fn parts_are_of_what_was_read() {
        let values: Vec<f64> = (0..1_000_000).map(f64::from).collect();
        let small: Vec<u8> = (0..1_000_000_u32)
            .flat_map(|i| ((i / 20) as u16).to_le_bytes())
            .collect();
        for (view, max) in [
            (view("<f8", &[1_000_000], doubles(&values), None), 1.0),
            (view("<u2", &[1_000_000], small, None), 20.0),
        ] {
            let mut last = 0;
            let all = stats_in_parts(&view, &[50.0], &Progress::new(), |part| {
                let so_far = part.value();
                assert!(part.done > last && part.total == 1_000_000);
                assert_eq!(so_far.count, part.done);
                // Values ascend, so the last that was read is the greatest.
                let greatest = ((part.done - 1) as f64 / max).floor();
                assert_eq!(so_far.max.map(Element::to_f64), Some(greatest));
                last = part.done;
            });
            assert_eq!((all.unwrap().count, last), (1_000_000, 1_000_000));
        }
    }

    #[test]
    fn a_cancel_is_seen_between_the_parts() {
        let progress = Progress::new();
        let view = view("<f4", &[20_000_000], vec![3; 80_000_000], None);
        let mut last = 0;
        let result = stats_in_parts(&view, &[], &progress, |part| {
            last = part.done;
            progress.cancel();
        });
        // The tasks that were under way with the first one are merged still.
        assert_eq!(result, Err(Cancelled));
        assert!(last < 20_000_000, "{last}");
    }

    #[test]
    fn threads_do_not_change_the_result() {
        let values: Vec<f64> = (0..600_000)
            .map(|i| f64::from(i % 7919).sin() * 1e3 + 1e5)
            .collect();
        let view = view("<f8", &[600, 1000], doubles(&values), None);
        let one = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .unwrap();
        let four = rayon::ThreadPoolBuilder::new()
            .num_threads(4)
            .build()
            .unwrap();
        let run = || stats(&view, &[2.0, 98.0], &Progress::new()).unwrap();
        assert_eq!(one.install(run), four.install(run));
    }

    proptest! {
        #[test]
        fn matches_a_plain_computation(
            values in proptest::collection::vec(prop_oneof![4 => -1e3_f32..1e3, 1 => Just(f32::NAN), 1 => Just(f32::INFINITY)], 1..300),
            seed: u64,
            percentile in 0.0..=100.0_f64,
        ) {
            let mask: Vec<u8> = (0..values.len()).map(|i| u8::from((seed >> (i % 64)) & 1 == 1 && i % 3 == 0)).collect();
            let data = values.iter().flat_map(|value| value.to_be_bytes()).collect();
            let stats = stats(&view(">f4", &[values.len() as u64], data, Some(&mask)), &[percentile], &Progress::new()).unwrap();
            let mut kept: Vec<f64> = values.iter().zip(&mask).filter(|&(value, &mask)| mask == 0 && value.is_finite()).map(|(&value, _)| value.into()).collect();
            kept.sort_by(f64::total_cmp);
            prop_assert_eq!(stats.count, kept.len() as u64);
            if let (Some(&min), Some(&max)) = (kept.first(), kept.last()) {
                let n = kept.len() as f64;
                let mean = kept.iter().sum::<f64>() / n;
                let std = (kept.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt();
                let at = percentile / 100.0 * (n - 1.0);
                let (below, above) = (kept[at.floor() as usize], kept[at.ceil() as usize]);
                prop_assert_eq!(stats.min.unwrap().to_f64(), min);
                prop_assert_eq!(stats.max.unwrap().to_f64(), max);
                prop_assert!((stats.mean.unwrap() - mean).abs() < 1e-9);
                prop_assert!((stats.std.unwrap() - std).abs() < 1e-9);
                prop_assert!((stats.percentiles[0].1.unwrap() - (below + (above - below) * at.fract())).abs() < 1e-9);
            }
        }
    }
}
