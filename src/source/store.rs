//! Bytes that can be written at any place: what a change of a file is made of.
//!
//! Whoever changes a file holds its lock ([`super::lock_exclusive`]) and works through a [`Store`]. So the same code
//! writes files, and memory that fails after any number of bytes in tests of what a crash leaves behind.

use super::{ByteSource, FileSource};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;

/// Bytes copied at once where the system cannot do it by itself.
const CHUNK: usize = 1 << 20;

/// Random access for reading and writing.
///
/// Writes are seen by readers of the same file at once; they survive a crash of the machine after [`Store::sync`].
pub trait Store: ByteSource {
    /// Writes all of `bytes` at `offset`; what lies between the old end and `offset` reads as zeros.
    ///
    /// # Errors
    /// As the system says. Any number of the bytes may have been written then.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts the store, or makes it longer with zeros that take no space.
    ///
    /// # Errors
    /// As the system says.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Waits until everything written is on the disk.
    ///
    /// # Errors
    /// As the system says; nothing is known then of what is on the disk.
    fn sync(&self) -> io::Result<()>;

    /// Frees the blocks of a range; it reads as zeros from then on. The length stays.
    ///
    /// # Errors
    /// `Unsupported` where the file system has no holes.
    fn punch(&self, range: Range<u64>) -> io::Result<()>;

    /// Makes sure that a range takes its space on the disk, so that writing to it does not fail later. What is there stays.
    ///
    /// # Errors
    /// The disk is full.
    fn reserve(&self, range: Range<u64>) -> io::Result<()> {
        let _ = range;
        Ok(())
    }

    /// Copies a range of another source, or of this store where the two do not overlap, to `at`. Holes stay holes
    /// where the system can tell. Calls `step` with the bytes done since the last call, often; its error ends the copy.
    ///
    /// # Errors
    /// Of reading, of writing, or of `step`.
    fn copy_from(
        &self,
        source: &dyn ByteSource,
        range: Range<u64>,
        at: u64,
        step: &mut dyn FnMut(u64) -> io::Result<()>,
    ) -> io::Result<()> {
        copy_by_chunks(self, source, range, at, step)
    }
}

/// Reads and writes in turn, without the system's help. Chunks of zeros are written, too.
pub(super) fn copy_by_chunks<S: Store + ?Sized>(
    store: &S,
    source: &dyn ByteSource,
    range: Range<u64>,
    mut at: u64,
    step: &mut dyn FnMut(u64) -> io::Result<()>,
) -> io::Result<()> {
    let mut buffer = Vec::new();
    let mut from = range.start;
    while from < range.end {
        let len = usize::try_from(range.end - from).map_or(CHUNK, |left| left.min(CHUNK));
        buffer.resize(len, 0);
        source.read_at(from, &mut buffer)?;
        store.write_at(at, &buffer)?;
        from += len as u64;
        at += len as u64;
        step(len as u64)?;
    }
    Ok(())
}

/// A file opened for reading and writing.
#[derive(Debug)]
pub struct FileStore(FileSource);

impl FileStore {
    /// Opens an existing regular file. Nothing is written by that.
    ///
    /// # Errors
    /// As [`FileSource::open`]; `PermissionDenied` and `ReadOnlyFilesystem` where the file cannot be written.
    pub fn open(path: &Path) -> io::Result<Self> {
        FileSource::open_with(path, |path| {
            std::fs::OpenOptions::new()
                .read(true)
                .write(true)
                .open(path)
        })
        .map(Self)
    }

    /// Takes a file that was opened for reading and writing.
    ///
    /// # Errors
    /// As `File::metadata`.
    pub fn new(file: File, path: &Path) -> io::Result<Self> {
        FileSource::new(file, path).map(Self)
    }

    /// The same file for reading.
    #[must_use]
    pub fn source(&self) -> &FileSource {
        &self.0
    }
}

impl ByteSource for FileStore {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.0.read_at(offset, buffer)
    }

    fn file(&self) -> Option<&File> {
        Some(self.0.file())
    }
}

impl Store for FileStore {
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        write_all_at(self.0.file(), offset, bytes)?;
        self.0.reaches(offset + bytes.len() as u64);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.file().set_len(len)?;
        self.0.ends_at(len);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.0.file().sync_data()
    }

    fn punch(&self, range: Range<u64>) -> io::Result<()> {
        super::holes::punch(self.0.file(), range)
    }

    fn reserve(&self, range: Range<u64>) -> io::Result<()> {
        super::holes::reserve(self.0.file(), range)
    }

    fn copy_from(
        &self,
        source: &dyn ByteSource,
        range: Range<u64>,
        at: u64,
        step: &mut dyn FnMut(u64) -> io::Result<()>,
    ) -> io::Result<()> {
        match source.file() {
            Some(from) => {
                let end = at + range.end.saturating_sub(range.start);
                super::holes::copy(from, range, self.0.file(), at, step)?;
                self.0.reaches(end);
                Ok(())
            }
            None => copy_by_chunks(self, source, range, at, step),
        }
    }
}

#[cfg(unix)]
fn write_all_at(file: &File, offset: u64, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(windows)]
fn write_all_at(file: &File, mut offset: u64, mut bytes: &[u8]) -> io::Result<()> {
    use std::os::windows::fs::FileExt as _;
    while !bytes.is_empty() {
        let count = file.seek_write(bytes, offset)?;
        if count == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        offset += count as u64;
        bytes = bytes.get(count..).unwrap_or_default();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemorySource;

    #[test]
    fn a_file_is_written_grown_and_cut() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let store = FileStore::open(file.path()).unwrap();
        store.write_at(4, b"abc").unwrap();
        assert_eq!(store.len(), 7);
        store.set_len(6).unwrap();
        store
            .copy_from(
                &MemorySource::new(b"0123456789".to_vec()),
                2..5,
                0,
                &mut |_| Ok(()),
            )
            .unwrap();
        store.sync().unwrap();
        assert_eq!(std::fs::read(file.path()).unwrap(), b"234\0ab");
    }
}
