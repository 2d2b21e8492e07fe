//! Reading the rows of an opcode listing: those on the screen, the one of a byte, the next one with a text. Runs in jobs.

use super::index::OpcodeIndex;
use crate::dataset::opcodes::{OpcodeWalk, Place, Row, Step};
use crate::progress::{Cancelled, Progress};
use crate::source::ByteSource;
use std::ops::Range;

/// Arguments are listed up to so many bytes.
const LISTED: u64 = 240;
/// Arguments are searched up to so many bytes.
pub const SEARCHED: u64 = 4096;
/// Rows between two looks whether to go on.
const LOOK: u64 = 1024;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpcodeRow {
    /// Position in the file.
    pub offset: u64,
    /// Name of the opcode; of a fault, nothing.
    pub name: &'static str,
    /// Its argument, long ones cut; or what is wrong.
    pub text: String,
    /// It is no opcode: the text says what is wrong at this byte.
    pub is_fault: bool,
}

/// Rows one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpcodeBlock {
    /// The first one's number.
    pub first: u64,
    /// The rows.
    pub rows: Vec<OpcodeRow>,
}

impl OpcodeBlock {
    /// A row by its number.
    #[must_use]
    pub fn row(&self, row: u64) -> Option<&OpcodeRow> {
        let place = usize::try_from(row.checked_sub(self.first)?).ok()?;
        self.rows.get(place)
    }
}

/// What a search came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundRow {
    /// The row.
    pub row: u64,
    /// It went on at the other end of the file.
    pub is_around: bool,
}

/// Rows of a range, fewer at the end of the file.
pub(super) fn block(
    source: &dyn ByteSource,
    index: &OpcodeIndex,
    rows: &Range<u64>,
    progress: &Progress,
) -> Result<OpcodeBlock, Cancelled> {
    let mut block = OpcodeBlock {
        first: rows.start,
        rows: Vec::new(),
    };
    let Some((first, place)) = index.before_row(rows.start) else {
        return Ok(block);
    };
    let mut walk = OpcodeWalk::from(source, index.pieces(), place).showing(LISTED);
    for row in first..rows.end {
        if row % LOOK == 0 {
            progress.check()?;
        }
        let Some(step) = walk.next_step() else { break };
        if row >= rows.start {
            block.rows.push(listed(walk.row(step)));
        }
    }
    Ok(block)
}

fn listed(row: Row) -> OpcodeRow {
    match row {
        Row::Op(line) => OpcodeRow {
            offset: line.offset,
            name: line.opcode.name(),
            text: line.argument.unwrap_or_default(),
            is_fault: false,
        },
        Row::Fault(offset, text) => OpcodeRow {
            offset,
            name: "",
            text,
            is_fault: true,
        },
    }
}

/// The row that a byte belongs to: the last one that begins at or before it.
pub(super) fn row_of_byte(
    source: &dyn ByteSource,
    index: &OpcodeIndex,
    offset: u64,
    progress: &Progress,
) -> Result<u64, Cancelled> {
    let Some((mut row, place)) = index.before_byte(offset) else {
        return Ok(0);
    };
    let mut walk = OpcodeWalk::from(source, index.pieces(), place);
    walk.next_step();
    while let Some(step) = walk.next_step() {
        if step.place.offset > offset {
            break;
        }
        row += 1;
        if row % LOOK == 0 {
            progress.check()?;
        }
    }
    Ok(row)
}

/// A text, to be found in names and arguments whatever the case.
struct Needle(String);

impl Needle {
    fn is_in(&self, walk: &mut OpcodeWalk<'_>, step: Step) -> bool {
        match walk.row(step) {
            Row::Fault(_, why) => why.to_lowercase().contains(&self.0),
            Row::Op(line) => match line.argument {
                None => line.opcode.name().to_lowercase().contains(&self.0),
                Some(argument) => {
                    let text = format!("{} {argument}", line.opcode.name());
                    text.to_lowercase().contains(&self.0)
                }
            },
        }
    }
}

/// The next row with a text behind a row, or the one before it; from the other end on, if there is none.
pub(super) fn find(
    source: &dyn ByteSource,
    index: &OpcodeIndex,
    (text, from, backwards): (&str, u64, bool),
    progress: &Progress,
) -> Result<Option<FoundRow>, Cancelled> {
    let needle = Needle(text.to_lowercase());
    let range = index.pieces().range();
    progress.set_total(range.end - range.start);
    let search = Search {
        source,
        index,
        needle,
        progress,
    };
    let found = |row: Option<u64>, is_around| row.map(|row| FoundRow { row, is_around });
    if backwards {
        if let Some(row) = search.last(0..from)? {
            return Ok(found(Some(row), false));
        }
        return Ok(found(search.last(from..index.rows())?, true));
    }
    if let Some(row) = search.first(from.saturating_add(1)..u64::MAX)? {
        return Ok(found(Some(row), false));
    }
    Ok(found(search.first(0..from.saturating_add(1))?, true))
}

struct Search<'s> {
    source: &'s dyn ByteSource,
    index: &'s OpcodeIndex,
    needle: Needle,
    progress: &'s Progress,
}

impl Search<'_> {
    fn first(&self, rows: Range<u64>) -> Result<Option<u64>, Cancelled> {
        let Some(from) = self.index.before_row(rows.start) else {
            return Ok(None);
        };
        let mut found = None;
        self.each(from, rows, |row| {
            found = Some(row);
            false
        })?;
        Ok(found)
    }

    /// From place to place of the index, the last one first.
    fn last(&self, rows: Range<u64>) -> Result<Option<u64>, Cancelled> {
        let mut end = rows.end;
        while end > rows.start {
            let Some(from) = self.index.before_row(end - 1) else {
                break;
            };
            let mut found = None;
            self.each(from, rows.start.max(from.0)..end, |row| {
                found = Some(row);
                true
            })?;
            if found.is_some() {
                return Ok(found);
            }
            end = from.0;
        }
        Ok(None)
    }

    /// Calls for each row of a range with the text, until told to stop.
    fn each(
        &self,
        (first, place): (u64, Place),
        rows: Range<u64>,
        mut call: impl FnMut(u64) -> bool,
    ) -> Result<(), Cancelled> {
        let walk = OpcodeWalk::from(self.source, self.index.pieces(), place);
        let mut walk = walk.showing(SEARCHED);
        let mut at = place.offset;
        let mut row = first;
        while row < rows.end {
            let Some(step) = walk.next_step() else { break };
            if row % LOOK == 0 {
                self.progress.check()?;
                self.progress.add(step.place.offset.saturating_sub(at));
                at = step.place.offset;
            }
            if row >= rows.start && self.needle.is_in(&mut walk, step) && !call(row) {
                break;
            }
            row += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::opcodes::Pieces;
    use crate::source::MemorySource;
    use std::time::Duration;

    /// `K n` for each n below 200, ten times; then a text, `NONE`, and a fault.
    fn file() -> (MemorySource, OpcodeIndex) {
        let mut bytes: Vec<u8> = (0..2000_u32)
            .flat_map(|n| [b'K', (n % 200) as u8])
            .collect();
        bytes.extend(b"\x8c\x05HelloN\xfe");
        let source = MemorySource::new(bytes);
        let mut index = OpcodeIndex::new(&source, Pieces::of(&source, &Progress::new()));
        let time = Duration::from_secs(60);
        index.extend(&source, time, &Progress::new()).unwrap();
        (source, index)
    }

    #[test]
    fn a_block_has_the_rows_that_were_asked_for() {
        let (source, index) = file();
        let read = |rows| block(&source, &index, &rows, &Progress::new()).unwrap();
        let middle = read(1000..1003);
        let row = middle.row(1001).unwrap();
        assert_eq!(
            (row.offset, row.name, row.text.as_str()),
            (2002, "BININT1", "1")
        );
        assert!(middle.row(999).is_none() && middle.row(1003).is_none());
        let end = read(2000..9000);
        assert_eq!(end.rows.len(), 3);
        assert_eq!(end.rows[0].text, "'Hello'");
        assert!(end.rows[2].is_fault && end.rows[2].text.contains("0xfe"));
        assert!(read(5000..5010).rows.is_empty());
    }

    #[test]
    fn a_byte_belongs_to_the_row_that_begins_before_it() {
        let (source, index) = file();
        let row = |offset| row_of_byte(&source, &index, offset, &Progress::new()).unwrap();
        assert_eq!((row(0), row(1), row(2), row(2001)), (0, 0, 1, 1000));
        assert_eq!((row(4000), row(4003), row(4007)), (2000, 2000, 2001));
        assert_eq!(row(u64::MAX), 2002);
    }

    #[test]
    fn texts_are_found_forwards_and_backwards_and_around() {
        let (source, index) = file();
        let find = |text: &str, from, backwards| {
            let what = (text, from, backwards);
            let found = find(&source, &index, what, &Progress::new()).unwrap();
            found.map(|found| (found.row, found.is_around))
        };
        assert_eq!(find("hello", 0, false), Some((2000, false)));
        assert_eq!(find("none", 0, false), Some((2001, false)));
        assert_eq!(find("bad opcode", 0, false), None);
        assert_eq!(find("not a pickle opcode", 0, false), Some((2002, false)));
        assert_eq!(find("binint1 150", 0, false), Some((150, false)));
        assert_eq!(find("binint1 150", 150, false), Some((350, false)));
        assert_eq!(find("binint1 150", 1950, false), Some((150, true)));
        assert_eq!(find("binint1 150", 350, true), Some((150, false)));
        assert_eq!(find("binint1 150", 150, true), Some((1950, true)));
        assert_eq!(find("hello", 2000, false), Some((2000, true)));
        assert_eq!(find("hello", 2000, true), Some((2000, true)));
    }
}
