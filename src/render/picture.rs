//! Planes to pixels.

use super::{Colormap, Limits, Scale};
use crate::array::{Plane, Sample, Samples, vectorised, with_samples};
use image::RgbaImage;
use ndarray::Array2;
use rayon::prelude::*;
use std::borrow::Cow;
use std::ops::Range;

/// Bytes of a pixel.
const RGBA: usize = 4;
/// What is no data.
const CLEAR: [u8; RGBA] = [0; RGBA];
/// Pixels that are painted in one task: a fraction of a millisecond.
const PIXELS_PER_TASK: usize = 1 << 15;

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
    let channel = Channel::new(plane, limits, scale);
    // One look for each cell instead of two.
    let table: Option<Vec<[u8; RGBA]>> = channel.lookup.as_ref().map(|bytes| {
        let colour = |&byte: &u8| colours.get(usize::from(byte)).copied();
        bytes
            .iter()
            .map(|byte| colour(byte).unwrap_or(CLEAR))
            .collect()
    });
    paint(plane.shape(), |rows, pixels, columns| {
        let mut bytes = vec![0; columns];
        let mut is_data = vec![true; columns];
        for (row, pixels) in rows.zip(pixels.chunks_exact_mut(columns)) {
            if let Some(table) = &table {
                with_samples!(&plane.samples, array => look_up(array, row, table, pixels));
                clear_masked(plane, row, pixels);
                continue;
            }
            is_data.fill(true);
            channel.fill(row, &mut bytes, &mut is_data);
            for ((pixel, &byte), &is_data) in pixels.iter_mut().zip(&bytes).zip(&is_data) {
                let colour = colours.get(usize::from(byte)).copied().unwrap_or(CLEAR);
                *pixel = if is_data { colour } else { CLEAR };
            }
        }
    })
}

/// The colours of a row, by [`Sample::key`].
fn look_up<T: Sample>(array: &Array2<T>, row: usize, table: &[[u8; RGBA]], out: &mut [[u8; RGBA]]) {
    for (pixel, value) in out.iter_mut().zip(row_of(array, row).as_ref()) {
        *pixel = table.get(value.key() as usize).copied().unwrap_or(CLEAR);
    }
}

fn clear_masked(plane: &Plane, row: usize, pixels: &mut [[u8; RGBA]]) {
    if let Some(masked) = plane.masked_row(row) {
        for (pixel, &masked) in pixels.iter_mut().zip(masked) {
            *pixel = if masked { CLEAR } else { *pixel };
        }
    }
}

/// The values of a row side by side.
fn row_of<T: Sample>(array: &Array2<T>, row: usize) -> Cow<'_, [T]> {
    let values = array.row(row);
    // Copies only what somebody else put together in another order.
    match values.to_slice() {
        Some(values) => Cow::Borrowed(values),
        None => Cow::Owned(values.to_vec()),
    }
}

/// Three planes of equal shape as red, green, blue, each with its own limits. Alpha 0 where any of
/// them is not data, which outside its own shape a plane is not.
#[must_use]
pub fn composite(planes: [&Plane; 3], limits: [Option<Limits>; 3], scale: Scale) -> RgbaImage {
    let [first, ..] = planes;
    let shape = first.shape();
    let mut limits = limits.into_iter();
    let channels = planes.map(|plane| Channel::new(plane, limits.next().flatten(), scale));
    paint(shape, |rows, pixels, columns| {
        let mut bytes = [(); 3].map(|()| vec![0; columns]);
        let mut is_data = vec![true; columns];
        for (row, pixels) in rows.zip(pixels.chunks_exact_mut(columns)) {
            is_data.fill(true);
            for (channel, bytes) in channels.iter().zip(&mut bytes) {
                channel.fill(row, bytes, &mut is_data);
            }
            let [red, green, blue] = &bytes;
            let colours = red.iter().zip(green).zip(blue).zip(&is_data);
            for (pixel, (((&red, &green), &blue), &is_data)) in pixels.iter_mut().zip(colours) {
                *pixel = if is_data {
                    [red, green, blue, u8::MAX]
                } else {
                    CLEAR
                };
            }
        }
    })
}

/// The colour of one value, as in a picture; `None` where it is not finite, and so transparent.
#[must_use]
pub fn colour(value: f64, limits: Limits, scale: Scale, colormap: Colormap) -> Option<[u8; 3]> {
    let byte = value.is_finite().then(|| byte(value, limits, scale))?;
    colormap.table().get(usize::from(byte)).copied()
}

/// An image of (rows, columns), painted in parallel: some rows, their pixels, the number of columns.
fn paint(
    (rows, columns): (usize, usize),
    paint_rows: impl Fn(Range<usize>, &mut [[u8; RGBA]], usize) + Sync,
) -> RgbaImage {
    let (Ok(height), Ok(width)) = (u32::try_from(rows), u32::try_from(columns)) else {
        return RgbaImage::default();
    };
    let mut image = RgbaImage::new(width, height);
    if rows > 0 && columns > 0 {
        let rows_per_task = (PIXELS_PER_TASK / columns).max(1);
        image
            .par_chunks_mut(rows_per_task * columns * RGBA)
            .enumerate()
            .for_each(|(task, bytes)| {
                let (pixels, _) = bytes.as_chunks_mut::<RGBA>();
                let first = task * rows_per_task;
                paint_rows(first..rows.min(first + rows_per_task), pixels, columns);
            });
    }
    image
}

/// How a plane's values become bytes.
struct Channel<'a> {
    plane: &'a Plane,
    limits: Option<Limits>,
    scale: Scale,
    /// The byte of every value, by [`Sample::key`], where there are few.
    lookup: Option<Vec<u8>>,
}

impl<'a> Channel<'a> {
    fn new(plane: &'a Plane, limits: Option<Limits>, scale: Scale) -> Self {
        let mut channel = Self {
            plane,
            limits,
            scale,
            lookup: None,
        };
        channel.lookup = match &plane.samples {
            Samples::U8(array) => channel.lookup_for(array),
            Samples::I8(array) => channel.lookup_for(array),
            Samples::U16(array) => channel.lookup_for(array),
            Samples::I16(array) => channel.lookup_for(array),
            _ => None,
        };
        channel
    }

    /// A table of all values, where the picture is so large that making it pays.
    fn lookup_for<T: Sample>(&self, array: &Array2<T>) -> Option<Vec<u8>> {
        let limits = self.limits?;
        let values = 1_u64 << T::BITS;
        let byte_of = |value: f64| byte(value, limits, self.scale);
        let (darkest, brightest) = (limits.lo.min(limits.hi), limits.lo.max(limits.hi));
        // What is cut off is the same as what is just not: no need to work out each.
        let ends = limits
            .plain_span()
            .map(|_| (byte_of(darkest), byte_of(brightest)));
        let byte_of = |key| {
            let value = T::from_key(key).to_f64();
            match ends {
                Some((dark, _)) if value <= darkest => dark,
                Some((_, bright)) if value >= brightest => bright,
                _ => byte_of(value),
            }
        };
        (array.len() as u64 >= values).then(|| (0..values).map(byte_of).collect())
    }

    /// The bytes of a row; what is not data is marked.
    fn fill(&self, row: usize, bytes: &mut [u8], is_data: &mut [bool]) {
        with_samples!(&self.plane.samples, array => self.fill_from(array, row, bytes, is_data));
    }

    fn fill_from<T: Sample>(
        &self,
        array: &Array2<T>,
        row: usize,
        bytes: &mut [u8],
        is_data: &mut [bool],
    ) {
        let Some(limits) = self.limits.filter(|_| row < array.nrows()) else {
            return is_data.fill(false);
        };
        // What lies outside of this plane.
        if let Some(outside) = is_data.get_mut(array.ncols()..) {
            outside.fill(false);
        }
        let values = row_of(array, row);
        vectorised(
            #[inline(always)]
            || self.fill_bytes(&values, limits, bytes, is_data),
        );
        if let Some(masked) = self.plane.masked_row(row) {
            for (is_data, &masked) in is_data.iter_mut().zip(masked) {
                *is_data &= !masked;
            }
        }
    }

    #[inline(always)]
    fn fill_bytes<T: Sample>(
        &self,
        values: &[T],
        limits: Limits,
        bytes: &mut [u8],
        is_data: &mut [bool],
    ) {
        let scale = self.scale;
        match (&self.lookup, limits.plain_span()) {
            (Some(lookup), _) => {
                for (out, value) in bytes.iter_mut().zip(values) {
                    *out = lookup.get(value.key() as usize).copied().unwrap_or(0);
                }
            }
            // Nearly all pictures: the same as below, without a branch for each cell.
            (None, Some(span)) if scale == Scale::Linear => {
                for (out, value) in bytes.iter_mut().zip(values) {
                    let t = ((value.to_f64() - limits.lo) / span).clamp(0.0, 1.0);
                    *out = rounded_down(t * 255.0 + 0.5);
                }
            }
            (None, _) => {
                for (out, value) in bytes.iter_mut().zip(values) {
                    *out = byte(value.to_f64(), limits, scale);
                }
            }
        }
        if !T::all_finite(values) {
            for (is_data, value) in is_data.iter_mut().zip(values) {
                *is_data &= value.is_finite();
            }
        }
    }
}

/// The next lower integer of what is within 0..256; anything of NaN. Unlike a conversion, in steps that vectors have.
#[inline(always)]
fn rounded_down(value: f64) -> u8 {
    // Doubles as large as this have no fractions: the sum is rounded, to the nearest integer, in its lowest bits.
    const WHOLE: f64 = (1_u64 << 52) as f64;
    let nearest = value + WHOLE;
    (nearest.to_bits() as u8).wrapping_sub(u8::from(nearest - WHOLE > value))
}

/// `floor(t * 255 + 0.5)` of the normalised, scaled value.
#[inline]
fn byte(value: f64, limits: Limits, scale: Scale) -> u8 {
    // The conversion rounds down, and saturates where a gamma from elsewhere gives nonsense.
    (scale.apply(limits.normalised(value)) * 255.0 + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::arr2;
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

    #[test]
    fn rounded_down_as_converted() {
        for whole in 0..256 {
            let whole = f64::from(whole);
            for value in [
                whole.next_down(),
                whole,
                whole.next_up(),
                whole + 0.5,
                whole + 0.7,
            ] {
                let value = value.max(0.0);
                assert_eq!(rounded_down(value), value as u8, "{value}");
            }
        }
        assert_eq!(rounded_down(256.0_f64.next_down()), 255);
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
