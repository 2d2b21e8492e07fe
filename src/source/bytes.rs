//! A run of bytes that arrays are read from: a mapped file, or memory in tests.

use super::FileMap;
use std::ops::Range;
use std::sync::Arc;

/// Shared, cheap to clone.
#[derive(Debug, Clone)]
pub enum Bytes {
    /// Bytes in memory.
    Memory(Arc<Vec<u8>>),
    /// A file that is mapped into memory. Touching it may do I/O.
    Mapped(Arc<FileMap>),
}

impl Bytes {
    /// Everything, from offset 0 of the file.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Self::Memory(bytes) => bytes,
            Self::Mapped(map) => map.as_slice(),
        }
    }

    /// Whether bytes of a mapped file were lost while they were read; see [`FileMap::is_torn`].
    #[must_use]
    pub fn is_torn(&self) -> bool {
        match self {
            Self::Memory(_) => false,
            Self::Mapped(map) => map.is_torn(),
        }
    }

    /// Says that these bytes are wanted soon, so that the system may read them before they are touched.
    pub fn will_need(&self, range: Range<usize>) {
        if let Self::Mapped(map) = self {
            map.will_need(range);
        }
    }
}
