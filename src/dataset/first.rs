//! What to show of a file before anybody chose: the first picture.

use super::{AxisRoles, Dataset, Item, ItemKind};

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

    /// Axes and bands of the first picture of an array: true colours when its wavelengths cover the visible, else the
    /// middle band. `None` for what is no picture.
    #[must_use]
    pub fn first_picture(&self, item: &Item) -> Option<(AxisRoles, Bands)> {
        let shape = &item.layout()?.shape;
        let spectral = self.spectral_axis(item);
        let roles = AxisRoles::guess(shape, spectral.map(|(axis, _)| axis))?;
        let Some(band) = roles.band else {
            return Some((roles, Bands::None));
        };
        let wavelengths = spectral
            .filter(|(axis, _)| *axis == band)
            .map(|(_, wavelengths)| wavelengths);
        let bands = match wavelengths.and_then(|wavelengths| wavelengths.true_colour()) {
            Some(bands) => Bands::Composite(bands),
            None => Bands::Single(
                shape
                    .get(band)
                    .map_or(0, |len| usize::try_from(len / 2).unwrap_or(0)),
            ),
        };
        Some((roles, bands))
    }
}
