//! What is read of an array that is mapped: nothing outside of what was asked for.
//!
//! A map cannot count. So the file is cut behind what may be read: a single look at a page that is gone marks the map as
//! torn. What lies before is filled with other values, which would show in the numbers.
#![cfg(unix)]

use cubescope::analysis::means;
use cubescope::array::{ArrayView, Samples, gather};
use cubescope::dataset::Dataset;
use cubescope::exchange::put_empty;
use cubescope::mmapdict::{HEADER_LEN, Plan, TERMINATOR};
use cubescope::progress::Progress;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use tempfile::TempDir;

/// Larger than a page on any system, in bytes: so are a pixel of the first cube and a row of the second one.
const LONG: u64 = 64 << 10;

/// A cube of uint16, filled with its row numbers plus one; `rows` is the axis of the rows.
struct Cube {
    path: PathBuf,
    dataset: Dataset,
    view: ArrayView,
    start: u64,
    _folder: TempDir,
}

impl Cube {
    fn new(shape: [u64; 3], rows: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cube.mmdpickle");
        let mut file = b"\x80\x04\x95\x0d\0\0\0\0\0\0\0J\x01\0\0\x000J\0\0\0\x000(".to_vec();
        assert_eq!(file.len() as u64, HEADER_LEN);
        file.extend(TERMINATOR);
        fs::write(&path, file).unwrap();
        let progress = Progress::new();
        put_empty(&path, "cube", Plan::Any, "uint16", &shape, false, &progress).unwrap();
        let dataset = Dataset::open(&path, &progress).unwrap();
        let item = dataset.item("cube").unwrap();
        let (start, view) = (
            item.layout().unwrap().data_offset,
            dataset.array(item).unwrap(),
        );
        let inside: u64 = shape[rows + 1..].iter().product();
        let cells =
            (0..shape.iter().product()).map(|cell| (cell / inside % shape[rows]) as u16 + 1);
        let bytes: Vec<u8> = cells.flat_map(u16::to_le_bytes).collect();
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.write_all_at(&bytes, start).unwrap();
        Self {
            path,
            dataset,
            view,
            start,
            _folder: folder,
        }
    }

    /// Takes away all whole pages behind so many bytes of the array.
    fn cut_behind(&self, bytes: u64) {
        let page = 4096;
        let end = (self.start + bytes).div_ceil(page) * page;
        OpenOptions::new()
            .write(true)
            .open(&self.path)
            .unwrap()
            .set_len(end)
            .unwrap();
    }
}

fn plane(view: ArrayView) -> Vec<u16> {
    let planes = gather(&[view], &Progress::new()).unwrap();
    match &planes[0].samples {
        Samples::U16(cells) => cells.iter().copied().collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_spectrum_reads_only_its_bytes() {
    // (y, x, l): a pixel's bands lie side by side.
    let cube = Cube::new([4, 3, LONG / 2], 0);
    cube.cut_behind((3 + 2) * LONG);
    let pixel = |y: &str, x: &str| {
        cube.view
            .select(&format!("{y}, {x}").parse().unwrap())
            .unwrap()
    };
    let spectrum = pixel("1", "1").cells_1d().unwrap();
    assert!(spectrum.iter().all(|cell| cell.value.to_f64() == 2.0));
    assert!(!cube.dataset.is_torn(), "the spectrum of a pixel");
    let mean = means(&pixel("0:2", "0:2"), &[2], &Progress::new(), |_| {}).unwrap();
    assert!(mean.means.iter().all(|&mean| mean == 1.5));
    assert!(!cube.dataset.is_torn(), "the mean spectrum of a region");
    pixel("1", "2").cells_1d().unwrap();
    assert!(cube.dataset.is_torn(), "the next pixel was cut off");
}

#[test]
fn a_spectrum_across_the_file_reads_one_cell_of_each_band() {
    // (l, y, x): of the last band, only what comes before the pixel is left.
    let cube = Cube::new([5, 4, LONG / 2], 1);
    cube.cut_behind((4 * 4 + 1) * LONG);
    let spectrum = |y: usize| {
        cube.view
            .index_axis(1, y)
            .unwrap()
            .index_axis(1, 7)
            .unwrap()
    };
    assert!(
        spectrum(0)
            .cells_1d()
            .unwrap()
            .iter()
            .all(|cell| cell.value.to_f64() == 1.0)
    );
    assert!(!cube.dataset.is_torn());
    spectrum(3).cells_1d().unwrap();
    assert!(
        cube.dataset.is_torn(),
        "the last row of the last band was cut off"
    );
}

#[test]
fn a_tile_touches_no_row_outside() {
    for (shape, rows, axis) in [
        // (y, x, l), (l, y, x), (y, l, x): a row of a band is a stretch of its own, or spread over one.
        ([8, LONG / 8, 4], 0, 2),
        ([2, 8, LONG / 2], 1, 0),
        ([8, 2, LONG / 2], 0, 1),
    ] {
        let cube = Cube::new(shape, rows);
        let band = cube.view.index_axis(axis, 0).unwrap();
        let row_bytes = 2 * shape[rows + 1..].iter().product::<u64>();
        cube.cut_behind(5 * row_bytes);
        let tile = band.slice_axis(0, 2, 5, 1).unwrap();
        let tile = tile.slice_axis(1, 10, 1000, 3).unwrap();
        let cells = plane(tile);
        let rows: Vec<u16> = cells.chunks(330).map(|row| row[0]).collect();
        assert_eq!((cells.len(), rows), (990, vec![3, 4, 5]), "{shape:?}");
        assert!(!cube.dataset.is_torn(), "{shape:?}");
        plane(band.slice_axis(0, 5, 8, 1).unwrap());
        assert!(
            cube.dataset.is_torn(),
            "the next rows were cut off, {shape:?}"
        );
    }
}
