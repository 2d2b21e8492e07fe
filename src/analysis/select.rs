//! Pixels chosen by what they hold: by a range of values, or because their spectra are like that of a neighbour.

use crate::array::{ArrayError, ArrayView, MAX_RUNS, RowRun, Sample, gather, with_samples};
use crate::progress::{Cancelled, Progress};
use std::collections::HashMap;

/// Cells that are read at once.
const CELLS_PER_STEP: usize = 1 << 18;
/// Pixels that a flood reaches at most.
const MAX_FLOODED: usize = 1 << 24;
/// Side of a tile of the set of pixels.
const TILE: usize = 64;

/// Why pixels were not chosen.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    /// The user stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The view is not of the kind that is needed.
    #[error(transparent)]
    Array(#[from] ArrayError),
    /// They would take too much memory.
    #[error(
        "they are too many or too scattered to be chosen at once; choose a part of the picture"
    )]
    TooMany,
}

/// Which values are meant. Values under a mask are taken as they are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Values {
    /// From the first to the second, both included; without NaN.
    Between(f64, f64),
    /// NaN and infinities.
    NotFinite,
}

impl Values {
    fn contains(self, value: f64) -> bool {
        match self {
            Self::Between(lo, hi) => lo <= value && value <= hi,
            Self::NotFinite => !value.is_finite(),
        }
    }
}

/// How alike two pixels have to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Likeness {
    /// At most so many degrees between their spectra, taken as vectors: the spectral angle mapper of Kruse et al.,
    /// Remote Sensing of Environment 44 (1993), 145–163, which does not mind the brightness. Values that are not finite in
    /// either are left out.
    Angle(f64),
    /// No value differs by more than this from the other's of the same band.
    Difference(f64),
}

/// The pixels of a picture (rows, columns) that hold such values.
///
/// # Errors
/// See [`SelectError`].
pub fn by_value(
    picture: &ArrayView,
    values: Values,
    progress: &Progress,
) -> Result<Vec<RowRun>, SelectError> {
    let &[height, width] = picture.shape() else {
        return Err(wrong_axes(picture, 2));
    };
    let mut runs = Vec::new();
    let rows_per_step = (CELLS_PER_STEP / width.max(1)).max(1);
    for start in (0..height).step_by(rows_per_step) {
        let end = height.min(start + rows_per_step);
        let part = picture.slice_axis(0, start, end, 1)?;
        for plane in gather(&[part], progress)? {
            with_samples!(&plane.samples, array => {
                for (row, cells) in array.rows().into_iter().enumerate() {
                    let chosen = cells.iter().map(|cell| values.contains(Sample::to_f64(*cell)));
                    append_runs(&mut runs, start + row, chosen);
                }
            });
        }
        if runs.len() > MAX_RUNS {
            return Err(SelectError::TooMany);
        }
    }
    Ok(runs)
}

/// The pixels around `seed` (row, column) that can be reached over edges through pixels that are like it. `cube` has rows,
/// columns and maybe bands.
///
/// # Errors
/// See [`SelectError`].
pub fn by_likeness(
    cube: &ArrayView,
    seed: [usize; 2],
    likeness: Likeness,
    progress: &Progress,
) -> Result<Vec<RowRun>, SelectError> {
    let (&[height, width] | &[height, width, _]) = cube.shape() else {
        return Err(wrong_axes(cube, 3));
    };
    let wanted = spectrum(cube, seed)?;
    let mut chosen = PixelSet::default();
    let mut looked_at = PixelSet::default();
    let mut waiting = vec![seed];
    looked_at.insert(seed);
    let (mut count, mut looked) = (0_usize, 0_usize);
    while let Some(pixel) = waiting.pop() {
        looked += 1;
        if looked.is_multiple_of(256) {
            progress.check()?;
        }
        // The seed itself counts even if it holds nothing that can be compared.
        if pixel != seed && !is_like(&wanted, &spectrum(cube, pixel)?, likeness) {
            continue;
        }
        chosen.insert(pixel);
        count += 1;
        if count > MAX_FLOODED {
            return Err(SelectError::TooMany);
        }
        for next in neighbours(pixel, [height, width]) {
            if looked_at.insert(next) {
                waiting.push(next);
            }
        }
    }
    chosen.runs().ok_or(SelectError::TooMany)
}

fn wrong_axes(view: &ArrayView, dimensions: usize) -> SelectError {
    SelectError::Array(ArrayError::WrongIndexCount {
        given: dimensions,
        dimensions: view.shape().len(),
    })
}

fn append_runs(runs: &mut Vec<RowRun>, row: usize, chosen: impl Iterator<Item = bool>) {
    for (column, _) in chosen.enumerate().filter(|(_, chosen)| *chosen) {
        match runs.last_mut() {
            Some(last) if last.row == row && last.columns.end == column => last.columns.end += 1,
            _ => runs.push(RowRun {
                row,
                columns: column..column + 1,
            }),
        }
    }
}

/// Values of a pixel along the bands, as they are under a mask too.
fn spectrum(cube: &ArrayView, [row, column]: [usize; 2]) -> Result<Vec<f64>, ArrayError> {
    let line = cube.index_axis(0, row)?.index_axis(0, column)?;
    if line.shape().is_empty() {
        return Ok(vec![line.cell(&[])?.value.to_f64()]);
    }
    let cells = line.cells_1d()?;
    Ok(cells.iter().map(|cell| cell.value.to_f64()).collect())
}

fn is_like(a: &[f64], b: &[f64], likeness: Likeness) -> bool {
    let pairs = a.iter().zip(b);
    let mut pairs = pairs
        .filter(|(a, b)| a.is_finite() && b.is_finite())
        .peekable();
    if pairs.peek().is_none() {
        return false;
    }
    match likeness {
        Likeness::Difference(most) => pairs.all(|(a, b)| (a - b).abs() <= most),
        Likeness::Angle(degrees) => {
            let pairs: Vec<(f64, f64)> = pairs.map(|(a, b)| (*a, *b)).collect();
            angle(&pairs).to_degrees() <= degrees
        }
    }
}

/// Between two spectra. Those of dark pixels alone, which are zero everywhere, are alike; a dark and a bright one are not.
fn angle(pairs: &[(f64, f64)]) -> f64 {
    let length = |of: fn(&(f64, f64)) -> f64| {
        // The greatest apart, so that no square is more or less than a double holds.
        let greatest = pairs
            .iter()
            .map(of)
            .fold(0.0, |most: f64, value| most.max(value.abs()));
        let squares: f64 = pairs.iter().map(|pair| (of(pair) / greatest).powi(2)).sum();
        (greatest, squares.sqrt())
    };
    let [(most_a, root_a), (most_b, root_b)] = [length(|pair| pair.0), length(|pair| pair.1)];
    if most_a == 0.0 || most_b == 0.0 {
        return if most_a == most_b { 0.0 } else { f64::INFINITY };
    }
    // Kahan: half of the angle between vectors of one length is that of a triangle of their difference and their sum. A
    // cosine knows nothing of small angles.
    let (mut difference, mut sum) = (0.0, 0.0);
    for (a, b) in pairs {
        let (a, b) = (a / most_a * root_b, b / most_b * root_a);
        difference += (a - b).powi(2);
        sum += (a + b).powi(2);
    }
    2.0 * f64::atan2(f64::sqrt(difference), f64::sqrt(sum))
}

fn neighbours(
    [row, column]: [usize; 2],
    [height, width]: [usize; 2],
) -> impl Iterator<Item = [usize; 2]> {
    let all = [
        row.checked_sub(1).map(|row| [row, column]),
        column.checked_sub(1).map(|column| [row, column]),
        Some([row + 1, column]),
        Some([row, column + 1]),
    ];
    let inside = move |pixel: &[usize; 2]| pixel[0] < height && pixel[1] < width;
    all.into_iter().flatten().filter(inside)
}

/// Pixels in tiles, so that a small set in a large picture takes little memory.
#[derive(Debug, Default)]
struct PixelSet {
    tiles: HashMap<[usize; 2], [u64; TILE]>,
}

impl PixelSet {
    /// Whether it was not in yet.
    fn insert(&mut self, [row, column]: [usize; 2]) -> bool {
        let tile = self.tiles.entry([row / TILE, column / TILE]);
        let bits = tile.or_insert([0; TILE]);
        let bit = 1 << (column % TILE);
        let Some(line) = bits.get_mut(row % TILE) else {
            return false;
        };
        let is_new = *line & bit == 0;
        *line |= bit;
        is_new
    }

    /// By rows, then columns. `None` where they are too many.
    fn runs(&self) -> Option<Vec<RowRun>> {
        let mut tiles: Vec<_> = self.tiles.iter().collect();
        tiles.sort_by_key(|(place, _)| **place);
        let mut runs: Vec<RowRun> = Vec::new();
        for row_of_tiles in tiles.chunk_by(|(a, _), (b, _)| a[0] == b[0]) {
            for line in 0..TILE {
                for ([tile_row, tile_column], bits) in row_of_tiles {
                    let bits = bits.get(line).copied().unwrap_or(0);
                    let columns = (0..TILE).filter(|bit| bits >> bit & 1 == 1);
                    for column in columns.map(|bit| tile_column * TILE + bit) {
                        let row = tile_row * TILE + line;
                        match runs.last_mut() {
                            Some(last) if last.row == row && last.columns.end == column => {
                                last.columns.end += 1;
                            }
                            _ => runs.push(RowRun {
                                row,
                                columns: column..column + 1,
                            }),
                        }
                    }
                }
                if runs.len() > MAX_RUNS {
                    return None;
                }
            }
        }
        Some(runs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::{ArrayLayout, DType};
    use crate::source::Bytes;

    fn floats(shape: &[u64], cells: &[f32]) -> ArrayView {
        let bytes: Vec<u8> = cells.iter().flat_map(|cell| cell.to_le_bytes()).collect();
        let layout = ArrayLayout {
            dtype: DType::parse("<f4"),
            shape: shape.to_vec(),
            fortran: false,
            data_offset: 0,
            nbytes: bytes.len() as u64,
            mask: None,
        };
        ArrayView::new(Bytes::Memory(bytes.into()), &layout).unwrap()
    }

    fn pixels(runs: &[RowRun]) -> Vec<(usize, usize)> {
        let cells = runs
            .iter()
            .flat_map(|run| run.columns.clone().map(|column| (run.row, column)));
        cells.collect()
    }

    #[test]
    fn values_in_a_range_and_what_is_no_number() {
        let nan = f32::NAN;
        let view = floats(&[2, 3], &[1.0, 2.0, 3.0, nan, 2.5, f32::INFINITY]);
        let by = |values| pixels(&by_value(&view, values, &Progress::new()).unwrap());
        assert_eq!(by(Values::Between(2.0, 2.5)), [(0, 1), (1, 1)]);
        assert_eq!(
            by(Values::Between(2.0, f64::INFINITY)),
            [(0, 1), (0, 2), (1, 1), (1, 2)]
        );
        assert_eq!(by(Values::NotFinite), [(1, 0), (1, 2)]);
        assert_eq!(by(Values::Between(5.0, 4.0)), []);
    }

    #[test]
    fn a_flood_stops_where_spectra_differ() {
        // Two kinds of spectra, one of them at any brightness; a diagonal is no way through.
        let kinds = [
            [1, 1, 2, 1], //
            [2, 1, 2, 1],
            [1, 2, 1, 1],
        ];
        let cells: Vec<f32> = (kinds.iter().flatten().enumerate())
            .flat_map(|(at, kind)| {
                let bright = 1.0 + at as f32;
                if *kind == 1 {
                    [bright, 2.0 * bright]
                } else {
                    [2.0 * bright, bright]
                }
            })
            .collect();
        let cube = floats(&[3, 4, 2], &cells);
        let from = |seed| {
            pixels(&by_likeness(&cube, seed, Likeness::Angle(1.0), &Progress::new()).unwrap())
        };
        assert_eq!(from([0, 0]), [(0, 0), (0, 1), (1, 1)]);
        assert_eq!(from([2, 2]), [(0, 3), (1, 3), (2, 2), (2, 3)]);
        assert_eq!(from([2, 0]), [(2, 0)]);
        let all = by_likeness(&cube, [0, 0], Likeness::Angle(90.0), &Progress::new()).unwrap();
        assert_eq!(pixels(&all).len(), 12);
    }

    /// A cosine cannot tell angles below a millionth of a degree from none; squares of 1e200 are more than a double holds.
    #[test]
    fn angles_of_any_size_between_spectra_of_any_size() {
        for size in [1.0, 1e200, 1e-200, 1e308] {
            let spectra = [[0.1, 0.7], [0.3, 2.1], [0.1, 0.7 + 1e-9], [-0.1, -0.7]];
            let of = |other: usize| {
                let pairs = spectra[0].iter().zip(spectra[other]);
                let pairs: Vec<_> = pairs.map(|(a, b)| (a * size, b * (size / 4.0))).collect();
                angle(&pairs)
            };
            assert!(of(0) < 1e-15 && of(1) < 1e-15, "{size}");
            // 1e-9 across a vector of length √0.5, of which a seventh goes along it.
            assert!((of(2) / 2e-10 - 1.0).abs() < 1e-5, "{size}: {}", of(2));
            assert!((of(3) - std::f64::consts::PI).abs() < 1e-15, "{size}");
        }
        assert_eq!(angle(&[(0.0, 0.0)]), 0.0);
        assert_eq!(angle(&[(0.0, 1.0)]), f64::INFINITY);
    }

    #[test]
    fn a_flood_of_a_picture_goes_by_difference() {
        let picture = floats(&[1, 5], &[1.0, 1.5, 2.5, 1.0, f32::NAN]);
        let from = |seed| {
            let likeness = Likeness::Difference(0.5);
            pixels(&by_likeness(&picture, seed, likeness, &Progress::new()).unwrap())
        };
        assert_eq!(from([0, 0]), [(0, 0), (0, 1)]);
        assert_eq!(from([0, 3]), [(0, 3)]);
        assert_eq!(from([0, 4]), [(0, 4)]);
        assert!(
            by_likeness(
                &picture,
                [1, 0],
                Likeness::Difference(0.5),
                &Progress::new()
            )
            .is_err()
        );
    }

    #[test]
    fn large_floods_cross_tiles_and_can_be_cancelled() {
        let cells = vec![1.0; 150 * 200];
        let picture = floats(&[150, 200], &cells);
        let progress = Progress::new();
        let all = by_likeness(&picture, [70, 100], Likeness::Difference(0.0), &progress).unwrap();
        let rows: Vec<RowRun> = (0..150)
            .map(|row| RowRun {
                row,
                columns: 0..200,
            })
            .collect();
        assert_eq!(all, rows);
        progress.cancel();
        let result = by_likeness(&picture, [70, 100], Likeness::Difference(0.0), &progress);
        assert!(matches!(result, Err(SelectError::Cancelled(_))));
    }
}
