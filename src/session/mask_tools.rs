//! What the tools for masks are set to. Plain data; what they do is in the actions.

use crate::analysis::Likeness;

/// What a press on the picture does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MaskTool {
    /// Nothing to the mask: it moves the picture, and pins.
    #[default]
    Look,
    /// Paints with a round brush.
    Brush,
    /// Takes a rectangle.
    Rectangle,
    /// Takes a polygon, corner by corner.
    Polygon,
    /// Takes what is like the pixel, around it.
    Similar,
}

impl MaskTool {
    /// In the order to choose from.
    pub const ALL: [Self; 5] = [
        Self::Look,
        Self::Brush,
        Self::Rectangle,
        Self::Polygon,
        Self::Similar,
    ];
}

/// The widest brush, in pixels.
pub const MAX_BRUSH: usize = 999;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MaskTools {
    /// Whether they are shown.
    pub is_open: bool,
    /// The chosen one.
    pub tool: MaskTool,
    /// Chosen cells are unmasked instead of masked.
    pub unmasks: bool,
    /// All bands of a pixel, not only those shown.
    pub all_bands: bool,
    /// Pixels across.
    pub brush: usize,
    /// Degrees between spectra that count as alike.
    pub angle: f64,
    /// Between values that count as alike, where there are no spectra.
    pub difference: f64,
    /// Lowest and highest value that is chosen by value; `None` is no limit.
    pub values: [Option<f64>; 2],
}

impl Default for MaskTools {
    fn default() -> Self {
        Self {
            is_open: false,
            tool: MaskTool::Look,
            unmasks: false,
            all_bands: false,
            brush: 5,
            angle: 5.0,
            difference: 1.0,
            values: [None; 2],
        }
    }
}

impl MaskTools {
    /// Settings that make sense.
    pub(super) fn made_valid(self) -> Self {
        let at_least = |value: f64, least: f64| if value >= least { value } else { least };
        Self {
            brush: self.brush.clamp(1, MAX_BRUSH),
            angle: at_least(self.angle, 0.0).min(180.0),
            difference: at_least(self.difference, 0.0),
            ..self
        }
    }

    /// What counts as alike.
    pub(super) fn likeness(&self, has_spectra: bool) -> Likeness {
        match has_spectra {
            true => Likeness::Angle(self.angle),
            false => Likeness::Difference(self.difference),
        }
    }
}
