//! Writing a container anew: into a temporary file beside its place, which it takes only when it is whole.

use super::layout::{
    ALIVE, COMMIT_AT, DEAD, HEADER_LEN, TERMINATOR, entry_head, entry_len, trailer,
};
use super::{Doubt, EditError, Entry, EntryState, Payload, append};
use crate::progress::Progress;
use crate::source::{ByteSource, FileStore, Store, access};
use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Duration;

/// The header with commit number 0.
const HEADER: [u8; HEADER_LEN as usize] =
    *b"\x80\x04\x95\x0d\0\0\0\0\0\0\0J\x01\0\0\x000J\0\0\0\x000(";

/// What the names of temporary files have before six letters of chance, and how they end.
const MARK: &str = "cubescope-";
const PART: &str = ".part";
/// A temporary file that nobody wrote to or locked for so long was left behind.
const LEFT_BEHIND: Duration = Duration::from_secs(60);

/// A container that is being written from its beginning.
#[derive(Debug)]
pub struct NewFile<'s> {
    store: &'s dyn Store,
    progress: &'s Progress,
    end: u64,
    entries: i32,
}

impl<'s> NewFile<'s> {
    /// Begins with the header, in an empty store.
    ///
    /// # Errors
    /// Of writing.
    pub fn begin(store: &'s dyn Store, progress: &'s Progress) -> Result<Self, EditError> {
        store.write_at(0, &HEADER)?;
        Ok(Self {
            store,
            progress,
            end: HEADER_LEN,
            entries: 0,
        })
    }

    /// Adds a live entry and reads its value back. Keys are not checked for duplicates.
    ///
    /// # Errors
    /// The key or the value is too long, or the value cannot be read; of reading and writing; cancelled.
    pub fn add(&mut self, key: &[u8], payload: Payload<'_>) -> Result<Entry, EditError> {
        self.write(key, payload, ALIVE)
    }

    /// Adds a dead entry, which is history, and reads its value back.
    ///
    /// # Errors
    /// As [`NewFile::add`].
    pub fn add_dead(&mut self, key: &[u8], payload: Payload<'_>) -> Result<Entry, EditError> {
        self.write(key, payload, DEAD)
    }

    fn write(&mut self, key: &[u8], payload: Payload<'_>, flag: u8) -> Result<Entry, EditError> {
        let key_len = u8::try_from(key.len()).map_err(|_err| EditError::KeyTooLong(key.len()))?;
        let memo = payload.memo;
        let len = payload.len().and_then(|value| entry_len(key, value));
        let len = len.ok_or(EditError::TooLarge)?;
        let head = [&entry_head(len, key_len), key].concat();
        self.store.write_at(self.end, &head)?;
        payload.write(self.store, self.end + head.len() as u64, self.progress)?;
        let entry = Entry {
            offset: self.end,
            len,
            key: key.into(),
            memo,
            flag,
            state: if flag == ALIVE {
                EntryState::Live
            } else {
                EntryState::Deleted
            },
        };
        self.end = entry.end();
        let trailer = trailer(memo, flag);
        self.store
            .write_at(self.end - trailer.len() as u64, &trailer)?;
        append::read_back(self.store, entry.value_range(), false, self.progress)?;
        self.entries = self.entries.saturating_add(1);
        Ok(entry)
    }

    /// Adds a copy of an entry of another file. Its head is that of the index, which knows what a change that was
    /// interrupted left half written; everything behind is copied byte by byte.
    ///
    /// # Errors
    /// Of reading and writing; cancelled.
    pub fn copy(&mut self, source: &dyn ByteSource, entry: &Entry) -> Result<(), EditError> {
        let mut step = |bytes: u64| {
            self.progress.add(bytes);
            self.progress.check().map_err(io::Error::other)
        };
        let key_len = u8::try_from(entry.key.len()).map_err(|_err| EditError::TooLarge)?;
        let head = [&entry_head(entry.len, key_len), &*entry.key].concat();
        self.store.write_at(self.end, &head)?;
        let skipped = head.len() as u64;
        let range = entry.offset + skipped..entry.end();
        self.store
            .copy_from(source, range, self.end + skipped, &mut step)?;
        self.end += entry.len;
        self.entries = self.entries.saturating_add(1);
        Ok(())
    }

    /// Number of entries so far.
    #[must_use]
    pub fn entries(&self) -> i32 {
        self.entries
    }

    /// Ends with the terminator; `commit` is the commit number.
    ///
    /// # Errors
    /// Of writing.
    pub fn finish(self, commit: i32) -> Result<(), EditError> {
        self.store.write_at(self.end, &TERMINATOR)?;
        self.store
            .write_at(COMMIT_AT as u64, &commit.to_le_bytes())?;
        Ok(self.store.sync()?)
    }
}

/// Makes a new file at `path`, which must not exist. Where it is made of a file, who may not read that may not read the new
/// one. Nothing is left of it if `work` fails.
///
/// # Errors
/// There is a file already, the folder cannot be written to; or whatever `work` says.
pub fn create<T, E: From<EditError>>(
    path: &Path,
    source: Option<&File>,
    work: impl FnOnce(&FileStore) -> Result<T, E>,
) -> Result<T, E> {
    // Before the work, not only after it.
    if path.symlink_metadata().is_ok() {
        return Err(EditError::TargetExists(path.to_owned()).into());
    }
    let mode = match source {
        Some(source) => access::mode_for_new(source).map_err(EditError::from)?,
        None => access::ANY_NEW,
    };
    let (result, temporary) = beside(path, mode, work)?;
    if let Some(source) = source {
        access::restrict(source, temporary.as_file()).map_err(EditError::from)?;
    }
    temporary
        .as_file()
        .sync_all()
        .map_err(|err| target_error(path, err))?;
    temporary
        .persist_noclobber(path)
        .map_err(|err| match err.error.kind() {
            io::ErrorKind::AlreadyExists => EditError::TargetExists(path.to_owned()),
            _ => target_error(path, err.error),
        })?;
    // The old file is there as well: nothing is lost with the new name.
    drop(sync_folder(path));
    Ok(result)
}

/// A new file that is to take the place of another one. It is whole and on the disk, and has no name yet that counts.
#[derive(Debug)]
pub(super) struct Replacement(tempfile::NamedTempFile);

/// Makes a file to replace the one at `path`, with the permissions, owner and attributes of that.
///
/// # Errors
/// Of making it. The old file stays.
pub(super) fn replacement<T>(
    path: &Path,
    old: &File,
    force: bool,
    work: impl FnOnce(&FileStore) -> Result<T, EditError>,
) -> Result<(T, Replacement), EditError> {
    // Nobody else reads it before it has the old one's permissions.
    let (result, temporary) = beside(path, 0o600, work)?;
    if !access::keep(old, temporary.as_file())? && !force {
        return Err(EditError::NotYours);
    }
    temporary.as_file().sync_all()?;
    Ok((result, Replacement(temporary)))
}

impl Replacement {
    /// Takes the name of the file at `path`. Who has the old one open keeps it.
    ///
    /// # Errors
    /// The old file stays.
    pub(super) fn take_name(self, path: &Path) -> Result<Option<Doubt>, EditError> {
        self.0.persist(path).map_err(|err| err.error)?;
        Ok(sync_folder(path).err().as_ref().map(Doubt::not_on_disk))
    }
}

/// A temporary file in the same folder, filled by `work`, with at most these permissions.
fn beside<T, E: From<EditError>>(
    path: &Path,
    mode: u32,
    work: impl FnOnce(&FileStore) -> Result<T, E>,
) -> Result<(T, tempfile::NamedTempFile), E> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut builder = tempfile::Builder::new();
    let prefix = format!(".{name}.{MARK}");
    remove_left_behind(path, &prefix);
    builder.prefix(&prefix).suffix(PART);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    let _ = mode;
    let temporary = builder
        .tempfile_in(folder(path))
        .map_err(|err| target_error(path, err))?;
    // While it is locked, nobody takes it for one that was left behind. Where there are no locks, nothing is removed.
    drop(temporary.as_file().try_lock());
    let store = temporary
        .as_file()
        .try_clone()
        .and_then(|file| FileStore::new(file, temporary.path()))
        .map_err(EditError::from)?;
    let result = work(&store)?;
    store.sync().map_err(EditError::from)?;
    Ok((result, temporary))
}

fn target_error(path: &Path, why: io::Error) -> EditError {
    EditError::Target {
        path: path.to_owned(),
        why,
    }
}

/// Removes what a program that was killed left behind. Its lock went with it.
fn remove_left_behind(path: &Path, prefix: &str) {
    let Ok(entries) = std::fs::read_dir(folder(path)) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let random = name
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_suffix(PART));
        let is_ours = random.is_some_and(|random| {
            random.len() == 6 && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        // Nothing can be done about one that cannot be opened or removed; it only takes space.
        if is_ours
            && is_old(&entry)
            && let Ok(file) = File::open(entry.path())
            && file.try_lock().is_ok()
        {
            drop(std::fs::remove_file(entry.path()));
        }
    }
}

/// A file that has not been written to for a while: one that was just made is not locked yet.
fn is_old(entry: &std::fs::DirEntry) -> bool {
    let Ok(meta) = entry.metadata() else {
        return false;
    };
    let age = meta.modified().ok().and_then(|time| time.elapsed().ok());
    meta.is_file() && age.is_some_and(|age| age >= LEFT_BEHIND)
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The name of a file is kept by its folder: flushed, too. The file has its name by now, whether that works or not.
fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    match File::open(folder(path)).and_then(|folder| folder.sync_all()) {
        // Some file systems cannot; a folder that may be written to and not read cannot be opened.
        Err(err)
            if matches!(
                err.kind(),
                io::ErrorKind::InvalidInput
                    | io::ErrorKind::Unsupported
                    | io::ErrorKind::PermissionDenied
            ) => {}
        result => result?,
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_behind_is_removed_but_not_what_is_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        let file = |name: &str, age: u64| {
            let path = folder.path().join(name);
            let file = File::create(&path).unwrap();
            let time = std::time::SystemTime::now() - Duration::from_secs(age);
            file.set_modified(time).unwrap();
            path
        };
        let left = file(".new.cubescope-abcdef.part", 100);
        let used = file(".new.cubescope-ABCDEF.part", 100);
        let fresh = file(".new.cubescope-123456.part", 0);
        let others = file(".new.notes.part", 100);
        let user = File::open(&used).unwrap();
        user.lock().unwrap();
        let work = |store: &FileStore| store.write_at(0, b"x").map_err(EditError::from);
        create(&path, Some(&user), work).unwrap();
        assert!(!left.exists() && used.exists() && fresh.exists() && others.exists());
        assert_eq!(std::fs::read(&path).unwrap(), b"x");
    }
}
