//! A table of numbers as text. It is read twice: to find out what it holds, and to write that down. Nothing is left out in
//! silence: rows before the first number are headings, gaps become NaN, and what cannot be stored as it stands is refused
//! with its line. There is no preview and no choice here.

use super::cells::{Cells, Next, Separator};
use super::input::Input;
use super::number::{Cell, Mark, Whole};
use super::{Spool, Table, Trouble};
use crate::pickle::text;
use crate::progress::Progress;
use std::path::Path;

/// Longest piece of a cell that a message shows.
const SHOWN: usize = 40;

/// Reads a table; its cells wait on the disk of `container`.
///
/// # Errors
/// What is wrong with it, with the line; or it was cancelled.
pub(super) fn read(file: &Path, container: &Path, progress: &Progress) -> Result<Table, Trouble> {
    let input = Input::open(file)?;
    progress.start(2 * input.len(), 2 * input.len());
    let mut found = Found::default();
    walk(&input, progress, &mut found)?;
    let dtype = found.dtype()?;
    let mut cells = Written {
        spool: Spool::beside(container)?,
        headings: found.headings,
        dtype,
        cells: 0,
    };
    walk(&input, progress, &mut cells)?;
    if cells.cells != found.cells() || !input.is_unchanged()? {
        let why = "it was changed while it was read; try again";
        return Err(Trouble::Wrong(why.to_owned()));
    }
    let shape = match found.columns {
        1 => vec![found.rows],
        columns => vec![found.rows, columns],
    };
    Ok(Table {
        dtype: dtype.text(),
        shape,
        cells: cells.spool.finish()?,
    })
}

/// Who is told of each cell, in the order of the text.
trait Reader {
    fn cell(&mut self, cell: Cell, text: &[u8], line: u64) -> Result<(), Trouble>;
    fn row_end(&mut self, line: u64) -> Result<(), Trouble>;
}

fn walk(input: &Input, progress: &Progress, reader: &mut impl Reader) -> Result<(), Trouble> {
    let mut cells = Cells::new(input.text(progress)?, is_data)?;
    let has_decimal_commas = cells.separator() != Separator::Comma;
    let parse = |text: &[u8]| Cell::parse(text, has_decimal_commas);
    let mut bytes = Vec::new();
    let mut is_note = false;
    let mut is_row = false;
    loop {
        let next = cells.next(&mut bytes)?;
        if next == Next::End {
            return Ok(());
        }
        let note = (!is_note).then(|| note_behind(&bytes, parse)).flatten();
        let text = note.unwrap_or(&bytes);
        if !(is_note || note.is_some_and(<[u8]>::is_empty)) {
            reader.cell(parse(text), text, cells.line())?;
            is_row = true;
        }
        is_note |= note.is_some();
        if next == Next::LastCell {
            if is_row {
                reader.row_end(cells.line())?;
            }
            (is_note, is_row) = (false, false);
        }
    }
}

/// What stands before a note, `12 # good`; `None` where there is none.
fn note_behind(cell: &[u8], parse: impl Fn(&[u8]) -> Cell) -> Option<&[u8]> {
    let at = cell.iter().position(|&byte| byte == b'#')?;
    let before = cell.get(..at)?;
    let value = before.trim_ascii_end();
    let is_number = value.len() < before.len() && !matches!(parse(value), Cell::Text);
    (before.is_empty() || is_number).then_some(value)
}

/// Whether a line, cut like this, has a number and nothing else but gaps.
fn is_data(line: &[u8], separator: Separator) -> bool {
    let has_decimal_commas = separator != Separator::Comma;
    let mut has_number = false;
    let note = line
        .windows(2)
        .position(|pair| pair == b" #" || pair == b"\t#");
    let line = line.get(..note.unwrap_or(line.len())).unwrap_or_default();
    let mut cells = separator.split(line);
    let is_plain = cells.all(|cell| match Cell::parse(cell, has_decimal_commas) {
        Cell::Whole(_) | Cell::Real(..) | Cell::TooLarge => {
            has_number = true;
            true
        }
        Cell::Gap => true,
        Cell::Text => false,
    });
    is_plain && has_number
}

/// The first reading: what there is, and whether it can be stored.
#[derive(Debug, Default)]
struct Found {
    rows: u64,
    columns: u64,
    /// Rows of words before the first number.
    headings: u64,
    row: Row,
    has_reals: bool,
    has_gaps: bool,
    has_negatives: bool,
    above_int64: bool,
    /// The first whole number that would be another one as a float, or does not fit 64 bits.
    inexact: Option<Place>,
    outside: Option<Place>,
    comma: Option<Place>,
    point: Option<Place>,
}

/// The row that is being read.
#[derive(Debug, Default)]
struct Row {
    numbers: u64,
    gaps: u64,
    text: Option<Place>,
}

/// A cell that a message can name.
#[derive(Debug)]
struct Place {
    line: u64,
    text: String,
}

impl Place {
    fn new(line: u64, cell: &[u8]) -> Self {
        let mut text = text::escaped(cell).escape_debug().to_string();
        if let Some((at, _)) = text.char_indices().nth(SHOWN) {
            text.truncate(at);
            text.push('…');
        }
        Self { line, text }
    }
}

fn wrong<T>(why: String) -> Result<T, Trouble> {
    Err(Trouble::Wrong(why))
}

impl Reader for Found {
    fn cell(&mut self, cell: Cell, text: &[u8], line: u64) -> Result<(), Trouble> {
        match cell {
            Cell::Whole(whole) => self.whole(whole, text, line),
            Cell::Real(_, mark) => {
                self.has_reals = true;
                let seen = match mark {
                    Mark::Comma => Some(&mut self.comma),
                    Mark::Point => Some(&mut self.point),
                    Mark::None => None,
                };
                if let Some(seen) = seen {
                    seen.get_or_insert_with(|| Place::new(line, text));
                }
            }
            Cell::Gap => {
                self.row.gaps += 1;
                return Ok(());
            }
            Cell::Text => {
                let place = Place::new(line, text);
                if self.rows > 0 || is_nearly_a_number(text) {
                    return self.no_number(&place);
                }
                self.row.text.get_or_insert(place);
                return Ok(());
            }
            Cell::TooLarge => {
                let Place { line, text } = Place::new(line, text);
                return wrong(format!("line {line}: '{text}' is too large for float64"));
            }
        }
        self.row.numbers += 1;
        Ok(())
    }

    fn row_end(&mut self, line: u64) -> Result<(), Trouble> {
        let Row {
            numbers,
            gaps,
            text,
        } = std::mem::take(&mut self.row);
        match text {
            Some(_) if numbers == 0 => {
                self.headings += 1;
                return Ok(());
            }
            Some(place) => return self.no_number(&place),
            None => {}
        }
        self.has_gaps |= gaps > 0;
        let columns = numbers + gaps;
        if self.rows == 0 {
            self.columns = columns;
        } else if self.columns != columns {
            let (has, before) = (count(columns, "number"), self.columns);
            return wrong(format!(
                "line {line} has {has}, the lines before have {before}"
            ));
        }
        self.rows += 1;
        Ok(())
    }
}

impl Found {
    fn whole(&mut self, whole: Whole, text: &[u8], line: u64) {
        let place = || Place::new(line, text);
        match whole {
            Whole::Exact(int) => {
                self.has_negatives |= int < 0;
                self.above_int64 |= int > i64::MAX.into();
                if int < i64::MIN.into() || int > u64::MAX.into() {
                    self.outside.get_or_insert_with(place);
                }
            }
            Whole::Rounded(_) => {
                self.outside.get_or_insert_with(place);
            }
        }
        if self.inexact.is_none() && whole.exact_float().is_none() {
            self.inexact = Some(place());
        }
    }

    fn no_number(&self, Place { line, text }: &Place) -> Result<(), Trouble> {
        let hint = if text.contains(',') {
            "; decimal commas are read where semicolons, tabs or spaces separate the cells"
        } else if self.rows == 0 {
            "; columns of words have to be left out"
        } else {
            ""
        };
        wrong(format!("line {line}: '{text}' is not a number{hint}"))
    }

    fn cells(&self) -> u64 {
        self.rows.saturating_mul(self.columns)
    }

    /// Ints where all cells are whole, else floats.
    fn dtype(&self) -> Result<DType, Trouble> {
        if self.rows == 0 {
            return wrong("there are no numbers in it".to_owned());
        }
        if let (Some(comma), Some(point)) = (&self.comma, &self.point) {
            return wrong(format!(
                "decimals have a comma on line {} ('{}') and a point on line {} ('{}')",
                comma.line, comma.text, point.line, point.text
            ));
        }
        let is_whole = !self.has_reals && !self.has_gaps;
        let fits = self.outside.is_none() && !(self.has_negatives && self.above_int64);
        match &self.inexact {
            _ if is_whole && fits && self.above_int64 => Ok(DType::Uint64),
            _ if is_whole && fits => Ok(DType::Int64),
            Some(Place { line, text }) => {
                let why = if is_whole {
                    "it does not fit 64 bits beside the others, and as float64 it would be another number"
                } else {
                    "beside decimals or gaps it becomes float64, which would make another number of it"
                };
                wrong(format!(
                    "line {line}: {text} cannot be stored exactly: {why}"
                ))
            }
            None => Ok(DType::Float64),
        }
    }
}

/// Words make a heading; digits that are no number are an error, since a row of them would be lost.
fn is_nearly_a_number(text: &[u8]) -> bool {
    let is_of_numbers = |byte: &u8| byte.is_ascii_digit() || b".,+- '_".contains(byte);
    text.iter().all(is_of_numbers) && text.iter().any(u8::is_ascii_digit)
}

fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// How the cells are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DType {
    Int64,
    Uint64,
    Float64,
}

impl DType {
    fn text(self) -> &'static str {
        match self {
            Self::Int64 => "int64",
            Self::Uint64 => "uint64",
            Self::Float64 => "float64",
        }
    }

    /// Little-endian; `None` for a cell that the first reading did not see.
    fn bytes(self, cell: Cell) -> Option<[u8; 8]> {
        let float = match cell {
            Cell::Whole(Whole::Exact(int)) => match self {
                Self::Int64 => return i64::try_from(int).ok().map(i64::to_le_bytes),
                Self::Uint64 => return u64::try_from(int).ok().map(u64::to_le_bytes),
                Self::Float64 => int as f64,
            },
            Cell::Whole(Whole::Rounded(float)) | Cell::Real(float, _) => float,
            Cell::Gap => f64::NAN,
            Cell::Text | Cell::TooLarge => return None,
        };
        (self == Self::Float64).then(|| float.to_le_bytes())
    }
}

/// The second reading.
#[derive(Debug)]
struct Written {
    spool: Spool,
    /// Rows that are passed over.
    headings: u64,
    dtype: DType,
    cells: u64,
}

impl Reader for Written {
    fn cell(&mut self, cell: Cell, _text: &[u8], line: u64) -> Result<(), Trouble> {
        if self.headings > 0 {
            return Ok(());
        }
        let Some(bytes) = self.dtype.bytes(cell) else {
            return wrong(format!(
                "it was changed while it was read (line {line}); try again"
            ));
        };
        self.cells += 1;
        Ok(self.spool.add(&bytes)?)
    }

    fn row_end(&mut self, _line: u64) -> Result<(), Trouble> {
        self.headings = self.headings.saturating_sub(1);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
