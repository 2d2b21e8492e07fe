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
//! A disk writes whole sectors, in any order. Where the eleven bytes lie on two, each step is flushed before the next one.
//!
//! What an interrupted append leaves is told from damage by `walk`, and cleaned up by `settle` before the next change.

use super::layout::{
    ALIVE, BINBYTES8, ENTRY_HEAD_LEN, FRAME, FRAME_HEAD_LEN, TERMINATOR, TERMINATOR_LEN,
    TRAILER_LEN, entry_head, entry_len, trailer,
};
use super::walk::{Step, Walk};
use super::{Doubt, EditError, Entry, EntryState, Payload};
use crate::pickle::{Limits, decode_value, obstacle};
use crate::progress::Progress;
use crate::source::Store;
use std::io;
use std::ops::Range;

/// A page: another process may see one page of a write before the other.
const PAGE: u64 = 4096;
/// What a disk writes as a whole or not at all.
const SECTOR: u64 = 512;

/// Appends an entry at `end`, where the terminator stands and the file ends; `flag` says whether it counts. Taken back if it
/// fails before the switch, or, `judged`, if Python would refuse the value; what fails behind the switch is a doubt.
pub(super) fn append(
    store: &dyn Store,
    end: u64,
    (key, flag): (&[u8], u8),
    payload: Payload<'_>,
    judged: bool,
    progress: &Progress,
) -> Result<(Entry, Option<Doubt>), EditError> {
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
    let written = behind_terminator(store, end, len, (key, flag), payload, progress);
    let written = written.and_then(|value| read_back(store, value, judged, progress));
    if let Err(err) = written {
        // Whatever lies behind the old terminator is no part of the file. Should cutting it off fail, too, the next
        // change does it.
        drop(store.set_len(end + TERMINATOR_LEN));
        return Err(err);
    }
    let doubt = match switch(store, end, len, key_len) {
        Ok(doubt) => doubt,
        Err(err) => {
            drop(take_back(store, end));
            return Err(err.into());
        }
    };
    let entry = Entry {
        offset: end,
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
    // Should this fail, the next change cuts it off.
    if store.len() > entry.end() + TERMINATOR_LEN {
        drop(store.set_len(entry.end() + TERMINATOR_LEN));
    }
    Ok((entry, doubt))
}

/// Steps 1 and 2, but for reading back. Gives where the value lies.
fn behind_terminator(
    store: &dyn Store,
    end: u64,
    len: u64,
    (key, flag): (&[u8], u8),
    payload: Payload<'_>,
    progress: &Progress,
) -> Result<Range<u64>, EditError> {
    write_terminator(store, end + len)?;
    let value = end + ENTRY_HEAD_LEN + key.len() as u64..end + len - TRAILER_LEN;
    store.write_at(end + ENTRY_HEAD_LEN, key)?;
    let memo = payload.memo;
    payload.write(store, value.start, progress)?;
    store.write_at(value.end, &trailer(memo, flag))?;
    store.sync()?;
    Ok(value)
}

/// Whether the value decodes, with its long texts and byte strings left where they are; `judged`: and whether Python's
/// constructors take what they are given.
pub(super) fn read_back(
    store: &dyn Store,
    value: Range<u64>,
    judged: bool,
    progress: &Progress,
) -> Result<(), EditError> {
    let value = decode_value(store, value.start, value.end, &Limits::READ_BACK, progress)?;
    match judged.then(|| obstacle(&value)).flatten() {
        Some(why) => Err(EditError::Refused(why)),
        None => Ok(()),
    }
}

/// Writes the terminator that will end the file, as its last bytes at every moment.
///
/// One that lies on two pages could be seen half by a reader, or stay half in a crash. Then another one is put behind it
/// before, on the second page; it is cut off at the end.
pub(super) fn write_terminator(store: &dyn Store, at: u64) -> io::Result<()> {
    if is_parted(at, TERMINATOR_LEN, PAGE) {
        store.write_at(at + SPARE, &TERMINATOR)?;
    }
    store.write_at(at, &TERMINATOR)
}

/// From a terminator to the one behind it that may be there for a while.
pub(super) const SPARE: u64 = 4 * TERMINATOR_LEN;

/// Whether a range lies on two blocks of a size.
fn is_parted(at: u64, len: u64, block: u64) -> bool {
    at % block + len > block
}

/// Flushes between two writes to a place, if that lies on two sectors.
fn sync_if_parted(store: &dyn Store, at: u64) -> io::Result<()> {
    match is_parted(at, ENTRY_HEAD_LEN, SECTOR) {
        true => store.sync(),
        false => Ok(()),
    }
}

/// Step 3: the terminator at `at` becomes the head of an entry of `len` bytes.
///
/// # Errors
/// The file still ends at the terminator, in whatever shape that is.
fn switch(store: &dyn Store, at: u64, len: u64, key_len: u8) -> io::Result<Option<Doubt>> {
    let head = entry_head(len, key_len);
    let (frame, key) = head.split_at(FRAME_HEAD_LEN as usize);
    store.write_at(at + 1, &(len - FRAME_HEAD_LEN - 1).to_le_bytes())?;
    sync_if_parted(store, at)?;
    store.write_at(at, &[BINBYTES8])?;
    sync_if_parted(store, at)?;
    store.write_at(at + FRAME_HEAD_LEN, key)?;
    store.sync()?;
    let written = match is_parted(at, ENTRY_HEAD_LEN, SECTOR) {
        false => store.write_at(at, frame),
        true => store
            .write_at(at, &[FRAME])
            .and_then(|()| store.sync())
            .and_then(|()| write_frame_len(store, at, len)),
    };
    let written = match written {
        Err(err) if !stands(store, at, len) => return Err(err),
        // The first byte is enough. The length is completed now, or by the next change.
        Err(_) => write_frame_len(store, at, len),
        Ok(()) => Ok(()),
    };
    let synced = store.sync();
    Ok(written.and(synced).err().as_ref().map(Doubt::not_on_disk))
}

/// Whether readers see the entry.
fn stands(store: &dyn Store, at: u64, wanted: u64) -> bool {
    matches!(Walk::new(store).step(at), Ok(Step::Entry { len, .. }) if len == wanted)
}

/// Writes the length of the frame at `at`, its lowest bytes first: every state on the way is one that `walk` knows.
pub(super) fn write_frame_len(store: &dyn Store, at: u64, len: u64) -> io::Result<()> {
    let bytes = (len - FRAME_HEAD_LEN).to_le_bytes();
    let start = at + 1;
    let first = usize::try_from(start.next_multiple_of(SECTOR) - start).unwrap_or(bytes.len());
    match bytes.split_at_checked(first) {
        Some((low, high)) if !low.is_empty() && !high.is_empty() => {
            store.write_at(start, low)?;
            store.sync()?;
            store.write_at(start + low.len() as u64, high)
        }
        _ => store.write_at(start, &bytes),
    }
}

/// Puts the terminator back at `at`, whatever part of [`switch`] was done but the last. What lies behind it stays.
pub(super) fn switch_back(store: &dyn Store, at: u64) -> io::Result<()> {
    let (frame, end) = TERMINATOR.split_at(FRAME_HEAD_LEN as usize);
    store.write_at(at + FRAME_HEAD_LEN, end)?;
    sync_if_parted(store, at)?;
    store.write_at(at, &[FRAME])?;
    sync_if_parted(store, at)?;
    store.write_at(at, frame)
}

/// The file ends at the terminator at `at` again.
pub(super) fn take_back(store: &dyn Store, at: u64) -> io::Result<()> {
    switch_back(store, at)?;
    // What the byte string covers has to be there as long as it may be there itself.
    store.sync()?;
    store.set_len(at + TERMINATOR_LEN)
}

/// Takes the last entry of the file off again: an append the other way round.
pub(super) fn take_off(store: &dyn Store, entry: &Entry) -> io::Result<()> {
    let at = entry.offset;
    let now = (entry.len - FRAME_HEAD_LEN).to_le_bytes();
    let less = (entry.len - FRAME_HEAD_LEN - 1).to_le_bytes();
    // The highest byte first: a length that is too small in its higher bytes is one that `walk` knows.
    for (place, (old, new)) in now.iter().zip(&less).enumerate().rev() {
        if old != new {
            store.write_at(at + 1 + place as u64, &[*new])?;
            sync_if_parted(store, at)?;
        }
    }
    store.write_at(at, &[BINBYTES8])?;
    sync_if_parted(store, at)?;
    take_back(store, at)
}
