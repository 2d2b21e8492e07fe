//! Bytes at rest: random access to a file, to its memory map, or to memory.
mod bytes;
pub use bytes::Bytes;
