//! Which bytes are read of a source: for tests of what may be read at all.

use super::ByteSource;
use std::io;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// A source that keeps account of each read.
#[derive(Debug)]
pub struct Meter<'s> {
    source: &'s dyn ByteSource,
    reads: Mutex<Vec<Range<u64>>>,
}

impl<'s> Meter<'s> {
    /// Nothing read yet.
    #[must_use]
    pub fn new(source: &'s dyn ByteSource) -> Self {
        Self {
            source,
            reads: Mutex::new(Vec::new()),
        }
    }

    /// Bytes that were asked for inside a range, those read twice counted twice.
    #[must_use]
    pub fn bytes_read(&self, within: Range<u64>) -> u64 {
        let reads = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        (reads.iter())
            .map(|read| (read.end.min(within.end)).saturating_sub(read.start.max(within.start)))
            .sum()
    }
}

impl ByteSource for Meter<'_> {
    fn len(&self) -> u64 {
        self.source.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let end = offset.saturating_add(buffer.len() as u64);
        let mut reads = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        reads.push(offset..end);
        drop(reads);
        self.source.read_at(offset, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemorySource;

    #[test]
    fn overlapping_reads_all_count() {
        let source = MemorySource::new(vec![0; 100]);
        let meter = Meter::new(&source);
        meter.read_at(10, &mut [0; 20]).unwrap();
        meter.read_at(25, &mut [0; 5]).unwrap();
        assert!(meter.read_at(90, &mut [0; 20]).is_err());
        assert_eq!(meter.bytes_read(0..100), 35);
        assert_eq!(meter.bytes_read(28..31), 4);
    }
}
