//! Opening a file for one change: its lock, and whether the path still leads to the file that was locked.

use super::{EditError, Editor, Index};
use crate::progress::Progress;
use crate::source::{FileSource, FileStamp, FileStore, LockOutcome, lock_exclusive, lock_shared};
use std::path::Path;
use std::time::Duration;

/// How long to wait for another program that holds the lock.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same for reading, which can do without.
const READ_PATIENCE: Duration = Duration::from_secs(1);
/// How often a file that is replaced while we wait for its lock is opened anew.
const TRIES: usize = 10;

/// Opens a container, takes its lock, and makes one change. The lock is given back at the end.
///
/// # Errors
/// The file cannot be opened for writing or locked; or whatever `work` says.
pub fn edit<T>(
    path: &Path,
    progress: &Progress,
    work: impl FnOnce(&mut Editor<'_>) -> Result<T, EditError>,
) -> Result<T, EditError> {
    with_locked(path, |store| work(&mut Editor::new(store, progress)?))
}

/// Reads the index under the file's shared lock; without it if another program keeps it, or there are no locks.
///
/// # Errors
/// As [`Index::read`].
pub fn read_index(source: &FileSource, progress: &Progress) -> Result<Index, EditError> {
    let lock = lock_for_reading(source);
    source.stamp()?;
    let index = Index::read(source, progress)?;
    drop(lock);
    Ok(index)
}

/// The file's shared lock, so that no other program is in the middle of a change. Another one that keeps it for long is not
/// waited for: then, and where there are no locks, the file is read without.
#[must_use = "it is held until it is dropped"]
pub fn lock_for_reading(source: &FileSource) -> LockOutcome<'_> {
    lock_shared(source.file(), READ_PATIENCE)
}

/// Opens a file for writing and holds its exclusive lock during `work`.
pub(super) fn with_locked<T>(
    path: &Path,
    work: impl FnOnce(&FileStore) -> Result<T, EditError>,
) -> Result<T, EditError> {
    for _ in 0..TRIES {
        let store = FileStore::open(path)?;
        let lock = match lock_exclusive(store.source().file(), PATIENCE) {
            LockOutcome::Held(lock) => lock,
            LockOutcome::Busy => return Err(EditError::Locked(PATIENCE.as_secs())),
            LockOutcome::Unavailable(err) => return Err(EditError::NoLock(err)),
        };
        // While we waited, a compacted copy may have been put in its place.
        let ours = store.source().stamp()?.identity;
        if FileStamp::of_path(path)?.identity == ours {
            let result = work(&store);
            drop(lock);
            return result;
        }
    }
    Err(EditError::Replaced)
}
