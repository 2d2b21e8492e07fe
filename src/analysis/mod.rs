//! Array region → numbers, and numbers → region. Pure, streaming, cancellable.
//!
//! Nothing here paints, and nothing knows what the axes mean.

mod distribution;
mod means;
mod select;
mod stats;

pub use distribution::{Bins, Distribution, distribution, distribution_passes};
pub use means::{Means, means};
pub use select::{Likeness, SelectError, Values, by_likeness, by_value};
pub use stats::{Stats, stats, stats_in_parts};
