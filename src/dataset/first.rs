//! What to show of a file before anybody chose: the first picture.

use super::{AxisRoles, Dataset, Item, ItemKind, Wavelengths};
use crate::array::Number;

/// The bands of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bands {
    /// An array without a spectrum: the picture is the array.
    None,
    /// One band, through a colormap.
    Single(usize),
    /// Red, green and blue.
    Composite([usize; 3]),
}

impl Dataset {
    /// The item to begin with: a cube if there is one, else an image, else a curve, else whatever is first. Arrays that
    /// have nothing to show come last.
    #[must_use]
    pub fn first_item(&self) -> Option<&Item> {
        let has_cells = |item: &Item| {
            item.layout()
                .is_some_and(|layout| layout.dtype.number().is_some() && !layout.shape.contains(&0))
        };
        let of_kind = |kind: ItemKind| {
            self.items()
                .find(move |item| item.kind() == kind && has_cells(item))
        };
        of_kind(ItemKind::Cube)
            .or_else(|| of_kind(ItemKind::Image))
            .or_else(|| of_kind(ItemKind::Curve))
            .or_else(|| of_kind(ItemKind::Scalar))
            .or_else(|| self.items().find(|item| item.layout().is_none()))
            .or_else(|| self.items().next())
    }

    /// Axes and bands of the first picture of an array: true colours when its wavelengths cover the visible or it is an
    /// image in colours, else the middle band. `None` for what is no picture.
    #[must_use]
    pub fn first_picture(&self, item: &Item) -> Option<(AxisRoles, Bands)> {
        let shape = &item.layout()?.shape;
        let spectral = self.spectral_axis(item);
        let roles = AxisRoles::guess(shape, spectral.map(|(axis, _)| axis))?;
        let Some(band) = roles.band else {
            return Some((roles, Bands::None));
        };
        let wavelengths = self.wavelengths_along(item, band);
        let bands = match wavelengths.and_then(Wavelengths::true_colour) {
            Some(bands) => Bands::Composite(bands),
            None if self.is_colour_image(item) => Bands::Composite([0, 1, 2]),
            None => Bands::Single(
                shape
                    .get(band)
                    .map_or(0, |len| usize::try_from(len / 2).unwrap_or(0)),
            ),
        };
        Some((roles, bands))
    }

    /// Whether it is an image as cameras and screens have them: red, green and blue in bytes, maybe with an alpha that is
    /// no colour.
    #[must_use]
    pub fn is_colour_image(&self, item: &Item) -> bool {
        let Some(layout) = item.layout() else {
            return false;
        };
        let is_of_bytes = matches!(layout.dtype.number(), Some((Number::U8, _)));
        let is_of_colours =
            matches!(*layout.shape, [rows, columns, 3 | 4] if rows > 1 && columns > 1);
        is_of_bytes && is_of_colours && self.spectral_axis(item).is_none()
    }

    /// The wavelengths of an array, if they run along this axis.
    #[must_use]
    pub fn wavelengths_along(&self, item: &Item, axis: usize) -> Option<&Wavelengths> {
        self.spectral_axis(item)
            .filter(|(spectral, _)| *spectral == axis)
            .map(|(_, wavelengths)| wavelengths)
    }
}

/// Red, green and blue of so many bands: true colours, else from the long end to the short; of three or four bands without
/// wavelengths the first three, as images have them.
#[must_use]
pub fn three_bands(count: usize, wavelengths: Option<&Wavelengths>) -> [usize; 3] {
    let by_wavelength = wavelengths.and_then(|found| found.true_colour().or(found.long_to_short()));
    match (by_wavelength, count) {
        (Some(bands), _) => bands,
        (None, 3 | 4) => [0, 1, 2],
        (None, _) => [count * 3 / 4, count / 2, count / 4],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_bands_are_those_of_an_image_or_go_from_long_to_short() {
        assert_eq!(three_bands(3, None), [0, 1, 2]);
        assert_eq!(three_bands(4, None), [0, 1, 2]);
        assert_eq!(three_bands(61, None), [45, 30, 15]);
        let axis = |values: &[f64]| Wavelengths::new(values.to_vec(), None, "wavelengths").unwrap();
        let descending = axis(&[2500.0, 2000.0, 1500.0, 1000.0]);
        assert_eq!(three_bands(4, Some(&descending)), [0, 1, 2]);
        let ascending = axis(&[1000.0, 1500.0, 2000.0, 2500.0]);
        assert_eq!(three_bands(4, Some(&ascending)), [3, 2, 1]);
        let visible = axis(&[460.0, 550.0, 650.0]);
        assert_eq!(three_bands(3, Some(&visible)), [2, 1, 0]);
    }
}
