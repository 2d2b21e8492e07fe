//! Writing a key of equal length over another, so that a crash leaves the old or the new one.
//!
//! A key that differs in one byte is switched by one write. For others a note goes behind the terminator first: where
//! the entry is, the old key and the new one. While it stands there, a key that is a mixture of the two reads as the
//! old one, and the next change writes it back. The reference cuts the note off (its `fsck`), or stumbles over it.

use super::index::Index;
use super::layout::{ENTRY_HEAD_LEN, MAX_KEY_LEN, TERMINATOR, TERMINATOR_LEN};
use super::{EditError, Entry};
use crate::source::{ByteSource, Store};
use std::io;

/// What a note begins with.
const MAGIC: [u8; 19] = *b"cubescope renaming\n";

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

/// Writes `to` over the key of an entry. `end` is where the terminator stands, and the file ends behind it.
pub(super) fn overwrite(
    store: &dyn Store,
    end: u64,
    entry: &Entry,
    to: &[u8],
) -> Result<(), EditError> {
    let at = entry.offset + ENTRY_HEAD_LEN;
    let mut different = entry.key.iter().zip(to).enumerate();
    let mut different = different.by_ref().filter(|(_, (old, new))| old != new);
    match (different.next(), different.next()) {
        (None, _) => return Ok(()),
        (Some((place, (_, new))), None) => {
            store.write_at(at + place as u64, &[*new])?;
            return Ok(store.sync()?);
        }
        _ => {}
    }
    let renaming = Renaming {
        offset: entry.offset,
        from: entry.key.clone(),
        to: to.into(),
    };
    write_note(store, end + TERMINATOR_LEN, &renaming)?;
    store.write_at(at, to)?;
    store.sync()?;
    Ok(store.set_len(end + TERMINATOR_LEN)?)
}

/// The last bytes of the file stay a terminator, and the note counts only once it is whole.
fn write_note(store: &dyn Store, at: u64, renaming: &Renaming) -> Result<(), EditError> {
    let offset = renaming.offset.to_le_bytes();
    let len = u8::try_from(renaming.from.len()).unwrap_or_default();
    let text = [&offset[..], &[len], &renaming.from, &renaming.to].concat();
    let start = at + MAGIC.len() as u64;
    store.write_at(start + text.len() as u64, &TERMINATOR)?;
    store.write_at(start, &text)?;
    store.sync()?;
    store.write_at(at, &MAGIC)?;
    Ok(store.sync()?)
}

/// Looks for a note behind the terminator. If one stands there, the entry gets back its old key, unless the new one is
/// written in full.
pub(super) fn find(source: &dyn ByteSource, index: &mut Index) -> io::Result<Option<Renaming>> {
    let at = index.end + TERMINATOR_LEN;
    let longest = MAGIC.len() + 9 + 2 * MAX_KEY_LEN;
    let len = usize::try_from(index.trailing).map_or(longest, |trailing| trailing.min(longest));
    let mut note = vec![0; len];
    source.read_at(at, &mut note)?;
    let Some(renaming) = parse(&note) else {
        return Ok(None);
    };
    let place = index
        .entries
        .iter_mut()
        .find(|entry| entry.offset == renaming.offset && entry.key.len() == renaming.from.len());
    let Some(entry) = place else {
        return Ok(None);
    };
    let keys = renaming.from.iter().zip(&renaming.to).zip(&entry.key);
    let mut keys = keys.map(|((old, new), now)| now == old || now == new);
    if !keys.all(|fits| fits) {
        return Ok(None);
    }
    if entry.key != renaming.to {
        entry.key = renaming.from.clone();
    }
    Ok(Some(renaming))
}

fn parse(note: &[u8]) -> Option<Renaming> {
    let (offset, rest) = note.strip_prefix(&MAGIC)?.split_first_chunk()?;
    let (&len, rest) = rest.split_first()?;
    let (from, rest) = rest.split_at_checked(usize::from(len))?;
    let (to, _) = rest.split_at_checked(usize::from(len))?;
    Some(Renaming {
        offset: u64::from_le_bytes(*offset),
        from: from.into(),
        to: to.into(),
    })
}

/// Writes the old key back where the new one is not there in full.
pub(super) fn take_back(store: &dyn Store, renaming: &Renaming) -> Result<(), EditError> {
    let at = renaming.offset + ENTRY_HEAD_LEN;
    let mut now = vec![0; renaming.to.len()];
    store.read_at(at, &mut now)?;
    if *now != *renaming.to {
        store.write_at(at, &renaming.from)?;
    }
    Ok(store.sync()?)
}
