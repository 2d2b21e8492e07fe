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

    /// The file behind the source, for copies that the system does by itself.
    fn file(&self) -> Option<&File> {
        None
    }
}
