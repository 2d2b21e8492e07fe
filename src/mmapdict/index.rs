//! The index: one walk over the frames from byte 24, two short reads for each entry, values never read.
//!
//! The walk ends at the first terminator. That is consistent even while a writer is appending: it writes behind the
//! old terminator, and overwrites that last. Entries that are dead stay in the index; they are the history.

use super::header::{Header, HeaderError};
use super::layout::{
    ALIVE, BININT, ENTRY_HEAD_LEN, FRAME, FRAME_HEAD_LEN, HEADER_LEN, POP, SHORT_BINUNICODE,
    TERMINATOR, TRAILER_LEN,
};
use crate::progress::{Cancelled, Progress};
use crate::source::ByteSource;
use std::collections::HashMap;
use std::io;

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
        start..(self.offset + self.len).saturating_sub(TRAILER_LEN)
    }
}

/// Where and why the walk ended before a terminator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The file ends right behind an entry.
    #[error("the file ends without its terminator")]
    NoTerminator,
    /// The file ends inside the terminator.
    #[error("the file ends inside its terminator")]
    PartialTerminator,
    /// The last entry is cut: a recorder that died, or a copy that was not finished.
    #[error("the last entry is cut: it needs {needed} bytes, {available} are there")]
    CutEntry {
        /// Bytes that the frame declares, its head included.
        needed: u64,
        /// Bytes up to the end of the file.
        available: u64,
    },
    /// Something else than a frame.
    #[error("there is no frame where the next entry should begin")]
    NotAFrame,
    /// A frame that does not begin with a key.
    #[error("the frame does not begin with a key")]
    NotAnEntry,
    /// The frame is too short for a key and a trailer.
    #[error("the frame says it has {0} bytes, too few for an entry")]
    FrameTooShort(u64),
    /// The key is longer than its frame.
    #[error("the key is longer than its frame")]
    KeyOverrun,
    /// The end of the frame does not look like the end of an entry: its length is wrong, or it was overwritten.
    #[error("the entry does not end as entries do; its length may be wrong")]
    BadTrailer,
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
        let mut entries = Vec::new();
        let mut at = HEADER_LEN;
        let damage = loop {
            progress.check()?;
            match step(source, at, size)? {
                Step::Entry(entry) => {
                    at += entry.len;
                    entries.push(entry);
                }
                Step::Terminator => break None,
                Step::Damage(damage) => break Some(damage),
            }
        };
        settle_states(&mut entries);
        let trailing = match damage {
            None => size - at - TERMINATOR.len() as u64,
            Some(_) => 0,
        };
        Ok(Self {
            commit: header.commit,
            entries,
            end: at,
            damage,
            trailing,
        })
    }
}

enum Step {
    Entry(Entry),
    Terminator,
    Damage(Damage),
}

/// Looks at what stands at `at`: an entry, the terminator, or damage.
fn step(source: &dyn ByteSource, at: u64, size: u64) -> io::Result<Step> {
    let left = size.saturating_sub(at);
    let mut buffer = [0; ENTRY_HEAD_LEN as usize + 255];
    let len = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
    let head = buffer.get_mut(..len).unwrap_or_default();
    source.read_at(at, head)?;
    if head.starts_with(&TERMINATOR) {
        return Ok(Step::Terminator);
    }
    Ok(match entry_head(head, at, left) {
        Ok((len, key)) => match trailer(source, at + len)? {
            Some((memo, flag)) => Step::Entry(Entry {
                offset: at,
                len,
                key,
                memo,
                flag,
                state: EntryState::Live,
            }),
            None => Step::Damage(Damage::BadTrailer),
        },
        Err(damage) => Step::Damage(damage),
    })
}

/// Length of the whole frame, and the key.
fn entry_head(head: &[u8], at: u64, left: u64) -> Result<(u64, Box<[u8]>), Damage> {
    if head.is_empty() {
        return Err(Damage::NoTerminator);
    }
    if head.len() < TERMINATOR.len() {
        return Err(match TERMINATOR.starts_with(head) {
            // Up to nine bytes, head and terminator look alike from the length's first byte on only.
            true if head.len() > 1 => Damage::PartialTerminator,
            _ if head.first() == Some(&FRAME) => Damage::CutEntry {
                needed: ENTRY_HEAD_LEN,
                available: left,
            },
            _ => Damage::NotAFrame,
        });
    }
    if head.first() != Some(&FRAME) {
        return Err(Damage::NotAFrame);
    }
    let declared = head
        .get(1..)
        .and_then(|bytes| bytes.first_chunk())
        .map_or(0, |bytes| u64::from_le_bytes(*bytes));
    if head.get(FRAME_HEAD_LEN as usize) != Some(&SHORT_BINUNICODE) {
        return Err(Damage::NotAnEntry);
    }
    // No file is longer than i64::MAX, so `at + len` cannot overflow below.
    let len = declared
        .checked_add(FRAME_HEAD_LEN)
        .filter(|len| *len <= left && at.checked_add(*len).is_some());
    let Some(len) = len else {
        return Err(Damage::CutEntry {
            needed: declared.saturating_add(FRAME_HEAD_LEN),
            available: left,
        });
    };
    let key_len = head
        .get(FRAME_HEAD_LEN as usize + 1)
        .copied()
        .unwrap_or_default();
    if len < ENTRY_HEAD_LEN + TRAILER_LEN {
        return Err(Damage::FrameTooShort(declared));
    }
    if ENTRY_HEAD_LEN + u64::from(key_len) + TRAILER_LEN > len {
        return Err(Damage::KeyOverrun);
    }
    let start = ENTRY_HEAD_LEN as usize;
    match head.get(start..start + usize::from(key_len)) {
        Some(key) => Ok((len, key.into())),
        None => Err(Damage::KeyOverrun),
    }
}

/// Memo field and flag of the entry that ends at `end`.
fn trailer(source: &dyn ByteSource, end: u64) -> io::Result<Option<(i32, u8)>> {
    let mut bytes = [0; TRAILER_LEN as usize];
    source.read_at(end.saturating_sub(TRAILER_LEN), &mut bytes)?;
    Ok(match bytes {
        [BININT, a, b, c, d, POP, flag, POP] => Some((i32::from_le_bytes([a, b, c, d]), flag)),
        _ => None,
    })
}

/// Says of each entry whether it counts: the last live one of a key does.
fn settle_states(entries: &mut [Entry]) {
    /// What comes later in the file under a key.
    #[derive(Default)]
    struct Later {
        any: bool,
        live: bool,
    }
    let mut later: HashMap<Box<[u8]>, Later> = HashMap::new();
    for entry in entries.iter_mut().rev() {
        let seen = later.entry(entry.key.clone()).or_default();
        let is_live = entry.flag == ALIVE;
        entry.state = match (is_live, seen.live, seen.any) {
            (true, false, _) => EntryState::Live,
            (true, true, _) => EntryState::Shadowed,
            (false, _, true) => EntryState::Superseded,
            (false, _, false) => EntryState::Deleted,
        };
        seen.any = true;
        seen.live |= is_live;
    }
}
