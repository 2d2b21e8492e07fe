//! A run of bytes that arrays are read from: a mapped file, or memory in tests.
//!
//! SKELETON: the mapped variant is added by the source module's owner; only `len` and `slice` are to be relied on.

use std::sync::Arc;

/// Shared, cheap to clone.
#[derive(Debug, Clone)]
pub enum Bytes {
    /// Bytes in memory.
    Memory(Arc<[u8]>),
}

impl Bytes {
    /// Everything, from offset 0 of the file.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Self::Memory(bytes) => bytes,
        }
    }
}
