//! Masked cells in a picture.

use crate::array::Plane;
use image::RgbaImage;
use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};

/// The colour of what is masked, of which half is seen: it stands out of greys and of the usual colormap.
const TINT: [u8; 3] = [255, 0, 160];

/// How masked cells are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaskedCells {
    /// Not at all: they are transparent.
    #[default]
    Hidden,
    /// With the value below, under a tint.
    Tinted,
    /// As if there were no mask. Limits still are those of the other cells.
    Shown,
}

impl MaskedCells {
    /// In the order to choose from.
    pub const ALL: [Self; 3] = [Self::Hidden, Self::Tinted, Self::Shown];
}

/// The plane without its mask.
#[must_use]
pub fn unmasked(plane: &Plane) -> Plane {
    Plane {
        samples: plane.samples.clone(),
        masked: None,
    }
}

/// Mixes the tint into each pixel that is masked in one of the planes (of the image's shape), opaque there also where
/// the value is no number.
pub fn tint(image: &mut RgbaImage, planes: &[&Plane]) {
    let width = usize::try_from(image.width()).unwrap_or_default();
    let (pixels, _) = image.as_chunks_mut::<4>();
    for (row, pixels) in pixels.chunks_mut(width.max(1)).enumerate() {
        let masks: Vec<_> = (planes.iter())
            .filter_map(|plane| plane.masked_row(row))
            .collect();
        for (column, pixel) in pixels.iter_mut().enumerate() {
            let is_masked = |mask: &ArrayView1<'_, bool>| mask.get(column).copied();
            if masks.iter().filter_map(is_masked).any(|masked| masked) {
                mix(pixel);
            }
        }
    }
}

/// Half of each.
fn mix([red, green, blue, alpha]: &mut [u8; 4]) {
    for (colour, tint) in [red, green, blue].into_iter().zip(TINT) {
        *colour = u8::midpoint(*colour, tint);
    }
    *alpha = u8::MAX;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Samples;
    use ndarray::array;

    #[test]
    fn only_masked_pixels_are_tinted() {
        let plane = Plane {
            samples: Samples::U8(array![[0, 100], [200, 255]]),
            masked: Some(array![[false, true], [false, false]]),
        };
        let mut image = RgbaImage::from_pixel(2, 2, image::Rgba([10, 20, 30, 0]));
        tint(&mut image, &[&plane]);
        assert_eq!(image.get_pixel(0, 0).0, [10, 20, 30, 0]);
        assert_eq!(image.get_pixel(1, 0).0, [132, 10, 95, 255]);
        assert_eq!(image.get_pixel(1, 1).0, [10, 20, 30, 0]);
        assert_eq!(unmasked(&plane).masked, None);
        tint(&mut RgbaImage::new(0, 0), &[&plane]);
    }
}
