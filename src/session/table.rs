//! The table of cells: which cell of an array is where, what is selected, and which part is read for the screen.
//!
//! Arithmetic only, in whole rows and columns: with a billion rows a position in points has no precision to scroll by.

use super::view::{ViewState, length};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Blocks that are read snap to so many rows: scrolling by one asks for nothing new.
const ROW_GRID: usize = 64;
/// The same for columns.
const COLUMN_GRID: usize = 16;
/// Rows and columns of a window of which nothing is known yet.
const FIRST_WINDOW: [usize; 2] = [48, 16];
/// No screen shows more rows or columns.
const MAX_WINDOW: [usize; 2] = [512, 256];

/// A place in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct At {
    /// From the top.
    pub row: usize,
    /// From the left.
    pub col: usize,
}

/// How a table is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TableView {
    /// In place of the picture or curve.
    pub is_shown: bool,
    /// Cells have the colours of the picture.
    pub has_colours: bool,
    /// The cell at the top left.
    #[serde(skip)]
    pub first: At,
    /// The selected cell; the end of a range that moves.
    #[serde(skip)]
    pub cursor: At,
    /// The end of the selected range that stays.
    #[serde(skip)]
    pub anchor: At,
}

impl TableView {
    /// Rows and columns of the selected range.
    #[must_use]
    pub fn selected(&self) -> [Range<usize>; 2] {
        let range = |a: usize, b: usize| a.min(b)..a.max(b).saturating_add(1);
        [
            range(self.anchor.row, self.cursor.row),
            range(self.anchor.col, self.cursor.col),
        ]
    }

    /// The nearest one that a table of `size` (rows, columns) allows.
    #[must_use]
    pub fn made_valid_for(mut self, size: [usize; 2]) -> Self {
        for at in [&mut self.first, &mut self.cursor, &mut self.anchor] {
            at.row = at.row.min(size[0].saturating_sub(1));
            at.col = at.col.min(size[1].saturating_sub(1));
        }
        self
    }
}

/// Which axes of an array are the rows and columns of its table. What is missing has a single row or column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TableAxes {
    /// Downwards.
    pub rows: Option<usize>,
    /// To the right.
    pub columns: Option<usize>,
}

impl TableAxes {
    /// Those of the picture; an array of one dimension is one column.
    #[must_use]
    pub fn of(view: &ViewState, dimensions: usize) -> Self {
        match view.axes {
            Some(axes) => Self {
                rows: Some(axes.y),
                columns: Some(axes.x),
            },
            None => Self {
                rows: (dimensions > 0).then_some(0),
                columns: None,
            },
        }
    }

    /// Rows and columns of the table of an array.
    #[must_use]
    pub fn size(self, shape: &[u64]) -> [usize; 2] {
        [self.rows, self.columns].map(|axis| axis.map_or(1, |axis| length(shape, axis)))
    }

    /// The full index of a cell; `others` has the index of each axis that is neither.
    #[must_use]
    pub fn index_of(self, others: &[usize], at: At) -> Vec<usize> {
        let mut index = others.to_vec();
        for (axis, number) in [(self.rows, at.row), (self.columns, at.col)] {
            if let Some(place) = axis.and_then(|axis| index.get_mut(axis)) {
                *place = number;
            }
        }
        index
    }
}

/// The index of each axis that the table does not show; 0 for those it does.
#[must_use]
pub fn other_indices(view: &ViewState, dimensions: usize) -> Vec<usize> {
    let mut index = view.index.clone();
    index.resize(dimensions, 0);
    let band = view.axes.and_then(|axes| axes.band);
    if let Some(place) = band.and_then(|axis| index.get_mut(axis)) {
        *place = view.band;
    }
    index
}

/// The part of a table to read when `window` (rows, columns) of it is on the screen from `first` on.
#[must_use]
pub fn block(first: At, window: Option<[usize; 2]>, size: [usize; 2]) -> [Range<usize>; 2] {
    let window = window.unwrap_or(FIRST_WINDOW);
    [
        snapped(first.row, window[0].min(MAX_WINDOW[0]), size[0], ROW_GRID),
        snapped(
            first.col,
            window[1].min(MAX_WINDOW[1]),
            size[1],
            COLUMN_GRID,
        ),
    ]
}

/// With half a step of the grid as a margin at both ends, so that what comes next by one step is there.
fn snapped(first: usize, count: usize, len: usize, grid: usize) -> Range<usize> {
    let first = first.min(len.saturating_sub(1));
    let start = first.saturating_sub(grid / 2) / grid * grid;
    let end = first.saturating_add(count).saturating_add(grid / 2);
    let end = end.div_ceil(grid).saturating_mul(grid);
    start.min(len)..end.min(len)
}

/// The first of `len` rows after scrolling by some; `count` of them are on the screen.
#[must_use]
pub fn scrolled(first: usize, by: isize, count: usize, len: usize) -> usize {
    first
        .saturating_add_signed(by)
        .min(len.saturating_sub(count.max(1)))
}

/// The first of the rows on the screen that is nearest to `first` and has a certain row on the screen.
#[must_use]
pub fn followed(first: usize, at: usize, count: usize, len: usize) -> usize {
    let count = count.max(1);
    let least = at.saturating_sub(count - 1);
    scrolled(first.clamp(least, at), 0, count, len)
}

/// A way to go to another cell by keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// So many rows and columns.
    By(isize, isize),
    /// The first column.
    RowStart,
    /// The last column.
    RowEnd,
    /// The first cell of all.
    Start,
    /// The last cell of all.
    End,
    /// The first row.
    Top,
    /// The last row.
    Bottom,
}

/// Where a step leads to in a table of `size` (rows, columns).
#[must_use]
pub fn stepped(at: At, step: Step, size: [usize; 2]) -> At {
    let last = At {
        row: size[0].saturating_sub(1),
        col: size[1].saturating_sub(1),
    };
    match step {
        Step::By(rows, columns) => At {
            row: at.row.saturating_add_signed(rows).min(last.row),
            col: at.col.saturating_add_signed(columns).min(last.col),
        },
        Step::RowStart => At { col: 0, ..at },
        Step::RowEnd => At {
            col: last.col,
            ..at
        },
        Step::Top => At { row: 0, ..at },
        Step::Bottom => At {
            row: last.row,
            ..at
        },
        Step::Start => At::default(),
        Step::End => last,
    }
}

/// Lines of cells from text with tabs between them, as spreadsheets copy.
#[must_use]
pub fn parse_tsv(text: &str) -> Vec<Vec<&str>> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let line = |line: &'_ str| line.strip_suffix('\r').unwrap_or(line).len();
    text.split('\n')
        .map(|text| text.get(..line(text)).unwrap_or(text).split('\t').collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BILLION: usize = 1_000_000_000;

    #[test]
    fn scrolling_by_a_row_reads_no_other_block() {
        let at = |row, col| At { row, col };
        let window = Some([40, 10]);
        let size = [BILLION, 50_000];
        let [rows, columns] = block(at(0, 0), window, size);
        assert_eq!((rows, columns), (0..128, 0..32));
        assert_eq!(block(at(1, 1), window, size), block(at(0, 0), window, size));
        let far = block(at(BILLION - 40, 49_990), window, size);
        assert_eq!(far, [999_999_872..BILLION, 49_968..50_000]);
        // What is on the screen is always in the block, and more is there before it is needed.
        for first in (0..500).chain(BILLION - 500..BILLION) {
            let [rows, _] = block(at(first, 0), window, size);
            assert!(rows.start <= first.saturating_sub(30));
            assert!(rows.end >= (first + 70).min(BILLION));
            assert!(rows.len() <= 40 + 3 * ROW_GRID);
        }
    }

    #[test]
    fn blocks_stay_within_the_table_and_within_bounds() {
        let none = At::default();
        assert_eq!(block(none, None, [0, 0]), [0..0, 0..0]);
        assert_eq!(block(none, None, [3, 1]), [0..3, 0..1]);
        let far = At {
            row: usize::MAX,
            col: usize::MAX,
        };
        assert_eq!(block(far, None, [3, 1]), [0..3, 0..1]);
        let [rows, columns] = block(far, Some([usize::MAX; 2]), [usize::MAX; 2]);
        assert!(rows.len() <= MAX_WINDOW[0] + 2 * ROW_GRID && rows.end == usize::MAX);
        assert!(columns.len() <= MAX_WINDOW[1] + 2 * COLUMN_GRID);
    }

    #[test]
    fn a_billion_rows_scroll_one_by_one() {
        let last = BILLION - 40;
        assert_eq!(scrolled(0, BILLION as isize, 40, BILLION), last);
        assert_eq!(scrolled(last, -1, 40, BILLION), last - 1);
        assert_eq!(scrolled(last - 1, 1, 40, BILLION), last);
        assert_eq!(scrolled(5, -9, 40, BILLION), 0);
        assert_eq!(scrolled(5, 9, 40, 20), 0, "all is on the screen");
        assert_eq!(scrolled(0, 0, 0, 0), 0);
    }

    #[test]
    fn the_cursor_stays_on_the_screen() {
        assert_eq!(followed(100, 120, 40, BILLION), 100);
        assert_eq!(followed(100, 99, 40, BILLION), 99);
        assert_eq!(followed(100, 140, 40, BILLION), 101);
        assert_eq!(followed(0, BILLION - 1, 40, BILLION), BILLION - 40);
        assert_eq!(followed(7, 0, 0, 0), 0);
    }

    #[test]
    fn steps_stay_within_the_table() {
        let at = At { row: 5, col: 6 };
        let to = |step| {
            let at = stepped(at, step, [BILLION, 10]);
            (at.row, at.col)
        };
        assert_eq!(to(Step::By(-9, 1)), (0, 7));
        assert_eq!(to(Step::By(isize::MAX, 9)), (BILLION - 1, 9));
        assert_eq!(to(Step::RowStart), (5, 0));
        assert_eq!(to(Step::RowEnd), (5, 9));
        assert_eq!(to(Step::Top), (0, 6));
        assert_eq!(to(Step::Bottom), (BILLION - 1, 6));
        assert_eq!(to(Step::Start), (0, 0));
        assert_eq!(to(Step::End), (BILLION - 1, 9));
        assert_eq!(stepped(at, Step::End, [0, 0]), At::default());
    }

    #[test]
    fn selections_have_both_ends() {
        let view = TableView {
            cursor: At { row: 2, col: 9 },
            anchor: At { row: 5, col: 7 },
            ..TableView::default()
        };
        assert_eq!(view.selected(), [2..6, 7..10]);
        let small = view.made_valid_for([4, 8]);
        assert_eq!(small.selected(), [2..4, 7..8]);
    }

    #[test]
    fn lines_and_tabs_are_rows_and_columns() {
        assert_eq!(parse_tsv("1\t2\r\n3\t4\r\n"), [["1", "2"], ["3", "4"]]);
        assert_eq!(parse_tsv("a b"), [["a b"]]);
        assert_eq!(parse_tsv("\t\n"), [["", ""]]);
        assert_eq!(parse_tsv(""), [[""]]);
    }

    #[test]
    fn indices_go_to_their_axes() {
        let axes = TableAxes {
            rows: Some(2),
            columns: Some(0),
        };
        let at = At { row: 5, col: 6 };
        assert_eq!(axes.index_of(&[0, 7, 0], at), [6, 7, 5]);
        assert_eq!(axes.size(&[3, 4, 5]), [5, 3]);
        let line = TableAxes {
            rows: Some(0),
            columns: None,
        };
        assert_eq!(
            (line.index_of(&[0], at), line.size(&[9])),
            (vec![5], [9, 1])
        );
    }
}
