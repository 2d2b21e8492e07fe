//! The index: one walk over the frames from byte 24, a short read or two for each entry, values never read.
//!
//! The walk ends at the first terminator. That is consistent even while a writer is appending: it writes behind the
//! old terminator, and overwrites that last. Entries that are dead stay in the index; they are the history.

use super::header::{Header, HeaderError};
use super::layout::{ALIVE, ENTRY_HEAD_LEN, HEADER_LEN, TERMINATOR_LEN, TRAILER_LEN};
use super::note::{self, Moving, Renaming};
use super::walk::{Damage, End, Step, Walk};
use crate::progress::{Cancelled, Progress};
use crate::source::ByteSource;
use ahash::{HashMap, HashMapExt as _};
use std::io;

/// Memo indices from here on are not used: Python's reader allocates room for all below the largest, for each value.
const LARGE_MEMO: i32 = 1 << 16;

/// Whether an entry counts, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryState {
    /// The value of its key.
    Live,
    /// Switched off, and no later entry has its key.
    Deleted,
    /// Switched off, and a later entry has its key.
    Superseded,
    /// Alive, but a later live entry has the same key and counts instead.
    Shadowed,
}

/// One entry: where it lies and what its frame says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Position of its FRAME opcode.
    pub offset: u64,
    /// Length of the whole frame in bytes.
    pub len: u64,
    /// The key as stored; UTF-8 in a sound file.
    pub key: Box<[u8]>,
    /// The memo field: the next free memo index after this value, as the reference counts.
    pub memo: i32,
    /// The flag byte; `0x88` is alive.
    pub flag: u8,
    /// Whether it counts.
    pub state: EntryState,
}

impl Entry {
    /// Where the value's opcodes begin and end.
    #[must_use]
    pub fn value_range(&self) -> std::ops::Range<u64> {
        let start = self.offset + ENTRY_HEAD_LEN + self.key.len() as u64;
        start..self.end().saturating_sub(TRAILER_LEN)
    }

    /// Where the next entry begins.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.offset + self.len
    }

    /// Whether the flag says alive, be it shadowed or not.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.flag == ALIVE
    }

    /// Position of the flag byte.
    pub(super) fn flag_at(&self) -> u64 {
        self.end().saturating_sub(2)
    }
}

/// All entries of a container at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Commit number of the header.
    pub commit: i32,
    /// Entries in file order, dead ones included.
    pub entries: Vec<Entry>,
    /// Where the walk ended: at the terminator, or where the damage is.
    pub end: u64,
    /// Why there is no terminator at `end`.
    pub damage: Option<Damage>,
    /// Bytes behind the terminator. They are not read.
    pub trailing: u64,
    /// A change of this program that was interrupted. The entries are those before or after it; the next change of
    /// the file cleans up.
    pub unfinished: Option<Unfinished>,
}

/// A change that was interrupted by a crash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfinished {
    /// A new entry is not in yet; its bytes lie behind the terminator.
    AppendBefore {
        /// Bytes that it would have from the terminator on.
        len: u64,
    },
    /// A new entry is in, but the length of its frame is not fully written.
    AppendAfter,
    /// A key is being written over.
    Rename(Renaming),
    /// A value has been copied to another key; the copy counts from now on, and the old entry does not.
    Move(Moving),
    /// The terminator has another length than it should, for no known reason.
    OddTerminator,
}

/// Why a file has no index.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// It is no container.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// Reading failed.
    #[error("reading failed: {0}")]
    Read(#[from] io::Error),
    /// Cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Index {
    /// Reads the index of a source. Take the file's shared lock first; see [`crate::source::lock_shared`].
    ///
    /// # Errors
    /// Only when the header is not that of a container, or reading fails. Damage behind the header is part of the result.
    pub fn read(source: &dyn ByteSource, progress: &Progress) -> Result<Self, IndexError> {
        let size = source.len();
        let mut head = vec![0; usize::try_from(size.min(HEADER_LEN)).unwrap_or_default()];
        source.read_at(0, &mut head)?;
        let header = Header::parse(&head)?;
        let mut index = Self {
            commit: header.commit,
            entries: Vec::new(),
            end: HEADER_LEN,
            damage: None,
            trailing: 0,
            unfinished: None,
        };
        let mut walk = Walk::new(source);
        while index.take(walk.step(index.end)?) {
            progress.check()?;
        }
        if index.damage.is_none() {
            index.trailing = size.saturating_sub(index.end + TERMINATOR_LEN);
            if index.trailing > 0 && index.unfinished.is_none() {
                index.unfinished = note::find(source, &mut index)?;
            }
        }
        settle_states(&mut index.entries);
        Ok(index)
    }

    /// Takes in what stands at `end`; whether the walk goes on.
    fn take(&mut self, step: Step) -> bool {
        match step {
            Step::Entry {
                len,
                key,
                memo,
                flag,
                unfinished,
            } => {
                self.entries.push(Entry {
                    offset: self.end,
                    len,
                    key,
                    memo,
                    flag,
                    state: EntryState::Live,
                });
                self.end += len;
                if unfinished {
                    self.unfinished = Some(Unfinished::AppendAfter);
                }
                true
            }
            Step::Terminator(end) => {
                match end {
                    End::Plain => {}
                    End::Append { len } => {
                        self.unfinished = Some(Unfinished::AppendBefore { len });
                    }
                    End::Odd => self.unfinished = Some(Unfinished::OddTerminator),
                }
                false
            }
            Step::Damage(damage) => {
                self.damage = Some(damage);
                false
            }
        }
    }

    /// The memo index that the next value begins with.
    ///
    /// As the reference does, above those of all other entries: the file is one pickle. Where these are
    /// so large that they cost Python memory, from 1 again; no value reads another's.
    #[must_use]
    pub fn first_memo(&self) -> u32 {
        let largest = self.entries.iter().map(|entry| entry.memo).max();
        match largest.unwrap_or(1).max(1) {
            large if large > LARGE_MEMO => 1,
            next => next.unsigned_abs(),
        }
    }

    /// Live entries, in file order.
    pub fn live(&self) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(|entry| entry.state == EntryState::Live)
    }

    /// The live entry of a key.
    #[must_use]
    pub fn find(&self, key: &[u8]) -> Option<&Entry> {
        self.entries
            .iter()
            .rev()
            .find(|entry| entry.state == EntryState::Live && *entry.key == *key)
    }

    /// The entry that begins at an offset.
    #[must_use]
    pub fn at(&self, offset: u64) -> Option<&Entry> {
        let place = self
            .entries
            .binary_search_by_key(&offset, |entry| entry.offset);
        self.entries.get(place.ok()?)
    }

    /// The same, to be changed.
    pub(super) fn at_mut(&mut self, offset: u64) -> Option<&mut Entry> {
        let place = self
            .entries
            .binary_search_by_key(&offset, |entry| entry.offset);
        self.entries.get_mut(place.ok()?)
    }
}

/// What comes later in the file under a key.
#[derive(Default)]
struct Later {
    any: bool,
    live: bool,
}

impl Later {
    /// Whether an entry counts: the last live one of a key does. To be asked from the end of the file on.
    fn state_of(&mut self, flag: u8) -> EntryState {
        let is_live = flag == ALIVE;
        let state = match (is_live, self.live, self.any) {
            (true, false, _) => EntryState::Live,
            (true, true, _) => EntryState::Shadowed,
            (false, _, true) => EntryState::Superseded,
            (false, _, false) => EntryState::Deleted,
        };
        self.any = true;
        self.live |= is_live;
        state
    }
}

/// Says of each entry whether it counts.
pub(super) fn settle_states(entries: &mut [Entry]) {
    let mut later: HashMap<&[u8], Later> = HashMap::with_capacity(entries.len());
    for Entry {
        key, flag, state, ..
    } in entries.iter_mut().rev()
    {
        *state = later.entry(key).or_default().state_of(*flag);
    }
}
