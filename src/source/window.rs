//! A few KiB of a source in memory: many short reads that lie close together become one.

use super::ByteSource;
use std::io;

/// Bytes fetched at once.
const FILL: u64 = 4096;

/// Short reads of one source. What it holds is as old as its last fetch: take a new one after the source changed.
#[derive(Debug)]
pub struct Window<'s> {
    source: &'s dyn ByteSource,
    start: u64,
    bytes: Vec<u8>,
}

impl<'s> Window<'s> {
    /// Holds nothing yet.
    #[must_use]
    pub fn new(source: &'s dyn ByteSource) -> Self {
        Self {
            source,
            start: 0,
            bytes: Vec::new(),
        }
    }

    /// Up to `len` bytes from `offset`; fewer only at the end of the source.
    ///
    /// # Errors
    /// As reading the source.
    pub fn get(&mut self, offset: u64, len: usize) -> io::Result<&[u8]> {
        let left = self.source.len().saturating_sub(offset);
        let len = usize::try_from(left).map_or(len, |left| left.min(len));
        if len == 0 {
            return Ok(&[]);
        }
        if let Some(bytes) = self.source.held(offset, len) {
            return Ok(bytes);
        }
        if self.held(offset, len).is_none() {
            let fill = usize::try_from(left.min(FILL)).unwrap_or_default().max(len);
            self.bytes.resize(fill, 0);
            self.start = offset;
            if let Err(err) = self.source.read_at(offset, &mut self.bytes) {
                self.bytes.clear();
                return Err(err);
            }
        }
        let from = self.held(offset, len).unwrap_or_default();
        Ok(self.bytes.get(from..from + len).unwrap_or_default())
    }

    /// Exactly the bytes `offset..offset + len`, of any length.
    ///
    /// # Errors
    /// As reading the source; bytes behind its end; no memory for them.
    pub fn load(&mut self, offset: u64, len: u64) -> io::Result<Vec<u8>> {
        if offset
            .checked_add(len)
            .is_none_or(|end| end > self.source.len())
        {
            let message = "the range lies outside of the file";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
        }
        let len = usize::try_from(len).map_err(io::Error::other)?;
        if let Some(bytes) = self.source.held(offset, len) {
            return Ok(bytes.to_vec());
        }
        if let Some(from) = self.held(offset, len) {
            let held = self.bytes.get(from..from + len).unwrap_or_default();
            return Ok(held.to_vec());
        }
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(len).map_err(io::Error::other)?;
        bytes.resize(len, 0);
        self.source.read_at(offset, &mut bytes)?;
        Ok(bytes)
    }

    fn held(&self, offset: u64, len: usize) -> Option<usize> {
        let from = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        (from.checked_add(len)? <= self.bytes.len()).then_some(from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemorySource;

    #[test]
    fn reads_end_where_the_source_does() {
        let source = MemorySource::new(b"0123456789".to_vec());
        let mut window = Window::new(&source);
        assert_eq!(window.get(2, 3).unwrap(), b"234");
        assert_eq!(window.get(8, 10).unwrap(), b"89");
        assert_eq!(window.get(1, 2).unwrap(), b"12");
        assert_eq!(window.get(20, 2).unwrap(), b"");
    }

    #[test]
    fn what_is_loaded_is_whole() {
        let source = MemorySource::new((0..=255).cycle().take(10_000).collect());
        let mut window = Window::new(&source);
        assert_eq!(window.load(10, 3).unwrap(), [10, 11, 12]);
        assert_eq!(window.load(9_999, 1).unwrap(), [15]);
        assert_eq!(window.load(0, 9_000).unwrap().len(), 9_000);
        for (offset, len) in [(9_999, 2), (u64::MAX, 2), (0, u64::MAX)] {
            let err = window.load(offset, len).unwrap_err();
            assert_eq!(err.kind(), io::ErrorKind::UnexpectedEof);
        }
    }
}
