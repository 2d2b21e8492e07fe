//! Where the ticks of a plot stand, and what they say.

use egui_plot::{GridInput, GridMark};

/// Marks at multiples of 1, 2 or 5 times a power of ten, at least so many base steps and no less
/// than `smallest_step` apart.
pub(in crate::app::widgets) fn marks(
    input: GridInput,
    base_steps: f64,
    smallest_step: f64,
) -> Vec<GridMark> {
    const MOST: f64 = 200.0;
    let wanted = (input.base_step_size.abs() * base_steps).max(smallest_step);
    let decade = 10f64.powf(wanted.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter();
    let step_size = factor
        .map(|factor| factor * decade)
        .find(|step| *step >= wanted)
        .unwrap_or(10.0 * decade);
    let first = (input.bounds.0 / step_size).ceil();
    let last = (input.bounds.1 / step_size).floor();
    if !step_size.is_normal() || !(last - first).is_finite() || last - first > MOST {
        return Vec::new();
    }
    (0..=(last - first).max(-1.0) as i64)
        .map(|i| GridMark {
            value: (first + i as f64) * step_size,
            step_size,
        })
        .collect()
}

/// A tick in as many digits as its neighbours need to differ; very large and very small numbers
/// with the exponent of the largest in sight.
pub(in crate::app::widgets) fn tick_text(
    value: f64,
    step: f64,
    range: &std::ops::RangeInclusive<f64>,
) -> String {
    let largest = range.start().abs().max(range.end().abs());
    if value.abs() < step * 1e-6 {
        return "0".to_owned();
    }
    let exponent = largest.log10().floor();
    let step_exponent = (step * 1.000_001).log10().floor();
    if (-4.0..6.0).contains(&exponent) {
        let decimals = (-step_exponent).clamp(0.0, 12.0) as usize;
        return format!("{value:.decimals$}");
    }
    let decimals = (exponent - step_exponent).clamp(0.0, 12.0) as usize;
    let digits = value / 10f64.powf(exponent);
    format!("{digits:.decimals$}e{exponent}")
}
