//! Array region + settings → RGBA. Pure, headless, the same for window, command line and tests.
//!
//! A value `x` becomes `t = clip((x - lo) / (hi - lo), 0, 1)` by the [`Limits`], `t` is bent by the
//! [`Scale`], and `floor(t * 255 + 0.5)` is the byte that is shown or looked up in a [`Colormap`].
//! All of this is as if computed in double precision. What is masked, NaN or infinite is transparent.

mod channel;
mod colormap;
mod error;
mod mask;
mod picture;
mod quick;
mod scale;
mod shrink;
mod stretch;

pub use colormap::Colormap;
pub use error::ParseError;
pub use mask::{MaskedCells, tint, unmasked};
pub use picture::{colour, composite, recycle, single};
pub use scale::Scale;
pub use shrink::{Shrink, shrink};
pub use stretch::{Limits, Stretch, USUAL_PERCENTILES, automatic, has_few_values, limits};
