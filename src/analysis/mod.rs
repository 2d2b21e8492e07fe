//! Array region → numbers. Pure, streaming, cancellable.
//!
//! SKELETON with the agreed public interface.
#![allow(unused)]

use crate::array::{ArrayView, Element};
use crate::progress::{Cancelled, Progress};

/// Exact statistics over the finite, unmasked cells of a view.
#[derive(Debug, Clone, PartialEq)]
pub struct Stats {
    /// Finite unmasked cells, over which everything below is computed.
    pub count: u64,
    pub masked: u64,
    /// Unmasked NaN cells.
    pub nan: u64,
    /// Unmasked infinite cells.
    pub inf: u64,
    pub min: Option<Element>,
    pub max: Option<Element>,
    pub mean: Option<f64>,
    /// Population standard deviation (ddof 0).
    pub std: Option<f64>,
    /// (asked percentile, value by linear interpolation)
    pub percentiles: Vec<(f64, Option<f64>)>,
}

/// Streams over the view (any number of dimensions) in parallel with memory independent of its size.
pub fn stats(view: &ArrayView, percentiles: &[f64], progress: &Progress) -> Result<Stats, Cancelled> { todo!() }
