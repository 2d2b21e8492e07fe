//! Appending an entry so that the file is sound at every byte that is written.
//!
//! At every moment plain `pickle.load`, which takes no lock, reads the file before or after the append, and the last 11
//! bytes are a terminator: a process of the reference that opens the file then, without the lock, appends none.
//!
//! 1. The new terminator goes to its final place. That makes the file longer.
//! 2. Key, value and trailer go behind the old terminator. All of it is flushed to the disk and read back.
//! 3. The old terminator, `95 02 00… 64 2e` (FRAME 2, DICT, STOP), becomes the entry's head, `95 length 8c keylength`:
//!    - the length of the frame less one. Readers do not need true lengths: it is still a terminator;
//!    - `95` → `8e`: from here to the last byte but one of the new entry all is one byte string (BINBYTES8). The last
//!      byte of the entry drops it (POP), and the dict ends at the new terminator. Still the old contents;
//!    - the last two bytes become `8c keylength`, unseen inside the byte string;
//!    - `8e` → `95` and the full length. The first byte switches to the new contents; while the length is one too
//!      small (or its lowest bytes are), readers other than the reference do not care.
//!
//! What an interrupted append leaves is told from damage by `walk`, and cleaned up by [`settle`] before the next change.

use super::index::{Index, Unfinished};
use super::layout::{
    ALIVE, BINBYTES8, ENTRY_HEAD_LEN, FRAME, FRAME_HEAD_LEN, TERMINATOR, TERMINATOR_LEN,
    TRAILER_LEN, entry_head, entry_len, trailer,
};
use super::walk::{Damage, Step, Walk};
use super::{EditError, Entry, EntryState, Payload, rename};
use crate::pickle::{Limits, decode_value};
use crate::progress::Progress;
use crate::source::Store;
use std::ops::Range;

/// A page: the system may be stopped between two pages of one write.
const PAGE: u64 = 4096;

/// Appends a live entry at `end`, where the terminator stands and the file ends. Taken back if it fails before the switch.
pub(super) fn append(
    store: &dyn Store,
    end: u64,
    key: &[u8],
    payload: Payload<'_>,
    progress: &Progress,
) -> Result<Entry, EditError> {
    let key_len = u8::try_from(key.len()).map_err(|_err| EditError::KeyTooLong(key.len()))?;
    let memo = payload.memo;
    let len = payload
        .len()
        .and_then(|value| entry_len(key, value))
        .filter(|len| {
            end.checked_add(*len)
                .is_some_and(|end| i64::try_from(end).is_ok())
        })
        .ok_or(EditError::TooLarge)?;
    let written = behind_terminator(store, end, len, key, payload, progress);
    if let Err(err) = written {
        // Whatever lies behind the old terminator is no part of the file. Should cutting it off fail, too, the next
        // change does it.
        drop(store.set_len(end + TERMINATOR_LEN));
        return Err(err);
    }
    switch(store, end, len, key_len)?;
    store.sync()?;
    if store.len() > end + len + TERMINATOR_LEN {
        store.set_len(end + len + TERMINATOR_LEN)?;
    }
    Ok(Entry {
        offset: end,
        len,
        key: key.into(),
        memo,
        flag: ALIVE,
        state: EntryState::Live,
    })
}

/// Steps 1 and 2.
fn behind_terminator(
    store: &dyn Store,
    end: u64,
    len: u64,
    key: &[u8],
    payload: Payload<'_>,
    progress: &Progress,
) -> Result<(), EditError> {
    write_terminator(store, end + len)?;
    let value = end + ENTRY_HEAD_LEN + key.len() as u64..end + len - TRAILER_LEN;
    store.write_at(end + ENTRY_HEAD_LEN, key)?;
    let memo = payload.memo;
    payload.write(store, value.start, progress)?;
    store.write_at(value.end, &trailer(memo, ALIVE))?;
    store.sync()?;
    read_back(store, value, progress)
}

/// Whether the value decodes, with its long texts and byte strings left where they are.
pub(super) fn read_back(
    store: &dyn Store,
    value: Range<u64>,
    progress: &Progress,
) -> Result<(), EditError> {
    decode_value(store, value.start, value.end, &Limits::READ_BACK, progress)?;
    Ok(())
}

/// Writes the terminator that will end the file, as its last bytes at every moment.
///
/// One that lies on two pages could be seen half by a reader, or stay half in a crash. Then another one is put behind it
/// before, on the second page; it is cut off at the end.
fn write_terminator(store: &dyn Store, at: u64) -> Result<(), EditError> {
    if at % PAGE + TERMINATOR_LEN > PAGE {
        store.write_at(at + 4 * TERMINATOR_LEN, &TERMINATOR)?;
    }
    Ok(store.write_at(at, &TERMINATOR)?)
}

/// Step 3: the terminator at `at` becomes the head of an entry of `len` bytes.
fn switch(store: &dyn Store, at: u64, len: u64, key_len: u8) -> Result<(), EditError> {
    let head = entry_head(len, key_len);
    let (frame, key) = head.split_at(FRAME_HEAD_LEN as usize);
    store.write_at(at + 1, &(len - FRAME_HEAD_LEN - 1).to_le_bytes())?;
    store.write_at(at, &[BINBYTES8])?;
    store.write_at(at + FRAME_HEAD_LEN, key)?;
    store.sync()?;
    Ok(store.write_at(at, frame)?)
}

/// Puts the terminator back at `at`, whatever part of [`switch`] was done but the last.
fn switch_back(store: &dyn Store, at: u64) -> Result<(), EditError> {
    let (frame, end) = TERMINATOR.split_at(FRAME_HEAD_LEN as usize);
    store.write_at(at + FRAME_HEAD_LEN, end)?;
    store.write_at(at, &[FRAME])?;
    Ok(store.write_at(at, frame)?)
}

/// Brings a file into order before it is changed: takes back or completes what an interrupted change left, and cuts off
/// what lies behind the terminator, unless whole entries are there.
///
/// # Errors
/// The file is damaged, or something of value would be lost.
pub(super) fn settle(
    store: &dyn Store,
    index: &mut Index,
    progress: &Progress,
) -> Result<(), EditError> {
    check(store, index, progress)?;
    // Cut between two entries, or not yet closed: nothing is lost by closing it.
    if index.damage.take().is_some() {
        write_terminator(store, index.end)?;
    }
    match index.unfinished.take() {
        None => {}
        Some(Unfinished::AppendBefore) => switch_back(store, index.end)?,
        Some(Unfinished::AppendAfter) => {
            if let Some(entry) = index.entries.last() {
                let frame = entry.len - FRAME_HEAD_LEN;
                store.write_at(entry.offset + 1, &frame.to_le_bytes())?;
            }
        }
        Some(Unfinished::Rename(renaming)) => rename::take_back(store, &renaming)?,
    }
    let len = index.end + TERMINATOR_LEN;
    if store.len() > len {
        store.sync()?;
        store.set_len(len)?;
    }
    index.trailing = 0;
    Ok(())
}

/// Whether the file may be written to.
pub(super) fn check(
    store: &dyn Store,
    index: &Index,
    progress: &Progress,
) -> Result<(), EditError> {
    match &index.damage {
        None | Some(Damage::NoTerminator | Damage::PartialTerminator) => {}
        Some(damage) => {
            return Err(EditError::Damaged {
                at: index.end,
                damage: damage.clone(),
            });
        }
    }
    match index.unfinished {
        None => refuse_stray_entries(store, index, progress),
        Some(_) => Ok(()),
    }
}

/// An interrupted write leaves no whole entry behind the terminator (unless the value holds one); two writers at once, or
/// a second file, do.
fn refuse_stray_entries(
    store: &dyn Store,
    index: &Index,
    progress: &Progress,
) -> Result<(), EditError> {
    if index.trailing == 0 {
        return Ok(());
    }
    let tail = index.end + TERMINATOR_LEN..store.len();
    match find_entry(store, tail, progress)? {
        Some(at) => Err(EditError::StrayEntry { at }),
        None => Ok(()),
    }
}

/// The first place in a range where a whole entry stands.
pub(super) fn find_entry(
    store: &dyn Store,
    range: Range<u64>,
    progress: &Progress,
) -> Result<Option<u64>, EditError> {
    const CHUNK: u64 = 1 << 18;
    let mut walk = Walk::new(store);
    let mut chunk = Vec::new();
    let mut start = range.start;
    while start < range.end {
        progress.check()?;
        let len = CHUNK.min(range.end - start);
        chunk.resize(usize::try_from(len).unwrap_or_default(), 0);
        store.read_at(start, &mut chunk)?;
        let frames = chunk.iter().enumerate().filter(|(_, byte)| **byte == FRAME);
        for (at, _) in frames {
            let at = start + at as u64;
            if let Step::Entry { .. } = walk.step(at)? {
                return Ok(Some(at));
            }
        }
        start += len;
    }
    Ok(None)
}
