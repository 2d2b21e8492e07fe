//! The bare loops that the program is measured against: no percentiles, no planes, no layers; only what touches memory.
//!
//! They run on the same two threads as the program, in pieces as small as its own, so that a busy machine slows both alike.

use crate::cube::{COLUMNS, Cube, Kind, ROWS};
use rayon::prelude::*;

/// Rows that a thread takes at a time.
const ROWS_PER_TASK: usize = 25;

/// Where a band's cells are, in units of cells.
struct Band {
    offset: usize,
    row: usize,
    column: usize,
}

impl Band {
    fn of(cube: &Cube, band: usize) -> Self {
        let shape = &cube.layout.shape;
        let strides = [shape[1] * shape[2], shape[2], 1].map(|stride| stride as usize);
        let [row, column, along] = cube.order.axes().map(|axis| strides[axis]);
        Self {
            offset: band * along,
            row,
            column,
        }
    }
}

/// One band to RGBA. `table` has 65 536 colours for integers, 256 for floats, between `limits`.
pub(crate) fn paint(
    cube: &Cube,
    band: usize,
    table: &[u32],
    (lo, hi): (f32, f32),
    out: &mut [u32],
) {
    let band = Band::of(cube, band);
    let scale = 255.0 / (hi - lo);
    let colour = |value: f32| table[usize::from(((value - lo) * scale + 0.5) as u8)];
    let (data, mask) = (cube.data(), cube.mask());
    assert_eq!(out.len(), ROWS * COLUMNS);
    out.par_chunks_mut(ROWS_PER_TASK * COLUMNS)
        .enumerate()
        .for_each(|(task, out)| {
            for (row, out) in out.chunks_exact_mut(COLUMNS).enumerate() {
                let start = band.offset + (task * ROWS_PER_TASK + row) * band.row;
                match (cube.kind, mask) {
                    (Kind::U16, _) => cells::<2>(data, start, band.column, out, |bytes| {
                        table[usize::from(u16::from_le_bytes(bytes))]
                    }),
                    (Kind::BigF32, _) => cells::<4>(data, start, band.column, out, |bytes| {
                        colour(f32::from_be_bytes(bytes))
                    }),
                    (_, None) => cells::<4>(data, start, band.column, out, |bytes| {
                        colour(f32::from_le_bytes(bytes))
                    }),
                    (_, Some(mask)) => {
                        cells::<4>(data, start, band.column, out, |bytes| {
                            colour(f32::from_le_bytes(bytes))
                        });
                        let flags = mask[start..].iter().step_by(band.column);
                        for (out, flag) in out.iter_mut().zip(flags) {
                            *out = if *flag == 0 { *out } else { 0 };
                        }
                    }
                }
            }
        });
}

/// Three bands to RGB, in one pass. `table` has a byte for each of 65 536 integers; floats lie between `limits`.
pub(crate) fn compose(
    cube: &Cube,
    bands: [usize; 3],
    table: &[u8],
    (lo, hi): (f32, f32),
    out: &mut [u32],
) {
    let bands = bands.map(|band| Band::of(cube, band));
    let scale = 255.0 / (hi - lo);
    let byte = |value: f32| ((value - lo) * scale + 0.5) as u8;
    let (data, mask) = (cube.data(), cube.mask());
    assert_eq!(out.len(), ROWS * COLUMNS);
    out.par_chunks_mut(ROWS_PER_TASK * COLUMNS)
        .enumerate()
        .for_each(|(task, out)| {
            for (row, out) in out.chunks_exact_mut(COLUMNS).enumerate() {
                let row = task * ROWS_PER_TASK + row;
                let starts = [0, 1, 2].map(|band| bands[band].offset + row * bands[band].row);
                let step = bands[0].column;
                match cube.kind {
                    Kind::U16 => three::<2>(data, starts, step, out, |bytes| {
                        table[usize::from(u16::from_le_bytes(bytes))]
                    }),
                    Kind::BigF32 => three::<4>(data, starts, step, out, |bytes| {
                        byte(f32::from_be_bytes(bytes))
                    }),
                    Kind::F32 | Kind::MaskedF32 => three::<4>(data, starts, step, out, |bytes| {
                        byte(f32::from_le_bytes(bytes))
                    }),
                }
                for start in starts {
                    let flags = mask.map(|mask| mask[start..].iter().step_by(step));
                    for (out, flag) in out.iter_mut().zip(flags.into_iter().flatten()) {
                        *out = if *flag == 0 { *out } else { 0 };
                    }
                }
            }
        });
}

/// The cells of one row of three bands, pixel by pixel.
#[inline(always)]
fn three<const N: usize>(
    data: &[u8],
    starts: [usize; 3],
    step: usize,
    out: &mut [u32],
    byte: impl Fn([u8; N]) -> u8,
) {
    let [red, green, blue] = starts.map(|start| data[start * N..].chunks(step * N));
    let byte = |chunk: &[u8]| chunk.first_chunk().map_or(0, |bytes| byte(*bytes));
    for (((out, red), green), blue) in out.iter_mut().zip(red).zip(green).zip(blue) {
        *out = u32::from_le_bytes([byte(red), byte(green), byte(blue), 255]);
    }
}

/// The cells of one row through a function.
#[inline(always)]
fn cells<const N: usize>(
    data: &[u8],
    start: usize,
    step: usize,
    out: &mut [u32],
    colour: impl Fn([u8; N]) -> u32,
) {
    let chunks = data[start * N..].chunks(step * N);
    for (out, chunk) in out.iter_mut().zip(chunks) {
        *out = chunk.first_chunk().map_or(0, |bytes| colour(*bytes));
    }
}

/// The sum over all bytes, eight at a time: nothing that looks at each byte is faster.
pub(crate) fn sum(bytes: &[u8]) -> u64 {
    bytes
        .par_chunks(1 << 20)
        .map(|piece| {
            let (words, _) = piece.as_chunks::<8>();
            words.iter().fold(0_u64, |sum, word| {
                sum.wrapping_add(u64::from_le_bytes(*word))
            })
        })
        .reduce(|| 0, u64::wrapping_add)
}
