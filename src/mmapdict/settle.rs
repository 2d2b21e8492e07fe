//! Before a change: what an interrupted one left is taken back or completed, and nothing that could be somebody's is lost.
//!
//! Bytes behind the terminator are no part of the dict. The rest of an interrupted change is cut off; whole entries, the
//! beginning of one, or another file's header are not ours to destroy: then nothing is written at all.

use super::append::{switch_back, write_frame_len, write_terminator};
use super::index::{Index, Unfinished};
use super::layout::{
    COMMIT_AT, ENTRY_HEAD_LEN, FRAME, FRAME_HEAD_LEN, HEADER_LEN, SHORT_BINUNICODE, TERMINATOR_LEN,
};
use super::walk::{Damage, Step, Walk};
use super::{EditError, Header, note};
use crate::progress::Progress;
use crate::source::{ByteSource, Store};
use std::ops::Range;

/// Brings a file into order before it is changed; whether there was anything to do. `is_checked`: nobody has to look
/// whether it may be.
///
/// # Errors
/// The file is damaged, or something of value would be lost.
pub(super) fn settle(
    store: &dyn Store,
    index: &mut Index,
    is_checked: bool,
    progress: &Progress,
) -> Result<bool, EditError> {
    if !is_checked {
        check(store, index, progress)?;
    }
    let len = index.end + TERMINATOR_LEN;
    let is_needed = index.damage.is_some() || index.unfinished.is_some() || store.len() != len;
    // Cut between two entries, or not yet closed: nothing is lost by closing it.
    if index.damage.take().is_some() {
        write_terminator(store, index.end)?;
    }
    match index.unfinished.take() {
        None => {}
        Some(Unfinished::AppendBefore { .. } | Unfinished::OddTerminator) => {
            switch_back(store, index.end)?;
        }
        Some(Unfinished::AppendAfter) => {
            if let Some(entry) = index.entries.last() {
                write_frame_len(store, entry.offset, entry.len)?;
            }
        }
        Some(Unfinished::Rename(renaming)) => note::take_back(store, &renaming)?,
        Some(Unfinished::Move(moving)) => {
            note::complete(store, index, &moving)?;
            index.commit = index.commit.wrapping_add(2);
            let commit = index.commit.to_le_bytes();
            store.write_at(COMMIT_AT as u64, &commit)?;
            store.sync()?;
        }
    }
    if store.len() > len {
        store.sync()?;
        store.set_len(len)?;
    }
    index.trailing = 0;
    Ok(is_needed)
}

/// Whether the file may be written to.
///
/// # Errors
/// The file is damaged, or something of value would be lost.
pub fn check(source: &dyn ByteSource, index: &Index, progress: &Progress) -> Result<(), EditError> {
    match &index.damage {
        None | Some(Damage::NoTerminator | Damage::PartialTerminator) => {}
        Some(damage) => {
            return Err(EditError::Damaged {
                at: index.end,
                damage: damage.clone(),
            });
        }
    }
    if index.damage.is_some() {
        return Ok(());
    }
    let end = index.end + TERMINATOR_LEN;
    let tail = match &index.unfinished {
        None | Some(Unfinished::OddTerminator | Unfinished::AppendAfter) => end,
        // What the entry would have been. Entries of others end where it does.
        Some(Unfinished::AppendBefore { len }) => {
            let entry = index.end + len;
            refuse(source, end..entry, progress, |found| found == entry)?;
            entry + TERMINATOR_LEN
        }
        Some(Unfinished::Rename(renaming)) => end + renaming.note_len(),
        Some(Unfinished::Move(_)) => end + note::MOVE_LEN,
    };
    if tail < source.len() {
        refuse_beginning(source, tail)?;
        refuse(source, tail..source.len(), progress, |_| true)?;
    }
    Ok(())
}

/// An interrupted append leaves a key and a value, without the head before them. Where a head stands, or a header, it is
/// the beginning of somebody's entry or file, whole or not.
fn refuse_beginning(source: &dyn ByteSource, at: u64) -> Result<(), EditError> {
    let len = HEADER_LEN.min(source.len() - at);
    let mut start = vec![0; usize::try_from(len).unwrap_or_default()];
    source.read_at(at, &mut start)?;
    let is_head = start.first() == Some(&FRAME)
        && start.get(FRAME_HEAD_LEN as usize) == Some(&SHORT_BINUNICODE)
        && len > ENTRY_HEAD_LEN;
    match is_head || Header::parse(&start).is_ok() {
        true => Err(EditError::StrayEntry { at }),
        false => Ok(()),
    }
}

fn refuse(
    source: &dyn ByteSource,
    range: Range<u64>,
    progress: &Progress,
    counts: impl Fn(u64) -> bool,
) -> Result<(), EditError> {
    match find_entry(source, range, progress, counts)? {
        Some(at) => Err(EditError::StrayEntry { at }),
        None => Ok(()),
    }
}

/// The first place in a range where a whole entry stands whose end counts.
fn find_entry(
    source: &dyn ByteSource,
    range: Range<u64>,
    progress: &Progress,
    counts: impl Fn(u64) -> bool,
) -> Result<Option<u64>, EditError> {
    const CHUNK: u64 = 1 << 18;
    let mut walk = Walk::new(source);
    let mut chunk = Vec::new();
    let mut start = range.start;
    while start < range.end {
        progress.check()?;
        // What takes no space on the disk is zeros.
        let data = source.next_data(start..range.end)?;
        // What makes a frame's head reaches behind the bytes that are searched.
        let end = data.end.min(data.start + CHUNK);
        let read = (end + FRAME_HEAD_LEN).min(source.len());
        chunk.resize(usize::try_from(read - data.start).unwrap_or_default(), 0);
        source.read_at(data.start, &mut chunk)?;
        let heads = chunk.windows(FRAME_HEAD_LEN as usize + 1).enumerate();
        for (at, head) in heads {
            let at = data.start + at as u64;
            if let [FRAME, .., SHORT_BINUNICODE] = head
                && at < end
                && let Step::Entry { len, .. } = walk.step(at)?
                && counts(at + len)
            {
                return Ok(Some(at));
            }
        }
        start = end;
    }
    Ok(None)
}
