//! Array region → numbers. Pure, streaming, cancellable.
//!
//! Nothing here paints, and nothing knows what the axes mean.

mod means;
mod stats;

pub use means::{Means, means};
pub use stats::{Stats, stats, stats_in_parts};
