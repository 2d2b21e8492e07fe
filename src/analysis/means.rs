//! Mean pictures and mean spectra, exactly and over any size.

pub use crate::array::Means;
use crate::array::{ArrayView, Part, add_up};
use crate::progress::{Cancelled, Progress};

/// The mean along all axes but those `kept`: a mean picture of (rows, columns) keeps these two, a mean spectrum keeps the
/// axis of the bands. A region or a range of bands is a slice of the view, steps included.
///
/// Streams once over the view, in parallel and in an order that suits the memory; memory grows with the means that are
/// left only. Each mean is the double nearest to the exact one, whatever the number of threads. `part` is told from time to time how far it is, and can
/// have the means of what was read until then. States the total to `progress` and counts finished cells.
///
/// # Errors
/// [`Cancelled`].
pub fn means(
    view: &ArrayView,
    kept: &[usize],
    progress: &Progress,
    mut part: impl FnMut(&Part<'_, Means>),
) -> Result<Means, Cancelled> {
    progress.set_total(view.num_cells() as u64);
    add_up(view, kept, progress, &mut part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::{ArrayLayout, DType, MaskLayout};
    use crate::source::Bytes;
    use proptest::prelude::*;

    const DTYPES: [&str; 14] = [
        "?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16",
    ];

    /// Bytes at random, so also NaN and infinities; behind them a mask that hides a quarter of the cells.
    fn view(dtype: &str, shape: &[u64], fortran: bool, is_masked: bool, seed: u64) -> ArrayView {
        let dtype = DType::parse(dtype);
        let cells: u64 = shape.iter().product();
        let nbytes = cells * dtype.itemsize().unwrap();
        let mut state = seed;
        let bytes: Vec<u8> = (0..1 + nbytes + cells)
            .map(|at| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let byte = (state >> 56) as u8;
                if at > nbytes {
                    u8::from(byte < 64)
                } else {
                    byte
                }
            })
            .collect();
        let layout = ArrayLayout {
            dtype,
            shape: shape.to_vec(),
            fortran,
            data_offset: 1,
            nbytes,
            mask: is_masked.then_some(MaskLayout {
                data_offset: 1 + nbytes,
                nbytes: cells,
                fortran: !fortran,
            }),
        };
        ArrayView::new(Bytes::Memory(bytes.into()), &layout).unwrap()
    }

    /// Cell by cell.
    fn naive(view: &ArrayView, kept: &[usize]) -> Vec<(f64, u64)> {
        let shape: Vec<usize> = kept.iter().map(|&axis| view.shape()[axis]).collect();
        let mut sums = vec![(0.0, 0); shape.iter().product()];
        for number in 0..view.num_cells() {
            let mut rest = number;
            let mut index = vec![0; view.shape().len()];
            for (at, &len) in index.iter_mut().zip(view.shape()).rev() {
                *at = rest % len;
                rest /= len;
            }
            let cell = view.cell(&index).unwrap();
            let value = cell.value.to_f64();
            if !cell.masked && value.is_finite() {
                let place = kept
                    .iter()
                    .zip(&shape)
                    .fold(0, |place, (&axis, len)| place * len + index[axis]);
                let (sum, count): &mut (f64, u64) = &mut sums[place];
                *sum += value;
                *count += 1;
            }
        }
        sums
    }

    fn run(view: &ArrayView, kept: &[usize]) -> Means {
        means(view, kept, &Progress::new(), |_| {}).unwrap()
    }

    fn check(view: &ArrayView, kept: &[usize]) -> Result<(), TestCaseError> {
        let means = run(view, kept);
        let naive = naive(view, kept);
        prop_assert_eq!(means.means.len(), naive.len());
        for ((&mean, &count), (sum, number)) in means.means.iter().zip(&means.counts).zip(naive) {
            prop_assert_eq!(count, number);
            let expected = sum / number as f64;
            let near = (mean - expected).abs() <= 1e-9 * expected.abs().max(1e-300);
            // Sums of doubles at random go beyond what a double holds.
            prop_assert!(
                near || mean.is_nan() && expected.is_nan() || !sum.is_finite() || sum.abs() > 1e200,
                "{} {}",
                mean,
                expected
            );
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn as_added_up_cell_by_cell(
            dtype in 0..DTYPES.len(),
            order in prop_oneof![Just('<'), Just('>')],
            shape in proptest::collection::vec(1..6_u64, 3),
            (fortran, is_masked, seed) in any::<(bool, bool, u64)>(),
            steps in [-3_i32..4, -3_i32..4, -3_i32..4],
            kept in Just(vec![0_usize, 1, 2]).prop_shuffle(),
            len in 0..3_usize,
        ) {
            let view = view(&format!("{order}{}", DTYPES[dtype]), &shape, fortran, is_masked, seed);
            let [a, b, c] = steps.map(|step| if step == 0 { 1 } else { step });
            let view = view.select(&format!("::{a}, ::{b}, ::{c}").parse().unwrap()).unwrap();
            check(&view, &kept[..len])?;
        }
    }

    /// Tasks are cut in all ways: among the sums, among what is added up, and in the middle of runs.
    #[test]
    fn large_views_in_every_direction() {
        for (dtype, is_masked) in [("<u2", false), ("<i1", true), (">f4", false), ("<f4", true)] {
            let view = view(dtype, &[150, 130, 70], false, is_masked, 7);
            for kept in [&[0, 1][..], &[1, 2], &[2, 0], &[2], &[1], &[0], &[]] {
                check(&view, kept).unwrap();
            }
            let turned = view
                .permuted(&[2, 0, 1])
                .unwrap()
                .select(&"::-1, 3:, ::2".parse().unwrap())
                .unwrap();
            check(&turned, &[1, 2]).unwrap();
            check(&turned, &[0]).unwrap();
        }
    }

    /// More equal cells than the parts of a sum can take, at both ends of the range.
    #[test]
    fn nothing_overflows() {
        for (dtype, cell, mean) in [
            ("<u2", [0xff, 0xff], 65_535.0),
            ("<i2", [0, 0x80], -32_768.0),
        ] {
            let shape = [100_000, 3];
            let bytes: Vec<u8> = cell.into_iter().cycle().take(600_000).collect();
            let layout = ArrayLayout {
                dtype: DType::parse(dtype),
                shape: shape.to_vec(),
                fortran: false,
                data_offset: 0,
                nbytes: 600_000,
                mask: None,
            };
            let view = ArrayView::new(Bytes::Memory(bytes.into()), &layout).unwrap();
            assert_eq!(run(&view, &[1]).means, [mean; 3]);
            assert_eq!(run(&view, &[]).means, [mean]);
        }
    }

    #[test]
    fn nothing_to_add_up() {
        let empty = view("<f4", &[5, 0], false, false, 1);
        assert_eq!(run(&empty, &[0]).means, [0.0; 0]);
        let masked = view("u1", &[2, 2], false, true, 1);
        // Only where something is masked there is a hole: take what is.
        let hidden = (0..4).find(|at| masked.cell(&[at / 2, at % 2]).unwrap().masked);
        if let Some(at) = hidden {
            let pixel = masked
                .index_axis(0, at / 2)
                .unwrap()
                .index_axis(0, at % 2)
                .unwrap();
            let means = run(&pixel, &[]);
            assert!(means.means[0].is_nan() && means.counts == [0]);
        }
    }

    #[test]
    fn threads_do_not_change_the_result() {
        let view = view("<f4", &[300, 200, 50], false, true, 3);
        let pool = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| [&[2][..], &[0, 1]].map(|kept| run(&view, kept)))
        };
        let bits = |means: [Means; 2]| {
            means.map(|means| {
                means
                    .means
                    .iter()
                    .map(|mean| mean.to_bits())
                    .collect::<Vec<_>>()
            })
        };
        assert_eq!(bits(pool(1)), bits(pool(3)));
    }

    /// Noise without NaN but for one cell, maybe; with a mask that hides nothing, cells are never added up in place.
    fn floats(nan_at: Option<usize>, has_mask: bool) -> ArrayView {
        let cells = 150 * 130 * 70;
        let mut bytes: Vec<u8> = (0..cells)
            .map(|at| (at as u32).wrapping_mul(0x9e37_79b9) as f32 / 7.0)
            .flat_map(f32::to_le_bytes)
            .collect();
        if let Some(at) = nan_at {
            bytes[4 * at..4 * at + 4].copy_from_slice(&f32::NAN.to_le_bytes());
        }
        bytes.resize(5 * cells, 0);
        let layout = ArrayLayout {
            dtype: DType::parse("<f4"),
            shape: vec![150, 130, 70],
            fortran: false,
            data_offset: 0,
            nbytes: 4 * cells as u64,
            mask: has_mask.then_some(MaskLayout {
                data_offset: 4 * cells as u64,
                nbytes: cells as u64,
                fortran: false,
            }),
        };
        ArrayView::new(Bytes::Memory(bytes.into()), &layout).unwrap()
    }

    #[test]
    fn in_place_as_copied_to_the_last_bit() {
        for nan_at in [None, Some(0), Some(150 * 130 * 70 - 1)] {
            let [plain, masked] = [false, true].map(|has_mask| floats(nan_at, has_mask));
            for kept in [&[2][..], &[0, 1], &[1, 2], &[2, 0], &[1], &[0], &[]] {
                let [plain, masked] = [&plain, &masked].map(|view| run(view, kept));
                assert_eq!(plain.counts, masked.counts);
                let bits = |means: &Means| means.means.iter().map(|mean| mean.to_bits()).collect();
                let [plain, masked]: [Vec<u64>; 2] = [bits(&plain), bits(&masked)];
                assert_eq!(plain, masked, "{nan_at:?} {kept:?}");
            }
        }
    }

    #[test]
    fn parts_say_how_much_they_cover() {
        let view = view("<u2", &[600, 500, 40], false, false, 5);
        let mut last = (0, 0.0);
        let whole = means(&view, &[2], &Progress::new(), |part| {
            let means = part.value();
            assert_eq!(means.counts.iter().sum::<u64>(), part.done);
            assert!(part.done > last.0 && part.total == 12_000_000 && part.share() > last.1);
            last = (part.done, part.share());
        })
        .unwrap();
        assert_eq!((whole.counts, last), (vec![300_000; 40], (12_000_000, 1.0)));
    }

    #[test]
    fn a_cancel_is_seen_between_the_parts() {
        let view = view("<u2", &[600, 500, 200], false, false, 5);
        let progress = Progress::new();
        let mut parts = 0;
        let result = means(&view, &[0, 1], &progress, |part| {
            parts += 1;
            assert!(part.done < part.total);
            progress.cancel();
        });
        assert_eq!((result, parts), (Err(Cancelled), 1));
    }
}
