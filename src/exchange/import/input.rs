//! A file that is read from its beginning to its end: a regular one, with progress, heard when cancelled, and as UTF-8 where
//! its first bytes say that it is UTF-16.

use crate::progress::Progress;
use crate::source::{FileSource, FileStamp};
use encoding_rs_io::{DecodeReaderBytes, DecodeReaderBytesBuilder};
use std::fs::File;
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes between two looks at whether to go on: a few milliseconds.
const CHUNK: usize = 64 << 10;

/// A file to be read, several times if need be.
#[derive(Debug)]
pub(super) struct Input {
    source: FileSource,
    stamp: FileStamp,
}

impl Input {
    /// # Errors
    /// As [`FileSource::open`]: pipes and devices, which could go on for ever, are refused.
    pub(super) fn open(file: &Path) -> io::Result<Self> {
        let source = FileSource::open(file)?;
        let stamp = source.stamp()?;
        Ok(Self { source, stamp })
    }

    /// Length in bytes.
    pub(super) fn len(&self) -> u64 {
        self.stamp.len
    }

    /// Its bytes, from the first on.
    pub(super) fn bytes<'p>(&self, progress: &'p Progress) -> io::Result<Metered<'p>> {
        let mut file = self.source.file().try_clone()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(Metered {
            file,
            progress,
            buffer: Vec::new(),
            used: 0,
        })
    }

    /// Its text: without a byte-order mark, and from UTF-16 where such a mark says so. Other bytes are as they are.
    pub(super) fn text<'p>(
        &self,
        progress: &'p Progress,
    ) -> io::Result<DecodeReaderBytes<Metered<'p>, Vec<u8>>> {
        let bytes = self.bytes(progress)?;
        let mut decoder = DecodeReaderBytesBuilder::new();
        decoder.utf8_passthru(true).strip_bom(true);
        decoder.build_with_buffer(bytes, vec![0; CHUNK])
    }

    /// Whether it still is what it was when it was opened.
    pub(super) fn is_unchanged(&self) -> io::Result<bool> {
        Ok(self.source.stamp()? == self.stamp)
    }
}

/// A reader that counts what it gives, and ends with an error once the work is cancelled.
#[derive(Debug)]
pub(super) struct Metered<'p> {
    file: File,
    progress: &'p Progress,
    buffer: Vec<u8>,
    used: usize,
}

impl BufRead for Metered<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used >= self.buffer.len() {
            self.progress.check().map_err(io::Error::other)?;
            self.buffer.resize(CHUNK, 0);
            let count = self.file.read(&mut self.buffer)?;
            self.buffer.truncate(count);
            self.used = 0;
            self.progress.add(count as u64);
        }
        Ok(self.buffer.get(self.used..).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.used += count;
    }
}

impl Read for Metered<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut rest = self.fill_buf()?;
        let count = rest.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

impl Seek for Metered<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let ahead = self.buffer.len().saturating_sub(self.used) as i64;
        self.buffer.clear();
        self.used = 0;
        self.file.seek(match to {
            SeekFrom::Current(by) => SeekFrom::Current(by - ahead),
            SeekFrom::Start(_) | SeekFrom::End(_) => to,
        })
    }
}
