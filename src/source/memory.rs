//! Bytes in memory: for values that are no file, and for tests of what a crash leaves behind.

use super::{ByteSource, Store};
use std::io;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Bytes in memory, to be read.
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
        copy_out(&self.0, offset, buffer)
    }

    fn held(&self, offset: u64, len: usize) -> Option<&[u8]> {
        let start = usize::try_from(offset).ok()?;
        self.0.get(start..start.checked_add(len)?)
    }
}

fn copy_out(bytes: &[u8], offset: u64, buffer: &mut [u8]) -> io::Result<()> {
    let range = usize::try_from(offset)
        .ok()
        .and_then(|start| bytes.get(start..start.checked_add(buffer.len())?));
    match range {
        Some(bytes) => {
            buffer.copy_from_slice(bytes);
            Ok(())
        }
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// Bytes in memory that can be written, and that can stop taking writes after a number of bytes, as if the program
/// were killed there: what was written before stays, nothing comes after.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Contents>);

#[derive(Debug, Default)]
struct Contents {
    bytes: Vec<u8>,
    /// Steps that are still carried out: a byte written counts one, a change of length or a hole one each.
    budget: Option<u64>,
    steps: u64,
}

impl MemoryStore {
    /// Takes every write.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Mutex::new(Contents {
            bytes,
            ..Contents::default()
        }))
    }

    /// Stops after so many steps: a byte written is one, and so is any other change.
    #[must_use]
    pub fn failing_after(bytes: Vec<u8>, steps: u64) -> Self {
        Self(Mutex::new(Contents {
            bytes,
            budget: Some(steps),
            steps: 0,
        }))
    }

    /// What is stored now.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.with(|contents| contents.bytes.clone())
    }

    /// Steps carried out so far.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.with(|contents| contents.steps)
    }

    fn with<T>(&self, work: impl FnOnce(&mut Contents) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Contents {
    /// How many of `steps` may still be done.
    fn take(&mut self, steps: u64) -> u64 {
        let allowed = match &mut self.budget {
            Some(left) => {
                let allowed = steps.min(*left);
                *left -= allowed;
                allowed
            }
            None => steps,
        };
        self.steps += allowed;
        allowed
    }

    fn one(&mut self) -> io::Result<()> {
        match self.take(1) {
            1 => Ok(()),
            _ => Err(stopped()),
        }
    }
}

fn stopped() -> io::Error {
    io::Error::other("the store takes no more writes")
}

impl ByteSource for MemoryStore {
    fn len(&self) -> u64 {
        self.with(|contents| contents.bytes.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.with(|contents| copy_out(&contents.bytes, offset, buffer))
    }
}

impl Store for MemoryStore {
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.with(|contents| {
            let allowed = usize::try_from(contents.take(bytes.len() as u64)).unwrap_or(0);
            let start = usize::try_from(offset).map_err(io::Error::other)?;
            if allowed > 0 {
                let end = start + allowed;
                if contents.bytes.len() < end {
                    contents.bytes.resize(end, 0);
                }
                let written = bytes.get(..allowed).unwrap_or_default();
                if let Some(target) = contents.bytes.get_mut(start..end) {
                    target.copy_from_slice(written);
                }
            }
            if allowed == bytes.len() {
                Ok(())
            } else {
                Err(stopped())
            }
        })
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.with(|contents| {
            contents.one()?;
            contents
                .bytes
                .resize(usize::try_from(len).map_err(io::Error::other)?, 0);
            Ok(())
        })
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn punch(&self, range: Range<u64>) -> io::Result<()> {
        self.with(|contents| {
            contents.one()?;
            let start = usize::try_from(range.start).map_err(io::Error::other)?;
            let end = usize::try_from(range.end).map_err(io::Error::other)?;
            if let Some(hole) = contents.bytes.get_mut(start..end) {
                hole.fill(0);
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_store_keeps_what_came_before() {
        let store = MemoryStore::failing_after(b"abcdef".to_vec(), 3);
        store.write_at(0, b"X").unwrap();
        assert!(store.write_at(4, b"1234").is_err());
        assert!(store.set_len(0).is_err());
        assert_eq!(store.bytes(), b"Xbcd12");
        assert_eq!(store.steps(), 3);
    }
}
