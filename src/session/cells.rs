//! Cells for the table, read as they are: what determines a block of them, and the jobs that read and copy.

use super::cut::Subject;
use super::feed::Spec;
use super::table::{At, TableAxes};
use super::tasks::{self, TaskError};
use crate::array::{AnyCell, Cells, Scalar};
use crate::dataset::Dataset;
use crate::progress::Progress;
use std::fmt::Write as _;
use std::ops::Range;

/// So many cells are copied at most.
pub const MAX_COPIED_CELLS: usize = 1_000_000;
/// Text on the clipboard at most.
const MAX_COPIED_BYTES: usize = 256 << 20;
/// No column shows more characters of a cell.
const MAX_TEXT: usize = 400;
/// Of longer cells, only the length is told.
const MAX_CELL_BYTES: u64 = 1 << 20;
/// Items of a small array inside of a cell.
const MAX_ITEMS: usize = 64;

/// A block of cells.
#[derive(Debug, Clone, PartialEq)]
pub struct CellsSpec {
    /// The array.
    pub subject: Subject,
    /// What the rows and columns are.
    pub axes: TableAxes,
    /// The index of each axis that is neither.
    pub others: Vec<usize>,
    /// Rows.
    pub rows: Range<usize>,
    /// Columns.
    pub columns: Range<usize>,
}

impl Spec for CellsSpec {
    /// Another part of the same table, or the same at another revision; never cells of another band.
    fn may_stand_in(&self, wanted: &Self) -> bool {
        self.subject.key == wanted.subject.key
            && self.axes == wanted.axes
            && self.others == wanted.others
    }
}

impl CellsSpec {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rows.len().saturating_mul(self.columns.len())
    }
}

/// One cell, to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct TableCell {
    /// As NumPy prints it; shortened if it is very long.
    pub text: String,
    /// `text` is not all of it.
    pub is_cut: bool,
    /// The mask hides it.
    pub masked: bool,
    /// For its colour; `None` where it is no number.
    pub number: Option<f64>,
}

/// Cells that were read.
#[derive(Debug, Clone, PartialEq)]
pub struct CellBlock {
    rows: Range<usize>,
    columns: Range<usize>,
    /// Row by row.
    cells: Vec<TableCell>,
}

impl CellBlock {
    /// A cell, if it is in the block.
    #[must_use]
    pub fn get(&self, At { row, col }: At) -> Option<&TableCell> {
        if !self.rows.contains(&row) || !self.columns.contains(&col) {
            return None;
        }
        let number = (row - self.rows.start) * self.columns.len() + (col - self.columns.start);
        self.cells.get(number)
    }

    /// Characters of the longest cell.
    #[must_use]
    pub fn longest(&self) -> usize {
        let lengths = self.cells.iter().map(|cell| cell.text.chars().count());
        lengths.max().unwrap_or(0)
    }
}

/// Reads a block.
pub(super) fn read(
    dataset: &Dataset,
    spec: &CellsSpec,
    progress: &Progress,
) -> Result<CellBlock, TaskError> {
    let item = tasks::item_of(dataset, &spec.subject)?;
    let array = dataset.cells(item)?;
    let itemsize = (item.layout()).and_then(|layout| layout.dtype.itemsize());
    let too_long = itemsize.filter(|size| *size > MAX_CELL_BYTES);
    let mut cells = Vec::new();
    for row in spec.rows.clone() {
        progress.check()?;
        for col in spec.columns.clone() {
            let index = spec.axes.index_of(&spec.others, At { row, col });
            cells.push(match too_long {
                Some(size) => TableCell {
                    text: format!("{size} bytes"),
                    is_cut: true,
                    masked: false,
                    number: None,
                },
                None => table_cell(&whole_cell(&array, &index)?),
            });
        }
    }
    Ok(CellBlock {
        rows: spec.rows.clone(),
        columns: spec.columns.clone(),
        cells,
    })
}

/// Text of cells, with tabs between columns and a line for each row: what pasting it writes again.
pub(super) fn copy(
    dataset: &Dataset,
    spec: &CellsSpec,
    progress: &Progress,
) -> Result<String, TaskError> {
    let array = dataset.cells(tasks::item_of(dataset, &spec.subject)?)?;
    progress.set_total(spec.rows.len() as u64);
    let mut text = String::new();
    for row in spec.rows.clone() {
        progress.check()?;
        for col in spec.columns.clone() {
            if col > spec.columns.start {
                text.push('\t');
            }
            let index = spec.axes.index_of(&spec.others, At { row, col });
            let cell = whole_cell(&array, &index)?;
            if cell.masked {
                text.push_str("--");
            } else {
                text.push_str(&cell.value.plain_text());
            }
            if text.len() > MAX_COPIED_BYTES {
                return Err(TaskError::TooLarge(
                    "this is more text than the clipboard should hold; select fewer cells",
                ));
            }
        }
        // A single cell is most often pasted into other text.
        if spec.count() > 1 {
            text.push('\n');
        }
        progress.add(1);
    }
    Ok(text)
}

/// The cell at an index; with the small array in it, if that is what a cell is.
fn whole_cell(array: &Cells, index: &[usize]) -> Result<AnyCell, TaskError> {
    let Some(len) = array.shape().get(index.len()).copied() else {
        return Ok(array.cell(index)?);
    };
    let mut items = Vec::new();
    let mut masked = len > 0;
    for number in 0..len.min(MAX_ITEMS) {
        let mut inner = index.to_vec();
        inner.push(number);
        let cell = whole_cell(array, &inner)?;
        masked &= cell.masked;
        items.push(match cell.masked {
            true => Scalar::Masked(Box::new(cell.value)),
            false => cell.value,
        });
    }
    Ok(AnyCell {
        value: Scalar::List(items),
        masked,
    })
}

fn table_cell(cell: &AnyCell) -> TableCell {
    let mut text = Short::default();
    // It ends early where the text is long enough.
    let is_cut = write!(text, "{}", cell.value).is_err();
    let number = match &cell.value {
        Scalar::Number(element) => Some(element.to_f64()),
        _ => None,
    };
    TableCell {
        text: text.text,
        is_cut,
        masked: cell.masked,
        number: number.filter(|number| number.is_finite() && !cell.masked),
    }
}

/// Takes text until it is long enough.
#[derive(Default)]
struct Short {
    text: String,
    len: usize,
}

impl std::fmt::Write for Short {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for c in text.chars() {
            if self.len == MAX_TEXT {
                self.text.push('…');
                return Err(std::fmt::Error);
            }
            self.text.push(c);
            self.len += 1;
        }
        Ok(())
    }
}
