//! Changes of a container, one at a time, under its lock.
//!
//! Each leaves the file before or after it at every byte written, and is flushed to the disk when it returns; an error says
//! that it was not made, a [`Doubt`] that it was and may not be on the disk. What is put, replaced or deleted stays in the file as a dead entry; only a vacuum frees its space.
//! Opening and locking a file is [`super::edit()`]'s business; what a value means is the caller's.

use super::index::{self, Entry, EntryState, Index};
use super::layout::{ALIVE, COMMIT_AT, DEAD, ENTRY_HEAD_LEN, MAX_KEY_LEN};
use super::{CleanedUp, Counted, Doubt, EditError, Moving, Payload, append, note, reuse, settle};
use crate::pickle::{Value, refusal};
use crate::progress::Progress;
use crate::source::Store;
use std::io;

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

impl Plan {
    /// Whether it is so, where this is the live entry.
    pub(super) fn holds(self, live: Option<&Entry>) -> bool {
        match self {
            Self::Any => true,
            Self::Absent => live.is_none(),
            Self::Entry { offset, len } => {
                live.is_some_and(|entry| (entry.offset, entry.len) == (offset, len))
            }
        }
    }
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
    /// What is not certain about it. It is made all the same.
    pub doubt: Option<Doubt>,
}

/// A container that is being changed. Whoever makes one holds the file's lock for as long as it lives.
#[derive(Debug)]
pub struct Editor<'s> {
    pub(super) store: &'s dyn Store,
    pub(super) index: Index,
    pub(super) progress: &'s Progress,
    is_settled: bool,
    /// Whether the file can be changed was looked at before it was locked.
    is_checked: bool,
    /// Of the change that is being made.
    pub(super) doubt: Option<Doubt>,
}

impl<'s> Editor<'s> {
    /// Reads the index. Nothing is written yet.
    ///
    /// # Errors
    /// It is no container, or reading fails.
    pub fn new(store: &'s dyn Store, progress: &'s Progress) -> Result<Self, EditError> {
        Ok(Self::with_index(
            store,
            Index::read(store, progress)?,
            progress,
        ))
    }

    /// Takes an index that was read before and is still that of the file.
    pub(super) fn with_index(store: &'s dyn Store, index: Index, progress: &'s Progress) -> Self {
        Self {
            store,
            index,
            progress,
            is_settled: false,
            is_checked: false,
            doubt: None,
        }
    }

    /// The entries as they are now.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The entries, for whoever goes on with them.
    pub(super) fn into_index(self) -> Index {
        self.index
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
        match self.is_checked {
            true => Ok(()),
            false => settle::check(self.store, &self.index, self.progress),
        }
    }

    /// Takes it from the caller that the file can be changed.
    pub(super) fn is_checked(&mut self) {
        self.is_checked = true;
    }

    /// See [`Index::first_memo`].
    #[must_use]
    pub fn first_memo(&self) -> u32 {
        self.index.first_memo()
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
        let others = self.alive(key, None);
        let entry = self.append((key, ALIVE), payload, true)?;
        // The last entry of a key counts: what fails from here on does not take it back.
        for other in &others {
            let written = self.set_flag(other, DEAD);
            self.in_force(written);
        }
        self.count(1 + others.len());
        Ok(self.done(Some(entry), replaced))
    }

    /// Puts a value in memory under a key, see [`Editor::put`].
    ///
    /// # Errors
    /// As [`Editor::put`].
    pub fn put_value(&mut self, key: &str, plan: Plan, value: &Value) -> Result<Done, EditError> {
        // Before anything is written; `put` looks again at what was.
        if let Some(why) = refusal(value) {
            return Err(EditError::Refused(why));
        }
        let payload = Payload::of_value(value, self.first_memo(), Some(self.store))?;
        self.put(key, plan, payload)
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
        if key.len() != to.len() {
            let copy = self.copy(&entry, (to, DEAD))?;
            return self
                .rename_to_copy(&entry, copy.clone())
                .inspect_err(|error| {
                    // What is half done is completed by the next change.
                    if !matches!(error, EditError::Half(_)) {
                        self.took_off(&copy);
                    }
                });
        }
        let shadowed = self.hide_shadowed(&entry)?;
        let renamed = self
            .write_key(&entry, to)
            .inspect_err(|_| self.flip_back(&[&[], &shadowed, &[]]))?;
        self.count(1 + shadowed.len());
        Ok(self.done(Some(renamed), None))
    }

    /// An earlier live entry of a key, which this one shadows, must not come back under the old name.
    fn hide_shadowed(&mut self, entry: &Entry) -> Result<Vec<Entry>, EditError> {
        let shadowed = self.alive(&entry.key, Some(entry.offset));
        self.flip(&[], &shadowed, &[])?;
        Ok(shadowed)
    }

    /// Writes another key of equal length over that of an entry.
    fn write_key(&mut self, entry: &Entry, to: &[u8]) -> Result<Entry, EditError> {
        if let Err(err) = note::overwrite(self.store, self.index.end, entry, to) {
            let at = entry.offset + ENTRY_HEAD_LEN;
            let mut now = vec![0; to.len()];
            let is_new = self.store.read_at(at, &mut now).is_ok() && *now == *to;
            if !is_new {
                // As long as the note stands, a mixture reads as the old key.
                if self.store.write_at(at, &entry.key).is_ok() {
                    drop(note::remove(self.store, self.index.end));
                }
                return Err(err.into());
            }
            self.in_force(Err(err));
        }
        if let Some(known) = self.index.at_mut(entry.offset) {
            known.key = to.into();
        }
        Ok(Entry {
            key: to.into(),
            ..entry.clone()
        })
    }

    /// Gives the place of an entry to a dead copy of it, of another key.
    pub(super) fn rename_to_copy(
        &mut self,
        entry: &Entry,
        mut copy: Entry,
    ) -> Result<Done, EditError> {
        let shadowed = self.hide_shadowed(entry)?;
        let end = self.index.end;
        let moving = Moving {
            from: entry.offset,
            to: copy.offset,
        };
        let moved = note::write_move(self.store, end, moving)
            .map_err(EditError::from)
            .and_then(|()| {
                self.flip(
                    std::slice::from_ref(&copy),
                    &[],
                    std::slice::from_ref(entry),
                )
            });
        if let Err(err) = moved {
            // While the note stands, the next change would complete what it says.
            note::remove(self.store, end).map_err(EditError::Half)?;
            self.flip_back(&[&[], &shadowed, &[]]);
            return Err(err);
        }
        self.count(2 + shadowed.len());
        // A note that stays says what is so.
        drop(note::remove(self.store, end));
        copy.flag = ALIVE;
        copy.state = EntryState::Live;
        Ok(self.done(Some(copy), Some(entry.clone())))
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
        let copy = self.copy(&entry, (to, ALIVE))?;
        self.count(1);
        Ok(self.done(Some(copy), None))
    }

    /// Appends a copy of an entry's value.
    fn copy(&mut self, entry: &Entry, to: (&[u8], u8)) -> Result<Entry, EditError> {
        let payload = reuse::payload(self.store, entry, self.first_memo(), self.progress)?;
        self.progress.set_total(payload.len().unwrap_or(0));
        // What does not load is in the file already.
        self.append(to, payload, false)
    }

    /// Appends an entry with this flag; `judged`: if Python would load it.
    pub(super) fn append(
        &mut self,
        to: (&[u8], u8),
        payload: Payload<'_>,
        judged: bool,
    ) -> Result<Entry, EditError> {
        let end = self.index.end;
        let (entry, doubt) = append::append(self.store, end, to, payload, judged, self.progress)?;
        self.doubt = self.doubt.take().or(doubt);
        self.index.end = entry.end();
        self.index.entries.push(entry.clone());
        Ok(entry)
    }

    /// Takes the last entry, which is dead, off the file again.
    pub(super) fn took_off(&mut self, entry: &Entry) -> bool {
        let is_off = append::take_off(self.store, entry).is_ok();
        if is_off {
            self.index.entries.pop();
            self.index.end = entry.offset;
        }
        is_off
    }

    fn find(&self, key: &[u8]) -> Result<&Entry, EditError> {
        self.index
            .find(key)
            .ok_or_else(|| EditError::NoKey(key.into()))
    }

    pub(super) fn check_plan(&self, key: &[u8], plan: Plan) -> Result<(), EditError> {
        match plan.holds(self.index.find(key)) {
            true => Ok(()),
            false => Err(EditError::Conflict(key.into())),
        }
    }

    /// Takes back or completes what an interrupted change left, and cuts off what lies behind the end, if it is nobody's.
    ///
    /// # Errors
    /// As [`Editor::check`].
    pub fn clean_up(&mut self) -> Result<CleanedUp, EditError> {
        self.is_settled = true;
        let was_needed =
            settle::settle(self.store, &mut self.index, self.is_checked, self.progress)?;
        if was_needed {
            let synced = self.store.sync();
            self.in_force(synced);
        }
        Ok(CleanedUp {
            was_needed,
            doubt: self.doubt.take(),
        })
    }

    /// Cleans up what an interrupted change left. To be called before the first write.
    pub(super) fn settle(&mut self) -> Result<(), EditError> {
        if !self.is_settled {
            settle::settle(self.store, &mut self.index, self.is_checked, self.progress)?;
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

    pub(super) fn set_flag(&mut self, entry: &Entry, flag: u8) -> io::Result<()> {
        self.store.write_at(entry.flag_at(), &[flag])?;
        if let Some(known) = self.index.at_mut(entry.offset) {
            known.flag = flag;
        }
        Ok(())
    }

    /// What comes behind the change itself: if it fails, the change is made all the same.
    pub(super) fn in_force(&mut self, result: io::Result<()>) {
        if let Err(err) = result {
            self.doubt.get_or_insert(Doubt::not_on_disk(&err));
        }
    }

    /// Counts changes that are made, so that other processes look again. Wraps around: any number is valid.
    pub(super) fn count(&mut self, changes: usize) {
        let changes = i32::try_from(changes).unwrap_or(i32::MAX);
        let commit = self.index.commit.wrapping_add(changes);
        let at = COMMIT_AT as u64;
        let written = self.store.write_at(at, &commit.to_le_bytes());
        if written.is_ok() {
            self.index.commit = commit;
        }
        let synced = self.store.sync();
        self.in_force(written.and(synced));
    }

    pub(super) fn counted(&mut self) -> Counted {
        Counted {
            commit: self.index.commit,
            doubt: self.doubt.take(),
        }
    }

    fn done(&mut self, entry: Option<Entry>, replaced: Option<Entry>) -> Done {
        index::settle_states(&mut self.index.entries);
        Done {
            commit: self.index.commit,
            entry,
            replaced,
            doubt: self.doubt.take(),
        }
    }
}

pub(super) fn valid_key(key: &str) -> Result<&[u8], EditError> {
    if key.len() > MAX_KEY_LEN {
        return Err(EditError::KeyTooLong(key.len()));
    }
    Ok(key.as_bytes())
}
