//! Array region + settings → RGBA. Pure, headless, the same for window, command line and tests.
//!
//! SKELETON with the agreed public interface.
#![allow(unused)]

use crate::array::Plane;
use image::RgbaImage;

/// How the limits of the colour scale are found. Percentiles by linear interpolation over finite unmasked cells.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Stretch { MinMax, Percentile { lo: f64, hi: f64 }, Fixed { lo: f64, hi: f64 } }
// FromStr / Display: `minmax`, `percentile:2,98`, `fixed:0,1`. Default percentile:2,98.

#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Scale { Linear, Log, Sqrt, Asinh, Gamma(f64) }
// FromStr / Display: `linear`, `log`, `sqrt`, `asinh`, `gamma:2.2`. Default linear.

/// The values painted darkest and brightest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits { pub lo: f64, pub hi: f64 }

/// `None` when no cell is finite and unmasked (Fixed always gives its own).
pub fn limits(plane: &Plane, stretch: Stretch) -> Option<Limits> { todo!() }

/// One of the built-in colormaps; Default is viridis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Colormap { Viridis /* , … a dozen */ }
impl Colormap {
    pub const ALL: &'static [Self] = &[Self::Viridis];
    pub fn name(self) -> &'static str { todo!() }
    pub fn table(self) -> &'static [[u8; 3]; 256] { todo!() }
}

/// One plane through a colormap. Masked, NaN and infinite cells get alpha 0.
pub fn single(plane: &Plane, limits: Option<Limits>, scale: Scale, colormap: Colormap) -> RgbaImage { todo!() }

/// Three planes of equal shape as red, green, blue, each with its own limits. Alpha 0 where any of them is not data.
pub fn composite(planes: [&Plane; 3], limits: [Option<Limits>; 3], scale: Scale) -> RgbaImage { todo!() }
