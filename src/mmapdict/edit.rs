//! Opening a file for one change: its lock, and whether the path still leads to the file that was locked.

use super::{CleanedUp, Done, EditError, Editor, HEADER_LEN, Header, Index, Switch, settle};
use crate::progress::Progress;
use crate::source::{
    ByteSource as _, FileSource, FileStamp, FileStore, LockOutcome, lock_exclusive, lock_shared,
};
use std::path::Path;
use std::time::Duration;

/// How long to wait for another program that holds the lock.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same for reading, which can do without.
const READ_PATIENCE: Duration = Duration::from_secs(1);
/// Bytes behind the terminator that are looked at under the lock; that takes a few milliseconds.
const SHORT_TAIL: u64 = 1 << 20;
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
    let mut work = Some(work);
    let mut checked = None;
    for _ in 0..TRIES {
        let done = with_locked(path, |store| {
            let mut editor = Editor::new(store, progress)?;
            if editor.index().trailing > SHORT_TAIL {
                if checked.is_none() || checked != Some(store.source().stamp()?) {
                    return Ok(None);
                }
                editor.is_checked();
            }
            match work.take() {
                Some(work) => work(&mut editor).map(Some),
                None => Ok(None),
            }
        })?;
        match done {
            Some(done) => return Ok(done),
            None => checked = Some(check_tail(path, progress)?),
        }
    }
    Err(EditError::Changed)
}

/// Looks at what stands behind the terminator without the lock, which others may want: there may be gigabytes of an
/// interrupted change. Gives the state in which the file can be changed.
fn check_tail(path: &Path, progress: &Progress) -> Result<FileStamp, EditError> {
    let source = FileSource::open(path)?;
    let index = read_index(&source, progress)?;
    let stamp = source.stamp()?;
    settle::check(&source, &index, progress)?;
    Ok(stamp)
}

/// Brings a file into order that an interrupted change left, so that all readers can open it again.
///
/// # Errors
/// The file is damaged, or something behind its end must not be lost; or see [`EditError`].
pub fn clean_up(path: &Path, progress: &Progress) -> Result<CleanedUp, EditError> {
    edit(path, progress, |editor| editor.clean_up())
}

/// Keys that are switched under one lock.
const STEP: usize = 256;
/// Between two steps, so that a program that waits for the lock gets it.
pub(super) const PAUSE: Duration = Duration::from_millis(1);

/// Deletes keys and brings versions back, a few at a time, so that other programs can work on the file in between. What is
/// wrong with one when it begins stops all. `took` is told what each came to; of what an error leaves, nothing is made.
///
/// # Errors
/// As [`Editor::switch`].
pub fn switch_in_steps(
    path: &Path,
    switches: &[Switch<'_>],
    progress: &Progress,
    took: &mut dyn FnMut(&Switch<'_>, Done),
) -> Result<(), EditError> {
    let mut known: Option<(FileStamp, Index)> = None;
    for (number, step) in switches.chunks(STEP).enumerate() {
        progress.check()?;
        if number > 0 {
            std::thread::sleep(PAUSE);
        }
        let done = with_locked(path, |store| {
            let mut editor = match known.take() {
                Some((stamp, index)) if is_same(store, &stamp, &index)? => {
                    Editor::with_index(store, index, progress)
                }
                _ => Editor::new(store, progress)?,
            };
            if number == 0 {
                editor.can_switch(switches)?;
            }
            let done = editor.switch(step)?;
            let index = editor.into_index();
            // Without it, the next step reads the index again.
            known = store.source().stamp().ok().map(|stamp| (stamp, index));
            Ok(done)
        })?;
        progress.add(done.len() as u64);
        for (switch, done) in step.iter().zip(done) {
            took(switch, done);
        }
    }
    Ok(())
}

/// Whether nobody changed a file since its index was read. Whoever changes the entries counts that, or makes another file.
fn is_same(store: &FileStore, stamp: &FileStamp, index: &Index) -> Result<bool, EditError> {
    let now = store.source().stamp()?;
    let mut head = [0; HEADER_LEN as usize];
    store.read_at(0, &mut head)?;
    let commit = Header::parse(&head).map(|header| header.commit);
    Ok((now.len, now.identity) == (stamp.len, stamp.identity) && commit == Ok(index.commit))
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
