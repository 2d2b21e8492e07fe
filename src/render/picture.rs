//! Planes to pixels.

use super::{Colormap, Limits, Scale};
use crate::array::{Plane, Sample, Samples, with_samples};
use image::RgbaImage;
use ndarray::Array2;
use rayon::prelude::*;

/// Bytes of a pixel.
const RGBA: usize = 4;

/// One plane through a colormap. Masked, NaN and infinite cells get alpha 0 (and no colour); so do
/// all where there are no limits.
#[must_use]
pub fn single(
    plane: &Plane,
    limits: Option<Limits>,
    scale: Scale,
    colormap: Colormap,
) -> RgbaImage {
    let table = colormap.table();
    let channel = Channel::new(plane, limits, scale);
    paint(plane.shape(), |row, pixels| {
        channel.for_each_byte(row, |column, byte| {
            if let (Some(pixel), Some(&[red, green, blue])) =
                (pixels.get_mut(column), table.get(usize::from(byte)))
            {
                *pixel = [red, green, blue, u8::MAX];
            }
        });
    })
}

/// Three planes of equal shape as red, green, blue, each with its own limits. Alpha 0 where any of
/// them is not data, which outside its own shape a plane is not.
#[must_use]
pub fn composite(planes: [&Plane; 3], limits: [Option<Limits>; 3], scale: Scale) -> RgbaImage {
    let [first, ..] = planes;
    let shape = first.shape();
    let mut limits = limits.into_iter();
    let channels = planes.map(|plane| Channel::new(plane, limits.next().flatten(), scale));
    paint(shape, |row, pixels| {
        // Alpha counts the channels that have data, until all are known.
        for (index, channel) in channels.iter().enumerate() {
            channel.for_each_byte(row, |column, byte| {
                if let Some(pixel) = pixels.get_mut(column)
                    && let Some(colour) = pixel.get_mut(index)
                {
                    *colour = byte;
                    pixel[3] += 1;
                }
            });
        }
        for pixel in pixels {
            if pixel[3] == 3 {
                pixel[3] = u8::MAX;
            } else {
                *pixel = [0; RGBA];
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

/// An image of (rows, columns), transparent at first, painted row by row in parallel.
fn paint(
    (rows, columns): (usize, usize),
    paint_row: impl Fn(usize, &mut [[u8; RGBA]]) + Sync,
) -> RgbaImage {
    let (Ok(height), Ok(width)) = (u32::try_from(rows), u32::try_from(columns)) else {
        return RgbaImage::default();
    };
    let mut image = RgbaImage::new(width, height);
    if rows > 0 && columns > 0 {
        image
            .par_chunks_mut(columns * RGBA)
            .enumerate()
            .for_each(|(row, bytes)| {
                let (pixels, _) = bytes.as_chunks_mut::<RGBA>();
                paint_row(row, pixels);
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
        (array.len() as u64 >= values).then(|| {
            (0..values)
                .map(|key| byte(T::from_key(key).to_f64(), limits, self.scale))
                .collect()
        })
    }

    /// Calls `put(column, byte)` for each cell of a row that is data.
    #[inline]
    fn for_each_byte(&self, row: usize, put: impl FnMut(usize, u8)) {
        with_samples!(&self.plane.samples, array => self.for_each_byte_of(array, row, put));
    }

    #[inline]
    fn for_each_byte_of<T: Sample>(
        &self,
        array: &Array2<T>,
        row: usize,
        mut put: impl FnMut(usize, u8),
    ) {
        let Some(limits) = self.limits else { return };
        if row >= array.nrows() {
            return;
        }
        let masked = self.plane.masked_row(row);
        let is_masked = |column: usize| {
            masked
                .as_ref()
                .and_then(|masked| masked.get(column))
                .is_some_and(|&masked| masked)
        };
        let values = array.row(row);
        match &self.lookup {
            Some(lookup) => {
                for (column, value) in values.iter().enumerate() {
                    if !is_masked(column)
                        && let Some(&byte) = lookup.get(value.key() as usize)
                    {
                        put(column, byte);
                    }
                }
            }
            None => {
                for (column, value) in values.iter().enumerate() {
                    if value.is_finite() && !is_masked(column) {
                        put(column, byte(value.to_f64(), limits, self.scale));
                    }
                }
            }
        }
    }
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

    const CLEAR: [u8; 4] = [0; 4];

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
