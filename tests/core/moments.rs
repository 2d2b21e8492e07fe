//! Means and standard deviations against figures of exact arithmetic (`tests/data/make_moments.py`).

use crate::kit::data;
use cubescope::analysis::{distribution, means, stats};
use cubescope::array::{ArrayLayout, ArrayView, DType, MaskLayout};
use cubescope::progress::Progress;
use cubescope::source::Bytes;

#[derive(serde::Deserialize)]
struct Case {
    name: String,
    dtype: String,
    data: String,
    mask: Option<String>,
    count: u64,
    mean: String,
    std: String,
}

impl Case {
    /// The cells so many times over.
    fn view(&self, times: usize) -> ArrayView {
        let mut bytes = unhex(&self.data).repeat(times);
        let nbytes = bytes.len() as u64;
        let dtype = DType::parse(&self.dtype);
        let cells = nbytes / dtype.itemsize().unwrap();
        let mask = self.mask.as_ref().map(|mask| {
            bytes.extend(unhex(mask).repeat(times));
            MaskLayout {
                data_offset: nbytes,
                nbytes: cells,
                fortran: false,
            }
        });
        let layout = ArrayLayout {
            dtype,
            shape: vec![times as u64, cells / times as u64],
            fortran: false,
            data_offset: 0,
            nbytes,
            mask,
        };
        ArrayView::new(Bytes::Memory(bytes.into()), &layout).unwrap()
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(data("moments.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn numbers(case: &Case) -> (f64, f64) {
    (case.mean.parse().unwrap(), case.std.parse().unwrap())
}

#[test]
fn moments_of_every_dtype_are_exact() {
    for case in cases() {
        let view = case.view(1);
        let (mean, std) = numbers(&case);
        for found in [
            stats(&view, &[], &Progress::new()).unwrap(),
            distribution(&view, &[50.0], &Progress::new(), |_| {})
                .unwrap()
                .stats,
        ] {
            let about = (&case.name, &case.dtype);
            assert_eq!((found.count, about), (case.count, about));
            assert_eq!((found.mean, about), (Some(mean), about));
            assert_eq!((found.std, about), (Some(std), about));
        }
    }
}

/// Means along both axes, in either order of memory: each column and each row is a set of equal numbers.
#[test]
fn moments_of_means_along_axes_are_exact() {
    for case in cases() {
        let view = case.view(5);
        let cells = view.shape()[1];
        let (mean, _) = numbers(&case);
        let of_rows = means(&view, &[0], &Progress::new(), |_| {}).unwrap();
        assert_eq!(
            (of_rows.means, &case.name, &case.dtype),
            (vec![mean; 5], &case.name, &case.dtype)
        );
        let turned = view.permuted(&[1, 0]).unwrap();
        for (view, axis) in [(&view, 1), (&turned, 0)] {
            let found = means(view, &[axis], &Progress::new(), |_| {}).unwrap();
            for column in 0..cells {
                let cell = view.index_axis(axis, column).unwrap().cell(&[0]).unwrap();
                let value = cell.value.to_f64();
                let is_counted = !cell.masked && value.is_finite();
                let expected = if is_counted { value } else { f64::NAN };
                let mean = found.means[column];
                assert!(
                    mean == expected || mean.is_nan() && expected.is_nan(),
                    "{} {}: {mean}, not {expected}",
                    case.name,
                    case.dtype
                );
            }
        }
    }
}

/// However much there is of it, and however many threads have a part of it.
#[test]
fn moments_do_not_depend_on_pieces_or_threads() {
    // Those in which the order of what is added up would be seen.
    let names = ["noise", "every size", "what is left of a sum", "near 2**62"];
    let cases = cases().into_iter();
    let cases = cases.filter(|case| names.contains(&&*case.name) && case.dtype.starts_with('<'));
    for case in cases {
        let times = 300_000 / case.view(1).num_cells();
        let view = case.view(times.max(2));
        let columns = view.permuted(&[1, 0]).unwrap();
        let (mean, std) = numbers(&case);
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            for view in [&view, &columns] {
                let found = pool.install(|| stats(view, &[], &Progress::new())).unwrap();
                assert_eq!(
                    (found.mean, found.std, &case.name, &case.dtype),
                    (Some(mean), Some(std), &case.name, &case.dtype)
                );
                let all = pool
                    .install(|| means(view, &[], &Progress::new(), |_| {}))
                    .unwrap();
                assert_eq!(
                    (all.means, &case.name, &case.dtype),
                    (vec![mean], &case.name, &case.dtype)
                );
            }
        }
    }
}
