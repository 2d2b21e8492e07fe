//! Changes of a container, one at a time, under its lock.
//!
//! Each leaves the file before or after it at every byte written, and is flushed to the disk when it returns. What is
//! put, replaced or deleted stays in the file as a dead entry; only a vacuum frees its space.
//! Opening and locking a file is [`super::edit()`]'s business; what a value means is the caller's.

use super::index::{self, Entry, EntryState, Index};
use super::layout::{ALIVE, COMMIT_AT, DEAD, MAX_KEY_LEN};
use super::{EditError, Payload, append, freed, rename, reuse};
use crate::pickle::Value;
use crate::progress::Progress;
use crate::source::Store;

/// Memo indices from here on are not used: Python's reader allocates room for all below the largest, for each value.
const LARGE_MEMO: i32 = 1 << 16;

/// What a change was planned on; it is refused if the file is another by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Whatever there is.
    Any,
    /// The key is not there.
    Absent,
    /// The live entry of the key is this one.
    Entry {
        /// Position of the entry.
        offset: u64,
        /// Its length.
        len: u64,
    },
}

/// What a change came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The commit number now.
    pub commit: i32,
    /// The live entry that was made or brought back; `None` after a deletion.
    pub entry: Option<Entry>,
    /// The entry that was live before and is dead now.
    pub replaced: Option<Entry>,
}

/// A container that is being changed. Whoever makes one holds the file's lock for as long as it lives.
#[derive(Debug)]
pub struct Editor<'s> {
    store: &'s dyn Store,
    index: Index,
    progress: &'s Progress,
    is_settled: bool,
}

impl<'s> Editor<'s> {
    /// Reads the index. Nothing is written yet.
    ///
    /// # Errors
    /// It is no container, or reading fails.
    pub fn new(store: &'s dyn Store, progress: &'s Progress) -> Result<Self, EditError> {
        Ok(Self {
            store,
            index: Index::read(store, progress)?,
            progress,
            is_settled: false,
        })
    }

    /// The entries as they are now.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The bytes of the file.
    #[must_use]
    pub fn store(&self) -> &'s dyn Store {
        self.store
    }

    /// Whether the file can be changed as it is; nothing is written.
    ///
    /// # Errors
    /// It is damaged, or there is something behind its end that must not be lost.
    pub fn check(&self) -> Result<(), EditError> {
        append::check(self.store, &self.index, self.progress)
    }

    /// The memo index that the next value begins with.
    ///
    /// As the reference does, above those of all other entries: the file is one pickle. Where these are
    /// so large that they cost Python memory, from 1 again; no value reads another's.
    #[must_use]
    pub fn first_memo(&self) -> u32 {
        let largest = self.index.entries.iter().map(|entry| entry.memo).max();
        match largest.unwrap_or(1).max(1) {
            large if large > LARGE_MEMO => 1,
            next => next.unsigned_abs(),
        }
    }

    /// Puts a value under a key: a new one, or in place of the live one, which becomes history.
    ///
    /// # Errors
    /// The plan does not hold any more, the key is too long, the value cannot be written; or see [`EditError`].
    pub fn put(&mut self, key: &str, plan: Plan, payload: Payload<'_>) -> Result<Done, EditError> {
        let key = valid_key(key)?;
        self.check_plan(key, plan)?;
        self.settle()?;
        let replaced = self.index.find(key).cloned();
        let entry = append::append(self.store, self.index.end, key, payload, self.progress)?;
        let others = self.alive(key, None);
        self.took(entry.clone());
        self.kill(&others)?;
        self.count(1 + others.len())?;
        Ok(self.done(Some(entry), replaced))
    }

    /// Puts a value in memory under a key, see [`Editor::put`].
    ///
    /// # Errors
    /// As [`Editor::put`].
    pub fn put_value(&mut self, key: &str, plan: Plan, value: &Value) -> Result<Done, EditError> {
        let payload = Payload::of_value(value, self.first_memo(), Some(self.store))?;
        self.put(key, plan, payload)
    }

    /// Deletes a key.
    ///
    /// # Errors
    /// There is no such key, or it is not what the deletion was planned on; or see [`EditError`].
    pub fn delete(&mut self, key: &str, plan: Plan) -> Result<Done, EditError> {
        let key = key.as_bytes();
        self.check_plan(key, plan)?;
        let replaced = self.find(key)?.clone();
        self.settle()?;
        // An earlier live entry of the key, which this one shadows, must not come back.
        let others = self.alive(key, None);
        self.kill(&others)?;
        self.count(others.len())?;
        Ok(self.done(None, Some(replaced)))
    }

    /// Brings a dead version of a key back: the latest, or the one at `offset`. The live one becomes history.
    ///
    /// # Errors
    /// There is no such version, it cannot be read, or its data was freed; or see [`EditError`].
    pub fn restore(
        &mut self,
        key: &str,
        offset: Option<u64>,
        plan: Plan,
    ) -> Result<Done, EditError> {
        let key = key.as_bytes();
        self.check_plan(key, plan)?;
        let dead = |entry: &&Entry| entry.flag != ALIVE && *entry.key == *key;
        let version = match offset {
            Some(at) => self
                .index
                .at(at)
                .filter(dead)
                .ok_or_else(|| EditError::NoSuchVersion {
                    key: key.into(),
                    at,
                }),
            // What was freed cannot be had back; an earlier version may.
            None => {
                let versions = || self.index.entries.iter().rev().filter(dead);
                versions()
                    .find(|entry| !freed::is_freed(entry))
                    .or_else(|| versions().next())
                    .ok_or_else(|| EditError::NothingToRestore(key.into()))
            }
        };
        let mut version = version?.clone();
        if freed::is_freed(&version) {
            return Err(EditError::Freed(version.offset));
        }
        append::read_back(self.store, version.value_range(), self.progress)?;
        self.settle()?;
        let replaced = self.index.find(key).cloned();
        let others = self.alive(key, Some(version.offset));
        // On first: with both alive, the later one counts, which is the old or the new state.
        self.set_flag(&version, ALIVE)?;
        self.kill(&others)?;
        self.count(1 + others.len())?;
        version.flag = ALIVE;
        version.state = EntryState::Live;
        Ok(self.done(Some(version), replaced))
    }

    /// Gives a key another name: in place where the two are of equal length in UTF-8, else by copying the value.
    ///
    /// # Errors
    /// There is no such key, there is one of the new name already, the name is too long; or see [`EditError`].
    pub fn rename(&mut self, key: &str, to: &str, plan: Plan) -> Result<Done, EditError> {
        let (key, to) = (key.as_bytes(), valid_key(to)?);
        self.check_plan(key, plan)?;
        let entry = self.find(key)?.clone();
        if self.index.find(to).is_some() {
            return Err(EditError::KeyExists(to.into()));
        }
        self.settle()?;
        // An earlier live entry, which this one shadows, must not come back under the old name.
        let shadowed = self.alive(key, Some(entry.offset));
        self.kill(&shadowed)?;
        if key.len() == to.len() {
            rename::overwrite(self.store, self.index.end, &entry, to)?;
            self.count(1 + shadowed.len())?;
            let renamed = Entry {
                key: to.into(),
                ..entry
            };
            let mut known = self.index.entries.iter_mut();
            if let Some(known) = known.find(|known| known.offset == renamed.offset) {
                known.key = renamed.key.clone();
            }
            return Ok(self.done(Some(renamed), None));
        }
        let copy = self.copy(&entry, to)?;
        self.kill(std::slice::from_ref(&entry))?;
        self.count(2 + shadowed.len())?;
        Ok(self.done(Some(copy), Some(entry)))
    }

    /// Puts a copy of a value under another key.
    ///
    /// # Errors
    /// There is no such key, there is one of the new name already, the name is too long; or see [`EditError`].
    pub fn duplicate(&mut self, key: &str, to: &str, plan: Plan) -> Result<Done, EditError> {
        let (key, to) = (key.as_bytes(), valid_key(to)?);
        self.check_plan(key, plan)?;
        let entry = self.find(key)?.clone();
        if self.index.find(to).is_some() {
            return Err(EditError::KeyExists(to.into()));
        }
        self.settle()?;
        let copy = self.copy(&entry, to)?;
        self.count(1)?;
        Ok(self.done(Some(copy), None))
    }

    /// Appends a copy of an entry's value.
    fn copy(&mut self, entry: &Entry, to: &[u8]) -> Result<Entry, EditError> {
        let payload = reuse::payload(self.store, entry, self.first_memo(), self.progress)?;
        self.progress.set_total(payload.len().unwrap_or(0));
        let entry = append::append(self.store, self.index.end, to, payload, self.progress)?;
        self.took(entry.clone());
        Ok(entry)
    }

    fn find(&self, key: &[u8]) -> Result<&Entry, EditError> {
        self.index
            .find(key)
            .ok_or_else(|| EditError::NoKey(key.into()))
    }

    fn check_plan(&self, key: &[u8], plan: Plan) -> Result<(), EditError> {
        let live = self.index.find(key);
        let holds = match plan {
            Plan::Any => true,
            Plan::Absent => live.is_none(),
            Plan::Entry { offset, len } => {
                live.is_some_and(|entry| (entry.offset, entry.len) == (offset, len))
            }
        };
        if holds {
            Ok(())
        } else {
            Err(EditError::Conflict(key.into()))
        }
    }

    /// Cleans up what an interrupted change left. To be called before the first write.
    pub(super) fn settle(&mut self) -> Result<(), EditError> {
        if !self.is_settled {
            append::settle(self.store, &mut self.index, self.progress)?;
            self.is_settled = true;
        }
        Ok(())
    }

    /// Entries of a key that some reader takes for alive, shadowed ones and those with odd flags too, but for the one at an
    /// offset.
    fn alive(&self, key: &[u8], but: Option<u64>) -> Vec<Entry> {
        self.index
            .entries
            .iter()
            .filter(|entry| entry.flag != DEAD && *entry.key == *key && Some(entry.offset) != but)
            .cloned()
            .collect()
    }

    fn took(&mut self, entry: Entry) {
        self.index.end = entry.end();
        self.index.entries.push(entry);
    }

    /// Switches entries off, the earliest first: the one that counts goes last.
    fn kill(&mut self, entries: &[Entry]) -> Result<(), EditError> {
        for entry in entries {
            self.set_flag(entry, DEAD)?;
        }
        Ok(())
    }

    fn set_flag(&mut self, entry: &Entry, flag: u8) -> Result<(), EditError> {
        self.store.write_at(entry.flag_at(), &[flag])?;
        let place = self.index.entries.iter_mut().rev();
        for known in place.filter(|known| known.offset == entry.offset) {
            known.flag = flag;
        }
        Ok(())
    }

    /// Counts changes, so that other processes look again. Wraps around: any number is valid.
    pub(super) fn count(&mut self, changes: usize) -> Result<(), EditError> {
        let changes = i32::try_from(changes).unwrap_or(i32::MAX);
        let commit = self.index.commit.wrapping_add(changes);
        self.store
            .write_at(COMMIT_AT as u64, &commit.to_le_bytes())?;
        self.index.commit = commit;
        Ok(self.store.sync()?)
    }

    fn done(&mut self, entry: Option<Entry>, replaced: Option<Entry>) -> Done {
        index::settle_states(&mut self.index.entries);
        Done {
            commit: self.index.commit,
            entry,
            replaced,
        }
    }
}

fn valid_key(key: &str) -> Result<&[u8], EditError> {
    if key.len() > MAX_KEY_LEN {
        return Err(EditError::KeyTooLong(key.len()));
    }
    Ok(key.as_bytes())
}
