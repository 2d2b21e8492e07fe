//! Notes behind the terminator, for changes of keys that are more than one write: what was begun is known after a crash.
//!
//! A key that differs in one byte is switched by one write. For another one of equal length a note says where the entry
//! is, the old key and the new one: while it stands there, a key that is a mixture of the two reads as the old one, and
//! the next change writes it back. For a key of another length the value is copied to an entry that is dead at first. Then
//! a note says which two entries change places: from then on the copy counts and the old entry does not, whatever their
//! flags say, and the next change completes that. Plain pickle sees both for a moment.
//!
//! The reference cuts a note off (its `fsck`), or stumbles over it.

use super::Entry;
use super::index::{Index, Unfinished};
use super::layout::{ALIVE, DEAD, ENTRY_HEAD_LEN, MAX_KEY_LEN, TERMINATOR, TERMINATOR_LEN};
use crate::source::{ByteSource, Store};
use std::io;

/// What a note on a key that is written over begins with.
const RENAMING: [u8; 19] = *b"cubescope renaming\n";
/// What a note on a value that was copied to another key begins with.
const MOVING: [u8; 17] = *b"cubescope moving\n";
/// Bytes of such a note, and of the terminator behind it.
pub(super) const MOVE_LEN: u64 = MOVING.len() as u64 + 16 + TERMINATOR_LEN;

/// A key that is being written over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renaming {
    /// Where the entry begins.
    pub offset: u64,
    /// The old key.
    pub from: Box<[u8]>,
    /// The new key, of equal length.
    pub to: Box<[u8]>,
}

/// Two entries that change places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moving {
    /// Where the entry begins that counted before.
    pub from: u64,
    /// Where the copy begins.
    pub to: u64,
}

impl Renaming {
    /// Bytes of the note, and of the terminator behind it.
    pub(super) fn note_len(&self) -> u64 {
        let keys = self.from.len() + self.to.len();
        (RENAMING.len() + 9 + keys) as u64 + TERMINATOR_LEN
    }
}

/// Writes `to` over the key of an entry. `end` is where the terminator stands, and the file ends behind it.
///
/// # Errors
/// The key is as it was, or a mixture that reads as that: look at it.
pub(super) fn overwrite(store: &dyn Store, end: u64, entry: &Entry, to: &[u8]) -> io::Result<()> {
    let at = entry.offset + ENTRY_HEAD_LEN;
    let mut different = entry.key.iter().zip(to).enumerate();
    let mut different = different.by_ref().filter(|(_, (old, new))| old != new);
    match (different.next(), different.next()) {
        (None, _) => return Ok(()),
        (Some((place, (_, new))), None) => {
            store.write_at(at + place as u64, &[*new])?;
            return store.sync();
        }
        _ => {}
    }
    let offset = entry.offset.to_le_bytes();
    let len = u8::try_from(entry.key.len()).unwrap_or_default();
    let text = [&offset[..], &[len], &entry.key, to].concat();
    write(store, end, &RENAMING, &text)?;
    store.write_at(at, to)?;
    store.sync()?;
    remove(store, end)
}

/// Notes that an entry and its copy change places.
pub(super) fn write_move(store: &dyn Store, end: u64, moving: Moving) -> io::Result<()> {
    let text = [moving.from.to_le_bytes(), moving.to.to_le_bytes()].concat();
    write(store, end, &MOVING, &text)
}

/// Cuts off what stands behind the terminator at `end`.
pub(super) fn remove(store: &dyn Store, end: u64) -> io::Result<()> {
    store.set_len(end + TERMINATOR_LEN)
}

/// The last bytes of the file stay a terminator, and the note counts only once it is whole.
fn write(store: &dyn Store, end: u64, magic: &[u8], text: &[u8]) -> io::Result<()> {
    let at = end + TERMINATOR_LEN;
    let start = at + magic.len() as u64;
    store.write_at(start + text.len() as u64, &TERMINATOR)?;
    store.write_at(start, text)?;
    store.sync()?;
    store.write_at(at, magic)?;
    store.sync()
}

/// Looks for a note behind the terminator. What it says of the entries is taken over.
pub(super) fn find(source: &dyn ByteSource, index: &mut Index) -> io::Result<Option<Unfinished>> {
    let at = index.end + TERMINATOR_LEN;
    let longest = RENAMING.len() + 9 + 2 * MAX_KEY_LEN;
    let len = usize::try_from(index.trailing).map_or(longest, |trailing| trailing.min(longest));
    let mut note = vec![0; len];
    source.read_at(at, &mut note)?;
    if let Some(moving) = parse_move(&note) {
        return Ok(apply_move(index, &moving).then_some(Unfinished::Move(moving)));
    }
    let Some(renaming) = parse_renaming(&note) else {
        return Ok(None);
    };
    Ok(apply_renaming(index, &renaming).then_some(Unfinished::Rename(renaming)))
}

/// The entry gets back its old key, unless the new one is written in full. Whether the note fits the file.
fn apply_renaming(index: &mut Index, renaming: &Renaming) -> bool {
    let place = index
        .entries
        .iter_mut()
        .find(|entry| entry.offset == renaming.offset && entry.key.len() == renaming.from.len());
    let Some(entry) = place else {
        return false;
    };
    let keys = renaming.from.iter().zip(&renaming.to).zip(&entry.key);
    let mut keys = keys.map(|((old, new), now)| now == old || now == new);
    if !keys.all(|fits| fits) {
        return false;
    }
    if entry.key != renaming.to {
        entry.key = renaming.from.clone();
    }
    true
}

/// The copy counts, and the old entry does not. Whether the note fits the file.
fn apply_move(index: &mut Index, moving: &Moving) -> bool {
    let place = |at: u64| {
        index
            .entries
            .binary_search_by_key(&at, |entry| entry.offset)
    };
    let (Ok(from), Ok(to)) = (place(moving.from), place(moving.to)) else {
        return false;
    };
    let keys = [from, to].map(|at| index.entries.get(at).map(|entry| entry.key.clone()));
    if from == to || keys[0] == keys[1] {
        return false;
    }
    for (at, flag) in [(from, DEAD), (to, ALIVE)] {
        if let Some(entry) = index.entries.get_mut(at) {
            entry.flag = flag;
        }
    }
    true
}

fn parse_renaming(note: &[u8]) -> Option<Renaming> {
    let (offset, rest) = note.strip_prefix(&RENAMING)?.split_first_chunk()?;
    let (&len, rest) = rest.split_first()?;
    let (from, rest) = rest.split_at_checked(usize::from(len))?;
    let (to, _) = rest.split_at_checked(usize::from(len))?;
    Some(Renaming {
        offset: u64::from_le_bytes(*offset),
        from: from.into(),
        to: to.into(),
    })
}

fn parse_move(note: &[u8]) -> Option<Moving> {
    let (from, rest) = note.strip_prefix(&MOVING)?.split_first_chunk()?;
    let to = rest.first_chunk()?;
    Some(Moving {
        from: u64::from_le_bytes(*from),
        to: u64::from_le_bytes(*to),
    })
}

/// Writes the old key back where the new one is not there in full.
pub(super) fn take_back(store: &dyn Store, renaming: &Renaming) -> io::Result<()> {
    let at = renaming.offset + ENTRY_HEAD_LEN;
    let mut now = vec![0; renaming.to.len()];
    store.read_at(at, &mut now)?;
    if *now != *renaming.to {
        store.write_at(at, &renaming.from)?;
    }
    store.sync()
}

/// Writes the flags of the two entries as the index has them.
pub(super) fn complete(store: &dyn Store, index: &Index, moving: &Moving) -> io::Result<()> {
    for at in [moving.to, moving.from] {
        if let Some(entry) = index.at(at) {
            store.write_at(entry.flag_at(), &[entry.flag])?;
        }
    }
    Ok(())
}
