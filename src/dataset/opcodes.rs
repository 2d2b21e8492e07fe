//! The opcodes of a file as rows, from any of them on.
//!
//! The header of a container, each of its entries, and the rest are walked for themselves, so damage in one does not hide
//! the next; anything else is walked as a whole. What cannot be walked is a row, too, that says why. Nothing is evaluated,
//! long arguments are not read, and nothing is kept: a walk needs the same memory for any file.

use crate::mmapdict::Index;
use crate::pickle::scan::Op;
use crate::pickle::{Disassembly, Line, Opcode};
use crate::progress::Progress;
use crate::source::ByteSource;
use std::ops::Range;

/// What of a file is walked for itself: one piece after the other, without gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pieces {
    /// Where pieces begin, and where the last one ends. Never falling.
    bounds: Vec<u64>,
}

impl Pieces {
    /// The header of a container, each of its entries, and the rest; of anything else, the whole.
    #[must_use]
    pub fn of(source: &dyn ByteSource, progress: &Progress) -> Self {
        let len = source.len();
        let Ok(index) = Index::read(source, progress) else {
            return Self::of_range(0..len);
        };
        let begins = index.entries.iter().map(|entry| entry.offset);
        let mut bounds: Vec<u64> = std::iter::once(0).chain(begins).collect();
        bounds.extend([index.end, len]);
        Self { bounds }
    }

    /// One piece: an entry.
    #[must_use]
    pub fn of_range(range: Range<u64>) -> Self {
        Self {
            bounds: vec![range.start, range.end],
        }
    }

    /// From the first byte to behind the last one.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        let first = self.bounds.first().copied().unwrap_or_default();
        first..self.bounds.last().copied().unwrap_or(first)
    }

    fn get(&self, piece: usize) -> Option<Range<u64>> {
        Some(*self.bounds.get(piece)?..*self.bounds.get(piece + 1)?)
    }
}

/// Where a row is. In the order of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Position in the file.
    pub offset: u64,
    /// It is the row about bytes behind STOP, which are not walked.
    is_left_over: bool,
}

/// One step of a walk.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// From here a walk can go on with this step.
    pub place: Place,
    found: Found,
}

#[derive(Debug, Clone, PartialEq)]
enum Found {
    Op(Op),
    Fault(String),
}

impl Step {
    /// What is wrong, if it is no opcode.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        match &self.found {
            Found::Op(_) => None,
            Found::Fault(why) => Some(why),
        }
    }
}

/// A row to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// An opcode.
    Op(Line),
    /// What cannot be walked from a byte on, and why.
    Fault(u64, String),
}

/// See the module.
#[derive(Debug)]
pub struct OpcodeWalk<'s> {
    source: &'s dyn ByteSource,
    pieces: &'s Pieces,
    piece: usize,
    lines: Disassembly<'s>,
    /// Bytes behind a STOP.
    left_over: Option<Range<u64>>,
    shown: Option<u64>,
}

impl<'s> OpcodeWalk<'s> {
    /// From the first byte on.
    #[must_use]
    pub fn new(source: &'s dyn ByteSource, pieces: &'s Pieces) -> Self {
        let start = pieces.range().start;
        let place = Place {
            offset: start,
            is_left_over: false,
        };
        Self::from(source, pieces, place)
    }

    /// From a row on that another walk of the same pieces came by.
    #[must_use]
    pub fn from(source: &'s dyn ByteSource, pieces: &'s Pieces, place: Place) -> Self {
        let piece = pieces
            .bounds
            .partition_point(|bound| *bound <= place.offset)
            .saturating_sub(1);
        let range = pieces.get(piece).unwrap_or(place.offset..place.offset);
        Self {
            source,
            pieces,
            piece,
            lines: Disassembly::new(source, place.offset, range.end),
            left_over: place.is_left_over.then_some(place.offset..range.end),
            shown: None,
        }
    }

    /// Cuts arguments after so many bytes.
    #[must_use]
    pub fn showing(mut self, bytes: u64) -> Self {
        self.shown = Some(bytes);
        self.lines = self.lines.showing(bytes);
        self
    }

    /// The next row, without its text.
    pub fn next_step(&mut self) -> Option<Step> {
        if let Some(Range { start, end }) = self.left_over.take() {
            self.next_piece();
            let why = format!("{} bytes behind STOP are not listed", end - start);
            return Some(fault(start, true, why));
        }
        loop {
            match self.lines.next_op() {
                Some(Ok(op)) => {
                    let end = self.pieces.get(self.piece).map_or(0, |range| range.end);
                    let left = self.lines.position()..end;
                    self.left_over =
                        (op.opcode == Opcode::Stop && !left.is_empty()).then_some(left);
                    return Some(Step {
                        place: Place {
                            offset: op.offset,
                            is_left_over: false,
                        },
                        found: Found::Op(op),
                    });
                }
                Some(Err(err)) => {
                    self.next_piece();
                    return Some(fault(err.offset, false, err.kind.to_string()));
                }
                None => {
                    self.pieces.get(self.piece + 1)?;
                    self.next_piece();
                }
            }
        }
    }

    /// The text of a step of this walk.
    pub fn row(&mut self, step: Step) -> Row {
        match step.found {
            Found::Op(op) => match self.lines.line(&op) {
                Ok(line) => Row::Op(line),
                Err(err) => Row::Fault(op.offset, err.kind.to_string()),
            },
            Found::Fault(why) => Row::Fault(step.place.offset, why),
        }
    }

    fn next_piece(&mut self) {
        self.piece += 1;
        let range = self.pieces.get(self.piece);
        let range = range.unwrap_or_else(|| {
            let end = self.pieces.range().end;
            end..end
        });
        let lines = Disassembly::new(self.source, range.start, range.end);
        self.lines = match self.shown {
            Some(bytes) => lines.showing(bytes),
            None => lines,
        };
    }
}

fn fault(offset: u64, is_left_over: bool, why: String) -> Step {
    Step {
        place: Place {
            offset,
            is_left_over,
        },
        found: Found::Fault(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemorySource;

    fn rows(source: &MemorySource, pieces: &Pieces, from: Option<Place>) -> Vec<(Place, String)> {
        let mut walk = match from {
            Some(place) => OpcodeWalk::from(source, pieces, place),
            None => OpcodeWalk::new(source, pieces),
        };
        let mut rows = Vec::new();
        while let Some(step) = walk.next_step() {
            let place = step.place;
            rows.push((
                place,
                match walk.row(step) {
                    Row::Op(line) => line.opcode.name().to_owned(),
                    Row::Fault(offset, why) => format!("{offset}: {why}"),
                },
            ));
        }
        rows
    }

    #[test]
    fn pieces_are_walked_for_themselves() {
        // The second piece is no pickle; the third one ends early.
        let source = MemorySource::new(b"NN\xfe\xfeN..K\x01".to_vec());
        let pieces = Pieces {
            bounds: vec![0, 2, 4, 4, 7, 9],
        };
        let all = rows(&source, &pieces, None);
        let texts: Vec<&str> = all.iter().map(|(_, text)| text.as_str()).collect();
        let expected = [
            "NONE",
            "NONE",
            "2: byte 0xfe is not a pickle opcode",
            "NONE",
            "STOP",
            "6: 1 bytes behind STOP are not listed",
            "BININT1",
        ];
        assert_eq!(texts, expected);
        assert!(all.is_sorted_by_key(|(place, _)| *place));
        for (number, (place, _)) in all.iter().enumerate() {
            let rest = rows(&source, &pieces, Some(*place));
            assert_eq!(rest, all[number..], "from row {number} on");
        }
    }

    #[test]
    fn what_is_no_container_is_one_piece() {
        let source = MemorySource::new(b"N.".to_vec());
        let pieces = Pieces::of(&source, &Progress::new());
        assert_eq!(pieces, Pieces::of_range(0..2));
        let empty = MemorySource::new(Vec::new());
        let pieces = Pieces::of(&empty, &Progress::new());
        assert!(rows(&empty, &pieces, None).is_empty());
    }
}
