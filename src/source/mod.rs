//! Bytes at rest: random access to a file, to its memory map, or to memory, for reading and writing; file identity and locks.
//!
//! Reads by position return errors, never signals. Maps are for array data only (see `mmap`).

pub(crate) mod access;
mod bytes;
mod file;
mod holes;
mod lock;
mod memory;
mod meter;
mod mmap;
mod openers;
mod store;
mod stride;
mod whole;
mod window;

pub use bytes::Bytes;
pub use file::{FileSource, FileStamp};
pub(crate) use holes::next_data;
pub use lock::{FileLock, LockOutcome, lock_exclusive, lock_shared};
pub use memory::{MemorySource, MemoryStore};
pub use meter::Meter;
pub use mmap::{FileMap, prefetch};
pub use openers::{Opener, openers};
pub use store::{FileStore, Store};
pub use stride::visit_strided;
pub use whole::write_whole;
pub use window::Window;

use std::fmt::Debug;
use std::fs::File;
use std::io;
use std::ops::Range;

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

    /// The bytes `offset..offset + len`, where they are in memory already: no copy of them is needed.
    fn held(&self, offset: u64, len: usize) -> Option<&[u8]> {
        let _ = (offset, len);
        None
    }

    /// The first run of bytes in a range that take space on the disk; empty, at its end, where there is none. What lies
    /// before is zeros. All of the range where the system cannot tell.
    ///
    /// # Errors
    /// As the system says.
    fn next_data(&self, range: Range<u64>) -> io::Result<Range<u64>> {
        match self.file() {
            Some(file) => holes::next_data(file, range),
            None => Ok(range),
        }
    }

    /// The file behind the source, for copies that the system does by itself.
    fn file(&self) -> Option<&File> {
        None
    }
}
