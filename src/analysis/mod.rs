//! Array region → numbers. Pure, streaming, cancellable.
//!
//! Nothing here paints, and nothing knows what the axes mean.

mod stats;

pub use stats::{Stats, stats};
