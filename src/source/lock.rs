//! The reference's lock: `flock` on the file, advisory, held for one operation.
//!
//! A writer of the reference waits for our shared lock and its readers do, too. So it is held for the milliseconds
//! that reading an index takes, and never across reads of array data. A change of the file holds the exclusive one.

use std::fs::{File, TryLockError};
use std::io;
use std::time::Duration;

const RETRY: Duration = Duration::from_millis(2);

/// A lock, shared or exclusive, that is given back on drop.
#[derive(Debug)]
pub struct FileLock<'f>(&'f File);

impl Drop for FileLock<'_> {
    fn drop(&mut self) {
        // Nothing can be done about a failed unlock; closing the file drops the lock, too.
        drop(self.0.unlock());
    }
}

/// What asking for the lock came to.
#[derive(Debug)]
pub enum LockOutcome<'f> {
    /// It is ours until the value is dropped.
    Held(FileLock<'f>),
    /// Another process kept it for the whole time.
    Busy,
    /// The file system has no locks, or asking failed.
    Unavailable(io::Error),
}

/// Asks for the shared lock, again and again for about `patience`.
#[must_use]
pub fn lock_shared(file: &File, patience: Duration) -> LockOutcome<'_> {
    ask(file, patience, File::try_lock_shared)
}

/// Asks for the exclusive lock, which keeps out everybody who asks for one; again and again for about `patience`.
#[must_use]
pub fn lock_exclusive(file: &File, patience: Duration) -> LockOutcome<'_> {
    ask(file, patience, File::try_lock)
}

fn ask(
    file: &File,
    patience: Duration,
    attempt: impl Fn(&File) -> Result<(), TryLockError>,
) -> LockOutcome<'_> {
    let mut tries = patience.as_millis() / RETRY.as_millis() + 1;
    loop {
        match attempt(file) {
            Ok(()) => return LockOutcome::Held(FileLock(file)),
            Err(TryLockError::Error(err)) if err.kind() == io::ErrorKind::Interrupted => {}
            Err(TryLockError::Error(err)) => return LockOutcome::Unavailable(err),
            Err(TryLockError::WouldBlock) => {
                tries -= 1;
                if tries == 0 {
                    return LockOutcome::Busy;
                }
                std::thread::sleep(RETRY);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_writer_makes_it_busy_and_letting_go_frees_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let writer = File::open(file.path()).unwrap();
        let reader = File::open(file.path()).unwrap();
        writer.lock().unwrap();
        assert!(matches!(
            lock_shared(&reader, Duration::ZERO),
            LockOutcome::Busy
        ));
        writer.unlock().unwrap();
        let held = lock_shared(&reader, Duration::ZERO);
        assert!(matches!(held, LockOutcome::Held(_)));
        assert!(writer.try_lock().is_err());
        drop(held);
        assert!(writer.try_lock().is_ok());
    }
}
