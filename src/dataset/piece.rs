//! Entries that lie close together, read at once: a file of many small values costs few reads.

use crate::mmapdict::Entry;
use crate::source::ByteSource;
use std::io;

/// Entries that are looked at by one worker, one after the other.
pub(super) const ENTRIES: usize = 128;
/// What is worth reading at once: more than this is array data, mostly.
const MAX_BYTES: u64 = 128 << 10;

/// A source of which a piece is in memory.
#[derive(Debug)]
pub(super) struct Piece<'s> {
    source: &'s dyn ByteSource,
    start: u64,
    bytes: Vec<u8>,
}

impl<'s> Piece<'s> {
    /// Reads some entries that follow each other, if they are short; else nothing yet.
    pub(super) fn of(source: &'s dyn ByteSource, entries: &[Entry]) -> Self {
        let start = entries.first().map_or(0, |entry| entry.offset);
        let end = entries.last().map_or(0, |entry| entry.offset + entry.len);
        let len = end.saturating_sub(start);
        let mut bytes = Vec::new();
        if len <= MAX_BYTES {
            bytes.resize(usize::try_from(len).unwrap_or_default(), 0);
            if source.read_at(start, &mut bytes).is_err() {
                // Whoever reads next is told.
                bytes.clear();
            }
        }
        Self {
            source,
            start,
            bytes,
        }
    }
}

impl ByteSource for Piece<'_> {
    fn len(&self) -> u64 {
        self.source.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        match self.held(offset, buffer.len()) {
            Some(bytes) => {
                buffer.copy_from_slice(bytes);
                Ok(())
            }
            None => self.source.read_at(offset, buffer),
        }
    }

    fn held(&self, offset: u64, len: usize) -> Option<&[u8]> {
        let from = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        self.bytes.get(from..from.checked_add(len)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mmapdict::Index;
    use crate::progress::Progress;
    use crate::source::MemorySource;

    #[test]
    fn reads_inside_and_outside_of_the_piece_are_the_same() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/values.mmdpickle");
        let source = MemorySource::new(std::fs::read(file).unwrap());
        let index = Index::read(&source, &Progress::new()).unwrap();
        let piece = Piece::of(&source, &index.entries[2..5]);
        assert!(!piece.bytes.is_empty());
        for (offset, len) in [
            (0, 30),
            (piece.start, 10),
            (piece.start - 5, 20),
            (200, 100),
        ] {
            let (mut a, mut b) = (vec![0; len], vec![1; len]);
            piece.read_at(offset, &mut a).unwrap();
            source.read_at(offset, &mut b).unwrap();
            assert_eq!(a, b, "{offset}");
        }
        assert!(piece.read_at(source.len() - 1, &mut [0; 2]).is_err());
    }
}
