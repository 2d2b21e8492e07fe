//! Views and gathering against naive indexing, over random shapes, orders, dtypes and masks.

use super::*;
use crate::progress::{Cancelled, Progress};
use crate::source::Bytes;
use ndarray::Array2;
use proptest::prelude::*;

const DTYPES: [&str; 14] = [
    "?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16",
];

/// An array in bytes that begins at an odd position, its mask behind it, and how to find cells.
#[derive(Debug, Clone)]
struct Case {
    dtype: usize,
    big: bool,
    shape: Vec<u64>,
    fortran: bool,
    mask_fortran: Option<bool>,
    seed: u64,
}

impl Case {
    fn dtype(&self) -> DType {
        DType::parse(&format!(
            "{}{}",
            if self.big { '>' } else { '<' },
            DTYPES[self.dtype]
        ))
    }

    fn bytes(&self) -> Vec<u8> {
        let cells: u64 = self.shape.iter().product();
        let len = 3 + cells * (self.dtype().itemsize().unwrap() + 1);
        let mut state = self.seed | 1;
        (0..len)
            .map(|at| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let byte = (state >> 56) as u8;
                if at >= len - cells { byte & 1 } else { byte }
            })
            .collect()
    }

    fn layout(&self) -> ArrayLayout {
        let cells: u64 = self.shape.iter().product();
        let nbytes = cells * self.dtype().itemsize().unwrap();
        let mask = self.mask_fortran.map(|fortran| MaskLayout {
            data_offset: 3 + nbytes,
            nbytes: cells,
            fortran,
        });
        ArrayLayout {
            dtype: self.dtype(),
            shape: self.shape.clone(),
            fortran: self.fortran,
            data_offset: 3,
            nbytes,
            mask,
        }
    }

    fn view(&self) -> ArrayView {
        ArrayView::new(Bytes::Memory(self.bytes().into()), &self.layout()).unwrap()
    }

    /// The number of a cell in memory order.
    fn rank(&self, index: &[usize], fortran: bool) -> usize {
        let mut axes: Vec<(usize, usize)> = index
            .iter()
            .copied()
            .zip(self.shape.iter().map(|&n| n as usize))
            .collect();
        if fortran {
            axes.reverse();
        }
        axes.into_iter()
            .fold(0, |rank, (index, length)| rank * length + index)
    }

    /// The value (as the samples have it) and mask of a cell, the slow way.
    fn expected(&self, index: &[usize]) -> (f64, bool) {
        let bytes = self.bytes();
        let size = self.dtype().itemsize().unwrap() as usize;
        let at = 3 + self.rank(index, self.fortran) * size;
        let mut cell = bytes[at..at + size].to_vec();
        let parts = if DTYPES[self.dtype].starts_with('c') {
            2
        } else {
            1
        };
        if self.big {
            cell.chunks_mut(size / parts).for_each(<[u8]>::reverse);
        }
        let value = match DTYPES[self.dtype] {
            "?" => f64::from(u8::from(cell[0] != 0)),
            "i1" => f64::from(cell[0] as i8),
            "u1" => f64::from(cell[0]),
            "i2" => f64::from(i16::from_le_bytes(cell.try_into().unwrap())),
            "u2" => f64::from(u16::from_le_bytes(cell.try_into().unwrap())),
            "i4" => f64::from(i32::from_le_bytes(cell.try_into().unwrap())),
            "u4" => f64::from(u32::from_le_bytes(cell.try_into().unwrap())),
            "i8" => i64::from_le_bytes(cell.try_into().unwrap()) as f64,
            "u8" => u64::from_le_bytes(cell.try_into().unwrap()) as f64,
            "f2" => half::f16::from_le_bytes(cell.try_into().unwrap()).to_f64(),
            "f4" => f64::from(f32::from_le_bytes(cell.try_into().unwrap())),
            "f8" => f64::from_le_bytes(cell.try_into().unwrap()),
            "c8" => f64::from(
                f32::from_le_bytes(cell[..4].try_into().unwrap())
                    .hypot(f32::from_le_bytes(cell[4..].try_into().unwrap())),
            ),
            _ => f64::from_le_bytes(cell[..8].try_into().unwrap())
                .hypot(f64::from_le_bytes(cell[8..].try_into().unwrap())),
        };
        let masked = self.mask_fortran.is_some_and(|fortran| {
            let cells: u64 = self.shape.iter().product();
            bytes[3 + cells as usize * size + self.rank(index, fortran)] != 0
        });
        (value, masked)
    }
}

fn same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

fn case() -> impl Strategy<Value = Case> {
    (
        0..14_usize,
        any::<bool>(),
        proptest::collection::vec(1..7_u64, 3),
        any::<bool>(),
        any::<Option<bool>>(),
        any::<u64>(),
    )
        .prop_map(|(dtype, big, shape, fortran, mask_fortran, seed)| Case {
            dtype,
            big,
            shape,
            fortran,
            mask_fortran,
            seed,
        })
}

/// The plane has the cells of the band, each read by itself.
fn assert_cells(plane: &Plane, band: &ArrayView) {
    assert_eq!(plane.shape(), (band.shape()[0], band.shape()[1]));
    for row in 0..band.shape()[0] {
        for column in 0..band.shape()[1] {
            let cell = band.cell(&[row, column]).unwrap();
            let value = plane.samples.get(row, column).unwrap();
            assert!(same(value, cell.value.to_f64()), "{value} {}", cell.value);
            let masked = plane.masked.as_ref();
            let is_masked = masked.is_some_and(|masked| masked[(row, column)]);
            assert_eq!(is_masked, cell.masked);
        }
    }
}

/// Of planes as large as memory is kept of: each way to read goes over what was there before.
#[test]
fn memory_that_is_used_again_shows_nothing_of_before() {
    let (rows, columns) = (300, 260);
    for fortran in [false, true] {
        let case = Case {
            dtype: DTYPES.iter().position(|dtype| *dtype == "f4").unwrap(),
            big: false,
            shape: vec![rows as u64, columns as u64, 3],
            fortran,
            mask_fortran: Some(!fortran),
            seed: 5,
        };
        let cube = case.view();
        let bands = [0, 1, 2].map(|band| cube.index_axis(2, band).unwrap());
        let [first, second, third] = &bands;
        let ways = [
            vec![first.clone()],
            bands.to_vec(),
            vec![second.permuted(&[1, 0]).unwrap()],
            vec![third.select(&"::-1, ::-1".parse().unwrap()).unwrap()],
        ];
        for views in ways {
            for _ in 0..4 {
                drop(Plane {
                    samples: Samples::F32(Array2::from_elem((rows, columns), 1e30)),
                    masked: Some(Array2::from_elem((rows, columns), true)),
                });
            }
            let planes = gather(&views, &Progress::new()).unwrap();
            for (plane, view) in planes.iter().zip(&views) {
                assert_cells(plane, view);
            }
        }
    }
}

proptest! {
    #[test]
    fn cells_match_naive_indexing(case in case()) {
        let view = case.view();
        let [a, b, c] = [view.shape()[0], view.shape()[1], view.shape()[2]];
        for index in (0..a * b * c).map(|i| [i / (b * c), i / c % b, i % c]) {
            let cell = view.cell(&index).unwrap();
            let (value, masked) = case.expected(&index);
            prop_assert!(same(cell.value.to_f64(), value), "{:?} {} {}", index, cell.value, value);
            prop_assert_eq!(cell.masked, masked);
        }
        prop_assert!(view.cell(&[a, 0, 0]).is_err());
        prop_assert!(view.cell(&[0, 0]).is_err());
    }

    #[test]
    fn gathered_planes_match_cells(
        case in case(),
        order in Just([0_usize, 1, 2]).prop_shuffle(),
        starts: [u8; 2],
        steps in [-3_i32..4, -3_i32..4],
    ) {
        let view = case.view().permuted(&order).unwrap();
        let step = |at: usize| if steps[at] == 0 { 1 } else { steps[at] };
        let text = format!("{}::{}, {}::{}", starts[0] % 6, step(0), starts[1] % 6, step(1));
        let view = view.select(&text.parse().unwrap()).unwrap();
        let bands: Vec<ArrayView> = (0..view.shape()[2]).map(|band| view.index_axis(2, band).unwrap()).collect();
        let planes = gather(&bands, &Progress::new()).unwrap();
        prop_assert_eq!(planes.len(), bands.len());
        for (plane, band) in planes.iter().zip(&bands) {
            prop_assert_eq!(plane.masked.is_some(), case.mask_fortran.is_some());
            assert_cells(plane, band);
        }
    }

    #[test]
    fn streamed_percentiles_match_those_in_memory(case in case(), percentile in 0.0..=100.0_f64) {
        let view = case.view();
        let plane = gather(std::slice::from_ref(&view), &Progress::new()).unwrap().remove(0);
        let streamed = percentiles(&view, &[percentile], &Progress::new()).unwrap()[0];
        let in_memory = plane_percentiles(&plane, &[percentile], &Progress::new()).unwrap().map(|values| values[0]);
        prop_assert_eq!(streamed, in_memory);
        let mut kept: Vec<f64> = (0..plane.shape().0).flat_map(|row| (0..plane.shape().1).map(move |column| (row, column)))
            .filter(|&at| !plane.masked.as_ref().is_some_and(|masked| masked[at]))
            .filter_map(|(row, column)| plane.samples.get(row, column).filter(|value| value.is_finite()))
            .collect();
        kept.sort_by(f64::total_cmp);
        let ends = kept.first().copied().zip(kept.last().copied());
        prop_assert_eq!(plane_min_max(&plane, &Progress::new()), Ok(ends));
        if kept.is_empty() {
            prop_assert_eq!(streamed, None);
        } else {
            let at = percentile / 100.0 * (kept.len() - 1) as f64;
            let (below, above) = (kept[at.floor() as usize], kept[at.ceil() as usize]);
            let naive = below * (1.0 - at.fract()) + above * at.fract();
            let tolerance = 1e-9 * below.abs().max(above.abs());
            prop_assert!((streamed.unwrap() - naive).abs() <= tolerance, "{:?} {}", streamed, naive);
        }
    }
}

/// More candidates than are kept in memory: the narrowing passes are taken.
#[test]
fn percentiles_of_many_close_values() {
    let count = 1_200_000_u64;
    let bytes: Vec<u8> = (0..count)
        .flat_map(|i| (1.0 + (i * 7_919 % count) as f64 * 1e-9).to_le_bytes())
        .collect();
    let layout = ArrayLayout {
        dtype: DType::parse("<f8"),
        shape: vec![count],
        fortran: false,
        data_offset: 0,
        nbytes: 8 * count,
        mask: None,
    };
    let view = ArrayView::new(Bytes::Memory(bytes.into()), &layout).unwrap();
    let values = percentiles(&view, &[0.0, 50.0, 100.0], &Progress::new()).unwrap();
    for (value, at) in values
        .into_iter()
        .zip([0.0, (count - 1) as f64 / 2.0, (count - 1) as f64])
    {
        assert!(
            (value.unwrap() - (1.0 + at * 1e-9)).abs() < 1e-15,
            "{value:?}"
        );
    }
}

/// More cells than are looked at in one step, with all that does not count among them.
#[test]
fn percentiles_of_a_plane_with_holes() {
    let value = |at: usize| match at * 7919 % 101 {
        0 => f32::NAN,
        1 => f32::NEG_INFINITY,
        2 => -0.0,
        noise => (noise as f32 - 30.0) * 1.001_f32.powi(at as i32 % 1000),
    };
    let samples = Array2::from_shape_fn((37, 211), |(row, column)| value(row * 211 + column));
    let flags = Array2::from_shape_fn((37, 211), |(row, column)| (row * column) % 5 == 1);
    for masked in [None, Some(flags)] {
        let hidden = |at| masked.as_ref().is_some_and(|masked| masked[at]);
        let mut kept: Vec<f32> = (samples.indexed_iter())
            .filter(|&(at, value)| value.is_finite() && !hidden(at))
            .map(|(_, &value)| value)
            .collect();
        kept.sort_by(f32::total_cmp);
        let asked: Vec<f64> = (0..=40).map(|step| f64::from(step) * 2.5).collect();
        let plane = Plane {
            samples: Samples::F32(samples.clone()),
            masked: masked.clone(),
        };
        let found = plane_percentiles(&plane, &asked, &Progress::new()).unwrap();
        for (percentile, value) in asked.iter().zip(found.unwrap()) {
            let at = percentile / 100.0 * (kept.len() - 1) as f64;
            let [below, above] = [at.floor(), at.ceil()].map(|at| f64::from(kept[at as usize]));
            assert!((value - (below + (above - below) * at.fract())).abs() < 1e-9);
        }
    }
}

#[test]
fn large_planes_in_every_direction() {
    let case = Case {
        dtype: 6,
        big: true,
        shape: vec![300, 700, 3],
        fortran: false,
        mask_fortran: Some(true),
        seed: 7,
    };
    let view = case.view();
    for order in [[0, 1, 2], [1, 0, 2], [2, 1, 0]] {
        let view = view.permuted(&order).unwrap().index_axis(2, 1).unwrap();
        let plane = gather(std::slice::from_ref(&view), &Progress::new())
            .unwrap()
            .remove(0);
        for (row, column) in [(0, 0), (1, 130), (2, 299), (2, 0)] {
            let cell = view.cell(&[row, column]).unwrap();
            assert_eq!(plane.samples.get(row, column), Some(cell.value.to_f64()));
            assert_eq!(plane.masked.as_ref().unwrap()[(row, column)], cell.masked);
        }
    }
}

#[test]
fn hostile_layouts_are_refused_or_empty() {
    let bytes = Bytes::Memory(vec![0_u8; 64].into());
    let layout = |dtype: &str, shape: &[u64], data_offset, nbytes| ArrayLayout {
        dtype: DType::parse(dtype),
        shape: shape.to_vec(),
        fortran: false,
        data_offset,
        nbytes,
        mask: None,
    };
    for bad in [
        layout("<u2", &[32], 1, 64),
        layout("<u2", &[1], u64::MAX, 2),
        layout("<u2", &[1 << 63, 2], 0, 0),
        layout("S4", &[2], 0, 8),
        layout("what", &[2], 0, 8),
        layout("u1", &[1; 65], 0, 1),
    ] {
        assert!(ArrayView::new(bytes.clone(), &bad).is_err(), "{bad:?}");
    }
    let mut masked = layout("u1", &[32], 0, 32);
    masked.mask = Some(MaskLayout {
        data_offset: 33,
        nbytes: 32,
        fortran: false,
    });
    assert!(matches!(
        ArrayView::new(bytes.clone(), &masked),
        Err(ArrayError::OutsideBytes {
            offset: 33,
            nbytes: 32,
            available: 64
        })
    ));

    let empty = ArrayView::new(bytes, &layout("<f8", &[u64::MAX, 0, u64::MAX], 64, 0)).unwrap();
    assert_eq!(empty.num_cells(), 0);
    let inside = empty
        .index_axis(0, usize::MAX - 1)
        .unwrap()
        .slice_axis(1, 5, usize::MAX, usize::MAX)
        .unwrap();
    assert_eq!(inside.shape(), [0, 1]);
    assert!(empty.cell(&[0, 0, 0]).is_err());
    let flipped = empty.select(&"::-1, ::-1, -5".parse().unwrap()).unwrap();
    let planes = gather(&[inside, empty, flipped], &Progress::new()).unwrap();
    assert!(
        planes
            .iter()
            .all(|plane| plane.shape().0 == 0 || plane.shape().1 == 0)
    );
}

#[test]
fn slicing_reports_what_does_not_fit() {
    let case = Case {
        dtype: 5,
        big: false,
        shape: vec![4, 5, 6],
        fortran: false,
        mask_fortran: None,
        seed: 1,
    };
    let view = case.view();
    assert!(matches!(
        view.index_axis(3, 0),
        Err(ArrayError::NoSuchAxis {
            axis: 3,
            dimensions: 3
        })
    ));
    assert!(matches!(
        view.index_axis(1, 5),
        Err(ArrayError::IndexOutOfBounds {
            index: 5,
            axis: 1,
            length: 5
        })
    ));
    assert!(matches!(
        view.slice_axis(0, 0, 5, 1),
        Err(ArrayError::BadRange { .. })
    ));
    assert!(matches!(
        view.slice_axis(0, 0, 4, 0),
        Err(ArrayError::BadRange { .. })
    ));
    assert!(matches!(
        view.permuted(&[0, 0, 1]),
        Err(ArrayError::NotAPermutation { .. })
    ));
    assert!(matches!(
        view.cells_1d(),
        Err(ArrayError::NotOneDimensional { dimensions: 3 })
    ));
    assert_eq!(view.slice_axis(2, 1, 6, 2).unwrap().shape(), [4, 5, 3]);
    assert_eq!(
        view.select(&"1, ..., ::-2".parse().unwrap())
            .unwrap()
            .shape(),
        [5, 3]
    );
    let spectrum = view
        .select(&"1, 2, ::-1".parse().unwrap())
        .unwrap()
        .cells_1d()
        .unwrap();
    assert_eq!(spectrum[0], view.cell(&[1, 2, 5]).unwrap());
    assert_eq!(spectrum[5], view.cell(&[1, 2, 0]).unwrap());
}

#[test]
fn cancelled_gathering_says_so() {
    let case = Case {
        dtype: 5,
        big: false,
        shape: vec![4, 5, 6],
        fortran: false,
        mask_fortran: None,
        seed: 1,
    };
    let progress = Progress::new();
    progress.cancel();
    assert!(matches!(gather(&[case.view()], &progress), Err(Cancelled)));
}
