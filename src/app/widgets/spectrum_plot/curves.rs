//! Drawing of the curves of a plot: lines, their bands of error, and what lies under a mask.

use super::Curve;
use super::decimate::Segment;
use egui_plot::{FilledArea, Line, PlotPoint, PlotPoints, PlotUi, Points};
use std::ops::Range;

/// Thinner lines look broken where they are steep.
const CURVE_WIDTH: f32 = 2.0;
const SIGMA_ALPHA: f32 = 0.22;
const MASKED_ALPHA: f32 = 0.6;
/// More masked values than this are not drawn one by one.
const MAX_MASKED: usize = 4096;

/// Adds a curve to a plot; `scale` is points of the screen for a step of 1 in x and in y.
pub(super) fn add_curve<'a>(
    plot_ui: &mut PlotUi<'a>,
    index: usize,
    curve: &Curve<'a>,
    segments: &'a [Segment],
    scale: [f64; 2],
) {
    for segment in segments {
        for part in straight_parts(&segment.points, scale) {
            let Some(points) = segment.points.get(part) else {
                continue;
            };
            let shown = PlotPoints::Borrowed(points);
            if points.len() == 1 {
                let points = Points::new(curve.name, shown);
                plot_ui.points(points.color(curve.color).radius(3.0).id(index));
            } else {
                let line = Line::new(curve.name, shown);
                plot_ui.line(line.color(curve.color).width(CURVE_WIDTH).id(index));
            }
        }
        add_sigma(plot_ui, index, curve, segment);
    }
    if !curve.masked.is_empty() {
        let every = curve.masked.len().div_ceil(MAX_MASKED);
        let points: Vec<[f64; 2]> = curve.masked.iter().copied().step_by(every).collect();
        plot_ui.points(
            Points::new(curve.name, points)
                .color(curve.color.gamma_multiply(MASKED_ALPHA))
                .filled(false)
                .radius(2.5)
                .id(index),
        );
    }
}

fn add_sigma<'a>(plot_ui: &mut PlotUi<'a>, index: usize, curve: &Curve<'a>, segment: &Segment) {
    if segment.low.is_empty() {
        return;
    }
    let xs: Vec<f64> = segment.sigma_x.clone();
    if let [x] = xs[..] {
        let ends = vec![[x, segment.low[0]], [x, segment.high[0]]];
        plot_ui.line(Line::new("", ends).color(curve.color).id(index));
    } else {
        plot_ui.add(
            FilledArea::new("", &xs, &segment.low, &segment.high)
                .fill_color(curve.color.gamma_multiply(SIGMA_ALPHA))
                .id(index),
        );
    }
}

/// Parts of a line that turn nowhere by more than a right angle, as seen on the screen; each begins where the one before
/// ends. The toolkit draws sharper turns as wedges, where detectors overlap and where there is noise.
fn straight_parts(points: &[PlotPoint], scale: [f64; 2]) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (index, three) in points.windows(3).enumerate() {
        let [before, here, after] = three else {
            continue;
        };
        let step = |from: &PlotPoint, to: &PlotPoint| {
            [(to.x - from.x) * scale[0], (to.y - from.y) * scale[1]]
        };
        let (one, next) = (step(before, here), step(here, after));
        if one[0] * next[0] + one[1] * next[1] < 0.0 {
            parts.push(start..index + 2);
            start = index + 1;
        }
    }
    if start < points.len() {
        parts.push(start..points.len());
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// First and last point of each part.
    fn parts(points: &[[f64; 2]], scale: [f64; 2]) -> Vec<[usize; 2]> {
        let points: Vec<PlotPoint> = points.iter().map(|point| PlotPoint::from(*point)).collect();
        let parts = straight_parts(&points, scale);
        parts
            .iter()
            .map(|part| [part.start, part.end - 1])
            .collect()
    }

    #[test]
    fn a_line_is_cut_where_it_turns_back() {
        let flat = [[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]];
        assert_eq!(parts(&flat, [1.0, 1.0]), [[0, 2]]);
        // Where detectors overlap.
        let back = [[0.0, 1.0], [2.0, 1.0], [1.0, 1.0], [3.0, 1.0]];
        assert_eq!(parts(&back, [1.0, 1.0]), [[0, 1], [1, 2], [2, 3]]);
        // A spike is sharp only where the screen makes it so.
        let spike = [[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]];
        assert_eq!(parts(&spike, [10.0, 1.0]), [[0, 2]]);
        assert_eq!(parts(&spike, [1.0, 10.0]), [[0, 1], [1, 2]]);
        assert_eq!(parts(&[[0.0, 0.0]], [1.0, 1.0]), [[0, 0]]);
        assert_eq!(parts(&[], [1.0, 1.0]), [[0; 2]; 0]);
    }
}
