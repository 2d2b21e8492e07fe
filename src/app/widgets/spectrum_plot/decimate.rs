//! A curve reduced to what the columns of the screen can show.
//!
//! Consecutive samples in one column become their first, lowest, highest and last one, in the
//! order they have, so that neither peaks nor the way in and out of a column are lost. Works in
//! drawing order and so for unsorted x as well.

use egui_plot::PlotPoint;

/// Larger values would not survive the arithmetic of a plot.
const LARGEST: f64 = 1e280;

/// A part of a curve without gaps.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Segment {
    pub(super) points: Vec<PlotPoint>,
    /// Where `low` and `high` are, one for each column; empty without sigma.
    pub(super) sigma_x: Vec<f64>,
    pub(super) low: Vec<f64>,
    pub(super) high: Vec<f64>,
}

/// Whether a sample can be drawn; others are gaps.
pub(super) fn is_drawn([x, y]: [f64; 2]) -> bool {
    x.abs() <= LARGEST && y.abs() <= LARGEST
}

/// Splits at gaps and reduces. Columns are `per_column` wide and one begins at `start`; without
/// a usable width nothing is reduced.
pub(super) fn segments(
    points: &[[f64; 2]],
    sigma: Option<&[f64]>,
    start: f64,
    per_column: f64,
) -> Vec<Segment> {
    let column_of = |x: f64| {
        let column = ((x - start) / per_column).floor();
        if column.is_finite() { column } else { 0.0 }
    };
    let reduces = per_column > 0.0;
    let mut segments = Vec::new();
    let mut segment = Segment::default();
    let mut run = 0..0;
    let mut column = f64::NAN;
    for (index, &point) in points.iter().enumerate() {
        let new_column = if reduces {
            column_of(point[0])
        } else {
            f64::NAN
        };
        let is_drawn = is_drawn(point);
        // Unequal also where there are no columns (NaN): then each sample is a run.
        if !is_drawn || new_column != column {
            segment.add(points, sigma, run);
            run = index..index;
            column = new_column;
        }
        if is_drawn {
            run.end = index + 1;
        } else {
            run = index + 1..index + 1;
            column = f64::NAN;
            if !segment.points.is_empty() {
                segments.push(std::mem::take(&mut segment));
            }
        }
    }
    segment.add(points, sigma, run);
    if !segment.points.is_empty() {
        segments.push(segment);
    }
    segments
}

impl Segment {
    /// Adds the samples of one column.
    fn add(&mut self, points: &[[f64; 2]], sigma: Option<&[f64]>, run: std::ops::Range<usize>) {
        let run_points = &points[run.clone()];
        let by_y = |a: &usize, b: &usize| run_points[*a][1].total_cmp(&run_points[*b][1]);
        let indices = 0..run_points.len();
        let (Some(lowest), Some(highest)) =
            (indices.clone().min_by(by_y), indices.clone().max_by(by_y))
        else {
            return;
        };
        let mut kept = [0, lowest, highest, run_points.len() - 1];
        kept.sort_unstable();
        let mut previous = None;
        for index in kept {
            if previous.replace(index) != Some(index) {
                self.points.push(PlotPoint::from(run_points[index]));
            }
        }
        if let Some(sigma) = sigma {
            let spread = |index: usize| {
                let sigma = sigma.get(run.start + index).copied().unwrap_or(0.0).abs();
                if sigma <= LARGEST { sigma } else { 0.0 }
            };
            let low = indices.clone().map(|i| run_points[i][1] - spread(i));
            let high = indices.map(|i| run_points[i][1] + spread(i));
            self.sigma_x.push(run_points[0][0]);
            self.low.push(low.fold(f64::INFINITY, f64::min));
            self.high.push(high.fold(f64::NEG_INFINITY, f64::max));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(segments: &[Segment]) -> Vec<Vec<[f64; 2]>> {
        let points = |segment: &Segment| segment.points.iter().map(|p| [p.x, p.y]).collect();
        segments.iter().map(points).collect()
    }

    #[test]
    fn few_points_are_kept_as_they_are() {
        let points = [[1.0, 5.0], [2.0, 3.0], [3.0, 4.0]];
        assert_eq!(plain(&segments(&points, None, 1.0, 0.1)), [points.to_vec()]);
        assert_eq!(plain(&segments(&points, None, 1.0, 0.0)), [points.to_vec()]);
    }

    #[test]
    fn gaps_split() {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        let points = [
            [0.0, nan],
            [1.0, 1.0],
            [2.0, inf],
            [nan, 1.0],
            [3.0, 3.0],
            [4.0, 4.0],
            [5.0, nan],
        ];
        let expected = [vec![[1.0, 1.0]], vec![[3.0, 3.0], [4.0, 4.0]]];
        assert_eq!(plain(&segments(&points, None, 0.0, 0.1)), expected);
        // Also where all would be one column.
        assert_eq!(plain(&segments(&points, None, 0.0, 100.0)), expected);
    }

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!(segments(&[], None, 0.0, 1.0), []);
        assert_eq!(segments(&[[1.0, f64::NAN]; 5], None, 0.0, 1.0), []);
    }

    #[test]
    fn a_column_keeps_its_extremes_in_order() {
        let y = [5.0, 9.0, 7.0, 1.0, 6.0];
        let points: Vec<_> = y.iter().map(|&y| [0.5, y]).collect();
        let expected = [vec![[0.5, 5.0], [0.5, 9.0], [0.5, 1.0], [0.5, 6.0]]];
        assert_eq!(plain(&segments(&points, None, 0.0, 1.0)), expected);
    }

    #[test]
    fn sigma_covers_the_column() {
        let points = [[0.1, 5.0], [0.2, 4.0], [1.5, 7.0]];
        let sigma = [3.0, 1.0, f64::NAN];
        let found = segments(&points, Some(&sigma), 0.0, 1.0);
        assert_eq!(found[0].sigma_x, [0.1, 1.5]);
        assert_eq!(found[0].low, [2.0, 7.0]);
        assert_eq!(found[0].high, [8.0, 7.0]);
        // A list that is too short counts as zero.
        let found = segments(&points, Some(&[]), 0.0, 1.0);
        assert_eq!(found[0].low, [4.0, 7.0]);
    }

    proptest! {
        #[test]
        fn the_reduced_curve_is_small_and_keeps_extremes(
            y in prop::collection::vec(-1e3..1e3, 1..5000),
            columns in 1usize..500,
        ) {
            let points: Vec<_> = y.iter().enumerate().map(|(i, &y)| [i as f64, y]).collect();
            let per_column = points.len() as f64 / columns as f64;
            let found = segments(&points, None, 0.0, per_column);
            let kept: Vec<_> = found[0].points.iter().map(|p| p.y).collect();
            prop_assert!(kept.len() <= 4 * (columns + 1));
            let low = |y: &[f64]| y.iter().copied().fold(f64::INFINITY, f64::min);
            let high = |y: &[f64]| y.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            prop_assert_eq!(low(&kept), low(&y));
            prop_assert_eq!(high(&kept), high(&y));
            prop_assert_eq!(kept.first(), y.first());
            prop_assert_eq!(kept.last(), y.last());
        }
    }
}
