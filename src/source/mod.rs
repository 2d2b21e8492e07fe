//! Bytes at rest: random access to a file, to its memory map, or to memory; file identity and locks.
//!
//! Reads by position return errors, never signals. Maps are for array data only (see `mmap`).

mod bytes;
mod file;
mod lock;
mod mmap;

pub use bytes::Bytes;
pub use file::{FileSource, FileStamp};
pub use lock::{LockOutcome, SharedLock, lock_shared};
pub use mmap::FileMap;

use std::fmt::Debug;
use std::io;

/// Random access to bytes of known length.
pub trait ByteSource: Debug + Send + Sync {
    /// Number of bytes.
    fn len(&self) -> u64;

    /// Whether there are no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buffer` from position `offset`.
    ///
    /// # Errors
    /// `UnexpectedEof` where fewer bytes are left; whatever else reading says.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;
}

/// Bytes in memory, for tests and for values that are no file.
#[derive(Debug, Clone)]
pub struct MemorySource(Vec<u8>);

impl MemorySource {
    /// Takes the bytes.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl ByteSource for MemorySource {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let range = usize::try_from(offset)
            .ok()
            .and_then(|start| self.0.get(start..start.checked_add(buffer.len())?));
        match range {
            Some(bytes) => {
                buffer.copy_from_slice(bytes);
                Ok(())
            }
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}
