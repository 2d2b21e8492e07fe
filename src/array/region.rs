//! Pixels of a picture that belong together: what an outline encloses, as runs along the rows.
//!
//! Geometry only; what is chosen by value is `analysis`' business.

use std::ops::Range;

/// More runs than this are not worked out: they would take too much memory.
pub const MAX_RUNS: usize = 1 << 22;

/// Pixels of one row, side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowRun {
    /// The row.
    pub row: usize,
    /// Its columns; not empty.
    pub columns: Range<usize>,
}

/// What was drawn on a picture. Points are (column, row); pixel centres are at integers.
#[derive(Debug, Clone, PartialEq)]
pub enum Outline {
    /// The whole picture.
    Everything,
    /// Rows and columns.
    Rectangle {
        /// Rows.
        rows: Range<usize>,
        /// Columns.
        columns: Range<usize>,
    },
    /// The pixels whose centres lie inside (even-odd rule); its last corner is joined with the first.
    Polygon(Vec<[f64; 2]>),
    /// The pixels whose centres a round brush passed over.
    Stroke {
        /// Its way; one point is a dab.
        points: Vec<[f64; 2]>,
        /// Pixels across; less than one counts as one.
        size: f64,
    },
}

impl Outline {
    /// The pixels of a picture of `size` (columns, rows) that it encloses: by rows, then columns, without overlaps. `None`
    /// where these are more than [`MAX_RUNS`] runs.
    #[must_use]
    pub fn runs(&self, size: [usize; 2]) -> Option<Vec<RowRun>> {
        let [width, height] = size;
        match self {
            Self::Everything => rectangle(0..height, 0..width),
            Self::Rectangle { rows, columns } => rectangle(
                rows.start..rows.end.min(height),
                columns.start..columns.end.min(width),
            ),
            Self::Polygon(corners) => polygon(corners, size),
            Self::Stroke {
                points,
                size: brush,
            } => stroke(points, *brush, size),
        }
    }
}

fn rectangle(rows: Range<usize>, columns: Range<usize>) -> Option<Vec<RowRun>> {
    if columns.is_empty() {
        return Some(Vec::new());
    }
    let run = |row| RowRun {
        row,
        columns: columns.clone(),
    };
    (rows.len() <= MAX_RUNS).then(|| rows.map(run).collect())
}

/// The runs of all rows, unless they are too many.
fn collected(rows: Range<usize>, runs_of: impl Fn(usize) -> Vec<RowRun>) -> Option<Vec<RowRun>> {
    let mut runs = Vec::new();
    for row in rows {
        runs.append(&mut runs_of(row));
        if runs.len() > MAX_RUNS {
            return None;
        }
    }
    Some(runs)
}

fn polygon(corners: &[[f64; 2]], [width, height]: [usize; 2]) -> Option<Vec<RowRun>> {
    let rows = rows_between(corners, 0.0, height);
    collected(rows, |row| {
        let spans = crossings(corners, row as f64);
        pixels(row, spans.as_chunks::<2>().0.to_vec(), width)
    })
}

fn stroke(points: &[[f64; 2]], brush: f64, [width, height]: [usize; 2]) -> Option<Vec<RowRun>> {
    let radius = if brush.is_finite() {
        brush.max(1.0) / 2.0
    } else {
        0.5
    };
    let rows = rows_between(points, radius, height);
    collected(rows, |row| {
        let mut spans = Vec::new();
        let y = row as f64;
        for point in points {
            spans.extend(disc(*point, radius, y));
        }
        for pair in points.windows(2) {
            if let &[from, to] = pair {
                spans.extend(band(from, to, radius, y));
            }
        }
        pixels(row, spans, width)
    })
}

/// Rows that points with so much around them reach.
fn rows_between(points: &[[f64; 2]], around: f64, height: usize) -> Range<usize> {
    let ys = || {
        points
            .iter()
            .map(|point| point[1])
            .filter(|y| y.is_finite())
    };
    let low = ys().fold(f64::INFINITY, f64::min) - around;
    let high = ys().fold(f64::NEG_INFINITY, f64::max) + around;
    if low > high {
        return 0..0;
    }
    // A cast of what is negative or too large gives the nearest there is.
    let start = low.ceil() as usize;
    let end = (high.floor() + 1.0) as usize;
    start.min(height)..end.min(height)
}

/// Where the edges of a polygon cross a row, from left to right. Half open, so that a corner on the row counts once.
fn crossings(corners: &[[f64; 2]], y: f64) -> Vec<f64> {
    let next = corners.iter().cycle().skip(1);
    let mut found: Vec<f64> = (corners.iter().zip(next))
        .filter(|([_, from], [_, to])| (*from <= y) != (*to <= y))
        .map(|([x0, y0], [x1, y1])| x0 + (y - y0) / (y1 - y0) * (x1 - x0))
        .filter(|x| x.is_finite())
        .collect();
    found.sort_by(f64::total_cmp);
    found
}

/// The part of a row inside of a disc.
fn disc([x, y]: [f64; 2], radius: f64, row: f64) -> Option<[f64; 2]> {
    let rest = radius * radius - (row - y) * (row - y);
    let half = (rest >= 0.0).then(|| rest.sqrt())?;
    Some([x - half, x + half])
}

/// The part of a row inside of a straight band, `radius` to each side of its middle.
fn band([x0, y0]: [f64; 2], [x1, y1]: [f64; 2], radius: f64, row: f64) -> Option<[f64; 2]> {
    let (dx, dy) = (x1 - x0, y1 - y0);
    let length = dx.hypot(dy);
    if length == 0.0 || !length.is_finite() {
        return None;
    }
    let (nx, ny) = (-dy / length * radius, dx / length * radius);
    let corners = [
        [x0 + nx, y0 + ny],
        [x1 + nx, y1 + ny],
        [x1 - nx, y1 - ny],
        [x0 - nx, y0 - ny],
    ];
    match crossings(&corners, row).as_slice() {
        &[left, right] => Some([left, right]),
        _ => None,
    }
}

/// The pixels whose centres lie in any of the spans, as runs from left to right.
fn pixels(row: usize, mut spans: Vec<[f64; 2]>, width: usize) -> Vec<RowRun> {
    spans.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let mut runs: Vec<RowRun> = Vec::new();
    for [left, right] in spans {
        // What is computed of whole numbers may be off by the last digit.
        let start = (left - 1e-9).ceil().max(0.0) as usize;
        let end = ((right + 1e-9).floor() + 1.0).max(0.0) as usize;
        let (start, end) = (start.min(width), end.min(width));
        match runs.last_mut() {
            Some(last) if start <= last.columns.end => {
                last.columns.end = last.columns.end.max(end);
            }
            _ if start < end => runs.push(RowRun {
                row,
                columns: start..end,
            }),
            _ => {}
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn picture(outline: &Outline, size: [usize; 2]) -> Vec<String> {
        let mut rows = vec![vec!['.'; size[0]]; size[1]];
        for run in outline.runs(size).unwrap() {
            assert!(!run.columns.is_empty());
            for cell in &mut rows[run.row][run.columns] {
                assert_eq!(*cell, '.', "a pixel was named twice");
                *cell = '#';
            }
        }
        rows.into_iter()
            .map(|row| row.into_iter().collect())
            .collect()
    }

    #[test]
    fn rectangles_end_at_the_edge() {
        let outline = Outline::Rectangle {
            rows: 1..9,
            columns: 2..3,
        };
        assert_eq!(picture(&outline, [4, 3]), ["....", "..#.", "..#."]);
        assert_eq!(picture(&Outline::Everything, [2, 2]), ["##", "##"]);
        let outside = Outline::Rectangle {
            rows: 0..2,
            columns: 7..9,
        };
        assert_eq!(picture(&outside, [4, 2]), ["....", "...."]);
        assert_eq!(Outline::Everything.runs([1, MAX_RUNS + 1]), None);
    }

    #[test]
    fn a_polygon_holds_the_centres_inside() {
        let triangle = Outline::Polygon(vec![[0.5, 0.5], [5.4, 0.5], [0.5, 5.4]]);
        assert_eq!(
            picture(&triangle, [6, 5]),
            ["......", ".####.", ".###..", ".##...", ".#...."]
        );
        // Even-odd: where a star crosses itself there is a hole.
        let ring = vec![
            [-0.5, -0.5],
            [4.5, -0.5],
            [4.5, 4.5],
            [-0.5, 4.5],
            [-0.5, -0.5],
        ];
        let hole = vec![[1.5, 1.5], [2.5, 1.5], [2.5, 2.5], [1.5, 2.5], [1.5, 1.5]];
        let both = Outline::Polygon([ring, hole].concat());
        assert_eq!(
            picture(&both, [5, 5]),
            ["#####", "#####", "##.##", "#####", "#####"]
        );
        for corners in [vec![], vec![[1.0, 1.0]], vec![[0.0, 0.0], [f64::NAN, 3.0]]] {
            assert!(
                picture(&Outline::Polygon(corners), [3, 3])
                    .concat()
                    .contains('.')
            );
        }
    }

    #[test]
    fn a_brush_is_round() {
        let dab = |size| Outline::Stroke {
            points: vec![[2.0, 2.0]],
            size,
        };
        assert_eq!(picture(&dab(1.0), [5, 5])[2], "..#..");
        assert_eq!(picture(&dab(0.0), [5, 5]).concat().matches('#').count(), 1);
        assert_eq!(
            picture(&dab(3.0), [5, 5]),
            [".....", ".###.", ".###.", ".###.", "....."]
        );
        assert_eq!(
            picture(&dab(4.9), [5, 5]),
            [".###.", "#####", "#####", "#####", ".###."]
        );
    }

    #[test]
    fn a_thin_stroke_has_no_gaps() {
        for to in [
            [10.0, 3.0],
            [3.0, 10.0],
            [10.0, 10.0],
            [10.0, 0.0],
            [0.0, 10.0],
        ] {
            let stroke = Outline::Stroke {
                points: vec![[0.0, 0.0], to],
                size: 1.0,
            };
            let rows = picture(&stroke, [11, 11]);
            let is_set = |x: i32, y: i32| {
                let row = usize::try_from(y).ok().and_then(|y| rows.get(y));
                let cell = row
                    .zip(usize::try_from(x).ok())
                    .and_then(|(row, x)| row.as_bytes().get(x));
                cell == Some(&b'#')
            };
            // From the start one can walk to the end from neighbour to neighbour.
            let mut reached = vec![(0, 0)];
            let mut at = 0;
            while let Some(&(x, y)) = reached.get(at) {
                at += 1;
                for (dx, dy) in (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (dx, dy))) {
                    let next = (x + dx, y + dy);
                    if is_set(next.0, next.1) && !reached.contains(&next) {
                        reached.push(next);
                    }
                }
            }
            assert!(
                reached.contains(&(to[0] as i32, to[1] as i32)),
                "{to:?}: {rows:#?}"
            );
        }
    }

    proptest! {
        /// A pixel is painted if and only if its centre is no farther from the way than the radius.
        #[test]
        fn strokes_are_what_is_near(
            points in prop::collection::vec([-3.0..15.0_f64, -3.0..12.0_f64], 1..5),
            size in 1.0..7.0_f64,
        ) {
            let rows = picture(&Outline::Stroke { points: points.clone(), size }, [12, 9]);
            for (y, row) in rows.iter().enumerate() {
                for (x, cell) in row.bytes().enumerate() {
                    let distance = distance(&points, [x as f64, y as f64]);
                    if (distance - size / 2.0).abs() > 1e-6 {
                        prop_assert_eq!(cell == b'#', distance < size / 2.0, "{} {}", x, y);
                    }
                }
            }
        }
    }

    fn distance(points: &[[f64; 2]], [x, y]: [f64; 2]) -> f64 {
        let to_segment = |a: [f64; 2], b: [f64; 2]| {
            let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
            let length = dx * dx + dy * dy;
            let along = ((x - a[0]) * dx + (y - a[1]) * dy) / length;
            let along = if length > 0.0 {
                along.clamp(0.0, 1.0)
            } else {
                0.0
            };
            (x - a[0] - along * dx).hypot(y - a[1] - along * dy)
        };
        let dabs = points.iter().map(|point| to_segment(*point, *point));
        let lines = points.windows(2).map(|pair| to_segment(pair[0], pair[1]));
        dabs.chain(lines).fold(f64::INFINITY, f64::min)
    }
}
