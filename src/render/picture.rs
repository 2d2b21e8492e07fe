//! Planes to pixels.

use super::channel::{Channel, byte};
use super::{Colormap, Limits, Scale};
use crate::array::{Plane, spare, vectorised};
use image::RgbaImage;
use rayon::prelude::*;
use std::ops::Range;

/// Bytes of a pixel.
const RGBA: usize = 4;
/// What is no data.
const CLEAR: [u8; RGBA] = [0; RGBA];
/// Pixels that are painted at once: few enough for the nearest cache.
const PIXELS_PER_BLOCK: usize = 512;
/// Blocks of a task: a fraction of a millisecond.
const BLOCKS_PER_TASK: usize = 64;

/// One plane through a colormap. Masked, NaN and infinite cells get alpha 0 (and no colour); so do
/// all where there are no limits.
#[must_use]
pub fn single(
    plane: &Plane,
    limits: Option<Limits>,
    scale: Scale,
    colormap: Colormap,
) -> RgbaImage {
    let colours = colormap
        .table()
        .map(|[red, green, blue]| [red, green, blue, u8::MAX]);
    let colour = |byte: u8| colours.get(usize::from(byte)).copied().unwrap_or(CLEAR);
    let channel = Channel::new(plane, plane.shape(), limits, scale);
    // One look for each cell instead of two.
    let table: Option<Vec<_>> =
        (channel.lookup()).map(|bytes| bytes.iter().map(|&byte| colour(byte)).collect());
    paint(plane.shape(), |cells, pixels| {
        if let Some(table) = &table {
            return channel.look_up(&cells, table, pixels);
        }
        let mut bytes = [0; PIXELS_PER_BLOCK];
        let mut holes = [false; PIXELS_PER_BLOCK];
        let has_holes = channel.fill(&cells, &mut bytes, &mut holes);
        put_colours(&bytes, &colours, pixels);
        if has_holes {
            clear(pixels, &holes);
        }
    })
}

/// A function of its own, so that the compiler knows that the pixels are apart from the colours.
fn put_colours(bytes: &[u8], colours: &[[u8; RGBA]; 256], pixels: &mut [[u8; RGBA]]) {
    for (pixel, &byte) in pixels.iter_mut().zip(bytes) {
        *pixel = colours.get(usize::from(byte)).copied().unwrap_or(CLEAR);
    }
}

/// Three planes of equal shape as red, green, blue, each with its own limits. Alpha 0 where any of
/// them is not data, which outside its own shape a plane is not.
#[must_use]
pub fn composite(planes: [&Plane; 3], limits: [Option<Limits>; 3], scale: Scale) -> RgbaImage {
    let [first, ..] = planes;
    let shape = first.shape();
    let mut limits = limits.into_iter();
    let channels = planes.map(|plane| Channel::new(plane, shape, limits.next().flatten(), scale));
    paint(shape, |cells, pixels| {
        let mut bytes = [[0; PIXELS_PER_BLOCK]; 3];
        let mut holes = [false; PIXELS_PER_BLOCK];
        let mut has_holes = false;
        for (channel, bytes) in channels.iter().zip(&mut bytes) {
            has_holes |= channel.fill(&cells, bytes, &mut holes);
        }
        let [red, green, blue] = &bytes;
        vectorised(
            #[inline(always)]
            || {
                let colours = red.iter().zip(green).zip(blue);
                for (pixel, ((&red, &green), &blue)) in pixels.iter_mut().zip(colours) {
                    *pixel = [red, green, blue, u8::MAX];
                }
            },
        );
        if has_holes {
            clear(pixels, &holes);
        }
    })
}

/// The colour of one value, as in a picture; `None` where it is not finite, and so transparent.
#[must_use]
pub fn colour(value: f64, limits: Limits, scale: Scale, colormap: Colormap) -> Option<[u8; 3]> {
    let byte = value.is_finite().then(|| byte(value, limits, scale))?;
    colormap.table().get(usize::from(byte)).copied()
}

/// Gives back a picture that is not needed any more, so that another one is painted in its memory.
pub fn recycle(image: RgbaImage) {
    spare::give_back(image.into_raw());
}

fn clear(pixels: &mut [[u8; RGBA]], holes: &[bool]) {
    for (pixel, &hole) in pixels.iter_mut().zip(holes) {
        // No branch: where masks look like noise, it would be guessed wrong all the time.
        *pixel = if hole { CLEAR } else { *pixel };
    }
}

/// An image of (rows, columns), painted in parallel in pieces of [`PIXELS_PER_BLOCK`] at most, counted row by row.
fn paint(
    (rows, columns): (usize, usize),
    paint_cells: impl Fn(Range<usize>, &mut [[u8; RGBA]]) + Sync,
) -> RgbaImage {
    let (Ok(height), Ok(width)) = (u32::try_from(rows), u32::try_from(columns)) else {
        return RgbaImage::default();
    };
    let mut bytes = spare::take::<u8>(rows * columns * RGBA);
    let (pixels, _) = bytes.as_chunks_mut::<RGBA>();
    let tasks = pixels.par_chunks_mut(PIXELS_PER_BLOCK * BLOCKS_PER_TASK);
    tasks.enumerate().for_each(|(task, pixels)| {
        let first = task * PIXELS_PER_BLOCK * BLOCKS_PER_TASK;
        for (block, pixels) in pixels.chunks_mut(PIXELS_PER_BLOCK).enumerate() {
            let start = first + block * PIXELS_PER_BLOCK;
            paint_cells(start..start + pixels.len(), pixels);
        }
    });
    RgbaImage::from_raw(width, height, bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Samples;
    use ndarray::{Array2, arr2};
    use proptest::prelude::*;

    fn gray(value: u8) -> [u8; 4] {
        [value, value, value, 255]
    }

    fn pixels(image: &RgbaImage) -> Vec<[u8; 4]> {
        image.pixels().map(|pixel| pixel.0).collect()
    }

    fn fixed(lo: f64, hi: f64) -> Option<Limits> {
        Some(Limits { lo, hi })
    }

    #[test]
    fn one_value_has_the_colour_of_its_pixel() {
        let values = [-1.0, 0.0, 0.3, 2.5, 9.0, f64::NAN, f64::INFINITY];
        let plane = Plane {
            samples: Samples::F64(
                ndarray::Array2::from_shape_vec((1, 7), values.to_vec()).unwrap(),
            ),
            masked: None,
        };
        let limits = Limits { lo: 0.0, hi: 4.0 };
        let image = single(&plane, Some(limits), Scale::Log, Colormap::Turbo);
        for (pixel, value) in image.pixels().zip(values) {
            let colour = colour(value, limits, Scale::Log, Colormap::Turbo);
            let [red, green, blue, alpha] = pixel.0;
            assert_eq!(colour, (alpha > 0).then_some([red, green, blue]));
        }
    }

    #[test]
    fn bytes_by_hand() {
        let plane = Plane {
            samples: Samples::U16(arr2(&[[0, 1, 2], [3, 4, 9]])),
            masked: None,
        };
        let image = single(&plane, fixed(0.0, 4.0), Scale::Linear, Colormap::Gray);
        assert_eq!(image.dimensions(), (3, 2));
        // 1/4 * 255 + 0.5 = 64.25; 127.5 + 0.5 = 128; 191.75
        assert_eq!(
            pixels(&image),
            [
                gray(0),
                gray(64),
                gray(128),
                gray(191),
                gray(255),
                gray(255)
            ]
        );
        let image = single(&plane, fixed(4.0, 0.0), Scale::Linear, Colormap::Gray);
        assert_eq!(
            pixels(&image),
            [gray(255), gray(191), gray(128), gray(64), gray(0), gray(0)]
        );
        let image = single(&plane, fixed(0.0, 4.0), Scale::Sqrt, Colormap::Gray);
        assert_eq!(
            pixels(&image),
            [
                gray(0),
                gray(128),
                gray(180),
                gray(221),
                gray(255),
                gray(255)
            ]
        );
        let image = single(&plane, fixed(2.0, 2.0), Scale::Linear, Colormap::Viridis);
        assert!(
            pixels(&image)
                .iter()
                .all(|&pixel| pixel == [0x44, 0x01, 0x54, 255])
        );
        let image = single(&plane, None, Scale::Linear, Colormap::Viridis);
        assert!(pixels(&image).iter().all(|&pixel| pixel == CLEAR));
    }

    /// Memory that another picture was painted in: nothing of it is to be seen.
    #[test]
    fn all_pixels_are_painted() {
        let noise = |at: usize| (at * 2_654_435_761 % 65_521) as u16;
        let (rows, columns) = (271, 263);
        let cells =
            Array2::from_shape_fn((rows, columns), |(row, column)| noise(row * 263 + column));
        let masked = cells.mapv(|cell| cell % 5 == 0);
        let holes = cells.mapv(|cell| if cell % 7 == 0 { f32::NAN } else { cell.into() });
        let all = [
            Samples::U8(cells.mapv(|cell| cell as u8)),
            Samples::U16(cells.clone()),
            Samples::I16(cells.mapv(|cell| cell as i16)),
            Samples::F32(holes),
            Samples::F64(cells.mapv(f64::from).reversed_axes()),
        ];
        let limits = fixed(-100.0, 50_000.0);
        for (samples, limits) in all
            .into_iter()
            .flat_map(|all| [(all.clone(), limits), (all, None)])
        {
            let fits = !matches!(samples, Samples::F64(_));
            let masked = fits.then(|| masked.clone());
            let plane = Plane { samples, masked };
            let expected = |row: usize, column: usize| {
                let is_masked = plane
                    .masked
                    .as_ref()
                    .is_some_and(|masked| masked[[row, column]]);
                let value = plane.samples.get(row, column).filter(|_| !is_masked)?;
                colour(value, limits?, Scale::Linear, Colormap::Turbo)
            };
            for _ in 0..2 {
                for _ in 0..2 {
                    let dirty = image::Rgba([0xaa; 4]);
                    recycle(RgbaImage::from_pixel(columns as u32, rows as u32, dirty));
                }
                let image = single(&plane, limits, Scale::Linear, Colormap::Turbo);
                for (column, row, pixel) in image.enumerate_pixels() {
                    let [red, green, blue, alpha] = pixel.0;
                    let colour = (alpha > 0).then_some([red, green, blue]);
                    assert_eq!(colour, expected(row as usize, column as usize));
                    assert!(alpha > 0 || pixel.0 == CLEAR);
                }
                recycle(RgbaImage::from_pixel(
                    columns as u32,
                    rows as u32,
                    image::Rgba([0xaa; 4]),
                ));
                let image = composite([&plane; 3], [limits; 3], Scale::Linear);
                for (column, row, pixel) in image.enumerate_pixels() {
                    let is_data = expected(row as usize, column as usize).is_some();
                    let [red, green, blue, alpha] = pixel.0;
                    assert_eq!(
                        (red, green, alpha),
                        (green, blue, if is_data { 255 } else { 0 })
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_no_data_is_transparent() {
        let samples = Samples::F32(arr2(&[[
            0.0,
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            1.0,
            1.0,
        ]]));
        let masked = Some(arr2(&[[false, false, false, false, true, false]]));
        let image = single(
            &Plane { samples, masked },
            fixed(0.0, 1.0),
            Scale::Linear,
            Colormap::Gray,
        );
        assert_eq!(
            pixels(&image),
            [gray(0), CLEAR, CLEAR, CLEAR, CLEAR, gray(255)]
        );
    }

    #[test]
    fn three_channels() {
        let red = Plane {
            samples: Samples::U8(arr2(&[[0, 255, 255]])),
            masked: None,
        };
        let green = Plane {
            samples: Samples::F64(arr2(&[[1.0, f64::NAN, 0.5]])),
            masked: None,
        };
        let blue = Plane {
            samples: Samples::I16(arr2(&[[-1, 1, 1]])),
            masked: Some(arr2(&[[false, false, true]])),
        };
        let image = composite(
            [&red, &green, &blue],
            [fixed(0.0, 255.0), fixed(0.0, 1.0), fixed(-2.0, 2.0)],
            Scale::Linear,
        );
        assert_eq!(pixels(&image), [[0, 255, 64, 255], CLEAR, CLEAR]);
    }

    #[test]
    fn odd_shapes() {
        for (rows, columns) in [(0, 0), (0, 5), (5, 0)] {
            let plane = Plane {
                samples: Samples::U8(Array2::zeros((rows, columns))),
                masked: None,
            };
            let image = single(&plane, fixed(0.0, 1.0), Scale::Linear, Colormap::Gray);
            assert_eq!(image.dimensions(), (columns as u32, rows as u32));
        }
        let small = Plane {
            samples: Samples::U8(arr2(&[[1]])),
            masked: Some(Array2::default((7, 7))),
        };
        let large = Plane {
            samples: Samples::U8(arr2(&[[1, 1], [1, 1]])),
            masked: None,
        };
        let image = composite(
            [&large, &small, &large],
            [fixed(0.0, 1.0); 3],
            Scale::Linear,
        );
        assert_eq!(pixels(&image), [gray(255), CLEAR, CLEAR, CLEAR]);
    }

    /// Rows are painted in one go: each pixel is to be as if it were alone.
    #[test]
    fn rows_of_floats_as_pixel_by_pixel() {
        let noise = |at: usize| (at * 2_654_435_761 % 9973) as f32 / 31.0 - 80.0;
        let value = |(row, column): (usize, usize)| match row * 67 + column {
            at if at % 89 == 5 => f32::NAN,
            at if at % 97 == 6 => f32::INFINITY,
            at => noise(at),
        };
        let samples = Array2::from_shape_fn((30, 67), value);
        let limits = Limits {
            lo: -20.1,
            hi: 150.7,
        };
        for samples in [samples.clone(), samples.reversed_axes()] {
            for scale in [Scale::Linear, Scale::Sqrt] {
                let plane = Plane {
                    samples: Samples::F32(samples.clone()),
                    masked: None,
                };
                let image = single(&plane, Some(limits), scale, Colormap::Turbo);
                for ((row, column), &value) in samples.indexed_iter() {
                    let [red, green, blue, alpha] = image[(column as u32, row as u32)].0;
                    let expected = colour(value.into(), limits, scale, Colormap::Turbo);
                    assert_eq!((alpha > 0).then_some([red, green, blue]), expected);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn lookup_and_formula_agree(lo in -3e4..7e4_f64, hi in -3e4..7e4_f64, which in 0..5) {
            let scale = [Scale::Linear, Scale::Log, Scale::Sqrt, Scale::Asinh, Scale::Gamma(2.2)][which as usize];
            let values = Array2::from_shape_fn((256, 256), |(row, column)| (row * 256 + column) as u16);
            let wide = Plane { samples: Samples::U32(values.mapv(u32::from)), masked: None };
            let narrow = Plane { samples: Samples::U16(values), masked: None };
            let limits = fixed(lo, hi);
            let narrow = single(&narrow, limits, scale, Colormap::Turbo);
            prop_assert_eq!(narrow, single(&wide, limits, scale, Colormap::Turbo));
        }
    }
}
