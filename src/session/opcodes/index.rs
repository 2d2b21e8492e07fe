//! Where the rows of an opcode listing are: the place of every n-th one, found by walking the file once.
//!
//! The walk is done in stretches, so that the first rows are there at once. There are never more than [`MAX_MARKS`] places:
//! when there would be, every second one goes and n doubles. So the memory is bounded, and what has to be walked to get to
//! any row is little.

use crate::dataset::opcodes::{OpcodeWalk, Pieces, Place};
use crate::progress::{Cancelled, Progress};
use crate::source::ByteSource;
use std::time::{Duration, Instant};

/// More places are not kept.
const MAX_MARKS: usize = 1 << 16;
/// Rows between places at first.
const FIRST_STRIDE: u64 = 64;
/// Rows between two looks at the clock.
const LOOK: u64 = 1024;

/// See the module.
#[derive(Debug, Clone)]
pub struct OpcodeIndex {
    pieces: Pieces,
    stride: u64,
    /// Of the rows `0`, `stride`, `2 · stride`, …
    marks: Vec<Place>,
    rows: u64,
    /// The first row that is not counted; `None` when all are.
    next: Option<Place>,
    /// Bytes that were walked.
    position: u64,
    first_fault: Option<(u64, String)>,
}

impl OpcodeIndex {
    /// Nothing is walked yet.
    #[must_use]
    pub fn new(source: &dyn ByteSource, pieces: Pieces) -> Self {
        let next = OpcodeWalk::new(source, &pieces).next_step();
        Self {
            stride: FIRST_STRIDE,
            marks: Vec::new(),
            rows: 0,
            next: next.map(|step| step.place),
            position: pieces.range().start,
            first_fault: None,
            pieces,
        }
    }

    /// What is walked.
    #[must_use]
    pub fn pieces(&self) -> &Pieces {
        &self.pieces
    }

    /// Rows that are known.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether these are all.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.next.is_none()
    }

    /// Whether the row that a byte belongs to is known, or that there is none.
    #[must_use]
    pub fn reaches(&self, offset: u64) -> bool {
        self.next.is_none_or(|next| next.offset > offset)
    }

    /// Share of the bytes that were walked.
    #[must_use]
    pub fn fraction(&self) -> f64 {
        let range = self.pieces.range();
        let (done, all) = (
            self.position.saturating_sub(range.start),
            range.end.saturating_sub(range.start),
        );
        if self.is_complete() || all == 0 {
            return 1.0;
        }
        done as f64 / all as f64
    }

    /// The first row that says that something cannot be walked: its byte, and why.
    #[must_use]
    pub fn first_fault(&self) -> Option<(u64, &str)> {
        let (offset, why) = self.first_fault.as_ref()?;
        Some((*offset, why))
    }

    /// The nearest known place at or before a row, and its row.
    #[must_use]
    pub fn before_row(&self, row: u64) -> Option<(u64, Place)> {
        let number = usize::try_from(row / self.stride).unwrap_or(usize::MAX);
        self.mark(number.min(self.marks.len().checked_sub(1)?))
    }

    /// The nearest known place at or before a byte, and its row.
    #[must_use]
    pub fn before_byte(&self, offset: u64) -> Option<(u64, Place)> {
        let behind = (self.marks).partition_point(|mark| mark.offset <= offset);
        self.mark(behind.saturating_sub(1))
    }

    fn mark(&self, number: usize) -> Option<(u64, Place)> {
        let place = *self.marks.get(number)?;
        Some((number as u64 * self.stride, place))
    }

    /// Walks on for some time.
    ///
    /// # Errors
    /// Cancelled.
    pub fn extend(
        &mut self,
        source: &dyn ByteSource,
        time: Duration,
        progress: &Progress,
    ) -> Result<(), Cancelled> {
        let Some(next) = self.next else { return Ok(()) };
        let since = Instant::now();
        let pieces = self.pieces.clone();
        let mut walk = OpcodeWalk::from(source, &pieces, next);
        let mut count = 0;
        while let Some(step) = walk.next_step() {
            count += 1;
            if count % LOOK == 0 {
                progress.check()?;
                if since.elapsed() > time {
                    self.next = Some(step.place);
                    return Ok(());
                }
            }
            self.push(step.place);
            if let Some(why) = step.fault().filter(|_| self.first_fault.is_none()) {
                self.first_fault = Some((step.place.offset, why.to_owned()));
            }
        }
        self.next = None;
        Ok(())
    }

    fn push(&mut self, place: Place) {
        if self.rows.is_multiple_of(self.stride) {
            if self.marks.len() >= MAX_MARKS {
                let mut number = 0;
                self.marks.retain(|_| {
                    number += 1;
                    number % 2 == 1
                });
                self.stride *= 2;
            }
            if self.rows.is_multiple_of(self.stride) {
                self.marks.push(place);
            }
        }
        self.position = place.offset;
        self.rows += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemorySource;

    fn complete(source: &MemorySource, time: Duration) -> (OpcodeIndex, usize) {
        let pieces = Pieces::of(source, &Progress::new());
        let mut index = OpcodeIndex::new(source, pieces);
        let mut stretches = 0;
        while !index.is_complete() {
            index.extend(source, time, &Progress::new()).unwrap();
            stretches += 1;
        }
        (index, stretches)
    }

    /// The place of a row, by walking from the mark before it.
    fn offset_of(index: &OpcodeIndex, source: &MemorySource, row: u64) -> u64 {
        let (first, place) = index.before_row(row).unwrap();
        assert!(first <= row && row - first < index.stride, "{first} {row}");
        let mut walk = OpcodeWalk::from(source, index.pieces(), place);
        for _ in first..row {
            walk.next_step().unwrap();
        }
        walk.next_step().unwrap().place.offset
    }

    #[test]
    fn stretches_come_to_the_same_as_one_walk() {
        // Two bytes for each opcode but the last.
        let mut bytes = b"K\x01".repeat(10_000);
        bytes.push(b'.');
        let source = MemorySource::new(bytes);
        let (whole, one) = complete(&source, Duration::from_secs(60));
        let (parts, many) = complete(&source, Duration::ZERO);
        assert!(one == 1 && many > 5, "{one} {many}");
        assert_eq!((whole.rows(), parts.rows()), (10_001, 10_001));
        assert_eq!(whole.marks, parts.marks);
        for row in [0, 1, 63, 64, 5000, 9999, 10_000] {
            assert_eq!(offset_of(&parts, &source, row), row * 2);
        }
        assert_eq!(parts.before_byte(2 * 64 + 1).map(|(row, _)| row), Some(64));
        assert!((parts.fraction() - 1.0).abs() < 1e-9 && parts.first_fault().is_none());
    }

    #[test]
    fn the_number_of_places_is_bounded() {
        let count = MAX_MARKS as u64 * FIRST_STRIDE * 2 + 77;
        let source = MemorySource::new(vec![b'N'; usize::try_from(count).unwrap()]);
        let (index, _) = complete(&source, Duration::from_secs(60));
        assert_eq!(index.rows(), count);
        assert!(index.marks.len() <= MAX_MARKS && index.stride > FIRST_STRIDE);
        for row in [0, count / 3, count - 1] {
            assert_eq!(offset_of(&index, &source, row), row);
        }
    }

    #[test]
    fn a_fault_is_a_row_and_is_told() {
        let source = MemorySource::new(b"NN\xfeNN".to_vec());
        let (index, _) = complete(&source, Duration::from_secs(60));
        assert_eq!(index.rows(), 3);
        assert_eq!(
            index.first_fault(),
            Some((2, "byte 0xfe is not a pickle opcode"))
        );
    }

    #[test]
    fn it_can_be_cancelled() {
        let source = MemorySource::new(vec![b'N'; 100_000]);
        let mut index = OpcodeIndex::new(&source, Pieces::of(&source, &Progress::new()));
        let progress = Progress::new();
        progress.cancel();
        let result = index.extend(&source, Duration::from_secs(60), &progress);
        assert_eq!(result, Err(Cancelled));
    }
}
